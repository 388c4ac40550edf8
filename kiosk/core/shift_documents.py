"""The shift's paper: X and Z, line by line as the criteria name them (C29, E54).

Both are drawn from the same figures in plain JSON (`figures_of`). An X has them in its slip, as
they were; those of a Z are read from its frozen document, so that a Z of any age can be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, get_args

from kiosk.core import seal
from kiosk.core.documents import Kind, Pair, Part, QrCode, Rule, Words
from kiosk.core.errors import Refused
from kiosk.core.ledger import BON
from kiosk.core.money import Money
from kiosk.core.paper import Facts, Layout, Paper
from kiosk.core.sentences import SENTENCES
from kiosk.core.shift_report import REVENUE, TENDERS, GrandTotals, ShiftReport, of_document
from kiosk.core.texts import MINUS

_INDENT = "\u00a0\u00a0"


def figures_of(report: ShiftReport) -> dict[str, Any]:
    """A report as plain JSON, amounts in minor units; `grand` is what was earned and taken ever.

    What a blind X does not tell is not in it either.
    """
    told: dict[str, Any] = {
        f.name: _plain(getattr(report, f.name)) for f in fields(report) if f.name != "grand"
    }
    return told | {"grand": _ever(report.grand, report.accrual.currency.code)}


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return value.minor
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _ever(grand: GrandTotals, unit: str) -> dict[str, Any]:
    if not grand.seq:
        return {}
    taken = dict.fromkeys(TENDERS, 0)
    for (column, of), (debits, _) in grand.sums.items():
        for name, code in TENDERS.items():
            if of == unit and column.partition(":")[0] == code:
                taken[name] += debits
    earned = sum(-grand.balance(code, unit) for code in REVENUE.values())
    return {"earned": earned - grand.balance("5020", unit), "taken": taken}


# --- the two reports -----------------------------------------------------------------------------


def _x(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    told = facts["figures"]
    return (
        Rule(),
        Words(paper.say("doc.x_closes_nothing"), "strong", "centre"),
        *_covered(told, paper),
        *_till(told, paper),
        *_body(told, paper),
        Rule(),
        *chain(told["head"], paper),
    )


def _z(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    kept = paper.books.get("z_reports", str(facts["number"]))
    if kept is None:
        raise Refused("err.no_such_z", number=str(facts["number"]))
    told = figures_of(of_document(paper.books, kept))
    entry = paper.books.ledger.entry(kept["seq"])
    assert entry is not None, "a Z is made by its entry"
    code = signed(paper, kept, entry.hash, told["grand"]["earned"])
    return z_body(told, kept, entry.hash, code, paper)


def z_body(
    told: Facts, kept: Mapping[str, Any], head: str, code: str, paper: Paper
) -> tuple[Part, ...]:
    """What a Z says.

    Args:
        told: its figures, see `figures_of`.
        kept: its document.
        head: the hash of its entry.
        code: what its QR code says.
        paper: what it is written with.
    """
    return (
        Rule(),
        Pair(paper.say("doc.z_number"), str(kept["number"]), "title"),
        *_covered(told, paper),
        *_till(told, paper, kept),
        *_body(told, paper),
        *_grand(told, paper),
        Rule(),
        *chain(head, paper),
        QrCode(code, paper.say("doc.z_signed")),
    )


def signed(paper: Paper, z: Mapping[str, Any], head: str, earned: int) -> str:
    """What the QR code of a Z says: its number, entry, moment and hash; what it leaves, signed.

    ``FOYER:Z:K1:000012:4711:20261123T201500Z:HASH:EARNED:COUNTED:SIGNATURE``: `earned` is all
    revenue ever, COUNTED the cash in the till (empty where nobody counted), both in minor units.
    """
    moment = datetime.fromisoformat(z["at"]).strftime("%Y%m%dT%H%M%SZ")
    counted = "" if z["counted"] is None else z["counted"]["total"]
    place = f"{paper.books.kiosk}:{z['number']:06}:{z['seq']}:{moment}"
    said = f"FOYER:Z:{place}:{head.upper()}:{earned}:{counted}"
    seed = paper.books.secrets.get("keys", "signing")
    assert seed, "whatever issued the slip made the key"
    return f"{said}:{seal.sign(str(seed['key']), said)}"


def _covered(told: Facts, paper: Paper) -> Iterator[Part]:
    entries = paper.say("doc.x_entries", first=told["first"], last=told["last"])
    yield Words(entries, align="centre")


def _till(told: Facts, paper: Paper, z: Facts | None = None) -> Iterator[Part]:
    """The desk's drawer, from its opening to what is expected; of a Z what was counted, too."""
    till = told["till"]
    yield from _head("doc.x_till", paper)
    if till is None:
        yield Words(paper.say("doc.x_blind"))
        return
    yield _line("doc.x_opening", till["opening"], paper)
    yield _line("doc.x_float_in", till["float_in"], paper)
    yield _line("doc.x_till_received", till["received"], paper)
    yield _line("doc.x_till_paid_out", -till["paid_out"], paper)
    yield _line("doc.x_withdrawn", -till["withdrawn"], paper)
    yield from _some(("doc.x_till_voided", till["voided"]), paper=paper)
    if z is None:
        yield from _some(("doc.x_over_short", till["over_short"]), paper=paper)
        yield _line("doc.x_expected", till["expected"], paper, "strong")
        return
    # The figures count what was over or short in; a person compares what he counted with before.
    yield _line("doc.x_expected", z["expected"], paper, "strong")
    if z["counted"] is None:
        yield Words(paper.say("doc.z_uncounted"), "strong")
        return
    yield from (notes(face, number, paper) for face, number in z["counted"]["faces"])
    yield _line("doc.z_counted", z["counted"]["total"], paper, "strong")
    yield _line("doc.x_over_short", z["over_short"], paper, "strong")


