"""A door that is open: its kiosk, the tokens of its tills, the people who sign in there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from kiosk.api.door import Door
from kiosk.core import config
from kiosk.core.audit import audit
from kiosk.core.books import Query
from kiosk.core.clients import RegisterCard
from kiosk.core.clock import Now
from kiosk.core.config import Config
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.messages import Effect
from kiosk.core.recognition import Recognised
from kiosk.core.shifts import OpenShift
from kiosk.core.staff import SetStaffPin
from kiosk.core.tokens import SCOPES, IssueToken, new_token
from kiosk.core.venue import Venue
from kiosk.notices import Board, look
from kiosk.runtime import Inbox, Runtime
from tests.core.guest import ACCEPTOR, DEMO, NOW, PRINTER, READER, Guest, make_venue, rub, shelf

TILLS = '[[tills]]\nid = "hall"\nname = "Hall"\n\n[[tills]]\nid = "bar"\n'
VENUE = DEMO.replace('[[tills]]\nid = "bar"\n', TILLS)
PINS = {
    "101": "730164",
    "102": "481920",
    "103": "905317",
    "104": "264815",
    "105": "619372",
    "106": "857203",
    "107": "392746",
}
"""Of the people of the demonstration venue, by number."""
UID = "04A1B2C3D4E5F6"
TABLE = ";550001=311299?"
"""What the stripe of a table card says."""
WAIT_S = 30.0


@dataclass
class Clock:
    """The time of the kiosk: moved by hand."""

    now: Now = NOW

    def __call__(self) -> Now:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now = self.now.later(seconds)


class Taker:
    """A device that takes everything."""

    def __init__(self) -> None:
        self.done: list[Effect] = []

    def do(self, effect: Effect) -> None:
        self.done.append(effect)


@dataclass
class OpenDoor:
    """What a test needs of a door that is open.

    Attributes:
        tokens: by scope, each of the till ``bar``; ``all`` is good for everything, ``hall`` too, of
            the till ``hall``.
    """

    door: Door
    guest: Guest
    runtime: Runtime
    board: Board
    clock: Clock
    devices: Mapping[DeviceId, Taker]
    tokens: dict[str, str] = field(default_factory=dict)
    verify: Any = True
    with_pin: set[str] = field(default_factory=set)
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    calls: Iterator[int] = field(default_factory=count)

    @property
    def base_url(self) -> str:
        return self.door.url

    @property
    def venue(self) -> Venue:
        return self.runtime.venue

    # --- through the door --------------------------------------------------------------------

    def client(self, token: str = "all", **more: Any) -> httpx.Client:
        """A client with the token of this name; an empty name for none."""
        headers = {"Authorization": f"Bearer {self.tokens.get(token, token)}"} if token else {}
        headers |= more.pop("headers", {})
        return httpx.Client(
            base_url=self.base_url,
            headers=headers,
            verify=more.pop("verify", self.verify),
            trust_env=False,
            timeout=WAIT_S,
            **more,
        )

    def get(self, path: str, token: str = "all", **headers: str) -> httpx.Response:
        return self.kept(token).get(path, headers=_named(headers))

    def post(
        self, path: str, body: Any = None, token: str = "all", key: str | None = "", **headers: str
    ) -> httpx.Response:
        """Write: with a new key, this one, or None for none."""
        return self.send("POST", path, body, token, key, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str = "all",
        key: str | None = "",
        **headers: str,
    ) -> httpx.Response:
        told = _named(headers)
        if key is not None:
            told["Idempotency-Key"] = key or self.key()
        return self.kept(token).request(method, path, json=body or {}, headers=told)

    def kept(self, token: str) -> httpx.Client:
        """The client that a till keeps open."""
        if token not in self.clients:
            self.clients[token] = self.client(token)
        return self.clients[token]

    def key(self) -> str:
        """A new key."""
        return f"key-{next(self.calls)}"

    def signed_in(self, staff: str, token: str = "all") -> str:
        """Sign a person in; the token of that."""
        who = {"staff": staff, "pin": self.pin(staff)}
        return str(self.post("/v1/people", who, token).json()["token"])

    def pin(self, staff: str) -> str:
        """A person's PIN, set when it is wanted for the first time: hashing takes its time."""
        if staff not in self.with_pin:
            self.with_pin.add(staff)
            self.do(SetStaffPin(staff, PINS[staff]))
        return PINS[staff]

    # --- behind it ---------------------------------------------------------------------------

    def do(self, command: object, actor: str = "cli") -> Entry:
        """A command that comes another way."""
        key = f"test:{next(self.calls)}"
        done = self.runtime.inbox.ask(
            lambda r, now: r.command(command, actor=actor, key=key, now=now), WAIT_S
        )
        assert isinstance(done, Entry), done
        return done

    def ask(self, query: Query[Any], actor: str = "cli") -> Any:
        return self.runtime.inbox.ask(lambda r, now: r.ask(query, actor=actor, now=now), WAIT_S)

    def entries(self) -> list[Entry]:
        return self.runtime.inbox.ask(lambda r, now: list(r.venue.ledger.entries()), WAIT_S)

    def shift(self) -> None:
        self.do(OpenShift(rub(10_000), "change"), "staff:101")

    def issue(self, name: str, till: str, scopes: tuple[str, ...]) -> None:
        self.tokens[name] = new_token(os.urandom)
        self.do(IssueToken(name.replace("_", ""), till, scopes, self.tokens[name]))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def settings(folder: Path, **api: Any) -> Config:
    """A simulated kiosk whose door listens on any port of this machine."""
    chosen = config.load(None, simulated=True, environ={"HOME": str(folder)})
    return replace(chosen, api=replace(chosen.api, **{"enabled": True, "port": 0, **api}))


