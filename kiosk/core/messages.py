"""The whole vocabulary between the shell and the core.

Events say what happened (past tense), effects what shall be done (imperative). Commands and
queries of the venue stand beside their nouns (`cards`, `clients`, `cash`, `visits`); every one is
a frozen value, so a log of them can be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.core.documents import Document
from kiosk.core.errands import Errand
from kiosk.core.errors import Cause
from kiosk.core.ids import DeviceId, JobId, NoteId
from kiosk.core.money import Money

Signal = Literal["contactless", "magnetic", "barcode", "keyboard", "dallas"]
Proof = Literal["none", "genuine"]
Role = Literal[
    "reader",
    "acceptor",
    "coins",
    "hopper",
    "printer",
    "lights",
    "fiscal",
    "payment",
    "speech",
    "switches",
    "contacts",
]

# --- events: readers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class CardPresented:
    """A card was tapped or swiped.

    `raw` is the UID in upper-case hex (contactless) or the tracks with their sentinels and without
    LRC, track 1 first (magnetic: ``%B…?;…?``). It is never logged and stands in no repr.

    `proof` is ``genuine`` where the card showed that it holds the venue's key, and ``none`` where
    it showed nothing but its number. `counter` is how often it says it was read, if it counts.
    """

    device: DeviceId
    signal: Signal
    raw: str = field(repr=False)
    proof: Proof = "none"
    counter: int | None = None


@dataclass(frozen=True)
class CardRemoved:
    """The contactless card left the field."""

    device: DeviceId


@dataclass(frozen=True)
class CardRefused:
    """The reader saw a card that must not be used: K-07, or a bad read: R-02.

    ``not_genuine``: it says that it is one of the venue's and cannot prove it.
    """

    device: DeviceId
    signal: Signal
    reason: Literal["bank_card", "random_uid", "unreadable", "not_genuine"]


@dataclass(frozen=True)
class CardEnrolled:
    """A card was given the venue's keys; `raw` as in `CardPresented`.

    `anew`: it had keys of the venue before, or some of them: they are the newest now.
    """

    device: DeviceId
    signal: Signal
    raw: str = field(repr=False)
    anew: bool = False


EnrolFailure = Literal[
    "torn",  # it left the field in the middle: lay it there again, and it goes on
    "other_kind",  # it is no card of the kind that the reader checks
    "other_keys",  # somebody else has put keys on it
    "refused",  # it did not do what a card of this kind does
]


@dataclass(frozen=True)
class CardEnrolFailed:
    """A card could not be given the venue's keys."""

    device: DeviceId
    reason: EnrolFailure


# --- events: acceptor --------------------------------------------------------------------------


@dataclass(frozen=True)
class NoteEscrowed:
    """A note is held by the acceptor and can still be returned. No money yet.

    `mark` names the moment in the acceptor's own count; "" of a device that keeps none. It is put
    on record with the note, and given back by `RecallNote`.
    """

    device: DeviceId
    note: NoteId
    value: Money
    mark: str = ""


@dataclass(frozen=True)
class NoteStacked:
    """A note is irrevocably in the cashbox. Repeated until `AcknowledgeNote`.

    `announced` is false when this process saw no `NoteEscrowed` for it: the note of a former
    start, or one that a device took by itself. `seen`: this process saw it in the device before it
    was stacked, so no former start can have been told of it.
    """

    device: DeviceId
    note: NoteId
    value: Money
    announced: bool = True
    seen: bool = False


@dataclass(frozen=True)
class NoteReturned:
    """A note went back to the guest. `note` is None when it came in before this start."""

    device: DeviceId
    note: NoteId | None


@dataclass(frozen=True)
class NoteRejected:
    """The acceptor did not take a note (N-01); `reason` is the driver's word for the desk."""

    device: DeviceId
    reason: str


@dataclass(frozen=True)
class AcceptorPoweredUp:
    """What the acceptor says after its own power-up, and where it found a bill."""

    device: DeviceId
    bill: Literal["none", "validator", "stacker"]


AcceptorState = Literal[
    "disabled",  # answers, takes nothing
    "ready",  # enabled and idle
    "busy",  # accepting, stacking, returning …
    "cassette_full",
    "cassette_out",
    "jammed_validator",
    "jammed_cassette",
    "cheated",
    "paused",
    "failed",
    "wrong_currency",
]


