"""Links that accept a call: signed, expiring, and valid for one call only.

A link names the session, the call and its recipient; the call in the journal names the occurrences
of alarms. So a link fits into a text message, and cannot be changed to accept another alarm.
"""

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from alerts.private_file import keep_private
from devices.errors import PhysiomonError

_PURPOSE = "physiomon.accept-call.1"  # a signature for anything else does not fit
_FIELDS = 4
_LONGEST_TOKEN = 512
_SHORTEST_SECRET = 32  # characters


class LinkExpiredError(PhysiomonError):
    """A link that has expired."""


class LinkForgedError(PhysiomonError):
    """A link with a wrong signature: from elsewhere, truncated or changed."""


class SecretError(PhysiomonError):
    """The secret that signs the links cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The call that a link accepts.

    Attributes:
        session: its pseudonym; its id in links of earlier versions.
        call: number of the call in it.
        recipient: id of the recipient.
        at_ns: when the call was ordered; it differs in another session with the same id.
    """

    session: str
    call: int
    recipient: str
    at_ns: int


class AcceptLinks:
    """Creates links and reads them.

    Args:
        secret: key of the signatures.
        base: public address of this service, such as ``https://calls.example.org``.
        valid_s: seconds until a link expires.
        now_ns: UTC nanoseconds.
    """

    def __init__(self, secret: str, base: str, valid_s: float, now_ns: Callable[[], int]) -> None:
        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return now_ns() // 10**9

        self._base = base.rstrip("/")
        self._valid_s = round(valid_s)
        self._key = secret.encode()
        self._serializer = URLSafeTimedSerializer(secret, salt=_PURPOSE, signer=Signer)

    def pseudonym(self, session: str) -> str:
        """Return what links contain instead of a session's id, which may name the participant."""
        digest = hmac.digest(self._key, f"session {session}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:9]).decode()

    def link(self, ticket: Ticket) -> str:
        """Return the address that accepts a call."""
        fields = [ticket.session, ticket.call, ticket.recipient, ticket.at_ns]
        return f"{self._base}/accept/{self._serializer.dumps(fields)}"

    def read(self, token: str) -> Ticket:
        """Return the call that a link accepts.

        Raises:
            LinkExpiredError: the link has expired.
            LinkForgedError: its signature is wrong.
        """
        forged = LinkForgedError("This link is not valid; it may have been cut off.")
        if len(token) > _LONGEST_TOKEN:
            raise forged
        try:
            fields = self._serializer.loads(token, max_age=self._valid_s)
        except SignatureExpired:
            raise LinkExpiredError("This link has expired.") from None
        except BadSignature:
            raise forged from None
        if not (isinstance(fields, list) and len(fields) == _FIELDS):
            raise forged
        session, call, recipient, at_ns = fields
        return Ticket(session=session, call=call, recipient=recipient, at_ns=at_ns)


def keep_secret(path: Path) -> str:
    """Return the secret from a file that only its owner may read; create the file if needed.

    Raises:
        SecretError: the file cannot be read or created, others may read it, or it is too short.
    """
    try:
        secret = keep_private(path, _new_secret, SecretError).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
        raise SecretError(f"cannot use the secret in {path}: {reason}") from None
    return checked_secret(secret, str(path))


def _new_secret() -> bytes:
    return f"{secrets.token_urlsafe(32)}\n".encode()


def checked_secret(secret: str, where: str) -> str:
    """Return the secret if it is long enough.

    Raises:
        SecretError: it is too short.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise SecretError(
            f"the secret in {where} is shorter than {_SHORTEST_SECRET} characters; use a longer one"
        )
    return secret
