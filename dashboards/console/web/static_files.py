"""NiceGUI's scripts and styles, compressed once for all browsers.

NiceGUI compresses a megabyte for each browser with an empty cache, in the loop that also evaluates
alarms, and the first paint waits for it.
"""

import asyncio
import gzip
import mimetypes
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

import nicegui
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from nicegui import app

_KINDS = (".css", ".js", ".mjs")


def add_static_files(application: FastAPI) -> None:
    """Serve NiceGUI's static files instead of NiceGUI; call before `ui.run_with`."""
    folder = Path(str(files(nicegui) / "static"))
    known = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}

    async def static_file(request: Request, name: str) -> Response:
        path = known.get(name)
        if path is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        headers = {
            "Cache-Control": app.config.cache_control_directives,
            "Vary": "Accept-Encoding",
        }
        accepted = request.headers.get("accept-encoding", "")
        if path.suffix not in _KINDS or "gzip" not in accepted:
            return FileResponse(path, headers=headers)
        content = await asyncio.to_thread(_compressed, path)
        headers["Content-Encoding"] = "gzip"
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        return Response(content, media_type=kind, headers=headers)

    address = f"/_nicegui/{nicegui.__version__}/static/{{name:path}}"
    application.add_api_route(address, static_file)


@cache
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
