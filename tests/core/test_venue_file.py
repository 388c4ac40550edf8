"""A venue in a file: what it becomes, and all its mistakes at once."""

import contextlib
import json
import re
from datetime import date
from pathlib import Path

import pytest

import kiosk
from kiosk.core.errors import ConfigError
from kiosk.core.ids import DeviceId
from kiosk.core.recognition import Rule, recognise
from kiosk.core.venue_file import parse, read, write

DEMO = Path(kiosk.__file__).parent / "demo_venue.toml"
TEXT = DEMO.read_text("utf-8")


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, f"{old} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert all(told.startswith("venue.toml: ") for told in caught.value.mistakes)
    return [told.removeprefix("venue.toml: ") for told in caught.value.mistakes]


def card_type(name: str, **given: object) -> str:
    lines = [f"{k} = {json.dumps(v)}" for k, v in ({"personal": False} | given).items()]
    return "\n".join(["", "[[card_types]]", f'id = "{name}"', f'name = "{name}"', *lines, ""])


def rule(name: str, kind: str, pattern: str) -> str:
    return (
        f'\n[[rules]]\nname = "{name}"\nalgorithm = "prefix"\nsignals = ["barcode"]\n'
        f'scope = "entrance_card"\nobject = "{kind}"\npattern = "{pattern}"\n'
    )


def test_the_demo_venue_is_sound():
    venue = read(DEMO)
    assert (venue.name, venue.currency.code, venue.settings["time_zone"]) == (
        "Orbit Club", "RUB", "Europe/Moscow")  # fmt: skip
    kept = venue.settings
    assert kept["faces"] == [50, 100, 200, 500, 1000]
    assert kept["balance_max"] == 10_000_000
    assert venue.warnings == ()
    assert kept["default_card_type"] == "guest"
    assert kept["order_max_amount_check"] == "forbid_saving"


def test_the_documents_are_plain_json_and_hold_no_float():
    documents = read(DEMO).documents
    text = json.dumps(documents)
    assert json.loads(text) == documents
    assert not re.search(r"\d\.\d", text)
    guest, table = documents["card_types"]
    assert (guest["limit"], table["limit"]) == (0, 300000)
    assert Rule.from_document(documents["rules"][0]).lengths == (8, 14)
    assert [d["id"] for d in documents["settings"]] == ["venue"]


def test_E102_no_limit_is_not_a_limit_of_nothing():
    venue = parse(changed(("limit = 3000", 'limit = "none"')))
    assert [kind["limit"] for kind in venue.documents["card_types"]] == [0, None]


@pytest.mark.parametrize("spelling", ["Prohibit order saving", "forbid_saving", "Forbid saving"])
def test_E8_the_archives_spelling_is_the_same_value(spelling):
    venue = parse(changed(('check = "forbid_saving"', f'check = "{spelling}"')))
    assert venue.settings["order_max_amount_check"] == "forbid_saving"


def test_E5_E6_E19_the_vendors_names_and_values_are_aliases():
    venue = parse(
        changed(
            ("one_order_in_visit = false", '"One order in visit" = true'),
            ('"seats_without_card_allowed"\n', '"Only with card"\n'),
            ('accounting = "do_not_account"', 'accounting = "Receipt, Later Summary"'),
        )
    )
    assert venue.settings["one_order_in_visit"]
    assert venue.settings["entrance_card"] == "only_with_card"
    assert venue.settings["prepay_accounting"] == "receipt_later_summary"


# --- E10 to E15, E12: one rule for each non-personal type --------------------------------------


def venue_of(types: int, rules: int) -> str:
    text = TEXT[: TEXT.rindex("[[rules]]")].replace(
        TEXT[TEXT.index('[[card_types]]\nid = "table"') : TEXT.index("# Recognition:")], ""
    )
    text += "".join(card_type(f"type-{n}", prepay_amount=500 * n) for n in range(types))
    return text + "".join(rule(f"rule-{n}", f"type-{n}", f"{n}") for n in range(rules))


def test_E10_E12_E15_as_many_types_as_rules():
    venue = parse(venue_of(3, 3))
    kinds = venue.documents["card_types"][1:]
    assert [kind["prepay_amount"] for kind in kinds] == [0, 50_000, 100_000]


