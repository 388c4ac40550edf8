"""Tenders: what the desk takes and gives, on which account, and when it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core import tenders
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft, Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.shifts import OpenShift
from kiosk.core.tenders import FaceCount
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW, make_venue, rub, shelf

CHANGE = """id = "change"
name = "Change for the till"
uses = ["float"]
"""
WITH_EMPLOYEE = """
[[money_reasons]]
id = "float"
name = "Float of a colleague"
uses = ["float"]
employee = true
"""


@pytest.fixture
def venue() -> Iterator[Venue]:
    with shelf() as folder:
        made = make_venue(folder, DEMO.replace(CHANGE, CHANGE + WITH_EMPLOYEE))
        yield made
        made.close()


def open_shift(venue: Venue, put_in: int = 0) -> None:
    command = OpenShift(rub(put_in), "change" if put_in else "")
    done = venue.do(command, actor="cli", key=f"open:{venue.ledger.seq}", now=NOW)
    assert isinstance(done, Entry), done


def refused(done: object, key: str, **args: str) -> None:
    assert isinstance(done, Refused)
    assert (done.key, done.args_by_name) == (key, args)


def received(venue: Venue, tender: tenders.Tender, minor: int, client: str = "") -> Draft:
    draft = Draft("paid")
    tenders.receive(venue.books(NOW), draft, tender, minor, "4030", client)
    return draft


def posted(draft: Draft) -> list[tuple[str, int]]:
    return [(p.account, p.amount) for p in draft.postings]


@pytest.mark.parametrize(
    ("tender", "account"), [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk")]
)
def test_C29_what_the_desk_takes_needs_a_shift_and_names_it(
    venue: Venue, tender: tenders.Tender, account: str
) -> None:
    with pytest.raises(Refused) as told:
        received(venue, tender, 500)
    refused(told.value, "err.no_shift")
    open_shift(venue)
    draft = received(venue, tender, 500)
    assert posted(draft) == [(account, 500), ("4030", -500)]
    shift = tenders.current_shift(venue.books(NOW))
    assert shift is not None and draft.refs == {"shift": shift["id"]}


def test_a_wallet_pays_without_a_shift_and_no_more_than_it_has(venue: Venue) -> None:
    draft = Draft("credited")
    draft.post("5050", "2010:a", "RUB", 700)
    venue.ledger.post(draft, key="credit", actor="cli", command="x", now=NOW)
    assert posted(received(venue, "wallet", 700, "a")) == [("2010:a", 700), ("4030", -700)]
    with pytest.raises(Refused) as told:
        received(venue, "wallet", 701, "a")
    refused(told.value, "err.wallet_short", amount="0.01")
    draft = received(venue, "wallet", 400, "a")
    with pytest.raises(Refused) as told:
        tenders.receive(venue.books(NOW), draft, "wallet", 301, "4010", "a")
    refused(told.value, "err.wallet_short", amount="0.01")


def test_another_tender_is_refused(venue: Venue) -> None:
    open_shift(venue)
    with pytest.raises(Refused) as told:
        received(venue, "cheque", 100)  # type: ignore[arg-type]  # from outside, unchecked
    refused(told.value, "err.tender_unknown", tender="cheque")


def test_the_till_gives_what_it_has_and_no_more(venue: Venue) -> None:
    draft = Draft("paid")
    with pytest.raises(Refused) as told:
        tenders.pay_out(venue.books(NOW), draft, 100, "2910:q")
    refused(told.value, "err.no_shift")
    open_shift(venue, 5)
    books = venue.books(NOW)
    tenders.pay_out(books, draft, 300, "2910:q")
    assert posted(draft) == [("2910:q", 300), ("1030", -300)]
    with pytest.raises(Refused) as told:
        tenders.pay_out(books, draft, 201, "2910:q")
    refused(told.value, "err.till_short", amount="2.00")
    # What the same entry takes can be given: change out of what was just paid.
    tenders.receive(books, draft, "cash", 1, "4030")
    tenders.pay_out(books, draft, 201, "2910:q")
    assert sum(p.amount for p in draft.postings if p.account == "1030") == -500


def test_E80_a_shift_that_is_too_long_takes_no_money_until_it_is_closed(venue: Venue) -> None:
    open_shift(venue)
    last = replace(NOW, wall=NOW.wall + timedelta(hours=24))
    over = replace(NOW, wall=last.wall + timedelta(microseconds=1))
    assert tenders.open_shift(venue.books(last))["state"] == "open"
    with pytest.raises(Refused) as told:
        tenders.receive(venue.books(over), Draft("paid"), "qr", 1, "4030")
    refused(told.value, "err.shift_too_long", hours="24")


def test_an_amount_from_outside_is_of_this_currency_and_more_than_nothing(venue: Venue) -> None:
    books = venue.books(NOW)
    assert tenders.amount(books, rub(5)) == 500
    assert tenders.amount(books, rub(0), least=0) == 0
    for money, key in (
        (Money(1, CURRENCIES["EUR"]), "err.other_currency"),
        (rub(0), "err.amount_small"),
        (rub(-1), "err.amount_small"),
    ):
        with pytest.raises(Refused) as told:
            tenders.amount(books, money)
        assert told.value.key == key


@pytest.mark.parametrize(
    ("name", "use", "employee", "key"),
    [
        ("nothing", "float", "", "err.money_reason_missing"),
        ("bank", "float", "", "err.money_reason_use"),
        ("float", "float", "", "err.employee_missing"),
        ("float", "float", "999", "err.no_such_employee"),
        ("change", "float", "999", "err.no_such_employee"),
    ],
)
def test_E81_a_money_reason_serves_for_its_uses_and_names_its_employee(
    venue: Venue, name: str, use: str, employee: str, key: str
) -> None:
    books = venue.books(NOW)
    with pytest.raises(Refused) as told:
        tenders.money_reason(books, name, use, employee)
    assert told.value.key == key
    assert tenders.money_reason(books, "change", "float")["name"] == "Change for the till"
    assert tenders.money_reason(books, "float", "float", "101")["employee"] is True


def test_cash_is_a_sum_or_counted_by_face(venue: Venue) -> None:
    books = venue.books(NOW)
    assert tenders.cash(books, rub(5)) == (500, [])
    faces = (FaceCount(rub(10), 3), FaceCount(rub(500), 1), FaceCount(rub(50), 0))
    assert tenders.cash(books, faces) == (53000, [[50000, 1], [1000, 3]])
    assert tenders.cash(books, ()) == (0, [])
    for wrong in (
        (FaceCount(rub(10), -1),),
        (FaceCount(rub(10), 1), FaceCount(rub(10), 2)),
        (FaceCount(rub(10), 10**6 + 1),),
        (FaceCount(rub(0), 1),),
        (FaceCount(Money(1000, CURRENCIES["EUR"]), 1),),
        rub(-1),
    ):
        with pytest.raises(Refused):
            tenders.cash(books, wrong)
