"""Checks before a session is ended. Pure."""

from collections.abc import Iterable

from alerts.time_format import span

# FDA's proposed REMS for MDMA-assisted therapy, May 2024: at least eight hours of monitoring.
MONITORED_S = 8 * 3600.0


def open_items(
    *,
    alarms: Iterable[tuple[str, str, str]],
    overdue: Iterable[str],
    since_dose_s: float | None,
    unsent: Iterable[str],
) -> list[str]:
    """Return one sentence per open item.

    Args:
        alarms: priority, message and state of the open ones.
        overdue: labels of overdue measurements.
        since_dose_s: seconds since the dose, or None without a dose.
        unsent: sentences about pending deliveries.

    >>> open_items(alarms=[], overdue=["SpO2"], since_dose_s=9000, unsent=[])[0]
    'It is only 2.5 h since the dose; at least 8 h of monitoring are required.'
    """
    items = []
    if since_dose_s is not None and since_dose_s < MONITORED_S:
        items.append(
            f"It is only {span(since_dose_s)} since the dose; at least 8 h of monitoring are "
            "required."
        )
    items += [f"Open {priority} alarm ({state}): {what}." for priority, what, state in alarms]
    items += [f"A measurement is overdue: {label}." for label in dict.fromkeys(overdue)]
    return [*items, *unsent]
