"""What the receipt printer's driver knows of its slips, where only our own peer can fail so."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.core.documents import Document, Gap, QrCode, Words
from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.messages import (
    Event,
    PrinterChanged,
    PrintSlip,
    RollTold,
    SlipFailed,
    SlipPrinted,
)
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.escpos import ReceiptPrinter
from kiosk.hardware.escpos_bytes import JobWriter
from kiosk.hardware.peers import printer as peers
from kiosk.hardware.printer_profiles import PROFILES
from kiosk.hardware.transport import WRITE_S, MemoryLine, Transport
from kiosk.hardware.usblp import Held

PRINTER = DeviceId("printer")
JOB, NEXT = JobId("top_up_receipt:1"), JobId("top_up_receipt:2")
XON, XOFF = b"\x11", b"\x13"
QUESTIONS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
SLIP = Document("top_up_receipt", 1, "en", (Words("Orbit Club"), Gap(3), QrCode("FOYER:1")))
OTHER = Document("top_up_receipt", 2, "en", (Words("The second one"),))


class Reluctant(peers.ReceiptPrinter):
    """Answers ordered questions only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.held: int | None = None

    def _answer_status(self, number: int) -> None:
        if self.held is None:
            super()._answer_status(number)
        else:
            self.held += 1

    def release(self, answers: int | None = None) -> None:
        self._out += b"\0" * (answers if answers is not None else self.held or 0)
        self.held = None


@dataclass
class Wire:
    """A line in memory that notes what is written when, and that can say more or be cut."""

    peer: Reluctant = field(default_factory=Reluctant)
    now_s: float = 1000.0
    written: list[tuple[float, int]] = field(default_factory=list)
    said: bytes = b""
    cut_after_bytes: int | None = None
    breaks_after_bytes: int | None = None
    with_power: bool = False
    holds_after_bytes: int | None = None
    held: int = 0

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def connect(self) -> Transport:
        return Tapped(self, MemoryLine(self.peer, lambda: self.now_s, self.wait))


@dataclass
class Tapped:
    wire: Wire
    line: MemoryLine

    def read(self, limit: int, timeout_s: float) -> bytes:
        said, self.wire.said = self.wire.said, b""
        return said or self.line.read(limit, timeout_s)

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        self.wire.written.append((self.wire.now_s, len(data)))
        if self.wire.cut_after_bytes is not None:
            self.wire.cut_after_bytes -= len(data)
            if self.wire.cut_after_bytes < 0:
                raise OSError(errno.EIO, "the line is gone")
        room = self.wire.holds_after_bytes
        if room is not None and room < len(data):
            self.line.write(data[:room], timeout_s)
            self.wire.holds_after_bytes, self.wire.held = 0, self.wire.held + 1
            self.wire.wait(timeout_s)
            raise Held(room)
        if room is not None:
            self.wire.holds_after_bytes = room - len(data)
        left = self.wire.breaks_after_bytes
        if left is None or data.endswith(QUESTIONS):
            self.line.write(data, timeout_s)
            return
        # Of this write only a part arrives, and then the printer is gone.
        self.line.write(data[:left], timeout_s)
        self.wire.breaks_after_bytes = max(0, left - len(data))
        if left < len(data):
            if self.wire.with_power:
                self.wire.peer.power_cut()
            self.line.unplug()
            raise OSError(errno.ENODEV, "the printer is gone")

    def close(self) -> None:
        self.line.close()


@dataclass
class Bench:
    wire: Wire
    driver: ReceiptPrinter

    def polls(self, enough: Callable[[list[Event]], bool]) -> list[Event]:
        told: list[Event] = []
        for _ in range(10_000):
            before_s = self.wire.now_s
            told += self.driver.poll(POLL_MAX_S)
            assert self.wire.now_s - before_s <= POLL_MAX_S + 1e-6
            if enough(told):
                return told
        raise AssertionError(f"never enough: {told}")

    def outcome(self) -> Event:
        found = self.polls(lambda told: any(is_outcome(event) for event in told))
        [outcome] = [event for event in found if is_outcome(event)]
        return outcome

    def settle(self) -> None:
        """Until the greeting is through."""
        until_s = self.wire.now_s + 15
        self.polls(lambda told: self.wire.now_s > until_s)
        self.driver.poll(POLL_MAX_S)  # the answers to the last questions

    def down(self) -> str:
        """Until the driver gives the printer up."""
        with pytest.raises(DeviceError) as why:
            self.polls(lambda told: False)
        return str(why.value)


