"""Reports on what is owed and what was corrected: minutes, liabilities, adjustments, claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.core.ledger import Entry
from kiosk.core.minutes import COUNTERS, TERMS
from kiosk.core.past import holders, total, value_at
from kiosk.core.report_table import Asked, Column, Table, Tally, columns, table, words
from kiosk.core.sales_report import documents
from kiosk.core.shift_report import DEBTS

OLD_DAYS = 30
CLAIMS = DEBTS["claims"]

_MINUTES = (
    *words("kind"),
    # Minutes of two kinds make no sum: neither is the other (M22).
    *(Column(key, "minutes", summed=False) for key in ("before", *TERMS, "outstanding")),
)


def minutes(asked: Asked, entries: Iterable[Entry]) -> Table:
    """What became of minutes, by kind: what there was and the terms make what is left (M30)."""
    tally = Tally(*((kind,) for kind in COUNTERS))
    issued = {counter.issued: kind for kind, counter in COUNTERS.items()}
    for kind, counter in COUNTERS.items():
        before = value_at(asked.ledger, total(asked.ledger, kind, counter.held), asked.span.before)
        tally.add(kind, before=before, outstanding=before)
    for entry in entries:
        for posting in entry.postings:
            code, _, term = posting.account.partition(":")
            if code in issued:
                tally.add(issued[code], **{term: posting.amount}, outstanding=posting.amount)
    return table(_MINUTES, tally, ordered=True)


_LIABILITIES = (*words("what"), *columns("count", "holders"), *columns("money", "amount"))


def liabilities(asked: Asked, entries: Iterable[Entry]) -> Table:
    """What the venue owes at the end of the period, and to how many: all that was before counts."""
    del entries
    tally = Tally()
    for name, code in DEBTS.items():
        held = holders(asked.ledger, code, asked.unit, asked.span.end, asked.progress)
        tally.add(name, holders=len(held), amount=-sum(held.values()))
    return table(_LIABILITIES, tally, ordered=True)


_ADJUSTMENTS = (
    *words("kind", "reason"),
    *columns("text", "person"),
    *columns("count", "count"),
    *columns("money", "amount"),
    *columns("points", "bonus"),
    *columns("minutes", "game", "internet"),
)
_MOVED = {"2010": "amount", "2020": "amount", "9060": "bonus", "9020": "game", "9040": "internet"}


def adjustments(asked: Asked, entries: Iterable[Entry]) -> Table:
    """What staff corrected, by reason and person: what clients got by it, or lost (negative)."""
    del asked
    tally = Tally()
    for entry in entries:
        why = entry.refs.get("why")
        if not why:
            continue
        key = (entry.kind, str(why), entry.actor)
        tally.add(*key, count=1)
        for posting in entry.postings:
            moved = _MOVED.get(posting.account.partition(":")[0])
            if moved:
                tally.add(*key, **{moved: -posting.amount})
    return table(_ADJUSTMENTS, tally)


_CLAIMS = (
    *words("reason"),
    *columns("count", "issued"),
    *columns("money", "issued_amount"),
    *columns("count", "redeemed"),
    *columns("money", "redeemed_amount"),
    *columns("count", "open"),
    *columns("money", "open_amount"),
    *columns("count", "open_old"),
    Column("oldest", "count", summed=False),
)


def claims(asked: Asked, entries: Iterable[Entry]) -> Table:
    """Claim tickets by what they were issued for, and those open at the end, with their age."""
    tally = Tally()
    for entry in entries:
        for claim in documents(entry, "claims"):
            why = claim.get("why") or "note"
            if claim["state"] == "open":
                tally.add(why, issued=1, issued_amount=claim["minor"])
            else:
                tally.add(why, redeemed=1, redeemed_amount=claim["minor"])
    end = datetime.fromisoformat(asked.span.until) if asked.span.until else asked.at
    oldest: dict[str, int] = {}
    for account, amount in holders(
        asked.ledger, CLAIMS, asked.unit, asked.span.end, asked.progress
    ).items():
        claim = asked.ledger.store.get("claims", account.partition(":")[2]) or {}
        why = str(claim.get("why") or "note")
        age = (end - datetime.fromisoformat(claim["issued_at"])).days if claim else 0
        tally.add(why, open=1, open_amount=-amount, open_old=int(age > OLD_DAYS))
        oldest[why] = max(age, oldest.get(why, 0))
    for why, age in oldest.items():
        tally.add(why, oldest=age)
    return table(_CLAIMS, tally)
