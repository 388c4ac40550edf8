"""MCR algorithms (E70 to E77)."""

import itertools
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import Refused
from kiosk.core.readings import ExplainRead, TypedNumber
from kiosk.core.recognition import (
    ALGORITHMS,
    SCOPES,
    SIGNALS,
    Ambiguous,
    CardExpired,
    Recognised,
    Rule,
    Unrecognised,
    explain,
    overlapping,
    recognise,
    rule_mistakes,
    track,
)
from kiosk.verbs import answer_closed
from tests.core.guest import DEMO, NOW, make_venue

TODAY = date(2026, 11, 22)
TRACKS = "%B77PARTY^ORBIT?;770012345678?+0042?"

GUEST = Rule("Guest", "any", ("contactless",), "interface", "PDS", lengths=(8, 14))
STRIPE = Rule("Stripe", "prefix", ("magnetic",), "interface", "PDS", pattern="77", track=2)
TABLE = Rule(
    "Table",
    "mask",
    ("magnetic",),
    "entrance_card",
    "table",
    pattern="55####=######",
    track=2,
    length=6,
    dated=True,
)


def read(raw, *rules, signal="magnetic", device="stripe", today=TODAY):
    return recognise(raw, signal, device, rules, today)


def test_E70_the_number_is_the_part_that_the_rule_cuts_out():
    assert read("04A1B2C3D4E5F6", GUEST, signal="contactless") == Recognised(
        "Guest", "interface", "PDS", "04A1B2C3D4E5F6"
    )
    assert read(TRACKS, STRIPE).number == "770012345678"
    cut = Rule("Cut", "prefix", ("magnetic",), "employee", pattern="77", track=2, start=4, length=5)
    assert read(TRACKS, cut).number == "12345"
    whole = Rule("Whole", "any", ("magnetic",), "employee")
    with pytest.raises(Unrecognised):
        read(TRACKS + "9" * 60, whole)
    assert read(";1?", whole).number == ";1?"


def test_E72_a_rule_looks_at_its_signals_and_its_reader_alone():
    bound = Rule("Zone", "prefix", ("magnetic",), "interface", "PDS", reader="zone", pattern="77",
                 track=2)  # fmt: skip
    bar = Rule("Bar", "prefix", ("magnetic",), "interface", "CRM", reader="bar", pattern="77",
               track=2)  # fmt: skip
    assert read(TRACKS, bound, bar, device="zone").object == "PDS"
    assert read(TRACKS, bound, bar, device="bar").object == "CRM"
    with pytest.raises(Unrecognised):
        read(TRACKS, bound, bar, device="desk")
    with pytest.raises(Unrecognised):
        read(TRACKS, bound, signal="keyboard", device="zone")


def test_E73_none_is_unknown_and_more_than_one_is_named():
    with pytest.raises(Unrecognised) as unknown:
        read(";88?", STRIPE, TABLE)
    assert unknown.value.key == "err.not_ours"
    twin = Rule("Twin", "any", ("magnetic",), "employee", track=2)
    with pytest.raises(Ambiguous) as twice:
        read(TRACKS, STRIPE, TABLE, twin)
    assert twice.value.names == ("Stripe", "Twin")
    assert twice.value.key == "err.ambiguous"


@pytest.mark.parametrize(
    ("end", "until"),
    [("221126", "2026-11-22"), ("231126", "2026-11-23"), ("311299", "2099-12-31")],
)
def test_E76_a_dated_card_is_good_to_the_end_of_its_day(end, until):
    for separator in "=;":
        rule = Rule("D", "prefix", ("barcode",), "employee", pattern="55", dated=True)
        found = read(f"551234{separator}{end}", rule, signal="barcode")
        assert (found.number, found.valid_until) == ("551234", until)


def test_E76_an_expired_card_is_told_with_its_day():
    with pytest.raises(CardExpired) as expired:
        read(";551234=211126?", TABLE)
    assert expired.value.key == "err.expired"
    assert expired.value.until == date(2026, 11, 21)
    assert expired.value.args_by_name == {"date": "2026-11-21"}
    assert read(";551234=221126?", TABLE).number == "551234"


@pytest.mark.parametrize("raw", [";551234=310226?", ";551234=001126?", ";551234?", ";55?"])
def test_E76_what_is_no_date_is_not_one_of_ours(raw):
    dated = Rule("D", "prefix", ("magnetic",), "employee", pattern="55", track=2, dated=True)
    with pytest.raises(Unrecognised):
        read(raw, dated)


