"""G4: the card's home. The balance first, other wallets, the visit, one primary action."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.guest.orbit import Orbit
from kiosk.screens.layout import Icon, Node, Sum, Target, Text, column, row
from kiosk.screens.theme import COMPACT_PX, Look
from kiosk.screens.view import Button, CardHomeView, PlayStrip, VisitStrip, Wallet
from kiosk.screens.widgets import Roomiest, button, panel, spring, toned


def _balance(view: CardHomeView, look: Look) -> Node:
    alone = not (view.wallets or view.visit or view.task or view.playing)
    figures = column(
        spring(),
        Text(text=view.balance_name, role="caption", color="muted", lines=1),
        Sum(
            amount=view.balance.amount,
            symbol=view.balance.symbol,
            role="inserted" if alone or look.upright else "display",
        ),
        toned(look, view.latest, view.latest_tone, icon="up" if view.latest_tone == "good" else "")
        if view.latest and not (look.compact and (view.task or (view.visit and view.playing)))
        else None,
        spring(),
        gap=0 if look.compact else look.m("gap") * 0.2,
        pad=(look.m("pad"), look.m("gap") * 0.6),
    )
    return Orbit(
        child=figures,
        tones=tuple(w.tone for w in view.wallets),
        grow=1,
    )


def _wallet(wallet: Wallet, look: Look) -> Node:
    return panel(
        look,
        row(
            Text(
                text=wallet.name,
                role="caption",
                color=wallet.tone if look.outlined else "muted",
                lines=1,
                shrink=0.6,
                grow=1,
            ),
            None
            if look.compact and look.large
            else Icon(name=wallet.icon, size=look.m("icon_small"), color=wallet.tone),
            gap=look.m("gap") * 0.3,
        ),
        Sum(amount=wallet.amount, symbol=wallet.unit, role="figure", symbol_share=0.55),
        Text(text=wallet.note, role="caption", color="muted", lines=1, shrink=0.7)
        if wallet.note and not look.compact
        else None,
        pad=(look.m("pad_small") * 1.1, look.m("gap") * (0.5 if look.compact else 0.9)),
        edge=wallet.tone,
        grow=1,
    )


def _visit(strip: VisitStrip, look: Look, *, crowded: bool) -> Node:
    tight, lines = look.compact and look.large, 1 if look.compact else 2
    words = column(
        Text(text=strip.headline, role="strong", lines=lines, shrink=0.7),
        Text(text=strip.note, role="caption", color="muted", lines=2, shrink=0.7)
        if not crowded
        else None,
        gap=look.m("gap") * 0.1,
        grow=1,
    )
    return panel(
        look,
        None
        if tight
        else Icon(name=strip.button.icon or "visit", size=look.m("icon") * 1.15, color="accent"),
        words,
        Sum(
            amount=strip.total.amount,
            symbol=strip.total.symbol,
            role="figure",
            symbol_share=0.8,
            symbol_color="text",
        ),
        Icon(name="chevron", size=look.m("icon"), color="muted"),
        row=True,
        align="center",
        gap=look.m("gap"),
        pad=(look.m("pad_small" if tight else "pad"), look.m("gap") * 0.7),
        tap=Target(strip.button.id, 0, 0, 0, 0, 0, strip.button.text, strip.button.enabled),
        min_h=look.m("target" if crowded else "button"),
    )


def _playing(strip: PlayStrip, look: Look, *, crowded: bool) -> Node:
    """Where the guest plays, and the time that is left, by the second."""
    tight = look.compact and look.large
    return panel(
        look,
        None if tight else Icon(name="play", size=look.m("icon") * 1.15, color="good"),
        column(
            Text(text=strip.headline, role="strong", lines=1, shrink=0.6),
            Text(text=strip.note, role="caption", color="muted", lines=1, shrink=0.6),
            gap=0 if crowded else look.m("gap") * 0.1,
            grow=1,
        ),
        Sum(amount=strip.countdown.left, symbol="", role="figure", align="right"),
        row=True,
        align="center",
        gap=look.m("gap"),
        pad=(look.m("pad_small" if tight else "pad"), look.m("gap") * (0.2 if crowded else 0.7)),
        min_h=look.m("target" if crowded else "button"),
    )


def _strips(view: CardHomeView, look: Look) -> tuple[Node | None, ...]:
    """What goes on now: play, and the visit."""
    both = look.compact and view.visit is not None and view.playing is not None
    crowded = both or (bool(view.task) and look.compact)
    return (
        _playing(view.playing, look, crowded=crowded) if view.playing else None,
        _visit(view.visit, look, crowded=crowded) if view.visit else None,
    )


def _task(task: Button, body: str, look: Look) -> Node:
    """Something that waits for this guest: said before anything else below the balance."""
    return panel(
        look,
        Icon(name=task.icon or "warning", size=look.m("icon"), color="warning"),
        Text(text=body, role="caption", grow=1, lines=3, shrink=0.8, middle=True),
        button(look, task, role="strong", min_h=look.m("target")),
        row=True,
        align="center",
        gap=look.m("gap"),
        pad=(look.m("pad_small"), look.m("gap") * 0.5),
        line="warning",
    )


_TINTS = {
    "minutes": "game",
    "play": "good",
    "stop": "bad",
    "menu": "muted",
    "history": "muted",
    "receipt": "muted",
    "printer": "muted",
    "visit": "accent",
}


def actions(look: Look, primary: Button | None, buttons: tuple[Button, ...], width: float) -> Node:
    """The column of actions at the right: the expected one first and biggest.

    Where there are many, the last two stand side by side; on an upright panel all but the first.
    """
    primary, buttons = _said_once(primary, buttons)
    crowded = len(buttons) > 3
    spare = 2 - len(buttons) if primary else 0
    if look.upright:
        return _upright_actions(look, primary, buttons)
    alone, last = (buttons[:-2], buttons[-2:]) if crowded else (buttons, ())
    return column(
        button(look, primary, role="primary", upright=not look.compact and not crowded, grow=1.7),
        *(button(look, b, grow=1, align="start", icon_color=_TINTS.get(b.icon)) for b in alone),
        row(*(_small(look, b) for b in last), gap=look.m("target_gap"), align="stretch", grow=1)
        if last
        else None,
        spring(spare) if spare > 0 else None,
        gap=look.m("gap"),
        w=width,
    )


def _said_once(
    primary: Button | None, buttons: tuple[Button, ...]
) -> tuple[Button | None, tuple[Button, ...]]:
    """One reason for several buttons in a row is said below the last of them."""
    listed = [primary, *buttons]
    for at, b in enumerate(listed[:-1]):
        below = listed[at + 1]
        if b and below and b.why and b.why == below.why:
            listed[at] = replace(b, why="")
    return listed[0], tuple(b for b in listed[1:] if b)


def _upright_actions(look: Look, primary: Button | None, buttons: tuple[Button, ...]) -> Node:
    """The expected one as wide as the panel, the others in two columns below it."""
    gap, made = look.m("gap"), list(buttons)
    wide = made[:1] if len(made) % 2 else []
    pairs = made[len(wide) :]

    def one(b: Button) -> Node | None:
        return button(look, b, grow=1.0, lines=2, icon_color=_TINTS.get(b.icon))

    return column(
        button(look, primary, role="primary", min_h=look.m("button") * 1.35),
        *(one(b) for b in wide),
        *(
            row(*map(one, pairs[at : at + 2]), gap=gap, align="stretch")
            for at in range(0, len(pairs), 2)
        ),
        gap=gap,
    )


def _small(look: Look, b: Button) -> Node | None:
    """A button of half the width: the words first."""
    return button(
        look,
        b if look.upright else replace(b, icon=""),
        grow=1,
        icon_color=_TINTS.get(b.icon),
        lines=1,
        pad_x=look.m("gap") * 0.6,
    )


_SMALL_ENOUGH = 0.9
"""In the lower part of a panel letters shrink no further before secondary words go."""


def _figures(view: CardHomeView, look: Look) -> tuple[Node | None, ...]:
    """The balance, what waits, other wallets, what goes on now."""
    return (
        _balance(view, look),
        _task(view.task, view.task_body, look) if view.task else None,
        row(*(_wallet(w, look) for w in view.wallets), gap=look.m("gap"), align="stretch")
        if view.wallets
        else None,
        *_strips(view, look),
    )


def draw(view: CardHomeView, look: Look) -> Node:
    """Figures at the left, actions at the right; below each other on an upright panel."""
    gap = look.m("gap")
    figures = _figures(view, look)
    right = actions(look, view.primary, view.buttons, look.width * 0.33)
    if look.upright:
        return column(*figures, spring(0.8), right, gap=gap)
    left: Node = column(*figures, gap=gap, grow=1)
    if look.sized and look.shrink < _SMALL_ENOUGH:
        small = replace(look, height=COMPACT_PX - 1, _known={})
        left = Roomiest(options=(left, column(*_figures(view, small), gap=gap)), grow=1)
    if not view.primary and not view.buttons:
        return left
    return row(left, right, gap=gap, align="stretch")
