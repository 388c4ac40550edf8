r"""MCR algorithms: a raw read becomes a card's number, or a named error.

A rule looks at the reads of some signals, of one reader or all. It takes a part of the read (a
track, without its sentinels), tests it, and cuts the number out of it.

Masks: ``#`` stands for a digit, ``?`` for any character, ``\`` takes the next character literally
(``\#``), everything else stands for itself. A mask describes the whole part.

Raw reads are nobody's business: none stands in an exception or a repr.

Source: acceptance criteria E70 to E77; docs/ledger.md, "Cards".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal, get_args

from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Signal

Algorithm = Literal["prefix", "mask", "any"]
Scope = Literal["entrance_card", "interface", "employee"]
"""The vendor has more: of currencies and discounts a card's type and its client's group decide here
(E63), function keys are the screen's."""
Check = Literal["none", "luhn"]

ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
SCOPES: tuple[Scope, ...] = get_args(Scope)
NUMBER_CHECKS: tuple[Check, ...] = get_args(Check)
SIGNALS: tuple[Signal, ...] = get_args(Signal)
INTERFACES = ("PDS", "CRM")
"""Objects of the scope ``interface``: where personal cards are kept (E64)."""

NUMBER_CHARACTERS_MAX = 64


@dataclass(frozen=True)
class Rule:
    """One MCR algorithm (E71).

    Attributes:
        name: for people; unique.
        algorithm: ``prefix`` (the part begins so), ``mask`` (the whole part looks so), ``any``.
        signals: the driver signals it looks at (E72).
        reader: the one reader it is bound to; None for all.
        scope: what the number means: a card of a type, a personal card, a member of staff.
        object: the card type's id, ``PDS`` or ``CRM``, or empty for an employee.
        pattern: the prefix or the mask; empty for ``any``.
        lengths: lengths the part may have; empty for all. Hex digits of a UID: 8, 14 or 20.
        track: 1 to 3, without sentinels; 0 for the whole read.
        start: characters of the part before the number (after the prefix, they count too).
        length: characters of the number; 0 for all that follow.
        dated: the number ends in ``=DDMMYY`` or ``;DDMMYY``, the last day it is valid (E76).
        check: ``luhn``: the number's last digit must fit the others (ISO/IEC 7812-1), so that nine
            of ten guessed numbers are none of ours.
    """

    name: str
    algorithm: Algorithm
    signals: tuple[Signal, ...]
    scope: Scope
    object: str = ""
    reader: DeviceId | None = None
    pattern: str = ""
    lengths: tuple[int, ...] = ()
    track: Literal[0, 1, 2, 3] = 0
    start: int = 0
    length: int = 0
    dated: bool = False
    check: Check = "none"

    def to_document(self) -> dict[str, Any]:
        """The rule as plain JSON values, for the store."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Rule:
        """The rule that `to_document` made; other keys of the document are left aside."""
        names = {f.name for f in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document.items()
            if name in names
        }
        return cls(**values)


@dataclass(frozen=True)
class Recognised:
    """What one rule made of a read.

    `number` is the parameter of the algorithm (E70). `valid_until` is an ISO date, or None when
    the number has none. All are JSON values, because commands that hold this are hashed.
    """

    rule: str
    scope: Scope
    object: str
    number: str = field(repr=False)
    valid_until: str | None = None


class Unrecognised(Refused):
    """No rule matches: K-08."""

    def __init__(self) -> None:
        super().__init__("err.not_ours")


class Ambiguous(Refused):
    """More than one rule matches: K-02; `names` are for the attendant."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("err.ambiguous")
        self.names = tuple(names)


class CardExpired(Refused):
    """The card's last day has passed: K-04. `until` is that day."""

    def __init__(self, until: date) -> None:
        super().__init__("err.expired", date=until.isoformat())
        self.until = until


def recognise(
    raw: str, signal: Signal, device: DeviceId, rules: Iterable[Rule], today: date
) -> Recognised:
    """Make a card's number of a raw read: exactly one rule must match (E73).

    Args:
        raw: as in `CardPresented`.
        signal: the driver's signal.
        device: the reader that read it.
        rules: the rules of the venue.
        today: the local date, for numbers with a date.

    Raises:
        Unrecognised: no rule matches.
        Ambiguous: more than one does.
        CardExpired: the one that matches gives a date that has passed.
    """
    found = []
    for rule in rules:
        part, _ = _part(rule, raw, signal, device)
        if part is not None:
            found.append((rule, part))
    if not found:
        raise Unrecognised
    if len(found) > 1:
        raise Ambiguous([rule.name for rule, _ in found])
    rule, part = found[0]
    number, until, _ = _number(rule, part)
    if number is None:
        # The read looks like the rule's and is cut short, or its date is none: not one of ours.
        raise Unrecognised
    if until is not None and until < today:
        raise CardExpired(until)
    return Recognised(
        rule.name, rule.scope, rule.object, number, until.isoformat() if until else None
    )


