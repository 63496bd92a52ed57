"""What the page of a replay has in place of acts: where in the recording it is, and ways to go."""

from nicegui import ui
from nicegui.events import GenericEventArguments

from alerts.time_format import clock
from dashboards.console.backend import ReplayControlBackend
from dashboards.console.formatting import stopwatch
from dashboards.console.html_elements import Text, box, button
from dashboards.console.page_feed import Feed
from dashboards.console.views.session import ReplayView, SessionView

_SPEEDS = (1, 2, 10, 60, 600)
_STEPS = {"- 10 min": -600, "- 1 min": -60, "+ 1 min": 60, "+ 10 min": 600}


class ReplayControls:
    """Play, pause, wind, and go to an alarm or a marker."""

    def __init__(
        self, feed: Feed, backend: ReplayControlBackend, view: SessionView, where: ReplayView
    ) -> None:
        self._feed = feed
        self._backend = backend
        self._session = view.id
        self._held = False  # somebody drags the slider
        with box("section", "player", aria_label="Replay"):
            self._play = button("", "act primary").on_click(self._toggle)
            for text, step_s in _STEPS.items():
                button(text).on_click(lambda step_s=step_s: self._step(step_s))
            self._speed = (
                ui.select(
                    {float(speed): f"{speed:g}x" for speed in sorted({*_SPEEDS, where.speed})},
                    value=where.speed,
                    label="Speed",
                    on_change=lambda event: backend.set_speed(view.id, event.value),
                )
                .props("outlined dense options-dense")
                .classes("speed")
            )
            lasted_s = (where.ended_ns - where.began_ns) // 10**9
            self._place = ui.slider(min=0, max=max(1, lasted_s)).props("aria-label='Position'")
            self._place.on("pan", self._hold).on("change", self._wind)
            self._told = Text("span", "moment")
            if where.moments:
                ui.select(
                    {
                        n: f"{stopwatch((at_ns - where.began_ns) / 1e9)}  {words}"
                        for n, (at_ns, words) in enumerate(where.moments)
                    },
                    label="Alarms and markers",
                    on_change=lambda event: self._visit(where.moments[event.value][0]),
                ).props("outlined dense options-dense").classes("moments")
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Show where it is."""
        where = view.replay
        if where is None:
            return
        self._play.text = "Pause" if where.playing else "Play"
        passed_s = (view.now_ns - where.began_ns) // 10**9
        of = f"{stopwatch(passed_s)} of {stopwatch((where.ended_ns - where.began_ns) / 1e9)}"
        self._told.text = (
            f"{clock(view.now_ns, view.zone)}, {of}{', seeking ...' if where.seeking else ''}"
        )
        if not self._held:
            self._place.value = passed_s

    def _toggle(self) -> None:
        where = self._where()
        if where is not None:
            self._backend.play(self._session, on=not where.playing)
            self._feed.acted()

    def _step(self, step_s: int) -> None:
        view = self._feed.sessions.get(self._session)
        if view is not None:
            self._go(view.now_ns + step_s * 10**9)

    def _visit(self, at_ns: int) -> None:
        self._backend.play(self._session, on=False)  # who looks for a moment wants to see it
        self._go(at_ns)

    def _hold(self) -> None:
        self._held = True

    def _wind(self, event: GenericEventArguments) -> None:
        self._held = False
        where = self._where()
        if where is not None and isinstance(event.args, int | float):
            self._go(where.began_ns + round(event.args) * 10**9)

    def _go(self, at_ns: int) -> None:
        self._backend.seek(self._session, at_ns)
        self._feed.acted()

    def _where(self) -> ReplayView | None:
        view = self._feed.sessions.get(self._session)
        return None if view is None else view.replay
