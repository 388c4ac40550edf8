"""What stands on a slip that came out of the printer, as a person reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.sim.facts import Violation, last_amount

KINDS = {
    "TOP-UP": "TOP_UP",
    "ПОПОЛНЕНИЕ": "TOP_UP",
    "CLAIM": "CLAIM",
    "ТАЛОН НА ВЫПЛАТУ": "CLAIM",
    **dict.fromkeys(("FLOAT", "РАЗМЕННАЯ МОНЕТА"), "FLOAT"),
    **dict.fromkeys(("CASH OUT", "ИЗЪЯТИЕ"), "CASH_OUT"),
    **dict.fromkeys(("COLLECTION", "ИНКАССАЦИЯ"), "COLLECTION"),
    **dict.fromkeys(("Z REPORT", "Z-ОТЧЁТ"), "Z"),
    **dict.fromkeys(("AFTER A RESTART", "ПОСЛЕ ПЕРЕЗАПУСКА"), "RESTART"),
}
"""Types by what stands at their head; another one has what stands there for its type."""
OF_THE_DESK = ("FLOAT", "CASH_OUT", "COLLECTION", "Z", "RESTART")
"""Types that are nobody's but the venue's."""


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
    number = re.search(r"\b(\d{6})\b", text)
    if not (cut and heads and number and proof):
        return None
    title = re.split(r" K1 [·-] ", lines[0])[1]
    kind = KINDS.get(title, title)
    made = Paper(kind, int(number[1]), card[1] if card else "", code[1] if code else "", proof[1])
    if kind == "CLAIM":
        return _ticket(made, lines)
    if kind in OF_THE_DESK and card:
        raise Violation(f"a card on a slip of the desk's own: {text}")
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
    items = [line for line in lines[rules[0] + 1 : total_line] if re.search(r"[.,]\d\d\b", line)]
    total = last_amount(lines[total_line])
    before, after = (last_amount(line) for line in lines[rules[1] + 1 : rules[1] + 3])
    noted = sum(map(last_amount, items))
    if noted != total or before + total != after:
        raise Violation(f"receipt {paper.number} does not add up: {lines}")
    return _with(paper, total, after)


def _with(paper: Paper, total: int, after: int) -> Paper:
    return Paper(
        paper.kind, paper.number, paper.card, paper.code, paper.proof, total=total, after=after
    )
