"""Rows of the catalogue of faults: notes, coins, hoppers and printers; see `test_faults`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.core.documents import Document, Words
from kiosk.core.fault_signs import FaultWord
from kiosk.core.ids import JobId
from kiosk.core.messages import (
    AcceptNotes,
    DispenseCoins,
    PrintSlip,
)
from kiosk.hardware import escpos
from kiosk.hardware.peers import ccnet
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.printer import ReceiptPrinter
from tests.core.guest import NOW, Guest
from tests.hardware.contract import acceptors
from tests.hardware.contract.acceptors import Model
from tests.hardware.contract.coin_rigs import Pulses
from tests.hardware.fault_rigs import (
    Make,
    Rig,
    by_name,
    coins,
    hopper,
    options_of,
)

Act = Callable[[Rig], object]


@dataclass(frozen=True)
class Row:
    """A fault at one wire.

    Attributes:
        word: its name in the catalogue.
        made: the driver, the device and the kiosk.
        break_: what happens to the device, the cable, or the machine's part of it.
        mend: what makes it good.
        reads: the sentence that guests read of what is not offered meanwhile; "" for none.
        wants: with which of its words the driver tells it, as far as that is fixed.
    """

    word: FaultWord
    made: Make
    break_: Act
    mend: Act
    reads: str = ""
    says: str = ""
    fresh: bool = field(default=False)
    """It is so before the kiosk starts."""


# --- the devices ---------------------------------------------------------------------------------


def notes(model: Model, peer: Any = None, **options: Any) -> Make:
    def rig(guest: Guest, folder: Path) -> Rig:
        settings = model.settings(**options)
        made = acceptors.driver(model.driver)
        return Rig(
            guest,
            "acceptor",
            "acceptor",
            (peer or model.peer)(),
            lambda at: made(at.device, settings, start=1, connect=at.connect),
        )

    return rig


CCNET, ID003, SSP, CCTALK = (
    notes(model) for model in (acceptors.CCNET, acceptors.ID003, acceptors.SSP, acceptors.CCTALK)
)
CASH_OFF, CASH_SHUT, JAMMED = "why.cash_off", "why.cash_closed", "why.cash_jammed"


def of(knob: str, *more: Any, **named: Any) -> Act:
    """A knob of the simulated device that knows the time."""
    return lambda rig: getattr(rig.peer, knob)(*more, rig.now_s, **named)


def plain(knob: str, *more: Any) -> Act:
    """A knob that does not."""
    return lambda rig: getattr(rig.peer, knob)(*more)


def note_row(word: FaultWord, made: Make, break_: Act, **more: Any) -> Row:
    return Row(
        word, made, break_, more.pop("mend", of("repair")), more.pop("reads", CASH_SHUT), **more
    )


NOTES = [
    Row("cassette_full", CCNET, of("cassette_full"), of("replace_cassette"), "why.cash_full"),
    Row("cassette_full", ID003, of("cassette_full"), of("replace_cassette"), "why.cash_full"),
    Row("cassette_full", CCTALK, of("cassette_full"), of("replace_cassette"), "why.cash_full"),
    Row("cassette_out", CCNET, of("remove_cassette"), of("replace_cassette"), CASH_SHUT),
    Row("cassette_out", ID003, of("remove_cassette"), of("replace_cassette"), CASH_SHUT),
    Row("cassette_out", CCTALK, of("remove_cassette"), of("replace_cassette"), CASH_SHUT),
    Row("jammed_validator", CCNET, of("jam"), of("clear_jam"), JAMMED),
    Row("jammed_validator", SSP, of("jam"), of("clear_jam"), JAMMED),
    Row("jammed_validator", CCTALK, of("jam"), of("clear_jam"), JAMMED),
    Row("jammed_cassette", CCNET, of("jam", cassette=True), of("clear_jam"), JAMMED),
    Row("jammed_cassette", ID003, of("jam", cassette=True), of("clear_jam"), JAMMED),
    Row("cheated", CCNET, lambda rig: pulled(rig), lambda rig: None, CASH_SHUT),
    Row("cheated", CCTALK, of("cheat"), lambda rig: None, CASH_SHUT),
    Row("paused", CCNET, of("pause"), of("repair")),
    Row("paused", ID003, of("pause"), of("repair")),
    note_row("failed", CCNET, lambda rig: rig.peer.fail(0x5A, rig.now_s), says="code 5Ah"),
    *(
        note_row(word, made, lambda rig, code=code: rig.peer.fail(code, rig.now_s))
        for made, codes in (
            (CCNET, {0x54: "failed_cassette", 0x51: "failed_motor", 0x5F: "failed_sensors"}),
            (
                ID003,
                {
                    0xAB: "failed_cassette",
                    0xA2: "failed_motor",
                    0xAC: "failed_sensors",
                    0xAF: "failed_open",
                    0xB2: "failed_memory",
                },
            ),
        )
        for code, word in codes.items()
    ),
    note_row("failed_open", SSP, of("open_path")),
    *(
        note_row(
            word,
            CCTALK,
            lambda rig, event=event, check=check: rig.peer.break_down(rig.now_s, event, check),
            mend=plain("mend"),
        )
        for word, event, check in (
            ("note_on_string", 18, 0),
            ("failed_cassette", 13, 38),
            ("failed_sensors", 19, 41),
            ("failed_motor", 13, 37),
        )
    ),
]


def pulled(rig: Rig) -> None:
    """A guest pulls at a note of an acceptor that takes notes."""
    rig.do(AcceptNotes(rig.device, acceptors.FACES))
    rig.until(lambda: rig.state.acceptor == "ready")
    rig.peer.insert(500, rig.now_s)
    rig.step()
    rig.peer.cheat(rig.now_s)


def lands(rig: Rig) -> None:
    """A note that its table lacks goes into the cashbox."""
    rig.peer.break_down(rig.now_s, 21)


def country(model: Model, wrong: Any) -> Make:
    """An acceptor that has another country's notes; the right ones come with `lands_again`."""
    return notes(model, lambda: model.peer(wrong))


