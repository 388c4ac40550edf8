"""The whole assistant over real lines: pressed through to a kiosk that runs, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.core import backup, cash, config, keyring, pins, seal, settings, staff
from kiosk.core.clock import system_now
from kiosk.core.errors import Refused
from kiosk.core.venue import Venue
from kiosk.custody import proven
from kiosk.first_boot import messages as m
from kiosk.first_boot import scenes as at
from kiosk.first_boot.creation import Place, books_there, create
from kiosk.first_boot.errands import Around, Errands
from kiosk.first_boot.scenes import State, Surroundings
from kiosk.first_boot.shell import Assistant, surroundings
from kiosk.hardware import found
from kiosk.machine import Helper
from kiosk.screens.view import View
from kiosk.set_up import pretended
from tests.first_boot.owner import NOW, ZONES, pressable
from tests.first_boot.test_creation import PLAN

GIVE_UP_TURNS = 600


class Hands:
    """Presses what the assistant shows; waits, by turning it, for what is to come."""

    def __init__(self, place: Place, around: Around, *, simulated: bool = True) -> None:
        self.views: list[View] = []
        errands = Errands(place, Helper(place.config.with_name("request"), None), around)
        first = State(surroundings(place, errands, simulated=simulated))
        self.assistant = Assistant(first, errands, self.views.append)
        self.assistant.begin()
        self.until(lambda: bool(self.views))

    def until(self, seen: Callable[[], bool]) -> Hands:
        for _ in range(GIVE_UP_TURNS):
            if seen():
                return self
            self.assistant.turn(system_now(), wait_s=0.1)
        raise AssertionError(f"it did not come: {self.assistant.state.scene}")

    def swipe(self, verbs: Mapping[str, Any], card: str, seen: Callable[[], bool]) -> Hands:
        """Swipe a card again and again, as who was not heard does, until it is seen."""
        turns = iter(range(GIVE_UP_TURNS))

        def again() -> bool:
            if next(turns) % 5 == 0 and not seen():
                verbs["swipe"]([card])
            return seen()

        return self.until(again)

    def at(self, *kinds: Any) -> Any:
        """Wait for one of these scenes."""
        self.until(lambda: isinstance(self.assistant.state.scene, kinds))
        return self.assistant.state.scene

    def press(self, *names: str) -> Hands:
        for name in names:
            view = self.views[-1]
            there = {b.id for b in pressable(view) if b.enabled}
            assert name in there, f"{name} is not one of {sorted(there)}"
            page = view.frame.page
            before = len(self.views)
            assert self.assistant.touch(name, page)
            self.until(lambda before=before: len(self.views) > before)  # type: ignore[misc]
        return self

    def type(self, text: str) -> Hands:
        for letter in text:
            wanted = f"digit:{letter}" if letter.isdecimal() else f"key:{letter}"
            while wanted not in (ids := {b.id for b in pressable(self.views[-1])}):
                swapped = f"key:{letter.swapcase()}" in ids and letter != " "
                self.press("shift" if swapped else "keyboard")
            self.press(wanted)
        return self


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[tuple[Around, Mapping[str, Any]]]:
    (tmp_path / "sticks").mkdir()
    with pretended(tmp_path / "sticks") as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers answer sooner than devices."""
    monkeypatch.setattr(found, "ANSWER_S", 0.1)


def place_in(folder: Path) -> Place:
    return Place(folder / "kiosk.toml", f'[store]\nfolder = "{folder}/store"\n')


def to_the_devices(hands: Hands, verbs: Mapping[str, Any]) -> None:
    hands.press("language:ru", "new", "kind:club").type("Орбита 5").press("next")
    hands.press("currency:RUB", "zone:Europe/Moscow")
    hands.at(at.NetworkShown)
    hands.press("next")
    hands.at(at.SwipeNow)
    scene = hands.assistant.state
    hands.swipe(verbs, ";7700000001?", lambda: hands.assistant.state.page > scene.page)
    hands.at(at.DevicesShown)


