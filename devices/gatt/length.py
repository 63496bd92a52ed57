"""Length checks of payloads, made before any field is read."""

from devices.errors import DecodeError


def require_length(payload: bytes, size: int, what: str) -> None:
    """Require at least `size` bytes, the last of which belong to `what`.

    Raises:
        DecodeError: the payload is shorter.
    """
    if len(payload) < size:
        raise DecodeError(
            len(payload), f"{what} is truncated: {len(payload)} of at least {size} bytes"
        )


def require_exact_length(payload: bytes, size: int, what: str) -> None:
    """Require exactly `size` bytes.

    Raises:
        DecodeError: the payload has another length.
    """
    if len(payload) != size:
        raise DecodeError(
            min(len(payload), size), f"{what} must have {byte_count(size)}, not {len(payload)}"
        )


def surplus(payload: bytes, end: int) -> list[str]:
    """Return a contradiction if there are bytes after `end`, which no flag describes."""
    extra = len(payload) - end
    return [f"the flags do not cover {byte_count(extra)} at the end"] if extra else []


def byte_count(count: int) -> str:
    """Return a number of bytes as text.

    >>> byte_count(1), byte_count(2)
    ('1 byte', '2 bytes')
    """
    return f"{count} byte" if count == 1 else f"{count} bytes"
