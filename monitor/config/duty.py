"""The duty roster of a configuration, and the times that it leaves to nobody."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alerts.roster import Roster
from alerts.time_format import local
from monitor.config.calls import RecipientConfig, TierConfig


def roster_of(recipients: Sequence[RecipientConfig], zone: str | None) -> Roster | None:
    """Return the roster of the recipients; None if nobody has weekly shifts.

    Args:
        recipients: of the configuration.
        zone: name of the site's time zone.

    Raises:
        ValueError: there are shifts, but no time zone.
    """
    shifts = {each.id: each.shifts for each in recipients if each.duty is not None}
    if not shifts:
        return None
    if zone is None:
        raise ValueError(
            f"recipient {next(iter(shifts))} has weekly shifts: set 'zone', such as "
            'zone = "Europe/Zurich"'
        )
    return Roster(shifts, ZoneInfo(zone))


def is_on_duty(recipient: RecipientConfig, roster: Roster | None, now_ns: int) -> bool:
    """Return whether a recipient is on duty by the configuration; changes by hand are not known."""
    if roster is None or recipient.duty is None:
        return recipient.on_duty
    return roster.turn(recipient.id, now_ns)[0]


def first_gap(
    recipients: Sequence[RecipientConfig],
    tiers: Sequence[TierConfig],
    zone: str | None,
    now_ns: int,
) -> str | None:
    """Return when, within a week, nobody of the first tier is on duty first; None: never.

    Raises:
        ValueError: there are shifts, but no time zone.

    Args:
        recipients: of the configuration.
        tiers: of the configuration.
        zone: name of the site's time zone.
        now_ns: UTC nanoseconds.
    """
    roster = roster_of(recipients, zone)
    first = [each for each in recipients if tiers and each.id in tiers[0].recipients]
    if roster is None or zone is None or any(each.duty is None and each.on_duty for each in first):
        return None
    gaps = roster.gaps([each.id for each in first if each.duty is not None], now_ns)
    if not gaps:
        return None
    begin, end = (f"{local(at_ns, ZoneInfo(zone)):%a %d %b %H:%M}" for at_ns in gaps[0])
    return f"nobody of the first tier is on duty from {begin} to {end}"
