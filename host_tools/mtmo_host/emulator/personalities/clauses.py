"""Where each command of each family is verified: the maker's manual and the section, or not at all.

One table for all that the agent and the usual clients say and hear. A clause stands here only where the manual's text
was looked up: `READ` the section itself, `LISTED` its name in the manual's contents or in an index of it, `QUOTED`
the syntax as somebody else quotes it, without its section. What has no clause is unverified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

# What is said to every family and heard of it: by the agent, and by gammu, gnokii, smstools, ModemManager and the like
EVERY = (
    "E V I Z &F +CMEE +CGMI +CGMM +CGMR +CGSN +CIMI +CPIN +CFUN +CSQ +CREG +CGREG +CEREG +COPS +CCLK +CTZU +CSCS +CLCC "
    "+CUSD +CPBS +CPBR +CNUM +CSMS +CPMS +CMGF +CSCA +CSMP +CSDH +CSCB +CNMI +CMTI +CMT +CDS +CNMA +CMGL +CMGR +CMGS "
    "+CMGW +CMSS +CMGD +IFC +CGATT +CGACT +CGDCONT +CGPADDR +CGCONTRDP +CEER +CPSMS +CEDRXRDP"
)  # fmt: skip


class How(Enum):
    """How well a clause is known."""

    READ = "read"
    LISTED = "named in its contents"
    QUOTED = "quoted by others"


@dataclass(frozen=True)
class Source:
    """What one manual says: `rows` are pairs of a name and its section, `-` where the section was not seen."""

    manual: str
    how: How
    rows: str

    def sections(self) -> Iterator[tuple[str, str]]:
        """Name and section, in the order of the table."""
        words = self.rows.split()
        return zip(words[::2], words[1::2], strict=True)


@dataclass(frozen=True)
class Family:
    """One personality: `own` is what is said to it and heard of it beside EVERY, `missing` why more is not verified."""

    own: str
    sources: tuple[Source, ...]
    missing: str

    def names(self) -> list[str]:
        """All that is said and heard, without doubles."""
        named = [name for source in self.sources for name, _ in source.sections()]
        return list(dict.fromkeys([*EVERY.split(), *(word.replace("~", " ") for word in self.own.split()), *named]))

    def clause(self, name: str) -> tuple[Source, str] | None:
        """Manual and section; None for unverified."""
        for source in self.sources:
            for known, section in source.sections():
                if known == name:
                    return source, section
        return None

    def unverified(self) -> list[str]:
        """What has no clause."""
        return [name for name in self.names() if self.clause(name) is None]


_BOOT = "RDY SMS~DONE SMS~Ready PB~DONE Call~Ready"  # ~ is a blank
_PSM = "+CEDRXS"
_U_BLOX = f"{_PSM} +CCID +IPR +UAUTHREQ +UPING +CSGT +UPSV +AT:~READY +UU mtmo~boot"

_STANDARD = (
    Source(
        "3GPP TS 27.007, as the nRF91 guide cites it",
        How.LISTED,
        "+CEER 6.10 +COPS 7.3 +CGDCONT 10.1.1 +CGATT 10.1.9 +CGACT 10.1.10 +CGPADDR 10.1.14 +CGEREP 10.1.19 "
        "+CGSMS 10.1.21 +CGCONTRDP 10.1.23 +CGAUTH 10.1.31",
    ),
    Source(
        "3GPP TS 27.005, as the nRF91 guide cites it",
        How.LISTED,
        "+CPMS 3.2.2 +CMGF 3.2.3 +CNMI 3.4.1 +CMT 3.4.1 +CNMA 3.4.4 +CMGS 3.5.1",
    ),
)
_A76XX = "SIMCom A76XX Series AT Command Manual V1.09"
_SIM800 = "SIMCom SIM800 Series AT Command Manual V1.09"
_SIM7000 = "SIMCom SIM7000 Series AT Command Manual V1.06"
_EC25 = "Quectel EC25&EC21 AT Commands Manual V1.2"
_NRF91 = "Nordic nRF91 AT Commands reference guide (firmware 1.2)"

CLAUSES: dict[str, Family] = {
    "a7670": Family(
        f"{_BOOT} *ATREADY +CGAUTH +CICCID +CMGRD +CPING +CRESET +IPR +NETOPEN",
        (
            Source(
                _A76XX,
                How.READ,
                "+CGPADDR 5.2.13 +CGEREP 5.2.15 +CGAUTH 5.2.16 +CPING 5.2.17 +CICCID 6.2.1 +CPIN 6.2.2 +CLCK 6.2.3 "
                "+CPWD 6.2.4 +CIMI 6.2.5 +CSIM 6.2.6 +CPBS 8.2.1 +CPBR 8.2.2 +CNUM 8.2.5 +CSMS 9.2.1 +CPMS 9.2.2 "
                "+CMGF 9.2.3 +CSCA 9.2.4 +CNMA 9.2.8 +CNMI 9.2.9 +CMTI 9.2.9 +CMT 9.2.9 +CDS 9.2.9 +CGSMS 9.2.10 "
                "+CMGL 9.2.11 +CMGR 9.2.12 +CMGS 9.2.13 +CMSS 9.2.14 +CMGW 9.2.15 +CMGD 9.2.16 +CMGRD 9.2.19",
            ),
            Source(
                _A76XX,
                How.LISTED,
                "I 2.2.7 E 2.2.8 V 2.2.10 &F 2.2.11 Q 2.2.12 X 2.2.13 &W 2.2.14 Z 2.2.15 +CGMI 2.2.16 +CGMM 2.2.17 "
                "+CGMR 2.2.18 +CGSN 2.2.19 +CSCS 2.2.20 +GCAP 2.2.21 +CFUN 3.2.1 +CSQ 3.2.2 +CPOF 3.2.5 +CRESET 3.2.6 "
                "+CCLK 3.2.10 +CMEE 3.2.11 +CPAS 3.2.12 +CREG 4.2.1 +COPS 4.2.2 +CUSD 4.2.3 +CPOL 4.2.5 +CNMP 4.2.7 "
                "+CPSI 4.2.9 +CNSMOD 4.2.11 +CTZU 4.2.12 +CTZR 4.2.13 +CGREG 5.2.1 +CEREG 5.2.2 +CGATT 5.2.3 "
                "+CGACT 5.2.4 +CGDCONT 5.2.5 +CRSM 6.2.7 +CLCC 7.2.6 +CEER 7.2.7 +CLIP 7.2.10 +CSCB 9.2.5 +CSMP 9.2.6 "
                "+CSDH 9.2.7 &D 10.2.1 &C 10.2.2 +IPR 10.2.3 +ICF 10.2.5 +IFC 10.2.6 +CSCLK 10.2.7 +CBC 11.2.10 "
                "+NETOPEN 15.2.1 +NETCLOSE 15.2.2 +CIPRXGET 15.2.5 +IPADDR 15.2.7 +CIPMODE 15.2.10 +CIPSENDMODE "
                "15.2.11 +CPSMS 34.2.2",
            ),
        ),
        "+CGCONTRDP is not in the manual's chapter 5; the lines after power-on were not looked up",
    ),
    "sim7000": Family(
        f"{_BOOT} {_PSM} +CCID +CGAUTH +CNACT +CNCFG +CREBOOT +IPREX +SNPING4 *PSUTTZ DST +APP~PDP +SAPBR +CADATAIND "
        "+CMQ",
        (
            Source(_SIM7000, How.READ, "+CMGD 4.2.1 +CMGF 4.2.2 +CMGL 4.2.3 +CMGR 4.2.4 +CMGS 4.2.5 +CMGW 4.2.6"),
            Source(
                _SIM7000,
                How.LISTED,
                "E 2.2.3 I 2.2.5 Q 2.2.10 V 2.2.19 X 2.2.20 &C 2.2.21 &D 2.2.22 +GCAP 2.2.24 +IFC 2.2.31 +IPR 2.2.32 "
                "+CGMI 3.2.1 +CGMM 3.2.2 +CGMR 3.2.3 +CGSN 3.2.4 +CSCS 3.2.5 +CIMI 3.2.6 +CLCK 3.2.7 +CMEE 3.2.8 "
                "+COPS 3.2.9 +CPAS 3.2.10 +CPIN 3.2.11 +CREG 3.2.14 +CRSM 3.2.15 +CSQ 3.2.16 +CPOL 3.2.17 "
                "+CFUN 3.2.19 +CCLK 3.2.20 +CSIM 3.2.21 +CBC 3.2.22 +CUSD 3.2.23 +CNUM 3.2.24 +CMSS 4.2.7 +CNMI 4.2.8 "
                "+CPMS 4.2.9 +CSCA 4.2.12 +CSDH 4.2.13 +CSMP 4.2.14 +CSMS 4.2.15 +CPOWD 5.2.1 +CLTS 5.2.4 "
                "+CNSMOD 5.2.6 +CSCLK 5.2.7 +CCID 5.2.8 +CNMP 5.2.17 +CMNB 5.2.18 +CPSMS 5.2.19 +CEDRXS 5.2.20 "
                "+CPSI 5.2.21 +CGNAPN 5.2.22 +CBANDCFG 5.2.29 +CNACT 5.2.30 +CNCFG 5.2.31 +CEDRXRDP 5.2.50 "
                "+CGATT 6.2.1 +CGDCONT 6.2.2 +CGACT 6.2.3 +CGPADDR 6.2.4 +CGREG 6.2.5 +CGSMS 6.2.6 +CEREG 6.2.7 "
                "+SAPBR 7.2.1 +CSTT 8.2.9 +CIICR 8.2.10 +CIFSR 8.2.11",
            ),
        ),
        "+CGAUTH, +CGCONTRDP, +CNMA, +CEER, +CTZU, +CREBOOT and +IPREX are not in its chapters 2 to 6; ATZ and "
        "AT&F were taken out of it with V1.02",
    ),
    "sim7080": Family(
        f"{_BOOT} {_PSM} +CCID +CGAUTH +CNACT +CNCFG +CREBOOT +IPREX +SNPING4 *PSUTTZ DST +APP~PDP +CADATAIND +SMSUB",
        (),
        "of the SIM7070_SIM7080_SIM7090 manual (V1.04 to V1.07) no text could be looked up",
    ),
    "sim7600": Family(
        f"{_BOOT} +CGAUTH +CICCID +CMGRD +CPING +CRESET +IPADDR +IPR +NETOPEN +CNSMOD +NITZ MISSED_CALL VOICE~CALL",
        (Source("SIMCom SIM7500_SIM7600 Series AT Command Manual V3.00 (TinyGSM #794)", How.QUOTED, "+CGAUTH -"),),
        "of the manual (V1.01 to V2.00) only front pages could be looked up",
    ),
    "sim800": Family(
        f"{_BOOT} +CCID +CIPPING +CIURC +CSCLK +IPR +SAPBR *PSNWID *PSUTTZ DST +CSMINS +CDRIND +PDP:~DEACT +CMTE "
        "CHARGE-ONLY",
        (
            Source(
                _SIM800,
                How.READ,
                "+CMGS 4.2.5 +CMGW 4.2.6 +CMSS 4.2.7 +CNMI 4.2.8 +CMTI 4.2.8 +CMT 4.2.8 +CDS 4.2.8 +CPMS 4.2.9 "
                "+CRES 4.2.10 +CSAS 4.2.11 +CSCA 4.2.12",
            ),
            Source(
                _SIM800,
                How.LISTED,
                "E 2.2.7 I 2.2.9 Q 2.2.15 V 2.2.25 X 2.2.26 Z 2.2.27 &C 2.2.28 &D 2.2.29 &F 2.2.30 &W 2.2.32 "
                "+GCAP 2.2.33 +ICF 2.2.39 +IFC 2.2.40 +IPR 2.2.41 +CEER 3.2.7 +CGMI 3.2.8 +CGMM 3.2.9 +CGMR 3.2.10 "
                "+CGSN 3.2.11 +CSCS 3.2.12 +CIMI 3.2.15 +CLCC 3.2.16 +CLCK 3.2.17 +CLIP 3.2.18 +CMEE 3.2.20 "
                "+COPS 3.2.22 +CPAS 3.2.23 +CPBR 3.2.25 +CPBS 3.2.26 +CPIN 3.2.28 +CPWD 3.2.29 +CREG 3.2.32 "
                "+CRSM 3.2.34 +CSQ 3.2.35 +CNUM 3.2.39 +CPOL 3.2.40 +CFUN 3.2.42 +CCLK 3.2.43 +CSIM 3.2.44 +CBC "
                "3.2.52 +CUSD 3.2.53 +CMGD 4.2.1 +CMGF 4.2.2 +CMGL 4.2.3 +CMGR 4.2.4 +CSCB 4.2.13 +CSDH 4.2.14 "
                "+CSMP 4.2.15 +CSMS 4.2.16 +CPOWD 6.2.2 +CLTS 6.2.12 +CDRIND 6.2.14 +CSCLK 6.2.20 +CCID 6.2.23 "
                "+CMTE 6.2.24 +CIURC 6.2.33 +CNETLIGHT 6.2.51 +CSMINS 6.2.54 +CGATT 7.2.1 +CGDCONT 7.2.2 +CGACT "
                "7.2.5 +CGPADDR 7.2.7 +CGEREP 7.2.9 +CGREG 7.2.10 +CGSMS 7.2.11 +CIPMUX 8.2.1 +CIPQSEND 8.2.4 "
                "+CIPSHUT 8.2.7 +CSTT 8.2.9 +CIICR 8.2.10 +CIFSR 8.2.11 +CIPSTATUS 8.2.12 +CDNSCFG 8.2.13 "
                "+CIPRXGET 8.2.26 +SAPBR 9.2.1 +CIPPING 10.2.1",
            ),
        ),
        "+CNMA and +CTZU are not in its chapters 2 to 6",
    ),
    "m95": Family(
        f"{_BOOT} +IPR +QCCID +QIACT +QICSGP +QIFGCNT +QIREGAPP +QPING +QSCLK +PDP~DEACT +QNTP",
        (),
        "of the manual (V1.0 to V3.2) only front pages could be looked up",
    ),
    "bg95": Family(
        f"RDY APP~RDY POWERED~DOWN PSM~POWER~DOWN NORMAL~POWER~DOWN {_PSM} +IPR +QCCID +QCFG +QIACT +QICSGP "
        "+QPING +QSCLK +QURCCFG +QIND +QIND:~SMS~DONE +QUSIM +QIURC +QGPSURC +QLWURC",
        (),
        "of the manuals (BG95&BG77 V1.0, BG96 V2.1 and V2.3) only front pages could be looked up",
    ),
    "ec25": Family(
        f"RDY {_PSM} +IPR +QCCID +QCFG +QIACT +QICSGP +QPING +QSCLK +QURCCFG +QIND +QIND:~SMS~DONE "
        "+QIND:~PB~DONE +QUSIM +QIURC +QSSLURC +QMTSTAT +QNTP",
        (
            Source(_EC25, How.READ, "+CNMA 9.12"),
            Source(
                _EC25,
                How.LISTED,
                "I 2.1 +CGMI 2.5 +CGMM 2.6 +CGMR 2.7 +CGSN 2.9 &F 2.10 &W 2.12 Z 2.13 Q 2.14 V 2.15 E 2.16 X 2.21 "
                "+CFUN 2.22 +CMEE 2.23 +CSCS 2.24 +QURCCFG 2.25 &C 3.1 &D 3.2 +IFC 3.3 +ICF 3.4 +IPR 3.5 +CPAS 4.1 "
                "+CEER 4.2 +QCFG 4.3 +QINDCFG 4.4 +CIMI 5.1 +CLCK 5.2 +CPIN 5.3 +CPWD 5.4 +CSIM 5.5 +CRSM 5.6 "
                "+QCCID 5.7 +COPS 6.1 +CREG 6.2 +CSQ 6.3 +CPOL 6.4 +CTZU 6.6 +CTZR 6.7 +QNWINFO 6.9 +CSMS 9.1 "
                "+CMGF 9.2 +CSCA 9.3 +CPMS 9.4 +CMGD 9.5 +CMGL 9.6 +CMGR 9.7 +CMGS 9.8 +CMMS 9.9 +CMGW 9.10 "
                "+CMSS 9.11 +CNMI 9.13 +CSCB 9.14 +CSDH 9.15 +CSMP 9.16 +CGATT 10.1 +CGDCONT 10.2 +CGACT 10.7 "
                "+CGPADDR 10.9 +CGREG 10.11 +CGEREP 10.12 +CGSMS 10.13 +CEREG 10.14 +QPOWD 13.1 +CCLK 13.2 +CBC "
                "13.3 +QSCLK 13.5 +CMTI 14.7 +CMT 14.7 +CDS 14.7 RDY 14.7 +QIND 14.7",
            ),
        ),
        "+QICSGP, +QIACT and +QPING stand in a manual of their own, which was not found; +CGCONTRDP is not in "
        "chapter 10",
    ),
    "sara_r4": Family(
        f"{_U_BLOX} +UDCONF +UCMT",
        (
            Source("u-blox SARA-R4 AT Commands Manual UBX-17003787 R09", How.READ, "+UAUTHREQ 13.15 +CMMS 9.21"),
            Source(
                "u-blox SARA-R4 AT Commands Manual UBX-17003787 R16", How.READ, "+CNMI 9.8 +CMTI 9.8 +CMT 9.8 +UCMT 9.8"
            ),
            Source(
                "u-blox SARA-R4 AT Commands Manual UBX-17003787 R11",
                How.LISTED,
                "+CGMI 4.1 +CGMM 4.3 +CGMR 4.5 +CGSN 4.7 I 4.9 +CSCS 4.10 +CIMI 4.11 +CCID 4.12 +CNUM 7.1 +CSQ 7.2 "
                "+COPS 7.4 +CREG 7.6 +CEDRXS 7.12 +CEDRXRDP 7.13 +CSMS 9.2 +CPMS 9.3 +CMGF 9.4 +CMGR 9.8 +CNMA 9.9 "
                "+CMGL 9.10 +CMGS 9.11 +CMGW 9.12 +CMSS 9.13 +CSMP 9.14 +CMGD 9.15 +CSCA 9.16",
            ),
        ),
        "of the other chapters no text could be looked up; R09 §13.15.2 has the user of +UAUTHREQ first, the "
        "maker's own driver library sends the password first",
    ),
    "sara_r5": Family(
        f"{_U_BLOX} +UPSD", (), "of the manual (UBX-19047455 R06, R13) only front pages could be looked up"
    ),
    "lara_r6": Family(_U_BLOX, (), "the manual was not found"),
    "telit_me910": Family(
        f"{_PSM} +IPR #CCID #PDPAUTH #PING #SGACT #SMOV SRING #NITZ #QSS #PSMRI",
        (),
        "of the guide (80529ST10815A Rev. 2 to 11) only front pages could be looked up",
    ),
    "hl78": Family(
        f"{_PSM} +CCID +IPR +KCGPADDR +KCNXCFG +KCNXUP +KSLEEP +KSREP +WPPP +KSUP +KCNX_IND +KUDP_IND +KSTATEV +WDSI",
        (),
        "of the guide (41111821 Rev. 12) only front pages could be looked up",
    ),
    "gm02s": Family(f"{_PSM} +CGAUTH +IPR +PING +SQNCCID +SYSSTART +SHUTDOWN +SQN", (), "the manual was not found"),
    "nrf91": Family(
        f"{_PSM} +CGAUTH #XPING %XICCID Ready %XSIM %CESQ %XTIME #X +CMS~ERROR:~524",
        (
            Source(
                _NRF91,
                How.READ,
                "+CGDCONT 7.1 +CGEREP 7.2 +CGACT 7.4 +CGPADDR 7.8 +CGCONTRDP 7.9 +CGATT 7.10 +CGAUTH 7.16 +COPS 8.1 "
                "+CEER 9.3 +CMGF 10.1 +CNMI 10.2 +CMGS 10.3 +CMT 10.4 +CDS 10.5 +CNMA 10.6 +CPMS 10.8 +CGSMS 10.10 "
                "%XSMMA 10.11",
            ),
            Source(
                "Nordic nRF91 AT Commands reference guide v0.7.1",
                How.LISTED,
                "+CGMI 3.1 +CGMM 3.2 +CGMR 3.3 +CGSN 3.4 +CIMI 3.5 +CFUN 4.1 +CPIN 4.2",
            ),
        ),
        "#X commands are the Serial Modem application's; of the chapters before 6 only names could be looked up",
    ),
    "cinterion": Family(
        f"{_PSM} +IPR ^SCID ^SGAUTH ^SICA ^SISX ^SMGO ^SYSSTART ^SHUTDOWN ^EXIT ^SMGO:~1 ^SMGO:~2 ^SCKS ^SBC ^SIS",
        (Source("Cinterion EHS6 AT Command Set 03.001", How.LISTED, "+CGPADDR 11.11 +CGREG 11.14 +CGSMS 11.15"),),
        "of the manuals (EHS5-E 02.000, EHS6 03.001) only front pages and some contents could be looked up",
    ),
    "generic": Family(
        f"{_BOOT} {_PSM} +CCID +CGAUTH +IPR ^SYSSTART +SYSSTART NORMAL~POWER~DOWN POWERED~DOWN "
        "UNDER-VOLTAGE~POWER~DOWN ^SMMEMFULL",
        _STANDARD,
        "the standards' own text was not looked up",
    ),
    "minimal": Family("", _STANDARD, "the standards' own text was not looked up"),
}
