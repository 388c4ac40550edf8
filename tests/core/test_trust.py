"""What a bare card may do: the rules one by one, and stories of honest people and of fraud."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core import pins, trust, venue_file
from kiosk.core.balances import ChangeBalance
from kiosk.core.card_rules import GetRecognition, SetRecognition
from kiosk.core.cards import BlockCard, Card
from kiosk.core.cash import HoldNote, SettleNote, VoidNote
from kiosk.core.clients import RegisterCard
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.lost_cards import MoveCard
from kiosk.core.messages import CardPresented, ReturnNote
from kiosk.core.money import Money
from kiosk.core.orders import OrderLine, PayOrder, SaveOrder
from kiosk.core.package_sales import SellPackage
from kiosk.core.payments import Payment
from kiosk.core.recognition import Recognised
from kiosk.core.sentences import CODES, SENTENCES
from kiosk.core.session_list import GetSession
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.settings import ImportVenue
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.core.slips import IssueTopUpReceipt, RecordSlip
from kiosk.core.staff import Approval
from kiosk.core.strikes import ClearStrike, OpenStrikes, RecordStrike
from kiosk.core.tenders import current_shift
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW, READER, RUB, Guest, rub
from tests.core.trust_scenarios import DAY, HOUR, SCENARIOS, Scenario
from tests.core.trust_table import PAGE, hits, page, words

RULE = "Contactless guest card"
PIN, WRONG_PIN, STAFF_PIN = "7391", "1379", "730164"
BLANK = "DEADBEEF"


class Story:
    """People with cards at one kiosk, its bar and its desk; time passes by hand."""

    def __init__(self, venue: Venue) -> None:
        self.guest = Guest(venue)
        self.venue = venue
        self.cards: dict[str, Card] = {}
        self.uids: dict[str, str] = {}
        self.count = 0
        for number in ("102", "105"):
            pins.set_pin(venue.books(self.guest.now), f"staff:{number}", STAFF_PIN)
        self.shift()

    def wait(self, seconds: int) -> None:
        self.guest.wait(seconds)

    def do(self, command: object, actor: str) -> Entry | Refused:
        self.count += 1
        key = f"story:{self.count}"
        return self.venue.do(command, actor=actor, key=key, now=self.guest.now)

    def did(self, command: object, actor: str) -> Entry:
        done = self.do(command, actor)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def shift(self) -> Entry:
        """The shift of before ends, another one begins."""
        if current_shift(self.venue.books(self.guest.now)):
            held = -Money(-self.venue.ledger.balance("1030", "RUB"), RUB)
            self.did(CloseShift(held, ("desk_paper",)), "staff:101")
        return self.did(OpenShift(rub(20_000), "change"), "staff:101")

    def new(self, who: str, pin: str = "") -> Entry:
        self.uids[who] = f"04A1B2C3D4{len(self.cards):04X}"
        phone = f"+7916204{len(self.cards):04}" if pin else ""
        read = Recognised(RULE, "interface", "PDS", self.uids[who])
        made = self.did(RegisterCard(read, "guest", "en", "1", phone, pin), "guest")
        card = self.guest.card(made.refs["card"])
        assert card is not None
        self.cards[who] = card
        return made

    def note(self, who: str, face: int, end: type = SettleNote) -> Entry | Refused:
        self.count += 1
        note, card = note_id("acceptor", 1, 100_000 + self.count), self.cards[who]
        held = self.do(HoldNote(note, rub(face), card.client, card.id), "kiosk")
        return held if isinstance(held, Refused) else self.did(end(note), "kiosk")

    def cash(self, who: str, roubles: int) -> Entry | Refused:
        """A top-up at the kiosk: notes of 500, the last one smaller, and a receipt."""
        notes = []
        while roubles:
            face = min(500, roubles)
            done = self.note(who, face)
            if isinstance(done, Refused):
                return done
            notes.append(done.refs["note"])
            roubles -= face
        return self.did(IssueTopUpReceipt(tuple(notes), self.cards[who].id, "en"), "kiosk")

    def order(self, who: str, roubles: int) -> Entry | Refused:
        self.count += 1
        line = (OrderLine("Tea", 1, rub(roubles)),)
        done = self.do(SaveOrder(f"o{self.count}", self.cards[who].id, "Bar", line), "till:bar")
        if isinstance(done, Entry):
            self.ordered = str(done.refs["order"])
        return done

    def pay_order(
        self, who: str, roubles: int, pin: str = "", actor: str = "guest", **more: Any
    ) -> Entry | Refused:
        card = self.cards[who].id
        payment = Payment("wallet", rub(roubles), card)
        return self.do(PayOrder(self.ordered, (payment,), pin=pin, card=card, **more), actor)

    def pay(self, who: str, roubles: int, **more: Any) -> Entry | Refused:
        """An order from the bar, which is paid a minute later."""
        done = self.order(who, roubles)
        self.wait(60)
        return done if isinstance(done, Refused) else self.pay_order(who, roubles, **more)

    def refund(self, who: str, roubles: int, approval: Approval | None = None) -> Entry | Refused:
        client, why = self.cards[who].client, "asked for it"
        command = ChangeBalance(client, "game", -100 * roubles, "refund", why, approval=approval)
        return self.do(command, "staff:102")

    def strangers(self, who: str, times: int) -> Entry | Refused:
        """So many cards that nobody knows are held to the reader, one after another."""
        before = self.venue.ledger.seq
        for number in range(times):
            self.guest.tap(f"04{'EE' if who == 'emulator' else 'BB'}{number:010X}")
            self.guest.press("leave")
        return self._since(before)

    def show(self, who: str) -> Entry | Refused:
        before = self.venue.ledger.seq
        self.guest.tap(self.uids[who])
        return self._since(before)

    def prove(self, who: str, counter: int) -> Entry | Refused | None:
        """A genuine card that says its count; None: it was well."""
        before = self.venue.ledger.seq
        self.guest.tell(CardPresented(READER, "contactless", self.uids[who], "genuine", counter))
        entry = self._since(before)
        return None if entry.kind == "card_proven" else entry

    def only_genuine(self) -> Entry:
        now = self.guest.venue.ask(GetRecognition(), self.guest.now)
        types = tuple(replace(kind, genuine=kind.personal) for kind in now.types)
        return self.did(SetRecognition(types, now.rules), "cli")

    def show_blank(self) -> Entry | Refused:
        self.guest.tap(BLANK)
        self.guest.press("register", "agree", "without_phone", "next")
        assert "number of this card is not its own" in self.guest.words()
        return Refused("err.copied_card", rule="copied_uid")

    def _since(self, seq: int) -> Entry:
        """What was put on record since, or what was there before."""
        entry = self.venue.ledger.entry(max(seq + 1, self.venue.ledger.seq))
        return entry or self.must_entry(seq)

    def must_entry(self, seq: int) -> Entry:
        entry = self.venue.ledger.entry(seq)
        assert entry is not None
        return entry

    def till(self, who: str, roubles: int, tender: Any) -> Entry | Refused:
        done = self.do(TopUpAtDesk(self.cards[who].client, rub(roubles), tender), "staff:101")
        if isinstance(done, Entry):
            self.did(RecordSlip(done.refs["slip"], 1, "printed"), "kiosk")
        return done

    def play(self, who: str) -> Entry | Refused:
        card = self.cards[who]
        return self.do(StartSession(card.client, "pc-1", "game", "timer", card=card.id), "guest")

    def buy(self, who: str) -> Entry | Refused:
        card = self.cards[who]
        return self.do(SellPackage(card.client, "game-60", "wallet", card=card.id), "guest")

    def move(self, who: str) -> Entry | Refused:
        """The desk lets a new card take the place of one that its holder lost."""
        self.count += 1
        uid = f"04D1D2D3D4{self.count:04X}"
        command = MoveCard(
            self.cards[who].id, Recognised(RULE, "interface", "PDS", uid), reason="lost"
        )
        done = self.do(command, "staff:101")
        if isinstance(done, Entry):
            card = self.guest.card(done.refs["card"])
            assert card is not None
            self.cards[who], self.uids[who] = card, uid
        return done

    def lost(self, who: str) -> Entry | Refused:
        return self.do(BlockCard(self.cards[who].id, "lost"), "staff:101")


STEPS: dict[str, Callable[[Story, str, int], Any]] = {
    "wait": lambda s, who, n: s.wait(n),
    "shift": lambda s, who, n: s.shift(),
    "new": lambda s, who, n: s.new(who),
    "new with PIN": lambda s, who, n: s.new(who, PIN),
    "cash": lambda s, who, n: s.cash(who, n),
    "returned": lambda s, who, n: s.note(who, n, VoidNote),
    "till cash": lambda s, who, n: s.till(who, n, "cash"),
    "bank card": lambda s, who, n: s.till(who, n, "bank_card"),
    "order": lambda s, who, n: s.order(who, n),
    "pay the order": lambda s, who, n: s.pay_order(who, n),
    "pay": lambda s, who, n: s.pay(who, n),
    "pay with PIN": lambda s, who, n: s.pay(who, n, pin=PIN),
    "pay the order with PIN": lambda s, who, n: s.pay_order(who, n, pin=PIN),
    "pay the order with wrong PIN": lambda s, who, n: s.pay_order(who, n, pin=WRONG_PIN),
    "pay at the desk": lambda s, who, n: s.pay(who, n, actor="staff:101"),
    "refund": lambda s, who, n: s.refund(who, n),
    "refund approved": lambda s, who, n: s.refund(who, n, Approval("105", STAFF_PIN)),
    "strangers": lambda s, who, n: s.strangers(who, n),
    "show": lambda s, who, n: s.show(who),
    "show blank": lambda s, who, n: s.show_blank(),
    "prove": lambda s, who, n: s.prove(who, n),
    "only genuine": lambda s, who, n: s.only_genuine(),
    "play": lambda s, who, n: s.play(who),
    "buy minutes": lambda s, who, n: s.buy(who),
    "move": lambda s, who, n: s.move(who),
    "lost": lambda s, who, n: s.lost(who),
}


def decision(done: Entry | Refused | None) -> str:
    """What came of a step, in the words of a scenario."""
    if isinstance(done, Refused):
        asks = done.key.startswith("err.pin_")
        return done.key if asks else done.args_by_name.get("rule", done.key)
    if done is None:
        return ""
    if done.kind == "trust_struck":
        return f"strike:{done.refs['rule']}"
    return "".join(f"flag:{name}" for name in done.refs.get("flags", ()))


def told(story: Story, scenario: Scenario) -> list[str]:
    """The rules that spoke, having checked each step against what is expected of it."""
    spoke = []
    for number, (what, who, much, *rest) in enumerate(scenario.steps):
        found = decision(STEPS[what](story, who, much))
        assert found == (rest[0] if rest else ""), f"step {number} of {scenario.name}: {what} {who}"
        spoke += [found] if found not in ("", "err.pin_wrong") else []
    return spoke


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.label}: {s.name}")
def test_X02_a_story_of_cards(venue: Venue, scenario: Scenario) -> None:
    story = Story(venue)
    spoke = told(story, scenario)
    assert bool(spoke) is scenario.told
    if scenario.label == "honest" and scenario.steps[-1][0] != "wait":
        assert len(scenario.steps[-1]) == 3 or scenario.steps[-1][3].startswith("flag:")
    assert venue.ledger.verify() == []


def test_the_page_has_the_rules_and_what_the_stories_said() -> None:
    """When this fails: .venv/bin/python -m tests.core.trust_table writes it anew."""
    print(*hits(), sep="\n")
    assert PAGE.read_text("utf-8") == page()
    for story in SCENARIOS:
        assert bool(words(story)) is story.told


# --- the rules one by one -------------------------------------------------------------------------


def change(story: Story, **changed: str) -> None:
    """The venue sets other limits; the file is imported again."""
    text = DEMO
    for name, value in changed.items():
        text, times = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert times == 1, name
    assert isinstance(story.do(ImportVenue(venue_file.parse(text)), "cli"), Entry)


def told_by(done: Entry | Refused) -> str:
    """What came of it: nothing, or the refusal with its arguments."""
    return "" if isinstance(done, Entry) else str(done)


def test_the_limit_itself_may_be_spent_and_not_a_kopeck_more(venue: Venue) -> None:
    story = Story(venue)
    change(story, spend_without_pin_max='"1000.50"')
    story.new("guest")
    story.cash("guest", 3000)
    assert told_by(story.pay("guest", 1000)) == ""
    card = story.cards["guest"]
    books = replace(venue.books(story.guest.now), actor="guest")
    passed = {"proof": "none", f"unproven:{card.client}": 50}
    assert trust.may_spend(books, card, 50, "") == passed
    with pytest.raises(Refused) as refused:
        trust.may_spend(books, card, 51, "")
    assert str(refused.value) == "err.limited (limit=1000.50, rule=spent_without_pin)"


def test_what_was_spent_leaves_the_day_after_24_hours(venue: Venue) -> None:
    story = Story(venue)
    story.new("guest")
    story.cash("guest", 3000)
    assert told_by(story.pay("guest", 1000)) == ""
    story.wait(DAY - 61)
    assert "spent_without_pin" in told_by(story.pay("guest", 100))
    story.wait(1)
    assert told_by(story.pay_order("guest", 100)) == ""


def test_what_was_spent_with_the_pin_or_seen_by_staff_does_not_count(venue: Venue) -> None:
    story = Story(venue)
    story.new("host", PIN)
    story.cash("host", 9000)
    assert told_by(story.pay("host", 3000, pin=PIN)) == ""
    assert told_by(story.pay("host", 3000, actor="staff:101")) == ""
    done = story.pay("host", 1000)
    assert isinstance(done, Entry)
    assert done.refs["proof"] == "none"


def test_a_limit_of_0_asks_for_every_kopeck(venue: Venue) -> None:
    story = Story(venue)
    story.new("host", PIN)
    story.cash("host", 9000)
    change(story, spend_without_pin_max="0")
    assert told_by(story.pay("host", 1)) == "err.pin_needed (rule=spent_without_pin)"
    assert told_by(story.pay_order("host", 1, pin=PIN)) == ""


def test_a_pin_that_is_typed_must_be_right_even_where_none_is_needed(venue: Venue) -> None:
    story = Story(venue)
    story.new("host", PIN)
    story.cash("host", 1000)
    assert told_by(story.pay("host", 10, pin=WRONG_PIN)) == "err.pin_wrong (left=4)"
    done = story.pay("host", 10, pin=PIN)
    assert isinstance(done, Entry)
    assert done.refs["proof"] == "pin"


def test_X02_staff_with_the_right_override_and_the_entry_says_who_and_why(venue: Venue) -> None:
    story = Story(venue)
    story.new("guest")
    story.cash("guest", 5000)
    story.order("guest", 3000)
    story.wait(60)

    def pay(approval: Approval | None, reason: str) -> Entry | Refused:
        return story.pay_order("guest", 3000, override=approval, reason=reason)

    manager = Approval("105", STAFF_PIN)
    assert told_by(pay(manager, "")) == "err.reason_missing"
    assert told_by(pay(None, "I know her")) == "err.limited (limit=1000.00, rule=spent_without_pin)"
    assert "err.pin_wrong" in told_by(pay(Approval("105", "000000"), "I know her"))
    assert "err.approval_right" in told_by(pay(Approval("102", STAFF_PIN), "I know her"))
    done = pay(manager, "I know her")
    assert isinstance(done, Entry)
    assert done.refs["overridden"] == ["spent_without_pin"]
    assert done.refs["approved_by"] == "staff:105"
    assert done.refs["approved_for"] == "I know her"
    assert STAFF_PIN not in str(done)
    assert told_by(story.pay("guest", 1000)) == "", "what was overridden does not count"


def test_who_has_the_right_needs_a_reason_alone(venue: Venue) -> None:
    story = Story(venue)
    change(story, top_ups_per_hour_max="1")
    story.new("guest")
    client = story.cards["guest"].client

    def top_up(actor: str, reason: str = "") -> Entry | Refused:
        return story.do(TopUpAtDesk(client, rub(100), "cash", reason=reason), actor)

    limited = "err.limited_times (limit=1, rule=top_ups_per_hour)"
    assert told_by(top_up("staff:101")) == ""
    assert told_by(top_up("staff:101", "she asked")) == limited
    assert told_by(top_up("staff:105")) == limited
    done = top_up("staff:105", "she asked")
    assert isinstance(done, Entry)
    assert done.refs["approved_by"] == "staff:105"


def test_one_client_s_limits_are_not_another_s(venue: Venue) -> None:
    story = Story(venue)
    change(story, top_ups_per_hour_max="2")
    for who in ("a", "b"):
        story.new(who)
        assert told_by(story.cash(who, 50)) == told_by(story.cash(who, 50)) == ""
    assert "top_ups_per_hour" in told_by(story.cash("a", 50))
    story.wait(HOUR - 10)
    assert "top_ups_per_hour" in told_by(story.cash("b", 50))
    story.wait(10)
    assert told_by(story.cash("b", 50)) == ""


def test_the_guest_reads_why_the_note_came_back(venue: Venue) -> None:
    story = Story(venue)
    change(story, top_ups_per_hour_max="1")
    story.guest.top_up(100)
    story.guest.press("done", "home", "top_up")
    note, effects = story.guest.escrow(100)
    assert ReturnNote(note) in effects
    assert "limited to 1 times" in story.guest.words()
    assert [s.rule for s in venue.ask(OpenStrikes(), story.guest.now)] == ["top_ups_per_hour"]


def test_who_made_more_entries_than_are_read_is_over_any_limit(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(venue)
    story.new("guest")
    story.cash("guest", 2000)
    monkeypatch.setattr(trust, "LOOK_FIRST", 2)
    assert told_by(story.pay("guest", 10)) == "", (
        "the first look does not reach back, the second does"
    )
    monkeypatch.setattr(trust, "LOOK_MAX", 4)
    assert "spent_without_pin" in told_by(story.pay("guest", 10))


def test_a_clock_that_was_never_set_forgets_nothing_and_goes_on_from_the_last_entry(
    venue: Venue,
) -> None:
    """After a start without a network the system's clock may be years behind, or hours."""
    story = Story(venue)
    story.new("guest")
    story.cash("guest", 3000)
    assert told_by(story.pay("guest", 900)) == ""
    set_right = story.guest.now
    story.guest.now = replace(set_right.later(-5 * DAY), synced=False)
    assert "spent_without_pin" in told_by(story.pay("guest", 200))
    story.guest.now = set_right.later(2 * DAY)
    assert told_by(story.cash("guest", 50)) == ""
    story.guest.now = replace(set_right.later(-5 * DAY), synced=False)
    assert told_by(story.pay_order("guest", 200)) == "", "two days have passed, whatever it says"