def is_outcome(event: Event) -> bool:
    return isinstance(event, SlipPrinted | SlipFailed)


@pytest.fixture
def make(defaults: Callable[[str], Options]) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def build(**options: str | int | bool) -> Bench:
        wire = Wire()
        wanted = {**defaults("escpos"), "roll_m": -1, "port": "tcp://simulated:9100", **options}
        driver = ReceiptPrinter(
            PRINTER, wanted, start=1, connect=wire.connect, monotonic=lambda: wire.now_s
        )
        made.append(Bench(wire, driver))
        return made[-1]

    yield build
    for bench in made:
        bench.driver.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    bench = make()
    bench.driver.open()
    bench.settle()
    return bench


def test_P03_paper_that_ends_in_the_middle_of_a_slip(bench: Bench) -> None:
    bench.wire.peer.paper_out_after(2)
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "partial", "paper_out")
    bench.wire.peer.paper("ok")
    bench.polls(lambda told: PrinterChanged(PRINTER) in told)
    # The printer has printed the rest meanwhile; that answer is not the next slip's.
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    assert bench.outcome() == SlipPrinted(PRINTER, NEXT)
    assert "The second one" in bench.wire.peer.receipts[-1].text


def test_P04_a_cutter_that_sticks(bench: Bench) -> None:
    bench.wire.peer.jam_cutter()
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "partial", "error")


def test_a_slip_without_an_answer_is_unknown_and_never_repeated(bench: Bench) -> None:
    bench.wire.peer.held = 0
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "unknown", "lost")
    bench.settle()
    assert len(bench.wire.peer.receipts) == 1


def test_a_late_answer_belongs_to_the_slip_before(bench: Bench) -> None:
    bench.wire.peer.held = 0
    bench.driver.perform(PrintSlip(JOB, SLIP))
    bench.outcome()
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    bench.polls(lambda told: bench.wire.peer.held == 2)  # its own question, before the slip
    assert len(bench.wire.peer.receipts) == 1
    bench.wire.peer.release()
    assert bench.outcome() == SlipPrinted(PRINTER, NEXT)
    assert len(bench.wire.peer.receipts) == 2


def test_answers_that_a_printer_forgot_are_not_waited_for_in_vain(bench: Bench) -> None:
    bench.wire.peer.held = 0
    bench.driver.perform(PrintSlip(JOB, SLIP))
    bench.outcome()
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    bench.polls(lambda told: bench.wire.peer.held == 2)
    bench.wire.peer.release(answers=1)
    assert bench.outcome() == SlipPrinted(PRINTER, NEXT)


def test_a_printer_that_answers_no_ordered_question_any_more_is_down(bench: Bench) -> None:
    bench.wire.peer.held = 0
    bench.driver.perform(PrintSlip(JOB, SLIP))
    bench.outcome()
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    assert bench.outcome() == SlipFailed(PRINTER, NEXT, "not_printed", "lost")
    assert "no ordered command" in bench.down()


def test_a_printer_switched_off_in_the_middle_of_a_slip(make: Callable[..., Bench]) -> None:
    bench = make(port="/dev/ttyS0", baud=9600, profile="generic")
    bench.driver.open()
    bench.settle()
    before = len(bench.wire.written)
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert not bench.polls(lambda told: len(bench.wire.written) > before + 2)
    bench.wire.peer.power_cut()
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "unknown", "lost")
    assert "does not answer" in bench.down()
    assert bench.wire.peer.receipts == []


@pytest.mark.parametrize(("after_bytes", "outcome"), [(0, "not_printed"), (20, "unknown")])
def test_a_pulled_cable(bench: Bench, after_bytes: int, outcome: str) -> None:
    bench.wire.cut_after_bytes = after_bytes
    bench.driver.perform(PrintSlip(JOB, SLIP))
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    told = bench.polls(lambda told: len([e for e in told if is_outcome(e)]) == 2)
    assert told == [
        SlipFailed(PRINTER, JOB, outcome, "lost"),  # type: ignore[arg-type]
        SlipFailed(PRINTER, NEXT, "not_printed", "lost"),
    ]
    assert "the line is gone" in bench.down()


