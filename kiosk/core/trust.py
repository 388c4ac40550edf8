"""How far a card is believed that shows nothing but its number.

A UID can be copied, a stripe written anew. So a bare number identifies its holder and takes money
in; it spends little, and more with the holder's PIN or before the eyes of staff. Beside that stand
limits to how often and how much, and the signs of a copy. Every rule is a row of `RULES`; what one
looks at are the latest entries of one client, found by the index, never a walk. One kiosk knows
what passed through its own books and no more.

A rule that strikes refuses, asks for the PIN, or marks the entry (``refs.flags``). A person with
the right `override` may go on, with a reason. What struck is put on record as a task for staff,
see `strikes`. The table of all rules: docs/trust.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from kiosk.core import pins, staff
from kiosk.core.books import REASON_CHARACTERS_MAX, Books, legible
from kiosk.core.cards import Card
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry, entries_of
from kiosk.core.permissions import may
from kiosk.core.recognition import Recognised

LOOK_FIRST, LOOK_MAX = 40, 1_000
"""So many of a client's latest entries are read; the second where the first do not reach back.
Whoever made more than that within the time of a rule is over any limit."""
SESSIONS_MAX = 5
"""So many of a client's latest sessions are looked at: more do not run at once."""
HOUR_S, DAY_S = 3_600, 86_400
"""A day is the last 24 hours, not the date: nobody starts anew at midnight."""

