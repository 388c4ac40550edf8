"""Money that is nobody's, on the running kiosk: a ticket comes out and is redeemed once."""

from __future__ import annotations

import pytest

from tests.core.guest import DEMO
from tests.e2e.machine import Kiosk, flat

pytestmark = [pytest.mark.e2e, pytest.mark.beside]

CARD = "04A1B2C3D4E5F6"
WHY = ("--reason", "brought to the desk")


def refused(kiosk: Kiosk, *words: str) -> str:
    with pytest.raises(AssertionError) as told:
        kiosk.command(*words)
    return str(told.value)


def test_T01_a_note_that_was_to_go_back_becomes_a_claim(kiosk: Kiosk) -> None:
    venue = kiosk.folder / "venue.toml"
    venue.write_text(DEMO.replace("top_up_max = 15000", "top_up_max = 550"), "utf-8")
    kiosk.command("import", str(venue))
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    # One top-up may be 550 at most: the next note is told to go back, and does not.
    kiosk.bench("spoil", "returns", "1")
    kiosk.insert(100)
    view = kiosk.see("TopUpView", lambda v: "on this slip" in v.problem)
    assert "100.00" in flat(view.problem)
    kiosk.picture("claim")
    (ticket,) = kiosk.slips(1)
    (text,) = ticket.codes
    assert text.startswith("FOYER:CLAIM:K1:000001:10000:RUB:")
    assert "CLAIM" in ticket.text and "Proof K1-1-" in ticket.text

    assert kiosk.command("claim", "list").startswith("000001  100.00")
    assert "genuine" in kiosk.command("claim", "check", text)
    forged = text[:-1] + ("A" if text[-1] != "A" else "E")
    assert "not genuine" in refused(kiosk, "claim", "redeem", forged, CARD, *WHY)
    kiosk.command("claim", "redeem", text, CARD, *WHY)
    assert "redeemed already" in refused(kiosk, "claim", "redeem", text, CARD, *WHY)
    assert "redeemed already" in refused(kiosk, "claim", "redeem", text, "cash", *WHY)
    assert kiosk.wallet(CARD) == "600.00"
    assert kiosk.command("claim", "list") == "no claim is open\n"
    assert "cassette: 500 100" in kiosk.bench("notes")


def test_a_client_is_erased_while_the_kiosk_runs(kiosk: Kiosk) -> None:
    kiosk.registered(CARD)
    client = str(kiosk.card(CARD)["client"]["id"])
    assert "client_erased" in kiosk.command("client", "erase", client, "--reason", "asked for it")
    # Asked for twice, it is the same erasure.
    kiosk.command("client", "erase", client, "--reason", "again")
    assert [entry["kind"] for entry in kiosk.entries()].count("client_erased") == 1
    assert kiosk.wallet(CARD) == "0.00"
    kiosk.tapped(CARD)
