"""Places without a session, and requests to start one."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.console.views.sensors import ChosenDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlaceView:
    """A place where nothing is recorded.

    Attributes:
        place: name of its configuration file, without the suffix.
        session: id of the last session, or of the one to resume; empty if that is not known.
        participant: its study code.
        last: a sentence about the last session.
        failure: why its session is not running, although nobody has ended it; else empty.
        refusal: why no session can be started on the page; empty if one can.
    """

    place: str
    site: str
    room: str
    session: str
    participant: str
    last: str
    failure: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoomSession:
    """A session that a person starts in a room without a configuration file.

    Attributes:
        policy: one of `Backend.policies`.
        sensors: label and device of each.
    """

    room: str
    participant: str
    policy: str
    sensors: Sequence[tuple[str, ChosenDevice]]
