"""Card types and recognition rules, set together in one entry."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from kiosk.core import venue_file
from kiosk.core.card_rules import CardType, CheckRecognition, GetRecognition, SetRecognition
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.readings import ExplainRead
from kiosk.core.recognition import Recognised, Rule, breadth, explain, overlapping, rule_mistakes
from kiosk.core.settings import GetVenue, ImportVenue, VenueDocuments
from kiosk.core.visits import CreateVisit
from tests.core.guest import DEMO, READER, UID, rub
from tests.core.play import CASHIER, MANAGER, OWNER, Club, club

LOUNGE = CardType("lounge", "Lounge", False, True, rub(0), "", rub(0), rub(0), "", 0, True)
LOUNGE_RULE = Rule(
    "Lounge", "prefix", ("magnetic",), "entrance_card", "lounge", pattern="66", track=2
)


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        yield made


def now(orbit: Club) -> SetRecognition:
    """What would change nothing."""
    kept = orbit.ask(GetRecognition(), OWNER)
    return SetRecognition(kept.types, kept.rules)


def plus(orbit: Club, *rules: Rule, types: tuple[CardType, ...] = ()) -> SetRecognition:
    kept = now(orbit)
    return replace(kept, types=kept.types + types, rules=kept.rules + rules)


def test_E10_E11_E12_a_type_and_its_rule_come_in_one_entry(orbit: Club) -> None:
    before = orbit.venue.ledger.seq
    entry = orbit.did(plus(orbit, LOUNGE_RULE, types=(LOUNGE,)), MANAGER)
    assert (entry.kind, entry.seq) == ("recognition_set", before + 1)
    kept = orbit.ask(GetRecognition(), OWNER)
    assert (kept.types[-1], kept.rules[-1]) == (LOUNGE, LOUNGE_RULE)
    assert orbit.ask(GetVenue()).rules == kept.rules
    assert orbit.ask(CheckRecognition(kept.types, kept.rules), OWNER) == ()


def test_E12_a_type_without_a_rule_and_a_rule_without_a_type_are_refused(orbit: Club) -> None:
    told = orbit.refused(plus(orbit, types=(LOUNGE,)), OWNER)
    assert "[[card_types]] lounge: has no rule" in told
    told = orbit.refused(plus(orbit, LOUNGE_RULE), OWNER)
    assert 'there is no card type "lounge"' in told
    again = replace(LOUNGE_RULE, name="Again", pattern="67")
    assert "has 2 rules" in orbit.refused(plus(orbit, LOUNGE_RULE, again, types=(LOUNGE,)), OWNER)


def test_E12_each_misfit_is_told_by_names(orbit: Club) -> None:
    kept = now(orbit)
    query = CheckRecognition((*kept.types, LOUNGE), kept.rules)
    (misfit,) = orbit.ask(query, OWNER)
    assert (misfit.key, misfit.type) == ("type_without_rule", "lounge")
    (misfit,) = orbit.ask(CheckRecognition(kept.types, (*kept.rules, LOUNGE_RULE)), OWNER)
    assert (misfit.key, misfit.rule, misfit.type) == ("rule_without_type", "Lounge", "lounge")
    unused = tuple(replace(k, in_use=False) for k in kept.types)
    keys = [m.key for m in orbit.ask(CheckRecognition(unused, kept.rules), OWNER)]
    assert keys == ["rule_of_unused"]
    keys = [m.key for m in orbit.ask(CheckRecognition(kept.types, kept.rules[2:]), OWNER)]
    assert keys == ["personal_without_rule"]
    twin = replace(kept.rules[1], name="Twin")
    keys = [m.key for m in orbit.ask(CheckRecognition(kept.types, (*kept.rules, twin)), OWNER)]
    assert keys == ["overlap"]


def test_all_mistakes_are_told_at_once(orbit: Club) -> None:
    bad = replace(LOUNGE, discount_percent=101, name="x" * 300)
    told = orbit.refused(plus(orbit, replace(LOUNGE_RULE, lengths=(1,)), types=(bad,)), OWNER)
    assert "discount_percent" in told and "name" in told


def test_a_type_that_is_left_out_goes_out_of_use(orbit: Club) -> None:
    orbit.did(plus(orbit, LOUNGE_RULE, types=(LOUNGE,)), OWNER)
    kept = now(orbit)
    orbit.did(replace(kept, types=kept.types[:-1], rules=kept.rules[:-1]), OWNER)
    assert orbit.ask(GetRecognition(), OWNER).types[-1] == replace(LOUNGE, in_use=False)


def test_what_is_in_use_does_not_vanish(orbit: Club) -> None:
    kept = now(orbit)
    guests = tuple(k for k in kept.types if k.id != "guest")
    assert "default_card_type" in orbit.refused(replace(kept, types=guests), OWNER)
    read = Recognised("Table card", "entrance_card", "table", "551234")
    visit = orbit.did(CreateVisit(read=read))
    number = orbit.venue.store.get("visits", visit.refs["visit"])["number"]  # type: ignore[index]
    without = replace(kept, types=kept.types[:1], rules=kept.rules[:3])
    told = orbit.refused(without, OWNER)
    assert told == f"err.type_visits_open (numbers={number}, type=table)"


def test_the_same_again_is_refused(orbit: Club) -> None:
    orbit.did(replace(now(orbit), rules=now(orbit).rules[::-1]), OWNER)
    assert orbit.refused(now(orbit), OWNER) == "err.nothing_changed"


def test_the_order_of_the_rules_is_kept_and_a_file_keeps_it(orbit: Club) -> None:
    kept = now(orbit)
    turned = kept.rules[::-1]
    orbit.did(replace(kept, rules=turned), OWNER)
    assert orbit.ask(GetVenue()).rules == turned
    written = venue_file.write(orbit.ask(VenueDocuments(), OWNER))
    assert orbit.refused(ImportVenue(venue_file.parse(written)), OWNER) == "err.nothing_changed"
    orbit.did(ImportVenue(venue_file.parse(DEMO)), OWNER)
    assert orbit.ask(GetVenue()).rules == kept.rules


def test_who_may(orbit: Club) -> None:
    command = plus(orbit, LOUNGE_RULE, types=(LOUNGE,))
    for actor in (CASHIER, "staff:102", "staff:104", "till:bar", "guest", "kiosk"):
        assert orbit.refused(command, actor) == "err.not_allowed"
    with pytest.raises(Refused):
        orbit.ask(GetRecognition(), CASHIER)


# --- rules that take too much ------------------------------------------------------------------

EVERYTHING = Rule("All", "any", ("barcode",), "interface", "PDS")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (EVERYTHING, "everything"),
        (replace(EVERYTHING, lengths=(8,)), "wide"),
        (replace(EVERYTHING, algorithm="mask", pattern="????"), "wide"),
        (replace(EVERYTHING, dated=True), "narrow"),
        (replace(EVERYTHING, check="luhn"), "narrow"),
        (replace(EVERYTHING, algorithm="prefix", pattern="7"), "narrow"),
        (replace(EVERYTHING, algorithm="mask", pattern="?###"), "narrow"),
    ],
)
def test_how_much_a_rule_takes(rule: Rule, expected: str) -> None:
    assert breadth(rule) == expected


def test_a_rule_that_matches_everything_is_refused(orbit: Club) -> None:
    for confirmed in (False, True):
        command = replace(plus(orbit, EVERYTHING), confirmed=confirmed)
        assert orbit.refused(command, OWNER) == "err.rule_everything (rule=All)"


def test_a_rule_that_matches_all_of_a_length_is_confirmed(orbit: Club) -> None:
    command = plus(orbit, replace(EVERYTHING, lengths=(8,)))
    assert orbit.refused(command, OWNER) == "err.rule_wide (rule=All)"
    orbit.did(replace(command, confirmed=True), OWNER)
    # What is there already was confirmed once; so was what the installer's file had.
    orbit.did(plus(orbit, LOUNGE_RULE, types=(LOUNGE,)), OWNER)


# --- expressions that never end ----------------------------------------------------------------


def steps(work: Any) -> int:
    """How many lines of our own code run for it."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


