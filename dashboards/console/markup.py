"""HTML as strings that escape all other text."""

from html import escape


class Html(str):
    """Text that is HTML; all other text is escaped when it is inserted."""

    __slots__ = ()


def tag(
    name: str, classes: str, *children: str, title: str = "", style: str = "", **data: str
) -> Html:
    """Return an element; children that are not `Html` are escaped, `data` are ``data-`` attributes.

    >>> tag("p", "note", "1 < 2", tag("b", "", "!"))
    '<p class="note">1 &lt; 2<b>!</b></p>'
    """
    attributes = f' class="{escape(classes)}"' if classes else ""
    attributes += f' title="{escape(title)}"' if title else ""
    attributes += f' style="{escape(style)}"' if style else ""
    attributes += "".join(f' data-{key}="{escape(value)}"' for key, value in data.items())
    return Html(f"<{name}{attributes}>{join(children)}</{name}>")


def join(children: tuple[str, ...] | list[str]) -> Html:
    """Return children one after the other.

    >>> join(["<", Html("<br>")])
    '&lt;<br>'
    """
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))
