"""Recordings of little or unusual content, in every format: complete, or refused clearly."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devices.errors import PhysiomonError
from monitor.entries import EntryKind, body_bytes
from monitor.errors import ConfigError
from monitor.exports import exporter
from monitor.exports.edf import write_edf
from monitor.exports.event_text import annotations
from monitor.exports.exporter import export_recording, finish_study
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.exports.conftest import Select
from tests.scenarios.play import OFF_BODY, PATCH, STRAP, Play
from tests.system.command import refusal

VITALS = {"systolic": 120, "spo2": 97, "pulse_rate": 80, "fluid_intake": 250}


def save(play: Play, path: Path, participant: str = "P01") -> Path:
    first = play.entries[0]
    body = first.body() | {"participant": participant}
    with Journal.write(path) as journal:
        journal.append(replace(first, payload=body_bytes(body)))
        for entry in play.entries[1:]:
            journal.append(entry)
        journal.add_facts(play.facts)
    return path


def recordings(folder: Path) -> dict[str, Path]:
    played: dict[str, Play] = {}
    played["only a note"] = Play()
    played["only a note"].at(5).tell(EntryKind.MARKER, "note", text="x", by="AB")
    played["only missing values"] = Play(PATCH)
    for second in range(1, 100, 10):
        played["only missing values"].at(second).raw("patch/2A1C", OFF_BODY)
    played["one beat"] = Play(STRAP)
    played["one beat"].at(0.5).beat(70, rr_ms=800)
    played["shorter than a second"] = Play(STRAP)
    played["shorter than a second"].at(0.5).beat(70)
    played["only by hand"] = Play()
    played["only by hand"].at(99).tell(
        EntryKind.VITALS, "manual", values=VITALS, by="AB", role="nurse"
    )
    return {name: save(play, folder / f"{name}.journal") for name, play in played.items()}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "options", [ExportOptions(), ExportOptions(all_qualities=True, absolute=True, names=True)]
)
def test_unusual_recordings_are_exported_or_refused(
    tmp_path: Path, name: str, options: ExportOptions
) -> None:
    for what, path in recordings(tmp_path).items():
        output = tmp_path / what
        refused = ""
        try:
            export_recording(path, FORMATS[name], output, options)
            finish_study(FORMATS[name], output)
        except PhysiomonError as error:
            refused = str(error)
        if refused:
            assert name in ("kubios", "edf", "openmhealth")
            assert "export it in another format" in refused
            assert list(output.rglob("*.*")) == []
        else:
            assert any(each.stat().st_size for each in output.rglob("*.*") if each.is_file())


@pytest.mark.parametrize("participant", ["../../../etc", "寒い", "A/B: C*?", "."])
@pytest.mark.parametrize("name", FORMATS)
def test_codes_of_participants_never_leave_the_folder(
    tmp_path: Path, name: str, participant: str
) -> None:
    play = Play(STRAP)
    for second in range(1, 20):
        play.at(second).beat(70 + second % 2, rr_ms=850)
    path = save(play, tmp_path / "a.journal", participant)
    output = tmp_path / "out" / "deep" / "down"
    done = export_recording(path, FORMATS[name], output, ExportOptions())
    finish_study(FORMATS[name], output)
    assert done.folder.resolve().is_relative_to(output.resolve())
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["deep"]


def test_control_characters_of_notes_do_not_break_annotations(tmp_path: Path) -> None:
    play = Play(STRAP)
    play.at(1).beat(70)
    play.at(2).tell(EntryKind.MARKER, "note", text="a\x14b\x15c\x00d", by="AB")
    play.at(20).beat(71)
    with Journal.read(save(play, tmp_path / "a.journal")) as journal:
        export = select(read_recording(journal), ExportOptions(notes=True))
    texts = [each.text for each in annotations(export)]
    assert "note: a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in texts[0]
    ((_, content),) = write_edf(export)
    assert texts[0].encode() in content


def test_a_complete_export_reads_no_values_again(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_recording(rich, FORMATS["csv"], tmp_path, ExportOptions())
    monkeypatch.delattr(exporter, "with_content")
    assert export_recording(rich, FORMATS["csv"], tmp_path, ExportOptions()).bytes == 0


@pytest.mark.parametrize(("name", "package"), [("parquet", "pyarrow"), ("edf", "edfio")])
def test_a_missing_package_is_named(
    selected: Select, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"'{package}'.*pip install 'physiomon\[export\]'"):
        list(FORMATS[name].write(selected()))


def test_a_damaged_journal_is_one_sentence(rich: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.journal"
    content = bytearray(rich.read_bytes())
    content[4096:8192] = bytes(4096)
    damaged.write_bytes(content)
    sentence = refusal("export", str(damaged), "--to", "csv", "--output", str(tmp_path / "out"))
    assert "restore it from a copy" in sentence
    assert not (tmp_path / "out").exists()
