"""Password requirements, and argon2id hashes.

Passwords need a minimum length, not certain kinds of characters, and are compared with lists of
common ones. Source: NIST SP 800-63B, section 5.1.1.2; the estimate is that of zxcvbn (Wheeler,
USENIX Security 2016).
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST = 12
LONGEST = 256
_STRONG_ENOUGH = 3  # of 0 to 4: more than 10^8 guesses
_JUDGED = 72  # characters; the time grows with the square of their number
HASH = r"^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$"

# 64 MiB, three passes. Source: RFC 9106, second recommended option.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Hash of a random, unknown password: an unknown account then takes as long as a known one.
_DUMMY_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$5FSwHd53mIIqDWIvGOW2dA"
    "$mrPB8h9xEe5fctVUs4xKHzUrRU7skT1Wlr6iyxGAgp0"
)


def weakness(password: str, name: str) -> str | None:
    """Return why a password is not acceptable for an account, or None if it is."""
    if not SHORTEST <= len(_normal(password)) <= LONGEST:
        return f"the password must have {SHORTEST} to {LONGEST} characters; a sentence is fine"
    if not password.casefold().replace(name.casefold(), "").strip() or len(set(password)) == 1:
        return "the password is the account's name, or one repeated character; choose another"
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists of words take 50 ms

    guessed = zxcvbn(_normal(password)[:_JUDGED], user_inputs=[name, "physiomon"])
    if guessed["score"] < _STRONG_ENOUGH:
        return "the password is easy to guess; choose another, such as a sentence"
    return None


def hash_password(password: str) -> str:
    """Return the argon2id hash; takes about 50 ms and 64 MiB."""
    return _HASHER.hash(_normal(password))


def verify(password: str, known: str | None) -> bool:
    """Return whether a password matches a hash; without one return False in the same time."""
    try:
        _HASHER.verify(known or _DUMMY_HASH, _normal(password)[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return known is not None


def _normal(password: str) -> str:
    """Normalize Unicode, so that composed and decomposed letters are equal."""
    return unicodedata.normalize("NFKC", password)
