"""What the books must agree with besides themselves: notes, visits, claims, the secrets.

`Ledger.verify` proves that the projections are what the entries add up to; here is asked whether
they make sense together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tinydb import where

from kiosk.core import keyring, minutes, seal
from kiosk.core.books import Books
from kiosk.core.cash import box_account
from kiosk.core.errors import LedgerCorrupt
from kiosk.core.ledger import Finding

IN_THE_BOX = frozenset({"settled", "suspense", "claimed", "credited"})
"""States of a note that say where its money went, and that it lies in the cashbox."""


def audit(books: Books) -> list[Finding]:
    """What is wrong between the accounts, the documents and the secrets."""
    if damaged := books.secrets.integrity():
        return [Finding("secrets", told) for told in damaged]
    found = (_money(books), _fiscal(books), _play(books), _people(books), _copies(books))
    return [finding for part in found for finding in part]


def _money(books: Books) -> Iterator[Finding]:
    wanted: Counter[str] = Counter()
    for note in books.ledger.store.table("notes"):
        if note["state"] in IN_THE_BOX:
            wanted[box_account(books, note["device"], books.money(note["minor"]))] += note["minor"]
        if note["state"] == "suspense":
            wanted[f"2900:{books.kiosk}"] -= note["minor"]
    for collection in books.ledger.store.table("collections"):
        for face, number in collection["expected"]:
            account = box_account(books, collection["device"], books.money(face))
            wanted[account] -= face * number
        if collection["state"] == "in_bag":
            wanted[f"1040:{collection['id']}"] = sum(f * n for f, n in collection["expected"])
    for claim in books.ledger.store.table("claims"):
        wanted[f"2910:{claim['id']}"] -= claim["minor"] if claim["state"] == "open" else 0
    for visit, minor in _on_visits(books).items():
        wanted[f"2030:{visit}"] -= minor
    kept = {
        str(b["account"]): int(b["amount"])
        for b in books.ledger.store.table("balances")
        if b["account"].partition(":")[0] in _OF
    }
    for account in sorted(kept.keys() | wanted.keys()):
        has, should = kept.get(account, 0), wanted[account]
        if has != should:
            of = _OF[account.partition(":")[0]]
            yield Finding(account, f"has {has} {books.unit}, but {of} make {should}")


_OF = {
    "1010": "the notes in the box",
    "1040": "the bags that nobody counted",
    "2030": "what was put on open visits and pending prepayments",
    "2900": "the notes in suspense",
    "2910": "the open claims",
}


def _on_visits(books: Books) -> Counter[str]:
    """What lies on each visit that is open, or is being prepaid: on all others lies nothing."""
    store = books.ledger.store
    lying: Counter[str] = Counter()
    for visit in store.table("visits").search(where("state") == "open"):
        lying[visit["id"]] = 0
    for prepayment in store.table("prepayments").search(where("state") == "pending"):
        lying[prepayment["id"]] = 0
    for note in store.table("notes"):
        if note["state"] == "settled" and note.get("visit") in lying:
            lying[note["visit"]] += note["minor"]
    for deposit in store.table("deposits"):
        if deposit["visit"] in lying:
            lying[deposit["visit"]] += deposit["minor"]
    for order in store.table("orders"):
        if order["state"] == "paid" and order["visit"] in lying:
            lying[order["visit"]] -= (order.get("paid") or {"deposit": 0})["deposit"]
    for prepayment in store.table("prepayments"):
        if prepayment["claim"] and prepayment["id"] in lying:
            # What was too much, where nothing can be added to a visit.
            lying[prepayment["id"]] -= (books.get("claims", prepayment["claim"]) or {})["minor"]
    return lying


def _fiscal(books: Books) -> Iterator[Finding]:
    """Each fiscal receipt is taken back once at most, whole, by the document that it names."""
    for document in books.ledger.store.table("fiscal"):
        name = document["taken_back"] if document["kind"] == "receipt" else document["of"]
        other = books.get("fiscal", name) or {}
        back = "of" if document["kind"] == "receipt" else "taken_back"
        if name and (other.get(back), other.get("minor")) != (document["id"], document["minor"]):
            yield Finding(str(document["id"]), f"and {name} do not take each other back")


def _play(books: Books) -> Iterator[Finding]:
    """Minutes are there for what is sold and not spent, and for what sessions hold (M24, M30)."""
    sold, held, owed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str]()
    stations = Counter[str]()
    for sale in books.ledger.store.table("package_sales"):
        sold[sale["client"], sale["kind"]] += sale["left"]
    for session in books.ledger.store.table("sessions"):
        owed[f"1200:{session['id']}"] += session["owed"]
        if session["state"] == "running":
            stations[session["station"]] += 1
            if session["mode"] in minutes.RESERVING:
                held[session["client"], session["kind"]] += session["planned"]
    for told, wanted in (("are sold and not spent", sold), ("are held by sessions", held)):
        for (client, kind), number in sorted(wanted.items()):
            has = minutes.balance(books, client, kind)
            if number > has:
                yield Finding(f"client {client}", f"has {has} {kind} minutes; {number} {told}")
    for station, number in sorted(stations.items()):
        if number > 1:
            yield Finding(f"station {station}", f"has {number} running sessions")
    for account, minor in sorted(owed.items()):
        if (has := books.ledger.balance(account, books.unit)) != minor:
            yield Finding(account, f"has {has} {books.unit}, but the session owes {minor}")


def _people(books: Books) -> Iterator[Finding]:
    for client in books.ledger.store.table("clients"):
        name, key = str(client["id"]), books.secrets.get("keys", client["id"])
        if client.get("state") == "erased":
            if key is not None:
                yield Finding(f"client {name}", "is erased, and the secrets still hold the key")
        elif (told := _closed(client, key)) is not None:
            yield Finding(f"client {name}", told)


def unreadable(books: Books) -> list[str]:
    """The clients whose names or phones are on the books, and who have no key that opens them."""
    return [
        str(client["id"])
        for client in books.ledger.store.table("clients")
        if client.get("state") != "erased"
        and _closed(client, books.secrets.get("keys", client["id"])) is not None
    ]


def _closed(client: Mapping[str, Any], key: Mapping[str, Any] | None) -> str | None:
    sealed = [client[part] for part in ("name", "phone") if client[part]]
    if not sealed:
        return None
    if key is None:
        return "name and phone cannot be read: the secrets hold no key"
    try:
        for text in sealed:
            seal.decrypt(str(key["key"]), str(client["id"]), str(text))
    except LedgerCorrupt:
        return "name and phone do not open with the key in the secrets"
    return None


def _copies(books: Books) -> Iterator[Finding]:
    store = books.ledger.store
    for folder, clients in keyring.behind(store, books.secrets.path).items():
        who = "an erased client" if clients == 1 else f"{clients} erased clients"
        yield Finding(
            str(folder),
            f"the copy of the secrets still holds the keys of {who}: bring it there and run kiosk "
            f"backup {folder}; if it is destroyed: kiosk keys forget {folder}",
        )
