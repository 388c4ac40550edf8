"""A9 by touches: how each device is, what to do about a fault, and the tests of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from kiosk.core import flow
from kiosk.core.capabilities import DeviceState, fault_of
from kiosk.core.desk.devices import CardTest, DevicePage, Devices, Mending, NoteTest
from kiosk.core.desk.scenes import Desk, StaffSignIn
from kiosk.core.device_faults import REMEDIES
from kiosk.core.errands import LookAtMachine, MachineLook
from kiosk.core.errors import Cause
from kiosk.core.fault_signs import OFF, SIGNS, FaultWord
from kiosk.core.ids import DeviceId, note_id
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorState,
    AcknowledgeNote,
    AskFiscalStatus,
    CardPresented,
    CardRefused,
    Contact,
    ContactsChanged,
    DeviceDown,
    DeviceUp,
    Event,
    FiscalStatus,
    HopperChanged,
    Light,
    LightPattern,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PrinterChanged,
    PrintSlip,
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    SlipFailed,
    SlipPrinted,
    Sound,
    StackNote,
)
from kiosk.core.sentences import SENTENCES
from kiosk.screens.view import Fact, Tile
from tests.core.guest import ACCEPTOR, PRINTER, READER, UID, rub
from tests.screens.desk.hands import CASHIER, TECHNICIAN, Hands, inside

STRIPE, LIGHTS, FISCAL = DeviceId("stripe"), DeviceId("lights"), DeviceId("fiscal")
COINS = DeviceId("coins")
LOOK = MachineLook("Raspberry Pi 4", 54, 31, 12 * 86_400, ("192.168.1.20",), helper=True)


@pytest.fixture
def at_devices(hands: Hands) -> Hands:
    """The owner at the devices; the kiosk has a stripe reader and lights, too."""
    machine = hands.situation.machine
    more = {STRIPE: DeviceState("reader"), LIGHTS: DeviceState("lights")}
    hands.situation = replace(
        hands.situation, machine=replace(machine, devices={**machine.devices, **more})
    )
    hands.tell(DeviceUp(STRIPE, "reader", "serial"), DeviceUp(LIGHTS, "lights", "red on GPIO17"))
    hands.does[LookAtMachine] = lambda errand: LOOK
    hands.sign_in()
    hands.go("devices")
    return hands


def tiles(hands: Hands) -> dict[str, tuple[str, str]]:
    return {t.headline: (t.value, t.tone) for t in inside(hands.view, Tile)}


def test_every_device_stands_in_a_tile_with_its_state_in_a_word(at_devices: Hands) -> None:
    hands = at_devices
    hands.tell(
        PrinterChanged(PRINTER, "low"),
        AcceptorChanged(ACCEPTOR, "cassette_full"),
        DeviceDown(STRIPE, "reader", "there is none; check the cable"),
    )
    assert tiles(hands) == {
        "Contactless reader": ("Ready", "good"),
        "Note acceptor": ("The cashbox is full", "bad"),
        "Receipt printer": ("Paper is running low", "warning"),
        "Stripe reader": ("Not plugged in", "bad"),
        "Lights and buzzer": ("Ready", "good"),
        "Books": ("In order", "good"),
        "Machine": ("54 °C · 31 % memory", "good"),
    }
    hands.says("there is none; check the cable", "Raspberry Pi 4 · on for 12 days")


def test_what_was_read_and_what_was_wrong_is_remembered_with_its_times(at_devices: Hands) -> None:
    hands = at_devices
    hands.press("lock")
    hands.tap()
    hands.press("leave") if "leave" in hands.shown() else hands.press("back")
    hands.tell(CardRefused(READER, "contactless", "unreadable"))
    hands.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    hands.now = hands.now.later(120)
    hands.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    hands.wait(60)
    hands.sign_in()
    hands.go("devices")
    hands.says("bad reads: 1 of 2")
    hands.press("Note acceptor")
    hands.says("A note sticks in the acceptor", "18:00 – 18:02")
    hands.silent("now")
    hands.tell(DeviceDown(ACCEPTOR, "acceptor", "the note acceptor does not answer any more"))
    hands.says("18:03 – now", "the note acceptor does not answer any more")


HOPPER, PAYS, VOICE = DeviceId("hopper"), DeviceId("terminal"), DeviceId("voice")
NAMES = {"printer": PRINTER, "reader": READER, "payment": PAYS, "speech": VOICE}
TELLS: dict[FaultWord, Callable[[str], Event]] = {
    **{
        s: lambda says, s=s: AcceptorChanged(ACCEPTOR, s, says) for s in get_args(AcceptorState)[3:]
    },
    "paper_out": lambda says: PrinterChanged(PRINTER, "out"),
    "paper_low": lambda says: PrinterChanged(PRINTER, "low"),
    "cover_open": lambda says: PrinterChanged(PRINTER, cover_open=True),
    "error": lambda says: PrinterChanged(PRINTER, error=says),
    "coins_full": lambda says: AcceptorChanged(COINS, "cassette_full", says),
    "coins_jammed": lambda says: AcceptorChanged(COINS, "jammed_validator", says),
    "coins_cheated": lambda says: AcceptorChanged(COINS, "cheated", says),
    "coins_lever": lambda says: AcceptorChanged(COINS, "paused", says),
    "coins_foreign": lambda says: AcceptorChanged(COINS, "wrong_currency", says),
    "coins_failed": lambda says: AcceptorChanged(COINS, "failed", says),
    "hopper_low": lambda says: HopperChanged(HOPPER, "low", says),
    "hopper_empty": lambda says: HopperChanged(HOPPER, "empty", says),
    "hopper_jammed": lambda says: HopperChanged(HOPPER, "jammed", says),
    "hopper_failed": lambda says: HopperChanged(HOPPER, "failed", says),
    "fiscal_trouble": lambda says: FiscalStatus(FISCAL, "open", 3, says),
    "fiscal_shift_expired": lambda says: FiscalStatus(FISCAL, "expired", 3),
    **{
        word: lambda says, word=word: ContactsChanged(DeviceId("contacts"), (word,))
        for word in get_args(Contact)
    },
    **{
        off: lambda says, role=role: DeviceDown(NAMES.get(role, DeviceId(role)), role, says)
        for role, off in OFF.items()
    },
}
"""What tells each fault, with a driver's words; those that are told more exactly stand in SIGNS."""
STATES: dict[FaultWord, Event] = {
    sign.word: TELLS[told](f"it says: {sign.says}")
    for told, signs in SIGNS.items()
    for sign in signs
} | {word: tells("as nobody knows") for word, tells in TELLS.items()}


