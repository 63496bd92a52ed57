"""Division of a refused batch until every point that cannot be stored is found.

A server names one fault of a batch, in words that change with its version, and its counts are those
of that fault alone. So neither words nor counts decide about a point: it is sent alone. Whether the
point or the server is at fault is decided by a probe, a new point that any server can store.
"""

from collections.abc import Awaitable, Callable, Sequence

from monitor.delivery.errors import (
    MisconfiguredError,
    RejectedError,
    TooLargeError,
    UnavailableError,
)
from monitor.errors import OutputError

_ATTEMPTS = 3  # before a point is held responsible for a failure of the server
_PROOF = 100  # points refused one after the other before the server is probed again

Line = tuple[int, bytes]  # id of the fact, encoded fact
Refused = tuple[int, str]  # id of the fact, reason of its rejection


class BatchSender:
    """Sender of batches to a destination, which finds the points that cannot be stored.

    Args:
        deliver: sends lines; raises an error of `monitor.delivery.errors`.
        probe: returns a new line that is valid whatever the facts are; None if there is none, then
            a destination that accepts nothing of a batch is at fault.
    """

    def __init__(
        self,
        deliver: Callable[[bytes], Awaitable[None]],
        probe: Callable[[], bytes] | None = None,
    ) -> None:
        self._deliver = deliver
        self._probe = probe
        # Kept when a batch is interrupted: the next attempt does not judge them again.
        self._refused: dict[int, str] = {}
        self._unproven = _PROOF  # points refused since the destination accepted something
        self._accepted = False  # something of this batch

    async def send(self, lines: Sequence[Line], *, divide_failures: bool = False) -> list[Refused]:
        """Deliver a batch; return the rejected facts with reasons.

        Valid facts of a refused batch may be sent twice, since points are idempotent.

        Args:
            lines: the batch.
            divide_failures: also divide a batch on which the server fails, if it accepts a probe.
                A point is rejected if the server repeatedly answers it alone with an error message.

        Raises:
            UnavailableError: the destination accepts nothing.
        """
        self._unproven, self._accepted = _PROOF, False
        pieces: list[Sequence[Line]] = [lines]
        while pieces:
            piece = [line for line in pieces.pop() if line[0] not in self._refused]
            error = await self._refusal(piece, divide_failures) if piece else None
            if error is None:
                continue
            if len(piece) == 1:
                await self._reject(piece[0], str(error))
            elif faults := _faults(error, len(piece)):
                for index, reason in faults.items():
                    await self._reject(piece[index], reason)
                pieces.append(piece)  # the others are still to be accepted
            elif not await self._outdated(piece, error, divide_failures):
                half = len(piece) // 2
                pieces += [piece[half:], piece[:half]]
        refused, self._refused = sorted(self._refused.items()), {}
        if refused and self._probe is None and not self._accepted:
            raise _refuses_all(refused[0][1])
        return refused

    async def _refusal(self, piece: Sequence[Line], divide_failures: bool) -> OutputError | None:  # noqa: FBT001
        """Deliver a piece; return the error that is due to its content, or None if accepted."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._deliver(b"\n".join(line for _, line in piece))
            except (RejectedError, TooLargeError) as error:
                return error
            except UnavailableError as error:
                if not divide_failures or self._probe is None or not error.may_be_content:
                    raise
                await self._prove(self._probe)
                if len(piece) > 1:
                    return error
                if attempt == _ATTEMPTS:
                    if not error.has_message:
                        raise
                    return error
            else:
                self._unproven, self._accepted = 0, True
                return None
        raise AssertionError

    async def _outdated(
        self,
        piece: Sequence[Line],
        error: OutputError,
        divide_failures: bool,  # noqa: FBT001
    ) -> bool:
        """Reject the whole piece if all of it is outside the retention.

        If the newest, the middle and the oldest point are, each sent alone, so are those between:
        a backlog of a day would otherwise take a request or two for each point.
        """
        if not _is_about_retention(error, piece):
            return False
        ordered = sorted(piece, key=_time)
        for sample in (ordered[-1], ordered[len(ordered) // 2], ordered[0]):
            if sample[0] not in self._refused:
                refusal = await self._refusal([sample], divide_failures)
                if refusal is None:
                    return False
                await self._reject(sample, str(refusal))
                if not _is_about_retention(refusal, [sample]):
                    return False
        for fact, _ in piece:
            self._refused.setdefault(fact, str(refusal))
        return True

    async def _reject(self, line: Line, reason: str) -> None:
        if self._probe is None:
            if not self._accepted and len(self._refused) >= _PROOF:
                self._refused.clear()
                raise _refuses_all(reason)
        elif self._unproven >= _PROOF:
            await self._prove(self._probe)
        self._unproven += 1
        self._refused[line[0]] = reason

    async def _prove(self, probe: Callable[[], bytes]) -> None:
        """Raise an UnavailableError unless the destination accepts a probe."""
        try:
            await self._deliver(probe())
        except (RejectedError, TooLargeError) as error:
            raise _refuses_all(str(error)) from None
        self._unproven = 0


def _refuses_all(reason: str) -> MisconfiguredError:
    return MisconfiguredError(f"it refuses every fact ({reason})")


def _faults(error: OutputError, count: int) -> dict[int, str]:
    found = error.faults if isinstance(error, RejectedError) else {}
    return {index: reason for index, reason in found.items() if 0 <= index < count}


def _is_about_retention(error: OutputError, piece: Sequence[Line]) -> bool:
    """Return whether points may be too old: a hint for what to try, in whatever words.

    Messages can repeat a point, whose rule may be named after another kind of retention; a limit
    for times in the future is called by the same words.
    """
    words = str(error).lower()
    return (
        "retention" in words
        and "upper bound" not in words
        and not any(b"retention" in line.lower() for _, line in piece)
    )


def _time(line: Line) -> int:
    """Return the time at the end of a line; without one, the fact's place in the journal."""
    fact, text = line
    time = text.rpartition(b" ")[2]
    return int(time) if time.isdigit() else fact
