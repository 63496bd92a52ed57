"""The pre-flight checklist as HTML. Pure."""

from dashboards.console.markup import Html, join, tag
from dashboards.console.views.session import CheckView, SessionView
from dashboards.texts import shown

TONES = {"ok": ("ok", "✓"), "not ok": ("medium", "✕"), "unknown": ("low", "?")}


def lines(view: SessionView) -> Html:
    """Return a line for each item; empty once the session has started."""
    return join([_line(check) for check in view.preflight])


def unresolved(view: SessionView) -> list[CheckView]:
    """Return the items that need a reason at the start."""
    return [check for check in view.preflight if check.counts and check.state != "ok"]


def _line(check: CheckView) -> Html:
    tone, sign = TONES[check.state]
    return tag(
        "li",
        f"check p-{tone}",
        tag("span", "sign", f"{sign} {check.item}: {shown(check.state)}"),
        tag("span", "", check.found),
    )