@pytest.mark.parametrize("fault", get_args(FaultWord))
def test_of_every_fault_the_cause_and_the_steps_are_told_until_it_works_again(
    at_devices: Hands, fault: FaultWord
) -> None:
    hands = at_devices
    event = STATES[fault]
    device = event.device  # type: ignore[attr-defined]
    hands.tell(DeviceUp(FISCAL, "fiscal", "ATOL")) if device == FISCAL else None
    hands.tell(DeviceUp(COINS, "coins", "X6")) if device == COINS else None
    hands.tell(event)
    state = hands.situation.machine.devices[device]
    assert fault_of(state) == fault
    hands.press(f"device:{device}")
    hands.says(str(SENTENCES[f"desk.fault.{fault}"]), str(SENTENCES[f"desk.cause.{fault}"]))
    hands.press("mend")
    for step in range(1, REMEDIES[fault].steps + 1):
        hands.says(str(SENTENCES[f"desk.step.{fault}.{step}"]))
        assert isinstance(hands.page, Mending) and not hands.page.over
        hands.press("done")
    hands.says("It is not well yet.")
    started = ResetAcceptor(ACCEPTOR) in hands.effects
    assert started == REMEDIES[fault].starts_over
    if state.role in ("acceptor", "printer"):
        well = AcceptorChanged(ACCEPTOR, "disabled") if state.role == "acceptor" else None
        hands.tell(DeviceUp(device, state.role), well or PrinterChanged(PRINTER))
        hands.says("It works again.")
    hands.press("To the device")
    assert isinstance(hands.page, DevicePage)


def test_no_step_is_without_a_sentence_and_no_sentence_without_a_step() -> None:
    assert set(REMEDIES) == set(get_args(FaultWord)) == set(STATES)
    steps = {f"desk.step.{w}.{n}" for w, r in REMEDIES.items() for n in range(1, r.steps + 1)}
    assert steps == {key for key in SENTENCES if key.startswith("desk.step.")}


