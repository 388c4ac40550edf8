"""G9a: money going in. What was taken, what is being checked, what the balance becomes."""

from __future__ import annotations

from collections import Counter

from kiosk.screens.layout import Box, Drawing, Icon, Node, Space, Sum, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import Note, TopUpView
from kiosk.screens.widgets import FirstFit, Roomiest, button, panel, rule, spring, toned

_STATES = {
    "taken": ("check_circle", "good"),
    "checking": ("hourglass", "muted"),
    "returned": ("returned", "warning"),
}


def _note(note: Note, look: Look) -> Node:
    icon, color = _STATES[note.state]
    taken = note.state == "taken"
    tall = max(look.px("pill") * 2.1, look.m("target") * 0.72)
    return Box(
        children=(
            Icon(name=icon, size=look.px("pill") * 1.2, color=color),
            Text(
                text=note.text,
                role="pill",
                color="text" if taken else color,
                lines=1,
                shrink=0.8,
            ),
        ),
        row=True,
        gap=look.m("gap") * 0.45,
        align="center",
        pad=(look.m("pad_small") * 0.9, 0),
        fill="raised" if taken else None,
        line="line" if look.outlined else None if taken else "muted",
        dashed=not taken,
        radius=tall / 2,
        h=tall,
    )


def _grouped(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Taken notes of one value together, then those that are on their way or went back."""
    taken = Counter(note.text for note in notes if note.state == "taken")
    grouped = (Note(f"{n} × {text}" if n > 1 else text, "taken") for text, n in taken.items())
    return (*grouped, *(note for note in notes if note.state != "taken"))


def _notes(view: TopUpView, look: Look) -> Node | None:
    """What was put in; where room is short, the last ones: the sum and the receipt have all."""
    notes = _grouped(view.notes)
    if not notes:
        return None
    lasts = tuple(_chips(notes, many, look) for many in range(len(notes), 0, -1))
    # Two rows need the height that a sentence about a problem takes on a small panel.
    cuts = range(len(notes) - 1, 0, -1) if not (view.problem and look.compact) else ()
    two = (
        column(_row(notes[:cut], look), _row(notes[cut:], look), gap=look.m("gap") * 0.5)
        for cut in cuts
    )
    return FirstFit(options=(lasts[0], *two, *lasts))


def _chips(notes: tuple[Note, ...], many: int, look: Look) -> Node:
    """The last kinds one by one; those before them are only hinted at."""
    more = (Note("…", "taken"),) if len(notes) > many else ()
    return _row((*more, *notes[-many:]), look)


def _row(notes: tuple[Note, ...], look: Look) -> Node:
    return row(*(_note(note, look) for note in notes), gap=look.m("gap") * 0.6)


def draw(view: TopUpView, look: Look) -> Node:
    """The sum at the left, what may be put in at the right, Done below it."""
    gap = look.m("gap")
    sums = []
    for name, figure, strong in view.sums:
        role = "strong" if strong else "body"
        sums.append(
            row(
                Text(text=name, role=role, color="text" if strong else "muted", grow=1),
                Text(text=figure, role=role, lines=1, align="right"),
                gap=gap,
            )
        )
    left = panel(
        look,
        Text(text=view.inserted_name, role="caption", color="muted", lines=1),
        Sum(amount=view.inserted.amount, symbol=view.inserted.symbol, role="inserted"),
        Space(h=gap * 0.6),
        _notes(view, look),
        spring(),
        toned(look, view.problem, "warning") if view.problem else None,
        Space(h=gap * 0.6) if view.problem else None,
        rule(look) if sums else None,
        Space(h=gap * 0.5),
        *sums,
        pad=(look.m("pad"), look.m("pad") * 0.8),
        grow=1,
    )
    # While a note is on its way the advice has been read: it goes first where room is short.
    waiting = view.done is not None and not view.done.enabled
    many = ((True, True), (False, True), (False, False))[: 3 if waiting else 2]
    right = Roomiest(
        options=tuple(_slot(view, look, art=art, advice=advice) for art, advice in many),
        w=None if look.upright else look.width * 0.345,
        grow=0.8 if look.upright else 0.0,
    )
    return (column if look.upright else row)(left, right, gap=gap, align="stretch")


def _slot(view: TopUpView, look: Look, *, art: bool, advice: bool) -> Node:
    """What may be put in, and Done."""
    gap = look.m("gap")
    if view.pretend:
        return _pretend(view, look)
    side = look.height * (0.16 if look.upright else 0.26)
    picture = Drawing(kind="note", w=side, h=side)
    accepts = panel(
        look,
        spring(),
        Text(
            text=view.headline,
            role="strong" if look.compact and look.large else "heading",
            align="center",
            balance=True,
        ),
        Space(h=gap * 0.6) if art else None,
        Box(children=(picture,), align="center") if art else None,
        Space(h=gap * 0.6),
        Text(text=view.accepted, role="caption", color="muted", align="center", balance=True),
        spring(),
        pad=(look.m("pad_small"), gap * 0.6),
        grow=1,
    )
    said = panel(
        look,
        toned(look, view.advice, "neutral", icon="info"),
        pad=(look.m("pad_small"), gap * 0.7),
    )
    # A way out with its price in words is no answer to be pressed by everybody.
    plain = view.done is not None and view.done.kind != "primary"
    done = button(
        look,
        view.done,
        role="action" if plain else "primary",
        min_h=look.m("answer") if plain else look.m("button") * 1.1,
        lines=2 if plain else 1,
    )
    return column(accepts, said if view.advice and advice else None, done, gap=gap)


def _pretend(view: TopUpView, look: Look) -> Node:
    """In training: the notes to be put in by touch, and Done."""
    gap = look.m("target_gap")
    rows = tuple(
        row(
            *(
                button(look, b, role="action", lines=1, grow=1.0, pad_x=0.0)
                for b in view.pretend[at : at + 2]
            ),
            gap=gap,
        )
        for at in range(0, len(view.pretend), 2)
    )
    notes = panel(
        look,
        Text(text=view.headline, role="heading", align="center", balance=True),
        *rows,
        spring(),
        gap=gap,
        pad=(look.m("pad_small"), gap),
        grow=1,
    )
    done = button(look, view.done, role="primary", min_h=look.m("button"), lines=1)
    return column(notes, done, gap=look.m("gap"))
