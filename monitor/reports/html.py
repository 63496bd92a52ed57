"""A report as one page of HTML, with everything in it: no scripts, and nothing from elsewhere."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from devices.printable_text import printable
from monitor.reports import document as content
from monitor.reports.figures import svg

WIDTH_MM = 182.0
_TEMPLATE = "page.html"


def to_html(document: content.Document) -> str:
    """Return the page; the same content gives the same bytes.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    return _template().render(document=document, blocks=[_block(b) for b in document.blocks])


def _block(block: content.Block) -> dict[str, object]:
    picture = Markup(svg(block, WIDTH_MM)) if isinstance(block, content.Chart) else ""  # noqa: S704 - matplotlib escapes all text
    return {"kind": type(block).__name__, "block": block, "picture": picture}


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE)
