"""The first page of *Cash* in words, and what its other pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kiosk.core.desk.cash_home import BOXES, BoxLine, CashHome
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk.sections import offered_to
from kiosk.core.money import Money
from kiosk.screens.present.desk import devices
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Actions, Button, Pane, Part, Say, Stack, Tile, Tiles

_WAITING = (
    ("notes", "open:notes", "question"),
    ("suspense", "open:suspense", "coins"),
    ("claims", "open:claims", "ticket"),
    ("bags", "open:collections", "sack"),
    ("slips", "open:queue", "printer_alert"),
    ("payments", "open:payments", "bank_card"),
    ("fiscal", "open:fiscal", "receipt"),
)


def to_section(words: DeskWords, name: SectionName) -> tuple[Button, ...]:
    """The button that leads to another section, for who sees it."""
    if words.person is None or all(s.name != name for s in offered_to(words.person)):
        return ()
    return (words.go(f"section:{name}", f"desk.to.{name}", "next", "quiet"),)


def box_pane(words: DeskWords, box: BoxLine) -> Pane:
    """What lies in a box, and the button that collects it; no sum where the count is blind."""
    currency = words.situation.venue.currency
    several = sum(len(words.situation.machine.of(role)) for role in BOXES) > 1
    name = f" · {devices.name(words, box.device)}" if several else ""
    parts: list[Part] = [Say(words.say("desk.cash.in_box") + name, "heading")]
    if box.faces is None:
        parts.append(Say(words.say("desk.cash.blind")))
    else:
        parts.append(Say(words.texts.money(box.worth(Money(0, currency))), "title"))
    parts.append(Say(" · ".join(_of_box(words, box)), "caption", "muted"))
    if box.out or box.taken:
        out = "desk.cash.coin_box_is_out" if _of_coins(words, box) else "desk.cash.box_is_out"
        key = out if box.out else "desk.cash.box_waits"
        parts.append(Say(words.say(key), "strong", "warning", "warning"))
    collect = f"collect:{box.device}"
    return Pane(
        tuple(parts), foot=words.act("CollectCashbox", collect, icon="safe", kind="primary")
    )


def _of_coins(words: DeskWords, box: BoxLine) -> bool:
    return words.situation.machine.devices[box.device].role == "coins"


def _of_box(words: DeskWords, box: BoxLine) -> Iterator[str]:
    if box.faces is not None:
        what = "desk.cash.coins" if _of_coins(words, box) else "desk.cash.notes"
        yield words.texts.plural(what, box.notes)
    when = words.day(box.collected_at) if box.collected_at else ""
    key = "desk.cash.collected_at" if when else "desk.cash.never_collected"
    yield words.say(key, time=when) if when else words.say(key)


def _home(words: DeskWords, page: CashHome) -> Body:
    left = [*_till(words, page), *(_in_sight(box_pane(words, box)) for box in page.boxes)]
    right = tuple(_waits(words, page))
    stacks = (Stack(tuple(left)),) if left else ()
    waiting = Pane((Say(words.say("desk.cash.waits"), "heading"), Tiles(right)))
    find = words.act("LatestNotes", "open:lost", "desk.button.lost", "search")
    papers = (
        *words.act("ShiftSlips", "open:slips", "desk.button.slips", "receipt"),
        *words.act("FormerShifts", "open:former", "desk.button.former", "history"),
        *words.act("Collections", "open:collections", "desk.button.collections", "sack"),
    )
    more = Pane((Actions((*find, *papers)),), card=False)
    return Body(words.say("desk.section.cash"), (*stacks, Stack((waiting, more))))


def _in_sight(box: Pane) -> Pane:
    """The button close below the sum: the foot of the last pane is where the longer stack ends."""
    return replace(box, parts=(*box.parts, Actions(box.foot)), foot=()) if box.foot else box


def _till(words: DeskWords, page: CashHome) -> Iterator[Pane]:
    if not words.may("CurrentShift"):
        return
    shift = page.shift
    if shift is None:
        parts: tuple[Part, ...] = (
            Say(words.say("desk.no_shift"), "heading"),
            Say(words.say("desk.cash.open_first")),
        )
        open_ = words.act(
            "OpenShift", "open:open_shift", "desk.button.open_shift_", "shift", "primary"
        )
        yield Pane(parts, foot=open_)
        return
    since = words.day(shift.opened_at)
    line = words.say("desk.shift", number=str(shift.number), since=since)
    drawer = words.say("desk.cash.blind") if page.drawer is None else words.texts.money(page.drawer)
    told: list[Part] = [
        Say(words.say("desk.cash.till"), "heading"),
        Say(drawer, "body" if page.drawer is None else "title"),
        Say(line, "caption", "muted"),
    ]
    if shift.overdue:
        told.append(Say(words.say("desk.cash.overdue"), "strong", "warning", "warning"))
    told.append(
        Actions(
            (
                *words.act("FloatIn", "open:float", "desk.button.float_", "cash_plus"),
                *words.act(
                    "WithdrawCash", "open:withdrawal", "desk.button.withdrawal_", "cash_minus"
                ),
                *words.act(
                    "CollectDrawer", "open:collect_drawer", "desk.button.collect_drawer_", "safe"
                ),
                *words.act("TillMovements", "open:movements", "desk.button.movements", "undo"),
            )
        )
    )
    close = words.act(
        "CloseShift", "open:close_shift", "desk.button.close_shift_", "shift", "primary"
    )
    # Beside the button that closes: so that the box below it is seen whole, too.
    yield Pane(tuple(told), foot=(*words.act("IssueXReport", "x", icon="printer"), *close))


def _waits(words: DeskWords, page: CashHome) -> Iterator[Tile]:
    for name, button, icon in _WAITING:
        number = getattr(page.waiting, name)
        if number is None:
            continue
        tone = "warning" if number else "good"
        headline = words.say(f"desk.cash.waits_{name}")
        yield Tile(
            headline, "", icon, "warning" if tone == "warning" else "good", str(number), button
        )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {CashHome: _home}