@pytest.mark.parametrize(
    ("device", "test", "page"),
    [
        (PRINTER, "Print a test page", DevicePage),
        (READER, "Try a card", CardTest),
        (ACCEPTOR, "Try a note", NoteTest),
    ],
)
def test_what_works_again_is_tried_by_its_re_test(
    at_devices: Hands, device: DeviceId, test: str, page: type
) -> None:
    hands = at_devices
    role = hands.situation.machine.devices[device].role
    hands.tell(DeviceDown(device, role, "it was unplugged: there is none"))
    hands.press(f"device:{device}", "mend")
    steps = REMEDIES["line_missing"].steps
    for _ in range(steps):
        hands.press("done")
    assert test not in hands.pressable().values()
    hands.tell(DeviceUp(device, role))
    if role == "printer":
        hands.tell(PrinterChanged(PRINTER))
    hands.says("It works again.")
    hands.press(test)
    assert isinstance(hands.page, page)
    assert role != "printer" or hands.slips


def test_the_steps_lead_back_as_well_and_starting_over_is_on_record(at_devices: Hands) -> None:
    hands = at_devices
    hands.tell(AcceptorChanged(ACCEPTOR, "paused"))
    hands.press("Note acceptor", "mend", "done", "back")
    hands.says("Step 1 of 3")
    hands.press("done", "done", "done")
    assert hands.entry.kind == "machine_maintained" and hands.entry.actor == "staff:106"
    assert hands.entry.refs == {"what": "acceptor_reset", "device": "acceptor"}
    hands.says("The acceptor starts over.")
    hands.press("Once more")
    hands.says("Step 1 of 3")


# --- the printer -------------------------------------------------------------------------------


def test_a_test_page_is_printed_marked_and_moves_no_money(at_devices: Hands) -> None:
    hands = at_devices
    before = hands.venue.ledger.verify()
    hands.press("Receipt printer", "Print a test page")
    hands.says("The test page is being printed.")
    assert "TEST · nothing was paid" in hands.slips[-1] and "АБВГДЕЁ" in hands.slips[-1]
    assert hands.entry.kind == "slip_issued" and not hands.entry.postings
    hands.print_out()
    hands.says("The test page is out.")
    assert before == hands.venue.ledger.verify() == []


@pytest.mark.parametrize("reason", ["paper_out", "cover_open", "lost", "nonsense"])
def test_a_test_page_that_does_not_come_out_says_why(at_devices: Hands, reason: str) -> None:
    hands = at_devices
    hands.press("Receipt printer", "Print a test page")
    job = next(e.job for e in reversed(hands.effects) if isinstance(e, PrintSlip))
    hands.tell(SlipFailed(PRINTER, job, "not_printed", reason))
    told = SENTENCES[f"desk.print.{reason if reason != 'nonsense' else 'error'}"]
    hands.says(f"The test page did not come out: {told}.")


def test_without_a_printer_that_works_nothing_is_sent(at_devices: Hands) -> None:
    hands = at_devices
    hands.tell(DeviceDown(PRINTER, "printer", "gone"))
    hands.press("Receipt printer", "Print a test page")
    hands.says("The test page did not come out: the printer does not answer.")
    assert not hands.slips


# --- a note without booking --------------------------------------------------------------------


def trying_a_note(hands: Hands) -> None:
    hands.press("Note acceptor", "Try a note")
    assert AcceptNotes(ACCEPTOR, hands.situation.venue.faces) in hands.effects
    hands.says("Wait until the acceptor is ready")
    hands.tell(AcceptorChanged(ACCEPTOR, "ready"))
    hands.says("Put a note in", "Nothing is booked.")


def test_a_note_is_recognised_given_back_and_never_booked(at_devices: Hands) -> None:
    hands = at_devices
    trying_a_note(hands)
    seq = hands.venue.ledger.seq
    note = note_id(ACCEPTOR, hands.situation.house.start, 1)
    assert hands.tell(NoteEscrowed(ACCEPTOR, note, rub(500))) == [ReturnNote(note)]
    hands.says("500.00", "recognised, on its way back")
    hands.tell(NoteReturned(ACCEPTOR, note), NoteRejected(ACCEPTOR, "length"))
    hands.says("recognised, and back", "Not taken", "length")
    assert hands.venue.ledger.seq == seq
    assert not any(isinstance(e, StackNote) for e in hands.effects)
    assert hands.press("back") == [RefuseNotes(ACCEPTOR)]


