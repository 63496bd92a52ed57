"""The documentation is correct: its commands run and its examples are valid."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from alerts.policy.parser import parse_policy
from devices.decoders import KINDS
from monitor.config.gateway import GatewayConfig
from monitor.config.run import Config
from monitor.config.watch import WatcherConfig
from tests.system.command import physiomon

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
# These need hardware or run without end; the end-to-end tests run them in another form.
# The commands of these pages are run by their own tests.
OTHER_TESTS = ("docs/alarm-report.md", "docs/tutorial/")
NOT_HERE = (
    *("physiomon run", "physiomon scan", "physiomon doctor", "physiomon call-test", "make "),
    *("physiomon gateway", "physiomon user", "physiomon virtual", "physiomon token"),
    "physiomon replay --to console",
)


def blocks(language: str) -> list[tuple[str, str]]:
    """Return (page, text) of each fenced block of a language."""
    pattern = re.compile(rf"```{language}\n(.*?)```", re.DOTALL)
    return [
        (str(page.relative_to(REPOSITORY)), text)
        for page in PAGES
        for text in pattern.findall(page.read_text("utf-8"))
    ]


def commands() -> list[str]:
    found: list[str] = []
    for page, text in blocks("console"):
        for line in text.splitlines() if not page.startswith(OTHER_TESTS) else ():
            command = line.partition("#")[0].strip()
            if command and not command.startswith(NOT_HERE):
                found.append(command)
    return list(dict.fromkeys(found))


@pytest.mark.extended
def test_commands_of_the_documentation_run(tmp_path: Path) -> None:
    """In order, in one folder, since later ones read journals that earlier ones recorded."""
    (tmp_path / "tests").symlink_to(REPOSITORY / "tests")
    for command in commands():
        words = shlex.split(command)
        assert words[0] == "physiomon", command
        arguments: list[str] = []
        for word in words[1:]:
            if word == "FILE":
                arguments.append(str(next(tmp_path.glob("*/*.journal"))))
            elif "*" in word:
                arguments += sorted(map(str, tmp_path.glob(word)))
            elif word == "480":
                arguments.append("20")  # twenty minutes show the same as eight hours
            else:
                arguments.append("100000" if word == "600" else word)
        if "--recording" in arguments:
            arguments += ["--minutes", "5"]  # test_alarm_report_page.py plays them to their end
        done = physiomon(*arguments, cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr)


def test_documented_configurations_and_policies_are_valid() -> None:
    checked = 0
    for page, text in blocks("toml"):
        read = tomllib.loads(text)
        if "session" in read:
            Config.model_validate(read)
        elif isinstance(read.get("gateway"), dict):
            GatewayConfig.model_validate(read)
        elif "watch" in read:
            WatcherConfig.model_validate(read)
        elif "rule" in read:
            parse_policy(text, page)
        else:
            section = {"site": "a", "participant": "P"}
            sensor = [{"label": "strap", "kind": "heart-rate-strap"}]
            Config.model_validate({"session": section, "sensor": sensor, **read})
        checked += 1
    assert checked >= 3


def test_readme_names_every_sensor_kind() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")
    for kind in KINDS:
        assert f"`{kind}`" in text


def test_documentation_states_that_physiomon_is_not_a_medical_device() -> None:
    for name in ("README.md", "docs/medical.md"):
        assert "not a medical device" in (REPOSITORY / name).read_text("utf-8")


@pytest.mark.parametrize(
    "command",
    [
        *("demo", "run", "scan", "decode", "replay", "report", "study", "whatif", "export"),
        *("policy", "journal", "grafana", "doctor", "call-test", "gateway", "influx", "user"),
        *("virtual", "token", "watch", "import", "hrv"),
    ],
)
def test_every_command_has_help_and_is_documented(command: str) -> None:
    assert physiomon(command, "--help").returncode == 0
    assert any(f"physiomon {command}" in page.read_text("utf-8") for page in PAGES) or any(
        f"`{command}`" in page.read_text("utf-8") for page in [REPOSITORY / "CHANGELOG.md"]
    )
