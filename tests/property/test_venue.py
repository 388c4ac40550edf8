"""The venue against a dictionary: any commands in any order, repeats, conflicts, restarts."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from kiosk.core.bills import OrderLine
from kiosk.core.cards import BlockCard, UnblockCard
from kiosk.core.cash import (
    DoubtNote,
    HeldNotes,
    HoldNote,
    NotesWithoutReceipt,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.clients import GetClient, RegisterCard
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.orders import SaveOrder
from kiosk.core.recognition import Recognised
from kiosk.core.slips import IssueTopUpReceipt
from kiosk.core.venue import Venue
from kiosk.core.visits import OpenVisit
from tests.core.guest import NOW, make_venue, rub, shelf

FACES = (50, 100, 500)
PHONES = ("", "+79160000001", "+79160000002")


@dataclass(frozen=True)
class Note:
    state: str
    client: str
    face: int
    receipt: bool = False


class AnyVenue(RuleBasedStateMachine):
    cards = Bundle("cards")
    notes = Bundle("notes")
    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(shelf())
        self.venue = make_venue(self.folder)
        self.now = NOW
        self.counted = 0
        self.wallets: dict[str, int] = {}
        self.of_card: dict[str, str] = {}
        self.blocked: set[str] = set()
        self.books: dict[str, Note] = {}
        self.suspense = 0
        self.orders: dict[str, tuple[str, int]] = {}
        self.done: dict[str, tuple[object, str, Entry]] = {}

    def teardown(self) -> None:
        assert self.venue.ledger.verify() == []
        self.venue.close()
        self.stack.close()

    def name(self, what: str) -> str:
        self.counted += 1
        return f"{what}{self.counted}"

    def do(self, command: object, actor: str = "kiosk") -> tuple[Entry | Refused, str]:
        key = self.name("key")
        before = self.venue.ledger.seq
        done = self.venue.do(command, actor=actor, key=key, now=self.now)
        if isinstance(done, Entry):
            self.done[key] = (command, actor, done)
            assert self.venue.ledger.seq == before + 1 == done.seq
        else:
            assert self.venue.ledger.seq == before
        return done, key

    @initialize(target=cards)
    def first(self) -> Any:
        return self.registered("C0", "")

    def registered(self, number: str, phone: str) -> str:
        read = Recognised("r", "interface", "PDS", number)
        command = RegisterCard(read, "guest", "en", "1", phone)
        done, _ = self.do(command, "guest")
        assert isinstance(done, Entry)
        card, client = done.refs["card"], done.refs["client"]
        assert client not in self.wallets, "without a PIN every card has a client of its own"
        self.wallets[client] = 0
        self.of_card[card] = client
        return str(card)

    @rule(target=cards, phone=st.sampled_from(PHONES))
    def register(self, phone: str) -> str:
        return self.registered(self.name("N"), phone)

    @rule(target=notes, card=cards, face=st.sampled_from(FACES))
    def hold(self, card: str, face: int) -> Any:
        note = note_id("acceptor", 1, self.counted + 1)
        client = self.of_card[card]
        done, _ = self.do(HoldNote(note, rub(face), ClientId(client), CardId(card)))
        if any(n.state == "held" for n in self.books.values()):
            assert isinstance(done, Refused) and done.key == "err.note_undecided"
            return multiple()
        assert isinstance(done, Entry)
        self.books[note] = Note("held", client, face)
        return note

    @rule(note=notes, kind=st.sampled_from([SettleNote, VoidNote, DoubtNote]))
    def decide(self, note: str, kind: type) -> None:
        done, _ = self.do(kind(note))
        kept = self.books[note]
        if kept.state not in ("held", "doubtful"):
            assert isinstance(done, Refused) and done.key == "err.not_held"
            return
        assert isinstance(done, Entry)
        state = {SettleNote: "settled", VoidNote: "void", DoubtNote: "doubtful"}[kind]
        self.books[note] = replace(kept, state=state)
        if kind is SettleNote:
            self.wallets[kept.client] += kept.face

    @rule(face=st.sampled_from(FACES))
    def suspend(self, face: int) -> None:
        note = note_id("acceptor", 1, self.counted + 1)
        done, _ = self.do(SuspendNote(note, rub(face)))
        assert isinstance(done, Entry)
        self.suspense += face

    @rule(card=cards)
    def receipt(self, card: str) -> None:
        client = self.of_card[card]
        waiting = [n for n, kept in self.books.items() if self.waits(kept, client)]
        command = IssueTopUpReceipt(tuple(NoteId(n) for n in waiting), CardId(card), "en")
        done, _ = self.do(command)
        assert isinstance(done, Entry) == bool(waiting)
        for note in waiting:
            self.books[note] = replace(self.books[note], receipt=True)

    @staticmethod
    def waits(note: Note, client: str) -> bool:
        return note.state == "settled" and note.client == client and not note.receipt

    @rule(card=cards, order=st.sampled_from("abc"), roubles=st.integers(0, 1000))
    def order(self, card: str, order: str, roubles: int) -> None:
        command = SaveOrder(order, CardId(card), "Bar", (OrderLine("Tea", 1, rub(roubles)),))
        done, _ = self.do(command, "till:1")
        before = self.orders.get(order)
        unpaid = sum(r for o, (c, r) in self.orders.items() if c == card and o != order)
        lowered = before is not None and roubles <= before[1]
        if card in self.blocked:
            expected = "err.card_blocked"
        elif before is not None and before[0] != card:
            expected = "err.conflict"
        elif unpaid + roubles > self.wallets[self.of_card[card]] and not lowered:
            expected = "err.visit_short"
        else:
            expected = ""
            self.orders[order] = (card, roubles)
        assert (done.key if isinstance(done, Refused) else "") == expected

    @rule(card=cards, block=st.booleans())
    def block(self, card: str, block: bool) -> None:
        self.do(BlockCard(CardId(card), "x") if block else UnblockCard(CardId(card), "x"), "cli")
        (self.blocked.add if block else self.blocked.discard)(card)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """The same key with the same command is the same entry, whatever happened since."""
        key = data.draw(st.sampled_from(sorted(self.done)))
        command, actor, entry = self.done[key]
        seq = self.venue.ledger.seq
        assert self.venue.do(command, actor=actor, key=key, now=self.now) == entry
        assert self.venue.ledger.seq == seq

    @rule(data=st.data())
    def conflict(self, data: st.DataObject) -> None:
        """The same key with another command is a conflict, and nothing happens."""
        key = data.draw(st.sampled_from(sorted(self.done)))
        other = SuspendNote(note_id("acceptor", 9, 9), rub(50))
        seq = self.venue.ledger.seq
        done = self.venue.do(other, actor="kiosk", key=key, now=self.now)
        if self.done[key][0] != other:
            assert isinstance(done, Refused) and done.key == "err.conflict"
        assert self.venue.ledger.seq == seq

    @rule(seconds=st.integers(-100_000, 100_000), synced=st.booleans())
    def time(self, seconds: int, synced: bool) -> None:
        self.now = replace(NOW.later(seconds), synced=synced)

    @rule()
    def restart(self) -> None:
        self.venue.close()
        self.venue = Venue.open(self.folder / "kiosk.db", self.folder / "secrets.db")

    @invariant()
    def the_books_are_the_model(self) -> None:
        ask, ledger = self.venue.ask, self.venue.ledger
        for client, roubles in self.wallets.items():
            found = ask(GetClient(ClientId(client)), self.now)
            assert found is not None and found.wallet == rub(roubles)
            waiting = {n.note for n in ask(NotesWithoutReceipt(ClientId(client)), self.now)}
            assert waiting == {n for n, k in self.books.items() if self.waits(k, client)}
        held = {n.note: n.state for n in ask(HeldNotes(), self.now)}
        undecided = ("held", "doubtful")
        assert held == {n: k.state for n, k in self.books.items() if k.state in undecided}
        assert ledger.balance("2900:K1", "RUB") == -100 * self.suspense
        box = sum(ledger.balance(f"1010:K1:acceptor:{face}", "RUB") for face in FACES)
        assert box == 100 * (sum(self.wallets.values()) + self.suspense)
        for card in self.of_card:
            visit = ask(OpenVisit(CardId(card)), self.now)
            total = sum(r for c, r in self.orders.values() if c == card)
            assert (visit.total if visit else rub(0)) == rub(total)


AnyVenue.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyVenue = AnyVenue.TestCase
