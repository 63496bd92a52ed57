"""The commands and the example of docs/virtual.md work."""

import re
import shlex
from contextlib import ExitStack
from pathlib import Path

from devices.virtual.encoders.broadcasts import FORMATS
from devices.virtual.faults import FaultKind
from tests.system.command import physiomon
from tests.virtual.test_processes import process, shared_radio

PAGE = (Path(__file__).parents[2] / "docs" / "virtual.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_commands_of_the_page_work_together() -> None:
    first, *sensors, scan = map(shlex.split, block("console").splitlines())
    assert first == ["physiomon", "virtual", "shared-radio", "--port", "7300"]
    with ExitStack() as running:
        place = running.enter_context(shared_radio())  # on a port that is free here
        for sensor in sensors:
            arguments = [word.replace("127.0.0.1:7300", place) for word in sensor[1:]]
            running.enter_context(process(*arguments, wait_for=" is on"))
        heard = physiomon(*(word.replace("127.0.0.1:7300", place) for word in scan[1:]))
    assert heard.returncode == 0, heard.stderr
    assert "My strap" in heard.stdout
    assert 'kind = "pulse-oximeter"' in heard.stdout


def test_example_of_the_page_runs() -> None:
    exec(block("python"), {})  # noqa: S102 - our own page


def test_page_lists_every_fault_and_format() -> None:
    for name in (*(kind.value for kind in FaultKind), *FORMATS):
        assert f"`{name}`" in PAGE
