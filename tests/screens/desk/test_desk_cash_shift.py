"""A7, A8 by touches: the shift opened, money moved, the X, the count and the Z, and their paper."""

from __future__ import annotations

import pytest

from kiosk.core.cash import HoldNote
from kiosk.core.desk.cash_home import CashHome
from kiosk.core.desk.shift import ClosingShift, FormerShiftsPage, OpeningShift
from kiosk.core.desk.till import Movements, MovingCash
from kiosk.core.ids import note_id
from kiosk.core.messages import PrintSlip, SlipFailed
from kiosk.core.shifts import CurrentShift, OpenShift
from tests.core.desk import venue_with
from tests.core.guest import ACCEPTOR, PRINTER, rub
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    CASHIER,
    COLLECTOR,
    OWNER,
    TECHNICIAN,
    Hands,
    attendant,
)


def posted(hands: Hands) -> dict[str, int]:
    return {p.account: p.amount for p in hands.entry.postings}


def at_cash(hands: Hands, number: str = OWNER) -> Hands:
    hands.sign_in(number)
    hands.go("cash")
    return hands


def opened(hands: Hands, number: str = OWNER, float_in: str = "1000") -> Hands:
    """At the desk, with a shift and a float, and its slip is out."""
    at_cash(hands, number)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type(float_in)
    hands.press("open_shift")
    hands.print_out()
    return hands


# --- opening -----------------------------------------------------------------------------------


def test_E81_a_shift_is_opened_with_a_float_counted_by_face(hands: Hands) -> None:
    at_cash(hands)
    hands.says("No shift is open", "Open the shift before the desk takes or gives money.")
    hands.press("open:open_shift")
    hands.fill("face-50000", "2")
    hands.press("field:face-10000")
    hands.type("13")
    hands.says("Counted in all: 2\u202f300.00\xa0₽")
    hands.press("open_shift")
    assert hands.entry.kind == "shift_opened" and hands.tone == "good"
    assert posted(hands) == {"1030": 230000, "1050:change": -230000}
    assert hands.entry.actor == "staff:106" and hands.entry.refs["money_reason"] == "change"
    assert isinstance(hands.page, CashHome)
    hands.says("Shift 1, since", "2\u202f300.00\xa0₽")
    (slip,) = hands.slips
    assert "FLOAT" in slip and "Change for the till" in slip


def test_a_shift_may_begin_without_a_float(hands: Hands) -> None:
    at_cash(hands, CASHIER)
    hands.press("open:open_shift", "open_shift")
    assert hands.entry.kind == "shift_opened" and not hands.entry.postings
    assert hands.slips == []


@pytest.mark.parametrize("typed", ["9999999", "99999999"])
def test_a_count_beyond_all_sense_is_refused_and_stays(hands: Hands, typed: str) -> None:
    at_cash(hands)
    hands.press("open:open_shift")
    before = hands.venue.ledger.seq
    hands.fill("face-500000", typed)
    hands.press("open_shift")
    assert hands.tone == "bad" and "Nothing was booked" in hands.notice
    assert hands.venue.ledger.seq == before
    page = hands.page
    # The eighth figure finds no room: a million notes of a face are refused, more cannot be typed.
    assert isinstance(page, OpeningShift) and page.form["face-500000"] == "9999999"


