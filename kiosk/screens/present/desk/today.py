"""The dashboard in words: what waits, the cash in the boxes, the day, the devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kiosk.core.desk.cash_home import BoxLine
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.today import CallPage, StrikePage, Today, leads, needs
from kiosk.core.money import Money
from kiosk.core.tasks import Task, say
from kiosk.screens.present.desk import devices
from kiosk.screens.present.desk.cash import box_pane, to_section
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Bars,
    Button,
    Fact,
    Facts,
    Holding,
    Holdings,
    Pane,
    Part,
    Say,
    Stack,
    Tile,
    Tiles,
)

_HOURS_SHOWN = 10
_ICONS = {
    "help": "hand",
    "help_card": "hand",
    "note_unknown": "question",
    "note_suspense": "question",
    "claims_open": "ticket",
    "fiscal_attention": "receipt",
    "payment_unknown": "bank_card",
    "box_pulled": "safe",
    "coins_lost": "coins",
    "coins_lost_some": "coins",
    "coins_full": "coins",
    "payout_doubtful": "coins",
    "bag": "sack",
    "shift_overdue": "shift",
    "strike": "shield",
    "paper_low": "receipt",
    "paper_out": "receipt",
}


def _today(words: DeskWords, page: Today) -> Body:
    cash = tuple(_cash(words, page.boxes))
    # Without a shift it is the first thing to do: on a small screen the rest stands below it.
    first, then = ((), cash) if words.shift else (cash, ())
    left = (_to_do(words, page), *first, *_day(words, page))
    right = (*then, _devices(words, page))
    hand_over = words.go("hand_over", icon="account_switch", kind="quiet")
    clean = words.go("clean", icon="spray", kind="quiet")
    return Body(
        words.say("desk.section.today"), (Stack(left), Stack(right)), heads=(hand_over, clean)
    )


# --- what waits --------------------------------------------------------------------------------


def _to_do(words: DeskWords, page: Today) -> Pane:
    tiles = tuple(_task(words, task) for task in page.tasks)
    more = (Say(words.texts.plural("desk.today.more", page.more), "caption"),) if page.more else ()
    heading = Say(words.say("desk.today.to_do"), "heading")
    return Pane((heading, Tiles(tiles, empty=words.say("desk.today.nothing")), *more))


def _task(words: DeskWords, task: Task) -> Tile:
    what, do = say(task, words.texts)
    tone = "warning" if task.severity == "now" else "neutral"
    icon = _ICONS.get(task.sentence.partition(".")[2], "alert")
    since = words.say("desk.today.since", time=words.day(task.since)) if task.since else ""
    note = f"{do} {since}".strip()
    return Tile(
        what, note, icon, "warning" if tone == "warning" else "neutral", "", _id(words, task)
    )


def _id(words: DeskWords, task: Task) -> str:
    """Where a press leads; nowhere for who may not decide there."""
    if leads(task):
        return f"task:{task.key}" if words.may(needs(task)) else ""
    found = to_section(words, "devices")
    return found[0].id if found else ""


# --- cash --------------------------------------------------------------------------------------


def _cash(words: DeskWords, boxes: tuple[BoxLine, ...]) -> Iterator[Pane]:
    """The boxes; where there is one, the shift's button stands beside its own."""
    shift = _shift(words)
    if len(boxes) == 1:
        one = box_pane(words, boxes[0])
        yield replace(one, foot=(*shift.foot, *one.foot))
        return
    yield from (box_pane(words, box) for box in boxes)
    yield shift


def _shift(words: DeskWords) -> Pane:
    shift = words.shift
    if shift is None:
        line = words.say("desk.no_shift")
        foot = words.act(
            "OpenShift", "open:open_shift", "desk.button.open_shift_", "shift", "primary"
        )
    else:
        since = words.day(shift.since)
        line = words.say("desk.shift", number=str(shift.number), since=since)
        foot = words.act("CloseShift", "open:close_shift", "desk.button.close_shift_", "shift")
    return Pane((Say(words.say("desk.today.shift"), "heading"), Say(line)), foot=foot)


# --- the day -----------------------------------------------------------------------------------


