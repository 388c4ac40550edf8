"""The ccTalk note driver against answers written by hand, and power cuts of two kinds of device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    Event,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    RecallCoins,
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk
from kiosk.hardware.cctalk_notes import CHECK_EVERY, EXTEND_S, MOTION_S, NoteAcceptor
from kiosk.hardware.device import Options
from kiosk.hardware.peers.cctalk_notes import BillValidator
from kiosk.hardware.transport import MemoryLine, Transport
from tests.hardware.wire.far import NAK, Far

ACCEPTOR = DeviceId("acceptor")
RUB = CURRENCIES["RUB"]
NOTES = {1: "RU0050A", 2: "RU0100A", 4: "RU0500A", 5: "EU0050A"}
FACES = (50, 100, 500)
STACK, GIVE_BACK, LONGER = (154, b"\1"), (154, b"\0"), (154, b"\xff")
ESCROW, STACKED, RETURNED = (4, 1), (4, 0), (0, 1)


def rub(face: int) -> Money:
    return Money.face(face, RUB)


class Bench:
    """A driver, an acceptor of roubles, and what the driver told."""

    def __init__(
        self, defaults: Callable[[str], Options], far: Far | None = None, **options: str | int
    ) -> None:
        self.options = {**defaults("cctalk_notes"), "currency": "RUB", **options}
        self.far = far or Far(40, "crc", NOTES, "Bill Validator")
        self.starts = 0
        self.restart()

    def restart(self) -> None:
        """Another process; the acceptor does not notice."""
        self.starts += 1
        self.events: list[Event] = []
        self.driver = NoteAcceptor(
            ACCEPTOR, self.options, start=self.starts, connect=lambda: self.far
        )

    def opened(self, *faces: int) -> Bench:
        self.driver.open()
        self.driver.perform(AcceptNotes(ACCEPTOR, faces or FACES))
        return self.poll()

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def anew(self, *events: tuple[int, int]) -> Bench:
        """Forget what was told, let this happen, and poll once."""
        self.events.clear()
        self.far.happen(*events)
        return self.poll()

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[str]:
        return [event.state for event in self.told(AcceptorChanged)]

    def escrow(self) -> NoteId:
        """Five hundred roubles are in escrow."""
        (told,) = self.anew(ESCROW).told(NoteEscrowed)
        assert told.value == rub(500)
        return NoteId(told.note)


Make = Callable[..., Bench]


@pytest.fixture
def make(defaults: Callable[[str], Options]) -> Make:
    return lambda far=None, **options: Bench(defaults, far, **options)


def test_what_it_says_that_it_is_and_what_it_is_let_take(make: Make) -> None:
    bench = make()
    assert bench.driver.open() == "FOY X6 7001"
    assert bench.far.last(228) == b"\0" and bench.far.count(231) == 0
    bench.driver.perform(AcceptNotes(ACCEPTOR, FACES))
    bench.poll()
    assert bench.far.sent[-3:] == [(153, b"\3"), (231, b"\x0b\0"), (228, b"\1")]
    assert bench.events == [
        AcceptorPoweredUp(ACCEPTOR, "none"),
        AcceptorChanged(ACCEPTOR, "ready", ""),
    ]
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    assert bench.anew().states() == ["disabled"]
    assert (bench.far.inhibits, bench.far.last(228)) == (b"\0\0", b"\0")


def test_a_note_is_taken_and_told_until_its_entry_is_on_disk(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    assert note == note_id("acceptor", 1, 1) and bench.states() == ["busy"]
    bench.driver.perform(StackNote(note))
    assert bench.far.sent[-1] == STACK
    assert bench.anew().events == []
    bench.anew(STACKED).poll(3)
    stacked = NoteStacked(ACCEPTOR, note, rub(500), seen=True)
    assert bench.events == [stacked] * 4
    bench.driver.perform(AcknowledgeNote(note))
    assert bench.anew().events == [AcceptorChanged(ACCEPTOR, "ready", "")]


def test_a_note_is_given_back(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(ReturnNote(note))
    assert bench.far.sent[-1] == GIVE_BACK
    bench.driver.perform(StackNote(note))
    assert STACK not in bench.far.sent, "too late"
    bench.anew(RETURNED)
    assert bench.events == [
        NoteReturned(ACCEPTOR, note),
        AcceptorChanged(ACCEPTOR, "ready", ""),
    ]


def test_a_note_is_asked_to_stay_while_somebody_decides_but_not_for_ever(make: Make) -> None:
    bench = make(escrow_s=10, poll_ms=100).opened()
    bench.escrow()
    bench.poll(95)
    times = int(10 / EXTEND_S)
    assert bench.far.sent.count(LONGER) == times
    bench.poll(200)
    assert bench.far.sent.count(LONGER) == times
    assert GIVE_BACK not in bench.far.sent, "it does so itself"


@pytest.mark.parametrize(
    ("answers", "orders"),
    [
        ([None, b""], 4),  # three tries of one order, and the next
        ([NAK, b""], 2),
        ([b"\xff", b""], 2),
        ([b"\xfe"], 1),
        ([b""], 1),
    ],
)
def test_a_note_that_does_not_move_is_told_to_again(
    make: Make, answers: list[bytes | str | None], orders: int
) -> None:
    bench = make().opened()
    note = bench.escrow()
    silent = answers[0] is None
    bench.far.answers[154] = [None] * 3 + answers[1:] if silent else list(answers)
    bench.driver.perform(StackNote(note))
    bench.anew().anew()
    assert bench.far.sent.count(STACK) == orders
    bench.anew(STACKED)
    assert bench.events == [NoteStacked(ACCEPTOR, note, rub(500), seen=True)]


def test_one_of_which_nothing_is_heard_any_more_is_nowhere(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    bench.events.clear()
    bench.poll(int(MOTION_S * 10) + 2)
    assert bench.events == [AcceptorChanged(ACCEPTOR, "ready", "")]
    bench.anew(STACKED)
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, rub(500), seen=True)]


def test_the_next_note_is_announced_when_the_one_before_is_on_disk(make: Make) -> None:
    bench = make().opened()
    first = bench.escrow()
    bench.driver.perform(StackNote(first))
    bench.anew(STACKED, (2, 1))
    assert bench.told(NoteEscrowed) == [] and len(bench.told(NoteStacked)) == 1
    bench.driver.perform(AcknowledgeNote(first))
    (second,) = bench.anew().told(NoteEscrowed)
    assert (second.note, second.value) == (note_id("acceptor", 1, 2), rub(100))


def test_the_same_escrow_said_again_is_the_same_note(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    bench.anew(ESCROW)
    assert bench.told(NoteEscrowed) == []
    assert bench.far.sent.count(STACK) == 2


def test_a_note_that_nobody_wants_is_given_back(make: Make) -> None:
    bench = make().opened(100)
    for kind in (4, 5, 9):
        bench.far.sent.clear()
        bench.anew((kind, 1))
        assert bench.told(NoteEscrowed) == []
        assert bench.far.sent.count(GIVE_BACK) == 1
        bench.anew(RETURNED)
        assert len(bench.told(NoteReturned)) == 1


def test_a_device_without_an_escrow_tells_what_it_took(make: Make) -> None:
    bench = make()
    bench.far.answers[153] = [NAK]
    bench.opened()
    (told,) = bench.anew(STACKED).told(NoteStacked)
    assert (told.value, told.announced, told.seen) == (rub(500), False, True)


def test_another_value_stacked_than_escrowed_is_another_note(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    (told,) = bench.anew((2, 0)).told(NoteStacked)
    assert (told.note != note, told.value, told.announced) == (True, rub(100), False)


@pytest.mark.parametrize("event", [(5, 0), (16, 0), (0, 21)])
def test_a_note_of_unknown_worth_in_the_cashbox_stops_the_acceptor(
    make: Make, event: tuple[int, int]
) -> None:
    bench = make().opened()
    bench.anew(event)
    assert bench.told(NoteStacked) == []
    assert bench.states() == ["failed"]
    assert "unknown type" in bench.told(AcceptorChanged)[0].detail
    assert bench.anew((0, 10), (0, 12)).poll(20).events == [], "until somebody has looked"


def test_events_that_are_lost_stop_the_acceptor_until_somebody_has_looked(make: Make) -> None:
    bench = make().opened()
    bench.escrow()
    bench.anew(RETURNED, *[(0, 2)] * 6)
    assert bench.told(AcceptorChanged)[-1] == AcceptorChanged(
        ACCEPTOR, "failed", "2 events are lost; a note may be in the cashbox"
    )
    assert bench.told(NoteReturned) == [], "nobody knows"
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.far.sent[-1] == (1, b"")
    bench.far.restart()
    assert bench.anew().states() == ["ready"]


@pytest.mark.parametrize(
    ("code", "state", "check"),
    [
        (6, "jammed_validator", 39),
        (7, "jammed_cassette", 77),
        (8, "cheated", 0),
        (9, "cheated", 0),
        (11, "cassette_out", 44),
        (13, "failed", 38),
        (14, "cassette_full", 45),
        (15, "jammed_cassette", 250),
        (16, "jammed_validator", 39),
        (17, "cheated", 0),
        (18, "cheated", 0),
        (19, "failed", 41),
    ],
)
def test_every_fault_is_told_in_words_of_the_core_and_ends_with_the_self_check(
    make: Make, code: int, state: str, check: int
) -> None:
    bench = make().opened()
    bench.far.answers[232] = [bytes([check])]
    assert bench.anew((0, code)).states() == [state]
    bench.events.clear()
    bench.poll(2 * CHECK_EVERY)
    assert set(bench.states()) <= {state, "ready"}
    bench.far.answers[232] = [b"\0"]
    bench.poll(CHECK_EVERY)
    assert bench.states()[-1] == "ready"


@pytest.mark.parametrize("mended", [(0, 10), (0, 12)])
def test_a_device_without_a_self_check_says_itself_that_it_is_mended(
    make: Make, mended: tuple[int, int]
) -> None:
    bench = make().opened()
    bench.far.answers[232] = [None]
    assert bench.anew((0, 11)).poll(2 * CHECK_EVERY).states() == ["cassette_out"]
    assert bench.anew(mended).states() == ["ready"]
    assert bench.anew((0, 9)).poll(2 * CHECK_EVERY).states() == ["cheated", "ready"]


@pytest.mark.parametrize("code", [6, 7, 8, 9, 15, 16])
def test_n04_after_hands_were_in_it_nobody_claims_to_know_where_the_note_is(
    make: Make, code: int
) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    bench.anew((0, code)).poll(2 * CHECK_EVERY)
    assert bench.states()[-1] == "ready"
    assert bench.told(NoteReturned) == bench.told(NoteStacked) == []
    assert bench.anew((2, 1)).told(NoteEscrowed)[0].note != note


def test_rejections_are_told_in_words(make: Make) -> None:
    bench = make().opened()
    bench.anew((0, 2), (0, 3), (0, 4), (0, 5), (0, 0))
    assert [told.reason for told in bench.told(NoteRejected)] == [
        "validation",
        "transport",
        "inhibited",
        "inhibited by its switches",
    ]


# --- starts and power cuts ------------------------------------------------------------------------


def test_only_the_kiosk_died_and_the_note_in_escrow_is_given_back(make: Make) -> None:
    bench = make().opened()
    bench.escrow()
    bench.restart()
    bench.opened()
    assert bench.states() == ["busy"]
    assert bench.far.sent[-1] == GIVE_BACK
    assert bench.anew(RETURNED).told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]
    bench.escrow()
    assert bench.anew(RETURNED).told(NoteReturned)[0].note is not None


def test_only_the_kiosk_died_while_the_note_was_being_stacked(make: Make) -> None:
    bench = make().opened()
    bench.driver.perform(StackNote(bench.escrow()))
    bench.restart()
    bench.far.answers[154] = [b"\xfe"]
    bench.opened()
    (told,) = bench.anew(STACKED).told(NoteStacked)
    assert (told.value, told.announced) == (rub(500), False)


@pytest.mark.parametrize("before", [[], [STACKED], [ESCROW, RETURNED], [(0, 11), (0, 12)]])
def test_what_was_told_to_a_former_start_is_not_told_again(
    make: Make, before: list[tuple[int, int]]
) -> None:
    bench = make()
    bench.far.happen((0, 14), *before)
    bench.opened().poll(5)
    assert bench.events == [AcceptorChanged(ACCEPTOR, "ready", "")]
    assert bench.anew(RETURNED).told(NoteReturned)[0].note is not None


def test_an_acceptor_that_restarts_is_opened_again(make: Make) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.far.restart()
    with pytest.raises(DeviceError, match="restarted"):
        bench.poll()
    bench.events.clear()
    bench.driver.open()
    bench.poll()
    assert bench.events == [
        AcceptorPoweredUp(ACCEPTOR, "none"),
        AcceptorChanged(ACCEPTOR, "disabled", ""),
    ]
    bench.driver.perform(StackNote(note))
    assert STACK not in bench.far.sent
    assert bench.anew(RETURNED).told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


@pytest.mark.parametrize("phase", ["escrow", "stacking", "returning", "stacked"])
def test_the_cable_is_pulled_and_put_back(make: Make, phase: str) -> None:
    bench = make().opened()
    note = bench.escrow()
    if phase == "returning":
        bench.driver.perform(ReturnNote(note))
    elif phase != "escrow":
        bench.driver.perform(StackNote(note))
    if phase == "stacked":
        bench.anew(STACKED)
    bench.far.plugged = False
    with pytest.raises(OSError, match="gone"):
        bench.poll()
    bench.driver.close()
    bench.far.plugged = True
    if phase == "stacking":
        bench.far.happen(STACKED)
    bench.far.sent.clear()
    bench.events.clear()
    bench.driver.open()
    bench.driver.perform(StackNote(note))  # queued while the device was away
    bench.poll()
    assert STACK not in bench.far.sent
    if phase in ("escrow", "returning"):
        assert (GIVE_BACK in bench.far.sent) == (phase == "escrow")
        assert bench.anew(RETURNED).told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
        return
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, rub(500), seen=True)]
    bench.driver.perform(AcknowledgeNote(note))
    assert bench.anew().told(NoteStacked) == []


def test_another_acceptor_on_the_same_cable_says_nothing_of_a_note_in_the_first(
    make: Make,
) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.close()
    bench.far.answers[242] = [b"\1\0\0"]
    bench.far.happen((0, 2))
    bench.opened()
    (told,) = bench.anew(RETURNED).told(NoteReturned)
    assert told.note not in (note, None)


def test_a_restart_without_a_sign_is_found_by_the_inhibits_that_are_gone(make: Make) -> None:
    bench = make().opened()
    bench.far.restart()
    modes = bench.far.count(153)
    bench.poll(CHECK_EVERY)
    assert bench.far.inhibits == b"\x0b\0" and bench.far.count(153) == modes + 1


def test_it_is_not_started_over_with_a_note_on_its_way_or_one_that_is_not_booked(
    make: Make,
) -> None:
    bench = make().opened()
    note = bench.escrow()
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    bench.driver.perform(StackNote(note))
    bench.anew(STACKED)
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.far.count(1) == 0
    bench.driver.perform(AcknowledgeNote(note))
    assert bench.anew().states() == ["ready"]
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.far.count(1) == 1
    assert bench.anew().states() == ["busy"]
    bench.far.restart()
    assert bench.anew().states() == ["ready"]


@pytest.mark.parametrize("keeps_counter", [False, True])
@pytest.mark.parametrize("both", [False, True])
def test_power_cuts_at_every_moment(
    defaults: Callable[[str], Options], keeps_counter: bool, both: bool
) -> None:
    """What is credited is in the cassette; what the device never tells of waits for staff."""
    for moment in range(24):
        now = [100.0]
        peer = BillValidator(keeps_counter=keeps_counter)

        def connect(peer: BillValidator = peer, now: list[float] = now) -> Transport:
            def wait(seconds: float) -> None:
                now[0] += seconds

            return MemoryLine(peer, lambda: now[0], wait)

        options = {**defaults("cctalk_notes"), "currency": "RUB"}
        driver = NoteAcceptor(ACCEPTOR, options, start=1, connect=connect)
        driver.open()
        driver.perform(AcceptNotes(ACCEPTOR, FACES))
        while "went in" not in peer.insert(500, now[0]):
            driver.poll(0.2)
        held: list[NoteId] = []
        credited: list[NoteId] = []
        returned: list[NoteId | None] = []
        for count in range(60):
            if count == moment:
                peer.power_cut(now[0])
                peer.power_up(now[0])
                if both:
                    driver = NoteAcceptor(ACCEPTOR, options, start=2, connect=connect)
                    driver.open()
            try:
                events = driver.poll(0.2)
            except DeviceError:
                driver.open()
                continue
            for event in events:
                if isinstance(event, NoteEscrowed):
                    held.append(event.note)
                    driver.perform(StackNote(event.note))
                elif isinstance(event, NoteStacked):
                    credited += [event.note] if event.note not in credited else []
                    driver.perform(AcknowledgeNote(event.note))
                elif isinstance(event, NoteReturned):
                    returned.append(event.note)
        in_box = len(peer.cassette)
        where = f"cut at {moment}: {peer.cassette} {held} {credited} {returned}"
        assert peer.inside == [], where
        assert len(credited) <= in_box, where
        assert len(credited) + (len(held) - len(credited)) >= in_box, where
        if keeps_counter and held and not both:
            assert len(credited) == in_box and len(returned) == 1 - in_box, where
            assert set(credited + returned) == set(held), where


# --- settings -------------------------------------------------------------------------------------


def test_another_currency_takes_nothing(make: Make) -> None:
    bench = make(Far(40, "crc", {1: "EU0005A", 2: "GB0010A"}, "Bill Validator")).opened()
    told = bench.told(AcceptorChanged)
    assert told == [AcceptorChanged(ACCEPTOR, "wrong_currency", "its notes are of EU, GB, not RU")]
    assert bench.far.inhibits == b"\0\0"


def test_notes_of_several_countries_and_their_scaling(make: Make) -> None:
    far = Far(40, "sum", {1: "EU0005A", 2: "DE0050A", 3: "XX0001A"}, "Bill Validator")
    bench = make(far, currency="EUR", countries="EU, DE", check="sum").opened(5, 50)
    assert far.inhibits == b"\3\0"
    assert [told for told in far.sent if told[0] == 156][::2] == [
        (156, b"EU"),
        (156, b"DE"),
        (156, b"XX"),
    ]
    assert bench.anew((2, 1)).told(NoteEscrowed)[0].value == Money.face(50, CURRENCIES["EUR"])


def test_a_country_without_a_scaling_is_not_believed(make: Make) -> None:
    bench = make()
    bench.far.answers[156] = [NAK]
    assert bench.opened().states() == ["wrong_currency"]


def test_what_is_no_note_acceptor_or_does_not_say_enough_is_not_opened(make: Make) -> None:
    with pytest.raises(DeviceError, match='is a "Coin Acceptor", no note acceptor'):
        make(Far(40, "crc", NOTES, "Coin Acceptor")).driver.open()
    bench = make()
    for header, why in (
        (254, "answer"),
        (242, "answer"),
        (159, "tell its events"),
        (157, "name its 1"),
    ):
        said = dict(bench.far.answers)
        bench.far.answers[header] = [None]
        with pytest.raises(DeviceError, match=f"does not {why}"):
            bench.driver.open()
        bench.far.answers = said
    bench.driver.close()
    bench.driver.close()
    with pytest.raises(DeviceError, match="not connected"):
        bench.poll()


def test_a_silent_one_is_lost(make: Make) -> None:
    bench = make().opened()
    bench.far.answers[159] = [NAK]
    bench.poll(50)
    bench.far.answers[159] = [None]
    with pytest.raises(DeviceError, match="any more"):
        bench.poll(50)


def test_no_damaged_answer_moves_a_note(make: Make) -> None:
    bench = make().opened()
    for pair in ((4, 0), (4, 1), (0, 1)):
        bench.far.damage = [cctalk.frame(1, 0, bytes((7, *pair, *bytes(8))), check="crc")]
        assert bench.anew().events == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("currency", "XYZ", "XYZ"),
        ("countries", "RUS", "two capital letters"),
        ("check", "des", "none of sum, crc"),
        ("echo", "no", "none of auto, yes"),
        ("poll_ms", 0, "poll_ms: 0 is not more than 0"),
        ("answer_ms", -5, "answer_ms: -5"),
        ("silence_ms", 0, "silence_ms: 0"),
        ("escrow_s", -1, "less than 0"),
        ("address", 0, "none of 2 to 255"),
    ],
)
def test_an_option_that_says_nothing_is_a_mistake_of_the_configuration(
    make: Make, option: str, value: str | int, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make(**{option: value})


def test_an_order_for_another_role_is_our_mistake(make: Make) -> None:
    with pytest.raises(TypeError):
        make().driver.perform(RecallCoins(ACCEPTOR, ""))
