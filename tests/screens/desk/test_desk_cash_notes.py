"""A10 by touches: held notes decided, nobody's notes given to whom they are, tickets paid once."""

from __future__ import annotations

import pytest

from kiosk.core import tickets
from kiosk.core.cash import DoubtNote, HoldNote, SuspendNote, VoidNote
from kiosk.core.claims import OpenClaims
from kiosk.core.desk.cash_home import CashHome
from kiosk.core.desk.claims import ClaimList, TicketPage
from kiosk.core.desk.held_notes import NoteList, NotePage
from kiosk.core.ids import NoteId, note_id
from kiosk.core.messages import CardPresented
from kiosk.core.shifts import OpenShift
from kiosk.core.slips import IssueCheckSlip
from kiosk.screens.view import Keys
from tests.core.guest import ACCEPTOR, OTHER_UID, PHONE, READER, UID, rub
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, MANAGER, OWNER, Hands, inside


def held(hands: Hands, face: int = 500) -> NoteId:
    """A note that was on its way when the power failed."""
    hands.top_up()
    note, _ = hands.escrow(face)
    hands.start_again()
    return note


def suspended(hands: Hands, face: int = 500) -> NoteId:
    """A note in the box that is nobody's."""
    hands.notes += 1
    note = note_id(ACCEPTOR, hands.situation.house.start, hands.notes)
    hands.did(SuspendNote(note, rub(face)), actor="kiosk", key=f"suspend:{note}")
    return note


def at_cash(hands: Hands, number: str = OWNER, page: str = "") -> Hands:
    hands.sign_in(number)
    hands.go("cash")
    if page:
        hands.press(f"open:{page}")
    return hands


def posted(hands: Hands) -> dict[str, int]:
    return {p.account: p.amount for p in hands.entry.postings}


# --- held notes --------------------------------------------------------------------------------


def test_a_held_note_is_credited_with_a_reason(hands: Hands) -> None:
    note = held(hands)
    card = hands.card(hands.note(note).card)
    assert card is not None
    at_cash(hands, ADMINISTRATOR, "notes")
    hands.press(f"note:{note}")
    hands.says("The note came in", "The kiosk was started again after the note came in.")
    hands.press("settle")
    assert note in hands.undecided(), "no reason, nothing is decided"
    hands.press("field:reason")
    hands.type("IT IS IN THE BOX")
    hands.press("settle")
    assert hands.entry.kind == "note_settled" and hands.entry.actor == "staff:102"
    assert hands.entry.reason.upper() == "IT IS IN THE BOX"
    assert hands.balance(card) == "500.00"
    assert hands.notice.startswith("500.00") and hands.tone == "good"
    assert isinstance(hands.page, NoteList)
    hands.says("No note waits for a decision.")


def test_a_held_note_that_the_guest_has_is_void(hands: Hands) -> None:
    note = held(hands, 1000)
    at_cash(hands, page="notes")
    hands.press(f"note:{note}", "field:reason")
    hands.type("SEEN")
    hands.press("void")
    assert hands.entry.kind == "note_void" and not hands.entry.postings
    assert hands.note(note).state == "void"
    hands.says("Nothing is credited")


def test_back_puts_the_letters_away_and_keeps_what_was_typed(hands: Hands) -> None:
    note = held(hands)
    at_cash(hands, page="notes")
    hands.press(f"note:{note}", "field:reason")
    hands.type("SEEN")
    hands.press("back")
    page = hands.page
    assert isinstance(page, NotePage) and page.form["reason"].upper() == "SEEN"
    assert not list(inside(hands.view, Keys))
    hands.press("back")
    assert isinstance(hands.page, NoteList)


def test_two_people_decide_about_one_note(hands: Hands) -> None:
    note = held(hands)
    at_cash(hands, page="notes")
    hands.press(f"note:{note}", "field:reason")
    hands.type("MINE")
    hands.did(VoidNote(note, "theirs"), actor="staff:105", key="theirs")
    hands.press("settle")
    assert hands.tone == "bad" and hands.note(note).state == "void"