@dataclass(frozen=True)
class AcceptorChanged:
    """The state of an acceptor of notes or coins, when it changes; `detail` is for the desk."""

    device: DeviceId
    state: AcceptorState
    detail: str = ""


# --- events: coins -----------------------------------------------------------------------------


@dataclass(frozen=True)
class CoinTaken:
    """A coin is irrevocably in the box, or a pulse was counted. Repeated until `AcknowledgeCoin`.

    `mark` is where the device's own counter stood after this coin (``SERIAL/COUNTER``), empty of a
    device that keeps none. It is put on record with the coin, and given back by `RecallCoins`: a
    mark that is on the books already is the same coin, told again.
    """

    device: DeviceId
    coin: NoteId
    value: Money
    mark: str = ""


@dataclass(frozen=True)
class CoinsNoted:
    """Where the counter of a coin acceptor stands, and nothing was taken that is to be credited.

    Another device, one that was reset, or the first time that it is seen.
    """

    device: DeviceId
    mark: str


@dataclass(frozen=True)
class CoinsLost:
    """Coins went in of which nobody can say what they were: an alarm, never a guess.

    `count` of them, None when that is not known either; the counter stands at `mark` now.
    """

    device: DeviceId
    mark: str
    count: int | None


@dataclass(frozen=True)
class CoinRejected:
    """A coin fell through, or was stopped; `reason` is the driver's word for the desk."""

    device: DeviceId
    reason: str


# --- events: hopper ------------------------------------------------------------------------------

HopperState = Literal["ready", "low", "empty", "jammed", "failed", "wrong_currency"]


@dataclass(frozen=True)
class HopperStands:
    """Where the counters of a hopper stand, at rest: told when it comes up and when they moved.

    `mark` (``SERIAL/COUNTER/TOTAL``) is put on record with the next pay-out, before it is ordered:
    by it the hopper is asked later whether it has begun. `value` is what one of its coins is worth.
    """

    device: DeviceId
    mark: str
    value: Money


@dataclass(frozen=True)
class HopperChanged:
    """The state of a hopper, when it changes; `detail` is for the desk."""

    device: DeviceId
    state: HopperState
    detail: str = ""


@dataclass(frozen=True)
class PayOutGoes:
    """A pay-out is under way: so many coins have come out."""

    device: DeviceId
    payout: str
    paid: int


@dataclass(frozen=True)
class PayOutEnded:
    """A pay-out is over: `paid` coins came out, `unpaid` did not and never will.

    Repeated until `AcknowledgePayOut`. What is unpaid is owed to the guest: a claim. Nothing paid
    is an order that was not carried out.
    """

    device: DeviceId
    payout: str
    paid: int
    unpaid: int


@dataclass(frozen=True)
class PayOutUnknown:
    """Nobody can say how many coins came out: staff count them. Repeated until acknowledged."""

    device: DeviceId
    payout: str
    reason: str


# --- events: printer ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PrinterChanged:
    """What the printer says of itself, told when it changes."""

    device: DeviceId
    paper: Literal["ok", "low", "out"] = "ok"
    cover_open: bool = False
    error: str = ""


@dataclass(frozen=True)
class RollTold:
    """How much paper a full roll of this printer has, in mm: it has no sensor for a roll that ends.

    What is left of it is counted from what is printed.
    """

    device: DeviceId
    length_mm: int


@dataclass(frozen=True)
class SlipPrinted:
    """The slip came out whole: the ordered barrier was answered and no fault was seen.

    `paper_mm`: so much paper it took; decides nothing.
    """

    device: DeviceId
    job: JobId
    paper_mm: int = field(default=0, compare=False)


@dataclass(frozen=True)
class SlipFailed:
    """The slip did not come out, or nobody knows.

    `outcome`: ``not_printed`` (nothing of it was sent), ``partial`` (a fault in the middle),
    ``unknown`` (sent, the printer fell silent). `reason` is a word of `PrinterChanged`:
    ``paper_out``, ``cover_open``, ``error``, ``offline``, ``lost``. `paper_mm`: so much paper it
    may have taken; decides nothing.
    """

    device: DeviceId
    job: JobId
    outcome: Literal["not_printed", "partial", "unknown"]
    reason: str
    paper_mm: int = field(default=0, compare=False)


