"""The AT engine against time: time-outs, repeats, late answers, lost PDUs, and what must not end the reader."""

import asyncio

from scripted_modem import Talk, ok
from virtual_clock import now_ms, run

from mtmo.at.router import OVERLONG
from mtmo.at.timeouts import policy
from mtmo.errors import AtNoPrompt, AtRefused, AtTimeout
from support import raises

PDU = b"07919471016700F00405812143F500006230419062350006737A985E9F03"  # 22 octets behind the SMSC
SLACK_MS = 900  # of the machine that runs the test: MicroPython's clock goes on while it computes


def live(story, answer=ok, on_urc=None):
    """Run `story(talk)` on a chat whose reader runs."""

    async def main():
        talk = Talk(answer, on_urc)
        talk.open()
        try:
            return await asyncio.wait_for(story(talk), 3600)
        finally:
            await talk.close()

    return run(main())


async def refusal(request):
    """The AtError that `request` ends with, and how long it took."""
    started = now_ms()
    try:
        await request
    except (AtTimeout, AtRefused) as error:
        return error, now_ms() - started
    return None, now_ms() - started


def silent(line: bytes) -> bytes:
    """A modem that is dead."""
    return b""


def mute_on(*lines):
    """An answer that leaves out the first of each of `lines`."""
    left = list(lines)

    def answer(line):
        if line in left:
            left.remove(line)
            return b""
        return ok(line)

    return answer


def test_each_command_carries_its_own_time():
    wanted = {"AT": 5, "AT+CSQ": 5, "AT+CMGL=4": 60, "AT+CMGD=3": 25, "AT+CMGS=24": 180, "AT+CFUN=1": 180}
    wanted["AT+COPS=0"] = 300
    wanted["AT+CPIN?"] = 5
    wanted["AT+CGACT=1,1"] = 150
    wanted["AT+XVENDOR=1"] = 30
    wanted["AT+XVENDOR?"] = 10
    for line in wanted:
        assert policy(line)[0] == 1000 * wanted[line], line

    async def story(talk):
        error, took_ms = await refusal(talk.chat.request("AT+CMGD=3"))
        assert type(error) is AtTimeout and 25000 <= took_ms < 25000 + SLACK_MS, took_ms
        error, took_ms = await refusal(talk.chat.request("AT+CMGD=3", 700))
        # what was asked for counts for this one alone; the modem was silent before, so it is called three times first
        assert type(error) is AtNoPrompt and 3300 <= took_ms < 3300 + SLACK_MS, took_ms
        assert policy("AT+CMGD=3") == (25000, 0)

    live(story, silent)


def test_only_what_changes_nothing_is_ever_repeated():
    for line in ("AT+CSQ", "AT+CREG?", "AT+CMGL=4", "AT+CMGR=1", "AT+CMGF=0", "AT+CNMI=2,1,0,0,0", "AT+CNMI=?"):
        assert policy(line)[1] == 1, line
    for line in ("AT", "AT+CMGS=24", "AT+CMGD=1", 'AT+CPIN="1234"', "AT+CFUN=1,1", "AT+CGACT=1,1", "AT+CNMA=1"):
        assert policy(line)[1] == 0, line

    async def story(talk):
        assert await talk.chat.request("AT+CSQ") == []
        assert talk.port.lines == [b"AT+CSQ", b"AT+CMEE=?", b"AT+CSQ"]
        error, _ = await refusal(talk.chat.request("AT+CMGD=1"))
        assert type(error) is AtTimeout
        assert talk.port.lines[3:] == [b"AT+CMGD=1"]

    live(story, mute_on(b"AT+CSQ", b"AT+CMGD=1"))


def test_a_repeat_has_an_end():
    async def story(talk):
        error, _ = await refusal(talk.chat.request("AT+CSQ"))
        assert type(error) is AtTimeout
        assert talk.port.lines.count(b"AT+CSQ") == 2

    live(story, lambda line: b"" if line == b"AT+CSQ" else ok(line))


def test_a_late_answer_never_becomes_the_next_commands():
    held = []

    def answer(line):
        if line == b"AT+CMGD=1":
            held.append(b"\r\n+CMS ERROR: 321\r\n")
            return b""
        if held:
            return held.pop() + ok(line)
        return b"\r\n+CSQ: 7,99" + ok(line) if line == b"AT+CSQ" else ok(line)

    async def story(talk):
        error, _ = await refusal(talk.chat.request("AT+CMGD=1", 300))
        assert type(error) is AtTimeout
        assert await talk.chat.request("AT+CSQ", 5000, b"+CSQ:") == [b"+CSQ: 7,99"]
        assert talk.chat.resyncs == 1

    live(story, answer)


def test_a_modem_that_does_not_know_the_question_is_in_step_again():
    def answer(line):
        return b"\r\n+CMS ERROR: 303\r\n" if line == b"AT+CMEE=?" else mute(line)

    mute = mute_on(b"AT+CMGD=1")

    async def story(talk):
        await refusal(talk.chat.request("AT+CMGD=1", 300))
        assert await talk.chat.request("AT+CMGD=2") == []

    live(story, answer)


def test_a_pending_prompt_and_half_a_command_are_ended_by_esc():
    async def story(talk):
        talk.port._line = b"AT+CMG"  # somebody was cut off in it
        error, _ = await refusal(talk.chat.request("AT", 500))
        assert type(error) is AtTimeout
        assert await talk.chat.request("AT", 500) == []

    live(story, lambda line: ok(line) if line in (b"AT", b"AT+CMEE=?") else b"")


