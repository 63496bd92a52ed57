"""Check what is still open when a session is to be ended. Pure."""

from collections.abc import Iterable

from alerts.time_format import span

# FDA's proposed REMS for MDMA-assisted therapy, May 2024: at least eight hours of monitoring.
MONITORED_S = 8 * 3600.0


def open_matters(
    *,
    alarms: Iterable[tuple[str, str, str]],
    overdue: Iterable[str],
    since_dose_s: float | None,
    unsent: Iterable[str],
) -> list[str]:
    """Return one sentence for each thing that is not done.

    Args:
        alarms: priority, message and state of the open ones.
        overdue: labels of measurements that should have been made.
        since_dose_s: seconds since the dose, or None where there was none.
        unsent: sentences about what has not been delivered.

    >>> open_matters(alarms=[], overdue=["SpO2"], since_dose_s=9000, unsent=[])[0]
    'It is only 2.5 h since the dose; at least 8 h of monitoring are asked for.'
    """
    matters = []
    if since_dose_s is not None and since_dose_s < MONITORED_S:
        matters.append(
            f"It is only {span(since_dose_s)} since the dose; at least 8 h of monitoring are "
            "asked for."
        )
    matters += [f"Open {priority} alarm ({state}): {what}." for priority, what, state in alarms]
    matters += [f"A measurement is overdue: {label}." for label in dict.fromkeys(overdue)]
    return [*matters, *unsent]
