"""Cash at the kiosk: notes held, settled, given back, and what nobody can be named for.

A note's life is an entry a step: `HoldNote` before the acceptor is asked to stack it,
`SettleNote` when it says that it did, `VoidNote` when it went back. See docs/ledger.md, "Cash in".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import fiscal, tickets, trust
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.floating import may_add, on_visit, place
from kiosk.core.ids import CardId, ClientId, DeviceId, NoteId, VisitId, note_device
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES = (
    TableSpec("notes", ("client", "state", "device", "visit")),
    TableSpec("starts"),
)

NoteState = Literal[
    "held", "doubtful", "settled", "void", "recognised", "suspense", "claimed", "credited"
]
"""``doubtful``: held, and the acceptor went on without saying where it is; staff decide.
``suspense``: in the machine and nobody's; from there ``claimed`` or ``credited``, see `claims`."""

UNDECIDED = ("held", "doubtful")

NOT_OUT = ("not_printed", "partial", "unknown")
"""Outcomes of a slip that leave the guest without it."""


@dataclass(frozen=True)
class NoteHeld:
    """A note on the books: where it came in, for whom, and what became of it.

    `start` is the start of the process that named it; `receipt` the print job that lists it. A
    note for a visit, or for the prepayment of one that is to come, has `visit`, and no client.
    `mark`: see `NoteEscrowed`.
    """

    note: NoteId
    device: DeviceId
    start: int
    value: Money
    client: ClientId
    card: CardId
    state: NoteState
    receipt: str
    visit: str = ""
    mark: str = ""


@dataclass(frozen=True)
class HoldNote:
    """Put on record that the note in escrow will be stacked for this client's wallet.

    `mark`: see `NoteEscrowed`.
    """

    note: NoteId
    value: Money
    client: ClientId
    card: CardId
    mark: str = ""


@dataclass(frozen=True)
class HoldDeposit:
    """Put on record that the note in escrow will be stacked for a visit.

    It is open (E26, E46), or yet to come under this id: its prepayment is being paid
    (`prepayments`). `mark`: see `NoteEscrowed`.
    """

    note: NoteId
    value: Money
    visit: VisitId
    mark: str = ""


@dataclass(frozen=True)
class SettleNote:
    """Credit a held note: the acceptor has stacked it, or staff have found it."""

    note: NoteId
    reason: str = remark()


@dataclass(frozen=True)
class VoidNote:
    """End a hold: the note went back to the guest, or staff know that it did."""

    note: NoteId
    reason: str = remark()


@dataclass(frozen=True)
class DoubtNote:
    """The acceptor takes the next note and never told what became of this one: a task for staff."""

    note: NoteId


@dataclass(frozen=True)
class RecogniseNote:
    """Put on record that the acceptor told of `note` again, under the new name `again`."""

    again: NoteId
    note: NoteId


@dataclass(frozen=True)
class SuspendNote:
    """Put a stacked note that belongs to nobody identified into suspense."""

    note: NoteId
    value: Money


@dataclass(frozen=True)
class RecordStart:
    """Raise the number of this start of the process; notes are named by it."""

    start: int


@dataclass(frozen=True)
class RecordRest:
    """Put on record that an acceptor was at rest in this start: former notes it tells no more."""

    device: DeviceId
    start: int


@dataclass(frozen=True)
class GetNote(Query["NoteHeld | None"]):
    """One note by its id."""

    note: NoteId


@dataclass(frozen=True)
class HeldNotes(Query["tuple[NoteHeld, ...]"]):
    """The notes that are held or doubtful, oldest first; of one device, or of all."""

    device: str = ""


@dataclass(frozen=True)
class SuspendedNotes(Query["tuple[NoteHeld, ...]"]):
    """The notes in suspense, oldest first: each waits for a claim, or for staff."""


@dataclass(frozen=True)
class LastNote(Query["NoteHeld | None"]):
    """The note of a device that came on the books last, in this start or a former one."""

    device: DeviceId


