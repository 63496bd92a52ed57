"""`[console.oidc]`: mistakes are one sentence, and the optional package is needed only with it."""

import sys
from pathlib import Path

import pytest

from dashboards.access.roles import Role
from monitor.config.file import load_config
from monitor.errors import ConfigError
from monitor.service.access_setup import access_settings
from tests.access.console_with_accounts import write_accounts

VALID = """
[session]
site = "site"
participant = "P00"
policy = "mdma-session"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
[console]
accounts = "accounts.toml"
[console.oidc]
name = "Clinic"
issuer = "https://login.example.org"
client_id = "physiomon"
client_secret_file = "secret"
roles = { doctors = "medical" }
"""


def loaded(folder: Path, text: str) -> None:
    config = folder / "s.toml"
    config.write_text(text)
    write_accounts(folder / "accounts.toml")
    (folder / "secret").write_text("the secret\n")
    oidc = access_settings(load_config(config).console, folder).oidc
    assert oidc is not None
    assert (oidc.client_secret, oidc.roles) == ("the secret", {"doctors": Role.MEDICAL})
    assert "the secret" not in repr(oidc)


def test_valid_section_is_accepted(tmp_path: Path) -> None:
    loaded(tmp_path, VALID)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('accounts = "accounts.toml"', "", "requires 'accounts'"),
        ('"https://login', '"http://login', "'issuer' must begin with https://"),
        ('"medical"', '"metrics"', "'metrics' of group 'doctors' is not a role of people"),
        ('"secret"', '"missing"', "[console.oidc] client_secret_file: cannot read"),
        ('client_id = "physiomon"', 'scopes = ["profile"]', "'client_id' is missing"),
        ("roles =", 'scopes = ["profile"]\nroles =', "'scopes' must contain 'openid'"),
    ],
)
def test_mistake_is_reported_in_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, VALID.replace(old, new))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_optional_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dashboards.access.oidc_provider", raising=False)
    monkeypatch.setitem(sys.modules, "authlib.oidc.core", None)
    with pytest.raises(ConfigError, match=r"pip install 'physiomon\[oidc\]'"):
        loaded(tmp_path, VALID)