@pytest.mark.parametrize("leaving", ["section:today", "lock", "clean", "hand_over", "silence"])
def test_whatever_ends_the_page_the_acceptor_takes_nothing_any_more(
    at_devices: Hands, leaving: str
) -> None:
    hands = at_devices
    trying_a_note(hands)
    effects = hands.wait(1000) if leaving == "silence" else hands.tell_button(leaving)
    assert effects.count(RefuseNotes(ACCEPTOR)) == 1
    assert not isinstance(getattr(hands.scene, "page", None), NoteTest)
    note = note_id(ACCEPTOR, hands.situation.house.start, 7)
    assert ReturnNote(note) in hands.tell(NoteEscrowed(ACCEPTOR, note, rub(100)))
    assert "note_held" not in hands.kinds()


def test_an_acceptor_that_started_over_meanwhile_is_let_take_notes_again(
    at_devices: Hands,
) -> None:
    hands = at_devices
    trying_a_note(hands)
    effects = hands.tell(
        DeviceDown(ACCEPTOR, "acceptor", "gone"),
        DeviceUp(ACCEPTOR, "acceptor"),
        AcceptorChanged(ACCEPTOR, "disabled"),
    )
    assert AcceptNotes(ACCEPTOR, hands.situation.venue.faces) in effects


def test_a_note_that_is_stacked_all_the_same_is_booked_as_found_and_the_desk_stays(
    at_devices: Hands,
) -> None:
    hands = at_devices
    trying_a_note(hands)
    note = note_id(ACCEPTOR, hands.situation.house.start, 1)
    hands.tell(NoteEscrowed(ACCEPTOR, note, rub(500)))
    effects = hands.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert AcknowledgeNote(note) in effects
    assert "note_suspended" in hands.kinds() and "claim_issued" in hands.kinds()
    assert isinstance(hands.scene, Desk) and isinstance(hands.page, NoteTest)
    assert "500.00" in hands.notice
    assert hands.venue.ledger.verify() == []


# --- a card ------------------------------------------------------------------------------------


def test_a_card_is_read_masked_and_nothing_comes_of_it(at_devices: Hands) -> None:
    hands = at_devices
    hands.press("Contactless reader", "Try a card")
    seq = hands.venue.ledger.seq
    hands.tap()
    hands.says("•••• ", "read well")
    assert UID not in hands.words() and UID not in repr(hands.page)
    for reason, told in (
        ("bank_card", "a bank card or a phone"),
        ("random_uid", "a card that changes its number"),
        ("unreadable", "not read"),
    ):
        hands.tell(CardRefused(READER, "contactless", reason))  # type: ignore[arg-type]
        hands.says(told)
    hands.tell(CardPresented(STRIPE, "magnetic", ";9999999=1?"))
    assert isinstance(hands.page, CardTest) and len(hands.page.seen) == 4
    assert hands.venue.ledger.seq == seq


def test_a_card_of_nobody_says_so_and_a_staff_card_signs_nobody_in(at_devices: Hands) -> None:
    hands = at_devices
    hands.press("Stripe reader", "Try a card")
    hands.tell(CardPresented(STRIPE, "magnetic", ";1?"))
    hands.says("read well; no card of this venue")
    hands.tell(CardPresented(STRIPE, "magnetic", ";9000106=1?"))
    assert not isinstance(hands.scene, StaffSignIn)


# --- the lights --------------------------------------------------------------------------------


def test_every_pattern_is_shown_one_after_another_and_then_the_desks_own(
    at_devices: Hands,
) -> None:
    hands = at_devices
    shown = [
        e.pattern
        for e in hands.press("Lights and buzzer", "try_lamps:lights")
        if isinstance(e, Light)
    ]
    for _ in get_args(LightPattern)[1:]:
        shown += [e.pattern for e in hands.press("Next") if isinstance(e, Light)]
    assert shown == list(get_args(LightPattern))
    hands.says("Dark")
    assert hands.press("Alarm tone") == [Sound("attention")]
    assert hands.press("Short tone") == [Sound("ok")]
    assert hands.press("Before") == [Light("out_of_order")]
    assert hands.press("section:today") == [Light("reading")]
    assert flow.lights(hands.situation) == "reading"


# --- everything --------------------------------------------------------------------------------


