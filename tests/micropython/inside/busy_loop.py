"""Octets that come just before a deadline while another task keeps the loop over it, on a real clock and a real poll.

busy_loop.py CASE SOCKET; ends with an exception where they are lost.
"""

import asyncio
import socket
import struct
import sys
import time

from mtmo import log
from mtmo.at.chat import Chat
from mtmo.errors import AtError
from mtmo.prompt import Prompt

BEFORE_MS = 40  # the octets come so long before the deadline,
BUSY_MS = 80  # and nothing runs from then on
PDU = b"07919471016700F00405812143F500006230419062350006737A985E9F03"  # 22 octets behind the SMSC
LISTING = b"".join([b'\r\n+CMGL: %d,1,"",22\r\n%s' % (index, PDU) for index in range(12)])


class Port:
    """The chat's end of a connection; as board.Port on a UART."""

    def __init__(self, end):
        self._reader = asyncio.StreamReader(end)

    async def readinto(self, buf):
        return await self._reader.readinto(buf) or 0

    async def write(self, octets):
        pass


def connection(path):
    """Both ends of one; what is written into the first can be read from the second at once."""
    address = struct.pack("H", socket.AF_UNIX) + path.encode()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(1)
    near = socket.socket(socket.AF_UNIX)
    near.connect(address)
    far, _ = listener.accept()
    far.setblocking(False)
    return near, far


async def say_late(near, octets, deadline_ms):
    """Write `octets` shortly before `deadline_ms` from now, and keep the loop until behind it."""
    await asyncio.sleep_ms(deadline_ms - BEFORE_MS)
    near.write(octets)
    time.sleep_ms(BUSY_MS)


async def with_chat(story, near, far):
    """Run `story(chat, urcs)` on a chat that reads from `far`."""
    urcs = []
    chat = Chat(Port(far), lambda line, pdu_hex: urcs.append((line, pdu_hex)))
    reader = asyncio.create_task(chat.run())
    try:
        return await story(chat, urcs)
    finally:
        reader.cancel()


async def answered(chat, *arguments):
    """What a request came to: its lines, or the error's words."""
    try:
        return await chat.request(*arguments)
    except AtError as error:
        return str(error)


def final_result(near, far):
    async def story(chat, urcs):
        another = asyncio.create_task(say_late(near, b"\r\nOK\r\n", 500))
        assert await answered(chat, "AT+CMGD=1", 500) == []
        await another

    asyncio.run(with_chat(story, near, far))


def whole_listing(near, far):
    async def story(chat, urcs):
        another = asyncio.create_task(say_late(near, LISTING + b"\r\n\r\nOK\r\n", 500))
        found = await answered(chat, "AT+CMGL=4", 500, b"+CMGL:", None, True)
        assert [pdu for _, pdu in found] == 12 * [PDU], found
        await another

    asyncio.run(with_chat(story, near, far))


def pdu_behind_its_header(near, far):
    async def story(chat, urcs):
        near.write(b"\r\n+CMT: ,22\r\n")
        await say_late(near, PDU + b"\r\n", 1000)
        await asyncio.sleep(1)
        assert urcs == [(b"+CMT: ,22", PDU)], urcs

    asyncio.run(with_chat(story, near, far))


def key_at_the_prompt(near, far):
    async def story():
        prompt = Prompt(None)
        another = asyncio.create_task(say_late(near, b"x", 500))
        try:
            await asyncio.wait_for_ms(prompt.listen(asyncio.StreamReader(far)), 500)
        except asyncio.TimeoutError:
            pass
        if not prompt.octet:  # the deadline came first, and the key is still to be read
            await asyncio.wait_for_ms(prompt.listen(asyncio.StreamReader(far)), 500)
        assert prompt.octet == b"x"
        await another

    asyncio.run(story())


log.say = lambda line: None
globals()[sys.argv[1]](*connection(sys.argv[2]))
