"""A guest registers a card: nothing before the last step, nothing told about phones."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.core import pins, seal
from kiosk.core.clients import RegisterCard
from kiosk.core.messages import CardPresented, PrintSlip, SlipFailed, Touched
from kiosk.core.phones import PhonePlan
from kiosk.core.proof import proof_code
from kiosk.core.recognition import Recognised
from kiosk.core.situation import CardHome, Done, Problem, Registering, TapToRegister, Welcome
from kiosk.core.slips import IssueRegistrationSlip, SlipDocument
from kiosk.core.venue import HANDLERS, Venue
from tests.core.guest import NAME, NOW, OTHER_UID, PHONE, PIN, PRINTER, READER, UID, Guest

TABLES = ("keys", "pins", "windows", "tokens", "rewriting", "suspects")


def secrets(venue: Venue) -> dict[str, int]:
    return {table: len(venue._secrets.table(table)) for table in TABLES}


def done(guest: Guest) -> Done:
    assert isinstance(guest.scene, Done)
    return guest.scene


def test_U1_a_guest_registers_a_card_alone(guest: Guest) -> None:
    guest.press("register")
    assert isinstance(guest.scene, TapToRegister)
    guest.tap()
    guest.press("agree", "without_phone")
    effects = guest.press("next")
    assert [e.job for e in effects if isinstance(e, PrintSlip)] == ["registration_slip:1"]
    card = done(guest).card
    assert card.type == "guest"
    guest.printed()
    assert guest.shown() >= {"top_up", "leave"}
    guest.press("top_up")
    guest.insert(500)
    assert guest.balance(card) == "500.00"


def test_M8_a_new_client_starts_with_nothing(guest: Guest) -> None:
    client = guest.client(guest.register())
    assert (str(client.wallet), client.bonus) == ("0.00", 0)
    assert (client.minutes_game, client.minutes_net) == (0, 0)


def test_M38_a_name_is_optional_and_shown(guest: Guest) -> None:
    assert guest.client(guest.register(name=NAME)).name == "Zinaida"
    assert guest.client(guest.register(OTHER_UID)).name == ""


def test_M38_a_german_name_is_typed_on_a_german_keyboard(venue: Venue) -> None:
    guest = Guest(venue, languages=("en", "de"))
    guest.tap()
    guest.press("register", "agree", "without_phone", "keyboard")
    for letter in "jörg-ßen":
        rows = guest.view.rows  # type: ignore[union-attr]
        guest.press(*(f"key:{key}" for row in rows for key in row if key.lower() == letter))
    assert guest.scene.name == "Jörg-ßen"  # type: ignore[union-attr]


def test_nothing_is_created_before_the_last_step(guest: Guest) -> None:
    guest.tap()
    before = guest.venue.ledger.seq, secrets(guest.venue)
    guest.press("register", "text", "back", "agree", "with_phone", "phone_use", "back")
    guest.type(PHONE)
    guest.press("consent", "next")
    guest.type(PIN)
    guest.press("next")
    guest.type(PIN)
    guest.press("next")
    guest.type(NAME, "key")
    assert (guest.venue.ledger.seq, secrets(guest.venue)) == before
    guest.press("leave")
    assert isinstance(guest.scene, Welcome)
    assert (guest.venue.ledger.seq, secrets(guest.venue)) == before


def test_a_form_left_alone_creates_nothing(guest: Guest) -> None:
    guest.tap()
    before = guest.venue.ledger.seq
    guest.press("register", "agree", "with_phone")
    guest.type(PHONE)
    guest.wait(81)
    assert isinstance(guest.scene, Welcome)
    assert guest.venue.ledger.seq == before


def test_a_phone_needs_consent_and_all_its_digits(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "with_phone")
    guest.type(PHONE)
    assert not guest.buttons()["next"].enabled
    guest.tell(Touched("next", guest.situation.page))
    assert isinstance(guest.scene, Registering) and guest.scene.step == "phone"
    guest.press("consent", "erase")
    assert not guest.buttons()["next"].enabled
    guest.type("4")
    guest.press("next")
    assert guest.scene.step == "pin"


def test_a_phone_may_be_typed_as_it_is_dialled(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "with_phone")
    guest.type("8" + PHONE)
    assert guest.scene.digits == PHONE, "the 8 that is dialled first is not of the number"
    guest.type("5")
    assert guest.scene.digits == PHONE, "it is whole"


def test_a_number_that_begins_as_one_dials_is_kept() -> None:
    plan = PhonePlan()
    typed = ""
    for digit in "8123456789":
        typed = plan.with_digit(typed, digit)
    assert typed == "8123456789" and plan.shown(typed) == ("+7 812 345 67 89", "")


@pytest.mark.parametrize("pin", ["0000", "7777", "1234", "2345", "9876", "0123", "2580"])
def test_easy_pins_are_not_taken(guest: Guest, pin: str) -> None:
    guest.tap()
    guest.press("register", "agree", "with_phone")
    guest.type(PHONE)
    guest.press("consent", "next")
    guest.type(pin)
    guest.press("next")
    assert isinstance(guest.scene, Registering)
    assert (guest.scene.step, guest.scene.problem) == ("pin", "register.pin.easy")


def test_two_different_pins_begin_again(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "with_phone")
    guest.type(PHONE)
    guest.press("consent", "next")
    guest.type(PIN)
    guest.press("next")
    guest.type("7392")
    guest.press("next")
    assert isinstance(guest.scene, Registering)
    assert (guest.scene.step, guest.scene.pin) == ("pin", "")
    assert PIN not in guest.words()


def journey(guest: Guest, uid: str, pin: str) -> tuple[list[str], Any]:
    """Registers; the words of every screen on the way, the card's number left out."""
    screens: list[str] = []
    guest.tap(uid)
    for press in ("register", "agree", "with_phone", PHONE, "consent", "next", pin, "next", pin):
        guest.type(press) if press.isdigit() else guest.press(press)
        screens.append(guest.words())
    guest.press("next")
    screens.append(guest.words())
    guest.type(NAME, "key")
    guest.press("next")
    guest.printed()
    screens.append(guest.words())
    return screens, done(guest)


