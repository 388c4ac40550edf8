"""Updates of a machine with two slots: installed, tried, good; bad ones; and power cuts in between.

What U-Boot does is shown with the image of a Pi, through U-Boot itself. The rest runs on the amd64
twin, which is started as image/boot.cmd would (`slots`): RAUC, its signatures, U-Boot's variables,
dm-verity, the helper, the steps and the kiosk are the image's own. Each boot takes minutes: this is
run on demand (docs/benchmarks/appliance.md says when it last was).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.appliance import slots
from tests.appliance.data import ROOT, SIMULATED, disk, empty, prepared
from tests.appliance.slots import Slotted

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(7200)]

NEW, BAD, FOREIGN = "9.0.0-209901010000", "9.1.0-209901010000", "9.2.0-209901010000"
OWNER, PIN = "106", "482915"
TIMES = "\n[timeouts]\nidle_s = 600\nform_s = 600\ndesk_s = 600\n"
"""An owner who is as slow as the machine."""
SETTINGS = SIMULATED + "\n[updates]\ndevices_s = 60\n" + TIMES
WAIT_S = 1800.0
"""A guard against hanging: half a gigabyte is written by an emulated machine."""
KIOSK = "opt/foyer/lib/python3.13/site-packages/kiosk"


# --- slots, through U-Boot ---------------------------------------------------------------------


@pytest.fixture
def board(arm64: Path, kept: Path, request: pytest.FixtureRequest) -> Iterator[Slotted]:
    """A Pi's disk on QEMU's board, which nobody has switched on yet."""
    folder = empty(kept / request.node.name)
    data, secrets = prepared(folder / "contents", SETTINGS, arm64 / "tree")
    image = arm64 / "disk.img"
    made = slots.machine("arm64", folder, disk(image, folder, data, secrets), image)
    try:
        yield made
    finally:
        made.end()


def tried(machine: Slotted) -> list[str]:
    """The slots that U-Boot started, one after another."""
    lines = machine.console().splitlines()
    return [line.partition("slot=")[2][:1] for line in lines if line.startswith("FOYER slot=")]


def test_a_slot_that_is_destroyed_gives_way_after_three_starts(board: Slotted) -> None:
    board.write("root_a", bytes(8 << 20))
    board.start()
    board.wait_for("FOYER slot=B", where="console", limit_s=WAIT_S)
    assert tried(board) == ["A", "A", "A", "B"]
    told = board.until_told(lambda told: True, "which slot it is", WAIT_S)
    assert (told["slot"], told["phase"]) == ("B", "none")
    board.until(lambda: (board.state() or {}).get("view") == "WelcomeView", "it serves", WAIT_S)


def test_one_byte_that_was_flipped_is_noticed(board: Slotted) -> None:
    block = board.bytes_of("root_a", 4096)
    board.write("root_a", bytes([block[100] ^ 1]), 100)
    board.start()
    board.wait_for("FOYER slot=B", where="console", limit_s=WAIT_S)
    assert tried(board) == ["A", "A", "A", "B"]
    board.until_told(lambda told: told["slot"] == "B", "the other slot runs", WAIT_S)


# --- bundles -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bundles() -> Path:
    """Where the other versions are made, and kept from one run to the next."""
    made = ROOT / "build/appliance-bundles"
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture(scope="session")
def new(amd64: Path, bundles: Path) -> Path:
    """A later version of the same."""
    return slots.version(amd64, bundles, NEW, lambda tree: None)


def no_acceptor(tree: Path) -> None:
    """A version in which somebody has broken the driver of the acceptor: it finds none."""
    file = tree / KIOSK / "hardware/ccnet.py"
    text, head = file.read_text(), "    def open(self) -> str:\n"
    broken = text.replace(head, f"{head}        raise DeviceError('it does not answer')\n", 1)
    assert broken != text
    slots.replace(file, broken)


@pytest.fixture(scope="session")
def bad(amd64: Path, bundles: Path) -> Path:
    return slots.version(amd64, bundles, BAD, no_acceptor)


@pytest.fixture(scope="session")
def foreign(amd64: Path, bundles: Path) -> Path:
    """A version that is signed by somebody else."""
    keys = bundles / "foreign-keys"
    return slots.version(amd64, bundles, FOREIGN, lambda tree: None, keys)


# --- the twin ----------------------------------------------------------------------------------


@pytest.fixture
def twin(amd64: Path, kept: Path, request: pytest.FixtureRequest) -> Iterator[Slotted]:
    """A machine with simulated devices and an owner who has a PIN; it is off."""
    folder = empty(kept / request.node.name.replace("[", "-").replace("]", ""))
    data, secrets = prepared(folder / "contents", SETTINGS, amd64 / "tree")
    uid = (data / "foyer").stat().st_uid
    words = [sys.executable, "-m", "kiosk.__main__", "staff", "--config"]
    subprocess.run(
        [*words, folder / "contents/kiosk.toml", "pin", OWNER],
        cwd=ROOT,
        input=f"{PIN}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    for owned in (data / "foyer", secrets / "foyer"):
        for path in (owned, *owned.rglob("*")):
            os.chown(path, uid, uid)
    image = amd64 / "disk.img"
    made = slots.machine("amd64", folder, disk(image, folder, data, secrets), image)
    try:
        yield made
    finally:
        made.end()


def serves(machine: Slotted) -> None:
    """The welcome screen, all devices answering."""

    def welcome() -> bool:
        shown = machine.state() or {}
        return shown.get("view") == "WelcomeView" and all(
            item["tone"] == "good" for item in shown["strip"]
        )

    machine.until(welcome, "the welcome screen", WAIT_S)


def asked(machine: Slotted, verb: str, **words: str) -> dict[str, Any]:
    """What kiosk-helper answers to a request of the kiosk's user."""
    request = json.dumps({"id": "0123456789abcdef", "verb": verb, **words})
    machine.run(
        "rm -f /run/foyer-helper/answer && "
        "cat > /run/foyer/asked && chown kiosk: /run/foyer/asked && "
        "mv /run/foyer/asked /run/foyer/request",
        stdin=request.encode(),
    )

    def answer() -> dict[str, Any] | None:
        said = machine.say("cat /run/foyer-helper/answer")
        told = json.loads(said.out) if said.code == 0 else {}
        return told if told.get("id") == "0123456789abcdef" else None

    return machine.until(answer, f"an answer to {verb}", WAIT_S)