# --- events: fiscal device ---------------------------------------------------------------------


@dataclass(frozen=True)
class FiscalSign:
    """What a fiscal device gives for a document that it has made; texts as it says them.

    Attributes:
        number: of the document, in the device.
        sign: its signature (Russia: the fiscal sign, ten digits).
        qr: what its QR code says.
        serial: of the device's memory or signing unit.
        shift: the number of the device's own shift.
        receipt: the number in that shift.
        issued_at: when, in local time, as it stands on the paper.
    """

    number: str
    sign: str = ""
    qr: str = ""
    serial: str = ""
    shift: int = 0
    receipt: int = 0
    issued_at: str = ""


@dataclass(frozen=True)
class FiscalConfirmed:
    """The device has made this document in this attempt: now, or when it was asked before."""

    device: DeviceId
    document: str
    attempt: int
    sign: FiscalSign


@dataclass(frozen=True)
class FiscalAbsent:
    """The device does not know this attempt: it was never asked, and will not do it."""

    device: DeviceId
    document: str
    attempt: int


@dataclass(frozen=True)
class FiscalRefused:
    """The device has not made the document, and will not in this attempt; `reason` for the desk."""

    device: DeviceId
    document: str
    attempt: int
    reason: str


@dataclass(frozen=True)
class FiscalUnknown:
    """The device itself does not know whether it made the document: staff look at its paper."""

    device: DeviceId
    document: str
    attempt: int
    reason: str


@dataclass(frozen=True)
class FiscalStatus:
    """How the fiscal device is.

    `shift` is that of the device (``expired``: over 24 hours, it makes nothing until it is closed)
    and `number` the one it has, or had last; `trouble` is what hinders it, for the desk, or empty.
    """

    device: DeviceId
    shift: Literal["closed", "open", "expired"]
    number: int
    trouble: str = ""


@dataclass(frozen=True)
class FiscalCount:
    """What a fiscal device counted in a shift: receipts, returns, and the sums of both.

    `cash` is what of `sold` less `returned` was paid in cash.
    """

    receipts: int
    returns: int
    sold: Money
    returned: Money
    cash: Money


@dataclass(frozen=True)
class FiscalShiftClosed:
    """The device has closed its shift; `totals` is None where it did not tell them."""

    device: DeviceId
    number: int
    totals: FiscalCount | None


@dataclass(frozen=True)
class FiscalShiftFailed:
    """The device did not open or close its shift; `reason` for the desk."""

    device: DeviceId
    reason: str


# --- events: payment terminal ------------------------------------------------------------------


@dataclass(frozen=True)
class PaymentApproved:
    """The bank has paid. Of the card nothing is known but its brand and its last four digits.

    Attributes:
        device: the terminal.
        payment: which one, by our id.
        taken: how much, as the terminal says; it may differ from what was asked.
        masked: the last four digits, or empty.
        reference: the terminal's own name of the transaction.
        brand: ``VISA`` and the like, or empty.
        tender: by which way, where the terminal says so; whoever wanted to pay by one may have paid
            by the other.
    """

    device: DeviceId
    payment: str
    taken: Money
    masked: str = ""
    reference: str = ""
    brand: str = ""
    tender: Literal["", "bank_card", "qr"] = ""


DeclineReason = Literal["refused", "cancelled", "busy", "failed", "off"]


@dataclass(frozen=True)
class PaymentDeclined:
    """Nothing was charged.

    ``refused``: by the bank; ``cancelled``: by the guest or by us; ``busy``: the terminal does
    something else; ``failed``: it could not; ``off``: it was never asked.
    """

    device: DeviceId
    payment: str
    reason: DeclineReason


@dataclass(frozen=True)
class PaymentUnderWay:
    """The terminal, asked about a payment, is still at it."""

    device: DeviceId
    payment: str


@dataclass(frozen=True)
class PaymentAbsent:
    """The terminal, asked about a payment, knows of none by this name."""

    device: DeviceId
    payment: str


