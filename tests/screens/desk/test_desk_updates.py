"""Updates by touches: how they stand, what is found, what somebody has to mean, what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest

from kiosk.core.desk.machine import MachinePage
from kiosk.core.desk.updates import UpdatesPage
from kiosk.core.errands import (
    Errand,
    InstallUpdate,
    LookAtMachine,
    LookForUpdates,
    MachineLook,
    SwitchUpdate,
    UpdateFound,
    Updates,
)
from kiosk.core.errors import Refused
from kiosk.core.messages import ErrandTold
from kiosk.core.sentences import SENTENCES
from kiosk.core.updates import PROBLEMS, WHYS, Busy, UpdateState
from kiosk.screens.view import Meter
from tests.screens.desk.hands import CASHIER, Hands, attendant, inside

LOOK = MachineLook("Pi 4", 54, 31, 3600, helper=True, slots=True)
STATE = UpdateState("A", "1.0-20260101")
NEW = UpdateFound("stick", "KEY/foyer-1.1-20260201.raucb", "1.1-20260201", "KEY")
OLD = UpdateFound("network", "foyer-0.9-20250101.raucb", "0.9-20250101")


class Slots:
    """What the machine answers, and what it was asked for."""

    def __init__(self) -> None:
        self.state: UpdateState | None = STATE
        self.found: tuple[UpdateFound, ...] = (NEW, OLD)
        self.away = ""
        self.sent: list[Errand] = []

    def look(self, errand: LookForUpdates) -> Updates:
        self.sent.append(errand)
        if not errand.everywhere:
            return Updates(self.state)
        return Updates(self.state, self.found, self.away)


@pytest.fixture
def slots() -> Slots:
    return Slots()


@pytest.fixture
def hands(slots: Slots) -> Iterator[Hands]:
    with attendant() as made:
        made.does[LookAtMachine] = lambda errand: LOOK
        made.does[LookForUpdates] = slots.look
        made.sign_in()
        made.go("devices")
        yield made


def at_updates(hands: Hands) -> UpdatesPage:
    hands.press("Machine", "Updates")
    page = hands.page
    assert isinstance(page, UpdatesPage)
    return page


def ended(hands: Hands, result: object) -> None:
    page = hands.page
    assert isinstance(page, UpdatesPage) and page.errand
    hands.run_errands(hands.tell(ErrandTold(page.errand, ended=True, result=result)))


def maintained(hands: Hands) -> dict[str, Any]:
    assert hands.entry.kind == "machine_maintained" and hands.entry.actor == "staff:106"
    return dict(hands.entry.refs)


def test_how_it_stands_is_told_and_the_way_leads_back(hands: Hands) -> None:
    at_updates(hands)
    hands.says("1.0-20260101", "Slot A", "the version before")
    hands.press("back")
    assert isinstance(hands.page, MachinePage) and hands.page.look == LOOK
    hands.press("updates")
    assert isinstance(hands.page, UpdatesPage)


def test_a_machine_without_slots_shows_none_of_it(hands: Hands) -> None:
    hands.does[LookAtMachine] = lambda errand: replace(LOOK, slots=False)
    hands.go("today")
    hands.go("devices")
    hands.press("Machine")
    assert "updates" not in hands.pressable()


def test_who_may_not_restart_the_machine_may_not_update_it(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("devices")
    hands.press("Machine")
    assert "updates" not in hands.pressable()
    hands.tell_button("updates")
    assert not isinstance(hands.page, UpdatesPage)


def test_a_newer_one_is_installed_with_progress_and_then_ready(hands: Hands, slots: Slots) -> None:
    at_updates(hands)
    hands.press("Look for updates")
    hands.says("on the stick KEY", "newer", "not newer", "in the network")
    hands.press("this:0")
    page = hands.page
    assert isinstance(page, UpdatesPage) and page.doing == "installing"
    assert maintained(hands) == {"what": "update_asked", "detail": NEW.file}
    hands.tell(ErrandTold(page.errand, 40, 100))
    assert [(m.done, m.of) for m in inside(hands.view, Meter)] == [(40, 100)]
    assert not {"look", "this:0", "this:1", "switch"} & set(hands.pressable())
    ended(hands, Updates(replace(STATE, phase="ready", to=NEW.version, number=1)))
    hands.says(f"Version {NEW.version} is ready.", "on the stick KEY")


def test_an_older_one_has_to_be_meant(hands: Hands, slots: Slots) -> None:
    at_updates(hands)
    hands.press("Look for updates", "this:1")
    hands.says("is not newer than what runs now")
    hands.press("No, leave it")
    assert "machine_maintained" not in hands.kinds()
    started: list[Errand] = []
    hands.does[InstallUpdate] = lambda errand: started.append(errand) or Updates(STATE)
    hands.press("this:1", "Install it")
    assert started == [InstallUpdate("network", OLD.file, older=True)]
    assert maintained(hands) == {"what": "update_asked", "detail": f"{OLD.file} older"}


def test_switching_now_is_asked_and_on_record(hands: Hands, slots: Slots) -> None:
    slots.state = replace(STATE, phase="ready", to="1.1", number=1)
    at_updates(hands)
    hands.press("Restart into it now")
    hands.says("nobody is served")
    hands.press("back")
    assert "machine_maintained" not in hands.kinds()
    hands.press("switch", "yes")
    assert maintained(hands) == {"what": "restart_machine", "detail": "update 1.1"}
    hands.says("The machine restarts into the update now.")
    assert not hands.pressable().keys() & {"back", "yes", "look"}


@pytest.mark.parametrize("word", [w for w in get_args(Busy) if w in ("note", "printer", "device")])
def test_what_is_under_way_is_waited_for(hands: Hands, slots: Slots, word: str) -> None:
    slots.state = replace(STATE, phase="ready", to="1.1", number=1)

    def refuse(errand: SwitchUpdate) -> Refused:
        return Refused(f"err.update_busy_{word}")

    hands.does[SwitchUpdate] = refuse
    at_updates(hands)
    hands.press("switch", "yes")
    assert hands.notice == SENTENCES[f"err.update_busy_{word}"]
    assert "switch" in hands.pressable()


@pytest.mark.parametrize("why", WHYS)
def test_it_says_why_the_machine_went_back(hands: Hands, slots: Slots, why: str) -> None:
    slots.state = replace(STATE, phase="back", to="1.1", why=why)
    at_updates(hands)
    told = SENTENCES[f"desk.updates.why.{why}"]
    hands.says("Version 1.1 was tried and the machine went back:", str(told))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_it_says_why_it_was_not_installed(hands: Hands, slots: Slots, problem: str) -> None:
    at_updates(hands)
    hands.press("look", "this:0")
    slots.state = replace(STATE, problem=problem)
    ended(hands, Refused(f"err.update_{problem}"))
    told = SENTENCES[f"err.update_{problem}"]
    assert hands.notice == told
    hands.says("The last update was not installed:", str(told), "on the stick KEY")


def test_an_address_that_is_away_hides_no_stick(hands: Hands, slots: Slots) -> None:
    slots.away = "err.updates_unreachable"
    slots.found = (NEW,)
    at_updates(hands)
    hands.press("look")
    hands.says("The address for updates does not answer.", "on the stick KEY")


def test_one_that_is_written_by_itself_is_told_too(hands: Hands, slots: Slots) -> None:
    slots.state = replace(STATE, phase="installing", to="1.1", percent=12)
    at_updates(hands)
    hands.says("Version 1.1 is being written")
    assert [(m.done, m.of) for m in inside(hands.view, Meter)] == [(12, 100)]


@pytest.mark.parametrize("button", ["this:7", "this:x", "yes", "switch", "nothing"])
def test_a_button_that_is_none_changes_nothing(hands: Hands, button: str) -> None:
    at_updates(hands)
    before = hands.page
    hands.tell_button(button)
    assert hands.page == before and "machine_maintained" not in hands.kinds()
