"""A12: a kiosk goes into training and back; the real books know of no money of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.machine import KIOSK, ROOT, Kiosk, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

OWNER, CASHIER, PIN = "106", "101", "482915"
CARD = "04A1B2C3D4E580"


def pin_of(kiosk: Kiosk, number: str) -> None:
    subprocess.run(
        [*KIOSK, "staff", "--config", str(kiosk.config), "pin", number],
        cwd=ROOT,
        input=f"{PIN}\n",
        text=True,
        check=True,
        capture_output=True,
    )


def to_training(kiosk: Kiosk, number: str) -> None:
    """Sign in, and go to the page of the training."""
    kiosk.touch("access")
    kiosk.touch("staff")
    kiosk.see("SignInView")
    kiosk.touch(*(f"digit:{digit}" for digit in number))
    kiosk.touch("field:pin", *(f"digit:{digit}" for digit in PIN), "next")
    kiosk.see("DeskView")
    kiosk.touch("section:settings")
    kiosk.see("DeskView", lambda v: v.title == "Settings")
    kiosk.touch("training")
    kiosk.see("DeskView", lambda v: v.title == "Training")


def begun(kiosk: Kiosk) -> None:
    """The kiosk is in training, at its welcome screen, over its other books."""
    to_training(kiosk, OWNER)
    kiosk.picture("before")
    kiosk.touch("begin")
    real, kiosk.store = kiosk.store, kiosk.store / "training"
    until(lambda: "the program begins anew: training" in kiosk.log(), kiosk.log)
    until(kiosk._answers, kiosk.log)
    view = kiosk.ready()
    assert view.frame["banner"].startswith("TRAINING") and kiosk.store.parent == real
    kiosk.picture("welcome")


def money(entries: list[dict[str, Any]]) -> list[list[Any]]:
    return [entry["postings"] for entry in entries if entry["postings"]]


def test_A12_training_takes_pretended_notes_and_leaves_the_real_books_alone(
    kiosk_on: Callable[..., Kiosk],
) -> None:
    kiosk = kiosk_on()
    pin_of(kiosk, OWNER)
    pin_of(kiosk, CASHIER)
    kiosk.start().ready()
    real = kiosk.store
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    assert not kiosk.view().pretend, "a real kiosk pretends nothing"
    kiosk.touch("done")
    kiosk.see("DoneView", lambda v: not v.printing)
    kiosk.touch("leave")
    kiosk.ready()
    before, process = kiosk.entries(), kiosk.process

    begun(kiosk)
    assert kiosk.process == process
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.see("TopUpView", lambda v: v.pretend)
    kiosk.picture("top-up")
    kiosk.touch("pretend:1000")
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    kiosk.touch("pretend:100")
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken", "taken"])
    assert kiosk.view().inserted["amount"].endswith("100.00")
    kiosk.touch("done")
    kiosk.see("DoneView", lambda v: not v.printing)
    (slip,) = kiosk.slips(1)
    assert slip.text.count("TRAINING") == 2, "at the top and at the end"
    assert "cassette: 1000 100" in kiosk.bench("notes")
    kiosk.touch("leave")
    kiosk.ready()

    # A cashier, who could not have begun it, ends it.
    to_training(kiosk, CASHIER)
    kiosk.touch("end")
    kiosk.store = real
    until(lambda: "the program begins anew: real" in kiosk.log(), kiosk.log)
    until(kiosk._answers, kiosk.log)
    assert kiosk.ready().frame["banner"] == ""
    after = kiosk.entries()
    assert money(after) == money(before) and kiosk.wallet(CARD) == "500.00"
    since = [(e["kind"], e["actor"]) for e in after[len(before) :]]
    assert [of for of in since if of[0] != "acceptor_rested"] == [
        ("staff_signed_in", "kiosk"),
        ("training_begun", f"staff:{OWNER}"),
        ("started", "kiosk"),
    ]
    assert kiosk.tapped(CARD).balance["amount"].startswith("500")


def test_A12_after_a_power_cut_the_kiosk_is_real(kiosk_on: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_on()
    pin_of(kiosk, OWNER)
    kiosk.start().ready()
    real = kiosk.store
    begun(kiosk)
    kiosk.kill()
    kiosk.store = real
    kiosk.start()
    assert kiosk.ready().frame["banner"] == ""
    assert [e["kind"] for e in kiosk.entries()].count("training_begun") == 1
