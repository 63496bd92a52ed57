"""The command line with right and with wrong input."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.durations import LONG
from tests.servers.forked import PHYSIOMON
from tests.storage.spoiled_journal import spoil
from tests.system.command import facts, physiomon, refusal, running

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the journal of fifty simulated minutes, with the dose after 25."""
    folder = tmp_path_factory.mktemp("journals")
    arguments = ("--headless", "--minutes", "50", "--speed", "100000", "--journal-dir", str(folder))
    summary = facts("demo", *arguments, "--json")
    assert summary["journal_check"] == "passed"
    assert summary["minutes"] == pytest.approx(50, abs=0.1)
    return Path(summary["journal"])


class TestDecode:
    def test_example_of_the_documentation_is_decoded(self) -> None:
        assert facts("decode", "2A37", "10 5A 00 08 00 10") == {
            "readings": [
                {"signal": "heart_rate", "value": 90.0, "unit": "/min", "quality": "good"},
                {"signal": "rr_interval", "value": 2000.0, "unit": "ms", "quality": "good"},
                {"signal": "rr_interval", "value": 4000.0, "unit": "ms", "quality": "out_of_range"},
            ],
            "warnings": [],
            "details": {"contact": "unsupported"},
        }

    @pytest.mark.parametrize(
        ("uuid", "payload", "reason"),
        [
            ("2A37", "00", "at byte"),
            ("2A37", "", "at byte"),
            ("2A37", "xyz", "is not hex"),
            ("2A19", "65", "at byte"),
            ("FFFF", "00", "is unknown; choose one of: 2A19"),
        ],
    )
    def test_invalid_input_is_rejected(self, uuid: str, payload: str, reason: str) -> None:
        done = physiomon("decode", uuid, payload)
        assert done.returncode == 1
        assert reason in json.loads(done.stdout)["error"]

    def test_lines_of_standard_input_are_decoded(self) -> None:
        done = physiomon("decode", "-", stdin="# comment\n2A19 64\n\n2A37 00\n0x2A19 14\n")
        assert done.returncode == 1
        first, second, third = map(json.loads, done.stdout.splitlines())
        assert first["readings"][0]["value"] == 100
        assert "error" in second
        assert third["readings"][0]["value"] == 20


