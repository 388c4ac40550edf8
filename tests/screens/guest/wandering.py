"""A guest who presses whatever there is, while notes, tills, staff and devices do what they like.

Every step is one thing that can happen before a real kiosk, chosen by a seed; after each of them is
asked what must be true whatever happened. The shell is the real one, so payments are asked for and
recorded as they are at the venue.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tinydb import where

from kiosk.core.audit import audit
from kiosk.core.bills import OrderLine, Visit
from kiosk.core.cards import BlockCard, GetCard, UnblockCard
from kiosk.core.cash import HeldNotes, SettleNote, VoidNote
from kiosk.core.checkout import CalculateVisit
from kiosk.core.errors import Refused
from kiosk.core.guest import paying
from kiosk.core.guest.pin import AskPin
from kiosk.core.ids import CardId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    CardPresented,
    CardRefused,
    DeviceDown,
    DeviceUp,
    Effect,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PrinterChanged,
    PrintSlip,
    RefuseNotes,
    ReturnNote,
    SlipFailed,
    SlipPrinted,
    StackNote,
    Touched,
)
from kiosk.core.orders import SaveOrder
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.situation import Access, TapToRegister, TopUp, Welcome
from kiosk.core.slips import GetSlip
from kiosk.core.terminal_payments import PaymentOnTheWay
from kiosk.core.visits import GetVisit
from kiosk.screens.view import AmountView, KeypadView
from tests.core.guest import ACCEPTOR, OTHER_UID, PHONE, PIN, PRINTER, READER, UID, rub
from tests.screens.guest.paying_hands import TERMINAL, Payer

BLANK_UID = "04DDEEFF001122"
REPRINTS = ("receipt", "print_check_slip", "check_payment", "registration_slip")
"""Buttons after which a slip may come out that was sent to the printer before."""
_HOLDERS = ("plan", "payer", "offer")
RARE = {
    **dict.fromkeys(("access", "help", "language", "large", "contrast", "low", "speech"), 1),
    **dict.fromkeys(("slower", "scrolled", "lost_card", "leave", "no_help"), 2),
    **dict.fromkeys(("back", "no", "block_now", "erase_now", "move", "lost_later"), 6),
}
"""What would end every journey at its first page, if it were pressed as often as the rest."""
VISIT_BEGINS = frozenset({"visit_opened", "prepayment_completed"})


class Wanderer:
    """Somebody wanders through the guest's journeys.

    Args:
        guest: the hands.
        seed: what happens.
        stripes: the entrance cards that are shown beside the guests' own.
        till: who saves orders.
    """

    def __init__(self, guest: Payer, seed: int, stripes: tuple[str, ...], till: str) -> None:
        self.guest, self.random, self.stripes = guest, random.Random(seed), stripes
        self.till = till
        self.story: list[str] = []
        self.did: Counter[str] = Counter()
        self.scenes: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self.takes = False
        self.inside: tuple[NoteId, int, str] | None = None
        self.paper = True
        self.sent: list[JobId] = []
        self.printed: Counter[JobId] = Counter()
        self.stacked = 0
        self.charged = 0
        self.pages: list[tuple[str, int]] = []
        self.done = 0

    # --- one step --------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing happens, and everything is still as it must be."""
        acts: dict[Callable[[], None], int] = {
            self.press: 60, self.type: 14, self.tap: 5, self.note: 12, self.acceptor: 3,
            self.terminal: 14, self.time: 4, self.order: 3, self.closes: 1, self.staff: 1,
            self.printer: 2, self.prints: 12, self.stale: 3, self.twice: 3, self.again: 1,
        }  # fmt: skip
        if isinstance(self.guest.scene, TopUp):
            acts = {self.press: 10, self.note: 60, self.time: 6} | {
                act: weight for act, weight in acts.items() if act not in (self.press, self.note)
            }
        act = self.random.choices(list(acts), list(acts.values()))[0]
        self.did[act.__name__] += 1
        act()
        self.scenes[type(self.guest.scene).__name__] += 1
        if sum(self.did.values()) % 25 == 0:
            self.audit()

    def told(self, *events: Any, at_once: bool = False, button: str = "") -> list[Effect]:
        """These events, and what must be true after them."""
        guest, before = self.guest, self.guest.situation
        self.story.append(f"{type(before.scene).__name__}: {events}")
        seq = guest.venue.ledger.seq
        effects = guest.at_once(*events) if at_once else guest.tell(*events)
        self.after(before, effects, seq, button)
        return effects

    def after(self, before: Any, effects: list[Effect], seq: int, button: str = "") -> None:
        """What the effects do to the devices, and what must be true."""
        ledger = self.guest.venue.ledger
        made = list(ledger.between(seq + 1, ledger.seq))
        self.entries.update(e.kind for e in made)
        self.story += [f"  -> {e.seq} {e.kind} {e.refs}" for e in made]
        for effect in effects:
            match effect:
                case AcceptNotes():
                    self.takes = True
                case RefuseNotes():
                    self.takes = False
                case PrintSlip(job=job):
                    self.slip(job, before, button)
                case StackNote(note=note) if self.inside and self.inside[0] == note:
                    self.inside = (note, self.inside[1], "stack")
                case ReturnNote(note=note) if self.inside and self.inside[0] == note:
                    self.inside = (note, self.inside[1], "return")
                case _:
                    pass
        here = paying.prepaying(self.guest.scene)
        for pending in self.guest.asked(PendingPrepayments()):
            assert pending.visit == here or pending.on_the_way, f"{pending} is nobody's"
        for entry in made:
            if entry.kind in VISIT_BEGINS and entry.actor == "guest":
                assert button in ("yes", "next", "pay", "money"), f"{entry.kind} after {button!r}"

    def slip(self, job: JobId, before: Any, button: str) -> None:
        """A slip goes to the printer: once, and while its guest stands there."""
        self.printed[job] += 1
        again = button.partition(":")[0] in REPRINTS
        # What is for the desk is tried until it comes out.
        again = again or job.startswith("recovery_slip")
        assert self.printed[job] == 1 or again, f"{job} is printed again after {button!r}"
        self.sent.append(job)
        slip = self.guest.asked(GetSlip(job))
        assert slip is not None
        owner = self.guest.venue.store.get("slips", job) or {}
        there = {*_cards(before.scene), *_cards(self.guest.scene)}
        if button == "desk":
            return  # Whoever did it stands there, too, and takes it.
        if owner.get("client"):
            clients = {self.guest.asked(GetCard(CardId(c))).client for c in there if c}  # type: ignore[union-attr]
            assert owner["client"] in clients, f"{slip.kind} of {owner['client']} before {there}"
        if owner.get("visit") and "" not in there:
            visit = self.guest.venue.store.get("visits", owner["visit"]) or {}
            assert visit.get("card", "") in {"", *there}, f"{slip.kind} of {owner} before {there}"

    # --- what a guest does -----------------------------------------------------------------------

    def button(self) -> str:
        """One of those that are there; "" for none."""
        there = [b for b in self.guest.pressable() if b not in ("staff", "more_time")]
        weights = [RARE.get(b.partition(":")[0], 20) for b in there]
        return self.random.choices(there, weights)[0] if there else ""

    def touch(self, button: str, page: int | None = None) -> None:
        page = self.guest.situation.page if page is None else page
        self.pages.append((button, page))
        self.told(Touched(button, page), button=button.partition(":")[0])

    def press(self) -> None:
        """A button that is there; where nobody is, a card is shown instead."""
        button = self.button()
        if isinstance(self.guest.scene, Access) and self.random.random() < 0.6:
            button = "access"
        nobody = isinstance(self.guest.scene, (Welcome, TapToRegister))
        if button and (not nobody or self.random.random() < 0.2):
            self.touch(button)
        else:
            self.tap()

    def type(self) -> None:
        """What the page asks for: mostly what is right."""
        scene: Any = self.guest.scene
        if not isinstance(self.guest.view, (KeypadView, AmountView)):
            self.press()
            return
        kind = getattr(getattr(scene, "what", None), "kind", "")
        right = {"phone": PHONE, "pin": PIN}.get(kind, PIN if isinstance(scene, AskPin) else "2")
        text = right if self.random.random() < 0.8 else "8" * len(right)
        for char in text:
            self.touch(f"digit:{char}")
        if "next" in self.guest.pressable():
            self.touch("next")

    def tap(self) -> None:
        cards = [(UID, "contactless")] * 4 + [
            (OTHER_UID, "contactless"),
            (BLANK_UID, "contactless"),
        ]
        cards += [(stripe, "magnetic") for stripe in self.stripes]
        raw, signal = self.random.choice(cards)
        if self.random.random() < 0.05:
            self.told(CardRefused(READER, "contactless", "unreadable"))
        else:
            self.told(CardPresented(READER, signal, raw))  # type: ignore[arg-type]

    def stale(self) -> None:
        """A touch of a page that is gone: nothing follows from it."""
        old = [p for p in self.pages[-30:] if p[1] != self.guest.situation.page]
        if old:
            button, page = self.random.choice(old)
            seq, before = self.guest.venue.ledger.seq, self.guest.situation.page
            self.touch(button, page)
            made = list(self.guest.venue.ledger.between(seq + 1, self.guest.venue.ledger.seq))
            # What was due at this moment by itself, such as the end of a payment, may be there.
            assert all(entry.actor == "kiosk" for entry in made)
            assert made or self.guest.situation.page == before

    def twice(self) -> None:
        """The same touch twice in one turn: a bounced finger."""
        if button := self.button():
            page = self.guest.situation.page
            name, _, _ = button.partition(":")
            self.told(Touched(button, page), Touched(button, page), at_once=True, button=name)

    def time(self) -> None:
        seconds = self.random.choice((1, 10, 31, 70, 200))
        before, seq = self.guest.situation, self.guest.venue.ledger.seq
        self.story.append(f"{type(before.scene).__name__}: {seconds} s")
        self.after(before, self.guest.wait(seconds), seq)

    # --- notes -----------------------------------------------------------------------------------

    def note(self) -> None:
        """A note goes in, or the one inside goes on."""
        if self.inside is None:
            if self.takes or self.random.random() < 0.1:
                self.guest.notes += 1
                start = self.guest.situation.house.start
                note = note_id(ACCEPTOR, start, self.guest.notes)
                face = self.random.choice((50, 100, 500, 1000))
                self.inside = (note, face, "escrow")
                self.told(NoteEscrowed(ACCEPTOR, note, rub(face)), button="money")
            return
        note, face, wish = self.inside
        fate = wish if self.random.random() < 0.85 else self.random.choice(("stack", "return"))
        if fate == "stack":
            self.inside = None
            self.stacked += face
            effects = self.told(NoteStacked(ACCEPTOR, note, rub(face)), button="money")
            assert AcknowledgeNote(note) in effects
            kept = self.guest.venue.store.get("notes", note)
            assert kept is not None and kept["state"] in ("settled", "suspense", "claimed")
            self.told(AcceptorChanged(ACCEPTOR, "ready" if self.takes else "disabled"))
        elif fate == "return":
            self.inside = None
            self.told(NoteReturned(ACCEPTOR, note), button="money")

    def acceptor(self) -> None:
        """The note machine has a trouble, or none any more."""
        match self.random.randrange(6):
            case 0:
                self.told(NoteRejected(ACCEPTOR, "damaged"))
            case 1:
                self.told(AcceptorChanged(ACCEPTOR, "jammed_cassette"))
            case 2:
                self.told(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
            case 3:
                self.told(AcceptorPoweredUp(ACCEPTOR, "none"), button="money")
            case _:
                self.told(DeviceUp(ACCEPTOR, "acceptor"))
                if self.inside is None:
                    state = "ready" if self.takes else "disabled"
                    self.told(AcceptorChanged(ACCEPTOR, state), button="money")  # type: ignore[arg-type]

    # --- devices, tills, staff -------------------------------------------------------------------

    def terminal(self) -> None:
        """The terminal says something about the payment on its way."""
        payment = self.guest.asked(PaymentOnTheWay())
        if payment is None:
            return
        match self.random.randrange(8):
            case 0:
                self.told(PaymentDeclined(TERMINAL, payment.id, "refused"))
            case 1:
                self.told(PaymentAbsent(TERMINAL, payment.id), button="pay")
            case 2:
                self.told(DeviceDown(TERMINAL, "payment", "no answer"))
                self.told(DeviceUp(TERMINAL, "payment"))
            case 3:
                less = replace(payment.value, minor=max(100, payment.value.minor // 2))
                self.approved(payment.id, less)
            case _:
                self.approved(payment.id, payment.value)

    def approved(self, payment: str, value: Any) -> None:
        kept = self.guest.venue.store.get("terminal_payments", payment) or {}
        event = PaymentApproved(TERMINAL, payment, value, "1111", "T7", "visa")
        self.told(event, button="pay")
        after = self.guest.venue.store.get("terminal_payments", payment) or {}
        if kept["state"] != "approved" and after["state"] == "approved":
            self.charged += value.minor

    def visits(self) -> list[Visit]:
        """The open visits."""
        kept = self.guest.venue.store.table("visits").search(where("state") == "open")
        found = (self.guest.asked(GetVisit(int(v["number"]))) for v in kept)
        return [v for v in found if v is not None]

    def order(self) -> None:
        """A till saves an order on an open visit."""
        if visits := self.visits():
            visit = self.random.choice(visits)
            line = OrderLine("Item", 1, rub(self.random.choice((50, 100, 300, 700))))
            name = f"o{self.random.randrange(40)}"
            self.commanded(SaveOrder(name, CardId(visit.card), "Bar", (line,)), f"till:{self.till}")

    def closes(self) -> None:
        """A till ends a visit while a guest may be looking at it."""
        if visits := self.visits():
            visit = self.random.choice(visits)
            command = CalculateVisit(visit.id, change="claim", total=visit.grand_total)
            self.commanded(command, "staff:201")

    def staff(self) -> None:
        """Somebody decides about a note, or blocks a card."""
        held = [n for n in self.guest.asked(HeldNotes()) if n.state == "doubtful"]
        match self.random.randrange(3):
            case 0 if held:
                note = held[0]
                if self.inside is None or self.inside[0] != note.note:
                    settle = self.random.random() < 0.5
                    command = (SettleNote if settle else VoidNote)(note.note, "looked")
                    if not isinstance(self.commanded(command, "cli"), Refused) and settle:
                        self.stacked += note.value.minor // 100
            case 1:
                self.block()
            case _:
                self.block(UnblockCard)

    def block(self, command: Any = BlockCard) -> None:
        cards = self.guest.venue.store.table("cards").all()
        if cards:
            name = self.random.choice(cards)["id"]
            if self.guest.asked(GetCard(name)) is not None:
                self.commanded(command(CardId(name), "why not"), "cli")

    def commanded(self, command: object, actor: str) -> Entry | Refused:
        """Somebody else commands the venue; the screen follows it."""
        assert self.guest.shell is not None
        self.done += 1
        before, seq = self.guest.situation, self.guest.venue.ledger.seq
        sent = len(self.guest.taker.done)
        self.story.append(f"{type(before.scene).__name__}: {actor} {command}")
        done = self.guest.shell.command(
            command, actor=actor, key=f"other:{self.done}", now=self.guest.now
        )
        self.story.append(f"  = {done.key if isinstance(done, Refused) else done.kind}")
        self.guest.situation = self.guest.shell.situation
        self.after(before, self.guest.taker.done[sent:], seq, "desk")
        return done

    def printer(self) -> None:
        """The paper is out, or new."""
        self.paper = not self.paper
        self.told(PrinterChanged(PRINTER, "ok" if self.paper else "out"))

    def prints(self) -> None:
        """The slip that was sent first comes out, or does not."""
        if self.sent:
            job = self.sent.pop(0)
            if self.paper and self.random.random() < 0.9:
                self.told(SlipPrinted(PRINTER, job))
            else:
                self.told(SlipFailed(PRINTER, job, "not_printed", "paper_out"))

    def again(self) -> None:
        """The process starts again; a note inside goes back."""
        if self.random.random() < 0.5:
            return
        note, self.inside, self.sent, self.takes = self.inside, None, [], False
        self.story.append("start again")
        self.guest.start_again()
        self.guest.plug()
        self.pages = []
        if note is not None:
            self.told(NoteReturned(ACCEPTOR, None))

    # --- what must be true -----------------------------------------------------------------------

    def audit(self) -> None:
        """The books agree with themselves, with the box and with the terminal."""
        venue = self.guest.venue
        assert venue.ledger.verify() == []
        assert audit(venue.books(self.guest.now)) == []
        kept = venue.store.table("balances").all()
        box = sum(int(b["amount"]) for b in kept if b["account"].startswith("1010:"))
        assert box == self.stacked * 100, f"{box} in the box, of {self.stacked * 100}"
        bank = sum(
            int(b["amount"]) for b in kept if b["account"].partition(":")[0] in ("1110", "1120")
        )
        assert bank == self.charged, f"{bank} at the bank, of {self.charged}"


def _cards(scene: Any) -> set[str]:
    """The cards that are before the guest, in this scene or behind it."""
    found: set[str] = set()
    while scene is not None:
        of = getattr(scene, "of", None)
        for holds in (scene, of, *(getattr(x, w, None) for x in (scene, of) for w in _HOLDERS)):
            card = getattr(holds, "card", None)
            if card is not None:
                found.add(str(card.id))
        scene = getattr(scene, "back", None) or getattr(scene, "then", None)
    return found