def test_what_others_than_guests_do_is_not_asked_for_a_pin(venue: Venue) -> None:
    story = Story(venue)
    story.new("host", PIN)
    story.cash("host", 5000)
    for actor in ("staff:101", "till:bar", "kiosk", "cli"):
        books = replace(venue.books(story.guest.now), actor=actor)
        assert trust.may_spend(books, story.cards["host"], 400_000, "") == {}


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("04A1B2C3D4E5F6", ""),
        ("A1B2C3D4", ""),
        ("08A1B2C3", "random"),
        ("88A1B2C3", "cascade"),
        ("DEADBEEF", "default"),
        ("01020304050607", "default"),
        ("00000000", "even"),
        ("FFFFFFFFFFFFFF", "even"),
        ("04" * 10, "even"),
        ("77000000", ""),
        ("7700000000", ""),  # no UID at all: a number on a stripe
        ("deadbeef", ""),
    ],
)
def test_a_uid_that_is_no_cards_own(number: str, why: str) -> None:
    assert trust.copied_uid(number) == why


def test_staff_may_register_what_a_guest_may_not(venue: Venue) -> None:
    story = Story(venue)
    read = Recognised(RULE, "interface", "PDS", BLANK)
    command = RegisterCard(read, "guest", "en", "1", "", "")
    assert told_by(story.do(command, "guest")) == "err.copied_card (rule=copied_uid)"
    assert told_by(story.do(command, "staff:101")) == ""
    striped = replace(command, read=replace(read, rule="Striped guest card", number="01020304"))
    assert told_by(story.do(striped, "guest")) == "", "a stripe has no UID"


