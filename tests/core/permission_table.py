"""docs/permissions.md, made from the tables of the code: python -m tests.core.permission_table"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kiosk.core.permissions import RIGHTS, ROLES, ROLES_KNOWN, TILL_ASKS, Right
from kiosk.core.venue import ALLOWED, ANSWERS

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"

MEANING: dict[Right, str] = {
    "own": "what concerns oneself: the own PIN, signing out; no venue takes it away",
    "serve": "visits, orders, deposits",
    "void": "take back orders, visits, receipts, bookings",
    "override": "let pass what a limit or a rule of trust stops",
    "sell": "packages, sessions, top-ups at the desk",
    "find_clients": "find clients and see their balances",
    "change_balance": "change a balance, with a reason",
    "goodwill": "give something for nothing",
    "edit_packages": "the catalogue of packages",
    "edit_venue": "the venue's settings",
    "cards": "register, block and move cards",
    "code_from_keyboard": "type the number of a card that no reader reads",
    "identity": "PINs and phones of clients, duplicates, groups, promo codes",
    "erase": "forget who a client is",
    "shift": "open and close shifts, X and Z, the float",
    "collect": "empty cashboxes",
    "notes": "decide about notes, claims",
    "devices": "what the devices did",
    "staff": "who works here, their PINs",
    "reports": "reports and transactions",
}

HEAD = """\
# Who may do what

Made from the code by `python -m tests.core.permission_table`; a test compares the two, another
tries every cell of the last two tables. A command of somebody who works here (`staff:NUMBER`) is
refused (`err.not_allowed`) when nobody of that number does, or the person's role lacks the right
that it needs. Some commands ask for more when they are carried out: a second signature of somebody
who has the right, or, for owners, that an owner gives them.

The command line of the machine may do everything that its row in [the ledger](ledger.md) names.
The kiosk, guests and tills have no rights; what they may do is said there, too. What a till may
ask is the last column of the last table; at a till that shows more a person signs in.

## The rights of a role
As they are where the venue says nothing else. A venue gives a right to other roles in its file: a
section `[rights]` with, for example, `goodwill = ["administrator", "manager", "owner"]`. Only an
owner, or the command line, changes that section, or makes or changes an owner; and one has to stay.
"""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _marks(right: Right) -> list[str]:
    return ["✓" if role in ROLES[right] else "" for role in ROLES_KNOWN]


def _table(first: list[str], rows: Iterable[list[str]], *last: str) -> str:
    head = [*first, *ROLES_KNOWN, *last]
    line = ["---"] * len(first) + [":-:"] * len([*ROLES_KNOWN, *last])
    return "".join(_row(cells) for cells in [head, line, *rows])


def _needed(names: Iterable[str]) -> list[list[str]]:
    order = list(ROLES)
    known = sorted(names, key=lambda name: (order.index(RIGHTS[name]), name))
    return [[f"`{name}`", f"`{RIGHTS[name]}`", *_marks(RIGHTS[name])] for name in known]


def page() -> str:
    """The whole page."""
    queries = [
        [*row, "✓" if row[0].strip("`") in TILL_ASKS else ""]
        for row in _needed(kind.__name__ for kind in ANSWERS)
    ]
    commands = [kind.__name__ for kind, actors in ALLOWED.items() if "staff" in actors]
    return (
        HEAD
        + "\n"
        + _table(["right", "what it is"], ([f"`{r}`", MEANING[r], *_marks(r)] for r in ROLES))
        + "\n## Commands\n"
        + _table(["command", "right"], _needed(commands))
        + "\n## Queries\n"
        + _table(["query", "right"], queries, "till")
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
