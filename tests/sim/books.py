"""What staff can ask of a kiosk about money, as plain values: the auditor sees nothing else."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tinydb import where

from kiosk.core.audit import audit
from kiosk.core.cash import UNDECIDED
from kiosk.core.clock import Now
from kiosk.core.proof import parse
from kiosk.core.slips import has_layout
from kiosk.core.venue import Venue

if TYPE_CHECKING:
    from tests.sim.process import Process


def balances(venue: Venue) -> dict[str, Any]:
    """Wallets by client, cards by number, the cashbox by denomination, what nobody owns yet.

    All sums are minor units, positive for what is in the box and for what the venue owes; in
    ``accounts``, by their codes, a debit is positive.
    """
    store = venue.store
    wallets: dict[str, int] = {}
    cashbox: dict[int, int] = defaultdict(int)
    accounts: dict[str, int] = defaultdict(int)
    minutes: dict[tuple[str, str], int] = {}
    suspense = claims = others = issued = 0
    for row in store.table("balances"):
        code, *names = row["account"].split(":")
        if code in ("9020", "9040"):
            minutes[names[0], "game" if code == "9020" else "internet"] = -row["amount"]
        elif code in ("9010", "9030"):
            issued += row["amount"]
        elif row["unit"] != "RUB":
            others += abs(row["amount"])
        elif code == "2010":
            wallets[names[0]] = -row["amount"]
        elif code == "1010":
            cashbox[int(names[-1])] += row["amount"]
        elif code == "2900":
            suspense -= row["amount"]
        elif code == "2910":
            claims -= row["amount"]
        else:
            accounts[code] += row["amount"]
    undecided = [
        (note["client"], note["minor"], note["id"])
        for state in UNDECIDED
        for note in store.table("notes").search(where("state") == state)
    ]
    return {
        "wallets": wallets,
        "cashbox": dict(cashbox),
        "suspense": suspense,
        "claims": claims,
        "accounts": dict(accounts),
        "minutes": minutes,
        "issued": issued,
        "sessions": sessions(venue),
        "others": others,
        "undecided": sorted(undecided),
        "cards": cards(venue),
    }


def in_suspense(venue: Venue) -> list[tuple[str, int]]:
    """The notes that are nobody's: name and minor units."""
    found = venue.store.table("notes").search(where("state") == "suspense")
    return sorted((n["id"], n["minor"]) for n in found)


def open_claims(venue: Venue) -> list[tuple[int, int]]:
    """The tickets that nobody brought yet: number and minor units."""
    found = venue.store.table("claims").search(where("state") == "open")
    return sorted((c["number"], c["minor"]) for c in found)


def slips_due(process: Process | None) -> list[str]:
    """The slips that this start of the kiosk has not printed yet, as far as they can be."""
    if process is None:
        return []
    found = process.venue.store.table("slips").search(where("state") == "due")
    return sorted(s["id"] for s in found if s["start"] == process.start and has_layout(s["kind"]))


def issued(process: Process | None, job: str) -> int:
    """The number of the entry that issued a slip; 0 while nobody can say."""
    kept = process.venue.store.get("slips", job) if process is not None else None
    return int(kept["facts"]["entry"]) if kept else 0


def cards(venue: Venue) -> dict[str, tuple[str, str]]:
    """Every card on file: its number, to its client and its state."""
    return {c["number"]: (c["client"], c["state"]) for c in venue.store.table("cards")}


def notes(venue: Venue) -> list[tuple[str, int, str]]:
    """Every note on the books: the card's number, minor units, state."""
    store = venue.store
    numbers = {card["id"]: card["number"] for card in store.table("cards")}
    return [(numbers.get(n["card"], ""), n["minor"], n["state"]) for n in store.table("notes")]


def card_id(venue: Venue, number: str) -> str | None:
    """The card's own name, which a till reads from its barcode."""
    found = venue.store.table("cards").search(where("number") == number)
    return str(found[0]["id"]) if found else None


def findings(venue: Venue, now: Now, codes: list[str]) -> list[str]:
    """What `kiosk verify` finds wrong, and the codes of slips on paper that do not prove."""
    told = [str(f) for f in venue.ledger.verify()]
    told += [str(f) for f in audit(venue._books("cli", now))]
    for code in codes:
        entries = [(p, venue.ledger.entry(p.seq)) for p in parse(code, venue.ledger.kiosk)]
        if not any(entry is not None and proof.fits(entry) for proof, entry in entries):
            told.append(f"the slip with the code {code} is not in the books")
    return told


def sessions(venue: Venue) -> dict[str, dict[str, Any]]:
    """Every session there was, and how it ended."""
    return {session["id"]: dict(session) for session in venue.store.table("sessions")}


def visitors(venue: Venue) -> list[str]:
    """The cards of the open visits."""
    numbers = {card["id"]: card["number"] for card in venue.store.table("cards")}
    found = venue.store.table("visits").search(where("state") == "open")
    return sorted(numbers[visit["card"]] for visit in found)


def orders(venue: Venue) -> list[tuple[str, int, str]]:
    """Every saved order: its name, its sum in minor units, the card's number."""
    store = venue.store
    numbers = {card["id"]: card["number"] for card in store.table("cards")}
    visits = {visit["id"]: numbers[visit["card"]] for visit in store.table("visits")}
    return sorted((o["id"], o["total"], visits[o["visit"]]) for o in store.table("orders"))