def _body(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_notes", paper)
    yield from (notes(n["face"], n["count"], paper) for n in _by_face(told["taken"]))
    yield _line("doc.x_collected", told["collected"], paper)
    if told["boxes"]:
        yield Words(paper.say("doc.x_boxes"))
        yield from (notes(n["face"], n["count"], paper) for n in _by_face(told["boxes"]))
    yield from _came_in(told, paper)
    yield from _earned(told, paper)
    yield from _minutes(told, paper)
    yield from _corrections(told, paper)
    yield from _owed(told, paper)
    yield from _fiscal(told, paper)
    yield from _head("doc.x_documents", paper)
    for series, (first, last) in told["documents"].items():
        yield Pair(_series(series, paper), f"{first}-{last}")


def _came_in(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_came_in", paper)
    yield from _by_tender("doc.x_top_ups", told["top_ups"], paper)
    yield from _by_tender("doc.x_prepayments", told["prepayments"], paper)
    yield _line("doc.x_prepayments_offset", told["prepayments_offset"], paper)
    yield _line("doc.x_prepayments_returned", told["prepayments_returned"], paper)
    yield from _by_tender("doc.x_received", told["received"], paper)
    received, paid_out, left = sum(told["received"].values()), told["paid_out"], told["cash_basis"]
    yield _line("doc.x_paid_out", -paid_out, paper)
    if told["refunds"]:
        yield Pair(_INDENT + paper.say("doc.x_refunds"), paper.figure(-told["refunds"]))
    # What voids put in or took out, by any tender: without it the lines do not add up.
    yield from _some(("doc.x_till_voided", left - received + paid_out), paper=paper)
    yield _line("doc.x_cash_basis", left, paper, "strong")


def _earned(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_earned", paper)
    for name, minor in told["revenue"].items():
        # What is sold every day is said even if nothing was.
        if minor or name in ("orders", "additional", "play"):
            yield _line(f"doc.earned_{name}", minor, paper)
    yield from _some(("doc.x_bonus_redeemed", -told["bonus_redeemed"]), paper=paper)
    yield _line("doc.x_accrual", told["accrual"], paper, "strong")


def _minutes(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_minutes", paper)
    for pool in ("minutes_game", "minutes_net", "bonus"):
        yield Pair(paper.say(f"doc.x_{pool}_given"), str(told[pool]["given"]))
        yield Pair(paper.say(f"doc.x_{pool}_taken"), str(told[pool]["taken"]))
    yield from _some(("doc.x_goodwill", told["goodwill"]), paper=paper)


def _corrections(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_corrections", paper)
    for row in told["adjustments"]:
        yield Pair(why(row["reason"], paper), amount_of(row["amount"], row["unit"], paper))
    yield Pair(paper.say("doc.x_voids", n=told["voids"]), paper.figure(told["voided"]))


def _owed(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.x_owed", paper)
    yield _line("doc.x_claims_issued", told["claims_issued"], paper)
    yield _line("doc.x_claims_redeemed", told["claims_redeemed"], paper)
    yield Pair(paper.say("doc.x_claims_open"), str(told["open_claims"]))
    yield Pair(paper.say("doc.x_visits_open"), str(told["open_visits"]))
    yield from _some(
        *((f"doc.owed_{name}", minor) for name, minor in told["debts"].items()), paper=paper
    )
    yield _line("doc.x_owed_total", told["owed"], paper, "strong")


def _fiscal(told: Facts, paper: Paper) -> Iterator[Part]:
    """What was asked of the fiscal device, and what it leaves by tender (E54)."""
    made = told["fiscal"]
    yield from _head("doc.x_fiscal", paper)
    for kind in ("receipts", "cancellations", "returns"):
        if made[kind]:
            yield Pair(paper.say(f"doc.fiscal_{kind}"), str(made[kind]))
    for tender, minor in made["tenders"].items():
        yield _line(f"doc.fiscal_{tender}", minor, paper)
    yield Pair(paper.say("doc.x_unfiscalised"), str(told["unfiscalised"]), "strong")


def _grand(told: Facts, paper: Paper) -> Iterator[Part]:
    yield from _head("doc.z_grand", paper)
    for name, minor in told["grand"]["taken"].items():
        yield _line(f"doc.grand_{name}", minor, paper)
    yield _line("doc.z_earned_ever", told["grand"]["earned"], paper, "strong")


# --- lines ---------------------------------------------------------------------------------------


def _head(key: str, paper: Paper) -> tuple[Part, ...]:
    return Rule(), Words(paper.say(key), "strong")


def _line(key: str, minor: int, paper: Paper, style: Any = "normal") -> Pair:
    return Pair(paper.say(key), paper.figure(minor), style)


def _some(*lines: tuple[str, int], paper: Paper) -> Iterator[Part]:
    """Lines of which those with nothing in them say nothing."""
    return (_line(key, minor, paper) for key, minor in lines if minor)


def _by_tender(key: str, sums: Mapping[str, int], paper: Paper) -> Iterator[Part]:
    """A sum, and below it what it is made of."""
    yield _line(key, sum(sums.values()), paper)
    yield from (
        Pair(f"{_INDENT}{paper.say(f'doc.by_{tender}')}", paper.figure(minor))
        for tender, minor in sums.items()
        if minor
    )


def _by_face(notes: Iterable[Mapping[str, Any]]) -> list[dict[str, int]]:
    """Notes of all boxes together, largest face first."""
    faces: dict[int, int] = {}
    for of in notes:
        faces[of["face"]] = faces.get(of["face"], 0) + of["count"]
    return [{"face": face, "count": n} for face, n in sorted(faces.items(), reverse=True)]


def notes(face: int, number: int, paper: Paper) -> Pair:
    """So many notes or coins of one face."""
    return Pair(f"{paper.texts.whole(paper.money(face))} × {number}", paper.figure(face * number))


def chain(head: str, paper: Paper) -> tuple[Part, ...]:
    """The hash to which the books had come; the entry of the slip itself is in its proof code."""
    return Words(paper.say("doc.chain_head"), "small"), Words(head, "small")


def why(reason: str, paper: Paper) -> str:
    """A typed reason in words; one that a later program wrote stands as it is."""
    return _word(f"doc.why_{reason}", reason, paper)


def _series(name: str, paper: Paper) -> str:
    """The name of a series of documents: that of their type, or of what is numbered."""
    return _word(f"doc.{name}" if name in get_args(Kind) else f"doc.series_{name}", name, paper)


def _word(key: str, name: str, paper: Paper) -> str:
    return paper.say(key) if key in SENTENCES else name.replace("_", " ")


def amount_of(amount: int, unit: str, paper: Paper) -> str:
    """An amount with its sign, and its unit where that is not money."""
    if unit == paper.books.unit:
        return paper.figure(amount)
    word = "doc.some_points" if unit == BON else "doc.some_minutes"
    return paper.say(word, n=f"{MINUS if amount < 0 else ''}{abs(amount)}")


LAYOUTS: dict[Kind, Layout] = {"x_report": _x, "z_report": _z}
