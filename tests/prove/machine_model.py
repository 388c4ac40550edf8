"""The venue as a dictionary: what every acknowledged command did, and nothing of how."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kiosk.core.cash import HoldNote, RecordStart, SettleNote, SuspendNote, VoidNote
from kiosk.core.claims import CreditFromSuspense, IssueClaim, RedeemClaim
from kiosk.core.clients import EraseClient, RegisterCard
from kiosk.core.ledger import Entry
from kiosk.core.slips import IssueTopUpReceipt


@dataclass(frozen=True)
class Asked:
    """A command as it was given: with its key it can be repeated, to the letter."""

    key: str
    command: object
    actor: str


@dataclass
class Note:
    """A note that the acceptor named; `minor` is its face in minor units."""

    state: str
    minor: int
    client: str = ""
    receipt: bool = False


@dataclass
class Claim:
    """A claim, and the job of its ticket."""

    minor: int
    slip: str
    redeemed: bool = False


@dataclass
class Model:
    """What the books must say.

    `done`: by key, every acknowledged command with its entry. `cards`: card and client, in the
    order in which they were registered. `balances`: by account, signed minor units, debit positive.
    `names`: of clients; empty once erased.
    """

    done: dict[str, tuple[Asked, Entry]] = field(default_factory=dict)
    cards: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    notes: dict[str, Note] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    balances: Counter[str] = field(default_factory=Counter)
    slips: Counter[str] = field(default_factory=Counter)
    start: int = 0

    def of(self, state: str) -> list[str]:
        """The notes in that state, oldest first."""
        return [name for name, note in self.notes.items() if note.state == state]

    def waiting(self, client: str) -> list[str]:
        """The notes of a client that no receipt lists."""
        kept = self.notes.items()
        mine = [(name, n) for name, n in kept if n.client == client and not n.receipt]
        return [name for name, n in mine if n.state == "settled"]

    def move(self, debit: str, credit: str, minor: int) -> None:
        """Dr `debit` / Cr `credit`."""
        self.balances[debit] += minor
        self.balances[credit] -= minor

    def take(self, asked: Asked, entry: Entry) -> None:
        """`asked` was acknowledged with `entry`: do the same here, if it may be done at all."""
        assert asked.key not in self.done, f"{asked.key} was acknowledged before"
        assert entry.id == asked.key, f"{asked.key} was answered with the entry {entry.id}"
        self.done[asked.key] = asked, entry
        match asked.command:
            case RegisterCard():
                card, client = entry.refs["card"], entry.refs["client"]
                assert client not in self.names, f"{client} is given twice"
                self.cards.append((card, client))
                self.names[client] = asked.command.name
            case EraseClient(client):
                assert client not in self.erased, f"{client} was erased twice"
                self.erased.add(client)
                self.names[client] = ""
            case RecordStart(start):
                assert start == self.start + 1, f"start {start} after {self.start}"
                self.start = start
            case HoldNote(note, value, client, _):
                assert note not in self.notes and not self.of("held"), f"{note} was held"
                self.notes[note] = Note("held", value.minor, client)
            case SettleNote(note):
                kept = self._decided(note, "held", "settled")
                self.move(self._box(kept), f"2010:{kept.client}", kept.minor)
            case VoidNote(note):
                self._decided(note, "held", "void")
            case SuspendNote(note, value):
                assert note not in self.notes, f"{note} was suspended twice"
                self.notes[note] = kept = Note("suspense", value.minor)
                self.move(self._box(kept), "2900:K1", kept.minor)
            case CreditFromSuspense(note, client):
                kept = self._decided(note, "suspense", "credited")
                self.move("2900:K1", f"2010:{client}", kept.minor)
            case IssueClaim(note):
                kept = self._decided(note, "suspense", "claimed")
                claim = entry.refs["claim"]
                self.claims[claim] = Claim(kept.minor, self._slip("claim_ticket", entry))
                self.move("2900:K1", f"2910:{claim}", kept.minor)
            case RedeemClaim(_, client):
                claim = entry.refs["claim"]
                assert not self.claims[claim].redeemed, f"{claim} was redeemed twice"
                self.claims[claim].redeemed = True
                to = f"2010:{client}" if client else "1030"
                self.move(f"2910:{claim}", to, self.claims[claim].minor)
            case IssueTopUpReceipt(notes):
                self._slip("top_up_receipt", entry)
                for note in notes:
                    assert not self.notes[note].receipt, f"{note} is on two receipts"
                    self.notes[note].receipt = True
            case _:
                raise AssertionError(f"the model does not know {asked.command}")

    def _decided(self, note: str, before: str, after: str) -> Note:
        kept = self.notes[note]
        assert kept.state == before, f"{note} is {kept.state} and became {after}"
        kept.state = after
        return kept

    def _slip(self, kind: str, entry: Entry) -> str:
        self.slips[kind] += 1
        job = f"{kind}:{self.slips[kind]}"
        assert entry.refs["slip"] == job, f"{entry.refs['slip']} should be {job}"
        return job

    @staticmethod
    def _box(note: Note) -> str:
        return f"1010:K1:acceptor:{note.minor // 100}"
