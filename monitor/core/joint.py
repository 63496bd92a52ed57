"""An `all` rule over the channels of a session: its parts may be seen on different channels."""

from alerts.alarm import Alarm, Zone


class Joint:
    """Which parts of one rule hold, and where.

    Attributes:
        alarm: of the rule, on the session.
    """

    def __init__(self, alarm: Alarm, parts: int) -> None:
        self.alarm = alarm
        self._seen: tuple[dict[str, Zone], ...] = tuple({} for _ in range(parts))

    def see(self, part: int, channel: str, zone: Zone | None) -> bool:
        """Take what a part sees on a channel (None: nothing); tell whether that is new."""
        seen = self._seen[part]
        if seen.get(channel) is zone:
            return False
        if zone is None:
            del seen[channel]
        else:
            seen[channel] = zone
        return True

    def lose(self, channel: str) -> None:
        """Take that nothing is seen on a channel any more."""
        for seen in self._seen:
            seen.pop(channel, None)

    @property
    def zone(self) -> Zone | None:
        """Return where the whole rule lies, or None while one of its parts is not seen."""
        if not all(self._seen):
            return None
        holds = all(Zone.BEYOND in seen.values() for seen in self._seen)
        return Zone.BEYOND if holds else Zone.SAFE
