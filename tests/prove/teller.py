"""The process that is killed: it opens the real store and does a kiosk's work, telling each step.

    python -m tests.prove.teller FOLDER SEED OPERATIONS [AGAIN]

One line a step on standard output, each by a plain write: what it says is out before it goes on.
``do {…}`` an operation begins, ``did {…}`` it is acknowledged. AGAIN is the operation that the
former process was killed in.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import kiosk.core.store
from kiosk.core import venue_file
from kiosk.core.bills import OrderLine
from kiosk.core.cards import BlockCard, UnblockCard
from kiosk.core.cash import HeldNotes, HoldNote, LastStart, RecordStart, SettleNote, SuspendNote
from kiosk.core.cash import VoidNote as Void
from kiosk.core.claims import ClaimOfNote, CreditFromSuspense, IssueClaim, RedeemClaim
from kiosk.core.clients import EraseClient, RegisterCard
from kiosk.core.clock import system_now
from kiosk.core.documents import QrCode
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import SaveOrder
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.slips import (
    IssueRegistrationSlip,
    IssueTopUpReceipt,
    RecordSlip,
    SlipDocument,
)
from kiosk.core.venue import Venue

KIOSK, CURRENCY = "K1", "RUB"
BOOKS, SECRETS = "kiosk.db", "secrets.db"
FACES = (50, 100, 500)
WAL_IDLE_BYTES = 50_000
"""So short a log is folded in when idle, here: lives of seconds have the checkpoints of a day."""

Operation = dict[str, Any]
"""An operation in plain words: ``{"key": "hold:acceptor/1/1", "does": "hold", …}``."""


def rub(face: int) -> Money:
    return Money.face(face, CURRENCIES[CURRENCY])


def command(operation: Operation) -> tuple[object, str]:
    """The command of an operation, and its actor."""
    o = operation
    match o["does"]:
        case "import":
            text = (Path(kiosk.__file__).parent / "demo_venue.toml").read_text("utf-8")
            return ImportVenue(venue_file.parse(text)), "cli"
        case "start":
            return RecordStart(o["start"]), "kiosk"
        case "register":
            read = Recognised("r", "interface", "PDS", o["number"])
            made = RegisterCard(read, "guest", "en", "1", o["phone"], o["pin"], o["name"])
            return made, "guest"
        case "hold":
            note, client, card = NoteId(o["note"]), ClientId(o["client"]), CardId(o["card"])
            return HoldNote(note, rub(o["face"]), client, card), "kiosk"
        case "settle":
            return SettleNote(NoteId(o["note"])), "kiosk"
        case "void":
            return Void(NoteId(o["note"])), "kiosk"
        case "suspend":
            return SuspendNote(NoteId(o["note"]), rub(o["face"])), "kiosk"
        case "claim":
            return IssueClaim(NoteId(o["note"]), "en"), "kiosk"
        case "redeem":
            return RedeemClaim(o["told"], ClientId(o["client"]), "a claim"), "cli"
        case "credit":
            return CreditFromSuspense(NoteId(o["note"]), ClientId(o["client"]), "seen"), "cli"
        case "erase":
            return EraseClient(ClientId(o["client"]), "asked for"), "cli"
        case "card_slip":
            return IssueRegistrationSlip(CardId(o["card"]), "en"), "kiosk"
        case "receipt":
            notes = tuple(NoteId(note) for note in o["notes"])
            return IssueTopUpReceipt(notes, CardId(o["card"]), "en"), "kiosk"
        case "slip":
            return RecordSlip(JobId(o["job"]), 1, "printed"), "kiosk"
        case "order":
            lines = (OrderLine("Tea", 1, rub(o["face"])),)
            return SaveOrder(o["order"], CardId(o["card"]), "Bar", lines), "till:bar"
        case "block":
            return BlockCard(CardId(o["card"]), "lost"), "cli"
        case "unblock":
            return UnblockCard(CardId(o["card"]), "found"), "cli"
        case _:
            raise ValueError(f"{o['does']}: no operation")


def carry_out(venue: Venue, operation: Operation) -> Entry | Refused:
    """Do an operation, or repeat it by its key."""
    made, actor = command(operation)
    return venue.do(made, actor=actor, key=operation["key"], now=system_now())


class Teller:
    """One life: opens, repeats, recovers, serves guests, closes."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.cards: list[tuple[str, str]] = []
        self.start = self.notes = self.guests = 0

    def live(self, operations: int, again: Operation | None) -> None:
        books, secrets = self.folder / BOOKS, self.folder / SECRETS
        if not books.exists():
            tell("create")
            made = Venue.create(
                books,
                secrets,
                kiosk=KIOSK,
                currency=CURRENCY,
                simulated=True,
                now=system_now(),
            )
            tell("created")
            made.close()
        tell("open")
        self.venue = Venue.open(books, secrets)
        tell("opened")
        if again:
            self.do(again)
        self.recover()
        self.done = 0
        while self.done < operations:
            self.guest()
            tell("idle")
            self.venue.idle()
        tell("close")
        self.venue.close()
        tell("closed")

    def do(self, operation: Operation) -> Entry:
        tell("do " + json.dumps(operation))
        entry = carry_out(self.venue, operation)
        if isinstance(entry, Refused):
            raise SystemExit(f"{operation} was refused: {entry}")
        told = {"key": entry.id, "seq": entry.seq, "hash": entry.hash, "refs": dict(entry.refs)}
        tell("did " + json.dumps(told))
        self.done = getattr(self, "done", 0) + 1
        return entry

    def recover(self) -> None:
        """What a kiosk does at its start: settings, its number, the notes that were under way."""
        if self.venue.ledger.find("import") is None:
            self.do({"key": "import", "does": "import"})
        self.start = self.venue.ask(LastStart(), system_now()) + 1
        self.do({"key": f"start:{self.start}", "does": "start", "start": self.start})
        for held in self.venue.ask(HeldNotes(), system_now()):
            self.decide(held.note)
        table = self.venue.store.table
        erased = {client["id"] for client in table("clients") if client["state"] == "erased"}
        self.cards = [
            (card["id"], card["client"])
            for card in table("cards")
            if card["state"] == "active" and card["client"] not in erased
        ]

    def decide(self, note: str) -> bool:
        """The acceptor says that a held note is in the box, or now and then that it went back."""
        does = "void" if self.random.random() < 0.1 else "settle"
        self.do({"key": f"{does}:{note}", "does": does, "note": note})
        return does == "settle"

    def guest(self) -> None:
        """One guest: registers or taps, tops up, takes a receipt; or somebody else does a thing."""
        if not self.cards or self.random.random() < 0.25:
            self.register()
        card, client = self.random.choice(self.cards)
        match self.random.randrange(10):
            case 0:
                self.nobodys_note(client)
            case 1:
                for does in ("block", "unblock"):
                    self.do({"key": f"card:{does}:{self.sign()}", "does": does, "card": card})
            case 2 if len(self.cards) > 2:
                self.do({"key": f"erase:{self.sign()}", "does": "erase", "client": client})
                self.cards = [known for known in self.cards if known[1] != client]
            case 3:
                order = self.sign()
                key = f"order:{order}"
                self.do({"key": key, "does": "order", "order": order, "card": card, "face": 0})
            case _:
                self.top_up(card, client)

    def top_up(self, card: str, client: str) -> None:
        settled = []
        for _ in range(self.random.randint(1, 3)):
            note, face = self.note(), self.random.choice(FACES)
            held = {"key": f"hold:{note}", "does": "hold", "note": note, "face": face}
            self.do(held | {"client": client, "card": card})
            if self.decide(note):
                settled.append(note)
        if settled:
            key = f"receipt:{settled[0]}"
            issued = self.do({"key": key, "does": "receipt", "notes": settled, "card": card})
            job = issued.refs["slip"]
            self.do({"key": f"slip:{job}:1", "does": "slip", "job": job})

    def nobodys_note(self, client: str) -> None:
        """A note that nobody was identified for: to a claim that is redeemed, or to a wallet."""
        note, face = self.note(), self.random.choice(FACES)
        self.do({"key": f"suspend:{note}", "does": "suspend", "note": note, "face": face})
        match self.random.randrange(4):
            case 0:
                self.do({"key": f"credit:{note}", "does": "credit", "note": note, "client": client})
            case 1 | 2:
                self.do({"key": f"claim:{note}", "does": "claim", "note": note})
                told = {"told": self.ticket(note), "client": self.random.choice(("", client))}
                self.do({"key": f"redeem:{note}", "does": "redeem", "note": note} | told)

    def ticket(self, note: str) -> str:
        """What the QR code of a note's claim says."""
        claim = self.venue.ask(ClaimOfNote(NoteId(note)), system_now())
        assert claim is not None, "it was just issued"
        parts = self.venue.ask(SlipDocument(claim.slip), system_now()).parts
        return next(part.data for part in parts if isinstance(part, QrCode))

    def register(self) -> None:
        sign = self.sign()
        # A PIN costs as much time as a top-up of ten notes; the phones are all different.
        phone = f"+7916{self.start:03}{self.guests:04}" if self.random.random() < 0.5 else ""
        pin = "7391" if phone and self.random.random() < 0.2 else ""
        card = {"number": f"N{sign}", "phone": phone, "pin": pin, "name": f"Guest {sign}"}
        entry = self.do({"key": f"register:{sign}", "does": "register"} | card)
        card_name, client = entry.refs["card"], entry.refs["client"]
        self.cards.append((card_name, client))
        key = f"registration:{card_name}"
        slip = self.do({"key": key, "does": "card_slip", "card": card_name}).refs["slip"]
        # Drawing it makes the recovery token, in the secrets.
        self.venue.ask(SlipDocument(JobId(slip)), system_now())

    def sign(self) -> str:
        """A name that was never used: the start of this process and a count, as the flow does."""
        self.guests += 1
        return f"{self.start}/{self.guests}"

    def note(self) -> str:
        self.notes += 1
        return note_id("acceptor", self.start, self.notes)


def tell(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main(words: list[str]) -> None:
    folder, seed, operations, *again = words
    kiosk.core.store.WAL_IDLE_BYTES = WAL_IDLE_BYTES  # type: ignore[misc]
    operation = json.loads(again[0]) if again else None
    Teller(Path(folder), seed).live(int(operations), operation)


if __name__ == "__main__":
    main(sys.argv[1:])