@dataclass(frozen=True)
class NotesWithoutReceipt(Query["tuple[NoteHeld, ...]"]):
    """The settled notes of a client whose receipt nobody knows to be printed.

    No receipt lists them, or one that did not come out whole, or one that was sent to the printer
    by a former start, which did not live to hear what became of it.
    """

    client: ClientId


@dataclass(frozen=True)
class NotesOfVisit(Query["tuple[NoteHeld, ...]"]):
    """The notes that were put in for a visit, or for its prepayment, oldest first."""

    visit: VisitId


@dataclass(frozen=True)
class RestedIn(Query[int]):
    """The latest start on record in which an acceptor was at rest; 0 before the first."""

    device: DeviceId


@dataclass(frozen=True)
class LastStart(Query[int]):
    """The number of the latest start on the books; 0 before the first."""


def _note(books: Books, document: Mapping[str, Any]) -> NoteHeld:
    return NoteHeld(
        NoteId(document["id"]),
        DeviceId(document["device"]),
        document["start"],
        books.money(document["minor"]),
        ClientId(document["client"]),
        CardId(document["card"]),
        document["state"],
        document["receipt"],
        document.get("visit", ""),
        document.get("mark", ""),
    )


def note_document(
    books: Books, note: NoteId, value: Money, client: str, card: str, state: NoteState
) -> dict[str, Any]:
    """A note, or a coin, as the table ``notes`` has it first."""
    assert value.currency == books.currency, f"{note}: {value.currency.code} in these books"
    _, start, counter = note.rsplit("/", 2)
    return {
        "id": note,
        "device": note_device(note),
        "start": int(start),
        "counter": int(counter),
        "minor": value.minor,
        "client": client,
        "card": card,
        "state": state,
        "receipt": "",
    }


def box_account(books: Books, device: str, value: Money) -> str:
    """The cashbox account of one denomination: ``1010:<kiosk>:<box>:<face>``."""
    return f"1010:{books.kiosk}:{device}:{face_word(value)}"


