"""One contract for every receipt printer: ours in memory and on wires, and somebody else's.

`emupos` is an independent program: it shares no misunderstanding with driver or peer.
"""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import pytest
import zxingcpp
from PIL import Image

from kiosk.core import printer_page
from kiosk.core.documents import (
    Document,
    Head,
    Pair,
    QrCode,
    Rule,
    columns_of,
    framed,
)
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.messages import Event, PrinterChanged, PrintSlip, SlipFailed, SlipPrinted
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.texts import Texts
from kiosk.hardware.device import Options
from kiosk.hardware.escpos import ReceiptPrinter
from kiosk.hardware.escpos_bytes import JobWriter
from kiosk.hardware.peers import printer as peers
from kiosk.hardware.peers.line import Line, PtyLine, TcpLine
from kiosk.hardware.printer_profiles import PROFILES
from kiosk.hardware.transport import MemoryLine, Transport, connect

COMMAND = Path(__file__).parents[3] / "build/emupos/command"
PRINTER = DeviceId("printer")
PROOF = "K1-1-184-5C4G-K29A-XX7T-0M3Q"
PATIENCE_S = 60
BAUD = 115_200
OPTIONS: Options = {
    "baud": BAUD,
    "profile": "epson",
    "paper_mm": 80,
    "columns": 0,
    "roll_m": -1,
    "code_page": "",
    "barrier_timeout_s": 10,
    "answer_timeout_s": 5,
    "status_every_s": 1,
}
_jobs = itertools.count(1)


@dataclass
class Clock:
    now_s: float = 1000.0

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass(frozen=True)
class Paper:
    """A slip that came out."""

    text: str
    image: Image.Image

    def codes(self) -> list[str]:
        # A frame, as the table has that a slip lies on.
        framed = Image.new("L", (self.image.width + 80, self.image.height + 80), 255)
        framed.paste(self.image.convert("L"), (40, 40))
        return [code.text for code in zxingcpp.read_barcodes(framed)]


class Far(Protocol):
    """What a test can do to a printer."""

    port: str

    def connect(self) -> Transport: ...

    def monotonic(self) -> float: ...

    def fault(self, name: str) -> None:
        """``low``, ``paper_out``, ``cover_open`` or ``offline``; empty: all is well again."""

    def slips(self) -> list[Paper]: ...


def _fault(peer: peers.ReceiptPrinter, name: str) -> None:
    peer.paper("out" if name == "paper_out" else "low" if name == "low" else "ok")
    peer.cover(name == "cover_open")
    peer.offline(name == "offline")


class InMemory:
    """Our peer without threads or waiting, on a clock of its own."""

    def __init__(
        self, paper_mm: int = 80, code_pages: Mapping[int, str] = peers.CODE_PAGES
    ) -> None:
        self.port = "tcp://simulated:9100"
        self.clock = Clock()
        self.peer = peers.ReceiptPrinter(paper_mm=paper_mm, code_pages=code_pages)
        self.line = self._line()

    def _line(self) -> MemoryLine:
        return MemoryLine(self.peer, lambda: self.clock.now_s, self.clock.wait)

    def connect(self) -> Transport:
        self.line = self._line()
        return self.line

    def monotonic(self) -> float:
        return self.clock.now_s

    def fault(self, name: str) -> None:
        _fault(self.peer, name)

    def slips(self) -> list[Paper]:
        return [Paper(slip.text, slip.image) for slip in self.peer.receipts]


class OnWire:
    """Our peer behind a socket, on a serial line, or at a device file like that of usblp."""

    def __init__(self, line: Line[peers.ReceiptPrinter], way: str = "") -> None:
        self.line = line
        self.line.start()
        self.port = way + line.port

    def connect(self) -> Transport:
        return connect(self.port, baud=BAUD)()

    def monotonic(self) -> float:
        return time.monotonic()

    def fault(self, name: str) -> None:
        self.line.ask(lambda peer, now_s: _fault(peer, name))

    def slips(self) -> list[Paper]:
        def read(peer: peers.ReceiptPrinter, now_s: float) -> list[Paper]:
            return [Paper(slip.text, slip.image) for slip in peer.receipts]

        return self.line.ask(read)


