"""What in a venue must fit together: card types and rules, prepayments and their reasons, names.

Each check says what is wrong with `wrong(where, told)`, or, where it works all the same, with
`warn`. `settings` is the settings' document, `tables` the lists of the others; what was not read
because of a mistake of its own is not there. Source: acceptance criteria E5 to E30, E64, E66, E73,
E86 to E88, M7, M39, U1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.core.config import suggest
from kiosk.core.misfits import Misfit, misfits
from kiosk.core.packages import dearer, standard
from kiosk.core.recognition import Rule, rule_mistakes
from kiosk.core.tariffs import gaps

Tell = Callable[[str, str], None]
Settings = Mapping[str, Any]
Tables = Mapping[str, Sequence[Mapping[str, Any]]]

FISCAL = "receipt_later_summary"


def check(settings: Settings, tables: Tables, wrong: Tell, warn: Tell) -> None:
    """All that must fit together."""
    _cash(settings, wrong)
    _visits(settings, tables, wrong, warn)
    _types(settings, tables, wrong, warn)
    _prepayments(settings, tables, wrong, warn)
    _references(tables, wrong)
    _rules(tables, wrong)
    _bonus(tables, wrong)
    _minutes(tables, wrong, warn)
    _tariffs(tables, wrong)
    _people(settings, tables, wrong)


def _named(tables: Tables, table: str) -> dict[str, Mapping[str, Any]]:
    return {item["id"]: item for item in tables[table] if "id" in item}


def _cash(settings: Settings, wrong: Tell) -> None:
    faces, most = settings.get("faces"), settings.get("top_up_max")
    currency = settings.get("currency")
    if faces and most is not None and currency:
        exponent = 0 if currency == "JPY" else 2
        if min(faces) * 10**exponent > most:
            wrong("[cash] top_up_max", f"is less than the smallest note ({min(faces)})")
    if faces and len(set(faces)) < len(faces):
        wrong("[cash] faces", "names a note twice; remove one")


def _visits(settings: Settings, tables: Tables, wrong: Tell, warn: Tell) -> None:
    if settings.get("one_order_in_visit") and settings.get("entrance_card") != "none":
        told = "with one_order_in_visit = true no visit is calculated, and this is not used (E5)"
        warn("[visits] entrance_card", told)


def _types(settings: Settings, tables: Tables, wrong: Tell, warn: Tell) -> None:
    types = _named(tables, "card_types")
    wanted = settings.get("default_card_type")
    where = "[venue] default_card_type"
    if wanted is None:
        return
    if wanted not in types:
        wrong(where, f'there is no card type "{wanted}"; {suggest(wanted, types)}')
    elif not types[wanted]["personal"] or not types[wanted]["in_use"]:
        wrong(where, f'"{wanted}" is not a personal type in use; name one that is (U1)')


def _prepayments(settings: Settings, tables: Tables, wrong: Tell, warn: Tell) -> None:
    """E19 to E30, E66, E88: fiscal or not, and what each then needs."""
    fiscal = settings.get("prepay_accounting") == FISCAL
    for kind in tables["card_types"]:
        where = f"[[card_types]] {kind['id']}"
        if kind["personal"] and (kind["prepay_amount"] or kind["prepay_reason"]):
            wrong(where, "a personal card cannot be prepaid; remove prepay_* (E66)")
        elif not fiscal and kind["prepay_reason"]:
            told = "prepay_reason is not used with prepay_accounting = do_not_account (E88)"
            warn(where, told)
        elif fiscal and kind["prepay_amount"]:
            for told in _fiscal(kind["prepay_reason"], tables):
                wrong(where, told)
        markup = _named(tables, "markups").get(kind["markup"])
        least = markup["minimum_amount"] if markup else 0
        if least and kind["minimum"] not in (0, least):
            wrong(where, f'minimum is not that of the markup "{kind["markup"]}"; remove one (E32)')
        if markup and (markup["count_type"] != "amount" or not markup["undistributed"]):
            told = f'markup "{kind["markup"]}" must be undistributed and of count_type amount (E32)'
            wrong(where, told)
    floats = any(not k["personal"] and k["in_use"] and k["floating"] for k in tables["card_types"])
    if settings.get("floating_prepay_enabled") and floats:
        where = "[visits] floating_reason"
        for told in _deposit_reason(settings.get("floating_reason", ""), tables):
            wrong(where, told)


def _fiscal(name: str, tables: Tables) -> list[str]:
    """What of the four conditions of a fiscal prepayment does not hold (E19 to E22)."""
    reasons = _named(tables, "money_reasons")
    if not name:
        return ["a fiscal prepayment needs a reason; write prepay_reason (E22, E88)"]
    if name not in reasons:
        return [f'there is no money reason "{name}"; {suggest(name, reasons)} (E22)']
    reason = reasons[name]
    told = []
    if not reason["prepayment"]:
        told.append(f'money reason "{name}" is no prepayment; write prepayment = true (E21)')
    return told + _undistributed(name, reason, tables, "E20, E21")


def _deposit_reason(name: str, tables: Tables) -> list[str]:
    """What a floating deposit lacks (E27, E28); the prepayment box is not needed there."""
    reasons = _named(tables, "money_reasons")
    if not name:
        return [
            "is missing: money that is added to a visit needs a money reason; write its id, or "
            "floating_prepay_enabled = false (E28)"
        ]
    if name not in reasons:
        return [f'there is no money reason "{name}"; {suggest(name, reasons)} (E28)']
    return _undistributed(name, reasons[name], tables, "E27")


def _undistributed(name: str, reason: Mapping[str, Any], tables: Tables, why: str) -> list[str]:
    markup = _named(tables, "markups").get(reason["markup"])
    if markup is None:
        return [f'money reason "{name}" names no markup that there is; write its id ({why})']
    if not markup["undistributed"] or markup["count_type"] != "amount":
        told = "must be undistributed = true and count_type = amount"
        return [f'markup "{markup["id"]}" of money reason "{name}" {told} ({why})']
    return []


_REFERENCES = (
    ("card_types", "markup", "markups"),
    ("money_reasons", "markup", "markups"),
    ("stations", "tariff", "tariffs"),
    ("groups", "tariff", "tariffs"),
)


def _references(tables: Tables, wrong: Tell) -> None:
    """What one table names of another is there."""
    for table, setting, other in _REFERENCES:
        known = _named(tables, other)
        for item in tables[table]:
            if item[setting] and item[setting] not in known:
                told = f'there is no "{item[setting]}" in [[{other}]]; '
                wrong(f"[[{table}]] {item['id']} {setting}", told + suggest(item[setting], known))


def _rules(tables: Tables, wrong: Tell) -> None:
    """E12, E64, E73: each non-personal type in use has one rule, and no two rules overlap."""
    rules = [Rule.from_document(document) for document in tables["rules"]]
    for rule in rules:
        for told in rule_mistakes(rule):
            setting, _, what = told.partition(": ")
            wrong(f"[[rules]] {rule.name} {setting}", what)
    types = _named(tables, "card_types")
    kinds = [_Type(name, kind["personal"], kind["in_use"]) for name, kind in types.items()]
    for misfit in misfits(kinds, rules):
        wrong(*_said(misfit, types))


@dataclass(frozen=True)
class _Type:
    id: str
    personal: bool
    in_use: bool


def _said(misfit: Misfit, types: Mapping[str, Any]) -> tuple[str, str]:
    """Where in the file a misfit is, and what to do."""
    rule, kind = f"[[rules]] {misfit.rule}", f"[[card_types]] {misfit.type}"
    match misfit.key:
        case "rule_without_type":
            return rule, (
                f'there is no card type "{misfit.type}" for it; {suggest(misfit.type, types)} (E12)'
            )
        case "rule_of_personal":
            return rule, (
                f'card type "{misfit.type}" is personal; write scope = "interface", '
                'object = "PDS" or "CRM" (E64)'
            )
        case "rule_of_unused":
            return rule, f'card type "{misfit.type}" is not in use; remove the rule (E12)'
        case "type_without_rule":
            return kind, "has no rule; give it exactly one (E12)"
        case "type_with_rules":
            return kind, f"has {misfit.count} rules; give it exactly one (E12)"
        case "personal_without_rule":
            return "[[rules]]", (
                'no rule finds personal cards; write one with scope = "interface" (E64)'
            )
        case "overlap":
            return "[[rules]]", (
                f'"{misfit.rule}" and "{misfit.other}" can recognise the same card: '
                "make their patterns, tracks, lengths, signals or readers differ (E73)"
            )


def _bonus(tables: Tables, wrong: Tell) -> None:
    for tier in tables["bonus_tiers"]:
        if bool(tier["percent"]) == bool(tier["points"]):
            told = "gives percent or points, one of them; write one"
            wrong(f"[[bonus_tiers]] from {tier['from']}", told)


def _minutes(tables: Tables, wrong: Tell, warn: Tell) -> None:
    for package in tables["packages"]:
        if not package["price"]:
            told = "costs nothing; write its price, unless it is a gift (M39)"
            warn(f"[[packages]] {package['id']}", told)
        if dearer(package, standard(package["kind"], tables["stations"], tables["tariffs"])):
            told = "costs more a minute than the tariff does at any time; lower its price (M7)"
            warn(f"[[packages]] {package['id']}", told)


def _tariffs(tables: Tables, wrong: Tell) -> None:
    """A price there is for every minute of the week, and one."""
    for tariff in tables["tariffs"]:
        for told in gaps(tariff["rates"]):
            wrong(f"[[tariffs]] {tariff['id']} rates", told)


def _people(settings: Settings, tables: Tables, wrong: Tell) -> None:
    """Nobody may lock everybody out: an owner there is, and owners keep what mends the rest."""
    people = tables["staff"]
    if people and not any(p["role"] == "owner" and p["state"] == "active" for p in people):
        wrong("[[staff]]", 'nobody is an owner; write role = "owner" for one')
    cards = Counter(person["card"] for person in people if person["card"])
    for card, times in cards.items():
        if times > 1:
            wrong("[[staff]]", f"{times} people have the card {card}; give each a card of his own")
    for right in ("staff", "edit_venue"):
        roles = settings.get("rights", {}).get(right)
        if roles is not None and "owner" not in roles:
            wrong(f"[rights] {right}", "leaves out the owner, who could not mend it; add him")
