"""G0: one instruction, the ways in for first-timers, what the kiosk takes now."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import night
from kiosk.core.capabilities import DeviceState
from kiosk.core.ids import DeviceId
from kiosk.core.journey import for_cards, out_of_service
from kiosk.core.texts import code
from kiosk.screens.present.words import Words, hint, way
from kiosk.screens.view import Button, Status, View, WelcomeView


def welcome(words: Words) -> View:
    """What can be done here now, and only that; outside the opening hours, when they begin."""
    able, say, situation = words.able, words.say, words.situation
    readable = able.contactless or able.stripe or able.barcode
    lost = _offline(words)
    headline = f"welcome.headline{way(able)}" if readable else "welcome.headline_none"
    body, help_line = say(lost or _body(words)), ""
    if lost:
        help_line = say("problem.desk", code=code(lost))
    if not situation.opening.open:
        headline, body = "welcome.closed", _closed(words, readable=readable)
        help_line = situation.venue.opening or help_line
    elif out_of_service(situation):
        headline, body = "welcome.out_of_service", say("err.out_of_service")
        help_line = say("problem.desk", code=code("err.out_of_service"))
    elif situation.machine.power_fails:
        body, help_line = say("err.power_fails"), say("problem.desk", code=code("err.power_fails"))
    return WelcomeView(
        frame=replace(words.frame(situation.venue.name), logo=situation.venue.logo),
        headline=say(headline),
        body=body,
        hint=say(hint(able)) if readable else "",
        card_name=situation.venue.name,
        buttons=_buttons(words, readable=readable),
        strip=_strip(words),
        help_line=help_line,
        reads=readable,
        taps=able.contactless,
        dark=situation.dark and not night.money_moves(situation.machine),
    )


def _buttons(words: Words, *, readable: bool) -> tuple[Button, ...]:
    made: tuple[Button, ...] = ()
    why = words.why("register")
    # Outside the opening hours the headline is the reason, and it stands where the eye is.
    if readable and words.situation.opening.open:
        register = words.button("register", "register")
        made = (replace(register, enabled=not why, why=why),)
    return (*made, words.button("lost_card", "card_off"), words.button("help", "desk"))


def _body(words: Words) -> str:
    """What a card is good for here; without online services, what works all the same (W-01)."""
    terminals = words.situation.machine.of("payment")
    if terminals and not terminals[0][1].up and words.able.cash == "":
        return "why.network_down"
    money = not words.why("top_up_cash") or not words.why("top_up_bank_card")
    return "welcome.body" if money else "welcome.body_no_cash"


def _closed(words: Words, *, readable: bool) -> str:
    say, until = words.say, words.situation.opening.until
    told = []
    if until is not None:
        day, time = words.texts.day(until, words.now.wall), words.texts.time(until)
        told.append(say("welcome.opens", day=day, time=time))
    if readable:
        told.append(say(f"welcome.closed_body{way(words.able)}"))
    return " ".join(told) or say("welcome.body_none")


def _offline(words: Words) -> str:
    """The sentence about a reader that does not answer (R-01), and what works instead; or ""."""
    able, machine, house = words.able, words.situation.machine, words.situation.house
    if not able.contactless and not able.stripe and not able.barcode:
        return "err.reader_offline"
    away = {device for device, state in machine.of("reader") if not state.up} - house.scanners
    if away & house.contactless and not able.contactless and able.stripe:
        return "err.reader_offline_swipe"
    swipes = away - house.contactless
    return "err.reader_offline_tap" if swipes and not able.stripe and able.contactless else ""


def _strip(words: Words) -> tuple[Status, ...]:
    able, say = words.able, words.say
    items = []
    if able.cash is not None:
        word, icon = ("strip.cash", "cash") if not able.cash else ("strip.cash_off", "cash_off")
        items.append(Status(icon, say(word), "warning" if able.cash else "good"))
    terminals = words.situation.machine.of("payment")
    if terminals:
        items.append(_bank_card(words, terminals[0][1]))
    if able.receipts is not None:
        off = bool(able.receipts)
        word = "strip.receipts_off" if off else "strip.receipts"
        items.append(
            Status("printer_off" if off else "receipt", say(word), "warning" if off else "good")
        )
    for device, state in for_cards(words.situation).of("reader"):
        if not state.up and not _offline(words):
            items.append(Status("card_off", say(_away(words, device)), "warning"))
    return tuple(items)


def _away(words: Words, reader: DeviceId) -> str:
    house = words.situation.house
    if reader in house.scanners:
        return "strip.scan_off"
    return "strip.tap_off" if reader in house.contactless else "strip.swipe_off"


def _bank_card(words: Words, terminal: DeviceState) -> Status:
    if terminal.up and not words.why("top_up_bank_card"):
        return Status("bank_card", words.say("strip.bank_card"), "good")
    return Status("cloud_off", words.say("strip.bank_card_off"), "warning")
