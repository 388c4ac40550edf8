"""What is plugged in: readers of the PC/SC daemon, and what answers on a serial line or address.

A line is only asked questions that change nothing, in an order in which no device takes another's
for its own: DLE EOT (a printer's real-time status; noise to all others, for want of an STX), then
CCNET's POLL (a printer that hears it at another speed has some letters in its line, which the ESC @
of its driver clears). What answers neither is left alone. A stripe reader says nothing of itself:
somebody has to swipe a card. Readers on USB are listed by the kernel and not opened for it: what
they read is guessed by their maker and their name, so none of them is sure but a scanner that calls
itself one. Printers on USB say themselves what they understand (their IEEE 1284 device ID); they
are not asked anything: one for letters would print the question.

Source: docs/devices.md; docs/adr/0029-first-boot.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kiosk.core.errors import DeviceError
from kiosk.hardware import ccnet_frames as ccnet
from kiosk.hardware import escpos_status as escpos
from kiosk.hardware import usblp
from kiosk.hardware.codes import Reads
from kiosk.hardware.keyboards import Keyboard
from kiosk.hardware.transport import Transport, connect

Kind = Literal["reader", "stripe", "scanner", "acceptor", "coins", "hopper", "printer", "lights"]

PRINTER_BAUDS = (19200, 9600, 38400, 115200)
ACCEPTOR_BAUDS = (9600, 19200)
ANSWER_S = 0.3
"""A printer answers in some 20 ms and an acceptor in 10; adapters and a busy machine take more."""
ASKED_TIMES = 2
NOISE_MAX_BYTES = 256
NETWORK_PRINTER_PORT = 9100
ADDRESS = 3
"""A bill validator's, on its line."""

_MODEL_QUESTION = b"\x1dI\x43"  # GS I 67: the printer's model, as a text.
_MODEL_HEADER = 0x5F
_PI = Path("/sys/firmware/devicetree/base/model")
_LAST_DIGITS = re.compile(r"( [0-9A-F]{1,2}){1,2}$")
_NO_CARDS = re.compile(r"\b(SAM|contact)\b", re.IGNORECASE)

Options = Mapping[str, str | int | bool]
Line = tuple[str, str]
"""The name of a serial line that lasts, and what the system says of it."""


@dataclass(frozen=True)
class Found:
    """A device that is there.

    Attributes:
        kind: what it is.
        driver: the name of the driver in the configuration.
        options: of the driver, those that differ from its defaults.
        told: what it says of itself, or the system of it; may be empty.
        sure: it has answered as only such a device does.
    """

    kind: Kind
    driver: str
    options: Options = field(default_factory=dict)
    told: str = ""
    sure: bool = True

    @property
    def port(self) -> str:
        """Its line, address or device; empty where it has none."""
        return str(self.options.get("port", self.options.get("device", "")))


Opened = Callable[[], Transport]
Open = Callable[[str, int], Opened]


def _open(port: str, baud: int) -> Opened:
    return connect(port, baud=baud)