def face_word(value: Money) -> str:
    """A face as an account names it: major units, with a point only below one of them."""
    scale = 10**value.currency.exponent
    return str(value.minor // scale) if value.minor % scale == 0 else str(value)


def _held(books: Books, note: NoteId) -> dict[str, Any]:
    found = books.get("notes", note)
    if not found or found["state"] not in UNDECIDED:
        raise Refused("err.not_held", note=note)
    return found


def _decided(books: Books, command: SettleNote | VoidNote) -> dict[str, Any]:
    """The held note; a person who decides about it says why, the acceptor need not."""
    note = _held(books, command.note)
    if books.actor != "kiosk" and not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    return note


def _none_held(books: Books, device: DeviceId) -> None:
    if any(n["device"] == device for n in books.search("notes", where("state") == "held")):
        raise Refused("err.note_undecided", device=device)


def _hold(books: Books, command: HoldNote) -> Draft:
    _none_held(books, note_device(command.note))
    draft = Draft("note_held", refs={"note": command.note, "client": command.client})
    draft.refs |= trust.velocity(books, "top_up", command.client, command.value.minor)
    made = note_document(books, command.note, command.value, command.client, command.card, "held")
    draft.set("notes", made | _marked(command))
    return draft


def _hold_deposit(books: Books, command: HoldDeposit) -> Draft:
    _none_held(books, note_device(command.note))
    visit = _for_visit(books, command.visit, command.value)
    card = visit.get("card", "")
    draft = Draft("note_held", refs={"note": command.note, "visit": command.visit})
    document = note_document(books, command.note, command.value, "", card, "held")
    draft.set("notes", document | {"visit": command.visit} | _marked(command))
    return draft


def _marked(command: HoldNote | HoldDeposit) -> dict[str, str]:
    return {"mark": command.mark} if command.mark else {}


def _for_visit(books: Books, name: str, value: Money) -> dict[str, Any]:
    """The open visit, or the pending prepayment, that a note of this value may be held for."""
    there = on_visit(books, name)
    pending = books.get("prepayments", name)
    if pending and pending["state"] == "pending":
        if there >= pending["minor"]:
            raise Refused("err.prepayment_full")
        return pending
    visit = books.get("visits", name)
    if visit is None or visit["state"] != "open":
        raise Refused("err.no_visit_for_note")
    may_add(books, visit)
    most = books.settings().get("balance_max")
    if most is not None and there + value.minor > most:
        raise Refused("err.deposit_max", amount=str(books.money(most)))
    return visit


def _settle(books: Books, command: SettleNote) -> Draft:
    note = _decided(books, command)
    if note.get("visit"):
        return _settle_for_visit(books, command, note)
    refs = {"note": note["id"], "client": note["client"], "card": note["card"]}
    draft = Draft("note_settled", reason=command.reason, refs=refs)
    box = box_account(books, note["device"], books.money(note["minor"]))
    draft.post(box, f"2010:{note['client']}", books.unit, note["minor"])
    draft.set("notes", note | {"state": "settled"})
    return draft


def _settle_for_visit(books: Books, command: SettleNote, note: dict[str, Any]) -> Draft:
    """Credit a visit; where it ended meanwhile, or takes no deposits any more, nobody: suspense."""
    visit, minor = note["visit"], note["minor"]
    refs = {"note": note["id"], "visit": visit}
    to = place(books, visit)
    box = box_account(books, note["device"], books.money(minor))
    if not to:
        draft = Draft("note_suspended", reason=command.reason, refs=refs)
        draft.post(box, f"2900:{books.kiosk}", books.unit, minor)
        draft.set("notes", note | {"state": "suspense"})
        return draft
    draft = Draft("note_settled", reason=command.reason, refs=refs)
    draft.post(box, f"2030:{visit}", books.unit, minor)
    draft.set("notes", note | {"state": "settled"})
    if to == "visit":
        # That of a prepayment is made when its visit is.
        fiscal.prepaid(books, draft, visit, minor, "cash")
    return draft


def _void(books: Books, command: VoidNote) -> Draft:
    note = _decided(books, command)
    refs = _refs(note)
    draft = Draft("note_void", reason=command.reason, refs=refs)
    draft.set("notes", note | {"state": "void"})
    return draft


def _refs(note: Mapping[str, Any]) -> dict[str, str]:
    if note.get("visit"):
        return {"note": note["id"], "visit": note["visit"]}
    return {"note": note["id"], "client": note["client"]}


def _doubt(books: Books, command: DoubtNote) -> Draft:
    note = _held(books, command.note)
    draft = Draft("note_doubtful", refs=_refs(note))
    draft.set("notes", note | {"state": "doubtful"})
    return draft


def _recognise(books: Books, command: RecogniseNote) -> Draft:
    known = books.get("notes", command.note)
    if not known:
        raise Refused("err.not_held", note=command.note)
    draft = Draft("note_recognised", refs={"note": command.again, "again": command.note})
    value = books.money(known["minor"])
    client, card = known["client"], known["card"]
    document = note_document(books, command.again, value, client, card, "recognised")
    draft.set("notes", document | {"again": command.note})
    return draft


def _suspend(books: Books, command: SuspendNote) -> Draft:
    draft = Draft("note_suspended", refs={"note": command.note})
    box = box_account(books, note_device(command.note), command.value)
    draft.post(box, f"2900:{books.kiosk}", books.unit, command.value.minor)
    known = books.get("notes", command.note) or {}
    client, card = known.get("client", ""), known.get("card", "")
    made = note_document(books, command.note, command.value, client, card, "suspense")
    draft.set("notes", known | made)
    return draft


def _start(books: Books, command: RecordStart) -> Draft:
    assert command.start == last_start(books) + 1, "starts are numbered one by one"
    draft = Draft("started", refs={"start": command.start})
    tickets.publish(books, draft)
    draft.set("starts", {"id": "kiosk", "start": command.start})
    return draft


def _rest(books: Books, command: RecordRest) -> Draft:
    draft = Draft("acceptor_rested", refs={"device": command.device, "start": command.start})
    draft.set("starts", {"id": f"device:{command.device}", "start": command.start})
    return draft


def _get(books: Books, query: GetNote) -> NoteHeld | None:
    found = books.get("notes", query.note)
    return _note(books, found) if found else None


def _held_notes(books: Books, query: HeldNotes) -> tuple[NoteHeld, ...]:
    # One condition with an index a search: of two SQLite, without statistics, takes either, and
    # every note there ever was is of the same device, or settled.
    found = books.search("notes", where("state").one_of(list(UNDECIDED)))
    kept = (n for n in found if query.device in ("", n["device"]))
    return tuple(_note(books, n) for n in sorted(kept, key=_order))


def _suspended_notes(books: Books, query: SuspendedNotes) -> tuple[NoteHeld, ...]:
    del query
    found = books.search("notes", where("state") == "suspense")
    return tuple(_note(books, n) for n in sorted(found, key=_order))


def _order(document: Mapping[str, Any]) -> tuple[int, int]:
    return document["start"], document["counter"]


def _last(books: Books, query: LastNote) -> NoteHeld | None:
    found = books.ledger.store.latest("notes", "device", query.device)
    return _note(books, found[0]) if found else None


def _without_receipt(books: Books, query: NotesWithoutReceipt) -> tuple[NoteHeld, ...]:
    unsure = where("state").one_of(["due", *NOT_OUT])
    lost = [
        slip["id"]
        for slip in books.search("slips", (where("client") == query.client) & unsure)
        if slip["state"] != "due" or slip["start"] < last_start(books)
    ]
    wanted = (where("client") == query.client) & where("receipt").one_of(["", *lost])
    settled = (n for n in books.search("notes", wanted) if n["state"] == "settled")
    return tuple(_note(books, n) for n in sorted(settled, key=_order))


def _of_visit(books: Books, query: NotesOfVisit) -> tuple[NoteHeld, ...]:
    found = books.search("notes", where("visit") == query.visit)
    return tuple(_note(books, n) for n in sorted(found, key=_order))


def _rested_in(books: Books, query: RestedIn) -> int:
    kept = books.get("starts", f"device:{query.device}")
    return int(kept["start"]) if kept else 0


def _last_start(books: Books, query: LastStart) -> int:
    del query
    return last_start(books)


def last_start(books: Books) -> int:
    """The number of the latest start; 0 before the first."""
    kept = books.get("starts", "kiosk")
    return int(kept["start"]) if kept else 0


HANDLERS: dict[type, Handler] = {
    HoldNote: _hold,
    HoldDeposit: _hold_deposit,
    SettleNote: _settle,
    VoidNote: _void,
    DoubtNote: _doubt,
    RecogniseNote: _recognise,
    SuspendNote: _suspend,
    RecordStart: _start,
    RecordRest: _rest,
}
ANSWERS: dict[type, Answer] = {
    GetNote: _get,
    HeldNotes: _held_notes,
    SuspendedNotes: _suspended_notes,
    LastNote: _last,
    NotesWithoutReceipt: _without_receipt,
    NotesOfVisit: _of_visit,
    RestedIn: _rested_in,
    LastStart: _last_start,
}
ALLOWED: dict[type, frozenset[str]] = {
    HoldNote: frozenset({"kiosk"}),
    HoldDeposit: frozenset({"kiosk"}),
    SettleNote: frozenset({"kiosk", "staff", "cli"}),
    VoidNote: frozenset({"kiosk", "staff", "cli"}),
    DoubtNote: frozenset({"kiosk"}),
    RecogniseNote: frozenset({"kiosk"}),
    SuspendNote: frozenset({"kiosk"}),
    RecordStart: frozenset({"kiosk"}),
    RecordRest: frozenset({"kiosk"}),
}