@dataclass(frozen=True)
class PaymentReversed:
    """What was charged went back to the card; `done` false: it did not, `reason` says why."""

    device: DeviceId
    payment: str
    done: bool
    reason: str = ""


# --- events: every device ----------------------------------------------------------------------


@dataclass(frozen=True)
class DeviceUp:
    """The device answers; `detail` is its model as it says itself."""

    device: DeviceId
    role: Role
    detail: str = ""


@dataclass(frozen=True)
class DeviceDown:
    """The device does not answer; its worker tries again.

    `reason` is the driver's sentence, `cause` the reason for the program.
    """

    device: DeviceId
    role: Role
    reason: str
    cause: Cause = "silent"


# --- events: guest and time --------------------------------------------------------------------


@dataclass(frozen=True)
class Touched:
    """A button was pressed, on the page that was shown then; a stale page is ignored."""

    button: str
    page: int


@dataclass(frozen=True)
class TimePassed:
    """The deadline of the situation has come."""


@dataclass(frozen=True)
class SpaceChanged:
    """The disk has less free space than money may be taken with, or enough again."""

    low: bool


CareWord = Literal[
    "backup_late",  # there is no backup of this night
    "clock_free",  # the clock was not synchronised for long
    "space_filling",  # the disk will be full one day
    "too_hot",  # the processor is nearly as hot as it may be
    "power_weak",  # the supply of the board is too weak
    "slowed",  # the processor was slowed down, by heat or by weak power
    "disk_worn",  # the flash is near the end of its life
]
"""What somebody has to see to, though guests are served."""


@dataclass(frozen=True)
class CareChanged:
    """What somebody has to see to has changed; these are all of it now."""

    words: tuple[CareWord, ...]


@dataclass(frozen=True)
class RulesChanged:
    """What must be there before money is taken has changed.

    `shift` is that of the desk (``none``, ``too_long``; None: none is needed here), `receipt` what
    the law wants: nothing, ``paper`` or ``fiscal``; as in `capabilities.Works`.
    """

    shift: str | None
    receipt: Literal["", "paper", "fiscal"]


@dataclass(frozen=True)
class ErrandTold:
    """What became of an errand; see `kiosk.core.errands`.

    While it goes on, `done` and `of` say how far it is; once `ended`, `result` is what it was for,
    or a `Refused`.
    """

    errand: str
    done: int = 0
    of: int = 0
    ended: bool = False
    result: object = None


@dataclass(frozen=True)
class HoursChanged:
    """The venue opened or closed by its clock, or that clock was set right."""


@dataclass(frozen=True)
class VenueChanged:
    """Somebody else (a till, the desk, the command line) wrote an entry."""

    seq: int


# --- events: who cannot touch or see ---------------------------------------------------------

Switch = Literal["next", "press", "back"]


@dataclass(frozen=True)
class SwitchPressed:
    """A switch beside the screen: the next button, press it, go back. It moves in the window."""

    device: DeviceId
    switch: Switch


@dataclass(frozen=True)
class HeadsetChanged:
    """A headset was plugged in or pulled out: told when it changes, and when it is first seen."""

    device: DeviceId
    plugged: bool


# --- events: the cabinet ------------------------------------------------------------------------

Contact = Literal["power_fails", "door_open", "tilted"]


@dataclass(frozen=True)
class ContactsChanged:
    """What the contacts of the cabinet say is amiss has changed; these are all of it now.

    ``power_fails``: the supply has lost its mains, and the machine goes on for a moment only.
    """

    device: DeviceId
    amiss: tuple[Contact, ...]


AnswerEvent = (
    FiscalConfirmed
    | FiscalAbsent
    | FiscalRefused
    | FiscalUnknown
    | FiscalShiftClosed
    | FiscalShiftFailed
    | PaymentApproved
    | PaymentDeclined
    | PaymentUnderWay
    | PaymentAbsent
    | PaymentReversed
)
"""What fiscal device and terminal answer: for `jobs`, and for the books; no screen waits for it."""

