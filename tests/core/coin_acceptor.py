"""A guest who has coins, and a coin acceptor by its contract: what it tells, and when.

The acceptor counts as ccTalk does: 1 to 255 and round again, 0 after a reset; it remembers the
last five coins. See `kiosk.core.messages`: coins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    DeviceUp,
    Effect,
    Event,
    RecallCoins,
    RefuseCoins,
)
from kiosk.core.money import Money
from kiosk.core.venue import Venue
from tests.core.guest import RUB, Guest

COINS = DeviceId("coins")
REMEMBERED = 5


def coin(n: int, start: int = 1) -> NoteId:
    return note_id(COINS, start, n)


def taken(n: int, minor: int, mark: str = "", start: int = 1) -> CoinTaken:
    return CoinTaken(COINS, coin(n, start), Money(minor, RUB), mark)


class Saver(Guest):
    """A guest before a kiosk with a coin acceptor; coins are told by hand."""

    def start_again(self) -> None:
        super().start_again()
        self.tell(DeviceUp(COINS, "coins"), AcceptorChanged(COINS, "disabled"))

    @property
    def box(self) -> int:
        """What the books say is in the coin box, in minor units."""
        store = self.venue.store.table("balances")
        accounts = f"1010:{self.venue.ledger.kiosk}:{COINS}:"
        return sum(int(b["amount"]) for b in store if b["account"].startswith(accounts))


def everything(venue: Venue) -> int:
    """What stands in wallets, on visits, in suspense and on claims, in minor units."""
    owed = ("2010:", "2030:", "2900:", "2910:")
    found = venue.store.table("balances")
    return -sum(int(b["amount"]) for b in found if b["account"].startswith(owed))


@dataclass
class Acceptor:
    """The device: it stays when the kiosk's process goes, and forgets when its power does."""

    serial: int = 7
    counter: int = 0
    last: list[int] = field(default_factory=list)
    dropped: int = 0

    def drop(self, minor: int) -> None:
        """A coin falls into the box."""
        self.counter = self.counter % 255 + 1
        self.last = [*self.last, minor][-REMEMBERED:]
        self.dropped += 1

    def reset(self) -> None:
        """Its own power goes and comes back."""
        self.counter, self.last = 0, []


@dataclass
class Driver:
    """A driver of the contract over `Acceptor`, for one start of the process."""

    device: Acceptor
    start: int
    seen: int | None = None
    waiting: dict[NoteId, CoinTaken] = field(default_factory=dict)
    numbered: int = 0
    open: tuple[int, ...] = ()

    def obey(self, effects: Iterable[Effect]) -> list[Event]:
        told: list[Event] = []
        for effect in effects:
            match effect:
                case RecallCoins(mark=mark):
                    told += [*self._recalled(mark), AcceptorChanged(COINS, "disabled")]
                case AcknowledgeCoin(coin=name):
                    self.waiting.pop(name, None)
                case AcceptCoins(values=values):
                    self.open = values
                case RefuseCoins():
                    self.open = ()
                case _:
                    pass
        return told

    def _mark(self) -> str:
        return f"{self.device.serial}/{self.device.counter}"

    def _recalled(self, mark: str) -> list[Event]:
        serial, _, counter = mark.partition("/")
        if not mark or int(serial) != self.device.serial or self.device.counter == 0:
            self.seen = self.device.counter
            return [CoinsNoted(COINS, self._mark())]
        self.seen = int(counter)
        return self.poll()

    def poll(self) -> list[Event]:
        """Everything new, and everything that nobody acknowledged yet."""
        if self.seen is None:
            return []
        if self.device.counter == 0 and self.seen:
            self.seen = 0
            return [CoinsNoted(COINS, self._mark()), *self.waiting.values()]
        new = (self.device.counter - self.seen) % 255
        told: list[Event] = list(self.waiting.values())
        if new > len(self.device.last):
            self.seen = self.device.counter
            return [*told, CoinsLost(COINS, self._mark(), new)]
        for minor in self.device.last[len(self.device.last) - new :]:
            self.seen = self.seen % 255 + 1
            self.numbered += 1
            mark = f"{self.device.serial}/{self.seen}"
            event = taken(self.numbered, minor, mark, self.start)
            self.waiting[event.coin] = event
            told.append(event)
        return told
