"""Cards at the desk: rules and types as a draft, the live tester, the check of E12."""

from __future__ import annotations

import logging

import pytest

from kiosk.core.card_rules import GetRecognition, SetRecognition
from kiosk.core.messages import CardPresented, CardRefused
from kiosk.core.recognition import Recognised, Rule
from kiosk.core.settings import GetVenue
from kiosk.core.visits import CreateVisit
from kiosk.screens.view import Line
from tests.core.guest import READER, UID
from tests.screens.desk.hands import CASHIER, OWNER, TECHNICIAN, Hands, inside
from tests.screens.desk.players import anna

TABLE = ";551234=311226?"


@pytest.fixture
def rules(hands: Hands) -> Hands:
    """The owner before the rules."""
    hands.sign_in(OWNER)
    hands.go("cards")
    return hands


def names(hands: Hands) -> list[str]:
    return [rule.name for rule in hands.asked(GetVenue()).rules]


def swipe(hands: Hands, raw: str) -> None:
    hands.tell(CardPresented(READER, "magnetic", raw))


# --- the rules ---------------------------------------------------------------------------------


def test_the_rules_stand_in_their_order_with_what_they_lead_to(rules: Hands) -> None:
    rules.says("How cards are recognised", "55####=######", "Table card", "Personal card (PDS)")
    rules.says("8, 14 characters", "contactless", "stripe", "Staff card")
    rules.says("Types: 1, rules: 1")


def test_a_rule_is_moved_and_removed_and_in_force_with_ok(rules: Hands) -> None:
    before = names(rules)
    rules.press("rule:1", "up")
    rules.says("Nothing is in force before OK")
    assert names(rules) == before
    rules.press("back", "ok")
    assert (rules.entry.kind, rules.entry.actor) == ("recognition_set", "staff:106")
    assert names(rules) == [before[1], before[0], *before[2:]]
    rules.press("rule:2", "remove", "ok")
    assert names(rules) == [before[1], before[0], before[3]]


def test_the_first_goes_no_further_up(rules: Hands) -> None:
    rules.press("rule:0")
    assert not rules.buttons()["up"].enabled and rules.buttons()["down"].enabled
    rules.tell_button("up")
    rules.press("down", "down", "down")
    assert not rules.buttons()["down"].enabled
    rules.tell_button("down")
    rules.press("back", "ok")
    assert names(rules)[-1] == "Contactless guest card"


def test_leaving_without_ok_is_asked_and_changes_nothing(rules: Hands) -> None:
    head = rules.venue.ledger.head
    rules.press("rule:0", "remove", "back")
    rules.says("Leave without OK?")
    rules.press("back")
    rules.says("Nothing is in force before OK")
    rules.press("back", "leave_it")
    rules.says("This is in force")
    assert rules.venue.ledger.head == head


def new_rule(hands: Hands, name: str, pattern: str) -> None:
    hands.press("add", "field:name")
    hands.type(name)
    hands.press("field:pattern")
    hands.type(pattern)
    hands.press("choose:track=2")


def test_E10_E11_E12_a_type_and_its_rule_are_made_together(rules: Hands) -> None:
    rules.press("types", "add", "field:name")
    rules.type("lounge")
    rules.press("do")
    rules.says("Lounge", "out of use")
    rules.press("back")
    rules.says("Lounge has no rule. Add one.", "Types: 2, rules: 1")
    head = rules.venue.ledger.head
    rules.press("ok")
    assert (rules.tone, rules.venue.ledger.head) == ("bad", head)
    rules.says("types and rules do not fit")
    new_rule(rules, "lounge", "66=")
    rules.press("choose:goal=entrance_card/lounge", "do")
    rules.says("Types: 2, rules: 2")
    rules.silent("has no rule")
    rules.press("ok")
    kept = rules.asked(GetRecognition())
    assert [kind.name for kind in kept.types] == ["Guest card", "Table card", "Lounge"]
    assert kept.rules[-1] == Rule(
        "Lounge", "prefix", ("magnetic",), "entrance_card", "lounge", pattern="66=", track=2
    )
    swipe(rules, ";66=0417?")
    rules.says("Rule 5 matches, no other", "66=0417", "Lounge")


@pytest.mark.parametrize(
    ("presses", "told"),
    [
        (("rule:3", "remove"), "Table card has no rule."),
        (("rule:0", "remove", "rule:0", "remove"), "No rule finds personal cards."),
    ],
)
def test_E12_what_does_not_fit_is_marked_and_refused(
    rules: Hands, presses: tuple[str, ...], told: str
) -> None:
    head = rules.venue.ledger.head
    rules.press(*presses)
    rules.says(told)
    rules.press("ok")
    assert (rules.tone, rules.venue.ledger.head) == ("bad", head)
    rules.says("types and rules do not fit", told)