def test_letters_and_minus_are_no_keys_of_a_count(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift")
    for name in ("key:A", "sign", "point", "digit:x", "digit:12", "digit:²"):
        hands.tell_button(name)
    page = hands.page
    assert isinstance(page, OpeningShift) and page.form[page.form.at] == ""


def test_two_people_open_one_shift(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift")
    hands.did(OpenShift(rub(0)), actor="staff:101", key="the other one")
    hands.press("open_shift")
    assert hands.tone == "bad" and "A shift is open already" in hands.notice
    assert hands.kinds().count("shift_opened") == 1


def test_without_a_shift_the_till_gives_nothing(hands: Hands) -> None:
    at_cash(hands)
    assert "open:float" not in hands.pressable() and "open:close_shift" not in hands.pressable()
    hands.tell_button("open:float")
    hands.press("choose:how=sum")
    hands.type("5")
    hands.press("float")
    assert "no shift is open" in hands.notice


# --- moving money ------------------------------------------------------------------------------


def test_E81_a_float_is_added_and_taken_back(hands: Hands) -> None:
    opened(hands)
    hands.press("open:float")
    hands.says("The till holds 1\u202f000.00\xa0₽.")
    hands.type("250.50")
    hands.press("float")
    assert hands.entry.kind == "float_added"
    assert posted(hands) == {"1030": 25050, "1050:change": -25050}
    assert "FLOAT" in hands.slips[-1] and "250.50" in hands.slips[-1]
    hands.press("open:movements")
    row = next(i for i in hands.pressable() if i.startswith("movement:"))
    hands.press(row, "reverse")
    hands.says("reason")
    assert hands.entry.kind == "float_added", "no reason, nothing reversed"
    hands.press("field:reason")
    hands.type("WRONG")
    hands.press("reverse")
    assert hands.entry.kind == "reversed" and hands.entry.reason.upper() == "WRONG"
    assert posted(hands) == {"1030": -25050, "1050:change": 25050}
    assert isinstance(hands.page, Movements)
    hands.says("taken back")
    assert not [i for i in hands.pressable() if i.startswith("movement:")]


def test_E81_a_withdrawal_names_whom_it_concerns(hands: Hands) -> None:
    opened(hands)
    hands.press("open:withdrawal")
    hands.type("400")
    hands.press("withdrawal")
    assert hands.tone == "bad" and hands.entry.kind != "cash_withdrawn"
    hands.press("choose:employee=105", "withdrawal")
    assert hands.entry.kind == "cash_withdrawn" and hands.entry.refs["employee"] == "105"
    assert posted(hands) == {"1050:bank": 40000, "1030": -40000}
    assert "CASH OUT" in hands.slips[-1] and "105" in hands.slips[-1]


@pytest.mark.parametrize("typed", ["99999999", "0", ""])
def test_a_withdrawal_of_nothing_or_of_too_much_takes_nothing(hands: Hands, typed: str) -> None:
    opened(hands)
    before = hands.venue.ledger.seq
    hands.press("open:withdrawal", "choose:employee=105")
    hands.type(typed)
    hands.press("withdrawal")
    assert hands.venue.ledger.seq == before and isinstance(hands.page, MovingCash)
    # Said at the top, or below the field that it is about.
    assert hands.tone == "bad" or "This is not an amount" in hands.words()


def test_C29_the_drawer_is_collected_in_part_and_whole(hands: Hands) -> None:
    opened(hands)
    hands.press("open:collect_drawer", "collect_drawer")
    assert "drawer_collected" not in hands.kinds(), "a reason is needed"
    hands.press("field:part")
    hands.type("300")
    hands.press("field:comment")
    hands.type("NIGHT")
    hands.press("collect_drawer")
    assert hands.entry.kind == "drawer_collected"
    assert posted(hands) == {"1050": 30000, "1030": -30000}
    hands.says("700.00\xa0₽")
    hands.press("open:collect_drawer", "field:comment")
    hands.type("ALL")
    hands.press("collect_drawer")
    assert posted(hands) == {"1050": 70000, "1030": -70000}


# --- X and Z -----------------------------------------------------------------------------------


def test_C29_an_X_is_printed_and_closes_nothing(hands: Hands) -> None:
    opened(hands, CASHIER)
    hands.press("x")
    assert "X REPORT" in hands.slips[-1] and "1\u202f000.00" in hands.slips[-1]
    assert hands.asked(CurrentShift()) is not None


def test_C29_E80_a_shift_is_closed_by_face_and_the_difference_is_told(hands: Hands) -> None:
    opened(hands)
    hands.press("open:close_shift")
    hands.says("By the books the till holds 1\u202f000.00\xa0₽.")
    hands.press("close_shift")
    assert hands.tone == "bad" and "nothing is counted yet" in hands.notice
    assert hands.asked(CurrentShift()) is not None
    hands.fill("face-50000", "1")
    hands.fill("face-10000", "4")
    hands.fill("face-5000", "1")
    hands.press("close_shift")
    assert hands.entry.kind == "shift_closed"
    assert posted(hands) == {"5030": 5000, "1030": -5000}
    assert hands.asked(CurrentShift()) is None
    assert isinstance(hands.page, FormerShiftsPage)
    hands.says("Z 1", "950.00\xa0₽", "50.00\xa0₽ short")
    assert "Z REPORT" in hands.slips[-1]
    hands.print_out()
    hands.press("again")
    assert hands.entry.kind == "slip_reprinted" and "COPY" in hands.slips[-1]


def test_E80_what_stands_in_the_way_is_told_and_leads_there(hands: Hands) -> None:
    card = hands.home()
    hands.press("leave")
    opened(hands)
    note = note_id(ACCEPTOR, hands.situation.house.start, 1)
    hands.did(HoldNote(note, rub(500), card.client, card.id), actor="kiosk", key=f"hold:{note}")
    hands.press("open:close_shift")
    assert isinstance(hands.page, ClosingShift)
    hands.says("1 note is on its way into the note machine.", "If it stays so, decide about it.")
    hands.fill("face-100000", "1")
    hands.press("close_shift")
    assert hands.tone == "bad" and hands.asked(CurrentShift()) is not None
    page = hands.page
    assert isinstance(page, ClosingShift) and page.form["face-100000"] == "1"
    hands.press("To the notes")
    hands.says("Notes to decide", "500.00\xa0₽")


def test_E80_paper_of_the_desk_that_is_missing_is_read_and_confirmed(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type("10")
    hands.press("open_shift")
    jobs = [e.job for e in hands.effects if isinstance(e, PrintSlip)]
    hands.tell(SlipFailed(PRINTER, jobs[-1], "not_printed", "paper_out"))
    hands.press("open:close_shift")
    hands.says("1 slip of the desk did not come out.")
    hands.press("choose:how=sum")
    hands.type("10")
    hands.press("close_shift")
    assert hands.tone == "bad" and hands.asked(CurrentShift()) is not None
    hands.press("confirm:desk_paper", "close_shift")
    assert hands.entry.kind == "shift_closed" and hands.asked(CurrentShift()) is None


def test_a_blind_count_tells_nothing_before_it() -> None:
    with attendant(venue_with(blind_count="true")) as hands:
        opened(hands)
        hands.silent("1\u202f000.00")
        hands.press("open:close_shift")
        hands.says("The kiosk compares after you have counted.")
        hands.silent("1\u202f000.00", "By the books")
        hands.press("choose:how=sum")
        hands.type("900")
        hands.press("close_shift")
        hands.says("100.00\xa0₽ short")


def test_whoever_counts_for_too_long_comes_back_to_the_count(hands: Hands) -> None:
    opened(hands)
    hands.press("open:close_shift")
    hands.fill("face-50000", "7")
    hands.wait(121)
    hands.sign_in(OWNER)
    hands.says("You are where you left off.")
    page = hands.page
    assert isinstance(page, ClosingShift) and page.form["face-50000"] == "7"


def test_former_shifts_are_listed(hands: Hands) -> None:
    opened(hands)
    hands.press("open:former")
    hands.says("No shift was closed yet.")
    hands.press("back")
    assert isinstance(hands.page, CashHome)


@pytest.mark.parametrize(
    ("number", "there", "absent"),
    [
        (CASHIER, {"open:open_shift", "open:slips", "open:queue"}, {"open:notes", "open:claims"}),
        (ADMINISTRATOR, {"open:notes", "open:claims", "open:lost"}, {"collect:acceptor"}),
        (COLLECTOR, {"collect:acceptor", "open:collections"}, {"open:open_shift", "open:notes"}),
    ],
)
def test_E83_each_sees_what_the_role_may_do(
    hands: Hands, number: str, there: set[str], absent: set[str]
) -> None:
    at_cash(hands, number)
    found = set(hands.pressable())
    assert there <= found and not absent & found


def test_E83_a_page_that_is_not_offered_does_not_open(hands: Hands) -> None:
    at_cash(hands, CASHIER)
    page = hands.page
    for name in ("open:notes", "open:claims", "open:lost", "open:fiscal", "collect:acceptor"):
        hands.tell_button(name)
        assert hands.page == page, name


def test_E83_a_technician_sees_of_cash_what_is_fiscal(hands: Hands) -> None:
    at_cash(hands, TECHNICIAN)
    hands.silent("In the till", "Cash in the box", "Notes to decide")
