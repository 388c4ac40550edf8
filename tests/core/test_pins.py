"""PINs: counted before anybody is told, locked for that owner alone, not to be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kiosk.core import pins, seal
from kiosk.core.books import Books
from kiosk.core.errors import Refused, StorageFailed
from kiosk.core.venue import Venue
from tests.core.guest import NOW

POLICY = pins.Policy(digits=6, row_max=3, lock_minutes=15, total_max=5)
PIN, WRONG = "482915", "111111"


@pytest.fixture
def books(venue: Venue) -> Iterator[Books]:
    made = venue.books(NOW)
    pins.set_pin(made, "staff:101", PIN)
    pins.set_pin(made, "staff:102", PIN)
    yield made


def later(books: Books, minutes: float) -> Books:
    return replace(books, now=books.now.later(minutes * 60))


def told(books: Books, pin: str, owner: str = "staff:101", **policy: Any) -> str:
    try:
        pins.check(books, owner, pin, replace(POLICY, **policy))
    except Refused as refused:
        return str(refused).removeprefix("err.pin_")
    return "right"


def test_a_wrong_pin_says_how_many_tries_are_left(books: Books) -> None:
    assert [told(books, WRONG) for _ in range(2)] == ["wrong (left=2)", "wrong (left=1)"]
    assert told(books, PIN) == "right"
    assert told(books, WRONG) == "wrong (left=2)", "a right one ends the row"


def test_too_many_in_a_row_lock_that_owner_for_a_time_and_nobody_else(books: Books) -> None:
    seen = [told(books, WRONG, total_max=None) for _ in range(4)]
    # 15:00 UTC is 18:00 where the venue is.
    assert seen[2:] == ["locked (until=18:15)"] * 2
    assert told(later(books, 14.9), PIN, total_max=None) == "locked (until=18:15)", "the right one"
    assert told(books, PIN, "staff:102") == "right"
    assert told(later(books, 15), WRONG, total_max=None) == "wrong (left=2)"
    assert told(later(books, 15), PIN, total_max=None) == "right"


def test_too_many_in_all_are_for_the_desk_and_a_right_one_between_does_not_help(
    books: Books,
) -> None:
    for _ in range(2):
        told(books, WRONG)
        told(books, WRONG)
        assert told(books, PIN) == "right"
    assert told(books, WRONG) == "desk"
    assert told(later(books, 1_000_000), PIN) == "desk"
    pins.unlock(books, "staff:101")
    assert told(books, PIN) == "right"


def test_a_new_pin_is_locked_by_nothing_of_before(books: Books) -> None:
    for _ in range(3):
        told(books, WRONG)
    pins.set_pin(books, "staff:101", "730164")
    assert told(books, WRONG) == "wrong (left=2)"
    assert told(books, PIN) == "wrong (left=1)"
    assert told(books, "730164") == "right"


def test_unlocking_ends_a_lock_and_who_has_no_pin_gets_none(books: Books) -> None:
    for _ in range(3):
        told(books, WRONG)
    assert pins.state(books, "staff:101", POLICY) == "locked"
    pins.unlock(books, "staff:101")
    assert pins.state(books, "staff:101", POLICY) == "set"
    pins.unlock(books, "staff:103")
    assert told(books, PIN) == "right"
    assert pins.state(books, "staff:103", POLICY) == "none"
    assert told(books, PIN, "staff:103") == "none"


def test_a_clock_that_was_set_back_locks_nobody_for_longer(books: Books) -> None:
    for _ in range(3):
        told(books, WRONG, total_max=None)
    back = replace(books, now=replace(NOW, wall=NOW.wall - timedelta(days=400)))
    assert told(back, PIN).startswith("locked")
    assert told(later(back, 15), PIN) == "right"


def test_what_was_typed_is_counted_on_the_disk_before_anybody_is_told(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise StorageFailed("no space left")

    monkeypatch.setattr(books.secrets, "put", failing)
    with pytest.raises(StorageFailed):
        told(books, WRONG)
    monkeypatch.undo()
    assert told(books, WRONG) == "wrong (left=2)"
    kept = books.secrets.get("pins", "staff:101")
    assert kept is not None and (kept["wrong"], kept["row"]) == (1, 1)


def test_an_owner_who_is_not_there_costs_the_same_work(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    scrypt, put = seal._scrypt, books.secrets.put

    def hashing(pin: str, *args: Any) -> bytes:
        work.append("hash")
        return scrypt(pin, *args)

    def writing(*args: Any) -> None:
        work.append("write")
        put(*args)

    monkeypatch.setattr(seal, "_scrypt", hashing)
    monkeypatch.setattr(books.secrets, "put", writing)
    seen = []
    for n in range(5):
        told(later(books, 15 * n), WRONG, "staff:102")
    assert told(books, WRONG, "staff:102") == "desk"
    # The third try of the first one locks: the time that the fourth takes must not tell that.
    for owner in (*["staff:101"] * 5, "staff:102", "staff:999", ""):
        work.clear()
        assert told(books, WRONG, owner) != "right"
        seen.append(list(work))
    assert seen == [["hash", "write"]] * 8
    assert {d["id"] for d in books.secrets.table("pins")} == {"nobody", "staff:101", "staff:102"}


def test_what_an_earlier_version_kept_is_a_pin(books: Books) -> None:
    kept = {"id": "K1-1-3p", "hash": seal.pin_hash("7391"), "wrong": 4}
    with books.secrets.transaction():
        books.secrets.put("pins", "K1-1-3p", kept)
    assert told(books, "7391", "K1-1-3p") == "right"
    assert told(books, "7392", "K1-1-3p") == "desk", "the fifth in all"


def test_a_refusal_names_no_pin_and_no_lock_is_an_entry(books: Books) -> None:
    before = books.ledger.seq
    for _ in range(6):
        assert WRONG not in told(books, WRONG)
    assert books.ledger.seq == before


@pytest.mark.parametrize(
    ("pin", "is_easy"),
    [("000000", True), ("123456", True), ("987654", True), ("890123", True), ("482915", False)],
)
def test_a_pin_that_everybody_would_guess(pin: str, is_easy: bool) -> None:
    assert pins.easy(pin) == is_easy
