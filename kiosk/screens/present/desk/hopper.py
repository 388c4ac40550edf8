"""A hopper in words: what is in it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.hopper import HopperPage
from kiosk.core.desk.scenes import Page
from kiosk.core.money import Money
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Fact, Facts, Pane, Part, Say, Stack, Tone


def _hopper(words: DeskWords, page: HopperPage) -> Body:
    title = words.say("desk.device.hopper")
    if page.coin is None:
        pane = Pane((Say(words.say("desk.hopper.not_told"), "title"),))
        return Body(
            title,
            (Stack((pane,)),),
            words.say("desk.hopper.name", device=page.device),
            back=words.back(),
        )
    holds = words.say(
        "desk.hopper.holds_amount",
        number=words.texts.count(page.holds),
        amount=words.texts.money(Money(page.holds * page.coin.minor, page.coin.currency)),
    )
    parts: list[Part] = [
        Facts(
            (
                Fact(words.say("desk.hopper.coin"), words.texts.money(page.coin)),
                Fact(words.say("desk.hopper.holds"), holds),
            )
        )
    ]
    going = page.going
    if going is not None:
        tone: Tone = "bad" if going.state == "doubtful" else "info"
        told = words.say(f"desk.hopper.{going.state}", number=words.texts.count(going.count))
        parts.append(Say(told, "strong", tone))
    state = words.situation.machine.devices.get(page.device)
    off = "" if state and state.up else words.say("desk.devices.does_not_answer")
    foot = words.act("FillHopper", "fill", "desk.button.hopper_fill", "coins")
    if going is None:
        foot += words.act("CountHopper", "count", "desk.button.hopper_count", "check")
        foot += words.act("TryHopper", "try", "desk.button.hopper_try", "test", why=off)
    elif going.state == "doubtful":
        foot = words.act("SettlePayOut", "settle", "desk.button.hopper_settle", "check", "primary")
    parts.append(words.entries(page.form, "number", "reason"))
    return Body(
        title,
        (Stack((Pane(tuple(parts), foot=foot),)),),
        words.say("desk.hopper.name", device=page.device),
        back=words.back(),
        keys=words.keys(page.form),
    )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {HopperPage: _hopper}
