"""`journal info` and `report` count the packets of each sensor that could not be decoded."""

import re
from pathlib import Path

import pytest

from monitor.analysis.link_figures import link_figures
from monitor.storage.journal import Journal
from tests.engine.scripted_session import Script
from tests.engine.test_lifecycle import swap
from tests.system.command import facts, physiomon


@pytest.mark.parametrize("label", ["strap", "spare"])
def test_faulty_packets_are_counted(label: str, tmp_path: Path) -> None:
    script = Script()
    if label == "spare":
        swap(script, 1, label, "heart-rate-strap")
    for second, payload in enumerate(("0648", "2648", "2648AA", "06", "0649"), 2):
        script.at(second).raw(f"{label}/2A37", payload)
    swap(script, 8, label, "heart-rate-strap")
    script.at(9).raw(f"{label}/2A37", "06")
    path = tmp_path / "s.journal"
    with Journal.write(path) as journal:
        for entry in script.entries:
            journal.append(entry)
        journal.add_facts(script.facts)
    with Journal.read(path) as journal:
        figures = link_figures(journal)[label]
    assert (figures.packets, figures.faulty) == (6, 4)
    printed = physiomon("report", str(path)).stdout
    assert re.search(rf"^{label} +6 +4 +\d+ +\d+ +\d", printed, re.MULTILINE), printed
    (reported,) = facts("report", str(path), "--json")["journals"]
    assert reported["sensors"][label]["faulty_packets"] == 4
    assert "sensors" not in facts("whatif", str(path), "--policy", "resting-adult", "--json")
