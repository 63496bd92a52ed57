"""Update the files of the translations from the texts in the code; `--check` only compares.

    python -m scripts.catalogue

Texts are the arguments of `gettext` (as `_`), `ngettext` and `marked` in `dashboards/`, and the
sentences of the layers below that the console shows: those of `BELOW`, the messages of the shipped
policies, the labels of signals and sensors, and the checklists. Translations are kept; texts
without one are written with an empty translation, which a test refuses.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

from dashboards.texts.catalogue import LANGUAGES, po_text
from dashboards.texts.po_file import Message, read_po, write_po
from devices.sensor_kinds import KINDS
from devices.signals import SIGNALS

ROOT = Path(__file__).parent.parent
# Modules whose sentences people read on a page; of some only these functions and classes.
BELOW: dict[str, tuple[str, ...]] = {
    "alerts/accept_links.py": ("AcceptLinks",),
    "alerts/notification_text.py": ("alarm_lines", "trend"),
    "alerts/time_format.py": ("expected", "announced", "until"),
    "dashboards/access/authenticator.py": ("check_name",),
    "dashboards/access/oidc_login.py": ("finish",),
    "dashboards/access/oidc_provider.py": (),
    "dashboards/access/passwords.py": (),
    "devices/adapter_choice.py": (),
    "devices/adapter_recovery.py": (),
    "devices/broadcast_link.py": (),
    "devices/extra.py": (),
    "devices/identity.py": (),
    "devices/link.py": (),
    "devices/link_faults.py": (),
    "devices/sensor_connection.py": (),
    "monitor/calls/acceptance.py": (),
    "monitor/calls/alarm_texts.py": (),
    "monitor/calls/called_vitals.py": (),
    "monitor/core/baselines.py": (),
    "monitor/core/channel.py": (),
    "monitor/core/engine_failure.py": (),
    "monitor/core/gateways.py": (),
    "monitor/core/host_events.py": (),
    "monitor/core/manual_vitals.py": (),
    "monitor/core/sensor.py": (),
    "monitor/core/sensor_input.py": (),
    "monitor/core/sensor_measurements.py": (),
    "monitor/core/session_spec.py": (),
    "monitor/core/signal_loss.py": (),
    "monitor/core/standstill.py": (),
    "monitor/core/unconfirmed.py": (),
    "monitor/core/wall_clock.py": (),
    "monitor/delivery/delivery_health.py": (),
    "monitor/mqtt/gateway_receiver.py": (),
    "monitor/service/new_rooms.py": (),
    "monitor/service/place.py": (),
    "monitor/service/places.py": (),
    "monitor/sessions/action_texts.py": (),
    "monitor/sessions/actions.py": (),
    "monitor/sessions/adverse_event_actions.py": (),
    "monitor/sessions/after_end.py": (),
    "monitor/sessions/alarm_reviews.py": (),
    "monitor/sessions/call_actions.py": (),
    "monitor/sessions/console_backend.py": (),
    "monitor/sessions/dose_checks.py": (),
    "monitor/sessions/end_checks.py": (),
    "monitor/sessions/entry_times.py": (),
    "monitor/sessions/failed_session.py": (),
    "monitor/sessions/health.py": (),
    "monitor/sessions/manual_entries.py": (),
    "monitor/sessions/nearby_sensors.py": (),
    "monitor/sessions/place_backend.py": (),
    "monitor/sessions/preflight.py": (),
    "monitor/sessions/recording_player.py": (),
    "monitor/sessions/replay_backend.py": (),
    "monitor/sessions/sensor_checks.py": (),
    "monitor/sessions/session_control.py": (),
    "monitor/sessions/shown_session.py": (),
}
_WORDS = "words.py"  # what the layers below join from parts
_HEADER = (
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Language: {language}\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
_SENTENCE = re.compile(r"[a-z]{2,}")
_NO_SENTENCE = re.compile(r"[<>\\]|%[A-Za-z]|\bSELECT\b|^https?:")


def main(arguments: list[str]) -> int:
    """Write or check the files; return the exit status."""
    stale = 0
    for language in LANGUAGES[1:]:
        content = updated(language, po_text(language))
        if content == po_text(language):
            continue
        stale += 1
        path = ROOT / "dashboards" / "locale" / language / "LC_MESSAGES" / "physiomon.po"
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date; run python -m scripts.catalogue")
        else:
            path.write_text(content, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return stale if "--check" in arguments else 0


def updated(language: str, content: str) -> str:
    """Return the file of a language with all texts of the code, and the translations it had."""
    known = {each.msgid: each for each in read_po(content)} if content.strip() else {}
    header = Message("", msgstr=(_HEADER.format(language=language),))
    return write_po([header, *(_translated(each, known) for each in texts())])


def _translated(text: Message, known: dict[str, Message]) -> Message:
    before = known.get(text.msgid)
    if before is None or before.plural != text.plural:
        return replace(text, msgstr=("", "") if text.plural else ("",))
    return replace(text, msgstr=before.msgstr, fuzzy=before.fuzzy)


@cache
def texts() -> Sequence[Message]:
    """Return all texts of the code, each once with the files that contain it."""
    found: dict[str, Message] = {}
    for each in (*_own(), *_below()):
        before = found.get(each.msgid)
        if before is not None:
            places = tuple(dict.fromkeys((*before.places, *each.places)))
            each = replace(  # noqa: PLW2901 - the same text, in more places
                before,
                places=places,
                below=before.below or each.below,
                plural=before.plural or each.plural,
            )
        found[each.msgid] = each
    return list(found.values())


def _own() -> Iterator[Message]:
    for path in sorted((ROOT / "dashboards").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                literals = [each.value for each in node.args if isinstance(each, ast.Constant)]
                match node.func.id, literals:
                    case (("_" | "gettext" | "marked"), [str(text)]):
                        yield Message(text, places=(place,), below=path.name == _WORDS)
                    case "ngettext", [str(one), str(several)]:
                        yield Message(one, plural=several, places=(place,))


def _below() -> Iterator[Message]:
    for place, names in BELOW.items():
        for sentence in sentences((ROOT / place).read_text(encoding="utf-8"), names):
            yield Message(sentence, places=(place,), below=True)
    for path in sorted((ROOT / "alerts" / "policies").glob("*.toml")):
        policy = tomllib.loads(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        said = [
            rule[key]
            for rule in policy["rule"]
            for key in ("message", "physician_message")
            if key in rule
        ]
        said += policy.get("events", ())
        yield from (Message(each, places=(place,), below=True) for each in said)
    for path in sorted((ROOT / "alerts" / "checklists").glob("*.toml")):
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        words = [fields[key] for key in ("name", "title", "before", "question", "after")]
        yield from (
            Message(each, places=(place,), below=True) for each in (*words, *fields["items"])
        )
    signals = (signal.label for signal in SIGNALS.values())
    yield from (Message(each, places=("devices/signals.py",), below=True) for each in signals)
    kinds = (kind.label for kind in KINDS.values())
    yield from (Message(each, places=("devices/sensor_kinds",), below=True) for each in kinds)


def sentences(source: str, names: Sequence[str] = ()) -> list[str]:
    """Return the sentences of a module, or of some functions; values in them are named in braces.

    >>> sentences('def f(sensor): return f"{sensor.label!r} is lost: {why(sensor.at_ns):.1f} s"')
    ['{label} is lost: {at_ns} s']
    """
    tree = ast.parse(source)
    skipped = set(_no_texts(tree))
    parts = [each for each in ast.walk(tree) if getattr(each, "name", "") in names] or [tree]
    found: list[tuple[int, int, str]] = []
    for node in chain.from_iterable(map(ast.walk, parts)):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or node in skipped:
            continue
        text = _template(node) if isinstance(node, ast.JoinedStr) else node.value
        if isinstance(text, str) and _is_sentence(text):
            # Without what joins it to others; `str.format` fills empty braces.
            text = text.strip(" ,;").replace("{}", "{value}")
            found.append((node.lineno, node.col_offset, text))
    return list(dict.fromkeys(text for _, _, text in sorted(found)))


def _is_sentence(text: str) -> bool:
    fixed = re.sub(r"\{\w*\}", "", text)
    return " " in fixed.strip() and bool(_SENTENCE.search(fixed)) and not _NO_SENTENCE.search(fixed)


def _no_texts(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield docstrings, and the parts of f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))


def _template(node: ast.JoinedStr) -> str:
    names: dict[str, str] = {}
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            text += f"{{{_field(part, names)}}}"
    return text


def _field(part: ast.FormattedValue, names: dict[str, str]) -> str:
    """Return a field's name: that of its value, numbered if another value has it."""
    value, written = part.value, ast.dump(part)
    if written not in names:
        base, taken = _name(value), set(names.values())
        number = next(n for n in range(1, len(taken) + 2) if _numbered(base, n) not in taken)
        names[written] = _numbered(base, number)
    return names[written]


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}{number}"


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(args=[first, *_]):
            return _name(first)
        case ast.Call(func=function):
            return _name(function)
        case ast.Subscript(value=inner) | ast.BinOp(left=inner):
            return _name(inner)
    return "value"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
