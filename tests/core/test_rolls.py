"""P-01 without a sensor: how much paper is left is counted from what was printed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from kiosk.core.capabilities import fault_of, offers, works
from kiosk.core.desk_paper import IssueTestPage
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.maintenance import RecordMaintenance
from kiosk.core.messages import (
    DeviceDown,
    DeviceUp,
    Event,
    PrinterChanged,
    RollTold,
    RulesChanged,
    SlipFailed,
    SlipPrinted,
    VenueChanged,
)
from kiosk.core.rolls import GetRoll, Roll
from kiosk.core.tasks import alarms
from tests.core.guest import PRINTER, Guest, make_venue, shelf

ROLL_MM = 10_000
OUT, BACK = PrinterChanged(PRINTER, "out"), PrinterChanged(PRINTER)
_names = itertools.count(1)


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        made = Guest(make_venue(folder))
        made.tell(RollTold(PRINTER, ROLL_MM))
        yield made
        made.venue.close()


def due(guest: Guest) -> JobId:
    return JobId(str(guest.did(IssueTestPage("en"), key=f"page:{next(_names)}").refs["slip"]))


def prints(guest: Guest, *paper_mm: int) -> None:
    for length in paper_mm:
        guest.tell(SlipPrinted(PRINTER, due(guest), length))


def roll(guest: Guest, device: DeviceId = PRINTER) -> Roll:
    return guest.venue.ask(GetRoll(device), guest.now)


def fault(guest: Guest) -> str | None:
    return fault_of(guest.situation.machine.devices[PRINTER])


def raised(guest: Guest) -> list[str]:
    return [task.sentence for task in alarms(guest.situation.machine)]


def test_P01_low_paper_is_predicted_from_what_was_printed(guest: Guest) -> None:
    prints(guest, 4000, 4999)
    assert roll(guest) == Roll(8999) and fault(guest) is None and raised(guest) == []
    prints(guest, 1)
    assert roll(guest) == Roll(9000) and fault(guest) == "paper_low"
    assert raised(guest) == ["alarm.paper_reckoned"]
    [told] = guest.situation.machine.faults
    assert (told.word, told.detail, told.until) == ("paper_low", "predicted", None)
    assert guest.venue.ledger.verify() == []


def test_what_broke_off_is_counted_and_what_was_not_sent_is_not(guest: Guest) -> None:
    guest.tell(SlipFailed(PRINTER, due(guest), "partial", "lost", 300))
    guest.tell(SlipFailed(PRINTER, due(guest), "unknown", "lost", 200))
    guest.tell(SlipFailed(PRINTER, due(guest), "not_printed", "paper_out"))
    assert roll(guest) == Roll(500)


def test_it_is_known_after_a_start_and_after_the_printer_was_away(guest: Guest) -> None:
    prints(guest, 9500)
    guest.start_again()
    assert fault(guest) is None, "not before the printer has told how long its roll is"
    guest.tell(RollTold(PRINTER, ROLL_MM))
    assert fault(guest) == "paper_low"
    guest.tell(DeviceDown(PRINTER, "printer", "gone"), DeviceUp(PRINTER, "printer"))
    assert fault(guest) is None
    guest.tell(BACK, RollTold(PRINTER, ROLL_MM))
    assert fault(guest) == "paper_low"
    guest.tell(RollTold(PRINTER, 2 * ROLL_MM))
    assert fault(guest) is None, "a longer roll was set"


@pytest.mark.parametrize("gone", ["out", "low"])
def test_paper_that_comes_back_is_a_new_roll(guest: Guest, gone: str) -> None:
    prints(guest, 9500)
    guest.tell(PrinterChanged(PRINTER, gone))  # type: ignore[arg-type]
    guest.tell(PrinterChanged(PRINTER, "out", cover_open=True), BACK)
    assert roll(guest) == Roll(0, 1) and fault(guest) is None
    assert guest.kinds()[-1] == "machine_maintained"
    prints(guest, 100)
    guest.tell(OUT, BACK)
    assert roll(guest) == Roll(0, 2)


def test_a_cover_that_was_opened_is_no_new_roll(guest: Guest) -> None:
    """With the cover open many printers see no paper, whatever is in."""
    prints(guest, 9500)
    guest.tell(PrinterChanged(PRINTER, "out", cover_open=True), PrinterChanged(PRINTER, "ok", True))
    guest.tell(BACK)
    assert roll(guest) == Roll(9500) and fault(guest) == "paper_low"
    guest.tell(OUT, PrinterChanged(PRINTER, "ok", cover_open=True))
    assert roll(guest) == Roll(9500), "not before it is shut"
    guest.tell(BACK)
    assert roll(guest) == Roll(0, 1)


def test_a_roll_that_nothing_was_printed_on_is_not_counted_anew(guest: Guest) -> None:
    seq = guest.venue.ledger.seq
    guest.tell(OUT, BACK, OUT, BACK)
    assert guest.venue.ledger.seq == seq


def test_whoever_puts_a_roll_in_says_so(guest: Guest) -> None:
    prints(guest, 9500)
    guest.did(RecordMaintenance("new_roll", PRINTER), key="new")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert roll(guest) == Roll(0, 1) and fault(guest) is None
    assert roll(guest, DeviceId("another")) == Roll()


def test_a_sensor_is_believed_more(guest: Guest) -> None:
    """What it says goes before what was counted, and a printer that has one counts nothing."""
    guest.tell(PrinterChanged(PRINTER, "low"))
    assert fault(guest) == "paper_low" and raised(guest) == ["alarm.paper_low"]
    guest.tell(BACK)
    prints(guest, 9500)
    guest.tell(PrinterChanged(PRINTER, "low"))
    assert raised(guest) == ["alarm.paper_low"]
    guest.start_again()  # the roll of this one is not told: it feels the end coming
    seq = roll(guest)
    prints(guest, 9000)
    assert roll(guest) == seq and fault(guest) is None


@pytest.mark.parametrize("event", [RulesChanged("", "paper"), RulesChanged("", "")])
def test_nothing_is_refused_for_a_reckoning(guest: Guest, event: Event) -> None:
    guest.tell(event)
    before = offers(works(guest.situation.machine))
    prints(guest, 9500)
    assert offers(works(guest.situation.machine)) == before