def test_E12_a_type_out_of_use_leaves_its_rule_behind(rules: Hands) -> None:
    rules.press("types", "type:1", "switch:in_use", "do", "back")
    rules.says("The rule Table card leads to Table card, which is not in use.")
    rules.press("rule:3", "remove", "ok")
    assert not rules.asked(GetRecognition()).types[1].in_use


def test_E73_two_rules_that_match_one_card_are_marked(rules: Hands) -> None:
    new_rule(rules, "twin", "771")
    rules.press("do")
    rules.says("Striped guest card and Twin can both match one card.")
    swipe(rules, ";7712?")
    rules.says("Several rules match: 2, 5", "K-02")


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("name", "", "A rule has a name"),
        ("name", "Staff card", "Another rule has this name"),
        ("pattern", "", "Type how our cards begin"),
        ("lengths", "X", "Lengths are numbers"),
        ("lengths", "0", "Lengths are numbers"),
        ("lengths", "1", "Lengths are numbers"),
        ("lengths", "9999", "Lengths are numbers"),
        ("length", "999", "64 characters at most"),
    ],
)
def test_what_is_wrong_with_a_rule_stands_at_its_field(
    rules: Hands, field: str, text: str, told: str
) -> None:
    new_rule(rules, "lounge", "66")
    rules.press(f"field:{field}", "clear")
    rules.type(text.upper() if field == "lengths" else text)
    rules.press("do")
    rules.says(told)
    assert rules.focused(field)


def test_a_rule_looks_at_something(rules: Hands) -> None:
    new_rule(rules, "lounge", "66")
    rules.press("switch:signal_magnetic", "do")
    rules.says("Choose what the rule looks at")


def test_a_mask_that_ends_in_a_backslash(rules: Hands) -> None:
    new_rule(rules, "lounge", "66\\")
    rules.press("choose:algorithm=mask", "do")
    rules.says("ends in a single backslash")


def test_nothing_longer_than_a_card_can_be_typed(rules: Hands) -> None:
    rules.press("add", "field:pattern")
    rules.type("7" * 80)
    rules.says("7" * 64)
    rules.silent("7" * 65)


def test_a_rule_that_matches_everything_is_refused(rules: Hands) -> None:
    head = rules.venue.ledger.head
    rules.press("add", "field:name")
    rules.type("all")
    rules.press("switch:signal_magnetic", "switch:signal_barcode", "choose:algorithm=any", "do")
    rules.says("would take every card for ours, strangers' too")
    rules.fill("lengths", "12")
    rules.press("do", "ok")
    rules.says("is every such card ours?")
    assert rules.venue.ledger.head == head
    rules.press("back")
    rules.says("Nothing is in force before OK")
    rules.press("ok", "ok")
    assert names(rules)[-1] == "All"


def test_an_expression_that_never_ends_is_only_text(rules: Hands) -> None:
    rules.press("add", "field:name")
    rules.type("bad")
    rules.press("choose:algorithm=mask", "choose:goal=employee/", "field:pattern")
    rules.type("^\\\\+" * 20)
    rules.press("do")
    swipe(rules, "A" * 200)
    rules.says("No rule matches")


def test_somebody_else_changed_them_meanwhile(rules: Hands) -> None:
    rules.press("rule:0", "remove")
    kept = rules.asked(GetRecognition())
    rules.did(SetRecognition(kept.types, kept.rules[::-1]), key="other")
    rules.press("ok")
    rules.says("somebody else changed types or rules meanwhile")
    rules.press("back", "leave_it", "rule:0", "down", "back", "ok")
    assert rules.tone == "good"


def test_a_type_with_an_open_visit_stays_in_use(rules: Hands) -> None:
    read = Recognised("Table card", "entrance_card", "table", "551234")
    rules.did(CreateVisit(read=read), actor="till:bar", key="visit")
    rules.press("rule:3", "remove", "types", "type:1", "switch:in_use", "do", "back", "ok")
    rules.says("the visits 1 are open")


# --- the types ---------------------------------------------------------------------------------


def test_E13_a_types_figures_are_typed(rules: Hands) -> None:
    rules.press("types", "type:1")
    rules.fill("prepay", "1000")
    rules.press("switch:no_limit")
    rules.fill("discount", "15")
    rules.fill("minimum", "500.50")
    rules.press("do")
    rules.says("prepaid 1")
    rules.press("back", "ok")
    kind = rules.asked(GetRecognition()).types[1]
    assert (str(kind.prepay), kind.limit, kind.discount_percent) == ("1000.00", None, 15)
    assert str(kind.minimum) == "500.50"


