"""`physiomon journal review`: verdicts on the alarms of a session that nobody runs any more."""

from pathlib import Path

import pytest

from monitor.core.session_spec import SessionSpec
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.test_session import HIGH, Live
from tests.system.command import facts, physiomon, refusal


def recorded(path: Path, session: SessionSpec | None = None, *, ended: bool = True) -> Path:
    live = Live(path, session)
    live.beat(30, 120)
    live.beat(60, 80)
    if ended:
        live.session.control.finish("MK", "planned")
    live.close()
    return path


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("journals") / "s.journal")


def test_verdict_is_added_counted_and_shown(journal: Path) -> None:
    before = facts("report", str(journal), "--json")["sum"]
    listed = facts("journal", "review", str(journal), "--json")
    (alarm,) = (each for each in listed if each["subject"] == HIGH.partition("@")[2])
    assert (alarm["verdict"], alarm["by"], alarm["priority"]) == (None, None, "medium")
    number = str(alarm["alarm"])

    judged = facts("journal", "review", str(journal), number, "false", "--by", "Ada", "--json")
    assert judged == alarm | {"verdict": "false", "by": "Ada"}
    assert "Ada" in physiomon("journal", "review", str(journal)).stdout

    assert facts("replay", "--verify", str(journal), "--json")["ok"] is True
    checked = facts("journal", "verify", str(journal), "--json")
    assert checked["ok"] is True
    assert "by MK; then 1 verdict on its alarms, the last one" in checked["end"]
    described = facts("journal", "info", str(journal), "--json")
    assert (described["minutes"], described["clean_shutdown"]) == (1.5, True)
    assert described["ended_by"]["by"] == "MK"

    after = facts("report", str(journal), "--json")["sum"]
    assert after["hours"] == before["hours"]
    counted = {"useful": 0, "false": 1, "artefact": 0, "open": 1, "actionable_share": 0.0}
    assert (before["reviews"]["open"], after["reviews"]) == (2, counted)

    withdrawn = ("journal", "review", str(journal), number, "withdraw", "--by", "Ada", "--json")
    assert facts(*withdrawn)["verdict"] is None


def test_what_is_not_possible_is_refused_in_a_sentence(journal: Path, tmp_path: Path) -> None:
    with Journal.read(journal) as opened:
        before = opened.last_seq
    review = ("journal", "review", str(journal))
    assert "the verdict is missing" in refusal(*review, "1")
    assert "'certain' is unknown" in refusal(*review, "1", "certain", "--by", "Ada")
    assert "there is no alarm 99" in refusal(*review, "99", "false", "--by", "Ada")
    assert "give your name or initials" in refusal(*review, "1", "false")
    absent = tmp_path / "absent.journal"
    assert "does not exist" in refusal("journal", "review", str(absent), "1", "false", "--by", "A")
    assert not absent.exists()
    with Journal.read(journal) as opened:
        assert opened.last_seq == before


def test_session_that_nobody_has_ended_is_refused(tmp_path: Path) -> None:
    running = recorded(tmp_path / "running.journal", spec(), ended=False)
    asked = ("journal", "review", str(running), "1", "false", "--by", "Ada")
    assert "nobody has ended the session" in refusal(*asked)