class Emupos:
    """The independent printer, with its control over HTTP."""

    FAULTS = {  # noqa: RUF012 - read only
        "low": "paper-near-end",
        "paper_out": "paper-out",
        "cover_open": "cover-open",
        "offline": "offline",
    }

    def __init__(self, folder: Path) -> None:
        self._port, self._api = _free_port(), _free_port()
        self.port = f"tcp://127.0.0.1:{self._port}"
        self._old: list[str] = []
        config = folder / "emupos.yaml"
        config.write_text(
            f"schema: 1\napi: {{ host: 127.0.0.1, port: {self._api} }}\ndevices:\n"
            "  - id: front\n    type: printer\n    profile: epson-tm-t20iii\n"
            f"    connections: [ {{ tcp: {{ port: {self._port} }} }} ]\n"
            f"    receipts_dir: {folder / 'receipts'}\n"
        )
        self._log = (folder / "log").open("w")
        argv = [*COMMAND.read_text().split(), "run", "--config", str(config)]
        self._process = subprocess.Popen(argv, stdout=self._log, stderr=self._log)
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._ask("GET", "faults")
                break
            except urllib.error.HTTPError:
                break  # it answers
            except OSError:
                assert self._process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline_s, (folder / "log").read_text()
                time.sleep(0.05)  # a poll of a starting process, not a wait for a result

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def connect(self) -> Transport:
        return connect(self.port)()

    def monotonic(self) -> float:
        return time.monotonic()

    def fault(self, name: str) -> None:
        for ours, theirs in self.FAULTS.items():
            self._ask("PUT" if ours == name else "DELETE", f"faults/{theirs}")

    def slips(self) -> list[Paper]:
        return [self._paper(receipt) for receipt in self._receipts() if receipt not in self._old]

    def begin(self) -> None:
        """All is well, and nothing has been printed."""
        self.fault("")
        self._old = self._receipts()

    def _receipts(self) -> list[str]:
        return sorted(receipt["id"] for receipt in json.loads(self._ask("GET", "receipts")))

    def _paper(self, receipt: str) -> Paper:
        text = self._ask("GET", f"receipts/{receipt}/text").decode()
        return Paper(text, Image.open(BytesIO(self._ask("GET", f"receipts/{receipt}/image"))))

    def _ask(self, method: str, path: str) -> bytes:
        url = f"http://127.0.0.1:{self._api}/api/v1/devices/front/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
            return bytes(answer.read())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def emupos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emupos]:
    if not COMMAND.exists():
        pytest.skip("the independent printer is not there (make emupos says why)")
    emupos = Emupos(tmp_path_factory.mktemp("emupos"))
    yield emupos
    emupos.stop()


WIRES: dict[str, tuple[type[TcpLine[Any] | PtyLine[Any]], str]] = {
    "tcp": (TcpLine, ""),
    "serial": (PtyLine, ""),
    "usb": (PtyLine, "usb:"),
}


@pytest.fixture(params=["memory", *WIRES, pytest.param("emupos", marks=pytest.mark.e2e)])
def far(request: pytest.FixtureRequest) -> Iterator[Far]:
    if request.param == "memory":
        yield InMemory()
    elif request.param in WIRES:
        line, way = WIRES[request.param]
        wire = OnWire(line(peers.ReceiptPrinter()), way)
        yield wire
        wire.line.stop()
    else:
        emupos: Emupos = request.getfixturevalue("emupos")
        emupos.begin()
        yield emupos
        emupos.fault("")


