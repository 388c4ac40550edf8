"""Balances at the desk: changed, undone, topped up, taken back; with every kind of bad input."""

from __future__ import annotations

import pytest

from kiosk.core.balances import BalanceChanges
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.client_changes import BalanceForm
from kiosk.core.desk.client_deeds import ClientDeed
from kiosk.core.desk_top_ups import DeskTopUps
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry as Booked
from kiosk.screens.view import DeskView, Entry, Facts
from tests.core.guest import rub
from tests.screens.desk.clients_there import (
    anna,
    held,
    open_client,
    paid_in,
    pin_of,
    points,
    shift,
)
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    CASHIER,
    MANAGER,
    OWNER,
    STAFF_PIN,
    Hands,
    inside,
)


@pytest.fixture
def her(hands: Hands) -> ClientId:
    """Anna, with 800 on her game balance, and somebody who may change it at her card."""
    made = anna(hands)
    shift(hands)
    paid_in(hands, made, 800)
    hands.sign_in(ADMINISTRATOR)
    open_client(hands, made)
    return made


def till(hands: Hands) -> int:
    """What the till holds, in roubles."""
    return hands.venue.ledger.balance("1030", "RUB") // 100


def facts(hands: Hands) -> dict[str, str]:
    (part,) = inside(hands.view, Facts)
    return {fact.name: fact.value for fact in part.facts}


def problem(hands: Hands, field: str) -> str:
    """What stands at a field."""
    return next(e.problem for e in inside(hands.view, Entry) if e.id == f"field:{field}")


def enabled(hands: Hands, button: str) -> bool:
    return button in hands.pressable()


def since(hands: Hands, seq: int) -> list[Booked]:
    """The entries after this one."""
    return list(hands.venue.ledger.between(seq + 1, hands.venue.ledger.seq))


def unbooked(hands: Hands, before: int) -> None:
    """Nothing of money was booked since."""
    assert not [e.kind for e in since(hands, before) if e.postings]


# --- changes --------------------------------------------------------------------------------------


def test_C9_C10_C12_C18_a_refund_is_looked_at_confirmed_booked_and_printed(
    hands: Hands, her: ClientId
) -> None:
    hands.press("change:game")
    hands.says("Change the game balance", "has 800.00", "Refund", "Technical error")
    assert not enabled(hands, "next"), "without a reason nothing goes on (C9)"
    hands.says("Choose a reason.")
    hands.press("Refund")
    hands.fill("amount", "300")
    hands.fill("comment", "Moves away")
    before, seq = till(hands), hands.venue.ledger.seq
    hands.press("next")
    unbooked(hands, seq)
    told = facts(hands)
    assert (told["Before"], told["Change"], told["After"]) == (
        "800.00\u00a0₽",
        "\u2212300.00\u00a0₽",
        "500.00\u00a0₽",
    )
    hands.says("Hand out 300.00\u00a0₽ from the till.", "Moves away")
    hands.press("confirm")
    page = hands.page
    assert isinstance(page, ClientCard) and hands.tone == "good"
    assert hands.notice == "Game balance: 800.00\u00a0₽ → 500.00\u00a0₽"
    assert held(hands, her).wallet == rub(500)
    assert till(hands) == before - 300, "money and balance in one entry"
    (entry,) = [e for e in since(hands, seq) if e.kind == "balance_changed"]
    assert (entry.actor, entry.refs["why"], entry.reason) == ("staff:102", "refund", "Moves away")
    assert "300.00" in hands.slips[-1] and "REFUND" in hands.slips[-1]
    (change,) = hands.asked(BalanceChanges(her))
    assert (change.before, change.after, change.by) == (80000, 50000, "staff:102")


def test_C12_back_from_the_confirmation_changes_nothing(hands: Hands, her: ClientId) -> None:
    seq = hands.venue.ledger.seq
    hands.press("change:game", "Refund")
    hands.fill("amount", "300")
    hands.press("next", "back")
    page = hands.page
    assert isinstance(page, BalanceForm) and page.form["amount"] == "300", "it can be corrected"
    hands.press("back")
    assert isinstance(hands.page, ClientCard)
    unbooked(hands, seq)


