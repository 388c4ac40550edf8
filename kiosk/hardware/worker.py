"""One supervised worker for every device: it opens, serves, and opens again what went away."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable

from kiosk.core.clock import Now, system_now
from kiosk.core.errors import Cause, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptNotes,
    AcknowledgeCoin,
    AcknowledgeNote,
    DeviceDown,
    DeviceUp,
    DispenseCoins,
    Effect,
    EnrolCards,
    Event,
    FiscalAbsent,
    FiscalEffect,
    Light,
    PaymentDeclined,
    PaymentEffect,
    PayOutEnded,
    PrintFiscal,
    PrintSlip,
    RefuseNotes,
    RequestPayment,
    SlipFailed,
    Sound,
    Speak,
    StopEnrolling,
    TurnVolume,
)
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import POLL_MAX_S, Device

log = logging.getLogger(__name__)

BACK_OFF_S = (0.1, 0.3, 1.0, 3.0)
"""How long to wait after the first, second, … failure in a row; at most, the jitter shortens."""

HEALTHY_S = 5.0
"""A device that worked so long starts over with the shortest wait."""

EFFECTS_MAX = 256
"""What waits for one device. More is a mistake of the core, not of the device."""

LATEST_WINS: tuple[tuple[type[Effect], ...], ...] = (
    (AcceptNotes, RefuseNotes),
    (EnrolCards, StopEnrolling),
    (Light,),
    (Sound,),
    (TurnVolume,),
    (Speak,),
)
"""Of these the newest is all that matters: a device that was away must not catch up on them."""

ONCE = (AcknowledgeCoin, AcknowledgeNote)
"""Each of these waits once: what a device repeats while the core is slow, it answers as often."""

GIVEN_BACK = PrintSlip | FiscalEffect | PaymentEffect | DispenseCoins
"""Of these none is kept while the device is away."""


class Worker:
    """The supervision of one device, as a function of time.

    Args:
        device: its name.
        factory: makes the driver, once; the worker opens and closes it as often as needed.
        post: takes an event; it may wait, it must not raise.
        jitter: shortens each wait by up to a quarter, so that devices behind one hub do not
            come back all at the same moment.
        poll_s: how long one poll may wait; 0 for a simulated time.

    Raises:
        ConfigError: the driver does not take its settings.
    """

    def __init__(
        self,
        device: DeviceId,
        factory: Callable[[], Device],
        post: Callable[[Event], None],
        *,
        jitter: random.Random | None = None,
        poll_s: float = POLL_MAX_S,
    ) -> None:
        self.device = device
        self._driver = factory()
        self._post = post
        self._jitter = jitter or random.Random()
        self._poll_s = poll_s
        self._effects: deque[Effect] = deque()
        self._lock = threading.Lock()
        self._kicked = threading.Event()
        self._up_since_s: float | None = None
        self._retry_s = 0.0
        self._failures = 0
        self._reason: tuple[str, Cause] | None = None
        self._was_there = False

    @property
    def driver(self) -> Device:
        """The driver itself; to be touched by nobody while the worker runs, except to read."""
        return self._driver

    def do(self, effect: Effect) -> None:
        """Queue an effect; from any thread.

        What is queued while the device is away is performed when it is back, but for slips,
        fiscal documents and payments, which are given back; the driver passes over what no longer
        fits.

        Raises:
            OverflowError: far too much is queued.
        """
        with self._lock:
            if isinstance(effect, ONCE) and effect in self._effects:
                return
            for group in LATEST_WINS:
                if isinstance(effect, Speak) and effect.after:
                    break  # it wants to be heard after what is said before
                if isinstance(effect, group):
                    self._effects = deque(e for e in self._effects if not isinstance(e, group))
            if len(self._effects) >= EFFECTS_MAX:
                raise OverflowError(f"{self.device}: more than {EFFECTS_MAX} effects are waiting")
            self._effects.append(effect)

    def kick(self) -> None:
        """Something was plugged in: do not wait, try now. From any thread."""
        self._kicked.set()

    def step(self, now: Now) -> float:
        """Do one thing: open the device when that is due, or serve it once.

        Returns:
            Seconds until the next step has anything to do; 0 while the device is open.

        Raises:
            Exception: whatever is neither DeviceError nor OSError: a mistake of ours, which ends
                the process.
        """
        if self._up_since_s is None:
            self._give_back()
            if now.mono_s < self._retry_s and not self._kicked.is_set():
                return self._retry_s - now.mono_s
            if self._kicked.is_set():
                # What was plugged in may answer a moment later: the waits begin with the shortest.
                self._failures = 0
                self._kicked.clear()
            return self._open(now)
        if now.mono_s - self._up_since_s >= HEALTHY_S:
            self._failures = 0
        try:
            while (effect := self._next()) is not None:
                self._driver.perform(effect)
            events = self._driver.poll(self._poll_s)
        except (DeviceError, OSError) as error:
            return self._lost(now, error)
        for event in events:
            self._post(event)
        return 0.0

    def run(self, stop: threading.Event, failed: Callable[[BaseException], None]) -> None:
        """Step until `stop` is set, then close the device.

        Args:
            stop: ends the loop within a poll.
            failed: takes what `step` raised; the process must end then.
        """
        try:
            while not stop.is_set():
                wait_s = self.step(system_now())
                if wait_s:
                    self._kicked.wait(min(wait_s, POLL_MAX_S))
        except BaseException as error:
            failed(error)
        finally:
            self._driver.close()

    def start(
        self, stop: threading.Event, failed: Callable[[BaseException], None]
    ) -> threading.Thread:
        """Run in a thread of its own, see `run`."""
        thread = threading.Thread(
            target=self.run, args=(stop, failed), name=f"device {self.device}", daemon=True
        )
        thread.start()
        return thread

    def _give_back(self) -> None:
        """What is never kept for later: it would be done for whoever stands there then.

        The device was surely not asked for these. What it had been asked for, the core looks up.
        """
        with self._lock:
            given = [e for e in self._effects if isinstance(e, GIVEN_BACK)]
            self._effects = deque(e for e in self._effects if not isinstance(e, GIVEN_BACK))
        for effect in given:
            match effect:
                case PrintSlip():
                    self._post(SlipFailed(self.device, effect.job, "not_printed", "offline"))
                case PrintFiscal():
                    self._post(FiscalAbsent(self.device, effect.document, effect.attempt))
                case RequestPayment():
                    self._post(PaymentDeclined(self.device, effect.payment, "off"))
                case DispenseCoins():
                    self._post(PayOutEnded(self.device, effect.payout, 0, effect.count))

    def _next(self) -> Effect | None:
        with self._lock:
            return self._effects.popleft() if self._effects else None

    def _open(self, now: Now) -> float:
        try:
            detail = self._driver.open()
        except (DeviceError, OSError) as error:
            return self._lost(now, error)
        self._up_since_s = now.mono_s
        self._reason = None
        self._was_there = True
        self._post(DeviceUp(self.device, self._driver.role, detail))
        return 0.0

    def _lost(self, now: Now, error: Exception) -> float:
        self._driver.close()
        was_up, self._up_since_s = self._up_since_s is not None, None
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        wait_s *= self._jitter.uniform(0.75, 1.0)
        self._failures += 1
        self._retry_s = now.mono_s + wait_s
        told, cause = str(error) or type(error).__name__, cause_of(error)
        if cause == "not_found" and self._was_there:
            cause = "unplugged"
        if was_up or (told, cause) != self._reason:
            self._reason = told, cause
            log.warning("%s is down (%s): %s", self.device, cause, told)
            self._post(DeviceDown(self.device, self._driver.role, told, cause))
        return wait_s
