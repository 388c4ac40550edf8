"""Prepayments and deposits: money on a visit, in notes at the kiosk, anyhow at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.audit import audit
from kiosk.core.bills import OrderLine
from kiosk.core.bonus import GrantTopUpBonus
from kiosk.core.cards import BlockCard, FindCard
from kiosk.core.cash import (
    DoubtNote,
    HoldDeposit,
    NotesOfVisit,
    NotesWithoutReceipt,
    SettleNote,
    SuspendedNotes,
    VoidNote,
)
from kiosk.core.checkout import VoidVisit
from kiosk.core.claims import ClaimOfNote, IssueClaim, OpenClaims, RedeemClaim
from kiosk.core.clients import RegisterCard
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import PayOrder, SaveOrder
from kiosk.core.prepayments import (
    AbandonPrepayment,
    BeginPrepayment,
    CompletePrepayment,
    Deposit,
    DepositRefusal,
    DepositsOf,
    GetPrepayment,
    IssueDepositReceipt,
    PendingPrepayments,
)
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.shifts import EndOfShift
from kiosk.core.slip_documents import LAYOUTS
from kiosk.core.slips import GetSlip, IssueCheckSlip, IssueTopUpReceipt, SlipDocument
from kiosk.core.tenders import Tender
from kiosk.core.venue_file import parse
from kiosk.core.visits import CreateVisit, OpenVisit
from tests.core.centre import CENTRE, PLAIN, Centre, read
from tests.core.guest import make_venue, rub, shelf

Make = Callable[..., Centre]
NO_FLOATING = PLAIN.replace("floating_prepay_enabled = true", "floating_prepay_enabled = false")
PERSONAL = Recognised("Member card", "interface", "PDS", "04A1B2C3D4E5F6")


@pytest.fixture
def make() -> Iterator[Make]:
    """A centre with this venue's file."""
    with ExitStack() as rooms:

        def made(text: str = PLAIN, shift: int | None = 5000) -> Centre:
            venue = make_venue(rooms.enter_context(shelf()), text)
            rooms.callback(venue.close)
            return Centre(venue, shift=shift)

        yield made


@pytest.fixture
def centre(make: Make) -> Centre:
    return make()


def with_type(kind: str, *settings: str, text: str = PLAIN) -> str:
    """The file with these settings more on one card type."""
    head = f'id = "{kind}"\n'
    assert text.count(head) == 1
    return text.replace(head, head + "".join(f"{line}\n" for line in settings))


# --- fixed, in notes ----------------------------------------------------------------------------