Act = Literal["spend", "top_up", "refund", "transfer"]
Measure = Literal["sum", "times", "any"]
Does = Literal["refuse", "ask_pin", "flag"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: stands in entries and strikes, a promise for ever.
        act: what the client is about to do.
        looks_at: a name in `SIGHTS`: what counts.
        measure: ``sum``: amounts, this one too, against the limit; ``times``: how often, this time
            too; ``any``: one is too many.
        setting: the key of ``settings["trust"]`` with the limit (minor units or times) or, of an
            ``any`` rule without `within_s`, the time (``_s``, ``_h``; 0: off); "": always.
        within_s: how far back.
        does: what follows.
        says: the key of the refusal's sentence; of ``ask_pin`` for clients who have no PIN.
    """

    name: str
    act: Act
    looks_at: str
    measure: Measure
    setting: str
    within_s: int
    does: Does
    says: str = ""


RULES: tuple[Rule, ...] = (
    Rule("spent_without_pin", "spend", "spent_without_pin", "sum", "spend_without_pin_max", DAY_S,
         "ask_pin", "err.limited"),
    Rule("second_place", "spend", "used_elsewhere", "any", "second_place_s", 0,
         "ask_pin", "err.used_elsewhere"),
    Rule("unknown_cards", "spend", "unknown_cards", "any", "", HOUR_S,
         "ask_pin", "err.only_with_pin"),
    Rule("bare_card", "spend", "never_proved", "any", "", 0,
         "refuse", "err.only_genuine"),
    Rule("session_elsewhere", "spend", "running_session", "any", "", 0, "flag"),
    Rule("top_ups_per_hour", "top_up", "topped_up", "times", "top_ups_per_hour_max", HOUR_S,
         "refuse", "err.limited_times"),
    Rule("top_up_per_day", "top_up", "paid_in", "sum", "top_up_per_day_max", DAY_S,
         "refuse", "err.limited"),
    Rule("note_fishing", "top_up", "note_returned", "times", "returned_notes_per_hour_max", HOUR_S,
         "refuse", "err.notes_returned"),
    Rule("refunds_per_day", "refund", "paid_out", "times", "refunds_per_day_max", DAY_S,
         "refuse", "err.limited_times"),
    Rule("refund_per_day", "refund", "paid_out", "sum", "refund_per_day_max", DAY_S,
         "refuse", "err.limited"),
    Rule("refund_after_bank_card", "refund", "paid_in_by_bank_card", "any",
         "refund_after_bank_card_h", 0, "refuse", "err.refund_too_soon"),
    Rule("transfers_per_day", "transfer", "moved", "times", "transfers_per_day_max", DAY_S,
         "refuse", "err.limited_times"),
)  # fmt: skip

_CASH_IN = ("1010", "1020", "1030")
_BY_CARD = ("1110", "1120")
_PAID_OUT = ("1010", "1020", "1030", "1110", "1120", "2910")
MOVES = ("card_moved", "clients_merged")
"""Kinds of entries that give a wallet another card or another holder without a posting."""


# --- what a rule looks at ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """One client, a card of theirs or none, an amount; and what the books have of them lately."""

    books: Books
    client: str
    card: str
    minor: int
    within_s: int

    def entries(self) -> list[Entry]:
        """The latest entries within the time that are about the client or move his balances."""
        since = (_moment(self.books) - timedelta(seconds=self.within_s)).strftime(_AT)
        return [*self._found("client", since), *self._found("also", since)]

    def _found(self, ref: str, since: str) -> list[Entry]:
        for limit in (LOOK_FIRST, LOOK_MAX):
            found = entries_of(self.books.ledger.store, ref, self.client, limit)
            lately = [entry for entry in found if entry.at > since]
            if len(lately) < limit:
                return lately
        raise _TooMany

    def amounts(self, counts: Callable[[Entry, str], int]) -> list[int]:
        """What these entries count, those that count nothing left out."""
        wallet = f"2010:{self.client}"
        return [made for made in (counts(e, wallet) for e in self.entries()) if made > 0]


_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


class _TooMany(Exception):
    """More entries than are read: over any limit."""


def _moment(books: Books) -> datetime:
    """Now; where the clock was never synchronised, not before the last entry, as its `at` is."""
    last = None if books.now.synced else books.ledger.entry(books.ledger.seq)
    return max(books.now.wall, datetime.fromisoformat(last.at)) if last else books.now.wall


def _moved(entry: Entry, account: str) -> int:
    """What an entry adds to a wallet, signed, in minor units."""
    return -sum(p.amount for p in entry.postings if p.account == account)


def _on(entry: Entry, codes: Iterable[str], sign: int) -> bool:
    """Whether an entry debits (1) or credits (-1) an account of one of these codes."""
    return any(p.account[:4] in codes and p.amount * sign > 0 for p in entry.postings)


def _paid_in(entry: Entry, wallet: str) -> int:
    return max(0, _moved(entry, wallet)) if _on(entry, (*_CASH_IN, *_BY_CARD), 1) else 0


def _paid_in_by_bank_card(entry: Entry, wallet: str) -> int:
    return max(0, _moved(entry, wallet)) if _on(entry, _BY_CARD, 1) else 0


def _paid_out(entry: Entry, wallet: str) -> int:
    return max(0, -_moved(entry, wallet)) if _on(entry, _PAID_OUT, -1) else 0


def _topped_up(entry: Entry, wallet: str) -> int:
    """1 for a top-up: at the kiosk many notes are one, and its receipt tells that it was."""
    slip = str(entry.refs.get("slip", ""))
    by_receipt = entry.kind == "slip_issued" and slip.startswith("top_up_receipt:")
    return int(by_receipt or (_paid_in(entry, wallet) > 0 and not _on(entry, ("1010",), 1)))


def _note_returned(entry: Entry, wallet: str) -> int:
    del wallet
    return int(entry.kind == "note_void" and entry.actor == "kiosk")


def _wallet_moved(entry: Entry, wallet: str) -> int:
    to_another = any(p.account[:5] == "2010:" and p.account != wallet for p in entry.postings)
    return int(entry.kind in MOVES or (to_another and _moved(entry, wallet) != 0))


def _spent_without_pin(look: _Look) -> list[int]:
    """What was let pass. A session's price leaves the wallet at its end, and without a guest.

    One that has ended counts what it cost; one that runs what it was let pass for, but no more than
    this spending leaves in the wallet for it.
    """
    return [_unproven(look, entry) for entry in look.entries()]


def _unproven(look: _Look, entry: Entry) -> int:
    passed = int(entry.refs.get(f"unproven:{look.client}", 0))
    session = look.books.get("sessions", str(entry.refs.get("session", ""))) if passed else None
    if not session:
        return passed
    if session["mode"] != "timer":
        # Minutes are worth what they were let pass for, as far as they were used.
        used = session["planned"] if session["state"] == "running" else session["used"]
        return int(passed * used // session["planned"])
    if session["state"] == "running":
        return max(0, min(passed, look.books.wallet(ClientId(look.client)).minor - look.minor))
    return min(passed, int(session["charge"]))


def _used_elsewhere(look: _Look) -> list[int]:
    here = place(look.books.actor)
    return [
        1
        for entry in look.entries()
        if look.card and entry.refs.get("card") == look.card and place(entry.actor) != here
    ]


def place(actor: str) -> str:
    """Where whoever acts stands: a till has its own place, staff the desk, all others the kiosk."""
    kind = actor.partition(":")[0]
    return {"till": actor, "staff": "desk", "cli": "desk"}.get(kind, "kiosk")


def _unknown_cards(look: _Look) -> list[int]:
    """Whether somebody tried cards at this kiosk lately: a number that fits is no proof then."""
    kept = look.books.get("strikes", f"unknown_cards:{look.books.kiosk}")
    since = (_moment(look.books) - timedelta(seconds=look.within_s)).strftime(_AT)
    return [1] if kept and kept["state"] == "open" and kept["at"] > since else []


def _never_proved(look: _Look) -> list[int]:
    """Whether only genuine cards of this type may pay, and this one never was one (`genuine`)."""
    card = look.books.get("cards", look.card) or {}
    kind = look.books.get("card_types", str(card.get("type", ""))) or {}
    if not kind.get("genuine"):  # of an older store there is nothing said of it
        return []
    return [] if look.books.get("genuine", card["key"]) else [1]


def _running_session(look: _Look) -> list[int]:
    latest = look.books.ledger.store.latest("sessions", "client", look.client, SESSIONS_MAX)
    return [1 for session in latest if session["state"] == "running"]


SIGHTS: dict[str, Callable[[_Look], list[int]]] = {
    "spent_without_pin": _spent_without_pin,
    "used_elsewhere": _used_elsewhere,
    "unknown_cards": _unknown_cards,
    "never_proved": _never_proved,
    "running_session": _running_session,
    "topped_up": lambda look: look.amounts(_topped_up),
    "paid_in": lambda look: look.amounts(_paid_in),
    "note_returned": lambda look: look.amounts(_note_returned),
    "paid_out": lambda look: look.amounts(_paid_out),
    "paid_in_by_bank_card": lambda look: look.amounts(_paid_in_by_bank_card),
    "moved": lambda look: look.amounts(_wallet_moved),
}


# --- what the nouns ask ------------------------------------------------------------------------


def may_spend(
    books: Books,
    card: Card,
    minor: int,
    pin: str,
    override: staff.Approval | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Let a guest spend from the wallet of a card, or say what is missing.

    What staff, a till or the kiosk itself does passes: somebody saw the guest, or did before.

    Args:
        books: the books.
        card: the card that was shown.
        minor: what leaves its wallet, in minor units.
        pin: its holder's PIN as typed, or empty.
        override: a person who lets it pass all the same.
        reason: why; needed with an override.

    Returns:
        What the entry's `refs` take: ``proof`` (``pin``, ``none``), ``unproven:CLIENT`` (minor
        units without a PIN), ``flags`` (names of rules), or ``overridden`` (names),
        ``approved_by`` and ``approved_for``, the reason.

    Raises:
        Refused: ``err.pin_needed``, ``err.limited`` and what else `RULES` says; those of
            `pins.check` and of `staff.approved`.
    """
    if books.actor != "guest":
        return {}
    if pin:
        pins.check(books, card.client, pin, pins.CLIENTS)
    struck = _struck(books, "spend", card.client, minor, card.id)
    refs: dict[str, Any] = {"proof": "pin" if pin else "none"}
    refusing = [rule for rule in struck if rule.does == "refuse"]
    asking = [rule for rule in struck if rule.does == "ask_pin" and not pin]
    if asking and not refusing and override is None and _has_pin(books, card.client):
        raise Refused("err.pin_needed", rule=asking[0].name)
    refs |= _verdict(books, struck, [*refusing, *asking], override, reason)
    if minor and not pin and "overridden" not in refs:
        refs[f"unproven:{card.client}"] = minor
    return refs


def _has_pin(books: Books, client: str) -> bool:
    return pins.state(books, client, pins.CLIENTS) != "none"


def left_without_pin(books: Books, client: str) -> int:
    """What bare cards of a client may spend yet, in minor units, as "spent_without_pin" counts."""
    rule = next(r for r in RULES if r.name == "spent_without_pin")
    try:
        seen = SIGHTS[rule.looks_at](_Look(books, client, "", 0, rule.within_s))
    except _TooMany:
        return 0
    return max(0, int(books.settings()["trust"][rule.setting]) - sum(seen))


def velocity(
    books: Books,
    act: Act,
    client: str,
    minor: int,
    override: staff.Approval | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Let a client top up, be refunded or move a wallet, unless that happens too often.

    Args:
        books: the books.
        act: what is about to happen.
        client: whose wallet it is.
        minor: the amount, in minor units.
        override: a person who lets it pass all the same; not needed where the actor may himself.
        reason: why; needed for either.

    Returns:
        What the entry's `refs` take, as `may_spend` does; nothing where no rule strikes.

    Raises:
        Refused: ``err.limited`` and what else `RULES` says, with ``rule``, its name; those of
            `staff.approved`.
    """
    struck = _struck(books, act, client, minor, "")
    refusing = [rule for rule in struck if rule.does == "refuse"]
    return _verdict(books, struck, refusing, override, reason)


def _struck(books: Books, act: Act, client: str, minor: int, card: str) -> list[Rule]:
    limits = books.settings().get("trust")
    if limits is None:  # before the first import there is nobody to limit
        return []
    return [r for r in RULES if r.act == act and _strikes(books, r, limits, client, minor, card)]


def _strikes(
    books: Books, rule: Rule, limits: dict[str, Any], client: str, minor: int, card: str
) -> bool:
    limit = limits[rule.setting] if rule.setting else 0
    within_s = rule.within_s or (limit * (HOUR_S if rule.setting.endswith("_h") else 1))
    try:
        seen = SIGHTS[rule.looks_at](_Look(books, client, card, minor, within_s))
    except _TooMany:
        return True
    match rule.measure:
        case "sum":
            return bool(sum(seen) + minor > limit)
        case "times":
            return bool(len(seen) + 1 > limit)
        case "any":
            return bool(seen)


def _verdict(
    books: Books,
    struck: list[Rule],
    stopping: list[Rule],
    override: staff.Approval | None,
    reason: str,
) -> dict[str, Any]:
    flags = [rule.name for rule in struck if rule.does == "flag"]
    refs: dict[str, Any] = {"flags": flags} if flags else {}
    if not stopping:
        return refs
    by = _overriding(books, override, reason)
    if not by:
        raise _refusal(books, stopping[0])
    names = [rule.name for rule in stopping]
    return refs | {"overridden": names, "approved_by": by, "approved_for": reason}


def _overriding(books: Books, override: staff.Approval | None, reason: str) -> str:
    """Who lets it pass, as an actor; empty where nobody does."""
    if override is not None:
        if not legible(reason, REASON_CHARACTERS_MAX):
            raise Refused("err.reason_missing")
        return staff.approved(books, override, "override")
    return books.actor if legible(reason, REASON_CHARACTERS_MAX) and _may_override(books) else ""


def _may_override(books: Books) -> bool:
    if books.actor == "cli":
        return True
    kind, _, number = books.actor.partition(":")
    person = books.get("staff", number) if kind == "staff" else None
    return person is not None and may(books, person["role"], "override")


def _refusal(books: Books, rule: Rule) -> Refused:
    limit = books.settings()["trust"].get(rule.setting)
    told = str(books.money(limit)) if rule.measure == "sum" else str(limit)
    return Refused(rule.says, limit=told, rule=rule.name)


# --- cards that are no cards -------------------------------------------------------------------

_DEFAULT_UIDS = ("DEADBEEF", "01020304", "11223344", "12345678", "CAFEBABE", "01234567")
"""What writable cards and emulators say when nobody gave them another number."""


def copied_uid(number: str) -> str:
    """Why a UID cannot be that of a card of its own, or "".

    Args:
        number: hex digits in capitals; 8, 14 or 20 are a UID, of others nothing is said.

    Returns:
        ``random`` (first byte 08: another one at each tap), ``default`` (of a writable card as it
        is sold), ``cascade`` (88 begins the longer ones only), ``even`` (one byte again and again).

    Source: ISO/IEC 14443-3, "UID"; NXP AN10927.
    """
    if len(number) not in (8, 14, 20) or not set(number) <= set("0123456789ABCDEF"):
        return ""
    if number.startswith(_DEFAULT_UIDS):
        return "default"
    if number == number[:2] * (len(number) // 2):
        return "even"
    if len(number) == 8 and number[:2] in ("08", "88"):
        return "random" if number[:2] == "08" else "cascade"
    return ""


def must_be_its_own(books: Books, read: Recognised) -> None:
    """Let a guest register a contactless card only under a number that is its own.

    Staff, who hold the card in their hands, may register it all the same.

    Raises:
        Refused: ``err.copied_card``, with ``rule``; see `copied_uid`.
    """
    rule = books.get("rules", read.rule)
    by_uid = rule is not None and rule["signals"] == ["contactless"]
    if books.actor == "guest" and by_uid and copied_uid(read.number):
        raise Refused("err.copied_card", rule="copied_uid")
