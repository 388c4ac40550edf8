"""The bench and staff's commands, each a process of its own, with a kiosk running."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kiosk.hardware.peers.line import PtyLine
from kiosk.hardware.peers.magstripe import StripeReader
from tests.e2e.machine import KIOSK, ROOT, Kiosk, until

pytestmark = pytest.mark.e2e

CARD = "04A1B2C3D4E5F6"
STRIPE = "7700004821"


def bench(kiosk: Kiosk, *words: str) -> str:
    """What it answers, without the end of the line."""
    return kiosk.command("bench", *words).rstrip("\n")


def refused(kiosk: Kiosk, *words: str) -> str:
    """The one sentence of a command that cannot be done."""
    done = subprocess.run(
        [*KIOSK, words[0], "--config", str(kiosk.config), *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (1, 75) and not done.stdout, done
    (line,) = done.stderr.splitlines()
    return line


def test_every_verb_of_the_bench(kiosk_on: Callable[..., Kiosk], tmp_path: Path) -> None:
    kiosk = kiosk_on(own_printer=True).start()
    kiosk.ready()
    assert bench(kiosk, "tap", CARD) == f"a card lies on the reader: {CARD}"
    kiosk.see("QuestionView")
    assert bench(kiosk, "untap") == "the card was taken away"
    assert bench(kiosk, "touch", "Register this card") == "touched register"
    kiosk.see("QuestionView", lambda v: v.headline == "Before you begin")
    (agree,) = [t for t in json.loads(bench(kiosk, "targets"))["targets"] if t["id"] == "agree"]
    point = f"{agree['x'] + 5:.0f},{agree['y'] + 5:.0f}"
    assert bench(kiosk, "touch", point) == "touched agree"
    kiosk.see("QuestionView", lambda v: "phone number?" in v.headline)
    assert bench(kiosk, "touch", "without_phone") == "touched without_phone"
    kiosk.see("NameView")
    bench(kiosk, "touch", "next")
    kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    slips = tmp_path / "slips"
    assert bench(kiosk, "receipts", str(slips)) == f"1 slip in {slips}"
    assert "REGISTRATION" in (slips / "slip-001.txt").read_text()
    Image.open(slips / "slip-001.png").verify()

    assert bench(kiosk, "paper", "low") == "the paper is nearly out"
    assert bench(kiosk, "paper", "out") == "the paper is out"
    assert bench(kiosk, "paper", "ok") == "a full roll is in"
    assert bench(kiosk, "cover", "open") == "the cover is open"
    assert bench(kiosk, "cover", "close") == "the cover is closed"
    bench(kiosk, "touch", "top_up")
    kiosk.see("TopUpView")
    assert json.loads(bench(kiosk, "lights"))
    until(lambda: bench(kiosk, "note", "500") == "500 went in", "a note went in")
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    assert "jammed" in bench(kiosk, "jam")
    view = kiosk.see("ProblemView")
    assert view.headline == "Your money is safe."
    kiosk.picture("jam")
    assert bench(kiosk, "clear") == "cleared; the acceptor starts over"
    bench(kiosk, "touch", "continue")
    bench(kiosk, "touch", "leave")
    kiosk.ready()
    assert bench(kiosk, "order", CARD, "2xLemonade=180", "Pizza=240.50").endswith("of 420.50 RUB")
    for device in ("acceptor", "stripe", "reader", "printer"):
        assert bench(kiosk, "unplug", device) == f"{device} is unplugged"
    kiosk.see("WelcomeView", lambda v: v.headline == "Out of service")
    kiosk.picture("all-cables")
    for device in ("acceptor", "stripe", "reader", "printer"):
        assert bench(kiosk, "plug", device) == f"{device} is plugged in"
    kiosk.ready()
    assert bench(kiosk, "swipe", STRIPE) == "swiped"
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    shot = tmp_path / "shot.png"
    assert bench(kiosk, "screenshot", str(shot)) == str(shot)
    Image.open(shot).verify()
    assert json.loads(bench(kiosk, "state"))["view"] == "QuestionView"
    assert kiosk.wallet(CARD) == "500.00"


def test_clear_errors_and_staffs_commands(kiosk: Kiosk) -> None:
    kiosk.registered(CARD)
    for words, sentence in (
        (("tip", CARD), "there is no verb 'tip'; did you mean \"tap\"?"),
        (("tap", "xyz"), "'xyz' is no UID"),
        (("untap", "now"), "untap takes no words"),
        (("swipe",), "swipe TRACKS"),
        (("note", "many"), "'many' is not a whole number"),
        (("jam", "twice"), "jam [cassette]"),
        (("order", CARD), "usage: order CARD ITEM=PRICE"),
        (("order", CARD, "Tea"), "'Tea' is no ITEM=PRICE"),
        (("order", CARD, "Tea=much"), "much"),
        (("order", "4711", "Tea=1"), "there is no card 4711"),
        (("order", CARD, "Yacht=100000"), "Not enough money on this visit"),
        (("touch", "Fly"), "'Fly' is not on the screen; there is:"),
        (("unplug", "acceptr"), 'did you mean "acceptor"?'),
        (("plug",), "usage: plug DEVICE"),
        (("screenshot", "/nowhere/x.png"), "/nowhere is no folder"),
    ):
        assert sentence in refused(kiosk, "bench", *words), words
    assert "is in use: process" in refused(kiosk, "run")
    assert "say why" in refused(kiosk, "card", "block", CARD)
    assert "card_blocked" in kiosk.command("card", "--reason", "found", "block", CARD)
    kiosk.bench("tap", CARD)
    view = kiosk.see("ProblemView")
    assert view.code == "K-03"
    kiosk.picture("blocked")
    assert "card_unblocked" in kiosk.command("card", "--reason", "fetched", "unblock", CARD)
    assert "Nothing is different" in refused(kiosk, "import", str(ROOT / "kiosk/demo_venue.toml"))
    state = subprocess.Popen(
        [*KIOSK, "bench", "--config", str(kiosk.config), "state"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert state.stdout is not None and state.stderr is not None
    state.stdout.close()
    assert state.stderr.read() == b"" and state.wait() == 0
    state.stderr.close()


def test_the_bench_refuses_a_real_store(kiosk_on: Callable[..., Kiosk]) -> None:
    line = PtyLine(StripeReader())
    line.start()
    real = f'[devices.stripe]\ndriver = "magstripe"\nport = "{line.port}"\n'
    kiosk = kiosk_on(devices=real).start()
    assert not kiosk.see("WelcomeView", lambda v: v.headline == "Swipe your card").frame["mark"]
    for words in (("state",), ("swipe", STRIPE), ("touch", "register")):
        assert "the bench drives simulated kiosks only" in refused(kiosk, "bench", *words)
    line.ask(lambda reader, now_s: reader.swipe(STRIPE))
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    kiosk.picture("real")
    kiosk.stop()
    line.stop()
