"""A guest pays at the terminal: a real window, the real driver, the peer on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kiosk.hardware.peers.line import TcpLine
from kiosk.hardware.peers.nexo import Mode, Terminal
from tests.e2e.machine import Kiosk, flat, until

pytestmark = pytest.mark.e2e

CARD, OTHER = "04A1B2C3D4E5F6", "0411223344AA55"
B_02 = "We are checking this payment with the bank. Do not pay again."


class Bank:
    """A terminal that outlives the kiosk: in this process, on a port of its own."""

    def __init__(self) -> None:
        self._line = TcpLine(Terminal())
        self._line.start()
        self.port = self._line.port
        self.stop, self.unplug, self.plug = self._line.stop, self._line.unplug, self._line.plug

    def does(self, mode: Mode) -> None:
        """What it does from now on."""
        self._line.ask(lambda peer, now_s: setattr(peer, "mode", mode))

    def charged(self) -> list[int]:
        """What the bank paid, in minor units."""
        return self._line.ask(lambda peer, now_s: [minor for _, minor in peer.charged])


@pytest.fixture
def bank() -> Iterator[Bank]:
    made = Bank()
    yield made
    made.stop()


def at_the_terminal(kiosk: Kiosk, way: str = "bank_card") -> None:
    """From the card's home to the terminal, with 500."""
    kiosk.touch("top_up")
    kiosk.see("WaysView")
    kiosk.touch(f"pay:{way}")
    kiosk.see("AmountsView")
    kiosk.touch("amount:50000")
    kiosk.see("TerminalView", lambda v: v.headline == "Follow the terminal")


def kinds(kiosk: Kiosk) -> list[str]:
    return [e["kind"] for e in kiosk.entries() if e["kind"].startswith("payment_")]


def test_every_end_of_a_payment_with_the_kiosks_own_terminal(
    kiosk_on: Callable[..., Kiosk],
) -> None:
    kiosk = kiosk_on(terminal="").start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.tapped(CARD)
    kiosk.bench("terminal", "decline")
    at_the_terminal(kiosk)
    kiosk.picture("terminal")
    kiosk.see("ProblemView", lambda v: v.code == "B-01")
    kiosk.picture("B-01")
    kiosk.bench("terminal", "approve")
    kiosk.touch("continue")
    kiosk.see("AmountsView")
    kiosk.touch("amount:50000")
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.figure["amount"] == "500.00"
    kiosk.picture("done")
    (slip,) = kiosk.slips(1)
    assert "500.00" in flat(slip.text)
    assert "1111" in slip.text
    assert kiosk.bench("terminal", "list").split()[1::2] == ["50000"]
    kiosk.touch("home")
    kiosk.see("CardHomeView")
    # A guest who said code and held a card to it has paid by card; a smaller sum is what it is.
    kiosk.bench("terminal", "partial")
    at_the_terminal(kiosk, "qr")
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.figure["amount"] == "750.00"
    kiosk.bench("terminal", "stuck")
    kiosk.touch("home")
    kiosk.see("CardHomeView")
    at_the_terminal(kiosk)
    kiosk.touch("leave")
    kiosk.see("ProblemView", lambda v: "The payment was cancelled" in v.words)
    kiosk.touch("leave")
    kiosk.see("WelcomeView")
    assert kinds(kiosk).count("payment_approved") == 2
    assert kiosk.wallet(CARD) == "750.00"
    accounts = [e["postings"][0][0] for e in kiosk.entries() if e["kind"] == "payment_approved"]
    assert accounts == ["1110:terminal", "1110:terminal"]


def test_the_terminals_cable_is_pulled_when_the_bank_has_paid(
    kiosk_on: Callable[..., Kiosk], bank: Bank
) -> None:
    kiosk = kiosk_on(terminal=bank.port).start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.tapped(CARD)
    bank.does("silent")
    at_the_terminal(kiosk)
    until(bank.charged, "the bank paid")
    bank.unplug()
    view = kiosk.see("ProblemView", lambda v: v.code == "B-02")
    assert B_02 in view.words
    kiosk.picture("B-02")
    (slip,) = kiosk.slips(1)
    assert "500.00" in flat(slip.text)
    bank.plug()
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.figure["amount"] == "500.00"
    assert bank.charged() == [50_000]
    assert kinds(kiosk) == ["payment_begun", "payment_unknown", "payment_approved"]
    assert kiosk.wallet(CARD) == "500.00"


def test_the_kiosk_is_killed_between_the_banks_yes_and_the_entry(
    kiosk_on: Callable[..., Kiosk], bank: Bank
) -> None:
    kiosk = kiosk_on(terminal=bank.port).start()
    kiosk.ready()
    kiosk.registered(OTHER)
    kiosk.registered(CARD)
    kiosk.tapped(CARD)
    bank.does("silent")
    at_the_terminal(kiosk)
    until(bank.charged, "the bank paid")
    kiosk.kill()
    assert kinds(kiosk) == ["payment_begun"]
    kiosk.start()
    kiosk.ready()
    until(lambda: "payment_approved" in kinds(kiosk), "the terminal was asked, and told")
    # The next guest neither gets nor sees any of it, and the terminal did nothing twice.
    view = kiosk.tapped(OTHER)
    assert view.balance["amount"] == "0.00"
    assert view.task is None
    view = kiosk.tapped(CARD)
    assert view.balance["amount"] == "500.00"
    assert kiosk.new_slips() == []
    assert view.task["id"] == "receipt"
    kiosk.picture("receipt-owed")
    kiosk.touch("receipt")
    kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    (slip,) = kiosk.slips(1)
    assert "500.00" in flat(slip.text)
    assert bank.charged() == [50_000]
    assert kinds(kiosk) == ["payment_begun", "payment_approved"]
    assert kiosk.wallet(CARD) == "500.00"