def test_a_cable_pulled_in_the_middle_of_a_slow_line(make: Callable[..., Bench]) -> None:
    bench = make(port="/dev/ttyS0", baud=1200, profile="generic")
    bench.driver.open()
    bench.settle()
    bench.polls(lambda told: bench.wire.written[-1][0] < bench.wire.now_s - 1)
    bench.wire.cut_after_bytes = 1000
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "partial", "lost")


def test_closing_tells_what_became_of_the_slips(bench: Bench) -> None:
    bench.driver.perform(PrintSlip(JOB, SLIP))
    bench.driver.close()
    assert bench.driver.poll(0) == [SlipFailed(PRINTER, JOB, "not_printed", "lost")]
    bench.driver.perform(PrintSlip(NEXT, SLIP))
    assert bench.driver.poll(0) == [SlipFailed(PRINTER, NEXT, "not_printed", "lost")]
    with pytest.raises(DeviceError, match="not open"):
        bench.driver.poll(0)


def test_more_slips_than_anybody_prints_are_refused(bench: Bench) -> None:
    for number in range(17):
        bench.driver.perform(PrintSlip(JobId(f"top_up_receipt:{number}"), OTHER))
    refused = SlipFailed(PRINTER, JobId("top_up_receipt:16"), "not_printed", "error")
    assert refused in bench.driver.poll(0)


def test_a_printer_that_asks_to_wait_is_waited_for(bench: Bench) -> None:
    bench.wire.said = XOFF
    bench.driver.perform(PrintSlip(JOB, SLIP))
    until_s = bench.wire.now_s + 5
    bench.polls(lambda told: bench.wire.now_s > until_s)
    assert bench.wire.peer.receipts == []
    bench.wire.said = XON
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)


def test_a_printer_that_asks_to_wait_for_ever_is_down(bench: Bench) -> None:
    bench.wire.said = XOFF
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "not_printed", "lost")
    assert "takes no more data" in bench.down()


def test_a_serial_line_is_fed_no_faster_than_it_carries(make: Callable[..., Bench]) -> None:
    bench = make(port="/dev/ttyS0", baud=9600, profile="generic")
    bench.driver.open()
    bench.settle()
    before = len(bench.wire.written)
    start_s = bench.wire.now_s
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)
    sent = 0
    for at_s, size in bench.wire.written[before:]:
        sent += size
        assert size <= 512
        # 960 bytes a second, one piece ahead, and the questions around it.
        assert sent <= 960 * (at_s - start_s) + 512 + 100
    assert sent > 3000  # a code as a picture: this was more than one piece


def test_the_status_reports_outlive_a_slip(make: Callable[..., Bench]) -> None:
    """ESC @ in a slip would switch them off."""
    bench = make(status_every_s=100_000)
    bench.driver.open()
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)
    bench.wire.peer.cover(is_open=True)
    bench.polls(lambda told: PrinterChanged(PRINTER, cover_open=True) in told)


def test_a_printer_that_forgot_to_report_is_asked(bench: Bench) -> None:
    bench.wire.peer.power_cut()
    bench.wire.peer.power_up()
    bench.wire.peer.paper("out")
    bench.polls(lambda told: PrinterChanged(PRINTER, paper="out") in told)


def test_P04_a_printer_is_asked_before_it_is_sent_anything(make: Callable[..., Bench]) -> None:
    bench = make(status_every_s=100_000)
    bench.driver.open()
    bench.settle()
    bench.wire.peer.power_cut()
    bench.wire.peer.power_up()  # it has forgotten to report by itself
    bench.wire.peer.cover(is_open=True)
    bench.driver.perform(PrintSlip(JOB, SLIP))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "not_printed", "cover_open")


def test_a_printer_left_in_the_middle_of_a_picture_prints_the_next_slip(
    make: Callable[..., Bench],
) -> None:
    bench = make(profile="generic")
    half_a_picture = b"\x1dv0\x00\x30\x00\x80\x00" + b"\xaa" * 100
    bench.wire.peer.feed(half_a_picture, bench.wire.now_s)
    bench.driver.open()
    bench.driver.perform(PrintSlip(JOB, OTHER))
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)
    assert bench.wire.peer.receipts[-1].text.strip() == "The second one"


