"""A venue's life as a process that is recorded: the real books, and a line told at each step.

    python -m tests.prove.cuts_record FOLDER LIFE

Each step is told before it begins (``told begun 7``) and, by one plain write, when it was
acknowledged (``told done 7 {"seq": 7, "hash": "…"}``). What is done is a fixed `Life`, so that
whoever reads the recording knows each command, and what it moves.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import kiosk.core.store
from kiosk.app import DEMO_VENUE
from kiosk.core import venue_file
from kiosk.core.backup import back_up
from kiosk.core.bills import OrderLine
from kiosk.core.cash import HoldNote, RecordStart, SettleNote, SuspendNote, VoidNote
from kiosk.core.claims import CreditFromSuspense, IssueClaim, RedeemClaim
from kiosk.core.clients import EraseClient, RegisterCard
from kiosk.core.clock import Now
from kiosk.core.documents import QrCode
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.mirror import REST_S, Mirror
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import SaveOrder
from kiosk.core.recognition import Recognised
from kiosk.core.restore import Restore, restore
from kiosk.core.settings import ImportVenue
from kiosk.core.slips import IssueRegistrationSlip, IssueTopUpReceipt, RecordSlip, SlipDocument
from kiosk.core.store_file import FORMAT_VERSION
from kiosk.core.venue import Venue
from tests.prove.cuts_trace import TELLS

KIOSK = "K1"
RUB = CURRENCIES["RUB"]
BEGAN = Now(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), 1000.0)
FIXTURES = Path(__file__).parents[1] / "fixtures/stores"
BACKUPS_KEPT = 2
MIGRATIONS = tuple(f"migrate:{version}:1" for version in range(2, FORMAT_VERSION + 1))
"""The keys of the entries that bring a store of format 1 to this one, all in one transaction."""
RESTORATION = "restore:2"
"""The key of the entry that begins the epoch of a restored store."""
MADE_ANEW = (*MIGRATIONS, RESTORATION)
"""What each program makes in its own words, so that the hash is another each time."""
WAL_IDLE_BYTES = 100_000
"""So short a log is folded in when idle, here: a minute's recording has a day's checkpoints."""


@dataclass(frozen=True)
class Step:
    """One step: a command with its key, or something else that is done to the books (`name`).

    `command` may be a function that makes it of the books. `cash` is what comes into the cashbox,
    in minor units; `owes` by how much it raises what is owed on accounts; `phone` what a
    registration writes down; `erases` the client whose key is destroyed. `foreign` says that it
    makes an entry without a command of ours, which cannot be repeated from here.
    """

    name: str
    command: object | None = None
    actor: str = "kiosk"
    cash: int = 0
    owes: Mapping[str, int] = field(default_factory=dict)
    phone: str = ""
    erases: str = ""
    foreign: bool = False

    @property
    def writes(self) -> bool:
        """Whether it makes an entry."""
        return self.command is not None or self.foreign

    def done(self, venue: Venue, now: Now) -> Entry | Refused:
        """Do it to the books; once more, where it was done."""
        command = self.command(venue, now) if callable(self.command) else self.command
        return venue.do(command, actor=self.actor, key=self.name, now=now)


@dataclass
class Life:
    """Steps in the making; knows the number of the next entry, from which names are made.

    What is there before the first step: `fixture`, a folder with a store, or the copies that are
    left of the life `past`; `before`, the keys and hashes of the entries; `owed` and `cash`, what
    the accounts and the cashbox have.
    """

    steps: list[Step] = field(default_factory=list)
    entries: int = 0
    device: str = "acceptor"
    start: int = 0
    notes: int = 0
    receipts: int = 0
    claims: int = 0
    fixture: Path | None = None
    past: Life | None = None
    before: list[tuple[str, str]] = field(default_factory=list)
    owed: Mapping[str, int] = field(default_factory=dict)
    cash: int = 0

    def prepare(self, folder: Path) -> None:
        """Lay down what is there before."""
        for copies in (backups_in(folder), mirror_in(folder)):
            copies.mkdir()
        if self.fixture is not None:
            for file, name in zip(paths(folder), ("store.db", "secrets.db"), strict=True):
                file.parent.mkdir()
                shutil.copy(self.fixture / name, file)
        if self.past is not None:
            live(folder, self.past.steps, lambda words: None)
            shutil.rmtree(paths(folder)[0].parent)
            (mirrored,) = mirror_in(folder).iterdir()
            lines = [json.loads(line) for line in mirrored.read_text("utf-8").splitlines()]
            self.before = [(line["id"], line["hash"]) for line in lines[1:]]

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
        note = note_id(self.device, self.start, self.notes)
        self.do(f"hold:{note}", HoldNote(note, Money.face(face, RUB), client, card))
        return note

    def suspend(self, face: int) -> NoteId:
        """A note is stacked that belongs to nobody."""
        self.notes += 1
        note = note_id(self.device, self.start, self.notes)
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
        self.do(f"redeem:{job}", redeem, "staff:105", owes=owes)

    def credit(self, face: int, client: ClientId) -> None:
        """A note that is nobody's is credited by staff."""
        note = self.suspend(face)
        minor = Money.face(face, RUB).minor
        owes = {f"2900:{KIOSK}": -minor, f"2010:{client}": minor}
        command = CreditFromSuspense(note, client, "the guest told the number of the note")
        self.do(f"credit:{note}", command, "staff:105", owes=owes)

    def erase(self, client: ClientId) -> None:
        """A client is forgotten."""
        command = EraseClient(client, "asked for in writing")
        self.do(f"erase:{client}", command, "cli", erases=client)

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