def test_a_double_touch_confirms_once(hands: Hands, her: ClientId) -> None:
    hands.press("change:game", "Refund")
    hands.fill("amount", "300")
    hands.press("next")
    page = hands.situation.page
    from kiosk.core.messages import Touched

    hands.tell(Touched("confirm", page), Touched("confirm", page))
    assert held(hands, her).wallet == rub(500)


def test_C11_each_balance_offers_its_own_reasons(hands: Hands, her: ClientId) -> None:
    hands.press("change:game")
    assert "Bonus accrual" not in hands.pressable().values()
    hands.press("back", "change:bonus")
    assert "Refund" not in hands.pressable().values(), "bonus is never paid out (C20)"
    hands.press("Bonus accrual")
    hands.fill("amount", "150")
    hands.press("next", "confirm")
    assert points(hands, her) == 150
    assert held(hands, her).wallet == rub(800)
    hands.says("Bonus balance: 0 points → 150 points")


def test_C17_C45_a_technical_error_says_where_the_money_is(hands: Hands, her: ClientId) -> None:
    hands.press("change:game", "Technical error")
    hands.fill("amount", "50.50")
    hands.press("next")
    hands.says("A technical error on the game balance says where the money is")
    assert isinstance(hands.page, BalanceForm)
    before = hands.venue.ledger.balance("1030", "RUB")
    hands.press("In the till", "next", "confirm")
    assert str(held(hands, her).wallet) == "850.50"
    assert hands.venue.ledger.balance("1030", "RUB") == before + 5050


def test_C26_a_correction_downwards_takes_the_sign(hands: Hands, her: ClientId) -> None:
    hands.press("change:game", "Technical error", "In the till")
    hands.fill("amount", "100")
    hands.press("sign", "next")
    assert facts(hands)["After"] == "700.00\u00a0₽"
    hands.press("confirm")
    assert held(hands, her).wallet == rub(700)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "This is not an amount"),
        ("0", "A refund only lowers the game balance"),
        ("1.999", "This is not an amount"),
        ("800.01", "The balance holds 800.00"),
        ("99999999999999", "refund only lowers"),
    ],
    ids=["nothing", "zero", "three decimals", "more than there is", "huge"],
)
def test_C19_a_bad_amount_is_told_at_its_field(
    hands: Hands, her: ClientId, typed: str, says: str
) -> None:
    seq = hands.venue.ledger.seq
    hands.press("change:game", "Refund")
    hands.fill("amount", typed)
    hands.press("next")
    assert says in problem(hands, "amount")
    assert isinstance(hands.page, BalanceForm) and hands.page.figures is None
    unbooked(hands, seq)
    hands.fill("amount", "1")
    hands.press("next", "confirm")
    assert held(hands, her).wallet == rub(799), "and it goes on from there"


@pytest.mark.parametrize("letter", ["key:A", "digit:x", "digit:12", "digit:٣", "point", "point"])
def test_what_is_no_figure_is_not_typed(hands: Hands, her: ClientId, letter: str) -> None:
    hands.press("change:bonus", "field:amount", "digit:5")
    hands.tell_button(letter)
    page = hands.page
    assert isinstance(page, BalanceForm) and page.form["amount"] == "5"


def test_points_that_are_not_there_cannot_be_taken(hands: Hands, her: ClientId) -> None:
    hands.press("change:bonus", "Technical error", "field:amount")
    hands.type("-1")
    hands.press("next")
    assert "Only 0 bonus points are left" in problem(hands, "amount")


def test_a_refund_without_cash_in_the_till_is_refused(hands: Hands) -> None:
    made = anna(hands)
    shift(hands, 0)
    paid_in(hands, made, 500, "bank_card")
    hands.sign_in(OWNER)
    open_client(hands, made)
    hands.press("change:game", "Refund")
    hands.fill("amount", "100")
    hands.press("next")
    assert "the till holds only 0.00" in problem(hands, "amount")