# --- strikes --------------------------------------------------------------------------------------


def struck(venue: Venue) -> list[Entry]:
    return [entry for entry in venue.ledger.entries() if entry.kind == "trust_struck"]


def test_a_strike_is_recorded_once_an_hour_and_cleared_by_who_may(venue: Venue) -> None:
    story = Story(venue)
    story.new("victim")
    story.lost("victim")
    for _ in range(3):
        story.show("victim")
        story.wait(60)
    assert len(struck(venue)) == 1
    story.wait(HOUR)
    story.show("victim")
    (strike,) = venue.ask(OpenStrikes(), story.guest.now, "staff:101")
    assert (strike.rule, strike.client, strike.hours) == (
        "blocked_card",
        story.cards["victim"].client,
        2,
    )
    clear = ClearStrike(strike.id, "seen on the camera")
    assert told_by(story.do(clear, "staff:101")) == "err.not_allowed"
    assert told_by(story.do(replace(clear, reason=" "), "staff:105")) == "err.reason_missing"
    assert told_by(story.do(clear, "staff:105")) == ""
    assert venue.ask(OpenStrikes(), story.guest.now) == ()
    assert told_by(story.do(clear, "staff:105")).startswith("err.no_such_strike")
    story.wait(HOUR)
    story.show("victim")
    assert [s.hours for s in venue.ask(OpenStrikes(), story.guest.now)] == [3], "it is back"
    assert venue.ledger.verify() == []


