"""Slips: what is to be printed, what it says, and whether it came out.

A slip's facts stand in its entry, so it can be printed again in any language, marked COPY.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core import bonus, rolls, slip_documents, tickets
from kiosk.core.books import Answer, Books, Handler, Query, added, remark
from kiosk.core.cards import card, masked
from kiosk.core.cash import NOT_OUT, UNDECIDED, last_start
from kiosk.core.documents import RECEIPTS, Document, Kind
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId
from kiosk.core.ledger import Draft
from kiosk.core.store import TableSpec
from kiosk.core.tenders import current_shift

TABLES = (TableSpec("slips", ("client", "state")),)

Outcome = Literal["printed", "not_printed", "partial", "unknown"]


@dataclass(frozen=True)
class IssueTopUpReceipt:
    """One receipt for the settled notes of a top-up; it takes the next number."""

    notes: tuple[NoteId, ...]
    card: CardId
    language: str
    late: bool = False
    """Offered after a restart: marked COPY, because nobody knows what came out before."""


@dataclass(frozen=True)
class IssueRegistrationSlip:
    """The slip of a new card."""

    card: CardId
    language: str


@dataclass(frozen=True)
class IssueCheckSlip:
    """The slip for a held note whose place is unknown (N-04); nothing is booked."""

    note: NoteId
    language: str


@dataclass(frozen=True)
class RecordSlip:
    """Put on record how printing ended; `attempt` counts the outcomes of one job from 1.

    `device` is named where the paper of its roll is counted, and `paper_mm` what the slip took.
    """

    job: JobId
    attempt: int
    outcome: Outcome
    reason: str = remark()
    device: str = added("")
    paper_mm: int = added(0)


@dataclass(frozen=True)
class Slip:
    """A slip: its job, its number, and how printing it ended.

    Before that it is ``due`` at the kiosk's printer; one that a till issued is ``handed``: the till
    prints it itself.
    """

    job: JobId
    kind: Kind
    number: int
    state: str
    attempts: int
    client: ClientId


@dataclass(frozen=True)
class GetSlip(Query["Slip | None"]):
    """One slip by its job."""

    job: JobId


@dataclass(frozen=True)
class CardWithoutSlip(Query[bool]):
    """Whether nobody knows that the slip of a card's registration came out."""

    card: CardId


@dataclass(frozen=True)
class SlipDocument(Query[Document]):
    """The document of a slip, to be printed; drawn a second time it is marked COPY.

    A till is answered for the slips that it issued itself: those are `handed` to it.
    A registration slip is drawn with a new recovery token each time; the former is then void.
    """

    job: JobId


@dataclass(frozen=True)
class SlipOfNote(Query["Slip | None"]):
    """The check slip of a note, if one was issued."""

    note: NoteId


def begin_slip(
    books: Books, kind: Kind, owner: Mapping[str, str], language: str
) -> tuple[Draft, dict[str, Any]]:
    """An entry that issues a slip and nothing else; the slip as `add_slip` returns it."""
    draft = Draft("slip_issued", refs=dict(owner))
    return draft, add_slip(books, draft, kind, owner, language)