def exchanged(model: Model) -> Act:
    """Another acceptor hangs on the same line: the one that belongs there."""

    def act(rig: Rig) -> None:
        rig.swap("/dev/serial/by-id/none")
        rig.step()
        rig.peer = model.peer()
        rig.plug()

    return act


def nothing(rig: Rig) -> None:
    """It mends itself, or was so from the beginning."""


TABLES = [
    Row("wrong_currency", country(model, wrong), nothing, exchanged(model), CASH_SHUT, fresh=True)
    for model, wrong in (
        (acceptors.CCNET, "EUR"),
        (acceptors.ID003, 0xE0),
        (acceptors.SSP, "EUR"),
        (acceptors.CCTALK, "EU"),
    )
]
TABLES += [
    Row(
        "no_notes",
        notes(acceptors.CCNET, lambda: ccnet.BillValidator(faces={})),
        nothing,
        exchanged(acceptors.CCNET),
        CASH_SHUT,
        fresh=True,
    ),
    Row("note_unknown", CCTALK, lands, nothing, CASH_SHUT),
]


# --- coins and hoppers ---------------------------------------------------------------------------


def tells(code: int) -> Act:
    """A coin acceptor tells an event, and its self-check a fault for as long."""

    def act(rig: Rig) -> None:
        rig.peer.fault = 1
        rig.peer.event(code)

    return act


def well(rig: Rig) -> None:
    rig.peer.fault = 0


def pulses(guest: Guest, folder: Path) -> Rig:
    bench = Pulses(lambda name: options_of(name))
    bench.now_s = NOW.mono_s
    rig = Rig(guest, "coins", "coins", bench, lambda at: bench.driver(1), poll_s=0.0)
    bench.tick_alone = lambda now_s: (setattr(bench, "now_s", now_s), bench.peer.tick(now_s))  # type: ignore[attr-defined]
    return rig


def paying(rig: Rig) -> None:
    """A pay-out is ordered; what hinders it shows only then."""
    rig.do(DispenseCoins(rig.device, "payout-1", 3, rig.state.stands))


