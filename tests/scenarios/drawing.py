"""Draws docs/evidence.svg: a heart rate, its limits, gaps, accumulated times, and the alarm.

Everything in it comes from the engine: a scripted session under `mdma-session` is played second by
second, and what the rule `hr-131` has counted is read off. To draw it again:
`python -m tests.scenarios.drawing docs`.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from alerts.alarm import State
from tests.scenarios.play import STRAP, Play

RULE, CHANNEL = "hr-131", "strap/heart_rate"
LIMIT, CLEAR, SUSTAIN_S, CLEAR_AFTER_S = 131, 125, 60, 30
END_S = 345
# Rates by start time; None: no values.
COURSE = (
    (0, 100),
    (15, 140),
    (40, 100),
    (90, 140),
    (125, None),
    (160, 128),
    (190, 140),
    (245, 128),
    (265, 100),
    (285, None),
    (292, 100),
)
_LEFT, _RIGHT, _SIZE = 170, 940, (960, 560)
_RATES = (70, 250)  # y of the highest and the lowest rate
_HIGHEST, _LOWEST = 150, 90
_VIOLATED, _NORMAL = (290, 350), (385, 415)  # y of the full count and of none
_STRIPS = (450, 485)  # y of the two alarms
_AXIS = 520
# Numbered explanations of the text, with their times.
_NUMBERS = (57, 142, 175, 223, 305)
_NUMBERS_Y = 270
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    ' font-family="sans-serif" font-size="13">'
)
_TITLE = "When an alarm is raised"
_DESCRIPTION = (
    "A heart rate around its limit, with gaps: what is counted, when the alarm is raised and ends."
)
_INK, _GREY, _BLUE, _RED, _AMBER, _GREEN = (
    "#222",
    "#777",
    "#1f5fa8",
    "#c0392b",
    "#b9770e",
    "#2e7d4f",
)


@dataclass(frozen=True, slots=True)
class Second:
    """State at one second of the session.

    Attributes:
        rate: received value, or None.
        median: last value evaluated by the rule.
        violated_s: accumulated time of violation, towards `sustain`.
        normal_s: accumulated normal time, towards `clear_after`.
        raised: the alarm is raised.
        absent: the signal loss alarm of the heart rate is raised.
    """

    rate: int | None
    median: float
    violated_s: float
    normal_s: float
    raised: bool
    absent: bool


def rate_at(second: int) -> int | None:
    """Return the rate of a second; it varies by one, as in any living person."""
    rate = [rate for start, rate in COURSE if start <= second][-1]
    return None if rate is None else rate + second % 2


def played() -> tuple[Play, list[Second]]:
    """Return the session and its state at each second."""
    play, course = Play(STRAP), []
    for second in range(END_S):
        rate = rate_at(second)
        if rate is not None:
            play.at(second).beat(rate)
        play.until(second + 0.5)
        course.append(_known(play, rate))
    return play, course


def _known(play: Play, rate: int | None) -> Second:
    watches = play.engine.channels[CHANNEL].watches
    (watch,) = (each for each in watches if each[0].rule.id == RULE)
    alarm, evaluator = watch
    assert evaluator.read is not None  # the rule compares a median
    seen = replace(alarm._seen)
    seen.count(play.engine.now_ns)
    counts = alarm.state is not State.INACTIVE
    standing = {each.rule.id for each in play.engine.alarms.open()}
    return Second(
        rate=rate,
        median=evaluator.read() or 0.0,
        violated_s=seen.violated_ns / 1e9 * counts,
        normal_s=seen.normal_ns / 1e9 * counts,
        raised=RULE in standing,
        absent="no-hr" in standing,
    )


def svg() -> str:
    """Return the drawing."""
    _, course = played()
    width, height = _SIZE
    lines = [
        _HEAD.format(width=width, height=height),
        f"<title>{_TITLE}</title>",
        f"<desc>{_DESCRIPTION}</desc>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_gaps(course),
        *_rates(course),
        *_count(course, _VIOLATED, SUSTAIN_S, lambda known: known.violated_s, _RED),
        *_count(course, _NORMAL, CLEAR_AFTER_S, lambda known: known.normal_s, _GREEN),
        *_labels(),
        *_numbers(),
        *_strips(course),
        *_time(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(second: float) -> str:
    return _number(_LEFT + (_RIGHT - _LEFT) * second / END_S)


def _y(rate: float) -> str:
    top, bottom = _RATES
    return _number(bottom - (bottom - top) * (rate - _LOWEST) / (_HIGHEST - _LOWEST))


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each time in which something held."""
    for held, run in groupby(range(len(flags)), key=lambda second: flags[second]):
        seconds = list(run)
        if held:
            yield seconds[0], seconds[-1] + 1


