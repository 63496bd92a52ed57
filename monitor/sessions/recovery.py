"""Recovery of a session from its journal."""

import datetime
from collections.abc import Callable

from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry
from monitor.errors import ConfigError, EndedError, JournalError
from monitor.storage.hash_chain import Damage
from monitor.storage.journal import Journal

_FIXED_AT_START = ("sensors", "overrides")


def apply_entries(
    journal: Journal, session: str, engine: Engine, apply: Callable[[Entry], None]
) -> SessionSpec:
    """Apply all entries of a journal; return the specification in its first entry.

    Args:
        journal: contains at least one entry.
        session: id that the journal must have.
        engine: to which `apply` applies an entry.
        apply: applies one entry.

    Raises:
        JournalError: its first entry cannot be read, or an entry is missing.
        ConfigError: it contains another session, or one of an older derivation.
    """
    for entry in journal.entries():
        if entry.seq == 1:
            _apply_first(journal, session, entry, apply)
        elif entry.seq != engine.seq + 1:
            raise JournalError(
                f"{journal.path}: entry {engine.seq + 1} is missing; restore it from a copy, or "
                "give the session another id"
            )
        else:
            apply(entry)
        spec = engine.spec
        if entry.seq == 1 and spec is not None and spec.derivation < DERIVATION:
            raise ConfigError(
                f"{journal.path} was started by physiomon {spec.software}, which derived alarms "
                "by older rules; end it with that version, or give the session another id"
            )
    assert engine.spec is not None  # noqa: S101 - the first entry is a session
    return engine.spec


def _apply_first(
    journal: Journal, session: str, first: Entry, apply: Callable[[Entry], None]
) -> None:
    """Apply the first entry of a journal, which must be that of the session."""
    try:
        name = first.body()["id"]
        if name == session:
            apply(first)
            return
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(
            f"{journal.path}: its first entry cannot be read ({type(error).__name__}); "
            "restore it from a copy"
        ) from error
    raise ConfigError(
        f"{journal.path} contains session {name}, not {session}; give the session another id or "
        "another folder"
    )


def resume_warnings(
    damage: Damage | None, configured: SessionSpec, recorded: SessionSpec
) -> dict[str, str]:
    """Return warnings about a resumed session, by what they are about."""
    found = {
        "configuration": _changed_configuration(configured, recorded),
        "journal": _damaged_journal(damage),
    }
    return {about: warning for about, warning in found.items() if warning is not None}


def _damaged_journal(damage: Damage | None) -> str | None:
    if damage is None:
        return None
    return (
        f"the journal of this session is damaged: {damage.reason}; monitoring continues, but "
        "nothing can be derived from the journal again: keep a copy of it"
    )


def _changed_configuration(configured: SessionSpec, recorded: SessionSpec) -> str | None:
    changed = [
        name for name in _FIXED_AT_START if getattr(configured, name) != getattr(recorded, name)
    ]
    if configured.policy.digest != recorded.policy.digest:
        changed.append("policy")
    if not changed:
        return None
    return (
        f"the configuration has changed since this session started ({', '.join(changed)}), which "
        "has no effect on it: change its rules under Rules, or start another session"
    )


def ended_error(session: str, end: Entry) -> EndedError:
    """Return the error for a session that a person has ended."""
    at = datetime.datetime.fromtimestamp(end.received_ns / 1e9, datetime.UTC)
    return EndedError(
        f"session {session} was ended by {end.body()['by']} at {at:%Y-%m-%d %H:%M} UTC; to start "
        "another, give [session] a new 'id'"
    )


def run_body(spec: SessionSpec, engine: Engine, offset_ns: int, since_ns: int) -> dict[str, object]:
    """Return the body of the RUN entry.

    Args:
        spec: of the present configuration.
        engine: recovered from the journal.
        offset_ns: of the computer's clock from the session's.
        since_ns: end of the journal so far; 0 if it is new.
    """
    body: dict[str, object] = {"version": spec.software, "offset_ns": offset_ns}
    if since_ns:
        body["since_ns"] = since_ns
    if spec.calls != engine.calling.escalation.plan:
        # Recipients follow the site's present configuration, unlike the policy.
        body["calls"] = spec.calls.body()
    return body
