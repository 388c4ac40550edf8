"""A7 by touches: the cashbox collected and counted, sealed bags, what explains a difference."""

from __future__ import annotations

import pytest

from kiosk.core.cashbox import CollectCashbox, Collections
from kiosk.core.desk.cash_home import CashHome
from kiosk.core.desk.collection import Collecting, CollectionsPage, CountingBag
from kiosk.core.desk.held_notes import NotePage
from kiosk.core.messages import AcceptorChanged, VenueChanged
from kiosk.core.staff import SetStaffPin
from tests.core.desk import venue_with
from tests.core.guest import ACCEPTOR
from tests.screens.desk.hands import (
    CASHIER,
    COLLECTOR,
    MANAGER,
    OWNER,
    STAFF_PIN,
    Hands,
    attendant,
)


def filled(hands: Hands, *faces: int) -> Hands:
    """A guest puts notes in, and goes."""
    hands.top_up(*faces)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    return hands


def collecting(hands: Hands, number: str = OWNER) -> Hands:
    hands.sign_in(number)
    hands.go("cash")
    hands.press("collect:acceptor")
    return hands


def count(hands: Hands, **faces: int) -> None:
    for name, number in faces.items():
        hands.fill(f"face-{name.removeprefix('n')}00", str(number))


def test_C29_a_box_is_counted_by_face_and_its_slip_comes_out(hands: Hands) -> None:
    filled(hands, 500, 500, 100)
    hands.sign_in(COLLECTOR)
    hands.go("cash")
    hands.says("Cash in the box", "1\u202f100.00\xa0₽", "3 notes", "never collected")
    hands.press("collect:acceptor")
    hands.says("Expected", "Counted")
    count(hands, n500=2, n100=1)
    hands.says("Counted in all: 1\u202f100.00\xa0₽", "Everything is there.")
    hands.press("collect")
    assert hands.entry.kind == "cashbox_collected" and hands.entry.actor == "staff:103"
    (collection,) = hands.asked(Collections())
    assert collection.state == "counted" and str(collection.over_short) == "0.00"
    assert isinstance(hands.page, CollectionsPage)
    hands.says("Collection 1", "none")
    assert "COLLECTION" in hands.slips[-1]
    hands.press("back")
    hands.says("0 notes")


def test_the_slip_of_a_collection_is_printed_again_also_when_there_are_two(hands: Hands) -> None:
    filled(hands, 500)
    collecting(hands)
    hands.press("more", "field:seal")
    hands.type("B1")
    hands.press("seal_bag")
    name = hands.entry.refs["collection"]
    hands.press(f"bag:{name}")
    count(hands, n500=1)
    hands.press("count_bag")
    hands.print_out()
    hands.press("again")
    assert hands.entry.kind == "slip_reprinted"
    assert hands.entry.refs["slip"] == "collection_slip:2" and "COPY" in hands.slips[-1]


def test_a_missing_note_is_told_with_what_may_explain_it(hands: Hands) -> None:
    filled(hands, 500, 500)
    hands.top_up()
    held, _ = hands.escrow(500)
    hands.start_again()
    collecting(hands)
    count(hands, n500=1)
    hands.says("1 note of 500\xa0₽ is missing.", "a note of 500.00\xa0₽ is still to be decided")
    hands.press(f"decide:{held}")
    assert isinstance(hands.page, NotePage)
    hands.press("back")
    page = hands.page
    # What was counted is still there.
    assert isinstance(page, Collecting) and page.form["face-50000"] == "1"
    hands.press("collect")
    (collection,) = hands.asked(Collections())
    assert str(collection.over_short) == "-500.00"
    hands.says("500.00\xa0₽ short")


def test_a_note_too_many_is_the_one_that_nobody_decided(hands: Hands) -> None:
    filled(hands, 100)
    hands.top_up()
    held, _ = hands.escrow(500)
    hands.start_again()
    collecting(hands)
    count(hands, n500=1, n100=1)
    hands.says("1 note of 500\xa0₽ too many.")
    hands.press("collect")
    hands.says("500.00\xa0₽ over", "Notes that wait for a decision lie in the box:")
    hands.press(f"decide:{held}")
    hands.press("field:reason")
    hands.type("COUNTED")
    hands.press("settle")
    assert hands.entry.kind == "note_settled" and hands.entry.actor == "staff:106"
    assert isinstance(hands.page, CollectionsPage)


@pytest.mark.parametrize("typed", ["99999999", ""])
def test_a_count_that_makes_no_sense_is_refused_and_stays(hands: Hands, typed: str) -> None:
    filled(hands, 500)
    collecting(hands)
    hands.fill("face-100000", typed)
    before = hands.venue.ledger.seq
    hands.press("collect")
    assert hands.tone == "bad" and hands.venue.ledger.seq == before
    assert isinstance(hands.page, Collecting)


