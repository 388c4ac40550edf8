"""The error catalogue: every message is reached by touches and events, says the exact words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from kiosk.core import flow
from kiosk.core.messages import (
    AcceptorChanged,
    CardRefused,
    DeviceDown,
    DeviceUp,
    Event,
    Light,
    PrinterChanged,
    SlipFailed,
    Sound,
    Touched,
)
from kiosk.core.sentences import CODES, SENTENCES
from kiosk.core.situation import Done, Problem
from kiosk.core.texts import Texts, code
from tests.core.guest import ACCEPTOR, PRINTER, READER
from tests.screens.desk.hands import inside
from tests.screens.guest import walks
from tests.screens.guest.hands import LANGUAGES, Visitor, visitor

CATALOGUE = {
    "R-02": {
        "err.bad_read": "We could not read the card. Hold it still on the sign and tap again."
    },
    "R-03": {"err.unreadable": "This card cannot be read. Ask staff: your money is safe."},
    "K-01": {"err.unknown_card": "This card is not known here. You can register it now."},
    "K-02": {"err.ambiguous": "This card cannot be used here. Please ask staff."},
    "K-03": {
        "err.card_blocked": (
            "This card is blocked. Its balance is safe. Ask staff or use Lost card."
        )
    },
    "K-04": {"err.expired": "This card was valid until {date}. Ask staff."},
    "K-05": {"err.visit_since": "A visit is open on this card since {time}."},
    "K-06": {"err.cannot_prepay": "This kind of card cannot be prepaid."},
    "K-07": {
        "err.bank_card": ("This is a bank card or a phone. Please use the card of this venue.")
    },
    "K-08": {"err.not_ours": "This card is not one of ours. Ask staff."},
    "K-10": {"err.not_genuine": "This card cannot be used. Ask staff."},
    "V-02": {"err.visit_over": "Your visit is {amount} short. Please add money."},
    "P-02": {"err.paper_out": "No paper. Your payment is booked. Scan this code for your receipt."},
    "P-03": {
        "err.paper_out_middle": (
            "No paper. Your payment is booked. Scan this code for your receipt. "
            "Your printed slip may be cut short; this code is complete."
        )
    },
    "P-04": {
        "err.printer": "The printer needs attention. You can continue without a paper receipt."
    },
    "N-01": {"err.note_refused": "This note was returned. Try it again or another one."},
    "N-02": {"err.note_back": "Please take your note back."},
    "N-03": {"err.jam_stacked": "The note machine stopped. {amount} is already on your card."},
    "N-04": {
        "err.jam_unknown": (
            "The machine stopped while taking your note. Please take this slip: "
            "it is worth {amount} after checking."
        )
    },
    "N-05": {"err.cash_closed_terminal": "Cash is closed here. Use a bank card or QR."},
    "H-01": {
        "done.visit_settled_change.body": (
            "We cannot pay out {amount} in coins. Take this slip to the desk."
        )
    },
    "B-01": {"err.payment_declined": "The bank refused the payment. You were not charged."},
    "B-02": {
        "err.payment_unknown": "We are checking this payment with the bank. Do not pay again."
    },
    "W-01": {"why.network_down": "Online services are off. Cash and balances work."},
    "S-01": {"err.storage": "This kiosk is out of service. Nothing was charged."},
    "F-01": {
        "err.fiscal_down": (
            "Your money is booked. The fiscal receipt is printed as soon as its device works again."
        )
    },
    "GX": {"err.out_of_service": "This kiosk is out of service. Please go to the desk."},
    "T-01": {
        "err.timeout_card": "Your {amount} was added to your card.",
        "err.claim": "Your {amount} is on this slip. Please take it to the desk.",
    },
    "X-01": {"pin.wrong": "Wrong PIN. {n} tries left."},
    "X-02": {"err.limited": "This operation is limited to {limit}. Please ask staff."},
    "C-03": {
        "err.bonus_only_play": (
            "Bonus points cannot pay for this. {amount} is missing on the game balance."
        )
    },
    "M-01": {"err.minutes_free": "{free} minutes are free. Choose fewer."},
    "R-01": {
        "err.reader_offline": "The card reader is being restarted. Please wait a moment.",
        "err.reader_offline_swipe": (
            "The card reader is being restarted. Please wait a moment or swipe your card."
        ),
        "err.reader_offline_tap": (
            "The card reader is being restarted. Please wait a moment or tap your card."
        ),
    },
}
"""The guest's messages in the words of the catalogue; of R-01, "use your code" is struck."""

NOT_ON_THE_GUESTS_SCREEN = {
    "V-01": "orders are made by staff and tills: theirs is the refusal",
    "V-03": "silent: nothing is created",
    "P-01": "the guest sees nothing; the desk's devices say that paper is low",
    "N-06": "shows as N-02 or N-04",
    "H-02": "no dispenser pays out here",
    "S-02": "for the attendant: a slip of what was found",
    "C-01": "the desk looks for clients",
    "C-02": "only the desk changes balances",
    "M-02": "where minutes cannot be exchanged, it is not offered and said beforehand",
    "E-01": "a till's refusal",
    "E-02": "seats are split at the desk",
}
"""Codes without a screen of a guest, and why."""

OTHERS = {
    "err.client_not_found": "C-01",
    "err.bonus_no_money": "C-02",
    "err.minutes_exchange": "M-02",
    "err.paper_low": "P-01",
    "err.visit_short": "V-01",
    "err.visit_short_desk": "V-01",
    "err.refund_too_soon": "refunds are paid out at the desk",
    "err.change_limit": "only the desk changes balances",
    "err.change_limit_shift": "only the desk changes balances",
    "err.change_two": "only the desk changes balances",
}
"""Sentences with a code that only staff and tills read."""


