"""docs/desk.md, made from the tests' names: python -m tests.screens.desk.desk_table"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.criteria import criteria, ids, names

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "desk.md"
RULES = ROOT / "docs" / "criteria.md"
SECTIONS = {
    "frame": "signing in",
    "today": "Today",
    "clients": "Clients",
    "client": "Clients",
    "visits": "Visits",
    "visit": "Visits",
    "minutes": "Minutes",
    "cards": "Cards",
    "cash": "Cash",
    "shift": "Cash",
    "claims": "Cash",
    "collection": "Cash",
    "notes": "Cash",
    "reports": "Reports",
    "devices": "Devices",
    "settings": "Settings",
    "staff": "Settings",
    "tokens": "Settings",
    "training": "Settings",
    "audit": "Audit",
    "roles": "all",
}

HEAD = """\
# Where at the desk a rule is seen

Made from the tests' names by `python -m tests.screens.desk.desk_table`; a test compares the two.
Each test drives the desk by touches and looks at the screen, the books and the slip. The rules are
[criteria](criteria.md), how the work is done is [the attendant's book](operations.md), who may do
it is [permissions](permissions.md).

| rule | section | shown by |
| --- | --- | --- |
"""


def shown() -> Mapping[str, list[tuple[str, str]]]:
    """By criterion: the section and the test that show it."""
    known = criteria(RULES.read_text("utf-8"))
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for test, function in names(Path(__file__).parent):
        name = re.match(r"test_desk_([a-z]+)", Path(test).stem)
        if name is None:
            continue
        for criterion in ids(function):
            if criterion in known:
                found[criterion].append((SECTIONS[name[1]], function))
    return found


def page() -> str:
    """The whole page."""
    rows = []
    for criterion, tests in sorted(shown().items(), key=lambda row: (row[0][0], int(row[0][1:]))):
        sections = ", ".join(sorted({section for section, _ in tests}))
        told = ", ".join(f"`{name}`" for _, name in sorted(tests)[:3])
        more = f" and {len(tests) - 3} more" if len(tests) > 3 else ""
        rows.append(f"| {criterion} | {sections} | {told}{more} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
