"""USB readers that are no keyboards: printed layouts and reports, accidents, and any bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.messages import CardPresented, CardRefused, Event
from kiosk.hardware.device import Options
from kiosk.hardware.hid_reports import BadReport, code_part, swipe_text
from kiosk.hardware.hidpos import HidReader, path_of
from kiosk.hardware.transport import Transport

Defaults = Callable[[str], Options]
TRACK_1, TRACK_2, TRACK_3 = "%LOYALTY 42?", ";7700001?", ";01234?"
UNREADABLE = CardRefused("hid", "magnetic", "unreadable")
NO_CODE = CardRefused("hid", "barcode", "unreadable")


def magtek(*tracks: str, errors: int = 0, more: bytes = b"", noise: bytes = b"\0") -> bytes:
    """A report as MagTek's table of offsets has it (99875191, "Card data")."""
    padded = [*tracks, "", "", ""][:3]
    made = bytes(errors >> index & 1 for index in range(3))
    made += bytes(len(track) for track in padded) + b"\0"
    return made + b"".join(t.encode().ljust(110, noise) for t in padded) + more


def idtech(output: str, *, order: str = "little", errors: int = 0) -> bytes:
    """A report as ID TECH's table has it (80066510, page 7)."""
    made = bytes(errors >> index & 1 for index in range(3)) + bytes(4)
    made += len(output).to_bytes(2, order)  # type: ignore[arg-type]
    return made + output.encode().ljust(500, b"\0")


# Access-IS, LSR118 Product Manual, B.1.1: 60 bytes of a boarding pass in two reports; what is not
# printed there is 0, as it says; it prints runs of blanks as one, here they stand at the end.
PASS = b"M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23".ljust(56)
FIRST = bytes([0x02, 0x38, 0x5D, 0x51, 0x30]) + PASS + b"\x73\x00\x01"
SECOND = bytes([0x02, 0x04, 0x5D, 0x51, 0x30]) + b" 100".ljust(56, b"\0") + b"\x73\x00\x00"


def scanned(code: bytes, *, more: bool = False) -> bytes:
    made = bytes([2, len(code)]) + b"]Q1" + code.ljust(56, b"\0")
    return made + bytes([0, 0, more])


class Reports:
    """A reader in memory: it gives one report a time."""

    def __init__(self, *reports: bytes) -> None:
        self.reports = list(reports)
        self.plugged = True
        self.opened: list[bytes] = []
        self.closed = 0

    def open(self, path: bytes) -> Reports:
        self.opened.append(path)
        return self

    def read(self, timeout_s: float) -> bytes:
        if not self.plugged:
            raise OSError("read error")
        return self.reports.pop(0) if self.reports else b""

    def close(self) -> None:
        self.closed += 1


def there(*parts: tuple[int, str, bytes]) -> Callable[[int, int], list[dict[str, Any]]]:
    """Parts of devices: usage page, serial number and path."""
    return lambda vendor, product: [
        {"usage_page": page, "serial_number": serial, "path": path} for page, serial, path in parts
    ]


ANY = there((0xFF00, "A", b"/dev/hidraw0"), (0x8C, "A", b"/dev/hidraw1"))


def no_line() -> Transport:
    raise AssertionError("a HID device has no line")


def made(defaults: Defaults, reports: Reports, layout: str = "magtek", **more: str) -> HidReader:
    options = {**defaults("hidpos"), "device": "0801:0002", "layout": layout, **more}
    return HidReader("hid", options, start=1, connect=no_line, there=ANY, opens=reports.open)


def told(defaults: Defaults, layout: str, *reports: bytes, polls: int = 40) -> list[Event]:
    reader = made(defaults, Reports(*reports), layout)
    reader.open()
    return [event for _ in range(polls) for event in reader.poll(0.2)]


# --- stripes -----------------------------------------------------------------------------------


def card(raw: str) -> CardPresented:
    return CardPresented("hid", "magnetic", raw)


def test_the_report_is_as_long_as_the_table_says() -> None:
    assert (len(magtek()), len(magtek(more=b"\1")), len(idtech(""))) == (337, 338, 509)
    assert (len(FIRST), len(SECOND), len(scanned(b""))) == (64, 64, 64)


