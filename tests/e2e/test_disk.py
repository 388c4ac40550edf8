"""The disk of the running kiosk refuses to sync: it says so, takes nothing more, and ends (S-01).

`strace` answers the kiosk's syncs with EIO instead of the kernel; all else is real.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.core.errors import EXIT_STORAGE
from tests.e2e.machine import GIVE_UP_S, Kiosk, until
from tests.e2e.test_cables import Acceptor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CARD = "04A1B2C3D4E5F6"
SYNCS = "fsync,fdatasync"


class FailingSyncs:
    """From its `after`-th on no sync of a running process succeeds, until it ends."""

    def __init__(self, process: int, after: int, folder: Path) -> None:
        self._log, self._calls = folder / "strace.log", folder / "strace.calls"
        with self._log.open("wb") as log:
            self._strace = subprocess.Popen(
                [
                    *("strace", "-f", "-p", str(process), "-o", str(self._calls)),
                    *("-e", f"trace={SYNCS}", "-e", f"inject={SYNCS}:error=EIO:when={after}+"),
                ],
                stderr=log,
            )
        until(self._attached, self._log.read_text)

    def _attached(self) -> bool:
        assert self._strace.poll() is None, self._log.read_text()
        return " attached" in self._log.read_text()

    def struck(self) -> int:
        """How many syncs it refused; to be asked when the process has ended."""
        self._strace.wait(GIVE_UP_S)
        return self._calls.read_text().count("(INJECTED)")


@pytest.fixture
def acceptor() -> Iterator[Acceptor]:
    made = Acceptor()
    yield made
    made.stop()


@pytest.fixture
def guest(kiosk_on: Callable[..., Kiosk], acceptor: Acceptor) -> Kiosk:
    """A guest with a card before the top-up screen; a kiosk whose acceptor outlives it."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not there (make setup)")
    kiosk = kiosk_on(acceptor=acceptor.port).start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    return kiosk


def taken(kiosk: Kiosk, acceptor: Acceptor, face: int) -> None:
    """The first note of a top-up goes in and is credited."""
    until(lambda: "went in" in acceptor.insert(face), f"{face} went in")
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])


def out_of_service(kiosk: Kiosk, headline: str) -> None:
    """S-01 with this headline, nothing to press; then the process ends with its exit code."""
    view = kiosk.see("ProblemView", lambda v: v.code == "S-01")
    assert view.headline == headline and "200.00" not in view.words
    kiosk.picture("out-of-service")
    assert kiosk.ended() == EXIT_STORAGE, kiosk.log()


def settled(kiosk: Kiosk) -> list[int]:
    """The notes that the books credited, in the order of the entries."""
    entries = [e for e in kiosk.entries() if e["kind"] == "note_settled"]
    return [entry["postings"][0][2] for entry in entries]


def test_a_note_that_cannot_be_held_is_given_back(guest: Kiosk, acceptor: Acceptor) -> None:
    syncs = FailingSyncs(guest.process, 1, guest.folder)
    until(lambda: "went in" in acceptor.insert(200), "200 went in")
    out_of_service(guest, "Nothing was taken.")
    assert syncs.struck() >= 1
    until(lambda: acceptor.returned() == [200], "the guest has it back")
    assert acceptor.cassette() == []

    guest.start()
    guest.ready()
    assert "200.00" not in guest.command("note", "list"), "no task for staff is left"
    assert settled(guest) == [] and guest.wallet(CARD) == "0.00"
    guest.topping_up(CARD)
    taken(guest, acceptor, 200)
    assert settled(guest) == [20_000] and guest.wallet(CARD) == "200.00"


def test_a_note_that_cannot_be_credited_is_credited_by_the_next_start(
    guest: Kiosk, acceptor: Acceptor
) -> None:
    taken(guest, acceptor, 500)
    syncs = FailingSyncs(guest.process, 2, guest.folder)  # the first one holds it
    until(lambda: "went in" in acceptor.insert(200), "200 went in")
    out_of_service(guest, "Your note is recorded and will be checked.")
    assert syncs.struck() >= 1
    assert acceptor.cassette() == [500, 200]
    assert acceptor.returned() == []

    guest.start()
    guest.ready()
    assert "200.00" not in guest.command("note", "list"), "no task for staff is left"
    assert settled(guest) == [50_000, 20_000] and guest.wallet(CARD) == "700.00"
    view = guest.tapped(CARD)
    assert view.balance["amount"] == "700.00"
    guest.picture("home")


def test_a_kiosk_whose_disk_fails_when_it_starts_ends(guest: Kiosk, acceptor: Acceptor) -> None:
    taken(guest, acceptor, 500)
    guest.kill()
    calls = str(guest.folder / "strace.calls")
    inject = ("-e", f"trace={SYNCS}", "-e", f"inject={SYNCS}:error=EIO")
    guest.start_under(("strace", "-f", "-o", calls, *inject))
    assert guest.ended() == EXIT_STORAGE, guest.log()
    assert "(INJECTED)" in Path(calls).read_text()
    guest.start()
    guest.ready()
    assert settled(guest) == [50_000] and guest.wallet(CARD) == "500.00"
