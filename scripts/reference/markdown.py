"""Pieces of Markdown."""

from collections.abc import Iterable, Sequence
from inspect import cleandoc


def code(text: str) -> str:
    """Return text as code.

    >>> code("a|b")
    '`a|b`'
    """
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def codes(texts: Iterable[str]) -> str:
    """Return texts as code, with commas between them."""
    return ", ".join(map(code, texts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table.

    >>> print(table(("Key", "Meaning"), [("`a|b`", "one of\ntwo")]))
    | Key | Meaning |
    |---|---|
    | `a\|b` | one of two |
    """
    lines = [head, *rows]
    texts = [[" ".join(cell.replace("|", "\\|").split()) for cell in line] for line in lines]
    texts.insert(1, ["---"] * len(head))
    return "\n".join(
        f"|{'|'.join(cells)}|" if number == 1 else f"| {' | '.join(cells)} |"
        for number, cells in enumerate(texts)
    )


def sections(*parts: str) -> str:
    """Join the parts of a page with an empty line between them, without those that are empty."""
    return "\n\n".join(part.strip() for part in parts if part.strip())


def prose(docstring: str | None) -> str:
    """Return a docstring up to its first section, as Markdown."""
    text = cleandoc(docstring or "").partition("\n\nAttributes:")[0]
    return text.replace("``", "`").replace("None", "null")


def sentence(text: str) -> str:
    """Return text with a capital at its beginning and a full stop at its end.

    >>> sentence("a pseudonym")
    'A pseudonym.'
    """
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
