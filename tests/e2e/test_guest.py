"""A guest with a new card: registered, topped up, spending (U1-U3, U5, U6)."""

from __future__ import annotations

import pytest
from PIL import ImageChops

from tests.e2e.machine import Kiosk, codes, flat

pytestmark = pytest.mark.e2e

CARD = "04A1B2C3D4E5F6"
STRIPE = "7700004821"


def kinds(kiosk: Kiosk) -> list[str]:
    return [entry["kind"] for entry in kiosk.entries()]


def put_in(kiosk: Kiosk, decimal: str) -> None:
    """500 and 200, and the sums on the screen after each."""
    kiosk.see("TopUpView")
    kiosk.picture("top-up")
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    assert kiosk.view().inserted["amount"] == f"500{decimal}00"
    kiosk.insert(200)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken", "checking"])
    assert kiosk.view().inserted["amount"] == f"500{decimal}00", "credited while still in escrow"
    kiosk.picture("checking")
    view = kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken", "taken"])
    assert view.inserted["amount"] == f"700{decimal}00"
    kiosk.picture("700")


def credited(kiosk: Kiosk) -> None:
    """The books say of the two notes what the screen and the slip say."""
    settled = [e["postings"] for e in kiosk.entries() if e["kind"] == "note_settled"]
    boxes = [(account, minor) for ((account, _, minor), _) in settled]
    assert boxes == [("1010:K1:acceptor:500", 50_000), ("1010:K1:acceptor:200", 20_000)]
    order = [k for k in kinds(kiosk) if k.startswith(("note_", "slip_"))]
    notes = ["note_held", "note_settled"] * 2
    assert order == ["slip_issued", "slip_recorded", *notes, "slip_issued", "slip_recorded"]


def test_U1_U2_U3_U5_a_contactless_card_with_a_phone(kiosk: Kiosk) -> None:
    kiosk.picture("welcome")
    seen = ImageChops.difference(kiosk.picture("welcome"), kiosk.display.picture())
    assert max(most for _, most in seen.getextrema()) < 8, "the X server shows something else"

    kiosk.bench("tap", CARD)
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    kiosk.picture("unknown")
    kiosk.touch("register")
    kiosk.see("QuestionView", lambda v: v.headline == "Before you begin")
    kiosk.picture("terms")
    kiosk.touch("agree")
    kiosk.see("QuestionView", lambda v: "phone number?" in v.headline)
    kiosk.picture("with-or-without")
    kiosk.touch("with_phone")
    kiosk.see("KeypadView", lambda v: "phone" in v.headline)
    kiosk.touch(*(f"digit:{d}" for d in "9162041234"))
    kiosk.see("KeypadView", lambda v: not v.keys_enabled)
    kiosk.touch("consent")
    kiosk.see("KeypadView", lambda v: v.consent[1] and v.next["enabled"])
    kiosk.picture("phone")
    kiosk.touch("next")
    for headline in ("Choose a 4-digit PIN", "The same PIN once more"):
        kiosk.see("KeypadView", lambda v, wanted=headline: v.headline == wanted)
        kiosk.touch(*(f"digit:{d}" for d in "7391"))
        assert "7391" not in kiosk.see("KeypadView", lambda v: v.next["enabled"]).words
        kiosk.picture("pin")
        kiosk.touch("next")
    kiosk.see("NameView")
    kiosk.touch("key:A")
    kiosk.see("NameView", lambda v: v.shown == "A")
    kiosk.touch("key:n", "key:n", "key:a")
    kiosk.see("NameView", lambda v: v.shown == "Anna")
    kiosk.picture("name")
    assert kinds(kiosk) == ["venue_imported", "started"], "kept before the last step"
    kiosk.touch("next")
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.headline == "Your card is ready"
    shown = kiosk.picture("registered")
    (slip,) = kiosk.slips(1)
    assert "REGISTRATION" in slip.text and "Balance 0.00 руб." in flat(slip.text)
    (secret,) = slip.codes
    assert secret and not codes(shown), "the recovery code is for the paper alone"
    assert secret not in view.words and secret not in str(kiosk.entries())

    kiosk.touch("top_up")
    put_in(kiosk, ".")
    kiosk.touch("done")
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.figure["amount"] == "700.00" and "receipt\u00a0000001" in view.body
    shown = kiosk.picture("receipt")
    receipt = kiosk.slips(2)[-1]
    text = flat(receipt.text)
    assert "500 руб. note 500.00 200 руб. note 200.00 TOTAL 700.00 руб." in text
    assert "Balance after 700.00 руб." in text and "Receipt 000001" in text
    assert "SIMULATED" in text and "COPY" not in text
    (signed,) = receipt.codes
    assert codes(shown) == [signed], "the screen shows what was printed"
    assert "top_up_receipt 000001, 700.00" in kiosk.command("verify", "--receipt", signed)
    credited(kiosk)

    kiosk.touch("leave")
    kiosk.ready()
    kiosk.bench("untap")
    kiosk.bench("tap", CARD)
    view = kiosk.see("CardHomeView")
    assert view.frame["title"] == "Hello, Anna" and view.balance["amount"] == "700.00"
    assert view.visit is None
    kiosk.picture("home")
    kiosk.bench("order", CARD, "2xLemonade=180", "Pizza=240.50")
    kiosk.bench("order", CARD, "Tea=120")
    view = kiosk.see("CardHomeView", lambda v: v.visit and "2 orders" in v.visit["headline"])
    assert view.visit["total"]["amount"] == "540.50" and view.balance["amount"] == "700.00"
    kiosk.picture("home-with-visit")
    kiosk.touch("visit")
    view = kiosk.see("VisitView")
    assert [row["amount"] for row in view.rows] == ["420.50", "120.00"]
    sums = flat(str(view.sums))
    assert "540.50" in sums
    kiosk.picture("visit")

    told = kiosk.card(CARD)
    assert told["client"]["wallet"] == "700.00" and told["visit"]["total"] == "540.50"
    assert told["client"]["name"] == "A•••" and "2041234" not in str(told)
    assert "Anna" not in str(kiosk.entries()) and CARD not in kiosk.log()


