"""The assistant's journey, as a table: where a button leads, what is asked of the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.errors import Refused
from kiosk.core.messages import CardPresented, CardRefused, Touched
from kiosk.first_boot import messages as m
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import Device, Plan, merged, named
from kiosk.first_boot.creation import BooksThere
from kiosk.first_boot.present import _VIEWS
from kiosk.first_boot.touches import TOUCHED, zones_of
from tests.first_boot.owner import (
    ACCEPTOR,
    FOUND,
    NOW,
    PRINTER,
    READER,
    ZONES,
    Owner,
    machine,
    owner,
    to_the_network,
    to_the_owner,
    to_the_summary,
    to_the_venue,
)
from tests.first_boot.walks import stopped

USED = BooksThere("used", "K7", "Orbit Club", "Europe/Moscow", entries=42)


def scene(of: Owner) -> Any:
    return type(of.state.scene)


def asked(of: Owner, kind: type) -> list[Any]:
    return [effect for effect in of.did if isinstance(effect, kind)]


def test_from_the_first_page_to_the_kiosk() -> None:
    made = owner()
    to_the_summary(made)
    assert scene(made) is at.Summary
    made.press("make")
    (setup,) = asked(made, m.SetUp)
    plan: Plan = setup.plan
    assert (plan.kiosk, plan.language, plan.devices) == ("K1", "en", FOUND)
    assert plan.venue is not None and plan.venue.name == "Orbit Club"
    assert plan.venue.settings["time_zone"] == "Europe/Moscow"
    assert plan.owner is not None and (plan.owner.name, plan.owner.pin) == ("Olga", "482917")
    assert asked(made, m.SetMachineZone) == [m.SetMachineZone("Europe/Moscow")]
    # The test page is out; the code is printed and shown, and the kiosk begins.
    assert scene(made) is at.DidItComeOut
    made.press("yes")
    assert made.state.scene == at.CodeShown("ABCD-EFGH-IJKL-MNOP-QRST-UVWX", printed=True)
    assert [p.document.kind for p in asked(made, m.PrintPaper)] == ["test_page"] * 2
    made.press("next")
    assert scene(made) is at.AllDone and made.did[-1] == m.BeginKiosk()


def test_what_was_typed_stands_in_no_repr() -> None:
    made = to_the_summary(owner()).press("make")
    assert "482917" not in repr(made.state) + repr(made.did)
    assert "Olga" not in repr(made.state) + repr(made.did)
    assert "UVWX" not in repr(made.state) + repr(m.KioskMade("ABCD-UVWX"))
    wifi = to_the_network(owner()).press("wifi").type("Club").press("next").type("secret12")
    assert "secret12" not in repr(wifi.state)
    assert "secret12" not in repr(wifi.press("next").did)


def test_back_leads_through_every_page_to_the_first() -> None:
    made = to_the_summary(owner())
    before = len(made.state.trail)
    while made.state.trail:
        made.press("back")
        assert len(made.state.trail) < before
        before = len(made.state.trail)
    assert scene(made) is at.LanguageChoice
    # What was answered is still there.
    assert made.state.answers.venue == "Orbit Club" and made.state.answers.owner is not None


def test_a_touch_of_a_former_page_is_none_of_this_one() -> None:
    made = owner().press("language:ru")
    page = made.view.frame.page
    made.press("new")
    for late in ("restore", "back"):
        assert made.hear(Touched(late, page)).state.scene == at.KindChoice()


def test_a_second_answer_of_an_errand_is_nobodys() -> None:
    made = to_the_network(owner())
    state = made.state
    assert made.hear(m.NetworkSeen(("10.0.0.1",))).state == state
    assert made.hear(m.KioskMade("X")).state == state
    assert made.hear(m.Failed(Refused("err.setup_failed"))).state == state


def test_every_scene_is_shown_and_takes_touches() -> None:
    kinds = set(at.Scene.__args__)
    assert set(TOUCHED) == kinds == set(_VIEWS)


@pytest.mark.parametrize("kind", TOUCHED)
def test_a_button_that_nobody_knows_changes_nothing(kind: Any) -> None:
    states = [state for state, _ in stopped().values() if isinstance(state.scene, kind)]
    assert states, f"no walk stops at {kind}"
    for strange in ("", "nothing", "zone:Nowhere/Town", "take:99", "copy:99", "kiosk:K99"):
        assert Owner(states[0]).hear(Touched(strange, states[0].page)).state == states[0], strange


# --- books ------------------------------------------------------------------------------------


def test_books_that_are_there_are_kept_and_asked_no_more_about() -> None:
    made = owner(there=USED).press("language:en")
    assert scene(made) is at.BooksFound
    made.press("keep")
    assert scene(made) is at.NetworkShown
    assert asked(made, m.SetMachineZone) == [m.SetMachineZone("Europe/Moscow")]
    made.press("next", "next")
    assert scene(made) is at.Summary
    made.press("make")
    (setup,) = asked(made, m.SetUp)
    assert setup.plan == Plan("K7", "en", FOUND)
    made.hear(m.KioskMade(""))


def test_books_are_put_aside_after_a_second_question() -> None:
    made = owner(there=USED).press("language:en", "aside")
    assert scene(made) is at.AsideSure and not made.state.answers.aside
    made.press("yes")
    assert scene(made) is at.KindChoice and made.state.answers.aside


def test_broken_books_cannot_be_kept() -> None:
    made = owner(there=BooksThere("broken", why="empty")).press("language:en")
    assert made.hear(Touched("keep", made.state.page)).state.scene == at.BooksFound()


def test_a_copy_is_restored_and_only_the_machine_asked_about() -> None:
    copy = m.Copy("/run/foyer-sticks/B", "B", "K3", 1, 9, "2026-11-22", True)

    def answers(effect: m.Effect) -> m.Event | None:
        match effect:
            case m.LookForCopies():
                return m.CopiesFound((copy,))
            case m.RestoreBooks():
                return m.BooksRestored("K3", "Park", "Europe/Berlin", 9, ())
            case m.SetUp():
                return m.KioskMade("")
            case _:
                return machine(effect)

    made = Owner(owner().state, answers=answers)
    made.press("language:de", "restore", "copy:0", "yes")
    assert made.state.scene == at.BooksBack(9, ())
    assert asked(made, m.RestoreBooks) == [m.RestoreBooks(copy)]
    # Nothing leads back to before the books were there.
    assert made.state.trail == ()
    made.press("next", "next", "next", "make")
    (setup,) = asked(made, m.SetUp)
    assert setup.plan == Plan("K3", "de", FOUND)
    # There is no new code; after the test page the kiosk begins.
    made.press("yes")
    assert scene(made) is at.AllDone


# --- the venue --------------------------------------------------------------------------------


def test_a_venue_without_a_name_is_asked_again() -> None:
    made = to_the_venue(owner()).press("kind:club")
    assert not made.view.next.enabled  # type: ignore[union-attr]
    made.hear(Touched("next", made.state.page))
    assert made.state.scene.form.problem.key == "err.setup_empty"  # type: ignore[union-attr]


def test_letters_find_a_city_and_whose_name_begins_so_comes_first() -> None:
    around = owner().state
    assert zones_of(around, "mos") == ("Europe/Moscow",)
    assert zones_of(around, "new york") == ("America/New_York",)
    assert zones_of(around, "") == zones_of(around, "xx") == ()
    berlin = replace(around, around=replace(around.around, zones=(*ZONES, "Asia/Europa")))
    assert zones_of(berlin, "europ")[0] == "Asia/Europa"


# --- network and devices ----------------------------------------------------------------------


def test_a_wifi_is_joined_and_what_cannot_be_a_password_is_not_even_tried() -> None:
    made = to_the_network(owner()).press("wifi").type("Club 5").press("next").type("sec")
    made.press("next")
    assert asked(made, m.JoinNetwork) == []
    made.type("ret12").press("next")
    assert asked(made, m.JoinNetwork) == [m.JoinNetwork("Club 5", "secret12")]
    assert made.state.scene == at.NetworkShown(("192.168.7.9",))
    # Back leads past the password.
    made.press("back")
    assert scene(made) is at.CityChoice


def test_a_wifi_that_does_not_work_can_be_tried_again() -> None:
    made = to_the_network(owner()).press("wifi").type("Club").press("next").type("secret12")
    made.answers = lambda effect: m.Failed(Refused("err.helper_failed"))
    made.press("next")
    assert scene(made) is at.InVain
    made.press("back")
    assert made.state.scene.what == "wifi_password"  # type: ignore[union-attr]


def test_without_a_helper_no_network_is_set_and_no_clock() -> None:
    made = owner(helper=False)
    made.now = replace(NOW, synced=False)
    to_the_network(made)
    state = made.state
    assert made.hear(Touched("wifi", state.page)).state == state
    made.press("next", "next").type("Olga").press("next", "without")
    made.digits("482917").press("next").digits("482917").press("next")
    assert scene(made) is at.Summary


def test_each_device_is_taken_or_left() -> None:
    made = to_the_network(owner()).press("next")
    assert made.state.answers.taken == FOUND
    made.press("take:1")
    assert made.state.answers.taken == (READER, PRINTER)
    made.press("take:0", "take:2")
    assert made.state.answers.taken == ()
    state = made.state
    assert made.hear(Touched("next", state.page)).state == state
    # Looking again forgets no answer.
    made.press("take:2", "again")
    assert made.state.answers.taken == (PRINTER,)


def test_a_stripe_reader_is_known_by_a_swipe_on_its_line() -> None:
    lines = ("/dev/ttyUSB0", "/dev/ttyUSB1")

    def answers(effect: m.Effect) -> m.Event | None:
        if isinstance(effect, m.LookForDevices):
            return m.DevicesFound((PRINTER,), lines)
        return machine(effect)

    made = Owner(owner().state, answers=answers)
    to_the_network(made).press("next")
    assert made.state.scene == at.SwipeNow(lines)
    assert made.did[-1] == m.WaitForSwipe(lines)
    made.hear(m.Swiped("/dev/ttyUSB1"))
    assert made.did[-1] == m.StopReading()
    stripe = Device("stripe", "magstripe", {"port": "/dev/ttyUSB1"})
    assert made.state.answers.taken == (PRINTER, stripe)
    # Looking again asks only about the line of which nothing is known, and keeps the reader.
    made.press("again")
    assert made.state.scene == at.SwipeNow(("/dev/ttyUSB0",))
    made.press("none")
    assert made.state.answers.taken == (PRINTER, stripe)


def test_a_printer_of_the_network_is_asked_by_its_address() -> None:
    made = to_the_network(owner()).press("next", "address").type("192.168.1.50").press("next")
    assert asked(made, m.AskPrinter) == [m.AskPrinter("192.168.1.50")]
    ports = [d.port for d in made.state.answers.taken if d.kind == "printer"]
    assert ports == [PRINTER.port, "tcp://192.168.1.50:9100"]
    assert [name for name, _ in named(made.state.answers.taken)] == [
        *("reader", "acceptor", "printer"),
        "printer-2",
    ]
    wrong = to_the_network(owner()).press("next", "address").type("192.168.1").press("next")
    assert asked(wrong, m.AskPrinter) == []


def test_what_was_named_by_hand_stays_when_devices_are_looked_for_again() -> None:
    by_hand = Device("printer", "escpos", {"port": "tcp://192.168.1.50:9100"})
    left = replace(ACCEPTOR, taken=False)
    gone = Device("printer", "escpos", {"port": "/dev/gone"})
    assert merged((left, by_hand, gone), (READER, ACCEPTOR)) == (READER, left, by_hand)


# --- the owner --------------------------------------------------------------------------------


def at_the_card() -> Owner:
    return to_the_owner(owner()).type("Olga").press("next")


def test_a_staff_card_becomes_the_owners() -> None:
    made = at_the_card()
    assert made.did[-1] == m.ReadCards((READER,))
    made.hear(CardPresented("stripe", "magnetic", ";9900000106?"))  # type: ignore[arg-type]
    assert scene(made) is at.OwnerPin and made.did[-1] == m.StopReading()
    assert made.state.answers.owner is not None
    assert made.state.answers.owner.card == "9900000106"


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (CardPresented("reader", "contactless", "04A1B2C3D4E5F6"), "setup.card.guest"),  # type: ignore[arg-type]
        (CardPresented("stripe", "magnetic", ";1234?"), "setup.card.unknown"),  # type: ignore[arg-type]
        (CardRefused("reader", "contactless", "bank_card"), "setup.card.bank_card"),  # type: ignore[arg-type]
        (CardRefused("reader", "contactless", "random_uid"), "setup.card.random_uid"),  # type: ignore[arg-type]
        (CardRefused("stripe", "magnetic", "unreadable"), "setup.card.unreadable"),  # type: ignore[arg-type]
    ],
)
def test_another_card_is_none_and_the_page_says_why(event: Any, problem: str) -> None:
    made = at_the_card().hear(event)
    assert made.state.scene == at.OwnerCard(problem)
    assert made.view is not None
    made.press("without")
    assert made.state.answers.owner is not None and made.state.answers.owner.card == ""


def test_the_pin_is_typed_twice_and_no_easy_one_is_taken() -> None:
    made = at_the_card().press("without").digits("123456").press("next")
    assert made.state.scene == at.OwnerPin(problem="register.pin.easy")
    made.digits("482917").press("next").digits("482918").press("next")
    assert made.state.scene == at.OwnerPin(problem="register.pin.different")
    made.digits("4829").press("erase").digits("917").press("next").digits("482917").press("next")
    assert scene(made) is at.Summary
    # Back finds an empty page.
    assert made.press("back").state.scene == at.OwnerPin()


def test_without_a_reader_nobody_is_asked_for_a_card() -> None:
    made = to_the_network(owner()).press("next", "take:0", "next").type("Olga").press("next")
    assert scene(made) is at.OwnerPin


# --- clock, summary ---------------------------------------------------------------------------


def at_the_clock() -> Owner:
    made = owner()
    made.now = replace(NOW, synced=False)
    to_the_summary(made)
    assert scene(made) is at.ClockSetting
    return made


def test_a_clock_that_no_network_sets_is_set_by_hand() -> None:
    made = at_the_clock().digits("231120261902").press("next")
    # Moscow is three hours ahead.
    assert asked(made, m.SetMachineClock) == [m.SetMachineClock("2026-11-23T16:02:00Z")]
    assert scene(made) is at.Summary


@pytest.mark.parametrize("digits", ["310220261200", "011320261200", "231120262400", "231119991200"])
def test_no_such_moment_is_set(digits: str) -> None:
    made = at_the_clock().digits(digits).press("next")
    assert asked(made, m.SetMachineClock) == []
    assert made.state.scene == at.ClockSetting(problem="err.setup_clock")


def test_a_clock_that_is_right_is_left_alone() -> None:
    assert scene(at_the_clock().press("right")) is at.Summary


@pytest.mark.parametrize("chapter", ["venue", "network", "devices", "owner", "kiosk"])
def test_from_the_summary_everything_is_corrected_and_leads_back(chapter: str) -> None:
    made = to_the_summary(owner()).press(f"correct:{chapter}")
    match chapter:
        case "venue":
            made.press("kind:centre").type(" 2").press("next", "currency:EUR", "zone:Europe/Berlin")
        case "network":
            made.press("next")
        case "devices":
            made.press("take:1", "next")
        case "owner":
            made.type("ia").press("next", "without")
            made.digits("830174").press("next").digits("830174").press("next")
        case "kiosk":
            made.press("kiosk:K2")
    assert scene(made) is at.Summary and not made.state.correcting
    made.press("make")
    (setup,) = asked(made, m.SetUp)
    plan = setup.plan
    assert plan.venue is not None and plan.owner is not None
    changed = {
        "venue": plan.venue.name == "Orbit Club 2" and plan.venue.currency.code == "EUR",
        "network": True,
        "devices": plan.devices == (READER, PRINTER),
        "owner": (plan.owner.name, plan.owner.pin) == ("Olgaia", "830174"),
        "kiosk": plan.kiosk == "K2",
    }
    assert changed[chapter]


def test_a_creation_that_failed_is_tried_again_with_the_same_answers() -> None:
    made = to_the_summary(owner())
    made.answers = lambda effect: m.Failed(Refused("err.setup_failed"), ("no space left",))
    made.press("make")
    assert scene(made) is at.InVain
    made.answers = machine
    made.press("again")
    first, second = asked(made, m.SetUp)
    assert first == second and scene(made) is at.DidItComeOut


# --- paper ------------------------------------------------------------------------------------


def test_what_did_not_come_out_is_printed_again_or_done_without() -> None:
    made = to_the_summary(owner())
    papers: list[m.Effect] = []

    def answers(effect: m.Effect) -> m.Event | None:
        if isinstance(effect, m.PrintPaper):
            papers.append(effect)
            return m.PaperCame("paper_out" if len(papers) == 1 else "")
        return machine(effect)

    made.answers = answers
    made.press("make")
    assert made.state.scene.reason == "paper_out"  # type: ignore[union-attr]
    state = made.state
    assert made.hear(Touched("yes", state.page)).state == state
    made.press("again")
    assert made.state.scene.reason == "" and len(papers) == 2  # type: ignore[union-attr]
    made.press("without")
    assert made.state.scene == at.CodeShown("ABCD-EFGH-IJKL-MNOP-QRST-UVWX")
    assert len(papers) == 2


def test_without_a_printer_the_code_is_only_shown() -> None:
    made = to_the_network(owner()).press("next", "take:2", "next").type("Olga")
    made.press("next", "without").digits("482917").press("next").digits("482917").press("next")
    made.press("make")
    assert asked(made, m.PrintPaper) == []
    assert made.state.scene == at.CodeShown("ABCD-EFGH-IJKL-MNOP-QRST-UVWX")


def test_mistakes_of_the_file_are_shown_first_and_lead_to_the_assistant() -> None:
    made = owner(mistakes=("one", "two", "three")).hear(m.Begun())
    assert made.state.scene == at.FileMistakes()
    made.press("later:2", "earlier:0", "by_hand")
    assert scene(made) is at.LanguageChoice