def _venue() -> Life:
    """From nothing to a venue with guests: two starts, checkpoints, copies, an erasure."""
    life = Life()
    life.act("create")
    life.do("import:demo", ImportVenue(venue_file.read(DEMO_VENUE)), "cli")
    life.begin()
    anna = life.register("04A1B2C3D4E5F6", "+79162041234", "7391")
    boris = life.register("0411223344AA55")
    life.top_up(*anna, 500, 100)
    life.act("idle")
    lines = (OrderLine("Pot of tea", 1, Money.face(300, RUB)),)
    life.do("bar-1", SaveOrder("bar-1", anna[1], "Bar", lines), "till:1")
    life.top_up(*boris, 1000)
    life.act("reopen")
    life.begin()
    vera = life.register("04778899AABBCC", "+79165550101")
    life.top_up(*vera, 50, 50, 200)
    life.act("mirror")
    life.act("backup")
    life.claim(200, boris[0])
    life.erase(vera[0])
    life.act("mirror")
    life.act("idle")
    note = life.escrow(*anna, 200)
    life.do(f"void:{note}", VoidNote(note))
    life.credit(100, anna[0])
    life.top_up(*anna, 200)
    return life


def first() -> Life:
    """A first day: a guest, a top-up, copies, an erasure."""
    life = Life()
    life.act("create")
    life.do("import:demo", ImportVenue(venue_file.read(DEMO_VENUE)), "cli")
    life.begin()
    guest = life.register("04A1B2C3D4E5F6", "+79162041234")
    life.top_up(*guest, 500)
    life.act("backup")
    life.act("idle")
    life.erase(guest[0])
    life.act("mirror")
    life.act("close")
    return life


def short() -> Life:
    """The venue's life and its end."""
    life = _venue()
    life.act("close")
    return life


def long() -> Life:
    """The same, and busy days after it."""
    life = _venue()
    for day in range(3):
        life.act("reopen")
        life.begin()
        guest = life.register(f"0455667788990{day}", f"+7916777000{day}" if day else "")
        for faces in ((500, 500), (50,), (100, 1000, 100)):
            life.top_up(*guest, *faces)
            life.act("idle")
        life.claim(500, guest[0])
        if day:
            life.erase(guest[0])
        life.act("mirror")
        life.act("backup")
    life.act("close")
    return life


def migrated() -> Life:
    """A store of format 1 meets this program, and lives on."""
    fixture = FIXTURES / "1"
    told = json.loads((fixture / "answers.json").read_text("utf-8"))
    amounts = {b["account"]: b["amount"] for b in told["balances"]}
    db = sqlite3.connect(f"{(fixture / 'store.db').as_uri()}?immutable=1", uri=True)
    rows = [json.loads(doc) for (doc,) in db.execute("SELECT doc FROM entries ORDER BY doc_id")]
    db.close()
    (start,) = told["starts"]
    series = {s["id"]: s["last"] for s in told["series"]}
    life = Life(
        entries=len(rows),
        # The other one still holds a note.
        device="acceptor-3",
        start=start["start"],
        receipts=series["top_up_receipt"],
        fixture=fixture,
        before=[(row["id"], row["hash"]) for row in rows],
        owed={a: -amount for a, amount in amounts.items() if a.startswith("2")},
        cash=sum(amount for a, amount in amounts.items() if a.startswith("1010:")),
    )
    life.steps += [Step(key, foreign=True) for key in MIGRATIONS]
    life.entries += len(MIGRATIONS)
    life.begin()
    card = next(c for c in told["cards"] if c["client"] == "K1-1-15p")
    owner = ClientId(card["client"])
    life.top_up(owner, CardId(card["id"]), 100)
    life.act("mirror")
    life.erase(owner)
    life.act("backup")
    life.act("close")
    return life


