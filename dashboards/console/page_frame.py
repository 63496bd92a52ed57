"""The frame of every console page: styles, scripts, footer and registration with the feed."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from nicegui import ui

from dashboards.access.middleware import login_of
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed, Viewer
from dashboards.console.script_texts import script_texts, style_texts
from dashboards.texts import gettext as _
from dashboards.texts import marked

_STYLES = (
    "console.css",
    "first-view.css",
    "chart.css",
    "ecg.css",
    "ward.css",
    "dialogs.css",
    "contrast.css",
)
_LIVE = (
    "pulse.js",
    "lifeline.js",
    "sound.js",
    "announce.js",
    "awake.js",
    "chart.js",
    "alarms.js",
    "morph.js",
    "first-view.js",
    "renewal.js",
    "show.js",
    "rating.js",
)
_SCRIPTS = ("storage.js", "name.js", "look.js", "keys.js")
_ABSENT = ("absent.js",)
WARD = "/ward"  # all sessions, also if there is only one
FOOTER = marked("Not a medical device. Never the sole monitor.")

# A trace with a heartbeat; inline, so that nothing has to be fetched.
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="6" fill="#10161b"/>'
    '<path d="M3 18h7l3-9 5 15 3-6h8" fill="none" stroke="#7fd6a0" stroke-width="2.5"/></svg>'
)


def add_head(*, live: bool = True, styles: Sequence[str] = (), scripts: Sequence[str] = ()) -> Text:
    """Add styles, scripts and the skip link to the page that is being built; return the link.

    Args:
        live: the page shows values and has a `Viewer`; otherwise it waits for its session.
        styles: of this page, beside those of all pages.
        scripts: likewise.
    """
    # Inline, so that they work when the server does not.
    for style in (*_STYLES, *styles):
        ui.add_head_html(f"<style>{read(style)}</style>")
    ui.add_head_html(f"<style>{style_texts()}</style><script>{script_texts()}</script>")
    for script in (*_SCRIPTS, *(_LIVE if live else _ABSENT), *scripts):
        ui.add_head_html(f"<script>{read(script)}</script>")
    with Text("a", "skip", _("Skip to the values")) as skip:
        skip.props["href"] = "#values"
    return skip


def footer() -> None:
    """Add the disclaimer and the display settings."""
    with box("div", "settings"):
        _switch(
            "physiomonLook.next()",
            "L",
            dark=_("Look: dark"),
            night=_("Look: night"),
            light=_("Look: light"),
        )
        _switch(
            "physiomonLook.toggleFlashing()",
            "F",
            flashing=_("Flashing on"),
            still=_("Flashing off"),
        )
        _switch("physiomonKeys.help()", "?", keys=_("Keys ?"))
    with box("footer", "foot"):
        Text("span", "", _(FOOTER))
        # Visible at any scroll position; any touch or key unblocks the sound.
        Text("strong", "if-blocked", _("SOUND BLOCKED: touch the page"))
        Text("strong", "if-no-sound", _("NO SOUND in this browser"))
        Text("span", "if-may-sleep", _("The screen may go dark"))


def _switch(call: str, key: str, **texts: str) -> None:
    """Add a button for a setting of this browser; one of the texts is visible."""
    switch = button("", "switch").props(f'flat dense aria-keyshortcuts="{key}"')
    switch.on("click", js_handler=f"() => {call}")
    with switch:
        for state, text in texts.items():
            Text("span", f"if-{state}", text)


def register_viewer(feed: Feed, viewer: Viewer) -> None:
    """Register the page that is being built with the feed until its browser disconnects.

    Its login is recorded as reading what it shows.
    """
    client, login = ui.context.client, login_of(ui.context.client.request.scope)
    session, what = viewer.session or "", "overview" if viewer.session is None else "page"
    feed.viewers[client.id] = viewer
    if login is not None:
        login.record_read(session, what)

    def closed() -> None:
        feed.viewers.pop(client.id, None)
        if login is not None:
            login.record_read(session, what, ended=True)

    client.on_delete(closed)


def session_url(session: str) -> str:
    """Return the address of a session's page."""
    return f"/session/{quote(session, safe='')}"


def review_url(session: str) -> str:
    """Return the address of a session's alarm review."""
    return f"/review/{quote(session, safe='')}"


@cache
def read(name: str) -> str:
    """Return a file of `static/`."""
    return (files("dashboards.console") / "static" / name).read_text(encoding="utf-8")