def installed(machine: Slotted, bundle: Path) -> dict[str, Any]:
    """Put a stick in and have its bundle installed; what became of it."""
    stick = slots.stick(machine.folder / "stick.img", [bundle])
    before = machine.told().get("number", "0")
    machine.plug_stick(stick)
    machine.until(lambda: "UPDATES" in machine.run("lsblk -no LABEL"), "the stick")
    assert asked(machine, "mount-sticks")["ok"]
    file = f"UPDATES/{bundle.name}"
    answer = asked(machine, "install-update", source="stick", file=file, older="no")
    assert answer["ok"], answer
    done = machine.until_told(
        lambda told: told["number"] != before and told["phase"] != "installing",
        "it is installed, or it is not",
        WAIT_S,
    )
    machine.pull_stick()
    stick.unlink()
    return done


def touch(machine: Slotted, *buttons: str) -> None:
    """Press buttons as the bench does; each must be there."""
    for button in buttons:

        def pressed(button: str = button) -> bool:
            try:
                return machine.ask("touch", button, bench=True) == f"touched {button}"
            except LookupError as error:
                # A window that is late presses it all the same; else it is not there yet.
                return "did not answer within" in str(error)

        machine.until(pressed, button, WAIT_S)


def switch(machine: Slotted) -> None:
    """The owner says at the desk: now. The machine restarts, and is off then."""
    touch(machine, "access", "staff")
    machine.see("SignInView", limit_s=WAIT_S)
    touch(machine, *(f"digit:{digit}" for digit in OWNER), "field:pin")
    touch(machine, *(f"digit:{digit}" for digit in PIN), "next")
    machine.see("DeskView", limit_s=WAIT_S)
    touch(machine, "section:devices")
    machine.see("DeskView", lambda v: "memory" in json.dumps(v), limit_s=WAIT_S)
    touch(machine, "machine", "updates", "switch", "yes")
    machine.wait_off(WAIT_S)


