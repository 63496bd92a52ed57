"""Text, bucket names and credentials with a real InfluxDB."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.delivery.errors import MisconfiguredError
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.influx_check import check_database
from monitor.delivery.line_fields import fields, tag
from monitor.delivery.line_protocol import PROBE
from monitor.errors import ConfigError, OutputError
from tests.servers.influx import DATABASE, Influx
from tests.servers.influx_1 import Influx1
from tests.servers.influx_imitations import BUCKET, ORG, Influx29, Influx310
from tests.servers.influx_kinds import debian_influx


def config(influx: Influx) -> InfluxConfig:
    return InfluxConfig(url=influx.url, org="-", bucket=DATABASE, timeout_s=3)


NASTY = [
    "a b",
    "a,b",
    "a=b",
    'a"b',
    "a\\b",
    "\\",
    "a\\",
    "a\\,b",
    "a\\ b",
    "'",
    "#",
    "éπ🙂",
    "a\tb",
]


async def test_any_text_round_trips(influx: Influx) -> None:
    async with influx_writer(config(influx)) as write:
        lines = [
            f"m,of=x,text={tag(text)} {fields(number=number, text=text)} {number}"
            for number, text in enumerate(NASTY)
        ]
        await write("\n".join(lines).encode())
    series = influx.query('SELECT "number", "text" FROM "m" GROUP BY "text"')
    read = [(s["tags"]["text"], *row[1:]) for s in series for row in s["values"]]
    as_tags = [text.replace("\\", "/") for text in NASTY]
    assert sorted(read) == sorted(zip(as_tags, range(len(NASTY)), NASTY, strict=True))


@pytest.mark.parametrize("bucket", ["physiomon/autogen", "physiomon/week"])
async def test_bucket_of_influxdb_1_may_name_its_retention_policy(
    influx_1: Influx, bucket: str
) -> None:
    influx_1.query("CREATE RETENTION POLICY week ON physiomon DURATION 52w REPLICATION 1", "POST")
    async with influx_writer(replace(config(influx_1), bucket=bucket)) as write:
        await write(f"m x=1 {time.time_ns()}".encode())
    policy = bucket.partition("/")[2]
    assert len(influx_1.query(f'SELECT "x" FROM "{policy}"."m"')) == 1  # noqa: S608


async def test_missing_database_is_reported(influx: Influx) -> None:
    async with influx_writer(replace(config(influx), bucket="elsewhere")) as write:
        with pytest.raises(MisconfiguredError, match="has no bucket 'elsewhere'"):
            await write(b"m x=1 1")


async def test_writer_logs_in_with_name_and_password(tmp_path: Path) -> None:
    folder = tmp_path / "guarded"
    folder.mkdir()
    name, password, guess = "writer", "a-secret", "a-guess"
    guarded = debian_influx(folder, (name, password))
    try:
        guarded.start()
        right = replace(config(guarded), token=f"{name}:{password}", basic=True)
        async with influx_writer(right) as write:
            await write(b"m x=1 1")
        assert guarded.count("m", "x") == 1
        for wrong in (
            replace(right, token=f"{name}:{guess}"),
            replace(right, basic=False),
            replace(right, token=""),
        ):
            async with influx_writer(wrong) as write:
                with pytest.raises(MisconfiguredError, match="check the token") as caught:
                    await write(b"m x=1 2")
            assert password not in str(caught.value) + repr(right)
        assert guarded.count("m", "x") == 1
    finally:
        guarded.close()


async def test_missing_ca_file_is_reported(tmp_path: Path) -> None:
    missing = InfluxConfig(
        url="https://localhost", org="-", bucket="b", ca_file=str(tmp_path / "x")
    )
    with pytest.raises(ConfigError, match="ca_file"):
        async with influx_writer(missing):
            raise AssertionError


async def test_database_is_checked_with_a_probe_point(influx: Influx) -> None:
    found = await check_database(config(influx))
    assert found.startswith(f"InfluxDB {influx.version} at ")
    assert found.endswith("a probe point was written and read back")
    assert influx.count(PROBE, "id") == 1
    with pytest.raises(OutputError, match="no bucket 'elsewhere': run 'physiomon influx setup'"):
        await check_database(replace(config(influx), bucket="elsewhere"))
    if isinstance(influx, Influx1) and influx.needs_mapping:
        with pytest.raises(OutputError, match=r"1\.6\.7.* put nginx in front"):
            await check_database(replace(config(influx), url=influx.bare_url))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"token": "wrong"}, r"does not accept the token \(HTTP 401: unauthorized access\)"),
        ({"token": "read-only"}, "lets the token read bucket 'physiomon' but not write"),
        ({"token": "other-bucket"}, "no access to bucket 'physiomon': it was made for another"),
        ({"org": "elsewhere"}, "no organisation 'elsewhere'"),
        ({"bucket": "elsewhere"}, "no bucket 'elsewhere'"),
    ],
)
async def test_mistakes_with_influxdb_2_are_distinguished(
    changes: dict[str, str], found: str
) -> None:
    async with Influx29().listening() as url:
        right = InfluxConfig(url=url, org=ORG, bucket=BUCKET, token="all")  # noqa: S106
        with pytest.raises(OutputError, match=found):
            await check_database(replace(right, **changes))  # type: ignore[arg-type]
        assert "written and read back" in await check_database(right)
        only = await check_database(replace(right, token="write-only"))  # noqa: S106
        assert "may only write, as 'run' requires" in only


@pytest.mark.parametrize(("token", "status"), [("wrong", 401), ("", 400)])
async def test_token_refused_by_influxdb_3_is_reported(token: str, status: int) -> None:
    async with Influx310().listening() as url:
        right = InfluxConfig(url=url, org="-", bucket=BUCKET, token="all")  # noqa: S106
        assert "InfluxDB 3.10.1" in await check_database(right)
        with pytest.raises(OutputError, match=f"does not accept the token .HTTP {status}"):
            await check_database(replace(right, token=token))
        async with influx_writer(replace(right, token=token)) as write:
            with pytest.raises(MisconfiguredError, match=f"HTTP {status}.*check the token"):
                await write(b"m x=1 1")
