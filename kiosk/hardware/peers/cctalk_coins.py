"""A simulated ccTalk coin acceptor (like an Azkoyen X6 or an RM5), from the protocol pages alone.

It keeps the physical truth beside the protocol: ``box + emptied`` are the coins that went in for
good, ``fell_through`` those that the guest has back.

Sources: docs/devices.md, ccTalk; Azkoyen, "Modular X6 ccTalk validator": no coin is taken before
the first 229 and one second after the last; a refused coin of type n is told as the error 127 + n;
after a start all coins are refused by the mask, and the master inhibit lets them through.

Not modelled: sorter paths that can be set, teaching of coins, the coin that is between the gate and
the credit sensor when the power fails (nobody could tell of it), counters of 225 and 226.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kiosk.hardware.peers.cctalk_line import (
    ACK,
    NAK,
    Command,
    EventBuffer,
    Identity,
    Peripheral,
    Reply,
    told,
)

TYPES: Final = 16
UNKNOWN: Final = "......"

RUSSIAN_COINS: Final[Mapping[int, int]] = MappingProxyType({1: 100, 2: 200, 3: 500, 4: 1000})
EURO_COINS: Final[Mapping[int, int]] = MappingProxyType({1: 5, 2: 10, 3: 20, 4: 50, 5: 100, 6: 200})
"""Coin type -> value in minor units."""

IDENTITY: Final = Identity("Coin Acceptor", "FOY", "SIM-C16", "SIM-1.0", 12345678)

REJECTED, SENSOR_BLOCKED, STRING, RETURN_LEVER = 1, 14, 20, 254
INHIBITED_OF_TYPE_0 = 127
FAULT_CREDIT_SENSOR = 3


def coin_id(country: str, value: int) -> str:
    """Six characters: country, value in three (1K0 is 1000), issue."""
    digits = f"{value:03}"
    if value >= 1000:
        digits = f"{value // 1000}K{value % 1000 // 100}"
        if value % 100 or value >= 10000:
            raise ValueError(f"a coin of {value} has no name of three characters here")
    return f"{country}{digits}A"


class CoinAcceptor(Peripheral):
    """The device, see the module.

    Args:
        coins: type (1 to 16) -> value in minor units.
        country: two letters.
        address: on the line; 2 is every coin acceptor's.
        with_crc: frames with a CRC instead of the sum.
        serial: three bytes.
        silence_s: after so long without 229 no coin is taken.

    Raises:
        ValueError: a wrong type, country, address or serial number.
    """

    def __init__(
        self,
        *,
        coins: Mapping[int, int] = RUSSIAN_COINS,
        country: str = "RU",
        address: int = 2,
        with_crc: bool = False,
        serial: int = IDENTITY.serial,
        silence_s: float = 1.0,
    ) -> None:
        who = Identity("Coin Acceptor", IDENTITY.maker, IDENTITY.product, IDENTITY.software, serial)
        super().__init__(address, who, with_crc=with_crc)
        if len(country) != 2 or not country.isascii():
            raise ValueError(f"{country!r} is not a country of two letters such as RU")
        if any(kind not in range(1, TYPES + 1) for kind in coins):
            raise ValueError(f"coin types go from 1 to {TYPES}")
        self.coins = dict(coins)
        self.names = {kind: coin_id(country, value) for kind, value in coins.items()}
        self.silence_s = silence_s
        # The physical truth.
        self.box: list[int] = []
        self.emptied: list[int] = []
        self.fell_through: list[int] = []
        self.blocked = False
        self.fault = 0
        """What a self-check (232) tells, unless a coin sticks."""
        # What the firmware knows; lost with the power.
        self._events = EventBuffer()
        self._mask = 0
        self._master = True
        self._asked_s: float | None = None

    @property
    def counter(self) -> int:
        """Where the event counter stands."""
        return self._events.counter

    def advance(self, now_s: float) -> None:
        """See `Peripheral.advance`: a coin needs no time here."""

    def restart(self, now_s: float) -> None:
        """See `Peripheral.restart`: events are forgotten, all coins are refused."""
        self._events.clear()
        self._mask, self._master, self._asked_s = 0, True, None

    def commands(self) -> Mapping[int, tuple[int | None, Command]]:
        """See `Peripheral.commands`."""
        return {
            249: (0, lambda data, now_s: told(bytes((2, 20)))),
            248: (0, lambda data, now_s: told(b"\0")),
            236: (0, lambda data, now_s: told(bytes((self.blocked,)))),
            232: (0, self._self_check),
            231: (2, self._modify_inhibits),
            230: (0, lambda data, now_s: told(self._mask.to_bytes(2, "little"))),
            229: (0, self._read_events),
            228: (1, self._modify_master),
            227: (0, lambda data, now_s: told(bytes((self._master,)))),
            184: (1, self._coin_id),
        }

    def _self_check(self, data: bytes, now_s: float) -> Reply:
        return told(bytes((FAULT_CREDIT_SENSOR if self.blocked else self.fault,)))

    def _modify_inhibits(self, data: bytes, now_s: float) -> Reply:
        self._mask = int.from_bytes(data, "little")
        return ACK

    def _modify_master(self, data: bytes, now_s: float) -> Reply:
        self._master = bool(data[0] & 1)
        return ACK

    def _read_events(self, data: bytes, now_s: float) -> Reply:
        self._asked_s = now_s
        return told(self._events.told())

    def _coin_id(self, data: bytes, now_s: float) -> Reply:
        if data[0] not in range(1, TYPES + 1):
            return NAK
        return told(self.names.get(data[0], UNKNOWN).encode("ascii"))

    # What hands and accidents do ---------------------------------------------------------------

    def accepts(self, now_s: float) -> bool:
        """Whether coins go in at all now."""
        asked = self._asked_s is not None and now_s - self._asked_s <= self.silence_s
        return self.powered and self._master and asked and not self.blocked

    def insert(self, value: int, now_s: float) -> str:
        """A guest puts in a coin of this value (minor units).

        Returns:
            What happened, for people.
        """
        kinds = [kind for kind, known in self.coins.items() if known == value]
        if not self.accepts(now_s):
            # The gate is shut: the coin is not even measured.
            return self._falls(value, "the acceptor takes nothing")
        if not kinds:
            self._events.add(0, REJECTED)
            return self._falls(value, "not known")
        if not self._mask >> (kinds[0] - 1) & 1:
            self._events.add(0, INHIBITED_OF_TYPE_0 + kinds[0])
            return self._falls(value, "this kind is refused")
        self.box.append(value)
        self._events.add(kinds[0], 1)
        return f"{value} went in"

    def _falls(self, value: int, why: str) -> str:
        self.fell_through.append(value)
        return f"{value} fell through: {why}"

    def event(self, code: int) -> None:
        """The device tells an error that changes nothing here (`STRING`, `RETURN_LEVER`)."""
        if self.powered:
            self._events.add(0, code)

    def block(self) -> None:
        """A coin sticks in the credit sensor; `unblock` ends it."""
        self.blocked = True
        self.event(SENSOR_BLOCKED)

    def unblock(self) -> None:
        """What stuck is taken out."""
        self.blocked = False

    def empty(self) -> None:
        """Somebody takes the coins out of the box."""
        self.emptied += self.box
        self.box.clear()
