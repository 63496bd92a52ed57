"""The prose check refuses phrases listed in prose.toml, with their line and a hint."""

import pytest

from scripts.check_prose import refusals


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


@pytest.mark.parametrize(
    "text",
    [
        "A renewal of its owner's licence can be told apart.",
        "A new one. # It is done " + "anew; prose: ignore, because this is an example",
    ],
)
def test_plain_text_passes(text: str) -> None:
    assert list(refusals(text)) == []
