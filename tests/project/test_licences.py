"""Licences of everything that is installed with physiomon, by its metadata."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from scripts.lock import EXTRAS, RUNTIME

_ROOT = Path(__file__).parents[2]
_SHIPPED = [RUNTIME, "requirements/gateway.lock", *(f"requirements/{name}.lock" for name in EXTRAS)]
_GPL = re.compile(r"(?<![LM])\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
_OTHER = re.compile(r"\bOR\b|LGPL|Lesser|MIT|BSD|Apache|MPL|ISC|Python Software", re.IGNORECASE)


@pytest.mark.parametrize("lock", _SHIPPED)
def test_no_shipped_package_is_licensed_only_under_the_gpl(lock: str) -> None:
    names = re.findall(r"^([A-Za-z0-9._-]+)==", (_ROOT / lock).read_text(), re.MULTILINE)
    assert names
    assert [name for name in names if _gpl_alone(name)] == []


def _gpl_alone(name: str) -> bool:
    """Return whether the GPL or AGPL is the only licence of an installed package."""
    try:
        about = metadata(name)
    except PackageNotFoundError:  # of another platform
        return False
    named = [about[key] for key in ("License-Expression", "License") if key in about]
    classified = [each for each in about.get_all("Classifier") or [] if each.startswith("License")]
    text = " ".join(each[:200] for each in (*named, *classified))
    return bool(_GPL.search(text)) and not _OTHER.search(text)
