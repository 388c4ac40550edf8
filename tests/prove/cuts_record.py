"""A venue's life as a process that is recorded: the real books, and a line told at each step.

    python -m tests.prove.cuts_record FOLDER SCRIPT

Each step is told before it begins (``told begun 7``) and, by one plain write, when it was
acknowledged (``told done 7 {"seq": 7, "hash": "…"}``). What is done is a fixed script, so that
whoever reads the recording knows each command, and what it moves.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import kiosk.core.store
from kiosk.app import DEMO_VENUE
from kiosk.core import venue_file
from kiosk.core.cash import HoldNote, RecordStart, SettleNote, SuspendNote, VoidNote
from kiosk.core.claims import CreditFromSuspense, IssueClaim, RedeemClaim
from kiosk.core.clients import EraseClient, RegisterCard
from kiosk.core.clock import Now
from kiosk.core.documents import QrCode
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.slips import IssueRegistrationSlip, IssueTopUpReceipt, RecordSlip, SlipDocument
from kiosk.core.venue import Venue
from kiosk.core.visits import OrderLine, SaveOrder
from tests.prove.cuts_trace import TELLS

KIOSK = "K1"
RUB = CURRENCIES["RUB"]
BEGAN = Now(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), 1000.0)
WAL_IDLE_BYTES = 100_000
"""So short a log is folded in when idle, here: a minute's recording has a day's checkpoints."""


@dataclass(frozen=True)
class Step:
    """One step: a command with its key, or something else that is done to the books (`name`).

    `command` may be a function that makes it of the books. `cash` is what comes into the cashbox,
    in minor units; `owes` by how much it raises what is owed on accounts; `phone` what a
    registration writes down; `erases` the client whose key is destroyed.
    """

    name: str
    command: object | None = None
    actor: str = "kiosk"
    cash: int = 0
    owes: Mapping[str, int] = field(default_factory=dict)
    phone: str = ""
    erases: str = ""

    @property
    def writes(self) -> bool:
        """Whether it makes an entry."""
        return self.command is not None or self.name == MIGRATION

    def done(self, venue: Venue, now: Now) -> Entry | Refused:
        """Do it to the books; once more, where it was done."""
        command = self.command(venue, now) if callable(self.command) else self.command
        return venue.do(command, actor=self.actor, key=self.name, now=now)


@dataclass
class Script:
    """Steps in the making; knows the number of the next entry, from which names are made."""

    steps: list[Step] = field(default_factory=list)
    entries: int = 0
    start: int = 0
    notes: int = 0
    receipts: int = 0
    claims: int = 0

    def act(self, name: str) -> None:
        """Something that is no command."""
        self.steps.append(Step(name))

    def do(self, key: str, command: object, actor: str = "kiosk", **moves: object) -> str:
        """A command; the name of what its entry makes, without the last letter."""
        self.steps.append(Step(key, command, actor, **moves))  # type: ignore[arg-type]
        self.entries += 1
        return f"{KIOSK}-1-{self.entries}"

    def begin(self) -> None:
        """The process starts."""
        self.start, self.notes = self.start + 1, 0
        self.do(f"start:{self.start}", RecordStart(self.start))

    def register(self, number: str, phone: str = "", pin: str = "") -> tuple[ClientId, CardId]:
        """A guest registers a card and gets the slip."""
        made = self.do(f"register:{number}", registration(number, phone, pin), "guest", phone=phone)
        card = CardId(f"{made}c")
        self.do(f"registration:{card}", IssueRegistrationSlip(card, "en"))
        return ClientId(f"{made}p"), card

    def escrow(self, client: ClientId, card: CardId, face: int) -> NoteId:
        """A note is held."""
        self.notes += 1
        note = note_id("acceptor", self.start, self.notes)
        self.do(f"hold:{note}", HoldNote(note, Money.face(face, RUB), client, card))
        return note

    def suspend(self, face: int) -> NoteId:
        """A note is stacked that belongs to nobody."""
        self.notes += 1
        note = note_id("acceptor", self.start, self.notes)
        minor = Money.face(face, RUB).minor
        command = SuspendNote(note, Money.face(face, RUB))
        self.do(f"suspend:{note}", command, cash=minor, owes={f"2900:{KIOSK}": minor})
        return note

    def claim(self, face: int, client: ClientId) -> None:
        """A note that is nobody's becomes a claim, which is redeemed for a wallet."""
        note = self.suspend(face)
        minor = Money.face(face, RUB).minor
        claim = f"2910:{KIOSK}-1-{self.entries + 1}q"
        owes = {f"2900:{KIOSK}": -minor, claim: minor}
        self.do(f"claim:{note}", IssueClaim(note, "en"), owes=owes)
        self.claims += 1
        job = JobId(f"claim_ticket:{self.claims}")

        def redeem(venue: Venue, now: Now) -> RedeemClaim:
            parts = venue.ask(SlipDocument(job), now).parts
            (ticket,) = [part.data for part in parts if isinstance(part, QrCode)]
            return RedeemClaim(ticket, client, "the ticket was shown at the desk")

        owes = {claim: -minor, f"2010:{client}": minor}
        self.do(f"redeem:{job}", redeem, "staff:1", owes=owes)

    def credit(self, face: int, client: ClientId) -> None:
        """A note that is nobody's is credited by staff."""
        note = self.suspend(face)
        minor = Money.face(face, RUB).minor
        owes = {f"2900:{KIOSK}": -minor, f"2010:{client}": minor}
        command = CreditFromSuspense(note, client, "the guest told the number of the note")
        self.do(f"credit:{note}", command, "staff:1", owes=owes)

    def erase(self, client: ClientId) -> None:
        """A client is forgotten."""
        command = EraseClient(client, "asked for in writing")
        self.do(f"erase:{client}", command, "staff:1", erases=client)

    def top_up(self, client: ClientId, card: CardId, *faces: int) -> None:
        """Notes are held and settled one by one; then the receipt, and that it was printed."""
        notes = []
        for face in faces:
            note = self.escrow(client, card, face)
            minor = Money.face(face, RUB).minor
            owes = {f"2010:{client}": minor}
            self.do(f"settle:{note}", SettleNote(note), cash=minor, owes=owes)
            notes.append(note)
        self.receipts += 1
        self.do(f"receipt:{notes[0]}", IssueTopUpReceipt(tuple(notes), card, "ru"))
        job = JobId(f"top_up_receipt:{self.receipts}")
        self.do(f"slip:{job}:1", RecordSlip(job, 1, "printed"))