def test_E66_a_personal_card_is_never_prepaid(rules: Hands) -> None:
    rules.press("types", "type:1")
    rules.fill("prepay", "1000")
    rules.press("choose:scope=personal")
    assert "field:prepay" not in rules.pressable()
    rules.press("do")
    rules.silent("prepaid")


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("name", "", "A card type has a name"),
        ("name", "Guest card", "Another card type has this name"),
        ("prepay", "1.234", "This is not an amount"),
        ("limit", "99999999999999", "This is not an amount"),
        ("minimum", "0.001", "This is not an amount"),
        ("discount", "101", "100 % at most"),
    ],
)
def test_what_is_wrong_with_a_type_stands_at_its_field(
    rules: Hands, field: str, text: str, told: str
) -> None:
    rules.press("types", "type:1")
    rules.fill(field, text)
    rules.press("do")
    rules.says(told)
    assert rules.focused(field)


def test_the_type_that_guests_register_stays(rules: Hands) -> None:
    rules.press("types", "type:0", "switch:in_use", "do", "back", "ok")
    assert rules.tone == "bad"
    rules.says("default_card_type")


def test_only_a_type_of_the_draft_vanishes(rules: Hands) -> None:
    rules.press("types", "type:1")
    assert "remove" not in rules.shown()
    rules.press("back", "add", "field:name")
    rules.type("lounge")
    rules.press("do", "type:2", "remove")
    rules.silent("Lounge")


# --- the tester --------------------------------------------------------------------------------


def test_E75_a_swipe_says_which_rule_matches_and_what_it_takes(rules: Hands) -> None:
    head = rules.venue.ledger.head
    rules.says("Swipe or tap a card now", "Nothing is booked")
    swipe(rules, TABLE)
    rules.says(TABLE, "Rule 4 matches, no other", "551234", "Table card", "31.12.2026", "No")
    marked = [line for line in inside(rules.view, Line) if line.tone == "good"]
    assert [line.id for line in marked] == ["rule:3"]
    assert rules.venue.ledger.head == head


def test_E75_a_card_on_file_with_its_open_visit(rules: Hands) -> None:
    read = Recognised("Table card", "entrance_card", "table", "551234")
    rules.did(CreateVisit(read=read), actor="till:bar", key="visit")
    swipe(rules, TABLE)
    rules.says("Yes, visit open since 18:00")


def test_E75_a_draft_is_tried_before_it_is_in_force(rules: Hands) -> None:
    new_rule(rules, "lounge", "66")
    rules.press("do")
    swipe(rules, ";6612?")
    rules.says("Rule 5 matches, no other")
    rules.press("back", "back", "leave_it")
    swipe(rules, ";6612?")
    rules.says("No rule matches")


def test_E76_an_expired_card(rules: Hands) -> None:
    swipe(rules, ";551234=010120?")
    rules.says("K-04")


def test_bank_cards_are_masked_and_logged_nowhere(
    rules: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    swipe(rules, "%B4111111111111111^DOE/JOHN^2912?;4111111111111111=2912?")
    rules.says("•••• 1111")
    rules.silent("4111111", "DOE")
    assert "4111111" not in repr(rules.situation) + caplog.text
    rules.tell(CardRefused(READER, "contactless", "bank_card"))
    rules.says("K-07")
    rules.tell(CardRefused(READER, "contactless", "unreadable"))
    rules.says("R-03")
    rules.tap()
    assert UID not in repr(rules.situation) + caplog.text


def test_a_staff_card_is_tested_and_signs_nobody_in(rules: Hands) -> None:
    swipe(rules, ";9900000101=?")
    rules.says("Rule 3 matches", "Staff card")
    assert rules.desk.person.number == OWNER


def test_E75_test_data_is_typed(rules: Hands) -> None:
    rules.press("type_it", "do")
    rules.says("1 to 250")
    rules.type(";771234567890?")
    rules.press("do")
    rules.says("Rule 2 matches", "771234567890")
    rules.press("type_it", "choose:signal=contactless")
    rules.type("04A1B2C3")
    rules.press("do")
    rules.says("Rule 1 matches", "04A1B2C3")


def test_a_read_that_is_too_long_is_told(rules: Hands) -> None:
    swipe(rules, ";" + "1" * 300)
    assert rules.tone == "bad"


# --- who ---------------------------------------------------------------------------------------


def test_a_technician_tests_and_changes_nothing(hands: Hands) -> None:
    hands.sign_in(TECHNICIAN)
    hands.go("cards")
    assert not {"ok", "add", "batch"} & hands.shown()
    hands.press("rule:0")
    assert "edit" not in hands.shown()
    for button in ("ok", "add", "edit", "remove", "up", "down", "batch"):
        hands.tell_button(button)
    assert "recognition_set" not in hands.kinds()
    swipe(hands, TABLE)
    hands.says("Rule 4 matches")


def test_a_cashier_sees_the_new_cards_alone(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("cards")
    hands.says("New cards")
    hands.silent("55####", "How cards are recognised")
