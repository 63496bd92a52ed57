"""Whether a payload is as long as its layout says: every decoder asks before it reads."""

from devices.errors import DecodeError


def require_length(payload: bytes, size: int, what: str) -> None:
    """Ask for at least `size` bytes, the last of which belong to `what`.

    Raises:
        DecodeError: the payload ends before.
    """
    if len(payload) < size:
        raise DecodeError(
            len(payload), f"{what} is cut short: {len(payload)} of at least {size} bytes"
        )


def require_exact_length(payload: bytes, size: int, what: str) -> None:
    """Ask for `size` bytes, no fewer and no more.

    Raises:
        DecodeError: the payload has another length.
    """
    if len(payload) != size:
        raise DecodeError(
            min(len(payload), size), f"{what} has {size} byte(s), this one {len(payload)}"
        )


def surplus_warnings(payload: bytes, end: int) -> list[str]:
    """Return the warning about bytes that the flags do not announce, if there are any.

    Later versions of a layout append fields, so a decoder ignores what it does not know.
    """
    extra = len(payload) - end
    return [f"{extra} byte(s) at the end that no flag announces are ignored"] if extra else []