def restored() -> Life:
    """The disk with the books is lost; they are made anew from a backup and a mirror."""
    past = Life()
    past.act("create")
    past.do("import:demo", ImportVenue(venue_file.read(DEMO_VENUE)), "cli")
    past.begin()
    guest = past.register("04A1B2C3D4E5F6", "+79162041234")
    past.top_up(*guest, 500)
    past.act("backup")
    past.top_up(*guest, 100)
    past.act("mirror")
    past.act("close")
    owed: Counter[str] = Counter()
    for step in past.steps:
        owed.update(step.owes)
    life = Life(
        entries=past.entries,
        start=past.start,
        receipts=past.receipts,
        past=past,
        owed=owed,
        cash=sum(step.cash for step in past.steps),
    )
    life.steps.append(Step(RESTORATION, foreign=True))
    life.begin()
    life.top_up(*guest, 50)
    life.act("mirror")
    life.act("backup")
    life.act("close")
    return life


LIVES: dict[str, Callable[[], Life]] = {
    "first": first,
    "short": short,
    "long": long,
    "migrated": migrated,
    "restored": restored,
}


def at(place: int) -> Now:
    """The moment of a step."""
    return BEGAN.later(float(place))


def create(folder: Path) -> Venue:
    """A new store and its secrets in folders that it makes below `folder`."""
    return Venue.create(*paths(folder), kiosk=KIOSK, currency="RUB", simulated=True, now=BEGAN)


def backups_in(folder: Path) -> Path:
    """Where backups are laid: a folder that is there from the beginning."""
    return folder / "backups"


def mirror_in(folder: Path) -> Path:
    """Where the mirror is, likewise."""
    return folder / "mirror"


def mirror(folder: Path) -> str:
    """Bring all that is on the books to the mirror; the problem that the mirror has, or nothing."""
    mirror = Mirror(paths(folder)[0], mirror_in(folder))
    try:
        while mirror.step(BEGAN) == REST_S:
            pass
        return mirror.problem
    finally:
        mirror.close()


def paths(folder: Path) -> tuple[Path, Path]:
    """Where the books and the secrets are."""
    return folder / "store/kiosk.db", folder / "secrets/secrets.db"


def tell(words: str) -> None:
    """One line, by one call: it is out before anything else is done."""
    os.write(1, TELLS + words.encode() + b"\n")


def make_anew(folder: Path) -> Venue:
    """Restore the store from the copies; the secrets are there."""
    copies = [backups_in(folder), mirror_in(folder)]
    done = restore(Restore(copies, KIOSK, *paths(folder)), BEGAN, lambda *done: None)
    assert done.whole, done.missing
    return Venue.open(*paths(folder))


def live(folder: Path, steps: Sequence[Step], tell: Callable[[str], None]) -> None:
    """Do all steps, in this process; `tell` is told of each."""
    kiosk.core.store.WAL_IDLE_BYTES = WAL_IDLE_BYTES  # type: ignore[misc]
    venue: Venue | None = None
    for place, step in enumerate(steps):
        tell(f"begun {place}")
        facts: dict[str, object] = {}
        if step.name == "create":
            venue = create(folder)
        elif step.name == RESTORATION:
            venue = make_anew(folder)
        elif step.name in MIGRATIONS:
            # The first opening makes them all.
            venue = venue or Venue.open(*paths(folder))
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
            back_up(paths(folder)[0], backups_in(folder), BACKUPS_KEPT, lambda *done: None)
        elif step.name == "mirror":
            assert not (problem := mirror(folder)), problem
        else:
            if step.erases:
                facts["erased"] = venue._secrets.get("keys", step.erases)
            done = step.done(venue, at(place))
            assert isinstance(done, Entry), f"{step.name} was refused: {done}"
            facts |= {"seq": done.seq, "hash": done.hash}
        tell(f"done {place} {json.dumps(facts)}")


def main() -> None:
    """What is recorded."""
    live(Path(sys.argv[1]), LIVES[sys.argv[2]]().steps, tell)


if __name__ == "__main__":
    main()
