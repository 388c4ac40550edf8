"""What is done to the machine itself: on record with who did it, and how loud it is."""

from __future__ import annotations

import pytest

from kiosk.core.clock import Now
from kiosk.core.desk_paper import IssueTestPage
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import DETAIL_CHARACTERS_MAX, GetVolume, RecordMaintenance, SetVolume
from kiosk.core.slips import SlipDocument
from kiosk.core.venue import Venue
from tests.core.guest import NOW
from tests.screens.desk.hands import paper

TECHNICIAN, CASHIER = "staff:104", "staff:101"
PORT = DeviceId("acceptor")


def do(venue: Venue, command: object, actor: str = TECHNICIAN, now: Now = NOW) -> Entry | Refused:
    return venue.do(command, actor=actor, key=f"{venue.ledger.seq}", now=now)


def test_who_restarted_it_and_what_was_set_stands_in_the_books(venue: Venue) -> None:
    done = do(venue, RecordMaintenance("port", PORT, "/dev/serial/by-id/usb-1"))
    assert isinstance(done, Entry) and (done.kind, done.actor) == ("machine_maintained", TECHNICIAN)
    assert done.refs == {"what": "port", "device": "acceptor", "detail": "/dev/serial/by-id/usb-1"}
    assert not done.postings and not done.changes
    assert do(venue, RecordMaintenance("restart")).refs == {"what": "restart"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (RecordMaintenance("dance"), "err.no_such_work"),  # type: ignore[arg-type]
        (RecordMaintenance("zone", "", "x" * (DETAIL_CHARACTERS_MAX + 1)), "err.illegible"),
        (RecordMaintenance("zone", "", "Europe\nMoscow"), "err.illegible"),
        (RecordMaintenance("port", DeviceId("\x1b[2J"), "x"), "err.illegible"),
        (SetVolume("deafening"), "err.no_such_volume"),  # type: ignore[arg-type]
    ],
)
def test_nonsense_is_refused(venue: Venue, command: object, key: str) -> None:
    seq = venue.ledger.seq
    done = do(venue, command)
    assert isinstance(done, Refused) and done.key == key
    assert venue.ledger.seq == seq


def test_a_cashier_turns_the_sound_down_and_restarts_nothing(venue: Venue) -> None:
    assert venue.ask(GetVolume(), NOW) == "loud"
    assert isinstance(do(venue, SetVolume("low"), CASHIER), Entry)
    assert venue.ask(GetVolume(), NOW, CASHIER) == "low"
    refused = do(venue, RecordMaintenance("restart"), CASHIER)
    assert isinstance(refused, Refused) and refused.key == "err.not_allowed"
    assert venue.ledger.verify() == []


def test_a_test_page_has_every_alphabet_says_that_it_is_one_and_moves_no_money(
    venue: Venue,
) -> None:
    before = venue.ledger.verify()
    done = do(venue, IssueTestPage())
    assert isinstance(done, Entry) and not done.postings
    told = paper(venue.ask(SlipDocument(JobId(done.refs["slip"])), NOW))
    assert told.count("TEST · nothing was paid") == 2
    for letters in ("АБВГДЕЁ", "Ä Ö Ü", "à â ç", "Ą Ć Č", "« »", "₽ € £", "FOYER TEST 000001"):
        assert letters in told
    assert before == venue.ledger.verify() == []
