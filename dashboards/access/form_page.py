"""Pages with a form; they need no script and nothing else, so they work if other parts fail."""

import base64
import hashlib
from collections.abc import AsyncIterable
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse, Response

from dashboards.texts import gettext as _
from dashboards.texts import language, marked, shown

_MAX_BYTES = 4096
_STYLE = """
:root{color-scheme:dark}
body{background:#0b0f12;color:#c9d3da;font:1rem/1.45 system-ui,sans-serif;margin:0;min-height:100vh;
min-height:100dvh;display:flex;flex-direction:column;align-items:center;justify-content:center}
main{background:#141a1f;border-radius:.5rem;box-sizing:border-box;padding:1.5rem;width:min(24rem,100%)}
h1{color:#eef3f6;font-size:1.6rem;font-weight:600;margin:0 0 1rem}
label{display:block;margin:.9rem 0 .25rem}
input{background:#0b0f12;border:1px solid #8a98a3;border-radius:.4rem;box-sizing:border-box;
color:#eef3f6;font:inherit;min-height:2.8rem;padding:.3rem .7rem;width:100%}
button{background:#7fd6a0;border:0;border-radius:.4rem;color:#000;font:inherit;font-weight:700;
margin-top:1.4rem;min-height:3rem;width:100%}
:focus-visible{outline:3px solid #4fd4e6;outline-offset:2px}
.qr{display:block;margin:1rem auto;max-width:100%}code{font-size:1.05rem;overflow-wrap:anywhere}
a{color:#4fd4e6}p{margin:.5rem 0}
.other a{border:1px solid #8a98a3;border-radius:.4rem;display:block;font-weight:700;
line-height:3rem;margin-top:1.4rem;text-align:center;text-decoration:none}
[role=alert]{border-left:.4rem solid #ffd23e;color:#ffd23e;padding-left:.7rem}
footer{color:#8a98a3;font-size:.85rem;margin-top:1.5rem}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
_FOOTER = marked("Not a medical device. Never the sole monitor.")


async def read_fields(chunks: AsyncIterable[bytes]) -> dict[str, str]:
    """Return the fields of a form; empty if the form is too long."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > _MAX_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:  # not UTF-8, or more fields than the page has
        return {}
    return {name: values[-1] for name, values in fields.items()}


def form_page(status: HTTPStatus, title: str, message: str, form: str) -> Response:
    """Return a page.

    Args:
        status: of the response.
        title: of the page.
        message: in English, shown translated above the form; may be empty.
        form: HTML.
    """
    said = _(message) if message else ""
    said = shown(said) if said == message else said  # from a layer below
    alert = f'<p role="alert">{escape(said)}</p>' if said else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>physiomon: {escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>physiomon</h1>{alert}{form}</main><footer>{escape(_(_FOOTER))}</footer></body></html>",
        status_code=status,
        headers=_HEADERS,
    )
