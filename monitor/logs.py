"""Logs of the process: one JSON line per change of state, on standard error."""

import logging
import sys

import structlog
from structlog.typing import Processor

from monitor.unblocked_output import unblock_output

# They use the standard library's loggers; only the composition knows structlog.
_LOWER_PACKAGES = ("alerts", "dashboards", "devices")


def start_logs(level: int = logging.ERROR) -> None:
    """Log physiomon's events from `level` on, and errors of libraries, without blocking."""
    unblock_output()
    steps: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *steps],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    for name in _LOWER_PACKAGES:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("asyncio").addFilter(_is_news)
    # The virtual radio drops and rejects packets intentionally.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*steps, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Return False for what a closed D-Bus leaves: dbus-fast awaits no answer that it sends."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, BrokenPipeError) and "never retrieved" in record.getMessage())
