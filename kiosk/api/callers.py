"""Who asks, and how what is asked for gets into the core thread and back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from kiosk.api import forms
from kiosk.api.events import Hub
from kiosk.api.limits import Buckets
from kiosk.api.refusals import TurnedAway, language_of
from kiosk.api.signed_in import SignedIn
from kiosk.core.bills import Visit
from kiosk.core.books import Query
from kiosk.core.clock import Now
from kiosk.core.config import Config
from kiosk.core.errors import LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ledger import Entry
from kiosk.core.money import Money
from kiosk.core.readings import ReadCard
from kiosk.core.recognition import Recognised
from kiosk.core.staff import Approval
from kiosk.core.tasks import Task
from kiosk.core.tokens import FindToken, Scope, TillToken
from kiosk.core.visits import GetVisit
from kiosk.health import Health
from kiosk.reporting import Reporting
from kiosk.runtime import InboxFull, Runtime

T = TypeVar("T")

PINS_PER_MINUTE_MAX = 60
"""At one till, right or wrong. A PIN is slow to check, so that nobody tries them all; meanwhile the
core does nothing else, and whoever knows nothing but a token could keep it busy."""
REPLAYED = "Idempotency-Replayed"
BUSY_S = 1
"""So soon may come again who found the kiosk busy."""


@dataclass(frozen=True)
class House:
    """What the door knows of the kiosk; `pins` is for the core thread."""

    chosen: Config
    runtime: Runtime
    clock: Callable[[], Now]
    signed_in: SignedIn
    hub: Hub
    waiting: Callable[[], tuple[Task, ...]]
    reporting: Reporting
    health: Health
    answered: Counter[int] = field(default_factory=Counter)
    """By status, how many requests were answered; the door's own thread counts."""
    pins: Buckets = field(default_factory=lambda: Buckets(PINS_PER_MINUTE_MAX))

    def language(self, request: Request) -> str:
        """The language that a request asks for."""
        return language_of(request.headers.get("accept-language", ""), self.chosen.kiosk.language)

    async def ask(self, work: Callable[[Runtime, Now], T]) -> T:
        """Have something done by the core, and wait for it without keeping others waiting.

        Raises:
            TurnedAway: there is no room, no answer in time, or the kiosk ends or is out of service.
            Exception: whatever the work raised.
        """
        try:
            future = asyncio.wrap_future(self.runtime.inbox.request(work))
            return await asyncio.wait_for(future, self.chosen.api.answer_s)
        except InboxFull:
            raise TurnedAway(503, "err.door_busy", retry_s=BUSY_S) from None
        except ConnectionError:
            raise TurnedAway(503, "err.door_ending", retry_s=30) from None
        except TimeoutError:
            # What is not begun yet is never done: its future is cancelled. What is begun, is.
            raise TurnedAway(504, "err.door_late", retry_s=BUSY_S) from None
        except (StorageFailed, LedgerCorrupt):
            raise TurnedAway(503, "err.out_of_service", retry_s=60) from None


@dataclass(frozen=True)
class At:
    """One moment in the core thread, for who asks. Nothing here may wait.

    Attributes:
        runtime: the core.
        now: the moment.
        actor: ``till:ID``, or ``staff:NUMBER`` where a person is signed in there.
        till: the till's id.
        language: that of the kiosk, for slips where the till names none.
        pins: how often PINs are tried at each till.
    """

    runtime: Runtime
    now: Now
    actor: str
    till: str
    language: str
    pins: Buckets

    @property
    def currency(self) -> str:
        """The code of the one currency."""
        return self.runtime.venue.ledger.currency

    def ask(self, query: Query[T]) -> T:
        """Ask the venue as this caller; raises what `Venue.ask` does."""
        return self.runtime.ask(query, actor=self.actor, now=self.now)

    def money(self, minor: int) -> Money:
        """An amount in the currency of the kiosk."""
        return self.runtime.venue.books(self.now).money(minor)

    def visit(self, number: int) -> Visit:
        """The visit of this number.

        Raises:
            Refused: ``err.no_such_visit``.
        """
        found = self.ask(GetVisit(number))
        if found is None:
            raise Refused("err.no_such_visit", visit=str(number))
        return found

    def read(self, read: forms.Read) -> Recognised:
        """The card that the till's reader read; raises what `ReadCard` does."""
        return self.ask(ReadCard(read.signal, read.text))

    def order(self, name: str) -> str:
        """The id of an order that this till saved under this name; else the name as it is.

        A person who is signed in at the till says the till's names, too.
        """
        own = f"till:{self.till}/{name}"
        return own if self.runtime.venue.store.get("orders", own) else name

    def approval(self, approval: forms.Approval | None) -> Approval | None:
        """A second signature as the core knows it; raises what `pin_is_tried` does."""
        if approval is None:
            return None
        self.pin_is_tried()
        return Approval(approval.staff, approval.pin)

    def pin_is_tried(self) -> None:
        """To be told before the core checks a PIN of the staff.

        Raises:
            TurnedAway: that happens too often at this till.
        """
        wait_s = self.pins.wait_s(self.till, self.now.mono_s)
        if wait_s:
            raise TurnedAway(429, "err.door_often", retry_s=wait_s, seconds=str(wait_s))
        self.pins.take(self.till, self.now.mono_s)