def test_an_update_is_installed_while_guests_are_served_tried_and_good(
    twin: Slotted, new: Path, foreign: Path, figures: Callable[..., None]
) -> None:
    twin.start()
    serves(twin)
    old = twin.told()["version"]
    refused = installed(twin, foreign)
    assert (refused["phase"], refused["problem"]) == ("none", "signature")
    begun = twin.seconds
    done = installed(twin, new)
    assert (done["phase"], done["to"]) == ("ready", NEW), twin.journal()[-3000:]
    figures(install_s=round(twin.seconds - begun))
    assert twin.state()["view"] == "WelcomeView"  # type: ignore[index]
    entries, balances, rows = twin.money()
    switch(twin)
    assert twin.counter()["BOOT_ORDER"] == "B A"
    twin.start()
    trial = twin.until_told(lambda told: True, "which slot it is", WAIT_S)
    assert (trial["slot"], trial["version"]) == ("B", NEW)
    twin.until_told(lambda told: told["phase"] == "good", "it is good", WAIT_S)
    figures(trial_s=round(twin.seconds))
    serves(twin)
    after = twin.money()
    assert after[1:] == (balances, rows) and after[0] > entries
    assert twin.run("fw_printenv -n BOOT_B_LEFT").strip() == "3"
    twin.run("sync")
    twin.kill()
    twin.start()
    serves(twin)
    told = twin.told()
    assert (told["slot"], told["phase"], told["version"]) == ("B", "good", NEW) and old != NEW


def test_a_bad_one_is_rolled_back(twin: Slotted, bad: Path) -> None:
    twin.start()
    serves(twin)
    assert installed(twin, bad)["phase"] == "ready"
    money = twin.money()
    switch(twin)
    switched = twin.counter()
    twin.start()
    said = r"Starting kiosk-update@(good|bad)\.service"
    assert twin.wait_for(said, where="journal", limit_s=WAIT_S)[1] == "bad"
    twin.wait_off(WAIT_S)
    assert twin.counter()["BOOT_ORDER"] == "A"
    # As if the power had gone before it was marked: the next start of it marks it.
    twin.count(switched)
    twin.start()
    twin.wait_off(WAIT_S)
    assert twin.counter()["BOOT_ORDER"] == "A"
    twin.start()
    told = twin.until_told(lambda told: True, "which slot it is", WAIT_S)
    assert (told["slot"], told["phase"], told["why"]) == ("A", "back", "devices")
    serves(twin)
    assert twin.money()[1:] == money[1:]
    assert twin.counter_now()["BOOT_ORDER"] == "A"


@contextmanager
def cut(machine: Slotted) -> Iterator[None]:
    """The power goes at the end of this, and comes again."""
    yield
    machine.kill()
    machine.start()


def test_power_cuts_while_it_is_written(twin: Slotted, new: Path) -> None:
    twin.start()
    serves(twin)
    money = twin.money()
    stick = slots.stick(twin.folder / "stick.img", [new])
    for percent in (20, 60, 90):
        twin.plug_stick(stick)
        twin.until(lambda: "UPDATES" in twin.run("lsblk -no LABEL"), "the stick", WAIT_S)
        assert asked(twin, "mount-sticks")["ok"]
        file = f"UPDATES/{new.name}"
        assert asked(twin, "install-update", source="stick", file=file, older="no")["ok"]

        def so_far(told: dict[str, Any], percent: int = percent) -> bool:
            assert told["phase"] != "ready", f"the power was to go at {percent} %"
            return told["phase"] == "installing" and int(told["percent"]) >= percent

        with cut(twin):
            twin.until_told(so_far, f"{percent} %", WAIT_S)
        told = twin.until_told(lambda told: True, "which slot it is", WAIT_S)
        assert (told["slot"], told["phase"], told["problem"]) == ("A", "none", "cut")
        serves(twin)
    assert installed(twin, new)["phase"] == "ready"
    assert twin.money()[1:] == money[1:]


def test_power_cuts_from_the_switch_to_good(twin: Slotted, new: Path) -> None:
    """Before the switch, during the trial, and right after it is good."""
    twin.start()
    serves(twin)
    assert installed(twin, new)["phase"] == "ready"
    money = twin.money()
    with cut(twin):
        twin.run("sync")
    assert twin.until_told(lambda told: True, "slot", WAIT_S)["phase"] == "ready"
    serves(twin)
    switch(twin)
    twin.start()
    with cut(twin):
        told = twin.until_told(lambda told: True, "slot", WAIT_S)
        assert (told["slot"], told["phase"]) == ("B", "trial")
    with cut(twin):
        twin.until_told(lambda told: told["phase"] == "good", "it is good", WAIT_S)
    told = twin.until_told(lambda told: True, "slot", WAIT_S)
    assert told["slot"] == "B" and told["phase"] in ("good", "trial")
    serves(twin)
    assert twin.money()[1:] == money[1:]
