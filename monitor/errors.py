"""Expected errors of the monitor; their messages are sentences for users."""

from devices.errors import PhysiomonError


class ConfigError(PhysiomonError):
    """Invalid configuration; the message names file, line or key, and what is allowed."""


class EndedError(ConfigError):
    """Attempt to resume a session that a person has ended."""


class JournalError(PhysiomonError):
    """File that is not a journal, or is damaged or in use."""


class RecordingError(PhysiomonError):
    """Failed write to a journal."""


class OutputError(PhysiomonError):
    """Destination that does not accept data."""


class ActError(PhysiomonError):
    """Requested action that is not possible now."""
