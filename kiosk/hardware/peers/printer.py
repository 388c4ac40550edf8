"""A simulated receipt printer that speaks ESC/POS and draws what it prints.

For the bench, and for faults that an independent emulator lacks: paper that ends in the middle of a
slip, a cutter that sticks, a slip torn off. A command that it does not know is kept in `unknown`.
Like real ones it keeps what arrives while it cannot print, and prints it when it can again.

Source: docs/devices.md, Receipt printer; Epson's ESC/POS reference for the bits of the statuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from PIL import Image

from kiosk.hardware.peers.head import LINE_SPACING_DOTS, PrintHead
from kiosk.hardware.peers.paper import Align, Paper, Slip

CODE_PAGES: Final[dict[int, str]] = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    32: "cp720",
    33: "cp775",
    34: "cp855",
    35: "cp861",
    38: "cp869",
    39: "iso8859_2",
    40: "iso8859_15",
    44: "cp1125",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    51: "cp1257",
    53: "kz1048",
}
"""ESC t n → code page, in Epson's numbering. There is no UTF-8."""

BUFFER_MAX_BYTES: Final = 262144
SLIPS_MAX: Final = 500
UNKNOWN_MAX: Final = 1000

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
PaperState = Literal["ok", "low", "out"]


@dataclass(frozen=True)
class _Command:
    """One command in the buffer: how many bytes it has, and what it does."""

    length: int
    act: Callable[[], None]


class _Incomplete(Exception):
    """The rest of this command has not arrived."""


class _Blocked(Exception):
    """The command at the head of the buffer cannot be done now; it stays there."""