def test_a_session_counts_from_its_beginning(venue: Venue) -> None:
    """Its price leaves the wallet at its end, when nobody stands there."""
    story = Story(venue)
    change(story, spend_without_pin_max="300")
    story.new("player")
    story.cash("player", 300)
    card = story.cards["player"]
    start = StartSession(card.client, "pc-1", "game", "timer", card=card.id)
    started = story.do(start, "guest")
    assert isinstance(started, Entry)
    assert started.refs[f"unproven:{card.client}"] > 5_000
    assert told_by(story.pay("player", 100)) == "", "what it takes the session cannot"
    story.cash("player", 300)
    assert "spent_without_pin" in told_by(story.pay("player", 10)), "now it could"
    story.wait(HOUR // 2)
    story.did(StopSession(started.refs["session"]), "staff:101")
    charge = venue.ask(GetSession(started.refs["session"]), story.guest.now)
    assert charge is not None and rub(90) < charge.charge < rub(150)
    assert told_by(story.pay_order("player", 10)) == "", "it cost less than it might have"
    assert "spent_without_pin" in told_by(story.pay("player", 200))


def test_no_number_of_a_card_and_no_pin_stands_in_a_strike(venue: Venue) -> None:
    story = Story(venue)
    story.new("victim", PIN)
    story.lost("victim")
    story.show("victim")
    story.strangers("emulator", 40)
    texts = [str(entry.document()) for entry in struck(venue)]
    assert len(texts) == 2
    for text in texts:
        assert story.uids["victim"] not in text
        assert "04EE" not in text
    assert "04EE" not in repr(story.guest.situation)


def test_unknown_cards_are_a_strike_only_above_the_limit(venue: Venue) -> None:
    story = Story(venue)
    told = RecordStrike("unknown_cards", ClientId(""), CardId(""), 30)
    assert told_by(story.do(told, "kiosk")) == "err.not_struck (rule=unknown_cards)"
    assert told_by(story.do(replace(told, rule="rain"), "kiosk")) == "err.no_such_rule (rule=rain)"
    assert told_by(story.do(replace(told, count=31), "guest")) == "err.not_allowed"
    assert told_by(story.do(replace(told, count=31), "kiosk")) == ""


def test_strangers_cards_of_an_hour_ago_are_forgotten(venue: Venue) -> None:
    story = Story(venue)
    story.strangers("emulator", 20)
    story.wait(HOUR)
    story.strangers("purse", 20)
    assert struck(venue) == []


def test_after_the_strike_was_cleared_a_bare_card_pays_again(venue: Venue) -> None:
    story = Story(venue)
    story.new("guest")
    story.cash("guest", 500)
    story.strangers("emulator", 31)
    assert "unknown_cards" in told_by(story.pay("guest", 100))
    story.did(ClearStrike("unknown_cards:K1", "a child at play"), "staff:105")
    assert told_by(story.pay_order("guest", 100)) == ""


def test_every_rule_has_its_sentence_its_sight_and_its_setting(venue: Venue) -> None:
    kept = venue.books(NOW).settings()["trust"]
    for rule in trust.RULES:
        assert rule.looks_at in trust.SIGHTS
        assert rule.setting == "" or rule.setting in kept
        assert (rule.says in SENTENCES) == (rule.does != "flag")
        if rule.says:
            assert CODES[rule.says] == "X-02"
    used = {rule.setting for rule in trust.RULES} | {"unknown_cards_per_hour_max"}
    assert set(kept) <= used
    assert set(trust.SIGHTS) == {rule.looks_at for rule in trust.RULES}
