"""Trouble of the monitor, as sentences for people."""

from devices.errors import PhysiomonError


class ConfigError(PhysiomonError):
    """A configuration that cannot be used; names file, line or key, and what is allowed."""


class EndedError(ConfigError):
    """A session that somebody has ended for good; it is never continued silently."""


class JournalError(PhysiomonError):
    """A file that is no journal, or one that is damaged or in use."""


class RecordingError(PhysiomonError):
    """The journal could not be written."""


class OutputError(PhysiomonError):
    """A destination that does not take what it is sent."""


class ActError(PhysiomonError):
    """Something a person asked for that cannot be done now."""
