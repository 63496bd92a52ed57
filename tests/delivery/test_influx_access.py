"""Text, bucket names and credentials with a real InfluxDB."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.delivery.errors import MisconfiguredError
from monitor.delivery.influx import InfluxConfig, influx_writer, reachable
from monitor.delivery.line_protocol import fields, tag
from monitor.errors import ConfigError
from tests.servers.influx import DATABASE, Influx


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


async def test_any_text_is_read_back_as_it_was(influx: Influx) -> None:
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
async def test_a_bucket_of_1_x_may_name_its_retention_policy(influx: Influx, bucket: str) -> None:
    influx.query("CREATE RETENTION POLICY week ON physiomon DURATION 52w REPLICATION 1", "POST")
    async with influx_writer(replace(config(influx), bucket=bucket)) as write:
        await write(f"m x=1 {time.time_ns()}".encode())
    policy = bucket.partition("/")[2]
    assert len(influx.query(f'SELECT "x" FROM "{policy}"."m"')) == 1  # noqa: S608


async def test_a_database_that_is_not_there(influx: Influx) -> None:
    async with influx_writer(replace(config(influx), bucket="elsewhere")) as write:
        with pytest.raises(MisconfiguredError, match="has no bucket 'elsewhere'"):
            await write(b"m x=1 1")


async def test_name_and_password(tmp_path: Path) -> None:
    folder = tmp_path / "guarded"
    folder.mkdir()
    name, password, guess = "writer", "a-secret", "a-guess"
    guarded = Influx(folder, login=(name, password))
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


async def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    missing = InfluxConfig(
        url="https://localhost", org="-", bucket="b", ca_file=str(tmp_path / "x")
    )
    with pytest.raises(ConfigError, match="ca_file"):
        async with influx_writer(missing):
            raise AssertionError


async def test_doctor_finds_it(influx: Influx) -> None:
    assert "InfluxDB" in await reachable(config(influx))