def on_lines(
    lines: Iterable[Line],
    progress: Callable[[str], None] = lambda port: None,
    opens: Open = _open,
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Ask every serial line.

    Args:
        lines: those to ask; one that another program uses is passed over.
        progress: told each line before it is asked.
        opens: makes what opens a line.

    Returns:
        What answered, and the lines on which nothing did: perhaps a stripe reader is there.
    """
    found: list[Found] = []
    silent: list[str] = []
    for port, told in lines:
        progress(port)
        try:
            device = on_line(port, told, opens)
        except (DeviceError, OSError):
            continue
        if device is None:
            silent.append(port)
        else:
            found.append(device)
    return tuple(found), tuple(silent)


def on_line(port: str, told: str = "", opens: Open = _open) -> Found | None:
    """What is at the end of a serial line; None where nothing answers.

    Raises:
        DeviceError, OSError: the line cannot be opened, or it is gone.
    """
    for baud in sorted({*PRINTER_BAUDS, *ACCEPTOR_BAUDS}):
        line = opens(port, baud)()
        try:
            if baud in PRINTER_BAUDS and (model := printer(line)) is not None:
                return Found("printer", "escpos", _printer(port, baud, model), model or told)
            if baud in ACCEPTOR_BAUDS and (bills := acceptor(line)) is not None:
                return Found("acceptor", "ccnet", bills.options(port, baud), bills.model or told)
        finally:
            line.close()
    return None


def on_network(host: str, port: int = NETWORK_PRINTER_PORT, opens: Open = _open) -> Found | None:
    """The printer at an address of the network; None where none answers.

    Raises:
        DeviceError, OSError: nobody listens there.
        ValueError: it is no address.
    """
    place = f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
    line = opens(place, 0)()
    try:
        model = printer(line)
    finally:
        line.close()
    if model is None:
        return None
    return Found("printer", "escpos", _printer(place, 0, model), model)


def _printer(port: str, baud: int, model: str) -> dict[str, str | int | bool]:
    options: dict[str, str | int | bool] = {"port": port}
    if baud and baud != 19200:
        options["baud"] = baud
    if "TM-T88" in model.upper():
        options["profile"] = "tm-t88"
    return options


def usb_printers(there: Sequence[usblp.Printer]) -> tuple[Found, ...]:
    """The receipt printers among those of usblp.

    One that says that it understands ESC/POS is sure; one that says nothing may be one; one that
    understands other languages only, such as PCL, prints letters.
    """
    found = []
    for one in there:
        commands, told = one.words.get("CMD", ""), one.told
        speaks = bool(_ESCPOS.search(commands))
        if commands and not speaks:
            continue
        options: dict[str, str | int | bool] = {"port": usblp.lasting(one, there)}
        if (profile := _profile(one.vendor, told)) != "epson":
            options["profile"] = profile
        if profile == "pos-5890" or _NARROW.search(told):
            options["paper_mm"] = 58
        found.append(Found("printer", "escpos", options, told, sure=speaks))
    return tuple(found)


_EPSON = "04b8"
_ESCPOS = re.compile(r"ESC ?/ ?POS", re.IGNORECASE)
_NARROW = re.compile(r"(?<!\d)58(?!\d)")


def _profile(vendor: str, told: str) -> str:
    """The family of a printer by its maker and model."""
    if "TM-T88" in told.upper():
        return "tm-t88"
    if "5890" in told:
        return "pos-5890"
    return "epson" if vendor == _EPSON or "EPSON" in told.upper() else "generic"


# --- one question each ------------------------------------------------------------------------


def printer(line: Transport) -> str | None:
    """Ask for a printer's status: the name of its model (or empty), None where none is there."""
    for question in (1, 4):
        line.write(bytes([0x10, 0x04, question]))
        told = [reply for reply in escpos.Replies().feed(_heard(line, 1)) if _no_flow(reply)]
        if len(told) != 1 or not isinstance(told[0], escpos.Realtime):
            return None
    line.write(_MODEL_QUESTION)
    # A printer without paper prints nothing and says nothing of its model either.
    replies = escpos.Replies().feed(_heard(line, NOISE_MAX_BYTES))
    names = [r.text for r in replies if isinstance(r, escpos.Block) and r.header == _MODEL_HEADER]
    return " ".join(names[0].decode("ascii", "replace").split()) if names else ""


def _no_flow(reply: escpos.Reply) -> bool:
    return not isinstance(reply, escpos.Flow)


@dataclass(frozen=True)
class Bills:
    """A note acceptor: its model, and the countries that its table of notes has."""

    model: str
    countries: tuple[str, ...]

    def options(self, port: str, baud: int) -> dict[str, str | int | bool]:
        """Those that differ from the defaults of its driver."""
        made: dict[str, str | int | bool] = {"port": port}
        if baud != 9600:
            made["baud"] = baud
        if self.countries and self.countries != ("RUS",):
            made["countries"] = ",".join(self.countries)
        return made


def acceptor(line: Transport) -> Bills | None:
    """Ask a note acceptor for its state, name and table of notes; None where none is there."""
    for _ in range(ASKED_TIMES):
        # The first frame after a line is opened is often heard by half.
        # Its own question is what an adapter with an echo gives back.
        if _asked(line, ccnet.POLL) not in (None, ccnet.NAK, bytes([ccnet.POLL])):
            break
    else:
        return None
    model = (_asked(line, ccnet.IDENTIFICATION) or b"")[:15].decode("ascii", "replace")
    try:
        table = ccnet.bill_table(_asked(line, ccnet.BILL_TABLE) or b"")
    except ccnet.BadFrame:
        table = {}
    countries = sorted({bill.country for bill in table.values()})
    return Bills(" ".join(model.split()), tuple(countries))


def _asked(line: Transport, command: int) -> bytes | None:
    line.write(ccnet.frame(ADDRESS, bytes([command])))
    heard = b""
    while True:
        more = line.read(NOISE_MAX_BYTES, ANSWER_S)
        heard += more
        try:
            found = ccnet.take(heard)
        except ccnet.BadFrame:
            return None
        if found is not None:
            return found.body if found.address == ADDRESS else None
        if not more or len(heard) > ccnet.FRAME_MAX_BYTES:
            return None


def _heard(line: Transport, enough: int) -> bytes:
    """What a line says until it is silent, or so many bytes."""
    heard = b""
    while len(heard) < enough and (more := line.read(NOISE_MAX_BYTES, ANSWER_S)):
        heard += more
    return heard


# --- without a line ---------------------------------------------------------------------------


def readers(names: Sequence[str], socket: str = "") -> tuple[Found, ...]:
    """The readers of the PC/SC daemon for cards without contacts, the likeliest first.

    Args:
        names: as the daemon names them (`pcsc.readers`).
        socket: of the daemon, where it is not the system's.
    """
    fitting = [name for name in names if not _NO_CARDS.search(name)]
    given: dict[str, str | int | bool] = {"socket": socket} if socket else {}
    if len(names) == 1 and fitting:
        # The first one there is: one of another make may take its place some day.
        return (Found("reader", "pcsc", given, fitting[0]),)
    # Of two of one make the driver takes the first: what tells them apart is another each time.
    parts = {_LAST_DIGITS.sub("", name): name for name in reversed(fitting)}
    return tuple(
        Found("reader", "pcsc", {**given, "reader": part}, name)
        for part, name in reversed(parts.items())
    )


_STRIPES, _SCANNERS = ("0801", "0acd"), ("05e0", "0c2e", "0536", "05f9", "1eab")
"""Mag-Tek, ID TECH; Symbol, Metrologic, Hand Held Products, PSC, Newland: usb.ids."""
_NAMES: tuple[tuple[Reads, re.Pattern[str]], ...] = (
    ("stripe", re.compile(r"swipe|magnetic|mag-?stripe|\bmsr", re.IGNORECASE)),
    ("barcode", re.compile(r"bar ?code|scanner|imager|\bqr\b", re.IGNORECASE)),
    ("uid", re.compile(r"rfid|\bnfc\b|mifare|proximity|card reader", re.IGNORECASE)),
)
_KINDS: Mapping[Reads, Kind] = {"stripe": "stripe", "barcode": "scanner", "uid": "reader"}
_MAKERS_OF_REPORTS = {(0x0801, 0xFF00): "magtek", (0x0ACD, 0xFF00): "idtech"}
_SCANNER_PAGE = 0x8C


def wedges(there: Sequence[Keyboard]) -> tuple[Found, ...]:
    """The readers among the keyboards, by their maker or their name.

    What nobody can see from outside has to be looked at: the layout, the key at the end, and how a
    contactless one writes an identifier.
    """
    alike = Counter((keyboard.vendor, keyboard.product) for keyboard in there)
    found = []
    for keyboard in there:
        reads = _typed_by(keyboard)
        if reads is None:
            continue
        numbers = f"{keyboard.vendor}:{keyboard.product}"
        if alike[keyboard.vendor, keyboard.product] > 1:
            # Its interface tells the parts of one reader apart, and two readers only their path.
            numbers = keyboard.lasting or f"{numbers}/{keyboard.interface}"
        options: dict[str, str | int | bool] = {"device": numbers}
        if reads != "stripe":
            options["reads"] = reads
        found.append(Found(_KINDS[reads], "wedge", options, keyboard.name, sure=False))
    return tuple(found)


def _typed_by(keyboard: Keyboard) -> Reads | None:
    if keyboard.interface is None:
        return None
    if keyboard.vendor in _STRIPES:
        return "stripe"
    if keyboard.vendor in _SCANNERS:
        return "barcode"
    return next((reads for reads, name in _NAMES if name.search(keyboard.name)), None)


def hid_readers(there: Iterable[Mapping[str, Any]]) -> tuple[Found, ...]:
    """The readers among the HID devices that are no keyboards, as hidapi lists them."""
    layouts: dict[bytes, tuple[str, Mapping[str, Any]]] = {}
    for part in there:
        page, vendor = part["usage_page"], part["vendor_id"]
        layout = "scanner" if page == _SCANNER_PAGE else _MAKERS_OF_REPORTS.get((vendor, page))
        if layout is not None:
            layouts.setdefault(part["path"], (layout, part))
    alike = Counter((part["vendor_id"], part["product_id"]) for _, part in layouts.values())
    found = []
    for layout, part in layouts.values():
        device = f"{part['vendor_id']:04x}:{part['product_id']:04x}"
        if alike[part["vendor_id"], part["product_id"]] > 1 and part["serial_number"]:
            device += f":{part['serial_number']}"
        options: dict[str, str | int | bool] = {"device": device}
        if layout != "magtek":
            options["layout"] = layout
        kind: Kind = "scanner" if layout == "scanner" else "stripe"
        told = str(part.get("product_string") or "")
        found.append(Found(kind, "hidpos", options, told, sure=layout == "scanner"))
    return tuple(found)


def lights(model: Path = _PI) -> Found | None:
    """Lights on the pins of a Raspberry Pi: nobody can see from inside whether there are any."""
    try:
        told = model.read_text("utf-8", "replace").strip("\0 \n")
    except OSError:
        return None
    return Found("lights", "gpio", {}, told, sure=False) if "Raspberry Pi" in told else None
