"""The desk's paper about cash: floats, what is taken out, collections, what was found at a start.

It is nobody's but the venue's: no card and no client stands on it but for a list of transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiosk.core import shift_documents
from kiosk.core.documents import Gap, Kind, Pair, Part, Rule, Words
from kiosk.core.paper import Facts, Layout, Paper
from kiosk.core.sentences import SENTENCES
from kiosk.core.shift_documents import amount_of, chain, notes, why

_LINE = "_" * 16


def _float(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What was put into the till, note by note where it was counted so."""
    return (
        *_cash(facts, paper),
        *_reason(facts, paper),
        Pair(paper.say("doc.put_in_by"), _who(facts["by"], paper)),
        *_signed("doc.sign_cashier", paper=paper),
    )


def _withdrawal(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What was taken out of the till: with a money reason, or by a collection of the drawer."""
    return (
        Rule(),
        Words(paper.say(f"doc.taken_{facts['what']}"), "strong", "centre"),
        *_cash(facts, paper),
        *_reason(facts, paper),
        Pair(paper.say("doc.taken_by"), _who(facts["by"], paper)),
        *_signed("doc.sign_cashier", "doc.sign_receiver", paper=paper),
    )


def _cash(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    return (
        Rule(),
        *(notes(face, number, paper) for face, number in facts["faces"]),
        Pair(paper.say("doc.total"), paper.amount(facts["total"]), "title"),
        Rule(),
    )


def _reason(facts: Facts, paper: Paper) -> Iterator[Part]:
    if facts["reason"]:
        yield Pair(paper.say("doc.money_reason"), facts["reason"])
    if facts["employee"]:
        yield Pair(paper.say("doc.employee"), facts["employee"])
    if facts["comment"]:
        yield Words(paper.say("doc.comment", text=facts["comment"]))


# --- a collection --------------------------------------------------------------------------------


def _collection(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """A cashbox that was emptied, or the bag of one that was counted.

    Before a blind count `expected` is None: nobody reads what should be in the bag.
    """
    return (
        Rule(),
        Pair(paper.say("doc.collection_number"), f"{facts['collection']:06}", "strong"),
        Pair(paper.say("doc.box"), facts["device"]),
        *((Pair(paper.say("doc.seal"), facts["seal"]),) if facts["seal"] else ()),
        *((Words(paper.say("doc.box_forced"), "strong"),) if facts["forced"] else ()),
        Rule(),
        *_counted(facts, paper),
        *_causes(facts, paper),
        Rule(),
        Pair(paper.say("doc.box_pulls"), str(facts["pulls"])),
        *_number("doc.box_notes", facts["notes"], paper),
        Pair(paper.say("doc.box_entries"), f"{facts['first']}-{facts['last']}"),
        Pair(paper.say("doc.collected_by"), _who(facts["by"], paper)),
        *_people(facts, paper),
        *_signed("doc.sign_collector", "doc.sign_witness", paper=paper),
        *chain(facts["head"], paper),
    )


def _counted(facts: Facts, paper: Paper) -> Iterator[Part]:
    if facts["expected"] is None:
        yield Words(paper.say("doc.count_blind"))
        return
    counted = None if facts["counted"] is None else dict(facts["counted"])
    expected = dict(facts["expected"])
    yield Pair(paper.say("doc.face_booked"), paper.say("doc.face_counted"), "strong")
    for face in sorted({*expected, *(counted or {})}, reverse=True):
        booked = expected.get(face, 0)
        there = None if counted is None else counted.get(face, 0)
        money = paper.texts.whole(paper.money(face))
        # What is still to be counted is written by hand.
        yield Pair(f"{money} × {booked}", "_____" if there is None else str(there))
        if there is not None and there != booked:
            label = paper.say("doc.face_differs", n=_signed_number(there - booked))
            yield Pair(label, paper.figure((there - booked) * face), "strong")
    total = sum(face * number for face, number in expected.items())
    yield Pair(paper.say("doc.booked"), paper.amount(total))
    if counted is None:
        yield Words(paper.say("doc.count_later"))
        return
    there = sum(face * number for face, number in counted.items())
    yield Pair(paper.say("doc.counted"), paper.amount(there))
    yield Pair(paper.say("doc.difference"), paper.amount(there - total), "title")


def _signed_number(number: int) -> str:
    return f"+{number}" if number > 0 else f"\u2212{-number}"


def _causes(facts: Facts, paper: Paper) -> Iterator[Part]:
    """What may explain a difference; none of it is proven."""
    if facts["causes"]:
        yield Gap()
        yield Words(paper.say("doc.causes"), "strong")
    for cause in facts["causes"]:
        faces = ", ".join(paper.texts.whole(paper.money(face)) for face in cause["faces"])
        said = paper.say(f"doc.cause_{cause['cause']}")
        yield Words(f"{said} {faces}")
        yield Pair(f"× {cause['number']}", paper.figure(cause["minor"]))


def _number(key: str, number: int | None, paper: Paper) -> Iterator[Part]:
    if number is not None:
        yield Pair(paper.say(key), str(number))


def _people(facts: Facts, paper: Paper) -> Iterator[Part]:
    if facts["witness"]:
        yield Pair(paper.say("doc.witness"), _who(facts["witness"], paper))
    if facts["counted_by"]:
        yield Pair(paper.say("doc.counted_by"), _who(facts["counted_by"], paper))


# --- after a start -------------------------------------------------------------------------------


def _recovery(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """What a start found of the one before it, and what it did about it (S-02)."""
    return (
        Rule(),
        Words(paper.say("doc.recovery_why"), align="centre"),
        Rule(),
        *(
            Pair(paper.say(f"doc.found_{what}", n=number), paper.figure(minor))
            for what, number, minor in facts["money"]
        ),
        *(Pair(paper.say(f"doc.found_{what}"), str(number)) for what, number in facts["counts"]),
        Rule(),
        Pair(paper.say("doc.owed_suspense"), paper.amount(facts["suspense"]), "strong"),
        Words(paper.say("doc.recovery_todo")),
        Gap(),
    )


# --- a list of transactions ----------------------------------------------------------------------


def _transactions(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    """A page of transactions, newest first, with the filters that found them (C28)."""
    asked = dict(facts["wanted"])
    found = (part for row in facts["rows"] for part in _transaction(row, paper))
    none = Words(paper.say("doc.no_transactions"), align="centre")
    more = Words(paper.say("doc.more_transactions"), align="centre")
    return (
        Rule(),
        *(
            Pair(paper.say(f"doc.filter_{name}"), _filter(name, told, asked, paper))
            for name, told in asked.items()
        ),
        Rule(),
        *(found if facts["rows"] else (none,)),
        Rule(),
        *(part for sums in facts["sums"] for part in _sums(sums, paper)),
        *((more,) if facts["next"] else ()),
    )


def _filter(name: str, told: str, asked: Facts, paper: Paper) -> str:
    """What was asked for, as a person reads it."""
    match name:
        case "since" | "until":
            return paper.moment(told)
        case "kinds":
            return ", ".join(_did(kind, paper) for kind in told.split())
        case "why":
            return why(told, paper)
        case "balance":
            return paper.say(f"doc.of_{told}")
        case "least" | "most" if asked.get("balance", "game") == "game":
            return paper.figure(int(told))
        case _:
            return told


def _did(kind: str, paper: Paper) -> str:
    key = f"doc.did_{kind}"
    return paper.say(key) if key in SENTENCES else kind.replace("_", " ")


def _sums(sums: tuple[str, int, int], paper: Paper) -> Iterator[Part]:
    unit, into, out = sums
    for key, amount in (("doc.sum_in", into), ("doc.sum_out", -out)):
        if amount:
            yield Pair(paper.say(key), amount_of(amount, unit, paper), "strong")


def _transaction(row: Facts, paper: Paper) -> Iterator[Part]:
    yield Pair(f"{row['seq']} · {paper.moment(row['at'])}", row["client"], "small")
    # A note that is on nobody's balance is on a visit.
    of_visit = {"note_settled": "note_deposited", "coin_credited": "coin_deposited"}
    kind: str = row["kind"]
    did = _did(kind if row["balance"] else of_visit.get(kind, kind), paper)
    yield Pair(did, amount_of(row["amount"], row["unit"], paper))
    if row["why"]:
        yield Words(why(row["why"], paper), "small")
    if row["after"] is not None:
        after = amount_of(row["after"], row["unit"], paper)
        yield Pair(paper.say(f"doc.of_{row['balance']}"), after, "small")


# --- lines ---------------------------------------------------------------------------------------


def _who(actor: str, paper: Paper) -> str:
    kind, _, number = actor.partition(":")
    if kind == "staff":
        return paper.say("doc.staff_number", number=number)
    return paper.say("doc.by_kiosk" if kind == "kiosk" else "doc.by_console")


def _signed(*keys: str, paper: Paper) -> Iterator[Part]:
    """Lines to sign on."""
    for key in keys:
        yield Gap()
        yield Pair(paper.say(key), _LINE)
    yield Gap()


LAYOUTS: dict[Kind, Layout] = {
    "float_slip": _float,
    "withdrawal_slip": _withdrawal,
    "collection_slip": _collection,
    "recovery_slip": _recovery,
    "transactions_list": _transactions,
    **shift_documents.LAYOUTS,
}
DESK_PAPER: frozenset[Any] = frozenset({*LAYOUTS, "test_page", "report"})
"""The types that are nobody's but the venue's."""