def _text(x: str | float, y: float, words: str, colour: str = _INK, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{_number(y)}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


def _rect(start: int, stop: int, top: float, bottom: float, colour: str) -> str:
    width = _number(float(_x(stop)) - float(_x(start)))
    return (
        f'<rect x="{_x(start)}" y="{_number(top)}" width="{width}"'
        f' height="{_number(bottom - top)}" fill="{colour}"/>'
    )


def _line(points: str, colour: str, more: str = "") -> str:
    return f'<polyline points="{points}" fill="none" stroke="{colour}"{more}/>'


def _gaps(course: Sequence[Second]) -> Iterator[str]:
    for start, stop in _runs([known.rate is None for known in course]):
        yield _rect(start, stop, _RATES[0] - 25, _NORMAL[1], "#eee")
        middle = _number((float(_x(start)) + float(_x(stop))) / 2)
        yield _text(middle, _RATES[0] - 32, "no values", _GREY, "middle")


def _rates(course: Sequence[Second]) -> Iterator[str]:
    for rate, dashes in ((LIMIT, ""), (CLEAR, ' stroke-dasharray="6 4"')):
        yield _line(f"{_LEFT},{_y(rate)} {_RIGHT},{_y(rate)}", _RED, dashes)
    for second, known in enumerate(course):
        if known.rate is not None:
            yield f'<circle cx="{_x(second)}" cy="{_y(known.rate)}" r="1.8" fill="{_BLUE}"/>'
    for start, stop in _runs([known.rate is not None for known in course]):
        points = " ".join(f"{_x(s)},{_y(course[s].median)}" for s in range(start, stop))
        yield _line(points, _INK, ' stroke-width="1.5"')


def _count(
    course: Sequence[Second],
    place: tuple[int, int],
    full_s: int,
    of: Callable[[Second], float],
    colour: str,
) -> Iterator[str]:
    top, bottom = place
    heights = [_number(bottom - (bottom - top) * min(1.0, of(known) / full_s)) for known in course]
    points = " ".join(f"{_x(second)},{height}" for second, height in enumerate(heights))
    area = f"{_x(0)},{bottom} {points} {_x(END_S - 1)},{bottom}"
    yield f'<polygon points="{area}" fill="{colour}" fill-opacity="0.35"/>'
    yield _line(f"{_LEFT},{top} {_RIGHT},{top}", colour, ' stroke-dasharray="2 3"')
    yield _line(f"{_LEFT},{bottom} {_RIGHT},{bottom}", _GREY)


def _labels() -> Iterator[str]:
    x = _LEFT - 8
    for y, words, colour in (
        (float(_y(LIMIT)) - 3, f"limit {LIMIT} /min", _RED),
        (float(_y(CLEAR)) + 12, f"clear limit {CLEAR} /min", _RED),
        (float(_y(100)) - 8, "heart rate (dots)", _BLUE),
        (float(_y(100)) + 9, "median of 10 s (line)", _INK),
        (_VIOLATED[0] + 5, f"sustain: {SUSTAIN_S} s", _RED),
        (_VIOLATED[0] + 35, "seen violated", _INK),
        (_NORMAL[0] + 5, f"clear_after: {CLEAR_AFTER_S} s", _GREEN),
        (_NORMAL[0] + 25, "seen normal", _INK),
        (_STRIPS[0] + 13, f"alarm {RULE}", _INK),
        (_STRIPS[1] + 13, "alarm no-hr", _INK),
    ):
        yield _text(x, y, words, colour, "end")


def _numbers() -> Iterator[str]:
    for number, second in enumerate(_NUMBERS, 1):
        yield f'<circle cx="{_x(second)}" cy="{_NUMBERS_Y}" r="9" fill="{_INK}"/>'
        yield _text(_x(second), _NUMBERS_Y + 4.5, str(number), "#fff", "middle")


def _strips(course: Sequence[Second]) -> Iterator[str]:
    strips = (
        (_STRIPS[0], [known.raised for known in course], _RED, "raised"),
        (_STRIPS[1], [known.absent for known in course], _AMBER, "not judged"),
    )
    for top, flags, colour, words in strips:
        yield _line(f"{_LEFT},{top + 9} {_RIGHT},{top + 9}", "#ddd")
        for start, stop in _runs(flags):
            yield _rect(start, stop, top, top + 18, colour)
            yield _text(_number(float(_x(stop)) + 6), top + 14, words, colour)


def _time() -> Iterator[str]:
    yield _line(f"{_LEFT},{_AXIS} {_RIGHT},{_AXIS}", _INK)
    for second in range(0, END_S, 30):
        yield _line(f"{_x(second)},{_AXIS} {_x(second)},{_AXIS + 5}", _INK)
        yield _text(_x(second), _AXIS + 20, f"{second // 60}:{second % 60:02}", _INK, "middle")


if __name__ == "__main__":
    (Path(sys.argv[1]) / "evidence.svg").write_text(svg(), "utf-8")
