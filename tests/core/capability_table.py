"""The table of offers as a page: docs/capabilities.md. Write it anew with

.venv/bin/python -m tests.core.capability_table
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from kiosk.core.capabilities import NEEDS, OFFERS, Works, blocked, offers
from kiosk.core.sentences import SENTENCES

PAGE = Path(__file__).parents[2] / "docs" / "capabilities.md"

VALUES: dict[str, tuple[str | None, ...]] = {
    "reader": ("", "off", None),
    "acceptor": ("", "off", "full", "jammed", "closed", None),
    "printer": ("", "paper_low", "paper_out", "cover_open", "error", "off", None),
    "terminal": ("", "off", None),
    "fiscal": ("", "off", "shift_too_long", None),
    "shift": ("", "none", "too_long", None),
    "network": ("", "down"),
    "clock": ("", "free"),
    "space": ("", "low"),
    "power": ("", "fails"),
    "hours": ("", "closed"),
    "books": ("", "failed"),
    "receipt": ("", "paper", "fiscal"),
}
"""All that each field may be; the first is "all is well"."""
assert list(VALUES) == [f.name for f in fields(Works)]

WELL = Works(terminal="", fiscal="", shift="")

_NAMES = {
    "reader": "card reader",
    "acceptor": "note acceptor",
    "printer": "printer",
    "terminal": "payment terminal",
    "fiscal": "fiscal device",
    "shift": "shift",
    "network": "network",
    "clock": "clock",
    "space": "disk",
    "power": "power",
    "hours": "opening hours",
    "books": "store",
}
_LAWS = {"paper": "law: a receipt on paper", "fiscal": "law: a fiscal receipt"}


HEAD = """# What the kiosk offers when something does not work

Made from `kiosk/core/capabilities.py` by `python -m tests.core.capability_table`; a test compares
them. `offers` says for each thing that a guest may want "", or one word for the weightiest reason
against it; each word has a sentence (`why.…`).

More faults never offer more. Money is taken where the books can be written and the law's receipt
has its place and the power is there; for notes also an acceptor that works and room on the disk
are needed, and nothing else. Outside the opening hours nothing new begins: a guest can still be
known, look, and settle a visit. The kiosk blocks itself (E82) while any reason marked **blocks** is
there, and opens by itself when the last one has gone.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_needs(), "", *_faults(), ""])


def _needs() -> Iterator[str]:
    yield "## What each offer needs, the weightiest first"
    yield "| offer | needs |"
    yield "|---|---|"
    for offer in OFFERS:
        named = ", ".join(_NAMES.get(need, "the law's receipt") for need in NEEDS[offer])
        yield f"| `{offer}` | {named or 'nothing'} |"


def _faults() -> Iterator[str]:
    yield "## What one fault takes away"
    yield "| what | reason | the guest reads | not offered |"
    yield "|---|---|---|---|"
    for field, values in VALUES.items():
        if field == "receipt":
            continue
        for value in values[1:]:
            yield from _row(_fault(field, value), replace(WELL, **_only(field, value)))
    for law, name in _LAWS.items():
        device = "printer" if law == "paper" else "fiscal"
        for value in VALUES[device][1:]:
            made = replace(WELL, receipt=law, **_only(device, value))
            yield from _row(f"{name}; {_fault(device, value)}", made)


def _fault(field: str, value: str | None) -> str:
    none = "not needed here" if field == "shift" else "there is none"
    told = none if value is None else value.replace("_", " ")
    return f"{_NAMES[field]}: {told}"


def _only(field: str, value: Any) -> dict[str, Any]:
    return {field: value}


def _row(fault: str, works: Works) -> Iterator[str]:
    gone: dict[str, list[str]] = {}
    for offer, reason in offers(works).items():
        if reason:
            gone.setdefault(reason, []).append(f"`{offer}`")
    if not gone:
        yield f"| {fault} | | | |"
    for reason, named in gone.items():
        blocks = "; **blocks**" if reason in blocked(works) else ""
        sentence, all_named = SENTENCES[f"why.{reason}"], ", ".join(named)
        yield f"| {fault} | `{reason}`{blocks} | {sentence} | {all_named} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
