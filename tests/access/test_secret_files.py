"""The doctor names secret files that other users of the machine can read."""

from pathlib import Path

import pytest

from monitor.commands.doctor_secrets import secrets_finding
from monitor.config.gateway import GatewayConfig
from monitor.config.run import Config

FILES = ("influx.token", "mqtt.password", "hook.url", "tls.key", "beat.url", "accept.secret")


def config() -> Config:
    return Config.model_validate(
        {
            "session": {"site": "a", "participant": "P"},
            "sensor": [{"label": "strap", "kind": "heart-rate-strap"}],
            "console": {"accounts": "a.toml", "certificate": "tls.pem", "key": "tls.key"},
            "influx": {"url": "http://127.0.0.1:1", "bucket": "b", "token_file": "influx.token"},
            "mqtt": {
                "host": "127.0.0.1",
                "user": "physiomon",
                "password_file": "mqtt.password",
                "ca_file": "public.pem",
            },
            "heartbeat": {"url_file": "beat.url"},
            "recipient": [{"id": "anna", "name": "Anna", "channels": [{"url_file": "hook.url"}]}],
            "tier": [{"recipients": ["anna"], "accept_within": "1min"}],
            "calls": {"secret_file": "accept.secret"},
        }
    )


@pytest.mark.parametrize("name", FILES)
def test_secret_file_readable_by_others_is_named(tmp_path: Path, name: str) -> None:
    for each in (*FILES, "public.pem", "tls.pem", "a.toml"):
        (tmp_path / each).touch(0o600)
    (tmp_path / "public.pem").chmod(0o644)
    (tmp_path / "hook.url").chmod(0o640)  # its group may be the service's
    finding = secrets_finding(config(), tmp_path)
    assert finding is not None
    assert (finding.ok, finding.found, finding.advice) == (True, "6 files", "")
    (tmp_path / name).chmod(0o644)
    finding = secrets_finding(config(), tmp_path)
    assert finding is not None
    assert not finding.ok
    assert finding.advice.endswith(f"chmod o= {tmp_path / name}")


def test_configuration_without_secrets_has_no_finding(tmp_path: Path) -> None:
    gateway = GatewayConfig.model_validate(
        {
            "gateway": {"id": "room1", "site": "a", "session": "S"},
            "sensor": [{"label": "strap", "kind": "heart-rate-strap"}],
            "mqtt": {"host": "127.0.0.1"},
        }
    )
    assert secrets_finding(gateway, tmp_path) is None
