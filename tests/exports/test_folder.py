"""An export is complete or absent, continues where it was interrupted, and explains refusals."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import ConfigError, OutputError
from monitor.exports.exporter import export_recording, finish_study
from monitor.exports.folder import MANIFEST, manifests, read_manifest, write_recording
from monitor.exports.formats import FORMATS, known_format
from monitor.exports.options import ExportOptions, known_signals
from tests.analysis.rich_recording import record
from tests.durations import PATIENCE_S
from tests.servers.forked import PHYSIOMON
from tests.servers.written_files import wait_for_file
from tests.system.command import facts, physiomon, refusal

CHOICES = ExportOptions()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_reproduced_byte_for_byte(rich: Path, tmp_path: Path, name: str) -> None:
    found = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        export_recording(rich, FORMATS[name], folder, CHOICES)
        finish_study(FORMATS[name], folder)
        found.append(contents(folder))
    assert found[0] == found[1]
    assert len(found[0]) >= 2


@pytest.mark.parametrize("name", FORMATS)
def test_files_are_readable_by_one_account_only(rich: Path, tmp_path: Path, name: str) -> None:
    done = export_recording(rich, FORMATS[name], tmp_path, CHOICES)
    assert stat.S_IMODE(done.folder.stat().st_mode) == 0o700
    for path in done.folder.rglob("*.*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_states_its_origin(rich: Path, tmp_path: Path, name: str) -> None:
    done = export_recording(rich, FORMATS[name], tmp_path, CHOICES)
    manifest = read_manifest(done.folder)
    assert manifest is not None
    assert (manifest["participant"], manifest["simulated"]) == ("P01", False)
    assert manifest["policy"].startswith("mdma-session ")
    assert len(manifest["journal_hash"]) == 64
    assert manifest["files"].keys() == contents(done.folder).keys() - {MANIFEST}


def test_repeated_export_writes_nothing(rich: Path, tmp_path: Path) -> None:
    first = export_recording(rich, FORMATS["csv"], tmp_path, CHOICES)
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert export_recording(rich, FORMATS["csv"], tmp_path, CHOICES).bytes == 0
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times


def test_truncated_file_is_detected(rich: Path, tmp_path: Path) -> None:
    first = export_recording(rich, FORMATS["csv"], tmp_path, CHOICES)
    whole = contents(tmp_path)
    (first.folder / "readings.csv").write_bytes(b"half")
    with pytest.raises(ConfigError, match="add --overwrite"):
        export_recording(rich, FORMATS["csv"], tmp_path, CHOICES)
    export_recording(rich, FORMATS["csv"], tmp_path, CHOICES, overwrite=True)
    assert contents(tmp_path) == whole


def test_export_with_other_options_is_replaced_only_on_request(rich: Path, tmp_path: Path) -> None:
    export_recording(rich, FORMATS["csv"], tmp_path, CHOICES)
    other = ExportOptions(signals=("heart_rate",))
    with pytest.raises(ConfigError, match="other choices"):
        export_recording(rich, FORMATS["csv"], tmp_path, other)
    done = export_recording(rich, FORMATS["csv"], tmp_path, other, overwrite=True)
    assert not (done.folder / "beats.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == [done.folder.name]


def test_folder_that_is_not_an_export_is_kept(rich: Path, tmp_path: Path) -> None:
    done = export_recording(rich, FORMATS["csv"], tmp_path, CHOICES)
    (done.folder / MANIFEST).unlink()
    (done.folder / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not an export; choose another --output"):
        export_recording(rich, FORMATS["csv"], tmp_path, CHOICES, overwrite=True)
    assert (done.folder / "mine.txt").read_text() == "mine"


def test_failed_export_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "P01"

    def files() -> "object":
        yield "a.csv", b"1"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_recording(folder, {}, files())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_reported_in_one_sentence(rich: Path, tmp_path: Path) -> None:
    """/dev/full refuses writes as a full disk does."""
    code = (
        "import monitor.exports.folder as f, pathlib, os\n"
        "f.os.fsync = lambda fd: os.write(os.open('/dev/full', os.O_WRONLY), b'x')\n"
        "from monitor.cli import main\n"
        "import sys\n"
        f"sys.argv = ['physiomon', 'export', {str(rich)!r}, '--to', 'csv', '--output', "
        f"{str(tmp_path / 'out')!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left on device; free disk space" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.extended
def test_killed_export_leaves_no_partial_folder_and_continues(tmp_path: Path) -> None:
    journals = tmp_path / "journals"
    journals.mkdir()
    for number in range(3):
        record(journals / f"{number}.journal", participant=f"P0{number}")
    out = tmp_path / "out"
    command = [PHYSIOMON, "export", str(journals), "--to", "csv", "--output", str(out)]
    out.mkdir()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for_file(out, "P*", process.stdout)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)  # until its workers have ended, too
    whole = [folder for folder in out.iterdir() if not folder.name.startswith(".")]
    for folder in whole:
        manifest = read_manifest(folder)
        assert manifest is not None
        sizes = {name: len(content) for name, content in contents(folder).items()}
        del sizes[MANIFEST]
        assert sizes == {name: file["bytes"] for name, file in manifest["files"].items()}
    done = facts(*command[1:], "--json")
    assert sum(each["bytes"] == 0 for each in done["exported"]) == len(whole)
    assert len(manifests(out)) == 3
    assert sorted(each.name[:3] for each in out.iterdir()) == ["P00", "P01", "P02"]


def test_unwritable_folder_is_named(rich: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write /proc/export/P01-.*choose another"):
        export_recording(rich, FORMATS["csv"], Path("/proc/export"), CHOICES)


def test_output_that_is_a_file_is_refused(rich: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    sentence = refusal("export", str(rich), "--to", "csv", "--output", str(tmp_path / "out"))
    assert "cannot write" in sentence
    assert "choose another --output" in sentence


def test_unknown_names_are_refused_with_the_known_ones(rich: Path) -> None:
    with pytest.raises(ConfigError, match="format 'excel' is unknown; use parquet, csv"):
        known_format("excel")
    with pytest.raises(ConfigError, match="signal 'hr' is unknown; use heart_rate, rr_interval"):
        known_signals(["heart_rate", "hr"])
    for option, value in (("--time", "local"), ("--zero", "birth"), ("--quality", "best")):
        sentence = refusal("export", str(rich), "--to", "csv", option, value)
        assert f"{option} {value} is unknown; use " in sentence


@pytest.mark.extended
def test_unreadable_journal_is_reported_and_the_rest_exported(rich: Path, tmp_path: Path) -> None:
    folder = tmp_path / "journals"
    folder.mkdir()
    (folder / "a.journal").write_text("no journal at all, but long enough to be looked at")
    (folder / "b.journal").write_bytes(rich.read_bytes())
    done = physiomon("export", str(folder), "--to", "csv", "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "a.journal is not a journal" in done.stderr
    assert len(manifests(tmp_path / "out")) == 1


def test_missing_journal_or_dose_is_reported_in_one_sentence(tmp_path: Path) -> None:
    path = record(tmp_path / "no_dose.journal", dose=False)
    out = str(tmp_path / "out")
    sentence = refusal("export", str(path), "--to", "csv", "--zero", "dose", "--output", out)
    assert "has no valid dose; use '--zero start'" in sentence
    (tmp_path / "empty").mkdir()
    assert "is a folder without journals" in refusal(
        "export", str(tmp_path / "empty"), "--to", "csv"
    )
    assert "does not exist" in refusal("export", str(tmp_path / "gone.journal"), "--to", "csv")
