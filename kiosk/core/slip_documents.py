"""Every slip as a document: the layout of its type in the common frame.

Each file of documents has a dict of its layouts; here they stand together. A type of slip without
one is a fault of ours that is reported, never a crash (E42).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kiosk.core import (
    cash_documents,
    guest_documents,
    printer_page,
    receipt_proof,
    report_documents,
    visit_documents,
)
from kiosk.core.books import Books
from kiosk.core.cash import last_start
from kiosk.core.documents import RECEIPTS, Document, Head, Kind, Mark, QrCode, framed
from kiosk.core.errors import Refused
from kiosk.core.paper import Layout, Paper
from kiosk.core.proof import proof_code
from kiosk.core.texts import LANGUAGES, Texts

LAYOUTS: dict[Kind, Layout] = {
    **guest_documents.LAYOUTS,
    **visit_documents.LAYOUTS,
    **cash_documents.LAYOUTS,
    **printer_page.LAYOUTS,
    **report_documents.LAYOUTS,
}


def draw(books: Books, slip: Mapping[str, Any]) -> Document:
    """The document of a slip, as it was issued; what may have come out before is marked COPY.

    Raises:
        Refused: ``err.no_layout``: no document is made of slips of this type.
    """
    layout = LAYOUTS.get(slip["kind"])
    if layout is None:
        raise Refused("err.no_layout", document=str(slip["kind"]))
    facts, venue = slip["facts"], books.settings()
    own = venue.get("slips", {})
    head = Head(
        kind=slip["kind"],
        number=facts["number"],
        kiosk=books.kiosk,
        venue=venue.get("name", ""),
        at=datetime.fromisoformat(facts["at"]),
        shift=facts.get("shift", 0),
        card_masked=facts["card_masked"],
        proof=_proof(books, facts["entry"]),
        marks=_marks(books, slip),
        above=own.get("head", ""),
        below=own.get("foot", ""),
    )
    # A till may ask for a language that there is none of here, and a catalogue may be gone.
    language = slip["language"] if slip["language"] in LANGUAGES else "en"
    texts = Texts.of(language, venue.get("time_zone", "UTC"))
    body = layout(facts, Paper(texts, books, slip))
    if head.kind in RECEIPTS:
        body = (*body, QrCode(receipt_proof.text(books, slip)))
    return framed(head, texts, body)


def _marks(books: Books, slip: Mapping[str, Any]) -> tuple[Mark, ...]:
    store = books.ledger.store.facts
    # What a former start sent to the printer may have come out.
    copied = slip["copy"] or slip["attempts"] > 0 or slip["start"] < last_start(books)
    due: tuple[tuple[Mark, bool], ...] = (
        ("copy", copied),
        ("training", store.get("training", False)),
        ("simulated", store["simulated"]),
        ("test", slip["kind"] == "test_page"),
    )
    return tuple(mark for mark, wanted in due if wanted)


def _proof(books: Books, seq: int) -> str:
    entry = books.ledger.entry(seq)
    assert entry is not None, "an entry issued the slip"
    return proof_code(entry)