def test_everything_that_needs_no_hand_is_tested_and_the_rest_is_listed(
    at_devices: Hands,
) -> None:
    hands = at_devices
    hands.tell(DeviceUp(FISCAL, "fiscal", "ATOL"), FiscalStatus(FISCAL, "open", 3))
    effects = hands.press("Test everything")
    assert AskFiscalStatus() in effects and Sound("ok") in effects
    assert sum(isinstance(e, PrintSlip) for e in effects) == 1
    hands.says("The test page is being printed.", "These need a hand")
    hands.print_out()
    hands.says("The test page is out.")
    offered = {name for name in hands.pressable() if name.startswith("try_")}
    assert offered == {
        "try_card:reader",
        "try_card:stripe",
        "try_note:acceptor",
        "try_lamps:lights",
    }
    hands.press("try_card:stripe")
    assert hands.page == CardTest(STRIPE)


# --- who may -----------------------------------------------------------------------------------


def test_a_cashier_sees_how_they_are_and_clears_a_jam_but_starts_nothing_over(
    at_devices: Hands,
) -> None:
    hands = at_devices
    hands.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    hands.sign_in(CASHIER)
    hands.go("devices")
    assert "test_all" not in hands.pressable()
    hands.press("Note acceptor")
    for absent in ("try_note:acceptor", "start_over", "port"):
        assert absent not in hands.pressable()
        page = hands.page
        hands.tell_button(absent)
        assert hands.page == page and ResetAcceptor(ACCEPTOR) not in hands.effects
    hands.press("mend", *["done"] * 5)
    assert ResetAcceptor(ACCEPTOR) not in hands.effects
    assert "machine_maintained" not in hands.kinds()


def test_a_technician_may_all_of_it(at_devices: Hands) -> None:
    hands = at_devices
    hands.sign_in(TECHNICIAN)
    hands.go("devices")
    hands.press("Note acceptor", "Start it over")
    assert hands.effects[-1] == ResetAcceptor(ACCEPTOR)
    assert hands.entry.actor == "staff:104"


@pytest.mark.parametrize(
    "button",
    ["device:nobody", "device:", "try_note:printer", "try_card:acceptor", "nonsense"],
)
def test_a_button_that_is_none_changes_nothing(at_devices: Hands, button: str) -> None:
    hands = at_devices
    for first in (None, "device:acceptor"):
        if first:
            hands.press(first)
        kinds, before = hands.kinds(), type(hands.page)
        hands.tell_button(button)
        assert hands.kinds() == kinds
        assert isinstance(hands.page, (before, Devices))


def test_a_slip_of_somebody_else_is_no_answer_to_the_test_page(at_devices: Hands) -> None:
    hands = at_devices
    hands.press("Receipt printer", "Print a test page")
    hands.tell(SlipPrinted(PRINTER, "x_report:1"))  # type: ignore[arg-type]
    hands.says("The test page is being printed.")


def test_why_a_device_does_not_answer_is_told_with_since_when(at_devices: Hands) -> None:
    hands = at_devices
    hands.tell(DeviceDown(STRIPE, "reader", "[Errno 5] whatever it is", "unplugged"))
    began = hands.now.wall
    hands.press(f"device:{STRIPE}")
    first = {fact.name: fact.value for fact in inside(hands.view, Fact)}
    assert first["Why"] == SENTENCES["desk.doctor.unplugged"]
    hands.now = hands.now.later(60)
    hands.tell(DeviceDown(STRIPE, "reader", "another sentence", "unplugged"))
    facts = {fact.name: fact.value for fact in inside(hands.view, Fact)}
    assert facts["Since"] == first["Since"], "of the same cause it is the same fault"
    assert facts["It says"] == "another sentence"
    (fault,) = [f for f in hands.situation.machine.faults if f.device == STRIPE]
    assert (fault.word, fault.cause, fault.since) == ("line_missing", "unplugged", began)
    hands.tell(DeviceUp(STRIPE, "reader", "serial"))
    facts = {fact.name: fact.value for fact in inside(hands.view, Fact)}
    assert "Why" not in facts and "Since" not in facts


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("denied", "May not be used"),
        ("in_use", "Used by something else"),
        ("other", "Another device is there"),
        ("not_found", "Not plugged in"),
    ],
)
def test_the_cause_decides_where_the_words_say_nothing(
    at_devices: Hands, cause: Cause, told: str
) -> None:
    at_devices.tell(DeviceDown(STRIPE, "reader", "words of a library", cause))
    assert tiles(at_devices)["Stripe reader"] == (told, "bad")
