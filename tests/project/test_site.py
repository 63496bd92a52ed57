"""The documentation site: its reference is up to date, and its links are valid."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from monitor.config.gateway import GatewayConfig
from monitor.config.run import Config
from scripts.lock import REPOSITORY
from scripts.reference.pages import FOLDER, pages

DOCS = REPOSITORY / "docs"
FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml without calling the functions that it names."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub and the site make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    found: dict[str, int] = {}
    for heading in HEADING.findall(prose(page)):
        name = slug(heading)
        found[name] = found.get(name, -1) + 1
    return {f"{name}-{n}" if n else name for name, last in found.items() for n in range(last + 1)}


def test_reference_is_up_to_date() -> None:
    made = pages()
    assert {path.name for path in FOLDER.iterdir()} == {*made}
    for name, text in made.items():
        assert (FOLDER / name).read_text("utf-8") == text, f"{name} is stale: run `make docs`"
        undescribed = re.findall(r"^\| (\S+) .*\|  \|$", text, re.MULTILINE)
        assert not undescribed, f"{name}: describe {', '.join(undescribed)} in the code"


@pytest.mark.parametrize("page", [*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")], ids=str)
def test_links_and_anchors_exist(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def test_each_page_is_in_the_navigation_once() -> None:
    def files(entry: Any) -> Iterator[str]:
        match entry:
            case str():
                yield entry
            case list():
                for each in entry:
                    yield from files(each)
            case dict():
                yield from files([*entry.values()])

    text = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    named = sorted(files(yaml.load(text, Loader)["nav"]))  # noqa: S506 - a safe loader
    assert named == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_configuration_examples_are_valid() -> None:
    def check(model: type[BaseModel]) -> int:
        checked = 0
        for name, field in model.model_fields.items():
            for example in field.examples or ():
                kind = TypeAdapter(field.rebuild_annotation())
                kind.validate_python(example, strict=True), name
                checked += 1
        return checked

    def models(kind: Any) -> Iterator[type[BaseModel]]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
            for field in kind.model_fields.values():
                yield from models(field.annotation)
        for inner in getattr(kind, "__args__", ()):
            yield from models(inner)

    assert sum(map(check, {*models(Config), *models(GatewayConfig)})) > 60


@pytest.mark.extended
def test_site_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(REPOSITORY / "mkdocs.yml", tmp_path)
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    built = [*(tmp_path / "site").rglob("*.html")]
    assert len(built) > len([*DOCS.rglob("*.md")])  # and one for addresses that do not exist
    for page in built:
        loaded = re.findall(r"<(?:script|img|link|iframe)[^>]*>", page.read_text("utf-8"))
        assert not [each for each in loaded if "//" in each], page
