"""The ECG around alarms that a user has opened on a page."""

from dashboards.console.backend import Backend
from dashboards.console.charts import ecg_strip
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

_MOST = 10  # at once: each is ten kilobytes in every update of the list


class AlarmEcg:
    """Strips of one page, by the number of the alarm in its session."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._opened: dict[int, int] = {}  # when each alarm was raised
        self._strips: dict[int, Html] = {}
        self._incomplete: set[int] = set()

    def toggle(self, number: int, raised_ns: int) -> None:
        """Open the ECG around an alarm, or close it; the one opened first makes room."""
        if self._opened.pop(number, None) is not None:
            self._close(number)
            return
        if len(self._opened) >= _MOST:
            oldest = next(iter(self._opened))
            del self._opened[oldest]
            self._close(oldest)
        self._opened[number] = raised_ns
        self._incomplete.add(number)

    def strips(self, view: SessionView) -> dict[int, Html] | None:
        """Return the opened strips; None if the session has no ECG."""
        for number in sorted(self._incomplete):
            raised_ns = self._opened[number]
            found = self._backend.ecg_around(view.id, raised_ns)
            strips = [ecg_strip.past_strip(each, raised_ns, view) for each in found]
            if not strips:
                strips = [tag("p", "quiet", _("No ECG was recorded around this alarm."))]
            self._strips[number] = join([*strips])
            if all(each.until_ns <= each.now_ns for each in found):
                self._incomplete.discard(number)
        return dict(self._strips) if view.ecg else None

    def state(self, view: SessionView) -> tuple[object, ...]:
        """Return what changes with the strips: each second while samples are still to come."""
        beat = view.now_ns // 10**9 if self._incomplete else 0
        return (*self._opened, beat, bool(view.ecg))

    def _close(self, number: int) -> None:
        self._strips.pop(number, None)
        self._incomplete.discard(number)
