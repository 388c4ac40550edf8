"""Hoppers that speak ccTalk: Alberici, Azkoyen, Money Controls, Suzo-Happ; one kind of coin each.

A pay-out is done once, whatever happens: where the hopper's counters stood is on disk before it is
ordered, the order is sent only while they still stand there, and never sent again before they were
read. What the counters cannot tell is told as unknown, never guessed.
What the rules of the dialogue rest on: docs/devices.md, "ccTalk".
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcknowledgePayOut,
    DispenseCoins,
    Effect,
    Event,
    HopperChanged,
    HopperStands,
    HopperState,
    LookUpPayOut,
    PayOutEnded,
    PayOutGoes,
    PayOutUnknown,
    Role,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk
from kiosk.hardware.coin_profiles import COINS
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

TEST, ENABLE, STATUS, DISPENSE, TOTAL, LEVEL = 163, 164, 166, 167, 168, 217
YES, NO = bytes([165]), bytes([0])
TOTAL_MODULO = 1 << 24
NUMBER_DIGITS_MAX = len(str(TOTAL_MODULO))
"""Of a mark: all of its numbers have three bytes at most."""
LOW = 0x01
"""The bit of the level that says that few coins are left."""

FLAGS: Sequence[tuple[int, HopperState, str]] = (
    (0x01, "jammed", "motor current"),
    (0x08, "jammed", "exit blocked at the start"),
    (0x10, "jammed", "exit blocked"),
    (0x20, "jammed", "exit opened"),
    (0x02, "empty", "no coin came"),
)
"""The first byte of a test: what is wrong, the worst first."""

CHECK_EVERY = 10
"""How full it is, is asked for once in so many polls."""


@dataclass(frozen=True)
class Stand:
    """Counters of a hopper: which one, its pay-outs since it started, its coins since it was made.

    `total` is None of a hopper that does not count them.
    """

    serial: int
    counter: int
    total: int | None

    def __str__(self) -> str:
        return f"{self.serial}/{self.counter}/{'' if self.total is None else self.total}"

    @classmethod
    def parse(cls, mark: str) -> Stand | None:
        """Read a mark; None when it is none."""
        parts = mark.split("/")
        if len(parts) != 3 or any(len(p) > NUMBER_DIGITS_MAX for p in parts):
            return None
        if not all(p.isdecimal() for p in (*parts[:2], parts[2] or "0")):
            return None
        return cls(int(parts[0]), int(parts[1]), int(parts[2]) if parts[2] else None)


@dataclass
class _PayOut:
    """One that is not acknowledged yet; `result` once it is over."""

    payout: str
    count: int
    began: Stand
    told: int | None = None
    result: PayOutEnded | PayOutUnknown | None = field(default=None)


Found = Literal["not_begun", "ours", "over", "unknown"]


def find(began: Stand, now: Stand, count: int) -> tuple[Found, int]:
    """What became of a pay-out that was ordered at `began`, by where the hopper stands now.

    Returns:
        ``not_begun``; ``ours``: it is the last one that the hopper knows; ``over`` and how many
        coins came out, by its total; ``unknown``.
    """
    if now.serial != began.serial:
        return "unknown", 0
    came: int | None = None
    if began.total is not None and now.total is not None:
        came = (now.total - began.total) % TOTAL_MODULO
    if now.counter == began.counter and came == 0:
        return "not_begun", 0
    if now.counter == began.counter and came is None and now.counter:
        return "not_begun", 0
    if now.counter == began.counter % cctalk.COUNTER_MAX + 1:
        return "ours", 0
    # It has started anew since: only what it counts for life still tells.
    return ("over", came) if came is not None and came <= count else ("unknown", 0)


class Hopper:
    """One ccTalk hopper.

    Options: ``address``, ``check``, ``echo``, ``coin``, ``order``, ``poll_ms``, ``answer_ms``,
    ``silence_ms``, ``currency`` (see ``[driver.cctalk_hopper]`` in default.toml).

    Args:
        device: its name.
        options: its settings, complete.
        start: not used: a pay-out has a name before it comes here.
        connect: opens the line.

    Raises:
        ConfigError: an option that says nothing it knows.
    """

    role: ClassVar[Role] = "hopper"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._device = device
        self._connect = connect
        code = str(options["currency"])
        try:
            if code not in CURRENCIES:
                raise ValueError(f'currency: no currency "{code}"; one of {", ".join(CURRENCIES)}')
            self._value = Money.parse(str(options["coin"]), CURRENCIES[code])
            if self._value.minor not in COINS[code]:
                raise ValueError(f"coin: there is no coin of {self._value} {code}")
            if str(options["order"]) not in ("serial", "code"):
                raise ValueError(f'order: "{options["order"]}" is neither serial nor code')
            self._by_code = str(options["order"]) == "code"
            self._check = cctalk.check_of(str(options["check"]))
            self._echo = cctalk.echo_of(str(options["echo"]))
            self._address = cctalk.address_of(int(options["address"]))
            self._pace = cctalk.pace_of(options)
        except ValueError as error:
            raise ConfigError([f"[devices.{device}] {error}"]) from error
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._payouts: dict[str, _PayOut] = {}
        self._events: deque[Event] = deque()
        self._line: cctalk.Line | None = None
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._serial = 0
        self._has_total = False
        self._stands: Stand | None = None
        self._fault: tuple[HopperState, str] | None = None
        self._low = False
        self._told: tuple[HopperState, str] | None = None
        self._silent_polls = 0
        self._polls = 0

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. It pays nothing that it is not told to from here on."""
        self.close()
        self._greet()
        self._line = line = cctalk.Line(
            self._connect(),
            address=self._address,
            check=self._check,
            echo=self._echo,
            answer_s=self._pace.answer_s,
        )
        line.need(cctalk.SIMPLE_POLL)
        category = line.text(cctalk.CATEGORY)
        if category and "payout" not in category.lower() and "hopper" not in category.lower():
            told = f'at address {self._address} is a "{category}", no hopper'
            raise DeviceError(told, "other")
        line.ask(ENABLE, NO)  # what is under way goes on; nothing new begins
        self._serial = line.serial()
        self._has_total = line.ask(TOTAL, sizes=(3,)) is not None
        names = (line.text(cctalk.MAKER), line.text(cctalk.PRODUCT), str(self._serial))
        return " ".join(name for name in names if name)

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        line = self._open_line()
        wait_s = min(timeout_s, POLL_MAX_S)
        pause_s = min(self._pace.poll_s, wait_s / 2)
        status = line.ask(STATUS, sizes=(4,), tries=1, pause_s=pause_s)
        if status is None and not line.heard:
            self._silent_polls += 1
            if self._silent_polls > self._pace.silent_polls_max:
                raise DeviceError(line.silence("the hopper"))
        else:
            self._silent_polls = 0
        if status is not None:
            self._answered(status, line)
        self._events += [p.result for p in self._payouts.values() if p.result is not None]
        events = tuple(self._events)
        self._events.clear()
        return events

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. A pay-out that is known here already is not ordered again."""
        if isinstance(effect, DispenseCoins | LookUpPayOut):
            if effect.payout in self._payouts:
                return
            began = Stand.parse(effect.mark) or Stand(-1, 0, None)
            one = self._payouts[effect.payout] = _PayOut(effect.payout, effect.count, began)
            if isinstance(effect, LookUpPayOut):
                if self._found(one) == "not_begun":
                    self._ended(one, 0)
            elif str(self._stand()[0]) == effect.mark:
                self._order(one)
            else:
                self._ended(one, 0)  # it does not stand where the books say: nothing is ordered
        elif isinstance(effect, AcknowledgePayOut):
            one_told = self._payouts.get(effect.payout)
            if one_told and one_told.result:
                del self._payouts[effect.payout]
        else:
            raise TypeError(f"{effect} is not for a hopper")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line:
            self._line.close()
        self._line = None

    # --- a pay-out -----------------------------------------------------------------------------

    def _order(self, one: _PayOut) -> None:
        """Send the order; send it again only when the counters say that it was not taken."""
        line = self._open_line()
        key = bytes(8) if self._by_code else self._serial.to_bytes(3, "little")
        for _ in range(cctalk.TRIES):
            line.ask(ENABLE, YES)
            answer = line.ask(DISPENSE, key + bytes([one.count]), sizes=(0, 1), tries=1)
            refused = answer is None and line.heard
            if self._found(one) != "not_begun":
                return
            if refused:
                break
        self._ended(one, 0)

    def _found(self, one: _PayOut) -> Found:
        """Look where the hopper stands; end the pay-out, if that says how.

        Raises:
            DeviceError: it does not tell: the pay-out stays as it is until it does.
        """
        now, remaining = self._stand()
        found, came = find(one.began, now, one.count)
        if remaining and found != "ours":
            found = "unknown"  # it is paying, and not for us
        if found == "over":
            self._ended(one, came)
        elif found == "unknown":
            reason = f"it stood at {one.began}, and stands at {now}"
            log.error("%s: pay-out %s: %s", self._device, one.payout, reason)
            one.result = PayOutUnknown(self._device, one.payout, reason)
        return found

    def _ended(self, one: _PayOut, paid: int) -> None:
        one.result = PayOutEnded(self._device, one.payout, paid, one.count - paid)

    def _answered(self, status: bytes, line: cctalk.Line) -> None:
        self._polls += 1
        _, remaining, paid, _ = status
        going = [one for one in self._payouts.values() if one.result is None]
        for one in going:
            if remaining and paid != one.told and self._found(one) == "ours":
                one.told = paid
                self._events.append(PayOutGoes(self._device, one.payout, paid))
            elif not remaining:
                self._over(one, line)
        resting = not remaining and all(one.result for one in self._payouts.values())
        if resting and (going or self._stands is None or self._polls % CHECK_EVERY == 0):
            self._rest(line)
        self._tell()

    def _over(self, one: _PayOut, line: cctalk.Line) -> None:
        """It rests: how the pay-out ended, by both of its counts."""
        found = self._found(one)
        if found == "not_begun":
            self._ended(one, 0)
        if found != "ours":
            return
        status = line.twice(STATUS, sizes=(4,))
        now, _ = self._stand()
        if status is None or status[1]:
            return
        paid, unpaid = status[2], status[3]
        came = None
        if now.total is not None and one.began.total is not None:
            came = (now.total - one.began.total) % TOTAL_MODULO
        if paid + unpaid == one.count and came in (None, paid):
            self._ended(one, paid)
        elif came is not None and came <= one.count and paid + unpaid != one.count:
            self._ended(one, came)
        else:
            reason = f"it paid {paid} and owes {unpaid}, but its total says {came}"
            one.result = PayOutUnknown(self._device, one.payout, reason)

    # --- what it says of itself ------------------------------------------------------------------

    def _stand(self) -> tuple[Stand, int]:
        """Where the counters stand, and how many coins are still to come."""
        line = self._open_line()
        status = line.twice(STATUS, sizes=(4,))
        if status is None:
            raise DeviceError("the hopper does not tell its counters")
        if not self._has_total:
            return Stand(self._serial, status[0], None), status[1]
        total = line.twice(TOTAL, sizes=(3,))
        if total is None:
            raise DeviceError("the hopper does not tell its total any more")
        return Stand(self._serial, status[0], int.from_bytes(total, "little")), status[1]

    def _rest(self, line: cctalk.Line) -> None:
        line.ask(ENABLE, NO)
        stands, remaining = self._stand()
        if remaining:
            return
        if stands != self._stands:
            self._stands = stands
            self._events.append(HopperStands(self._device, str(stands), self._value))
        flags = line.ask(TEST, sizes=range(1, 4), tries=2)
        wrong = [(state, why) for bit, state, why in FLAGS if flags and flags[0] & bit]
        self._fault = wrong[0] if wrong else None
        level = line.ask(LEVEL, sizes=(1,), tries=2)
        self._low = bool(level and level[0] & LOW)

    def _tell(self) -> None:
        state, detail = self._fault or ("low" if self._low else "ready", "")
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._events.append(HopperChanged(self._device, state, detail))

    def _open_line(self) -> cctalk.Line:
        if self._line is None:
            raise DeviceError("the hopper is not connected")
        return self._line
