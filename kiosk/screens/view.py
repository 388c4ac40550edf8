"""What a screen shows, as frozen values of plain strings and flags. No kivy.

`present` makes them from the situation, a test reads them without a window, Kivy draws them. All
text is ready to show, in the guest's language; `icon` is a name of `screens.theme.ICONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.core.logos import Logo

Tone = Literal["good", "warning", "bad", "info", "neutral"]


@dataclass(frozen=True)
class Button:
    """Something to press. `id` goes back as `Touched.button`.

    A disabled button shows `why` next to it.
    """

    id: str
    text: str
    icon: str = ""
    kind: Literal["primary", "secondary", "quiet", "link"] = "secondary"
    enabled: bool = True
    why: str = ""


@dataclass(frozen=True)
class Frame:
    """What every screen has: the top bar, the session's time, language and size of the text.

    `low`: nothing that can be pressed stands in the upper part (ADR 0024). `currency` is the sign
    of sums that stand without one, for who hears them.

    `page` goes back with each touch. Times are seconds of the monotonic clock: the countdown
    shows the whole seconds until `deadline_s`; from `warn_s` on the bar "Need more time?" covers
    the bottom, with `more_time` as its button. `palette` is "" for the venue's own for guests.
    `banner` stands along the end of every screen of a training, `logo` before the title. `help`
    calls somebody.
    """

    page: int
    title: str
    subtitle: str = ""
    language: str = "en"
    large: bool = False
    contrast: bool = False
    low: bool = False
    access: Button | None = None
    leave: Button | None = None
    deadline_s: float | None = None
    warn_s: float | None = None
    more_time: Button | None = None
    more_time_question: str = ""
    mark: str = ""
    banner: str = ""
    palette: Literal["", "night", "day"] = ""
    logo: Logo | None = None
    notice: str = ""
    notice_tone: Tone = "info"
    currency: str = ""
    help: Button | None = None


@dataclass(frozen=True)
class Status:
    """One item of the device strip: what the kiosk takes, or does not take now."""

    icon: str
    text: str
    tone: Tone


@dataclass(frozen=True)
class WelcomeView:
    """G0. One instruction, what the kiosk takes, the ways in for first-timers.

    `reads` is false while no card can be read: then nothing on the screen invites to tap; `taps`
    is false while cards can only be swiped. `dark`: where nobody is there the screen is off.
    """

    frame: Frame
    headline: str
    body: str
    hint: str
    card_name: str
    buttons: tuple[Button, ...]
    strip: tuple[Status, ...]
    help_line: str
    reads: bool = True
    taps: bool = True
    dark: bool = False


@dataclass(frozen=True)
class AccessView:
    """G1. Language, and what makes the screen easier; the way in for who works here."""

    frame: Frame
    headline: str
    languages: tuple[Button, ...]
    current_language: str
    switches: tuple[tuple[Button, bool], ...]
    back: Button
    staff: Button | None = None


@dataclass(frozen=True)
class WaitView:
    """A named wait: what is being done."""

    frame: Frame
    headline: str
    body: str


@dataclass(frozen=True)
class QuestionView:
    """One question with a few answers (K-01, terms, with or without a phone)."""

    frame: Frame
    icon: str
    tone: Tone
    headline: str
    body: tuple[str, ...]
    buttons: tuple[Button, ...]
    back: Button | None = None


@dataclass(frozen=True)
class KeypadView:
    """Digits on the own keypad: phone (masked groups), PIN (dots).

    `shown` is the field as it reads now, `missing` the part still to come (drawn muted). The
    keypad sends ``digit:0`` … ``digit:9`` and ``erase``. `consent` is a tick box and its state.
    """

    frame: Frame
    headline: str
    body: str
    shown: str
    missing: str
    keys_enabled: bool
    next: Button
    back: Button
    consent: tuple[Button, bool] | None = None
    consent_link: Button | None = None
    other: Button | None = None
    problem: str = ""


SHIFT = "⇧"
"""The key of `NameView.rows` that sends ``shift``."""


@dataclass(frozen=True)
class NameView:
    """Letters on the own keyboard. Keys send ``key:А``, ``key: ``, ``erase``, ``shift``.

    `missing` is the part still to come, where that is known; `layout` another keyboard.
    """

    frame: Frame
    headline: str
    body: str
    shown: str
    placeholder: str
    rows: tuple[tuple[str, ...], ...]
    layout: Button | None
    next: Button
    back: Button
    erase: Button
    space: Button | None
    missing: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Figure:
    """A sum and its muted currency: ``1 250.00`` and ``₽``."""

    amount: str
    symbol: str


@dataclass(frozen=True)
class Wallet:
    """One of the smaller wallets of the card home."""

    icon: str
    tone: Literal["accent", "bonus", "game", "internet"]
    name: str
    amount: str
    unit: str
    note: str


@dataclass(frozen=True)
class VisitStrip:
    """The open visit on the card home, one tap from the bill (U3)."""

    button: Button
    headline: str
    note: str
    total: Figure


@dataclass(frozen=True)
class Countdown:
    """Time that runs out at `ends_s` of the monotonic clock; `left` is it in words at a moment."""

    ends_s: float
    left: str = ""


@dataclass(frozen=True)
class PlayStrip:
    """The session that runs, with the time that is left of it."""

    headline: str
    note: str
    countdown: Countdown


@dataclass(frozen=True)
class CardHomeView:
    """G4. The balance first."""

    frame: Frame
    balance_name: str
    balance: Figure
    latest: str
    latest_tone: Tone
    wallets: tuple[Wallet, ...]
    visit: VisitStrip | None
    primary: Button | None
    buttons: tuple[Button, ...]
    task: Button | None = None
    task_body: str = ""
    playing: PlayStrip | None = None


@dataclass(frozen=True)
class Row:
    """A row of a list: when, what, more of what, how much, and its state in a word."""

    when: str
    text: str
    note: str
    amount: str
    state: str = ""
    state_tone: Tone = "neutral"


@dataclass(frozen=True)
class VisitView:
    """G6: orders, total, what may be spent or is short, what is to pay (E89).

    `problem` says what to do about it; `reached`: the visit comes to its minimum.
    """

    frame: Frame
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str], ...]
    balance_name: str
    balance: Figure
    short: bool
    to_pay: str
    minimum: str
    primary: Button | None
    buttons: tuple[Button, ...]
    back: Button | None
    problem: str = ""
    reached: bool = False
    empty: str = ""
    """What stands in the place of the rows where there are none."""


@dataclass(frozen=True)
class HistoryView:
    """The last movements of the card."""

    frame: Frame
    rows: tuple[Row, ...]
    empty: str
    back: Button
    pager: Pager | None = None


@dataclass(frozen=True)
class Note:
    """A note on the top-up screen: taken, being checked, returned."""

    text: str
    state: Literal["taken", "checking", "returned"]


@dataclass(frozen=True)
class TopUpView:
    """G9a. Money going in: what was taken, what is being checked, what the balance becomes.

    `pretend` are notes that a training puts in by touch.
    """

    frame: Frame
    inserted_name: str
    inserted: Figure
    notes: tuple[Note, ...]
    sums: tuple[tuple[str, str, bool], ...]
    headline: str
    accepted: str
    advice: str
    done: Button | None
    problem: str = ""
    pretend: tuple[Button, ...] = ()


@dataclass(frozen=True)
class WaysView:
    """How the guest wants to pay; a way that cannot be gone now says why."""

    frame: Frame
    headline: str
    ways: tuple[Option, ...]
    back: Button


@dataclass(frozen=True)
class Amount:
    """A sum on a button, and what it earns."""

    button: Button
    figure: Figure
    bonus: str


@dataclass(frozen=True)
class AmountsView:
    """G8. Sums to choose from; `other` leads to one of the guest's own."""

    frame: Frame
    headline: str
    body: str
    problem: str
    amounts: tuple[Amount, ...]
    other: Button
    back: Button


