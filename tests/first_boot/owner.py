"""A person before the assistant: presses what the screen shows, as hands do, without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from kiosk.core.clock import Now
from kiosk.core.messages import Touched
from kiosk.first_boot import messages as m
from kiosk.first_boot.answers import Device
from kiosk.first_boot.present import present
from kiosk.first_boot.scenes import State, Surroundings, Waiting
from kiosk.first_boot.steps import step
from kiosk.screens.view import SHIFT, NameView, View
from tests.screens.audit import buttons

NOW = Now(datetime(2026, 11, 23, 15, 47, tzinfo=UTC), 1000.0)
ZONES = ("America/New_York", "Asia/Novosibirsk", "Europe/Berlin", "Europe/Moscow", "Europe/Paris")
PRINTER = Device("printer", "escpos", {"port": "/dev/serial/by-id/usb-EPSON_TM-T20"}, "TM-T20II")
ACCEPTOR = Device("acceptor", "ccnet", {"port": "/dev/serial/by-id/usb-FTDI_A502"}, "SM-RU1353")
READER = Device("reader", "pcsc", {}, "ACS ACR122U PICC Interface 00 00")
FOUND = (READER, ACCEPTOR, PRINTER)

Answering = Callable[[m.Effect], m.Event | None]


@dataclass
class Owner:
    """Whoever sets a kiosk up; `answers` stands for the machine."""

    state: State = field(default_factory=lambda: State(Surroundings(ZONES)))
    now: Now = NOW
    answers: Answering = lambda effect: None
    did: list[m.Effect] = field(default_factory=list)

    @property
    def view(self) -> View:
        return present(self.state, self.now)

    def hear(self, event: m.Event) -> Owner:
        self.state, effects = step(self.state, event, self.now)
        for effect in effects:
            self.did.append(effect)
            answer = self.answers(effect)
            if answer is not None:
                self.hear(answer)
        return self

    def press(self, *names: str) -> Owner:
        """Buttons of the pages that are shown, one after the other."""
        for name in names:
            there = {b.id: b for b in pressable(self.view)}
            assert name in there, f"{name!r} is not one of {sorted(there)} of {self.state.scene}"
            assert there[name].enabled, f"{name!r} cannot be pressed: {there[name].why}"
            self.hear(Touched(name, self.view.frame.page))
        return self

    def type(self, text: str) -> Owner:
        """On the keyboards that are there, whichever has the letter."""
        for letter in text:
            if letter == " ":
                self.press("key: ")
                continue
            for _ in range(12):
                view = self.view
                assert isinstance(view, NameView)
                keys = {key for row in view.rows for key in row}
                if letter in keys:
                    break
                other = letter.swapcase() in keys and SHIFT in keys
                self.press("shift" if other else "keyboard")
            else:
                raise AssertionError(f"no keyboard has {letter!r}")
            self.press(f"digit:{letter}" if letter.isdecimal() else f"key:{letter}")
        return self

    def digits(self, text: str) -> Owner:
        return self.press(*(f"digit:{digit}" for digit in text))

    @property
    def waits(self) -> bool:
        return isinstance(self.state.scene, Waiting)


def pressable(view: View) -> list[Any]:
    """Every button of a View, and the keys that it draws itself."""
    from kiosk.screens.view import Button, KeypadView

    found = list(buttons(view))
    if isinstance(view, KeypadView):
        found += [Button(f"digit:{n}", str(n), enabled=view.keys_enabled) for n in range(10)]
        found.append(Button("erase", ""))
    if isinstance(view, NameView):
        keys = [key for row in view.rows for key in row]
        found += [
            Button("shift" if k == SHIFT else f"digit:{k}" if k.isdecimal() else f"key:{k}", k)
            for k in keys
        ]
    return found


def machine(effect: m.Effect) -> m.Event | None:
    """A machine on which everything works."""
    match effect:
        case m.LookAtNetwork():
            return m.NetworkSeen(("192.168.1.20",))
        case m.JoinNetwork():
            return m.NetworkJoined(("192.168.7.9",))
        case m.LookForDevices():
            return m.DevicesFound(FOUND, ())
        case m.AskPrinter(host):
            return m.PrinterAnswered(Device("printer", "escpos", {"port": f"tcp://{host}:9100"}))
        case m.SetMachineClock():
            return m.ClockWasSet()
        case m.SetUp():
            return m.KioskMade("ABCD-EFGH-IJKL-MNOP-QRST-UVWX")
        case m.PrintPaper():
            return m.PaperCame()
        case _:
            return None


def owner(**around: Any) -> Owner:
    return Owner(State(replace(Surroundings(ZONES), **around)), answers=machine)


def to_the_venue(of: Owner, language: str = "en") -> Owner:
    return of.press(f"language:{language}", "new")


def to_the_network(of: Owner) -> Owner:
    to_the_venue(of).press("kind:club").type("Orbit Club").press("next")
    return of.press("currency:RUB", "zone:Europe/Moscow")


def to_the_owner(of: Owner) -> Owner:
    return to_the_network(of).press("next", "next")


def to_the_summary(of: Owner) -> Owner:
    to_the_owner(of).type("Olga").press("next", "without")
    of.digits("482917").press("next").digits("482917").press("next")
    return of