@dataclass
class Bench:
    """A driver at a printer, and all that it has told."""

    far: Far
    driver: ReceiptPrinter
    told: list[Event] = field(default_factory=list)

    def poll(self) -> None:
        self.told += self.driver.poll(0.1)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Poll until something of the kind is told; it is taken out of what was told."""
        deadline_s = time.monotonic() + PATIENCE_S
        for _ in range(100_000):
            for event in self.told:
                if wanted(event):
                    del self.told[: self.told.index(event) + 1]
                    return event
            assert time.monotonic() < deadline_s
            self.poll()
        raise AssertionError(f"never told; {self.told}")

    def changed(self, **state: object) -> None:
        self.until(lambda event: event == PrinterChanged(PRINTER, **state))  # type: ignore[arg-type]

    def print(self, document: Document) -> JobId:
        job = JobId(f"top_up_receipt:{next(_jobs)}")
        self.driver.perform(PrintSlip(job, document))
        return job

    def outcome(self, job: JobId) -> SlipPrinted | SlipFailed:
        told = self.until(lambda e: isinstance(e, SlipPrinted | SlipFailed) and e.job == job)
        assert isinstance(told, SlipPrinted | SlipFailed)
        return told


def bench_at(far: Far, **options: str | int | bool) -> Bench:
    driver = ReceiptPrinter(
        PRINTER,
        {**OPTIONS, "port": far.port, **options},
        start=1,
        connect=far.connect,
        monotonic=far.monotonic,
    )
    return Bench(far, driver)


@pytest.fixture
def bench(far: Far) -> Iterator[Bench]:
    bench = bench_at(far)
    bench.driver.open()
    bench.changed()
    yield bench
    bench.driver.close()


def code(number: int) -> str:
    """What the QR code of a receipt says here: as long as a signed one often is."""
    return f"FOYER:R1:{number:06}" + "0123456789ABCDEF" * 18


def receipt(number: int = 184, language: str = "en", venue: str = "Orbit Club") -> Document:
    texts, roubles = Texts.of(language, "Europe/Moscow"), CURRENCIES["RUB"]
    head = Head(
        kind="top_up_receipt",
        number=number,
        kiosk="K1",
        venue=venue,
        at=datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
        card_masked="•••• 4821",
        proof=PROOF,
    )
    rows = {"doc.before": 1250, "doc.tender_cash": 700, "doc.after": 1950}
    body = [
        Pair(texts.say(key), texts.money(Money.face(face, roubles))) for key, face in rows.items()
    ]
    total = Pair(texts.say("doc.total"), texts.money(Money.face(700, roubles)), "title")
    return framed(head, texts, (Rule(), *body, total, Rule(), QrCode(code(number))))


def test_it_says_its_model(far: Far) -> None:
    bench = bench_at(far)
    assert bench.driver.open()
    bench.driver.close()


def test_U2_a_receipt_comes_out_whole_and_its_code_can_be_read(bench: Bench) -> None:
    job = bench.print(receipt())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    [slip] = bench.far.slips()
    for words in (
        "Orbit Club",
        "1 250.00",
        "1 950.00",
        "700.00 руб.",
        "Card •••• 4821",
        "K1-1-184-5C4G-K29A-XX7T-0M3Q",
    ):
        assert words in slip.text
    assert slip.codes() == [code(184)]


def test_cyrillic_comes_out_as_cyrillic(bench: Bench) -> None:
    job = bench.print(receipt(language="ru", venue="Клуб «Орбита»"))
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    [slip] = bench.far.slips()
    assert 'Клуб "Орбита"' in slip.text or "Клуб «Орбита»" in slip.text
    assert "?" not in slip.text


def test_slips_come_out_in_their_order_each_told_once(bench: Bench) -> None:
    jobs = [bench.print(receipt(number)) for number in (1, 2, 3)]
    for job in jobs:
        assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    codes = [code for slip in bench.far.slips() for code in slip.codes()]
    assert codes == [code(number) for number in (1, 2, 3)]
    bench.poll()
    assert bench.told == []


STATES: dict[str, PrinterChanged] = {
    "paper_out": PrinterChanged(PRINTER, paper="out"),
    "cover_open": PrinterChanged(PRINTER, cover_open=True),
    "offline": PrinterChanged(PRINTER, error="offline"),
}


@pytest.mark.parametrize("reason", STATES)
def test_P02_P04_a_printer_that_cannot_print_is_sent_nothing(bench: Bench, reason: str) -> None:
    bench.far.fault(reason)
    bench.until(lambda event: event == STATES[reason])
    job = bench.print(receipt(1))
    assert bench.outcome(job) == SlipFailed(PRINTER, job, "not_printed", reason)
    bench.far.fault("")
    bench.changed()
    again = bench.print(receipt(2))
    assert bench.outcome(again) == SlipPrinted(PRINTER, again)
    # Only the second: nothing of the first was waiting in the printer.
    assert [slip.codes() for slip in bench.far.slips()] == [[code(2)]]


def test_a_fault_that_nobody_has_told_yet_is_asked_for(bench: Bench) -> None:
    bench.far.fault("cover_open")
    job = bench.print(receipt())
    assert bench.outcome(job) == SlipFailed(PRINTER, job, "not_printed", "cover_open")
    assert bench.far.slips() == []


def test_P01_little_paper_is_told_and_hinders_nothing(bench: Bench) -> None:
    bench.far.fault("low")
    bench.changed(paper="low")
    job = bench.print(receipt())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)


def test_a_printer_with_a_fault_is_there_and_prints_when_it_can(far: Far) -> None:
    far.fault("paper_out")
    bench = bench_at(far)
    bench.driver.open()
    bench.changed(paper="out")
    far.fault("")
    bench.changed()
    job = bench.print(receipt())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    bench.driver.close()


def test_the_device_can_be_closed_and_opened_again(bench: Bench) -> None:
    bench.driver.close()
    bench.driver.close()
    with pytest.raises(DeviceError, match="not open"):
        bench.poll()
    bench.driver.open()
    bench.changed()
    job = bench.print(receipt())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)


@pytest.mark.e2e
def test_a_printer_that_dies_is_down_and_the_slip_is_not_believed(tmp_path: Path) -> None:
    if not COMMAND.exists():
        pytest.skip("the independent printer is not there (make emupos says why)")
    emupos = Emupos(tmp_path)
    try:
        bench = bench_at(emupos)
        bench.driver.open()
        bench.changed()
        emupos.fault("offline")  # held: the slip stays in the printer until it dies
        bench.changed(error="offline")
        emupos.stop()
        job = bench.print(receipt())
        told = bench.outcome(job)
        assert isinstance(told, SlipFailed) and told.outcome == "not_printed"
        with pytest.raises(DeviceError):
            for _ in range(100):
                bench.poll()
        bench.driver.close()
    finally:
        emupos.stop()


MODELS = {
    "epson": ("TM-T20II", "TM-L90", "TM-P80", "CT-S651", "RP-F10-80mm"),
    "tm-t88": ("TM-T88IV", "TM-T88V"),
    "generic": ("TEP-200M", "default"),
    "pos-5890": ("POS-5890", "NT-5890K"),
    "pos-80": ("NT-80-V-UL", "P822D"),
    "zj-58": ("ZJ-5870", "Sunmi-V2"),
    "rp326": ("RP326",),
}
"""Family -> models of it, by their names in python-escpos' table."""


