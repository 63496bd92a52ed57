"""The console's web server, which runs in the caller's event loop."""

import asyncio
import functools
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from nicegui import app, ui
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from dashboards.access.authenticator import AccessSettings, Authenticator
from dashboards.access.current_accounts import Accounts
from dashboards.access.login_page import add_login_page
from dashboards.access.login_sessions import AuditLog
from dashboards.access.middleware import AccessMiddleware, login_of
from dashboards.access.oidc_login import OidcLogin
from dashboards.access.oidc_page import add_oidc_pages
from dashboards.access.page_queue import PageQueue
from dashboards.access.password_page import add_password_page
from dashboards.access.roles import Right
from dashboards.access.second_factor_page import add_second_factor_page
from dashboards.api.application import api, attach, detach, refused
from dashboards.console import page_frame
from dashboards.console.accept_backend import AcceptBackend
from dashboards.console.backend import Backend
from dashboards.console.first_view import add_first_view
from dashboards.console.live.feed import Feed
from dashboards.console.live.stream import stream
from dashboards.console.pages.accept import AcceptRateLimit, add_accept_page
from dashboards.console.pages.checklist import add_checklist_pages
from dashboards.console.pages.rater import add_rater_page
from dashboards.console.pages.review import ReviewPage
from dashboards.console.pages.session import SessionPage, absent_page
from dashboards.console.pages.ward import WardPage
from dashboards.console.views.service_health import HealthBackend
from dashboards.console.views.session import SessionView
from dashboards.console.web.connections import ConnectionLimits
from dashboards.console.web.page_access import guard_messages
from dashboards.console.web.page_messages import PageMessages
from dashboards.console.web.static_files import add_static_files
from dashboards.console.web.uvicorn_server import ConsoleError, WebServer, listen
from dashboards.texts import ENGLISH, Catalogue, in_language

_QUASAR_LANGUAGES: dict[str, Literal["en-US", "de"]] = {"en": "en-US", "de": "de"}
_BUILD_S = 60.0  # for a page, on the slowest machine
_COMPRESSION = 5  # of pages: level 9 takes twice the time and saves 4 percent
_RECONNECT_S = 12.0  # a page that reconnects within this time continues, others reload

__all__ = ["ConsoleError", "serve"]


@asynccontextmanager
async def serve(
    backend: Backend,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    speed: float = 1.0,
    accept_backend: AcceptBackend | None = None,
    access: AccessSettings | None = None,
    audit_log: AuditLog | None = None,
    now_s: Callable[[], float] | None = None,
    wall_s: Callable[[], float] = time.time,  # noqa: TID251 - UTC, for codes and tokens
    metrics: Callable[[], Awaitable[bytes]] | None = None,
    catalogue: Catalogue = ENGLISH,
) -> AsyncIterator[str]:
    """Serve the console while the context is open; one at a time in a process.

    Args:
        backend: source of data and target of actions.
        host: address to listen on.
        port: 0 for a free one.
        speed: seconds of this event loop per real second, if it is a `VirtualTimeLoop`: browsers
            run in real time.
        accept_backend: resolves and accepts the links of calls; None without calls.
        access: access settings; by default everyone on this machine has access without a login.
        audit_log: records logins; required with accounts.
        now_s: clock of the logins; by default that of the event loop.
        wall_s: UTC, for one-time codes and the expiry of tokens.
        metrics: returns the metrics of the service; None without.
        catalogue: language of all pages.

    Yields:
        The URL.

    Raises:
        ConsoleError: the port is in use, the address is not one of this computer, or a console
            already runs in this process.
        AccountsError: the accounts cannot be read.
    """
    access = access or AccessSettings()
    application = shared_application()
    if application.state.feed is not None:
        raise ConsoleError("a console already runs in this process; NiceGUI allows one at a time")
    feed = Feed(backend, speed)
    listener = listen(host, port)
    loop = asyncio.get_running_loop()
    limits = ConnectionLimits.of_process(access.proxies)
    listener.limit(limits, lambda: loop.time() / speed)
    authenticator = None
    if access.accounts is not None:
        if audit_log is None:
            raise ConsoleError("accounts need an audit log that records logins")
        accounts = Accounts(access.accounts, audit_log.accounts_fault)
        authenticator = Authenticator(accounts, access, audit_log, now_s or loop.time, wall_s)
    queue = PageQueue(application, now_s or (lambda: loop.time() / speed))
    messages = PageMessages(queue, lambda: loop.time() / speed, speed)
    server = WebServer(AccessMiddleware(messages, access, authenticator), access, speed)
    application.state.feed = feed
    attach(application.state.api, backend, host, authenticator, speed, metrics)
    application.state.accept_backend = accept_backend
    application.state.authenticator = authenticator
    application.state.oidc = _oidc_login(access, now_s or loop.time, wall_s)
    application.state.accept_rate_limit = AcceptRateLimit(loop.time)
    app.config.reconnect_timeout = _RECONNECT_S * speed
    app.config.language = _QUASAR_LANGUAGES[catalogue.language]
    _pages(feed)
    context = in_language(catalogue)  # of all tasks of the console, and of those that they start
    async with asyncio.TaskGroup() as outer:
        serving = outer.create_task(
            server.run_on(listener), name="console/server", context=context.copy()
        )
        try:
            await server.ready.wait()
            # A separate group: if the feed fails, the server still shuts down cleanly.
            async with asyncio.TaskGroup() as inner:
                beating = [
                    inner.create_task(feed.run(), name="console/feed", context=context.copy()),
                    inner.create_task(server.close_idle(listener), name="console/idle"),
                ]
                if authenticator is not None:
                    beating.append(
                        inner.create_task(authenticator.watch(speed), name="console/logins")
                    )
                yield _url(listener, host, access)
                for task in beating:
                    task.cancel()
        finally:
            server.should_exit = True
            await asyncio.wait([serving])
            if audit_log is not None:
                audit_log.count_reads(everything=True)
            application.state.feed = None
            application.state.accept_backend = None
            application.state.authenticator = application.state.oidc = None
            detach(application.state.api)


