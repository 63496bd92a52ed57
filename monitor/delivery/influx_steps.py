"""Steps of a setup, and the protection of stored points."""

from dataclasses import dataclass

from monitor.delivery.influx_http import InfluxHttp
from monitor.errors import OutputError


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the setup.

    Attributes:
        what: the object, such as ``bucket``.
        outcome: ``created``, ``changed``, ``exists``, ``not needed``, ``written``, ``failed``, or
            ``manual`` if a person has to do it.
        details: its name or setting, what failed, or what to do.
    """

    what: str
    outcome: str
    details: str


class DataLossError(OutputError):
    """A shorter retention would delete points that are stored."""


async def require_no_loss(
    server: InfluxHttp, has_s: int, wanted_s: int, *, may_delete: bool
) -> None:
    """Check that a new retention deletes no stored points; in seconds, 0 means forever.

    Raises:
        DataLossError: it does, or the token may not read what is stored.
    """
    shorter = wanted_s and (not has_s or wanted_s < has_s)
    if may_delete or not shorter:
        return
    older = await server.influxql(f"SELECT * FROM /.*/ WHERE time < now() - {wanted_s}s LIMIT 1")  # noqa: S608
    if older is None or older:
        what = "deletes points that are stored" if older else "may delete points that are stored"
        raise DataLossError(
            f"bucket '{server.config.bucket}': {kept(has_s)}; a retention of {wanted_s / 86_400:g} "
            f"days {what}"
        )


def kept(seconds: int) -> str:
    """Return a retention in words."""
    return (
        f"points are kept for {seconds / 86_400:g} days" if seconds else "points are kept forever"
    )
