"""Texts on whether a signal is judged, why not, and what its rules wait for. Pure."""

from datetime import tzinfo

from alerts.time_format import clock
from dashboards.console.formatting import countdown
from dashboards.console.views.channels import ChannelView, WaitView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

NOT_JUDGED = "not judged"  # the state of a channel


def live(channel: ChannelView) -> bool:
    """Return whether a channel has a current value."""
    return channel.value is not None and not channel.stale


def judged(channel: ChannelView) -> bool:
    """Return whether a channel is live and judged by some rule."""
    return live(channel) and channel.state in ("judged", "waiting")


def received_share(channel: ChannelView) -> str:
    """Return the received share of an unstable link, or an empty string if the link is stable."""
    share = channel.heard_share
    return (
        "" if share is None else _("unstable, {percent} % heard").format(percent=round(100 * share))
    )


def unjudged(channel: ChannelView, zone: tzinfo | None) -> str:
    """Return the time since which a channel is not judged, or an empty string while it is."""
    since_ns = channel.unjudged_since_ns
    if channel.state != NOT_JUDGED or since_ns is None:
        return ""
    return _("Not judged since {time}").format(time=clock(since_ns, zone)[:-3])


def sentence(channel: ChannelView, view: SessionView) -> str:
    """Return the full text on how a channel is judged; empty if nothing is unusual."""
    if text := unjudged(channel, view.zone):
        return f"{text}: {channel.reason}" if channel.reason else text
    if channel.reason:
        return channel.reason[:1].upper() + channel.reason[1:]
    if channel.state == "unwatched":
        return _("No alarm rules")
    return ". ".join(_wait(wait, view) for wait in channel.waits)


def brief(channel: ChannelView, view: SessionView) -> str:
    """Return the most important part in a few words, for a tile."""
    if text := unjudged(channel, view.zone) or received_share(channel):
        return text
    if channel.reason:
        return _("doubtful")
    return next((_brief_wait(wait, view) for wait in channel.waits), "")


def _wait(wait: WaitView, view: SessionView) -> str:
    left = _left(wait, view)
    match wait.what:
        case "settling":
            return _("Settling, {left} left: lower limits and rises not judged yet").format(
                left=left
            )
        case "baseline" if view.dose_ns is None:
            return _("Baseline is set at the dose")
        case "baseline":
            return _("No baseline: baseline-relative limits are not judged")
        case _:
            return _("Waiting for the first value, {left} left").format(left=left)


def _brief_wait(wait: WaitView, view: SessionView) -> str:
    match wait.what:
        case "settling":
            return _("settling {wait}").format(wait=_left(wait, view))
        case "baseline":
            return _("baseline at dose") if view.dose_ns is None else _("no baseline")
        case _:
            return _("no value yet")


def _left(wait: WaitView, view: SessionView) -> str:
    """Return the time left until a wait is over: minutes and seconds, with hours if needed."""
    return countdown(((wait.until_ns or 0) - view.now_ns) / 1e9)
