"""The contract of every device driver.

A driver is `open / poll / perform / close` on a transport: no threads, no retries, no idea of the
kiosk. `hardware.worker` supervises it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

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


class DriverFactory(Protocol):
    """The class of a driver."""

    def __call__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> Device:
        """Make the driver, see `Device`."""
