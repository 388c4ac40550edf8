"""Scanners of bar codes and QR codes that send what they read over a serial line, as text.

Most have a mode in which their USB plug is a serial line (CDC ACM). What they put around a code
differs: a line end, a prefix, the AIM identifier of ISO/IEC 15424, STX and ETX. Nothing of a code
stands in an error, a log or a repr: the code of a slip proves who somebody is.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.ids import DeviceId
from kiosk.hardware.bursts import Bursts
from kiosk.hardware.codes import CODE_MAX_CHARS, as_code
from kiosk.hardware.device import Options
from kiosk.hardware.line_reader import LineReader
from kiosk.hardware.transport import Transport

_ENDS = "\r\n\t\x03"


class Scanner(LineReader):
    """One scanner. Options: ``gap_ms``, ``line_ends_code``, ``prefix``, ``suffix``.

    A code ends with CR, LF, Tab or ETX, or with a silence of ``gap_ms``. Not verified on a device:
    how long scanners pause within a long code.
    """

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
    ) -> None:
        bursts = Bursts(
            as_code(device, str(options["prefix"]), str(options["suffix"])),
            gap_s=int(options["gap_ms"]) / 1000,
            ends=_ENDS if options["line_ends_code"] else "",
            most=CODE_MAX_CHARS,
        )
        super().__init__(connect, bursts)
