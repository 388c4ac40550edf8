"""The table of docs/tills.md, made from the routes: python -m tests.api.route_table"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from kiosk.api import application

PAGE = Path(__file__).parents[2] / "docs" / "tills.md"
HEAD = "| route | scope | what |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)+")


def description() -> dict[str, Any]:
    """What the door says of itself."""
    made: dict[str, Any] = json.loads(application.description())
    return made


def table() -> str:
    """A row a route: its scope, and the first sentence about it."""
    rows = HEAD
    for path, operations in description()["paths"].items():
        for method, told in operations.items():
            first = re.match(r".*?\.(?=\s|$)", " ".join(told["description"].split()))
            scope = re.search(r"Needs the scope (`\w+`)", told["description"])
            assert first, path
            what = first[0].replace("``", "`")
            rows += f"| `{method.upper()} {path}` | {scope[1] if scope else ''} | {what} |\n"
    return rows


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text("utf-8")
    assert len(_TABLE.findall(text)) == 1, "the page has one table of routes"
    return _TABLE.sub(lambda _: table(), text)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