def test_E13_E14_E16_a_prepayment_in_notes_opens_the_visit_with_it(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    assert str(centre.prepayment(visit).wanted) == "1000.00"
    assert centre.open_visits() == 0 and not centre.known("entrance-1000")
    centre.insert(visit, 500)
    assert not centre.prepayment(visit).enough
    assert centre.refused(CompletePrepayment(visit), "guest") == "err.prepayment_short"
    centre.insert(visit, 500)
    assert centre.prepayment(visit).enough
    entry = centre.did(CompletePrepayment(visit), "guest")
    opened = centre.visit(visit)
    assert opened.id == visit == entry.refs["visit"], "the id it had from the beginning"
    assert (str(opened.deposits), opened.number, opened.guests) == ("1000.00", 1, 2)
    assert centre.on(f"2030:{visit}") == -1000
    assert centre.known("entrance-1000")
    assert centre.prepayment(visit).state == "completed"
    assert not entry.postings, "the notes were credited one by one"
    centre.sound()


def test_E14_E25_the_amount_is_that_of_the_type_when_it_began(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    dearer = PLAIN.replace("prepay_amount = 1000", "prepay_amount = 1500")
    centre.did(ImportVenue(parse(dearer)), "cli")
    centre.insert(visit, 1000)
    centre.did(CompletePrepayment(visit), "guest")
    assert str(centre.visit(visit).deposits) == "1000.00"
    assert str(centre.prepayment(centre.begin("entrance-1000", "2")).wanted) == "1500.00"


def test_E15_as_many_types_as_prepayments_and_two_of_one_amount(make: Make) -> None:
    twin = PLAIN + (
        '\n[[card_types]]\nid = "entrance-1000-more"\nname = "With a limit"\npersonal = false\n'
        'prepay_amount = 1000\nlimit = 3000\n[[rules]]\nname = "More"\nalgorithm = "prefix"\n'
        'signals = ["magnetic"]\ntrack = 2\npattern = "64"\nscope = "entrance_card"\n'
        'object = "entrance-1000-more"\n'
    )
    centre = make(twin)
    shown = {}
    for kind, faces in (
        ("entrance-500", (500,)),
        ("entrance-1000", (1000,)),
        ("entrance-2000", (2000,)),
        ("entrance-1000-more", (1000,)),
    ):
        opened = centre.visit(centre.prepaid(kind, *faces))
        shown[kind] = (str(opened.deposits), str(opened.balance))
    assert shown == {
        "entrance-500": ("500.00", "500.00"),
        "entrance-1000": ("1000.00", "1500.00"),
        "entrance-2000": ("2000.00", "3000.00"),
        "entrance-1000-more": ("1000.00", "4000.00"),
    }
    assert str(centre.visit(centre.created("entrance")).deposits) == "0.00", "none is an option"


def test_E17_the_prepayment_is_the_visits_and_never_the_cards(centre: Centre) -> None:
    first = centre.prepaid("entrance-1000", 1000)
    card = centre.visit(first).card
    centre.order(first, 400)
    wallets = [b for b in centre.kept("balances") if str(b["account"]).startswith("2010")]
    assert not wallets, "the card's own wallet does not move"
    centre.venue.ledger.verify()
    # Its minimum of 1000 would eat the change.
    plain = PLAIN.replace('limit = 500\nmarkup = "least"', "limit = 500")
    centre.did(ImportVenue(parse(plain)), "cli")
    centre.calculate(first)
    assert (centre.on(f"2030:{first}"), centre.on("1030")) == (0, 5000 - 600)
    second = centre.prepaid("entrance-1000", 1000)
    assert centre.visit(second).card == card
    assert str(centre.visit(second).deposits) == "1000.00", "and not 1600"
    centre.sound()


def test_E23_E24_E25_a_prepayment_that_is_not_accounted_needs_its_amount_alone(
    make: Make,
) -> None:
    bare = PLAIN.replace('prepay_reason = "advance"\n', "").replace("floating_reason", "#")
    bare = bare.replace("floating_prepay_enabled = true", "floating_prepay_enabled = false")
    for section in ('[[money_reasons]]\nid = "advance"', '[[money_reasons]]\nid = "more"'):
        start = bare.index(section)
        bare = bare[:start] + bare[bare.index("[[", start + 2) :]
    assert "advance" not in bare and "prepay_amount = 1000" in bare
    centre = make(bare)
    visit = centre.prepaid("entrance-1000", 1000)
    assert str(centre.visit(visit).deposits) == "1000.00"
    assert centre.kept("fiscal") == []
    at_desk = centre.created("entrance-500")
    assert str(centre.visit(at_desk).deposits) == "500.00"


def test_E88_a_reason_is_ignored_where_nothing_is_accounted(centre: Centre) -> None:
    """The file's prepay_reason is warned of (venue_file); here it changes nothing."""
    centre.prepaid("entrance-1000", 1000)
    centre.created("entrance-2000")
    assert centre.kept("fiscal") == []
    reasons = {str(d["reason"]) for d in centre.kept("deposits")}
    assert reasons == {""}


@pytest.mark.parametrize(
    "spoilt",
    [
        ("prepayment = true\n", "", "err.prepay_reason"),  # E21: the box
        ('id = "deposits"\n', 'id = "deposits"\nundistributed = false\n', "err.markup_missing"),
        ('id = "deposits"\n', 'id = "deposits"\ncount_type = "percent"\n', "err.markup_missing"),
        ('id = "entrance-1000"\n', "", "err.prepay_reason"),  # E22: no reason
    ],
)
def test_E19_E20_E21_E22_a_fiscal_prepayment_without_its_conditions_is_refused(
    make: Make, spoilt: tuple[str, str, str]
) -> None:
    """Such a file is not imported; what an older version left in the store is refused, too."""
    centre = make(CENTRE)
    old, new, key = spoilt
    kind = {**(centre.venue.store.get("card_types", "entrance-1000") or {})}
    reason = {**(centre.venue.store.get("money_reasons", "advance") or {})}
    markup = {**(centre.venue.store.get("markups", "deposits") or {})}
    if "prepayment" in old:
        reason["prepayment"] = False
    elif "undistributed" in new:
        markup["undistributed"] = False
    elif "percent" in new:
        markup["count_type"] = "percent"
    else:
        kind["prepay_reason"] = ""
    draft = Draft("venue_imported")
    for table, document in (("card_types", kind), ("money_reasons", reason), ("markups", markup)):
        draft.set(table, document)
    centre.venue.ledger.post(draft, key="spoilt", actor="cli", command="x", now=centre.now)
    begin = BeginPrepayment(read("entrance-1000"), "en", 2)
    assert centre.refused(begin, "guest") == key
    create = CreateVisit(read=read("entrance-1000"), guests=2)
    assert centre.refused(create, "staff:201") == key
    assert centre.open_visits() == 0


def test_E19_E22_a_fiscal_prepayment_with_all_four_conditions_is_taken(make: Make) -> None:
    centre = make(CENTRE)
    visit = centre.prepaid("entrance-1000", 1000)
    centre.created("entrance-500")
    assert [d["minor"] for d in centre.kept("fiscal")] == [100_000, 50_000]
    assert str(centre.visit(visit).deposits) == "1000.00"
    centre.sound()


def test_E40_E41_no_leaves_nothing_behind(centre: Centre) -> None:
    """No after the amount was shown: no row, no number, no posting, no slip."""
    visit = centre.begin("entrance-1000")
    entry = centre.did(AbandonPrepayment(visit), "guest")
    assert not entry.postings and centre.ask(OpenClaims()) == ()
    assert centre.kept("visits") == [] and issued(centre) == []
    assert not centre.known("entrance-1000")
    assert centre.visit(centre.prepaid("entrance-1000", 1000)).number == 1


@pytest.mark.parametrize("actor", ["guest", "kiosk"])
def test_E40_a_guest_pays_before_the_visit_is_there(centre: Centre, actor: str) -> None:
    create = CreateVisit(read=read("entrance-1000"), guests=2)
    assert centre.refused(create, actor) == "err.prepay_first"


def test_E66_a_personal_card_is_never_prepaid(make: Make) -> None:
    centre = make()
    begin = BeginPrepayment(PERSONAL, "en", 2)
    assert centre.refused(begin, "guest") == "err.unknown_card"
    card = registered(centre)
    assert centre.refused(begin, "guest") == "err.personal_prepaid"
    # What no file says any more: a personal type with a prepayment.
    kind = centre.venue.store.get("card_types", "member") or {}
    draft = Draft("venue_imported")
    draft.set("card_types", kind | {"prepay_amount": 50_000})
    centre.venue.ledger.post(draft, key="spoilt", actor="cli", command="x", now=centre.now)
    assert centre.refused(begin, "guest") == "err.personal_prepaid"
    assert centre.refused(CreateVisit(card, guests=1), "staff:201") == "err.personal_prepaid"


def test_what_would_refuse_the_visit_refuses_the_first_note(centre: Centre) -> None:
    """Nobody pays for a visit that cannot be opened."""
    begin = BeginPrepayment(read("entrance-1000"), "en", 2)
    assert centre.refused(replace(begin, guests=0), "guest") == "err.guests"
    assert centre.refused(replace(begin, comment="a\nb"), "guest") == "err.visit_comment"
    none = replace(begin, read=read("entrance"))
    assert centre.refused(none, "guest") == "err.not_prepaid"
    staff = Recognised("Staff card", "employee", "", "9900000201")
    assert centre.refused(replace(begin, read=staff), "guest") == "err.not_ours"
    strange = Recognised("Old", "entrance_card", "gone", "1")
    assert centre.refused(replace(begin, read=strange), "guest") == "err.card_type_missing"
    centre.begin("entrance-1000", "2")
    assert centre.refused(replace(begin, read=read("entrance-1000", "2")), "guest") == (
        "err.prepayment_pending"
    )
    visit = centre.prepaid("entrance-1000", 1000)
    assert centre.refused(begin, "guest") == "err.visit_open"
    centre.did(VoidVisit(visit, reason="a test"), "staff:202")
    centre.did(BlockCard(centre.visit(visit).card, "lost"), "cli")
    assert centre.refused(begin, "guest") == "err.card_blocked"


def test_only_guests_and_the_kiosk_begin_and_only_the_kiosk_holds(centre: Centre) -> None:
    begin = BeginPrepayment(read("entrance-1000"), "en", 2)
    for actor in ("staff:201", "till:bar", "cli"):
        assert centre.refused(begin, actor) == "err.not_allowed"
    visit = centre.begin("entrance-1000")
    hold = HoldDeposit(NoteId("acceptor/1/9"), rub(500), visit)
    for actor in ("guest", "staff:206", "till:bar", "cli"):
        assert centre.refused(hold, actor) == "err.not_allowed"


# --- fixed, in notes: too little, too much (E86) ------------------------------------------------


def test_E86_too_little_makes_no_visit_but_a_claim(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 500, 200)
    entry = centre.did(AbandonPrepayment(visit), "kiosk")
    assert centre.open_visits() == 0 and centre.kept("visits") == []
    (claim,) = centre.ask(OpenClaims())
    assert (str(claim.value), claim.note) == ("700.00", "")
    assert (claim.why, claim.visit) == ("prepayment", visit)
    assert centre.prepayment(visit).claim == claim.id == entry.refs["claim"]
    assert centre.prepayment(visit).state == "abandoned"
    assert centre.on(f"2030:{visit}") == 0 and centre.on(f"2910:{claim.id}") == -700
    assert not centre.known("entrance-1000")
    document = centre.ask(SlipDocument(claim.slip))
    assert document.kind == "claim_ticket"
    centre.sound()
    ticket = next(p.data for p in document.parts if hasattr(p, "data"))
    centre.did(RedeemClaim(ticket, ClientId(""), "their money"), "staff:202")
    assert centre.on(f"2910:{claim.id}") == 0
    assert centre.refused(CompletePrepayment(visit), "guest") == "err.prepayment_over"
    assert centre.refused(AbandonPrepayment(visit), "guest") == "err.prepayment_over"
    centre.sound()


def test_E86_too_much_is_a_floating_deposit_of_the_visit(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 2000)
    assert centre.prepayment(visit).enough
    centre.did(CompletePrepayment(visit), "guest")
    assert str(centre.visit(visit).deposits) == "2000.00"
    assert centre.ask(OpenClaims()) == () and centre.prepayment(visit).claim == ""
    centre.sound()


@pytest.mark.parametrize(
    "text", [NO_FLOATING, with_type("entrance-1000", "floating = false")], ids=["venue", "type"]
)
def test_E86_E30_too_much_is_a_claim_where_floating_is_off(make: Make, text: str) -> None:
    centre = make(text)
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 2000)
    entry = centre.did(CompletePrepayment(visit), "guest")
    assert str(centre.visit(visit).deposits) == "1000.00"
    (claim,) = centre.ask(OpenClaims())
    assert str(claim.value) == "1000.00"
    assert centre.prepayment(visit).claim == claim.id == entry.refs["claim"]
    centre.sound()
    centre.order(visit, 300)
    centre.calculate(visit)
    assert centre.on(f"2030:{visit}") == 0
    centre.sound()


def test_E86_E66_a_type_that_became_personal_meanwhile_makes_a_claim(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 1000)
    head, _, rest = PLAIN.partition('id = "entrance-1000"\n')
    kind, mark, tail = rest.partition("[[")
    kind = kind.replace("personal = false", "personal = true")
    kind = re.sub("prepay_.*\n", "", kind)
    text = f'{head}id = "entrance-1000"\n{kind}{mark}{tail}'
    rule = next(r for r in text.split("[[rules]]\n") if 'object = "entrance-1000"' in r)
    text = text.replace("[[rules]]\n" + rule.partition("[[")[0], "")
    centre.did(ImportVenue(parse(text)), "cli")
    assert centre.refused(CompletePrepayment(visit), "guest") == "err.personal_prepaid"
    centre.did(AbandonPrepayment(visit), "kiosk")
    (claim,) = centre.ask(OpenClaims())
    assert str(claim.value) == "1000.00" and centre.on(f"2030:{visit}") == 0
    centre.sound()


def test_E86_no_note_is_taken_once_it_is_paid(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 1000)
    hold = HoldDeposit(NoteId("acceptor/1/9"), rub(500), visit)
    assert centre.refused(hold, "kiosk") == "err.prepayment_full"


def test_E86_nothing_ends_while_a_note_is_on_its_way(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 1000)
    other = centre.begin("entrance-500")
    note = centre.hold(other, 500)
    assert centre.prepayment(other).on_the_way and not centre.prepayment(visit).on_the_way
    assert centre.refused(AbandonPrepayment(other), "kiosk") == "err.note_undecided"
    centre.did(CompletePrepayment(visit), "guest")
    centre.did(VoidNote(note), "kiosk")
    entry = centre.did(AbandonPrepayment(other), "kiosk")
    assert not entry.postings
    centre.sound()


@pytest.mark.parametrize(
    ("text", "credited"), [(PLAIN, True), (NO_FLOATING, False)], ids=["on", "off"]
)
def test_E86_a_doubtful_note_that_staff_find_after_the_visit_opened(
    make: Make, text: str, credited: bool
) -> None:
    """It is the surplus then: on the visit, or in suspense, and never lost."""
    centre = make(text)
    visit = centre.begin("entrance-1000")
    note = centre.hold(visit, 500)
    centre.did(DoubtNote(note), "kiosk")
    centre.insert(visit, 1000)
    centre.did(CompletePrepayment(visit), "guest")
    entry = centre.did(SettleNote(note, "it was in the box"), "staff:202")
    assert entry.kind == ("note_settled" if credited else "note_suspended")
    assert str(centre.visit(visit).deposits) == ("1500.00" if credited else "1000.00")
    assert [n.note for n in centre.ask(SuspendedNotes())] == ([] if credited else [note])
    centre.sound()


def test_a_note_found_after_the_prepayment_was_abandoned_is_in_suspense(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    note = centre.hold(visit, 500)
    centre.did(DoubtNote(note), "kiosk")
    centre.did(AbandonPrepayment(visit), "kiosk")
    centre.did(SettleNote(note, "it was in the box"), "staff:202")
    assert centre.on("2900:K1") == -500 and centre.on(f"2030:{visit}") == 0
    centre.did(IssueClaim(note, "en"), "staff:202")
    claim = centre.ask(ClaimOfNote(note))
    assert claim is not None and str(claim.value) == "500.00"
    centre.sound()


def test_the_card_may_be_gone_before_the_prepayment_is_paid(centre: Centre) -> None:
    """Its visit was opened at the desk meanwhile; what was put in is not lost."""
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 1000)
    centre.created("entrance-1000")
    assert centre.refused(CompletePrepayment(visit), "guest") == "err.visit_open"
    centre.did(AbandonPrepayment(visit), "guest")
    assert [str(c.value) for c in centre.ask(OpenClaims())] == ["1000.00"]
    centre.sound()


def test_a_repeat_of_each_step_is_the_same_entry(centre: Centre) -> None:
    """After a power cut the kiosk says it again, under the same key."""
    visit = centre.begin("entrance-1000")
    note = centre.hold(visit, 2000)
    for command, key in (
        (SettleNote(note), f"settle:{note}"),
        (CompletePrepayment(visit), f"complete:{visit}"),
    ):
        done = [centre.venue.do(command, actor="kiosk", key=key, now=centre.now) for _ in range(2)]
        assert not isinstance(done[0], Refused) and done[0] == done[1]
    assert centre.on(f"2030:{visit}") == -2000


def test_pending_prepayments_are_found_oldest_first(centre: Centre) -> None:
    first, second = centre.begin("entrance-1000"), centre.begin("entrance-500")
    centre.prepaid("entrance-2000", 2000)
    centre.insert(second, 200)
    found = centre.ask(PendingPrepayments())
    assert [(p.visit, str(p.paid), p.start) for p in found] == [
        (first, "0.00", 1),
        (second, "200.00", 1),
    ]
    assert centre.ask(GetPrepayment(VisitId("K1-1-99v"))) is None


# --- at the desk --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender", "account"), [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk")]
)
def test_E14_E40_at_the_desk_the_prepayment_is_a_part_of_the_visit(
    centre: Centre, tender: Tender, account: str
) -> None:
    before = centre.on(account)
    visit = centre.created("entrance-1000", tender=tender)
    assert (centre.on(account) - before, centre.on(f"2030:{visit}")) == (1000, -1000)
    assert str(centre.visit(visit).deposits) == "1000.00"
    assert len(centre.kept("visits")) == 1
    centre.sound()