def test_E12_the_type_without_a_rule_is_named():
    assert mistakes(venue_of(3, 2)) == [
        "[[card_types]] type-2: has no rule; give it exactly one (E12)"
    ]


def test_E12_the_rule_without_a_type_is_named():
    (told,) = mistakes(venue_of(2, 3))
    assert told.startswith('[[rules]] rule-2: there is no card type "type-2" for it')


def test_E12_two_rules_on_one_type_are_refused():
    assert mistakes(venue_of(2, 2) + rule("again", "type-1", "9")) == [
        "[[card_types]] type-1: has 2 rules; give it exactly one (E12)"
    ]


def test_E12_a_type_out_of_use_needs_no_rule():
    parse(venue_of(2, 2) + card_type("old", in_use=False))
    (told,) = mistakes(venue_of(2, 2) + card_type("old", in_use=False) + rule("o", "old", "9"))
    assert told == '[[rules]] o: card type "old" is not in use; remove the rule (E12)'


def test_E11_a_types_rule_is_of_the_entrance_cards_and_names_it():
    text = venue_of(2, 1)
    employee = rule("other", "type-1", "9").replace("entrance_card", "employee")
    for other in (employee, employee.replace('object = "type-1"\n', "")):
        told = mistakes(text + other)
        assert "[[card_types]] type-1: has no rule; give it exactly one (E12)" in told
    nameless = rule("other", "type-1", "9").replace('object = "type-1"\n', "")
    assert any("object" in told for told in mistakes(text + nameless))
    found = [Rule.from_document(r) for r in parse(venue_of(2, 2)).documents["rules"]]
    own = {r.object: r.scope for r in found if r.object.startswith("type-")}
    assert own == {"type-0": "entrance_card", "type-1": "entrance_card"}


def test_E69_magnetic_cards_of_nobody_have_a_type_and_a_rule_for_each_prepayment():
    stripes = venue_of(3, 3).replace('signals = ["barcode"]', 'signals = ["magnetic"]\ntrack = 2')
    venue = parse(stripes)
    rules = [Rule.from_document(r) for r in venue.documents["rules"]]
    amounts = {kind["id"]: kind["prepay_amount"] for kind in venue.documents["card_types"]}
    for n, amount in enumerate((0, 50_000, 100_000)):
        read = recognise(f";{n}4711?", "magnetic", DeviceId("stripe"), rules, date(2026, 11, 22))
        assert (read.scope, read.object, read.number) == ("entrance_card", f"type-{n}", f"{n}4711")
        assert amounts[read.object] == amount
    assert "has no rule" in mistakes(stripes + card_type("type-3", prepay_amount=2000))[0]


def test_E64_personal_cards_are_found_through_an_interface():
    (told,) = mistakes(TEXT + rule("personal", "guest", "9"))
    assert told.startswith('[[rules]] personal: card type "guest" is personal; write scope')
    told = mistakes(changed(('signals = ["contactless"]', 'signals = ["contactless"]\ntrack = 1')))
    assert told == [
        "[[rules]] Contactless guest card track: only magnetic cards have tracks; "
        "write 0 or signals = magnetic alone"
    ]
    text = TEXT.replace('scope = "interface"\nobject = "PDS"', 'scope = "employee"')
    assert "[[rules]]: no rule finds personal cards" in mistakes(text)[0]


def test_E66_a_personal_card_cannot_be_prepaid():
    for line in ("prepay_amount = 1", 'prepay_reason = "advance"'):
        (told,) = mistakes(changed(("limit = 0", f"limit = 0\n{line}")))
        assert (
            told == "[[card_types]] guest: a personal card cannot be prepaid; remove prepay_* (E66)"
        )


def test_E73_overlapping_rules_are_told_before_a_card_finds_them():
    (told,) = mistakes(changed(('pattern = "77"', 'pattern = "55"')))
    assert told.startswith(
        '[[rules]]: "Striped guest card" and "Table card" can recognise the same'
    )


# --- prepayments -------------------------------------------------------------------------------

FISCAL = ('accounting = "do_not_account"', 'accounting = "receipt_later_summary"')
ADVANCE = (
    '[[markups]]\nid = "advance"\nname = "Advance"\n\n'
    '[[money_reasons]]\nid = "advance"\nname = "Advance"\nuses = ["prepayment"]\n'
    'prepayment = true\nmarkup = "advance"\n\n[[rules]]\nname = "Table card"'
)


