"""The command forms of common trackers and routers, each read as our own verbs, and nothing else read as one."""

from mtmo.verbs.legacy import TABLE, translate

# family, text, password, body
FORMS = (
    ("Teltonika FMB", "user PASS12 setparam 2001:em", "PASS12", "apn set em"),
    ("Teltonika FMB", "  setparam 2001:em", None, "apn set em"),
    ("Teltonika FMB", " setparam 2001:em", None, "apn set em"),
    ("Teltonika FMB", "setparam 2001:em", None, "apn set em"),
    ("Teltonika FMB", "setparam 2001:em;2002:u1;2003:p1", None, "apn set em user=u1 pass=p1"),
    ("Teltonika FMB", "u PASS12 setparam 2001:em;2002:u1;2003:p1", "PASS12", "apn set em user=u1 pass=p1"),
    ("Teltonika RUT", "PASS12 cellular apn=em", "PASS12", "apn set em"),
    ("Teltonika RUT", "cellular apn=em", None, "apn set em"),
    ("Ruptela", "PASS12 setconnection em", "PASS12", "apn set em"),
    ("Ruptela", "setconnection em", None, "apn set em"),
    ("Ruptela", "setconnection em,u1,p1", None, "apn set em user=u1 pass=p1"),
    ("Ruptela", "PASS12 setconnection em,u1,p1", "PASS12", "apn set em user=u1 pass=p1"),
    ("Concox", "APN,em#", None, "apn set em"),
    ("Concox", "APN em#", None, "apn set em"),
    ("Concox", "APN,666666,em#", "666666", "apn set em"),
    ("Concox", "APN,em,u1,p1#", None, "apn set em user=u1 pass=p1"),
    ("Coban", "APN123456 em", "123456", "apn set em"),
    ("Coban", "gprs123456", "123456", "net"),
    ("Meitrack", "0000,A81,em,,", "0000", "apn set em"),
    ("Meitrack", "0000,A81,em,u1,p1", "0000", "apn set em user=u1 pass=p1"),
    ("Meitrack", "666888,A21,1,server,8800,em,,", "666888", "apn set em"),
    ("Elinz", "APN,em#", None, "apn set em"),
    ("Elinz", "apn123456 em", "123456", "apn set em"),
    ("ReachFar", "apn,em,plmn,90143#", None, "apn set em"),
    ("ReachFar", "apn,em#", None, "apn set em"),
    ("Queclink", "AT+GTBSI=gv300,em,,,,,,,0002$", "gv300", "apn set em sn=0002"),
    ("Queclink", "AT+GTBSI=gv300,em,u1,p1,,,,,fFA1$", "gv300", "apn set em user=u1 pass=p1 sn=fFA1"),
    ("Bitrek", "setparam 0242 em", None, "apn set em"),
    ("Rayleigh Connect", "user PASS12 APN em", "PASS12", "apn set em"),
    ("Rayleigh Connect", "user PASS12 APN em u1 p1", "PASS12", "apn set em user=u1 pass=p1"),
    ("Robustel", "PASS12 set apn1=em", "PASS12", "apn set em"),
    ("Robustel", "PASS12;set apn1=em", "PASS12", "apn set em"),
    ("AirLink OS", "smsPwd=PASS12,apn=em,usr=u1,pwd=p1,act=reboot", "PASS12", "apn set em user=u1 pass=p1"),
    ("AirLink OS", "smsPwd=PASS12,apn=em,act=reboot", "PASS12", "apn set em"),
    ("AirLink OS", "smsPwd=PASS12,apn=em", "PASS12", "apn set em"),
    ("status", "user PASS12 getinfo", "PASS12", "status"),
    ("status", "  getinfo", None, "status"),
    ("status", "STATUS#", None, "status"),
    ("status", "PARAM#", None, "status"),
    ("version", "user PASS12 getver", "PASS12", "status"),
    ("version", "getver", None, "status"),
    ("version", "VERSION#", None, "status"),
    ("reboot", "user PASS12 cpureset", "PASS12", "reboot"),
    ("reboot", "cpureset", None, "reboot"),
    ("reboot", "RESET#", None, "reboot"),
    ("reboot", "PASS12 reboot", "PASS12", "reboot"),
    ("position", "getgps", None, "where"),
    ("position", "WHERE#", None, "where"),
)

# nothing that a form could carry becomes a second verb or another word
CONTAINED = (
    ("APN,em%3Breboot#", "apn set em%253Breboot"),
    ('apn,em"+CFUN=0#', "apn set em%22%2BCFUN%3D0"),
    ("setconnection em,user=x,p", "apn set em user=user%3Dx pass=p"),
)

OTHERS = ("status", "apn set em", "ping", "", "#", "APN,#", "APN,a b#", "APN,em;reboot#", "APNx em", "gprs12a456",
          "setparam 2001:", "setparam 2004:em", "hello world", "0000,A81,em", "smsPwd=,apn=em", "\u0410PN,em#",
          "where#now", "AT+GTBSI=gv300,em$", "setconnection em u p")  # fmt: skip


def test_every_form_sets_what_it_says():
    for family, text, pin, body in FORMS:
        assert translate(text) == (pin, body), (family, text, translate(text))


def test_every_row_of_the_table_is_used_by_a_form_of_the_list():
    used = []
    for _, text, _, _ in FORMS:
        for row in TABLE:
            from mtmo.verbs.legacy import _matched

            if _matched(row[0], text.strip()) is not None:
                used.append(row)
                break
    assert [row[0] for row in TABLE if row not in used] == []


def test_what_a_form_carries_stays_one_word():
    for text, body in CONTAINED:
        assert translate(text)[1] == body, translate(text)


def test_what_is_in_no_form_stays_what_it_is():
    for text in OTHERS:
        assert translate(text) is None, (text, translate(text))
