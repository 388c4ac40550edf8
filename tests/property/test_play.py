"""Whatever is sold, played, stopped, undone and corrected: minutes and money agree at each step."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.audit import audit
from kiosk.core.errors import Refused
from kiosk.core.minutes import (
    COUNTERS,
    AdjustMinutes,
    ConvertMinutes,
    MinutesOutstanding,
    balance,
    free,
)
from kiosk.core.package_sales import Sales, SellPackage, UndoPackage
from kiosk.core.session_list import RunningSessions, UnpaidSessions
from kiosk.core.sessions import PaySession, StartSession, StopSession, SwitchSession
from tests.core.guest import OTHER_UID
from tests.core.play import MANAGER, OWNER, Club, club

KINDS, STATIONS = ("game", "internet"), ("pc-1", "pc-2", "ps-1")
PACKAGES, TENDERS = ("game-60", "net-120", "odd"), ("cash", "wallet", "qr")
MODES = ("timer", "balance_timer", "balance_min")

who, kind = st.integers(0, 1), st.sampled_from(KINDS)
STEPS = st.one_of(
    st.tuples(st.just("sell"), who, st.sampled_from(PACKAGES), st.sampled_from(TENDERS)),
    st.tuples(
        st.just("start"), who, st.sampled_from(STATIONS), kind, st.sampled_from(MODES),
        st.integers(-1, 70), st.booleans(),
    ),
    st.tuples(st.just("wait"), st.integers(0, 90 * 60)),
    st.tuples(st.just("stop"), st.integers(0, 2), st.sampled_from(("", "cash"))),
    st.tuples(st.just("switch"), st.integers(0, 2), kind),
    st.tuples(st.just("undo"), who, st.integers(0, 2), st.booleans()),
    st.tuples(st.just("adjust"), who, kind, st.integers(-40, 40)),
    st.tuples(st.just("convert"), who, kind, st.integers(0, 40)),
    st.tuples(st.just("pay")),
)  # fmt: skip


class Played(Club):
    """A club of two clients in which every step is tried; what is refused changes nothing."""

    def begin(self, *, defer: bool) -> None:
        self.clients = [self.client, self.registered(OTHER_UID).client]
        for client in self.clients:
            self.money(100, client)
        self.points(20)
        self.set(
            "minutes", conversion=True, switching=True, revenue="defer" if defer else "at_sale"
        )
        self.put("packages", "odd", kind="game", minutes=7, price=1_000)

    def tried(self, command: object, actor: str = MANAGER) -> None:
        head = self.venue.ledger.head
        if isinstance(self.do(command, actor), Refused):
            assert self.venue.ledger.head == head

    def take(self, step: tuple[Any, ...]) -> None:
        match step:
            case "sell", n, package, tender:
                self.tried(SellPackage(self.clients[n], package, tender))
            case "start", n, station, kind, mode, planned, bonus:
                start = StartSession(self.clients[n], station, kind, mode, planned)
                self.tried(start if bonus else StartSession(**vars(start) | {"with_bonus": False}))
            case "wait", seconds:
                self.wait(seconds=seconds)
                self.tick()
            case "stop", n, rest:
                for session in self.ask(RunningSessions())[n : n + 1]:
                    self.tried(StopSession(session.id, rest=rest))
            case "switch", n, kind:
                for session in self.ask(RunningSessions())[n : n + 1]:
                    self.tried(SwitchSession(session.id, kind))
            case "undo", n, place, pro_rata:
                for sale in self.ask(Sales(self.clients[n]))[place : place + 1]:
                    self.tried(UndoPackage(sale.id, pro_rata, reason="r"))
            case "adjust", n, kind, minutes:
                self.tried(AdjustMinutes(self.clients[n], kind, minutes, "r"), OWNER)
            case "convert", n, kind, minutes:
                self.tried(ConvertMinutes(self.clients[n], kind, minutes))
            case ("pay",):
                for session in self.ask(UnpaidSessions()):
                    self.tried(PaySession(session.id, "cash"))

    def agrees(self) -> None:
        books = self.venue.books(self.now)
        assert [f for f in audit(books) if not f.where.startswith("/")] == []
        told = self.ask(MinutesOutstanding(), OWNER)
        for kind in KINDS:
            held = [balance(books, client, kind) for client in self.clients]
            assert told[kind].outstanding == sum(held)
            assert all(free(books, client, kind) >= 0 for client in self.clients)
            issued = books.ledger.balance(COUNTERS[kind].issued, COUNTERS[kind].unit)
            assert issued == 0, "every way in and out has a name"
        for document in books.ledger.store.table("package_sales"):
            deferred = -self.balance(f"2040:{document['id']}")
            assert 0 <= deferred <= document["price"]
            assert deferred == 0 or document["left"] > 0, "the last minute takes the rest"
        assert all(self.balance(f"2010:{client}") <= 0 for client in self.clients)


@settings(max_examples=25)
@given(steps=st.lists(STEPS, min_size=5, max_size=30), defer=st.booleans())
def test_M24_M30_whatever_is_played_the_minutes_agree(
    steps: list[tuple[Any, ...]], defer: bool
) -> None:
    with club(Played) as orbit:
        orbit.begin(defer=defer)
        for step in steps:
            orbit.take(step)
            orbit.agrees()
        orbit.sound()
