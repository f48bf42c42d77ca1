"""Mutes a sender for an hour after too many unsigned texts alike; a memory of eight (L1; sms_security case 36)."""

import binascii

from micropython import const

_HOUR_S = const(3600)
_REMEMBERED = const(8)


def mutes(rows: "list[list]", most: int, sender: str, text: str, now_s: int) -> bool:
    """Count one more text in `rows` of [sender, CRC of the text, world time of the first, how often]; True: unheard.

    `most`: so many alike are heard in an hour; the row of a sender who is muted has more, from that time on.
    """
    rows[:] = [row for row in rows if now_s - row[2] < _HOUR_S]
    for row in rows:
        if row[0] == sender and row[3] > most:
            return True
    crc = binascii.crc32(text.encode())
    for row in rows:
        if row[0] == sender and row[1] == crc:
            row[3] += 1
            if row[3] > most:
                row[2] = now_s
            return row[3] > most
    if len(rows) >= _REMEMBERED:
        # who is muted stays so
        rows.remove(([row for row in rows if row[3] <= most] or rows)[0])
    rows.append([sender, crc, now_s, 1])
    return False
