"""All places of the service."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Sequence

import structlog

from dashboards.console.views.places import NewRoomSession, WaitingPlaceView
from devices.errors import PhysiomonError
from devices.sensor import SensorSpec
from monitor.errors import ActError
from monitor.service.new_rooms import NewRooms
from monitor.service.place import Place
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner

_MOST = 64  # places of a service

log = structlog.get_logger()


class Places:
    """All places of the service.

    Attributes:
        started: runners of sessions that people begin, one per place at most; the service takes
            and runs them.
    """

    def __init__(
        self, places: Sequence[Place], rng: random.Random, rooms: NewRooms | None = None
    ) -> None:
        """Create the places of a service.

        Args:
            places: one for each configuration file.
            rng: randomizes waits.
            rooms: begins sessions in rooms without a file; None disables that.
        """
        used: Counter[str] = Counter()
        for place in places:
            used[place.name] += 1
            if used[place.name] > 1:  # files of one name in two folders
                place.name += f"-{used[place.name]}"
        self._places = {place.name: place for place in places}
        self._rng = rng
        self.started: asyncio.Queue[SessionRunner] = asyncio.Queue(maxsize=_MOST)
        self._rooms = rooms
        self._unused: Sequence[str] = ()

    def open(self, earlier: Sequence[str] = ()) -> list[SessionRunner]:
        """Open the sessions; return their runners.

        Args:
            earlier: sentences about files that could not be used.

        Raises:
            PhysiomonError: a single place cannot be opened, or none of several.
        """
        runners: list[SessionRunner] = []
        self._unused = earlier
        for sentence in earlier:
            sys.stderr.write(f"physiomon: {sentence}\n")
        for place in self._places.values():
            try:
                session = place.open()
            except (PhysiomonError, OSError) as error:  # the other rooms run whatever it is
                if len(self._places) == 1:
                    raise
                place.failure = (
                    f"the session of {place.outputs.planned.path} is not running: {error}"
                )
                sys.stderr.write(f"physiomon: {place.failure}\n")
                continue
            if session is not None:
                runners.append(place.outputs.runner(session, self._rng))
        if all(place.failure for place in self._places.values()):
            raise PhysiomonError("no session can be run; see the errors above")
        for runner in runners:
            for number, failure in enumerate(self.failures()):
                runner.session.notice(f"failure {number}", failure)
        return runners

    def failures(self) -> list[str]:
        """Return a sentence for each room that is not monitored because its session failed."""
        return [*self._unused, *filter(None, (each.failure for each in self._places.values()))]

    def sessions(self) -> list[Session]:
        """Return the current session of each place that has one."""
        return [place.session for place in self._places.values() if place.session is not None]

    def telephone(self, session: str) -> str:
        """Return the telephone number of a session's room; empty if not configured."""
        numbers = (
            place.outputs.planned.config.session.telephone
            for place in self._places.values()
            if place.session is not None and place.session.spec.id == session
        )
        return next(numbers, None) or ""

    def waiting(self) -> list[WaitingPlaceView]:
        """Return the places where nothing is recorded."""
        views = (place.waiting() for place in self._places.values())
        return [view for view in views if view is not None]

    def begin(self, name: str, participant: str, by: str) -> Session:
        """Begin the next session of a place, as `Place.begin`."""
        place = self._places.get(name)
        if place is None:
            raise ActError(f"there is no place '{name}' here")
        if self.started.full():
            raise ActError("the last session is still being started; try again")
        others = (each for each in self.sessions() if each is not place.session)
        place.refuse_used_devices([each for each in others if not each.ended])
        session = place.begin(participant, by)
        self.started.put_nowait(place.outputs.runner(session, self._rng))
        log.info("session.begun", session=session.spec.id, place=name)
        return session

    def begin_in_room(
        self, request: NewRoomSession, sensors: Sequence[SensorSpec], by: str
    ) -> Session:
        """Begin a session in a room without a file, which is written.

        Raises:
            FieldError: a field of the request is not possible.
            PhysiomonError: the file or the journal cannot be written.
        """
        if self._rooms is None or len(self._places) >= _MOST:
            raise ActError("no more rooms can be added here")
        if self.started.full():
            raise ActError("the last session is still being started; try again")
        known = [place.outputs.planned for place in self._places.values()]
        running = [each.spec for each in self.sessions() if not each.ended]
        place = self._rooms.begin(request, sensors, by, known, running)
        self._places[place.name] = place
        assert place.session is not None  # noqa: S101 - it has begun
        self.started.put_nowait(place.outputs.runner(place.session, self._rng))
        log.info("session.begun", session=place.session.spec.id, place=place.name)
        return place.session
