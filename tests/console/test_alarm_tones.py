"""The alarm bursts, rendered from the page's audio graph and measured.

Ranges of pulses: IEC 60601-1-8, tables 3 and 4, as `docs/console.md` quotes them.
"""

from base64 import b64decode
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from tests.console.conftest import Console
from tests.console.fake_backend import SESSION
from tests.servers.chromium import Browsers, close

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEVELS = ("high", "medium", "low", "lost")
RATE_HZ = 16_000
RENDER = f"""
async (level) => {{
  const graph = new OfflineAudioContext(1, {6 * RATE_HZ}, {RATE_HZ});
  physiomonSound.play(level, graph, graph.destination, 0.1);
  const made = await graph.startRendering();
  const bytes = new Uint8Array(made.getChannelData(0).buffer);
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}}
"""
Samples = NDArray[np.float64]


@dataclass
class Pulse:
    """Start and end of a pulse (at 10 % of the maximum), and its rise time from 10 to 90 %."""

    from_s: float
    to_s: float
    rise_s: float
    samples: Samples

    @property
    def long_s(self) -> float:
        return self.to_s - self.from_s

    def harmonics(self, pitch_hz: float) -> list[float]:
        """Return the levels of the multiples of a pitch from 300 to 4000 Hz, dB of the highest."""
        windowed = self.samples * np.hanning(len(self.samples))
        spectrum = np.abs(np.fft.rfft(windowed, RATE_HZ))  # one bin is 1 Hz
        multiples = np.arange(1, 27) * pitch_hz
        inside = multiples[(multiples >= 300) & (multiples <= 4000)]
        levels = [spectrum[int(each) - 8 : int(each) + 9].max() for each in inside]
        return [20 * float(np.log10(level / max(levels))) for level in levels]

    def pitch_hz(self) -> float:
        spectrum = np.abs(np.fft.rfft(self.samples * np.hanning(len(self.samples)), RATE_HZ))
        return float(np.argmax(spectrum[:1200]))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bursts(browsers: Browsers, served: Console) -> dict[str, list[Pulse]]:
    """Return the pulses of each burst, all rendered by one page."""
    served.backend.put(SESSION)
    page = await (await browsers.context()).new_page()
    await page.goto(f"{served.url}session/S-1")
    await page.wait_for_function("globalThis.physiomonSound")
    rendered = {level: await page.evaluate(RENDER, level) for level in LEVELS}
    await close(page)
    return {level: pulses(b64decode(sound)) for level, sound in rendered.items()}


def pulses(rendered: bytes) -> list[Pulse]:
    sound: Samples = np.frombuffer(rendered, np.float32).astype(np.float64)
    width = RATE_HZ // 100  # 10 ms, longer than the longest period used
    around = np.pad(np.abs(sound), width // 2, mode="edge")
    shape = np.lib.stride_tricks.sliding_window_view(around, width).max(axis=1)[: len(sound)]
    loud = np.concatenate([[False], shape > 0.1 * shape.max(), [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int)))
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        rise = np.argmax(shape[start:end] >= 0.9 * shape[start:end].max())
        found.append(Pulse(start / RATE_HZ, end / RATE_HZ, int(rise) / RATE_HZ, sound[start:end]))
    return found


def spaces_s(found: list[Pulse]) -> list[float]:
    return [after.from_s - before.to_s for before, after in pairwise(found)]


async def test_high_alarm_is_ten_short_pulses(bursts: dict[str, list[Pulse]]) -> None:
    found = bursts["high"]
    assert len(found) == 10
    assert all(0.075 <= pulse.long_s <= 0.2 for pulse in found)
    spaces = spaces_s(found)
    within = [spaces[index] for index in (0, 1, 3, 5, 6, 8)]
    assert all(0.05 <= space <= 0.125 for space in within)
    longer = [spaces[index] for index in (2, 7)]
    expected = 2 * within[0] + found[0].long_s
    assert longer == pytest.approx([expected, expected], abs=0.03)
    assert 0.35 <= spaces[4] <= 1.3


async def test_medium_alarm_is_three_longer_pulses(bursts: dict[str, list[Pulse]]) -> None:
    found = bursts["medium"]
    assert len(found) == 3
    assert all(0.125 <= pulse.long_s <= 0.25 for pulse in found)
    assert all(0.125 <= space <= 0.25 for space in spaces_s(found))


async def test_low_alarm_is_two_pulses_of_falling_pitch(bursts: dict[str, list[Pulse]]) -> None:
    found = bursts["low"]
    assert len(found) == 2
    assert all(0.125 <= pulse.long_s <= 0.25 for pulse in found)
    first, second = (pulse.pitch_hz() for pulse in found)
    assert 1000 > first > second > 150


@pytest.mark.parametrize("level", LEVELS[:3])
async def test_pulses_have_harmonics_and_a_soft_rise(
    bursts: dict[str, list[Pulse]], level: str
) -> None:
    found = bursts[level]
    for pulse in found:
        assert 150 <= pulse.pitch_hz() <= 1000
        near = [decibel for decibel in pulse.harmonics(pulse.pitch_hz()) if decibel >= -15]
        assert len(near) >= 4
        assert 0.1 <= pulse.rise_s / pulse.long_s <= 0.4
    peaks = [np.abs(pulse.samples).max() for pulse in found]
    assert 20 * np.log10(max(peaks) / min(peaks)) < 10


async def test_lost_server_sounds_unlike_any_alarm(bursts: dict[str, list[Pulse]]) -> None:
    found = bursts["lost"]
    assert len(found) == 2
    assert all(pulse.long_s > 0.5 for pulse in found)  # more than twice as long as any alarm pulse
    for pulse in found:
        third = len(pulse.samples) // 3
        first = Pulse(0, 0, 0, pulse.samples[:third]).pitch_hz()
        last = Pulse(0, 0, 0, pulse.samples[-third:]).pitch_hz()
        assert last < 0.75 * first
