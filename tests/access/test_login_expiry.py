"""Expiry of logins and rate limits, with a clock that tests set."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.access.current_accounts import Accounts
from dashboards.access.login_sessions import Lifetime, Login, Logins
from dashboards.access.rate_limit import ACCOUNT, ADDRESS, RateLimit, buckets_for
from dashboards.access.roles import Right
from tests.access.console_with_accounts import Book, Clock, everybody, write_accounts

LIFETIME = Lifetime(idle_s=1800, total_s=12 * 3600)


class Door:
    """Logins with an accounts file."""

    def __init__(self, folder: Path) -> None:
        self.book, self.clock = Book(), Clock()
        self.path = write_accounts(folder / "accounts.toml")
        accounts = Accounts(self.path, self.book.accounts_fault)
        self.logins = Logins(accounts, self.book, self.clock, LIFETIME)

    def open(self) -> tuple[str, Login]:
        token = self.logins.open(everybody()[0].person, everybody()[0])
        login = self.logins.find(token)
        assert login is not None
        return token, login


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_login_ends_after_half_an_hour_without_a_page(door: Door) -> None:
    token, login = door.open()
    for _ in range(3):
        door.clock.now_s += 1799
        assert door.logins.find(token) is login
    door.clock.now_s += 1800
    assert door.logins.find(token) is None
    assert login.ended.is_set()
    assert not login.may(Right.STATE)
    assert [event for _, _, event, _ in door.book.events] == ["login", "expired"]


def test_open_page_keeps_the_login_for_twelve_hours(door: Door) -> None:
    token, login = door.open()
    door.logins.page_opened(login)
    door.clock.now_s += 12 * 3600 - 1
    door.logins.end_expired()
    assert door.logins.find(token) is login
    door.clock.now_s += 1
    door.logins.end_expired()
    assert login.ended.is_set()


def test_idle_time_starts_when_the_last_page_closes(door: Door) -> None:
    token, login = door.open()
    door.logins.page_opened(login)
    door.logins.page_opened(login)
    door.clock.now_s += 7200
    door.logins.page_closed(login)
    door.clock.now_s += 7200
    door.logins.page_closed(login)
    door.clock.now_s += 1799
    assert door.logins.find(token) is login


def test_number_of_logins_per_account_is_limited(door: Door) -> None:
    opened = [door.open() for _ in range(25)]
    lasting = [door.logins.find(token) is not None for token, _ in opened]
    assert lasting == [False] * 5 + [True] * 20


def test_login_token_is_random_and_not_stored(door: Door) -> None:
    tokens = {door.open()[0] for _ in range(5)}
    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 43
    assert not any(token in repr(vars(door.logins)) for token in tokens)
    assert door.logins.find("x") is None


def test_changed_role_or_password_ends_the_login(door: Door) -> None:
    _, login = door.open()
    first, *rest = everybody()
    write_accounts(door.path, first.model_copy(update={"role": rest[0].role}), *rest)
    door.logins.end_expired()
    assert login.ended.is_set()
    assert door.book.events[-1][2:] == ("ended", "the account was removed or changed")


@given(st.lists(st.floats(0, 100), max_size=60))
def test_attempts_do_not_exceed_the_rate(waits: list[float]) -> None:
    clock = Clock(0.0)
    limit = RateLimit(clock)
    allowed = 0
    for wait in waits:
        clock.now_s += wait
        allowed += limit.acquire(buckets_for("192.0.2.1", "md", None))
    assert allowed <= ADDRESS.burst + clock.now_s / ADDRESS.refill_s + 1e-6


def test_attempts_are_limited_per_account_except_from_its_device() -> None:
    limit = RateLimit(Clock(0.0))
    outcomes = [
        limit.acquire(buckets_for(f"192.0.2.{number}", "md", None)) for number in range(100)
    ]
    assert outcomes == [True] * int(ACCOUNT.burst) + [False] * 80
    assert limit.acquire(buckets_for("192.0.2.200", "md", "device"))
    assert limit.acquire(buckets_for("192.0.2.200", "other", None))


def test_addresses_of_one_network_share_a_limit(door: Door) -> None:
    limit = RateLimit(door.clock)
    names = [(f"2001:db8::{number}", f"a{number}") for number in range(20)]
    assert sum(limit.acquire(buckets_for(address, name, None)) for address, name in names) == 10


def test_number_of_buckets_is_bounded() -> None:
    limit = RateLimit(Clock(0.0))
    for number in range(12_000):
        limit.acquire(buckets_for(f"a{number}", "", "x"))
        limit.acquire(buckets_for(f"a{number}", f"b{number}", None))
    assert len(limit._left) <= 10_000
