"""The accounts file, passwords, and `physiomon user`."""

import os
import pty
import select
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.access.accounts import (
    Account,
    AccountsError,
    edit_accounts,
    read_accounts,
)
from dashboards.access.current_accounts import Accounts
from dashboards.access.passwords import LONGEST, hash_password, verify, weakness
from dashboards.access.roles import Role
from tests.access.console_with_accounts import everybody, write_accounts
from tests.durations import PATIENCE_S
from tests.servers.forked import PHYSIOMON
from tests.system.command import facts, physiomon, refusal

PASSWORD = "ein langes Passwort für Zoë"


def add(folder: Path, name: str, role: str, password: str = PASSWORD) -> None:
    done = physiomon(
        *("user", "add", name, "--role", role, "--password-stdin"), stdin=password, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert password not in done.stdout + done.stderr


def test_changed_file_keeps_its_mode_and_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that runs as another user must be able to read a file changed by root."""
    path = tmp_path / "accounts.toml"
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _file, user, group: given.append((user, group)))
    write_accounts(path)
    path.chmod(0o640)
    state = path.stat()
    with edit_accounts(path) as known:
        known.accounts.popitem()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert given[-1] == (state.st_uid, state.st_gid)


def test_accounts_are_added_listed_changed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    add(tmp_path, "md-1", "medical")
    add(tmp_path, "rater-1", "rater", "another long one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["accounts.toml"]
    listed = facts("user", "list", "--accounts", str(path), "--json")
    assert listed == [
        {"name": "md-1", "role": "medical", "second_factor": False},
        {"name": "rater-1", "role": "rater", "second_factor": False},
    ]
    before = read_accounts(path)
    assert verify(PASSWORD, before["md-1"].hash)
    assert not verify("another long one", before["md-1"].hash)
    changed = physiomon(
        *("user", "password", "md-1", "--password-stdin"), stdin="a new one for md\n", cwd=tmp_path
    )
    assert changed.returncode == 0
    assert verify("a new one for md", read_accounts(path)["md-1"].hash)
    assert physiomon("user", "remove", "md-1", cwd=tmp_path).returncode == 0
    assert list(read_accounts(path)) == ["rater-1"]
    assert PASSWORD not in path.read_text("utf-8")


def answer(terminal: int, asked: str, typed: str) -> str:
    """Type a line once a prompt has appeared; return the output up to then."""
    shown = b""
    while asked.encode() not in shown:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, f"{asked!r} is not asked, but: {shown.decode()!r}"
        try:
            shown += os.read(terminal, 1024)
        except OSError:  # Linux reports so that the command has ended
            raise AssertionError(f"ended before {asked!r}, after: {shown.decode()!r}") from None
    os.write(terminal, f"{typed}\n".encode())
    return shown.decode()


def test_password_is_prompted_twice_and_hidden(tmp_path: Path) -> None:
    for second, status in ((PASSWORD, 0), ("something else altogether", 1)):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [PHYSIOMON, "user", "add", f"a{status}", "--role", "monitor"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=tmp_path,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            try:
                shown = answer(ours, "characters): ", PASSWORD)
                shown += answer(ours, "Repeat the password: ", second)
                assert process.wait(timeout=PATIENCE_S) == status
            finally:
                process.kill()
        os.close(ours)
        assert PASSWORD not in shown
    assert list(read_accounts(tmp_path / "accounts.toml")) == ["a0"]


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (
            ("add", "x", "--role", "boss"),
            PASSWORD,
            "'boss' is not a valid role; use one of monitor",
        ),
        (("add", "Zoë K", "--role", "rater"), PASSWORD, "is not a valid account name"),
        (("add", "x", "--role", "rater"), "too short", "12 to 256 characters"),
        (("add", "x", "--role", "rater"), "", "12 to 256 characters"),
        (("add", "nobody", "--role", "rater"), "nobodynobody", "the account's name"),
        (("add", "x", "--role", "rater"), "aaaaaaaaaaaaaaa", "one repeated character"),
        (("add", "known", "--role", "rater"), PASSWORD, "account 'known' already exists"),
        (("password", "x"), PASSWORD, "has no account 'x'"),
    ],
)
def test_invalid_account_input_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], password: str, said: str
) -> None:
    account = everybody()[0].model_copy(update={"name": "known"})
    path = write_accounts(tmp_path / "accounts.toml", account)
    done = physiomon("user", *arguments, "--password-stdin", stdin=password, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(read_accounts(path)) == ["known"]


def test_missing_file_or_terminal_is_one_sentence(tmp_path: Path) -> None:
    assert "does not exist; create it" in refusal("user", "list", cwd=tmp_path)
    assert "does not exist; create it" in refusal("user", "remove", "x", cwd=tmp_path)
    done = physiomon("user", "add", "x", "--role", "rater", stdin=PASSWORD, cwd=tmp_path)
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr
    away = ("user", "add", "x", "--role", "rater", "--accounts", "away/a.toml")
    done = physiomon(*away, "--password-stdin", stdin=PASSWORD, cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


GOOD = f'[[account]]\nname = "a"\nrole = "rater"\nhash = "{everybody()[0].hash}"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[account", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        ("accounts = 1", "'accounts' is not a known key"),
        ("account = 1", "'account' is not valid"),
        (GOOD.replace("rater", "boss"), "line 3: 'role' must be one of monitor, medical"),
        (GOOD.replace('"a"', '"a b"'), "line 2: 'name' must be a code"),
        (GOOD.replace('name = "a"\n', ""), "'name' is missing"),
        (GOOD.replace("argon2id", "argon2i"), "line 4: 'hash' is not an argon2id hash"),
        (f"{GOOD}{GOOD}", "contains a name twice"),
        (f"{GOOD}rolle = 1", "line 5: 'rolle' is not a known key"),
        ("", "contains no account"),
    ],
)
def test_damaged_file_is_one_sentence_without_a_hash(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    path = tmp_path / "accounts.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(AccountsError) as error:
        Accounts(path, lambda _: None)
    assert said in str(error.value)
    assert "$argon2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_failed_write_keeps_the_file(tmp_path: Path) -> None:
    path = write_accounts(tmp_path / "accounts.toml")
    before = path.read_bytes()
    with pytest.raises(RuntimeError), edit_accounts(path) as accounts:
        accounts.accounts.clear()
        raise RuntimeError
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["accounts.toml"]


def test_hash_is_never_shown() -> None:
    assert "argon2" not in repr(everybody()[0])


@given(st.text(max_size=LONGEST - 40))
def test_passwords_may_contain_any_characters(text: str) -> None:
    problem = weakness(f"eleven green bicycles {text}", "md-1")
    assert problem is None or "12 to 256" in problem  # normalised it may be longer


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "123456789012",
        "qwertyuiop12",
        "aaaaaaaaaaaab",
        "md-1md-1md-1",
        "physiomon123",
    ],
)
def test_easily_guessed_passwords_are_refused(password: str) -> None:
    assert weakness(password, "md-1") is not None


def test_passwords_are_normalized() -> None:
    known = hash_password("Passwort für Zoë")
    assert verify("Passwort fu\u0308r Zoe\u0308", known)
    assert not verify("Passwort fur Zoe", known)


@settings(deadline=None)  # disks can be slow
@given(st.sets(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z"), min_size=1, max_size=5))
def test_accounts_round_trip(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hash_ = everybody()[0].hash
        accounts = [Account(name=name, role=Role.RATER, hash=hash_) for name in sorted(names)]
        path = write_accounts(Path(folder) / "accounts.toml", *accounts)
        assert list(read_accounts(path).values()) == accounts
