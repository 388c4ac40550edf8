"""The porter: who gets in, with how much, how often; what is written of it in the log.

It stands before everything else: who has no token is told so before anybody reads what he sent.
The log has the method, the route, the status, the till and the milliseconds; no address's query, no
body, no token, no PIN.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.api.callers import House
from kiosk.api.limits import Buckets
from kiosk.api.refusals import TurnedAway, answer, language_of
from kiosk.core.seal import token_hash
from kiosk.core.tokens import FindToken, TillToken, well_formed

log = logging.getLogger(__name__)

GUARDED = ("/v1/", "/metrics")
HEALTH = "/v1/health"
"""Whoever watches over the kiosk may ask for it without a token, and is told one word."""

WRONG_PER_MINUTE_MAX = 30
"""Requests with a token that is not good, from one address: guesses, or a revoked one."""
OPEN_PER_MINUTE_MAX = 600
"""Requests without a token from one address: a page and its assets are some ten."""
AT_ONCE_MAX = 200
BODY_S = 10.0
DEPTH_MAX = 20
KEPT_TOKENS_MAX = 500

# One that nobody ends goes to the end: were it no match, each of its escaped quotes would be tried
# anew, and 64 kB of them would hold up the whole process for half a minute.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_BEARER = re.compile(r"Bearer ([!-~]{1,200})", re.IGNORECASE)
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_NOTED = frozenset({400, 401, 403, 408, 413, 415, 423, 429})
"""Statuses of who was refused at the door: written into the log always."""


class Porter:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house
        self._good: dict[str, TillToken] = {}
        self._forgotten = 0
        self._wrong = Buckets(WRONG_PER_MINUTE_MAX)
        self._open = Buckets(OPEN_PER_MINUTE_MAX)
        self._often = Buckets(house.chosen.api.requests_per_minute_max)
        self._inside = 0

    def forget_tokens(self) -> None:
        """A token may be out of use: ask the books anew for each."""
        self._good.clear()
        self._forgotten += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise AssertionError("the door speaks HTTP only")
        visit = _Visit(self._house, scope, send)
        self._inside += 1
        try:
            await self._serve(visit, receive)
        except TurnedAway as away:
            await visit.turn_away(away)
        except Exception:
            # A mistake of ours in one request is no reason to end a kiosk that holds a note.
            log.exception("a request at the door failed")
            if not visit.status:
                await visit.turn_away(TurnedAway(500, "err.door_mistake"))
        finally:
            self._inside -= 1
            visit.note()

    async def _serve(self, visit: _Visit, receive: Receive) -> None:
        if self._inside > AT_ONCE_MAX:
            raise TurnedAway(503, "err.door_busy", retry_s=1, close=True)
        await self._let_in(visit)
        body = b""
        if visit.sends:
            try:
                body = await asyncio.wait_for(self._body(visit, receive), BODY_S)
            except TimeoutError:
                raise TurnedAway(408, "err.door_slow") from None
        await self._app(visit.scope, _replay(body, receive) if visit.sends else receive, visit.send)

    async def _let_in(self, visit: _Visit) -> None:
        now_s = self._house.clock().mono_s
        told = "authorization" in visit.headers
        if not visit.path.startswith(GUARDED) or (visit.path == HEALTH and not told):
            self._count(self._open, visit.address, now_s)
            return
        found = _BEARER.fullmatch(visit.headers.get("authorization", ""))
        token = found[1] if found else ""
        if not well_formed(token):
            self._count(self._open, visit.address, now_s)
            raise TurnedAway(401, "err.door_token", close=visit.sends)
        hashed = token_hash(token)
        till = self._good.get(hashed)
        if till is None:
            # Who guesses must not keep the core busy either.
            self._must_wait(self._wrong, visit.address, now_s)
            forgotten = self._forgotten
            till = await self._ask(token)
            if till is None:
                self._wrong.take(visit.address, now_s)
                raise TurnedAway(401, "err.door_token", close=visit.sends)
            if len(self._good) >= KEPT_TOKENS_MAX:
                self._good.clear()
            if forgotten == self._forgotten:
                # Else it may have been revoked since the core was asked.
                self._good[hashed] = till
        visit.till = till.till
        self._count(self._often, till.id, now_s)
        visit.scope["state"] = {**visit.scope.get("state", {}), "token": token, "till": till}

    async def _ask(self, token: str) -> TillToken | None:
        return await self._house.ask(lambda r, now: r.ask(FindToken(token), actor="kiosk", now=now))

    def _count(self, buckets: Buckets, caller: str, now_s: float) -> None:
        self._must_wait(buckets, caller, now_s)
        buckets.take(caller, now_s)

    @staticmethod
    def _must_wait(buckets: Buckets, caller: str, now_s: float) -> None:
        wait_s = buckets.wait_s(caller, now_s)
        if wait_s:
            raise TurnedAway(429, "err.door_often", retry_s=wait_s, seconds=str(wait_s))

    async def _body(self, visit: _Visit, receive: Receive) -> bytes:
        most = self._house.chosen.api.body_kb_max
        large = TurnedAway(413, "err.door_large", close=True, max=str(most))
        if int(visit.headers.get("content-length", "0")) > most * 1000:
            raise large
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise TurnedAway(408, "err.door_slow", close=True)
            body += message.get("body", b"")
            if len(body) > most * 1000:
                raise large
            more = message.get("more_body", False)
        visit.read = True
        if body:
            kind = visit.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise TurnedAway(415, "err.door_type")
            if too_deep(body):
                raise TurnedAway(400, "err.door_json")
        return body


class _Visit:
    """One request on its way through the door."""

    def __init__(self, house: House, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.headers = Headers(scope=scope)
        self.path: str = scope["path"]
        self.address = str(scope["client"][0]) if scope.get("client") else ""
        self.sends = scope["method"] not in ("GET", "HEAD", "OPTIONS") or (
            "content-length" in self.headers or "transfer-encoding" in self.headers
        )
        self.till = ""
        self.status = 0
        self.read = not self.sends
        """Whether all that was sent was read."""
        self._send = send
        self._answered = house.answered
        self._began_s = time.perf_counter()
        self._language = language_of(
            self.headers.get("accept-language", ""), house.chosen.kiosk.language
        )

    async def send(self, message: Message) -> None:
        """Send a part of the answer; none is kept by anybody on its way."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            there = {name.lower() for name, _ in message.get("headers", ())}
            ours = ((n.lower().encode(), v.encode()) for n, v in _HEADERS.items())
            added = [(name, value) for name, value in ours if name not in there]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await self._send(message)

    async def turn_away(self, away: TurnedAway) -> None:
        """Tell why nothing was done."""
        # What is still to come nobody reads: a body without an end would keep the line.
        away.close |= not self.read
        told = answer(away, self._language)
        await told(self.scope, _nothing_more, self.send)

    def note(self) -> None:
        """The request's line in the log, and its place among those of its status."""
        self._answered[self.status] += 1
        ms = round((time.perf_counter() - self._began_s) * 1000)
        route: Any = self.scope.get("route")
        path = getattr(route, "path", "-")
        level = logging.WARNING if self.status in _NOTED or self.status >= 500 else logging.INFO
        log.log(level, "%s %s %d %s %d ms", self.scope["method"], path, self.status,
                self.till or "-", ms)  # fmt: skip


def _replay(body: bytes, receive: Receive) -> Receive:
    """What was read already, then whatever comes: that the till hung up."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}


def too_deep(body: bytes) -> bool:
    """Whether brackets stand in brackets beyond all need: no parser is let near it."""
    depth = 0
    for byte in _STRINGS.sub(b"", body):
        if byte in b"[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif byte in b"]}":
            depth -= 1
    return False