@pytest.mark.parametrize(
    ("report", "event"),
    [
        (magtek(TRACK_1, TRACK_2), card(TRACK_1 + TRACK_2)),
        (magtek("", TRACK_2), card(TRACK_2)),
        (magtek(TRACK_1, TRACK_2, more=b"\1"), card(TRACK_1 + TRACK_2)),
        (magtek(TRACK_1, TRACK_2, TRACK_3, noise=b"7"), card(TRACK_1 + TRACK_2 + "+01234?")),
        (magtek("", "", TRACK_3), card("+01234?")),
        (magtek("", TRACK_2, errors=0b101), card(TRACK_2)),
        (magtek(errors=0b111), UNREADABLE),
        (magtek(errors=0b010), UNREADABLE),
        (magtek(), UNREADABLE),
        (magtek(TRACK_1, TRACK_2, errors=0b010), card(TRACK_1)),
        (magtek("", TRACK_2, errors=0b010), UNREADABLE),
        (magtek("LOYALTY"), UNREADABLE),
        (magtek("", ";4111111111111111=2905?"), CardRefused("hid", "magnetic", "bank_card")),
        (magtek(TRACK_1)[:336], UNREADABLE),
        (magtek(TRACK_1) + bytes(6), UNREADABLE),  # a reader that encrypts
        (bytes([0, 0, 0, 111, 0, 0, 0]) + bytes(330), UNREADABLE),
    ],
)
def test_a_report_of_magtek(defaults: Defaults, report: bytes, event: Event) -> None:
    assert told(defaults, "magtek", report) == [event]


@pytest.mark.parametrize(
    ("report", "event"),
    [
        (idtech(TRACK_1 + TRACK_2 + "\r"), card(TRACK_1 + TRACK_2)),
        (idtech(TRACK_2, order="big"), card(TRACK_2)),
        (idtech(TRACK_1 + TRACK_2 + " " * 300), card(TRACK_1 + TRACK_2)),
        (idtech("", errors=0b111), UNREADABLE),
        (idtech(";4111111111111111=2905?"), CardRefused("hid", "magnetic", "bank_card")),
        (idtech(TRACK_2)[:-1], UNREADABLE),
        (bytes(7) + b"\xff\xff" + bytes(500), UNREADABLE),
    ],
)
def test_a_report_of_id_tech(defaults: Defaults, report: bytes, event: Event) -> None:
    assert told(defaults, "idtech", report) == [event]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_track_that_is_longer_than_its_field_is_none(index: int) -> None:
    lengths = bytes(110 + (at == index) for at in range(3))
    with pytest.raises(BadReport, match=f"track {index + 1} has 111 of 110 bytes"):
        swipe_text("magtek", bytes(3) + lengths + bytes(331))


def test_two_swipes_are_two(defaults: Defaults) -> None:
    swipes = [magtek("", TRACK_2), magtek("", TRACK_2)]
    assert told(defaults, "magtek", *swipes) == [card(TRACK_2)] * 2


# --- codes -------------------------------------------------------------------------------------


def code(text: str) -> CardPresented:
    return CardPresented("hid", "barcode", text)


def test_the_makers_example_of_a_code_in_two_reports(defaults: Defaults) -> None:
    assert told(defaults, "scanner", FIRST, SECOND) == [code((PASS + b" 100").decode())]


@pytest.mark.parametrize(
    ("reports", "events"),
    [
        ([scanned(b"TICKET")], [code("TICKET")]),
        ([scanned(b"1"), scanned(b"2")], [code("1"), code("2")]),
        ([scanned(b"1", more=True), b"\x03" + bytes(63), scanned(b"2")], [code("12")]),
        ([scanned(b"")], [NO_CODE]),
        ([scanned(b"7" * 56, more=True)] * 20 + [scanned(b"7")], [NO_CODE]),
        ([scanned(b"7")[:-1]], [NO_CODE]),
        ([bytes([2, 57]) + bytes(62)], [NO_CODE]),
        ([b"\x01" + bytes(63)], []),
        ([scanned("БИЛЕТ".encode())], [NO_CODE]),
    ],
)
def test_reports_of_a_scanner(
    defaults: Defaults, reports: list[bytes], events: list[Event]
) -> None:
    assert told(defaults, "scanner", *reports) == events


def test_half_a_code_is_refused_after_a_second_and_spoils_no_other(defaults: Defaults) -> None:
    reports = Reports(scanned(b"1", more=True))
    reader = made(defaults, reports, "scanner")
    reader.open()
    assert [list(reader.poll(0.2)) for _ in range(5)] == [[]] * 5
    assert [event for _ in range(9) for event in reader.poll(0.2)] == [NO_CODE]
    reports.reports.append(scanned(b"2"))
    assert list(reader.poll(0.2)) == [code("2")]
    reports.reports.append(scanned(b"3", more=True))
    reader.poll(0.2)
    reader.close()
    reader.open()
    reports.reports.append(scanned(b"4"))
    assert list(reader.poll(0.2)) == [code("4")]


