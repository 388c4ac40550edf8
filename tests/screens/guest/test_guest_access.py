"""For everyone: the choice (G1), time enough, whole journeys without a finger, a voice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.guest import journeys
from kiosk.core.ids import DeviceId
from kiosk.core.journey import seconds_of
from kiosk.core.messages import (
    DeviceDown,
    DeviceUp,
    HeadsetChanged,
    Sound,
    Speak,
)
from kiosk.core.situation import (
    Access,
    Bill,
    CardHome,
    Choice,
    Done,
    History,
    Problem,
    Registering,
    TapToRegister,
    TopUp,
    Unknown,
    Welcome,
)
from kiosk.speech import Prompter
from tests.core.guest import PHONE, PIN, PRINTER, TIMES, UID
from tests.screens.guest.fingerless import BACKSPACE, ENTER, ESCAPE, TAB, fingerless
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.robot import Robot

VOICE, SWITCHES = DeviceId("voice"), DeviceId("switches")


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def with_voice(guest: Visitor) -> Visitor:
    guest.tell(DeviceUp(VOICE, "speech", "1.51"), DeviceUp(SWITCHES, "switches", "next on GPIO5"))
    return guest


# --- the choice ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["large", "contrast", "low", "slower", "speech"])
def test_each_switch_lasts_until_the_guest_leaves(guest: Visitor, name: str) -> None:
    with_voice(guest).home()
    guest.press("access", name, "back")
    assert isinstance(guest.scene, CardHome) and getattr(guest.situation.choice, name)
    guest.press("history" if "history" in guest.shown() else "leave")
    guest.press("access")
    guest.press(name, "back")
    assert guest.situation.choice == Choice("en")
    guest.press("access", name, "back", "leave")
    assert guest.situation.choice == Choice("en") and isinstance(guest.scene, Welcome)


def test_the_frame_tells_the_window_what_was_chosen(guest: Visitor) -> None:
    guest.press("access", "large", "contrast", "low")
    frame = guest.view.frame
    assert frame.large and frame.contrast and frame.low


def test_reading_aloud_is_offered_only_where_there_is_a_voice(guest: Visitor) -> None:
    guest.press("access")
    assert "speech" not in guest.shown()
    guest.tell(DeviceUp(VOICE, "speech"))
    assert guest.buttons()["speech"].enabled
    guest.tell(DeviceDown(VOICE, "speech", "no sound"))
    assert not guest.buttons()["speech"].enabled
    assert guest.buttons()["speech"].why == "The headset does not work now."


def test_on_a_panel_that_is_within_reach_as_a_whole_nothing_need_stand_lower() -> None:
    with visitor(small_panel=True) as guest:
        guest.press("access")
        assert "low" not in guest.shown() and "slower" in guest.shown()


# --- time ------------------------------------------------------------------------------------

IDLE, FORM, RESULT, CASH, EVER = 30, 60, 15, 40, None
SECONDS: dict[str, int | None] = {
    # spec/screens.md, "Guest flow": what a page waits before the bar comes. G0, G1, G2, G10.
    "Welcome": EVER,
    "Access": IDLE,
    "TapToRegister": IDLE,
    "Unknown": RESULT,
    # G3, G4 and what belongs to them.
    "Registering": FORM,
    "CardHome": RESULT,
    "History": RESULT,
    "More": RESULT,
    "PromoTyping": FORM,
    "Receipts": RESULT,
    "ReceiptCode": FORM,  # a phone is looked for, and held to it
    "AskPin": FORM,
    # G5, G6, G7.
    "VisitOffer": IDLE,
    "GuestCount": FORM,
    "Bill": RESULT,
    "Calculation": IDLE,
    # G8, G9a, G9b. At the terminal the bank's own 60 s count.
    "ChooseWay": IDLE,
    "ChooseAmount": IDLE,
    "TypeAmount": IDLE,
    "TopUp": CASH,
    "AtTerminal": EVER,
    "BeingChecked": FORM,
    # G11.
    "PackageChoice": IDLE,
    "PackageDeal": IDLE,
    "PlayChoice": IDLE,
    "PlayMinutes": FORM,
    "StationChoice": IDLE,
    "PlayDeal": IDLE,
    "PlaysChoice": IDLE,
    "StopDeal": IDLE,
    # G12, G14.
    "Holder": FORM,
    "WhichCard": FORM,
    "BlockNow": FORM,
    "Replace": FORM,
    "NewCard": FORM,
    "IsItThis": IDLE,  # short: the card that was shown may be a stranger's
    "MyData": FORM,
    "ProveData": FORM,
    "TakeAlong": FORM,
    "Erase": FORM,
    "OwnPin": FORM,
    "TypePin": FORM,
    # G13: until somebody answers, unless there is something of a guest's behind it.
    "Help": FORM,
    "HelpAlone": EVER,
    "HelpComing": FORM,
    # The end of a task, and what went wrong; GX.
    "Done": RESULT,
    "Problem": IDLE,
}

OLD = (
    *(Welcome, Access, TapToRegister, Unknown, Registering, CardHome),
    *(Bill, History, TopUp, Done, Problem),
)


def every_scene() -> list[type]:
    scenes = {scene for journey in journeys.JOURNEYS for scene in journey.scenes}
    return sorted({*OLD, *scenes}, key=lambda kind: kind.__name__)


def waits(kind: type, guest: Visitor, **choice: Any) -> int | None:
    """What a scene of this kind waits: nothing of it but its kind decides."""
    at = replace(guest.situation, choice=Choice("en", **choice))
    return seconds_of(at, object.__new__(kind))


def test_every_page_waits_as_long_as_the_specification_says(guest: Visitor) -> None:
    assert {kind.__name__: waits(kind, guest) for kind in every_scene()} == SECONDS


@pytest.mark.parametrize("name", ["large", "contrast", "low", "slower", "speech"])
def test_in_any_accessible_mode_every_page_waits_three_times_as_long(
    guest: Visitor, name: str
) -> None:
    for kind in every_scene():
        plain, longer = waits(kind, guest), waits(kind, guest, **{name: True})
        # On the welcome screen nobody is there: only what somebody left behind is taken back.
        base = IDLE if kind is Welcome else plain
        assert longer == (None if base is None else 3 * base), kind


def test_a_machine_that_fell_silent_with_a_note_inside_is_waited_for_no_longer(
    guest: Visitor,
) -> None:
    guest.top_up(500)
    assert isinstance(guest.scene, TopUp)
    stalled = replace(guest.scene, stalled=True)
    slow = replace(guest.situation, choice=Choice("en", slower=True))
    assert seconds_of(slow, stalled) == TIMES.stalled_s


PLACES = {
    "at the balance": (),
    "at a list": ("history",),
    "with no money inside": ("top_up",),
}


@pytest.mark.parametrize("presses", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("slower", [False, True])
def test_ten_times_more_time_is_given_twenty_seconds_before_the_end(
    guest: Visitor, presses: tuple[str, ...], slower: bool
) -> None:
    guest.home()
    if slower:
        guest.press("access", "slower", "back")
    guest.press(*presses)
    scene = type(guest.scene)
    for extension in range(TIMES.extensions_max):
        timer = guest.situation.timer
        assert timer is not None and timer.end_s - timer.warn_s == 20
        assert timer.extensions == extension
        assert "more_time" in guest.shown()
        effects = guest.wait(timer.warn_s - guest.now.mono_s + 1)
        assert guest.situation.timer is not None and guest.situation.timer.warned
        # Warned by more than one sense, whoever asked for an easier screen.
        assert (Sound("attention") in effects) == slower
        guest.press("more_time")
        assert type(guest.scene) is scene
    assert "more_time" not in guest.shown(), "the eleventh time there is no button"
    timer = guest.situation.timer
    assert timer is not None
    guest.wait(timer.end_s - guest.now.mono_s + 1)
    assert type(guest.scene) is not scene


def test_with_money_inside_the_time_that_ends_commits_it(guest: Visitor) -> None:
    card = guest.top_up(500)
    guest.press("access", "slower", "back")
    assert isinstance(guest.scene, TopUp)
    for _ in range(TIMES.extensions_max):
        timer = guest.situation.timer
        assert timer is not None
        assert timer.warn_s - guest.now.mono_s <= 3 * TIMES.cash_s
        guest.wait(timer.warn_s - guest.now.mono_s + 1)
        guest.press("more_time")
    timer = guest.situation.timer
    assert timer is not None
    guest.wait(timer.end_s - guest.now.mono_s + 1)
    assert isinstance(guest.scene, Done) and guest.scene.timed_out
    assert guest.balance(card) == "500.00"


# --- a headset -------------------------------------------------------------------------------


def test_a_headset_that_is_plugged_in_is_spoken_to_until_it_is_pulled_out(guest: Visitor) -> None:
    with_voice(guest)
    guest.tell(HeadsetChanged(SWITCHES, True))
    assert guest.situation.choice.speech and guest.situation.timer is None
    guest.home()
    guest.press("leave")
    assert guest.situation.choice.speech, "the next guest has it in his hand already"
    guest.tell(HeadsetChanged(SWITCHES, False))
    assert not guest.situation.choice.speech


def test_a_headset_on_the_welcome_screen_starts_no_clock(guest: Visitor) -> None:
    with_voice(guest)
    guest.tell(HeadsetChanged(SWITCHES, True))
    assert seconds_of(guest.situation, guest.scene) is None
    guest.press("access", "contrast", "back")
    assert seconds_of(guest.situation, guest.scene) == 3 * TIMES.idle_s


def test_at_the_desk_nothing_is_read_aloud(guest: Visitor) -> None:
    with_voice(guest)
    said: list[Speak] = []
    prompter = Prompter(said.append)
    guest.sign_in()
    guest.tell(HeadsetChanged(SWITCHES, True))
    assert not guest.situation.choice.speech
    prompter.show(guest.situation, guest.view, 0.0)
    assert not said


class Listening:
    """Who has the headset on: what is said after each touch."""

    def __init__(self, guest: Visitor) -> None:
        self.guest = guest
        self.said: list[Speak] = []
        self.prompter = Prompter(self.said.append)
        self.hear()

    def hear(self) -> list[Speak]:
        before = len(self.said)
        self.prompter.show(self.guest.situation, self.guest.view, self.guest.now.mono_s)
        return self.said[before:]

    def press(self, *names: str) -> list[Speak]:
        heard = []
        for name in names:
            self.guest.press(name)
            heard += self.hear()
        return heard


def test_nothing_is_said_unless_somebody_wants_it(guest: Visitor) -> None:
    listening = Listening(with_voice(guest))
    listening.press("access", "large")
    assert not listening.said
    (heard,) = listening.press("speech")
    assert any("Read aloud in the headset, on" in word for word in heard.words)
    (hushed,) = listening.press("speech")
    assert hushed.words == ()
    assert not listening.press("back")


def test_a_new_page_is_read_out_what_changes_on_it_alone_and_in_the_guests_language(
    guest: Visitor,
) -> None:
    with_voice(guest).home()
    listening = Listening(guest)
    (page,) = listening.press("access", "speech", "back")[-1:]
    assert page.language == "en" and not page.after
    assert "Balance" in page.words and "0 roubles" in page.words
    assert not listening.hear(), "the same screen is not said twice"
    (begun,) = listening.press("top_up")
    assert "Inserted" in begun.words and "0 roubles" in begun.words
    guest.insert(500)
    (taken,) = listening.hear()
    assert taken.after and "500 roubles" in taken.words and "Inserted" not in taken.words
    listening.press("access", "language:de")
    (german,) = listening.press("back")
    assert german.language == "de" and "500 Rubel" in german.words


def test_digits_are_echoed_those_of_a_pin_as_stars_and_typing_interrupts(guest: Visitor) -> None:
    guest.tap(UID)
    listening = Listening(with_voice(guest))
    listening.press("access", "speech", "back", "register", "agree", "with_phone")
    heard = [s for digit in PHONE for s in listening.press(f"digit:{digit}")]
    assert [s.words[-1] for s in heard][:9] == list(PHONE)[:9]
    assert not any(s.after for s in heard[:9])
    listening.press("consent", "next")
    stars = [s for digit in PIN[:3] for s in listening.press(f"digit:{digit}")]
    assert [s.words for s in stars] == [("star",)] * 3
    (last,) = listening.press(f"digit:{PIN[3]}")
    assert last.words[0] == "star"
    listening.press("next")
    everything = " ".join(word for s in listening.said for word in s.words)
    assert PIN not in everything and " ".join(PIN) not in everything


def test_the_end_of_the_time_is_said_with_what_to_press(guest: Visitor) -> None:
    with_voice(guest).home()
    listening = Listening(guest)
    listening.press("access", "speech", "back")
    timer = guest.situation.timer
    assert timer is not None
    guest.wait(timer.warn_s - guest.now.mono_s + 1)
    (heard,) = listening.hear()
    assert heard.words[0] == "Your time here is nearly over." and not heard.after
    assert not listening.hear()


def test_the_button_in_the_ring_is_said(guest: Visitor) -> None:
    with_voice(guest)
    listening = Listening(guest)
    listening.prompter.focused("Register a card")
    assert not listening.said, "nobody listens"
    listening.press("access", "speech")
    listening.prompter.focused("English, chosen")
    assert listening.said[-1] == Speak(("English, chosen",), "en")


# --- without a finger ------------------------------------------------------------------------


def test_keys_do_nothing_unless_the_kiosk_has_a_keypad(robot: Robot, guest: Visitor) -> None:
    guest.tap(UID)
    with fingerless(robot, guest, keypad=False) as hands:
        hands.key(TAB, ENTER, ESCAPE)
        assert hands.at == "" and isinstance(guest.scene, Unknown)


def test_the_first_key_shows_where_one_is_and_a_finger_takes_the_ring_away(
    robot: Robot, guest: Visitor
) -> None:
    guest.tap(UID)
    with fingerless(robot, guest) as hands:
        assert hands.at == ""
        hands.key(ENTER)
        assert hands.at == "register" and isinstance(guest.scene, Unknown)
        assert hands.names == ["Register it"] or hands.names[0]
        assert robot.stage.pointer._drawn is not None
        robot.release(robot.hold((3, 300)))
        assert hands.at == "" and robot.stage.pointer._drawn is None


def test_the_ring_stays_on_the_welcome_screen_while_it_is_used_and_goes_with_the_guest(
    robot: Robot, guest: Visitor
) -> None:
    with fingerless(robot, guest) as hands:
        hands.key(TAB)
        assert hands.at
        guest.tell(DeviceDown(PRINTER, "printer", "gone"))
        hands.look()
        assert hands.at, "the screen changed, the guest is still there"
        guest.tell(DeviceUp(PRINTER, "printer"))
        guest.home()
        hands.look()
        hands.key(TAB)
        guest.press("leave")
        hands.look()
        assert not hands.at


def test_one_switch_is_enough_where_the_ring_moves_by_itself(robot: Robot, guest: Visitor) -> None:
    guest.tap(UID)
    from kiosk.screens.pointer import SCAN_ROUNDS

    with fingerless(robot, guest) as hands:
        pointer = robot.stage.pointer
        pointer._scan_s = 1000.0  # the test is the clock
        hands.switch("press")
        order = []
        for _ in range(30):
            order.append(hands.at)
            pointer._scanned(0.0)
            hands.look()
            if not hands.at:
                break
        count = len(set(order))
        assert count > 3 and len(order) == SCAN_ROUNDS * count + 1, "then nobody is there"
        hands.switch("press", "press")
        assert isinstance(guest.scene, Registering)
        assert pointer._scan is not None
        robot.release(robot.hold((3, 300)))
        assert pointer._scan is None


def test_a_key_that_is_held_down_is_pressed_once(robot: Robot, guest: Visitor) -> None:
    from kivy.core.window import Window

    guest.tap(UID)
    with fingerless(robot, guest) as hands:
        hands.key(TAB)
        for _ in range(5):
            Window.dispatch("on_key_down", ENTER, 0, "", [])
            hands.look()
        Window.dispatch("on_key_up", ENTER, 0)
        assert isinstance(guest.scene, Registering) and guest.scene.step == "terms"


@pytest.mark.parametrize("by", ["keys", "switches"])
def test_a_card_is_registered_and_topped_up_without_a_finger(
    robot: Robot, guest: Visitor, by: str
) -> None:
    guest.tap(UID)
    with fingerless(robot, guest) as hands:

        def go(*targets: str) -> None:
            for target in targets:
                hands.go(target, by=by)

        def write(digits: str) -> None:
            if by == "keys":
                hands.type(digits)
            else:
                go(*(f"digit:{digit}" for digit in digits))

        go("register", "agree", "with_phone")
        write(PHONE)
        go("consent", "next")
        for _ in range(2):
            write(PIN)
            assert hands.at == "next", "the ring waits at what comes next"
            go("next")
        go("next")
        assert isinstance(guest.scene, Done)
        guest.printed()
        hands.look()
        go("top_up" if "top_up" in guest.shown() else "home")
        if not isinstance(guest.scene, TopUp):
            go("top_up")
        guest.insert(500)
        hands.look()
        go("done")
        assert isinstance(guest.scene, Done)
        card = guest.scene.card
        assert guest.balance(card) == "500.00"
        go("leave")
        assert isinstance(guest.scene, Welcome)


def test_escape_leads_back_and_backspace_takes_a_digit_back(robot: Robot, guest: Visitor) -> None:
    guest.tap(UID)
    with fingerless(robot, guest) as hands:
        for target in ("register", "agree", "with_phone"):
            hands.go(target)
        hands.type("916")
        hands.key(BACKSPACE)
        assert isinstance(guest.scene, Registering) and guest.scene.digits == "91"
        hands.key(ESCAPE)
        assert guest.scene.step == "choice"


def test_the_third_switch_leads_back(robot: Robot, guest: Visitor) -> None:
    guest.home()
    with fingerless(robot, guest) as hands:
        hands.go("access", by="switches")
        assert isinstance(guest.scene, Access)
        hands.switch("back")
        assert isinstance(guest.scene, CardHome)
