"""Consistency of the files in deploy/. They are not run, since there is no container engine."""

import base64
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config.file import load_config
from tests.durations import PATIENCE_S

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HOST = ("/run/dbus",)  # the machine's own
USERS = {"influxdb": 1000, "grafana": 472, "mosquitto": 1883, "physiomon": 10001}


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """Return a copy of the folder with created secrets."""
    folder = tmp_path / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns("secrets", "data"))
    done = run(folder, "secrets.sh", "clinic.example", "192.0.2.7")
    assert done.returncode == 0, done.stderr
    return folder


def mounts(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Return source and target of each mount of a service."""
    found: list[tuple[str, str]] = []
    for mount in service.get("volumes", ()):
        source, target = (
            (mount["source"], mount["target"]) if isinstance(mount, dict) else mount.split(":")[:2]
        )
        found.append((source, target))
    return found


def run(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / script, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_compose_file_is_valid() -> None:
    words = ("check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    done = subprocess.run(
        [sys.executable, "-m", *words, DEPLOY / "compose.yaml"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_images_are_pinned_and_need_no_registry() -> None:
    for name, service in SERVICES.items():
        image, _, version = service["image"].partition(":")
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert "." not in image, f"{name} names a registry"
    text = (DEPLOY / "Dockerfile").read_text()
    (base,) = set(re.findall(r"^FROM (\S+)(?: AS build)?$", text, re.MULTILINE))
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", base)


def test_ports_are_published_only_on_this_machine() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    # The service with the host's network listens as configured: see ConsoleConfig.
    assert [name for name, each in SERVICES.items() if "network_mode" in each] == ["physiomon"]
    assert load_config(DEPLOY / "session.toml").console.host == "127.0.0.1"


def test_containers_have_minimal_privileges() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "cap_add" not in service
        assert "privileged" not in service
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["healthcheck"]["test"]
        assert int(service["user"].partition(":")[0]) == USERS[name]


def test_monitor_starts_without_database_and_broker() -> None:
    for service, dependency in SERVICES["physiomon"]["depends_on"].items():
        assert dependency == {"condition": "service_started", "required": False}, service


def test_monitor_is_the_last_to_be_killed_for_memory() -> None:
    unit = (DEPLOY / "systemd/physiomon.service").read_text()
    (adjusted,) = re.findall(r"^OOMScoreAdjust=(-\d+)$", unit, re.MULTILINE)
    assert SERVICES["physiomon"]["oom_score_adj"] == int(adjusted) < 0
    assert not any(
        "oom_score_adj" in each for name, each in SERVICES.items() if name != "physiomon"
    )


def test_mounted_paths_exist(deployed: Path) -> None:
    named = set(COMPOSE["volumes"])
    for service in SERVICES.values():
        for source, _ in mounts(service):
            if source in named:
                named.discard(source)
            elif source not in HOST:
                assert (deployed / source).exists(), source
    assert not named, "a volume that nobody uses"


def test_each_secret_is_readable_by_exactly_one_container(deployed: Path) -> None:
    users: dict[str, list[str]] = {name: [] for name in COMPOSE["secrets"]}
    for service, described in SERVICES.items():
        for used in described.get("secrets", ()):
            users[used if isinstance(used, str) else used["source"]].append(service)
    for name, (user, *others) in users.items():
        assert not others, f"{name} is for one container alone"
        path = deployed / COMPOSE["secrets"][name]["file"]
        found = path.stat()
        assert stat.S_IMODE(found.st_mode) == 0o600, name
        if os.getuid() == 0:
            assert found.st_uid == USERS[user], name
    assert (DEPLOY.parent / ".gitignore").read_text().count("/deploy/secrets/\n") == 1


def test_acl_file_is_readable_only_by_mosquitto(deployed: Path) -> None:
    """Source: Mosquitto 2.0.22 warns of other owners and modes: 'Future versions will refuse'."""
    found = (deployed / "mosquitto/acl").stat()
    assert stat.S_IMODE(found.st_mode) == 0o600
    if os.getuid() == 0:
        assert found.st_uid == USERS["mosquitto"]


def test_secrets_are_random_and_kept_on_rerun(deployed: Path) -> None:
    made = {
        path.name: path.read_text() for path in (deployed / "secrets").iterdir() if path.is_file()
    }
    random = [made[name] for name in made if name.endswith(("_password", "admin_token"))]
    assert len(set(random)) == len(random) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in random)
    assert run(deployed, "secrets.sh").returncode == 0
    assert {name: (deployed / "secrets" / name).read_text() for name in made} == made


def test_new_host_name_needs_a_new_certificate_of_the_same_ca(deployed: Path) -> None:
    certs = deployed / "secrets/mosquitto-certs"
    authority = (certs / "ca.pem").read_bytes()
    refused = run(deployed, "secrets.sh", "other.example")
    assert refused.returncode == 1
    assert "delete deploy/secrets/mosquitto-certs/server.pem" in refused.stderr
    (certs / "server.pem").unlink()
    assert run(deployed, "secrets.sh", "other.example").returncode == 0
    assert (certs / "ca.pem").read_bytes() == authority
    assert "error" not in strictly_verified(certs, "other.example")


def test_mosquitto_password_and_certificate_are_valid(deployed: Path) -> None:
    """Its form was tried with mosquitto 2.0.11: `$7$`, iterations, salt and hash."""
    secrets = deployed / "secrets"
    user, _, kept = (secrets / "mosquitto_passwd").read_text().strip().partition(":")
    _, kind, rounds, salt, made = kept.split("$")
    secret = (secrets / "mqtt_password").read_bytes()
    wanted = hashlib.pbkdf2_hmac("sha512", secret, base64.b64decode(salt), int(rounds))
    assert (user, kind, base64.b64decode(made)) == ("physiomon", "7", wanted)
    certs = secrets / "mosquitto-certs"
    for host in ("localhost", "clinic.example"):
        assert "error" not in strictly_verified(certs, host)


def strictly_verified(certs: Path, host: str) -> str:
    """Verify a server's certificate as Python does from 3.13 on; return what openssl prints."""
    certificates = ("-CAfile", certs / "ca.pem", "-verify_hostname", host, certs / "server.pem")
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", *certificates],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.extended
def test_certificates_of_the_guide_are_trusted(tmp_path: Path) -> None:
    guide = (DEPLOY.parent / "docs/mqtt.md").read_text().replace("\\\n", "")
    commands = re.findall(r"^ {4}((?:openssl|printf) .*)$", guide, re.MULTILINE)
    done = subprocess.run(
        ["/bin/sh", "-ec", "\n".join(commands)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in strictly_verified(tmp_path, "broker.clinic.example")


DOCKER = r"""#!/bin/sh
echo "$@" >>"$(dirname "$0")/asked"
token() { printf '{\n\t"id": "1",\n\t"token": "%s",\n\t"status": "active"\n}\n' "$1"; }
case "$*" in
  *"auth list"*) grep -o 'physiomon: write only\|Grafana: read only' "$(dirname "$0")/asked" |
    sed 's/.*/{"description": "&"}/' ;;
  *"bucket list"*) printf '0a1b2c\tphysiomon\tinfinite\n' ;;
  *"--write-bucket 0a1b2c"*) token w-token== ;;
  *"--read-bucket 0a1b2c"*) token r-token== ;;
esac
"""


def test_tokens_script_creates_a_read_and_a_write_token(
    deployed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a stand-in for `docker` that answers as `influx` does by its documentation."""
    programs = deployed / "programs"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    owner = (deployed / "secrets/influx_write_token").stat().st_uid
    for _ in range(2):  # the second time nothing is asked for
        assert run(deployed, "tokens.sh").returncode == 0
    assert (deployed / "secrets/influx_write_token").read_text() == "w-token=="
    assert (deployed / "secrets/influx_read_token").read_text() == "r-token=="
    assert (deployed / "secrets/influx_write_token").stat().st_uid == owner
    asked = (programs / "asked").read_text()
    assert asked.count("auth create") == 2
    (programs / "asked").write_text("")  # as after a new database, which knows no token
    (deployed / "secrets/influx_write_token").write_text("of the old one")
    done = run(deployed, "tokens.sh")
    assert "of a database that is gone" in done.stderr
    assert (deployed / "secrets/influx_write_token").read_text() == "w-token=="
    assert not re.search("all-access|operator|--(write|read)-bucket.*--(write|read)-bucket", asked)


def test_session_configuration_matches_compose() -> None:
    config = load_config(DEPLOY / "session.toml")
    influxdb = SERVICES["influxdb"]["environment"]
    assert config.influx is not None
    assert config.influx.bucket == influxdb["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert config.influx.org == influxdb["DOCKER_INFLUXDB_INIT_ORG"]
    assert config.influx.token_file == "/run/secrets/influx_write_token"
    assert "influx_write_token" in SERVICES["physiomon"]["secrets"]
    mounted = {target for _, target in mounts(SERVICES["physiomon"])}
    assert {config.journal.directory, "/etc/physiomon"} <= mounted


def test_grafana_gets_every_variable_its_files_use() -> None:
    asked: set[str] = set()
    for path in (DEPLOY / "grafana/provisioning").rglob("*.yaml"):
        asked |= set(re.findall(r"\$(\w+)", re.sub("#.*", "", path.read_text())))
    grafana = SERVICES["grafana"]
    given = set(grafana["environment"]) | set(re.findall(r"(\w+)=", grafana["entrypoint"][-1]))
    assert asked <= given
    provider = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/dashboards/physiomon.yaml").read_text()
    )
    folder = provider["providers"][0]["options"]["path"]
    assert f"./grafana/dashboards:{folder}:ro" in grafana["volumes"]


def test_image_contains_exactly_the_packages() -> None:
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    text = (DEPLOY / "Dockerfile").read_text()
    assert set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE)) == packages
    allowed = (DEPLOY.parent / ".dockerignore").read_text().split("\n")
    assert {line[1:] for line in allowed if line.startswith("!")} == packages | {
        *("pyproject.toml", "requirements.lock", "requirements", "README.md", "LICENSE")
    }


def test_image_installs_only_the_locks_and_its_wheel() -> None:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    installed = re.findall(r"pip install --no-cache-dir --no-deps (.+?) *(?:&&|\n)", text)
    assert installed == [
        "--require-hashes --requirement requirements/build.lock",
        "--require-hashes --requirement requirements/oidc.lock",  # and requirements.lock
        "dist/*.whl",
    ]
    assert text.count("pip install") == len(installed)
    lines = (DEPLOY.parent / ".dockerignore").read_text().splitlines()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (DEPLOY.parent / name).exists(), name
            assert f"!{Path(name).parts[0]}" in lines, name
