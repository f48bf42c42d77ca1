"""UCS-2, in practice UTF-16BE, by hand: MicroPython has no such codec (L1, TS 23.038 §6.2.3)."""


def decode(octets: "bytes | bytearray | memoryview") -> str:
    """Text of UTF-16BE `octets`; half a surrogate pair shows as U+FFFD, an odd last octet not at all."""
    utf8 = bytearray(len(octets) // 2 * 3 + 3)  # a pair of surrogates takes 4 of its 6
    n = high = 0
    for i in range(0, len(octets) + 1, 2):
        code = octets[i] << 8 | octets[i + 1] if i + 1 < len(octets) else -1
        if high:
            if 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((high & 0x3FF) << 10 | code & 0x3FF)
                utf8[n] = 0xF0 | code >> 18
                utf8[n + 1] = 0x80 | code >> 12 & 0x3F
                utf8[n + 2] = 0x80 | code >> 6 & 0x3F
                utf8[n + 3] = 0x80 | code & 0x3F
                n += 4
                high = 0
                continue
            utf8[n : n + 3] = b"\xef\xbf\xbd"
            n += 3
            high = 0
        if code < 0:
            break
        if code < 0x80:
            utf8[n] = code
            n += 1
        elif code < 0x800:
            utf8[n] = 0xC0 | code >> 6
            utf8[n + 1] = 0x80 | code & 0x3F
            n += 2
        elif 0xD800 <= code < 0xDC00:
            high = code
        else:
            if 0xDC00 <= code < 0xE000:
                code = 0xFFFD
            utf8[n] = 0xE0 | code >> 12
            utf8[n + 1] = 0x80 | code >> 6 & 0x3F
            utf8[n + 2] = 0x80 | code & 0x3F
            n += 3
    return str(memoryview(utf8)[:n], "utf-8")


def encode(text: str) -> bytearray:
    """UTF-16BE octets of `text`."""
    out = bytearray()
    for char in text:
        code = ord(char)
        if code > 0xFFFF:
            code -= 0x10000
            high = 0xD800 | code >> 10
            out.append(high >> 8)
            out.append(high & 255)
            code = 0xDC00 | code & 0x3FF
        out.append(code >> 8)
        out.append(code & 255)
    return out
