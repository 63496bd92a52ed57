"""Which physiomon this is."""

from importlib.metadata import version

VERSION = version("physiomon")