def hop(knob: str) -> Act:
    def act(rig: Rig) -> None:
        getattr(rig.peer, knob)(rig.now_s) if knob == "jam" else getattr(rig.peer, knob)()
        paying(rig)

    return act


def refilled(rig: Rig) -> None:
    """Coins are poured in, and it runs again: the next pay-out tells."""
    rig.peer.fill(100)
    rig.peer.clear(rig.now_s)
    rig.do(DispenseCoins(rig.device, "payout-2", 1, rig.state.stands))


def cleared(rig: Rig) -> None:
    rig.peer.clear(rig.now_s)
    rig.do(DispenseCoins(rig.device, "payout-3", 1, rig.state.stands))


COINS = [
    Row("coins_jammed", coins(), plain("block"), plain("unblock"), JAMMED),
    Row("coins_cheated", coins(), tells(20), well, CASH_SHUT, says="string"),
    Row("coins_lever", coins(), tells(254), well),
    Row("coins_swallowed", coins(), tells(36), well, CASH_SHUT),
    Row("coins_failed", coins(), tells(30), well, CASH_SHUT, says="gate"),
    Row(
        "coins_foreign",
        by_name("cctalk_coins", "coins", lambda: CoinAcceptor(country="EU"), check="sum"),
        nothing,
        lambda rig: foreign_gone(rig),
        CASH_SHUT,
        fresh=True,
    ),
    Row(
        "coins_line_held",
        pulses,
        lambda rig: rig.peer.peer.stick(rig.now_s),
        lambda rig: rig.peer.peer.release(rig.now_s),
        CASH_SHUT,
    ),
    Row("hopper_empty", hopper(), hop("empty"), refilled),
    Row("hopper_jammed", hopper(), hop("jam"), cleared),
    Row("hopper_exit", hopper(), plain("block_exit"), of("clear")),
    Row("hopper_forced", hopper(), plain("force_exit"), of("clear")),
    Row(
        "hopper_low",
        hopper(),
        lambda rig: setattr(rig.peer, "inside", 5),
        lambda rig: rig.peer.fill(100),
    ),
]


def foreign_gone(rig: Rig) -> None:
    rig.swap("/dev/serial/by-id/none")
    rig.step()
    rig.peer = CoinAcceptor()
    rig.plug()


# --- printers ------------------------------------------------------------------------------------


def printing(guest: Guest, folder: Path) -> Rig:
    def make(at: Rig) -> Any:
        settings = options_of("escpos", profile="epson")
        return escpos.ReceiptPrinter(
            at.device, settings, start=1, connect=at.connect, monotonic=lambda: at.now_s
        )

    return Rig(guest, "printer", "printer", ReceiptPrinter(), make)


def cutting(rig: Rig) -> None:
    """The knife sticks in the next cut."""
    rig.peer.jam_cutter()
    slip = Document("top_up_receipt", 1, "en", (Words("A line"),))
    rig.worker.do(PrintSlip(JobId("slip-1"), slip))


def print_row(word: FaultWord, break_: Act, mend: Act, reads: str) -> Row:
    return Row(word, printing, break_, mend, reads)


PRINTERS = [
    print_row("paper_out", plain("paper", "out"), plain("paper", "ok"), "why.paper_out"),
    print_row("paper_low", plain("paper", "low"), plain("paper", "ok"), ""),
    print_row("cover_open", plain("cover", True), plain("cover", False), "why.printer_open"),
    print_row("cutter_jammed", cutting, plain("mend"), "why.printer_error"),
    print_row("printer_hot", plain("overheat"), plain("mend"), "why.printer_error"),
    print_row("printer_broken", plain("break_down"), plain("mend"), "why.printer_error"),
    print_row(
        "printer_offline", plain("offline", True), plain("offline", False), "why.printer_error"
    ),
    print_row("error", plain("stick"), plain("mend"), "why.printer_error"),
    print_row("printer_off", plain("power_cut"), plain("power_up"), "why.printer_off"),
]
