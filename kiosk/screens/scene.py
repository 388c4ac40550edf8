"""A View becomes a scene: everything placed, the top bar, the countdown, the bar at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kiosk.core.logos import Logo
from kiosk.screens import lower
from kiosk.screens.desk import frame as desk
from kiosk.screens.desk import sign_in
from kiosk.screens.guest import (
    access,
    attract,
    code,
    deal,
    done,
    home,
    keypad,
    listing,
    message,
    name,
    options,
    paying,
    top_up,
    visit,
    welcome,
)
from kiosk.screens.layout import (
    Box,
    Item,
    Layer,
    Measure,
    Node,
    Page,
    Plate,
    Still,
    Target,
    Text,
    row,
)
from kiosk.screens.theme import (
    ATTRACT_AFTER_S,
    ATTRACT_STEP_S,
    DARK_AFTER_S,
    TONE_ICONS,
    Color,
    Look,
)
from kiosk.screens.view import (
    AccessView,
    AmountsView,
    AmountView,
    CardHomeView,
    CodeView,
    Countdown,
    DealView,
    DeskView,
    DoneView,
    Frame,
    HistoryView,
    KeypadView,
    NameView,
    OptionsView,
    PlayStrip,
    ProblemView,
    QuestionView,
    SignInView,
    TerminalView,
    TopUpView,
    View,
    VisitView,
    WaitView,
    WaysView,
    WelcomeView,
)
from kiosk.screens.widgets import FirstFit, button, heard, pill, spring, toned

SHRINKS = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72)
"""How much all text of a screen may shrink together before something is cut off."""

DRAW: dict[type, Callable[[Any, Look], Node]] = {
    WelcomeView: welcome.draw,
    AccessView: access.draw,
    WaitView: message.draw_wait,
    QuestionView: message.draw_question,
    KeypadView: keypad.draw,
    NameView: name.draw,
    CardHomeView: home.draw,
    VisitView: visit.draw,
    HistoryView: listing.draw,
    OptionsView: options.draw,
    DealView: deal.draw,
    TopUpView: top_up.draw,
    DoneView: done.draw,
    CodeView: code.draw,
    ProblemView: message.draw_problem,
    WaysView: paying.draw_ways,
    AmountsView: paying.draw_amounts,
    AmountView: paying.draw_amount,
    TerminalView: paying.draw_terminal,
    SignInView: sign_in.draw,
}


@dataclass(frozen=True)
class Scene:
    """A screen, ready to paint.

    `over` is what does not fit, in pixels: 0 on a screen that is right. `shrink` is how much
    smaller its text had to be. `next_change_s`: when the clock alone changes the picture. From
    `covered_y` on, layers are under the bar at the end. `ground`: what it all stands on.
    `resting`: nobody is there, any touch brings the screen back; `dark`: it is black, and may be
    switched off.
    """

    items: list[Item]
    targets: list[Target]
    over: float
    shrink: float
    next_change_s: float | None
    covered_y: float = math.inf
    ground: Color = (0.0, 0.0, 0.0, 1.0)
    resting: bool = False
    dark: bool = False

    def reachable(self) -> Iterator[Target]:
        """Everything that can be pressed, where it stands when nothing is scrolled."""
        yield from self.targets
        for layer in self.layers():
            yield from layer.targets

    def layers(self) -> Iterator[Layer]:
        """What is clipped or scrolls."""
        return (item for item in self.items if isinstance(item, Layer))


def compose(
    view: View,
    look: Look,
    now_s: float,
    measure: Measure,
    *,
    menu: bool = False,
    keys: bool = True,
    alone_s: float | None = None,
) -> Scene:
    """Lay a View out for a panel at a moment of the monotonic clock.

    `alone_s`: the moment since when nobody has touched anything; None: somebody is there.

    `menu`: the sections of the desk are shown, on a panel that is too low to have them always.
    `keys`: false where the attendant has put the desk's keys away to see more.
    """
    if alone_s is not None and isinstance(view, WelcomeView) and view.dark:
        if now_s >= alone_s + DARK_AFTER_S:
            return Scene([], [], 0.0, 1.0, None, resting=True, dark=True)
        awake = compose(view, look, now_s, measure)
        return replace(awake, next_change_s=_first(awake, alone_s + DARK_AFTER_S))
    if alone_s is not None and attract.rests(view):
        if now_s >= alone_s + ATTRACT_AFTER_S:
            return _resting(view, look, now_s - alone_s - ATTRACT_AFTER_S, now_s, measure)
        awake = compose(view, look, now_s, measure)
        return replace(awake, next_change_s=_first(awake, alone_s + ATTRACT_AFTER_S))
    frame = view.frame
    below: list[Item] = []
    if frame.banner:
        # A strip of its own below everything, so that nothing is ever in front of it.
        below = _banner(frame.banner, look, measure)
        look = replace(look, height=look.height - banner_height(look), _known={})
    view, ticks = _told_now(view, now_s)
    if isinstance(view, DeskView):
        shown = view if keys else replace(view, keys=None)
        body = _desk(shown, look, now_s, measure, menu=menu)
    else:
        body = _guest(view, look, now_s, measure)
    items, targets = body.items, body.targets
    if frame.mark and not isinstance(view, DeskView):
        _place_mark(items, frame.mark, look, measure)
    covered_y = math.inf
    if _warned(frame, now_s) and frame.more_time is not None:
        bar = _place_more_time(frame, look, now_s, measure)
        plate = bar.items[0]
        assert isinstance(plate, Plate)
        covered_y = plate.y
        targets = [t for t in targets if t.y + t.height <= plate.y] + bar.targets
        items = items + bar.items
    return Scene(
        items + below,
        targets,
        body.over,
        body.look.shrink,
        _sooner(_next_change(frame, now_s, quiet=isinstance(view, DeskView)), ticks),
        covered_y,
        look.color("ground"),
    )


def _first(scene: Scene, moment_s: float) -> float:
    return moment_s if scene.next_change_s is None else min(scene.next_change_s, moment_s)


def _resting(view: Any, look: Look, rested_s: float, now_s: float, measure: Measure) -> Scene:
    """Nobody is there: the invitation wanders over a dark panel."""
    step = int(rested_s // ATTRACT_STEP_S)
    page = Page(attract.dimmed(look), measure)
    attract.place(page, view, step)
    until_s = now_s - rested_s + (step + 1) * ATTRACT_STEP_S
    ground = page.look.color("ground")
    return Scene(page.items, [], page.over, 1.0, until_s, ground=ground, resting=True)


def _guest(view: View, look: Look, now_s: float, measure: Measure) -> Page:
    """The top bar, what is to be said, and below them the screen."""
    frame = view.frame
    header = _place_header(frame, look, now_s, measure)
    notice = _notice(frame, look) if frame.notice else None
    wide = look.width - 2 * look.m("margin")
    # It stands close below the bar, whose own height leaves room.
    low = frame.low and lower.applies(look)
    top = lower.bar(look) if low else look.m("bar")
    notice_y = top - look.m("gap") * 0.4
    if notice:
        top = notice_y + notice.height_in(header, wide) + look.m("gap") * 0.2
    draw = DRAW[type(view)]

    def drawn(of: Look, shrink: float, top: float, tall: float) -> Page:
        body = Page(of.shrunk(shrink), measure)
        draw(view, body.look).place(body, look.m("margin"), top, wide, tall)
        return body

    if low:
        body = lower.fit(look, top, SHRINKS, drawn)
    else:
        for shrink in SHRINKS:
            body = drawn(look, shrink, top, look.height - top - look.m("foot"))
            if not body.over:
                break
    if notice:
        notice.place(header, look.m("margin"), notice_y, wide, notice.height_in(header, wide))
    body.items = header.items + body.items
    body.targets = header.targets + body.targets
    body.over = max(body.over, header.over)
    return body


def _desk(view: DeskView, look: Look, now_s: float, measure: Measure, *, menu: bool) -> Page:
    """The whole panel; what does not fit scrolls, so that letters shrink for a long word only."""
    left = _seconds_left(view.frame, now_s)
    clock = _clock(left) if left is not None and _warned(view.frame, now_s) else ""
    for shrink in SHRINKS:
        body = Page(look.shrunk(shrink), measure)
        whole = desk.draw(view, body.look, menu=menu, clock=clock)
        whole.place(body, 0, 0, look.width, look.height)
        if not body.over:
            break
    return body


def _warned(frame: Frame, now_s: float) -> bool:
    return frame.warn_s is not None and now_s >= frame.warn_s


def _seconds_left(frame: Frame, now_s: float) -> int | None:
    if frame.deadline_s is None:
        return None
    return max(0, math.ceil(frame.deadline_s - now_s))


def _next_change(frame: Frame, now_s: float, *, quiet: bool = False) -> float | None:
    """When the picture is another by itself; a quiet one counts only what is nearly over."""
    left = _seconds_left(frame, now_s)
    if frame.deadline_s is None or not left:
        return None
    if quiet and not _warned(frame, now_s):
        return frame.warn_s
    moments = [frame.deadline_s - (left - 1)]
    if frame.warn_s is not None and frame.warn_s > now_s:
        moments.append(frame.warn_s)
    return min(moments)


def _sooner(*moments: float | None) -> float | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _told_now(view: View, now_s: float) -> tuple[View, float | None]:
    """The View with the time that is left of a session, and when that is another by itself."""
    match view:
        case CardHomeView(playing=PlayStrip(countdown=countdown) as strip):
            told = replace(countdown, left=_clock(_whole(countdown.ends_s, now_s)))
            shown: View = replace(view, playing=replace(strip, countdown=told))
        case DealView(countdown=Countdown() as countdown):
            told = replace(countdown, left=_clock(_whole(countdown.ends_s, now_s)))
            shown = replace(view, countdown=told)
        case _:
            return view, None
    left = _whole(countdown.ends_s, now_s)
    return shown, countdown.ends_s - (left - 1) if left else None


def _whole(ends_s: float, now_s: float) -> int:
    """The seconds until a moment, a begun one as a whole one."""
    return max(0, math.ceil(ends_s - now_s))


def _clock(left: int) -> str:
    """``0:42``; from an hour on ``1:47:05``."""
    minutes, seconds = divmod(left, 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _place_header(frame: Frame, look: Look, now_s: float, measure: Measure) -> Page:
    left = _seconds_left(frame, now_s)
    warned = _warned(frame, now_s)
    time = (
        heard(look, _clock(left), "clock", "warning" if warned else "")
        if left is not None
        else None
    )
    page = Page(look, measure)
    wide, gap = look.width - 2 * look.m("margin"), look.m("target_gap")
    heads = _headings(frame, look)
    tops = [row(*_pills(frame, look, time, short=short), gap=gap) for short in range(4)]
    if frame.low and lower.applies(look):
        lower.place_apart(page, heads, tops)
        return page
    ways = [(min(h, len(heads) - 1), t) for h, t in ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2))]
    fits = (
        (h, t)
        for h, t in ways
        if _least(page, heads, h) + gap + tops[t].natural(page, 1e5)[0] <= wide
    )
    head, top = next(fits, (len(heads) - 1, 3))
    row(replace(heads[head], grow=1.0), tops[top], gap=gap).place(
        page, look.m("margin"), 0, wide, look.m("bar")
    )
    return page


def _least(page: Page, heads: list[Node], at: int) -> float:
    """The width below which a heading is not itself any more; the last one breaks and shrinks."""
    wide = heads[at].natural(page, 1e5)[0]
    return wide * 0.45 if at == 2 else wide * 0.8 if len(heads) == 1 else wide


def _pills(frame: Frame, look: Look, time: Node | None, *, short: int) -> list[Node | None]:
    """The buttons of the top bar; the shorter, the more of them are their sign alone."""
    asked, access, leave = frame.help, frame.access, frame.leave
    return [
        pill(look, "" if short else asked.text, asked.icon, asked) if asked else None,
        pill(look, access.text if short < 3 else "", access.icon if short != 2 else "", access)
        if access
        else None,
        time,
        pill(look, leave.text, "" if short > 1 else leave.icon, leave) if leave else None,
    ]


def _headings(frame: Frame, look: Look) -> list[Node]:
    """Title and what is more of it: beside each other, below each other, as one small text."""
    title = Text(text=frame.title, role="bar", lines=1, shrink=0.7, middle=True)
    heads: list[Node] = [title]
    if frame.subtitle:
        more = Text(text=frame.subtitle, role="caption", color="muted", lines=1, shrink=0.7)
        both = Text(
            text=f"{frame.title} {frame.subtitle}",
            role="caption",
            font="semibold",
            lines=2,
            shrink=0.5,
            middle=True,
        )
        beside = row(title, more, gap=look.m("gap"))
        heads = [beside, Box(children=(title, more)), both]
    return [_with_logo(frame.logo, head, look) if frame.logo else head for head in heads]


def _with_logo(logo: Logo, heading: Node, look: Look) -> Node:
    """The logo before the venue's name: smaller where that is long, away before it breaks it."""
    size, tall = (logo.width, logo.height), look.m("bar") * 0.66
    shares = (0.24, 0.16, 0.1)
    logos = [Still(png=logo.png, size=size, most=(look.width * s, tall)) for s in shares]
    beside = [row(still, heading, gap=look.m("gap")) for still in logos]
    return FirstFit(options=(*beside, heading))


