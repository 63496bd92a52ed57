"""HTML tags as NiceGUI elements, styled only by `console.css`, and messages."""

from typing import Literal

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class Text(TextElement):
    """A tag that contains only text; an unchanged text is not sent again."""

    def __init__(self, tag: str, classes: str = "", text: str = "") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def box(tag: str, classes: str = "", **attributes: str) -> ui.element:
    """Return a tag that contains other elements; ``aria_label`` becomes ``aria-label``."""
    element = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element


def region(tag: str, name: str, classes: str = "", **attributes: str) -> ui.element:
    """Return the element of a snapshot's region, which `show.js` fills with every heartbeat."""
    element = box(tag, classes, **attributes)
    element.props["data-region"] = name
    return element


def button(text: str, classes: str = "act") -> ui.button:
    """Return a button without the colours and capitals of Quasar."""
    return ui.button(text, color=None).props("no-caps unelevated").classes(classes)


def message(text: str, kind: Literal["positive", "warning", "info"] = "info") -> None:
    """Show a message for some seconds in place of the footer, where it covers no button.

    The next message replaces it.
    """
    seconds = 10 if kind == "warning" else 3
    ui.notify(text, type=kind, position="bottom", group="message", timeout=1000 * seconds)
