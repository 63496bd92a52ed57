"""Several configurations in one service: shared sections and conflicts."""

from pathlib import Path

import pytest

from monitor.config.databases import GrafanaLiveSettings, InfluxSettings
from monitor.config.merge import load_merged
from monitor.errors import ConfigError
from monitor.service.grafana_live import grafana_live_config
from monitor.service.outboxes import influx_config

SESSION = """
[session]
site = "here"
participant = "{who}"
id = "{who}"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "C0:FF:EE:00:00:{number}"
"""
INFLUX = '[influx]\nurl = "http://127.0.0.1:8086"\nbucket = "{bucket}"\n'
PEOPLE = (
    '[[recipient]]\nid = "anna"\nname = "Anna"\n[[recipient.channels]]\nurl_file = "anna.url"\n'
    '[[tier]]\nrecipients = ["anna"]\naccept_within = "2min"\n'
)


def write(folder: Path, who: str, number: str, more: str = "") -> Path:
    path = folder / f"{who}.toml"
    path.write_text(SESSION.format(who=who, number=number) + more)
    return path


def test_service_section_applies_to_all_files(tmp_path: Path) -> None:
    inner = tmp_path / "site"
    inner.mkdir()
    one = write(tmp_path, "P1", "01", "[console]\nport = 9000\n")
    two = write(inner, "P2", "02", INFLUX.format(bucket="b") + PEOPLE)
    first, second = load_merged([one, two])
    assert [each.config.console.port for each in (first, second)] == [9000, 9000]
    assert first.config.influx == second.config.influx
    assert [each.id for each in first.config.recipient] == ["anna"]
    assert first.beside["recipient"] == inner  # a file that it names is there
    assert first.beside["console"] == tmp_path


def test_equal_sections_do_not_conflict(tmp_path: Path) -> None:
    more = INFLUX.format(bucket="b")
    first, second = load_merged(
        [write(tmp_path, "P1", "01", more), write(tmp_path, "P2", "02", more)]
    )
    assert first.config.influx == second.config.influx


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        (
            ("P1", "01", INFLUX.format(bucket="a")),
            ("P2", "02", INFLUX.format(bucket="b")),
            r"P1\.toml and .*P2\.toml differ in \[influx\]",
        ),
        (("P1", "01", ""), ("P2", "01", ""), r"P1\.toml, sensor 'strap': .*already .*P2\.toml"),
        (
            ("P1", "01", ""),
            ("P2", "02", '[[sensor]]\nlabel = "second"\nkind = "heart-rate-strap"\n'),
            "neither address nor name",
        ),
    ],
    ids=["another database", "one device for two people", "the first of its kind"],
)
def test_conflict_names_its_files(
    tmp_path: Path, mine: tuple[str, str, str], theirs: tuple[str, str, str], why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        load_merged([write(tmp_path, *mine), write(tmp_path, *theirs)])


def test_session_in_two_files_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "P1", "01")
    with pytest.raises(ConfigError, match="describe the same session"):
        load_merged([path, path])


def test_secret_paths_are_relative_to_the_configuration_file(tmp_path: Path) -> None:
    name = "influx.token"
    (tmp_path / name).write_text("secret\n")
    influx = InfluxSettings(
        url="http://127.0.0.1:8086", bucket="b", token_file=name, ca_file="ca.pem"
    )
    written = influx_config(influx, tmp_path)
    assert (written.token, written.ca_file) == ("secret", str(tmp_path / "ca.pem"))
    live = GrafanaLiveSettings(url="http://127.0.0.1:3000", token_file=name)
    assert grafana_live_config(live, tmp_path).token == "secret"
    with pytest.raises(
        ConfigError, match=r"\[influx\] token_file: cannot read /elsewhere/influx\.token"
    ):
        influx_config(influx, Path("/elsewhere"))