Event = (
    CardPresented
    | CardRemoved
    | CardRefused
    | CardEnrolled
    | CardEnrolFailed
    | NoteEscrowed
    | NoteStacked
    | NoteReturned
    | NoteRejected
    | AcceptorPoweredUp
    | AcceptorChanged
    | CoinTaken
    | CoinsNoted
    | CoinsLost
    | CoinRejected
    | HopperStands
    | HopperChanged
    | PayOutGoes
    | PayOutEnded
    | PayOutUnknown
    | PrinterChanged
    | RollTold
    | SlipPrinted
    | SlipFailed
    | FiscalStatus
    | AnswerEvent
    | DeviceUp
    | DeviceDown
    | Touched
    | TimePassed
    | SpaceChanged
    | CareChanged
    | RulesChanged
    | ErrandTold
    | HoursChanged
    | VenueChanged
    | SwitchPressed
    | HeadsetChanged
    | ContactsChanged
)

# --- effects -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class EnrolCards:
    """Give each card that comes to this reader the venue's keys, until told not to.

    Each is told by `CardEnrolled` or `CardEnrolFailed`, and not presented.
    """

    device: DeviceId


@dataclass(frozen=True)
class StopEnrolling:
    """Read cards again as ever."""

    device: DeviceId


@dataclass(frozen=True)
class AcceptNotes:
    """Let the acceptor take notes of these face values (major units); others it refuses."""

    device: DeviceId
    faces: tuple[int, ...]


@dataclass(frozen=True)
class RefuseNotes:
    """Let the acceptor take nothing; a note in escrow is not touched."""

    device: DeviceId


@dataclass(frozen=True)
class PretendNote:
    """Put a pretended note of this face into the simulated acceptor; in training only."""

    device: DeviceId
    face: int


@dataclass(frozen=True)
class StackNote:
    """Move the note in escrow into the cashbox. Its hold is on disk."""

    note: NoteId


@dataclass(frozen=True)
class ReturnNote:
    """Give the note in escrow back."""

    note: NoteId


@dataclass(frozen=True)
class AcknowledgeNote:
    """The entry of this stacked note is on disk: the device may forget it."""

    note: NoteId


@dataclass(frozen=True)
class AcceptCoins:
    """Let the coin acceptor take coins of these values (minor units); others fall through."""

    device: DeviceId
    values: tuple[int, ...]


@dataclass(frozen=True)
class RefuseCoins:
    """Let the coin acceptor take nothing; what is on its way in is still told."""

    device: DeviceId


@dataclass(frozen=True)
class RecallNote:
    """Of an acceptor that came up: a note of a former start of which the books know no end.

    What the acceptor remembers to have done with it since `mark` it tells, under its name
    (`NoteStacked`, `NoteReturned`); where it does not know, it tells nothing.
    """

    device: DeviceId
    note: NoteId
    value: Money
    mark: str


@dataclass(frozen=True)
class RecallCoins:
    """What is on the books of a coin acceptor that came up: the last mark it told, "" for none.

    Until then it tells of no coin: which are new is not known before. Once it has told all that
    went in before it tells its state (`AcceptorChanged`): only then coins are let in.
    """

    device: DeviceId
    mark: str


@dataclass(frozen=True)
class AcknowledgeCoin:
    """The entry of this coin is on disk: the device may forget it."""

    coin: NoteId


@dataclass(frozen=True)
class DispenseCoins:
    """Pay out so many coins, once. That it is ordered is on disk, and the mark it was ordered at.

    Attributes:
        device: the hopper.
        payout: our id, the same for ever.
        count: 1 to 255.
        mark: the last `HopperStands` before. A hopper that stands elsewhere pays nothing.
    """

    device: DeviceId
    payout: str
    count: int
    mark: str


@dataclass(frozen=True)
class LookUpPayOut:
    """Ask the hopper what became of a pay-out that is on disk; what was not begun never will be."""

    device: DeviceId
    payout: str
    count: int
    mark: str


@dataclass(frozen=True)
class AcknowledgePayOut:
    """How this pay-out ended is on disk: the device may forget it."""

    payout: str


@dataclass(frozen=True)
class PrintSlip:
    """Print a document and say how it ended. Its job is on disk."""

    job: JobId
    document: Document


@dataclass(frozen=True)
class PrintFiscal:
    """Make a fiscal document. That it is asked for is on disk; it is made once a `key`.

    Attributes:
        key: a UUID, the same for the same attempt for ever; `LookUpFiscal` asks by it.
        document: its id in the books.
        attempt: counts from 1.
        takes_back: a receipt is taken back.
        advance: it is about money for what is not sold yet.
        tenders: how it is paid, name and amount; they add up to what it is over.
    """

    key: str
    document: str
    attempt: int
    takes_back: bool
    advance: bool
    tenders: tuple[tuple[str, Money], ...]


