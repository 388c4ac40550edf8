"""An update of a whole kiosk: found, installed, switched to, tried over a copy, and good or not.

Kiosk, helper and steps are the real ones; of the machine only RAUC and the restart are not.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import trial
from kiosk.core import updates
from kiosk.core.ledger import Ledger
from kiosk.core.store import Store
from kiosk.core.venue import TABLES
from tests.e2e.machine import ROOT, Kiosk, until
from tests.e2e.test_training import CARD, OWNER, PIN, pin_of
from tests.slotted import NEW, OLD, Slotted

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BUNDLE = f"foyer-{NEW}.raucb"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slotted]:
    """A machine that carries out what the kiosk asks its helper for."""
    made = Slotted(tmp_path / "machine")
    made.offer(**{f"foyer-{NEW}": NEW, "new": NEW})
    made.run_units()
    made.start()
    made.step("alive")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(made.request.parent))
    monkeypatch.setenv("FOYER_HELPER_ANSWER", str(made.answer))
    ends = threading.Event()

    def carry_out() -> None:
        while not ends.wait(0.02):
            if made.request.exists():
                made.carry_out()

    unit = threading.Thread(target=carry_out, daemon=True)
    unit.start()
    yield made
    ends.set()
    unit.join()


def with_stick(kiosk: Kiosk, more: str = "") -> None:
    """A stick with the bundle; the machine has it mounted where the kiosk looks."""
    stick = kiosk.folder / "sticks/STICK"
    stick.mkdir(parents=True)
    (stick / BUNDLE).write_bytes(b"bundle")
    told = f'\n[sticks]\nfolder = "{stick.parent}"\n[updates]\ndevices_s = 10\n'
    kiosk.config.write_text(kiosk.config.read_text() + told + more)


def to_updates(kiosk: Kiosk) -> None:
    kiosk.touch("access")
    kiosk.touch("staff")
    kiosk.see("SignInView")
    kiosk.touch(*(f"digit:{digit}" for digit in OWNER))
    kiosk.touch("field:pin", *(f"digit:{digit}" for digit in PIN), "next")
    kiosk.see("DeskView")
    kiosk.touch("section:devices")
    kiosk.see("DeskView", lambda v: v.title == "Devices" and "memory" in v.words)
    kiosk.touch("machine")
    kiosk.see("DeskView", lambda v: v.title == "Machine")
    kiosk.touch("updates")
    kiosk.see("DeskView", lambda v: v.title == "Updates" and OLD in v.words)


def asked_to_restart(machine: Slotted) -> int:
    """How often the machine was asked to."""
    return machine.calls.count("systemctl --no-block reboot")


def works(kiosk: Kiosk) -> list[tuple[str, str]]:
    """What was done to the machine, as the books have it."""
    told = [e["refs"] for e in kiosk.entries() if e["kind"] == "machine_maintained"]
    return [(refs["what"], refs.get("detail", "")) for refs in told]


def restarted(kiosk: Kiosk, machine: Slotted, times: int = 1) -> str:
    """The machine restarts: the kiosk's process ends with it, and U-Boot chooses a slot."""
    until(lambda: asked_to_restart(machine) == times, kiosk.log)
    kiosk.kill()
    return machine.start()


def test_from_a_stick_to_good_with_nobodys_money_moved(
    kiosk_on: Callable[..., Kiosk], machine: Slotted
) -> None:
    kiosk = kiosk_on()
    with_stick(kiosk)
    pin_of(kiosk, OWNER)
    kiosk.start().ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    kiosk.touch("done")
    kiosk.see("DoneView", lambda v: not v.printing)
    kiosk.touch("leave")
    kiosk.ready()

    to_updates(kiosk)
    kiosk.touch("look")
    kiosk.see("DeskView", lambda v: NEW in v.words and "newer" in v.words)
    kiosk.picture("found")
    kiosk.touch("this:0")
    kiosk.see("DeskView", lambda v: "is ready" in v.words)
    assert machine.read("env")["BOOT_ORDER"].split()[0] == "A"
    kiosk.picture("ready")
    kiosk.touch("switch")
    kiosk.see("DeskView", lambda v: "nobody is served" in v.words)
    kiosk.touch("yes")
    assert restarted(kiosk, machine) == "B" and machine.told["phase"] == "trial"
    before = kiosk.entries()
    promise = updates.Promise.of((kiosk.store / trial.PROMISE).read_text())
    assert promise.seq == len(before) and promise.head == before[-1]["hash"]
    assert set(promise.devices) >= {"acceptor", "printer", "reader"}

    kiosk.start_under(())
    until(lambda: "is good" in kiosk.log(), kiosk.log)
    until(kiosk._answers, kiosk.log)
    kiosk.ready()
    assert machine.told["phase"] == "good" and machine.read("env")["BOOT_B_LEFT"] == "3"
    assert not (kiosk.store / "trial").exists()
    assert kiosk.wallet(CARD) == "500.00"
    until(lambda: works(kiosk)[-1:] == [("update_good", NEW)], lambda: str(works(kiosk)))
    assert works(kiosk) == [
        ("update_asked", f"STICK/{BUNDLE}"),
        ("update_installed", NEW),
        ("restart_machine", f"update {NEW}"),
        ("update_begun", f"{OLD} {NEW}"),
        ("update_good", NEW),
    ]
    after = kiosk.entries()
    assert after[: len(before)] == before
    assert not any(entry["postings"] for entry in after[len(before) :])


