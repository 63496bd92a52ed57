"""The prose check refuses phrases listed in prose.toml, with their line and a hint."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.check_prose import ROOT, refusals

_TURNS = tomllib.loads((ROOT / "prose.toml").read_text("utf-8"))["turns"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("first line\nIt is made " + "anew.", "anew"),  # prose: ignore - an example
        ('"""' + 'Whether it rains."""', '"""Whether'),  # prose: ignore - an example
        ("f\"'{value}' is " + 'no duration"', "' is no "),  # prose: ignore - an example
        ("Reports it" + ", whoever asks.", "whoever"),  # prose: ignore - an example
    ],
)
def test_refused_turns_are_found_with_line_and_hint(text: str, words: str) -> None:
    ((number, found, hint),) = refusals(text)
    assert (number, found) == (len(text.splitlines()), words)
    assert hint


@given(st.sampled_from([*_TURNS]).flatmap(lambda turn: st.from_regex(turn, fullmatch=True)))
def test_every_turn_is_found_in_small_and_in_capital_letters(text: str) -> None:
    for each in (text, text.upper()):
        assert list(refusals(f"a line\n{each} it\n"))


@pytest.mark.parametrize(
    "text",
    [
        "A renewal of its owner's licence can be told apart.",
        "A new one. # It is done " + "anew; prose: ignore, because this is an example",
    ],
)
def test_plain_text_passes(text: str) -> None:
    assert list(refusals(text)) == []
