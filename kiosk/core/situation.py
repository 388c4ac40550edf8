"""The guest's situation: where in a journey the kiosk is. Frozen; `flow` makes the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kiosk.core.bills import Visit
from kiosk.core.capabilities import Machine
from kiosk.core.cards import Card
from kiosk.core.cash import NoteHeld
from kiosk.core.clients import Client, Movement
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.documents import Document
from kiosk.core.guest.scenes import GuestScene, Purpose, SceneWord, Wait
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, VisitId
from kiosk.core.money import Money
from kiosk.core.night import Night
from kiosk.core.opening import Opening
from kiosk.core.recognition import Recognised
from kiosk.core.session_list import Session
from kiosk.core.settings import VenueSettings
from kiosk.core.taps import Tap
from kiosk.core.terminal_payments import LeftOpen


@dataclass(frozen=True)
class Times:
    """How long a scene waits, in seconds; see ``[timeouts]`` in default.toml."""

    idle_s: int
    form_s: int
    result_s: int
    cash_s: int
    more_time_s: int
    extensions_max: int
    accessible_factor: int
    stalled_s: int = 10
    """How long a note machine that fell silent with a note inside is waited for."""
    desk_s: int = 120
    """After so long without a touch the attendant is signed out."""


@dataclass(frozen=True)
class Limits:
    """What one top-up and one wallet may hold; see ``[limits]`` in default.toml."""

    notes_per_session_max: int
    balance_max_minor: int
    top_up_max_minor: int


@dataclass(frozen=True)
class House:
    """What does not change while the kiosk runs: its settings, as far as guests meet them."""

    start: int
    times: Times
    limits: Limits
    language: str
    languages: tuple[str, ...]
    simulated: bool
    contactless: frozenset[DeviceId]
    scanners: frozenset[DeviceId] = frozenset()
    """The readers of bar codes; `contactless` are those to which a card is held."""
    time_zone: str = ""
    """The machine's own; "" for the venue's."""
    ports: Mapping[DeviceId, str] = field(default_factory=dict)
    """The lines of the devices that have one of their own, and may be given another."""
    needs_shift: bool = False
    needs_receipt: bool = False
    """Whether money is taken without a shift of the desk, and without a receipt on paper (E82)."""
    small_panel: bool = False
    """The panel is so low that all of it is within reach: nothing need stand lower."""
    training: bool = False
    """The books are for training: nothing is meant."""
    qr: bool = False
    """The payment terminal takes QR codes, too."""
    checks: frozenset[DeviceId] = frozenset()
    """The readers that let cards prove that they are genuine, and can make them so."""
    night: Night | None = None
    """When the screen is dark while nobody is there."""
    trial: bool = False
    """The books are a copy, and the program is on trial: nothing is asked of devices or books."""


@dataclass(frozen=True)
class Choice:
    """How the guest wants the screen: what is chosen lasts until the guest leaves.

    `low`: everything that is pressed stands in the lower part. `speech`: prompts are spoken in the
    headset. `slower`: more time and nothing else.
    """

    language: str
    large: bool = False
    contrast: bool = False
    low: bool = False
    speech: bool = False
    slower: bool = False

    @property
    def accessible(self) -> bool:
        """Whether times are those of the accessible mode: whoever chose any of these needs them."""
        return self.large or self.contrast or self.low or self.speech or self.slower


@dataclass(frozen=True)
class Welcome:
    """G0. Nobody is here."""


@dataclass(frozen=True)
class Access:
    """G1. Language and text; `back` is where the guest was."""

    back: Scene


@dataclass(frozen=True)
class TapToRegister:
    """The guest wants to register a card and has not shown one."""


@dataclass(frozen=True)
class Unknown:
    """G10. One of ours, and not on file."""

    read: Recognised


RegisterStep = Literal[
    "terms", "terms_text", "choice", "phone", "phone_use", "pin", "pin_again", "name"
]


@dataclass(frozen=True)
class Registering:
    """G3. What the guest has said so far; nothing of it is kept before the last step.

    `digits` is what is being typed now (phone without its country, or PIN), `shift` the
    keyboard's next letter, `keyboard` its language, `problem` a key of the sentences.
    """

    read: Recognised
    step: RegisterStep = "terms"
    digits: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    consent: bool = False
    pin: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    shift: bool = True
    keyboard: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Playing:
    """A session that runs: where, and when it ends by itself (seconds of the monotonic clock)."""

    session: Session
    station: str
    ends_s: float


@dataclass(frozen=True)
class CardHome:
    """G4. The card's home: wallets, the visit, and what the paper still owes the guest.

    `unprinted` are settled notes of which no receipt is known to have come out, `undecided` notes
    whose place is unknown; `without_slip`: so is that of the slip of the card's registration.
    `playing` are the sessions that run, the one that ends first before the others. `paying` is the
    wallet that pays for the visits of this card where it is another's. `packages` and `stations`:
    whether the venue has any for this guest. `payments`: what the terminal still owes the guest.
    """

    card: Card
    client: Client
    visit: Visit | None
    latest: Movement | None
    unprinted: tuple[NoteHeld, ...] = ()
    without_slip: bool = False
    undecided: tuple[NoteHeld, ...] = ()
    playing: tuple[Playing, ...] = ()
    paying: Money | None = None
    packages: bool = False
    stations: bool = False
    payments: LeftOpen | None = None


@dataclass(frozen=True)
class Bill(GuestScene):
    """G6. The visit's orders and what they leave.

    `refusal` is the sentence that says why no money can be added to it, `notice` one that is said
    above it all. `unprinted` are notes on it that no receipt lists, `undecided` notes whose place
    is unknown.
    """

    word: ClassVar[SceneWord] = "visit"
    waits: ClassVar[Wait] = "result"

    card: Card
    visit: Visit
    refusal: str = ""
    unprinted: tuple[NoteHeld, ...] = ()
    undecided: tuple[NoteHeld, ...] = ()
    notice: str = ""
    notice_args: Mapping[str, str | Money] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """The latest movements of the card; `first` is the place of the first one shown."""

    card: Card
    rows: tuple[Movement, ...]
    first: int = 0


@dataclass(frozen=True)
class NoteGoing:
    """A note of this top-up, and how far it is."""

    note: NoteId
    value: Money
    state: Literal["checking", "taken", "returned"]
    coin: bool = False
    """It is a coin, which is in the box before it is told of."""


@dataclass(frozen=True)
class TopUp:
    """G9a. Notes going in, for the wallet of `client`, or for a visit.

    `finishing`: the guest is done, a note is still on its way. `stalled`: the machine fell silent
    with a note inside. `shut`: notes were shut out while one was on its way, and are to be let in
    anew if what shut them out is over by then. `problem` is a key of the sentences; `rejects`
    counts notes not taken in a row. `ready`: the acceptor was at rest in this top-up, so a note in
    it is this guest's.

    `purpose` None: a top-up of the card. `visit` is where the notes go, or "" for the wallet;
    `before` what lay there. A card whose first visit is being prepaid is not on file: its id is "".
    """

    card: Card
    client: Client | None
    ready: bool = True
    notes: tuple[NoteGoing, ...] = ()
    problem: str = ""
    problem_args: Mapping[str, str | Money] = field(default_factory=dict)
    rejects: int = 0
    finishing: bool = False
    stalled: bool = False
    shut: bool = False
    purpose: Purpose | None = None
    visit: VisitId | Literal[""] = ""
    before: Money | None = None

    @property
    def missing(self) -> Money | None:
        """What has still to come in, where a sum is asked for; not below zero."""
        wanted = self.purpose.exact if self.purpose else None
        if wanted is None:
            return None
        left = wanted - self.total if self.total else wanted
        return left if left.minor > 0 else Money(0, wanted.currency)

    @property
    def enough(self) -> bool:
        """Whether the sum that is asked for came in."""
        return self.missing is not None and not self.missing

    @property
    def going(self) -> NoteGoing | None:
        """The note that is on its way now."""
        return next((n for n in self.notes if n.state == "checking"), None)

    @property
    def taken(self) -> tuple[NoteGoing, ...]:
        """The notes that are on the books."""
        return tuple(n for n in self.notes if n.state == "taken")

    @property
    def total(self) -> Money | None:
        """What they come to; None while there are none."""
        values = [n.value for n in self.taken]
        return sum(values[1:], values[0]) if values else None


PrintState = Literal["printing", "printed", "failed", "none"]


@dataclass(frozen=True)
class Done:
    """The end of a task; `total` is what was put in, `card` what it was for.

    `task` is the middle of the sentences' keys (``done.<task>.headline``), `args` fills them.
    `figure` is the sum that is true now; None: the wallet's. A task without a slip has no
    `document`, and the number 0; `code` is what the code of its receipt says, if it has one;
    `fiscal_waits`: the fiscal receipt of this money comes when its device works again (F-01).
    `then` is what the guest was about to do before the money was missing. `owed` is the job of a
    ticket among the slips that is worth ``args["amount"]``.
    """

    task: str
    card: Card
    client: Client
    total: Money | None
    job: JobId
    number: int
    document: Document | None = field(repr=False)
    printing: PrintState
    phone_given: bool = False
    timed_out: bool = False
    figure: Money | None = None
    args: Mapping[str, str | Money] = field(default_factory=dict)
    code: str = field(default="", repr=False)
    fiscal_waits: bool = False
    then: GuestScene | None = None
    owed: JobId | Literal[""] = ""


@dataclass(frozen=True)
class Problem:
    """Something broke or cannot be done: `key` is the sentence, `money` the headline's class.

    ``safe``: money is involved and booked; ``nothing``: none was; ``recorded``: a note is held.
    `back` is where *Continue* leads; None leads to the welcome screen. `code` is that of the
    receipt which did not come out on paper.
    """

    key: str
    money: Literal["safe", "nothing", "recorded"]
    args: Mapping[str, str | Money] = field(default_factory=dict)
    back: Scene | None = None
    code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Closed:
    """GX, S-01. The books cannot be written; `held`: a note was on its way, `taken`: credited."""

    held: bool = False
    taken: Money | None = None


@dataclass(frozen=True)
class Updating:
    """The machine was started from a new version, which has not said yet that it is good."""


Scene = (
    Welcome
    | Access
    | TapToRegister
    | Unknown
    | Registering
    | CardHome
    | History
    | TopUp
    | Done
    | Problem
    | Closed
    | Updating
    | GuestScene
    | StaffSignIn
    | Desk
    | AtWork
)


@dataclass(frozen=True)
class Timer:
    """When the scene warns, and when it ends; seconds of the monotonic clock."""

    warn_s: float
    end_s: float
    warned: bool = False
    extensions: int = 0


@dataclass(frozen=True)
class CoinsFor:
    """Whose the coins are that fall: those of the top-up for which they were let in last.

    `values` (minor units) are let in now. After that a coin that is on its way is still theirs,
    until `until_s` of the monotonic clock; None: the top-up still goes on, or there was none.
    """

    values: tuple[int, ...] = ()
    client: ClientId | Literal[""] = ""
    card: CardId | Literal[""] = ""
    visit: VisitId | Literal[""] = ""
    until_s: float | None = None


@dataclass(frozen=True)
class Situation:
    """Everything that decides what is on the screen and what may happen next.

    `session` counts guests and `page` scenes since the start of the process; `bad_reads` counts
    unreadable cards in a row; `unknown` are the unknown cards of the last hour, see
    `strikes.unknown_card_shown`. `parked` is the desk's page that an attendant left by not
    touching anything, and until when (monotonic seconds) it waits. `opening` is whether the venue
    is open, `clock_synced` whether the clock was ever right since the start, `headset` whether one
    is plugged in. `coins` is whose the coins are. `dark`: the screen may be off, see `night`.
    """

    house: House
    venue: VenueSettings
    choice: Choice
    machine: Machine
    scene: Scene = field(default_factory=Welcome)
    timer: Timer | None = None
    session: int = 0
    page: int = 0
    bad_reads: int = 0
    unknown: tuple[tuple[float, str], ...] = field(default=(), repr=False)
    parked: tuple[float, Desk] | None = field(default=None, repr=False)
    tap: Tap | None = None
    """The last card that was presented, so that a second reader's word of it is no second tap."""
    opening: Opening = field(default=Opening(True, None))
    clock_synced: bool = True
    headset: bool = False
    coins: CoinsFor = CoinsFor()
    dark: bool = False

    @property
    def unchosen(self) -> Choice:
        """What a guest finds who has chosen nothing: with a headset in, the prompts are spoken."""
        return Choice(self.house.language, speech=self.headset)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that guests are offered: the venue's choice of the machine's, and its own."""
        chosen = self.venue.languages or self.house.languages
        return tuple(x for x in self.house.languages if x in chosen or x == self.house.language)
