"""The cable of each device is pulled in mid-journey and put back: money is where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State
from kiosk.hardware.peers.line import PtyLine
from tests.e2e.machine import Kiosk, flat, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CARD = "04A1B2C3D4E5F6"
STRIPE = "7700004821"
SAFE, RECORDED = "Your money is safe.", "Your note is recorded and will be checked."


def places(kiosk: Kiosk) -> dict[str, str]:
    """Where every note is, says the acceptor."""
    told = [place.split(": ") for place in kiosk.bench("notes").split("; ")]
    return {place: notes for place, notes in told if notes != "-"}


def one_note(kiosk: Kiosk, face: int = 500) -> None:
    before = len(kiosk.view().notes)
    kiosk.insert(face)
    states = ["taken"] * (before + 1)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == states)


def printed(kiosk: Kiosk) -> None:
    kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)


class Acceptor:
    """An acceptor that outlives the kiosk: in this process, on a pseudo-terminal of its own."""

    def __init__(self) -> None:
        self._line = PtyLine(BillValidator())
        self._line.start()
        self.port = self._line.port
        self.stop, self.unplug, self.plug = self._line.stop, self._line.unplug, self._line.plug

    def insert(self, face: int) -> str:
        return self._line.ask(lambda peer, now_s: peer.insert(face, now_s))

    def stacking(self) -> bool:
        return self._line.ask(lambda peer, now_s: peer.state) is State.STACKING

    def cassette(self) -> list[int]:
        return self._line.ask(lambda peer, now_s: list(peer.cassette))

    def returned(self) -> list[int]:
        return self._line.ask(lambda peer, now_s: list(peer.returned))


@pytest.fixture
def acceptor() -> Iterator[Acceptor]:
    made = Acceptor()
    yield made
    made.stop()


@pytest.fixture
def guest(kiosk: Kiosk) -> Kiosk:
    """A kiosk where a card is registered."""
    kiosk.registered(CARD)
    return kiosk


def test_the_acceptor_without_a_note(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.bench("unplug", "acceptor")
    view = guest.see("ProblemView")
    assert view.headline == SAFE and "500.00" in flat(view.words) and view.code == "N-03"
    guest.picture("pulled")
    guest.touch("continue")
    printed(guest)
    guest.picture("receipt")
    assert "TOTAL 500.00 руб." in flat(guest.slips(1)[0].text)
    guest.touch("leave")
    view = guest.see("WelcomeView", lambda v: "Cash not available now" in v.words)
    guest.picture("welcome")
    guest.bench("plug", "acceptor")
    guest.ready()
    guest.topping_up(CARD)
    one_note(guest, 100)
    assert guest.wallet(CARD) == "600.00"
    assert places(guest) == {"cassette": "500 100"}


def test_the_acceptor_before_it_stacks_put_back_at_once(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.insert(200)
    guest.see("TopUpView", lambda v: v.notes[-1]["state"] == "checking")
    guest.bench("unplug", "acceptor")
    guest.see("TopUpView", lambda v: "Your note is recorded" in v.problem)
    guest.picture("pulled")
    assert guest.wallet(CARD) == "500.00", "credited before it is known to be inside"

    guest.bench("plug", "acceptor")
    view = guest.see("TopUpView", lambda v: v.notes[-1]["state"] != "checking")
    guest.picture("plugged")
    where = places(guest)
    if view.notes[-1]["state"] == "taken":
        assert where == {"cassette": "500 200"} and guest.wallet(CARD) == "700.00"
    else:  # the cable was gone before it heard that it shall stack: it gave the note back
        assert where == {"cassette": "500", "returned": "200"} and guest.wallet(CARD) == "500.00"
    guest.touch("done")
    printed(guest)
    assert len(guest.slips(1)[0].codes) == 1


@pytest.fixture
def stacking(kiosk_on: Callable[..., Kiosk], acceptor: Acceptor) -> Kiosk:
    """500 is on the card; the cable is gone while 200 moves into the cashbox."""
    kiosk = kiosk_on(acceptor=acceptor.port).start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    for face in (500, 200):
        until(lambda face=face: "went in" in acceptor.insert(face), f"{face} went in")
        until(acceptor.stacking, "it is moved into the cashbox")
        if face == 500:
            kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    acceptor.unplug()
    kiosk.see("TopUpView", lambda v: "Your note is recorded" in v.problem)
    assert kiosk.wallet(CARD) == "500.00", "credited before it is known to be inside"
    until(lambda: acceptor.cassette() == [500, 200], "the acceptor goes on by itself")
    return kiosk


def test_the_acceptor_while_it_stacks_put_back_at_once(stacking: Kiosk, acceptor: Acceptor) -> None:
    acceptor.plug()
    stacking.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"] * 2)
    stacking.picture("plugged")
    assert stacking.wallet(CARD) == "700.00"
    stacking.touch("done")
    printed(stacking)
    assert "TOTAL 700.00 руб." in flat(stacking.slips(1)[0].text)


def test_the_acceptor_while_it_stacks_put_back_late(stacking: Kiosk, acceptor: Acceptor) -> None:
    view = stacking.see("ProblemView")
    assert view.headline == RECORDED and "200.00" in flat(view.words) and view.code == "N-04"
    stacking.picture("given-up")
    receipt, check = stacking.slips(2)
    assert "TOTAL 500.00 руб." in flat(receipt.text)
    assert "CHECK SLIP" in check.text and "200.00" in check.text
    assert stacking.wallet(CARD) == "500.00"
    assert "200.00" in stacking.command("note", "list")
    stacking.touch("leave")
    stacking.see("WelcomeView")
    view = stacking.tapped(CARD)
    assert view.balance["amount"] == "500.00" and "200.00" in flat(view.task_body)
    stacking.picture("home-with-a-note-to-check")
    acceptor.plug()
    view = stacking.see("CardHomeView", lambda v: v.balance["amount"] == "700.00")
    assert "checked" not in view.task_body
    stacking.picture("home-decided")
    assert stacking.wallet(CARD) == "700.00"
    assert stacking.command("note", "list") == "no note waits for anybody\n"


def test_the_printer_before_the_slip(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.cable.pull()
    guest.see("TopUpView", lambda v: "No paper receipt now" in v.advice)
    guest.picture("pulled")
    guest.touch("done")
    view = guest.see("ProblemView")
    assert view.headline == SAFE and view.code == "P-04" and "000001" in view.words
    guest.picture("problem")
    assert guest.wallet(CARD) == "500.00"
    guest.touch("continue")
    guest.see("DoneView", lambda v: "000001" in v.body)
    guest.picture("done")
    guest.touch("leave")
    guest.see("WelcomeView", lambda v: "No paper receipts now" in v.words)
    guest.picture("welcome")
    guest.cable.put_back()
    guest.ready()
    assert not guest.new_slips(), "it came out before a stranger"
    reprinted(guest, 1)


def test_the_printer_during_the_slip(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.cable.cut_after_bytes = guest.cable.passed_bytes + 600
    guest.touch("done")
    view = guest.see("ProblemView")
    assert view.headline == SAFE and view.code.startswith("P-") and "000001" in view.words
    guest.picture("problem")
    assert guest.wallet(CARD) == "500.00"
    guest.touch("continue")
    guest.touch("leave")
    guest.cable.put_back()
    guest.ready()
    reprinted(guest, len(guest.new_slips()) + 1)


def reprinted(kiosk: Kiosk, count: int) -> None:
    """At the next tap the receipt can be had, once, under its number, marked COPY."""
    view = kiosk.tapped(CARD)
    assert view.task["id"] == "receipt" and view.balance["amount"] == "500.00"
    kiosk.picture("home-with-receipt")
    kiosk.touch("receipt")
    printed(kiosk)
    kiosk.picture("reprinted")
    receipt = kiosk.slips(count)[-1]
    assert "COPY" in receipt.text and "TOTAL 500.00 руб." in flat(receipt.text)
    (signed,) = receipt.codes
    assert "top_up_receipt 000001, 500.00" in kiosk.command("verify", "--receipt", signed)
    assert kiosk.tapped(CARD).task is None
    assert kiosk.wallet(CARD) == "500.00"


def test_paper_out_before_the_slip(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.printer.fault("paper-out")
    guest.see("TopUpView", lambda v: "No paper receipt now" in v.advice)
    guest.touch("done")
    view = guest.see("ProblemView")
    assert view.headline == SAFE and view.code == "P-02" and "000001" in view.words
    guest.picture("paper-out")
    assert guest.wallet(CARD) == "500.00" and not guest.new_slips()
    guest.touch("continue")
    guest.touch("leave")
    guest.see("WelcomeView", lambda v: "No paper receipts now" in v.words)
    guest.printer.mend()
    guest.ready()
    assert not guest.new_slips(), "it came out before a stranger"
    reprinted(guest, 1)


def test_the_contactless_daemon_dies_in_mid_top_up(guest: Kiosk) -> None:
    guest.topping_up(CARD)
    one_note(guest)
    guest.bench("unplug", "reader")
    one_note(guest, 200)
    guest.picture("goes-on")
    guest.touch("done")
    printed(guest)
    assert "TOTAL 700.00 руб." in flat(guest.slips(1)[0].text)
    guest.touch("leave")
    view = guest.see("WelcomeView", lambda v: "wait a moment or swipe your card" in v.words)
    assert view.headline == "Swipe your card"
    guest.picture("welcome")
    guest.bench("untap")
    guest.bench("plug", "reader")
    guest.ready()
    assert guest.tapped(CARD).balance["amount"] == "700.00"
    assert guest.wallet(CARD) == "700.00"


def test_the_stripe_reader_while_registering(kiosk: Kiosk) -> None:
    kiosk.bench("swipe", STRIPE)
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    kiosk.bench("unplug", "stripe")
    kiosk.touch("register")
    kiosk.touch("agree")
    kiosk.touch("without_phone")
    kiosk.see("NameView")
    kiosk.touch("next")
    printed(kiosk)
    kiosk.picture("registered")
    kiosk.touch("leave")
    view = kiosk.see("WelcomeView", lambda v: "wait a moment or tap your card" in v.words)
    assert view.headline == "Tap your card"
    kiosk.picture("welcome")
    kiosk.bench("plug", "stripe")
    kiosk.ready()
    kiosk.bench("swipe", STRIPE)
    assert kiosk.see("CardHomeView").balance["amount"] == "0.00"


def test_the_kiosk_dies_while_a_note_is_stacked(
    kiosk_on: Callable[..., Kiosk], acceptor: Acceptor
) -> None:
    kiosk = kiosk_on(acceptor=acceptor.port).start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    until(lambda: "went in" in acceptor.insert(500), "500 went in")
    until(acceptor.stacking, "it is moved into the cashbox")
    kiosk.kill()
    assert kiosk.wallet(CARD) == "0.00" and "500.00" in kiosk.command("note", "list")
    until(lambda: acceptor.cassette() == [500], "the acceptor goes on by itself")
    kiosk.start()
    kiosk.ready()
    until(
        lambda: kiosk.command("note", "list") == "no note waits for anybody\n",
        "the note is decided",
    )
    assert kiosk.wallet(CARD) == "500.00"
    assert [e["kind"] for e in kiosk.entries()].count("note_settled") == 1
    assert acceptor.cassette() == [500]
    (found,) = kiosk.slips(1)
    assert "AFTER A RESTART" in found.text, "what the start found is on paper, for staff"
    reprinted(kiosk, 2)
