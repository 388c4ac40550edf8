"""A situation for every screen and every message, as the flow makes them; names are the gallery's.

`views` sends them through `present`, so the gallery and the audits see what guests see.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kiosk.core.bills import Order, OrderLine, Visit
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.cards import Card
from kiosk.core.cash import NoteHeld
from kiosk.core.clients import Client, Movement
from kiosk.core.clock import Now
from kiosk.core.documents import (
    Document,
    Head,
    Kind,
    Pair,
    Part,
    QrCode,
    Rule,
    Words,
    framed,
)
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, VisitId
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.phones import PhonePlan
from kiosk.core.recognition import Recognised
from kiosk.core.settings import VenueSettings
from kiosk.core.situation import (
    Access,
    Bill,
    CardHome,
    Choice,
    Closed,
    Done,
    History,
    House,
    Limits,
    NoteGoing,
    Problem,
    Registering,
    Scene,
    Situation,
    TapToRegister,
    Timer,
    Times,
    TopUp,
    Unknown,
    Welcome,
)
from kiosk.core.texts import Texts
from kiosk.screens.present import present
from kiosk.screens.view import View

RUB = CURRENCIES["RUB"]
NOW = Now(datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC), 1000.0)
READ = Recognised("tap", "interface", "PDS", "04A1B2C3D4E54821")
READER, STRIPE = DeviceId("reader"), DeviceId("stripe")
ACCEPTOR, PRINTER = DeviceId("acceptor"), DeviceId("printer")
RECEIPT = (
    "FOYER:R1:-10-09A5L4602D0D96ZBNO74QZJ.DR0E5HIAOG8SC0VIS.11D70C8GWGA9K5H.1JY9X.5NKL4HBG"
    "G0++OVHCGDK8Y0GGOJB06JF3R6OF6X9JP30UA0++ONQQTAGGDME.M-:OFCO%:GXFJS*9K9GHETNP2-*K:VR7X"
    "0/A7RKCW2V/94LPO*SOEGQ/18W*1813L0DDJUAWS7J1QVM6L1:+D"
)
"""A signed one, as long as they are: the example of docs/ledger.md."""


def rub(amount: str) -> Money:
    return Money.parse(amount, RUB)


CARD = Card(
    CardId("K1-1-3c"), "PDS:4821", "04A1B2C3D4E54821", "guest", ClientId("K1-1-3p"), "active"
)
ANNA = Client(CARD.client, "Anna", "en", "+7 ••• •••-45-67", rub("1250"), 0, 0, 0, "2026-11-22")
RICH = replace(
    ANNA,
    name="Константин-Александр Преображенский",
    wallet=rub("99999.99"),
    bonus=12480,
    minutes_game=6059,
    minutes_net=645,
)
MINUTE = "2026-11-22T15:{:02}:00.000000Z"


def order(minute: int, place: str, *lines: tuple[str, int, str], paid: bool = False) -> Order:
    made = tuple(OrderLine(text, count, rub(amount)) for text, count, amount in lines)
    total = sum((line.amount for line in made[1:]), made[0].amount)
    return Order(str(minute), MINUTE.format(minute), place, made, total, paid)


ORDERS = (
    order(20, "Lane 4", ("Bowling, 1 hour", 1, "1200"), paid=True),
    order(24, "Bar", ("Lemonade", 2, "360"), ("Pizza", 1, "500")),
    order(31, "Arcade", ("Tickets", 6, "300")),
    order(40, "Bar", ("Ice cream", 4, "480")),
)


def visit(orders: tuple[Order, ...], own: str) -> Visit:
    total = sum((o.total for o in orders), rub("0"))
    unpaid = sum((o.total for o in orders if not o.paid), rub("0"))
    left = rub(own) - unpaid
    return Visit(
        id=VisitId("K1-1-9v"),
        number=7,
        card=CARD.id,
        since=MINUTE.format(5),
        orders=orders,
        total=total,
        unpaid=unpaid,
        deposits=rub("0"),
        limit=rub("0"),
        balance=left,
        to_pay=max(-left, rub("0")),
        personal=True,
    )


def movement(minute: int, kind: str, amount: str, after: str) -> Movement:
    return Movement(MINUTE.format(minute), kind, rub(amount), rub(after))


ROWS = tuple(
    movement(42 - n * 3, "note_settled" if n % 3 else "corrected", "500", str(1250 - 90 * n))
    for n in range(10)
)
HELD = NoteHeld(
    NoteId("acceptor/3/7"), ACCEPTOR, 3, rub("500"), CARD.client, CARD.id, "doubtful", ""
)
SETTLED = replace(HELD, state="settled")


def going(*notes: tuple[str, str]) -> tuple[NoteGoing, ...]:
    return tuple(
        NoteGoing(NoteId(f"acceptor/3/{n}"), rub(value), state)  # type: ignore[arg-type]
        for n, (value, state) in enumerate(notes)
    )


ALL_UP = Machine(
    {
        READER: DeviceState("reader", True),
        STRIPE: DeviceState("reader", True),
        ACCEPTOR: DeviceState("acceptor", True, acceptor="ready"),
        PRINTER: DeviceState("printer", True),
    }
)


def without(*devices: DeviceId, paper_out: bool = False) -> Machine:
    states = {
        name: replace(state, up=False) if name in devices else state
        for name, state in ALL_UP.devices.items()
    }
    if paper_out:
        states[PRINTER] = replace(states[PRINTER], paper="out")
    return Machine(states)


HOUSE = House(
    start=3,
    times=Times(30, 60, 15, 40, 20, 10, 3),
    limits=Limits(40, 10_000_000, 1_500_000),
    language="en",
    languages=("en", "ru", "de"),
    simulated=True,
    contactless=frozenset({READER}),
)
VENUE = VenueSettings(
    name="Orbit Club",
    time_zone="Europe/Moscow",
    accent="#FFC53D",
    currency=RUB,
    faces=(50, 100, 200, 500, 1000),
    balance_max=rub("100000"),
    top_up_max=rub("15000"),
    phone=PhonePlan(),
    default_type="guest",
    terms_version="2026-11",
    opening="",
    rules=(),
)


def paper(kind: Kind, texts: Texts, *body: Part) -> Document:
    """A slip as the books would make it."""
    head = Head(
        kind=kind,
        number=184,
        kiosk="K1",
        venue=VENUE.name,
        at=NOW.wall,
        card_masked=CARD.masked,
        proof="K1-1-184-5C4G-K29A-XX7T-0M3Q",
        marks=("simulated",),
    )
    return framed(head, texts, (Rule(), *body))


def scenes(language: str) -> dict[str, tuple[Scene, Machine]]:
    """Name → the scene, and what works then."""
    texts = Texts.of(language, VENUE.time_zone)
    money = texts.money
    receipt = paper(
        "top_up_receipt",
        texts,
        *(
            Pair(texts.say("doc.note", amount=texts.whole(rub(face))), texts.number(rub(face)))
            for face in ("500", "200")
        ),
        Pair(texts.say("doc.total"), money(rub("700")), "title"),
        Rule(),
        Pair(texts.say("doc.before"), money(rub("1250"))),
        Pair(texts.say("doc.after"), money(rub("1950")), "strong"),
        Rule(),
        Words(texts.say("doc.refund"), align="centre"),
        QrCode(RECEIPT),
    )
    slip = paper(
        "registration_slip",
        texts,
        Pair(texts.say("doc.balance"), money(rub("0")), "strong"),
        Words(texts.say("doc.recovery_caption"), "strong", "centre"),
        QrCode("SECRET"),
        Words(texts.say("doc.recovery"), "strong", "centre"),
    )
    after = replace(ANNA, wallet=rub("1950"))
    done = Done(
        task="topped_up",
        card=CARD,
        client=after,
        total=rub("700"),
        job=JobId("top_up_receipt:184"),
        number=184,
        document=receipt,
        printing="printed",
    )
    registered = replace(
        done,
        task="registered",
        client=replace(ANNA, wallet=rub("0")),
        total=None,
        document=slip,
        phone_given=True,
    )
    home = CardHome(CARD, ANNA, visit(ORDERS, "1250"), ROWS[1])
    two = going(("500", "taken"), ("200", "taken"))
    topping = TopUp(CARD, after, two)
    registering = Registering(READ, keyboard=language)
    kept = {"number": "000184"}
    problems: dict[str, Problem] = {
        "problem-R-02": Problem("err.bad_read", "nothing"),
        "problem-R-02-swipe": Problem("err.bad_swipe", "nothing"),
        "problem-R-03": Problem("err.unreadable", "safe"),
        "problem-K-02": Problem("err.ambiguous", "nothing"),
        "problem-K-03": Problem("err.card_blocked", "safe"),
        "problem-K-04": Problem("err.expired", "nothing", {"date": "2026-10-31"}),
        "problem-K-07": Problem("err.bank_card", "nothing"),
        "problem-K-08": Problem("err.not_ours", "nothing"),
        "problem-staff": Problem("err.ask_staff", "nothing"),
        "problem-N-02": Problem("err.note_back", "nothing"),
        "problem-N-03": Problem("err.jam_stacked", "safe", {"amount": rub("700")}, done),
        "problem-N-03-empty": Problem("err.jam_empty", "nothing", {}, home),
        "problem-N-04": Problem(
            "err.jam_unknown", "recorded", {"amount": rub("500"), "note": "x", "number": "000012"}
        ),
        "problem-N-04-no-slip": Problem(
            "err.jam_unknown_no_slip",
            "recorded",
            {"amount": rub("500"), "note": "x", "number": "000012"},
        ),
        "problem-N-04-some": Problem(
            "err.jam_unknown",
            "recorded",
            {"amount": rub("500"), "note": "x", "number": "000012", "taken": rub("700")},
        ),
        "problem-T-01": Problem(
            "err.claim", "safe", {"amount": rub("500"), "number": "000012", "job": "x"}
        ),
        "problem-T-01-no-slip": Problem(
            "err.claim_no_slip", "safe", {"amount": rub("500"), "number": "000012", "job": "x"}
        ),
        "problem-P-04-middle": Problem(
            "err.printer_middle", "safe", kept, replace(done, printing="failed"), RECEIPT
        ),
        "problem-N-05": Problem("err.cash_closed", "nothing", {}, home),
        "problem-P-02": Problem(
            "err.paper_out", "safe", kept, replace(done, printing="failed"), RECEIPT
        ),
        "problem-P-02-registered": Problem(
            "err.paper_out_registration", "safe", kept, replace(registered, printing="failed")
        ),
        "problem-P-03": Problem(
            "err.paper_out_middle", "safe", kept, replace(done, printing="failed"), RECEIPT
        ),
        "problem-P-04": Problem(
            "err.printer", "safe", kept, replace(done, printing="failed"), RECEIPT
        ),
    }
    by_name: dict[str, tuple[Scene, Machine]] = {
        "welcome": (Welcome(), ALL_UP),
        "welcome-no-cash": (Welcome(), without(ACCEPTOR)),
        "welcome-no-receipts": (Welcome(), without(paper_out=True)),
        "welcome-swipe-only": (Welcome(), without(READER)),
        "welcome-tap-only": (Welcome(), without(STRIPE, PRINTER)),
        "welcome-R-01": (Welcome(), without(READER, STRIPE)),
        "access": (Access(Welcome()), ALL_UP),
        "tap-to-register": (TapToRegister(), ALL_UP),
        "unknown": (Unknown(READ), ALL_UP),
        "register-terms": (registering, ALL_UP),
        "register-terms-text": (replace(registering, step="terms_text"), ALL_UP),
        "register-choice": (replace(registering, step="choice"), ALL_UP),
        "register-choice-no-slip": (replace(registering, step="choice"), without(PRINTER)),
        "register-phone": (replace(registering, step="phone", digits="916204"), ALL_UP),
        "register-phone-whole": (replace(registering, step="phone", digits="9162041234"), ALL_UP),
        "register-phone-consent": (
            replace(registering, step="phone", digits="9162041234", consent=True),
            ALL_UP,
        ),
        "register-phone-use": (replace(registering, step="phone_use"), ALL_UP),
        "register-pin": (replace(registering, step="pin", digits="73", phone="9"), ALL_UP),
        "register-pin-easy": (
            replace(registering, step="pin", problem="register.pin.easy", phone="9"),
            ALL_UP,
        ),
        "register-pin-differs": (
            replace(registering, step="pin", problem="register.pin.different", phone="9"),
            ALL_UP,
        ),
        "register-pin-again": (replace(registering, step="pin_again", digits="739"), ALL_UP),
        "register-name-empty": (replace(registering, step="name"), ALL_UP),
        "register-name": (
            replace(registering, step="name", name="Анна-Мария", shift=False, phone="9"),
            ALL_UP,
        ),
        "registered": (registered, ALL_UP),
        "registered-no-slip": (replace(registered, printing="failed"), without(PRINTER)),
        "home": (home, ALL_UP),
        "home-new": (CardHome(CARD, replace(ANNA, name="", wallet=rub("0")), None, None), ALL_UP),
        "home-everything": (CardHome(CARD, RICH, visit(ORDERS, "99999.99"), ROWS[1]), ALL_UP),
        "home-no-cash": (home, without(ACCEPTOR)),
        "home-note-undecided": (replace(home, undecided=(HELD,)), ALL_UP),
        "home-receipt-missed": (replace(home, unprinted=(SETTLED,)), ALL_UP),
        "home-slip-missed": (replace(home, without_slip=True), ALL_UP),
        "visit": (Bill(CARD, visit(ORDERS, "5000")), ALL_UP),
        "visit-short": (Bill(CARD, visit(ORDERS, "1500")), ALL_UP),
        "visit-short-no-cash": (Bill(CARD, visit(ORDERS, "1500")), without(ACCEPTOR)),
        "visit-long": (Bill(CARD, visit(ORDERS * 6, "10000")), ALL_UP),
        "history": (History(CARD, ROWS), ALL_UP),
        "history-empty": (History(CARD, ()), ALL_UP),
        "top-up-start": (TopUp(CARD, ANNA), ALL_UP),
        "top-up": (topping, ALL_UP),
        "top-up-checking": (
            replace(topping, notes=(*two, *going(("1000", "checking")))),
            ALL_UP,
        ),
        "top-up-N-01": (replace(topping, problem="err.note_refused"), ALL_UP),
        "top-up-N-01-often": (replace(topping, problem="err.note_refused_often"), ALL_UP),
        "top-up-limit": (
            replace(topping, problem="topup.full_amount", problem_args={"limit": rub("15000")}),
            ALL_UP,
        ),
        "top-up-stalled": (
            replace(
                topping,
                notes=(*two, *going(("500", "checking"))),
                stalled=True,
                problem="topup.stalled",
            ),
            without(ACCEPTOR),
        ),
        "top-up-many": (
            TopUp(CARD, after, going(*[("100", "taken")] * 19, ("50", "returned"))),
            ALL_UP,
        ),
        "top-up-no-receipts": (topping, without(PRINTER)),
        "printing": (replace(done, printing="printing"), ALL_UP),
        "done": (done, ALL_UP),
        "done-timed-out": (replace(done, timed_out=True), ALL_UP),
        "done-no-receipt": (replace(done, printing="failed"), ALL_UP),
        "reprinted": (replace(done, task="reprinted"), ALL_UP),
        "closed-S-01": (Closed(), ALL_UP),
        "closed-S-01-note": (Closed(held=True), ALL_UP),
        "closed-S-01-taken": (Closed(taken=rub("700")), ALL_UP),
        "closed-S-01-both": (Closed(held=True, taken=rub("700")), ALL_UP),
        "more-time": (home, ALL_UP),
    }
    return by_name | {name: (scene, ALL_UP) for name, scene in problems.items()}


def situations(language: str, large: bool, contrast: bool) -> dict[str, Situation]:
    """Every situation in one language and look; its session ends in 42 s."""
    untimed = (Welcome, Closed)
    return {
        name: Situation(
            HOUSE,
            VENUE,
            Choice(language, large, contrast),
            machine,
            scene,
            None if isinstance(scene, untimed) else _timer(name),
            page=7,
        )
        for name, (scene, machine) in scenes(language).items()
    }


def _timer(name: str) -> Timer:
    if name == "more-time":
        return Timer(NOW.mono_s - 1, NOW.mono_s + 19, warned=True)
    return Timer(NOW.mono_s + 22, NOW.mono_s + 42)


def real_views(
    language: str, large: bool, contrast: bool, now_s: float = NOW.mono_s
) -> dict[str, View]:
    """What guests see in each; all times are counted from `NOW`."""
    assert now_s == NOW.mono_s
    return views(language, large, contrast)


def views(language: str, large: bool, contrast: bool) -> dict[str, View]:
    """What guests see in each."""
    return {
        name: present(situation, NOW)
        for name, situation in situations(language, large, contrast).items()
    }