CATASTROPHIC = "(a+)+$"


def test_an_expression_of_another_kind_stands_for_itself() -> None:
    rule = Rule("Bad", "mask", ("barcode",), "employee", pattern=CATASTROPHIC)
    assert rule_mistakes(rule) == []
    for raw, fits in ((CATASTROPHIC, True), ("a" * 60, False), ("a" * 60 + "!", False)):
        ((_, matches, _),) = explain(raw, "barcode", DeviceId("r"), [rule])
        assert matches is fits


def test_a_match_takes_a_step_a_character_whatever_the_mask() -> None:
    masks = ("?" * 64, "#" * 64, (CATASTROPHIC * 11)[:64], "?#" * 32)
    for mask in masks:
        rule = Rule("Long", "mask", ("barcode",), "employee", pattern=mask)
        for raw in ("a" * 64, "1" * 64, "a" * 250):
            ran = steps(lambda: explain(raw, "barcode", DeviceId("r"), [rule]))  # noqa: B023
            assert ran < 64 * 20


def test_two_rules_are_compared_no_longer_than_what_they_say() -> None:
    one = Rule("One", "any", ("barcode",), "employee", lengths=(1_000_000,))
    other = replace(one, name="Other")
    assert steps(lambda: overlapping([one, other])) < 200
    assert overlapping([one, other]) == [(one, other)]
    assert overlapping([one, replace(other, lengths=(999_999,))]) == []


@pytest.mark.parametrize(
    "rule",
    [
        Rule("Long", "mask", ("barcode",), "employee", pattern="?" * 65),
        Rule("Long", "prefix", ("barcode",), "employee", pattern="7" * 200),
        Rule("Long", "prefix", ("barcode",), "employee", pattern="7", lengths=(1_000_000,)),
    ],
)
def test_a_rule_longer_than_any_card_is_refused(orbit: Club, rule: Rule) -> None:
    assert orbit.refused(plus(orbit, rule), OWNER) == "err.rule_long (max=250, rule=Long)"


def test_too_many_rules_are_refused(orbit: Club) -> None:
    many = tuple(
        Rule(f"R{n}", "prefix", ("barcode",), "employee", pattern=f"{n:04}") for n in range(101)
    )
    assert orbit.refused(plus(orbit, *many), OWNER) == "err.rules_many (max=100)"


# --- the tester --------------------------------------------------------------------------------


def test_E75_rules_that_are_not_in_force_can_be_tried(orbit: Club) -> None:
    query = ExplainRead("magnetic", READER, ";6612?")
    assert [s.rule for s in orbit.ask(query, OWNER) if s.matches] == []
    tried = orbit.ask(replace(query, rules=(LOUNGE_RULE,)), OWNER)
    assert [(s.rule, s.matches, s.says) for s in tried] == [("Lounge", True, "6612")]
    assert UID not in repr(ExplainRead("contactless", READER, UID))


def test_an_entry_holds_what_was_set(orbit: Club) -> None:
    entry = orbit.did(plus(orbit, LOUNGE_RULE, types=(LOUNGE,)), OWNER)
    assert isinstance(entry, Entry)
    assert {change.table for change in entry.changes} == {"card_types", "rules"}
