"""The session that a start of the service resumes or begins. Pure."""

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """A session as its journal describes it.

    Attributes:
        path: of the journal.
        configured_as: id or participant in the configuration file, if the session was started on
            the page for another participant; otherwise empty.
        started_ns: UTC nanoseconds.
        ended_by: person who ended it, or None.
        ended_ns: UTC nanoseconds, or None.
        last_ns: UTC nanoseconds of its last entry.
        end_derived: whether the facts of its end were recorded too; they are not if the process was
            killed within milliseconds after it.
    """

    path: Path
    id: str
    site: str
    participant: str
    started_ns: int
    last_ns: int
    configured_as: str = ""
    ended_by: str | None = None
    ended_ns: int | None = None
    end_derived: bool = True

    @property
    def ended(self) -> bool:
        """Return whether a person has ended it."""
        return self.ended_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredSession:
    """The `[session]` of a configuration file; `id` is None if the file gives none."""

    id: str | None
    site: str
    participant: str

    @property
    def key(self) -> str:
        """Return what identifies it among the sessions of a folder."""
        return self.id or self.participant

    def describes(self, recorded: RecordedSession) -> bool:
        """Return whether a recorded session was started with this configuration."""
        if recorded.site != self.site:
            return False
        if recorded.configured_as:
            return recorded.configured_as == self.key
        if self.id is not None:
            return recorded.id == self.id
        return recorded.participant == self.participant


@dataclass(frozen=True, slots=True)
class Resume:
    """Resume a session that nobody has ended."""

    session: RecordedSession


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a session with a new id."""

    id: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Derive and deliver the end of a session, then wait: the process was killed right after it."""

    session: RecordedSession


@dataclass(frozen=True, slots=True)
class Wait:
    """Record nothing until a person begins another session: this one has ended."""

    session: RecordedSession


def at_start(
    configured: ConfiguredSession, today: datetime.date, recorded: Sequence[RecordedSession]
) -> Resume | Begin | Complete | Wait:
    """Return what a start of the service does with a configuration.

    The newest session of the configuration decides, whatever its date: it is resumed unless a
    person has ended it. A session of another participant is never resumed.

    Args:
        configured: of the file.
        today: date in the room.
        recorded: all sessions of the journals' folder.

    Raises:
        ConfigError: the configured id is that of another participant's session.
    """
    for each in recorded:
        theirs = (each.site, each.participant) != (configured.site, configured.participant)
        if each.id == configured.id and not each.configured_as and theirs:
            raise ConfigError(
                f"session {each.id} in {each.path} is that of participant {each.participant}, site "
                f"{each.site}, not of {configured.participant}, site {configured.site}; give "
                "[session] another 'id'"
            )
    own = [each for each in recorded if configured.describes(each)]
    if not own:
        taken = {each.id for each in recorded}.__contains__
        return Begin(configured.id or new_id(configured.participant, today, taken))
    newest = max(own, key=lambda each: (each.started_ns, each.id))
    if not newest.ended:
        return Resume(newest)
    return Wait(newest) if newest.end_derived else Complete(newest)


def new_id(participant: str, today: datetime.date, taken: Callable[[str], bool]) -> str:
    """Return an id that is not taken: ``P07-20261128``, then ``P07-20261128-2``."""
    first = f"{participant}-{today:%Y%m%d}"
    later = (f"{first}-{number}" for number in itertools.count(2))
    return next(found for found in itertools.chain([first], later) if not taken(found))
