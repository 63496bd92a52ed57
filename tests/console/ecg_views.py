"""ECG of a strap for pages: beats of 1 mV on a line."""

from collections.abc import Container, Sequence

from dashboards.console.views.ecg import SHOWN_NS, EcgView
from devices.ecg import EcgBlock
from tests.console.fake_backend import NOW_NS

S = 10**9
HZ = 130.0
COUNT = 65  # samples of a block: half a second


def samples(number: int, *, height_uv: float = 1000.0) -> tuple[float, ...]:
    """Return those of a block: one beat in every second block."""
    beat = [0.0] * (COUNT - 3) + [height_uv / 2, height_uv, -height_uv / 5]
    return tuple(beat if number % 2 else [float(index % 7) for index in range(COUNT)])


def ecg(
    *,
    now_ns: int = NOW_NS,
    silent_s: float = 0.2,
    lost: Container[int] = (),
    height_uv: float = 1000.0,
    blocks: int = 30,
) -> EcgView:
    """Return the last seconds of an ECG.

    Args:
        now_ns: the present.
        silent_s: how old the newest sample is.
        lost: numbers of blocks that were lost, the newest is 0.
        height_uv: of the beats.
        blocks: how many there were.
    """
    interval_ns = S / HZ
    last_ns = now_ns - round(silent_s * S)
    made: list[EcgBlock] = []
    for number in reversed(range(blocks)):
        if number in lost:
            continue
        first_ns = last_ns - round(((number + 1) * COUNT - 1) * interval_ns)
        missing = round((first_ns - made[-1].last_ns) / interval_ns) - 1 if made else 0
        uv = samples(number, height_uv=height_uv)
        made.append(
            EcgBlock(first_ns=first_ns, interval_ns=interval_ns, uv=uv, missing=max(0, missing))
        )
    since_ns = now_ns - SHOWN_NS
    return EcgView(
        sensor="strap",
        since_ns=since_ns,
        until_ns=now_ns,
        blocks=[block for block in made if block.last_ns >= since_ns],
        last_ns=made[-1].last_ns if made else None,
        now_ns=now_ns,
    )


def drawn(path: str) -> list[list[tuple[int, int]]]:
    """Return the points of each line of a strip's path data, an independent reading of it."""
    lines = []
    for part in path.split("M")[1:]:
        start, steps = part.split("l")
        x, y = map(int, start.split())
        points: list[tuple[int, int]] = [(x, y)]
        numbers: Sequence[int] = [*map(int, steps.split())]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        lines.append(points)
    return lines
