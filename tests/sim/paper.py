"""What stands on a slip that came out of the printer, as a person reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.sim.facts import Violation, last_amount


@dataclass(frozen=True)
class Paper:
    """A whole slip. `card` is the end of its card's number, `code` what its QR code says.

    Of a receipt `total`, and the balance `after` it, in minor units; of a ticket `total`.
    """

    kind: str
    number: int
    card: str
    code: str
    proof: str
    total: int = 0
    after: int = 0


def read(text: str, *, cut: bool) -> Paper | None:
    """Read a slip; None when only a piece of one came out.

    Raises:
        Violation: what stands on it contradicts itself.
    """
    lines = [" ".join(line.split()) for line in text.split("\n")]
    heads = [n for n, line in enumerate(lines) if re.search(r" K1 [·-] ", line)]
    # What a dead process, or an empty roll, left half printed hangs before it.
    lines = lines[heads[-1] :] if heads else lines
    text = "\n".join(lines)
    code, proof = re.search(r"\[QR ([^\]]+)\]", text), re.search(_PROOF, text)
    card = re.search(r"[*•]{4} (\w{4})\b", text)
    if not (cut and heads and code and proof):
        return None
    named = re.match(r"FOYER:(?:K1:)?(\w+):(?:K1:)?(\d{6})", code[1])
    # The code of a registration slip is the secret with which the card is recovered.
    kind, number = (named[1], int(named[2])) if named else ("REGISTRATION", 0)
    made = Paper(kind, number, card[1] if card else "", code[1], proof[1])
    if kind == "CLAIM":
        return _ticket(made, lines)
    if not card and kind != "TOP_UP":  # the desk's own name nobody
        raise Violation(f"a slip without a card: {text}")
    return _receipt(made, lines) if kind == "TOP_UP" else made


_PROOF = r"\b(K1-\d+-\d+(?:-[0-9A-Z]{4}){4})\b"


def _ticket(paper: Paper, lines: list[str]) -> Paper:
    minor = int(paper.code.split(":")[4])
    worth = [last_amount(line) for line in lines if re.match(r"\d[\d ]*[.,]\d\d ", line)]
    if worth != [minor]:
        raise Violation(f"a ticket of {minor} says {worth}")
    return _with(paper, minor, 0)


def _receipt(paper: Paper, lines: list[str]) -> Paper:
    rules = [n for n, line in enumerate(lines) if len(line) > 20 and set(line) <= set("-─")]
    total_line = next(n for n, line in enumerate(lines) if re.match("TOTAL|ИТОГО", line))
    items = lines[rules[0] + 1 : total_line]
    total = last_amount(lines[total_line])
    before, after = (last_amount(line) for line in lines[rules[1] + 1 : rules[1] + 3])
    noted = sum(map(last_amount, items)) if paper.card else total  # the desk's has no notes
    if noted != total or before + total != after:
        raise Violation(f"receipt {paper.number} does not add up: {lines}")
    return _with(paper, total, after)


def _with(paper: Paper, total: int, after: int) -> Paper:
    return Paper(
        paper.kind, paper.number, paper.card, paper.code, paper.proof, total=total, after=after
    )
