"""The rules of trust and how they do on the labelled stories, as a page: docs/trust.md.

Write it anew with: .venv/bin/python -m tests.core.trust_table
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kiosk.core.sentences import SENTENCES
from kiosk.core.strikes import NOTICED
from kiosk.core.trust import RULES, Rule
from tests.core.trust_scenarios import SCENARIOS, Scenario

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"

HEAD = """# How far a card is trusted

A card shows a number, and nothing proves that it is the only card with that number. So a bare card
**identifies** its holder and **tops up**. It **spends** up to `spend_without_pin_max` within 24
hours, and beyond that with the holder's PIN; a client who has no PIN goes to the desk, where staff
see who pays. What staff, a till or the kiosk itself does is not asked for a PIN.

Beside that stand the rules below. They are rows of `RULES` in `kiosk/core/trust.py`; their limits
are the venue's (`[trust]` of the venue file). A rule **refuses** (X-02), **asks** for the PIN, or
**marks** the entry (`refs.flags`) and lets it pass. Who has the right `override` lets an operation
pass with a reason: the entry names the rule, the person and the reason (`refs.overridden`,
`approved_by`, `approved_for`). What passed without a PIN stands in `refs.unproven:CLIENT`, in minor
units; a session counts what it may cost while it runs, and then what it cost.

A refusal writes nothing. The kiosk that showed it records the strike (`trust_struck`), once an
hour for each rule and client, without any card's number; it is a task until somebody with the right
`override` clears it. So does a blocked card that is shown again (`blocked_card`), and a card whose
UID belongs to no card of its own (`copied_uid`: random, of a blank card, the same byte throughout),
which a guest cannot register and staff can.

This kiosk knows its own books only: what the same card does at another kiosk it cannot see. A
stripe has no secret at all; `check = "luhn"` in a rule of recognition makes guessing its numbers
ten times dearer. Made by `python -m tests.core.trust_table`; a test compares.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_rules(), "", *_stories(), "", *hits(), ""])


def _rules() -> Iterator[str]:
    yield "## The rules"
    yield "| rule | when somebody | looks at | limit | then | says |"
    yield "|---|---|---|---|---|---|"
    for rule in RULES:
        says = SENTENCES[rule.says] if rule.says else ""
        does = {"refuse": "refuses", "ask_pin": "asks for the PIN", "flag": "marks the entry"}
        what = f"{rule.looks_at.replace('_', ' ')}{_span(rule)}"
        cells = (f"`{rule.name}`", _ACTS[rule.act], what, _limit(rule), does[rule.does], says)
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


_ACTS = {
    "spend": "spends",
    "top_up": "tops up",
    "refund": "is refunded",
    "transfer": "moves a wallet",
}


def _span(rule: Rule) -> str:
    if rule.within_s:
        return f", {rule.within_s // 3600} h"
    return f", `{rule.setting}`" if rule.setting else ", now"


def _limit(rule: Rule) -> str:
    if rule.measure == "any":
        return "none at all"
    return f"`{rule.setting}`" + (", summed" if rule.measure == "sum" else "")


def _stories() -> Iterator[str]:
    yield "## Stories that are tried"
    yield "| label | story | why | what speaks |"
    yield "|---|---|---|---|"
    for story in SCENARIOS:
        spoke = ", ".join(f"`{word}`" for word in dict.fromkeys(words(story)))
        yield f"| {story.label} | {story.name} | {story.why} | {spoke or 'nothing'} |"


def words(story: Scenario) -> list[str]:
    """What speaks in a story, step by step; a wrong PIN is no rule's word."""
    expected = [step[3] for step in story.steps if len(step) == 4]
    return [word for word in expected if word != "err.pin_wrong"]


def hits() -> Iterator[str]:
    """Of each rule, how many frauds it tells, and how many honest people it asks."""
    yield "## Hits and false alarms"
    yield "| rule | frauds told | honest people asked or marked |"
    yield "|---|---|---|"
    names = [*(rule.name for rule in RULES), *NOTICED, "err.pin_needed", "err.pin_locked"]
    for name in names:
        row = [_told(name, label) for label in ("fraud", "honest")]
        if any(row):
            yield f"| `{name}` | {row[0]} | {row[1]} |"
    for label, sort in (("fraud", "frauds"), ("honest", "honest stories")):
        of = [story for story in SCENARIOS if story.label == label]
        spoken = [_spoken(of, label, column) for column in ("fraud", "honest")]
        yield f"| all {sort}: {len(of)} | {' | '.join(spoken)} |"


def _told(name: str, label: str) -> int:
    return sum(
        any(word.removeprefix("flag:").removeprefix("strike:") == name for word in words(story))
        for story in SCENARIOS
        if story.label == label
    )


def _spoken(stories: list[Scenario], label: str, column: str) -> str:
    return str(sum(bool(words(story)) for story in stories)) if label == column else ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
