"""The page behind a call's link: plain, dark, for telephones; no scripts, no other resources.

Opening it answers nothing, because mail scanners open every link; only its buttons do. Opening the
link of a test call is recorded.
"""

import base64
import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from html import escape
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from alerts.accept_links import LinkExpiredError, LinkForgedError
from dashboards.console.accept_backend import AcceptBackend
from dashboards.console.pages.checklist import checklist_body
from dashboards.console.views.calls import CalledAlarm, CalledView
from dashboards.texts import gettext as _
from dashboards.texts import language, marked, ngettext, shown
from devices.errors import PhysiomonError

_FOOTER = marked("Not a medical device. Never the sole monitor.")
_STYLE = """
body{background:#10161b;color:#dbe4ea;font:1rem/1.35 system-ui,sans-serif;margin:0 auto;
max-width:34rem;padding:.5rem .8rem}
h1{color:#fff;font-size:1.1rem;margin:0}h2{font-size:1.1rem;margin:1rem 0 .2rem}
section{border-left:.4rem solid #8aa0ad;margin:.4rem 0;padding:.1rem .6rem}
.high{border-color:#ff5d5d}.medium{border-color:#ffd24d}.low{border-color:#6fd3ff}
p{margin:.2rem 0}.what{color:#fff;font-weight:700}.done{color:#7fd6a0;font-weight:700}
.first .what{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.tel{align-items:center;color:#9fd0ff;display:inline-flex;font-weight:700;min-height:2.75rem}
dl{display:grid;gap:.4rem;grid-template-columns:repeat(3,minmax(0,1fr));margin:.3rem 0}
dl div{background:#1b232a;border-radius:.4rem;padding:.2rem .4rem}
dt{color:#a9bac5;font-size:.75rem}dd{margin:0}dd.now{color:#fff;font-size:1.15rem;font-weight:700}
dd.note{font-size:.8rem}
button{background:#7fd6a0;border:0;border-radius:.5rem;color:#000;font:inherit;font-weight:700;
margin:.3rem 0;min-height:3.5rem;width:100%}
.more{display:flex;gap:.5rem}.more button{flex:1}
.no{background:#dbe4ea}
summary{cursor:pointer;min-height:2.75rem;font-weight:700}
footer{color:#a9bac5;font-size:.85rem;margin-top:2rem}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PER_MINUTE = 30  # a person taps a few times, a scanner opens a few times
_MAX_NAMES = 1000
ARRIVAL_MIN = (5, 10, 20)  # choices of "I am coming"
_ACCEPT, _DECLINE = "accept", "decline"  # answers; others are minutes
_TO = "to-"  # begins the answer that hands on what was accepted, followed by an id
_DUTY = "duty-"  # begins the answer that hands over duty, followed by an id


class AcceptRateLimit:
    """A limit of `most` requests per minute and name; the oldest names are dropped."""

    def __init__(self, now_s: Callable[[], float], most: int = _PER_MINUTE) -> None:
        self._now_s = now_s
        self._most = most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, name: str) -> bool:
        """Count a request; return whether it is allowed."""
        times = self._times.setdefault(name, deque(maxlen=self._most))
        self._times.move_to_end(name)
        if len(self._times) > _MAX_NAMES:
            self._times.popitem(last=False)
        now_s = self._now_s()
        if len(times) == self._most and now_s - times[0] < 60:  # noqa: PLR2004 - a minute
            return False
        times.append(now_s)
        return True


def add_accept_page(application: FastAPI) -> None:
    """Add the page; it reads `accept_backend` and `accept_rate_limit` from the state."""
    path = "/accept/{token}"
    application.add_api_route(path, _page, methods=["GET", "HEAD", "POST"], response_model=None)


async def _page(request: Request, token: str, answer: str = _ACCEPT) -> Response:
    accept_backend: AcceptBackend | None = request.app.state.accept_backend
    limit: AcceptRateLimit = request.app.state.accept_rate_limit
    if accept_backend is None:
        return _message(HTTPStatus.NOT_FOUND, _("Calls are not configured here."))
    try:
        view = accept_backend.called(token)
    except LinkForgedError as error:
        # Forged links share one limit, so that they do not slow down real recipients.
        if not limit.allows(""):
            return _too_many()
        return _message(
            HTTPStatus.FORBIDDEN, _("{error} Nothing was changed.").format(error=shown(str(error)))
        )
    except LinkExpiredError as error:
        return _message(
            HTTPStatus.GONE,
            _("{error} Nothing was changed. See the console of the session.").format(
                error=shown(str(error))
            ),
        )
    # Accepting has a separate count: scanners that open a link often must not prevent it.
    if not limit.allows(f"{'accept' if request.method == 'POST' else 'open'} {token}"):
        return _too_many()
    if request.method == "POST" and answer.startswith((_DUTY, _TO)):
        return _hand_over(accept_backend, token, answer)
    if not view.alarms:
        if request.method == "GET":
            accept_backend.opened(token)
        return _call(HTTPStatus.OK, view, _("Test successful: this link works on your device."))
    if not view.acceptable:
        return _call(HTTPStatus.GONE, view, _("There is nothing left to accept."))
    if request.method == "POST":
        return _answer(accept_backend, token, answer)
    return _call(HTTPStatus.OK, view, "")


def _hand_over(accept_backend: AcceptBackend, token: str, answer: str) -> Response:
    try:
        if answer.startswith(_TO):
            view = accept_backend.hand_on(token, answer.removeprefix(_TO))
            return _call(
                HTTPStatus.OK, view, _("Handed on. You are responsible until they accept.")
            )
        view = accept_backend.hand_over(token, answer.removeprefix(_DUTY))
    except PhysiomonError as error:
        return _message(
            HTTPStatus.CONFLICT, _("Nothing was changed: {error}.").format(error=shown(str(error)))
        )
    return _call(
        HTTPStatus.OK, view, _("Your duty is handed over. Tell the person who takes over.")
    )


def _answer(accept_backend: AcceptBackend, token: str, answer: str) -> Response:
    if answer == _DECLINE:
        view = accept_backend.decline(token)
        return _call(HTTPStatus.OK, view, "" if view.declined else _("Nothing was changed."))
    if answer == _ACCEPT:
        accepted = _("Accepted. Please check on the participant.")
        return _call(HTTPStatus.OK, accept_backend.accept(token), accepted)
    if answer in map(str, ARRIVAL_MIN):
        accepted = _("Accepted. You are expected in {answer} minutes.").format(answer=answer)
        return _call(HTTPStatus.OK, accept_backend.accept(token, int(answer)), accepted)
    return _message(HTTPStatus.BAD_REQUEST, _("This answer is not known. Nothing was changed."))


def _call(status: HTTPStatus, view: CalledView, message: str) -> Response:
    """Return the page of a call; what decides, and the button, are on the first screen."""
    parts = [f"<h1>{escape(shown(view.where))}</h1>"]
    if view.telephone:
        number = "".join(sign for sign in view.telephone if sign in "+0123456789")
        phone = _("Phone the room: {number}").format(number=view.telephone)
        parts.append(f'<a class="tel" href="tel:{number}">{escape(phone)}</a>')
    if message:
        parts.append(f'<p class="done">{escape(message)}</p>')
    if view.acceptable:
        parts += [_highest(view), _vitals(view), _form(view)]
    else:
        parts += [*map(_alarm, view.alarms), _vitals(view)]
    if view.others:
        parts.append(_choices(_("You have accepted: hand it on"), _TO, view.others))
    if view.acceptable:
        parts += [f"<h2>{escape(_('What the alarms mean'))}</h2>", *map(_alarm, view.alarms)]
    named = {each.key: each for alarm in view.alarms for each in alarm.checklists}
    parts += [
        f"<details><summary>{escape(shown(each.title))}</summary>{checklist_body(each)}</details>"
        for each in named.values()
    ]
    if view.stand_ins:
        title = _("You are on duty{duty}: hand over").format(duty=shown(view.duty))
        parts.append(_choices(title, _DUTY, view.stand_ins))
    return _html(status, "".join(parts))


def _highest(view: CalledView) -> str:
    """Return the highest alarm that is open, and the number of the others."""
    alarms = [alarm for alarm in view.alarms if not alarm.settled]
    first, others = alarms[0], len(view.alarms) - 1
    more = (
        escape(ngettext("and {n} more alarm below", "and {n} more alarms below", others))
        if others
        else ""
    )
    more = f"<p>{more}</p>" if more else ""
    what = f'<p class="what">{escape(shown(first.lines[0]))}</p>'
    return f'<section class="first {escape(first.priority)}">{what}{more}</section>'


def _vitals(view: CalledView) -> str:
    cells = (
        f'<div><dt>{escape(shown(each.label))}</dt><dd class="now">{escape(shown(each.value))}</dd>'
        f'<dd class="note">{escape(shown(each.note))}</dd></div>'
        for each in view.vitals
    )
    return f"<dl>{''.join(cells)}</dl>" if view.vitals else ""


def _alarm(alarm: CalledAlarm) -> str:
    what, *rest = map(shown, alarm.lines)
    lines = [f'<p class="what">{escape(what)}</p>', *(f"<p>{escape(line)}</p>" for line in rest)]
    if alarm.rule:
        lines.append(f"<p>{escape(alarm.rule)}</p>")
    if alarm.settled:
        lines.append(f'<p class="done">{escape(shown(alarm.settled))}</p>')
    return f'<section class="{escape(alarm.priority)}">{"".join(lines)}</section>'


def _form(view: CalledView) -> str:
    """Return the buttons; each names its answer in the address that it posts to."""
    coming = "".join(
        f'<button formaction="?answer={minutes}" aria-label="'
        f'{escape(_("I am coming: {minutes} min").format(minutes=minutes))}">{minutes} min</button>'
        for minutes in ARRIVAL_MIN
    )
    cannot = _button(_DECLINE, _("I cannot - call the next person"), "no")
    if view.declined:
        sentence = _(
            "You declined at {time}; others are called. If you can respond after all, you can "
            "still accept."
        ).format(time=view.declined)
        cannot = f'<p class="done">{escape(sentence)}</p>'
    duties = _(
        "You are {name}. If you accept, you are responsible and nobody else is called. The alarm "
        "in the room sounds until it is acknowledged there."
    ).format(name=view.recipient)
    return (
        f'<form method="post">{_button(_ACCEPT, _("Accept - I am responding"))}{cannot}'
        f'<p>{escape(_("I am coming in"))}</p><div class="more">{coming}</div></form>'
        f"<p>{escape(duties)}</p>"
    )


def _choices(title: str, answer: str, people: Sequence[tuple[str, str]]) -> str:
    """Return a button for each person, hidden until the title is tapped."""
    buttons = "".join(
        _button(answer + name, _("To {name}").format(name=who), "no") for name, who in people
    )
    return (
        f'<details><summary>{escape(title)}</summary><form method="post">{buttons}</form></details>'
    )


def _button(answer: str, label: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<button{style} formaction="?answer={escape(answer)}">{escape(label)}</button>'


def _message(status: HTTPStatus, sentence: str) -> Response:
    return _html(status, f"<h1>{escape(shown(status.phrase))}</h1><p>{escape(sentence)}</p>")


def _too_many() -> Response:
    return _message(HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests; wait a minute."))


def _html(status: HTTPStatus, body: str) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(_('physiomon call'))}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main><footer>{escape(_(_FOOTER))}</footer></body></html>",
        status_code=status,
        headers=_HEADERS,
    )
