"""Where the assistant is: frozen scenes, and the state that holds one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.core.desk.forms import Form
from kiosk.core.errors import Refused
from kiosk.core.recognition import Rule
from kiosk.first_boot.answers import Answers
from kiosk.first_boot.creation import BooksThere
from kiosk.first_boot.messages import Copy

Chapter = Literal["venue", "network", "devices", "owner", "clock"]
Asked = Literal["venue_name", "city", "wifi_name", "wifi_password", "printer_address", "owner_name"]
Wait = Literal["network", "join", "devices", "printer", "copies", "restore", "clock", "setup"]


@dataclass(frozen=True)
class LanguageChoice:
    """In which language is asked on."""


@dataclass(frozen=True)
class FileMistakes:
    """The file for fleets is wrong; its mistakes from `first` on."""

    first: int = 0


@dataclass(frozen=True)
class BooksFound:
    """Books are there, and no settings: are they to be kept?"""


@dataclass(frozen=True)
class AsideSure:
    """Whether books that were used are really put aside."""


@dataclass(frozen=True)
class Beginning:
    """A new kiosk, or books from a stick?"""


@dataclass(frozen=True)
class Waiting:
    """Something is being done, of which there is an answer."""

    what: Wait


@dataclass(frozen=True)
class CopiesShown:
    """Copies of books on the sticks, from `first` on."""

    copies: tuple[Copy, ...]
    first: int = 0


@dataclass(frozen=True)
class CopySure:
    """Whether this copy is meant."""

    copy: Copy


@dataclass(frozen=True)
class BooksBack:
    """The books came back; what was not found."""

    entries: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class KindChoice:
    """A gaming club, or an entertainment centre?"""


@dataclass(frozen=True)
class Typing:
    """A line of text is asked for."""

    what: Asked
    form: Form = field(repr=False)


@dataclass(frozen=True)
class CurrencyChoice:
    """The currency, from `first` on."""

    first: int = 0


@dataclass(frozen=True)
class CityChoice:
    """The likely cities of the currency."""


@dataclass(frozen=True)
class CitiesFound:
    """Cities that have the letters in their name, from `first` on."""

    zones: tuple[str, ...]
    first: int = 0


@dataclass(frozen=True)
class NetworkShown:
    """The network that the machine is in."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class SwipeNow:
    """Somebody is to swipe a card: is one of these lines a stripe reader's?"""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class DevicesShown:
    """What was found, each to be taken or left, from `first` on."""

    first: int = 0


@dataclass(frozen=True)
class OwnerCard:
    """The owner's card is to be shown; why the last one cannot be it."""

    problem: str = ""


@dataclass(frozen=True)
class OwnerPin:
    """The owner's PIN, typed for the first time, and `again` (`before` is the first)."""

    digits: str = field(default="", repr=False)
    again: bool = False
    before: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True)
class ClockSetting:
    """Day and time as figures: DDMMYYYYHHMM."""

    digits: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Summary:
    """Everything that was answered, before it is made."""


@dataclass(frozen=True)
class KioskNumber:
    """Which kiosk of the venue this is."""


@dataclass(frozen=True)
class InVain:
    """Something did not work; `back` leads to the scene before, `again` does it once more."""

    refused: Refused
    lines: tuple[str, ...] = ()
    again: Waiting | None = None


@dataclass(frozen=True)
class Printing:
    """A paper is being printed: the test, or the recovery code."""

    what: Literal["test", "code"]
    code: str = field(repr=False)


@dataclass(frozen=True)
class DidItComeOut:
    """The printer has confirmed the test: is it on paper? With a `reason`: it has not."""

    code: str = field(repr=False)
    reason: str = ""


@dataclass(frozen=True)
class CodeShown:
    """The owner's recovery code."""

    code: str = field(repr=False)
    printed: bool = False


@dataclass(frozen=True)
class AllDone:
    """The kiosk itself begins."""


Scene = (
    LanguageChoice
    | FileMistakes
    | BooksFound
    | AsideSure
    | Beginning
    | Waiting
    | CopiesShown
    | CopySure
    | BooksBack
    | KindChoice
    | Typing
    | CurrencyChoice
    | CityChoice
    | CitiesFound
    | NetworkShown
    | SwipeNow
    | DevicesShown
    | OwnerCard
    | OwnerPin
    | ClockSetting
    | Summary
    | KioskNumber
    | InVain
    | Printing
    | DidItComeOut
    | CodeShown
    | AllDone
)


@dataclass(frozen=True)
class Surroundings:
    """What does not change while somebody answers.

    Attributes:
        zones: the time zones that the machine knows.
        helper: what needs root can be done: network, clock.
        there: the books that are there already.
        mistakes: of the file for fleets; none: there is none, or it is right.
        rows: so many rows of a list find room on the panel.
        simulated: everything is pretended.
    """

    zones: tuple[str, ...]
    helper: bool = True
    there: BooksThere = field(default_factory=lambda: BooksThere("none"))
    mistakes: tuple[str, ...] = ()
    rows: int = 3
    simulated: bool = False


@dataclass(frozen=True)
class State:
    """The assistant at a moment.

    Attributes:
        around: the machine.
        answers: so far.
        scene: what is on the screen.
        page: counts scenes: a touch of a former page is none of this one's.
        trail: the scenes that Back leads to, the latest last.
        correcting: came from the summary, and goes back there.
        silent: lines on which nothing answered when devices were last looked for.
        rules: how cards of the venue are recognised, once it is known.
    """

    around: Surroundings
    answers: Answers = field(default_factory=Answers)
    scene: Scene = field(default_factory=LanguageChoice)
    page: int = 1
    trail: tuple[Scene, ...] = ()
    correcting: bool = False
    silent: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = field(default=(), repr=False)
