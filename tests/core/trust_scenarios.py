"""Short stories of what people do with cards, each labelled honest or fraud, for `test_trust`.

A story is a list of steps: what, of whom, how much, and what must come of it: "" where it goes
through, the name of the rule of `trust` that stops it, a refusal's key, or ``flag:RULE`` and
``strike:RULE`` for what goes through and is marked. Amounts are whole roubles. Frauds that no rule
of one kiosk can see are here too, and honest people who are asked: so the table of hits is honest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = tuple[str, str, int, str] | tuple[str, str, int]
"""What is done, by whom, how much or how often, and what comes of it ("" where it is not given)."""


@dataclass(frozen=True)
class Scenario:
    """A story with its label, why it is one, and whether any rule speaks in it."""

    name: str
    label: Literal["honest", "fraud"]
    why: str
    steps: tuple[Step, ...]
    told: bool = True


MINUTE, HOUR, DAY = 60, 3_600, 86_400


def _honest(name: str, why: str, *steps: Step, told: bool = False) -> Scenario:
    return Scenario(name, "honest", why, steps, told)


def _fraud(name: str, why: str, *steps: Step, told: bool = True) -> Scenario:
    return Scenario(name, "fraud", why, steps, told)


def _each_day(days: int, *steps: Step) -> tuple[Step, ...]:
    return (*steps, ("wait", "", DAY)) * days


def _often(times: int, *steps: Step) -> tuple[Step, ...]:
    return steps * times


SCENARIOS: tuple[Scenario, ...] = (
    _honest(
        "a genuine card, day after day",
        "it counts on by itself, whatever other readers it was held to",
        ("new", "regular", 0),
        ("only genuine", "", 0),
        ("prove", "regular", 3),
        ("cash", "regular", 500),
        ("pay", "regular", 200),
        ("wait", "", DAY),
        ("prove", "regular", 9),
        ("pay", "regular", 200),
    ),
    # --- honest -----------------------------------------------------------------------------
    _honest(
        "a family with three cards",
        "three cards are three clients; each is topped up by itself",
        *(("new", who, 0) for who in ("mother", "son", "daughter")),
        *(("cash", who, 500) for who in ("mother", "son", "daughter")),
        ("wait", "", 5 * MINUTE),
        *(("cash", who, 1000) for who in ("mother", "son", "daughter")),
        ("pay", "son", 400),
        ("pay", "daughter", 400),
    ),
    _honest(
        "a regular who comes every day",
        "a day's small spending is below the limit without a PIN, every day anew",
        ("new", "regular", 0),
        *_each_day(10, ("cash", "regular", 1000), ("pay", "regular", 600)),
    ),
    _honest(
        "a worn note comes back five times",
        "a few returned notes are the acceptor's doing",
        ("new", "guest", 0),
        *_often(5, ("returned", "guest", 100), ("wait", "", 10)),
        ("cash", "guest", 100),
    ),
    _honest(
        "a birthday party pays 2,500 at once",
        "the holder knows the PIN",
        ("new with PIN", "host", 0),
        ("cash", "host", 5000),
        ("pay with PIN", "host", 2500),
        ("pay with PIN", "host", 1500),
    ),
    _honest(
        "a slip of the finger",
        "one wrong PIN is a mistake, and the right one goes through",
        ("new with PIN", "host", 0),
        ("cash", "host", 5000),
        ("order", "host", 2500),
        ("wait", "", MINUTE),
        ("pay the order with wrong PIN", "host", 2500, "err.pin_wrong"),
        ("pay the order with PIN", "host", 2500),
    ),
    _honest(
        "thirty notes in one go",
        "the notes of one top-up are one top-up",
        ("new", "saver", 0),
        ("cash", "saver", 15000),
        ("wait", "", HOUR),
        ("cash", "saver", 5000),
    ),
    _honest(
        "from the bar to the kiosk",
        "a minute between two places is a walk",
        ("new", "guest", 0),
        ("cash", "guest", 1000),
        ("order", "guest", 300),
        ("wait", "", MINUTE),
        ("pay the order", "guest", 300),
    ),
    _honest(
        "a purse full of strangers' cards",
        "a few cards of other houses, the same ones again and again, are no trial",
        ("new", "guest", 0),
        ("cash", "guest", 500),
        *_often(20, ("strangers", "purse", 3)),
        ("pay", "guest", 300),
    ),
    _honest(
        "a big bill without a PIN, at the desk",
        "staff see who pays; what the kiosk will not do, they can",
        ("new", "guest", 0),
        ("cash", "guest", 3000),
        ("pay", "guest", 1500, "spent_without_pin"),
        ("pay at the desk", "guest", 1500),
        told=True,
    ),
    _honest(
        "what is left of a top-up in cash, given back",
        "cash in, cash out is what the terms promise",
        ("new", "guest", 0),
        ("cash", "guest", 1000),
        ("pay", "guest", 300),
        ("refund", "guest", 700),
    ),
    _honest(
        "back after a day",
        "a refund a day after a bank card is no carding",
        ("new", "guest", 0),
        ("bank card", "guest", 2000),
        ("wait", "", 25 * HOUR),
        ("shift", "", 0),
        ("refund", "guest", 500),
    ),
    _honest(
        "the manager knows the guest",
        "a refund too soon goes through with the manager's word, and the entry says so",
        ("new", "guest", 0),
        ("bank card", "guest", 2000),
        ("refund", "guest", 500, "refund_after_bank_card"),
        ("refund approved", "guest", 500),
        told=True,
    ),
    _honest(
        "a player who buys more time",
        "to play and to pay at once is usual: the entry is marked, and nobody is held up",
        ("new", "player", 0),
        ("cash", "player", 1000),
        ("play", "player", 0),
        ("wait", "", 10 * MINUTE),
        ("buy minutes", "player", 150, "flag:session_elsewhere"),
        told=True,
    ),
    _honest(
        "two cards lost in one evening",
        "a second card in a day is bad luck",
        ("new with PIN", "guest", 0),
        ("cash", "guest", 2000),
        ("move", "guest", 0),
        ("wait", "", 2 * HOUR),
        ("move", "guest", 0),
        ("pay with PIN", "guest", 1500),
    ),
    # --- fraud ------------------------------------------------------------------------------
    _fraud(
        "a copied card in small sums",
        "600, 300 and 300 pass the limit of a day together",
        ("new with PIN", "victim", 0),
        ("cash", "victim", 5000),
        ("wait", "", HOUR),
        ("pay", "victim", 600),
        ("wait", "", HOUR),
        ("pay", "victim", 300),
        ("wait", "", HOUR),
        ("pay", "victim", 300, "err.pin_needed"),
    ),
    _fraud(
        "a copied card just before and after midnight",
        "a day is 24 hours, not a date",
        ("new", "victim", 0),
        ("cash", "victim", 5000),
        ("wait", "", 5 * HOUR + 50 * MINUTE),  # stories begin at 18:00 in the venue's zone
        ("pay", "victim", 900),
        ("wait", "", 20 * MINUTE),
        ("pay", "victim", 900, "spent_without_pin"),
    ),
    _fraud(
        "a copied card and a guessed PIN",
        "five guesses lock it",
        ("new with PIN", "victim", 0),
        ("cash", "victim", 5000),
        ("order", "victim", 2000),
        ("wait", "", MINUTE),
        *_often(4, ("pay the order with wrong PIN", "victim", 2000, "err.pin_wrong")),
        ("pay the order with wrong PIN", "victim", 2000, "err.pin_locked"),
        ("pay the order with PIN", "victim", 2000, "err.pin_locked"),
    ),
    _fraud(
        "at the bar and at the kiosk",
        "one card is not at two places within ten seconds",
        ("new", "victim", 0),
        ("cash", "victim", 1000),
        ("order", "victim", 300),
        ("wait", "", 4),
        ("pay the order", "victim", 300, "second_place"),
    ),
    _fraud(
        "at the bar and at the kiosk, with a PIN on the card",
        "the copy does not know it",
        ("new with PIN", "victim", 0),
        ("cash", "victim", 1000),
        ("order", "victim", 300),
        ("wait", "", 4),
        ("pay the order", "victim", 300, "err.pin_needed"),
    ),
    _fraud(
        "an emulator tries number after number",
        "after thirty strangers' cards in an hour a bare number pays nothing here",
        ("new", "victim", 0),
        ("cash", "victim", 1000),
        ("strangers", "emulator", 31, "strike:unknown_cards"),
        ("pay", "victim", 100, "unknown_cards"),
    ),
    _fraud(
        "bought on a stolen bank card",
        "money from a bank card does not leave in cash on the same day",
        ("new", "thief", 0),
        ("bank card", "thief", 5000),
        ("wait", "", HOUR),
        ("refund", "thief", 2000, "refund_after_bank_card"),
    ),
    _fraud(
        "refund after refund",
        "three a day are enough",
        ("new", "thief", 0),
        ("cash", "thief", 5000),
        *_often(3, ("refund", "thief", 500), ("wait", "", HOUR)),
        ("refund", "thief", 500, "refunds_per_day"),
    ),
    _fraud(
        "one large refund in three parts",
        "the sum of a day counts",
        ("new", "thief", 0),
        ("cash", "thief", 15000),
        ("refund", "thief", 4000),
        ("refund", "thief", 4000),
        ("refund", "thief", 2500, "refund_per_day"),
    ),
    _fraud(
        "many small top-ups",
        "twenty in an hour are enough",
        ("new", "mule", 0),
        *_often(20, ("cash", "mule", 50)),
        ("cash", "mule", 50, "top_ups_per_hour"),
    ),
    _fraud(
        "a hundred thousand in a day",
        "the sum of a day counts, at the kiosk and at the desk",
        ("new", "mule", 0),
        ("till cash", "mule", 60000),
        ("till cash", "mule", 40000),
        ("cash", "mule", 50, "top_up_per_day"),
    ),
    _fraud(
        "a wallet goes from card to card",
        "three new cards in a day are enough",
        ("new", "mule", 0),
        ("cash", "mule", 5000),
        *_often(3, ("move", "mule", 0), ("wait", "", HOUR)),
        ("move", "mule", 0, "transfers_per_day"),
    ),
    _fraud(
        "a note on a string",
        "thirty notes that come back within an hour are no bad luck",
        ("new", "fisher", 0),
        *_often(30, ("returned", "fisher", 100), ("wait", "", 20)),
        ("cash", "fisher", 100, "note_fishing"),
    ),
    _fraud(
        "a blank card as it is sold",
        "its number is everybody's",
        ("show blank", "thief", 0, "copied_uid"),
    ),
    _fraud(
        "a card that was reported lost",
        "it pays nothing, and staff hear of it",
        ("new", "victim", 0),
        ("cash", "victim", 1000),
        ("lost", "victim", 0),
        ("show", "victim", 0, "strike:blocked_card"),
        ("pay", "victim", 300, "err.card_blocked"),
    ),
    _fraud(
        "a copy of a genuine card",
        "a card that proved itself is never believed by its number again",
        ("new", "victim", 0),
        ("cash", "victim", 5000),
        ("prove", "victim", 1),
        ("wait", "", HOUR),
        ("show", "victim", 0, "strike:not_genuine"),
    ),
    _fraud(
        "what a genuine card said yesterday",
        "its counter was heard before",
        ("new", "victim", 0),
        ("prove", "victim", 7),
        ("wait", "", DAY),
        ("prove", "victim", 7, "strike:not_genuine"),
    ),
    _fraud(
        "a copied card where only genuine ones pay",
        "a number alone pays nothing here, however little",
        ("new", "victim", 0),
        ("cash", "victim", 500),
        ("only genuine", "", 0),
        ("pay", "victim", 100, "bare_card"),
    ),
    _fraud(
        "a copied card where only genuine ones pay, with a PIN on the card",
        "it is not asked for a PIN that would not help",
        ("new with PIN", "victim", 0),
        ("cash", "victim", 5000),
        ("only genuine", "", 0),
        ("pay", "victim", 2000, "bare_card"),
        ("pay with PIN", "victim", 2000, "bare_card"),
    ),
    _fraud(
        "a copied card, once, below the limit",
        "nobody can tell it from its holder: the limit is what it may cost",
        ("new", "victim", 0),
        ("cash", "victim", 5000),
        ("wait", "", 2 * HOUR),
        ("pay", "victim", 900),
        told=False,
    ),
)
