"""A gaming club without screens: clients, packages, stations, a desk, and time by hand.

Amounts are whole roubles. It is Sunday, 18:00 in Moscow, where an hour costs 240.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from kiosk.core.books import Query
from kiosk.core.cards import Card, FindCard
from kiosk.core.clients import RegisterCard
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ledger import BON, MINUTES_GAME, Draft, Entry
from kiosk.core.minutes import FreeMinutes, MinutesOf
from kiosk.core.package_sales import SellPackage
from kiosk.core.recognition import Recognised
from kiosk.core.session_list import GetSession, Session
from kiosk.core.sessions import EndSession, MoveSession, StartSession, StopSession
from kiosk.core.shifts import OpenShift
from kiosk.core.venue import Venue
from tests.core.guest import NOW, UID, make_venue, rub, shelf

T = TypeVar("T")
C = TypeVar("C", bound="Club")
CASHIER, ADMINISTRATOR, MANAGER, OWNER = "staff:101", "staff:102", "staff:105", "staff:106"
KIOSK, GUEST, TILL = "kiosk", "guest", "till:bar"
PIN = "7391"


class Club:
    """Its commands have keys of their own; time stands until a test lets it go on."""

    def __init__(self, venue: Venue, now: Now = NOW) -> None:
        self.venue = venue
        self.now = now
        self.count = 0
        self.did(OpenShift(rub(0)))
        self.card = self.registered(UID)
        self.client = self.card.client

    def do(self, command: object, actor: str = CASHIER, key: str = "") -> Entry | Refused:
        self.count += 1
        return self.venue.do(command, actor=actor, key=key or f"k{self.count}", now=self.now)

    def did(self, command: object, actor: str = CASHIER, key: str = "") -> Entry:
        done = self.do(command, actor, key)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def refused(self, command: object, actor: str = CASHIER) -> str:
        """Why a command was refused; it must have changed nothing."""
        before = self.venue.ledger.head
        done = self.do(command, actor)
        assert isinstance(done, Refused), f"{command} was not refused"
        assert self.venue.ledger.head == before
        return str(done)

    def ask(self, query: Query[T], actor: str = CASHIER) -> T:
        return self.venue.ask(query, self.now, actor)

    # --- what happens -------------------------------------------------------------------------

    def with_pin(self) -> None:
        """From now on the client is one who has a phone, and the PIN `PIN`: that takes a while."""
        self.card = self.registered("04FFEEDDCCBBAA", "+79162041234")
        self.client = self.card.client

    def wait(self, *, wall_s: float | None = None, synced: bool = True, **time: float) -> None:
        """Time passes; the clock on the wall too, unless `wall_s` says what that makes of it."""
        lived = timedelta(**time)
        shown = lived if wall_s is None else timedelta(seconds=wall_s)
        mono_s = self.now.mono_s + lived.total_seconds()
        self.now = Now(self.now.wall + shown, mono_s, synced)

    def registered(self, uid: str, phone: str = "", pin: str = PIN, name: str = "") -> Card:
        read = Recognised("Contactless guest card", "interface", "PDS", uid)
        pin = pin if phone else ""
        self.did(RegisterCard(read, "guest", "en", "2026-11", phone, pin, name), GUEST)
        card = self.ask(FindCard(read))
        assert card is not None
        return card

    def post(self, debit: str, credit: str, unit: str, amount: int) -> None:
        """Money, points or minutes from nowhere, for a beginning."""
        draft = Draft("test")
        draft.post(debit, credit, unit, amount)
        self.count += 1
        key = f"test:{self.count}"
        self.venue.ledger.post(draft, key=key, actor="cli", command="test", now=self.now)

    def money(self, roubles: int, client: str = "") -> None:
        self.post("1050", f"2010:{client or self.client}", "RUB", roubles * 100)

    def points(self, number: int) -> None:
        self.post("9050", f"9060:{self.client}", BON, number)

    def minutes(self, number: int, client: str = "") -> None:
        """Game minutes that nobody bought."""
        held = f"9020:{client or self.client}"
        self.post("9010:adjusted", held, MINUTES_GAME, number)

    def sell(self, package: str = "game-300", **more: Any) -> str:
        """Sell a package in cash; the id of the sale."""
        sale = self.did(SellPackage(self.client, package, "cash", **more)).refs["sale"]
        return str(sale)

    def start(self, mode: str, planned: int = 0, kind: str = "game", **more: Any) -> str:
        """Start a session of the client at a station; its id."""
        more = {"client": self.client, "station": "pc-1"} | more
        entry = self.did(StartSession(kind=kind, mode=mode, planned=planned, **more))
        return str(entry.refs["session"])

    def stop(self, session: str, **more: Any) -> Session:
        self.did(StopSession(session, **more))
        return self.session(session)

    def tick(self) -> list[str]:
        """What the kiosk does by itself now, as the runtime does; the kinds of the entries."""
        made = []
        for _ in range(3):
            for command, key in self.venue.due(self.now):
                assert isinstance(command, EndSession | MoveSession)
                made.append(self.did(command, KIOSK, key).kind)
        return made

    def set(self, section: str, **values: Any) -> None:
        """Change the venue's settings, as an import does."""
        kept = self.venue.store.get("settings", "venue") or {}
        draft = Draft("test")
        draft.set("settings", kept | {section: kept[section] | values})
        self.count += 1
        self.venue.ledger.post(
            draft, key=f"set:{self.count}", actor="cli", command="test", now=self.now
        )

    def put(self, table: str, name: str, /, **values: Any) -> None:
        """Change a document, as an import does."""
        draft = Draft("test")
        draft.set(table, (self.venue.store.get(table, name) or {"id": name}) | values)
        self.count += 1
        self.venue.ledger.post(
            draft, key=f"put:{self.count}", actor="cli", command="test", now=self.now
        )

    # --- what is ------------------------------------------------------------------------------

    def held(self, client: str = "") -> tuple[int, int]:
        """The client's minutes: of games, of internet."""
        told = self.told(client)
        return told.game, told.internet

    def free(self, client: str = "") -> int:
        return self.told(client).game_free

    def told(self, client: str = "") -> FreeMinutes:
        return self.ask(MinutesOf(client or self.client))

    def wallet(self) -> int:
        """In kopecks."""
        return -self.balance(f"2010:{self.client}")

    def bonus(self) -> int:
        return -self.venue.ledger.balance(f"9060:{self.client}", BON)

    def balance(self, account: str) -> int:
        return self.venue.ledger.balance(account, "RUB")

    def session(self, name: str) -> Session:
        found = self.ask(GetSession(name))
        assert found is not None
        return found

    def sound(self) -> None:
        assert self.venue.ledger.verify() == []


@contextmanager
def club(kind: type[C] = Club) -> Iterator[C]:
    with shelf() as folder:
        made = kind(make_venue(folder))
        yield made
        made.venue.close()