@dataclass(frozen=True)
class AmountView:
    """G8. A sum is typed on the own keypad; `point` is its decimal sign, where there is one."""

    frame: Frame
    headline: str
    body: str
    figure: Figure
    bonus: str
    problem: str
    point: str
    next: Button
    back: Button


@dataclass(frozen=True)
class TerminalView:
    """G9b. The sum, and what to do at the bank's terminal; `waiting`: nothing, it is asked."""

    frame: Frame
    name: str
    amount: Figure
    sums: tuple[tuple[str, str, bool], ...]
    headline: str
    body: str
    advice: str
    icon: str
    waiting: bool = False


@dataclass(frozen=True)
class SlipLine:
    """A line of the slip as the paper shows it; `qr` lines carry the data of a QR code."""

    text: str
    style: Literal["normal", "strong", "title", "small", "qr"]


@dataclass(frozen=True)
class DoneView:
    """The end of a task: what is true now, and the slip, drawn from the very document.

    `code` leads to the receipt as a code; it stands with the slip.
    """

    frame: Frame
    headline: str
    figure: Figure | None
    body: str
    slip: tuple[SlipLine, ...]
    slip_note: str
    printing: bool
    buttons: tuple[Button, ...]
    code: Button | None = None


@dataclass(frozen=True)
class CodeView:
    """A code to be scanned off the screen: `code` is what it says."""

    frame: Frame
    headline: str
    body: tuple[str, ...]
    code: str
    back: Button | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class ProblemView:
    """Something broke: is my money safe, what happened, what can I do, a code for the desk.

    `receipt` is what the QR code of a receipt says that has no paper; it stands beside the words.
    """

    frame: Frame
    icon: str
    tone: Tone
    headline: str
    body: tuple[str, ...]
    code: str
    footer: str
    buttons: tuple[Button, ...]
    receipt: str = ""