def prepaid(reason: str = "advance") -> tuple[str, str]:
    return "limit = 3000", f'limit = 3000\nprepay_amount = 500\nprepay_reason = "{reason}"'


def fiscal(*pairs: tuple[str, str], reason: str = "advance") -> str:
    text = changed(FISCAL, prepaid(reason), ('[[rules]]\nname = "Table card"', ADVANCE))
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_E18_E19_E20_E21_E22_a_fiscal_prepayment_with_all_four_conditions():
    venue = parse(fiscal())
    assert venue.warnings == ()
    assert venue.documents["card_types"][1]["prepay_reason"] == "advance"


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (('uses = ["prepayment"]\nprepayment = true', 'uses = ["prepayment"]'), "(E21)"),
        (('markup = "advance"', ""), "names no markup that there is; write its id (E20, E21)"),
        (('name = "Advance"\n\n', 'name = "Advance"\nundistributed = false\n\n'), "(E20, E21)"),
        (('name = "Advance"\n\n', 'name = "Advance"\ncount_type = "percent"\n\n'), "(E20, E21)"),
        (('prepay_reason = "advance"', 'prepay_reason = "advnce"'), "(E22)"),
        (('\nprepay_reason = "advance"', ""), "(E22, E88)"),
    ],
)
def test_E19_E20_E21_E22_each_condition_that_lacks_is_named(pair, told):
    (mistake,) = mistakes(fiscal(pair))
    assert mistake.startswith("[[card_types]] table: ")
    assert told in mistake


def test_E23_E24_E25_without_accounting_the_amount_is_enough():
    venue = parse(changed(("limit = 3000", "limit = 3000\nprepay_amount = 500")))
    assert venue.warnings == ()
    assert venue.settings["prepay_accounting"] == "do_not_account"


def test_E88_a_fiscal_prepayment_needs_its_reason_and_a_reason_without_it_is_a_warning():
    (told,) = mistakes(changed(FISCAL, ("limit = 3000", "limit = 3000\nprepay_amount = 500")))
    assert told.startswith("[[card_types]] table: a fiscal prepayment needs a reason")
    (warning,) = parse(changed(prepaid())).warnings
    assert "prepay_reason is not used" in warning


def test_E26_E27_E28_a_floating_deposit_needs_a_reason_with_an_undistributed_markup():
    reason = 'floating_reason = "deposit"'
    (told,) = mistakes(changed((reason, "")))
    assert told.startswith("[visits] floating_reason: is missing")
    assert told.endswith("(E28)")
    (told,) = mistakes(changed((reason, 'floating_reason = "bank"')))
    assert "names no markup that there is; write its id (E27)" in told
    (told,) = mistakes(changed(("undistributed = true", "undistributed = false")))
    assert told.endswith("(E27)")
    venue = parse(TEXT)
    (kept,) = [r for r in venue.documents["money_reasons"] if r["id"] == "deposit"]
    assert not kept["prepayment"], "the box is not needed here (E28)"


def test_E30_where_floating_is_off_it_needs_no_reason():
    parse(changed(('floating_reason = "deposit"', ""), ("enabled = true", "enabled = false")))


# --- the minimum -------------------------------------------------------------------------------


def minimum(*lines: str, kind: str = "") -> dict:
    markup = "\n".join(["[[markups]]", 'id = "least"', 'name = "Least"', *lines, "", ""])
    text = changed(
        ('[[money_reasons]]\nid = "deposit"', f'{markup}[[money_reasons]]\nid = "deposit"'),
        ("limit = 3000", f'limit = 3000\nmarkup = "least"\n{kind}'),
    )
    return parse(text).documents["card_types"][1]


def test_E32_the_threshold_stands_at_the_markup_or_at_its_percent_detail():
    assert minimum("minimum_amount = 1000")["minimum"] == 100_000
    assert minimum('detail = { count_type = "percent", minimum_amount = 1000 }')["minimum"] == (
        100_000
    )
    assert minimum('detail = { count_type = "Percent" }', kind="minimum = 700")["minimum"] == 70_000
    for lines, told in (
        (['detail = { count_type = "amount" }'], "is no detail"),
        (["minimum_amount = 1000", 'count_type = "percent"'], "must be undistributed"),
    ):
        with pytest.raises(ConfigError, match=told):
            minimum(*lines)
    with pytest.raises(ConfigError, match="remove one"):
        minimum("minimum_amount = 1000", kind="minimum = 700")