def test_C25_without_an_open_shift_nothing_is_booked(hands: Hands) -> None:
    made = anna(hands)
    hands.sign_in(OWNER)
    open_client(hands, made)
    seq = hands.venue.ledger.seq
    hands.press("change:bonus", "Bonus accrual")
    hands.fill("amount", "10")
    hands.press("next")
    assert "shift" in hands.notice and hands.tone == "bad"
    hands.press("back", "top_up")
    hands.fill("amount", "10")
    hands.press("deed")
    assert "shift" in hands.notice
    unbooked(hands, seq)


# --- a second signature ---------------------------------------------------------------------------


def at_the_signature(hands: Hands, her: ClientId, amount: str = "6000") -> None:
    """A change that needs a second person, before its confirmation."""
    hands.press("change:bonus", "Bonus accrual")
    hands.fill("amount", amount)
    hands.fill("comment", "Grand opening")
    hands.press("next")
    hands.says("A second person has to sign")


def test_C43_a_second_person_signs_with_number_and_pin(hands: Hands, her: ClientId) -> None:
    pin_of(hands, MANAGER)
    at_the_signature(hands, her)
    hands.fill("staff", MANAGER)
    hands.fill("pin", STAFF_PIN)
    hands.press("confirm")
    assert points(hands, her) == 6000
    (change,) = hands.asked(BalanceChanges(her))
    assert (change.by, change.signed) == ("staff:102", "staff:105")
    assert STAFF_PIN not in str(hands.entry.document())


@pytest.mark.parametrize(
    ("number", "pin", "says"),
    [
        (MANAGER, "111222", "This PIN is wrong"),
        (ADMINISTRATOR, STAFF_PIN, "somebody else"),
        (CASHIER, STAFF_PIN, "101"),
        ("999999", STAFF_PIN, "999999"),
        ("", "", ""),
    ],
    ids=["wrong PIN", "own signature", "who may not", "nobody", "nothing"],
)
def test_C43_a_signature_that_is_none_books_nothing(
    hands: Hands, her: ClientId, number: str, pin: str, says: str
) -> None:
    pin_of(hands, MANAGER)
    seq = hands.venue.ledger.seq
    at_the_signature(hands, her)
    hands.fill("staff", number)
    hands.fill("pin", pin)
    hands.press("confirm")
    assert says in hands.notice and hands.tone == "bad"
    page = hands.page
    assert isinstance(page, BalanceForm) and page.form["pin"] == "", "the PIN is typed again"
    assert points(hands, her) == 0
    unbooked(hands, seq)
    hands.fill("staff", MANAGER)
    hands.fill("pin", STAFF_PIN)
    hands.press("confirm")
    assert points(hands, her) == 6000


def test_a_signature_without_a_comment_is_refused(hands: Hands, her: ClientId) -> None:
    pin_of(hands, MANAGER)
    hands.press("change:bonus", "Bonus accrual")
    hands.fill("amount", "6000")
    hands.press("next")
    hands.fill("staff", MANAGER)
    hands.fill("pin", STAFF_PIN)
    hands.press("confirm")
    assert "say why" in hands.notice
    assert points(hands, her) == 0


def test_the_pin_of_who_signs_is_dots_and_is_forgotten_by_the_lock(
    hands: Hands, her: ClientId
) -> None:
    at_the_signature(hands, her)
    hands.fill("pin", "482")
    hands.says("•••")
    hands.silent("482")
    hands.wait(125)
    parked = hands.situation.parked
    assert parked is not None
    kept = parked[1].page
    assert isinstance(kept, BalanceForm) and kept.form["pin"] == ""


def test_a_refund_too_many_can_be_signed(hands: Hands, her: ClientId) -> None:
    """Three refunds a day; the fourth is somebody else's word."""
    pin_of(hands, MANAGER)
    for _ in range(3):
        hands.press("change:game", "Refund")
        hands.fill("amount", "10")
        hands.press("next", "confirm")
    hands.press("change:game", "Refund")
    hands.fill("amount", "10")
    hands.fill("comment", "It is hers")
    hands.press("next", "confirm")
    assert hands.tone == "bad" and held(hands, her).wallet == rub(770)
    hands.says("A second person has to sign")
    hands.fill("staff", MANAGER)
    hands.fill("pin", STAFF_PIN)
    hands.press("confirm")
    assert held(hands, her).wallet == rub(760)


