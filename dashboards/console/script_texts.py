"""Texts of the scripts and style sheets in the language of the page: one object, one rule."""

import json

from dashboards.texts import gettext as _
from dashboards.texts import marked

# The scripts in `static/` call `physiomonText` with these.
SCRIPT_TEXTS = (
    marked("{count} more ▾"),
    marked("Rules changed for this participant"),
    marked("Rules are those of the policy again"),
    marked("Alarm audio is paused"),
    marked("Alarm audio is on again"),
    marked("No more notices"),
    marked("NOT LIVE: {since} to {until}"),
    marked(", {time} before dose"),
    marked(", {time} since dose"),
    marked("no value"),
    marked("{value} at {time}"),
    marked(", alarm {sign}"),
    marked("go to the next button or field"),
    marked("press it"),
    marked("close a dialog"),
    marked("Keys"),
    marked("Keys (switched off)"),
    marked("Switch keys on"),
    marked("Switch keys off"),
    marked("Close"),
    marked("No connection to physiomon - values are not live"),
    marked(" - last update {age}"),
    marked("{duration} ago"),
    marked("NOT LIVE - {age}"),
    marked("Log in"),
    marked("All sessions"),
    marked("Your login has ended - values are not live. "),
    marked("Your login has ended. "),
    marked("No connection to physiomon - what is shown is not live"),
)
# Custom properties that the style sheets use as `content`.
_STYLE_TEXTS = {
    "--notice": marked("Notice: "),
    "--ended": marked("This session has ended - monitoring has stopped"),
}


def script_texts() -> str:
    """Return a script that defines `physiomonText`, which fills a translated text with values."""
    translations = {text: _(text) for text in SCRIPT_TEXTS}
    texts = json.dumps(translations, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f"globalThis.physiomonText = ((texts) => (text, values = {{}}) => "
        r"(texts[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)"
        f")({texts});\n"
    )


def style_texts() -> str:
    """Return a style sheet with the texts of the others."""
    texts = (f"{name}: {json.dumps(_(text))};" for name, text in _STYLE_TEXTS.items())
    return f":root {{ {' '.join(texts)} }}"
