"""The picture of a page: HTML that is shown before the scripts of the page run.

It is made from the elements of the page and its current regions, so it contains what the user may
see and nothing else. It cannot be operated, and shows that it is not live (`first-view.css`). The
page replaces it (`first-view.js`).
"""

from collections.abc import Mapping

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from alerts.time_format import clock
from dashboards.console.live.feed import Feed
from dashboards.console.markup import Html, join, tag
from dashboards.texts import gettext as _

Regions = Mapping[str, tuple[str, str]]


def add_first_view(feed: Feed, session: str | None) -> None:
    """Add the picture of the page that is being built; none without a session that it could show.

    Args:
        feed: provides the content of the regions.
        session: the session of the page; None for the ward page.
    """
    regions = feed.regions(session)
    views = [view for view in feed.sessions.values() if session in (None, view.id)]
    if not views:
        return
    latest = max(views, key=lambda view: view.now_ns)
    time = clock(latest.now_ns, latest.zone)
    page = join([_picture(child, regions) for child in ui.context.client.content])
    connecting = tag("p", "connecting", _("State at {time} - connecting").format(time=time))
    failed = tag("p", "failed", _("NOT LIVE: state at {time}. Reload the page.").format(time=time))
    ui.add_body_html(
        f'<div id="as-loaded" role="alert">{connecting}{failed}</div>'
        f'<div id="first-view" inert>{page}</div>'
    )


def _picture(element: ui.element, regions: Regions) -> Html:
    """Return an element with its content; components other than buttons are empty boxes."""
    classes = " ".join(element.classes)
    if name := element.props.get("data-region"):
        shown, content = regions.get(name, (classes, ""))
        return tag(element.tag, shown, Html(content), region=name)
    children = [_picture(child, regions) for child in element]
    if element.tag == "q-btn":
        label = tag("span", "block", str(element.props.get("label", "")))
        inside = tag("span", "q-btn__content col row items-center justify-center", label, *children)
        return tag("div", f"q-btn q-btn--rectangle q-btn--no-uppercase {classes}", inside)
    if "-" in element.tag:
        return tag("div", classes)
    text = element.text if isinstance(element, TextElement) else ""
    style = "".join(f"{name}: {value};" for name, value in element.style.items())
    return tag(element.tag, classes, text, *children, style=style)