@dataclass(frozen=True)
class Caller:
    """A till that asks with a good token, and who is signed in there ("": nobody).

    `key` is the idempotency key of a write.
    """

    house: House
    token: str = field(repr=False)
    till: str
    scope: Scope
    person: str
    response: Response
    key: str = ""

    @property
    def actor(self) -> str:
        """Who does it, as the books have it."""
        return f"staff:{self.person}" if self.person else f"till:{self.till}"

    @property
    def alone(self) -> Caller:
        """The till itself, whoever is signed in there: for what is the station's own."""
        return replace(self, person="")

    async def ask(self, work: Callable[[At], T]) -> T:
        """Have something asked in the core thread.

        Raises:
            Refused: as the venue says.
            TurnedAway: as `House.ask`; or the token is not good any more.
        """

        def asked(runtime: Runtime, now: Now) -> T:
            # Looked at again here: it may have been revoked since the door let the till in.
            token = runtime.ask(FindToken(self.token), actor="kiosk", now=now)
            must_be_good_for(token, self.scope)
            language = self.house.chosen.kiosk.language
            return work(At(runtime, now, self.actor, self.till, language, self.house.pins))

        return await self.house.ask(asked)

    async def write(self, make: Callable[[At], object]) -> forms.Written:
        """Have a command carried out; a repeat with the same key is told the same entry.

        Raises:
            Refused, TurnedAway: as `ask`.
        """

        def work(at: At) -> tuple[Entry, bool]:
            key = f"till:{self.till}:{self.key}"
            known = at.runtime.venue.ledger.find(key) is not None
            command = make(at)
            if known:
                # The person who may is perhaps not there any more.
                at.runtime.venue.permit(command, at.actor, at.now)
            done = at.runtime.command(command, actor=at.actor, key=key, now=at.now)
            if isinstance(done, Refused):
                raise done
            return done, known

        entry, known = await self.ask(work)
        self.response.headers[REPLAYED] = "true" if known else "false"
        return forms.written(entry)


def must_be_good_for(token: TillToken | None, scope: Scope) -> None:
    """Let only a token go on that is good for this.

    Raises:
        TurnedAway: 401 or 403.
    """
    if token is None:
        raise TurnedAway(401, "err.door_token")
    if scope not in token.scopes:
        raise TurnedAway(403, "err.door_scope", scope=scope)


SCOPES_NEEDED: dict[Callable[..., Any], Scope] = {}
"""What a token must be good for, by the dependency that looks: told on the page."""

_BEARER = HTTPBearer(auto_error=False, description="The token of a till: `kiosk token new`")
_PERSON = APIKeyHeader(
    name="Staff-Token", auto_error=False, description="Who is signed in: `POST /v1/people`"
)
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=64,
        pattern="^[!-~]+$",
        description="A new one for each operation, the same one for its repeats.",
    ),
]


def reads(scope: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency: who asks with a token that is good for `scope`."""

    async def caller(
        request: Request,
        response: Response,
        bearer: Annotated[object, Security(_BEARER)],
        person: Annotated[str | None, Security(_PERSON)],
    ) -> Caller:
        del bearer  # Only declared here: the porter has looked at it.
        house: House = request.app.state.house
        token: TillToken = request.state.till
        must_be_good_for(token, scope)
        number = ""
        if person is not None:
            number = house.signed_in.find(person, token.till, house.clock().mono_s)
            if not number:
                raise TurnedAway(401, "err.door_person")
        return Caller(house, request.state.token, token.till, scope, number, response)

    SCOPES_NEEDED[caller] = scope
    return caller


async def known_or_nobody(
    request: Request, response: Response, bearer: Annotated[object, Security(_BEARER)]
) -> Caller | None:
    """A dependency: the till that asks, whatever its token is good for; None without a token."""
    del bearer
    token: TillToken | None = getattr(request.state, "till", None)
    if token is None:
        return None
    return Caller(
        request.app.state.house, request.state.token, token.till, token.scopes[0], "", response
    )


def writes(scope: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency: as `reads`, with the key that every write carries."""
    who = Depends(reads(scope))

    async def caller(key: Key, found: Caller = who) -> Caller:
        return replace(found, key=key)

    return caller


Reader = Annotated[Caller, Depends(reads("read"))]
Server = Annotated[Caller, Depends(writes("serve"))]
Seller = Annotated[Caller, Depends(writes("sell"))]
