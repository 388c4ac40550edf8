"""The image of a Raspberry Pi in the emulator: through U-Boot, with devices outside, to the money.

The board is QEMU's `virt` with a Cortex-A72, started by Debian's U-Boot for it and from there on by
the image's own script. What only a Pi can show (its firmware, its display, its pins) is in
docs/install.md.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.appliance.data import disk, empty, prepared
from tests.appliance.emulator import Machine
from tests.appliance.frames import NEAR_ROWS, difference, shifted, wait_for_picture
from tests.appliance.outside import DEVICES, Outside, outside
from tests.appliance.rehearsal import Rehearsal
from tests.e2e.machine import flat

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(3600)]

CARD = bytes.fromhex("04A1B2C3D4E5F6")
SCREEN = (800, 480)
TAP_AGAIN_S = 30.0
"""An emulated machine answers a touch in seconds."""
SETTINGS = """
[kiosk]
id = "K1"

[store]
folder = "/var/lib/foyer"
secrets_folder = "/secrets/foyer"

[screen]
width = 800
height = 480
fullscreen = true
"""

TIMES = """
[timeouts]
idle_s = 600
form_s = 600
result_s = 600
cash_s = 600
"""
"""A guest who is as slow as the machine."""

Likes = Callable[[Mapping[str, Any]], Any]


def unknown(view: Mapping[str, Any]) -> bool:
    return "not known here" in json.dumps(view)


def serving(view: Mapping[str, Any]) -> bool:
    """The welcome screen of a kiosk of which every device answers."""
    strip = view["strip"]
    return bool(view["reads"] and strip and all(item["tone"] == "good" for item in strip))


@pytest.fixture(scope="module")
def rehearsed(kept: Path) -> Rehearsal:
    """The journey on this machine: where the buttons are, how its pages look."""
    folder = empty(kept / "rehearsal")
    devices = "\n".join(
        line
        for line in DEVICES.replace("driver =", "simulated = true\ndriver =").splitlines()
        if not line.startswith("port =")
    )
    with Rehearsal(folder, TIMES + devices, SCREEN) as kiosk:
        kiosk.see("WelcomeView", serving)
        kiosk.look("welcome")
        kiosk.press("access")
        kiosk.see("AccessView")
        kiosk.look("access")
        kiosk.press("back")
        kiosk.see("WelcomeView", serving)
        kiosk.bench("tap", CARD.hex())
        kiosk.see("QuestionView", unknown)
        for button in ("register", "agree", "without_phone"):
            kiosk.press(button)
        kiosk.see("NameView")
        kiosk.press("next")
        kiosk.see("DoneView", lambda v: v["slip_note"] and not v["printing"])
        kiosk.press("top_up")
        kiosk.see("TopUpView")
        kiosk.insert(500)
        kiosk.see("TopUpView", lambda v: [n["state"] for n in v["notes"]] == ["taken"])
        kiosk.press("done")
        kiosk.see("DoneView", lambda v: v["slip_note"] and not v["printing"])
        kiosk.press("leave")
        kiosk.bench("untap")
        kiosk.see("WelcomeView")
        kiosk.bench("tap", CARD.hex())
        kiosk.see("CardHomeView")
    return kiosk


@dataclass
class Board:
    """The machine, its devices, and a finger that knows where the buttons are."""

    machine: Machine
    devices: Outside
    rehearsed: Rehearsal

    def touch(self, view: str, button: str, like: Likes = lambda view: True) -> None:
        """A finger on a button of a page; again when nothing came of it."""
        before = self.machine.see(view, like)["frame"]["page"]
        place = self.rehearsed.places[view, button]

        def gone() -> bool:
            shown = self.machine.state()
            return shown is not None and shown["frame"]["page"] != before

        for _ in range(8):
            self.machine.tap(*place)
            try:
                self.machine.until(gone, f"another page after {button}", TAP_AGAIN_S, 1.0)
            except AssertionError:
                continue
            return
        self.machine.picture(f"not-{button}")
        raise AssertionError(f"{button} of {view} did nothing: {self.machine.state()}")

    def wallet(self) -> str:
        """What the guest's card home says, after the card was laid on anew."""
        self.devices.reader.untap()
        self.machine.see("WelcomeView", serving)
        self.devices.reader.tap(CARD)
        shown = self.machine.see("CardHomeView")
        self.devices.reader.untap()
        return str(shown["balance"]["amount"])

    def proven(self) -> None:
        """The books are sound, as their own command says on the machine."""
        kiosk = "runuser -u kiosk -- /opt/foyer/bin/kiosk"
        told = self.machine.run(f"{kiosk} verify --config /etc/foyer/kiosk.toml", limit_s=600)
        assert "are sound" in told, told


@pytest.fixture(scope="module")
def board(arm64: Path, kept: Path, rehearsed: Rehearsal) -> Iterator[Board]:
    data, secrets = prepared(empty(kept / "disk"), SETTINGS + TIMES + DEVICES, arm64 / "tree")
    with (
        tempfile.TemporaryDirectory(prefix="foyer-") as sockets,
        outside(empty(kept / "paper"), Path(sockets)) as devices,
    ):
        machine = Machine(
            kept,
            "arm64",
            disk(arm64 / "disk.img", kept, data, secrets),
            devices=devices.words(),
            screen=SCREEN,
        )
        machine.start()
        try:
            devices.reader.connect()
            yield Board(machine, devices, rehearsed)
        finally:
            machine.end()


