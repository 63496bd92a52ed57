"""A language for tests in which each translated word is in brackets, and the words without."""

import re
from dataclasses import replace

from playwright.async_api import Page

from dashboards.texts.catalogue import Catalogue, po_text
from dashboards.texts.po_file import Message, read_po

# Visible text and labels of a page, and the texts of its style sheets.
_TEXTS = """
(skipped) => {
  const found = [];
  const shown = (each) => each.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("script, style, noscript, kbd, .q-icon") || !shown(parent)) continue;
    if (parent.closest(skipped)) continue;
    found.push(node.textContent);
  }
  for (const each of document.body.querySelectorAll("*")) {
    if (!shown(each) || each.closest(skipped)) continue;
    for (const name of ["aria-label", "aria-valuetext", "title", "placeholder", "alt", "hint"]) {
      if (each.hasAttribute(name)) found.push(each.getAttribute(name));
    }
    for (const part of ["::before", "::after"]) {
      const content = getComputedStyle(each, part).content;
      if (content.startsWith('"')) found.push(content);
    }
  }
  found.push(document.title);
  return found;
}
"""
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
_WORD = re.compile(r"[A-Za-z]{2,}")
# Units, keys, and the time zone.
_SAME = re.compile(r"\b(?:min|mmHg|Hg|mL|mg|dBm|UTC|SUDS|Tab|Enter|Esc|MDMA|physiomon)\b|°C")


def pseudo() -> Catalogue:
    """Return the catalogue in which each text is itself in brackets."""
    return Catalogue("en", map(_bracketed, read_po(po_text("de"))))


def _bracketed(message: Message) -> Message:
    if not message.msgid:
        return message
    forms = (message.msgid, message.plural) if message.plural else (message.msgid,)
    return replace(message, msgstr=tuple(map(bracketed, forms)), fuzzy=False)


def bracketed(text: str) -> str:
    """Return a text with each of its words in brackets, but not what is filled in.

    Pages may show only some of the words.
    """
    return re.sub(r"\{\w+\}|[^\s{}]+", _in_brackets, text)


def _in_brackets(word: re.Match[str]) -> str:
    return word[0] if word[0].startswith("{") else f"[{word[0]}]"


async def untranslated(page: Page, data: str, skipped: str = ".no-such-class") -> list[str]:
    """Return the visible texts of a page that contain words outside brackets.

    Args:
        page: in the language of `pseudo`.
        data: regular expression of what is not text of the page: names, codes, labels of sensors.
        skipped: selector of elements that are not looked at.
    """
    texts = await page.evaluate(_TEXTS, skipped)
    return sorted({text for text in texts if _WORD.search(_without(text, data))})


def _without(text: str, data: str) -> str:
    text = _SAME.sub("", re.sub(data, "", text))
    while _BRACKETED.search(text):
        text = _BRACKETED.sub("", text)
    return text