# --- the driver --------------------------------------------------------------------------------


def test_the_reader_is_found_by_its_numbers(defaults: Defaults) -> None:
    reports = Reports()
    for layout in ("magtek", "scanner"):
        made(defaults, reports, layout).open()
    assert reports.opened == [b"/dev/hidraw0", b"/dev/hidraw1"]


@pytest.mark.parametrize(
    ("device", "parts", "told"),
    [
        ("/dev/hidraw0", [], "is not VVVV:PPPP"),
        ("0801:0002", [], "no reader 0801:0002 is plugged in"),
        ("0801:0002:C", [(0xFF00, "A", b"x")], "no reader 0801:0002:C is plugged in"),
        ("0801:0002", [(0x01, "A", b"x")], "is it set to be a keyboard"),
        ("0801:0002", [(0xFF00, "A", b"x"), (0xFF00, "B", b"y")], "2 readers"),
    ],
)
def test_what_is_not_found_says_why(
    device: str, parts: list[tuple[int, str, bytes]], told: str
) -> None:
    with pytest.raises(DeviceError, match=told):
        path_of(device, "magtek", there(*parts))


def test_of_two_readers_the_serial_number_chooses() -> None:
    two = there((0xFF00, "A", b"x"), (0xFF00, "B:1", b"y"), (0xFF00, "B:1", b"y"))
    assert path_of("0801:0002:B:1", "magtek", two) == b"y"


def test_a_pulled_cable_is_an_error_and_the_same_driver_opens_again(defaults: Defaults) -> None:
    reports = Reports()
    reader = made(defaults, reports)
    reader.open()
    reports.plugged = False
    with pytest.raises(DeviceError, match="unplugged"):
        reader.poll(0.2)
    reader.close()
    reader.close()
    assert reports.closed == 1
    reports.plugged = True
    reader.open()
    reports.reports.append(magtek("", TRACK_2))
    assert list(reader.poll(0.2)) == [card(TRACK_2)]


def test_nothing_is_read_before_it_is_open_and_an_unknown_layout_is_named(
    defaults: Defaults,
) -> None:
    with pytest.raises(DeviceError):
        made(defaults, Reports()).poll(0.1)
    with pytest.raises(ConfigError, match="magtek, idtech, scanner"):
        made(defaults, Reports(), "zebra")


def test_a_bank_card_stands_in_no_log_and_no_repr(
    defaults: Defaults, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    track = ";4111111111111111=2905?"
    reader = made(defaults, Reports(magtek("", track), magtek("", track) + bytes(9)))
    reader.open()
    events = [*reader.poll(0.2), *reader.poll(0.2)]
    assert len(events) == 2
    assert "4111" not in caplog.text + repr(events) + repr(vars(reader))
    assert "does the reader encrypt" in caplog.text


# --- any bytes ---------------------------------------------------------------------------------

BYTES = (
    st.binary(max_size=600)
    | st.binary(min_size=337, max_size=338)
    | st.binary(min_size=509, max_size=509)
)


@given(st.sampled_from(["magtek", "idtech"]), BYTES)
def test_any_report_of_a_stripe_reader_is_survived(layout: Any, report: bytes) -> None:
    try:
        text = swipe_text(layout, report)
    except BadReport as error:
        assert len(str(error)) < 80
    else:
        assert len(text) <= 509


@given(st.binary(max_size=70) | st.binary(min_size=63, max_size=63).map(lambda b: b"\x02" + b))
def test_any_report_of_a_scanner_is_survived(report: bytes) -> None:
    try:
        part = code_part(report)
    except BadReport:
        return
    assert part is None or (len(part.data) == report[1] <= 56)


@given(st.lists(BYTES | st.binary(min_size=64, max_size=64), max_size=8), st.data())
def test_any_reports_in_any_order_are_survived(reports: list[bytes], data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(["magtek", "idtech", "scanner"]))
    options = {"device": "0801:0002", "layout": layout, "prefix": "", "suffix": ""}
    source = Reports(*reports)
    reader = HidReader("hid", options, start=1, connect=no_line, there=ANY, opens=source.open)
    reader.open()
    events = [event for _ in range(20) for event in reader.poll(0.2)]
    assert len(events) <= len(reports)
    assert all(isinstance(event, (CardPresented, CardRefused)) for event in events)