def known_elsewhere(model: str) -> dict[int, str]:
    """The code pages of a model by their numbers, as others have them."""
    table = json.loads(resources.files("escpos").joinpath("capabilities.json").read_text())
    pages = table["profiles"][model]["codePages"].items()
    known = {page.lower() for page in peers.CODE_PAGES.values()}
    return {int(number): name.lower() for number, name in pages if name.lower() in known}


def alphabet_page() -> Document:
    return Document("test_page", 1, "en", printer_page.page(1, Texts.of("en", "UTC")))


def every_line_is_in(slip: Paper, profile: str, columns: int) -> None:
    """Each line of the test page, as it was laid out, stands in what came out."""
    laid = JobWriter(PROFILES[profile], columns).lay(alphabet_page())
    there = " ".join(slip.text.split())
    for line in laid:
        assert " ".join(line.text.split()) in there, f"{profile}: {line.text!r} is not in {there}"


def test_every_family_has_models() -> None:
    assert MODELS.keys() == PROFILES.keys()


@pytest.mark.parametrize(
    ("profile", "model"), [(family, model) for family in MODELS for model in MODELS[family]]
)
def test_every_letter_of_the_test_page_comes_out_at_the_models_of_a_family(
    profile: str, model: str
) -> None:
    """By the numbers that others know of these models."""
    paper_mm, columns = next(iter(PROFILES[profile].columns.items()))
    far = InMemory(paper_mm, known_elsewhere(model))
    bench = bench_at(far, profile=profile, paper_mm=paper_mm)
    bench.driver.open()
    job = bench.print(alphabet_page())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    far.fault("paper_out")
    far.fault("")
    [slip] = far.slips()
    assert far.peer.unknown == []
    every_line_is_in(slip, profile, columns)
    bench.driver.close()


@pytest.mark.e2e
@pytest.mark.parametrize("profile", ["epson", "generic"])
def test_every_letter_of_the_test_page_comes_out_at_the_independent_printer(
    emupos: Emupos, profile: str
) -> None:
    emupos.begin()
    bench = bench_at(emupos, profile=profile)
    bench.driver.open()
    job = bench.print(alphabet_page())
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    [slip] = emupos.slips()
    every_line_is_in(slip, profile, 48)
    bench.driver.close()


@pytest.mark.parametrize(
    ("profile", "paper_mm"),
    [(name, width) for name, profile in PROFILES.items() for width in profile.columns],
)
def test_every_family_and_paper_prints_a_code_that_can_be_read(profile: str, paper_mm: int) -> None:
    far = InMemory(paper_mm)
    bench = bench_at(far, profile=profile, paper_mm=paper_mm)
    bench.driver.open()
    job = bench.print(receipt())
    # What no cutter has cut hangs there until the roll is changed.
    assert bench.outcome(job) == SlipPrinted(PRINTER, job)
    far.fault("paper_out")
    far.fault("")
    [slip] = far.slips()
    assert slip.codes() == [code(184)]
    small = columns_of("small", PROFILES[profile].columns[paper_mm])
    assert max(len(line) for line in slip.text.splitlines()) <= small
    bench.driver.close()
