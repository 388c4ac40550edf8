"""Receipt printers that speak ESC/POS: on USB, over TCP (port 9100) or a serial line.

A printer that takes bytes has printed nothing yet. How this driver knows:

1. Before a job the printer is asked in real time (DLE EOT 1 to 4), which it answers even when it
   is blocked. With a fault nothing is sent.
2. Automatic status back (GS a 255) tells faults unasked while the job is printed.
3. The job ends with GS r 1, an ordered command: its answer proves that all before it was processed.
4. Printed = that answer came and no fault was seen between. Everything else is told as what it
   is, and never repeated: the printer may still print what it has in its buffer.
5. A slip that broke off hangs there without a cut. Before the next one the printer is brought out
   of the middle of whatever it was told, and the piece is cut off.

Source: Epson "ESC/POS command reference"; the answers of cheap printers differ in what they leave
out, so a missing answer is an answer too.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, assert_never

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.messages import (
    Effect,
    Event,
    PrinterChanged,
    PrintSlip,
    Role,
    RollTold,
    SlipFailed,
    SlipPrinted,
)
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.escpos_bytes import JobWriter
from kiosk.hardware.escpos_status import (
    Automatic,
    Block,
    Flow,
    Ordered,
    Realtime,
    Replies,
    Reply,
    Status,
    realtime_status,
)
from kiosk.hardware.printer_profiles import chosen, roll_mm
from kiosk.hardware.transport import Transport
from kiosk.hardware.usblp import Held, is_usb

_QUESTIONS = b"".join(b"\x10\x04" + bytes([n]) for n in (1, 2, 3, 4))
_ASK_MODEL = b"\x1dIC"
_MODEL_HEADER = 0x5F
_RESET = b"\x1b@"
_STATUS_BACK_ON = b"\x1da\xff"
_BARRIER = b"\x1dr\x01"
_FLUSH_PICTURE_BYTES = 8192
"""Half of the longest picture of ours (360 × 360 dots): what a process that died inside one still
owes. Whoever died inside one is answered nothing, and sends it twice."""
_FLUSH_TEXT_BYTES = 1024
"""More than the longest code has."""
_FLUSH_LENGTH = bytes(8)
"""Before a question: in the middle of a command its first bytes could be taken for a length."""
_CHUNK_BYTES = 4096
_PIECE_BYTES = 512
_READ_BYTES = 1024
_USB_WRITE_S = 0.05
_WAITING_MAX = 16
_BITS_PER_BYTE = 10
_QUIET_S = 1.5
"""After a late answer of an old barrier: how long until no further one is expected."""

Outcome = Literal["not_printed", "partial", "unknown"]


@dataclass
class _Job:
    """One piece of work for the printer; `id` is None for the greeting, which nobody asked for."""

    id: JobId | None
    data: bytes
    stage: Literal["asking", "draining", "sending", "waiting"] = "asking"
    sent: int = 0
    started_s: float = 0.0
    deadline_s: float = 0.0
    fault: str = ""
    heard: bool = False
    paper_mm: int = 0


class ReceiptPrinter:
    """The driver. Options: see ``[driver.escpos]`` in default.toml."""

    role: ClassVar[Role] = "printer"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._connect = connect
        self._monotonic = monotonic
        self._profile, self._columns = chosen(device, options)
        self._roll_mm = roll_mm(device, options)
        self._barrier_timeout_s = int(options["barrier_timeout_s"])
        self._answer_timeout_s = int(options["answer_timeout_s"])
        self._status_every_s = int(options["status_every_s"])
        # A serial line is fed no faster than it carries: what the kernel's buffer cannot take
        # while the printer holds the line would block the write.
        port = str(options["port"])
        serial = port.startswith("/") and not is_usb(port)
        self._bytes_per_s = int(options["baud"]) // _BITS_PER_BYTE if serial else 0
        # A printer on USB may take nothing for a while: what is left is tried again, soon.
        self._patience_s = _USB_WRITE_S if is_usb(port) else POLL_MAX_S
        self._reserve_s = _USB_WRITE_S if is_usb(port) else 0.0
        self._writer: JobWriter | None = None
        self._transport: Transport | None = None
        self._events: list[Event] = []
        self._waiting: deque[_Job] = deque()
        self._torn = False
        """A piece of a slip may hang there."""
        self._forget()

    def _forget(self) -> None:
        """Everything that is true of one connection only."""
        self._replies = Replies()
        self._status = Status()
        self._told: PrinterChanged | None = None
        self._answers: list[int] = []
        self._asked_s: float | None = None
        self._answered_s = 0.0
        self._model = ""
        self._owed = 0
        self._paused = False
        self._job: _Job | None = None
        self._lost = ""

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """Connect, hear the printer out, ask its model. See `Device.open`."""
        self.close()
        if self._writer is None:
            self._writer = JobWriter(self._profile, self._columns)
        self._forget()
        self._transport = self._connect()
        if not self._hear(_FLUSH_LENGTH + _QUESTIONS, self._all_answered):
            # A printer in the middle of a picture swallows questions as dots.
            self._answers.clear()
            for piece in _pieces(bytes(_FLUSH_PICTURE_BYTES)):
                self._transport.write(piece)
            if not self._hear(_RESET + _QUESTIONS, self._all_answered):
                raise DeviceError(f"{self._device}: the printer does not answer")
        self._finish_round()
        if self._profile.tells_model and not self._status.fault:
            self._hear(_ASK_MODEL, lambda: bool(self._model))
        self._job = self._greeting()
        return self._model

    def _greeting(self) -> _Job:
        """Brings the printer to where every slip begins."""
        assert self._writer is not None
        flush = _FLUSH_TEXT_BYTES if self._profile.native_qr else _FLUSH_PICTURE_BYTES
        cut = b""
        if self._torn:
            flush, cut = 2 * flush, self._writer.cut()
        return _Job(None, bytes(flush) + _RESET + cut + _STATUS_BACK_ON + _BARRIER)

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Carry the job on by one step. See `Device.poll`."""
        if self._transport is not None and not self._lost:
            try:
                until_s = self._monotonic() + min(timeout_s, POLL_MAX_S) - self._reserve_s
                self._step()
                left_s = max(0.0, until_s - self._monotonic())
                data = self._transport.read(_READ_BYTES, left_s)
                for reply in self._replies.feed(data):
                    self._take(reply)
                self._step()
            except OSError as error:
                self._lose(str(error) or type(error).__name__)
        self._tell_status()
        events, self._events = self._events, []
        if not events:
            if self._transport is None:
                raise DeviceError(f"{self._device}: not open")
            if self._lost:
                # What became of the jobs was told by the poll before.
                raise DeviceError(f"{self._device}: {self._lost}")
        return events

    def perform(self, effect: Effect) -> None:
        """Take a slip; how it ends is told by `poll`. See `Device.perform`."""
        assert isinstance(effect, PrintSlip), effect
        if self._writer is None or self._transport is None or self._lost:
            self._events.append(SlipFailed(self._device, effect.job, "not_printed", "lost"))
        elif len(self._waiting) >= _WAITING_MAX:
            self._events.append(SlipFailed(self._device, effect.job, "not_printed", "error"))
        else:
            # Status back again: a printer that was switched off and on has forgotten it.
            slip = self._writer.job(effect.document)
            made = _Job(effect.job, _STATUS_BACK_ON + slip + _BARRIER)
            made.paper_mm = self._writer.paper_mm(effect.document)
            self._waiting.append(made)

    def close(self) -> None:
        """Let go of the line; a job under way is told as lost by the next poll."""
        transport, self._transport = self._transport, None
        if transport is not None:
            self._lose("closed")
            transport.close()

    # --- opening -------------------------------------------------------------------------------

    def _hear(self, question: bytes, enough: Callable[[], bool]) -> bool:
        """Ask, and listen until it is enough or the time for an answer is over."""
        assert self._transport is not None
        self._transport.write(question)
        until_s = self._monotonic() + self._answer_timeout_s
        while not enough() and self._monotonic() < until_s:
            for reply in self._replies.feed(self._transport.read(_READ_BYTES, POLL_MAX_S)):
                match reply:
                    case Realtime(byte):
                        self._answers.append(byte)
                    case Block(header, text) if header == _MODEL_HEADER:
                        self._model = text.decode("ascii", "replace")
                    case _:
                        pass
        return enough()

    def _all_answered(self) -> bool:
        return len(self._answers) >= 4

    # --- what the printer says -----------------------------------------------------------------

    def _take(self, reply: Reply) -> None:
        match reply:
            case Automatic(status):
                self._see(status)
            case Realtime(byte):
                if self._asked_s is not None:
                    self._answers.append(byte)
                    if self._all_answered():
                        self._finish_round()
            case Ordered(byte):
                self._barrier_answered(byte)
            case Flow(paused):
                self._paused = paused
            case Block():
                pass
            case _:
                assert_never(reply)

    def _finish_round(self) -> None:
        self._see(realtime_status(self._answers[:4]))
        self._answers.clear()
        self._asked_s = None
        self._answered_s = self._monotonic()

    def _see(self, status: Status) -> None:
        self._status = status
        job = self._job
        if job is not None and job.stage in ("sending", "waiting") and not job.fault:
            job.fault = status.fault

    def _barrier_answered(self, byte: int) -> None:
        self._owed = max(0, self._owed - 1)
        job = self._job
        if job is None:
            return
        if job.stage == "draining":
            job.heard = True
            job.deadline_s = self._monotonic() + _QUIET_S
        elif job.stage == "waiting":
            # 0Ch: the end of the paper was reached while this was being processed.
            fault = job.fault or ("paper_out" if byte & 0x0C else "")
            self._end(("partial", fault) if fault else None)

    def _tell_status(self) -> None:
        if self._transport is None or self._lost:
            return
        status = self._status
        blind = status.fault == "offline"
        now = PrinterChanged(
            self._device, status.paper, status.cover_open, status.error or "offline" * blind
        )
        if now != self._told:
            if self._told is None and self._roll_mm:
                self._events.append(RollTold(self._device, self._roll_mm))
            self._told = now
            self._events.append(now)

    # --- the job -------------------------------------------------------------------------------

    def _step(self) -> None:
        """Do what can be done now without waiting."""
        now_s = self._monotonic()
        if self._asked_s is not None and not self._hears_in_time(now_s):
            self._lose("the printer does not answer")
            return
        if self._job is None and self._waiting:
            self._begin(self._waiting.popleft(), now_s)
        job = self._job
        if job is None or job.stage == "waiting":
            if now_s - self._answered_s >= self._status_every_s:
                self._ask(now_s)
            if job is not None:
                self._watch(job, now_s)
        elif job.stage == "asking":
            self._prepare(job, now_s)
        elif job.stage == "draining":
            self._drain(job, now_s)
        else:
            self._send(job, now_s)

    def _hears_in_time(self, now_s: float) -> bool:
        # Some printers answer even "real-time" questions only between two lines: while one
        # prints, the barrier's time alone counts.
        printing = self._job is not None and self._job.stage == "waiting"
        assert self._asked_s is not None
        if printing:
            self._asked_s = now_s
        return now_s - self._asked_s <= self._answer_timeout_s

    def _ask(self, now_s: float) -> None:
        assert self._transport is not None
        if self._asked_s is not None:
            return
        question = _FLUSH_LENGTH + _QUESTIONS if self._torn else _QUESTIONS
        try:
            self._transport.write(question, self._patience_s)
        except Held:
            if not self._status.fault:
                raise
            # It holds the line because of what it has told already, and tells by itself when that
            # is over.
            self._answered_s = now_s
            return
        self._asked_s = now_s

    def _begin(self, job: _Job, now_s: float) -> None:
        self._job = job
        if self._status.fault:
            self._end(("not_printed", self._status.fault))
        else:
            self._ask(now_s)

    def _prepare(self, job: _Job, now_s: float) -> None:
        if self._status.fault:
            if job.id is not None:
                self._end(("not_printed", self._status.fault))
            elif self._waiting:
                self._fail_waiting(self._status.fault)
            elif now_s - self._answered_s >= self._status_every_s:
                self._ask(now_s)
            return
        if self._asked_s is not None:
            return
        if self._owed:
            # Answers of earlier slips may still come; only when they are through does the next
            # one belong to this slip.
            self._write_barrier()
            job.stage = "draining"
            job.deadline_s = now_s + self._barrier_timeout_s
        else:
            self._start_sending(job, now_s)

    def _drain(self, job: _Job, now_s: float) -> None:
        if self._status.fault:
            self._end(("not_printed", self._status.fault))
        elif not self._owed or (job.heard and now_s > job.deadline_s):
            # Fewer answers than questions: it was off in between and forgot some.
            self._owed = 0
            self._start_sending(job, now_s)
        elif now_s > job.deadline_s:
            self._lose("the printer answers no ordered command")

    def _start_sending(self, job: _Job, now_s: float) -> None:
        job.stage = "sending"
        job.started_s = now_s
        job.deadline_s = now_s + self._barrier_timeout_s + self._carrying_s(job)

    def _carrying_s(self, job: _Job) -> float:
        return len(job.data) / self._bytes_per_s if self._bytes_per_s else 0.0

    def _send(self, job: _Job, now_s: float) -> None:
        assert self._transport is not None
        if now_s > job.deadline_s:
            self._lose("the printer takes no more data")
            return
        if self._paused:
            return
        size = _CHUNK_BYTES
        if self._bytes_per_s:
            carried = int((now_s - job.started_s) * self._bytes_per_s)
            size = min(_PIECE_BYTES, carried + _PIECE_BYTES - job.sent)
        if size <= 0:
            return
        chunk = job.data[job.sent : job.sent + size]
        # Counted before it is written: of a write that fails nobody knows how much went out.
        job.sent += len(chunk)
        whole = job.sent == len(job.data)
        self._owed += whole
        try:
            self._transport.write(chunk, self._patience_s)
        except Held as held:
            self._owed -= whole
            job.sent -= len(chunk) - held.taken
            if job.fault:
                # It will not take the rest before somebody comes; for whom that is nobody knows.
                self._end(("partial" if job.sent else "not_printed", job.fault))
            return
        if whole:
            job.stage = "waiting"
            job.deadline_s = now_s + self._barrier_timeout_s + self._carrying_s(job)

    def _watch(self, job: _Job, now_s: float) -> None:
        """The whole job is sent: a fault ends it, and so does silence."""
        if job.fault:
            self._end(("partial", job.fault))
        elif now_s > job.deadline_s:
            if job.id is None:
                self._lose("the printer answers no ordered command")
            else:
                self._end(("unknown", "lost"))

    def _write_barrier(self) -> None:
        assert self._transport is not None
        self._owed += 1
        self._transport.write(_BARRIER, POLL_MAX_S)

    def _end(self, failure: tuple[Outcome, str] | None) -> None:
        job, self._job = self._job, None
        assert job is not None
        if job.id is None:
            if failure is None:
                self._torn = False
            else:
                self._job = self._greeting()
            return
        if 0 < job.sent < len(job.data):
            self._torn = True
            self._job = self._greeting()
        if failure is None:
            self._events.append(SlipPrinted(self._device, job.id, job.paper_mm))
        else:
            self._events.append(self._failed(job, job.id, *failure))

    def _fail_waiting(self, reason: str) -> None:
        while self._waiting:
            job = self._waiting.popleft()
            assert job.id is not None
            self._events.append(SlipFailed(self._device, job.id, "not_printed", reason))

    def _lose(self, why: str) -> None:
        """The line is gone: say of each slip what is known of it."""
        if self._lost:
            return
        self._lost = why
        job, self._job = self._job, None
        if job is not None and job.id is not None:
            outcome: Outcome = "not_printed"
            if job.sent:
                self._torn = True
                whole = job.sent == len(job.data) and not job.fault
                outcome = "unknown" if whole else "partial"
            self._events.append(self._failed(job, job.id, outcome, job.fault or "lost"))
        self._fail_waiting("lost")

    def _failed(self, job: _Job, name: JobId, outcome: Outcome, reason: str) -> SlipFailed:
        # Rather too much than too little: nobody knows where it broke off.
        paper_mm = job.paper_mm if job.sent else 0
        return SlipFailed(self._device, name, outcome, reason, paper_mm)


def _pieces(data: bytes) -> list[bytes]:
    return [data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES)]