@dataclass(frozen=True)
class Option:
    """One of several to choose from.

    `button` is what it sends, with its icon; disabled it says why. `figure` stands large above
    `text`, `note` and `more` below it, `mark` says in a word that it stands out.
    """

    button: Button
    text: str = ""
    figure: Figure | None = None
    note: str = ""
    more: str = ""
    mark: str = ""
    tone: Literal["text", "accent", "bonus", "game", "internet", "good", "muted"] = "text"


@dataclass(frozen=True)
class Pager:
    """The arrows of a list that is longer than its page, and where it stands (``1 to 6 of 12``).

    None where there is nothing further that way.
    """

    earlier: Button | None
    later: Button | None
    place: str


@dataclass(frozen=True)
class OptionsView:
    """One of several is to be chosen: tiles side by side, or `listed` below one another.

    Of the `tabs` the one with the id `current` is chosen.
    """

    frame: Frame
    says: str
    options: tuple[Option, ...]
    back: Button
    tabs: tuple[Button, ...] = ()
    current: str = ""
    pager: Pager | None = None
    listed: bool = False
    empty: str = ""


@dataclass(frozen=True)
class DealView:
    """What is about to be booked: how much it is, before and after; Yes, or No.

    `name` is what it is, `figure_name` what the figure says, where that is something else.

    Of the `sums` the last stands out. `other` is another way to go on: more money, another kind.
    """

    frame: Frame
    name: str
    figure: Figure | None
    sums: tuple[tuple[str, str], ...]
    note: str
    yes: Button | None
    no: Button
    problem: str = ""
    figure_name: str = ""
    other: Button | None = None
    countdown: Countdown | None = None


# --- the desk ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """A line or a paragraph; `role` is one of the theme's."""

    text: str
    role: Literal["title", "heading", "strong", "body", "caption"] = "body"
    tone: Tone | Literal["muted"] = "neutral"
    icon: str = ""


@dataclass(frozen=True)
class Fact:
    """A name and what is true of it."""

    name: str
    value: str
    tone: Tone = "neutral"


@dataclass(frozen=True)
class Facts:
    """Names at the left, values in a column beside them."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Holding:
    """A balance in a box, with what can be done with it beside it (its own Change)."""

    name: str
    amount: str
    symbol: str = ""
    tone: Literal["text", "bonus", "game", "internet", "good", "warning", "bad"] = "text"
    note: str = ""
    button: Button | None = None


@dataclass(frozen=True)
class Holdings:
    """Boxes side by side, as many in a row as fit; `plain`: figures without boxes."""

    boxes: tuple[Holding, ...]
    plain: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `note` stands smaller below it; `mono`: what a machine reads."""

    text: str
    note: str = ""
    tone: Tone | Literal["muted", "bonus", "game", "internet"] = "neutral"
    strong: bool = False
    icon: str = ""
    mono: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table. With share 0 it is as wide as its widest cell."""

    title: str = ""
    align: Literal["left", "right"] = "left"
    share: float = 0.0


@dataclass(frozen=True)
class Line:
    """A row of a table; pressable where it has an `id` (sent as the button)."""

    cells: tuple[Cell, ...]
    id: str = ""
    selected: bool = False
    tone: Literal["", "good", "warning", "bad"] = ""


@dataclass(frozen=True)
class Table:
    """Rows under one another.

    `empty` is said where there are no lines; `foot` below them (how many of how many).
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    empty: str = ""
    foot: str = ""


@dataclass(frozen=True)
class Tile:
    """Something that waits, or works or not: icon, what, more of it; pressable with an `id`."""

    headline: str
    note: str = ""
    icon: str = ""
    tone: Tone = "neutral"
    value: str = ""
    id: str = ""