def test_a_printer_that_says_nothing_is_not_opened(bench: Bench) -> None:
    bench.wire.peer.power_cut()
    with pytest.raises(DeviceError, match="does not answer"):
        bench.driver.open()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"profile": "epsom"}, "did you mean 'epson'"),
        ({"profile": "pos-5890"}, "paper_mm = 80"),
        ({"paper_mm": 57}, "80 or 58 mm"),
        ({"columns": 3}, "columns = 3"),
        ({"roll_m": -2}, "roll_m = -2"),
        ({"roll_m": 80_000}, "roll_m = 80000"),
        ({"code_page": "CP866"}, 'code_page = "CP866"'),
        ({"code_page": "cyrillic=17"}, 'code_page = "cyrillic=17"'),
        ({"code_page": "CP866=256"}, 'code_page = "CP866=256"'),
    ],
)
def test_a_wrong_setting_is_told(
    make: Callable[..., Bench], options: dict[str, str | int], told: str
) -> None:
    with pytest.raises(ConfigError, match=r"devices\.printer: .*") as mistake:
        make(**options)
    assert told in str(mistake.value)


def test_a_code_page_with_another_number(make: Callable[..., Bench]) -> None:
    bench = make(profile="generic", code_page="CP1251=46")
    bench.driver.open()
    bench.driver.perform(PrintSlip(JOB, Document("top_up_receipt", 1, "ru", (Words("Ђ Ж"),))))
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)
    assert bench.wire.peer.receipts[-1].text.strip() == "Ђ Ж"


def test_what_the_library_would_leave_behind(tmp_path: Path) -> None:
    """No folder in the temporary directory, no word on standard output, no handler of logs."""
    program = (
        "import logging\n"
        "from kiosk.core.documents import Document, QrCode\n"
        "from kiosk.hardware.escpos_bytes import JobWriter\n"
        "from kiosk.hardware.printer_profiles import PROFILES\n"
        "for profile in PROFILES.values():\n"
        "    slip = Document('check_slip', 1, 'en', (QrCode('1'),))\n"
        "    assert JobWriter(profile, 32).job(slip)\n"
        "assert not logging.root.handlers\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


# --- cut in the middle ----------------------------------------------------------------------------

MIXED = Document("top_up_receipt", 7, "ru", (Words("Клуб «Орбита»", "title"), QrCode("FOYER:1")))
AROUND_BYTES = 6
"""Around a slip: what switches the status reports on, and the barrier."""


@pytest.mark.parametrize(
    ("profile", "step", "with_power"),
    [("epson", 1, False), ("epson", 1, True), ("generic", 37, False), ("generic", 61, True)],
)
def test_P03_a_slip_cut_at_any_byte_is_known_and_its_repetition_is_whole(
    make: Callable[..., Bench], profile: str, step: int, with_power: bool
) -> None:
    """Unplugged, or with its power gone, after so many bytes; then it is back."""
    slip = JobWriter(PROFILES[profile], 48).job(MIXED)
    whole = len(slip) + AROUND_BYTES
    pieces = 0
    for after in range(0, whole, step):
        where = f"after {after} bytes of {whole}"
        bench = make(profile=profile)
        bench.driver.open()
        bench.settle()
        wire = bench.wire
        wire.breaks_after_bytes, wire.with_power = after, with_power
        bench.driver.perform(PrintSlip(JOB, MIXED))
        told = bench.outcome()
        assert told == SlipFailed(PRINTER, JOB, "unknown", "lost"), where
        assert "gone" in bench.down()
        bench.driver.close()

        wire.breaks_after_bytes = None
        wire.peer.power_up()
        bench.driver.open()
        bench.driver.perform(PrintSlip(NEXT, MIXED))
        assert bench.outcome() == SlipPrinted(PRINTER, NEXT), where
        *torn, repeated = wire.peer.receipts
        # It hangs on no piece of the one before, and nothing of that is in it.
        assert repeated.text.split() == ["Клуб", "«Орбита»"], where
        assert len(torn) <= 1, where
        pieces += len(torn)
        bench.driver.close()
    assert pieces, "some cuts leave a piece"


def test_a_printer_that_holds_the_line_for_want_of_paper_is_not_gone(
    make: Callable[..., Bench],
) -> None:
    """P-03: on USB what it does not take waits; nothing of that is printed into the next slip."""
    bench = make(port="usb:04b8:0e28", profile="generic")
    bench.driver.open()
    bench.settle()
    bench.wire.holds_after_bytes = 100
    bench.driver.perform(PrintSlip(JOB, MIXED))
    bench.polls(lambda told: bench.wire.held > 3)
    bench.wire.peer.paper("out")
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "partial", "paper_out")
    until_s = bench.wire.now_s + 60
    assert bench.polls(lambda told: bench.wire.now_s > until_s) == [], "it is still there"
    bench.wire.holds_after_bytes = None
    bench.wire.peer.paper("ok")
    bench.polls(lambda told: PrinterChanged(PRINTER) in told)
    bench.driver.perform(PrintSlip(NEXT, OTHER))
    assert bench.outcome() == SlipPrinted(PRINTER, NEXT)
    assert bench.wire.peer.receipts[-1].text.strip() == "The second one"