@pytest.mark.parametrize("device", ["stripe", "other"])
def test_no_raw_read_stands_in_an_exception_or_a_repr(device):
    twin = Rule("Twin", "any", ("magnetic",), "employee", track=2, reader="stripe")
    expired = ";551234=211126?"
    for raw, rules in [(TRACKS, [STRIPE, twin]), (TRACKS, [TABLE]), (expired, [TABLE])]:
        try:
            told = repr(read(raw, *rules, device=device))
        except (Unrecognised, Ambiguous, CardExpired) as refused:
            told = f"{refused!r} {refused} {refused.args} {refused.__dict__}"
        assert "770012345678" not in told
        assert "551234" not in told


def test_E75_the_tester_says_of_every_rule_what_it_makes_of_the_read():
    bound = Rule("Zone", "any", ("magnetic",), "employee", track=2, reader="zone")
    third = Rule("Third", "any", ("magnetic",), "employee", track=3)
    told = explain(";551234=211126?", "magnetic", "stripe", [GUEST, STRIPE, TABLE, bound, third])
    assert told == [
        ("Guest", False, "looks at contactless, not at magnetic"),
        ("Stripe", False, "does not fit the prefix"),
        ("Table", True, "551234, valid until 2026-11-21"),
        ("Zone", False, "is bound to zone"),
        ("Third", False, "there is no track 3"),
    ]
    (told,) = explain("04A1B2", "contactless", "reader", [GUEST])
    assert told == ("Guest", False, "has 6 characters, not 8 or 14")
    (told,) = explain("04A1B2C3", "contactless", "reader", [GUEST])
    assert told == ("Guest", True, "04A1B2C3")


def test_tracks_are_taken_apart():
    assert [track(TRACKS, n) for n in (1, 2, 3)] == ["B77PARTY^ORBIT", "770012345678", "0042"]
    assert [track(";77?;0042?", n) for n in (1, 2, 3)] == [None, "77", "0042"]
    assert [track("!0042?", n) for n in (1, 2, 3)] == [None, None, "0042"]
    assert [track(";77", n) for n in (1, 2, 3)] == [None, None, None]


def test_masks_digits_any_and_literal_characters():
    def fits(mask, raw):
        rule = Rule("M", "mask", ("barcode",), "employee", pattern=mask)
        return explain(raw, "barcode", "scanner", [rule])[0][1]

    assert fits("AB##", "AB12")
    assert not fits("AB##", "AB1")
    assert not fits("AB##", "AB123")
    assert not fits("AB##", "AB1X")
    assert not fits("AB##", "AB1²"), "only the ten digits are digits"
    assert fits("A?", "A!")
    assert fits(r"\#\?\\", "#?\\")
    assert not fits(r"\#", "1")


OVERLAPPING = [
    ({"algorithm": "any"}, {"algorithm": "any"}, True),
    ({"algorithm": "any"}, {"algorithm": "prefix", "pattern": "77"}, True),
    ({"algorithm": "prefix", "pattern": "77"}, {"algorithm": "prefix", "pattern": "771"}, True),
    ({"algorithm": "prefix", "pattern": "77"}, {"algorithm": "prefix", "pattern": "78"}, False),
    ({"algorithm": "mask", "pattern": "7#"}, {"algorithm": "prefix", "pattern": "77"}, True),
    ({"algorithm": "mask", "pattern": "7#"}, {"algorithm": "prefix", "pattern": "7A"}, False),
    ({"algorithm": "mask", "pattern": "7#"}, {"algorithm": "prefix", "pattern": "777"}, False),
    ({"algorithm": "mask", "pattern": "7#"}, {"algorithm": "mask", "pattern": "7##"}, False),
    ({"algorithm": "mask", "pattern": "7?"}, {"algorithm": "mask", "pattern": "#1"}, True),
    ({"algorithm": "any", "lengths": (8,)}, {"algorithm": "any", "lengths": (14,)}, False),
    ({"algorithm": "any", "lengths": (8, 14)}, {"algorithm": "any", "lengths": (14,)}, True),
    ({"algorithm": "any", "lengths": (8,)}, {"algorithm": "mask", "pattern": "#######"}, False),
]


@pytest.mark.parametrize(("one", "other", "expected"), OVERLAPPING)
def test_E73_rules_that_can_match_one_read_are_found_before_it_comes(one, other, expected):
    a = Rule(name="A", signals=("barcode",), scope="employee", **one)
    b = Rule(name="B", signals=("barcode", "keyboard"), scope="employee", **other)
    assert bool(overlapping([a, b])) is expected
    assert bool(overlapping([b, a])) is expected
    if expected:
        assert overlapping([a, b]) == [(a, b)]
    apart = Rule(name="B", signals=("keyboard",), scope="employee", **other)
    assert overlapping([a, apart]) == []


