"""The kiosk's cashboxes: collected and counted by face, and pulled by nobody who may.

The books say at any moment how many notes of each face lie in a box. A collection takes them into a
bag (1040), a count puts the bag into the vault; what differs is over or short (5030), with its
possible causes. See docs/ledger.md, "Collections".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import coins, permissions, staff
from kiosk.core.books import (
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    remark,
)
from kiosk.core.cash import box_account
from kiosk.core.count_differences import Candidate, candidates, period
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.shifts import OVER_SHORT, VAULT, comment
from kiosk.core.slips import add_slip
from kiosk.core.staff import Approval
from kiosk.core.store import TableSpec
from kiosk.core.tenders import FaceCount, blind_count, cash

TABLES = (TableSpec("cashboxes"), TableSpec("collections", ("state", "device")))

SEAL_CHARACTERS_MAX = 64
COLLECTIONS_MAX = 100

CollectionState = Literal["in_bag", "counted"]
Faces = list[list[int]]
"""``[face, number]``, minor units, largest face first."""


@dataclass(frozen=True)
class RecordCashboxOut:
    """The acceptor says that its box is out, for the `pull`-th time."""

    device: DeviceId
    pull: int


@dataclass(frozen=True)
class RecordCashboxIn:
    """The acceptor says that a box is in it again, after the `pull`-th time."""

    device: DeviceId
    pull: int


@dataclass(frozen=True)
class CollectCashbox:
    """Empty a box into a bag, and count it at once, or later (`counted` is None; then sealed).

    `taken` is about the box that went out last, where another is in the machine already: what came
    in since then stays. `witness` is a second person beside it.
    """

    device: DeviceId
    counted: tuple[FaceCount, ...] | None = None
    seal: str = ""
    taken: bool = False
    witness: Approval | None = None
    comment: str = remark()
    language: str = added("en")


@dataclass(frozen=True)
class CountCollection:
    """Count a bag. Where the count is blind, it is another person who counts than who collected."""

    collection: str
    counted: tuple[FaceCount, ...]
    comment: str = remark()
    language: str = added("en")


@dataclass(frozen=True)
class FaceDifference:
    """Notes of one face: expected, and counted (None before that)."""

    face: Money
    expected: int
    counted: int | None


@dataclass(frozen=True)
class Collection:
    """A collection of a box; `over_short` is what was counted less what was expected.

    `faces` and `expected` are None while a blind count is due.
    """

    id: str
    number: int
    device: DeviceId
    state: CollectionState
    at: str
    by: str
    witness: str
    seal: str
    forced: bool
    faces: tuple[FaceDifference, ...] | None
    expected: Money | None
    over_short: Money | None
    counted_at: str
    counted_by: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Collections(Query["tuple[Collection, ...]"]):
    """The latest collections, newest first."""


@dataclass(frozen=True)
class BoxState:
    """Whether a box is out, and how often it was."""

    out: bool
    pulls: int


@dataclass(frozen=True)
class GetBoxState(Query[BoxState]):
    """Whether a box is in its acceptor, as the books say."""

    device: DeviceId


@dataclass(frozen=True)
class BoxContents(Query["tuple[FaceCount, ...] | None"]):
    """What lies in a box, largest face first; None where the count is blind."""

    device: DeviceId


@dataclass(frozen=True)
class TakenBox:
    """A box that was taken out and not collected; `faces` is None where the count is blind."""

    at: str
    faces: tuple[FaceCount, ...] | None


@dataclass(frozen=True)
class GetTakenBox(Query["TakenBox | None"]):
    """The box of this device that went out last, while nobody has collected it."""

    device: DeviceId


@dataclass(frozen=True)
class SlipOfCollection(Query["JobId | None"]):
    """The latest paper of a collection, by its number; of the latest collections only."""

    number: int


@dataclass(frozen=True)
class BoxTask:
    """What somebody has to do: ``count_box`` (it was pulled), or ``count_bag`` of a collection."""

    what: Literal["count_box", "count_bag"]
    device: DeviceId
    since: str
    collection: str
    who: str
    """Who was signed in when a box was pulled, or who collected the bag; may be empty."""


@dataclass(frozen=True)
class CashboxTasks(Query["tuple[BoxTask, ...]"]):
    """Boxes that were pulled by nobody who may, and bags that nobody counted, oldest first."""


# --- what lies in a box -----------------------------------------------------------------------


def contents(books: Books, device: str) -> Faces:
    """The notes in a box, as the books say: by face, largest first."""
    start = f"1010:{books.kiosk}:{device}:"
    # Whoever follows the colon in the order of characters follows every account of this box.
    of_box = (where("id") >= start) & (where("id") < f"{start[:-1]};")
    faces: Counter[int] = Counter()
    for kept in books.search("balances", of_box):
        if kept["unit"] == books.unit and kept["amount"]:
            face = Money.parse(kept["account"].removeprefix(start), books.currency).minor
            faces[face] += kept["amount"] // face
    return [[face, number] for face, number in sorted(faces.items(), reverse=True)]


def _total(faces: Faces) -> int:
    return sum(face * number for face, number in faces)


def _by_face(faces: Faces) -> dict[int, int]:
    return {count[0]: count[1] for count in faces}


def _box(books: Books, device: str) -> dict[str, Any]:
    empty = {"id": device, "out": False, "pulls": 0, "pulled": [], "collected": 0}
    return books.get("cashboxes", device) or empty


# --- in and out -------------------------------------------------------------------------------


def _out(books: Books, command: RecordCashboxOut) -> Draft:
    box = _box(books, command.device)
    if box["out"] or command.pull != box["pulls"] + 1:
        raise Refused("err.nothing_changed")
    faces = contents(books, command.device)
    who = staff.signed_in(books)
    person = books.get("staff", who) if who else None
    may = person is not None and permissions.may(books, person["role"], "collect")
    # An empty box is not worth an alarm: it goes out right after it was collected.
    alarm = bool(faces) and not may
    refs = {"device": command.device, "alarm": alarm, "staff": who, "minor": _total(faces)}
    draft = Draft("cashbox_pulled", refs=refs)
    pull = {
        "at": books.at,
        "entry": books.ledger.seq + 1,
        "faces": faces,
        "alarm": alarm,
        "staff": who,
    }
    pulled = [*box["pulled"], pull] if faces else box["pulled"]
    draft.set("cashboxes", box | {"out": True, "pulls": command.pull, "pulled": pulled})
    return draft


def _in(books: Books, command: RecordCashboxIn) -> Draft:
    box = _box(books, command.device)
    if not box["out"] or command.pull != box["pulls"]:
        raise Refused("err.nothing_changed")
    draft = Draft("cashbox_back", refs={"device": command.device})
    draft.set("cashboxes", box | {"out": False})
    return draft


# --- collecting -------------------------------------------------------------------------------


def _collect(books: Books, command: CollectCashbox) -> Draft:
    comment(command.comment)
    box = _box(books, command.device)
    known = box["pulls"] or books.ledger.store.latest("notes", "device", command.device)
    if not known and not coins.has(books, command.device):
        raise Refused("err.no_such_box", device=command.device)
    if command.seal and not legible(command.seal, SEAL_CHARACTERS_MAX):
        raise Refused("err.seal_missing")
    if command.counted is None and not command.seal:
        raise Refused("err.seal_missing")
    if command.counted is not None and blind_count(books):
        raise Refused("err.count_blind")
    expected = _expected(books, box, command)
    lost = any(one.device == command.device for one in coins.lost(books))
    if not expected and not box["pulled"] and not command.counted and not lost:
        raise Refused("err.box_empty", device=command.device)
    witness = staff.approved(books, command.witness, "shift") if command.witness else ""
    draft = Draft("cashbox_collected", reason=command.comment)
    name = books.new_id("k")
    draft.refs |= {"collection": name, "device": command.device, "witness": witness}
    for face, number in expected:
        from_ = box_account(books, command.device, books.money(face))
        draft.post(f"1040:{name}", from_, books.unit, face * number)
    seq = books.ledger.seq + 1
    last = box["pulled"][-1]["entry"] if command.taken else seq
    made = {
        "id": name,
        "number": books.number(draft, "collection"),
        "device": command.device,
        "state": "in_bag",
        "at": books.at,
        "by": books.actor,
        "witness": witness,
        "seal": command.seal,
        "forced": any(pull["alarm"] for pull in box["pulled"]),
        "expected": expected,
        "counted": None,
        "over_short": 0,
        "counted_at": "",
        "counted_by": "",
        "first": box["collected"] + 1,
        "last": last,
        "candidates": [],
    }
    if command.counted is not None:
        made = _counted(books, draft, made, command.counted)
    draft.set("collections", made)
    draft.set("cashboxes", box | {"pulled": [], "collected": last})
    coins.found(books, draft, command.device, last)
    _slip(books, draft, made, command.language)
    return draft


def _slip(books: Books, draft: Draft, made: Mapping[str, Any], language: str) -> None:
    """The paper of a collection, as far as it is counted; what a blind count hides is not on it."""
    slip = add_slip(books, draft, "collection_slip", {}, language)
    told = ("device", "seal", "forced", "by", "witness", "counted", "counted_by", "first", "last")
    hidden = made["counted"] is None and blind_count(books)
    slip["facts"] |= {name: made[name] for name in told} | {
        "collection": made["number"],
        "expected": None if hidden else made["expected"],
        "notes": None if hidden else sum(number for _, number in made["expected"]),
        "causes": made["candidates"],
        "pulls": _box(books, made["device"])["pulls"],
        "head": books.ledger.head,
    }


def _expected(books: Books, box: Mapping[str, Any], command: CollectCashbox) -> Faces:
    if not command.taken:
        return contents(books, command.device)
    if not box["pulled"]:
        raise Refused("err.box_not_pulled", device=command.device)
    faces: Faces = box["pulled"][-1]["faces"]
    return faces


def _count(books: Books, command: CountCollection) -> Draft:
    comment(command.comment)
    kept = books.get("collections", command.collection)
    if kept is None or kept["state"] != "in_bag":
        raise Refused("err.no_such_bag", collection=command.collection)
    if blind_count(books) and kept["by"] == books.actor:
        raise Refused("err.count_same_person")
    refs = {"collection": kept["id"], "device": kept["device"]}
    draft = Draft("collection_counted", reason=command.comment, refs=refs)
    made = _counted(books, draft, kept, command.counted)
    draft.set("collections", made)
    _slip(books, draft, made, command.language)
    return draft


def _counted(
    books: Books, draft: Draft, kept: Mapping[str, Any], counted: tuple[FaceCount, ...]
) -> dict[str, Any]:
    """The collection with its count; the bag goes to the vault, what differs is over or short."""
    total, faces = cash(books, counted)
    expected = _total(kept["expected"])
    bag = f"1040:{kept['id']}"
    for debit, credit, minor in (
        (VAULT, bag, min(total, expected)),
        (OVER_SHORT, bag, expected - total),
        (VAULT, OVER_SHORT, total - expected),
    ):
        if minor > 0:
            draft.post(debit, credit, books.unit, minor)
    there, booked = _by_face(faces), _by_face(kept["expected"])
    differences = {f: there.get(f, 0) - booked.get(f, 0) for f in {*there, *booked}}
    causes: tuple[Candidate, ...] = ()
    if any(differences.values()):
        span = books.ledger.between(kept["first"], kept["last"])
        causes = candidates(differences, period(span, kept["device"]))
    return {
        **kept,
        "state": "counted",
        "counted": faces,
        "over_short": total - expected,
        "counted_at": books.at,
        "counted_by": books.actor,
        "candidates": [cause.document() for cause in causes],
    }


# --- what is asked ----------------------------------------------------------------------------


def _list(books: Books, query: Collections) -> tuple[Collection, ...]:
    del query
    kept = books.ledger.store.latest("collections", limit=COLLECTIONS_MAX)
    return tuple(_told(books, document) for document in kept)


def _told(books: Books, kept: Mapping[str, Any]) -> Collection:
    hidden = kept["state"] == "in_bag" and blind_count(books)
    expected = {} if hidden else _by_face(kept["expected"])
    counted = None if kept["counted"] is None else _by_face(kept["counted"])
    faces = sorted({*expected, *(counted or {})}, reverse=True)
    return Collection(
        id=kept["id"],
        number=kept["number"],
        device=DeviceId(kept["device"]),
        state=kept["state"],
        at=kept["at"],
        by=kept["by"],
        witness=kept["witness"],
        seal=kept["seal"],
        forced=kept["forced"],
        faces=None
        if hidden
        else tuple(
            FaceDifference(
                books.money(face),
                expected.get(face, 0),
                None if counted is None else counted.get(face, 0),
            )
            for face in faces
        ),
        expected=None if hidden else books.money(_total(kept["expected"])),
        over_short=None if counted is None else books.money(kept["over_short"]),
        counted_at=kept["counted_at"],
        counted_by=kept["counted_by"],
        candidates=tuple(Candidate.of(cause) for cause in kept["candidates"]),
    )


def _state(books: Books, query: GetBoxState) -> BoxState:
    box = _box(books, query.device)
    return BoxState(box["out"], box["pulls"])


def _contents(books: Books, query: BoxContents) -> tuple[FaceCount, ...] | None:
    if blind_count(books):
        return None
    faces = contents(books, query.device)
    return tuple(FaceCount(books.money(face), number) for face, number in faces)


def _taken(books: Books, query: GetTakenBox) -> TakenBox | None:
    pulled = _box(books, query.device)["pulled"]
    if not pulled:
        return None
    faces = tuple(FaceCount(books.money(face), number) for face, number in pulled[-1]["faces"])
    return TakenBox(pulled[-1]["at"], None if blind_count(books) else faces)


def _slip_of(books: Books, query: SlipOfCollection) -> JobId | None:
    # A bag that is counted later has a second slip, so their numbers run ahead of ours.
    last = int((books.get("series", "collection_slip") or {"last": 0})["last"])
    for number in range(last, max(0, last - 2 * COLLECTIONS_MAX), -1):
        slip = books.get("slips", f"collection_slip:{number}")
        if slip and slip["facts"]["collection"] == query.number:
            return JobId(slip["id"])
    return None


def _tasks(books: Books, query: CashboxTasks) -> tuple[BoxTask, ...]:
    del query
    return open_tasks(books)


def open_tasks(books: Books) -> tuple[BoxTask, ...]:
    """See `CashboxTasks`."""
    made = []
    for box in books.ledger.store.table("cashboxes"):
        alarms = [pull for pull in box["pulled"] if pull["alarm"]]
        if alarms:
            first = alarms[0]
            made.append(BoxTask("count_box", box["id"], first["at"], "", first["staff"]))
    for bag in books.search("collections", where("state") == "in_bag"):
        made.append(BoxTask("count_bag", bag["device"], bag["at"], bag["id"], bag["by"]))
    return tuple(sorted(made, key=lambda task: task.since))


HANDLERS: dict[type, Handler] = {
    RecordCashboxOut: _out,
    RecordCashboxIn: _in,
    CollectCashbox: _collect,
    CountCollection: _count,
}
ANSWERS: dict[type, Answer] = {
    Collections: _list,
    GetBoxState: _state,
    BoxContents: _contents,
    GetTakenBox: _taken,
    SlipOfCollection: _slip_of,
    CashboxTasks: _tasks,
}
ALLOWED: dict[type, frozenset[str]] = {
    RecordCashboxOut: frozenset({"kiosk"}),
    RecordCashboxIn: frozenset({"kiosk"}),
    CollectCashbox: frozenset({"staff", "cli"}),
    CountCollection: frozenset({"staff", "cli"}),
}
