"""A disk after a power cut, opened by the real program: is everything there that must be?

What must be there is counted from the recording's own lines and the script, not from the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.core.backup import backups, changed, prove
from kiosk.core.cash import HoldNote, LastStart, RecordStart, SettleNote
from kiosk.core.clients import GetClient
from kiosk.core.clock import Now
from kiosk.core.copies import opened_copy
from kiosk.core.errors import NotAStore, Refused
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.ledger import Entry
from kiosk.core.mirror import files, read
from kiosk.core.money import Money
from kiosk.core.venue import TABLES, Venue
from tests.prove.cuts_record import (
    KIOSK,
    MADE_ANEW,
    MIGRATIONS,
    RUB,
    Life,
    Step,
    at,
    backups_in,
    create,
    make_anew,
    mirror,
    mirror_in,
    paths,
    registration,
)

WINDOWS_MIN = 8
"""Four digits of a phone that are searched; a number of eleven digits has eight of them."""


@dataclass(frozen=True)
class Truth:
    """The recorded life, and the hash of the entry that each of its steps that writes made."""

    life: Life
    hashes: Mapping[int, str]
    erased: Mapping[int, str]
    """The keys that were destroyed, by the step that did it."""

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of the life."""
        return self.life.steps

    @property
    def written(self) -> list[tuple[int, Step]]:
        """The steps that write, with their places, in the order of their entries."""
        return [(place, step) for place, step in enumerate(self.steps) if step.writes]

    @property
    def entries(self) -> list[tuple[str, str]]:
        """Key and hash of every entry; no hash where each program makes its own."""
        made = [
            (step.name, "" if step.name in MADE_ANEW else self.hashes[place])
            for place, step in self.written
        ]
        return self.life.before + made

    def written_by(self, steps: int) -> int:
        """The entries that are there when so many steps are done."""
        made = sum(step.writes for step in self.steps[:steps])
        return len(self.life.before) + made


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
    copied: dict[str, int] = field(default_factory=dict)
    """So many entries are in the newest backup, and on the mirror."""

    def against(self, truth: Truth, standing: Standing) -> list[str]:
        """What is wrong, given how far the program was."""
        wrong = list(self.wrong)
        acknowledged = truth.written_by(standing.done)
        # Opening an older store is what migrates it, whoever opens it, and to the end.
        migrations = sum(step.name in MIGRATIONS for step in truth.steps)
        begun = truth.written_by(max(standing.begun, migrations))
        if self.entries is None:
            if standing.done and not wrong:
                wrong.append("the store is not there, and was acknowledged")
        elif self.entries < acknowledged:
            lost = [name for name, _ in truth.entries[self.entries : acknowledged]]
            wrong.append(f"acknowledged and not there: {', '.join(lost)}")
        elif self.entries > begun:
            wrong.append(f"{self.entries} entries, and only {begun} were begun")
        for place, key in truth.erased.items():
            if place < standing.done and key in self.keys:
                where = ", ".join(self.keys[key])
                wrong.append(f"{truth.steps[place].name}: the key still stands in {where}")
        for name, entries in self.copied.items():
            done = [n for n, step in enumerate(truth.steps[: standing.done]) if step.name == name]
            wanted = truth.written_by(done[-1]) if done else 0
            if entries < wanted:
                wrong.append(f"the {name} has {entries} entries, of at least {wanted}")
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
            venue = make_anew(folder) if truth.life.past else create(folder)
        else:
            seen.entries = venue.ledger.seq
        try:
            seen.wrong += _books(venue, truth)
            seen.wrong += _secrets(venue, truth)
            seen.copied["backup"] = _backups(folder, truth, seen.wrong)
            seen.copied["mirror"] = _mirror(folder, truth, venue.ledger.seq, seen.wrong)
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
    entries = [(d["id"], d["hash"]) for d in venue.store.table("entries")]
    if len(entries) > len(truth.entries):
        wrong.append(f"{len(entries)} entries of {len(truth.entries)}")
    wrong += _others(entries, truth)
    owed, cash = Counter(truth.life.owed), truth.life.cash
    for _, step in truth.written[: max(0, len(entries) - len(truth.life.before))]:
        owed.update(step.owes)
        cash += step.cash
    for account, minor in owed.items():
        if (found := -venue.ledger.balance(account, RUB.code)) != minor:
            wrong.append(f"{account} has {found}, and should have {minor}")
    boxes = [d["amount"] for d in venue.store.table("balances") if d["account"][:5] == "1010:"]
    if sum(boxes) != cash:
        wrong.append(f"the cashbox has {sum(boxes)} on the books, and {cash} went in")
    return wrong


