"""One thing on the disc and what is said of it: a wait, a question, a problem."""

from __future__ import annotations

from kiosk.screens.guest.code import coded
from kiosk.screens.layout import Box, Icon, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import ProblemView, QuestionView, Tone, WaitView
from kiosk.screens.widgets import Roomiest, answered, answers, badge, disc, spring

TAPPED = ("reader", "contactless")
"""Signs of a card that is to be shown: the disc shows how."""


def message(
    look: Look,
    sign: tuple[str, ...],
    headline: str,
    body: tuple[str, ...],
    reply: Node | None,
    foot: Node | None,
) -> Node:
    """Words at the left and the disc at the right; the disc above them on a panel that stands.

    `sign`: the kind of the drawing and its words. Where the words need all the room, the disc
    becomes a badge before them.
    """
    gap = look.m("gap")
    if look.upright:
        return _upright(look, sign, headline, body, reply, foot)
    said = Text(text=headline, role="title", balance=True)
    texts = [Text(text=t, role="lead", color="muted", balance=len(t) < 160) for t in body]
    between = gap * (0.5 if look.compact else 0.9)
    room = Space(h=gap * (1.0 if look.compact else 2.0)) if reply else None
    reply = Box(children=(reply,), align="start") if reply else None
    picture = column(spring(), disc(look, *sign), spring(), align="center")
    drawn = row(
        column(
            spring(),
            column(said, *texts, gap=between),
            room,
            reply,
            spring(1.2),
            grow=1.0,
        ),
        picture,
        gap=gap * 2,
        align="stretch",
    )
    side = look.m("badge") * (0.8 if look.compact else 1.0)
    small = badge(look, *_badge(sign), side)
    words = column(said, *texts, gap=between, grow=1.0)
    aside = Space(w=side + gap * 1.6)
    plain = column(
        spring(0.6),
        row(small, words, gap=gap * 1.6, align="start"),
        room,
        row(aside, reply, align="start") if reply and not look.compact else reply,
        spring(1),
    )
    return column(Roomiest(options=(drawn, plain), grow=1.0), foot, gap=gap * 0.6)


def _badge(sign: tuple[str, ...]) -> tuple[str, Tone]:
    """What stands in the badge in place of a drawing."""
    if sign[0] == "sign":
        tones: dict[str, Tone] = {t: t for t in ("good", "warning", "bad", "info", "neutral")}
        return sign[1], tones[sign[2]]
    return {"tap": ("reader", "info"), "done": ("check", "good")}.get(
        sign[0], ("hourglass", "neutral")
    )  # type: ignore[return-value]


def _upright(
    look: Look,
    sign: tuple[str, ...],
    headline: str,
    body: tuple[str, ...],
    reply: Node | None,
    foot: Node | None,
) -> Node:
    """The disc above, the words in the middle, the answers as wide as the panel at its foot."""
    gap = look.m("gap")
    return column(
        spring(0.7),
        column(disc(look, *sign), align="center"),
        Space(h=gap * 2),
        Text(text=headline, role="title", align="center", balance=True),
        Space(h=gap * 0.8),
        *(Text(text=t, role="lead", color="muted", align="center", balance=True) for t in body),
        spring(1),
        reply,
        Space(h=gap) if reply and foot else None,
        foot,
    )


def sign_of(icon: str, tone: str) -> tuple[str, ...]:
    """The drawing of an icon and a tone: a card that is to be shown, or the icon itself."""
    return ("tap",) if icon in TAPPED else ("sign", icon, tone)


def draw_wait(view: WaitView, look: Look) -> Node:
    """What is being done; a dot goes round."""
    return message(look, ("wait",), view.headline, (view.body,) if view.body else (), None, None)


def draw_question(view: QuestionView, look: Look) -> Node:
    """The question, its answers, and the way back at the bottom left."""
    sign = _named(sign_of(view.icon, view.tone), look)
    if not view.back:
        return message(look, sign, view.headline, view.body, answers(look, view.buttons), None)
    if len(view.buttons) > 2 or look.upright:
        foot = answered(look, view.back)
        return message(look, sign, view.headline, view.body, answers(look, view.buttons), foot)
    # The expected answer stands at the right, in the corner.
    last = tuple(sorted(view.buttons, key=lambda b: b.kind == "primary"))
    foot = answered(look, view.back, answers(look, last, min_h=look.m("answer")))
    return message(look, sign, view.headline, view.body, None, foot)


def _named(sign: tuple[str, ...], look: Look) -> tuple[str, ...]:
    return (*sign, look.venue.name) if sign == ("tap",) else sign


def _code(look: Look, footer: str, code: str, tone: Tone) -> Node | None:
    if not footer and not code:
        return None
    size = look.px("caption") * 1.3
    return row(
        Icon(name="desk", size=size, color="good" if tone != "bad" else "muted"),
        Text(text=footer, role="caption", color="muted", middle=True) if footer else None,
        Box(
            children=(Text(text=code, role="caption", lines=1),),
            pad=(look.m("gap") * 0.6, look.m("gap") * 0.2),
            line="line",
            radius=look.m("radius_button") / 2,
        )
        if code
        else None,
        gap=look.m("gap") * 0.6,
        justify="center" if look.upright else "start",
    )


def draw_problem(view: ProblemView, look: Look) -> Node:
    """Is my money safe, what happened, what can I do, a code for the desk: in this order."""
    foot = _code(look, view.footer, view.code, view.tone)
    if view.receipt:
        reply = answers(look, view.buttons)
        return coded(look, view.receipt, view.headline, view.body, reply, foot)
    sign = ("sign", view.icon or "alert", view.tone)
    return message(look, sign, view.headline, view.body, answers(look, view.buttons), foot)