# --- undoing a change -----------------------------------------------------------------------------


def test_C27_C42_a_change_is_undone_by_another_that_names_it(hands: Hands, her: ClientId) -> None:
    hands.press("change:bonus", "Bonus accrual")
    hands.fill("amount", "150")
    hands.press("next", "confirm", "more", "changes")
    hands.says("+150", "Bonus given", "staff:102")
    (change,) = hands.asked(BalanceChanges(her))
    hands.press(f"reverse:{change.id}", "deed")
    assert "reason" in problem(hands, "reason"), "first the reason"
    hands.fill("reason", "The wrong client")
    hands.press("deed")
    hands.says("Undo this change?")
    assert points(hands, her) == 150
    hands.press("deed")
    assert points(hands, her) == 0
    assert hands.entry.kind == "change_reversed" and hands.entry.reason == "The wrong client"
    hands.says("The change is undone.", "undone", "undoes another")
    assert not [i for i in hands.pressable() if i.startswith("reverse:")], "once, and not back"


def test_a_manager_sees_the_changes_and_undoes_none(hands: Hands, her: ClientId) -> None:
    hands.press("change:bonus", "Bonus accrual")
    hands.fill("amount", "150")
    hands.press("next", "confirm")
    hands.sign_in(MANAGER)
    open_client(hands, her)
    hands.press("more", "changes")
    hands.says("+150")
    (change,) = hands.asked(BalanceChanges(her))
    assert f"reverse:{change.id}" not in hands.pressable()
    hands.tell_button(f"reverse:{change.id}")
    assert not isinstance(hands.page, ClientDeed)


# --- top-ups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender", "account"), [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk")]
)
def test_C34_a_top_up_at_the_desk_with_its_receipt(
    hands: Hands, her: ClientId, tender: str, account: str
) -> None:
    hands.sign_in(CASHIER)
    open_client(hands, her)
    before = hands.venue.ledger.balance(account, "RUB")
    hands.press("top_up")
    hands.says("On the game balance: 800.00")
    hands.fill("amount", "500")
    hands.press(f"choose:tender={tender}", "deed")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.wallet == rub(1300)
    assert hands.venue.ledger.balance(account, "RUB") == before + 50000
    hands.says("500.00\u00a0₽ are on the game balance")
    assert "500.00" in hands.slips[-1] and "E5F6" in hands.slips[-1]
    assert "Karenina" not in hands.slips[-1]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "This is not an amount"),
        ("0", "has to be 0.01\u00a0₽ or more"),
        ("0.001", "This is not an amount"),
        ("999999999999", "A balance may hold"),
    ],
    ids=["nothing", "zero", "three decimals", "huge"],
)
def test_C25_a_bad_top_up_is_told_at_its_field(
    hands: Hands, her: ClientId, typed: str, says: str
) -> None:
    seq = hands.venue.ledger.seq
    hands.press("top_up")
    hands.fill("amount", typed)
    hands.press("deed")
    assert says in problem(hands, "amount")
    hands.tell_button("sign")
    page = hands.page
    assert isinstance(page, ClientDeed) and page.form["amount"] == typed, "no minus"
    unbooked(hands, seq)


