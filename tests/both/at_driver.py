"""Plays a stream of octets into the AT engine without a clock: the engine waits, the driver goes on; for both."""

from mtmo.at.chat import Chat


def octets_of(text: str) -> bytes:
    """The octets that the characters 0…255 of a vector stand for."""
    return bytes([ord(character) for character in text])


class _Pause:
    """What a coroutine awaits to hand over to the driver; works in CPython and MicroPython."""

    def __init__(self):
        self._passed = False

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        if self._passed:
            raise StopIteration
        self._passed = True


class Port:
    """Keeps what is written."""

    def __init__(self):
        self.written = []

    async def write(self, octets):
        self.written.append(bytes(octets))


class Driven(Chat):
    """A chat whose waits end when the driver resumes it: with the event, or timed out."""

    async def _wait(self, name, timeout_ms, error=None):
        self.waits = True
        await _Pause()
        self.waits = False
        if not self._done.is_set():
            raise GaveUp

    def feed(self, octets) -> None:
        """As if `octets` had been read at once."""
        self._tokenizer.feed(octets, len(octets), self)

    def is_due(self) -> bool:
        """Does the waiting request have what it waits for?"""
        return self.waits and self._done.is_set()


class GaveUp(Exception):
    """The time of a command ran out."""


class Play:
    """One vector: `pieces(segment)` cuts each segment of the stream; afterwards the fields say what came of it."""

    def __init__(self, vector: dict):
        send = vector.get("send")
        self._chat = Driven(Port(), self._on_urc)
        self._chat.waits = False
        self._chat.urcs = tuple([line.encode() for line in vector.get("known", ())])
        self.urcs = []
        self.result = None
        self.final = None
        self._request = None
        if send:
            prefix = send.get("prefix")
            self._pdus = send.get("pdus", False)
            self._request = self._chat._request(
                send["line"], 1000, prefix and prefix.encode(), send.get("body"), self._pdus, send.get("prompt", True)
            )
            self._resume()

    def feed(self, pieces) -> None:
        """Octets come in `pieces`; then whoever waits for them goes on."""
        chat = self._chat
        for piece in pieces:
            chat.feed(piece)
            if chat.is_due():
                self._resume()

    def end(self) -> dict:
        """What came of it, as the vectors write it."""
        chat = self._chat
        while self._request:
            self._resume()
        chat._give_up_urc()  # nothing follows any more
        found = {"urcs": self.urcs, "tx": chat._port.written, "overlong": chat.overlong, "errors": chat.errors}
        found["final"] = self.final
        found["info"] = self.result
        return found

    def _resume(self) -> None:
        try:
            self._request.send(None)
        except StopIteration as stop:
            self.result = stop.value
            self.final = b"OK"
            self._request = None
        except GaveUp:
            self._request = None
        except ValueError as refused:
            self.final = refused.reason.encode()
            self._request = None

    def _on_urc(self, line, pdu_hex) -> None:
        self.urcs.append((line, pdu_hex))


def expectation(vector: dict) -> dict:
    """What `end()` must return for `vector`."""
    expect = vector["expect"]
    urcs = [(octets_of(line), pdu and octets_of(pdu)) for line, pdu in expect.get("urcs", ())]
    final = expect.get("final")
    info = None
    if final == "OK" or (final or "").startswith("CONNECT"):
        final = "OK"
        if "pdus" in expect:
            info = [(octets_of(header), pdu and octets_of(pdu)) for header, pdu in expect["pdus"]]
        else:
            info = [octets_of(line) for line in expect["info"]]
    wanted = {"urcs": urcs, "overlong": vector.get("overlong", 0), "errors": 0}
    wanted["final"] = final and final.encode()
    wanted["info"] = info
    if "send" in vector:
        wanted["tx"] = [octets_of(text) for text in expect.get("tx", ())] or [vector["send"]["line"].encode() + b"\r"]
    else:
        wanted["tx"] = []
    return wanted