@pytest.mark.slow
def test_from_an_empty_machine_to_a_kiosk_that_runs(
    tmp_path: Path, bench: tuple[Around, Mapping[str, Any]]
) -> None:
    around, verbs = bench
    place = place_in(tmp_path)
    hands = Hands(place, around)
    try:
        to_the_devices(hands, verbs)
        kinds = {d.kind for d in hands.assistant.state.answers.taken}
        assert kinds >= {"stripe", "acceptor", "printer"}
        hands.press("later:3", "next").type("Ольга").press("next")
        hands.at(at.OwnerCard)
        problem = at.OwnerCard("setup.card.guest")
        hands.swipe(verbs, ";7700000001?", lambda: hands.assistant.state.scene == problem)
        hands.swipe(
            verbs, ";9900000106?", lambda: isinstance(hands.assistant.state.scene, at.OwnerPin)
        )
        for _ in range(2):
            hands.press(*(f"digit:{d}" for d in "482917"), "next")
        hands.at(at.Summary)
        assert not place.config.exists()
        hands.press("make")
        asked = hands.at(at.DidItComeOut)
        assert asked.reason == ""
        hands.press("yes")
        shown = hands.at(at.CodeShown)
        assert shown.printed
        papers = tmp_path / "papers"
        papers.mkdir()
        verbs["receipts"]([str(papers)])
        (test, code) = sorted(papers.glob("*.txt"))
        assert "Орбита 5" in test.read_text("utf-8")
        assert shown.code[:14] in code.read_text("utf-8")
        hands.press("next")
        hands.until(lambda: hands.assistant.ended)
    finally:
        hands.assistant.end()
    _must_be_the_kiosk(place, shown.code)
    assert main(["verify", "--config", str(place.config)]) == 0


def _must_be_the_kiosk(place: Place, code: str) -> None:
    chosen = config.load(place.config)
    assert chosen.simulated and chosen.kiosk.language == "ru"
    made = Venue.open(chosen.store.path, chosen.store.secrets_path)
    try:
        assert proven(made, lambda what, done, of: None)[1] == []
        assert made.ask(settings.GetVenue(), NOW).name == "Орбита 5"
        (person,) = made.ask(staff.ListStaff(), NOW, "cli")
        assert (person.name, person.card, person.pin) == ("Ольга", "9900000106", "set")
        books = made.books(NOW)
        pins.check(books, staff.owner_of("1"), "482917", staff.policy(books))
        # The code on the paper lets the owner in.
        used = staff.UseRecoveryCode("1", code, "830174", staff.new_code(made.random))
        done = made.do(used, actor="kiosk", key="code:1", now=NOW)
        assert not isinstance(done, Refused), done
    finally:
        made.close()


@pytest.mark.slow
def test_a_printer_without_paper_is_told_and_done_without(
    tmp_path: Path, bench: tuple[Around, Mapping[str, Any]]
) -> None:
    around, verbs = bench
    hands = Hands(place_in(tmp_path), around)
    try:
        to_the_devices(hands, verbs)
        hands.press("later:3", "next").type("Ольга").press("next", "without")
        for _ in range(2):
            hands.press(*(f"digit:{d}" for d in "482917"), "next")
        verbs["paper"](["out"])
        hands.press("make")
        assert hands.at(at.DidItComeOut).reason == "paper_out"
        verbs["paper"](["ok"])
        hands.press("again")
        hands.until(lambda: getattr(hands.assistant.state.scene, "reason", "x") == "")
        hands.press("without")
        assert not hands.at(at.CodeShown).printed
    finally:
        hands.assistant.end()


# --- restore ----------------------------------------------------------------------------------


def stick_with(folder: Path, *, key: bool) -> Path:
    """A stick with a backup of a kiosk that ran, sealed secrets, and the owner's key."""
    old = place_in(folder / "old")
    old.config.parent.mkdir(parents=True)
    create(PLAN, old, NOW)
    store = config.load(old.config).store
    made = Venue.open(store.path, store.secrets_path)
    done = made.do(cash.RecordStart(1), actor="kiosk", key="start:1", now=NOW)
    assert not isinstance(done, Refused)
    private, public = seal.new_recovery_key()
    place = folder / "sticks" / "BACKUP" / "foyer"
    place.mkdir(parents=True)
    keyring.seal_secrets(made.store, made.books(NOW).secrets, place, public, NOW)
    made.close()
    backup.back_up(store.path, place, 14, lambda what, done, of: None)
    if key:
        (folder / "sticks" / "BACKUP" / "owner.key").write_text(f"# mine\n{private}\n", "ascii")
    shutil.rmtree(folder / "old")
    return place


def nothing_plugged(folder: Path) -> Around:
    return Around(
        lines=list,
        readers=lambda socket: ["ACS ACR122U PICC Interface 00 00"],
        sticks=folder / "sticks",
        lights=lambda: None,
        usb=tuple,
    )