def test_the_screen_never_says_whether_a_phone_is_known(guest: Guest) -> None:
    """The same steps, situations and texts; only the numbers of slips and cards differ."""
    new, first = journey(guest, UID, PIN)
    wrong, second = journey(guest, OTHER_UID, "8264")
    right, third = journey(guest, "0499887766AA11", PIN)

    def plain(screens: list[str], scene: Done) -> list[str]:
        last = scene.card.number[-4:]
        slip = guest.venue.store.get("slips", scene.job)
        entry = guest.venue.ledger.entry(slip["facts"]["entry"]) if slip else None
        assert entry is not None
        marks = (last, f"{scene.number:06}", proof_code(entry))
        told = screens
        for mark in marks:
            told = [text.replace(mark, "…") for text in told]
        return told

    def lines(texts: list[str]) -> list[list[str]]:
        # Moments and pages pass; the rest is the same.
        return [[w.strip() for w in text.splitlines() if ":" not in w] for text in texts]

    assert lines(plain(new, first)) == lines(plain(wrong, second)) == lines(plain(right, third))
    assert third.client.id == first.client.id, "with the right PIN the card joins"
    assert second.client.id != first.client.id
    assert second.client.phone_masked == "", "a wrong PIN: registered without a phone"
    assert first.client.phone_masked.endswith("12-34")
    assert {s.phone_given for s in (first, second, third)} == {True}


@pytest.mark.parametrize(("guesses", "joins"), [(9, True), (10, False)])
def test_ten_wrong_pins_in_all_send_the_owner_to_the_desk(
    guest: Guest, guesses: int, joins: bool
) -> None:
    owner = guest.register(phone=PHONE)
    for n in range(guesses):
        guest.wait(60)
        guest.register(f"04{n:012X}", phone=PHONE, pin="8264")
        # Five in a row lock for a while, and nothing is counted in it.
        guest.wait(pins.CLIENTS.lock_minutes * 60)
    guest.start_again()
    card = guest.register("0499887766AA11", phone=PHONE)
    assert (card.client == owner.client) is joins
    assert isinstance(guest.scene, Done), "and nobody is told which"


def test_a_joined_card_shows_the_same_wallet(guest: Guest) -> None:
    card = guest.register(phone=PHONE)
    guest.printed()
    guest.press("top_up")
    guest.insert(500)
    guest.press("done")
    guest.printed()
    guest.press("leave")
    other = guest.register(OTHER_UID, phone=PHONE)
    assert other.client == card.client
    assert guest.balance(other) == "500.00"


