"""Links that accept a call: signed, expiring, good for one call and nothing else.

A link names the session, the call and its recipient; the call names the occurrences of alarms, in
the journal. So it stays short enough for a text message, and cannot be bent to another alarm.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from devices.errors import PhysiomonError

_PURPOSE = "physiomon.accept-call.1"  # a signature for anything else does not fit
_FIELDS = 4
_LONGEST_TOKEN = 512
_SHORTEST_SECRET = 32  # characters


class LinkExpiredError(PhysiomonError):
    """A link that was good and is too old."""


class LinkForgedError(PhysiomonError):
    """A link that was not made here, or was cut or changed on its way."""


class SecretError(PhysiomonError):
    """The secret behind the links cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link is good for.

    Attributes:
        session: its id.
        call: number of the call in it.
        recipient: id of who was called.
        at_ns: when the call was ordered: a session begun anew under the same id has other calls.
    """

    session: str
    call: int
    recipient: str
    at_ns: int


class AcceptLinks:
    """Makes links and reads them.

    Args:
        secret: behind the signatures.
        base: address under which people reach this service, such as ``https://calls.example.org``.
        valid_s: how long a link is good.
        now_ns: UTC nanoseconds.
    """

    def __init__(self, secret: str, base: str, valid_s: float, now_ns: Callable[[], int]) -> None:
        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return now_ns() // 10**9

        self._base = base.rstrip("/")
        self._valid_s = round(valid_s)
        self._serializer = URLSafeTimedSerializer(secret, salt=_PURPOSE, signer=Signer)

    def link(self, ticket: Ticket) -> str:
        """Return the address that accepts a call."""
        fields = [ticket.session, ticket.call, ticket.recipient, ticket.at_ns]
        return f"{self._base}/accept/{self._serializer.dumps(fields)}"

    def read(self, token: str) -> Ticket:
        """Return what a link is good for.

        Raises:
            LinkExpiredError: it is too old.
            LinkForgedError: it is none of ours.
        """
        forged = LinkForgedError("This link was not made here, or was cut on its way.")
        if len(token) > _LONGEST_TOKEN:
            raise forged
        try:
            fields = self._serializer.loads(token, max_age=self._valid_s)
        except SignatureExpired:
            raise LinkExpiredError("This link is too old.") from None
        except BadSignature:
            raise forged from None
        if not (isinstance(fields, list) and len(fields) == _FIELDS):
            raise forged
        session, call, recipient, at_ns = fields
        return Ticket(session=session, call=call, recipient=recipient, at_ns=at_ns)


def keep_secret(path: Path) -> str:
    """Return the secret in a file that only its owner may read; make it if it is not there.

    Raises:
        SecretError: it cannot be read or made, others may read it, or it is too short.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(file, "w", encoding="ascii") as new:
                new.write(secrets.token_urlsafe(32) + "\n")
                new.flush()
                os.fsync(file)
        if path.stat().st_mode & 0o077:
            raise SecretError(f"others may read {path}; give it to yourself alone: chmod 600")
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
        raise SecretError(f"cannot use {path} for the secret behind links: {reason}") from None
    return checked_secret(secret, str(path))


def checked_secret(secret: str, where: str) -> str:
    """Return a secret that is long enough.

    Raises:
        SecretError: it is not.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise SecretError(
            f"the secret in {where} is shorter than {_SHORTEST_SECRET} characters; make another"
        )
    return secret
