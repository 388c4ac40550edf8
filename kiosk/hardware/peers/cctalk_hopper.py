"""A simulated ccTalk hopper for one kind of coin, from the protocol pages alone.

It keeps the physical truth beside the protocol: `inside` coins are in it, `paid_out` have come out
since it was made, whatever its counters say.

Sources: docs/devices.md, ccTalk; Suzo-Happ, "Flow hopper 18-ccTalk" (test flags, dispense with the
serial number, counters); Money Controls, "Serial Compact Hopper 2" (what is saved when the power
fails); Alberici, "Aventador" (the counters after a start).

The answer to 166 is ``event counter, coins remaining, coins paid, coins unpaid``. The counter
counts the pay-outs that have begun since the start (0 after it, 255 to 1). What is paid and unpaid
of the last one outlives a power cut in mid-pay-out; unpaid is cleared by one at rest.

Not modelled: hoppers of several kinds of coin, the encrypted form and PIN numbers, the pump and the
cipher key of 161 and 160 (with `by_code` any eight bytes will do, as on hoppers without
encryption), the motor's current, the coins that the plates hold back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.hardware.peers.cctalk_line import (
    ACK,
    NAK,
    Command,
    Identity,
    Peripheral,
    Reply,
    told,
)

ENABLE: Final = 165

MAX_CURRENT, TIMED_OUT, REVERSED, EXIT_BLOCKED, DISABLED = 1, 2, 4, 8, 128
EXIT_OPENED = 0x20
"""Flags of 163."""


@dataclass(frozen=True)
class Timing:
    """How long the mechanics take, in seconds."""

    coin_s: float = 0.25
    give_up_s: float = 5.0
    """So long the motor turns without a coin until the pay-out ends short."""


class Hopper(Peripheral):
    """The device, see the module.

    Args:
        coins: how many are in it.
        address: on the line; 3 is the first hopper's.
        with_crc: frames with a CRC instead of the sum.
        serial: three bytes; 167 must name it.
        by_code: 167 carries eight bytes of code in place of the serial number.
        tells_counter: 167 is answered by the event counter; without, by ACK alone.
        timing: see `Timing`.
        low: at so few coins or less the lower sensor is uncovered.

    Raises:
        ValueError: a wrong address or serial number.
    """

    def __init__(
        self,
        *,
        coins: int = 100,
        address: int = 3,
        with_crc: bool = False,
        serial: int = 345678,
        by_code: bool = False,
        tells_counter: bool = True,
        timing: Timing | None = None,
        low: int = 20,
    ) -> None:
        who = Identity("Payout", "FOY", "SIM-HOP", "SIM-1.0", serial)
        super().__init__(address, who, with_crc=with_crc)
        self.by_code = by_code
        self.tells_counter = tells_counter
        self.timing = timing or Timing()
        self.low = low
        # The physical truth.
        self.inside = coins
        self.paid_out = 0
        self.jammed = self.exit_blocked = self.exit_opened = False
        self._slipping = 0
        # What the firmware knows. Paid and unpaid are kept when the power fails in mid-pay-out.
        self.counter = 0
        self.remaining = self.paid = self.unpaid = 0
        self.forgets = False
        self._enabled = False
        self._flags = 0
        self._since_s = 0.0

    def commands(self) -> Mapping[int, tuple[int | None, Command]]:
        """See `Peripheral.commands`."""
        return {
            236: (0, lambda data, now_s: told(bytes((self.exit_blocked,)))),
            217: (0, self._level),
            172: (0, self._emergency_stop),
            168: (0, lambda data, now_s: told(self.paid_out.to_bytes(3, "little"))),
            167: (None, self._dispense),
            166: (0, self._status),
            164: (1, self._enable),
            163: (0, self._test),
        }

    def _level(self, data: bytes, now_s: float) -> Reply:
        return told(bytes((0x10 | (self.inside <= self.low),)))

    def _test(self, data: bytes, now_s: float) -> Reply:
        blocked = EXIT_BLOCKED if self.exit_blocked else 0
        blocked |= EXIT_OPENED if self.exit_opened else 0
        return told(bytes((self._flags | blocked | (0 if self._enabled else DISABLED),)))

    def _enable(self, data: bytes, now_s: float) -> Reply:
        self._enabled = data[0] == ENABLE
        return ACK

    def _status(self, data: bytes, now_s: float) -> Reply:
        return told(bytes((self.counter, self.remaining, self.paid, self.unpaid)))

    def _dispense(self, data: bytes, now_s: float) -> Reply:
        key, count = data[:-1], data[-1] if data else 0
        right = len(key) == 8 if self.by_code else key == self.identity.serial.to_bytes(3, "little")
        if not right or not count or not self._enabled or self.remaining or self.exit_blocked:
            return NAK
        self.counter = self.counter % 255 + 1
        self.remaining, self.paid, self.unpaid = count, 0, 0
        self._flags = 0
        self._since_s = now_s
        return told(bytes((self.counter,))) if self.tells_counter else ACK

    def _emergency_stop(self, data: bytes, now_s: float) -> Reply:
        left = self.remaining
        self._end()
        return told(bytes((left,)))

    # The mechanics -----------------------------------------------------------------------------

    def _end(self) -> None:
        self.unpaid, self.remaining = self.remaining, 0

    def advance(self, now_s: float) -> None:
        """See `Peripheral.advance`: the motor turns."""
        while self.remaining and not self.jammed and self.inside:
            if now_s < self._since_s + self.timing.coin_s:
                return
            self._since_s += self.timing.coin_s
            self._coin()
            self.remaining -= 1
            self.paid += 1
        if self.remaining and now_s >= self._since_s + self.timing.give_up_s:
            self._flags |= MAX_CURRENT | REVERSED if self.jammed else TIMED_OUT
            self._end()

    def _coin(self) -> None:
        self.inside -= 1
        self.paid_out += 1

    def restart(self, now_s: float) -> None:
        """See `Peripheral.restart`: what was under way is over."""
        if self.remaining:
            self._end()
        self.counter, self._enabled, self._flags = 0, False, 0

    # What hands and accidents do ---------------------------------------------------------------

    def power_cut(self, now_s: float) -> None:
        """The power fails; the coin in the exit still falls if `slip` said so, uncounted."""
        self.advance(now_s)
        if self.remaining:
            self._end()
            if self._slipping and self.inside:
                self._slipping -= 1
                self._coin()
            if self.forgets:
                self.paid = self.unpaid = 0
        else:
            self.unpaid = 0
        super().power_cut(now_s)

    def slip(self) -> None:
        """At the next power cut in mid-pay-out one more coin falls than is counted."""
        self._slipping += 1

    def jam(self, now_s: float) -> None:
        """Coins are wedged; `clear` ends it."""
        self.advance(now_s)
        self.jammed = True

    def clear(self, now_s: float) -> None:
        """What is wedged or blocks the exit is taken away."""
        self.advance(now_s)
        self.jammed = self.exit_blocked = self.exit_opened = False
        self._since_s = now_s

    def block_exit(self) -> None:
        """Something sticks in the exit: it begins no pay-out."""
        self.exit_blocked = True

    def force_exit(self) -> None:
        """Somebody reaches into the exit from outside; `clear` takes the hand away."""
        self.exit_opened = True

    def fill(self, coins: int) -> None:
        """Somebody puts coins in."""
        self.inside += coins

    def empty(self) -> None:
        """There are no more coins in it, without any having been paid out."""
        self.inside = 0
