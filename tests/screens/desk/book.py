"""The pictures of the attendant's book: journeys by touches, and the page where each is shown.

    python -m tests.screens.gallery --book

writes them into docs/pictures/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.core.messages import PrinterChanged
from kiosk.screens.view import View
from tests.core.guest import PRINTER, UID
from tests.screens.desk import players
from tests.screens.desk.clients_there import boris, paid_in
from tests.screens.desk.hands import Hands, attendant
from tests.screens.desk.test_desk_cash_notes import claim, held

SIZE = (1024, 640)


def _signing_in(hands: Hands) -> None:
    hands.press("access", "staff")


def _today(hands: Hands) -> None:
    _evening(hands)
    hands.tell(PrinterChanged(PRINTER, "out"))


def _opening(hands: Hands) -> None:
    hands.sign_in()
    hands.press("open:open_shift", "choose:how=sum", "field:sum")
    hands.type("2000")


def _paper(hands: Hands) -> None:
    _today(hands)
    hands.go("devices")
    hands.press(f"device:{PRINTER}", "mend", "done")


def _lost_note(hands: Hands) -> None:
    _evening(hands)
    hands.go("cash")
    hands.press("open:lost")


def _refund(hands: Hands) -> None:
    _client(hands)
    hands.press("change:game", "choose:reason=refund", "field:amount")
    hands.type("150")
    hands.press("next")


def _client(hands: Hands) -> None:
    _evening(hands)
    hands.go("clients")
    hands.tap(UID)


def _held(hands: Hands) -> None:
    note = held(hands)
    hands.sign_in()
    hands.go("cash")
    hands.press("open:notes", f"note:{note}")


def _claims(hands: Hands) -> None:
    claim(hands)


def _selling(hands: Hands) -> None:
    _client(hands)
    hands.press("minutes:game", "package:game-60")


def _order(hands: Hands) -> None:
    _evening(hands)
    hands.go("visits")
    hands.press("new", "create", "order", "item:pizza", "item:lemonade")


def _paying(hands: Hands) -> None:
    _order(hands)
    hands.press("save", "calculate")


def _collecting(hands: Hands) -> None:
    _evening(hands)
    hands.press("collect:acceptor", "field:face-50000")
    hands.type("2")
    hands.press("field:face-10000")
    hands.type("1")


def _closing(hands: Hands) -> None:
    _evening(hands)
    hands.press("open:close_shift", "choose:how=sum")


def _evening(hands: Hands) -> None:
    """The owner at the desk: a shift is open, clients are known, notes are in the box."""
    players.anna(hands)
    players.with_money(hands, 500, 100)
    paid_in(hands, boris(hands), 1250)
    hands.sign_in()


PICTURES: dict[str, Callable[[Hands], None]] = {
    "sign-in": _signing_in,
    "today": _today,
    "open-shift": _opening,
    "paper": _paper,
    "lost-note": _lost_note,
    "client": _client,
    "refund": _refund,
    "held-note": _held,
    "claims": _claims,
    "sell-minutes": _selling,
    "order": _order,
    "pay": _paying,
    "collect": _collecting,
    "close-shift": _closing,
}
"""By the file's name without its end: how to get there."""


def views() -> Iterator[tuple[str, View, float]]:
    """Each picture's page, with the moment on the desk's clock at which it is seen."""
    for name, walk in PICTURES.items():
        with attendant() as hands:
            walk(hands)
            yield name, hands.view, hands.now.mono_s