@functools.cache
def shared_application() -> FastAPI:
    """Return the only application of this process: NiceGUI keeps its state in globals."""
    application = FastAPI(openapi_url=None)
    application.state.feed = application.state.authenticator = application.state.oidc = None
    application.add_api_route("/healthz", _health)
    add_accept_page(application)
    add_checklist_pages(application)
    add_login_page(application)
    add_oidc_pages(application)
    add_password_page(application)
    add_second_factor_page(application)
    add_rater_page(application)
    application.state.api = api()
    # Paths with a line break match no mount, and so do not reach the API.
    application.add_exception_handler(HTTPException, refused)
    application.mount("/api/v1", application.state.api)
    # Also where every Prometheus looks for them.
    application.router.routes.append(Route("/metrics", application.state.api, methods=["GET"]))
    application.add_api_websocket_route("/updates/{client}", stream)
    add_static_files(application)
    ui.run_with(
        application,
        title="physiomon",
        favicon=page_frame.FAVICON,
        dark=True,
        language="en-US",
        binding_refresh_interval=None,
        tailwind=False,
        show_welcome_message=False,
        gzip_middleware_factory=functools.partial(GZipMiddleware, compresslevel=_COMPRESSION),
    )
    # Quasar's bar for requests of the page is a progress bar without a name.
    app.config.quasar_config["loadingBar"]["skipHijack"] = True
    guard_messages()
    return application


async def _health(request: Request) -> Response:
    """Report the health of the service and, to authorized users, its sessions."""
    feed: Feed = request.app.state.feed
    login = login_of(request.scope)
    shown = request.app.state.authenticator is None or (
        login is not None and login.may(Right.STATE)
    )
    body: dict[str, object] = {"ok": True, "sessions": list(feed.sessions) if shown else []}
    if isinstance(feed.backend, HealthBackend):
        health = feed.backend.health()
        body |= {
            "well": health.reason is None,
            "reason": health.reason or "",
            "running": health.running,
            "advanced_ns": health.advanced_ns,
        }
    return JSONResponse(body)


def _pages(feed: Feed) -> None:
    """Make NiceGUI's routes show this feed instead of the last one."""

    @ui.page("/", response_timeout=_BUILD_S)
    async def ward() -> Response | None:
        feed.refresh()
        if len(feed.sessions) == 1 and not feed.places:
            return RedirectResponse(page_frame.session_url(next(iter(feed.sessions))))
        await _build(feed, WardPage(feed))
        return None

    @ui.page(page_frame.WARD, response_timeout=_BUILD_S)
    async def all_sessions() -> None:
        feed.refresh()
        await _build(feed, WardPage(feed))

    @ui.page("/review/{session:path}")
    def alarm_review(session: str) -> None:
        if (view := _shown(feed, session)) is not None:
            ReviewPage(feed, view)

    @ui.page("/session/{session:path}", response_timeout=_BUILD_S)
    async def one_session(session: str) -> None:
        if (view := _shown(feed, session)) is not None:
            await _build(feed, SessionPage(feed, view))


def _shown(feed: Feed, session: str) -> SessionView | None:
    """Return the view of a session, or build the page of one that is not running."""
    feed.refresh()
    view = feed.sessions.get(session)
    if view is None:
        own = [place.failure for place in feed.places if place.session == session]
        absent_page(session, own if any(own) else feed.backend.start_failures())
    return view


async def _build(feed: Feed, page: SessionPage | WardPage) -> None:
    """Build a page and the picture of it; steps in between serve alarms and other pages."""
    await asyncio.sleep(0)
    await page.build()
    await asyncio.sleep(0)
    add_first_view(feed, page.session)


def _oidc_login(
    access: AccessSettings, now_s: Callable[[], float], wall_s: Callable[[], float]
) -> OidcLogin | None:
    if access.oidc is None:
        return None
    # Of the extra `oidc`; loaded already where the configuration is checked.
    from dashboards.access.oidc_provider import OidcProvider  # noqa: PLC0415

    provider = OidcProvider(access.oidc, now_s, wall_s)
    return OidcLogin(provider, access.device_secret, now_s, wall_s)


def _url(listener: socket.socket, host: str, access: AccessSettings) -> str:
    port = listener.getsockname()[1]
    scheme = "http" if access.tls is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
