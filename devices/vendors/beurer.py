"""Beurer BM85 cuffs: the standard characteristic with bytes that its flags do not describe.

Source: payloads recorded from a BM85, in the tests of derdilla/blood-pressure-monitor-fl. Flag bit
6 is reserved and set; a user follows the pulse rate without its flag; pulse rate and status are
big-endian.
"""

BLOOD_PRESSURE = "2A35"

_FLAGS = 0x56  # reserved bit 6, status, pulse rate, time
_STANDARD_FLAGS = 0x1E  # user, status, pulse rate, time
_PULSE, _USER, _STATUS, _SIZE = 14, 16, 17, 19


def standard_form(payload: bytes) -> bytes:
    """Return a measurement of a BM85 in the standard layout; return other payloads unchanged.

    >>> standard_form(bytes.fromhex("56 6A0047000000 EA07080B121F00 003F 00 0004")).hex()
    '1e6a0047000000ea07080b121f003f00000400'
    """
    if len(payload) != _SIZE or payload[0] != _FLAGS:
        return payload
    pulse, user, status = payload[_PULSE:_USER], payload[_USER:_STATUS], payload[_STATUS:]
    return bytes([_STANDARD_FLAGS]) + payload[1:_PULSE] + pulse[::-1] + user + status[::-1]
