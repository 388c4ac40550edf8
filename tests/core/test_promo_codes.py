"""Promo codes: for one client, once, until a day; readable, and in no book."""

from __future__ import annotations

import re

import pytest

from kiosk.core import venue_file
from kiosk.core.clients import GetClient
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.promo_codes import (
    AMOUNT_MAX,
    GIVES,
    Gives,
    IssuePromoCode,
    PromoCode,
    PromoCodes,
    RedeemPromoCode,
)
from kiosk.core.settings import ImportVenue
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW
from tests.core.test_clients import client
from tests.core.test_identity import CASHIER, MANAGER, card_of, done, why


@pytest.fixture
def her(venue: Venue) -> ClientId:
    return ClientId(client(venue, "A1"))


@pytest.fixture
def card(venue: Venue, her: ClientId) -> CardId:
    return card_of(venue, her).id


def issued(
    venue: Venue, owner: ClientId, gives: Gives = "bonus", amount: int = 50, until: str = ""
) -> PromoCode:
    done(venue, IssuePromoCode(owner, gives, amount, until, "comes no more"), MANAGER)
    return venue.ask(PromoCodes(owner), NOW, MANAGER)[-1]


def holds(venue: Venue, owner: ClientId) -> tuple[int, int, int]:
    found = venue.ask(GetClient(owner), NOW)
    assert found is not None
    return found.bonus, found.minutes_game, found.minutes_net


@pytest.mark.parametrize("gives", GIVES)
def test_C38_a_code_is_redeemed_once(
    venue: Venue, her: ClientId, card: CardId, gives: Gives
) -> None:
    code = issued(venue, her, gives).code
    entry = done(venue, RedeemPromoCode(card, code))
    assert entry.kind == "promo_code_redeemed" and len(entry.postings) == 2
    expected = tuple(50 * (gives == one) for one in GIVES)
    assert holds(venue, her) == expected
    assert why(venue, RedeemPromoCode(card, code)) == "err.promo_redeemed"
    assert holds(venue, her) == expected
    (kept,) = venue.ask(PromoCodes(her), NOW, MANAGER)
    assert (kept.state, kept.code) == ("redeemed", "")


def test_C38_by_the_client_it_was_issued_to_only(venue: Venue, her: ClientId, card: CardId) -> None:
    code = issued(venue, her).code
    stranger = ClientId(client(venue, "A2"))
    assert why(venue, RedeemPromoCode(card_of(venue, stranger).id, code)) == "err.promo_unknown"
    done(venue, RedeemPromoCode(card, code))


@pytest.mark.parametrize("typed", ["", "AAAA-AAAA-AAAA", "{}A", "half"])
def test_C38_another_code_gives_nothing(
    venue: Venue, her: ClientId, card: CardId, typed: str
) -> None:
    code = issued(venue, her).code
    wrong = code[:7] if typed == "half" else typed.format(code)
    assert why(venue, RedeemPromoCode(card, wrong)) == "err.promo_unknown"


def test_C38_a_code_is_typed_as_it_comes(venue: Venue, her: ClientId, card: CardId) -> None:
    code = issued(venue, her).code
    typed = code.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    done(venue, RedeemPromoCode(card, typed))


def test_C38_codes_are_readable_differ_and_stand_in_no_book(venue: Venue, her: ClientId) -> None:
    codes = {issued(venue, her).code for _ in range(20)}
    assert len(codes) == 20
    books = str(venue.store.read())
    for code in codes:
        assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", code), code
        assert code not in books and code.replace("-", "") not in books
        assert code not in repr(venue.ask(PromoCodes(her), NOW, MANAGER))
        assert code not in repr(RedeemPromoCode(CardId("c"), code))


def test_C38_a_code_has_a_last_day(venue: Venue, her: ClientId, card: CardId) -> None:
    """The day is the venue's: in Moscow it ends at 21:00 UTC."""
    code = issued(venue, her, until="2026-11-22").code
    last = Now(NOW.wall.replace(hour=20, minute=59), NOW.mono_s)
    over = Now(NOW.wall.replace(hour=21), NOW.mono_s)
    assert why(venue, RedeemPromoCode(card, code), now=over) == "err.promo_over"
    done(venue, RedeemPromoCode(card, code), now=last)


@pytest.mark.parametrize(
    ("gives", "amount", "until", "key"),
    [("bonus", 0, "", "err.promo_amount"), ("bonus", -5, "", "err.promo_amount"),
     ("game", AMOUNT_MAX + 1, "", "err.promo_amount"), ("bonus", True, "", "err.promo_amount"),
     ("bonus", "5", "", "err.promo_amount"), ("money", 5, "", "err.promo_amount"),
     ("bonus", 5, "2026-11-21", "err.promo_until"), ("bonus", 5, "soon", "err.promo_until")],
)  # fmt: skip
def test_C38_what_is_no_code_is_not_issued(
    venue: Venue, her: ClientId, gives: Gives, amount: int, until: str, key: str
) -> None:
    assert why(venue, IssuePromoCode(her, gives, amount, until, "x"), MANAGER) == key


def test_C38_staff_with_the_right_issue_with_a_reason(venue: Venue, her: ClientId) -> None:
    command = IssuePromoCode(her, "bonus", 5, "", "x")
    assert why(venue, command, CASHIER) == "err.not_allowed"
    assert why(venue, command, "guest") == "err.not_allowed"
    assert why(venue, IssuePromoCode(her, "bonus", 5), MANAGER) == "err.reason_missing"
    nobody = IssuePromoCode(ClientId("K1-1-99p"), "bonus", 5, "", "x")
    assert why(venue, nobody, MANAGER) == "err.no_such_client"
    for actor in (CASHIER, "kiosk"):
        with pytest.raises(Refused, match=r"err\.not_allowed"):
            venue.ask(PromoCodes(her), NOW, actor)


@pytest.mark.parametrize(
    ("one_max", "two_from", "most", "minutes"),
    [("300", "5000", 300, 75), ("10000", "400", 399, 99)],
)
def test_C38_a_code_gives_no_more_than_a_person_may_add_alone(
    venue: Venue, her: ClientId, one_max: str, two_from: str, most: int, minutes: int
) -> None:
    text = DEMO
    changes = (
        ("one_max = 10000", f"one_max = {one_max}"),
        ("second_signature_from = 5000", f"second_signature_from = {two_from}"),
    )
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    done(venue, ImportVenue(venue_file.parse(text)), "cli")
    administrator = "staff:102"
    too_much = IssuePromoCode(her, "bonus", most + 1, "", "x")
    told = venue.do(too_much, actor=administrator, key="k", now=NOW)
    assert isinstance(told, Refused) and told.args_by_name == {"max": str(most)}
    done(venue, IssuePromoCode(her, "bonus", most, "", "x"), administrator)
    # Minutes, too, are worth something: here an hour costs 240.
    beyond = IssuePromoCode(her, "game", minutes + 1, "", "x")
    told = venue.do(beyond, actor=administrator, key="m", now=NOW)
    assert isinstance(told, Refused) and told.args_by_name == {"max": str(minutes)}
    done(venue, IssuePromoCode(her, "game", minutes, "", "x"), administrator)
