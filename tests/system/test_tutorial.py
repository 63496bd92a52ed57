"""The tutorial is correct: its commands run in order with its configurations."""

import json
import re
import shlex
import textwrap
import tomllib
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from monitor.config.run import Config
from tests.servers.influx import Influx
from tests.servers.process import wait_until
from tests.system.command import physiomon, running
from tests.virtual.test_processes import process, shared_radio

FOLDER = Path(__file__).parents[2] / "docs" / "tutorial"
PAGES = ("virtual-sensors.md", "configuration.md", "dashboards.md")
BLOCK = re.compile(r"^( *)```(console|toml)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
NOT_HERE = {
    "make demo": "it installs; test_end_to_end.py runs the demo",
    "source .venv/bin/activate": "the command is called by its path",
    "physiomon doctor": "it ends with status 1 where there is no Bluetooth adapter",
    "physiomon scan": "it needs a Bluetooth adapter",
}


class Reader:
    """A user who follows the tutorial in one folder."""

    def __init__(self, folder: Path, influx: Influx, opened: ExitStack) -> None:
        self._folder, self._influx, self._opened = folder, influx, opened
        self._place = ""  # of the virtual radio
        self._real_sensors = False

    def write(self, text: str) -> None:
        """Save a configuration, or add a section to it."""
        if "[session]" in text and "[radio]" not in text:
            Config.model_validate_json(json.dumps(tomllib.loads(text)))
            self._real_sensors = True
            return
        mode = "w" if "[session]" in text else "a"
        with (self._folder / "session.toml").open(mode) as file:
            file.write(self._here(text) + ("[console]\nport = 0\n" if mode == "w" else ""))
        self._real_sensors = False

    def do(self, line: str) -> None:
        """Run a command as a user would, and stop it if it does not end."""
        words = shlex.split(self._here(line))
        match words:
            case ["echo", text, ">", name]:
                (self._folder / name).write_text(text, "utf-8")
            case ["physiomon", "virtual", "shared-radio", *_]:
                # On a port that is free here.
                self._place = self._opened.enter_context(shared_radio())
            case ["physiomon", "virtual", *_]:
                sensor = process(*words[1:], wait_for=" is on")
                self._opened.enter_context(sensor)
            case ["physiomon", "run", _] if self._real_sensors:
                pass
            case ["physiomon", "run", _]:
                self._session(words[1:])
            case ["physiomon", "replay", "--to", "console", *_]:
                with running(*self._expanded(words[1:]), "--port", "0", cwd=self._folder) as it:
                    assert "Replay" in httpx.get(it.wait_for_url(), follow_redirects=True).text
                    it.interrupt()
            case ["physiomon", *arguments]:
                done = physiomon(*self._expanded(arguments), cwd=self._folder)
                checks_machine = arguments[0] == "doctor"  # where Bluetooth may be missing
                assert done.returncode == 0 or checks_machine, (line, done.stdout, done.stderr)
                assert not checks_machine or "2 sensors" in done.stdout
            case _:
                raise AssertionError(line)

    def _here(self, text: str) -> str:
        return text.replace("127.0.0.1:7300", self._place).replace(
            "http://127.0.0.1:8086", self._influx.url
        )

    def _expanded(self, words: list[str]) -> list[str]:
        """Return words as a shell expands them; 20 minutes show the same as eight hours."""
        found: list[str] = []
        for word in words:
            paths = sorted(str(each) for each in self._folder.glob(word)) if "*" in word else [word]
            found += {"480": ["20"], "600": ["100000"]}.get(word, paths)
        return found

    def _session(self, arguments: list[str]) -> None:
        stored = self._influx.count("heart_rate", "value")
        with running(*arguments, cwd=self._folder) as session:
            url = session.wait_for_url()
            wait_until(lambda: self._channels(url) == 2, "both sensors send")
            if "[influx]" in (self._folder / "session.toml").read_text("utf-8"):
                wait_until(
                    lambda: self._influx.count("heart_rate", "value") > stored, "it is delivered"
                )
            printed = session.interrupt()
        assert "alarms raised" in printed

    def _channels(self, url: str) -> int:
        [session] = httpx.get(f"{url}api/v1/sessions").json()
        channels = httpx.get(f"{url}api/v1/sessions/{session['id']}/channels").json()
        return sum(
            each["channel"].endswith(("/heart_rate", "/core_temperature")) and bool(each["value"])
            for each in channels
        )


@pytest.mark.extended
def test_commands_of_the_tutorial_run_in_order(tmp_path: Path, influx: Influx) -> None:
    with ExitStack() as opened:
        reader = Reader(tmp_path, influx, opened)
        for page in PAGES:
            for _, language, block in BLOCK.findall((FOLDER / page).read_text("utf-8")):
                text = textwrap.dedent(block)
                if language == "toml":
                    reader.write(text)
                    continue
                for line in text.splitlines():
                    if line not in NOT_HERE:
                        reader.do(line)
    assert influx.count("heart_rate", "value") > 1000  # the replayed minutes
    assert (tmp_path / "grafana" / "provisioning").is_dir()
