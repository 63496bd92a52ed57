"""`physiomon journal verify` and `journal head`: integrity of a journal, and what proves it."""

import sys
from email import message_from_string, policy
from pathlib import Path

from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.commands.output import print_facts, print_json, utc
from monitor.entries import EntryKind
from monitor.errors import JournalError
from monitor.storage.head_check import HeadCheck, check_heads, difference, newest_head
from monitor.storage.journal import Journal
from monitor.storage.signed_head import SignedHead
from monitor.storage.signing_key import read_public_key

_LIMITS = (
    "the entries are consistent with each other; only a head that was kept elsewhere shows that "
    "nobody has rewritten the whole file (--against)"
)
_NO_END = (
    "none: the recording was interrupted, is still going on, or entries are missing at its end"
)


def verify(path: Path, against: Path | None, key_file: Path | None, *, as_json: bool) -> bool:
    """Print whether a journal is intact, and what that shows; return the first.

    Args:
        path: of the journal.
        against: file with signed heads that were kept elsewhere, such as a report or a mail; ``-``
            for standard input.
        key_file: public key of the site.
        as_json: print JSON.

    Raises:
        PhysiomonError: it is not intact, and the result is not asked for as JSON; or a file cannot
            be read.
    """
    key = None if key_file is None else read_public_key(key_file)
    heads: HeadCheck | None = None
    with Journal.read(path) as journal:
        first = next(journal.entries(), None)
        session = "" if first is None else str(first.body().get("id", ""))
        kept = None if against is None else _kept(against, session)
        entries = journal.last_seq
        damage = journal.damage()
        reason = None if damage is None else damage.reason
        if reason is None:
            heads = check_heads(journal, key)
            reason = heads.fault
        if reason is None and kept is not None:
            reason = difference(journal, kept, key)
        end = None if reason is not None else _end(journal)
    if as_json:
        print_json(
            {
                "ok": reason is None,
                "entries": entries,
                "first_bad_entry": damage.seq if damage else None,
                "reason": reason,
                "signed_heads": heads.heads if heads else 0,
                "last_head": heads.last.entries if heads and heads.last else None,
                "signatures_checked": key is not None,
                "compared_with": kept.entries if kept and reason is None else None,
                "end": end,
            }
        )
        return reason is None
    if reason is not None:
        raise PhysiomonError(f"{path}: {reason}; do not rely on this file, restore a copy")
    assert heads is not None  # noqa: S101 - a journal without faults was checked
    compared = {} if kept is None else {"compared": _compared(kept)}
    print_facts(
        str(path),
        {
            "check": f"passed: {count(entries, 'entry', 'entries')}, none changed or removed",
            "signed heads": _heads(heads, with_key=key is not None),
            **compared,
            "end": end or _NO_END,
            **({} if kept is not None else {"shows": _LIMITS}),
        },
    )
    return True


def print_head(path: Path) -> None:
    """Print the newest signed head of a journal, to be kept elsewhere.

    Raises:
        JournalError: the journal has none.
    """
    with Journal.read(path) as journal:
        head = newest_head(journal)
    if head is None:
        raise JournalError(f"{path} has no signed head: it was recorded without a key")
    sys.stdout.write(f"{head.text()}\n")


def _kept(against: Path, session: str) -> SignedHead:
    """Return the head of a session in a file, else another one, which differs."""
    try:
        text = sys.stdin.read() if str(against) == "-" else against.read_text(encoding="utf-8")
        heads = SignedHead.all_from_text(_body_of(text))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise PhysiomonError(f"cannot read {against}: {reason}") from None
    except JournalError as error:
        raise PhysiomonError(f"{against}: {error}") from None
    return next((head for head in reversed(heads) if head.session == session), heads[-1])


def _body_of(text: str) -> str:
    """Return the text of a saved mail, whose long lines are encoded; of another file, all of it."""
    mail = message_from_string(text, policy=policy.default)
    body = mail.get_body(("plain", "html")) if "MIME-Version" in mail else None
    return text if body is None else str(body.get_content())


def _heads(heads: HeadCheck, *, with_key: bool) -> str:
    if heads.last is None:
        return "none"
    signed = "signed with this key" if with_key else "signatures not checked (--key)"
    return f"{heads.heads}, the last of entry {heads.last.entries}; {signed}"


def _compared(kept: SignedHead) -> str:
    return (
        f"entries 1 to {kept.entries}, until {utc(kept.until_ns)}, are those of the head that was "
        "kept"
    )


def _end(journal: Journal) -> str | None:
    """Return who or what ended the recording, and which verdicts followed, or None."""
    end = journal.end()
    if end is None:
        return None
    body = end.body()
    who = f"by {body['by']}" if "by" in body else body["reason"]
    text = f"{utc(end.received_ns)} {who}"
    after = [each for each in journal.entries(after=end.seq) if each.kind != EntryKind.HEAD]
    if after:
        verdicts = count(len(after), "verdict")
        text += f"; then {verdicts} on its alarms, the last one {utc(after[-1].received_ns)}"
        text += f" by {after[-1].body()['by']}"
    return text