def add_slip(
    books: Books,
    draft: Draft,
    kind: Kind,
    owner: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    """A slip with the next number of its series, issued by the entry of `draft`.

    Args:
        books: the books.
        draft: takes the number and the slip; its ref ``slip`` is the first one added.
        kind: the type of document.
        owner: whose it is, as far as that is known: ``client`` and ``card``; the desk's own paper
            is nobody's.
        language: in which it is printed.

    Returns:
        The slip's document. It is in the draft: what the caller adds to it, above all to its
        ``facts``, is written with it.
    """
    number = books.number(draft, kind)
    job = JobId(f"{kind}:{number}")
    draft.refs.setdefault("slip", job)
    facts = {
        "at": books.at,
        "number": number,
        "card_masked": _card_masked(books, draft, owner.get("card", "")),
        "entry": books.ledger.seq + 1,
    }
    shift = _shift(books, draft)
    if shift is not None:
        facts["shift"] = shift["number"]
    till = books.actor.startswith("till:")
    slip = {
        "id": job,
        "kind": kind,
        "number": number,
        "client": owner.get("client", ""),
        "state": "handed" if till else "due",
        "attempts": 0,
        "start": last_start(books),
        "language": language,
        "copy": False,
        "facts": facts,
    }
    if till:
        slip["till"] = books.actor
    draft.set("slips", slip)
    if kind in RECEIPTS:
        tickets.publish(books, draft)
    return slip


def language_of(books: Books, client: str) -> str:
    """In which language paper of a client is printed, where nobody says another."""
    return str((books.get("clients", client) or {}).get("language") or "en")


def _shift(books: Books, draft: Draft) -> Mapping[str, Any] | None:
    """The shift that is open now; the draft may be opening it."""
    opened = next((c.document for c in draft.changes if c.table == "shifts"), None)
    return opened if opened is not None else current_shift(books)


def _card_masked(books: Books, draft: Draft, name: str) -> str:
    """A card's number as people may see it; the draft may be putting it on file."""
    made = next((c.document for c in draft.changes if (c.table, c.id) == ("cards", name)), None)
    if made is not None:
        return masked(str(made["number"]))
    return card(books, name).masked if name else ""


def _top_up(books: Books, command: IssueTopUpReceipt) -> Draft:
    notes = [books.get("notes", note) for note in command.notes]
    settled = [n for n in notes if n and _topped_up(n) and not n["receipt"]]
    if not settled or not len(settled) == len(command.notes) == len(set(command.notes)):
        raise Refused("err.nothing_to_print")
    client = settled[0]["client"]
    owner = {"client": client, "card": command.card}
    draft, slip = begin_slip(books, "top_up_receipt", owner, command.language)
    total = sum(n["minor"] for n in settled)
    after = books.wallet(ClientId(client)).minor
    faces = Counter(n["minor"] for n in settled)
    coins = Counter(n["minor"] for n in settled if "mark" in n)
    slip["copy"] = command.late
    slip["facts"] |= {
        "notes": [[minor, count] for minor, count in sorted(faces.items(), reverse=True)],
        "total": total,
        "before": after - total,
        "after": after,
    }
    if coins:
        slip["facts"] |= {"coins": [[m, count] for m, count in sorted(coins.items(), reverse=True)]}
    points = bonus.granted(books, command.notes)
    if points:
        slip["facts"] |= {"bonus": points}
    for note in settled:
        draft.set("notes", note | {"receipt": slip["id"]})
    return draft


def _topped_up(note: Mapping[str, Any]) -> bool:
    """Whether a note is in a wallet; one of a visit has the receipt of a deposit."""
    return note["state"] == "settled" and bool(note["client"])


def _registration(books: Books, command: IssueRegistrationSlip) -> Draft:
    owner = card(books, command.card).client
    of = {"client": owner, "card": command.card}
    draft, slip = begin_slip(books, "registration_slip", of, command.language)
    terms = (books.get("clients", owner) or {})["terms"]
    slip["facts"] |= {"balance": books.wallet(owner).minor, "terms": terms}
    draft.set("cards", (books.get("cards", command.card) or {}) | {"slip": slip["id"]})
    return draft


def _check(books: Books, command: IssueCheckSlip) -> Draft:
    note = books.get("notes", command.note)
    if not note or note["state"] not in UNDECIDED:
        raise Refused("err.not_held", note=command.note)
    # A note of a visit is of no client, and perhaps of no card that is on file.
    owner = {name: note[name] for name in ("client", "card") if note[name]}
    draft, slip = begin_slip(books, "check_slip", owner, command.language)
    draft.refs["note"] = note["id"]
    tickets.publish(books, draft)
    slip["facts"] |= {"amount": note["minor"]}
    draft.set("notes", note | {"check_slip": slip["id"]})
    return draft


def _record(books: Books, command: RecordSlip) -> Draft:
    slip = _slip(books, command.job)
    refs = {"slip": command.job, "client": slip["client"]}
    draft = Draft("slip_recorded", reason=command.reason, refs=refs)
    told = {"state": command.outcome, "attempts": command.attempt, "said": command.reason}
    draft.set("slips", slip | told)
    if command.device and command.paper_mm > 0:
        rolls.used(books, draft, command.device, command.paper_mm)
    return draft


def _slip(books: Books, job: str) -> dict[str, Any]:
    found = books.get("slips", job)
    if not found:
        raise Refused("err.nothing_to_print")
    return found


def _get(books: Books, query: GetSlip) -> Slip | None:
    found = books.get("slips", query.job)
    if not found:
        return None
    return Slip(
        JobId(found["id"]),
        found["kind"],
        found["number"],
        found["state"],
        found["attempts"],
        ClientId(found["client"]),
    )


def _without_slip(books: Books, query: CardWithoutSlip) -> bool:
    kept = books.get("cards", query.card) or {}
    slip = books.get("slips", kept.get("slip", ""))
    if slip is None:
        # The power went between the card's entry and its slip's.
        return True
    lost = slip["state"] == "due" and slip["start"] < last_start(books)
    return lost or slip["state"] in NOT_OUT


def _of_note(books: Books, query: SlipOfNote) -> Slip | None:
    note = books.get("notes", query.note) or {}
    return _get(books, GetSlip(JobId(note.get("check_slip", ""))))


def has_layout(kind: str) -> bool:
    """Whether a slip of this type can be printed; one that cannot is a fault of ours (E42)."""
    return kind in slip_documents.LAYOUTS


def _document(books: Books, query: SlipDocument) -> Document:
    slip = _slip(books, query.job)
    # A till prints what it was handed. Other paper is of guests, some of it worth money.
    if books.actor.startswith("till:") and slip.get("till") != books.actor:
        raise Refused("err.not_allowed")
    return slip_documents.draw(books, slip)


HANDLERS: dict[type, Handler] = {
    IssueTopUpReceipt: _top_up,
    IssueRegistrationSlip: _registration,
    IssueCheckSlip: _check,
    RecordSlip: _record,
}
ANSWERS: dict[type, Answer] = {
    GetSlip: _get,
    CardWithoutSlip: _without_slip,
    SlipDocument: _document,
    SlipOfNote: _of_note,
}
ALLOWED: dict[type, frozenset[str]] = {
    IssueTopUpReceipt: frozenset({"kiosk"}),
    IssueRegistrationSlip: frozenset({"kiosk"}),
    IssueCheckSlip: frozenset({"kiosk"}),
    RecordSlip: frozenset({"kiosk"}),
}