def test_E73_readers_and_tracks_keep_rules_apart():
    def rule(name, **given):
        return Rule(
            name, "prefix", ("magnetic",), "employee", pattern=given.pop("pattern"), **given
        )

    bar, zone = rule("A", pattern="7", reader="bar"), rule("B", pattern="7", reader="zone")
    assert overlapping([bar, zone]) == []
    assert overlapping([bar, rule("C", pattern="7")]) != []
    assert overlapping([rule("A", pattern="7", track=1), rule("B", pattern="7", track=2)]) == []
    second = rule("B", pattern="77", track=2)
    assert overlapping([rule("A", pattern=";77"), second]) != []
    assert overlapping([rule("A", pattern=";7"), second]) != []
    assert overlapping([rule("A", pattern=";78"), second]) == []
    assert overlapping([rule("A", pattern="%B"), second]) == []
    assert overlapping([rule("A", pattern=";77?"), rule("B", pattern="78", track=2)]) == []
    whole = Rule("W", "any", ("magnetic",), "employee")
    assert overlapping([whole, second]) != []


LETTERS = "7A"
parts = st.text(LETTERS, min_size=1, max_size=4)
masks = st.text("7A#?", min_size=1, max_size=4)
patterns = st.one_of(
    st.builds(lambda p: {"algorithm": "prefix", "pattern": p}, parts),
    st.builds(
        lambda p: {"algorithm": "mask", "pattern": p}, st.text("7A#?", min_size=1, max_size=4)
    ),
    st.just({"algorithm": "any"}),
)


@given(patterns, patterns)
def test_E73_overlaps_are_exactly_the_ambiguities(one, other):
    """Against every read there is: of two letters, up to a length above all patterns."""
    a = Rule(name="A", signals=("barcode",), scope="employee", **one)
    b = Rule(name="B", signals=("barcode",), scope="employee", **other)
    reads = ("".join(r) for n in range(1, 6) for r in itertools.product(LETTERS, repeat=n))
    both = any(
        all(matches for _, matches, _ in explain(raw, "barcode", "scanner", [a, b]))
        for raw in reads
    )
    assert bool(overlapping([a, b])) is both


@given(patterns, st.sampled_from(["employee", "interface"]), st.booleans())
def test_a_rule_comes_back_from_the_store_as_it_went_in(pattern, scope, dated):
    rule = Rule(name="A", signals=("barcode",), scope=scope, object="PDS", dated=dated,
                lengths=(4, 7), **pattern)  # fmt: skip
    document = {"id": "A", **rule.to_document()}
    assert Rule.from_document(document) == rule


def test_a_rule_that_cannot_work_says_why():
    def wrong(**given):
        rule = replace(Rule("A", "any", ("magnetic",), "employee"), **given)
        return [told.partition(":")[0] for told in rule_mistakes(rule)]

    assert wrong() == []
    assert wrong(signals=()) == ["signals"]
    assert wrong(pattern="7") == ["pattern"]
    assert wrong(algorithm="prefix") == ["pattern"]
    assert wrong(algorithm="mask", pattern="7\\") == ["pattern"]
    assert wrong(track=2, signals=("magnetic", "barcode")) == ["track"]
    assert wrong(track=4) == ["track"]
    assert wrong(algorithm="prefix", pattern="777", lengths=(2,)) == ["lengths"]
    assert wrong(length=65) == ["length"]
    assert wrong(start=-1) == ["start, length, lengths"]
    assert wrong(scope="interface", object="SAP") == ["object"]
    assert wrong(scope="entrance_card") == ["object"]


# --- what the vendor has, and what stands here ---------------------------------------------------


def test_E71_a_rule_has_a_name_an_algorithm_devices_a_scope_and_an_object():
    """Of the vendor's algorithm types prefix and mask, and `any` for a UID; no script, no DLL.

    Of its scopes those that lead to somebody: currency and discount are decided by the card's type
    and its client's group (E62, E63), function keys by the screen.
    """
    assert ALGORITHMS == ("prefix", "mask", "any")
    assert SCOPES == ("entrance_card", "interface", "employee")
    named = {"name", "algorithm", "signals", "scope", "object"}
    assert named <= {field.name for field in fields(Rule)}


def test_E72_the_five_signals_of_drivers():
    assert set(SIGNALS) == {"magnetic", "barcode", "dallas", "keyboard", "contactless"}
    for signal in SIGNALS:
        rule = Rule("R", "any", (signal,), "employee")
        assert read("77", rule, signal=signal).number == "77"
        others = [s for s in SIGNALS if s != signal]
        for other in others:
            with pytest.raises(Unrecognised):
                read("77", rule, signal=other)


