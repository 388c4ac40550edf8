"""The contract of every device driver.

A driver is `open / poll / perform / close` on a transport: no threads, no retries, no idea of the
kiosk. `hardware.worker` supervises it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, Protocol

from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, Event, Role
from kiosk.hardware.transport import Transport

POLL_MAX_S = 0.2
"""The longest that a driver may wait in one `poll`."""

Options = Mapping[str, str | int | bool]
"""The settings of one device, complete: the driver's defaults from default.toml and the file's."""


class Device(Protocol):
    """What a worker needs of a driver.

    The constructor of every driver takes ``(device: DeviceId, options: Options, *, start: int,
    connect: Callable[[], Transport])``: the device's name, its settings, the number of this start
    of the process (for `core.ids.note_id`), and what opens its transport. It does no input or
    output. A driver that has its own way to its hardware (PC/SC, GPIO) ignores `connect`.
    """

    role: ClassVar[Role]

    def open(self) -> str:
        """Connect and greet the device; leave it taking nothing.

        Returns:
            The device's model as it says itself, for people; may be empty.

        Raises:
            DeviceError, OSError: it is not there or does not speak the protocol.
        """

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Talk to the device once, waiting at most `timeout_s` (at most `POLL_MAX_S`).

        Returns:
            What happened since the last poll, in order; often nothing.

        Raises:
            DeviceError, OSError: the device is gone; the worker closes and opens it again.
        """

    def perform(self, effect: Effect) -> None:
        """Do one effect that is addressed to this role; what came of it is told by `poll`.

        Raises:
            DeviceError, OSError: as in `poll`.
        """

    def close(self) -> None:
        """Let go of the device; never raises; safe to call twice and after a failed `open`."""


FiscalCapability = Literal["receipt", "return", "advance", "lookup", "shift", "x_report"]
PaymentCapability = Literal["payment", "lookup", "cancel", "reversal"]


class FiscalDevice(Device, Protocol):
    """A device that makes documents for the tax office, each once, and keeps them.

    | what it must provide | effect | what tells how it ended |
    |---|---|---|
    | begin, add line, pay, finish of a receipt; of one that takes it back | `PrintFiscal` |
      `FiscalConfirmed` with number, sign, QR, serial, counters, moment; `FiscalRefused`,
      `FiscalUnknown` |
    | look-up by our key | `LookUpFiscal` | likewise, or `FiscalAbsent` |
    | open a shift | `OpenFiscalShift` | `FiscalStatus`, or `FiscalShiftFailed` |
    | close it | `CloseFiscalShift` | `FiscalShiftClosed`, or `FiscalShiftFailed` |
    | X report | `PrintFiscalX` | the paper |
    | status | `AskFiscalStatus` | `FiscalStatus` |

    A document is one effect and one answer, never lines one by one: of a half document nobody
    could say what it is. Its laws: a key is done once, whatever happens, and looked up before it is
    asked for again; what it cannot do it refuses, and does not do later.
    """

    capabilities: ClassVar[frozenset[FiscalCapability]]


class PaymentTerminal(Device, Protocol):
    """A terminal between a guest's card and the bank: an amount in, a result out.

    | what it must provide | effect | what tells how it ended |
    |---|---|---|
    | payment | `RequestPayment` | `PaymentApproved`, `PaymentDeclined` |
    | look-up by our name of it | `LookUpPayment` | likewise, `PaymentUnderWay`, `PaymentAbsent` |
    | cancel | `CancelPayment` | `PaymentDeclined`, unless it was approved before |
    | reversal | `ReversePayment` | `PaymentReversed` |

    Of the card no more than brand and last four digits ever leave the driver, and what the
    terminal says is in no log.
    """

    capabilities: ClassVar[frozenset[PaymentCapability]]


class DriverFactory(Protocol):
    """The class of a driver."""

    @property
    def role(self) -> Role:
        """What its devices are."""

    def __call__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> Device:
        """Make the driver, see `Device`."""
