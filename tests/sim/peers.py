"""The devices of the simulated days: the peers that ship, watched, and without their pictures.

`Validator` tells where each banknote goes and can lie as worn mechanics do; `Printer` keeps what
stands on its paper as text, with the contents of QR codes, and draws nothing; `TapField` stands in
for a PC/SC reader, whose daemon has no place in one thread: what is tapped enters at its worker.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRemoved, Effect, Event, Role
from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.head import PrintHead
from kiosk.hardware.peers.paper import Glyph, Slip
from kiosk.hardware.peers.printer import ReceiptPrinter

RESTING = {
    *(State.IDLING, State.DISABLED, State.CASSETTE_FULL, State.CASSETTE_OUT),
    *(State.VALIDATOR_JAMMED, State.CASSETTE_JAMMED, State.PAUSED, State.FAILED),
}
"""States in which the acceptor waits for hands or orders."""


class Watched(list[Any]):
    """A list that tells of each thing put into it."""

    def __init__(self, told: Callable[[Any], None]) -> None:
        super().__init__()
        self._told = told

    def append(self, item: Any) -> None:
        super().append(item)
        self._told(item)

    def __iadd__(self, items: Iterable[Any]) -> Watched:  # type: ignore[override,misc]
        self.extend(items)
        return self


class Validator(BillValidator):
    """The note acceptor; `went` is told of each note's end: ``cassette``, ``returned``, ``hand``.

    `stacks_instead`: the next note that it is told to give back goes into the cassette, and it
    says so: a device that does what it was not told.
    """

    def __init__(self, went: Callable[[int, str], None], **options: Any) -> None:
        super().__init__(**options)
        self.cassette = Watched(lambda face: went(face, "cassette"))
        self.returned = Watched(lambda face: went(face, "returned"))
        self.taken_out = Watched(lambda face: went(face, "hand"))
        self.stacks_instead = False
        self.lied = lambda: None

    def _give_back(self, data: bytes, now_s: float) -> bytes:
        if self.stacks_instead and self.state in (State.ESCROW, State.HOLDING):
            self.stacks_instead = False
            self.lied()
            return self._stack(data, now_s)
        return super()._give_back(data, now_s)

    def put_back(self, now_s: float) -> None:
        """The box goes in again with what is in it."""
        kept = list(self.cassette)
        self.replace_cassette(now_s)
        del self.emptied[len(self.emptied) - len(kept) :]
        list.extend(self.cassette, kept)

    @property
    def busy_now(self) -> bool:
        """Something is moving, or is about to be told."""
        return self.state not in RESTING or self.disturbed

    @property
    def disturbed(self) -> bool:
        """Its answers are not what they should be."""
        return (
            not self.powered
            or self._frozen_s is not None
            or bool(self._drop or self._corrupt or self._lose_acks)
            or self._busy_until_s is not None
        )

    @property
    def untold(self) -> bool:
        """It still tells where its last note went."""
        return self.state in (State.STACKED, State.RETURNED)

    @property
    def answers_left(self) -> tuple[int, int, int]:
        """How many faults on the wire have not struck yet: lost, damaged, unheard."""
        return self._drop, self._corrupt, self._lose_acks

    @property
    def frozen(self) -> bool:
        return self._frozen_s is not None


class Coins(CoinAcceptor):
    """The coin acceptor; it can be asked whether it would take anything."""

    @property
    def open(self) -> bool:
        """Whether it was told to take some kind of coin."""
        return self.powered and self._master and bool(self._mask)


class Strip:
    """The paper, as text: what `Paper` is without its dots."""

    dots = 576

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._printed = False

    @property
    def blank(self) -> bool:
        return not self._printed

    def feed(self, dots: int) -> None:
        del dots

    def line(self, glyphs: Sequence[Glyph], x: int, height: int) -> None:
        del x, height
        text = "".join(glyph.char for glyph in glyphs)
        self._lines.append(text.rstrip())
        self._printed = self._printed or bool(text.strip())

    def picture(self, ink: Any, x: int) -> None:
        del ink, x
        self._printed = True

    def code(self, data: bytes) -> None:
        self._lines.append(f"[QR {data.decode('ascii', 'replace')}]")
        self._printed = True

    def off(self, *, cut: bool) -> Slip:
        text = "\n".join(self._lines).strip("\n")
        self._lines, self._printed = [], False
        return Slip(text, None, cut)  # type: ignore[arg-type]


class _Head(PrintHead):
    def print_qr(self) -> None:
        if self.modes.qr_data:
            self.paper.code(self.modes.qr_data)  # type: ignore[attr-defined]


class Printer(ReceiptPrinter):
    """The receipt printer; `came_out` is told of each slip, with whether it was just unblocked."""

    def __init__(self, came_out: Callable[[Slip], None]) -> None:
        super().__init__()
        self._paper: Any = Strip()
        self._head = _Head(self._paper)
        self._start()
        self.receipts = Watched(came_out)
        self.cutter_jams = 0

    @property
    def hangs(self) -> bool:
        """Something is half printed, or waits in its buffer."""
        return bool(self._buffer) or not self._paper.blank

    @property
    def prints(self) -> bool:
        """A slip is on its paper, and not yet cut."""
        return not self._paper.blank

    def _cut(self, feed: int = 0) -> None:
        if self._cutter_sticks and not self._cutter_error:
            self.cutter_jams += 1
        super()._cut(feed)


class TapField:
    """The field of a contactless reader: cards that are held to it, for its worker."""

    role: ClassVar[Role] = "reader"

    def __init__(self, device: DeviceId) -> None:
        self._device = device
        self._events: deque[Event] = deque()
        self.plugged = True

    def tap(self, uid: str) -> None:
        self._events.append(CardPresented(self._device, "contactless", uid))
        self._events.append(CardRemoved(self._device))

    def open(self) -> str:
        if not self.plugged:
            raise OSError("there is no reader")
        return "field"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        del timeout_s
        if not self.plugged:
            raise OSError("the reader is gone")
        told = tuple(self._events)
        self._events.clear()
        return told

    def perform(self, effect: Effect) -> None:
        raise AssertionError(f"{effect} is not for a reader")

    def close(self) -> None:
        self._events.clear()
