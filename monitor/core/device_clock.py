"""Clock of a device: distinguishes stored records from live measurements by time stamps. Pure.

Cuffs, thermometers and oximeters keep records that were not fetched and send them on the next
connection. Their clocks have local time without a zone and are often wrong. So a stamp is compared
with the clock's known offset: at first that of the site's local time. A wrong clock's offset is
known after two stamps that advance with the session's clock for two minutes, which no burst of
records does, or after a person confirms a measurement. Until then its values count as stored.

The clock of some cuffs starts again at each use, years ago. Stamps that cannot be true are no
stamps: those older than a year, and those that do not advance although the clock never ran with the
session. The first such record may be an old one. One that comes alone, later, and was not sent
before is live: otherwise it would have come together with the first.
"""

import datetime

_SECOND_NS = 10**9
_AS_LIVE_NS = 300 * _SECOND_NS
_SAME_CLOCK_NS = 60 * _SECOND_NS
_KNOWN_AFTER_NS = 120 * _SECOND_NS
_OLDEST_NS = 365 * 86_400 * _SECOND_NS  # no device is asked for records that old


class DeviceClock:
    """The clock of one device.

    Args:
        utc_offset_s: of the site's local time; None if unknown, as in old journals: then no
            record counts as stored.
    """

    def __init__(self, utc_offset_s: int | None) -> None:
        self._utc_offset_s = utc_offset_s
        self._lag_ns = 0
        self._other: tuple[int, int] | None = None  # a lag and the time of its first stamp
        self._live_ns: int | None = None  # the last stamp of a live measurement
        self._runs = False  # it has run with the session
        self._last: tuple[int, int] | None = None  # the last stamp and when it came
        self._sent: set[bytes] = set()  # records with untrusted stamps

    def assume(self, ahead_ns: int) -> None:
        """Expect the device to have the computer's time, unless its offset is known.

        Args:
            ahead_ns: how far the session's clock is ahead of the computer's.
        """
        if self._live_ns is None:
            self._lag_ns = ahead_ns

    @property
    def runs(self) -> bool:
        """Return whether it has run with the session's clock, so that its stamps are true."""
        return self._runs

    def stored(
        self, received_ns: int, device_time: str | None, record: bytes | None = None
    ) -> bool:
        """Return whether a measurement is a record of the past, or may be one.

        Args:
            received_ns: time of reception.
            device_time: the device's date and time in ISO format; without a date nothing counts
                as stored.
            record: its bytes, by which it is recognised when it is sent again; None for a device
                that sends values continuously.

        >>> clock = DeviceClock(0)
        >>> clock.stored(1_700_000_000 * 10**9, "2023-11-14T22:13:20")
        False
        >>> clock.stored(1_700_000_000 * 10**9, "2023-11-14T20:13:20")
        True
        """
        stamp_ns = self._stamp_ns(device_time)
        if stamp_ns is None:
            return False
        lag_ns = received_ns - stamp_ns
        last, self._last = self._last, (stamp_ns, received_ns)
        if abs(lag_ns - self._lag_ns) <= _AS_LIVE_NS:
            self._other, self._live_ns, self._runs = None, stamp_ns, True
            return False
        again = record is None or record in self._sent
        if record is not None:
            self._sent.add(record)
        other = self._other
        if other is not None and abs(lag_ns - other[0]) <= _SAME_CLOCK_NS:
            if received_ns - other[1] < _KNOWN_AFTER_NS:
                return True
            self._lag_ns, self._other, self._live_ns, self._runs = lag_ns, None, stamp_ns, True
            return False
        self._other = lag_ns, received_ns
        if again or last is None or received_ns - last[1] < _KNOWN_AFTER_NS:
            return True
        stands = not self._runs and stamp_ns <= last[0]
        return not stands and lag_ns - self._lag_ns <= _OLDEST_NS

    def measured_ns(self, received_ns: int, device_time: str | None) -> int | None:
        """Return the measurement time of a stored record; None while its stamp is not trusted.

        A stamp is trusted if it is later than a live measurement of the same session: an earlier
        one is from a clock that was set back, or of a record that should have come before.
        """
        stamp_ns = self._stamp_ns(device_time)
        if stamp_ns is None or self._live_ns is None or stamp_ns <= self._live_ns:
            return None
        measured_ns = stamp_ns + self._lag_ns
        return measured_ns if measured_ns <= received_ns else None

    def confirm(self, received_ns: int, device_time: str | None) -> None:
        """Set the offset by a measurement that a person has confirmed to be of `received_ns`."""
        stamp_ns = self._stamp_ns(device_time)
        if stamp_ns is not None:
            self._lag_ns, self._other, self._live_ns = received_ns - stamp_ns, None, stamp_ns

    def _stamp_ns(self, device_time: str | None) -> int | None:
        if self._utc_offset_s is None or device_time is None or "T" not in device_time:
            return None
        zone = datetime.timezone(datetime.timedelta(seconds=self._utc_offset_s))
        stamp = datetime.datetime.fromisoformat(device_time).replace(tzinfo=zone)
        return int(stamp.timestamp()) * _SECOND_NS  # devices send whole seconds
