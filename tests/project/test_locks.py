"""The locks contain all dependencies, with hashes, and match what is installed."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scripts.lock import LOCKS, REPOSITORY, RUNTIME, TARGETS, closure, pins

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
ASKED: dict[str, list[str]] = {
    RUNTIME: PROJECT["project"]["dependencies"],
    **{f"requirements/{name}.lock": asked for name, asked in EXTRAS.items()},
    **{f"requirements/{name}.lock": asked for name, asked in PROJECT["dependency-groups"].items()},
}
PATHS = [lock.path for lock in LOCKS]
LEFT_OUT = {
    canonicalize_name(Requirement(each).name)
    for each in PROJECT["tool"]["uv"]["override-dependencies"]
}


def text(path: str) -> str:
    return (REPOSITORY / path).read_text("utf-8")


def locked(path: str, *, with_those_below: bool = True) -> dict[str, Requirement]:
    """Return the pins of a lock by name, and of those on which it builds."""
    paths = [path, *(closure(path) if with_those_below else ())]
    found = [Requirement(pin) for each in paths for pin in pins(text(each))]
    return {pin.name: pin for pin in found}


def direct(asked: list[str]) -> Iterator[Requirement]:
    """Return the requirements of a list; an extra of physiomon itself includes its own list."""
    for requirement in map(Requirement, asked):
        if requirement.name == "physiomon":
            for extra in requirement.extras:
                yield from direct(EXTRAS[extra])
        else:
            yield requirement


def version_of(pin: Requirement) -> str:
    [specifier] = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


def test_each_list_of_dependencies_has_a_lock() -> None:
    assert set(ASKED) == set(PATHS)
    assert {path.name for path in (REPOSITORY / "requirements").iterdir()} == {
        Path(path).name for path in PATHS if path != RUNTIME
    }


@pytest.mark.parametrize("path", PATHS)
def test_direct_dependencies_are_locked_in_an_allowed_version(path: str) -> None:
    there = locked(path)
    for requirement in direct(ASKED[path]):
        name = canonicalize_name(requirement.name)
        assert name in there, f"{requirement.name}: run make lock"
        pin = there[name]
        assert requirement.specifier.contains(version_of(pin)), f"{requirement}: run make lock"
        for target in TARGETS:
            if target.meets(str(requirement.marker or "") or None):
                assert target.meets(str(pin.marker or "") or None), f"{requirement} on {target}"


@pytest.mark.parametrize("path", [RUNTIME, "requirements/build.lock", "requirements/dev.lock"])
def test_transitive_dependencies_are_locked(path: str) -> None:
    """At any depth, by the metadata of the packages in this environment."""
    there = locked(path)
    waiting = [(each, extra) for each in direct(ASKED[path]) for extra in ("", *each.extras)]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if name in LEFT_OUT:
            assert name not in there
            continue
        assert name in there, f"{requirement}: run make lock"
        assert requirement.specifier.contains(version_of(there[name]), prereleases=True)
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                needed = distribution(name).requires or []
                waiting += [(Requirement(each), wanted) for each in needed]


def test_installed_versions_match_the_lock() -> None:
    for name, pin in locked("requirements/dev.lock").items():
        if pin.marker is None or pin.marker.evaluate():
            try:
                there = Version(version(name))
            except PackageNotFoundError:
                pytest.fail(f"{name} is not installed: run make setup")
            assert there == Version(version_of(pin)), f"{name}: run make setup"


@pytest.mark.parametrize("path", PATHS)
def test_pins_have_hashes_and_locks_have_no_addresses(path: str) -> None:
    for pin in re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text(path), re.MULTILINE | re.DOTALL):
        head, *hashes = pin.strip().split(" \\\n")
        assert hashes, head
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", each) for each in hashes), head
    assert not re.search(r"://|@|www\.|--(extra-)?index|--find-links|--trusted", text(path))


@pytest.mark.parametrize("path", PATHS)
def test_locks_allow_only_wheels(path: str) -> None:
    options = [line for line in text(path).splitlines() if line.startswith(("-r", "--"))]
    *read, said = options
    assert said == "--only-binary :all:"
    assert all(option.startswith("-r ") for option in read)


def test_package_has_the_same_version_in_all_locks() -> None:
    versions: dict[str, set[str]] = {}
    for path in PATHS:
        for name, pin in locked(path, with_those_below=False).items():
            versions.setdefault(name, set()).add(version_of(pin))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_build_backend_version_matches_its_lock() -> None:
    there = locked("requirements/build.lock")
    for asked in map(Requirement, PROJECT["build-system"]["requires"]):
        assert asked.specifier == there[asked.name].specifier


def test_make_installs_only_from_locks() -> None:
    makefile = text("Makefile").replace("\\\n", " ")
    [definition] = re.findall(r"^INSTALL := (.+)$", makefile, re.MULTILINE)
    assert "--no-deps" in definition
    assert "--no-build-isolation" in definition
    recipes = re.findall(r"^\t\$\(INSTALL\) (.+)$", makefile, re.MULTILINE)
    own = [recipe for recipe in recipes if "--require-hashes" not in recipe]
    assert own == ["--editable ."]
    assert makefile.count("pip install") == 1
