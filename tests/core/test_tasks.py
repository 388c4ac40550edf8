"""What waits for somebody: tasks of the books, alarms of the machine, what blocks a kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from kiosk.core import capabilities
from kiosk.core.calls import CallHelp
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.cash import DoubtNote, HoldNote, RecordStart, SuspendNote
from kiosk.core.cashbox import CollectCashbox, RecordCashboxOut
from kiosk.core.claims import IssueClaim
from kiosk.core.fiscal import NextFiscal, RecordFiscal
from kiosk.core.ids import CardId, DeviceId, NoteId
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorState,
    CareChanged,
    CareWord,
    DeviceDown,
    DeviceUp,
    PrinterChanged,
    Role,
    SpaceChanged,
)
from kiosk.core.sentences import SENTENCES
from kiosk.core.shifts import OpenShift
from kiosk.core.strikes import RecordStrike
from kiosk.core.tasks import CLAIM_OPEN_H, NOTE_MOVES_S, Task, Tasks, alarms, say
from kiosk.core.tenders import FaceCount
from kiosk.core.terminal_payments import BeginTerminalPayment, RecordTerminalPayment
from kiosk.core.texts import Texts
from kiosk.core.trust import RULES
from tests.core.centre import CENTRE, Centre
from tests.core.guest import ACCEPTOR, PRINTER, READER, Guest, make_venue, rub, shelf

EN = Texts.of("en")
DAY_S = 24 * 3600


class House(Guest):
    def do(self, command: object, key: str, actor: str = "kiosk") -> Entry:
        done = self.venue.do(command, actor=actor, key=key, now=self.now)
        assert isinstance(done, Entry), done
        return done

    def tasks(self) -> tuple[Task, ...]:
        return self.venue.ask(Tasks(), self.now)

    def sentences(self) -> list[str]:
        return [task.sentence for task in self.tasks()]

    def later(self, seconds: float) -> None:
        self.now = self.now.later(seconds)

    def note(self, counter: int = 1) -> NoteId:
        return NoteId(f"{ACCEPTOR}/{self.situation.house.start}/{counter}")

    def hold(self) -> NoteId:
        card = self.register()
        self.do(HoldNote(self.note(), rub(500), card.client, card.id), f"hold:{self.note()}")
        return self.note()


@pytest.fixture
def house() -> Iterator[House]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield House(venue)
        venue.close()


def test_a_quiet_kiosk_has_no_tasks(house: House) -> None:
    house.register()
    assert house.tasks() == ()


def test_a_held_note_is_a_task_when_it_takes_too_long(house: House) -> None:
    house.hold()
    assert house.tasks() == (), "it is on its way"
    held_at = house.venue.ledger.last_at
    house.later(NOTE_MOVES_S + 1)
    (task,) = house.tasks()
    assert (task.sentence, task.severity, task.since) == ("task.note_unknown", "now", held_at)
    assert "500.00" in say(task, EN)[0]


@pytest.mark.parametrize("how", ["doubtful", "a former start"])
def test_a_note_that_nobody_tells_of_any_more_is_a_task_at_once(house: House, how: str) -> None:
    note = house.hold()
    if how == "doubtful":
        house.do(DoubtNote(note), f"doubt:{note}")
    else:
        start = house.situation.house.start + 1
        house.do(RecordStart(start), f"start:{start}")
    assert house.sentences() == ["task.note_unknown"]


def test_a_note_in_suspense_waits_until_it_is_a_claim_and_that_for_a_day(house: House) -> None:
    note = house.note()
    house.do(SuspendNote(note, rub(1000)), f"suspend:{note}")
    (task,) = house.tasks()
    assert (task.sentence, task.key) == ("task.note_suspense", f"suspense:{note}")
    assert task.since == house.venue.ledger.last_at
    house.do(IssueClaim(note, "en"), f"claim:{note}")
    assert house.tasks() == (), "the guest has a day to bring the claim"
    house.later(CLAIM_OPEN_H * 3600 + 1)
    (task,) = house.tasks()
    assert say(task, EN)[0] == "Claims open for longer than a day: 1. The oldest is number 000001."


def test_a_pulled_box_and_a_bag_wait_for_their_count(house: House) -> None:
    note = house.note()
    house.do(SuspendNote(note, rub(1000)), f"suspend:{note}")
    house.do(RecordCashboxOut(ACCEPTOR, 1), f"pulled:{ACCEPTOR}/1")
    assert house.sentences() == ["task.box_pulled", "task.note_suspense"]
    house.later(1)
    house.do(CollectCashbox(ACCEPTOR, None, "S-1"), "collect", "cli")
    assert house.sentences() == ["task.note_suspense", "task.bag"]


def test_a_payment_that_nobody_knows_the_end_of_is_a_task_until_it_is_known(house: House) -> None:
    card = house.register()
    pay = BeginTerminalPayment("top_up", rub(500), "en", client=card.client)
    payment = str(house.do(pay, "pay", "guest").refs["payment"])
    assert house.tasks() == (), "the guest is at the terminal"
    house.do(RecordTerminalPayment(payment, "unknown"), "unknown")
    (task,) = house.tasks()
    assert (task.key, task.sentence, task.severity) == (payment, "task.payment_unknown", "now")
    assert "500.00" in say(task, EN)[0]
    house.do(RecordTerminalPayment(payment, "approved"), "approved")
    assert house.tasks() == ()


def test_a_fiscal_document_that_the_device_left_open_is_a_task() -> None:
    with shelf() as folder:
        venue = make_venue(folder, CENTRE)
        centre = Centre(venue)
        centre.prepaid("entrance-1000", 1000)
        step = centre.ask(NextFiscal())
        assert step is not None
        for outcome in ("sent", "failed"):
            command = RecordFiscal(step.document.id, 1, outcome, reason="silent")
            done = venue.do(command, actor="kiosk", key=outcome, now=centre.now)
            assert isinstance(done, Entry), done
        (task,) = [t for t in centre.ask(Tasks()) if t.sentence == "task.fiscal_attention"]
        assert (task.key, task.severity) == (step.document.id, "now")
        assert "1 000.00" in say(task, EN)[0].replace("\u202f", " ")
        venue.close()


def test_a_shift_that_is_open_for_too_long_is_a_task(house: House) -> None:
    house.do(OpenShift((FaceCount(rub(100), 0),)), "open", "cli")
    house.later(23 * 3600)
    assert house.tasks() == ()
    house.later(DAY_S)
    assert house.sentences() == ["task.shift_overdue"]


def test_a_strike_is_told_in_words_and_names_no_client(house: House) -> None:
    card = house.register(phone="9162041234", name="zinaida")
    strike = RecordStrike("blocked_card", card.client, card.id)
    house.do(strike, "strike")
    (task,) = house.tasks()
    told = " ".join(say(task, EN))
    assert told.startswith("A blocked card was shown. (1)")
    assert "zinaida" not in told.lower() and card.client not in told


def test_every_rule_that_strikes_has_its_words() -> None:
    for rule in (*(r.name for r in RULES), "blocked_card", "copied_uid"):
        assert f"rule.{rule}" in SENTENCES


def test_who_waits_longest_is_first_and_guests_before_money(house: House) -> None:
    note = house.note()
    house.do(SuspendNote(note, rub(1000)), f"suspend:{note}")
    house.later(10)
    card = house.register()
    held = house.note(2)
    house.do(HoldNote(held, rub(500), card.client, card.id), f"hold:{held}")
    house.do(DoubtNote(held), f"doubt:{held}")
    house.do(CallHelp("welcome", "en", CardId("")), "help:1", "guest")
    assert house.sentences() == ["task.help", "task.note_unknown", "task.note_suspense"]


# --- alarms -------------------------------------------------------------------------------------


def machine(*events: Any) -> Machine:
    made = Machine(
        {
            READER: DeviceState("reader"),
            ACCEPTOR: DeviceState("acceptor"),
            PRINTER: DeviceState("printer"),
        }
    )
    up = (
        DeviceUp(READER, "reader"),
        DeviceUp(ACCEPTOR, "acceptor"),
        DeviceUp(PRINTER, "printer"),
        PrinterChanged(PRINTER),
    )
    for event in (*up, *events):
        made = capabilities.told(made, event)
    return made


def words(made: Machine, **more: bool) -> list[str]:
    return [task.sentence.removeprefix("alarm.") for task in alarms(made, **more)]


def test_a_machine_that_works_or_was_not_tried_yet_raises_no_alarm() -> None:
    assert alarms(machine()) == ()
    assert alarms(Machine({READER: DeviceState("reader")})) == ()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (PrinterChanged(PRINTER, "low"), ["paper_low"]),
        (PrinterChanged(PRINTER, "out"), ["paper_out"]),
        (PrinterChanged(PRINTER, "ok", True), ["cover_open"]),
        (PrinterChanged(PRINTER, "ok", False, "cutter"), ["printer_error"]),
        (
            PrinterChanged(PRINTER, "out", True, "cutter"),
            ["paper_out", "cover_open", "printer_error"],
        ),
        (DeviceDown(PRINTER, "printer", "gone"), ["printer_off"]),
        (DeviceDown(READER, "reader", "gone"), ["reader_off"]),
        (DeviceDown(ACCEPTOR, "acceptor", "gone"), ["acceptor_off"]),
        (AcceptorChanged(ACCEPTOR, "jammed_validator"), ["cash_jammed"]),
        (AcceptorChanged(ACCEPTOR, "cassette_full"), ["cash_full"]),
        (AcceptorChanged(ACCEPTOR, "cassette_out"), ["cash_out"]),
        (AcceptorChanged(ACCEPTOR, "ready"), []),
        (AcceptorChanged(ACCEPTOR, "paused"), []),
        (SpaceChanged(True), ["space_low"]),
        (CareChanged(("backup_late", "clock_free")), ["backup_late", "clock_free"]),
    ],
)
def test_what_a_device_says_is_an_alarm_and_goes_when_it_is_well(
    event: Any, expected: list[str]
) -> None:
    assert words(machine(event)) == expected
    well = {
        PrinterChanged: PrinterChanged(PRINTER),
        AcceptorChanged: AcceptorChanged(ACCEPTOR, "ready"),
        SpaceChanged: SpaceChanged(False),
        CareChanged: CareChanged(()),
    }.get(type(event))
    if isinstance(event, DeviceDown):
        well = DeviceUp(event.device, event.role)
    assert words(machine(event, well)) == []


def test_books_that_fail_are_an_alarm_and_block() -> None:
    assert words(machine(), books_failed=True) == ["books_failed", "blocked"]


@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_every_alarm_says_what_it_is_and_what_to_do(language: str) -> None:
    found = [
        *(task for role in get_args(Role) for task in alarms(down(role))),
        *(task for s in get_args(AcceptorState) for task in alarms(machine(acceptor(s)))),
        *alarms(machine(PrinterChanged(PRINTER, "low", True, "cutter"), SpaceChanged(True))),
        *alarms(machine(PrinterChanged(PRINTER, "out")), books_failed=True),
        *alarms(machine(CareChanged(get_args(CareWord)))),
    ]
    texts = Texts.of(language)
    for task in found:
        told, do = say(task, texts)
        assert told and do and "{" not in told + do
    assert len({task.sentence for task in found}) >= 18


def down(role: Role) -> Machine:
    return Machine({DeviceId("it"): DeviceState(role, False, "gone")})


def acceptor(state: AcceptorState) -> AcceptorChanged:
    return AcceptorChanged(ACCEPTOR, state)
