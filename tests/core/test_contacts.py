"""The contacts of the cabinet in the core: a failing power stops all money, and is over again."""

from __future__ import annotations

import pytest

from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    Contact,
    ContactsChanged,
    DeviceDown,
    DeviceUp,
    NoteReturned,
    NoteStacked,
    PrintSlip,
    RefuseNotes,
    ReturnNote,
    StackNote,
)
from kiosk.core.situation import Problem, TopUp, Welcome
from kiosk.core.tasks import alarms
from tests.core.guest import ACCEPTOR, Guest, rub

CABINET = DeviceId("cabinet")
FAILS = ContactsChanged(CABINET, ("power_fails",))
WELL = ContactsChanged(CABINET, ())


def on_record(guest: Guest) -> list[str]:
    """What was put down of the machine, in order."""
    entries = guest.venue.ledger.between(1, guest.venue.ledger.seq)
    return [str(e.refs["what"]) for e in entries if e.kind == "machine_maintained"]


def problem(guest: Guest) -> Problem:
    assert isinstance(guest.scene, Problem)
    return guest.scene


def test_the_power_fails_before_a_note_went_in(guest: Guest) -> None:
    guest.top_up()
    effects = guest.tell(FAILS)
    assert RefuseNotes(ACCEPTOR) in effects
    assert (problem(guest).key, problem(guest).money) == ("err.power_fails", "nothing")
    assert "The power has failed here" in guest.words()
    guest.press("continue")
    assert not guest.buttons()["top_up"].enabled
    assert "power has failed" in guest.buttons()["top_up"].why
    guest.tell(WELL)
    assert guest.buttons()["top_up"].enabled
    assert AcceptNotes(ACCEPTOR, (50, 100, 200, 500, 1000)) in guest.press("top_up")


def test_a_note_that_is_drawn_in_while_the_power_fails_goes_back(guest: Guest) -> None:
    card = guest.top_up()
    guest.tell(AcceptorChanged(ACCEPTOR, "busy"), FAILS)
    note, effects = guest.escrow(500)
    assert ReturnNote(note) in effects and StackNote(note) not in effects
    assert "note_held" not in guest.kinds()
    guest.tell(NoteReturned(ACCEPTOR, note), AcceptorChanged(ACCEPTOR, "disabled"))
    assert guest.balance(card) == "0.00" and guest.undecided() == {}


def test_a_note_whose_way_into_the_box_was_ordered_is_credited_and_is_the_last(
    guest: Guest,
) -> None:
    card = guest.top_up()
    note, effects = guest.escrow(500)
    assert StackNote(note) in effects
    effects = guest.tell(FAILS)
    assert RefuseNotes(ACCEPTOR) in effects and ReturnNote(note) not in effects
    assert guest.undecided() == {note: "held"}, "on the disk before it moved"
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.balance(card) == "500.00"
    assert not any(isinstance(e, AcceptNotes) for e in effects)
    assert any(isinstance(e, PrintSlip) for e in effects)
    assert (problem(guest).key, problem(guest).money) == ("err.power_stacked", "safe")
    assert "500" in guest.words() and "nothing more is taken" in guest.words()


def test_a_power_that_comes_back_at_once_lets_the_top_up_go_on(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(FAILS)
    told = guest.tell(WELL)
    told += guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert isinstance(guest.scene, TopUp) and guest.balance(card) == "500.00"
    assert AcceptNotes(ACCEPTOR, (50, 100, 200, 500, 1000)) in told
    guest.insert(200)
    assert guest.balance(card) == "700.00"


def test_an_acceptor_that_is_out_of_the_same_socket_says_the_power_and_not_itself(
    guest: Guest,
) -> None:
    guest.top_up()
    guest.tell(FAILS, DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    assert problem(guest).key == "err.power_fails"
    guest.press("continue")
    assert "power has failed" in guest.buttons()["top_up"].why
    guest.tell(WELL)
    assert "power" not in guest.buttons()["top_up"].why
    assert not guest.buttons()["top_up"].enabled


def test_who_only_looks_is_served_and_reads_of_it(guest: Guest) -> None:
    card = guest.home()
    guest.press("leave")
    guest.tell(FAILS)
    assert isinstance(guest.scene, Welcome) and "The power has failed here" in guest.words()
    assert "cash_off" in str(guest.view)
    guest.tap()
    assert guest.balance(card) == "0.00"
    guest.press("leave")
    guest.tell(WELL)
    assert "power" not in guest.words()


def test_contacts_that_no_longer_answer_stop_nothing(guest: Guest) -> None:
    guest.tell(FAILS)
    guest.tell(DeviceDown(CABINET, "contacts", "pins: gone"))
    assert "power" not in guest.words()
    guest.tell(DeviceUp(CABINET, "contacts", "power on GPIO25"), FAILS)
    assert "power" in guest.words()


@pytest.mark.parametrize("contact", ["door_open", "tilted"])
def test_a_door_and_a_tilt_are_told_to_staff_and_stop_nobody(
    guest: Guest, contact: Contact
) -> None:
    card = guest.top_up()
    assert RefuseNotes(ACCEPTOR) not in guest.tell(ContactsChanged(CABINET, (contact,)))
    assert isinstance(guest.scene, TopUp)
    guest.insert(500)
    assert guest.balance(card) == "500.00"
    (alarm,) = alarms(guest.situation.machine)
    assert (alarm.sentence, alarm.severity) == (f"alarm.{contact}", "now")
    guest.tell(WELL)
    assert alarms(guest.situation.machine) == ()


def test_what_befell_the_machine_stands_in_the_books(guest: Guest) -> None:
    guest.tell(WELL)
    guest.tell(ContactsChanged(CABINET, ("door_open",)))
    guest.tell(ContactsChanged(CABINET, ("power_fails", "door_open")))
    guest.tell(WELL)
    assert on_record(guest) == ["door_opened", "power_failed", "power_back", "door_shut"]
    last = guest.venue.ledger.entry(guest.venue.ledger.seq)
    assert last is not None and (last.actor, last.refs["device"]) == ("kiosk", CABINET)


def test_a_contact_that_is_loose_does_not_fill_the_books(guest: Guest) -> None:
    guest.now = guest.now.later(60 - guest.now.mono_s % 60)
    for _ in range(50):
        guest.tell(ContactsChanged(CABINET, ("tilted",)), WELL)
    assert on_record(guest) == ["tilted", "upright"]
    guest.now = guest.now.later(60)
    guest.tell(ContactsChanged(CABINET, ("tilted",)))
    assert on_record(guest) == ["tilted", "upright", "tilted"]
