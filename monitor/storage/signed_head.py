"""Signed heads: the hash of a journal's newest entry, signed with the key of the site. Pure.

A hash chain shows that nobody changed one entry. Only a head that is kept elsewhere shows that
nobody has rewritten the whole file, or removed its end.
"""

import base64
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from monitor.entries import body_bytes
from monitor.errors import JournalError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """The head of a journal at some time.

    Attributes:
        session: id of the session.
        entries: number of entries, which is also the number of the newest one.
        until_ns: UTC nanoseconds of the newest entry.
        hash: of the newest entry, in hexadecimal digits.
        signature: Ed25519 (RFC 8032) over `message()`, in base64.
    """

    session: str
    entries: int
    until_ns: int
    hash: str
    signature: str = ""

    @classmethod
    def all_from_text(cls, text: str) -> list[Self]:
        """Return the heads in a text: JSON of a head or of `physiomon report`, or lines with heads.

        Raises:
            JournalError: there is none.
        """
        try:
            bodies = _heads_in(json.loads(text))
        except ValueError:
            lines = (line.partition("{") for line in text.splitlines())
            bodies = [body for _, brace, rest in lines if (body := _json(brace + rest))]
        found = [body for body in bodies if "hash" in body] or bodies[:1] or [{}]
        return [cls.from_body("", body) for body in found]

    @classmethod
    def from_body(cls, session: str, body: object) -> Self:
        """Return a head from a JSON object, which may leave out the session.

        Raises:
            JournalError: it is not one.
        """
        texts, numbers = ("session", "hash", "signature"), ("entries", "until_ns")
        wanted: dict[str, type] = dict.fromkeys(texts, str) | dict.fromkeys(numbers, int)
        known: dict[str, Any] = {"session": session, **body} if isinstance(body, dict) else {}
        if wanted.keys() != known.keys() or any(
            not isinstance(known[name], kind) for name, kind in wanted.items()
        ):
            raise JournalError(f"a signed head is a JSON object with {', '.join(wanted)}")
        return cls(**known)

    def message(self) -> bytes:
        """Return what is signed: the JSON object without spaces, sorted, without the signature."""
        body = asdict(self)
        del body["signature"]
        return body_bytes(body)

    def text(self) -> str:
        """Return the head as one line of JSON."""
        return body_bytes(asdict(self)).decode()

    def is_signed_by(self, key: "Ed25519PublicKey") -> bool:
        """Return whether the signature is that of a key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow to load

        try:
            key.verify(base64.b64decode(self.signature, validate=True), self.message())
        except (InvalidSignature, ValueError):
            return False
        return True


def _heads_in(found: object) -> list[dict[str, Any]]:
    """Return the heads of a report, or the only one."""
    if isinstance(found, dict) and isinstance(found.get("journals"), list):
        return [each["head"] for each in found["journals"] if each.get("head")]
    return [found] if isinstance(found, dict) else []


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
