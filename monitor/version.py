"""Version of the installed physiomon."""

from importlib.metadata import version

VERSION = version("physiomon")
