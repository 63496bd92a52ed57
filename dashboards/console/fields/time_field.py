"""Input field for a time of day, on the clock of the room."""

import re
from collections.abc import Callable
from datetime import timedelta, tzinfo

from nicegui import ui

from alerts.time_format import clock, local
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from devices.errors import PhysiomonError

_TIME = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})")
_MINUTE_NS = 60 * 10**9
_HOURS, _MINUTES = 24, 60


class TimeError(PhysiomonError):
    """A text that cannot be read as a time of day."""


def read_time(text: str | None, now_ns: int, started_ns: int, zone: tzinfo | None) -> int | None:
    """Parse a time of day; return the latest such moment, or None for now or an empty text.

    Args:
        text: hours and minutes.
        now_ns: the session's time.
        started_ns: start of the session.
        zone: of the room; None: this computer's.

    Raises:
        TimeError: the text is not a time of day, or lies in the future.

    >>> from datetime import UTC
    >>> now_ns = 1_700_000_000 * 10**9  # 22:13:20
    >>> started_ns = now_ns - 3 * 3600 * 10**9
    >>> read_time("22:05", now_ns, started_ns, UTC)
    1699999500000000000
    >>> read_time("22:13", now_ns, started_ns, UTC), read_time("", now_ns, started_ns, UTC)
    (None, None)
    """
    text = (text or "").strip()
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) >= _HOURS or int(match[2]) >= _MINUTES:
        raise TimeError(_("'{text}' is not a time: enter it like 14:05").format(text=text))
    now = local(now_ns, zone)
    at = now.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    # A datetime has only microseconds, but the result is rounded to minutes.
    at_ns = now_ns - (now - at) // timedelta(microseconds=1) * 1000
    at_ns = (at_ns + _MINUTE_NS // 2) // _MINUTE_NS * _MINUTE_NS
    if now_ns - _MINUTE_NS < at_ns <= now_ns + _MINUTE_NS:
        return None
    if at_ns > now_ns:
        at_ns -= _HOURS * 60 * _MINUTE_NS
        if at_ns < started_ns - _MINUTE_NS:
            raise TimeError(
                _("{text} is in the future: enter a time since the session began").format(text=text)
            )
    return at_ns


class TimeField(ui.input):
    """A text field for a time of day that shows why a text is invalid; empty means now."""

    def __init__(self, label: str, view: Callable[[], SessionView | None]) -> None:
        super().__init__(label, validation=self._problem)
        self._view = view
        self.props("outlined dense stack-label autocomplete=off")
        self.props["placeholder"] = _("now")
        self.props("inputmode=numeric hide-bottom-space").classes("time")

    @property
    def at_ns(self) -> int | None:
        """Return the moment, or None for now; `validate` first.

        Raises:
            TimeError: the text cannot be read.
        """
        view = self._view()
        if view is None:
            return None
        return read_time(self.value, view.now_ns, view.started_ns, view.zone)

    @property
    def given_ns(self) -> int | None:
        """Return the moment, or None if the field is empty; `validate` first."""
        view, text = self._view(), (self.value or "").strip()
        if view is None or not text:
            return None
        return view.now_ns if self.at_ns is None else self.at_ns

    def show(self, at_ns: int | None, zone: tzinfo | None) -> None:
        """Fill in a moment; None empties the field."""
        self.value = "" if at_ns is None else clock(at_ns, zone)[:5]

    def _problem(self, text: str | None) -> str | None:
        view = self._view()
        if view is None:
            return None
        try:
            read_time(text, view.now_ns, view.started_ns, view.zone)
        except TimeError as error:
            return str(error)
        return None