def explain(
    raw: str, signal: Signal, device: DeviceId, rules: Iterable[Rule]
) -> list[tuple[str, bool, str]]:
    """What every rule says to typed test data (E75).

    Returns:
        For each rule its name, whether it matches, and the number it takes or why it does not.
    """
    told = []
    for rule in rules:
        part, why = _part(rule, raw, signal, device)
        number: str | None = None
        if part is not None:
            number, until, why = _number(rule, part)
            if number is not None and until is not None:
                why = f"{number}, valid until {until.isoformat()}"
            elif number is not None:
                why = number
        told.append((rule.name, number is not None, why))
    return told


def overlapping(rules: Sequence[Rule]) -> list[tuple[Rule, Rule]]:
    """The pairs of rules that could both match one read (E73)."""
    return [
        (one, other)
        for index, one in enumerate(rules)
        for other in rules[index + 1 :]
        if _overlap(one, other)
    ]


def rule_mistakes(rule: Rule) -> list[str]:
    """What is wrong with one rule by itself: field and sentence, ``pattern: is empty``."""
    told = []
    if not rule.signals:
        told.append("signals: none is given; name at least one")
    if rule.algorithm == "any" and rule.pattern:
        told.append('pattern: has no meaning with algorithm "any"; remove it or choose "prefix"')
    if rule.algorithm != "any" and not rule.pattern:
        told.append(f'pattern: is empty; write the {rule.algorithm}, or algorithm = "any"')
    if rule.algorithm == "mask" and _mask(rule.pattern) is None:
        told.append("pattern: ends in a single backslash; write two for a backslash itself")
    if rule.track not in (0, 1, 2, 3):
        told.append("track: a card has tracks 1 to 3; 0 is the whole read")
    elif rule.track and set(rule.signals) != {"magnetic"}:
        told.append("track: only magnetic cards have tracks; write 0 or signals = magnetic alone")
    if rule.start < 0 or rule.length < 0 or any(length < 1 for length in rule.lengths):
        told.append("start, length, lengths: count characters; write numbers that are not negative")
    if any(length < len(_form(rule).places) for length in rule.lengths):
        told.append("lengths: one is shorter than the pattern; no card could match")
    if rule.length > NUMBER_CHARACTERS_MAX:
        told.append(f"length: a number has at most {NUMBER_CHARACTERS_MAX} characters")
    if rule.scope == "interface" and rule.object not in INTERFACES:
        told.append(f"object: an interface is {' or '.join(INTERFACES)}")
    if rule.scope == "entrance_card" and not rule.object:
        told.append("object: is missing; name the card type")
    return told


def breadth(rule: Rule) -> Literal["narrow", "wide", "everything"]:
    """How much a rule takes for ours by its form alone.

    ``everything``: whatever its signals bring, bank cards and other venues' cards with it.
    ``wide``: all that is so long, as UIDs are where a venue takes any contactless card.
    """
    places = _mask(rule.pattern) or [] if rule.algorithm == "mask" else []
    any_character = bool(places) and all(place == ("any", "") for place in places)
    if rule.algorithm == "prefix" or (rule.algorithm == "mask" and not any_character):
        return "narrow"
    if rule.dated or rule.check != "none":
        return "narrow"
    return "wide" if rule.lengths or any_character else "everything"


# --- the part of the read that a rule looks at -------------------------------------------------


def _part(rule: Rule, raw: str, signal: Signal, device: DeviceId) -> tuple[str | None, str]:
    """The part when the rule matches it, else None and why not."""
    if signal not in rule.signals:
        return None, f"looks at {', '.join(rule.signals)}, not at {signal}"
    if rule.reader is not None and rule.reader != device:
        return None, f"is bound to {rule.reader}"
    part = track(raw, rule.track) if rule.track else raw
    if part is None:
        return None, f"there is no track {rule.track}"
    if rule.lengths and len(part) not in rule.lengths:
        return None, f"has {len(part)} characters, not {' or '.join(map(str, rule.lengths))}"
    if not _fits(rule, part):
        return None, f"does not fit the {rule.algorithm}"
    return part, ""


def _fits(rule: Rule, part: str) -> bool:
    if rule.algorithm == "prefix":
        return part.startswith(rule.pattern)
    if rule.algorithm == "mask":
        mask = _mask(rule.pattern)
        return (
            mask is not None
            and len(mask) == len(part)
            and all(_allows(place, character) for place, character in zip(mask, part, strict=True))
        )
    return bool(part)