def test_an_empty_box_is_not_collected(hands: Hands) -> None:
    collecting(hands)
    count(hands, n100=0)
    hands.press("collect")
    assert hands.tone == "bad" and "cashbox_collected" not in hands.kinds()


def test_a_second_person_watches_and_signs(hands: Hands) -> None:
    filled(hands, 500)
    hands.did(SetStaffPin(MANAGER, STAFF_PIN), key="pin of the witness")
    collecting(hands, COLLECTOR)
    count(hands, n500=1)
    hands.press("more")
    hands.fill("witness", MANAGER)
    hands.press("collect")
    hands.says("a second person types the staff number")
    hands.fill("pin", "111222")
    hands.press("collect")
    assert hands.tone == "bad" and "cashbox_collected" not in hands.kinds()
    page = hands.page
    assert isinstance(page, Collecting) and page.form["pin"] == "" and page.form["witness"] == "105"
    hands.fill("pin", STAFF_PIN)
    assert STAFF_PIN not in hands.words()
    hands.press("collect")
    assert hands.entry.refs["witness"] == "staff:105"
    assert STAFF_PIN not in str(hands.entry.document())


def test_a_bag_is_sealed_and_counted_by_another_person_where_the_count_is_blind() -> None:
    with attendant(venue_with(blind_count="true")) as hands:
        filled(hands, 500, 100)
        hands.sign_in(COLLECTOR)
        hands.go("cash")
        hands.silent("600.00")
        hands.press("collect:acceptor")
        hands.silent("Expected", "600.00")
        hands.press("seal_bag")
        assert hands.tone == "bad" and "cashbox_collected" not in hands.kinds()
        hands.press("field:seal")
        hands.type("B17")
        hands.press("seal_bag")
        assert hands.entry.kind == "cashbox_collected"
        hands.silent("600.00")
        name = hands.entry.refs["collection"]
        hands.press(f"bag:{name}")
        assert isinstance(hands.page, CountingBag)
        hands.silent("Expected")
        count(hands, n500=1, n100=1)
        hands.press("count_bag")
        assert "Another person has to count" in hands.notice
        hands.sign_in(MANAGER)
        hands.go("cash")
        hands.press("open:collections", f"collection:{name}", f"bag:{name}")
        count(hands, n500=1)
        hands.press("count_bag")
        assert hands.entry.kind == "collection_counted" and hands.entry.actor == "staff:105"
        hands.says("100.00\xa0₽ short", "Number 105")
        assert "COLLECTION" in hands.slips[-1]


def test_the_box_that_was_taken_out_is_counted_and_what_came_later_stays(hands: Hands) -> None:
    filled(hands, 500)
    hands.sign_in(COLLECTOR)
    hands.tell(AcceptorChanged(ACCEPTOR, "cassette_out"))
    hands.go("cash")
    hands.says("The box is out.")
    hands.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    hands.says("The box was taken out and is not counted yet.")
    hands.press("lock")
    filled(hands, 100)
    collecting(hands, COLLECTOR)
    hands.says("the box that was taken out")
    count(hands, n500=1)
    hands.says("Everything is there.")
    hands.press("collect")
    hands.press("back")
    assert isinstance(hands.page, CashHome)
    hands.says("100.00\xa0₽", "1 note")


def test_whoever_counts_for_minutes_comes_back_to_the_count(hands: Hands) -> None:
    filled(hands, 500, 100)
    collecting(hands, COLLECTOR)
    count(hands, n500=1)
    hands.press("more")
    hands.press("field:pin")
    hands.type("482")
    hands.wait(121)
    hands.sign_in(COLLECTOR)
    page = hands.page
    assert isinstance(page, Collecting)
    assert (page.form["face-50000"], page.form["pin"]) == ("1", "")


def test_two_people_collect_one_box(hands: Hands) -> None:
    filled(hands, 500)
    collecting(hands)
    count(hands, n500=1)
    hands.says("Everything is there.")
    hands.did(CollectCashbox(ACCEPTOR, seal="1"), actor="staff:103", key="the other one")
    hands.tell(VenueChanged(hands.venue.ledger.seq))
    # Whoever still counts sees at once that the note is somebody else's.
    hands.says("1 note of 500\xa0₽ too many.")


def test_a_cashier_has_no_word_of_the_box(hands: Hands) -> None:
    filled(hands, 500)
    hands.sign_in(CASHIER)
    hands.go("cash")
    hands.silent("Cash in the box", "500.00")
