"""NiceGUI's scripts and styles, compressed once for all browsers.

NiceGUI compresses a megabyte for each browser with an empty cache, in the loop that also evaluates
alarms, and the first paint waits for it.
"""

import asyncio
import gzip
import mimetypes
from functools import cache
from importlib.resources import files
from pathlib import Path

import nicegui
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from nicegui import app

_KINDS = (".css", ".js", ".mjs")


def add_static_files(application: FastAPI) -> None:
    """Serve these files instead of NiceGUI, which serves all others; call before `ui.run_with`."""
    folder = Path(str(files(nicegui) / "static"))
    for path in sorted(folder.rglob("*")):
        if path.suffix in _KINDS:
            address = f"/_nicegui/{nicegui.__version__}/static/{path.relative_to(folder)}"
            application.add_api_route(address, _Answer(path))


class _Answer:
    """The route of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kind = mimetypes.guess_type(path.name)[0] or "text/plain"

    async def __call__(self, request: Request) -> Response:
        headers = {
            "Cache-Control": app.config.cache_control_directives,
            "Vary": "Accept-Encoding",
        }
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return FileResponse(self._path, headers=headers)
        content = await asyncio.to_thread(_compressed, self._path)
        headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=self._kind, headers=headers)


@cache
def _compressed(path: Path) -> bytes:
    content = path.read_bytes()
    if path.name == "fonts.css":  # text is visible in another font while its font is loaded
        content = content.replace(b"@font-face {", b"@font-face { font-display: swap;")
    return gzip.compress(content, mtime=0)
