"""From the format of an older program to this one's: once, whole, and by entries.

A migration is entries like all others: replaying them still makes exactly the documents that are
there, and the history says what was done. Formats 1, 2, … are those of `store_file.FORMAT_VERSION`;
what each brought stands in docs/ledger.md. Source: docs/adr/0015-migrations.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from kiosk.core import clients
from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt
from kiosk.core.ledger import Draft, Ledger, digest
from kiosk.core.money import CURRENCIES
from kiosk.core.store import Store
from kiosk.core.store_file import FORMAT_VERSION

KIND: Final = "store_migrated"
DOCUMENTS_PER_ENTRY_MAX: Final = 500
"""An entry is one row, and is read whole."""

_FINDINGS_TOLD_MAX: Final = 5

Say = Callable[[str], None]
"""Told now and then how far the work is, so that whoever waits does not give up."""

Changed = Iterator[tuple[str, Mapping[str, Any]]]
"""Tables and the documents that are set in them."""


def _to_2(ledger: Ledger) -> Changed:
    """Clients say that they are active; slips name their own entry, not the hash before it."""
    for client in ledger.store.table("clients"):
        yield "clients", client | {"state": "active"}
    issued = {e.refs["slip"]: e.seq for e in ledger.entries() if e.kind == "slip_issued"}
    for slip in ledger.store.table("slips"):
        facts = {name: fact for name, fact in slip["facts"].items() if name != "chain"}
        yield "slips", slip | {"facts": facts | {"entry": issued[slip["id"]]}}


_SETTINGS_3: Final[Mapping[str, Any]] = {
    "minimum_on_empty_visit": False,
    "empty_visits": True,
    "guests": "unused",
    "minutes": {
        "rounding": "ceil",
        "grace_s": 10,
        "conversion": False,
        "switching": False,
        "revenue": "at_sale",
    },
    "bonus": {"max_percent": 100, "tiers": []},
    "staff_pins": {"wrong_max": 5, "lock_minutes": 5},
    "shifts": {"hours_max": 24, "blind_count": False},
    "rights": {},
    "second_signature_from": None,
    "changes": {},
    "hours": [],
}
_TRUST_3: Final[Mapping[str, int]] = {
    "top_ups_per_hour_max": 20,
    "refunds_per_day_max": 3,
    "transfers_per_day_max": 3,
    "returned_notes_per_hour_max": 30,
    "unknown_cards_per_hour_max": 30,
    "refund_after_bank_card_h": 24,
    "second_place_s": 10,
}
_TRUST_3_MAJOR: Final[Mapping[str, int]] = {
    "spend_without_pin_max": 1_000,
    "top_up_per_day_max": 100_000,
    "refund_per_day_max": 10_000,
}
_SEGMENTS_3: Final[Mapping[str, int]] = {
    "absent_days": 60,
    "evening_from": 18,
    "evening_to": 24,
    "evening_percent": 60,
    "evening_visits": 4,
}


def _to_3(ledger: Ledger) -> Changed:
    """The venue has all settings, what was there is as it was: no minutes, no people, no groups."""
    unit = 10 ** CURRENCIES[ledger.currency].exponent
    for kept in ledger.store.table("settings"):
        if kept["id"] == "venue":
            trust = {name: major * unit for name, major in _TRUST_3_MAJOR.items()}
            yield (
                "settings",
                {
                    **_SETTINGS_3,
                    "trust": {**_TRUST_3, **trust},
                    "segments": {**_SEGMENTS_3, "vip_from": 100_000 * unit},
                    "minimum_scope": "visit" if kept["pay_on_exit"] else "order",
                    **kept,
                    "floating_reason": "deposit" if kept["floating_prepay_enabled"] else "",
                },
            )
            yield from _money_reasons(ledger, kept)
    for kind in ledger.store.table("card_types"):
        yield "card_types", {"markup": "", "discount_percent": 0, **kind}
    for rule in ledger.store.table("rules"):
        yield "rules", {**rule, "check": "none"}
    for client in ledger.store.table("clients"):
        yield "clients", {**client, "group": ""}
    for visit in ledger.store.table("visits"):
        yield "visits", {**visit, "guests": 0, "comment": "", "note": ""}
    for order in ledger.store.table("orders"):
        lines = [[*line, "", 0, False] for line in order["lines"]]
        more = {"seats": [], "percent": 0, "discount": 0, "station": order["id"].rpartition("/")[0]}
        yield "orders", {**order, "lines": lines, **more}


def _money_reasons(ledger: Ledger, settings: Mapping[str, Any]) -> Changed:
    """The reasons of prepayments and deposits, which older settings named at most (E20 to E28)."""
    uses = {"deposit": ["deposit"]} if settings["floating_prepay_enabled"] else {}
    for kind in ledger.store.table("card_types"):
        if kind["prepay_reason"]:
            known = uses.setdefault(kind["prepay_reason"], [])
            known += [] if "prepayment" in known else ["prepayment"]
    if uses:
        made = {"undistributed": True, "count_type": "amount", "minimum_amount": 0}
        yield "markups", {"id": "deposits", "name": "Deposits", **made}
    for name, of in uses.items():
        more = {"prepayment": "prepayment" in of, "markup": "deposits", "employee": False}
        yield "money_reasons", {"id": name, "name": name.capitalize(), "uses": of, **more}


STEPS: Mapping[int, Callable[[Ledger], Changed]] = {2: _to_2, 3: _to_3}
"""What changes in the documents of the format before to make them those of format n."""


def migrate(store: Store, secrets: Store, now: Now, say: Say | None = None) -> None:
    """Bring a store and its secrets to this program's format; nothing, where they have it.

    The books are proven first, and a copy of them as they are is laid beside them
    (``store.db.format-1-52``: format 1, 52 entries), once. Then all is one transaction: a power
    cut leaves the store of before, or the new one.

    Args:
        store: opened for writing, with ``older=True``.
        secrets: likewise; only its number changes.
        now: the moment of the entries.
        say: told how far it is; a large store takes minutes.

    Raises:
        LedgerCorrupt: the books are not sound, and nothing was changed: restore a backup.
        StorageFailed: the disk refused; nothing was changed, or the new format is there whole.
    """
    before = store.format
    if before != FORMAT_VERSION:
        tell = say or (lambda told: None)
        seq = _proven(store, tell)
        copy = store.path.with_name(f"{store.path.name}.format-{before}-{seq}")
        if not copy.exists():
            store.backup(copy, lambda done, of: tell(f"copying it: {done} of {of} pages"))
        with store.transaction():
            store.raise_format()
            for version in range(before + 1, FORMAT_VERSION + 1):
                _step(store, version, now, tell)
        # Out of the log, too: a program of before looks for the number in the file itself.
        store.empty_log()
    if secrets.format != FORMAT_VERSION:
        with secrets.transaction():
            secrets.raise_format()
            # Since format 3 clients are found by their names, too.
            for client in store.table("clients"):
                clients.settle_one(store, secrets, client["id"])


def migration_key(version: int, part: int) -> str:
    """The key of the entry that brought the `part`-th documents to format `version`."""
    return f"migrate:{version}:{part}"


def _proven(store: Store, tell: Say) -> int:
    """The number of the last entry of a store that is sound."""
    ledger = Ledger(store)
    tell(f"{store.path} is of format {store.format}; proving it before it is changed")
    proof = ledger.verify(lambda done, of: tell(f"proving it: {done} of {of} entries"))
    findings = [f"{found.where}: {found.what}" for found in proof]
    if findings:
        told = "; ".join(findings[:_FINDINGS_TOLD_MAX])
        more = len(findings) - _FINDINGS_TOLD_MAX
        raise LedgerCorrupt(
            f"{store.path} is of format {store.format} and is not brought to format "
            f"{FORMAT_VERSION}, because it is not sound: {told}"
            + (f"; and {more} more" if more > 0 else "")
            + ". Nothing was changed. Restore a backup."
        )
    return ledger.seq


def _step(store: Store, version: int, now: Now, tell: Say) -> None:
    # A ledger of its own: if the transaction is rolled back, nobody has counted its entries.
    ledger = Ledger(store)
    changed = STEPS[version](ledger)
    part = 0
    while (portion := list(islice(changed, DOCUMENTS_PER_ENTRY_MAX))) or not part:
        part += 1
        draft = Draft(KIND, refs={"format": version})
        for table, document in portion:
            draft.set(table, document)
        command = digest({"command": "Migrate", "format": version, "part": part})
        key = migration_key(version, part)
        ledger.post(draft, key=key, actor="kiosk", command=command, now=now)
        tell(f"bringing it to format {version}: entry {part}")
