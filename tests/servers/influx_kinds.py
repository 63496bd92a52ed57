"""The InfluxDB servers that tests run with: Debian's 1.6.7, and those of PHYSIOMON_INFLUXD."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers.influx import Influx
from tests.servers.influx_1 import Influx1
from tests.servers.influx_2 import Influx2
from tests.servers.influx_3 import Influx3
from tests.servers.process import program


def binaries(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the programs: Debian's, then those that the environment names, separated by colons."""
    named = environment.get("PHYSIOMON_INFLUXD", "")
    return ["influxd", *filter(None, named.split(os.pathsep))]


def debian_influx(folder: Path, login: tuple[str, str] | None = None) -> Influx1:
    """Return a server of Debian's package; without it the test is skipped, in CI it fails."""
    return Influx1(folder, program("influxd", "influxdb"), login)


def influx_of(binary: str, folder: Path) -> Influx:
    """Return a server of the version that a program's help shows it to be."""
    if binary == "influxd":
        return debian_influx(folder)
    told = subprocess.run([binary, "--help"], capture_output=True, text=True, check=False)
    words = told.stdout + told.stderr
    if "influxdb3 serve" in words:
        return Influx3(folder, binary)
    kind = Influx2 if "--bolt-path" in words else Influx1
    return kind(folder, binary)