def test_E40_without_a_shift_or_by_a_wallet_nothing_is_created(make: Make) -> None:
    centre = make(shift=None)
    create = CreateVisit(read=read("entrance-1000"), guests=2)
    assert centre.refused(create, "staff:201") == "err.no_shift"
    wallet = replace(create, tender="wallet")
    assert centre.refused(wallet, "staff:201") == "err.tender_unknown"
    assert centre.kept("visits") == [] and not centre.known("entrance-1000")


def test_E26_E27_E28_E29_a_floating_deposit_of_any_amount_is_in_the_visit(
    centre: Centre,
) -> None:
    visit = centre.created("entrance-1000")
    reason = centre.venue.store.get("money_reasons", "more") or {}
    assert not reason["prepayment"], "the box is not required here (E28)"
    entry = centre.deposit(visit, 250)
    assert entry.refs["money_reason"] == "more"
    assert str(centre.visit(visit).deposits) == "1250.00"
    deposits = centre.ask(DepositsOf(visit))
    assert [(str(d.value), d.tender, d.reason) for d in deposits] == [
        ("1000.00", "cash", ""),
        ("250.00", "cash", "more"),
    ]
    command = Deposit(visit, Money(1, CURRENCIES["RUB"]), "qr", "more", "en")
    centre.did(command, "till:restaurant")
    assert str(centre.visit(visit).deposits) == "1250.01"
    centre.sound()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"reason": "nothing"}, "err.money_reason_missing"),
        ({"reason": "change"}, "err.money_reason_use"),
        ({"reason": "bare"}, "err.markup_missing"),
        ({"reason": "least"}, "err.markup_missing"),
        ({"reason": "who"}, "err.employee_missing"),
        ({"amount": rub(0)}, "err.amount_small"),
        ({"amount": rub(-5)}, "err.amount_small"),
        ({"amount": Money(100, CURRENCIES["EUR"])}, "err.other_currency"),
        ({"tender": "wallet"}, "err.tender_unknown"),
        ({"tender": "shells"}, "err.tender_unknown"),
        ({"visit": VisitId("K1-1-99v")}, "err.no_such_visit"),
    ],
)
def test_E26_E27_E28_a_deposit_needs_a_reason_that_carries_a_markup(
    make: Make, change: dict[str, object], key: str
) -> None:
    reasons = "".join(
        f'\n[[money_reasons]]\nid = "{name}"\nname = "{name}"\nuses = ["deposit"]\n{more}\n'
        for name, more in (
            ("bare", ""),
            ("least", 'markup = "part"'),
            ("who", 'markup = "deposits"\nemployee = true'),
        )
    )
    part = '\n[[markups]]\nid = "part"\nname = "Part"\ncount_type = "percent"\n'
    centre = make(PLAIN + reasons + part)
    visit = centre.created("entrance-1000")
    command = replace(Deposit(visit, rub(250), "cash", "more", "en"), **change)
    assert centre.refused(command, "staff:201") == key
    assert str(centre.visit(visit).deposits) == "1000.00"


