"""Coin acceptors that speak ccTalk: Alberici, Azkoyen, Comestero, Crane, NRI, Suzo-Happ, wh Berlin.

A coin that fell is told by the acceptor's own counter, which goes on while the kiosk is away and
begins again at 0 when the acceptor starts. Serial number and counter are the mark of a coin.
What the rules of the dialogue rest on: docs/devices.md, "ccTalk".
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import ClassVar

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, note_id
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcceptorState,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    Effect,
    Event,
    RecallCoins,
    RefuseCoins,
    Role,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk, coin_profiles
from kiosk.hardware import cctalk_words as words
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

POSITIONS = range(1, 17)

CHECK_EVERY = 5
"""What is to be made sure again and again is so once in so many polls."""
NOTE_EVERY = 50
"""Events without a coin are noted once in so many polls: each note is an entry of the books."""


class CoinAcceptor:
    """One ccTalk coin acceptor.

    Options: ``address``, ``check``, ``echo``, ``countries``, ``profile``, ``coins``, ``poll_ms``,
    ``answer_ms``, ``silence_ms``, ``currency`` (see ``[driver.cctalk_coins]`` in default.toml).

    Args:
        device: its name.
        options: its settings, complete.
        start: the number of this start of the process.
        connect: opens the line.

    Raises:
        ConfigError: an option that says nothing it knows.
    """

    role: ClassVar[Role] = "coins"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._device = device
        self._start = start
        self._connect = connect
        code = str(options["currency"])
        try:
            if code not in CURRENCIES:
                raise ValueError(f'currency: no currency "{code}"; one of {", ".join(CURRENCIES)}')
            self._currency = CURRENCIES[code]
            self._letters = coin_profiles.letters_of(str(options["countries"]), self._currency)
            self._named = coin_profiles.coin_names(str(options["coins"]), self._currency)
            self._profile = str(options["profile"])
            if self._profile not in coin_profiles.PROFILES:
                known = ", ".join(coin_profiles.PROFILES)
                raise ValueError(f'profile: "{self._profile}" is none of {known}')
            self._check = cctalk.check_of(str(options["check"]))
            self._echo = cctalk.echo_of(str(options["echo"]))
            self._address = cctalk.address_of(int(options["address"]))
            self._pace = cctalk.pace_of(options)
        except ValueError as error:
            raise ConfigError([f"[devices.{device}] {error}"]) from error
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._counted = 0
        self._waiting: list[CoinTaken | CoinsNoted | CoinsLost] = []
        self._known: tuple[int, int] | None = None  # of which acceptor, and where its counter was
        self._events: deque[Event] = deque()
        self._line: cctalk.Line | None = None
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._serial = 0
        self._values: dict[int, Money] = {}
        self._unknown = ""
        self._mismatch = False
        self._recalled: str | None = None
        self._watching = False
        self._wanted: frozenset[int] = frozenset()
        self._enabled: frozenset[int] | None = None
        self._fault: tuple[AcceptorState, str] | None = None
        self._told: tuple[AcceptorState, str] | None = None
        self._silent_polls = 0
        self._polls = 0
        self._unnoted, self._note_poll = False, 0

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. It takes nothing from here on, and tells no coin before its recall."""
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
        if category and "coin" not in category.lower():
            told = f'at address {self._address} is a "{category}", no coin acceptor'
            raise DeviceError(told, "other")
        line.need(cctalk.MASTER, bytes([0]))
        self._serial = line.serial()
        self._learn(line)
        if code := self._self_check(line):
            self._fault = "failed", f"self-check: fault {code}"
        names = (line.text(cctalk.MAKER), line.text(cctalk.PRODUCT), str(self._serial))
        return " ".join(name for name in names if name)

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        line = self._open_line()
        wait_s = min(timeout_s, POLL_MAX_S)
        known = self._known[1] if self._known else None
        told = line.events(cctalk.READ_COINS, known, pause_s=min(self._pace.poll_s, wait_s / 2))
        if told is None and not line.heard:
            self._silent_polls += 1
            if self._silent_polls > self._pace.silent_polls_max:
                raise DeviceError(line.silence("the coin acceptor"))
        else:
            self._silent_polls = 0
        if told is not None:
            self._answered(told)
        self._tell_waiting()
        if told is not None:
            self._tell()
        events = tuple(self._events)
        self._events.clear()
        return events

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. An acknowledgement of a coin that is not here is passed over."""
        if isinstance(effect, AcceptCoins):
            self._wanted = frozenset(effect.values)
        elif isinstance(effect, RefuseCoins):
            self._wanted = frozenset()
        elif isinstance(effect, RecallCoins):
            self._recalled = effect.mark
        elif isinstance(effect, AcknowledgeCoin):
            self._waiting = [
                one
                for one in self._waiting
                if not isinstance(one, CoinTaken) or one.coin != effect.coin
            ]
        else:
            raise TypeError(f"{effect} is not for a coin acceptor")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line:
            self._line.close()
        self._line = None

    # --- what a poll says ----------------------------------------------------------------------

    def _answered(self, told: cctalk.Told) -> None:
        line = self._open_line()
        self._polls += 1
        if self._recalled is not None and not self._watching:
            known = self._place(self._recalled, told.counter)
            self._count(told, known)
            self._watching = True
        elif self._watching:
            assert self._known is not None
            self._count(told, self._known[1])
        if self._fault and self._told == self._fault and self._polls % CHECK_EVERY == 0:
            code = self._self_check(line)
            if not code:
                self._fault = None
        if self._enabled is not None and self._polls % CHECK_EVERY == 0:
            # It may have started anew without a sign: its counter was at 0, or is kept.
            self._enabled = self._enabled if line.keeps(cctalk.mask(self._enabled)) else None
        self._enable(line)

    def _place(self, mark: str, counter: int) -> int:
        """Where the counter was when all before it was on the books, or waits here to be told."""
        mine = self._known
        if mine is not None and mine[0] == self._serial:
            if mark != self._mark(mine[1]) and not self._waiting:
                self._note(mine[1])  # what it told then never came to the books
            return mine[1]
        serial, _, number = mark.rpartition("/")
        if (
            serial == str(self._serial)
            and number.isdecimal()
            and len(number) <= 3
            and int(number) <= 0xFF
        ):
            return int(number)
        self._note(counter)
        return counter

    def _count(self, told: cctalk.Told, known: int) -> None:
        news = cctalk.happened(known, told, watching=self._watching)
        self._known = self._serial, told.counter
        if news.restarted:
            self._enabled = None  # it takes again whatever it takes by itself
            self._fault = None
            self._note(0)
        if news.lost != 0:
            at = cctalk.before(news.events[0][0])
            log.error("%s: it does not remember %s events", self._device, news.lost or "some")
            self._waiting.append(CoinsLost(self._device, self._mark(at), news.lost))
        noted = True
        for counter, a, b in news.events:
            noted = self._event(counter, a, b)
        self._unnoted = not noted or (self._unnoted and not news.events)
        if self._unnoted and self._polls >= self._note_poll:
            # So that these are not asked for again after a start, and push coins out of reach.
            self._note(told.counter)
            self._unnoted, self._note_poll = False, self._polls + NOTE_EVERY

    def _event(self, counter: int, a: int, b: int) -> bool:
        """Take one event; whether it brings a mark of its own to the books."""
        if a:
            value = self._values.get(a)
            if value is None:
                log.error("%s: took a coin %d of no known value", self._device, a)
                self._waiting.append(CoinsLost(self._device, self._mark(counter), 1))
            else:
                self._counted += 1
                coin = note_id(self._device, self._start, self._counted)
                self._waiting.append(CoinTaken(self._device, coin, value, self._mark(counter)))
            return True
        if b in words.NO_COIN:
            return False
        reason = words.COIN_REASONS.get(b, f"code {b}")
        self._events.append(CoinRejected(self._device, reason))
        if b in words.COIN_FAULTS:
            self._fault = words.COIN_FAULTS[b], reason
            self._tell()  # also when the next event of the same poll is another fault
        if b == words.SWALLOWED:
            self._waiting.append(CoinsLost(self._device, self._mark(counter), 1))
            return True
        return False

    def _mark(self, counter: int) -> str:
        return f"{self._serial}/{counter}"

    def _note(self, counter: int) -> None:
        self._waiting.append(CoinsNoted(self._device, self._mark(counter)))

    def _tell_waiting(self) -> None:
        """Every coin until it is on the books; what moves the mark past it, only then."""
        while self._waiting and not isinstance(self._waiting[0], CoinTaken):
            self._events.append(self._waiting.pop(0))
        for one in self._waiting:
            if not isinstance(one, CoinTaken):
                break
            self._events.append(one)

    def _tell(self) -> None:
        if not self._watching:
            return  # what fell in before is told first: until then the core lets nothing in
        if self._fault:
            state, detail = self._fault
        elif self._mismatch:
            state, detail = "wrong_currency", self._unknown
        else:
            state, detail = "ready" if self._enabled else "disabled", self._unknown
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._events.append(AcceptorChanged(self._device, state, detail))

    # --- what it may take ----------------------------------------------------------------------

    def _learn(self, line: cctalk.Line) -> None:
        """Read the names of its coins. One of no known value is let through to nobody's account."""
        unknown: list[str] = []
        letters: set[str] = set()
        for position in POSITIONS:
            name = line.name(cctalk.COIN_ID, position, (6,))
            if not name:
                continue
            value = self._named.get(name) or coin_profiles.coin_value(
                name, self._currency, letters=self._letters, profile=self._profile
            )
            letters.add(name[:2])
            if value is None:
                unknown.append(f"{position} {name}")
            else:
                self._values[position] = value
        self._mismatch = not self._values
        if unknown:
            self._unknown = f"not taken, of no known value: {', '.join(unknown)}"
            log.warning("%s: %s", self._device, self._unknown)
        if self._mismatch:
            has = ", ".join(sorted(letters)) or "nothing"
            self._unknown = f"its coins are of {has}, not {', '.join(sorted(self._letters))}"

    def _enable(self, line: cctalk.Line) -> None:
        if not self._watching:
            return
        coins = frozenset(
            position for position, value in self._values.items() if value.minor in self._wanted
        )
        if coins == self._enabled:
            return
        self._enabled = None
        if line.ask(cctalk.INHIBITS, cctalk.mask(coins)) is None:
            return
        if line.ask(cctalk.MASTER, bytes([1 if coins else 0])) is not None:
            self._enabled = coins

    def _self_check(self, line: cctalk.Line) -> int:
        """The number of its fault; 0 when it has none, or does not say."""
        told = line.ask(cctalk.SELF_CHECK, sizes=range(1, 4), tries=2)
        return told[0] if told else 0

    def _open_line(self) -> cctalk.Line:
        if self._line is None:
            raise DeviceError("the coin acceptor is not connected")
        return self._line
