"""GSM 7-bit default alphabet and its extension table: septets and text (L1, TS 23.038 §6.1.2.1, §6.2.1).

A septet is held as its *code*: the character's Latin-1 number, GREEK for the ten Greek capitals, ESC for the escape.
One octet a code, so that the codes of several segments can be joined before they become text.
"""

from micropython import const

_ESC = const(0x1B)
_GREEK = const(0x80)  # codes 0x80…0x89; the alphabet has no C1 control character

_CODES = (
    b"@\xa3$\xa5\xe8\xe9\xf9\xec\xf2\xc7\n\xd8\xf8\r\xc5\xe5\x80_\x81\x82\x83\x84\x85\x86\x87\x88\x89\x1b\xc6\xe6\xdf\xc9"
    b" !\"#\xa4%&'()*+,-./0123456789:;<=>?"
    b"\xa1ABCDEFGHIJKLMNOPQRSTUVWXYZ\xc4\xd6\xd1\xdc\xa7"
    b"\xbfabcdefghijklmnopqrstuvwxyz\xe4\xf6\xf1\xfc\xe0"
)
_GREEK_CHARS = "ΔΦΓΛΩΠΨΣΘΞ"
_GREEK_LOW = b"\x94\xa6\x93\x9b\xa9\xa0\xa8\xa3\x98\x9e"  # last octet of their UTF-8, after 0xCE
# The extension table by the code that follows ESC; 0x0D is CR2, a second ESC is reserved and shows as a blank.
_EXT_CODES = b"\n\r\x83\x1b()/<=>\xa1"
_EXT_ASCII = b"\x0c\r^ {}\\[~]|"


def unpack(octets: bytes, count: int, skip: int = 0) -> bytearray:
    """Codes of septets `skip` … `count` - 1 of packed `octets`, which hold at least `count` septets.

    Septet 0 starts at bit 0, so `skip` is what a user data header and its fill bits occupy (TS 23.040 §9.2.3.24).
    """
    codes = _CODES
    blocks = (count + 7) // 8
    octets = octets + b"\0\0\0\0\0\0\0"
    out = bytearray(blocks * 8)
    i = j = 0
    for _ in range(blocks):
        # 7 octets are two halves of 28 bits: small integers on a 32-bit board too.
        mid = octets[i + 3]
        half = octets[i] | octets[i + 1] << 8 | octets[i + 2] << 16 | (mid & 15) << 24
        out[j] = codes[half & 127]
        out[j + 1] = codes[half >> 7 & 127]
        out[j + 2] = codes[half >> 14 & 127]
        out[j + 3] = codes[half >> 21]
        half = mid >> 4 | octets[i + 4] << 4 | octets[i + 5] << 12 | octets[i + 6] << 20
        out[j + 4] = codes[half & 127]
        out[j + 5] = codes[half >> 7 & 127]
        out[j + 6] = codes[half >> 14 & 127]
        out[j + 7] = codes[half >> 21]
        i += 7
        j += 8
    return out[skip:count]


def decode(codes: "bytes | bytearray") -> str:
    """Text of `codes`: an unknown ESC x shows as x, ESC ESC as a blank, a last ESC not at all (TS 23.038 §6.2.1.1)."""
    if b"\x1b" not in codes:
        try:
            text = str(codes, "utf-8")
            if len(text) == len(codes):
                return text  # ASCII only
        except ValueError:
            pass
    utf8 = bytearray(2 * len(codes))  # the euro sign's three octets stand for two codes
    n = 0
    escaped = False
    for code in codes:
        if escaped:
            escaped = False
            if code == 0x65:
                utf8[n] = 0xE2
                utf8[n + 1] = 0x82
                utf8[n + 2] = 0xAC
                n += 3
                continue
            for at in range(11):  # find() would need an object for each escape
                if _EXT_CODES[at] == code:
                    code = _EXT_ASCII[at]
                    break
        elif code == _ESC:
            escaped = True
            continue
        if code < 0x80:
            utf8[n] = code
            n += 1
            continue
        if code < _GREEK + 10:
            utf8[n] = 0xCE
            utf8[n + 1] = _GREEK_LOW[code - _GREEK]
        else:
            utf8[n] = 0xC0 | code >> 6
            utf8[n + 1] = 0x80 | code & 63
        n += 2
    return str(memoryview(utf8)[:n], "utf-8")


def encode(text: str) -> "bytearray | None":
    """Septets of `text`, one an octet; None if a character is not in the alphabet."""
    out = bytearray()
    utf8 = text.encode()
    if len(utf8) == len(text):
        for octet in utf8:
            if not _append(out, octet):
                return None
        return out
    for char in text:
        at = _GREEK_CHARS.find(char)
        if char == "€":
            out.append(_ESC)
            out.append(0x65)
        elif not _append(out, _GREEK + at if at >= 0 else -1 if _GREEK <= ord(char) < _GREEK + 10 else ord(char)):
            return None
    return out


def _append(out: bytearray, code: int) -> bool:
    if (0x20 <= code < 0x5B and code != 0x24 and code != 0x40) or 0x61 <= code < 0x7B:
        out.append(code)
        return True
    if code == _ESC or not 0 <= code < 256:
        return False
    char = bytes((code,))
    at = _CODES.find(char)
    if at < 0:
        at = _EXT_ASCII.find(char)
        if at < 0:
            return False
        out.append(_ESC)
        at = _CODES.find(_EXT_CODES[at : at + 1])
    out.append(at)
    return True


def septet_count(text: str) -> int:
    """Septets that `text` takes, -1 if it is not in the alphabet."""
    septets = encode(text)
    return -1 if septets is None else len(septets)


def pack(septets: bytearray) -> bytearray:
    """`septets`, one an octet, packed; the last octet is filled with zero bits."""
    count = len(septets)
    septets = septets + b"\0\0\0\0\0\0\0"
    blocks = (count + 7) // 8
    out = bytearray(blocks * 7)
    i = j = 0
    for _ in range(blocks):
        half = septets[i] | septets[i + 1] << 7 | septets[i + 2] << 14 | septets[i + 3] << 21
        out[j] = half & 255
        out[j + 1] = half >> 8 & 255
        out[j + 2] = half >> 16 & 255
        low = half >> 24
        half = septets[i + 4] | septets[i + 5] << 7 | septets[i + 6] << 14 | septets[i + 7] << 21
        out[j + 3] = low | (half & 15) << 4
        out[j + 4] = half >> 4 & 255
        out[j + 5] = half >> 12 & 255
        out[j + 6] = half >> 20
        i += 8
        j += 7
    return out[: (count * 7 + 7) // 8]