def test_E33_the_minimum_is_the_visits_where_payment_is_at_the_exit():
    scope = ('minimum_scope = "visit"', "")
    assert parse(changed(scope)).settings["minimum_scope"] == "visit"
    at_once = parse(changed(scope, ("pay_on_exit = true", "pay_on_exit = false")))
    assert at_once.settings["minimum_scope"] == "order"


def test_E5_one_order_in_a_visit_leaves_the_entrance_card_aside():
    (told,) = parse(changed(("one_order_in_visit = false", "one_order_in_visit = true"))).warnings
    assert "is not used (E5)" in told


# --- the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('tariff = "evening"', 'tariff = "evenin"', 'did you mean "evening"?'),
        ('role = "owner"', 'role = "manager"', "nobody is an owner"),
        ('card = "9900000107"', 'card = "9900000106"', "2 people have the card 9900000106"),
        ('opens = "00:00"', 'opens = "25:00"', "is no time"),
        ('start = "00:00", end', 'begin = "00:00", end', 'holds "begin"'),
        (
            'start = "18:00", end',
            'start = "18:30", end',
            "day 1, 2, 3, 4, 5, 18:00 to 18:30 has no",
        ),
        ('start = "18:00", end', 'start = "17:00", end', "17:00 to 18:00 has the rates 1 and 2"),
        ("minutes = 60\nprice = 150", "minutes = 0\nprice = 150", "from 1 to 100000"),
        ("minutes = 60\nprice = 150", "minutes = 60\nprice = -1", "below zero"),
        ("[staff_pins]", '[rights]\nstaff = ["manager"]\n[staff_pins]', "leaves out the owner"),
        ("[staff_pins]", '[rights]\nfly = ["manager"]\n[staff_pins]', "unknown setting"),
        ("[staff_pins]", '[rights]\nserve = ["waiter"]\n[staff_pins]', "cannot be 'waiter'"),
        ("[staff_pins]", "[[bonus_tiers]]\nfrom = 300\n[staff_pins]", "gives percent or points"),
        ('uses = ["float"]', 'uses = ["floating"]', 'did you mean "float"?'),
        ("max_percent = 100", "max_percent = 101", "from 0 to 100"),
    ],
)
def test_M1_each_mistake_in_the_other_sections_says_what_and_where(old, new, told):
    assert told in "\n".join(mistakes(changed((old, new))))


def test_M7_a_package_that_never_pays_is_warned_of():
    assert not parse(changed(("minutes = 60\nprice = 150", "minutes = 60\nprice = 240"))).warnings
    (told,) = parse(changed(("minutes = 60\nprice = 150", "minutes = 60\nprice = 241"))).warnings
    assert told == (
        "venue.toml: [[packages]] game-60: costs more a minute than the tariff does at any time; "
        "lower its price (M7)"
    )


def test_M39_a_package_for_nothing_is_warned_of():
    (told,) = parse(changed(("minutes = 60\nprice = 150", "minutes = 60\nprice = 0"))).warnings
    assert told == (
        "venue.toml: [[packages]] game-60: costs nothing; write its price, "
        "unless it is a gift (M39)"
    )


@pytest.mark.parametrize("name", ["demo_venue.toml", "demo_centre.toml"])
def test_what_is_written_reads_the_same(name):
    venue = read(DEMO.parent / name)
    again = parse(write(venue.documents))
    assert again == venue
    assert write(again.documents) == write(venue.documents)


def test_U1_guests_register_a_personal_type():
    for name in ("table", "gest"):
        (told,) = mistakes(changed(('type = "guest"', f'type = "{name}"')))
        assert told.startswith("[venue] default_card_type: ")


# --- mistakes ----------------------------------------------------------------------------------


