"""Bumble with an index of the UUIDs that it knows.

Bumble 0.0.236 compares each UUID that it receives with the hundreds that it knows, one after the
other: an eighth of the time of a virtual session.
"""

from bumble.core import UUID

_known: dict[UUID, UUID] = {}


def index_uuids() -> None:
    """Make Bumble find a known UUID by its hash, with the same result."""
    if UUID.register is not _register:
        _known.update((each, each) for each in UUID.UUIDS)
        UUID.register = _register  # type: ignore[assignment]


def _register(uuid: UUID) -> UUID:
    known = _known.setdefault(uuid, uuid)
    if known is uuid:
        UUID.UUIDS.append(uuid)
    elif known.name is None:
        known.name = uuid.name
    return known
