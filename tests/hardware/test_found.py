"""What is plugged in is found by what it answers, and what answers nothing is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.hardware import driver, found, peers, usblp
from kiosk.hardware.ccnet_frames import crc
from kiosk.hardware.device import Options
from kiosk.hardware.found import Found
from kiosk.hardware.keyboards import Keyboard
from kiosk.hardware.peers import RunningPeer
from kiosk.hardware.transport import Transport


def no_line() -> Transport:
    raise AssertionError("a reader on USB has no line")


class Spoken:
    """A line whose far end answers what a table says; remembers what it heard."""

    def __init__(self, answers: dict[bytes, bytes], otherwise: bytes = b"") -> None:
        self._answers, self._otherwise = answers, otherwise
        self.heard: list[bytes] = []
        self._waiting = b""

    def read(self, limit: int, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

    def write(self, data: bytes, timeout_s: float = 1.0) -> None:
        self.heard.append(data)
        self._waiting += self._answers.get(data, self._otherwise)

    def close(self) -> None:
        self._waiting = b""


def framed(body: bytes) -> bytes:
    whole = b"\x02\x03" + bytes([len(body) + 5]) + body
    return whole + crc(whole).to_bytes(2, "little")


def bills(*records: bytes) -> bytes:
    return b"".join(records).ljust(120, b"\0")


POLL, NAME, TABLE = framed(b"\x33"), framed(b"\x37"), framed(b"\x41")
PRINTER = {b"\x10\x04\x01": b"\x12", b"\x10\x04\x04": b"\x12", b"\x1dI\x43": b"\x5fTM-T20II\0"}
ACCEPTOR = {
    POLL: framed(b"\x14"),
    NAME: framed(b"SM-RU1353      21KC22401234ABCDEFG"),
    TABLE: framed(bills(b"\x05RUS\x01", b"\x01RUS\x02")),
}


def opening(line: Transport, *bauds: int) -> found.Open:
    """A line that answers at these speeds only."""
    silent = Spoken({})

    def opens(port: str, baud: int) -> found.Opened:
        return lambda: line if not bauds or baud in bauds else silent

    return opens


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], RunningPeer]]:
    """Real peers on real pseudo-terminals, which answer sooner than devices."""
    monkeypatch.setattr(found, "ANSWER_S", 0.1)
    started: list[RunningPeer] = []

    def start(driver: str) -> RunningPeer:
        started.append(peers.start(driver, {}))
        return started[-1]

    yield start
    for peer in started:
        peer.stop()


def test_real_lines_tell_printer_acceptor_and_silence_apart(
    running: Callable[[str], RunningPeer],
) -> None:
    printer, acceptor, stripe = running("escpos"), running("ccnet"), running("magstripe")
    lines = [(peer.port, "a line") for peer in (printer, acceptor, stripe)]
    asked: list[str] = []
    devices, silent = found.on_lines([*lines, ("/dev/no-such-line", "")], asked.append)
    assert [(d.kind, d.port) for d in devices] == [
        ("printer", printer.port),
        ("acceptor", acceptor.port),
    ]
    assert silent == (stripe.port,)
    assert asked == [line for line, _ in lines] + ["/dev/no-such-line"]
    assert all(device.sure and device.told for device in devices)


def test_a_probed_printer_prints_nothing_of_it(
    running: Callable[[str], RunningPeer], tmp_path: Path
) -> None:
    printer = running("escpos")
    assert found.on_line(printer.port) is not None
    printer.verbs["receipts"]([str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("baud", [9600, 19200, 38400, 115200])
def test_a_printer_is_found_at_the_speed_that_it_has(baud: int) -> None:
    device = found.on_line("/dev/ttyUSB0", "", opening(Spoken(PRINTER), baud))
    assert device is not None and (device.driver, device.told) == ("escpos", "TM-T20II")
    wanted = {"port": "/dev/ttyUSB0"} | ({"baud": baud} if baud != 19200 else {})
    assert dict(device.options) == wanted


@pytest.mark.parametrize("baud", [9600, 19200])
def test_an_acceptor_is_found_at_the_speed_that_it_has(baud: int) -> None:
    device = found.on_line("/dev/ttyUSB0", "", opening(Spoken(ACCEPTOR), baud))
    assert device is not None and (device.driver, device.told) == ("ccnet", "SM-RU1353")
    wanted = {"port": "/dev/ttyUSB0"} | ({"baud": baud} if baud != 9600 else {})
    assert dict(device.options) == wanted


def test_an_acceptor_names_the_countries_of_its_notes() -> None:
    table = framed(bills(b"\x05EUR\x00", b"\x01EUR\x01", b"\x01CHE\x01"))
    device = found.on_line("/dev/ttyUSB0", "", opening(Spoken(ACCEPTOR | {TABLE: table})))
    assert device is not None and device.options["countries"] == "CHE,EUR"


def test_a_printer_without_paper_says_no_name_and_is_found_all_the_same() -> None:
    silent_about_it = {k: v for k, v in PRINTER.items() if not k.startswith(b"\x1d")}
    device = found.on_line("/dev/ttyUSB0", "USB-Serial", opening(Spoken(silent_about_it)))
    assert device is not None and device.told == "USB-Serial"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("nothing", Spoken({})),
        ("an echo", Spoken({}, otherwise=b"\x10\x04\x01")),
        ("an echo of the question to an acceptor", Spoken({POLL: POLL, NAME: NAME, TABLE: TABLE})),
        ("noise", Spoken({}, otherwise=b"\x12\x12\x12\x02\x03\x06\xff\x00\x00")),
        ("a broken frame", Spoken({POLL: framed(b"\x14")[:-1] + b"\0"})),
        ("another address", Spoken({POLL: b"\x02\x01\x06\x14" + b"\0\0"})),
        ("a refusal", Spoken({POLL: framed(b"\xff")})),
        ("half an answer", Spoken({b"\x10\x04\x01": b"\x12"})),
    ],
)
def test_what_answers_otherwise_is_nothing_of_ours(what: str, line: Spoken) -> None:
    assert found.on_line("/dev/ttyUSB0", "", opening(line)) is None, what


def test_only_questions_are_asked() -> None:
    line = Spoken({})
    found.on_line("/dev/ttyUSB0", "", opening(line))
    assert set(line.heard) == {b"\x10\x04\x01", POLL}


def test_a_printer_of_the_network_is_asked_in_the_same_way() -> None:
    opened: list[str] = []

    def opens(port: str, baud: int) -> found.Opened:
        opened.append(port)
        return lambda: Spoken(PRINTER)

    device = found.on_network("192.168.1.50", opens=opens)
    assert device is not None and opened == ["tcp://192.168.1.50:9100"]
    assert dict(device.options) == {"port": "tcp://192.168.1.50:9100"}
    assert found.on_network("192.168.1.50", opens=opening(Spoken({}))) is None
    with pytest.raises(DeviceError):
        found.on_network("127.0.0.1", 1)


def test_readers_for_cards_with_contacts_are_none_of_ours() -> None:
    names = ["ACS ACR1252 1S CL Reader PICC 0", "ACS ACR1252 1S CL Reader SAM 0"]
    (reader,) = found.readers(names)
    assert reader.options == {"reader": "ACS ACR1252 1S CL Reader PICC"}
    (only,) = found.readers(["ACS ACR122U PICC Interface 00 00"])
    assert only.options == {} and only.told.endswith("00 00")
    assert found.readers([]) == ()
    two = found.readers(["Virtual PCD 00 00", "Virtual PCD 00 01"], "/run/x")
    assert [(r.options, r.told) for r in two] == [
        ({"socket": "/run/x", "reader": "Virtual PCD"}, "Virtual PCD 00 00")
    ]


def test_lights_are_offered_on_a_raspberry_pi_and_never_taken_for_sure(tmp_path: Path) -> None:
    model = tmp_path / "model"
    assert found.lights(model) is None
    model.write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    assert found.lights(model) == Found(
        "lights", "gpio", {}, "Raspberry Pi 4 Model B Rev 1.4", sure=False
    )
    model.write_bytes(b"Some other board\0")
    assert found.lights(model) is None


def keyboard(
    name: str, numbers: str, interface: int | None = 0, number: int = 3, lasting: str = ""
) -> Keyboard:
    vendor, product = numbers.split(":")
    return Keyboard(f"/dev/input/event{number}", name, vendor, product, interface, lasting)


def test_readers_that_type_are_told_from_keyboards_by_maker_and_name() -> None:
    there = (
        keyboard("Logitech USB Keyboard", "046d:c31c"),
        keyboard("gpio-keys", "0001:0001", None),
        keyboard("Barcode Scanner by radio", "0c2e:0901", None),
        keyboard("Mag-Tek USB Swipe Reader", "0801:0001"),
        keyboard("Honeywell Scanning", "0c2e:0200"),
        keyboard("Sycreader RFID Technology Co., Ltd SYC ID&IC USB Reader", "ffff:0035"),
        keyboard("WCM HIDKeyBoard Barcode Scanner", "1a2c:4c5e"),
    )
    assert [(f.kind, f.driver, f.options, f.sure) for f in found.wedges(there)] == [
        ("stripe", "wedge", {"device": "0801:0001"}, False),
        ("scanner", "wedge", {"device": "0c2e:0200", "reads": "barcode"}, False),
        ("reader", "wedge", {"device": "ffff:0035", "reads": "uid"}, False),
        ("scanner", "wedge", {"device": "1a2c:4c5e", "reads": "barcode"}, False),
    ]
    assert found.wedges(there)[0].told == "Mag-Tek USB Swipe Reader"


def test_of_readers_that_are_alike_each_has_a_name_of_its_own() -> None:
    two = (
        keyboard("Swipe", "0801:0001", 0, 3, "/dev/input/by-id/usb-A-event-kbd"),
        keyboard("Swipe", "0801:0001", 1, 4),
    )
    assert [f.port for f in found.wedges(two)] == [
        "/dev/input/by-id/usb-A-event-kbd",
        "0801:0001/1",
    ]


def hid(numbers: tuple[int, int], page: int, path: bytes, serial: str = "") -> dict[str, object]:
    return {
        "vendor_id": numbers[0],
        "product_id": numbers[1],
        "usage_page": page,
        "usage": 1,
        "path": path,
        "serial_number": serial,
        "product_string": "A reader",
    }


def test_readers_with_reports_of_their_own() -> None:
    there = [
        hid((0x0801, 0x0002), 0xFF00, b"0", "B1"),
        hid((0x0ACD, 0x0500), 0xFF00, b"1"),
        hid((0x05E0, 0x1300), 0x8C, b"2"),
        hid((0x05E0, 0x1300), 0x8C, b"2"),  # the same, listed once more for another usage
        hid((0x046D, 0xC52B), 0xFF00, b"3"),
        hid((0x0801, 0x0001), 0x01, b"4"),
    ]
    assert [(f.kind, f.options, f.sure) for f in found.hid_readers(there)] == [
        ("stripe", {"device": "0801:0002"}, False),
        ("stripe", {"device": "0acd:0500", "layout": "idtech"}, False),
        ("scanner", {"device": "05e0:1300", "layout": "scanner"}, True),
    ]
    assert {f.driver for f in found.hid_readers(there)} == {"hidpos"}
    twins = [hid((0x0801, 0x0002), 0xFF00, n, s) for n, s in ((b"0", "B1"), (b"1", "B2"))]
    assert [f.port for f in found.hid_readers(twins)] == ["0801:0002:B1", "0801:0002:B2"]


def test_what_is_proposed_is_taken_by_the_drivers(defaults: Callable[[str], Options]) -> None:
    proposed = (
        *found.wedges((keyboard("Scanner", "0c2e:0200"), keyboard("RFID", "ffff:0035"))),
        *found.hid_readers([hid((0x0ACD, 0x0500), 0xFF00, b"1")]),
    )
    for device in proposed:
        options = {**defaults(device.driver), **device.options}
        assert set(options) == set(defaults(device.driver))
        driver(device.driver)("it", options, start=1, connect=no_line).close()


# --- printers on USB ------------------------------------------------------------------------------


def usb(number: int, numbers: str, identity: str = "", serial: str = "") -> usblp.Printer:
    vendor, _, product = numbers.partition(":")
    words = usblp.words(identity)
    return usblp.Printer(f"/dev/usb/lp{number}", vendor, product, serial, f"1-{number + 1}", words)


@pytest.mark.parametrize(
    ("printer", "options", "told", "sure"),
    [
        (
            usb(0, "04b8:0e28", "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;"),
            {"port": "usb:04b8:0e28"},
            "EPSON TM-T20III",
            True,
        ),
        (
            usb(0, "04b8:0202", "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;"),
            {"port": "usb:04b8:0202", "profile": "tm-t88"},
            "EPSON TM-T88V",
            True,
        ),
        (
            usb(0, "0483:5743", "MANUFACTURER:POS;MODEL:POS58 ;COMMAND SET:ESC/POS;"),
            {"port": "usb:0483:5743", "profile": "generic", "paper_mm": 58},
            "POS58",
            True,
        ),
        (
            usb(0, "0416:5011", "MFG:Zjiang;MDL:POS-5890K;"),
            {"port": "usb:0416:5011", "profile": "pos-5890", "paper_mm": 58},
            "Zjiang POS-5890K",
            False,
        ),
        (usb(0, "0fe6:811e"), {"port": "usb:0fe6:811e", "profile": "generic"}, "", False),
    ],
)
def test_a_receipt_printer_on_usb(
    printer: usblp.Printer, options: Options, told: str, sure: bool
) -> None:
    assert found.usb_printers([printer]) == (Found("printer", "escpos", options, told, sure),)


@pytest.mark.parametrize("commands", ["PJL,MLC,PCL,POSTSCRIPT", "ESCPL2,BDC,D4", "EPSON9,ESCP"])
def test_a_printer_of_letters_on_usb_is_none_of_ours(commands: str) -> None:
    assert found.usb_printers([usb(0, "04b8:0005", f"MFG:EPSON;CMD:{commands};")]) == ()


def test_two_printers_alike_are_told_apart() -> None:
    there = [usb(0, "04b8:0e28", serial="ONE"), usb(1, "04b8:0e28", serial="TWO")]
    ports = [one.port for one in found.usb_printers(there)]
    assert ports == ["usb:04b8:0e28:ONE", "usb:04b8:0e28:TWO"]


def test_what_is_proposed_for_a_printer_on_usb_is_taken_by_its_driver(
    defaults: Callable[[str], Options],
) -> None:
    for identity in ("MFG:EPSON;CMD:ESC/POS;MDL:TM-T20;", "MDL:POS-5890;", "MDL:POS58;", ""):
        [one] = found.usb_printers([usb(0, "1234:5678", identity)])
        made = driver("escpos")
        made(DeviceId("printer"), {**defaults("escpos"), **one.options}, start=1, connect=no_line)