def test_U1_U2_U3_U6_a_stripe_card_without_a_phone_in_larger_russian(kiosk: Kiosk) -> None:
    kiosk.touch("access")
    kiosk.see("AccessView")
    kiosk.touch("language:ru")
    kiosk.see("AccessView", lambda v: v.frame["language"] == "ru")
    kiosk.touch("large")
    kiosk.see("AccessView", lambda v: v.frame["large"])
    kiosk.picture("access")
    kiosk.touch("back")
    kiosk.see("WelcomeView", lambda v: v.frame["large"])
    kiosk.picture("welcome")
    kiosk.bench("swipe", STRIPE)
    kiosk.see("QuestionView", lambda v: v.buttons[0]["id"] == "register")
    kiosk.picture("unknown")
    kiosk.touch("register")
    kiosk.see("QuestionView", lambda v: v.buttons[0]["id"] == "agree")
    kiosk.picture("terms")
    kiosk.touch("agree")
    kiosk.see("QuestionView", lambda v: v.buttons[0]["id"] == "with_phone")
    kiosk.picture("with-or-without")
    kiosk.touch("without_phone")
    kiosk.see("NameView")
    kiosk.touch("key:Я")
    kiosk.see("NameView", lambda v: v.shown == "Я")
    kiosk.touch("key:н", "key:а")
    kiosk.see("NameView", lambda v: v.shown == "Яна")
    kiosk.picture("name")
    assert kinds(kiosk) == ["venue_imported", "started"], "kept before the last step"
    kiosk.touch("next")
    kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    kiosk.picture("registered")
    (slip,) = kiosk.slips(1)
    assert "РЕГИСТРАЦИЯ" in slip.text and "4821" in slip.text
    assert len(slip.codes) == 1
    kiosk.touch("top_up")
    put_in(kiosk, ",")
    kiosk.touch("done")
    view = kiosk.see("DoneView", lambda v: v.slip_note and not v.printing)
    assert view.figure["amount"] == "700,00" and "000001" in view.body
    shown = kiosk.picture("receipt")
    receipt = kiosk.slips(2)[-1]
    text = flat(receipt.text)
    assert "500,00" in text and "200,00" in text and "700,00 руб." in text
    (signed,) = receipt.codes
    assert codes(shown) == [signed], "the screen shows what was printed"
    assert "top_up_receipt 000001, 700.00" in kiosk.command("verify", "--receipt", signed)
    credited(kiosk)

    kiosk.touch("leave")
    view = kiosk.ready()
    assert view.frame["language"] == "en" and not view.frame["large"], "the next guest's screen"
    kiosk.bench("swipe", STRIPE)
    view = kiosk.see("CardHomeView")
    assert view.frame["title"] == "Hello, Яна" and view.balance["amount"] == "700.00"
    kiosk.bench("order", STRIPE, "Lemonade=180")
    kiosk.bench("order", STRIPE, "Tea=120.50")
    view = kiosk.see("CardHomeView", lambda v: v.visit and "2 orders" in v.visit["headline"])
    assert view.visit["total"]["amount"] == "300.50"
    kiosk.touch("visit")
    view = kiosk.see("VisitView")
    assert [row["amount"] for row in view.rows] == ["180.00", "120.50"]
    kiosk.touch("access")
    kiosk.touch("language:ru")
    kiosk.touch("large")
    kiosk.see("AccessView", lambda v: v.frame["large"])
    kiosk.touch("back")
    kiosk.see("VisitView", lambda v: v.frame["large"])
    kiosk.picture("visit")
    assert kiosk.wallet(STRIPE) == "700.00"
    assert kiosk.card(STRIPE)["visit"]["total"] == "300.50"
    assert STRIPE not in kiosk.log()