@cache
def said(language: str) -> str:
    """Every text on every screen that the walks stop at, a line each."""
    views = walks.guest_views(language, False, False, 0.0).values()
    return "\n".join(text for view in views for text in inside(view, str))


def forms(key: str, texts: Texts) -> list[str]:
    """What a sentence says in a language, as patterns: anything stands for its placeholders."""
    english = SENTENCES[key]
    blanks = dict.fromkeys(re.findall(r"\{(\w+)\}", str(english)), "\x00")
    if isinstance(english, str):
        told = [texts.say(key, **blanks)]
    else:
        del blanks["n"]
        told = [texts.plural(key, n, **blanks).replace(str(n), "\0", 1) for n in (1, 2, 5)]
    return [re.escape(t).replace("\0", ".+").replace("\\\0", ".+") for t in told]


def reached(key: str, language: str) -> bool:
    patterns = forms(key, Texts.of(language))
    return any(re.search(pattern, said(language)) for pattern in patterns)


@pytest.mark.parametrize("known", CATALOGUE)
def test_the_words_are_those_of_the_catalogue(known: str) -> None:
    for key, exact in CATALOGUE[known].items():
        english = SENTENCES[key]
        assert exact in (english if isinstance(english, tuple) else (english,))
        assert code(key) == known or not key.startswith(("err.", "why."))


def test_no_code_is_forgotten() -> None:
    spec = {*CATALOGUE, *NOT_ON_THE_GUESTS_SCREEN}
    assert set(CODES.values()) <= spec
    assert not set(CATALOGUE) & set(NOT_ON_THE_GUESTS_SCREEN)


@pytest.mark.slow
def test_every_message_of_the_catalogue_is_on_a_screen_that_touches_lead_to() -> None:
    """In all three languages; what is said to be for staff only is on no screen of a guest."""
    wanted = {key for keys in CATALOGUE.values() for key in keys} | (set(CODES) - set(OTHERS))
    missing = [(key, x) for x in LANGUAGES for key in sorted(wanted) if not reached(key, x)]
    assert not missing
    assert {key for key in OTHERS if reached(key, "en")} == set()


# --- light, sound and picture ------------------------------------------------------------------


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def test_light_and_picture_change_in_the_same_moment(guest: Visitor) -> None:
    """Through every kind of scene: in each step the lights follow the screen, and only then."""
    seen = []

    def step(event: Event) -> None:
        before = flow.lights(guest.situation)
        shown = [e.pattern for e in guest.tell(event) if isinstance(e, Light)]
        after = flow.lights(guest.situation)
        assert shown == ([] if after == before else [after]), event
        seen.append((type(guest.scene).__name__, after))

    def press(name: str) -> None:
        step(Touched(name, guest.situation.page))

    guest.home()
    for name in ("top_up", "help", "back", "leave", "access", "back", "leave", "help", "no_help"):
        press(name)
    step(CardRefused(READER, "contactless", "bank_card"))
    press("leave")
    step(DeviceDown(READER, "reader", "no answer"))
    step(AcceptorChanged(ACCEPTOR, "cassette_full"))
    step(DeviceUp(READER, "reader"))
    assert dict(seen) == {
        "TopUp": "money",
        "Help": "attention",
        "HelpAlone": "attention",
        "CardHome": "reading",
        "Access": "reading",
        "Problem": "attention",
        "Welcome": "ready",
    }
    assert ("Welcome", "attention") in seen and ("Welcome", "out_of_order") in seen


@pytest.mark.parametrize(
    "event",
    [
        CardRefused(READER, "contactless", "bank_card"),
        CardRefused(READER, "contactless", "unreadable"),
        CardRefused(READER, "magnetic", "unreadable"),
    ],
    ids=["K-07", "R-02", "R-02-swipe"],
)
def test_a_problem_is_heard_in_the_moment_it_is_seen(guest: Visitor, event: Event) -> None:
    effects = guest.tell(event)
    assert isinstance(guest.scene, Problem)
    assert effects == [Sound("attention"), Light("attention")]
    guest.press("help")
    assert guest.press("back") == [], "who comes back to it has heard it"


def test_an_empty_printer_is_heard_once(guest: Visitor) -> None:
    guest.top_up(100)
    guest.press("done")
    assert isinstance(guest.scene, Done)
    effects = guest.tell(SlipFailed(PRINTER, guest.scene.job, "not_printed", "paper_out"))
    assert [e for e in effects if isinstance(e, Sound)] == [Sound("attention")]
    guest.press("leave")
    guest.tell(PrinterChanged(PRINTER, paper="out"))
    guest.top_up(100)
    effects = guest.press("done")
    assert [e for e in effects if isinstance(e, Sound)] == [Sound("ok")]


def test_GX_out_of_service_is_over_as_soon_as_something_works(guest: Visitor) -> None:
    guest.tell(DeviceDown(READER, "reader", "no answer"))
    guest.silent("Out of service")
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    guest.says("Out of service", "This kiosk is out of service. Please go to the desk.", "GX")
    guest.tell(DeviceUp(ACCEPTOR, "acceptor"), AcceptorChanged(ACCEPTOR, "disabled"))
    guest.silent("Out of service")
    guest.tell(DeviceUp(READER, "reader"))
    guest.says("Tap your card")
