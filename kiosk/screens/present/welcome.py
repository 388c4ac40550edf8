"""G0: one instruction, the ways in for first-timers, what the kiosk takes now."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.capabilities import DeviceState
from kiosk.core.journey import out_of_service
from kiosk.screens.present.words import Words, hint, way
from kiosk.screens.view import Button, Frame, Status, View, WelcomeView


def welcome(words: Words) -> View:
    """What can be done here now, and only that; outside the opening hours, when they begin."""
    able, say, situation = words.able, words.say, words.situation
    readable, lost = able.contactless or able.stripe, _offline(words)
    headline = f"welcome.headline{way(able)}" if readable else "welcome.headline_none"
    body = say(_body(words) if readable else "welcome.body_none")
    help_line = say("problem.desk", code="R-01") if lost else ""
    if out_of_service(situation):
        headline, body = "welcome.out_of_service", say("err.out_of_service")
        help_line = say("problem.desk", code="GX")
    elif not situation.opening.open:
        headline, body = "welcome.closed", _closed(words, readable=readable)
        help_line = situation.venue.opening or help_line
    return WelcomeView(
        frame=_frame(words),
        headline=say(headline),
        body=body,
        hint=say(lost or hint(able)),
        card_name=situation.venue.name,
        buttons=_buttons(words, readable=readable),
        strip=_strip(words),
        help_line=help_line,
        reads=readable,
        taps=able.contactless,
    )


def _frame(words: Words) -> Frame:
    frame = replace(words.frame(words.situation.venue.name), logo=words.situation.venue.logo)
    if not _offline_services(words):
        return frame
    return replace(frame, notice=words.say("why.network_down"), notice_tone="warning")


def _offline_services(words: Words) -> bool:
    """Whether the terminal is away and notes are taken all the same (W-01)."""
    terminals = words.situation.machine.of("payment")
    return bool(terminals) and not terminals[0][1].up and words.able.cash == ""


def _buttons(words: Words, *, readable: bool) -> tuple[Button, ...]:
    made: tuple[Button, ...] = ()
    why = words.why("register")
    # Outside the opening hours the headline is the reason, and it stands where the eye is.
    if readable and words.situation.opening.open:
        register = words.button("register", "register")
        made = (replace(register, enabled=not why, why=why),)
    return (*made, words.button("lost_card", "card_off"), words.button("help", "desk"))


def _body(words: Words) -> str:
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
    able, machine = words.able, words.situation.machine
    if not able.contactless and not able.stripe:
        return "err.reader_offline"
    away = [device for device, state in machine.of("reader") if not state.up]
    taps = [device in words.situation.house.contactless for device in away]
    if True in taps and not able.contactless:
        return "err.reader_offline_swipe"
    return "err.reader_offline_tap" if False in taps and not able.stripe else ""


def _strip(words: Words) -> tuple[Status, ...]:
    able, say = words.able, words.say
    items = []
    if able.cash is not None:
        word, icon = ("strip.cash", "cash") if not able.cash else ("strip.cash_off", "cash_off")
        items.append(Status(icon, say(word), "warning" if able.cash else "good"))
    terminals = words.situation.machine.of("payment")
    if terminals and not _offline_services(words):
        items.append(_bank_card(words, terminals[0][1]))
    if able.receipts is not None:
        off = bool(able.receipts)
        word = "strip.receipts_off" if off else "strip.receipts"
        items.append(
            Status("printer_off" if off else "receipt", say(word), "warning" if off else "good")
        )
    for device, state in words.situation.machine.of("reader"):
        if not state.up and not _offline(words):
            taps = device in words.situation.house.contactless
            word = "strip.tap_off" if taps else "strip.swipe_off"
            items.append(Status("card_off", say(word), "warning"))
    return tuple(items)


def _bank_card(words: Words, terminal: DeviceState) -> Status:
    if terminal.up and not words.why("top_up_bank_card"):
        return Status("bank_card", words.say("strip.bank_card"), "good")
    return Status("cloud_off", words.say("strip.bank_card_off"), "warning")