def test_a_device_that_is_gone_leads_back_and_the_attendant_reads_why(
    kiosk_on: Callable[..., Kiosk], machine: Slotted
) -> None:
    kiosk = kiosk_on()
    with_stick(kiosk)
    pin_of(kiosk, OWNER)
    kiosk.start().ready()
    to_updates(kiosk)
    kiosk.touch("look")
    kiosk.see("DeskView", lambda v: NEW in v.words)
    kiosk.touch("this:0")
    kiosk.see("DeskView", lambda v: "is ready" in v.words)
    kiosk.touch("switch")
    kiosk.touch("yes")
    assert restarted(kiosk, machine) == "B"
    before = kiosk.entries()
    kiosk.cable.pull()

    kiosk.start_under(())
    real, kiosk.store = kiosk.store, kiosk.store / trial.FOLDER
    until(kiosk._answers, kiosk.log)
    kiosk.see("ProblemView", lambda v: "is being updated" in v.words)
    kiosk.picture("updating")
    kiosk.bench("tap", CARD)
    assert kiosk.view().view == "ProblemView"
    kiosk.store = real
    assert restarted(kiosk, machine, 2) == "A" and machine.told["phase"] == "back"
    assert kiosk.entries() == before, "nobody has written into the real books"

    kiosk.cable.put_back()
    kiosk.start().ready()
    until(lambda: works(kiosk)[-1][0] == "update_back", lambda: str(works(kiosk)))
    assert works(kiosk)[-1] == ("update_back", f"{NEW} devices no answer: printer")
    to_updates(kiosk)
    kiosk.see("DeskView", lambda v: "did not answer in time" in v.words)
    assert "no answer: printer" in kiosk.view().words
    kiosk.picture("back")


@pytest.mark.parametrize("store", ["1", "2"])
def test_a_store_of_an_older_format_is_migrated_only_after_the_trial(
    kiosk_on: Callable[..., Kiosk], machine: Slotted, store: str, emupos: Any
) -> None:
    port = f'port = "tcp://127.0.0.1:{emupos.port}"\n'
    kiosk = kiosk_on(devices=f'[devices.printer]\ndriver = "escpos"\n{port}')
    with_stick(kiosk)
    shutil.rmtree(kiosk.store)
    kiosk.store.mkdir(mode=0o700)
    for kept, name in (("store", "kiosk"), ("secrets", "secrets")):
        shutil.copy(ROOT / f"tests/fixtures/stores/{store}/{kept}.db", kiosk.store / f"{name}.db")
    older = Store.open(kiosk.store / "kiosk.db", tables=TABLES, write=False, older=True)
    made = updates.promise(Ledger(older), OLD, NEW, ["printer"])
    older.close()
    (kiosk.store / trial.PROMISE).write_text(made.text())
    digest = (kiosk.store / "kiosk.db").read_bytes()
    machine.want()
    assert machine.step("install") == machine.step("switch") == 0
    assert machine.start() == "B"

    kiosk.start_under(())
    until(lambda: "is good" in kiosk.log(), kiosk.log)
    until(kiosk._answers, kiosk.log)
    kiosk.see("WelcomeView")
    assert [f.read_bytes() for f in kiosk.store.glob("kiosk.db.format-*")] != []
    assert (kiosk.store / "kiosk.db").read_bytes() != digest
    kept = Store.open(kiosk.store / "kiosk.db", tables=TABLES, write=False)
    assert updates.balances_of(kept.table("balances")) == (made.accounts, made.balances)
    kept.close()


def test_settings_that_the_new_version_does_not_take_lead_back(
    kiosk_on: Callable[..., Kiosk], machine: Slotted
) -> None:
    kiosk = kiosk_on()
    machine.want()
    assert machine.step("install") == machine.step("switch") == 0
    assert machine.start() == "B"
    settings = kiosk.config.read_text()
    kiosk.config.write_text(settings + "\n[holidays]\n")
    kiosk.start_under(())
    assert kiosk.ended() == 78
    kiosk.config.write_text(settings)
    assert asked_to_restart(machine) == 2 and machine.start() == "A"
    assert machine.told["why"] == "settings"
    kiosk._process = None


def test_a_program_that_dies_is_tried_three_times(
    kiosk_on: Callable[..., Kiosk], machine: Slotted
) -> None:
    kiosk = kiosk_on()
    machine.want()
    assert machine.step("install") == machine.step("switch") == 0
    assert machine.start() == "B"
    store = Store.open(kiosk.store / "kiosk.db", tables=TABLES, write=False)
    made = updates.promise(Ledger(store), OLD, NEW, ["no-such-device"])
    store.close()
    (kiosk.store / trial.PROMISE).write_text(made.text())
    real, kiosk.store = kiosk.store, kiosk.store / trial.FOLDER
    for _ in range(trial.TRIES_MAX):
        kiosk.start_under(())
        until(kiosk._answers, kiosk.log)
        kiosk.kill()
    kiosk.store = real
    kiosk.start_under(())
    assert restarted(kiosk, machine, 2) == "A" and machine.told["why"] == "program"
    kiosk._process = None
