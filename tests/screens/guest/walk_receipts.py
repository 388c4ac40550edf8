"""Receipts that are a code on the screen: of what was just done, and a card's last five."""

from __future__ import annotations

from collections.abc import Iterator

from tests.screens.guest.hands import Visitor, visitor


def receipts() -> Iterator[tuple[str, Visitor]]:
    """The code at the end of a top-up, and the receipts of the card, none and some."""
    with visitor() as guest:
        guest.home()
        guest.press("more", "receipts")
        yield "receipts-none", guest
        guest.press("back", "leave")
        for faces in ((500, 200), (1000, 1000, 1000), (50,), (100,), (200,)):
            guest.top_up(*faces)
            guest.press("done")
            guest.print_out()
            guest.press("leave")
        guest.top_up(500, 50, 50)
        guest.press("done", "receipt_code")
        yield "receipt-code", guest
        guest.print_out()
        guest.press("back", "leave")
        guest.home()
        guest.press("more", "receipts")
        yield "receipts", guest


WALKS = (receipts,)
