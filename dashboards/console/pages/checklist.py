"""The page of a checklist that an alarm names, for the console; without scripts."""

from html import escape
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from alerts.checklist import Checklist, checklists
from dashboards.console.panels.checklist_links import PATH
from dashboards.texts import gettext as _
from dashboards.texts import language, shown

_STYLE = (
    "body{background:#10161b;color:#dbe4ea;font:1.1rem/1.45 system-ui,sans-serif;margin:0 auto;"
    "max-width:44rem;padding:1rem}h1{color:#fff;font-size:1.4rem}li{margin:.4rem 0}"
)


def checklist_body(checklist: Checklist) -> str:
    """Return a checklist without its title, as HTML."""
    items = "".join(f"<li>{escape(shown(item))}</li>" for item in checklist.items)
    before, question, after = map(shown, (checklist.before, checklist.question, checklist.after))
    source = _("Source: {source}").format(source=checklist.source)
    return (
        f"<p>{escape(before)}</p><p>{escape(question)}</p><ul>{items}</ul>"
        f"<p>{escape(after)}</p><p>{escape(source)}</p>"
    )


def add_checklist_pages(application: FastAPI) -> None:
    """Add a page for each checklist."""
    application.add_api_route(PATH + "/{key}", _page, response_model=None)


def _page(key: str) -> Response:
    found = next((each for each in checklists() if each.key == key), None)
    if found is None:
        return PlainTextResponse(_("There is no such checklist.\n"), HTTPStatus.NOT_FOUND)
    title = escape(shown(found.title))
    return HTMLResponse(
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{checklist_body(found)}</main></body></html>"
    )