def test_a_printer_that_holds_the_line_for_no_reason_is_down(make: Callable[..., Bench]) -> None:
    bench = make(port="usb:04b8:0e28")
    bench.driver.open()
    bench.settle()
    bench.wire.holds_after_bytes = 100
    bench.driver.perform(PrintSlip(JOB, MIXED))
    assert bench.outcome() == SlipFailed(PRINTER, JOB, "partial", "lost")
    assert "takes no more data" in bench.down()


def test_a_printer_that_goes_on_in_time_has_printed(make: Callable[..., Bench]) -> None:
    bench = make(port="usb:04b8:0e28", profile="generic")
    bench.driver.open()
    bench.settle()
    bench.wire.holds_after_bytes = 100
    bench.driver.perform(PrintSlip(JOB, MIXED))
    bench.polls(lambda told: bench.wire.held > 3)
    bench.wire.holds_after_bytes = None
    assert bench.outcome() == SlipPrinted(PRINTER, JOB)
    assert len(bench.wire.peer.receipts) == 1


# --- how much paper -------------------------------------------------------------------------------

LONG = Document(
    "x_report",
    1,
    "en",
    (
        Words("Orbit Club", "title", "centre"),
        *(Words(f"Line {number}") for number in range(20)),
        Gap(2),
        QrCode("0123456789ABCDEF" * 18, "what it is"),
        Words("small", "small"),
    ),
)


@pytest.mark.parametrize("profile", ["epson", "generic"])
def test_P01_how_much_paper_a_slip_takes_is_known(make: Callable[..., Bench], profile: str) -> None:
    bench = make(profile=profile)
    bench.driver.open()
    bench.settle()
    bench.driver.perform(PrintSlip(JOB, LONG))
    told = bench.outcome()
    assert isinstance(told, SlipPrinted)
    [slip] = bench.wire.peer.receipts
    # The picture has a margin of 24 dots at both ends, and lacks what hangs above the knife.
    printed_mm = (slip.image.height - 48) / 8
    # A printer that packs letters makes a smaller code than was reckoned with.
    assert -1 <= told.paper_mm - 14 - printed_mm < printed_mm / 10, (told.paper_mm, printed_mm)


def test_what_broke_off_counts_whole_and_what_was_not_sent_not_at_all(bench: Bench) -> None:
    bench.wire.peer.paper_out_after(2)
    bench.driver.perform(PrintSlip(JOB, LONG))
    broken = bench.outcome()
    bench.driver.perform(PrintSlip(NEXT, LONG))
    unsent = bench.outcome()
    assert isinstance(broken, SlipFailed) and isinstance(unsent, SlipFailed)
    assert broken.paper_mm > 100 and unsent.paper_mm == 0


@pytest.mark.parametrize(
    ("options", "length_mm"),
    [
        ({"roll_m": 0}, 60_000),
        ({"roll_m": 0, "paper_mm": 58}, 30_000),
        ({"roll_m": 0, "profile": "pos-5890", "paper_mm": 58}, 18_000),
        ({"roll_m": 80}, 80_000),
        ({"roll_m": 40, "profile": "tm-t88"}, 40_000),
        ({"roll_m": 0, "profile": "tm-t88"}, 0),
        ({"roll_m": -1}, 0),
    ],
)
def test_P01_a_printer_without_a_sensor_tells_how_long_its_roll_is(
    make: Callable[..., Bench], options: dict[str, str | int], length_mm: int
) -> None:
    bench = make(**options)
    for _ in range(2):  # each time that it comes: whoever listens forgot it when it went
        bench.driver.open()
        told = bench.polls(lambda told: any(isinstance(e, PrinterChanged) for e in told))
        assert told == [RollTold(PRINTER, length_mm)] * bool(length_mm) + [PrinterChanged(PRINTER)]
        bench.driver.close()
