"""Compare a journal with its signed heads, and with one that was kept elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.entries import EntryKind
from monitor.errors import JournalError
from monitor.storage.journal import Journal
from monitor.storage.signed_head import SignedHead

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCheck:
    """Result of a check.

    Attributes:
        heads: number of signed heads in the journal.
        last: the newest of them, or None.
        fault: the first one that does not fit, in one sentence, or None.
    """

    heads: int
    last: SignedHead | None
    fault: str | None


def heads_of(journal: Journal) -> Iterator[tuple[int, SignedHead]]:
    """Yield the signed heads of a journal, each with the number of its entry.

    Raises:
        JournalError: an entry that should be a head is not one.
    """
    first = next(journal.entries(), None)
    session = "" if first is None else str(first.body().get("id", ""))
    for entry in journal.entries_of_kind(EntryKind.HEAD):
        yield entry.seq, SignedHead.from_body(session, entry.body())


def check_heads(journal: Journal, key: "Ed25519PublicKey | None") -> HeadCheck:
    """Check the signed heads of a journal whose hash chain is intact.

    Args:
        journal: to be checked.
        key: public key of the site; None: signatures are not checked.
    """
    number, last = 0, None
    try:
        for seq, head in heads_of(journal):
            if journal.hash_of(head.entries) != head.hash or head.entries >= seq:
                return HeadCheck(
                    heads=number, last=last, fault=f"entry {seq} is the head of another journal"
                )
            if key is not None and not head.is_signed_by(key):
                return HeadCheck(
                    heads=number, last=last, fault=f"entry {seq} is not signed with this key"
                )
            number, last = number + 1, head
    except JournalError as error:
        return HeadCheck(heads=number, last=last, fault=str(error))
    unsigned = key is not None and last is None
    return HeadCheck(heads=number, last=last, fault="it has no signed head" if unsigned else None)


def newest_head(journal: Journal) -> SignedHead | None:
    """Return the newest signed head of a journal, or None.

    Raises:
        JournalError: an entry that should be a head is not one.
    """
    last = None
    for _, last in heads_of(journal):  # noqa: B007 - the last one is wanted
        pass
    return last


def difference(journal: Journal, kept: SignedHead, key: "Ed25519PublicKey | None") -> str | None:
    """Return why a journal is not the one of a head that was kept elsewhere, or None."""
    first = next(journal.entries(), None)
    session = "" if first is None else first.body().get("id")
    if kept.session != session:
        return f"the head is of session {kept.session}, the journal of session {session}"
    if key is not None and not kept.is_signed_by(key):
        return "the head that was kept is not signed with this key"
    if kept.entries > journal.last_seq:
        return (
            f"the head is of entry {kept.entries}, but the journal ends with entry "
            f"{journal.last_seq}: its end was removed"
        )
    if journal.hash_of(kept.entries) != kept.hash:
        return f"entries up to {kept.entries} are not those that were signed: they were rewritten"
    return None