def test_it_boots_through_its_own_boot_loader_to_the_welcome_screen(
    board: Board, kept: Path, figures: Callable[..., None]
) -> None:
    machine = board.machine
    kernel_s = machine.hand()
    assert "U-Boot" in machine.console()
    machine.wait_for("FOYER slot=A order=A B A=2 B=3", where="console", limit_s=60)
    machine.until(lambda: machine.active("kiosk.service"), "READY", every_s=1.0)
    ready_s = _monotonic_s(machine, "ActiveEnterTimestampMonotonic", "kiosk.service")
    userspace_s = _monotonic_s(machine, "UserspaceTimestampMonotonic")
    machine.see("WelcomeView", serving)
    # The same page of the same program, but for the word that says that devices are simulated.
    picture_s = wait_for_picture(machine, board.rehearsed.pictures["welcome"], 300)
    machine.picture("welcome")
    used = machine.run("free -m").splitlines()[1].split()[2]
    figures(
        firmware_s=round(kernel_s, 1),
        initramfs_s=round(userspace_s, 1),
        userspace_s=round(ready_s - userspace_s, 1),
        picture_s=round(picture_s, 1),
        memory_mb=int(used),
        kiosk_mb=round(int(machine.run("systemctl show --value -p MemoryCurrent kiosk")) / 1e6),
    )
    assert machine.run("uname -m").strip() == "aarch64"
    failed = machine.run("systemctl --failed --no-legend --plain").split()[::5]
    assert failed == [], machine.run(f"journalctl --no-pager -b -u {failed[0]}")


def _monotonic_s(machine: Machine, name: str, unit: str = "") -> float:
    return int(machine.run(f"systemctl show --value -p {name} {unit}")) / 1e6


def test_a_tap_changes_the_screen(board: Board) -> None:
    machine = board.machine
    before = machine.screendump()
    board.touch("WelcomeView", "access")
    machine.see("AccessView")
    machine.until(lambda: difference(before, machine.screendump()) > 10, "another picture")
    pictures = board.rehearsed.pictures
    assert shifted(pictures["access"], pictures["welcome"]) > 2 * NEAR_ROWS
    wait_for_picture(machine, pictures["access"], 120, NEAR_ROWS)
    machine.picture("access")
    board.touch("AccessView", "back")
    machine.see("WelcomeView")


def test_a_whole_journey_with_a_card_a_note_and_a_slip(board: Board) -> None:
    machine, devices = board.machine, board.devices
    machine.see("WelcomeView", serving)
    devices.reader.tap(CARD)
    machine.see("QuestionView", unknown)
    machine.picture("unknown-card")
    board.touch("QuestionView", "register", unknown)
    board.touch("QuestionView", "agree")
    board.touch("QuestionView", "without_phone")
    board.touch("NameView", "next")
    machine.see("DoneView", lambda v: v["slip_note"] and not v["printing"])
    board.touch("DoneView", "top_up")
    machine.see("TopUpView")
    devices.note(machine, 500)
    machine.see("TopUpView", lambda v: [n["state"] for n in v["notes"]] == ["taken"])
    machine.picture("top-up")
    assert devices.cassette == [500]
    board.touch("TopUpView", "done")
    machine.see("DoneView", lambda v: v["slip_note"] and not v["printing"])
    machine.picture("receipt")
    slips = devices.printer.ids()
    text = flat(devices.printer.paper(slips[-1]).text)
    assert len(slips) == 2, "one of the registration, one of the money"
    assert "TOTAL 500.00" in text and "SIMULATED" not in text
    board.touch("DoneView", "leave")
    assert board.wallet() == "500.00"


def test_the_power_fails_in_mid_top_up_and_everything_is_there(
    board: Board, figures: Callable[..., None]
) -> None:
    machine, devices = board.machine, board.devices
    identity = machine.run("cat /etc/machine-id").strip()
    # The guest before is still at the home of the card, to which it leads again from any page.
    devices.reader.tap(CARD)
    board.touch("CardHomeView", "top_up")
    machine.see("TopUpView")
    # One note is stacked; the next is on its way from escrow into the cassette.
    devices.note(machine, 200)
    machine.see("TopUpView", lambda v: [n["state"] for n in v["notes"]] == ["taken"])
    devices.note(machine, 100)

    def on_its_way() -> bool:
        return devices.acceptor.ask(lambda peer, now_s: peer.place == "stacker")

    machine.until(on_its_way, "the note of 100 between escrow and cassette")
    devices.power_cut(machine)
    devices.power_back(machine)
    machine.hand()
    machine.until(lambda: machine.active("kiosk.service"), "READY", every_s=1.0)
    figures(again_s=round(machine.seconds, 1))
    assert machine.run("cat /etc/machine-id").strip() == identity
    machine.see("WelcomeView", serving)
    board.proven()
    # What the acceptor has is what the books have: credited, or kept for a person to decide.
    credited = Decimal(board.wallet())
    held = [line for line in machine.ask("note", "list").splitlines() if "no note" not in line]
    owed = sum(Decimal(line.split()[1]) for line in held)
    assert sum(devices.cassette) == 800, devices.cassette
    assert credited >= 700, "the note that was stacked before the cut"
    assert credited + owed == 800, (credited, held)
