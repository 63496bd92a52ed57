"""The part of the console's backend that starts sessions."""

from collections.abc import Sequence
from typing import Protocol

from dashboards.console.views.places import NewRoomSession, WaitingPlaceView
from devices.errors import FieldError
from devices.sensor import SensorSpec
from monitor.errors import ActError
from monitor.sessions.nearby_sensors import NearbySensors
from monitor.sessions.session import Session


class NextSessions(Protocol):
    """The places of the service, where sessions follow each other."""

    def waiting(self) -> Sequence[WaitingPlaceView]:
        """Return the places where nothing is recorded."""
        ...

    def begin(self, name: str, participant: str, by: str) -> Session:
        """Begin the next session of a place."""
        ...

    def begin_in_room(
        self, request: NewRoomSession, sensors: Sequence[SensorSpec], by: str
    ) -> Session:
        """Begin a session in a room without a configuration file."""
        ...


class PlaceBackend:
    """The places of the service, and the sessions that begin there."""

    def __init__(
        self, sessions: dict[str, Session], places: NextSessions | None, nearby: NearbySensors
    ) -> None:
        self._sessions = sessions
        self._places = places
        self._nearby = nearby

    def add(self, session: Session) -> None:
        """Show a session that was resumed."""
        self._sessions[session.spec.id] = session

    def waiting_places(self) -> Sequence[WaitingPlaceView]:
        """Return the places where the next session can be started."""
        return () if self._places is None else self._places.waiting()

    def begin(self, place: str, participant: str, by: str) -> str:
        """Begin the next session of a place; its last one leaves the page."""
        if self._places is None:
            raise ActError("sessions cannot be started here")
        last = {view.place: view.session for view in self._places.waiting()}
        session = self._places.begin(place, participant, by)
        self._sessions.pop(last.get(place, ""), None)
        self.add(session)
        return session.spec.id

    def rooms_can_be_added(self) -> bool:
        """Return whether sessions can be started in other rooms."""
        return self._places is not None

    def begin_in_room(self, request: NewRoomSession, by: str) -> str:
        """Begin a session in a room without a configuration file."""
        if self._places is None:
            raise ActError("sessions cannot be started here")
        try:
            sensors = [
                self._nearby.chosen(label, device, self._sessions.values())
                for label, device in request.sensors
            ]
        except ActError as error:
            raise FieldError("sensors", str(error)) from None
        session = self._places.begin_in_room(request, sensors, by)
        self.add(session)
        return session.spec.id