class ReceiptPrinter:
    """The device. It prints at once; the time does not matter to it.

    Args:
        paper_mm: 80 (48 columns) or 58 (32 columns).
        code_pages: what it knows by which number, where it does not number like an Epson.

    Raises:
        ValueError: paper of another width.
    """

    def __init__(self, *, paper_mm: int = 80, code_pages: Mapping[int, str] = CODE_PAGES) -> None:
        self._code_pages = code_pages
        self._paper = Paper(paper_mm)
        self._head = PrintHead(self._paper)
        self.receipts: list[Slip] = []
        self.unknown: list[bytes] = []
        self.powered = True
        self._paper_state: PaperState = "ok"
        self._ends_at: int | None = None
        self._cover_open = False
        self._offline = False
        self._cutter_sticks = False
        self._cutter_error = False
        self._broken = False
        self._hot = False
        self._stiff = False
        self._out = bytearray()
        self._start()

    def _start(self) -> None:
        self._head.initialise()
        self._head.stored = None
        self._buffer = bytearray()
        self._tail = b""
        self._asb_mask = 0
        self._asb_sent = b""

    # What stands at the wire -------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take what has come; real-time requests are answered at once, the rest in its order."""
        if not self.powered:
            return b""
        self._real_time(data)
        room = max(0, BUFFER_MAX_BYTES - len(self._buffer))
        self._buffer += data[:room]
        return self.tick(now_s)

    def tick(self, now_s: float) -> bytes:
        """Print what can be printed; tell of a changed status when the host wants that."""
        if not self.powered:
            return b""
        self._work()
        self._tell()
        out = bytes(self._out)
        self._out.clear()
        return out

    def _real_time(self, data: bytes) -> None:
        """Answer DLE EOT n and obey DLE ENQ n wherever they stand, as printers do.

        The bytes stay in the buffer, where they do nothing when their turn comes.
        """
        scanned = self._tail + data
        at = 0
        while at + 2 < len(scanned):
            if scanned[at] == DLE and scanned[at + 1] == 0x04 and 1 <= scanned[at + 2] <= 4:
                self._out.append(self._status(scanned[at + 2]))
                at += 3
            elif scanned[at] == DLE and scanned[at + 1] == 0x05 and scanned[at + 2] in (1, 2):
                self._recover(clear=scanned[at + 2] == 2)
                at += 3
            else:
                at += 1
        self._tail = scanned[at:]

    def _recover(self, *, clear: bool) -> None:
        if self._cutter_error and not self._cutter_sticks:
            self._cutter_error = False
            if clear:
                self._buffer.clear()
                self._head.drop_line()

    @property
    def blocked(self) -> bool:
        """It cannot print now."""
        return (
            self._paper_state == "out"
            or self._cover_open
            or self._offline
            or self._cutter_error
            or self._broken
            or self._hot
            or self._stiff
        )

    @property
    def _errors(self) -> int:
        """The bits of DLE EOT 3, and of the second byte that comes by itself."""
        lasting = 0x08 * self._cutter_error | 0x20 * self._broken
        return lasting | 0x40 * self._hot | 0x04 * self._stiff

    def _status(self, number: int) -> int:
        """The answer to DLE EOT 1 (printer), 2 (offline), 3 (error), 4 (paper)."""
        out, error = self._paper_state == "out", bool(self._errors)
        near = self._paper_state != "ok"
        return (
            0x12
            | {
                1: 0x08 * self.blocked,
                2: 0x04 * self._cover_open | 0x20 * out | 0x40 * error,
                3: self._errors,
                4: 0x0C * near | 0x60 * out,
            }[number]
        )

    def _asb(self) -> bytes:
        out, near = self._paper_state == "out", self._paper_state != "ok"
        return bytes(
            (
                0x10 | 0x08 * self.blocked | 0x20 * self._cover_open,
                self._errors,
                0x03 * near | 0x0C * out,
                0,
            )
        )

    def _tell(self) -> None:
        asb = self._asb()
        if self._asb_mask and asb != self._asb_sent:
            self._out += asb
            self._asb_sent = asb

    # The commands ------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._buffer and not self.blocked:
            try:
                command = self._command()
                command.act()
            except (_Incomplete, _Blocked):
                return
            del self._buffer[: command.length]
            if self._ends_at is not None and self._head.lines >= self._ends_at:
                self._ends_at = None
                self._paper_state = "out"

    def _at(self, index: int, count: int = 1) -> bytes:
        if len(self._buffer) < index + count:
            raise _Incomplete
        return bytes(self._buffer[index : index + count])

    def _number(self, index: int, count: int = 2) -> int:
        return int.from_bytes(self._at(index, count), "little")

    def _command(self) -> _Command:
        first = self._buffer[0]
        if first >= 0x20:
            return _Command(1, lambda: self._head.put(first))
        if first == ESC:
            return self._esc(self._at(1)[0])
        if first == GS:
            return self._gs(self._at(1)[0])
        if first == FS:
            return self._fs(self._at(1)[0])
        if first == DLE and self._at(1)[0] in (0x04, 0x05):
            return _Command(len(self._at(0, 3)), lambda: None)
        simple: dict[int, Callable[[], None]] = {
            0x00: lambda: None,
            0x09: self._head.tab,
            0x0A: self._head.end_line,
            0x0D: lambda: None,
            0x18: lambda: None,
        }
        return _Command(1, simple[first]) if first in simple else self._unknown(1)

    def _unknown(self, length: int) -> _Command:
        told = self._at(0, length)

        def keep() -> None:
            if len(self.unknown) < UNKNOWN_MAX:
                self.unknown.append(told[:64])

        return _Command(length, keep)

    def _set(self, length: int, **styles: object) -> _Command:
        def act() -> None:
            modes = self._head.modes
            modes.style = replace(modes.style, **styles)  # type: ignore[arg-type]

        return _Command(length, act)

    def _mode(self, length: int, name: str, value: object) -> _Command:
        return _Command(length, lambda: setattr(self._head.modes, name, value))

    def _esc(self, second: int) -> _Command:
        kind = chr(second)
        if kind == "@":
            return _Command(2, self._initialise)
        if kind == "2":
            return self._mode(2, "spacing", LINE_SPACING_DOTS)
        if kind in "im":
            return _Command(2, self._cut)
        if kind == "D":
            end = self._buffer.find(0, 2)
            if end < 0:
                raise _Incomplete
            return self._mode(end + 1, "tabs", tuple(self._buffer[2:end]))
        if kind == "p":
            return _Command(len(self._at(0, 5)), self._kick)
        if kind in "$\\":
            where = self._number(2)
            return _Command(4, lambda: self._head.move(where, relative=kind == "\\"))
        if kind == "*":
            across = self._number(3) * (3 if self._at(2)[0] & 0x20 else 1)
            return self._unknown(5 + across)
        if kind in "&":
            return self._unknown(2)
        value = self._at(2)[0]
        if kind == "!":
            return self._set(
                3,
                font="B" if value & 1 else "A",
                bold=bool(value & 8),
                high=2 if value & 0x10 else 1,
                wide=2 if value & 0x20 else 1,
                underline=1 if value & 0x80 else 0,
            )
        if kind in "EG":
            return self._set(3, bold=bool(value & 1))
        if kind == "-" and value % 0x30 <= 2:
            return self._set(3, underline=value % 0x30)
        if kind == "M" and value % 0x30 <= 1:
            return self._set(3, font="AB"[value % 0x30])
        if kind == "a" and value % 0x30 <= 2:
            aligns: tuple[Align, ...] = ("left", "center", "right")
            return self._mode(3, "align", aligns[value % 0x30])
        if kind == "t" and value in self._code_pages:
            return self._mode(3, "code_page", self._code_pages[value])
        if kind == "3":
            return self._mode(3, "spacing", value)
        if kind == "d":
            return _Command(3, lambda: self._head.feed_lines(value))
        if kind == "J":
            return _Command(3, lambda: self._head.feed_dots(value))
        # Of these only the setting that changes nothing is known.
        usual = {" ": 0, "=": 1, "R": 0, "V": 0, "{": 0, "T": 0, "U": 0, "r": 0, "%": 0}
        if usual.get(kind) == value or kind in "c":
            return _Command(4 if kind == "c" else 3, lambda: None)
        return self._unknown(3)

    def _fs(self, second: int) -> _Command:
        if second in b".":  # leave Kanji mode: this printer has none
            return _Command(2, lambda: None)
        return self._unknown(2 if second == 0x26 else 3)

    def _gs(self, second: int) -> _Command:
        kind = chr(second)
        if kind == "(":
            return self._gs_bracket()
        if kind == "8":
            return self._graphics(7, self._number(3, 4))
        if kind == "v":
            return self._raster()
        if kind == "k":
            return self._barcode()
        if kind in "LWP":
            value = self._number(2)
            known = {"L": "left", "W": "area"}
            return self._mode(4, known[kind], value) if kind in known else self._unknown(4)
        value = self._at(2)[0]
        if kind == "!":
            return self._set(3, wide=(value >> 4 & 7) + 1, high=(value & 7) + 1)
        if kind == "B":
            return self._set(3, inverse=bool(value & 1))
        if kind == "V":
            return self._gs_cut(value)
        if kind == "a":
            return _Command(3, lambda: self._automatic_status(value))
        if kind == "r" and value % 0x30 in (1, 2):
            return _Command(3, lambda: self._answer_status(value % 0x30))
        if kind == "I":
            return _Command(3, lambda: self._identify(value))
        if kind in "bHfhw":  # smoothing, and how barcodes look, which are not drawn
            return _Command(3, lambda: None)
        return self._unknown(3)

    def _gs_cut(self, value: int) -> _Command:
        if value in (0, 1, 48, 49):
            return _Command(3, self._cut)
        if value in (65, 66):
            feed = self._at(3)[0]
            return _Command(4, lambda: self._cut(feed))
        return self._unknown(3)

    def _gs_bracket(self) -> _Command:
        kind, size = chr(self._at(2)[0]), self._number(3)
        if kind == "L":
            return self._graphics(5, size)
        data = self._at(5, size)
        length = 5 + size
        if kind == "k" and data[:1] == b"1" and len(data) >= 2:
            function, rest = data[1], data[2:]
            if function == 65 and rest[:1] in (b"1", b"2"):
                return _Command(length, lambda: None)
            if function == 67 and rest:
                return self._mode(length, "qr_size", max(1, min(rest[0], 16)))
            if function == 69 and rest and 48 <= rest[0] <= 51:
                return self._mode(length, "qr_level", "LMQH"[rest[0] - 48])
            if function == 80:
                return self._mode(length, "qr_data", rest[1:])
            if function == 81:
                return _Command(length, self._head.print_qr)
        if kind == "H" and data[:2] == b"\x30\x30" and size == 6:
            return _Command(length, lambda: self._out.extend(b"\x37\x22" + data[2:] + b"\x00"))
        return self._unknown(length)

    def _graphics(self, head: int, size: int) -> _Command:
        """GS ( L and GS 8 L: store a picture (112), print the stored one (2, 50)."""
        data = self._at(head, size)
        function = data[1] if len(data) > 1 else 0
        if function == 112 and size >= 10:
            across = int.from_bytes(data[6:8], "little")
            down = int.from_bytes(data[8:10], "little")
            if len(data) - 10 == (across + 7) // 8 * down:
                ink = Image.frombytes("1", (across, down), data[10:])

                def store() -> None:
                    self._head.stored = ink.resize((across * data[3], down * data[4]))

                return _Command(head + size, store)
        if function in (2, 50):
            return _Command(head + size, self._head.print_stored)
        return self._unknown(head + size)

    def _raster(self) -> _Command:
        mode, across, down = self._at(3)[0], self._number(4), self._number(6)
        data = self._at(8, across * down)
        wide, high = 1 + (mode & 1), 1 + (mode >> 1 & 1)

        def act() -> None:
            if data:
                ink = Image.frombytes("1", (across * 8, down), data)
                self._head.picture(ink.resize((ink.width * wide, ink.height * high)))

        return _Command(8 + len(data), act)

    def _barcode(self) -> _Command:
        if self._at(2)[0] >= 65:
            return self._unknown(4 + self._at(3)[0])
        end = self._buffer.find(0, 3)
        if end < 0:
            raise _Incomplete
        return self._unknown(end + 1)

    # What the commands do ----------------------------------------------------------------------

    def _initialise(self) -> None:
        self._head.initialise()
        self._asb_mask = 0

    def _kick(self) -> None:
        """A cash drawer opens; there is none here."""

    def _cut(self, feed: int = 0) -> None:
        if self._cutter_sticks:
            self._cutter_error = True
            raise _Blocked
        self._head.finish_line()
        self._paper.feed(feed)
        self._off(cut=True)

    def _off(self, *, cut: bool) -> None:
        if not self._paper.blank:
            self.receipts.append(self._paper.off(cut=cut))
            del self.receipts[:-SLIPS_MAX]

    def _automatic_status(self, mask: int) -> None:
        self._asb_mask = mask
        if mask:
            self._asb_sent = self._asb()
            self._out += self._asb_sent

    def _answer_status(self, number: int) -> None:
        near, out = self._paper_state != "ok", self._paper_state == "out"
        self._out.append(0x03 * near | 0x0C * out if number == 1 else 0)

    def _identify(self, number: int) -> None:
        texts = {65: b"1.0", 66: b"FOYER", 67: b"PEER", 68: b"000001"}
        self._out += b"_" + texts[number] + b"\0" if number in texts else b"\x02"

    # What hands and accidents do ---------------------------------------------------------------

    def paper(self, state: PaperState) -> None:
        """The roll ends, is nearly at its end, or a new one is put in.

        With a new roll what hung from the old one is torn off as a slip of its own.
        """
        if self._paper_state == "out" and state != "out":
            self._off(cut=False)
        self._paper_state = state
        if state != "low":
            self._ends_at = None

    def paper_out_after(self, lines: int) -> None:
        """The roll ends when so many more lines have been printed."""
        if lines < 1:
            raise ValueError("paper ends after at least 1 line")
        self._ends_at = self._head.lines + lines

    def cover(self, is_open: bool) -> None:
        """The cover is opened or closed."""
        self._cover_open = is_open

    def offline(self, is_offline: bool) -> None:
        """Somebody has pressed its button."""
        self._offline = is_offline

    def jam_cutter(self) -> None:
        """The next cut fails; the slip hangs until `mend`."""
        self._cutter_sticks = True

    def break_down(self) -> None:
        """An error that only a technician ends."""
        self._broken = True

    def overheat(self) -> None:
        """Its head is too hot: it waits until that has cooled."""
        self._hot = True

    def stick(self) -> None:
        """What moves in it does not, but for the cutter."""
        self._stiff = True

    def mend(self) -> None:
        """All of it works again, it has cooled and is online; a cut that failed is done."""
        self._hot = self._stiff = False
        self._cutter_sticks = self._cutter_error = self._broken = self._offline = False

    def power_cut(self) -> None:
        """The power fails; what was not printed is gone."""
        self.powered = False
        self._out.clear()

    def power_up(self) -> None:
        """The power is back; it starts with the usual settings."""
        if not self.powered:
            self.powered = True
            self._start()
