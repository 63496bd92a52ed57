"""Work on one session whose faults must not affect the other sessions."""

import traceback
from collections.abc import Callable
from typing import TypeVar

import structlog

from monitor.sessions.failed_session import where_failed

T = TypeVar("T")

log = structlog.get_logger()


class Isolated:
    """One kind of work on one session, tried again each time.

    Args:
        work: name of its events in the log.
        session: id, for the log.

    Attributes:
        error: the exception of the last attempt, or None.
    """

    def __init__(self, work: str, session: str) -> None:
        self.error: Exception | None = None
        self._failed, self._back = f"{work}.failed", f"{work}.back"
        self._session = session
        self._logged = ""

    def result(self, make: Callable[[], T], instead: Callable[[Exception], T]) -> T:
        """Return the result of `make`; if it raises, keep and log the error, and use `instead`.

        The log gets each fault once, until an attempt succeeds, and nothing about the person.
        """
        try:
            made = make()
        except Exception as error:  # noqa: BLE001 - a fault, which the others must survive
            self.failed(error)
            return instead(error)
        self.succeeded()
        return made

    def failed(self, error: Exception) -> None:
        """Keep and log the error of an attempt that was made elsewhere."""
        self.error = error
        if (where := where_failed(error)) != self._logged:
            self._logged = where
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error(self._failed, session=self._session, error=where, traceback=trace)

    def succeeded(self) -> None:
        """Forget the error after a successful attempt."""
        if self.error is not None:
            self.error, self._logged = None, ""
            log.info(self._back, session=self._session)
