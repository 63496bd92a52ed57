"""Logs of the process: one JSON line for each change of state, on standard error."""

import logging
import sys

import structlog


def start_logs(level: int = logging.ERROR) -> None:
    """Log physiomon's own events from `level` on; of libraries only errors."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s")
    # A virtual radio loses and refuses packets on purpose.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