def test_E26_only_the_desk_deposits_and_only_while_the_visit_is_open(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    command = Deposit(visit, rub(250), "cash", "more", "en")
    for actor in ("guest", "kiosk", "staff:203"):
        assert centre.refused(command, actor) == "err.not_allowed"
    centre.did(VoidVisit(visit, reason="a test"), "staff:202")
    assert centre.refused(command, "staff:201") == "err.visit_ended"


@pytest.mark.parametrize(
    "text", [NO_FLOATING, with_type("entrance-1000", "floating = false")], ids=["venue", "type"]
)
def test_E30_E104_where_floating_is_off_nothing_is_added(make: Make, text: str) -> None:
    centre = make(text)
    visit = centre.created("entrance-1000")
    assert centre.ask(DepositRefusal(visit)) == "err.floating_off"
    command = Deposit(visit, rub(250), "cash", "more", "en")
    assert centre.refused(command, "staff:201") == "err.floating_off"
    hold = HoldDeposit(NoteId("acceptor/1/1"), rub(500), visit)
    assert centre.refused(hold, "kiosk") == "err.floating_off"
    assert str(centre.visit(visit).deposits) == "1000.00"


def test_E30_floating_is_on_unless_the_file_says_otherwise(make: Make) -> None:
    centre = make(PLAIN.replace("floating_prepay_enabled = true\n", ""))
    # Nor do settings of before the setting was there.
    settings = centre.venue.books(centre.now).settings()
    draft = Draft("venue_imported")
    draft.set("settings", {k: v for k, v in settings.items() if k != "floating_prepay_enabled"})
    centre.venue.ledger.post(draft, key="old", actor="cli", command="x", now=centre.now)
    visit = centre.created("entrance-1000")
    assert centre.ask(DepositRefusal(visit)) == ""
    centre.deposit(visit, 250)


def test_E93_money_for_a_personal_cards_visit_is_a_top_up_of_the_card(centre: Centre) -> None:
    card = registered(centre)
    visit = VisitId(str(centre.did(CreateVisit(card, guests=1), "guest").refs["visit"]))
    assert centre.ask(DepositRefusal(visit)) == "err.deposit_personal"
    command = Deposit(visit, rub(250), "cash", "more", "en")
    assert centre.refused(command, "staff:201") == "err.deposit_personal"
    hold = HoldDeposit(NoteId("acceptor/1/1"), rub(500), visit)
    assert centre.refused(hold, "kiosk") == "err.deposit_personal"
    assert centre.on(f"2030:{visit}") == 0


# --- floating, in notes -------------------------------------------------------------------------


def test_E46_the_guest_cures_a_short_visit(make: Make) -> None:
    """2000 put in, 2350 spent: +350 makes it 0, +500 leaves 150."""
    warns = PLAIN.replace('"forbid_saving"', '"warning_only"')
    plain = warns.replace("prepay_amount = 2000\n", "prepay_amount = 2000\nlimit = 0\n", 1)
    plain = plain.replace('prepay_reason = "advance"\nlimit = 1000', 'prepay_reason = "advance"')
    for add, left in (((200, 100, 50), "0.00"), ((500,), "150.00")):
        centre = make(plain)
        visit = centre.prepaid("entrance-2000", 2000)
        centre.order(visit, 2350)
        opened = centre.visit(visit)
        assert (str(opened.balance), str(opened.to_pay)) == ("-350.00", "350.00")
        centre.insert(visit, *add)
        opened = centre.visit(visit)
        assert (str(opened.balance), str(opened.to_pay)) == (left, "0.00")
        centre.sound()


def test_E29_E46_notes_for_an_open_visit_are_its_deposits(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    notes = centre.insert(visit, 200, 50)
    settled = centre.venue.ledger.seq
    assert str(centre.visit(visit).deposits) == "1250.00"
    told = [str(d.value) for d in centre.ask(DepositsOf(visit))]
    assert told == ["200.00", "50.00", "1000.00"]
    held = centre.hold(visit, 100)
    found = centre.ask(NotesOfVisit(visit))
    assert [(n.note, n.state, n.visit, n.client) for n in found] == [
        (notes[0], "settled", visit, ""),
        (notes[1], "settled", visit, ""),
        (held, "held", visit, ""),
    ]
    centre.did(VoidNote(held), "kiosk")
    assert centre.on("1010:K1:acceptor:200") == 200
    entry = centre.venue.ledger.entry(settled)
    assert entry is not None and entry.refs == {"note": notes[1], "visit": visit}
    centre.sound()


def test_the_notes_of_a_visit_are_nobodys_wallet(centre: Centre) -> None:
    """They wait for no top-up receipt, and their card's client has no more than before."""
    visit = centre.created("entrance-1000")
    notes = tuple(centre.insert(visit, 500))
    opened = centre.visit(visit)
    top_up = IssueTopUpReceipt(notes, opened.card, "en")
    assert centre.refused(top_up, "kiosk") == "err.nothing_to_print"
    assert centre.refused(GrantTopUpBonus(notes), "kiosk") == "err.no_bonus"
    kept = centre.venue.store.get("visits", visit) or {}
    assert opened.card and kept["client"]
    assert centre.ask(NotesWithoutReceipt(ClientId(str(kept["client"])))) == ()
    assert centre.venue.books(centre.now).wallet(str(kept["client"])).minor == 0


def test_a_note_for_a_visit_that_ended_meanwhile_is_in_suspense_and_becomes_a_claim(
    centre: Centre,
) -> None:
    visit = centre.created("entrance-1000")
    note = centre.hold(visit, 500)
    centre.order(visit, 1000)
    centre.calculate(visit)
    entry = centre.did(SettleNote(note), "kiosk")
    assert entry.kind == "note_suspended"
    assert (centre.on("2900:K1"), centre.on(f"2030:{visit}")) == (-500, 0)
    centre.did(IssueClaim(note, "en"), "kiosk")
    claim = centre.ask(ClaimOfNote(note))
    assert claim is not None and str(claim.value) == "500.00" and centre.on("2900:K1") == 0
    centre.sound()
    hold = HoldDeposit(NoteId("acceptor/1/9"), rub(500), visit)
    assert centre.refused(hold, "kiosk") == "err.no_visit_for_note"


def test_a_visit_does_not_hold_more_than_a_wallet_may(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 48_900)
    hold = HoldDeposit(NoteId("acceptor/1/9"), rub(200), visit)
    assert centre.refused(hold, "kiosk") == "err.deposit_max"
    centre.did(replace(hold, value=rub(100)), "kiosk")


def test_one_note_is_held_at_a_time_for_whomever(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.hold(visit, 500)
    hold = HoldDeposit(NoteId("acceptor/1/9"), rub(500), visit)
    assert centre.refused(hold, "kiosk") == "err.note_undecided"


def test_N04_a_check_slip_for_a_note_of_a_visit(centre: Centre) -> None:
    pending = centre.begin("entrance-1000")
    note = centre.hold(pending, 500)
    entry = centre.did(IssueCheckSlip(note, "en"), "kiosk")
    assert entry.refs == {"note": note, "slip": "check_slip:1"}, "of no client, of no card on file"
    document = centre.ask(SlipDocument(JobId("check_slip:1")))
    assert document.kind == "check_slip"


# --- slips --------------------------------------------------------------------------------------


def issued(centre: Centre) -> list[str]:
    """The types of the slips, but for that of the float in the till."""
    kinds = [str(slip["kind"]) for slip in centre.kept("slips")]
    return [kind for kind in kinds if kind != "float_slip"]


def facts(centre: Centre, number: int) -> list[dict[str, Any]]:
    """What the last slips say, so many of them."""
    return [slip["facts"] for slip in centre.kept("slips")[-number:]]


def test_E43_E100_a_visit_with_a_prepayment_prints_three_slips(centre: Centre) -> None:
    """Two with the prepayment, a third with the visit's creation: at the kiosk as at the desk."""
    three = ["visit_creation", "prepayment_receipt", "prepayment_document"]
    visit = centre.begin("entrance-1000")
    notes = centre.insert(visit, 500, 500)
    assert issued(centre) == [], "not before the visit is there"
    entry = centre.did(CompletePrepayment(visit), "guest")
    assert issued(centre) == three
    creation, receipt, document = facts(centre, 3)
    assert creation.pop("card_masked") == "•••• 00/1"
    assert {f.pop("entry") for f in (creation, receipt, document)} == {entry.seq}
    assert {f.pop("shift") for f in (creation, receipt, document)} == {1}
    assert {k: v for k, v in creation.items() if k not in ("at", "number")} == {
        "visit": 1,
        "type": "Entrance card 1000",
        "guests": 2,
        "prepayment": 100_000,
        "limit": 50_000,
        "minimum": 100_000,
        "spend": 150_000,
    }
    assert (receipt["visit"], receipt["amount"], receipt["tender"]) == (1, 100_000, "cash")
    assert (document["visit"], document["amount"], document["after"]) == (1, 100_000, 100_000)
    listed = {(centre.venue.store.get("notes", n) or {})["receipt"] for n in notes}
    assert listed == {"prepayment_receipt:1"}
    centre.created("entrance-1000", "2")
    assert issued(centre) == [*three, *three]
    centre.created("entrance")
    assert issued(centre) == [*three, *three, "visit_creation"]
    slip = centre.ask(GetSlip(JobId("prepayment_document:2")))
    assert slip is not None and (slip.number, slip.state) == (2, "due")
    centre.sound()


def test_E43_a_floating_deposit_prints_two(make: Make) -> None:
    centre = make(CENTRE)
    visit = centre.created("entrance-1000")
    before = len(issued(centre))
    centre.deposit(visit, 250)
    assert issued(centre)[before:] == ["prepayment_receipt", "prepayment_document"]
    told = facts(centre, 2)
    assert (told[0]["amount"], told[0]["reason"]) == (25_000, "Added to a visit")
    assert told[1]["after"] == 125_000
    notes = centre.insert(visit, 200, 50)
    receipt = IssueDepositReceipt(tuple(notes), "en")
    centre.did(receipt, "guest")
    assert issued(centre)[before + 2 :] == ["prepayment_receipt", "prepayment_document"]
    told = facts(centre, 2)
    assert (told[0]["amount"], told[1]["after"]) == (25_000, 150_000)
    assert centre.refused(receipt, "guest") == "err.nothing_to_print"
    other = centre.insert(centre.created("entrance-500"), 50)
    fresh = centre.insert(visit, 100)
    both = IssueDepositReceipt((*fresh, *other), "en")
    assert centre.refused(both, "guest") == "err.nothing_to_print"
    assert centre.refused(IssueDepositReceipt((), "en"), "guest") == "err.nothing_to_print"
    twice = IssueDepositReceipt((*fresh, *fresh), "en")
    assert centre.refused(twice, "guest") == "err.nothing_to_print"


def test_E42_a_slip_without_a_layout_is_a_fault_and_no_crash(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.created("entrance")
    assert centre.ask(SlipDocument(JobId("visit_creation:1"))).kind == "visit_creation"
    monkeypatch.delitem(LAYOUTS, "visit_creation")
    with pytest.raises(Refused) as told:
        centre.ask(SlipDocument(JobId("visit_creation:1")))
    assert told.value.key == "err.no_layout"
    assert centre.ask(EndOfShift(), "staff:201").slips == (), "nor does a shift wait for it"


# --- the whole story ----------------------------------------------------------------------------


def test_E53_E105_every_way_a_visit_ends_leaves_nothing_on_it(centre: Centre) -> None:
    """Calculated, void, with change in cash and as a claim; audited after each."""
    calculated = centre.prepaid("entrance-1000", 500, 500)
    centre.deposit(calculated, 500, "bank_card")
    centre.order(calculated, 700)
    centre.sound()
    centre.calculate(calculated)
    assert (centre.visit(calculated).state, centre.on("1030")) == ("closed", 5000 - 500)
    centre.sound()
    void = centre.prepaid("entrance-500", 500)
    centre.insert(void, 100)
    centre.did(VoidVisit(void, change="claim", reason="the wrong card"), "staff:202")
    (claim,) = centre.ask(OpenClaims())
    assert str(claim.value) == "600.00"
    centre.sound()
    assert centre.ask(OpenVisit(centre.visit(void).card)) is None


def registered(centre: Centre) -> CardId:
    command = RegisterCard(PERSONAL, "member", "en", "2026-11")
    centre.did(command, "guest")
    found = centre.ask(FindCard(PERSONAL))
    assert found is not None
    return found.id


@pytest.mark.parametrize("ends", ["open", "pending", "closed", "void", "abandoned"])
def test_the_books_are_audited_for_money_on_a_visit_that_nobody_put_there(
    centre: Centre, ends: str
) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 1000)
    if ends == "abandoned":
        centre.did(AbandonPrepayment(visit), "guest")
    elif ends != "pending":
        centre.did(CompletePrepayment(visit), "guest")
        if ends == "closed":
            centre.calculate(visit)
        elif ends == "void":
            centre.did(VoidVisit(visit, reason="a test"), "staff:202")
    centre.sound()
    draft = Draft("spoilt")
    draft.post("1030", f"2030:{visit}", "RUB", 1)
    centre.venue.ledger.post(draft, key="spoilt", actor="cli", command="x", now=centre.now)
    found = audit(centre.venue.books(centre.now))
    assert [f.where for f in found] == [f"2030:{visit}"]


def test_the_books_are_audited_for_what_a_visit_paid_and_gave_back(make: Make) -> None:
    """An order paid out of the deposits, and a surplus that became a claim."""
    centre = make(NO_FLOATING)
    visit = centre.prepaid("entrance-1000", 2000)
    lines = (OrderLine("Karts", 1, rub(400)),)
    # This till is paid at once, out of the deposit first (E87).
    centre.did(SaveOrder("1", centre.visit(visit).card, "Karts", lines), "till:karts")
    centre.did(PayOrder("1"), "till:karts")
    assert centre.on(f"2030:{visit}") == -600
    centre.sound()