def test_what_a_doubtful_note_is_known_by(hands: Hands) -> None:
    card = hands.home()
    hands.press("leave")
    note = note_id(ACCEPTOR, hands.situation.house.start, 1)
    hands.did(HoldNote(note, rub(200), card.client, card.id), actor="kiosk", key=f"hold:{note}")
    hands.did(DoubtNote(note), actor="kiosk", key=f"doubt:{note}")
    hands.notes = 1
    suspended(hands)
    at_cash(hands, page="notes")
    hands.press(f"note:{note}")
    hands.says(
        "The machine took other work up and never told of this note.",
        "Other notes came in after it.",
        "Look into the slot",
        card.masked,
    )
    hands.silent("The kiosk was started again")


def test_a_lost_note_is_found_by_its_value(hands: Hands) -> None:
    hands.top_up(100, 500)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    note = suspended(hands)
    at_cash(hands, page="lost")
    rows = [i for i in hands.pressable() if i.startswith("note:")]
    assert len(rows) == 3
    hands.type("500")
    rows = [i for i in hands.pressable() if i.startswith("note:")]
    assert len(rows) == 2 and f"note:{note}" in rows
    hands.says("Credited", "Nobody's")
    hands.press("which:suspense")
    assert [i for i in hands.pressable() if i.startswith("note:")] == [f"note:{note}"]
    hands.fill("amount", "100")
    hands.says("No such note.")
    hands.press("which:all", "clear")
    hands.type("99999999")
    hands.says("No note of this value came in lately.")
    hands.press("back")
    assert isinstance(hands.page, CashHome)


def test_a_credited_note_tells_its_story_and_offers_nothing(hands: Hands) -> None:
    hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    at_cash(hands, page="lost")
    (row,) = [i for i in hands.pressable() if i.startswith("note:")]
    hands.press(row)
    hands.says("The note came in", "Credited")
    assert not {"settle", "void", "claim", "credit"} & set(hands.pressable())


# --- nobody's ----------------------------------------------------------------------------------


def test_C45_a_technical_error_is_credited_from_suspense_to_the_card_that_is_shown(
    hands: Hands,
) -> None:
    card = hands.home()
    hands.press("leave")
    note = suspended(hands)
    at_cash(hands, ADMINISTRATOR, "suspense")
    hands.press(f"note:{note}", "field:reason")
    hands.type("CAMERA")
    hands.press("credit")
    assert hands.note(note).state == "suspense"
    hands.says("show the client's card, or type digits and choose")
    hands.tap()
    hands.says("Client", "Balance")
    hands.press("credit")
    assert hands.entry.kind == "note_credited"
    assert posted(hands) == {"2900:K1": 50000, f"2010:{card.client}": -50000}
    assert hands.balance(card) == "500.00"


def test_the_client_is_found_by_digits(hands: Hands) -> None:
    card = hands.register(UID, PHONE)
    hands.printed()
    hands.press("leave")
    note = suspended(hands)
    at_cash(hands, page="suspense")
    hands.press(f"note:{note}", "field:digits")
    hands.type("123")
    assert f"client:{card.client}" not in hands.pressable()
    hands.type("4")
    hands.press(f"client:{card.client}", "field:reason")
    hands.type("HIS")
    hands.press("credit")
    assert hands.balance(card) == "500.00"


def test_a_card_that_nobody_has_and_one_of_the_staff_credit_nothing(hands: Hands) -> None:
    note = suspended(hands)
    at_cash(hands, page="suspense")
    hands.press(f"note:{note}")
    hands.tap(OTHER_UID)
    hands.says("This card is on nobody's name here.")
    assert isinstance(hands.page, NotePage)


def test_nobodys_note_becomes_a_claim_with_its_ticket(hands: Hands) -> None:
    note = suspended(hands)
    at_cash(hands, page="suspense")
    hands.press(f"note:{note}", "claim")
    assert hands.entry.kind == "claim_issued" and "CLAIM" in hands.slips[-1]
    (claim,) = hands.asked(OpenClaims())
    assert claim.note == note
    hands.press("back", "open:claims")
    hands.says("000001", "500.00\xa0₽")