@dataclass(frozen=True)
class Tiles:
    """Tiles under one another, or in so many columns where there is room."""

    tiles: tuple[Tile, ...]
    columns: int = 1
    empty: str = ""


@dataclass(frozen=True)
class Bars:
    """A small chart: a bar a value, `labels` under them (some may be empty).

    `marked` is the bar in full colour (-1: all of them); `caption` says what and in which unit;
    `shown` are the values in words, for whom a bar is not enough.
    """

    values: tuple[int, ...]
    labels: tuple[str, ...]
    caption: str
    marked: int = -1
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meter:
    """How full something is, or how far: `done` of `of`."""

    done: int
    of: int
    text: str
    tone: Tone = "good"


@dataclass(frozen=True)
class Actions:
    """Buttons in a row, or below one another where they do not fit."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Entry:
    """A field of a form as it reads now.

    Pressing it sends its `id` (``field:ID``; ``switch:ID`` for a switch). A choice has `options`
    (``choose:ID=VALUE``), with `chosen` the id of one of them. `problem` stands below the field
    instead of `says`.
    """

    id: str
    label: str
    shown: str = ""
    unit: str = ""
    says: str = ""
    problem: str = ""
    focused: bool = False
    options: tuple[Button, ...] = ()
    chosen: str = ""
    switch: bool = False
    on: bool = False


@dataclass(frozen=True)
class Entries:
    """The fields of a form, below one another."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Search:
    """The field in which is searched: what was typed, and what may be; pressed, it sends `id`."""

    shown: str
    hint: str
    note: str = ""
    id: str = "search"


@dataclass(frozen=True)
class Slip:
    """A document as the paper shows it."""

    lines: tuple[SlipLine, ...]


@dataclass(frozen=True)
class Picture:
    """A picture as it is on the screens of guests, no larger than it is."""

    logo: Logo


Part = (
    Say
    | Facts
    | Holdings
    | Table
    | Tiles
    | Bars
    | Meter
    | Actions
    | Entries
    | Search
    | Slip
    | Picture
)


@dataclass(frozen=True)
class Pane:
    """Parts below one another, on a card or on the bare ground; scrolls where they are too many.

    `foot` are the buttons that always stand at its end.
    """

    parts: tuple[Part, ...]
    foot: tuple[Button, ...] = ()
    card: bool = True
    tone: Literal["", "good", "warning", "bad"] = ""


@dataclass(frozen=True)
class Stack:
    """Panes below one another; `share` is the part of the width that it takes."""

    panes: tuple[Pane, ...]
    share: float = 1.0


@dataclass(frozen=True)
class Keys:
    """The keys of a form: ``digits`` (with `point` and `sign` where wanted), or ``letters``.

    They send ``digit:5``, ``point``, ``sign``, ``key:А``, ``shift``, ``erase``, ``clear``, and
    `layout` (``keyboard``) where there are several languages.
    """

    kind: Literal["digits", "letters"]
    rows: tuple[tuple[str, ...], ...] = ()
    point: str = ""
    sign: bool = False
    layout: Button | None = None
    space: str = ""


@dataclass(frozen=True)
class DeskView:
    """A page of the desk: sections at the left, stacks of panes beside one another.

    `rail` are the sections (``section:NAME``), `current` the id of the one that is shown, `person`
    and `shift` two lines about who works here, `lock` how he leaves. `front` is the stack that a
    small panel shows (None: all of them, below one another); `back` leads from a detail to where
    it came from. `heads` stand at the top right of the page.
    """

    frame: Frame
    rail: tuple[Button, ...]
    current: str
    person: str
    shift: str
    lock: Button
    title: str
    subtitle: str
    stacks: tuple[Stack, ...]
    heads: tuple[Button, ...] = ()
    back: Button | None = None
    keys: Keys | None = None
    front: int | None = None


@dataclass(frozen=True)
class SignInView:
    """A0. Number and PIN, or the PIN of a card that was shown; `next` signs in.

    `other` is the way in for an owner who has lost the PIN.
    """

    frame: Frame
    headline: str
    body: str
    entries: Entries
    keys: Keys
    next: Button
    back: Button
    other: Button | None = None


View = (
    WelcomeView
    | AccessView
    | WaitView
    | QuestionView
    | KeypadView
    | NameView
    | CardHomeView
    | VisitView
    | HistoryView
    | OptionsView
    | DealView
    | WaysView
    | AmountsView
    | AmountView
    | TerminalView
    | TopUpView
    | DoneView
    | CodeView
    | ProblemView
    | DeskView
    | SignInView
)