@pytest.mark.parametrize("key", [True, False])
def test_a_kiosk_comes_back_from_a_stick(tmp_path: Path, key: bool) -> None:
    stick_with(tmp_path, key=key)
    place = place_in(tmp_path)
    # An assistant that was cut off has left books of its own: they are not in the way.
    create(PLAN, place, NOW)
    place.config.unlink()
    hands = Hands(place, nothing_plugged(tmp_path), simulated=False)
    try:
        hands.press("language:en", "restore")
        (copy,) = hands.at(at.CopiesShown).copies
        assert (copy.kiosk, copy.stick, copy.entries, copy.key) == ("K1", "BACKUP", 5, key)
        hands.press("copy:0", "yes")
        back = hands.at(at.BooksBack)
        assert bool(back.missing) is not key
        hands.press("next")
        hands.at(at.NetworkShown)
        hands.press("next")
        hands.at(at.DevicesShown)
        hands.press("next", "make")
        hands.until(lambda: hands.assistant.ended)
    finally:
        hands.assistant.end()
    chosen = config.load(place.config)
    made = Venue.open(chosen.store.path, chosen.store.secrets_path)
    assert made.ask(cash.LastStart(), NOW) == 1
    (person,) = made.ask(staff.ListStaff(), NOW, "cli")
    # Without the key the PINs are gone with the secrets.
    assert person.pin == ("set" if key else "none")
    made.close()
    assert main(["verify", "--config", str(place.config)]) == 0


def test_a_stick_without_a_sound_copy_loses_nothing(tmp_path: Path) -> None:
    folder = stick_with(tmp_path, key=True)
    (file,) = folder.glob("*.db")
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    file.write_bytes(data)
    place = place_in(tmp_path)
    create(PLAN, place, NOW)
    chosen = config.load(place.config).store
    made = Venue.open(chosen.path, chosen.secrets_path)
    done = made.do(cash.RecordStart(1), actor="kiosk", key="start:1", now=NOW)
    assert not isinstance(done, Refused)
    made.close()
    place.config.unlink()
    hands = Hands(place, nothing_plugged(tmp_path), simulated=False)
    try:
        hands.press("language:en", "restore")
        hands.at(at.CopiesShown)
        hands.press("copy:0", "yes")
        vain = hands.at(at.InVain)
        assert vain.refused.key == "err.setup_restore" and vain.lines
        there = books_there(chosen, NOW)
        assert (there.state, there.entries) == ("used", 5)
        # Pulled out meanwhile: the page says so, and nothing is lost either.
        hands.press("back")
        shutil.rmtree(tmp_path / "sticks" / "BACKUP")
        hands.press("yes")
        assert hands.at(at.InVain).refused.key == "err.stick_gone"
    finally:
        hands.assistant.end()
    assert books_there(chosen, NOW) == there


def test_looking_for_copies_finds_them_wherever_they_lie(tmp_path: Path) -> None:
    stick = stick_with(tmp_path, key=True).parent
    shutil.copytree(stick / "foyer", stick / "backups" / "K1")
    (stick / "K4-2026-11.jsonl").write_text("{}\n")
    (stick / "notes.txt").write_bytes(b"\xff\xfe")
    errands = Errands(place_in(tmp_path), Helper(tmp_path, None), nothing_plugged(tmp_path))
    told = errands.go(m.LookForCopies())
    assert isinstance(told, m.CopiesFound)
    places = sorted((Path(c.folder).relative_to(stick).as_posix(), c.kiosk) for c in told.copies)
    assert places == [(".", "K4"), ("backups/K1", "K1"), ("foyer", "K1")]
    assert all(copy.key for copy in told.copies)
    assert "foyer-private" not in repr(told)


# --- errands ----------------------------------------------------------------------------------


def test_an_errand_that_is_refused_is_told(tmp_path: Path) -> None:
    errands = Errands(place_in(tmp_path), Helper(tmp_path, None), nothing_plugged(tmp_path))
    told = errands.go(m.JoinNetwork("Club", "secret12"))
    assert isinstance(told, m.Failed) and told.refused.key == "err.no_helper"
    assert errands.go(m.SetMachineZone("Europe/Moscow")) is None
    assert errands.go(m.AskPrinter("127.0.0.2")) == m.PrinterAnswered(None)
    told = errands.go(m.LookForDevices())
    assert isinstance(told, m.DevicesFound)
    assert [(d.kind, d.taken) for d in told.devices] == [("reader", True)]


def test_a_mistake_of_ours_ends_the_assistant(tmp_path: Path) -> None:
    class Broken(Errands):
        def go(self, effect: m.Effect) -> m.Event | None:
            raise ZeroDivisionError("ours")

    errands = Broken(place_in(tmp_path), Helper(tmp_path, None), nothing_plugged(tmp_path))
    assistant = Assistant(State(Surroundings(ZONES)), errands, lambda view: None)
    assistant.begin()
    assistant._wanted.put(m.LookAtNetwork())
    with pytest.raises(ZeroDivisionError):
        for _ in range(GIVE_UP_TURNS):
            assistant.turn(system_now(), wait_s=0.1)
