"""Coins, by any order of drops, polls, lost words and restarts: each is on the books once.

The acceptor and its driver are those of `tests.core.coin_acceptor`. What the driver tells may be
told twice, late, or be lost with the process; the acceptor itself may lose its power.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.core.messages import (
    AcceptorChanged,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    DeviceDown,
    DeviceUp,
    Event,
)
from kiosk.core.tasks import Tasks
from tests.core.coin_acceptor import COINS, Acceptor, Driver, Saver, coin, everything
from tests.core.guest import make_venue, shelf

VALUES = st.sampled_from((50, 100, 200, 500, 1000))


class Coins(RuleBasedStateMachine):
    """`sure` is what fell in and was not forgotten by the acceptor before it could be told."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = shelf()
        folder = self.shelf.__enter__()
        self.device = Acceptor()
        self.sure = self.lost = 0
        self.untold: list[int] = []
        self.former: list[CoinTaken] = []
        self.marked: list[CoinTaken] = []
        self.saver = Saver(make_venue(folder))
        self.driver = Driver(self.device, self.saver.situation.house.start)
        self.comes_up()

    def teardown(self) -> None:
        self.saver.venue.close()
        self.shelf.__exit__(None, None, None)

    def hear(self, events: list[Event]) -> None:
        """The core hears, the driver obeys, until nobody has anything to say."""
        while events:
            event, *events = events
            if isinstance(event, CoinTaken):
                self.former = [*self.former, event][-8:]
                self.marked = [*self.marked, event][-8:]
            if isinstance(event, (CoinsNoted, CoinsLost)):
                self.marked = []
            events += self.driver.obey(self.saver.tell(event))

    def comes_up(self) -> None:
        self.hear([DeviceUp(COINS, "coins")])
        self._accounted()

    def _accounted(self) -> None:
        """All that fell in is on the books now, or beyond what the acceptor remembers."""
        if len(self.untold) <= 5:
            self.sure += sum(self.untold)
        elif self.untold:
            self.lost += 1
        self.untold = []

    @rule(minor=VALUES)
    def a_coin_falls(self, minor: int) -> None:
        self.device.drop(minor)
        self.untold.append(minor)

    @rule(n=st.integers(6, 40), minor=VALUES)
    def many_fall(self, n: int, minor: int) -> None:
        for _ in range(n):
            self.a_coin_falls(minor)

    @rule()
    def the_driver_polls(self) -> None:
        self.hear(self.driver.poll())
        self._accounted()

    @precondition(lambda self: len(self.untold) <= 5)
    @rule()
    def the_power_goes_before_the_kiosk_hears_all(self) -> None:
        """Some of what was polled was booked, and none of it was acknowledged."""
        told = self.driver.poll()
        for event in told[: len(told) // 2 + 1]:
            self.saver.tell(event)
        self.start_again()

    @rule()
    def start_again(self) -> None:
        self.saver.start_again()
        self.driver = Driver(self.device, self.saver.situation.house.start)
        self.comes_up()

    @rule()
    def the_line_breaks_for_a_moment(self) -> None:
        """The same process opens the device anew: what was not acknowledged is told by its mark."""
        self.hear([DeviceDown(COINS, "coins", "gone")])
        numbered = self.driver.numbered
        self.driver = Driver(self.device, self.driver.start, numbered=numbered)
        self.comes_up()

    @rule()
    def the_acceptor_loses_its_power(self) -> None:
        self.the_driver_polls()
        self.device.reset()
        self.the_driver_polls()

    @rule(data=st.data())
    def a_word_comes_again(self, data: st.DataObject) -> None:
        if self.former:
            before = self.saver.venue.ledger.seq
            self.saver.tell(data.draw(st.sampled_from(self.former)))
            assert self.saver.venue.ledger.seq == before, "it is on the books already"

    @rule(data=st.data())
    def a_coin_comes_again_under_another_name(self, data: st.DataObject) -> None:
        """As after a driver that was opened anew; marks of before a reset are other coins."""
        if self.marked:
            again = data.draw(st.sampled_from(self.marked))
            before = self.saver.venue.ledger.seq
            self.driver.numbered += 1
            other = coin(self.driver.numbered, self.driver.start)
            self.saver.tell(replace(again, coin=other))
            assert self.saver.venue.ledger.seq == before, "it is on the books already"

    @rule()
    def somebody_tops_up(self) -> None:
        self.saver.wait(200)
        self.saver.home()
        if not self.saver.buttons()["top_up"].enabled:
            return
        self.saver.press("top_up")
        self.saver.tell(AcceptorChanged(COINS, "ready"))

    @rule()
    def the_guest_is_done(self) -> None:
        if "done" in self.saver.shown():
            self.saver.press("done")

    @rule(seconds=st.integers(1, 200))
    def time_passes(self, seconds: int) -> None:
        self.saver.wait(seconds)

    @invariant()
    def what_fell_in_is_on_the_books_once(self) -> None:
        assert self.saver.box == self.sure == everything(self.saver.venue)

    @invariant()
    def what_was_lost_is_a_task(self) -> None:
        tasks = [t for t in self.saver.venue.ask(Tasks(), self.saver.now) if t.key[:5] == "coins"]
        assert bool(tasks) == bool(self.lost)


TestCoins = Coins.TestCase
TestCoins.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
