"""View of a place whose session has ended, where another one can be started."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlaceView:
    """A place where nothing is recorded.

    Attributes:
        place: name of its configuration file, without the suffix.
        session: id of the last session.
        participant: its study code.
        last: a sentence about the last session.
        refusal: why no session can be started on the page; empty if one can.
    """

    place: str
    site: str
    room: str
    session: str
    participant: str
    last: str
    refusal: str = ""
