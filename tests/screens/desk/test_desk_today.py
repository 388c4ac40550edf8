"""A1 by touches: what waits leads to where it is decided; cash, day, devices at a glance."""

from __future__ import annotations

import pytest

from kiosk.core.calls import CallHelp, CancelHelp
from kiosk.core.cashbox import CollectCashbox, RecordCashboxOut
from kiosk.core.day_figures import LOOK_MAX, BooksFigures, DayFigures
from kiosk.core.desk.collection import Collecting, CountingBag
from kiosk.core.desk.held_notes import NotePage
from kiosk.core.desk.scenes import AtWork
from kiosk.core.desk.shift import ClosingShift, OpeningShift
from kiosk.core.desk.today import CallPage, StrikePage, Today
from kiosk.core.ids import CardId, ClientId
from kiosk.core.messages import DeviceDown, PrinterChanged
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import Welcome
from kiosk.core.strikes import RecordStrike
from kiosk.screens.view import Bars, Tile
from tests.core.guest import ACCEPTOR, PRINTER, READER, rub
from tests.screens.desk.hands import (
    AUDITOR,
    CASHIER,
    COLLECTOR,
    OWNER,
    TECHNICIAN,
    Hands,
    inside,
)
from tests.screens.desk.test_desk_cash_notes import held, suspended


