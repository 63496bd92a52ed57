"""Line numbers of the keys and array elements of a TOML text.

Pure. `tomllib` reads the values without their lines; an error message needs both.
"""

import re

Path = tuple[str | int, ...]

# Source: TOML 1.0.0. tomllib has accepted the text, so this does not check validity.
_TOKEN = re.compile(
    r'''
      (?P<text> """(?:[^\\]|\\.)*?"{3,5} | \'\'\'.*?\'{3,5} | "(?:[^"\\]|\\.)*" | '[^']*' )
    | (?P<skip> [\ \t\r]+ | \#[^\n]* )
    | (?P<mark> [\n\[\]{},=.] )
    | (?P<word> [^\s\[\]{},=."'\#]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)
_DEPTH = 4  # of keys that are kept; no policy has deeper ones


def lines(text: str) -> dict[Path, int]:
    r"""Return the line, from 1, of each key and array element of a valid TOML text, by its path.

    >>> lines('name = "x"\n[[rule]]\nall = [\n  "a", "b"\n]')[("rule", 0, "all", 1)]
    4
    """
    return _Scan(text).found


def line_of(found: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest of its parents that has one."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


class _Scan:
    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "skip":
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._tokens.append(("", line))
        self._at = 0
        self._counts: dict[Path, int] = {}  # tables of each array of tables
        table: Path = ()
        while self._peek():
            match self._peek():
                case "\n":
                    self._at += 1
                case "[":
                    table = self._header()
                case _:
                    self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._at][0]

    def _header(self) -> Path:
        line = self._tokens[self._at][1]
        many = self._tokens[self._at + 1][0] == "["
        self._at += 2 if many else 1
        path: Path = ()
        keys = self._keys("]")
        for key in keys[:-1]:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        path = (*path, keys[-1])
        self.found.setdefault(path, line)
        self._at += 1 if many else 0
        if many:
            self._counts[path] = self._counts.get(path, 0) + 1
            path = (*path, self._counts[path] - 1)
            self.found[path] = line
        return path

    def _keys(self, end: str) -> list[str]:
        """Read a dotted key and the mark after it."""
        keys = []
        while (word := self._peek()) != end:
            if word != ".":
                keys.append(word[1:-1] if word[0] in "\"'" else word)
            self._at += 1
        self._at += 1
        return keys

    def _pair(self, table: Path) -> None:
        line = self._tokens[self._at][1]
        path = table
        for key in self._keys("="):
            path = (*path, key)
            if len(path) <= _DEPTH:
                self.found.setdefault(path, line)
        self._value(path)

    def _value(self, path: Path) -> None:
        match self._peek():
            case "[":
                self._inside("]", path, 0)
            case "{":
                self._inside("}", path, None)
            case _:
                while self._peek() not in ("\n", ",", "]", "}", ""):
                    self._at += 1

    def _inside(self, end: str, path: Path, index: int | None) -> None:
        """Read an array, with elements numbered from `index`, or an inline table (None)."""
        self._at += 1
        while (token := self._peek()) != end:
            if token in ("\n", ","):
                self._at += 1
            elif index is None:
                self._pair(path)
            else:
                element = (*path, index)
                if len(element) <= _DEPTH:
                    self.found.setdefault(element, self._tokens[self._at][1])
                self._value(element)
                index += 1
        self._at += 1
