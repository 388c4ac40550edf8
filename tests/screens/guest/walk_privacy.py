"""What is kept about a guest: seen, printed, taken along, erased (G14)."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.messages import PrinterChanged
from tests.core.guest import PIN, PRINTER, UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import WRONG_PIN, code_on_slip, holder
from tests.screens.guest.walk_pin import more, typed


def own_data() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        holder(guest)
        more(guest, "data")
        yield "data", guest
        guest.press("print_data")
        yield "data-printing", guest
        guest.print_out()
        yield "data-printed", guest
        guest.press("home", "more", "data", "take_data")
        typed(guest, WRONG_PIN)
        yield "data-pin-X-01", guest
        typed(guest, PIN)
        yield "data-code", guest
        guest.press("back", "erase_data")
        yield "data-erase", guest
        guest.press("erase_on")
        typed(guest, PIN)
        yield "data-erase-sure", guest
        guest.press("erase_now")
        yield "data-erased", guest


def own_data_without_a_pin() -> Iterator[tuple[str, Visitor]]:
    """The code of the slip proves; then a visit is open, the paper is out, the slip is gone."""
    with visitor() as guest:
        card = guest.register(UID)
        code = code_on_slip(guest)
        guest.printed()
        guest.press("leave")
        more(guest, "data")
        guest.press("take_data")
        yield "data-proof", guest
        typed(guest, "A" * 20, kind="key")
        yield "data-proof-wrong", guest
        typed(guest, code, kind="key")
        guest.press("back", "erase_data")
        yield "data-erase-no-money", guest
        guest.press("leave")
        guest.top_up(500)
        guest.press("done", "leave")
        guest.order("7", card, 250)
        more(guest, "data")
        guest.press("erase_data", "erase_on")
        typed(guest, code, kind="key")
        guest.press("erase_now")
        yield "data-erase-visit", guest
        guest.press("leave")
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        with guest.venue._secrets.transaction():
            guest.venue._secrets.put("tokens", card.client, None)
        more(guest, "data")
        yield "data-no-proof-no-paper", guest
        guest.press("erase_data")
        yield "data-erase-no-proof", guest


WALKS = (own_data, own_data_without_a_pin)