def registration(number: str, phone: str = "", pin: str = "") -> RegisterCard:
    """The command by which a guest registers a card."""
    read = Recognised("Contactless guest card", "interface", "PDS", number)
    return RegisterCard(read, "guest", "en", "2026-11", phone, pin, "Zinaida" if phone else "")


def _life() -> Script:
    """From nothing to a venue with guests: two starts, checkpoints, a backup, an erasure."""
    script = Script()
    script.act("create")
    script.do("import:demo", ImportVenue(venue_file.read(DEMO_VENUE)), "cli")
    script.begin()
    anna = script.register("04A1B2C3D4E5F6", "+79162041234", "7391")
    boris = script.register("0411223344AA55")
    script.top_up(*anna, 500, 100)
    script.act("idle")
    lines = (OrderLine("Pot of tea", 1, Money.face(300, RUB)),)
    script.do("bar-1", SaveOrder("bar-1", anna[1], "Bar", lines), "till:1")
    script.top_up(*boris, 1000)
    script.act("reopen")
    script.begin()
    vera = script.register("04778899AABBCC", "+79165550101")
    script.top_up(*vera, 50, 50, 200)
    script.act("backup")
    script.claim(200, boris[0])
    script.erase(vera[0])
    script.act("idle")
    note = script.escrow(*anna, 200)
    script.do(f"void:{note}", VoidNote(note))
    script.credit(100, anna[0])
    script.top_up(*anna, 200)
    return script


def first() -> list[Step]:
    """A first day: a guest, a top-up, a copy, an erasure."""
    script = Script()
    script.act("create")
    script.do("import:demo", ImportVenue(venue_file.read(DEMO_VENUE)), "cli")
    script.begin()
    guest = script.register("04A1B2C3D4E5F6", "+79162041234")
    script.top_up(*guest, 500)
    script.act("backup")
    script.act("idle")
    script.erase(guest[0])
    script.act("close")
    return script.steps


def short() -> list[Step]:
    """The venue's life and its end."""
    script = _life()
    script.act("close")
    return script.steps


def long() -> list[Step]:
    """The same, and busy days after it."""
    script = _life()
    for day in range(3):
        script.act("reopen")
        script.begin()
        guest = script.register(f"0455667788990{day}", f"+7916777000{day}" if day else "")
        for faces in ((500, 500), (50,), (100, 1000, 100)):
            script.top_up(*guest, *faces)
            script.act("idle")
        script.claim(500, guest[0])
        if day:
            script.erase(guest[0])
        script.act("backup")
    script.act("close")
    return script.steps


SCRIPTS: dict[str, Callable[[], list[Step]]] = {"first": first, "short": short, "long": long}


def at(place: int) -> Now:
    """The moment of a step."""
    return BEGAN.later(float(place))


def create(folder: Path) -> Venue:
    """A new store and its secrets in folders that it makes below `folder`."""
    return Venue.create(*paths(folder), kiosk=KIOSK, currency="RUB", simulated=True, now=BEGAN)


def backup_of(folder: Path) -> Path:
    """Where the copies of the books are laid, in a folder that is there from the beginning."""
    return folder / "backup.db"


def paths(folder: Path) -> tuple[Path, Path]:
    """Where the books and the secrets are."""
    return folder / "store/kiosk.db", folder / "secrets/secrets.db"


MIGRATION = "migrate:2:1"
"""The key of the entry that brings a store of format 1 to this one."""


def tell(words: str) -> None:
    """One line, by one call: it is out before anything else is done."""
    os.write(1, TELLS + words.encode() + b"\n")


def live(folder: Path, steps: list[Step]) -> None:
    """Do all steps, in this process."""
    kiosk.core.store.WAL_IDLE_BYTES = WAL_IDLE_BYTES  # type: ignore[misc]
    venue: Venue | None = None
    for place, step in enumerate(steps):
        tell(f"begun {place}")
        facts: dict[str, object] = {}
        if step.name == "create":
            venue = create(folder)
        elif venue is None:
            raise AssertionError("the script begins with making the store")
        elif step.name == "idle":
            venue.store.idle()
        elif step.name == "close":
            venue.close()
        elif step.name == "reopen":
            venue.close()
            venue = Venue.open(*paths(folder))
        elif step.name == "backup":
            venue.store.backup(backup_of(folder))
        else:
            if step.erases:
                facts["erased"] = venue._secrets.get("keys", step.erases)
            done = step.done(venue, at(place))
            assert isinstance(done, Entry), f"{step.name} was refused: {done}"
            facts |= {"seq": done.seq, "hash": done.hash}
        tell(f"done {place} {json.dumps(facts)}")


def main() -> None:
    """What is recorded."""
    live(Path(sys.argv[1]), SCRIPTS[sys.argv[2]]())


if __name__ == "__main__":
    main()