def _day(words: DeskWords, page: Today) -> Iterator[Pane]:
    day = page.day
    if day is None:
        return
    figures = Holdings(
        (
            Holding(words.say("desk.today.top_ups"), str(day.top_ups)),
            Holding(
                words.say("desk.today.taken"),
                words.texts.number(day.taken),
                words.situation.venue.currency.symbol,
            ),
            Holding(words.say("desk.today.new_cards"), str(day.new_cards)),
        ),
        plain=True,
    )
    parts: list[Part] = [Say(words.say("desk.today.day"), "heading"), figures]
    if day.since:
        parts.append(Say(words.say("desk.today.only_since", time=words.day(day.since)), "caption"))
    parts.append(_bars(words, day.hours))
    yield Pane(tuple(parts))


def _bars(words: DeskWords, hours: tuple[int, ...]) -> Bars:
    """The hours up to now, so many that they can be told apart."""
    now = int(words.texts.time(words.now.wall).partition(":")[0])
    first = max(0, now + 1 - _HOURS_SHOWN)
    shown = range(first, now + 1)
    currency = words.situation.venue.currency
    return Bars(
        tuple(hours[hour] for hour in shown),
        tuple(str(hour) for hour in shown),
        words.say("desk.today.by_hour", symbol=currency.symbol),
        marked=len(shown) - 1,
        shown=tuple(words.texts.whole(Money(hours[hour], currency)) for hour in shown),
    )


# --- devices and books -------------------------------------------------------------------------


def _devices(words: DeskWords, page: Today) -> Pane:
    facts = [
        Fact(devices.name(words, device), *devices.state(words, of))
        for device, of in words.situation.machine.devices.items()
    ]
    entries = words.texts.plural("desk.today.entries", page.books.entries)
    facts.append(Fact(words.say("desk.today.books"), entries))
    if page.books.starts:
        starts = " · ".join(words.day(at) for at in page.books.starts)
        facts.append(Fact(words.say("desk.today.starts"), starts))
    heading = Say(words.say("desk.section.devices"), "heading")
    return Pane((heading, Facts(tuple(facts))), foot=to_section(words, "devices"))


# --- a call, a strike --------------------------------------------------------------------------


def _call(words: DeskWords, page: CallPage) -> Body:
    call = page.call
    facts = [
        Fact(words.say("desk.today.call_at"), words.day(call.at)),
        Fact(words.say("desk.today.call_screen"), words.say(f"scene.{call.scene}")),
        Fact(words.say("desk.today.call_language"), call.language),
    ]
    if call.card_masked:
        facts.append(Fact(words.say("desk.today.call_card"), call.card_masked))
    parts: tuple[Part, ...] = (
        Say(words.say("desk.today.call", number=str(call.number)), "title", icon="hand"),
        Facts(tuple(facts)),
        Say(words.say("desk.today.call_do")),
    )
    foot = words.act("AnswerHelp", "coming", icon="check", kind="primary")
    title = words.say("desk.today.call_title")
    return Body(title, (Stack((Pane(parts, foot=foot),)),), back=words.back())


def _strike(words: DeskWords, page: StrikePage) -> Body:
    strike = page.strike
    facts = (
        Fact(words.say("desk.today.strike_last"), words.day(strike.at)),
        Fact(words.say("desk.today.strike_count"), str(strike.count)),
        Fact(words.say("desk.today.strike_hours"), str(strike.hours)),
    )
    client: tuple[Button, ...] = ()
    if strike.client and words.may("GetClient"):
        client = words.act("GetClient", "client", "desk.button.to_client", "account")
    clear = words.act("ClearStrike", "looked_into", icon="check", kind="primary")
    parts: tuple[Part, ...] = (Say(words.say(f"rule.{strike.rule}"), "heading"), Facts(facts))
    form = (words.entries(page.form),) if clear else ()
    left = Stack((Pane((*parts, *form), foot=(*client, *clear)),))
    title = words.say("desk.today.strike_title")
    keys = words.keys(page.form) if clear else None
    return Body(title, (left,), back=words.back(), keys=keys)


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Today: _today,
    CallPage: _call,
    StrikePage: _strike,
}
