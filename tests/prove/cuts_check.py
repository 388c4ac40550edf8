"""A disk after a power cut, opened by the real program: is everything there that must be?

What must be there is counted from the recording's own lines and the script, not from the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.core.cash import HoldNote, LastStart, RecordStart, SettleNote
from kiosk.core.clients import GetClient
from kiosk.core.clock import Now
from kiosk.core.errors import NotAStore, Refused
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.money import Money
from kiosk.core.store import Store
from kiosk.core.venue import TABLES, Venue
from tests.prove.cuts_record import (
    KIOSK,
    RUB,
    Step,
    at,
    backup_of,
    create,
    paths,
    registration,
)


@dataclass(frozen=True)
class Truth:
    """The recorded life: its steps, and the hash of the entry that each one that writes made."""

    steps: Sequence[Step]
    hashes: Mapping[int, str]
    erased: Mapping[int, str]
    """The keys that were destroyed, by the step that did it."""

    @property
    def written(self) -> list[tuple[int, Step]]:
        """The steps that write, with their places: the n-th makes the n-th entry."""
        return [(place, step) for place, step in enumerate(self.steps) if step.writes]


@dataclass(frozen=True)
class Standing:
    """How far the program was at an instant: steps begun, and steps acknowledged."""

    begun: int
    done: int


@dataclass
class Seen:
    """What a disk was found to be: absent (no store yet) or so many entries; what is wrong."""

    entries: int | None = None
    wrong: list[str] = field(default_factory=list)
    keys: dict[str, list[str]] = field(default_factory=dict)
    """The keys of the erased that stand in a file, and in which."""
    copied: int | None = None
    """So many entries are in the copy of the books; None without one."""

    def against(self, truth: Truth, standing: Standing) -> list[str]:
        """What is wrong, given how far the program was."""
        wrong = list(self.wrong)
        acknowledged = [s for s in truth.steps[: standing.done] if s.writes]
        begun = sum(s.writes for s in truth.steps[: standing.begun])
        if self.entries is None:
            if standing.done and not wrong:
                wrong.append("the store is not there, and was acknowledged")
        elif self.entries < len(acknowledged):
            lost = [s.name for s in acknowledged[self.entries :]]
            wrong.append(f"acknowledged and not there: {', '.join(lost)}")
        elif self.entries > begun:
            wrong.append(f"{self.entries} entries, and only {begun} were begun")
        for place, key in truth.erased.items():
            if place < standing.done and key in self.keys:
                where = ", ".join(self.keys[key])
                wrong.append(f"{truth.steps[place].name}: the key still stands in {where}")
        names = [s.name for s in truth.steps[: standing.done]]
        if "backup" in names:
            last = len(names) - 1 - names[::-1].index("backup")
            wanted = sum(s.writes for s in truth.steps[:last])
            if self.copied is None or self.copied < wanted:
                wrong.append(f"the copy has {self.copied} entries, of at least {wanted}")
        return wrong


def look(folder: Path, truth: Truth) -> Seen:
    """Open the disk in `folder` with the real program, prove its books, go on with them."""
    seen = Seen()
    seen.keys = _keys(folder, truth)
    try:
        try:
            venue = Venue.open(*paths(folder))
        except NotAStore as error:
            if paths(folder)[0].exists():
                raise
            if "does not exist" not in str(error):
                seen.wrong.append(f"no clear error: {error}")
            venue = create(folder)
        else:
            seen.entries = venue.ledger.seq
        try:
            seen.wrong += _books(venue, truth)
            seen.wrong += _secrets(venue, truth)
            seen.copied = _copied(folder, truth, seen.wrong)
            seen.wrong += _goes_on(venue, truth)
            erased = {d["id"] for d in venue.store.table("clients") if d["state"] == "erased"}
        finally:
            venue.close()
        for place, key in truth.erased.items():
            if truth.steps[place].erases in erased and key in (left := _keys(folder, truth)):
                where = ", ".join(left[key])
                seen.wrong.append(f"a start later the key of {place} still stands in {where}")
    except Exception as error:  # whatever it is, this disk cannot be worked with
        seen.wrong.append(f"{type(error).__name__}: {error}")
    return seen


def _books(venue: Venue, truth: Truth) -> list[str]:
    wrong = [f"{f.where}: {f.what}" for f in venue.ledger.verify()]
    owed: Counter[str] = Counter()
    cash = 0
    entries = [(d["id"], d["hash"]) for d in venue.store.table("entries")]
    for (place, step), (key, hash_) in zip(truth.written, entries, strict=False):
        if (step.name, truth.hashes.get(place, hash_)) != (key, hash_):
            wrong.append(f"{key} is there in place of {step.name}, or is another than it was")
        owed.update(step.owes)
        cash += step.cash
    if len(entries) > len(truth.written):
        wrong.append(f"{len(entries)} entries of {len(truth.written)}")
    for account, minor in owed.items():
        if (found := -venue.ledger.balance(account, RUB.code)) != minor:
            wrong.append(f"{account} has {found}, and should have {minor}")
    boxes = [d["amount"] for d in venue.store.table("balances") if d["account"][:5] == "1010:"]
    if sum(boxes) != cash:
        wrong.append(f"the cashbox has {sum(boxes)} on the books, and {cash} went in")
    return wrong


def _secrets(venue: Venue, truth: Truth) -> list[str]:
    wrong = []
    there = {str(d["id"]): d["state"] for d in venue.store.table("clients")}
    windows = Counter(str(d["client"]) for d in venue._secrets.table("windows"))
    for seq, (_, step) in enumerate(truth.written, 1):
        client = ClientId(f"{KIOSK}-1-{seq}p")
        if client not in there:
            continue
        key = venue._secrets.get("keys", client)
        if there[client] == "erased":
            if key is not None or windows[client]:
                wrong.append(f"client {client} is erased, and the secrets know of it")
        elif key is None:
            wrong.append(f"client {client} is on the books and has no key")
        elif step.phone:
            found = venue.ask(GetClient(client), at(0))
            if found is None or found.phone_masked[-2:] != step.phone[-2:]:
                wrong.append(f"client {client}: the phone does not open")
            if windows[client] != len(step.phone) - len("+") - 3:
                wrong.append(f"client {client} cannot be found by the phone")
    return wrong


def _keys(folder: Path, truth: Truth) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()] if truth.erased else []
    for path in files:
        data = path.read_bytes()
        for key in truth.erased.values():
            if key.encode() in data:
                found.setdefault(key, []).append(path.name)
    return found


def _copied(folder: Path, truth: Truth, wrong: list[str]) -> int | None:
    """The entries of the copy of the books; it is whole, or not there."""
    path = backup_of(folder)
    if not path.exists():
        return None
    store = Store.open(path, tables=TABLES, write=False)
    try:
        ledger = Ledger(store)
        wrong += [f"the copy: {f.where}: {f.what}" for f in ledger.verify()]
        place, _ = truth.written[ledger.seq - 1]
        if ledger.head != truth.hashes[place]:
            wrong.append(f"the copy's entry {ledger.seq} is another than it was")
        return ledger.seq
    finally:
        store.close()


def _goes_on(venue: Venue, truth: Truth) -> list[str]:
    """The last operation repeated is the same, the next is done, one more top-up is taken."""
    wrong = []
    written, there = truth.written, venue.ledger.seq
    for number in (there - 1, there):
        if not 0 <= number < len(written):
            continue
        place, step = written[number]
        done = step.done(venue, at(place))
        if not isinstance(done, Entry) or done.seq != number + 1:
            wrong.append(f"{step.name}, repeated, is answered {done}")
    now = at(len(truth.steps))
    start = venue.ask(LastStart(), now) + 1
    _did(venue, f"start:{start}", RecordStart(start), now)
    client, card = _guest(venue, now)
    before = venue.ledger.balance(f"2010:{client}", RUB.code)
    note = NoteId(f"acceptor-2/{start}/1")
    _did(venue, f"hold:{note}", HoldNote(note, Money.face(100, RUB), client, card), now)
    _did(venue, f"settle:{note}", SettleNote(note), now)
    got = before - venue.ledger.balance(f"2010:{client}", RUB.code)
    if got != Money.face(100, RUB).minor:
        wrong.append(f"one more top-up gives {got}")
    return wrong


def _guest(venue: Venue, now: Now) -> tuple[ClientId, CardId]:
    cards = venue.store.latest("cards")
    if cards:
        return ClientId(cards[0]["client"]), CardId(cards[0]["id"])
    made = _did(venue, "register:new", registration("04DDEEFF001122", "+79160000001"), now, "guest")
    return ClientId(str(made.refs["client"])), CardId(str(made.refs["card"]))


def _did(venue: Venue, key: str, command: object, now: Now, actor: str = "kiosk") -> Entry:
    done = venue.do(command, actor=actor, key=key, now=now)
    if isinstance(done, Refused):
        raise AssertionError(f"after the cut {key} is refused: {done}")
    return done