@dataclass(frozen=True)
class LookUpFiscal:
    """Ask the device whether it has made what was asked for under this key."""

    key: str
    document: str
    attempt: int


@dataclass(frozen=True)
class OpenFiscalShift:
    """Open the device's shift; how it is then is told by `FiscalStatus`."""


@dataclass(frozen=True)
class CloseFiscalShift:
    """Close the device's shift (its Z), and tell what it counted."""


@dataclass(frozen=True)
class PrintFiscalX:
    """Print the device's X; it changes nothing."""


@dataclass(frozen=True)
class AskFiscalStatus:
    """Ask how the fiscal device is."""


@dataclass(frozen=True)
class RequestPayment:
    """Ask a guest for a payment at the terminal. Its id is on disk.

    Attributes:
        payment: our id.
        service: what the terminal shall know it by, ten characters, the same for ever.
        amount: more than 0.
        at: when it began, ISO 8601, UTC.
    """

    payment: str
    service: str
    amount: Money
    at: str


@dataclass(frozen=True)
class LookUpPayment:
    """Ask the terminal what became of a payment.

    The rest is for terminals that know no names of ours, and only tell of their last transaction.

    Attributes:
        amount: what was asked for.
        at: when it began, ISO 8601, UTC.
        booked: by their references the newest transactions that are on the books.
    """

    payment: str
    service: str
    amount: Money | None = None
    at: str = ""
    booked: tuple[str, ...] = ()


@dataclass(frozen=True)
class CancelPayment:
    """Take the request for a payment back, if nothing was approved yet."""

    payment: str
    service: str


@dataclass(frozen=True)
class ReversePayment:
    """Give back to the card what was charged for a payment; looked up first, reversed once.

    `reference`: the terminal's own name of the transaction, if it is on the books.
    """

    payment: str
    service: str
    at: str
    reference: str = ""


@dataclass(frozen=True)
class ResetAcceptor:
    """Let the acceptor start over, as if it had been switched off and on.

    It does so only where no note is on its way; what it says then is told as ever.
    """

    device: DeviceId


LightPattern = Literal["ready", "reading", "money", "attention", "out_of_order", "off"]
Tone = Literal["ok", "attention"]
Volume = Literal["off", "low", "middle", "loud"]


@dataclass(frozen=True)
class Light:
    """Show a pattern until the next one."""

    pattern: LightPattern


@dataclass(frozen=True)
class Sound:
    """Sound a tone once."""

    tone: Tone


@dataclass(frozen=True)
class TurnVolume:
    """Sound every tone from now on so loud."""

    volume: Volume


@dataclass(frozen=True)
class Speak:
    """Say this in the headset, in a language of the screens, instead of what is being said.

    With `after` it is said when that has ended. Without words it is silent. They are in no repr: a
    name or a phone may be among them.
    """

    words: tuple[str, ...] = field(repr=False)
    language: str
    after: bool = False


@dataclass(frozen=True)
class StartErrand:
    """Send the shell on an errand; `ErrandTold` answers with this id."""

    id: str
    errand: Errand


FiscalEffect = (
    PrintFiscal | LookUpFiscal | OpenFiscalShift | CloseFiscalShift | PrintFiscalX | AskFiscalStatus
)
PaymentEffect = RequestPayment | LookUpPayment | CancelPayment | ReversePayment
Effect = (
    EnrolCards
    | StopEnrolling
    | AcceptNotes
    | RefuseNotes
    | PretendNote
    | StackNote
    | ReturnNote
    | AcknowledgeNote
    | ResetAcceptor
    | AcceptCoins
    | RefuseCoins
    | RecallCoins
    | RecallNote
    | AcknowledgeCoin
    | DispenseCoins
    | LookUpPayOut
    | AcknowledgePayOut
    | PrintSlip
    | FiscalEffect
    | PaymentEffect
    | Light
    | Sound
    | TurnVolume
    | Speak
    | StartErrand
)
