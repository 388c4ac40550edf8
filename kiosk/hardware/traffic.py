"""A recorder at the wire: what went over a device's line, in a file of limited size.

A line of the file is ``2026-11-24T04:30:55.123Z > 02 03 06 33 DA 81``: ``>`` was written by the
kiosk, ``<`` was read, ``#`` is a word of the recorder. What was read in pieces without a pause
stands in one line. Exchanges (what was written, what came back) that repeat themselves are only
counted: ``= 74 of 2`` are 74 lines more, the two before it again and again. A line that is only
asked how it is costs next to nothing then.

What is secret is masked before it is written (`traffic_masks`). `plain` makes lines of it that
`transport.Replay` plays to a driver.
"""

from __future__ import annotations

import logging
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kiosk.core.clock import Now, system_now
from kiosk.core.errors import DeviceError
from kiosk.hardware.traffic_masks import HIDDEN, Mask, Way
from kiosk.hardware.transport import WRITE_S, Transport

log = logging.getLogger(__name__)

FOLDER = "traffic"
"""Below the folder of the store."""
FILE_BYTES_MAX = 250_000
"""Of each of a device's two files; the older one goes when the newer one is full."""
EXCHANGE_BYTES_MAX = 4096
"""So much is kept in memory before it is written, whatever comes."""
FOLD_S = 60.0
"""So long repeats are counted before it is written how many there were."""

_LINE = re.compile(r"\S+Z (?P<told>.*)")
_FOLD = re.compile(r"= (?P<more>\d+) of (?P<last>\d+)")
_FOLD_LINES_MAX = 8
"""An exchange of more lines is written out each time."""
_CYCLE_MAX = 12
"""So many exchanges may repeat themselves together."""


Exchange = tuple[str, ...]
"""What went over the line until the next question, as lines without their moments."""


class Ring:
    """Two files of limited size, the older of which goes when the newer is full.

    Args:
        folder: where they lie; made when it is needed.
        name: of the device.
        bytes_max: of one file.
    """

    def __init__(self, folder: Path, name: str, bytes_max: int = FILE_BYTES_MAX) -> None:
        self._new, self._old = files(folder, name)
        self._bytes_max = bytes_max
        self._failed = False

    def write(self, text: str) -> None:
        """Append; a disk that refuses is logged once, and a device is served all the same."""
        data = text.encode("utf-8", "replace")
        try:
            self._new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._new.exists() and self._new.stat().st_size + len(data) > self._bytes_max:
                self._new.replace(self._old)
            with open(self._new, "ab", opener=_ours) as file:
                file.write(data)
        except OSError as error:
            if not self._failed:
                log.warning("%s: the traffic is not recorded: %s", self._new, error)
            self._failed = True
        else:
            self._failed = False


