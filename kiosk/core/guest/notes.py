"""What notes are put in for, and which of them is taken."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.core.cards import Card, FindCard, GetCard, card_key
from kiosk.core.cash import HeldNotes, HoldDeposit, HoldNote
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.guest.scenes import Purpose
from kiosk.core.ids import CardId, ClientId, DeviceId
from kiosk.core.journey import Step
from kiosk.core.messages import Effect, NoteEscrowed, RecallNote
from kiosk.core.money import Money
from kiosk.core.prepayments import DepositRefusal, GetPrepayment
from kiosk.core.situation import TopUp
from kiosk.core.visits import OpenVisit

Refusal = tuple[str, Mapping[str, str | Money]]
"""Why a note goes back: a sentence, and what fills it."""

_FULL = (
    "err.deposit_max",
    "err.prepayment_full",
    "err.no_visit_for_note",
    "err.floating_off",
    "err.deposit_personal",
)
"""Why a visit takes no note, or no more: what the guest reads."""


def takes(at: Step, purpose: Purpose) -> bool:
    """Whether notes can be taken for this, as far as the books are asked."""
    return begun(at, purpose) is not None


def begun(at: Step, purpose: Purpose) -> TopUp | None:
    """The scene before the first note; None where nothing takes one.

    A visit on a personal card pays from its wallet: there the notes are a top-up of the card (E93).
    """
    if purpose.kind == "prepayment":
        pending = at.ask(GetPrepayment(purpose.visit)) if purpose.visit else None
        if pending is None or pending.state != "pending":
            return None
        read = pending.read
        card = at.ask(FindCard(read)) or Card(
            CardId(""),
            card_key(read.object, read.number),
            read.number,
            pending.type,
            ClientId(""),
            "active",
        )
        return TopUp(card, None, purpose=purpose, visit=pending.visit, before=pending.paid)
    found = at.ask(GetCard(purpose.card))
    if found is None:
        return None
    visit = at.ask(OpenVisit(found.id)) if purpose.kind != "top_up" else None
    if purpose.kind == "top_up" or (visit is not None and visit.personal):
        client = at.ask(GetClient(found.client))
        return TopUp(found, client, purpose=purpose) if client else None
    if visit is None or visit.id != purpose.visit or at.ask(DepositRefusal(visit.id)):
        return None
    return TopUp(found, None, purpose=purpose, visit=visit.id, before=visit.deposits)


def hold(at: Step, scene: TopUp, event: NoteEscrowed) -> Refusal | None:
    """Put on the books that the note in escrow will be stacked; why it is not, and goes back."""
    inside = [n for n in scene.notes if n.state != "returned" and not n.coin]
    if len(inside) >= at.situation.house.limits.notes_per_session_max:
        return "topup.full_session", {}
    refused = limit(at, scene, event.value)
    if refused is not None:
        return refused
    held = at.do(_command(scene, event), f"hold:{event.note}")
    if not isinstance(held, Refused):
        return None
    if "rule" in held.args_by_name or held.key in _FULL:
        return held.key, dict(held.args_by_name)
    return "err.note_back", {}


def recalled(at: Step, device: DeviceId) -> tuple[Effect, ...]:
    """Ask an acceptor that came up what became of the note that a former start had held.

    Of one that is doubtful it is not asked: it has been at rest since, and may have counted anew.
    """
    return tuple(
        RecallNote(device, one.note, one.value, one.mark)
        for one in at.ask(HeldNotes(device))
        if one.mark and one.state == "held" and one.start < at.situation.house.start
    )


def _command(scene: TopUp, event: NoteEscrowed) -> HoldNote | HoldDeposit:
    if scene.visit:
        return HoldDeposit(event.note, event.value, scene.visit, event.mark)
    assert scene.client is not None, "a wallet is somebody's"
    return HoldNote(event.note, event.value, scene.client.id, scene.card.id, event.mark)


def limit(at: Step, scene: TopUp, value: Money) -> Refusal | None:
    """The limit that this note or coin would break, as a sentence; held notes count as taken."""
    limits, venue = at.situation.house.limits, at.situation.venue
    session_max = min(limits.top_up_max_minor, venue.top_up_max.minor)
    balance_max = min(limits.balance_max_minor, venue.balance_max.minor)
    inside = [n.value for n in scene.notes if n.state != "returned"]
    together = sum(inside, value)
    # What the house itself asks for is bounded by that, and by one note.
    if scene.missing is None and together.minor > session_max:
        return "topup.full_amount", {"limit": Money(session_max, value.currency)}
    if scene.client is None:
        return None  # What a visit may hold, the books say: `HoldDeposit`.
    waiting = sum(
        (n.value for n in at.ask(HeldNotes()) if n.client == scene.client.id),
        Money(0, value.currency),
    )
    client = at.ask(GetClient(scene.client.id))
    wallet = client.wallet if client else scene.client.wallet
    if (wallet + waiting + value).minor > balance_max:
        return "topup.full_balance", {"limit": Money(balance_max, value.currency)}
    return None
