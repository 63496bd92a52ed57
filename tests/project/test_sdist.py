"""An sdist contains everything needed to test, change and build it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.lock import REPOSITORY
from tests.durations import PATIENCE_S

# Pure and quick: of several layers, and some that read files beside the packages.
TESTS = [
    "tests/devices/test_heart_rate.py",
    "tests/devices/test_sensor_kinds_page.py",
    "tests/policy/test_shipped_policies.py",
    "tests/alerts/test_alarm.py",
    "tests/project/test_lock_tool.py",
]


def run(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(folder)},  # not the editable checkout
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist with the pinned backend; return the folder in it."""
    folder = tmp_path_factory.mktemp("sdist")
    run(REPOSITORY, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder))
    [archive] = folder.glob("*.tar.gz")
    run(folder, "-m", "tarfile", "--extract", str(archive), str(folder))
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.mark.extended
def test_tests_pass_in_an_unpacked_sdist(unpacked: Path) -> None:
    where = run(unpacked, "-c", "import monitor; print(monitor.__file__)")
    assert Path(where.strip()).is_relative_to(unpacked)
    assert " passed" in run(unpacked, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)


@pytest.mark.extended
def test_prose_check_works_without_git(unpacked: Path) -> None:
    run(unpacked, "-m", "scripts.check_prose", "docs")
    page = unpacked / "docs" / "new.md"
    page.write_text("It is made " + "anew.\n", "utf-8")  # prose: ignore
    try:
        with pytest.raises(AssertionError, match=r"docs/new\.md:1: "):
            run(unpacked, "-m", "scripts.check_prose", "docs")
    finally:
        page.unlink()


@pytest.mark.extended
def test_sdist_contains_every_tracked_file(unpacked: Path) -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = [name for name in listed.split("\0") if name and (REPOSITORY / name).exists()]
    assert [name for name in kept if not (unpacked / name).exists()] == []


@pytest.mark.extended
def test_wheel_built_from_an_sdist_contains_only_the_packages(
    unpacked: Path, tmp_path: Path
) -> None:
    run(unpacked, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    packages = {"monitor", "devices", "alerts", "dashboards", "physiomon"}
    assert packages < tops
    [info] = tops - packages
    assert f"{info}/licenses/LICENSE" in names
    for package in packages:
        source = {
            path.relative_to(REPOSITORY).as_posix()
            for path in (REPOSITORY / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert source == {name for name in names if name.startswith(f"{package}/")}
