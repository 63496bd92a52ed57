"""Metadata and community files are valid, and agree with each other and with the Makefile."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from typing import Any

import pytest
import yaml
from trove_classifiers import classifiers

from scripts.lock import PYTHONS, REPOSITORY
from tests.durations import PATIENCE_S

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
FORMS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for path in (REPOSITORY / ".github/ISSUE_TEMPLATE").glob("*.yml")
    if path.stem != "config"
)
WORKFLOW = ".github/workflows/test.yml"


def text(path: str) -> str:
    return (REPOSITORY / path).read_text("utf-8")


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.citation-file-format", ["CITATION.cff"]),
        ("vendor.github-issue-config", [".github/ISSUE_TEMPLATE/config.yml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-workflows", [WORKFLOW]),
        ("custom.github-workflows-require-timeout", [WORKFLOW]),
    ],
)
def test_files_are_valid_against_their_schemas(schema: str, paths: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_citation_has_the_current_version_and_licence() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert f"## {citation['version']}" in text("CHANGELOG.md")


def test_package_metadata_has_valid_keywords_and_classifiers() -> None:
    told = metadata("physiomon")
    assert told["License-Expression"] == PROJECT["license"]
    assert told["License-File"] == "LICENSE"
    assert len(PROJECT["keywords"]) == len(set(PROJECT["keywords"])) > 5
    assert set(PROJECT["classifiers"]) <= classifiers
    systems = [each for each in PROJECT["classifiers"] if each.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX :: Linux"]
    pythons = [
        tuple(map(int, found.groups()))
        for each in PROJECT["classifiers"]
        if (found := re.fullmatch(r"Programming Language :: Python :: (\d)\.(\d+)", each))
    ]
    assert tuple(pythons) == PYTHONS


def test_workflow_runs_make_targets_and_pinned_actions() -> None:
    workflow: dict[str, Any] = yaml.load(text(WORKFLOW), Loader=yaml.BaseLoader)
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == [
        ".".join(map(str, python)) for python in PYTHONS
    ]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    for command in commands:
        if command.startswith("make "):
            assert set(command.split()[1:]) <= targets, command
    assert "bash .ci/run" in commands
    for job in jobs.values():
        for step in job["steps"]:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))


def test_pre_commit_hooks_are_local_and_match_make_check() -> None:
    config = yaml.safe_load(text(".pre-commit-config.yaml"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    [(_, recipe)] = re.findall(r"^(check:.*)\n((?:\t.+\n)+)", text("Makefile"), re.MULTILINE)
    checks = [line.replace("$(BIN)", ".venv/bin") for line in recipe.split("\n\t")]
    wanted = [check.strip() for check in checks]
    hooks = config["repos"][0]["hooks"]
    assert [hook["entry"].replace(" --force-exclude", "") for hook in hooks] == wanted
    assert all(hook["language"] == "system" for hook in hooks)


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"])
def test_community_file_exists_and_is_linked(name: str) -> None:
    assert (REPOSITORY / name).exists()
    linked = text("README.md") + (text("CONTRIBUTING.md") if name != "CONTRIBUTING.md" else "")
    assert f"({name})" in linked


def test_security_and_citation_have_the_disclaimer() -> None:
    assert "not a medical device" in text("SECURITY.md")
    assert "not a medical device" in text("CITATION.cff")
