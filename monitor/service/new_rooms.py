"""Sessions in rooms without a configuration file, started by people on the page."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations

from dashboards.console.views.places import NewRoomSession
from devices.errors import FieldError, PhysiomonError
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.config.merge import PlannedSession
from monitor.config.policies import find_policy, known_policies
from monitor.config.section import CODE_PATTERN
from monitor.config.started import journal_folder, write_started
from monitor.core.session_spec import SessionSpec, refuse_clash
from monitor.errors import ActError
from monitor.service.outputs import Outputs
from monitor.service.place import CODE_RULE, Place, today_at, unused_id
from monitor.sessions.sensor_checks import check_sensor

_LONGEST_ROOM = 64
_ROOM = re.compile(r"\w([\w .-]*[\w.-])?")


class NewRooms:
    """Starts sessions in other rooms.

    Args:
        base: configuration with the site, and the sections of the whole service.
        clock: of the sessions.
    """

    def __init__(self, base: PlannedSession, clock: SessionClock) -> None:
        self._base = base
        self._clock = clock

    def begin(
        self,
        request: NewRoomSession,
        sensors: Sequence[SensorSpec],
        by: str,
        known: Sequence[PlannedSession],
        running: Sequence[SessionSpec],
    ) -> Place:
        """Write the configuration file of a session in a new room, and begin the session.

        Args:
            request: what the person has entered.
            sensors: the devices that they have chosen.
            by: that person.
            known: configurations of all places.
            running: sessions that have not ended.

        Raises:
            FieldError: a field of the request is not possible.
            PhysiomonError: the file or the journal cannot be written.
        """
        room = unicodedata.normalize("NFC", request.room.strip())
        _check_room(room, known)
        _check_participant(request.participant, known, running)
        if request.policy not in known_policies(self._base.path.parent):
            raise FieldError("policy", "choose one of the policies")
        try:
            find_policy(request.policy, self._base.path.parent)
        except PhysiomonError as error:
            raise FieldError("policy", str(error)) from None
        _check_sensors(sensors, known)
        folder = journal_folder(self._base)
        today = today_at(self._base.config.session.zone, self._clock)
        ident = unused_id(request.participant, today, folder)
        planned = write_started(
            self._base,
            id=ident,
            room=room,
            participant=request.participant,
            policy=request.policy,
            sensors=sensors,
        )
        try:
            place = Place(Outputs.of(planned, self._clock.now_ns), self._clock)
            place.begin_first(by)
        except PhysiomonError:
            planned.path.unlink()
            raise
        return place


def _check_room(room: str, known: Sequence[PlannedSession]) -> None:
    if len(room) > _LONGEST_ROOM or not _ROOM.fullmatch(room):
        raise FieldError("room", "enter the name of the room: letters, digits, blanks, '-', '.'")
    if room.casefold() in (each.config.session.room.casefold() for each in known):
        raise FieldError("room", f"room {room} is on this page; start its next session there")


def _check_participant(
    code: str, known: Sequence[PlannedSession], running: Sequence[SessionSpec]
) -> None:
    if re.fullmatch(CODE_PATTERN, code) is None:
        raise FieldError("participant", CODE_RULE)
    for each in running:
        if each.participant == code:
            raise FieldError("participant", f"{code} has a running session in room {each.room}")
    for planned in known:
        who = planned.config.session
        if who.id is None and who.participant == code:
            raise FieldError("participant", f"{code} is the participant of room {who.room}")


def _check_sensors(sensors: Sequence[SensorSpec], known: Sequence[PlannedSession]) -> None:
    """Refuse devices of other places, also of those that wait: theirs may begin at any time."""
    labels = [each.label for each in sensors]
    if not sensors:
        raise FieldError("sensors", "choose at least one sensor")
    if len(set(labels)) < len(labels):
        raise FieldError("sensors", "give each sensor a different label")
    used = [
        (SensorSpec(**each.model_dump()), planned.config.session.room)
        for planned in known
        for each in planned.config.sensor
        if each.gateway is None
    ]
    try:
        for spec in sensors:
            check_sensor(spec)
        for one, other in combinations(sensors, 2):
            refuse_clash(one, other, f"sensor '{other.label}'")
        for spec in sensors:
            for other, room in used:
                refuse_clash(spec, other, f"sensor '{other.label}' of room {room}")
    except ActError as error:
        raise FieldError("sensors", str(error)) from None
