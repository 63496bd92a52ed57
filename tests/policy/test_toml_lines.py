"""Lines of keys in a TOML text in any valid layout."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.toml_lines import Path, line_of, lines

ODD = '''\
# [[rule]] in a comment
name = "a # no comment"   # a comment
version = """
[[rule]]
id = "\\"""fake"
"""
'quoted' = \'\'\'
above = 1 \'\'\'\'

[[rule]] # first
id = "x"
all = [ # one
  "a, b",
  "]", [1, [2.5, 3]],

  { c = 1, d.e = 2 },
]
when = 1979-05-27 07:32:00
[rule.sub]
deep = [[1], [2]]

  [[ "rule" ]]
"above" = 1.5
a.b = 2
empty = ""
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("version",), 3),
        (("quoted",), 7),
        (("rule", 0), 10),
        (("rule", 0, "id"), 11),
        (("rule", 0, "all"), 12),
        (("rule", 0, "all", 0), 13),
        (("rule", 0, "all", 1), 14),
        (("rule", 0, "all", 2), 14),
        (("rule", 0, "all", 3), 16),
        (("rule", 0, "when"), 18),
        (("rule", 0, "sub"), 19),
        (("rule", 0, "sub", "deep"), 20),
        (("rule", 1), 22),
        (("rule", 1, "above"), 23),
        (("rule", 1, "a", "b"), 24),
        (("rule", 1, "empty"), 25),
    ],
)
def test_keys_of_an_unusual_layout_are_found(path: Path, line: int) -> None:
    tomllib.loads(ODD)
    assert lines(ODD)[path] == line


def test_missing_key_is_on_the_line_of_its_table() -> None:
    found = lines("\n[[rule]]\nid = 1\n")
    assert line_of(found, ("rule", 0, "source")) == 2
    assert line_of(found, ("name",)) == 1


def test_windows_line_ends_count_once() -> None:
    assert lines("a = 1\r\nb = 2\r\n")[("b",)] == 2


VALUES = st.sampled_from(
    ["1", "-1.5", "true", '"x#]"', "'[['", "[1, 2]", "{ a = 1 }", '["""\n""",]']
)


@given(st.lists(st.tuples(st.integers(0, 3), VALUES), max_size=20))
def test_keys_are_found_on_their_lines(rows: list[tuple[int, str]]) -> None:
    """Keys are numbered and follow empty lines and comments."""
    text, expected = "", {}
    for number, (blank, value) in enumerate(rows):
        text += "# [x]\n" * blank
        expected[(f"k{number}",)] = text.count("\n") + 1
        text += f"k{number} = {value}\n"
    assert set(tomllib.loads(text)) == {key for (key,) in expected}
    assert {path: line for path, line in lines(text).items() if len(path) == 1} == expected
