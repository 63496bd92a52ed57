"""Connections to other computers without encryption are refused unless the file allows them."""

from pathlib import Path

import pytest

from monitor.config.file import load, load_config
from monitor.config.heartbeat import HeartbeatConfig
from monitor.config.section import Section
from monitor.errors import ConfigError

_HEAD = """[session]
id = "s"
site = "a"
participant = "P01"
policy = "demo"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""
_FAR, _HERE = "http://10.0.0.5:80", "http://[::1]:80"
_SECTIONS = [
    pytest.param('[influx]\nbucket = "b"\nurl = "{}"\n', "the token and all values", id="influx"),
    pytest.param(
        '[grafana_live]\ntoken_file = "t"\nurl = "{}"\n', "the token and values", id="grafana"
    ),
    pytest.param(
        '[watch]\nname = "room 2"\nurl = "{}"\n',
        "requests about the health of the monitor",
        id="watch",
    ),
    pytest.param('[heartbeat]\nurl = "{}"\n', "the URL, which is a secret,", id="heartbeat"),
    pytest.param('[calls]\nlink = "{}"\n', "links that accept calls", id="calls"),
]


@pytest.mark.parametrize(("section", "what"), _SECTIONS)
def test_address_without_encryption_needs_consent(tmp_path: Path, section: str, what: str) -> None:
    file = tmp_path / "session.toml"
    file.write_text(_HEAD + section.format(_FAR))
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    key = "link" if "link" in section else "url"
    assert str(refused.value) == (
        f"{file}, line 9: '{key}' would send {what} to another computer without encryption; "
        "use https://, or set plain_text = true if nobody else can listen"
    )
    for allowed in (
        section.format(_HERE),
        section.format("http://localhost"),
        section.format("https://10.0.0.5"),
        section.format(_FAR) + "plain_text = true\n",
    ):
        file.write_text(_HEAD + allowed)
        load_config(file)


@pytest.mark.parametrize("host", ["10.0.0.5", "localhost.example.org"])
def test_broker_without_tls_needs_consent(tmp_path: Path, host: str) -> None:
    file = tmp_path / "session.toml"
    file.write_text(f'{_HEAD}[mqtt]\nhost = "{host}"\ntls = false\n')
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert str(refused.value) == (
        f"{file}, line 9: 'tls = false' would send password and values to another computer "
        "without encryption; remove it, or set plain_text = true if nobody else can listen"
    )
    file.write_text(file.read_text() + "plain_text = true\n")
    load_config(file)


class _OnlyHeartbeat(Section):
    heartbeat: HeartbeatConfig


def test_address_in_a_secret_file_is_checked_when_read(tmp_path: Path) -> None:
    file, url = tmp_path / "session.toml", tmp_path / "url"
    url.write_text(f"{_FAR}/s3cret")
    file.write_text('[heartbeat]\nurl_file = "url"\n')
    with pytest.raises(ConfigError, match=r"^\[heartbeat\] 'url_file' would send") as refused:
        load(file, _OnlyHeartbeat).heartbeat.address(tmp_path)
    assert "s3cret" not in str(refused.value)
    file.write_text('[heartbeat]\nurl_file = "url"\nplain_text = true\n')
    load(file, _OnlyHeartbeat).heartbeat.address(tmp_path)