class TestJournal:
    def test_info(self, journal: Path) -> None:
        found = facts("journal", "info", str(journal), "--json")
        assert found["sensors"] == {"strap": "heart-rate-strap", "patch": "core-patch"}
        assert found["clean_shutdown"] is True
        assert found["packets"]["strap"] > 1000
        assert "participant" in physiomon("journal", "info", str(journal)).stdout

    def test_verify_and_replay(self, journal: Path) -> None:
        assert facts("journal", "verify", str(journal), "--json")["ok"] is True
        verdict = facts("replay", "--verify", str(journal), "--json")
        assert verdict["ok"] is True
        assert verdict["missing_at_end"] == 0
        printed = physiomon("replay", str(journal)).stdout
        assert "Heart rate above 95" in printed
        assert "baseline" in printed

    def test_dose_sets_a_baseline(self, journal: Path) -> None:
        connection = sqlite3.connect(journal)
        rows = connection.execute("SELECT marker FROM markers").fetchall()
        query = "SELECT payload ->> 'value' FROM facts WHERE kind = 'baseline'"
        baselines = connection.execute(query).fetchall()
        connection.close()
        assert rows == [("dose",)]
        assert len(baselines) == 2
        assert all(value is not None for (value,) in baselines)

    def test_changed_byte_is_detected(self, journal: Path, tmp_path: Path) -> None:
        raw = bytearray(journal.read_bytes())
        at = raw.rindex(b"strap/2A37") + len(b"strap/2A37")
        raw[at] ^= 0x01
        changed = tmp_path / "changed.journal"
        changed.write_bytes(raw)
        said = refusal("journal", "verify", str(changed))
        assert "was changed after it was recorded" in said
        assert "entry " in said
        assert "cannot be replayed" in refusal("replay", "--verify", str(changed))
        assert "cannot be replayed" in refusal("replay", str(changed))

    def test_missing_entry_is_reported(self, journal: Path, tmp_path: Path) -> None:
        gap = tmp_path / "gap.journal"
        gap.write_bytes(journal.read_bytes())
        spoil(gap, "DELETE FROM entries WHERE seq = 20")
        for command in (["journal", "verify"], ["replay"], ["replay", "--json"], ["report"]):
            assert "entry 20 is missing" in refusal(*command, str(gap))

    @pytest.mark.parametrize(
        ("spoil", "reason"),
        [
            (lambda _: b"no journal at all" * 100, "not an SQLite file"),
            (lambda raw: raw[: len(raw) // 3], "damaged or incomplete"),
            (lambda _: b"", "it is empty"),
        ],
        ids=["foreign", "truncated", "empty"],
    )
    @pytest.mark.parametrize(
        "command", [["journal", "info"], ["journal", "verify"], ["replay", "--verify"], ["replay"]]
    )
    def test_file_that_is_not_a_journal_is_refused(
        self,
        journal: Path,
        tmp_path: Path,
        spoil: Callable[[bytes], bytes],
        reason: str,
        command: list[str],
    ) -> None:
        bad = tmp_path / "bad.journal"
        bad.write_bytes(spoil(journal.read_bytes()))
        said = refusal(*command, str(bad))
        assert reason in said or "cannot be read" in said
        assert "does not exist" in refusal(*command, str(tmp_path / "none"))


class TestPolicy:
    @pytest.mark.parametrize("name", ["mdma-session", "demo"])
    def test_shipped_policies_are_valid(self, name: str) -> None:
        assert facts("policy", "check", name, "--json") == {"ok": True, "problems": []}
        assert "heart rate" in physiomon("policy", "show", name).stdout
        assert len(facts("policy", "show", name, "--json")["rules"]) > 10

    def test_invalid_policy_is_refused_with_its_line(self, tmp_path: Path) -> None:
        file = tmp_path / "p.toml"
        file.write_text(
            'name = "p"\nversion = "1"\nreviewed_by = ""\n\n[[rule]]\nid = "a"\n'
            'signal = "hart_rate"\nabove = 110\npriority = "low"\nmessage = "m"\nsource = "s"\n'
        )
        said = refusal("policy", "check", str(file))
        assert "line 7" in said
        assert "heart_rate" in said
        done = physiomon("policy", "check", str(file), "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["problems"][0]["line"] == 7


CONFIG = """
[session]
site = "zurich"
participant = "P07"
{session}

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
{sensor}
"""


class TestRun:
    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            (CONFIG.format(session="rom = '2'", sensor=""), 5, "'rom' is not a known key"),
            (CONFIG.format(session="zone = 'Mars'", sensor=""), 5, "Mars' is not a valid"),
            (CONFIG.format(session="", sensor="kind2 = 1"), 10, "'kind2' is not a known key"),
            (CONFIG.replace("heart-rate-strap", "hearts").format(session="", sensor=""), 7, "kind"),
            (CONFIG.replace('"P07"', "7").format(session="", sensor=""), 4, "'participant'"),
            (CONFIG.replace('"P07"', '"Ada L."').format(session="", sensor=""), 4, "letters"),
            (CONFIG.format(session="", sensor="[console]\nhost = '0.0.0.0'"), 10, "this machine"),
            (CONFIG.format(session="", sensor="address = 'A0:9E'"), 10, "not a Bluetooth address"),
            ("[session]\n", 1, "is missing"),
            ("[session\n", 1, "is not valid TOML"),
        ],
    )
    def test_invalid_configuration_is_refused_with_its_line(
        self, tmp_path: Path, text: str, line: int, reason: str
    ) -> None:
        file = tmp_path / "c.toml"
        file.write_text(text)
        said = refusal("run", str(file))
        assert reason in said
        assert f"line {line}" in said

    def test_missing_configuration_or_policy_is_refused(self, tmp_path: Path) -> None:
        assert "cannot read" in refusal("run", str(tmp_path / "none.toml"))
        file = tmp_path / "c.toml"
        file.write_text(CONFIG.format(session='policy = "none.toml"', sensor=""))
        assert "cannot read the policy" in refusal("run", str(file))

    def test_session_without_bluetooth_runs_and_journals_the_reason(self, tmp_path: Path) -> None:
        file = tmp_path / "c.toml"
        file.write_text(CONFIG.format(session="", sensor="[console]\nport = 0"))
        with running("run", str(file)) as command:
            command.wait_for_url()
            printed = command.interrupt()
        assert "journal check" in printed
        (journal,) = (tmp_path / "journals").glob("*.journal")
        connection = sqlite3.connect(journal)
        query = "SELECT payload FROM entries WHERE kind = 'link' AND source = 'strap'"
        links = [json.loads(payload) for (payload,) in connection.execute(query)]
        connection.close()
        assert links
        assert "cannot be reached" in links[0]["reason"]

    def test_unreadable_journal_does_not_stop_the_other_session(self, tmp_path: Path) -> None:
        files = []
        for number in (1, 2, 3):
            file = tmp_path / f"{number}.toml"
            sensor = f"address = 'C0:FF:EE:00:00:0{number}'"
            file.write_text(
                CONFIG.format(session=f"id = 'S{number}'", sensor=sensor).replace(
                    "P07", f"P{number}"
                )
            )
            files.append(str(file))
        with Path(files[1]).open("a") as more:
            more.write("[console]\nport = 0\n")
        with Path(files[2]).open("a") as more:
            more.write(f"[journal]\ndirectory = '{'n' * 300}'\n")
        (tmp_path / "journals").mkdir()
        (tmp_path / "journals" / "S1.journal").write_text("no journal at all, but not empty")
        with running("run", *reversed(files)) as command:  # the first one's folder is shared
            url = command.wait_for_url()
            assert httpx.get(f"{url}healthz").json()["sessions"] == ["S2"]
            printed = command.interrupt()
        assert "Session S2" in printed
        said = physiomon("run", files[0])
        assert said.returncode == 1

    def test_next_session_begins_without_a_new_file(self, tmp_path: Path) -> None:
        file = tmp_path / "c.toml"
        file.write_text(CONFIG.format(session="id = 'S1'", sensor="[console]\nport = 0"))
        with running("run", str(file)) as command:
            command.wait_for_url()
            command.interrupt()
        (journal,) = (tmp_path / "journals").glob("*.journal")
        clock = SessionClock.of_machine()
        with Journal.read(journal) as recorded:
            spec = SessionSpec.from_body(next(recorded.entries()).body())
        session = Session.open(spec, journal, clock)
        session.actions.finish("MK", "over")
        session.close()
        with running("run", str(file)) as command:
            api = f"{command.wait_for_url()}api/v1"
            (place,) = httpx.get(f"{api}/places").json()
            assert "Session S1 was ended by MK" in place["last"]
            body = {"participant": "P08", "by": "MK"}
            begun = httpx.post(f"{api}/places/{place['place']}/begin", json=body).json()["session"]
            assert begun.startswith("P08-")
            assert [each["id"] for each in httpx.get(f"{api}/sessions").json()] == [begun]
            command.process.kill()
        with running("run", str(file)) as command:
            url = command.wait_for_url()
            assert httpx.get(f"{url}healthz").json()["sessions"] == [begun]
            assert f"Session {begun}" in command.interrupt()


class TestDoctor:
    def test_doctor_checks_this_machine(self) -> None:
        done = physiomon("doctor", "--json")
        findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
        assert findings["python"]["ok"] is True
        assert done.returncode == (0 if all(f["ok"] for f in findings.values()) else 1)
        for finding in findings.values():
            assert finding["ok"] or finding["advice"]

    def test_doctor_checks_a_configuration(self, tmp_path: Path) -> None:
        file = tmp_path / "c.toml"
        influx = "[influx]\nurl = 'http://127.0.0.1:9'\nbucket = 'b'"
        file.write_text(CONFIG.format(session="", sensor=influx))
        done = physiomon("doctor", "--config", str(file), "--json")
        findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
        assert findings["configuration"]["ok"] is True
        assert findings["policy"]["ok"] is False  # nobody has reviewed it
        assert findings["influxdb"]["ok"] is False
        assert done.returncode == 1


class TestUsage:
    def test_version_and_help(self) -> None:
        # The others are forked: this one is the script as it was installed.
        version = subprocess.check_output([PHYSIOMON, "--version"], text=True)
        assert version.startswith("physiomon 0.")
        assert physiomon("--version").stdout == version
        assert "Not a medical device" in physiomon("--help").stdout
        refusal(status=2)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["dem"],
            ["demo", "--speed", "0"],
            ["demo", "--minutes", "x"],
            ["decode"],
            ["decode", "2A37"],
            ["decode", "-", "00"],
            ["replay"],
            ["policy", "check"],
        ],
    )
    def test_wrong_usage_exits_with_status_2(self, arguments: list[str]) -> None:
        refusal(*arguments, status=2)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["demo", "--policy", "none"],
            ["demo", "--recording", "none.csv"],
            ["demo", "--recording", str(Path(__file__))],
            ["demo", "--journal-dir", "/proc/none"],
        ],
    )
    def test_wrong_input_exits_with_status_1_and_one_sentence(
        self, arguments: list[str], tmp_path: Path
    ) -> None:
        refusal(*arguments, "--headless", "--minutes", "0.1", cwd=tmp_path)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["journal", "info"],
            ["report"],
            ["export", "--to", "csv"],
            ["import"],
            ["replay"],
            ["hrv"],
            ["run"],
            ["report", str(DATA / "nothing"), "--html"],
        ],
    )
    def test_path_that_the_system_refuses_is_named(self, arguments: list[str]) -> None:
        assert "File name too long" in refusal(*arguments, "n" * 300).replace("\n", " ")

    def test_port_in_use_is_refused(self, tmp_path: Path) -> None:
        with running("demo", "--port", "0", "--journal-dir", str(tmp_path / "1")) as first:
            port = first.wait_for_url().rstrip("/").rsplit(":", 1)[1]
            said = refusal("demo", "--port", port, "--journal-dir", str(tmp_path / "2"))
            assert f"cannot listen on 127.0.0.1 port {port}" in said
            first.interrupt()

    def test_scan_without_bluetooth_is_refused_in_one_sentence(self) -> None:
        assert "Bluetooth" in refusal("scan", "--seconds", "1")


@pytest.mark.extended
def test_whole_session_verifies_and_replays(tmp_path: Path) -> None:
    """Eight hours in CI and in `make soak`; otherwise one, with all that happens in a demo."""
    hours = 8 if LONG else 1
    summary = facts(
        "demo",
        *("--headless", "--minutes", f"{hours * 60}", "--speed", "100000", "--json"),
        *("--journal-dir", str(tmp_path)),
    )
    assert summary["packets"] > 5_000 * hours
    assert facts("journal", "verify", summary["journal"], "--json")["ok"] is True
    assert facts("replay", "--verify", summary["journal"], "--json")["ok"] is True