def _ours(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def files(folder: Path, name: str) -> tuple[Path, Path]:
    """The newer and the older file of a device."""
    return folder / f"{name}.txt", folder / f"{name}.before.txt"


def recorded(folder: Path) -> dict[str, str]:
    """What is there, by the device's name, the oldest line first."""
    found: dict[str, str] = {}
    for new in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        name = new.name.removesuffix(".txt").removesuffix(".before")
        both = [path for path in reversed(files(folder, name)) if path.is_file()]
        found[name] = "".join(path.read_text("utf-8", "replace") for path in both)
    return found


class Tape:
    """What went over one device's line, whatever connection it had.

    Args:
        write: takes lines of text, complete.
        mask: makes the text of what went one way.
        now: the moment, and a clock that never steps.
    """

    def __init__(
        self, write: Callable[[str], None], mask: Mask, now: Callable[[], Now] = system_now
    ) -> None:
        self._write = write
        self._mask = mask
        self._now = now
        self._runs: list[tuple[str, Way, bytes]] = []
        self._bytes = 0
        self._quiet = False
        self._before: deque[Exchange] = deque(maxlen=_CYCLE_MAX)
        """The last exchanges, folded or not."""
        self._cycle = 0
        """So many of them repeat themselves; 0: nothing does."""
        self._times = self._lines = 0
        """What was counted: exchanges, and their lines."""
        self._first = ""
        """The first round of it as text: less than one is written out."""
        self._fold_s = 0.0

    def over(self, connect: Callable[[], Transport]) -> Callable[[], Transport]:
        """What opens the same line with this recorder on it."""

        def opened() -> Transport:
            try:
                line = connect()
            except (DeviceError, OSError) as error:
                self.note(f"not opened: {error}")
                raise
            self.note("opened")
            return _Recorded(line, self)

        return opened

    def passed(self, way: Way, data: bytes) -> None:
        """Bytes went one way."""
        last = self._runs[-1] if self._runs else None
        if way == ">" and last and (last[1] == "<" or self._quiet):
            self.pause()
            last = None
        self._quiet = False
        if way == "<" and last and last[1] == "<":
            self._runs[-1] = (last[0], way, last[2] + data)
        else:
            self._runs.append((self._moment(), way, data))
        self._bytes += len(data)
        if self._bytes > EXCHANGE_BYTES_MAX:
            self.pause()

    def silent(self) -> None:
        """Nothing came: what was read before is complete."""
        self._quiet = True
        if self._runs and self._runs[-1][1] == "<":
            self.pause()

    def note(self, what: str) -> None:
        """A word of the recorder's own."""
        self.pause()
        told = "# " + " ".join(what.split())
        self._told([(self._moment(), told)])

    def pause(self) -> None:
        """Write down the exchange that is in memory."""
        runs, self._runs, self._bytes = self._runs, [], 0
        if runs:
            self._told([(at, f"{way} {self._mask(way, bytes(of))}") for at, way, of in runs])

    def end(self) -> None:
        """Write down everything that is in memory."""
        self.pause()
        self._unfold()

    def _told(self, lines: list[tuple[str, str]]) -> None:
        exchange = tuple(line for _, line in lines)
        text = "".join(f"{at} {line}\n" for at, line in lines)
        if self._cycle and exchange != self._before[-self._cycle]:
            self._unfold()
            self._cycle = 0
        if not self._cycle:
            self._cycle = self._period(exchange)
        if self._cycle:
            if not self._times:
                self._fold_s = self._now().mono_s
            self._times += 1
            self._lines += len(lines)
            self._first += text if self._times <= self._cycle else ""
        else:
            self._write(text)
        self._before.append(exchange)
        if self._times and self._now().mono_s - self._fold_s >= FOLD_S:
            self._unfold()

    def _period(self, exchange: Exchange) -> int:
        """After how many exchanges this one came again; 0: it is new."""
        for back, before in enumerate(reversed(self._before), 1):
            if len(before) > _FOLD_LINES_MAX:
                return 0
            if before == exchange:
                return back
        return 0

    def _unfold(self) -> None:
        """Write down how much was counted."""
        if 0 < self._times <= self._cycle:
            self._write(self._first)
        elif self._times:
            last = sum(len(one) for one in list(self._before)[-self._cycle :])
            self._write(f"{self._moment()} = {self._lines} of {last}\n")
        self._times = self._lines = 0
        self._first = ""

    def _moment(self) -> str:
        return f"{self._now().wall:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


class _Recorded:
    """Another transport, and a tape of what passes."""

    def __init__(self, line: Transport, tape: Tape) -> None:
        self._line = line
        self._tape = tape
        self._closed = False

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`."""
        try:
            data = self._line.read(limit, timeout_s)
        except OSError as error:
            self._tape.note(f"lost: {error}")
            raise
        if data:
            self._tape.passed("<", data)
        else:
            self._tape.silent()
        return data

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`."""
        self._tape.passed(">", data)
        try:
            self._line.write(data, timeout_s)
        except OSError as error:
            self._tape.note(f"lost: {error}")
            raise

    def close(self) -> None:
        """See `Transport`."""
        self._line.close()
        if not self._closed:
            self._closed = True
            self._tape.note("closed")
            self._tape.end()


def plain(lines: Iterable[str]) -> Iterator[str]:
    """A recording as `transport.Replay` takes it: without moments, every repeat written out.

    Raises:
        ValueError: a line is none of a recording, or was masked: it cannot be played.
    """
    before: deque[str] = deque(maxlen=_CYCLE_MAX * _FOLD_LINES_MAX)
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line.rstrip("\n"))
        if match is None:
            raise ValueError(f"line {number} is none of a recording: {line!r}")
        told = match["told"]
        fold = _FOLD.fullmatch(told)
        if fold is None:
            if HIDDEN in told.partition("#")[0].split() or told[1:].startswith(" #"):
                raise ValueError(f"line {number} is masked: {told}")
            before.append(told)
            yield told
            continue
        last = int(fold["last"])
        if not 0 < last <= len(before):
            raise ValueError(f"line {number} repeats what the recording does not have")
        for _ in range(int(fold["more"])):
            before.append(before[-last])
            yield before[-1]