def test_nothing_waits(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.says("Nothing waits for you.", "No shift is open")


def test_a_held_note_leads_to_its_decision(hands: Hands) -> None:
    note = held(hands)
    hands.sign_in(OWNER)
    hands.says("the note machine never said where this note is")
    hands.press(f"task:note:{note}")
    page = hands.page
    assert isinstance(page, NotePage) and page.note.note == note
    hands.press("back")
    hands.go("today")
    assert isinstance(hands.page, Today)


def test_who_may_not_decide_reads_the_task_and_cannot_press_it(hands: Hands) -> None:
    note = held(hands)
    hands.sign_in(CASHIER)
    hands.says("the note machine never said where this note is")
    assert f"task:note:{note}" not in hands.pressable()
    page = hands.page
    hands.tell_button(f"task:note:{note}")
    assert hands.page == page


def test_nobodys_note_and_a_bag_and_a_pulled_box_lead_to_their_pages(hands: Hands) -> None:
    note = suspended(hands)
    hands.did(RecordCashboxOut(ACCEPTOR, 1), actor="kiosk", key=f"pulled:{ACCEPTOR}/1")
    hands.sign_in(OWNER)
    hands.press(f"task:box:{ACCEPTOR}")
    assert isinstance(hands.page, Collecting)
    hands.did(CollectCashbox(ACCEPTOR, seal="1"), actor="staff:103", key="bag")
    hands.go("today")
    bag = next(i for i in hands.pressable() if i.startswith("task:bag:"))
    hands.press(bag)
    assert isinstance(hands.page, CountingBag)
    hands.go("today")
    hands.press(f"task:suspense:{note}")
    assert isinstance(hands.page, NotePage)


def test_a_guest_who_calls_is_answered_and_told_so(hands: Hands) -> None:
    hands.did(CallHelp("welcome", "en", CardId("")), actor="guest", key="help")
    hands.sign_in(TECHNICIAN)
    hands.press("task:help:1")
    assert isinstance(hands.page, CallPage)
    hands.says("Help call 1", "I am coming")
    hands.press("coming")
    assert hands.entry.kind == "help_answered" and hands.entry.actor == "staff:104"
    hands.says("The guest is told that you are coming.", "Nothing waits for you.")


def test_a_call_that_is_over_is_no_page_any_more(hands: Hands) -> None:
    hands.did(CallHelp("welcome", "en", CardId("")), actor="guest", key="help")
    hands.sign_in(CASHIER)
    hands.press("task:help:1")
    hands.did(CancelHelp("help:1"), actor="guest", key="over")
    hands.press("coming")
    assert hands.tone == "bad" and "help_answered" not in hands.kinds()


def test_a_strike_is_cleared_with_a_reason(hands: Hands) -> None:
    card = hands.home()
    hands.press("leave")
    struck = RecordStrike("blocked_card", card.client, card.id)
    hands.did(struck, actor="kiosk", key="strike")
    hands.sign_in(OWNER)
    task = next(i for i in hands.pressable() if i.startswith("task:strike:"))
    hands.press(task)
    assert isinstance(hands.page, StrikePage)
    hands.press("looked_into")
    assert "strike_cleared" not in hands.kinds()
    hands.press("field:reason")
    hands.type("A CHILD")
    hands.press("looked_into")
    assert hands.entry.kind == "strike_cleared" and hands.entry.reason.upper() == "A CHILD"
    hands.says("Nothing waits for you.")


def test_a_strike_leads_to_its_client(hands: Hands) -> None:
    card = hands.home()
    hands.press("leave")
    hands.did(RecordStrike("blocked_card", card.client, card.id), actor="kiosk", key="strike")
    hands.sign_in(OWNER)
    hands.press(next(i for i in hands.pressable() if i.startswith("task:strike:")), "client")
    assert hands.page.section == "clients"


def test_a_strike_of_nobody_has_no_client(hands: Hands) -> None:
    struck = RecordStrike("unknown_cards", ClientId(""), CardId(""), 999)
    hands.did(struck, actor="kiosk", key="strike")
    hands.sign_in(OWNER)
    hands.press(next(i for i in hands.pressable() if i.startswith("task:strike:")))
    assert "client" not in hands.pressable()


def test_devices_and_their_alarms_lead_to_the_devices(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.tell(PrinterChanged(PRINTER, paper="low"), DeviceDown(READER, "reader", "gone"))
    hands.says("The card reader does not answer", "The paper will soon run out")
    tiles = [t for t in inside(hands.view, Tile) if t.icon in ("alert", "receipt")]
    assert [t.tone for t in tiles] == ["warning", "neutral"], "the urgent first"
    assert {t.id for t in tiles} == {"section:devices"}
    hands.press("section:devices")
    assert hands.page.section == "devices"


def test_the_cash_in_the_box_and_its_collection(hands: Hands) -> None:
    hands.top_up(500, 100)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    hands.sign_in(COLLECTOR)
    hands.says("Cash in the box", "600.00\xa0₽", "2 notes", "never collected")
    hands.press("collect:acceptor")
    assert isinstance(hands.page, Collecting)


def test_the_shift_is_opened_and_closed_from_here(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.press("open:open_shift")
    assert isinstance(hands.page, OpeningShift)
    hands.did(OpenShift(rub(0)), key="open")
    hands.go("today")
    hands.press("open:close_shift")
    assert isinstance(hands.page, ClosingShift)


def test_the_day_in_figures_and_bars(hands: Hands) -> None:
    hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.wait(3700)
    hands.top_up(100, 200)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    hands.sign_in(CASHIER)
    hands.says("2", "top-ups", "800.00", "topped up", "1", "new cards")
    bars = next(inside(hands.view, Bars))
    # 15:00 UTC is 18:00 in Moscow.
    assert bars.labels[-2:] == ("18", "19") and bars.values[-2:] == (50000, 30000)
    assert sum(bars.values) == 80000 and bars.marked == len(bars.values) - 1


def test_yesterday_is_not_today(hands: Hands) -> None:
    hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.wait(24 * 3600)
    assert hands.asked(DayFigures()).top_ups == 0
    assert hands.asked(DayFigures()).taken == rub(0)


def test_a_day_of_too_many_slips_says_from_when_on_it_counts(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LOOK_MAX == 800
    monkeypatch.setattr("kiosk.core.day_figures.LOOK_MAX", 2)
    hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    day = hands.asked(DayFigures())
    assert day.top_ups == 1 and day.since != ""
    hands.sign_in(OWNER)
    hands.says("There was so much today that this counts from")


def test_the_books_and_the_last_starts(hands: Hands) -> None:
    hands.start_again()
    hands.sign_in(TECHNICIAN)
    seq = hands.venue.ledger.seq
    hands.says(f"{seq} entries", "Last starts")
    assert len(hands.asked(BooksFigures()).starts) == 2


def test_E83_who_has_no_part_in_cash_sees_none_of_it(hands: Hands) -> None:
    hands.top_up(500)
    hands.press("done")
    hands.print_out()
    hands.wait(200)
    for number in (TECHNICIAN, AUDITOR):
        hands.sign_in(number)
        hands.go("today")
        hands.silent("Cash in the box", "500.00", "topped up")
        assert "open:open_shift" not in hands.pressable()


def test_the_screen_is_cleaned_and_handed_over(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.press("clean")
    assert isinstance(hands.scene, AtWork)
    hands.wait(31)
    assert isinstance(hands.page, Today)
    hands.press("hand_over")
    assert isinstance(hands.scene, AtWork)
    hands.press("staff")
    assert not isinstance(hands.scene, Welcome)


def test_the_page_follows_what_happens(hands: Hands) -> None:
    hands.sign_in(OWNER)
    number = hands.situation.page
    hands.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"))
    hands.says("The note machine does not answer")
    assert hands.situation.page == number, "it is the same page: no touch of it is lost"
