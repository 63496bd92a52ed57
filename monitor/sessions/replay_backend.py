"""Backend of the console for recordings: read-only."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from dashboards.console.views.chart_series import OverviewLine, Trace
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.places import WaitingPlaceView
from dashboards.console.views.rules import RuleView
from dashboards.console.views.sensors import FoundDeviceView, SensorView
from dashboards.console.views.session import ReplayView, SessionView
from monitor.core.engine import Engine
from monitor.errors import ActError
from monitor.sessions.alarm_reviews import AlarmReviews
from monitor.sessions.ecg_strips import ecg_around
from monitor.sessions.recording_overview import read_overview
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.view import rule_views, session_view


def _refuse(*_: object, **__: object) -> NoReturn:
    raise ActError("this is a replay of a recording; actions are not available")


def with_link(sensor: SensorView, engine: Engine) -> SensorView:
    """Return a sensor as connected while it sends, if the recording has no states of its link.

    Imported recordings have none; a sensor that is searched for sends nothing.
    """
    silent_s = engine.sensors[sensor.label].device.kind.silent_after_s
    sends = sensor.age_s is not None and sensor.age_s < silent_s
    return replace(sensor, state="connected") if sensor.state == "searching" and sends else sensor


class ReplayBackend:
    """Implementation of `dashboards.console.backend.ReplayControlBackend`."""

    def __init__(self, players: Iterable[RecordingPlayer]) -> None:
        self._players = {player.recording.spec.id: player for player in players}
        self._overviews: dict[str, Sequence[OverviewLine]] = {}

    def sessions(self) -> Sequence[SessionView]:
        """Return the recorded sessions at the times that are shown."""
        return [self._view(player) for player in self._players.values()]

    def drawing_failed(self, _session: str, error: Exception) -> NoReturn:
        """Raise the fault: nobody is monitored here, and a recording has no other view."""
        raise error

    def drawing_succeeded(self, session: str) -> None:
        """Do nothing."""

    def _view(self, player: RecordingPlayer) -> SessionView:
        view = session_view(player.engine, player.now_ns, reversed(player.history), ())
        recording = player.recording
        where = ReplayView(
            began_ns=recording.began_ns,
            ended_ns=recording.ended_ns,
            speed=player.speed,
            playing=player.playing,
            seeking=player.seeking,
            moments=player.moments,
        )
        sensors = [with_link(each, player.engine) for each in view.sensors]
        ecg = player.ecg.views(player.now_ns)
        return replace(view, replay=where, ecg=ecg, sensors=sensors)

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a range of a channel, up to the time that is shown."""
        player = self._player(session)
        policy = player.engine.policy
        expected = policy.expected if policy is not None else ()
        return player.chart_series.trace(channel, since_ns, until_ns, points, expected)

    def ecg_around(self, session: str, alarm_ns: int) -> Sequence[EcgView]:
        """Return each ECG from 10 s before to 5 s after an alarm."""
        player = self._player(session)
        journal, ended_ns = player.recording.journal, player.recording.ended_ns
        return ecg_around(journal, player.engine.gateways, alarm_ns, ended_ns)

    def alarm_reviews(self, session: str) -> AlarmReviews:
        """Return the alarms of the whole recording."""
        player = self._player(session)
        return AlarmReviews(player.occurrences, lambda: player.recording.ended_ns, _refuse)

    async def overview(self, session: str) -> Sequence[OverviewLine]:
        """Return heart rate and temperature of the whole recording, read once in a thread."""
        if session not in self._overviews:
            recording = self._player(session).recording
            self._overviews[session] = await asyncio.to_thread(read_overview, recording)
        return self._overviews[session]

    def play(self, session: str, *, on: bool) -> None:
        """Play or pause; at the end, play again from the start."""
        player = self._player(session)
        if on and player.now_ns >= player.recording.ended_ns:
            player.seek(player.recording.began_ns)
        player.playing = on

    def seek(self, session: str, at_ns: int) -> None:
        """Seek to a time."""
        self._player(session).seek(at_ns)

    def set_speed(self, session: str, speed: float) -> None:
        """Set the speed."""
        self._player(session).speed = speed

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules that were in force."""
        return rule_views(self._player(session).engine)

    def policies(self) -> Sequence[str]:
        """Return nothing: the policy cannot be changed."""
        return ()

    def kinds(self) -> Mapping[str, str]:
        """Return nothing: sensors cannot be changed."""
        return {}

    def waiting_places(self) -> Sequence[WaitingPlaceView]:
        """Return no place: this is a replay."""
        return ()

    def rooms_can_be_added(self) -> bool:
        """Return False: this is a replay."""
        return False

    def start_failures(self) -> Sequence[str]:
        """Return nothing: a replay that cannot start ends its command with an error."""
        return ()

    async def find_devices(self, session: str) -> Sequence[FoundDeviceView]:
        """Refuse: a recording has no radio."""
        _refuse(session)

    def _player(self, session: str) -> RecordingPlayer:
        try:
            return self._players[session]
        except KeyError:
            raise ActError(f"no recording of session '{session}' is open here") from None

    acknowledge = unacknowledge = reset = mark = pause_audio = measure = undo = correct = _refuse
    confirm_sound = settle = start = finish = dismiss = replace_sensor = rebaseline = (
        change_policy
    ) = _refuse
    override = test_call = set_duty = hand_over = begin = begin_in_room = adverse_events = _refuse