def test_a_float_is_no_money():
    (told,) = mistakes(changed(("top_up_max = 15000", "top_up_max = 15000.50")))
    assert told == (
        "[cash] top_up_max: is a floating-point number (15000.5), which cannot hold money exactly; "
        'write it in quotes: "15000.5"'
    )
    venue = parse(changed(("top_up_max = 15000", 'top_up_max = "15000.50"')))
    assert venue.settings["top_up_max"] == 1500050


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("limit = 3000", 'limit = "3000.123"', "has more than 2 decimals"),
        ("limit = 3000", "limit = -1", "below zero"),
        ("limit = 3000", "limit = true", "is no amount"),
        ("limit = 3000", "limmit = 3000", 'did you mean "limit"?'),
        ('currency = "RUB"', 'currency = "RUR"', "did you mean"),
        ('"Europe/Moscow"', '"Moscow"', "names no time zone"),
        ('accent = "#FFC53D"', 'accent = "yellow"', "is not a colour"),
        ("[phone]", "[phones]", 'did you mean "phone"?'),
        ("faces = [50, 100, 200, 500, 1000]", "faces = []", "is no list"),
        ("faces = [50, 100, 200, 500, 1000]", "faces = [0]", "a note of 0"),
        ("faces = [50, 100, 200, 500, 1000]", "faces = [50, 50]", "names a note twice"),
        ("faces = [50, 100, 200, 500, 1000]", "faces = [50000]", "less than the smallest note"),
        ('terms_version = "2026-11"', "", "terms_version: is missing"),
        ('check = "forbid_saving"', 'check = "never"', "known: do_not_use, forbid_saving"),
        ('id = "table"', 'id = "guest"', "is there 2 times"),
        ("pay_on_exit = true", "pay_on_exit = 1", "is neither true nor false"),
        ('palette = "night"', 'palette = "nigth"', 'did you mean "night"?'),
        ('id = "table"', 'id = "Table 1"', "is not small letters"),
        ("limit = 3000", f"limit = {10**30}", "more than any wallet holds"),
        ('name = "Orbit Club"', f'name = "{"x" * 201}"', "is too long"),
        ('name = "Orbit Club"', 'name = "Orbit\\nClub"', "has line ends"),
        (
            "faces = [50, 100, 200, 500, 1000]",
            f"faces = {list(range(1, 102))}",
            "write 100 at most",
        ),
        ("faces = [50, 100, 200, 500, 1000]", "faces = [1000001]", "is too large"),
        ("groups = [3, 3, 2, 2]", "groups = [3, 0]", "no groups of a phone number"),
        ("groups = [3, 3, 2, 2]", "groups = [16]", "no groups of a phone number"),
    ],
)
def test_each_mistake_says_what_and_where(old, new, told):
    assert told in "\n".join(mistakes(changed((old, new))))


def test_all_mistakes_at_once():
    found = mistakes(
        changed(
            ('currency = "RUB"', 'currency = "XXX"'),
            ("limit = 3000", "limit = 1.5"),
            ("pay_on_exit = true", "pay_on_exit = 1"),
            ('algorithm = "any"', 'algorithm = "anny"'),
        )
    )
    assert len(found) >= 4
    assert [told.partition(":")[0] for told in found[:4]] == [
        "[venue] currency",
        "[visits] pay_on_exit",
        "[[card_types]] table limit",
        "[[rules]] Contactless guest card algorithm",
    ]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        read(tmp_path / "venue.toml")
    (told,) = mistakes("[venue\n")
    assert "is not TOML" in told
    assert "line 1" in told
    assert mistakes("card_types = 3\nvenue = 1\n")[0] == (
        "[venue]: is no section; write its settings below it"
    )
    binary = tmp_path / "venue.toml"
    binary.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        read(binary)


# Each is tried behind every setting of the file; two of them while somebody waits.
@pytest.mark.slow
@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "{}",
        *(
            pytest.param(value, marks=pytest.mark.slow)
            for value in ("1.5", '""', '"x"', "true", "[]", "[1]", "[[[]]]")
        ),
    ],
)
def test_whatever_stands_behind_a_setting_the_answer_is_a_venue_or_mistakes(value):
    lines = TEXT.split("\n")
    settings = [n for n, line in enumerate(lines) if re.match(r"[a-z_]+ = ", line)]
    assert len(settings) > 40
    for number in settings:
        line = re.sub(r" = .*", lambda _: f" = {value}", lines[number])
        with contextlib.suppress(ConfigError):
            parse("\n".join([*lines[:number], line, *lines[number + 1 :]]))