# --- tickets -----------------------------------------------------------------------------------


def claim(hands: Hands) -> str:
    """A claim at the desk of claims; the text of its ticket."""
    note = suspended(hands)
    at_cash(hands, page="suspense")
    hands.press(f"note:{note}", "claim", "back", "open:claims")
    books = hands.venue.books(hands.now)
    slip = books.get("slips", "claim_ticket:1")
    assert slip is not None
    return tickets.text(books, slip)


def test_a_ticket_is_typed_and_paid_in_cash_once(hands: Hands) -> None:
    text = claim(hands)
    hands.did(OpenShift(rub(1000), "change"), key="open")
    code = tickets.code(text)
    hands.press("field:code")
    hands.type(code.replace("-", ""))
    hands.press("check")
    assert isinstance(hands.page, TicketPage)
    hands.says("Claim 000001 is genuine and open.", "500.00\xa0₽")
    hands.press("redeem_cash")
    assert hands.kinds()[-1] != "claim_redeemed", "a reason is needed"
    hands.press("field:reason")
    hands.type("PAID")
    hands.press("redeem_cash")
    assert hands.entry.kind == "claim_redeemed" and posted(hands)["1030"] == -50000
    hands.says("Pay 500.00\xa0₽ from the till.", "No claim is open.")
    hands.tell(CardPresented(READER, "barcode", text))
    hands.says("Claim 000001 was redeemed already. Pay nothing.")
    assert not {"redeem_cash", "redeem_card"} & set(hands.pressable())


def test_a_ticket_is_scanned_and_put_on_a_card(hands: Hands) -> None:
    card = hands.home()
    hands.press("leave")
    text = claim(hands)
    hands.tell(CardPresented(READER, "barcode", text))
    hands.press("field:reason")
    hands.type("HIS")
    hands.press("redeem_card")
    hands.says("show the client's card")
    hands.tap()
    hands.press("redeem_card")
    assert hands.entry.kind == "claim_redeemed" and hands.balance(card) == "500.00"


def test_a_ticket_is_scanned_on_the_first_page_too(hands: Hands) -> None:
    text = claim(hands)
    hands.press("back")
    hands.tell(CardPresented(READER, "barcode", text))
    assert isinstance(hands.page, TicketPage)


def test_a_code_that_nobody_asked_for_moves_nobody(hands: Hands) -> None:
    text = claim(hands)
    for section in ("today", "clients"):
        hands.go(section)
        page = type(hands.page)
        hands.tell(CardPresented(READER, "barcode", text))
        assert type(hands.page) is page


def test_without_a_shift_no_claim_is_paid_in_cash(hands: Hands) -> None:
    text = claim(hands)
    hands.tell(CardPresented(READER, "barcode", text))
    hands.press("field:reason")
    hands.type("X")
    hands.press("redeem_cash")
    assert "no shift is open" in hands.notice and len(hands.asked(OpenClaims())) == 1


@pytest.mark.parametrize("typed", ["", "1", "0007AAAABBBB", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"])
def test_what_is_no_ticket_is_refused(hands: Hands, typed: str) -> None:
    at_cash(hands, page="claims")
    hands.press("field:code")
    hands.type(typed)
    hands.press("check")
    assert isinstance(hands.page, ClaimList) and hands.page.form.problem is not None


def test_a_check_slip_is_worth_nothing(hands: Hands) -> None:
    note = held(hands)
    hands.did(IssueCheckSlip(note, "en"), actor="kiosk", key="check slip")
    books = hands.venue.books(hands.now)
    slip = books.get("slips", "check_slip:1")
    assert slip is not None
    at_cash(hands, MANAGER, "claims")
    hands.tell(CardPresented(READER, "barcode", tickets.text(books, slip)))
    hands.says("is genuine. What it is about is not decided yet.")
    assert not {"redeem_cash", "redeem_card"} & set(hands.pressable())


def test_a_cashier_decides_about_nothing(hands: Hands) -> None:
    note = held(hands)
    hands.sign_in(CASHIER)
    hands.tell_button(f"task:note:{note}")
    assert not isinstance(hands.page, NotePage)
