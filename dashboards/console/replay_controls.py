"""Controls of a replay: position, speed, and jumps to alarms and markers."""

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
    """The bar to play, pause, seek, and jump to an alarm or a marker."""

    def __init__(
        self, feed: Feed, backend: ReplayControlBackend, view: SessionView, where: ReplayView
    ) -> None:
        self._feed = feed
        self._backend = backend
        self._session = view.id
        self._held = False  # the slider is being dragged
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
            self._place.on("pan", self._hold).on("change", self._seek_to_slider)
            self._position = Text("span", "moment")
            if where.moments:
                ui.select(
                    {
                        n: f"{stopwatch((at_ns - where.began_ns) / 1e9)}  {words}"
                        for n, (at_ns, words) in enumerate(where.moments)
                    },
                    label="Alarms and markers",
                    on_change=lambda event: self._jump(where.moments[event.value][0]),
                ).props("outlined dense options-dense").classes("moments")
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Show the current position."""
        where = view.replay
        if where is None:
            return
        self._play.text = "Pause" if where.playing else "Play"
        passed_s = (view.now_ns - where.began_ns) // 10**9
        of = f"{stopwatch(passed_s)} of {stopwatch((where.ended_ns - where.began_ns) / 1e9)}"
        self._position.text = (
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
            self._seek(view.now_ns + step_s * 10**9)

    def _jump(self, at_ns: int) -> None:
        self._backend.play(self._session, on=False)  # so that the time stays in view
        self._seek(at_ns)

    def _hold(self) -> None:
        self._held = True

    def _seek_to_slider(self, event: GenericEventArguments) -> None:
        self._held = False
        where = self._where()
        if where is not None and isinstance(event.args, int | float):
            self._seek(where.began_ns + round(event.args) * 10**9)

    def _seek(self, at_ns: int) -> None:
        self._backend.seek(self._session, at_ns)
        self._feed.acted()

    def _where(self) -> ReplayView | None:
        view = self._feed.sessions.get(self._session)
        return None if view is None else view.replay