@contextmanager
def open_door(
    text: str = VENUE, *, inbox_max: int = 1000, verify: Any = True, **api: Any
) -> Iterator[OpenDoor]:
    """A kiosk with an open door; its books are proven when the test is done."""
    with shelf() as folder:
        guest = Guest(make_venue(folder, text))
        clock = Clock()
        devices = {name: Taker() for name in (READER, ACCEPTOR, PRINTER)}
        runtime = Runtime(
            Inbox(inbox_max),
            guest.venue,
            guest.situation,
            devices=devices,
            roles={READER: "reader", ACCEPTOR: "acceptor", PRINTER: "printer"},
            show=lambda situation, now: None,
            min_free_bytes=0,
        )
        # It hangs there; who wants it kept up starts it.
        board = Board(lambda: runtime.inbox.ask(look), 300)
        chosen = settings(folder, **api)
        door = Door(chosen, runtime, clock, waiting=lambda: board.shown)
        stop = threading.Event()
        failed: list[BaseException] = []
        core = threading.Thread(target=_turn, args=(runtime, clock, stop, failed), name="core")
        door.start()
        core.start()
        opened = OpenDoor(door, guest, runtime, board, clock, devices, verify=verify)
        try:
            for scope in SCOPES:
                opened.issue(scope, "bar", (scope,))
            opened.issue("all", "bar", SCOPES)
            opened.issue("hall", "hall", SCOPES)
            yield opened
        finally:
            for client in opened.clients.values():
                client.close()
            stop.set()
            runtime.inbox.close()
            door.stop()
            core.join(WAIT_S)
            # A test may have broken the books on purpose.
            if runtime.failure is None:
                assert audit(guest.venue.books(clock.now)) == []
            guest.venue.close()
        assert not failed, failed


def _turn(
    runtime: Runtime, clock: Clock, stop: threading.Event, failed: list[BaseException]
) -> None:
    try:
        while not stop.is_set():
            runtime.turn(clock.now)
            runtime.inbox.wait(min(0.5, runtime.wait_s(clock.now)))
    except BaseException as error:
        failed.append(error)


def refusal(answer: httpx.Response, status: int, key: str) -> dict[str, str]:
    """The arguments of a refusal, after its form is looked at."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    error = answer.json()["error"]
    assert answer.json() == {"error": error}
    assert set(error) == {"key", "arguments", "sentence"}
    assert error["key"] == key
    assert error["sentence"] and "{" not in error["sentence"]
    arguments: dict[str, str] = error["arguments"]
    return arguments


def regular(door: OpenDoor, phone: str = "", name: str = "") -> tuple[str, str]:
    """A client who has registered a card at the kiosk; his id, and that of the card."""
    read = Recognised("Contactless guest card", "interface", "PDS", UID)
    pin = "7391" if phone else ""
    door.do(RegisterCard(read, "guest", "en", "2026-11", phone, pin, name), "guest")
    told = door.post(
        "/v1/cards/identify", {"read": {"signal": "contactless", "text": UID}}, key=None
    )
    card = told.json()["card"]
    return str(card["client"]), str(card["id"])
