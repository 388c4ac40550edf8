"""Card types and recognition rules that do not fit each other (E12, E64, E73).

Each misfit is told by its key and by names, so that the venue's file and the desk can say it in
their own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from kiosk.core.recognition import Rule, overlapping

Key = Literal[
    "rule_without_type",
    "rule_of_personal",
    "rule_of_unused",
    "type_without_rule",
    "type_with_rules",
    "personal_without_rule",
    "overlap",
]


class Type(Protocol):
    """What of a card type matters here."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def personal(self) -> bool:
        """Whether it is somebody's own."""

    @property
    def in_use(self) -> bool:
        """Whether there are such cards now."""


@dataclass(frozen=True)
class Misfit:
    """What does not fit: names of a `rule`, of its `other` rule, of a card `type`; `count` rules.

    ``personal_without_rule`` has no names.
    """

    key: Key
    rule: str = ""
    type: str = ""
    other: str = ""
    count: int = 0


def misfits(types: Iterable[Type], rules: Sequence[Rule]) -> tuple[Misfit, ...]:
    """Everything that does not fit, the rules first."""
    known = {kind.id: kind for kind in types}
    entrance = [rule for rule in rules if rule.scope == "entrance_card" and rule.object]
    counted = Counter(rule.object for rule in entrance)
    found = [m for rule in entrance if (m := _of_rule(rule, known.get(rule.object)))]
    for kind in known.values():
        count = counted[kind.id]
        if not kind.personal and kind.in_use and count != 1:
            key: Key = "type_with_rules" if count else "type_without_rule"
            found.append(Misfit(key, type=kind.id, count=count))
    personal = any(kind.personal and kind.in_use for kind in known.values())
    if personal and not any(rule.scope == "interface" for rule in rules):
        found.append(Misfit("personal_without_rule"))
    found += [Misfit("overlap", one.name, other=other.name) for one, other in overlapping(rules)]
    return tuple(found)


def _of_rule(rule: Rule, kind: Type | None) -> Misfit | None:
    if kind is None:
        return Misfit("rule_without_type", rule.name, rule.object)
    if kind.personal:
        return Misfit("rule_of_personal", rule.name, rule.object)
    if not kind.in_use:
        return Misfit("rule_of_unused", rule.name, rule.object)
    return None