def test_E74_an_entrance_cards_rule_names_its_type_and_the_number_is_the_cards():
    assert read(";551234=231126?", TABLE) == Recognised(
        "Table", "entrance_card", "table", "551234", "2026-11-23"
    )
    assert rule_mistakes(replace(TABLE, object="")) == ["object: is missing; name the card type"]
    assert rule_mistakes(Rule("Staff", "any", ("magnetic",), "employee")) == []


@pytest.mark.parametrize("object_", ["PDS", "CRM"])
def test_E64_a_personal_card_is_found_through_its_interface(object_):
    rule = replace(STRIPE, object=object_)
    assert rule_mistakes(rule) == []
    assert read(TRACKS, rule).scope == "interface"
    assert read(TRACKS, rule).object == object_
    assert rule_mistakes(replace(rule, object="guest")) == ["object: an interface is PDS or CRM"]


@pytest.mark.parametrize(
    ("number", "good"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("7A", False), ("18", True)],
)
def test_a_check_digit_keeps_guessed_numbers_out(number, good):
    rule = Rule("R", "any", ("magnetic",), "employee", check="luhn")
    if good:
        assert read(number, rule).number == number
    else:
        with pytest.raises(Unrecognised):
            read(number, rule)
        assert explain(number, "magnetic", "stripe", [rule]) == [
            ("R", False, "the last digit does not fit the others")
        ]
    assert read(number, replace(rule, check="none")).number == number


@given(st.text("0123456789", min_size=1, max_size=20))
def test_of_ten_last_digits_one_fits(start):
    rule = Rule("R", "any", ("barcode",), "employee", check="luhn")
    fits = [d for d in "0123456789" if explain(start + d, "barcode", "r", [rule])[0][1]]
    assert len(fits) == 1


# --- by hand -------------------------------------------------------------------------------------


def asked(venue, query, actor):
    try:
        return venue.ask(query, NOW, actor)
    except Refused as refused:
        return str(refused)


def test_E75_staff_and_the_command_line_test_the_rules(venue):
    query = ExplainRead("magnetic", "stripe", ";7700042?")
    told = asked(venue, query, "staff:104")
    says = {said.rule: (said.matches, said.says) for said in told}
    assert says["Striped guest card"] == (True, "7700042")
    assert says["Contactless guest card"] == (False, "looks at contactless, not at magnetic")
    assert says["Table card"] == (False, "does not fit the mask")
    for actor in ("staff:101", "staff:102", "staff:103", "staff:107"):
        assert asked(venue, query, actor) == "err.not_allowed"
    shown = answer_closed(
        venue, {"verb": "card", "words": ["test", "magnetic", "stripe", ";7700042?"]}
    )
    assert "yes  Striped guest card: 7700042" in shown
    assert "no   Table card: does not fit the mask" in shown
    with pytest.raises(ValueError, match="usage: card block"):
        answer_closed(venue, {"verb": "card", "words": ["test", "magnetic"]})
    assert "err.no_such_signal" in asked(venue, replace(query, signal="smell"), "staff:104")
    assert "err.typed" in asked(venue, replace(query, text="7\n7"), "staff:104")
    assert "err.typed" in asked(venue, replace(query, text=""), "staff:104")
    assert "7700042" not in repr(query)


def keyboard_venue(folder):
    return make_venue(folder, DEMO.replace('signals = ["magnetic"]\ntrack = 2\npattern = "77"',
                                           'signals = ["keyboard"]\npattern = "77"'))  # fmt: skip


def test_E77_a_number_is_typed_only_by_who_has_the_right(tmp_path):
    venue = keyboard_venue(tmp_path)
    query = TypedNumber("7700042")
    for actor in ("staff:102", "staff:105", "staff:106", "cli"):
        found = asked(venue, query, actor)
        assert (found.scope, found.object, found.number) == ("interface", "PDS", "7700042")
    for actor in ("staff:101", "staff:103", "staff:104", "staff:107", "guest", "kiosk", "till:bar"):
        assert asked(venue, query, actor) == "err.not_allowed"
    assert asked(venue, TypedNumber("99"), "staff:105") == "err.not_ours"
    assert "err.typed" in asked(venue, TypedNumber("7" * 251), "staff:105")
    assert "7700042" not in repr(query)
    venue.close()


def test_E77_a_rule_of_one_reader_or_of_stripes_takes_no_typed_number(tmp_path, venue):
    assert asked(venue, TypedNumber("7700042"), "staff:105") == "err.not_ours", (
        "no rule of keyboards"
    )
    bound = DEMO.replace('signals = ["magnetic"]\ntrack = 2\npattern = "77"',
                         'signals = ["keyboard"]\nreader = "desk"\npattern = "77"')  # fmt: skip
    other = make_venue(tmp_path, bound)
    assert asked(other, TypedNumber("7700042"), "staff:105") == "err.not_ours"
    other.close()
