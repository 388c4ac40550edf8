"""A guest before a kiosk with a payment terminal: its answers are told, the shell is the real one.

What the terminal is asked for, and when, is the runtime's; time and devices are a test's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.ids import DeviceId
from kiosk.core.jobs import Jobs
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    DeviceDown,
    DeviceUp,
    Effect,
    Event,
    LookUpPayment,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    RequestPayment,
)
from kiosk.core.money import Money
from kiosk.core.terminal_payments import GetTerminalPayment, TerminalPayment
from kiosk.runtime import Inbox, Runtime
from tests.core.guest import ACCEPTOR, DEMO, NOW, PRINTER, make_venue, rub, shelf
from tests.screens.guest.hands import LANGUAGES, Visitor

TERMINAL, LIGHTS = DeviceId("terminal"), DeviceId("lights")
LADDER = """
[[bonus_tiers]]
from = 100
percent = 10
"""


class Taker:
    """Every device: it only remembers what it was told to do."""

    def __init__(self) -> None:
        self.done: list[Effect] = []

    def do(self, effect: Effect) -> None:
        """Remember it."""
        self.done.append(effect)


class Payer(Visitor):
    """A guest whose kiosk asks the terminal as the real one does; `cash`: it takes notes, too."""

    def __init__(self, *args: Any, cash: bool = True, **house: Any) -> None:
        self.cash = cash
        self.shell: Runtime | None = None
        super().__init__(*args, **house)

    def start_again(self) -> None:
        """A new process over the same books: what the former one asked for it does not know."""
        self.shell = None
        super().start_again()
        devices = dict(self.situation.machine.devices)
        if not self.cash:
            del devices[ACCEPTOR]
        devices[TERMINAL] = DeviceState("payment")
        machine = Machine(devices)
        self.taker = Taker()
        roles: Any = {PRINTER: "printer", TERMINAL: "payment", LIGHTS: "lights"}
        roles |= {ACCEPTOR: "acceptor"} if self.cash else {}
        self.shell = Runtime(
            Inbox(1_000),
            self.venue,
            replace(self.situation, machine=machine),
            devices=dict.fromkeys(roles, self.taker),
            roles=roles,
            show=lambda situation, now: None,
            min_free_bytes=0,
        )
        assert self.shell.jobs == Jobs()
        self.situation = self.shell.situation

    # --- what happens ----------------------------------------------------------------------------

    def tell(self, *events: Event) -> list[Effect]:
        """These events, half a second apart, each in a turn of its own."""
        if self.shell is None:
            return super().tell(*events)
        before = len(self.taker.done)
        for event in events:
            self.now = self.now.later(0.5)
            self.shell.inbox.put(event)
            self._turn()
        return self._made(before)

    def at_once(self, *events: Event) -> list[Effect]:
        """These events in one turn."""
        assert self.shell is not None
        before = len(self.taker.done)
        for event in events:
            self.shell.inbox.put(event)
        self._turn()
        return self._made(before)

    def wait(self, seconds: float) -> list[Effect]:
        """Time passes, and the shell turns as often as it would."""
        assert self.shell is not None
        before, end_s = len(self.taker.done), self.now.mono_s + seconds
        while self.now.mono_s < end_s:
            step_s = min(max(self.shell.wait_s(self.now), 0.1), end_s - self.now.mono_s)
            self.now = self.now.later(step_s)
            self._turn()
        return self._made(before)

    def _turn(self) -> None:
        assert self.shell is not None
        self.shell.turn(self.now)
        self.situation = self.shell.situation

    def _made(self, before: int) -> list[Effect]:
        made = self.taker.done[before:]
        self.effects += made
        return made

    # --- the terminal ----------------------------------------------------------------------------

    def plug(self) -> list[Effect]:
        """The terminal answers."""
        return self.tell(DeviceUp(TERMINAL, "payment"))

    def unplug(self) -> list[Effect]:
        """It does not any more."""
        return self.tell(DeviceDown(TERMINAL, "payment", "no answer"))

    @property
    def requests(self) -> list[RequestPayment]:
        """What the terminal was asked to charge, by this process."""
        return [e for e in self.taker.done if isinstance(e, RequestPayment)]

    @property
    def looks(self) -> list[LookUpPayment]:
        """How often it was asked what became of a payment."""
        return [e for e in self.taker.done if isinstance(e, LookUpPayment)]

    @property
    def payment(self) -> TerminalPayment:
        """The newest payment, as the books have it."""
        kept = self.venue.store.table("terminal_payments").all()
        newest = max(kept, key=lambda p: int(p["number"]))
        found = self.asked(GetTerminalPayment(newest["id"]))
        assert found is not None
        return found

    @property
    def payer(self) -> str:
        """The client whose card is shown."""
        scene: Any = self.scene
        return str(scene.payer.card.client)

    def entry_of(self, kind: str) -> Entry:
        """The newest entry of a kind."""
        *_, last = (e for e in self.venue.ledger.entries() if e.kind == kind)
        return last

    def approve(self, taken: Money | None = None) -> list[Effect]:
        """The bank has paid; the newest payment, or so much of it."""
        asked = self.payment
        value = taken or asked.value
        return self.tell(PaymentApproved(TERMINAL, asked.id, value, "1111", "T000007", "visa"))

    def decline(self, reason: Any = "refused") -> list[Effect]:
        """Nothing was charged."""
        return self.tell(PaymentDeclined(TERMINAL, self.payment.id, reason))

    def know_nothing(self) -> list[Effect]:
        """The terminal, asked for the payment, knows of none."""
        return self.tell(PaymentAbsent(TERMINAL, self.payment.id))

    # --- the way there ---------------------------------------------------------------------------

    def to_the_terminal(self, face: int = 500, way: str = "bank_card") -> None:
        """From the card's home to the terminal, with one of the sums on the buttons."""
        self.press("top_up", f"pay:{way}", f"amount:{rub(face).minor}")


@contextmanager
def payer(text: str = DEMO + LADDER, *, plugged: bool = True, **house: Any) -> Iterator[Payer]:
    """A guest before a new kiosk with a terminal, and a ladder of bonus points."""
    with shelf() as folder:
        venue = make_venue(folder, text, NOW)
        settings = {"languages": LANGUAGES, "qr": True}
        try:
            guest = Payer(venue, **{**settings, **house})
            if plugged:
                guest.plug()
            yield guest
        finally:
            venue.close()
