"""Which way to pay, how much (G8), and the payment at the terminal (G9b)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.errors import Refused
from kiosk.core.guest.paying import (
    Choice,
    ChooseAmount,
    ChooseWay,
    TypeAmount,
    Way,
    offer,
    too,
    typed,
    ways_of,
)
from kiosk.core.guest.terminal import AtTerminal, BeingChecked, Payer
from kiosk.core.money import Money
from kiosk.core.texts import code
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import (
    Amount,
    AmountsView,
    AmountView,
    Button,
    Figure,
    Frame,
    Option,
    ProblemView,
    TerminalView,
    View,
    WaysView,
)

_ICONS = {"notes": "cash", "bank_card": "contactless", "qr": "qr"}


def _frame(words: Words, payer: Payer, leave: Button | None = None) -> Frame:
    top_up = payer.purpose.kind == "top_up"
    title = words.say("done.title" if top_up else "paying.title")
    number = words.masked(payer.card.number) if payer.card else ""
    return words.frame(title, number, leave or words.leaving())


# --- which way ---------------------------------------------------------------------------------


def choose_way(words: Words, scene: ChooseWay) -> View:
    """Every way that this kiosk has; one that cannot be gone now says why."""
    return WaysView(
        frame=_frame(words, scene.payer),
        headline=words.say("paying.how"),
        ways=tuple(_way(words, scene, way) for way in ways_of(words.situation, scene.payer)),
        back=words.back(),
    )


def _way(words: Words, scene: ChooseWay, way: Way) -> Option:
    say = words.say
    pending = scene.pending and way != "notes"
    why = say("paying.pending") if pending else words.why(offer(scene.payer.purpose, way))
    button = Button(f"pay:{way}", say(f"button.pay_{way}"), _ICONS[way], enabled=not why, why=why)
    return Option(button, note=say(f"paying.{way}"), tone="good")


# --- how much ----------------------------------------------------------------------------------


def choose_amount(words: Words, scene: ChooseAmount) -> View:
    """The sums to choose from, what each earns, and a sum of the guest's own."""
    other = Button("other", words.say("button.other_amount"), "dialpad")
    return AmountsView(
        frame=_frame(words, scene.payer),
        headline=words.say("paying.how_much"),
        body=_limits(words, scene),
        problem=_refused(words, scene.refused),
        amounts=tuple(_amount(words, scene, choice) for choice in scene.choices),
        other=other,
        back=words.back(),
    )


def _refused(words: Words, refused: Refused | None) -> str:
    return words.say(refused.key, **words.args(refused.args_by_name)) if refused else ""


def _limits(words: Words, scene: ChooseAmount) -> str:
    if scene.most < scene.least:
        return words.say("paying.full")
    least, most = (words.texts.whole(sum_) for sum_ in (scene.least, scene.most))
    return words.say("paying.limits", least=least, most=most)


def _amount(words: Words, scene: ChooseAmount, choice: Choice) -> Amount:
    amount = choice.amount
    wrong = _wrong(words, scene, amount)
    figure = Figure(
        words.texts.count(amount.minor // 10**amount.currency.exponent), amount.currency.symbol
    )
    whole = words.texts.whole(amount)
    button = Button(f"amount:{amount.minor}", whole, enabled=not wrong, why=wrong)
    return Amount(button, figure, _bonus(words, choice.bonus))


def _wrong(words: Words, scene: ChooseAmount, amount: Money) -> str:
    word = too(scene, amount)
    if not word:
        return ""
    least, most = words.texts.whole(scene.least), words.texts.whole(scene.most)
    return words.say(f"paying.{word}", least=least, most=most)


def _bonus(words: Words, points: int) -> str:
    if not points:
        return ""
    return words.texts.plural("paying.bonus", points, count=words.texts.count(points))


def type_amount(words: Words, scene: TypeAmount) -> View:
    """The own keypad for a sum; what is wrong with it stands at the field."""
    say, of = words.say, scene.of
    currency = of.least.currency
    whole, point, decimals = scene.typed.partition(".")
    shown = f"{words.texts.count(int(whole or 0))}" + (say("format.decimal") if point else "")
    amount = typed(scene)
    wrong = _wrong(words, of, amount) if amount is not None else ""
    problem = _refused(words, scene.refused)
    if amount is not None and too(of, amount) == "much":
        problem, wrong = wrong, ""
    ready = amount is not None and not too(of, amount)
    text = say("button.next")
    if ready and amount is not None:
        text = say("button.pay_amount", amount=words.texts.money(amount))
    return AmountView(
        frame=_frame(words, of.payer),
        headline=say("paying.type"),
        body=_limits(words, of),
        figure=Figure(shown + decimals, currency.symbol),
        bonus="" if problem else _bonus(words, scene.bonus),
        problem=problem,
        point=say("format.decimal") if currency.exponent else "",
        next=Button("next", text, "", "primary", enabled=ready, why=wrong),
        back=words.back(),
    )


# --- at the terminal ---------------------------------------------------------------------------


def at_terminal(words: Words, scene: AtTerminal) -> View:
    """The sum large, what to do at the terminal; then that the bank is being asked."""
    say, texts = words.say, words.texts
    leave = None if scene.stopping else words.leaving("cancel")
    frame = words.frame(
        say("done.title" if scene.before is not None else "paying.title"),
        words.masked(scene.payer.card.number) if scene.payer.card else "",
        leave,
    )
    # The terminal's time cannot be longer for being asked: it is shown, and not warned of.
    frame = replace(frame, warn_s=None, more_time=None)
    sums: tuple[tuple[str, str, bool], ...] = ()
    if scene.before is not None:
        bonus = (
            ((say("paying.bonus_name"), f"+{texts.count(scene.bonus)}", False),)
            if scene.bonus
            else ()
        )
        sums = (
            (say("topup.before"), texts.money(scene.before), False),
            *bonus,
            (say("topup.after"), texts.money(scene.before + scene.amount), True),
        )
    stage = "asking" if scene.stopping else "follow"
    body = "paying.asking_body" if scene.stopping else f"paying.follow_{scene.tender}"
    return TerminalView(
        frame=frame,
        name=say("paying.to_pay"),
        amount=words.figure(scene.amount),
        sums=sums,
        headline=say(f"paying.{stage}"),
        body=say(body),
        advice="" if scene.stopping else say("paying.before_charged"),
        icon=_ICONS[scene.tender],
        waiting=scene.stopping,
    )


def being_checked(words: Words, scene: BeingChecked) -> View:
    """B-02: nobody knows yet, and nobody is to pay again."""
    say = words.say
    key = "err.payment_unknown"
    slip = "paying.take_slip" if scene.printed else "paying.no_slip"
    return ProblemView(
        frame=_frame(words, scene.payer),
        icon="hourglass",
        tone="warning",
        headline=say("paying.checked"),
        body=(say(key), say(slip, number=f"{scene.number:06}")),
        code=code(key),
        footer=say("welcome.help"),
        buttons=(Button("continue", say("button.continue"), "", "primary"),),
    )


SCENES: Scenes = {
    ChooseWay: choose_way,
    ChooseAmount: choose_amount,
    TypeAmount: type_amount,
    AtTerminal: at_terminal,
    BeingChecked: being_checked,
}