def _notice(frame: Frame, look: Look) -> Node:
    line = toned(look, frame.notice, frame.notice_tone, icon=TONE_ICONS[frame.notice_tone])
    return Box(children=(line,), pad=(0, look.m("gap") * 0.4))


def banner_height(look: Look) -> int:
    """What a training's strip takes, in pixels."""
    return round(look.px("caption") * 1.7)


def _banner(told: str, look: Look, measure: Measure) -> list[Item]:
    page = Page(look, measure)
    tall = banner_height(look)
    text = Text(text=told, role="caption", color="ground", align="center", lines=1, grow=1.0)
    strip = Box(children=(text,), row=True, align="center", fill="warning", h=tall)
    strip.place(page, 0, look.height - tall, look.width, tall)
    return page.items


def _place_mark(items: list[Item], mark: str, look: Look, measure: Measure) -> None:
    page = Page(look, measure)
    tall = look.px("mark") * 1.2
    Text(text=mark, role="mark", color="muted", align="center", lines=1).place(
        page, 0, look.height - look.m("foot") / 2 - tall / 2, look.width, tall
    )
    items.extend(page.items)


def _place_more_time(frame: Frame, look: Look, now_s: float, measure: Measure) -> Page:
    assert frame.more_time is not None
    page = Page(look, measure)
    left = _seconds_left(frame, now_s)
    tall = look.m("button") + 2 * look.m("gap")
    more = button(look, frame.more_time)
    bar = row(
        Text(text=frame.more_time_question, role="heading", lines=2, shrink=0.7, middle=True),
        spring(),
        Text(text=_clock(left), role="heading", color="warning", lines=1) if left else None,
        more,
        gap=look.m("gap"),
        pad=(look.m("pad"), look.m("gap")),
        fill="raised",
        line="accent",
        radius=look.m("radius"),
    )
    bar.place(
        page,
        look.m("margin") / 2,
        look.height - look.m("foot") - tall,
        look.width - look.m("margin"),
        tall,
    )
    return page