@pytest.mark.parametrize("known", [True, False])
def test_the_same_work_is_done_for_a_known_and_an_unknown_phone(
    guest: Guest, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        guest.register(phone=PHONE)
        guest.press("leave")
    hashed: list[str] = []
    plain = seal._scrypt
    monkeypatch.setattr(seal, "_scrypt", lambda pin, *args: hashed.append(pin) or plain(pin, *args))
    guest.register(OTHER_UID, phone=PHONE, pin="8264")
    assert hashed == ["8264", "8264"]


def test_a_double_press_registers_once(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "without_phone")
    page = guest.situation.page
    guest.tell(Touched("next", page), Touched("next", page))
    assert guest.kinds().count("card_registered") == 1
    assert isinstance(guest.scene, Done)


def test_another_card_ends_the_form_and_nothing_is_created(guest: Guest) -> None:
    card = guest.home(OTHER_UID)
    guest.press("leave")
    guest.tap()
    guest.press("register", "agree", "without_phone")
    guest.tap()  # the same card, left lying
    assert isinstance(guest.scene, Registering)
    guest.tap(OTHER_UID)
    assert isinstance(guest.scene, CardHome) and guest.scene.card == card
    assert guest.kinds().count("card_registered") == 1


def test_a_card_registered_meanwhile_is_refused_and_nothing_happens(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "without_phone")
    scene = guest.scene
    assert isinstance(scene, Registering)
    command = RegisterCard(scene.read, "guest", "en", "1")
    guest.did(command, actor="staff:101", key="desk")
    guest.press("next")
    assert isinstance(guest.scene, Problem)
    assert guest.scene.key == "err.already_registered"


def test_a_cut_after_the_entry_leaves_a_registered_card(guest: Guest) -> None:
    guest.register(phone=PHONE)
    guest.start_again()
    guest.tap()
    assert isinstance(guest.scene, CardHome)
    assert guest.kinds().count("card_registered") == 1


def test_what_a_cut_left_in_the_secrets_is_not_the_next_clients(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secrets are written first; without its entry the id may be given again."""
    read = Recognised("r", "interface", "PDS", "A1")
    with_phone = RegisterCard(read, "guest", "en", "1", "+79162041234", PIN, NAME)

    def cut(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dead:
        dead.setattr(venue.ledger, "post", cut)
        with pytest.raises(KeyboardInterrupt):
            venue.do(with_phone, actor="guest", key="a", now=NOW)
    assert secrets(venue)["pins"] == 2, "his, and the count for phones that nobody has"
    plain = RegisterCard(read, "guest", "en", "1")
    venue.do(plain, actor="guest", key="b", now=NOW)
    left = {"keys": 2, "pins": 1, "windows": 0, "tokens": 0, "rewriting": 0, "suspects": 0}
    assert secrets(venue) == left


def test_nothing_personal_is_readable_in_the_files_in_a_log_or_in_a_repr(
    guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    reprs = []

    def remember() -> None:
        reprs.append(repr(guest.situation))

    guest.tap()
    guest.press("register", "agree", "with_phone")
    guest.type(PHONE)
    remember()
    guest.press("consent", "next")
    guest.type(PIN)
    remember()
    guest.press("next")
    guest.type(PIN)
    guest.press("next")
    guest.type(NAME, "key")
    remember()
    effects = guest.press("next")
    remember()
    guest.printed()
    guest.press("leave")
    guest.tap()
    remember()
    token = next(str(e.document) for e in effects if isinstance(e, PrintSlip))
    assert "Zinaida" not in token
    command = RegisterCard(
        Recognised("r", "interface", "PDS", UID), "guest", "en", "1", "+7" + PHONE, PIN, NAME
    )
    reprs += [repr(command), caplog.text, repr(CardPresented(READER, "contactless", UID))]
    for private in (PHONE, PHONE[-4:], PIN, NAME, "Zinaida", UID):
        assert not [r for r in reprs if private in r], private
    files = list(guest.venue.store.path.parent.iterdir())
    assert {f.name for f in files} >= {"kiosk.db", "secrets.db"}
    data = b"".join(f.read_bytes() for f in files)
    for private in ("+7" + PHONE, PHONE, f'"{PIN}"', "Zinaida", "ZINAIDA"):
        assert private.encode() not in data, private
    entries = str([e.document() for e in guest.venue.ledger.entries()])
    index = [str(d["window"]) for d in guest.venue._secrets.table("windows")]
    assert index and not [w for w in index if w in entries]


def test_P02_a_registration_whose_slip_does_not_come_out_holds(guest: Guest) -> None:
    card = guest.register()
    guest.tell(SlipFailed(PRINTER, done(guest).job, "not_printed", "paper_out"))
    assert isinstance(guest.scene, Problem)
    assert guest.scene.key == "err.paper_out_registration"
    guest.press("continue", "leave")
    guest.tap()
    assert isinstance(guest.scene, CardHome) and guest.scene.card == card


def test_each_drawing_of_a_registration_slip_has_a_token_of_its_own(guest: Guest) -> None:
    guest.register()
    job = done(guest).job
    first = str(done(guest).document)
    again = str(guest.venue.ask(SlipDocument(job), guest.now))
    assert first != again
    assert secrets(guest.venue)["tokens"] == 1


def test_a_card_whose_slip_nobody_saw_is_offered_it_again(guest: Guest) -> None:
    guest.tap()
    guest.press("register", "agree", "without_phone", "next")
    job = done(guest).job
    guest.tell(SlipFailed(PRINTER, job, "not_printed", "paper_out"))
    guest.start_again()
    guest.press("access", "language:ru", "back")
    guest.tap()
    (slip,) = [e for e in guest.press("registration_slip") if isinstance(e, PrintSlip)]
    assert slip.job == job
    guest.printed()
    guest.press("leave")
    guest.tap()
    assert "registration_slip" not in guest.shown()


def test_power_cut_between_the_card_and_its_slip(guest: Guest, monkeypatch: Any) -> None:
    class Cut(Exception):
        pass

    def cut(*_: object, **__: object) -> None:
        raise Cut

    with monkeypatch.context() as power:
        power.setitem(HANDLERS, IssueRegistrationSlip, cut)
        with pytest.raises(Cut):
            guest.register()
    guest.start_again()
    guest.tap()
    (slip,) = [e for e in guest.press("registration_slip") if isinstance(e, PrintSlip)]
    assert slip.document.kind == "registration_slip"
    assert guest.venue.ledger.verify() == []
