"""A receipt as a code on the screen: at the end of a task, and a card's last five."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from kiosk.core.cards import Card, GetCard
from kiosk.core.documents import receipt_code
from kiosk.core.guest.frame import Result
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.ids import CardId
from kiosk.core.journey import Step, enter, go_on, open_card
from kiosk.core.messages import Event, SlipFailed, SlipPrinted
from kiosk.core.receipts import GivenReceipt, LastReceipts
from kiosk.core.situation import Done, PrintState, Scene
from kiosk.core.slips import SlipDocument


@dataclass(frozen=True)
class Receipts(GuestScene):
    """The last receipts of a card's client, newest first."""

    word: ClassVar[SceneWord] = "receipt"
    waits: ClassVar[Wait] = "result"

    card: Card
    rows: tuple[GivenReceipt, ...]


@dataclass(frozen=True)
class ReceiptCode(GuestScene):
    """One receipt, as a code that a phone keeps. `back` is where it was asked for."""

    word: ClassVar[SceneWord] = "receipt"
    waits: ClassVar[Wait] = "form"

    card: Card
    code: str = field(repr=False)
    back: Scene


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to see the receipts of this card."""
    found = at.ask(GetCard(card))
    assert found is not None, "a card that is shown is on file"
    return enter(at, Receipts(found, at.ask(LastReceipts(found.client)))), ()


def show(at: Step, done: Done) -> Result:
    """The receipt of what was just done, where it has one."""
    if not done.code:
        return at.situation, ()
    return enter(at, ReceiptCode(done.card, done.code, done)), ()


def touched(at: Step, scene: Receipts | ReceiptCode, name: str, argument: str) -> Result:
    """A receipt of the list, or the way back."""
    if isinstance(scene, ReceiptCode):
        return (go_on(at, scene.back) if name == "back" else at.situation), ()
    if name == "back":
        return open_card(at, scene.card.id), ()
    given = next((row for row in scene.rows if row.job == argument), None)
    if name != "receipt" or given is None:
        return at.situation, ()
    code = receipt_code(at.ask(SlipDocument(given.job)))
    return enter(at, ReceiptCode(scene.card, code, scene)), ()


def heard(at: Step, scene: Receipts | ReceiptCode, event: Event) -> Result | None:
    """The slip behind the code came out, or did not: there is the code for it."""
    if not isinstance(scene, ReceiptCode) or not isinstance(scene.back, Done):
        return None
    done = scene.back
    if not isinstance(event, (SlipPrinted, SlipFailed)) or event.job != done.job:
        return None
    printing: PrintState = "printed" if isinstance(event, SlipPrinted) else "failed"
    behind = replace(done, printing=printing)
    return replace(at.situation, scene=replace(scene, back=behind)), ()


def fresh(at: Step, scene: Receipts | ReceiptCode) -> Result:
    """The list as the books have it now; a code says the same for ever."""
    if isinstance(scene, ReceiptCode):
        return at.situation, ()
    rows = at.ask(LastReceipts(scene.card.client))
    return replace(at.situation, scene=replace(scene, rows=rows)), ()