def test_no_prompt_means_nothing_was_sent():
    async def story(talk):
        error, took_ms = await refusal(talk.chat.request("AT+CMGS=22", 60000, b"+CMGS:", body="00"))
        assert type(error) is AtNoPrompt and 5000 <= took_ms < 5000 + SLACK_MS
        assert talk.port.lines == [b"AT+CMGS=22"]
        talk.port.say(b"\r\n> ")  # too late: ESC, before anything else is written
        assert await talk.chat.request("AT+CMGD=1") == []

    live(story, lambda line: b"" if line.startswith(b"AT+CMGS") else ok(line))


def test_a_final_result_of_a_call_ends_a_command_at_once_and_a_query_is_put_again():
    def answer(line):
        if line == b"AT+CGACT=1,1" or (line == b"AT+CSQ" and not asked):
            asked.append(line)
            return b"\r\nNO CARRIER\r\n"
        return ok(line)

    asked = []

    async def story(talk):
        error, took_ms = await refusal(talk.chat.request("AT+CGACT=1,1"))
        assert error.reason == "NO CARRIER" and took_ms < SLACK_MS
        asked.clear()
        assert await talk.chat.request("AT+CSQ") == []

    live(story, answer)


def test_an_overlong_line_is_reported_and_counted():
    async def story(talk):
        talk.port.say(b"\r\n" + b"x" * 4096 + b"\r\n")
        assert await talk.chat.request("AT") == []
        assert talk.urcs == [(OVERLONG, None)]
        assert talk.chat.overlong == 1

    live(story)


def test_the_reader_outlives_its_handlers_and_its_port():
    def on_urc(line, pdu_hex):
        raise ValueError(line)

    async def story(talk):
        readinto = talk.port.readinto
        faults = [OSError(5), MemoryError(), ValueError("?")]

        async def faulty(buf):
            if faults:
                raise faults.pop()
            return await readinto(buf)

        talk.port.readinto = faulty
        talk.port.say(b"\r\nRING\r\n")
        assert await talk.chat.request("AT") == []
        await asyncio.sleep(0.1)
        assert await talk.chat.request("AT") == []
        assert (talk.chat.errors, faults) == (4, [])

    live(story, ok, on_urc)


def test_a_routed_text_whose_pdu_never_comes_is_reported_within_two_seconds():
    async def story(talk):
        talk.port.say(b"\r\n+CMT: ,22\r\n")
        await asyncio.sleep(2)
        assert talk.urcs == [(b"+CMT: ,22", None)]
        talk.port.say(b"\r\n+CMT: ,22\r\n" + PDU[:20])
        await asyncio.sleep(0.5)
        talk.port.say(PDU[20:] + b"\r\n")
        await asyncio.sleep(0.5)
        assert talk.urcs[1:] == [(b"+CMT: ,22", PDU)]

    live(story)


def test_a_request_that_a_urc_caused_follows_the_command_in_flight():
    async def story(talk):
        def on_urc(line, pdu_hex):
            tasks.append(asyncio.create_task(talk.chat.request("AT+CNMA=1")))

        tasks = []
        talk.chat._on_urc = on_urc

        async def worker():
            for i in range(3):
                await talk.chat.request("AT+CMGD=%d" % i)

        working = asyncio.create_task(worker())
        await asyncio.sleep(0.1)
        talk.port.say(b"\r\n+CMT: ,22\r\n" + PDU + b"\r\n\r\nOK\r\n")
        await working
        await tasks[0]
        assert talk.port.lines == [b"AT+CMGD=0", b"AT+CNMA=1", b"AT+CMGD=1", b"AT+CMGD=2"]

    live(story, mute_on(b"AT+CMGD=0"))


def test_the_gap_counts_from_the_end_of_the_last_command():
    async def story(talk):
        talk.chat.gap_ms = 100
        await talk.chat.request("AT")
        started = now_ms()
        await talk.chat.request("AT")
        assert 100 <= now_ms() - started < 100 + SLACK_MS
        await asyncio.sleep(0.2)
        started = now_ms()
        await talk.chat.request("AT")
        assert now_ms() - started < 90

    live(story)


def test_what_a_listing_cannot_hold_is_counted():
    async def story(talk):
        assert len(await talk.chat.request("AT+X", 1000, b"+X:")) == 32
        assert talk.chat.dropped == 68

    live(story, lambda line: b"\r\n+X: 1\r\n" * 100 + ok(line))


def test_no_octet_in_a_line_raises_anything():
    async def story(talk):
        for octet in range(256):
            talk.port.say(b"\r\n+X: " + bytes([octet]) * 3 + b",1\r\n" + bytes([octet]) + b"\r\n")
        assert await talk.chat.request("AT", 0, b"+Y:") == []
        await asyncio.sleep(0.1)
        assert talk.chat.errors == 0
        assert raises(ValueError, int, "x")  # `raises` sees what is raised

    live(story)


def test_a_header_that_nothing_follows_is_reported_after_a_second_each():
    async def story(talk):
        for _ in range(3):
            talk.urcs = []
            talk.port.say(b"\r\n+CMT: ,22\r\n")
            await asyncio.sleep(0.9)
            assert talk.urcs == []
            talk.port.say(b"\r\n+CMT: ,23\r\n")  # the first is given up with the second
            await asyncio.sleep(0.9)
            assert talk.urcs == [(b"+CMT: ,22", None)]
            await asyncio.sleep(2)
            assert talk.urcs == [(b"+CMT: ,22", None), (b"+CMT: ,23", None)]

    live(story)
