"""Time-based one-time codes and recovery codes. Pure, except for the random secrets.

Source: RFC 6238, with SHA-1, 30 s and six digits, which is all that many phone apps support.
"""

import base64
import hmac
import secrets
from urllib.parse import quote

SECRET = r"^[A-Z2-7]{32}$"  # noqa: S105 - a pattern
RECOVERY_CODES = 10
_STEP_S = 30
_DIGITS = 6
_DRIFT = 1  # steps by which a phone's clock may be wrong


def new_secret() -> str:
    """Return a new random secret of 160 bits, in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def new_recovery_codes() -> list[str]:
    """Return new random recovery codes of 80 bits: ``abcd-efgh-ijkl-mnop``."""
    codes = []
    for _ in range(RECOVERY_CODES):
        text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
        codes.append("-".join(text[at : at + 4] for at in range(0, len(text), 4)))
    return codes


def code_at(secret: str, at_s: float, digits: int = _DIGITS) -> str:
    """Return the code of a time.

    Args:
        secret: in base 32.
        at_s: UTC.
        digits: of the code.
    """
    return _code(secret, int(at_s // _STEP_S), digits)


def matching_step(secret: str, code: str, at_s: float) -> int | None:
    """Return the time step whose code was given, or None; codes of one step around are valid."""
    now = int(at_s // _STEP_S)
    found = None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(_code(secret, step, _DIGITS).encode(), code.encode()):
            found = step
    return found


def normal(code: str) -> str:
    """Return a code without the spaces and hyphens that people type.

    >>> normal(" 123 456"), normal("ABCD-efgh-ijkl-mnop")
    ('123456', 'abcdefghijklmnop')
    """
    return "".join(code.split()).replace("-", "").lower()


def enrolment_uri(account: str, secret: str) -> str:
    """Return the address that a phone app reads from the QR code.

    >>> enrolment_uri("md-1", "JBSW")
    'otpauth://totp/physiomon:md-1?secret=JBSW&issuer=physiomon'
    """
    return f"otpauth://totp/physiomon:{quote(account)}?secret={secret}&issuer=physiomon"


def _code(secret: str, step: int, digits: int) -> str:
    # RFC 4226, section 5.3.
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"