def test_a_top_up_that_is_too_much_for_a_day_is_signed(hands: Hands, her: ClientId) -> None:
    """100 000 a day is the limit; somebody with the right to override says why."""
    pin_of(hands, MANAGER)
    for roubles in ("50000", "49200"):
        hands.press("top_up")
        hands.fill("amount", roubles)
        hands.press("deed")
        hands.press("change:game", "Refund")
        hands.fill("amount", "4000")
        hands.press("next", "confirm")
    before = held(hands, her).wallet
    hands.press("top_up")
    hands.fill("amount", "1")
    hands.press("deed")
    assert hands.tone == "bad" and held(hands, her).wallet == before
    hands.says("A second person has to sign")
    hands.fill("reason", "A company pays")
    hands.fill("staff", MANAGER)
    hands.fill("pin", "999888")
    hands.press("deed")
    assert held(hands, her).wallet == before
    hands.fill("pin", STAFF_PIN)
    hands.fill("amount", "9000")
    hands.press("deed")
    assert held(hands, her).wallet == before, "another amount is not what was signed"
    hands.fill("amount", "1")
    hands.fill("pin", STAFF_PIN)
    hands.press("deed")
    assert held(hands, her).wallet == before + rub(1)
    (entry,) = [e for e in since(hands, 0) if e.refs.get("overridden")]
    assert entry.refs["overridden"] == ["top_up_per_day"]
    assert (entry.refs["approved_by"], entry.reason) == ("staff:105", "A company pays")


def test_C25_a_top_up_of_the_shift_is_taken_back_by_its_receipt(
    hands: Hands, her: ClientId
) -> None:
    """Receipt, reason and the own PIN (E84)."""
    hands.press("more", "top_ups")
    (paid,) = hands.asked(DeskTopUps(her))
    hands.says("800.00", "Cash", "on the balance")
    hands.press(f"void:{paid.receipt}")
    hands.says("the whole amount goes back")
    hands.press("deed")
    assert problem(hands, "reason")
    hands.fill("reason", "Was for Boris")
    hands.fill("own_pin", "000111")
    hands.press("deed")
    assert "This PIN is wrong" in problem(hands, "own_pin")
    assert held(hands, her).wallet == rub(800)
    hands.fill("own_pin", STAFF_PIN)
    before = till(hands)
    hands.press("deed")
    assert held(hands, her).wallet == rub(0) and till(hands) == before - 800
    hands.says("taken back")
    assert "800.00" in hands.slips[-1]
    assert f"void:{paid.receipt}" not in hands.pressable()


def test_what_is_not_there_any_more_cannot_be_taken_back(hands: Hands, her: ClientId) -> None:
    (paid,) = hands.asked(DeskTopUps(her))
    hands.press("change:game", "Technical error", "In the till", "field:amount")
    hands.type("100-")
    hands.press("next", "confirm", "more", "top_ups", f"void:{paid.receipt}")
    hands.fill("reason", "Was for Boris")
    hands.fill("own_pin", STAFF_PIN)
    hands.press("deed")
    assert "The balance holds 700.00" in hands.notice
    assert held(hands, her).wallet == rub(700)


def test_a_top_up_that_was_refunded_in_part_is_not_taken_back(hands: Hands, her: ClientId) -> None:
    hands.press("change:game", "Refund")
    hands.fill("amount", "100")
    hands.press("next", "confirm", "more", "top_ups")
    hands.says("refunded in part")
    assert not [i for i in hands.pressable() if i.startswith("void:")]


def test_the_bank_took_a_top_up_back(hands: Hands, her: ClientId) -> None:
    job = paid_in(hands, her, 200, "bank_card")
    hands.press("more", "top_ups")
    cash = next(t for t in hands.asked(DeskTopUps(her)) if t.tender == "cash")
    assert f"charge_back:{cash.receipt}" not in hands.pressable(), "cash is never taken back so"
    hands.press(f"charge_back:{job}")
    hands.fill("reason", "Letter of the bank")
    hands.press("deed")
    hands.says("our loss")
    hands.press("deed")
    assert hands.entry.kind == "top_up_charged_back"
    assert held(hands, her).wallet == rub(800)


def test_a_cashier_takes_no_top_up_back(hands: Hands, her: ClientId) -> None:
    hands.sign_in(CASHIER)
    open_client(hands, her)
    hands.press("more")
    assert "top_ups" not in hands.pressable()
    hands.tell_button("top_ups")
    view = hands.view
    assert isinstance(view, DeskView) and view.title == "Anna Karenina"
