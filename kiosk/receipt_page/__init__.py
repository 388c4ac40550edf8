"""The page on which anybody checks a receipt: one static file, with a venue's keys written into it.

It asks no network for anything: its policy lets run only the script and the style whose hashes
stand in its head, so nothing that is written into it can run either.
"""

from __future__ import annotations

import json
from pathlib import Path

from kiosk.core.books import Books

FILE = Path(__file__).parent / "receipt.html"
_HEAD = '<script type="application/json" id="trusted">'
_TAIL = "</script>"


def page(books: Books) -> str:
    """The page of a venue: it takes the receipts that this kiosk ever signed for genuine.

    Raises:
        ValueError: the kiosk has no key yet.
    """
    kept = books.get("settings", "keys")
    if kept is None:
        raise ValueError("this kiosk has signed nothing yet: its key is made when it first runs")
    venue = books.settings()
    trusted = {
        "venue": venue.get("name", ""),
        "zone": venue.get("time_zone", ""),
        "keys": [{"kiosk": books.kiosk, **key} for key in kept["signing"]],
    }
    # A venue's name may have any letters; none of them ends the block that it stands in.
    told = json.dumps(trusted, ensure_ascii=False).replace("<", "\\u003c")
    before, _, rest = FILE.read_text("utf-8").partition(_HEAD)
    _, _, after = rest.partition(_TAIL)
    return f"{before}{_HEAD}{told}{_TAIL}{after}"