def track(raw: str, number: int) -> str | None:
    """One track of a magnetic read, without its sentinels; None when it is not there.

    Track 1 begins with ``%``, track 2 with the first ``;``, track 3 with ``+``, ``!`` or the
    second ``;``; each ends with ``?``.
    """
    seen: dict[int, str] = {}
    rest = raw
    while rest:
        which = _TRACKS.get(rest[0])
        end = rest.find("?")
        if which is None or end < 0:
            break
        if which == 2 and 2 in seen:
            which = 3
        seen.setdefault(which, rest[1:end])
        rest = rest[end + 1 :]
    return seen.get(number)


_TRACKS = {"%": 1, ";": 2, "+": 3, "!": 3}


def _number(rule: Rule, part: str) -> tuple[str | None, date | None, str]:
    """Cut the number out of a part; None and why when it is not there."""
    rest = part[rule.start :]
    until = None
    if rule.dated:
        if len(rest) < 7 or rest[-7] not in "=;":
            return None, None, "does not end in =DDMMYY"
        until = _date(rest[-6:])
        if until is None:
            return None, None, "does not end in a date =DDMMYY"
        rest = rest[:-7]
    number = rest[: rule.length] if rule.length else rest
    if not number or len(number) < rule.length:
        return None, None, "is too short for the number"
    if len(number) > NUMBER_CHARACTERS_MAX:
        return None, None, f"the number has more than {NUMBER_CHARACTERS_MAX} characters"
    if rule.check == "luhn" and not luhn(number):
        return None, None, "the last digit does not fit the others"
    return number, until, ""


def luhn(number: str) -> bool:
    """Whether the last digit of a number fits the others (ISO/IEC 7812-1)."""
    if not (number.isascii() and number.isdigit()):
        return False
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _date(digits: str) -> date | None:
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(2000 + int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None


# --- masks -------------------------------------------------------------------------------------

_Place = tuple[Literal["digit", "any", "literal"], str]


def _mask(pattern: str) -> list[_Place] | None:
    """The places of a mask; None when it ends in a lone backslash."""
    places: list[_Place] = []
    characters = iter(pattern)
    for character in characters:
        if character == "#":
            places.append(("digit", ""))
        elif character == "?":
            places.append(("any", ""))
        elif character == "\\":
            literal = next(characters, "")
            if not literal:
                return None
            places.append(("literal", literal))
        else:
            places.append(("literal", character))
    return places


def _allows(place: _Place, character: str) -> bool:
    kind, literal = place
    if kind == "digit":
        return character in "0123456789"
    return kind == "any" or character == literal


def _meet(one: _Place, other: _Place) -> bool:
    """Whether one character suits both places."""
    if one[0] == "literal":
        return _allows(other, one[1])
    if other[0] == "literal":
        return _allows(one, other[1])
    return True


@dataclass(frozen=True)
class _Form:
    """Where a part may differ: its first places, and the lengths it may have."""

    places: Sequence[_Place]
    lengths: frozenset[int]  # empty: any length from that of the places on

    def allows(self, length: int) -> bool:
        return length in self.lengths if self.lengths else length >= len(self.places)

    def at(self, index: int) -> _Place:
        return self.places[index] if index < len(self.places) else ("any", "")


def _form(rule: Rule) -> _Form:
    if rule.algorithm == "mask":
        places = _mask(rule.pattern) or []
        return _Form(places, frozenset({len(places)}))
    places = [("literal", character) for character in rule.pattern]
    return _Form(places, frozenset(n for n in rule.lengths if n >= len(places)))


def _seen_from_track(rule: Rule, number: int) -> _Form | None:
    """The form of a rule of the whole read as far as it tells of a card with that track alone."""
    places = _form(rule).places
    if not places:
        return _Form([], frozenset())
    begins = [sentinel for sentinel, which in _TRACKS.items() if which == number]
    if not any(_allows(places[0], sentinel) for sentinel in begins):
        return None
    ends = [i for i, place in enumerate(places) if place == ("literal", "?")]
    return _Form(places[1 : ends[0] if ends else None], frozenset())


def _overlap(one: Rule, other: Rule) -> bool:
    """Whether a read could exist that both rules match.

    Rules of two different tracks are not compared: what stands on one track says nothing of the
    other. A card that carries both is found ambiguous when it is read.
    """
    if not set(one.signals) & set(other.signals):
        return False
    if one.reader is not None and other.reader is not None and one.reader != other.reader:
        return False
    if one.track and other.track and one.track != other.track:
        return False
    forms = [
        _form(rule)
        if rule.track == other_track or rule.track
        else _seen_from_track(rule, other_track)
        for rule, other_track in ((one, other.track), (other, one.track))
    ]
    first, second = forms
    if first is None or second is None:
        return False
    # Behind what both say any character is right, however long a card may be.
    said = max(len(first.places), len(second.places))
    lengths = first.lengths | second.lengths | {said}
    return any(
        first.allows(length)
        and second.allows(length)
        and all(_meet(first.at(index), second.at(index)) for index in range(min(length, said)))
        for length in lengths
    )