def _others(entries: Sequence[tuple[str, str]], truth: Truth) -> list[str]:
    """Entries that are not, in their places, those that were made."""
    return [
        f"{key} is there in place of {name}, or is another than it was"
        for (key, hash_), (name, made) in zip(entries, truth.entries, strict=False)
        if key != name or made not in ("", hash_)
    ]


def _secrets(venue: Venue, truth: Truth) -> list[str]:
    wrong = []
    seqs = range(len(truth.life.before) + 1, len(truth.entries) + 1)
    phones = {
        f"{KIOSK}-1-{seq}p": step.phone
        for seq, (_, step) in zip(seqs, truth.written, strict=True)
        if step.phone
    }
    windows = Counter(str(d["client"]) for d in venue._secrets.table("windows"))
    for document in venue.store.table("clients"):
        client = ClientId(document["id"])
        key = venue._secrets.get("keys", client)
        if document["state"] == "erased":
            if key is not None or windows[client]:
                wrong.append(f"client {client} is erased, and the secrets know of it")
        elif key is None:
            wrong.append(f"client {client} is on the books and has no key")
        elif document["phone"]:
            found = venue.ask(GetClient(client), at(0))
            if found is None or not found.phone_masked.endswith(phones.get(client, "")[-2:]):
                wrong.append(f"client {client}: the phone does not open")
            if windows[client] < WINDOWS_MIN:
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


def _backups(folder: Path, truth: Truth, wrong: list[str]) -> int:
    """The entries of the newest backup; each that is there is whole."""
    found = backups(backups_in(folder), KIOSK)
    for backup in found:
        _whole(backup.file, backup.seq, truth, wrong)
        if told := changed(backup):
            wrong.append(f"{backup.file.name}: {told}")
    for copy in paths(folder)[0].parent.glob("*.format-*"):
        if not copy.name.endswith(("-wal", "-shm", ".new")):
            _whole(copy, len(truth.life.before), truth, wrong)
    if truth.life.fixture and not list(paths(folder)[0].parent.glob("*.format-*")):
        wrong.append("migrated without a copy")
    return found[0].seq if found else 0


def _whole(file: Path, entries: int, truth: Truth, wrong: list[str]) -> None:
    (_, seq), findings = prove(file, lambda *done: None)
    wrong += [f"{file.name}: {f.where}: {f.what}" for f in findings]
    if seq != entries:
        wrong.append(f"{file.name} has {seq} entries, of {entries}")
    with opened_copy(file, TABLES) as store:
        rows = [(d["id"], d["hash"]) for d in store.table("entries")]
    wrong += [f"{file.name}: {other}" for other in _others(rows, truth)]


def _mirror(folder: Path, truth: Truth, there: int, wrong: list[str]) -> int:
    """The entries of the mirror as it is after the cut; then it catches up, and holds all."""
    before = _lines(folder)
    if problem := mirror(folder):
        wrong.append(problem)
    if missing := set(range(1, there + 1)) - _lines(folder):
        wrong.append(f"the mirror has caught up, and has no entry {sorted(missing)}")
    return next(n for n in range(len(truth.entries) + 1) if n + 1 not in before)


def _lines(folder: Path) -> set[int]:
    return {
        line.seq
        for file in files(mirror_in(folder), KIOSK)
        for _, line in read(file)
        if isinstance(line, Entry)
    }


def _goes_on(venue: Venue, truth: Truth) -> list[str]:
    """The last operation repeated is the same, the next is done, one more top-up is taken."""
    wrong = []
    written, there = truth.written, venue.ledger.seq
    for seq in (there, there + 1):
        number = seq - len(truth.life.before) - 1
        if not 0 <= number < len(written) or written[number][1].foreign:
            continue
        place, step = written[number]
        done = step.done(venue, at(place))
        if not isinstance(done, Entry) or done.seq != seq:
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
