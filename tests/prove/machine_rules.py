"""The state machine of part 3: what can happen to a kiosk's books on a disk that fails.

See `machine` for what must hold.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from kiosk.core.books import command_hash
from kiosk.core.cash import HoldNote, RecordStart, SettleNote, SuspendNote, VoidNote
from kiosk.core.claims import CreditFromSuspense, IssueClaim, RedeemClaim
from kiosk.core.clients import EraseClient, GetClient, RegisterCard
from kiosk.core.documents import QrCode
from kiosk.core.errors import Refused, StorageFailed, StoreInUse
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.recognition import Recognised
from kiosk.core.slips import IssueTopUpReceipt, SlipDocument
from kiosk.core.venue import Venue
from tests.core.guest import NOW, rub
from tests.disk import Disk, Error, Kind, Lose, abandon
from tests.prove.machine_model import Asked, Model

T = TypeVar("T")
BOOKS, SECRETS = "kiosk.db", "secrets.db"
FACES = (50, 100, 500)
NAMES = ("Анна", "Boris", "")
PHONES = ("", "+79160000001", "+79160000002")


@dataclass(frozen=True)
class Trouble:
    """What the disk does while something runs; `room` is a disk with so many bytes left."""

    kind: Kind = "write"
    after: int = 1
    error: Error = "EIO"
    lose: Lose = "later"
    for_good: bool = False
    where: str = ""
    room: int | None = None


def _few(upto: int) -> st.SearchStrategy[int]:
    return st.integers(0, upto)


_LOSE: st.SearchStrategy[Lose] = st.sampled_from(("later", "now", "nothing"))
_WHERE = st.sampled_from(("", BOOKS, SECRETS))
_WRITES = st.builds(
    Trouble,
    st.just("write"),
    st.integers(1, 9),
    st.sampled_from(("EIO", "ENOSPC")),
    for_good=st.booleans(),
    where=_WHERE,
)
_SYNCS = st.builds(
    Trouble,
    st.just("sync"),
    st.integers(1, 3),
    lose=_LOSE,
    for_good=st.booleans(),
    where=_WHERE,
)
_FULL = st.builds(Trouble, room=st.integers(0, 30_000))
_OTHERS = st.builds(Trouble, st.sampled_from(("truncate", "read")), st.integers(1, 2))
_NONE: st.SearchStrategy[Trouble | None] = st.none()
TROUBLES = st.one_of(_NONE, _NONE, _NONE, _WRITES, _SYNCS, _FULL, _OTHERS)
ENDINGS = st.one_of(
    _NONE,
    _NONE,
    st.builds(
        Trouble,
        st.sampled_from(("open", "read", "write", "sync", "truncate", "delete")),
        st.integers(1, 2),
        lose=_LOSE,
        for_good=st.booleans(),
    ),
    _FULL,
    st.just(Trouble("delete")),
)


class AnyDisk(RuleBasedStateMachine):
    """One kiosk's books on one disk, and the dictionary beside them."""

    def __init__(self, template: Path, place: Path, tally: Counter[str]) -> None:
        super().__init__()
        self.folder = place
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(template, place)
        self.tally = tally
        self.disk = Disk(place)
        self.disk.__enter__()
        self.counted = 0
        self.model = Model()
        self.keys: dict[str, str] = {}
        self.under_way: Asked | None = None
        self.undone: list[Asked] = []
        self.failed: Trouble | None = None
        self.failed_in = ""
        self.random = Random(2)  # keys, too, are the same when a story is played again
        self.venue = self.opened()
        self.first = {entry.id for entry in self.venue.ledger.entries()}
        self.ask(RegisterCard(_read("N0"), "guest", "en", "1", name="Анна"), "register:N0", "guest")

    def teardown(self) -> None:
        sound = sys.exc_info()[0] is None
        try:
            if sound:
                self.end_with("kill", 0, None)
            self.disk.heal()
            self.disk.kill()
            abandon(self.venue.store, self.venue._secrets)
        finally:
            self.disk.__exit__(*sys.exc_info())
            self.tally.update(self.disk.struck)

    # --- An operation -------------------------------------------------------------------------

    def ask(
        self, command: object, key: str, actor: str = "kiosk", trouble: Trouble | None = None
    ) -> None:
        """A command on a disk that may fail: acknowledged, refused, or open until a new start."""
        asked = Asked(key, command, actor)
        seq, known = self.venue.ledger.seq, key in self.model.done
        try:
            done = self.during(trouble, lambda: self.do(asked))
        except StorageFailed:
            if not known:
                self.under_way = asked
            return
        if isinstance(done, Refused) or known:
            assert self.venue.ledger.seq == seq, f"{key} was {done} and yet written"
            return
        assert self.venue.ledger.seq == seq + 1 == done.seq
        self.take(asked, done)

    def do(self, asked: Asked) -> Entry | Refused:
        self.tally["commands"] += 1
        return self.venue.do(asked.command, actor=asked.actor, key=asked.key, now=NOW)

    def take(self, asked: Asked, entry: Entry) -> None:
        self.model.take(asked, entry)
        self.undone = [other for other in self.undone if other.key != asked.key]
        self.tally["acknowledged"] += 1
        if isinstance(asked.command, RegisterCard):
            client = entry.refs["client"]
            kept = self.venue._secrets.get("keys", client)
            assert kept is not None, f"{client} is on the books and has no key"
            self.keys[client] = kept["key"]

    def during(self, trouble: Trouble | None, act: Callable[[], T]) -> T:
        """`act` while the disk has `trouble`; what strikes must be heard of, and ends it all."""
        before = self.disk.struck.total()
        self.fail(trouble)
        try:
            done = act()
        except StorageFailed:
            assert self.disk.struck.total() > before, "it failed on a sound disk"
            assert trouble is not None and self.disk.last_struck is not None
            self.failed = trouble
            self.failed_in = self.disk.last_struck.name
            raise
        finally:
            if self.failed is None:
                self.disk.heal()
        assert self.disk.struck.total() == before, f"the disk failed ({trouble}) and nobody heard"
        return done

    def fail(self, trouble: Trouble | None) -> None:
        if trouble is None:
            return
        if trouble.room is not None:
            self.disk.full_after(trouble.room)
            return
        self.disk.fail(
            trouble.kind,
            trouble.after,
            trouble.error,
            times=None if trouble.for_good else 1,
            lose=trouble.lose,
            where=trouble.where,
        )

    @property
    def running(self) -> bool:
        return self.failed is None

    def card(self, number: int) -> tuple[CardId, ClientId]:
        card, client = self.model.cards[number % len(self.model.cards)]
        return CardId(card), ClientId(client)

    def note(self, state: str, number: int) -> NoteId | None:
        found = self.model.of(state) or list(self.model.notes)
        return NoteId(found[number % len(found)]) if found else None

    def new_note(self) -> NoteId:
        self.counted += 1
        return note_id("acceptor", 1, self.counted)

    # --- Commands -----------------------------------------------------------------------------

    @precondition(lambda self: self.running)
    @rule(card=_few(3), face=st.sampled_from(FACES), trouble=TROUBLES)
    def hold(self, card: int, face: int, trouble: Trouble | None) -> None:
        note = self.new_note()
        card_, client = self.card(card)
        self.ask(HoldNote(note, rub(face), client, card_), f"hold:{note}", trouble=trouble)

    @precondition(lambda self: self.running and self.model.notes)
    @rule(trouble=TROUBLES)
    def settle(self, trouble: Trouble | None) -> None:
        if note := self.note("held", 0):
            self.ask(SettleNote(note), f"settle:{note}", trouble=trouble)

    @precondition(lambda self: self.running and self.model.of("held"))
    @rule(trouble=TROUBLES)
    def void(self, trouble: Trouble | None) -> None:
        if note := self.note("held", 0):
            self.ask(VoidNote(note), f"void:{note}", trouble=trouble)

    @precondition(lambda self: self.running)
    @rule(face=st.sampled_from(FACES), trouble=TROUBLES)
    def suspend(self, face: int, trouble: Trouble | None) -> None:
        note = self.new_note()
        self.ask(SuspendNote(note, rub(face)), f"suspend:{note}", trouble=trouble)

    @precondition(lambda self: self.running and self.model.notes)
    @rule(card=_few(3), number=_few(3), trouble=TROUBLES)
    def credit(self, card: int, number: int, trouble: Trouble | None) -> None:
        if note := self.note("suspense", number):
            command = CreditFromSuspense(note, self.card(card)[1], "found in the box")
            self.ask(command, f"credit:{note}", "cli", trouble)

    @precondition(lambda self: self.running and self.model.notes)
    @rule(number=_few(3), trouble=TROUBLES)
    def claim(self, number: int, trouble: Trouble | None) -> None:
        if note := self.note("suspense", number):
            self.ask(IssueClaim(note, "en"), f"claim:{note}", trouble=trouble)

    @precondition(lambda self: self.running and self.model.claims)
    @rule(number=_few(3), card=_few(3), cash=st.booleans(), trouble=TROUBLES)
    def redeem(self, number: int, card: int, cash: bool, trouble: Trouble | None) -> None:
        claim = list(self.model.claims.values())[number % len(self.model.claims)]
        drawn = self.venue.ask(SlipDocument(JobId(claim.slip)), NOW)
        (told,) = [part.data for part in drawn.parts if isinstance(part, QrCode)]
        client = ClientId("") if cash else self.card(card)[1]
        self.counted += 1
        key = f"redeem:{claim.slip}:{self.counted}"
        self.ask(RedeemClaim(told, client, "at the desk"), key, "cli", trouble)

    @precondition(lambda self: self.running)
    @rule(card=_few(3), trouble=TROUBLES)
    def receipt(self, card: int, trouble: Trouble | None) -> None:
        card_, client = self.card(card)
        notes = tuple(NoteId(note) for note in self.model.waiting(client))
        if notes:
            command = IssueTopUpReceipt(notes, card_, "en")
            self.ask(command, f"receipt:{notes[0]}:{len(notes)}", trouble=trouble)

    @precondition(lambda self: self.running)
    @rule(name=st.sampled_from(NAMES), phone=st.sampled_from(PHONES), trouble=TROUBLES)
    def register(self, name: str, phone: str, trouble: Trouble | None) -> None:
        self.counted += 1
        number = f"N{self.counted}"
        command = RegisterCard(_read(number), "guest", "en", "1", phone=phone, name=name)
        self.ask(command, f"register:{number}", "guest", trouble)

    @precondition(lambda self: self.running)
    @rule(card=_few(3), trouble=TROUBLES)
    def erase(self, card: int, trouble: Trouble | None) -> None:
        client = self.card(card)[1]
        self.ask(EraseClient(client, "wishes it"), f"erase:{client}", "cli", trouble)
        self.tally["erased"] += client in self.model.erased

    @precondition(lambda self: self.running)
    @rule(trouble=TROUBLES)
    def start(self, trouble: Trouble | None) -> None:
        number = self.model.start + 1
        self.ask(RecordStart(number), f"start:{number}", trouble=trouble)

    # Whole journeys, with the trouble at one step: alone the steps seldom come in this order.

    @precondition(lambda self: self.running)
    @rule(card=_few(3), face=st.sampled_from(FACES), step=_few(2), trouble=TROUBLES)
    def top_up(self, card: int, face: int, step: int, trouble: Trouble | None) -> None:
        at = [trouble if step == number else None for number in range(3)]
        self.hold(card, face, at[0])
        if self.running:
            self.settle(at[1])
        if self.running:
            self.receipt(card, at[2])

    @precondition(lambda self: self.running)
    @rule(card=_few(3), face=st.sampled_from(FACES), step=_few(2), trouble=TROUBLES)
    def lost_note(self, card: int, face: int, step: int, trouble: Trouble | None) -> None:
        at = [trouble if step == number else None for number in range(3)]
        self.suspend(face, at[0])
        if self.running:
            self.claim(-1, at[1])
        if self.running and self.model.claims:
            self.redeem(-1, card, False, at[2])

    # --- Repeats, conflicts, what was open ----------------------------------------------------

    @precondition(lambda self: self.running)
    @rule(number=_few(99), trouble=TROUBLES)
    def repeat(self, number: int, trouble: Trouble | None) -> None:
        """The same key with the same command is the same entry, whatever happened since."""
        asked, entry = list(self.model.done.values())[number % len(self.model.done)]
        seq = self.venue.ledger.seq
        with suppress(StorageFailed):
            assert self.during(trouble, lambda: self.do(asked)) == entry
        assert self.venue.ledger.seq == seq
        self.tally["repeated"] += 1

    @precondition(lambda self: self.running)
    @rule(number=_few(99))
    def conflict(self, number: int) -> None:
        """The same key with another command is a conflict, and nothing happens."""
        asked, _ = list(self.model.done.values())[number % len(self.model.done)]
        seq = self.venue.ledger.seq
        other = SuspendNote(note_id("acceptor", 9, 9), rub(50))
        done = self.do(replace(asked, command=other, actor="kiosk"))
        assert isinstance(done, Refused) and done.key == "err.conflict"
        assert self.venue.ledger.seq == seq
        self.tally["conflict"] += 1

    @precondition(lambda self: self.running and self.undone)
    @rule(number=_few(3), trouble=TROUBLES)
    def again(self, number: int, trouble: Trouble | None) -> None:
        """What the disk took is asked for once more, under its key."""
        asked = self.undone[number % len(self.undone)]
        self.ask(asked.command, asked.key, asked.actor, trouble)

    @precondition(lambda self: not self.running)
    @rule(healed=st.booleans())
    def refused(self, healed: bool) -> None:
        """After a failed write nothing is acknowledged, not on a disk that is well again either."""
        if self.failed is None or self.failed.kind == "read":
            return  # nothing was written that could have failed
        if healed:
            self.disk.heal()
        if self.failed_in.startswith(BOOKS):
            note = note_id("acceptor", 8, 8)
            wanted = [Asked(f"suspend:{note}", SuspendNote(note, rub(50)), "kiosk")]
        else:
            read = _read("N-refused")
            command = RegisterCard(read, "guest", "en", "1")
            wanted = [Asked("register:refused", command, "guest")]
        touches = RegisterCard if self.failed_in.startswith(SECRETS) else object
        if self.under_way and isinstance(self.under_way.command, touches):
            wanted.append(self.under_way)
        for asked in wanted:
            try:
                done = self.do(asked)
            except StorageFailed:
                self.tally["refused after a failure"] += 1
            else:
                raise AssertionError(f"after {self.failed}: {asked.key} was answered with {done}")

    # --- Others at the same books -------------------------------------------------------------

    @rule()
    def second_writer(self) -> None:
        try:
            Venue.open(self.folder / BOOKS, self.folder / SECRETS)
        except StoreInUse as error:
            assert f"process {os.getpid()}" in str(error)
            self.tally["second writer"] += 1
        else:
            raise AssertionError("a second writer was let in")

    @precondition(lambda self: self.running)
    @rule(face=st.sampled_from(FACES), trouble=TROUBLES)
    def reader(self, face: int, trouble: Trouble | None) -> None:
        """A reader sees one moment, whatever is written and folded in meanwhile."""
        reader = Venue.open(self.folder / BOOKS, self.folder / SECRETS, write=False)
        with reader.store.snapshot():
            before = _entries(reader)
            assert before.keys() == self.first | self.model.done.keys()
            self.suspend(face, trouble)
            if self.running:
                self.venue.store.idle()
            assert _entries(reader) == before, "the reader's moment changed"
            assert reader.ledger.verify() == []
        if self.running:
            assert _entries(reader).keys() == self.first | self.model.done.keys()
        with suppress(StorageFailed):
            note = note_id("acceptor", 7, 7)
            reader.do(SuspendNote(note, rub(50)), actor="kiosk", key="reader", now=NOW)
            raise AssertionError("the reader wrote")
        reader.close()
        self.tally["reader in between"] += 1

    @precondition(lambda self: self.running)
    @rule(trouble=TROUBLES)
    def checkpoint(self, trouble: Trouble | None) -> None:
        with suppress(StorageFailed):
            self.during(trouble, self.venue.store.idle)
        self.tally["checkpoint"] += 1

    @precondition(lambda self: self.running)
    @rule()
    def roll_back(self) -> None:
        store = self.venue.store
        with suppress(ZeroDivisionError), store.transaction():
            store.put("notes", "never", {"id": "never"})
            store.put("balances", "2010:x|RUB", {"id": "2010:x|RUB", "amount": 1})
            raise ZeroDivisionError
        assert store.get("notes", "never") is None
        self.tally["rollback"] += 1

    # --- The end of the process, and the next one ---------------------------------------------

    @rule(
        how=st.sampled_from(("close", "kill", "reboot", "cut")),
        seed=_few(9999),
        trouble=ENDINGS,
        cut_again=st.booleans(),
    )
    def end(self, how: str, seed: int, trouble: Trouble | None, cut_again: bool) -> None:
        self.end_with(how, seed, trouble)
        if cut_again:
            # Before anything was written: what this start found and told must stay.
            self.end_with("cut", seed, None)

    def end_with(self, how: str, seed: int, trouble: Trouble | None) -> None:
        if how == "close":
            self.close(trouble)
        lost = self.failed is not None and self.failed.lose != "nothing"
        if how == "cut":
            self.disk.power_cut(Random(seed))
        elif how == "reboot" or (lost and self.failed and self.failed.kind == "sync"):
            self.disk.reboot()
        else:
            self.disk.kill()
        self.disk.heal()
        abandon(self.venue.store, self.venue._secrets)
        self.failed = None
        self.open(None if how == "close" else trouble)
        self.check()

    def close(self, trouble: Trouble | None) -> None:
        """What fails while closing harms nobody; a store that failed before is not written to."""
        kept = {path: path.read_bytes() for path in self.folder.glob(f"{self.failed_in}*")}
        if self.running:
            self.fail(trouble)
            self.tally["closed"] += 1
        self.venue.close()
        if self.failed and self.failed.kind != "read":
            for path, content in kept.items():
                if not path.name.endswith(("-shm", ".lock")):
                    same = path.exists() and path.read_bytes() == content
                    assert same, f"closing after a failure wrote to {path.name}"
            self.tally["closed after a failure"] += 1

    def open(self, trouble: Trouble | None) -> None:
        self.fail(trouble)
        try:
            self.venue = self.opened()
        except StorageFailed:
            assert trouble is not None, "opening failed on a sound disk"
            self.tally["opening failed"] += 1
            self.disk.reboot()
            self.disk.heal()
            self.venue = self.opened()
        self.disk.heal()

    def opened(self) -> Venue:
        places = self.folder / BOOKS, self.folder / SECRETS
        return Venue.open(*places, random=self.random.randbytes)

    def check(self) -> None:
        """After a start: everything acknowledged, once, and nothing else but what was open."""
        there = _entries(self.venue)
        if self.under_way:
            asked, self.under_way = self.under_way, None
            if asked.key in there:
                self.tally["found after a failure"] += 1
                assert there[asked.key].command == command_hash(asked.command)
                self.take(asked, there[asked.key])
            else:
                self.tally["gone after a failure"] += 1
                self.undone.append(asked)
        for key, (_, entry) in self.model.done.items():
            assert key in there, f"{key} was acknowledged and is lost"
            assert there[key] == entry, f"{key} was acknowledged and is another entry now"
        extra = there.keys() - self.model.done.keys() - self.first
        assert not extra, f"nobody asked for {sorted(extra)}"
        assert self.venue.ledger.verify() == []
        assert self.venue._secrets.integrity() == []
        for client, name in self.model.names.items():
            found = self.venue.ask(GetClient(ClientId(client)), NOW)
            assert found is not None and found.name == name, f"the name of {client} is lost"
        for path in self.folder.glob(f"{SECRETS}*"):
            content = path.read_bytes()
            for client in sorted(self.model.erased):
                at = content.find(self.keys[client].encode())
                assert at < 0, f"the key of {client} is still in {path.name}, at byte {at}"

    @invariant()
    def the_books_are_the_model(self) -> None:
        if self.running:
            kept = {d["account"]: d["amount"] for d in self.venue.store.table("balances")}
            assert _not_zero(kept) == _not_zero(self.model.balances)
            self.tally["steps"] += 1


def _read(number: str) -> Recognised:
    return Recognised("r", "interface", "PDS", number)


def _entries(venue: Venue) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in venue.ledger.entries():
        assert entry.id not in found, f"{entry.id} is there twice"
        found[entry.id] = entry
    return found


def _not_zero(balances: dict[str, int]) -> dict[str, int]:
    return {account: amount for account, amount in balances.items() if amount}
