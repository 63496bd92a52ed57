"""Logs of the process: one JSON line per change of state, on standard error."""

import logging
import sys

import structlog


def start_logs(level: int = logging.ERROR) -> None:
    """Log physiomon's events from `level` on, and errors of libraries."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s")
    # The virtual radio drops and rejects packets intentionally.
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
