"""The catalogue: every text of the pages is in it, and German is complete."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.console.page_frame import read
from dashboards.console.script_texts import SCRIPT_TEXTS, script_texts
from dashboards.texts import load, use
from dashboards.texts.catalogue import LANGUAGES, po_text
from dashboards.texts.po_file import Message, read_po
from scripts.catalogue import main, texts, updated

ROOT = Path(__file__).parents[2]
TRANSLATIONS = [each for each in LANGUAGES if each != "en"]
# Positions of the texts that people read, by function that shows texts.
SHOWN = {
    "Text": slice(2, 3),
    "button": slice(0, 1),
    "tag": slice(2, None),
    "box": slice(0, 0),
    "region": slice(0, 0),
    "input": slice(0, 1),
    "textarea": slice(0, 1),
    "checkbox": slice(0, 1),
    "select": slice(0, 0),
    "notify": slice(0, 1),
    "notification": slice(0, 1),
    "refuse": slice(0, 1),
    "do": slice(1, 2),
    "NumberField": slice(0, 1),
    "TimeField": slice(0, 1),
    "ChoiceButtons": slice(0, 1),
    "Status": slice(1, 2),
    "form_page": slice(1, 2),
}
SHOWN_KEYWORDS = {"aria_label", "title", "label", "placeholder", "close_button", "alt"}
NO_TEXT = {"physiomon", "mL", "mg", "dBm"}


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_file_contains_the_texts_of_the_code(language: str) -> None:
    assert updated(language, po_text(language)) == po_text(language), "run scripts.catalogue"
    assert main(["--check"]) == 0


def test_there_are_texts() -> None:
    found = {each.msgid: each for each in texts()}
    assert len(found) > 1000
    assert "Acknowledge" in found  # of the console
    assert found["Battery at {battery} %: change it now."].below  # of the checklist, an f-string
    assert found["Heart rate"].below  # of a signal
    assert found["anxiety"].below  # of a policy
    assert found["Spontaneous clonus"].below  # of a checklist
    assert found["Pulse oximeter"].below  # of a sensor kind


def mistakes(message: Message) -> Iterator[str]:
    """Yield what is wrong with an entry."""
    if message.fuzzy or not all(message.msgstr):
        yield "not translated"
    if len(message.msgstr) != (2 if message.plural else 1):
        yield "not as many forms as the language has"
    for form in message.msgstr:
        if fields(form) != fields(message.msgid):
            yield "other placeholders"
        # A text that is joined to others keeps its blanks.
        if len(form) - len(form.strip()) != len(message.msgid) - len(message.msgid.strip()):
            yield "other blanks at its ends"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_each_text_is_translated(language: str) -> None:
    entries = [each for each in read_po(po_text(language)) if each.msgid]
    assert {each.msgid: found for each in entries if (found := list(mistakes(each)))} == {}


@pytest.mark.parametrize(
    "message",
    [
        Message("Close"),
        Message("Close", msgstr=("Zu",), fuzzy=True),
        Message("{n} alarm", "{n} alarms", ("{n} Alarm",)),
        Message("{name} is lost", msgstr=("{nam} fehlt",)),
        Message(" by {by}", msgstr=("von {by}",)),
    ],
)
def test_mistakes_are_found(message: Message) -> None:
    assert len(list(mistakes(message))) == 1


def test_scripts_use_the_texts_that_they_get() -> None:
    scripts = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "dashboards" / "console" / "static").glob("*.js")
    )
    quoted = {each.replace('\\"', '"') for each in re.findall(r'"((?:[^"\\\n]|\\.)*)"', scripts)}
    assert [each for each in SCRIPT_TEXTS if each not in quoted] == []
    # What a script writes on the page without asking for its translation.
    written = re.findall(
        r'(?:textContent = |append\(|replaceChildren\()"([^"]*[a-z][^"]*)"', scripts
    )
    assert written == []
    direct = re.findall(r'physiomonText\(\s*"((?:[^"\\]|\\.)*)"', scripts)
    assert direct
    assert [each for each in direct if each not in SCRIPT_TEXTS] == []
    with use(load("de")):
        assert "Keine Verbindung zu physiomon" in script_texts()
    assert "content: " in read("console.css")


def test_style_sheets_contain_no_text() -> None:
    for path in (ROOT / "dashboards" / "console" / "static").glob("*.css"):
        contents = re.findall(r'content: "([^"]*)"', path.read_text(encoding="utf-8"))
        assert [each for each in contents if re.search("[A-Za-z]{2}", each)] == [], path.name


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal that a function shows without translating it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in SHOWN:
            continue
        shown = node.args[SHOWN[name]]
        shown += [each.value for each in node.keywords if each.arg in SHOWN_KEYWORDS]
        for each in shown:
            for text in literals(each):
                fixed = re.sub(r"<[^>]*>", "", text)  # the markup of a form
                if re.search("[A-Za-z]{2}", fixed) and fixed.strip(" ,") not in NO_TEXT:
                    yield node.lineno, text


def literals(value: ast.expr) -> Iterator[str]:
    """Yield the literal text of a value, without what a translating function gets."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            # Without expressions: attributes and addresses in the markup of forms.
            text = "".join(str(p.value) for p in parts if isinstance(p, ast.Constant))
            yield re.sub(r"<[^>]*(>|$)", "", text)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*literals(body), *literals(orelse))
        case ast.BinOp(left=left, right=right):
            yield from (*literals(left), *literals(right))


def test_a_text_that_is_not_translated_is_found() -> None:
    assert list(untranslated('Text("p", "quiet", "No alarm.")')) == [(1, "No alarm.")]
    assert list(untranslated('button(f"Undo {what}", "act")')) == [(1, "Undo ")]
    assert list(untranslated('box("div", "panel", aria_label="Alarms")')) == [(1, "Alarms")]
    assert list(untranslated('Text("p", "quiet", _("No alarm."))')) == []


@pytest.mark.parametrize("folder", ["access", "console"])
def test_what_is_shown_is_translated(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "dashboards" / folder).rglob("*.py"))
        for line, text in untranslated(path.read_text(encoding="utf-8"))
    ]
    assert found == []
