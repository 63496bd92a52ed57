"""Controls of a replay: the strip of the whole recording, speed, and search."""

from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from alerts.time_format import clock
from dashboards.console.backend import ReplayControlBackend
from dashboards.console.formatting import stopwatch
from dashboards.console.html_elements import Text, box, button, message
from dashboards.console.live.feed import Feed
from dashboards.console.replay import moment_search
from dashboards.console.replay.recording_strip import recording_strip
from dashboards.console.views.session import MomentView, ReplayView, SessionView
from dashboards.texts import gettext as _

_SPEEDS = (1, 2, 10, 60, 600)
_STEPS = {"- 10 min": -600, "- 1 min": -60, "+ 1 min": 60, "+ 10 min": 600}
# Each change of the page draws the slider once more: where it was drawn last must be where it is.
_SEND_VALUE = "(event) => { element.props.value = event.target.value; emit(+event.target.value) }"


class ReplayControls:
    """The bar at the bottom of the page: play, go anywhere, and find an alarm or a marker."""

    def __init__(
        self, feed: Feed, backend: ReplayControlBackend, view: SessionView, where: ReplayView
    ) -> None:
        self._feed = feed
        self._backend = backend
        self._session = view.id
        self._client = ui.context.client
        self._held = False  # the position is being dragged
        self._sought_ns: int | None = None  # until the replay has reached it
        self._sought_from: SessionView | None = None  # which does not show yet that it is sought
        self._found = list(where.moments)
        self._lasted_s = max(1, (where.ended_ns - where.began_ns) // 10**9)
        with box("section", "player", aria_label=_("Replay")):
            with box("div", "player-row"):
                Text("strong", "recording", _("RECORDING - NOT LIVE"))
                self._play = button("", "act primary").on_click(self._toggle)
                for text, step_s in _STEPS.items():
                    button(text).on_click(partial(self._step, step_s))
                self._speed(where)
                self._position = Text("span", "moment")
            with box("div", "strip"):
                self._strip = ui.html("", sanitize=False).classes("strip-drawing")
                # Click, drag and keys are those of the browser's own slider.
                self._place = box("input", "strip-place", type="range", aria_label=_("Position"))
                self._place.props["min"], self._place.props["max"] = "0", str(self._lasted_s)
                # A trailing event would come after "change", and hold the position for ever.
                self._place.on(
                    "input",
                    self._hold,
                    js_handler=_SEND_VALUE,
                    throttle=0.1,
                    trailing_events=False,
                )
                self._place.on("change", self._go_to, js_handler=_SEND_VALUE)
            if where.moments:
                self._search(where)
        # Reading eight hours takes a moment: the page is there first.
        self._client.on_connect(self._draw)
        self.show(view)

    def _speed(self, where: ReplayView) -> None:
        speeds = {float(speed): f"{speed:g}x" for speed in sorted({*_SPEEDS, where.speed})}
        chosen = ui.select(speeds, value=where.speed, label=_("Speed"))
        chosen.on_value_change(lambda event: self._backend.set_speed(self._session, event.value))
        chosen.props("outlined dense options-dense").classes("speed")

    def _search(self, where: ReplayView) -> None:
        with box("div", "player-row search"):
            self._text = ui.input(_("Search"), on_change=self._filter).props(
                "outlined dense clearable"
            )
            self._choice = ui.select(
                {key: _(text) for key, text in moment_search.CHOICES.items()},
                value="",
                label=_("Show"),
            )
            self._choice.on_value_change(self._filter)
            self._choice.props("outlined dense options-dense").classes("speed")
            button(_("Previous")).on_click(partial(self._jump_beside, moment_search.last_before))
            button(_("Next")).on_click(partial(self._jump_beside, moment_search.next_after))
            self._listed = ui.select(self._options(where.began_ns), label=_("Alarms and markers"))
            self._listed.on_value_change(self._jump_to_listed)
            self._listed.props("outlined dense options-dense").classes("moments")
            self._count = Text("span", "count", _("{count} found").format(count=len(self._found)))

    async def _draw(self) -> None:
        """Draw the strip when the page is open."""
        lines = await self._backend.overview(self._session)
        where = self._where()
        if where is not None:
            with self._client:
                self._strip.content = recording_strip(where, lines)

    def show(self, view: SessionView) -> None:
        """Show the current position."""
        where = view.replay
        if where is None:
            return
        self._play.text = _("Pause") if where.playing else _("Play")
        if self._held:
            return
        passed_s = (view.now_ns - where.began_ns) // 10**9
        at, seeking = self._at(passed_s), _(", seeking ...") if where.seeking else ""
        text = f"{clock(view.now_ns, view.zone)}, {at}{seeking}"
        if self._position.text != text:
            self._position.text = text
            # As a property it would send the whole slider, which may have been moved further.
            self._place.run_method("setAttribute", "aria-valuetext", at)
        if not where.seeking and view is not self._sought_from:
            self._sought_ns = None
        if self._sought_ns is None and self._place.props.get("value") != str(passed_s):
            self._place.props["value"] = str(passed_s)

    def _at(self, passed_s: int) -> str:
        return _("{time} of {total}").format(
            time=stopwatch(passed_s), total=stopwatch(self._lasted_s)
        )

    def _options(self, began_ns: int) -> dict[int, str]:
        return {
            number: f"{stopwatch((each.at_ns - began_ns) / 1e9)}  {each.text}"
            for number, each in enumerate(self._found)
        }

    def _filter(self) -> None:
        where = self._where()
        if where is None:
            return
        text, choice = self._text.value or "", self._choice.value
        self._found = moment_search.matches(where.moments, text, choice)
        self._listed.set_options(self._options(where.began_ns), value=None)
        self._count.text = _("{count} found").format(count=len(self._found))

    def _toggle(self) -> None:
        where = self._where()
        if where is not None:
            self._backend.play(self._session, on=not where.playing)
            self._feed.acted()

    def _step(self, step_s: int) -> None:
        now_ns = self._now_ns()
        if now_ns is not None:
            self._seek(now_ns + step_s * 10**9)

    def _jump_to_listed(self) -> None:
        if self._listed.value is not None:
            self._jump(self._found[self._listed.value])

    def _jump_beside(self, find: moment_search.Find) -> None:
        now_ns = self._now_ns()
        moment = None if now_ns is None else find(self._found, now_ns)
        if moment is None:
            message(_("There is no further one in this direction."))
        else:
            self._jump(moment)

    def _jump(self, moment: MomentView) -> None:
        self._backend.play(self._session, on=False)  # so that the time stays in view
        self._seek(moment.at_ns)

    def _hold(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, int | float):
            self._held = True
            self._position.text = _("to {time}").format(time=self._at(round(event.args)))

    def _go_to(self, event: GenericEventArguments) -> None:
        self._held = False
        where = self._where()
        if where is not None and isinstance(event.args, int | float):
            with self._place.props.suspend_updates():  # the page has it already
                self._place.props["value"] = str(event.args)
            self._seek(where.began_ns + round(event.args) * 10**9)

    def _seek(self, at_ns: int) -> None:
        where = self._where()
        if where is not None:
            self._sought_from = self._feed.sessions.get(self._session)
            self._sought_ns = min(max(at_ns, where.began_ns), where.ended_ns)
            self._backend.seek(self._session, self._sought_ns)
            self._feed.acted()

    def _now_ns(self) -> int | None:
        """Return the time that is shown or sought, so that presses in quick succession add up."""
        view = self._feed.sessions.get(self._session)
        return self._sought_ns or (None if view is None else view.now_ns)

    def _where(self) -> ReplayView | None:
        view = self._feed.sessions.get(self._session)
        return None if view is None else view.replay
