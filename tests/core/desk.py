"""A desk with shifts and a kiosk with a cashbox, without screens: commands, and time by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tinydb import where

from kiosk.core.cash import HoldNote, LastStart, RecordStart, SettleNote, SuspendNote
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.core.slips import RecordSlip
from kiosk.core.tenders import Cash, FaceCount
from tests.core import entrance
from tests.core.entrance import setting
from tests.core.guest import DEMO, make_venue, rub, shelf

CASHIER, ADMINISTRATOR, COLLECTOR = "staff:101", "staff:102", "staff:103"
TECHNICIAN, MANAGER, OWNER, AUDITOR = "staff:104", "staff:105", "staff:106", "staff:107"
BOX = DeviceId("acceptor")
ALL = ("open_visits", "doubtful_notes", "unfiscalised", "desk_paper")


class Desk(entrance.Desk):
    """The desk of entrance cards, and what is done with the till and the kiosk's box."""

    start = notes = 0

    def refused(self, command: object, actor: str = CASHIER) -> tuple[str, dict[str, str]]:
        """The refusal of a command, which must have changed nothing."""
        before = self.untouched()
        done = self.do(command, actor)
        assert isinstance(done, Refused), f"{command} was not refused"
        assert self.untouched() == before
        return done.key, done.args_by_name

    def as_kiosk(self, command: object, key: str) -> Entry:
        done = self.venue.do(command, actor="kiosk", key=key, now=self.now)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def minor(self, account: str) -> int:
        return self.venue.ledger.balance(account, "RUB")

    def wait(self, **time: float) -> None:
        self.now = self.now.later(timedelta(**time).total_seconds())

    def opened(self, put_in: int = 0) -> Entry:
        return self.did(OpenShift(rub(put_in), "change" if put_in else ""))

    def closed_shift(self, counted: Cash | None = None) -> Entry:
        """A Z over what the books expect, or over what was counted."""
        told = self.venue.books(self.now).money(self.minor("1030"))
        return self.did(CloseShift(told if counted is None else counted, ALL))

    def printed(self) -> None:
        """Whatever is at the printer comes out."""
        for slip in self.venue.store.table("slips").search(where("state") == "due"):
            attempt = slip["attempts"] + 1
            told = RecordSlip(JobId(slip["id"]), attempt, "printed")
            self.as_kiosk(told, f"slip:{slip['id']}:{attempt}")

    def started(self) -> None:
        """The kiosk's process starts again."""
        self.start = self.venue.ask(LastStart(), self.now) + 1
        self.as_kiosk(RecordStart(self.start), f"start:{self.start}")
        self.notes = 0

    def note(self, face: int, card: entrance.Card | None = None, settle: bool = True) -> NoteId:
        """A guest puts a note in; without a card it is nobody's."""
        if not self.start:
            self.started()
        self.notes += 1
        note = note_id(BOX, self.start, self.notes)
        if card is None:
            self.as_kiosk(SuspendNote(note, rub(face)), f"suspend:{note}")
            return note
        hold = HoldNote(note, rub(face), ClientId(card.client), CardId(card.id))
        self.as_kiosk(hold, f"hold:{note}")
        if settle:
            self.as_kiosk(SettleNote(note), f"settle:{note}")
        return note


def faces(*counts: tuple[int, int]) -> tuple[FaceCount, ...]:
    """So many of each face, in whole roubles."""
    return tuple(FaceCount(rub(face), number) for face, number in counts)


def venue_with(**settings: str) -> str:
    """The demo venue with other settings."""
    text = DEMO
    for name, value in settings.items():
        text = setting(text, name, value)
    return text


@contextmanager
def desk(text: str = DEMO) -> Iterator[Desk]:
    """A desk over a new venue, without a shift; its books are proven when the test is done."""
    with shelf() as folder:
        venue = make_venue(folder, text)
        yield Desk(venue)
        assert venue.ledger.verify() == []
        venue.close()
