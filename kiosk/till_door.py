"""The till's side of the door: requests that are repeated until they are answered, and events.

What was sent and not answered may be done: it is sent again with the same key, and the door tells
the same entry. Nothing that is wrong is repeated.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

TRIES_MAX = 5
PAUSE_S = 0.5
"""Before the second try; twice as long before each further one."""
PAUSE_MAX_S = 10.0
ANSWER_S = 15.0
ALIVE_S = 45.0
"""A stream of events that says nothing for so long is dead: it has a comment every 15 seconds."""

IN_DOUBT = frozenset({500, 504})
AGAIN = IN_DOUBT | {503}


class NobodyThere(Exception):
    """Nobody answers at this address: nothing was done."""


class NotKnown(Exception):
    """It was sent, and no answer came: `key` is that of the write, "" for a question."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class TurnedDown(Exception):
    """The door refused; `sentence` says why."""

    def __init__(self, status: int, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.key = key
        self.sentence = sentence


@dataclass(frozen=True)
class Event:
    """Something that changed."""

    id: str
    name: str
    data: Any


class TillDoor:
    """A door, for one command of a till.

    Args:
        url: where it is.
        token: the till's.
        ca: a file with the certificate that signed the door's, or "" for the system's own.
        language: of what it says.
        key: of the first write, in place of a new one.
        pause: waits so many seconds.
        transport: another way than the network, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        ca: str = "",
        language: str = "en",
        key: str = "",
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._pause = pause
        self._key = key
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._client = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=ca or None),
            timeout=ANSWER_S,
            # A proxy of the surroundings has no business with tokens.
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        """Let go of the line."""
        self._client.close()

    def signed_in(self, staff: str, pin: str) -> None:
        """From now on this person asks. A wrong PIN is not tried again."""
        told = self._send("POST", "/v1/people", {"staff": staff, "pin": pin}, {}, tries=1)
        self._headers["Staff-Token"] = told["token"]

    def sign_out(self) -> None:
        """The person leaves; if that is not heard, the token ends by itself."""
        if "Staff-Token" in self._headers:
            with contextlib.suppress(NobodyThere, NotKnown, TurnedDown):
                self._send("DELETE", "/v1/people", None, {}, tries=1)
            del self._headers["Staff-Token"]

    def get(self, path: str, **params: str | int) -> Any:
        """Ask for something; raises what `write` does."""
        return self._send("GET", path, None, {}, params=params)

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """Ask something that does not belong into an address; raises what `write` does."""
        return self._send("POST", path, body, {})

    def write(self, path: str, body: Mapping[str, Any]) -> Any:
        """Have something done, once, however often it has to be sent.

        Raises:
            TurnedDown: it was refused.
            NobodyThere: nobody answers there.
            NotKnown: it was sent, and no answer came; the same key tells later.
        """
        key, self._key = self._key or uuid4().hex, ""
        return self._send("POST", path, body, {"Idempotency-Key": key})

    def events(self, last: str = "") -> Iterator[Event]:
        """What changes from now on, for ever; a stream that breaks is taken up where it ended.

        Raises:
            TurnedDown, NobodyThere: as `write`.
        """
        tries = 0
        while True:
            headers = {**self._headers, **({"Last-Event-ID": last} if last else {})}
            try:
                with self._client.stream(
                    "GET", "/v1/events", headers=headers, timeout=httpx.Timeout(5.0, read=ALIVE_S)
                ) as answer:
                    if answer.status_code != 200:
                        answer.read()
                        _raise(answer)
                    tries = 0
                    for event in _events(answer.iter_lines()):
                        last = event.id or last
                        yield event
            except httpx.TransportError:
                pass
            except TurnedDown as down:
                if down.status not in AGAIN:
                    raise
            tries += 1
            if tries >= TRIES_MAX:
                raise NobodyThere
            self._wait(tries)

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str | int] | None = None,
        tries: int = TRIES_MAX,
    ) -> Any:
        key = headers.get("Idempotency-Key", "")
        in_doubt = False
        for attempt in range(1, tries + 1):
            try:
                answer = self._client.request(
                    method, path, json=body, params=params, headers={**self._headers, **headers}
                )
            except httpx.ConnectError:
                if not in_doubt:
                    raise NobodyThere from None
            except httpx.TransportError:
                in_doubt = True
            else:
                in_doubt = in_doubt or answer.status_code in IN_DOUBT
                if answer.status_code not in AGAIN or (attempt == tries and not in_doubt):
                    return _told(answer)
            if attempt < tries:
                self._wait(attempt)
        raise NotKnown(key)

    def _wait(self, attempt: int) -> None:
        self._pause(min(PAUSE_S * 2 ** (attempt - 1), PAUSE_MAX_S))


def _told(answer: httpx.Response) -> Any:
    if answer.status_code == 204:
        return None
    if answer.status_code != 200:
        _raise(answer)
    kind = answer.headers.get("content-type", "")
    return answer.json() if kind.startswith("application/json") else answer.text


def _raise(answer: httpx.Response) -> None:
    try:
        error = answer.json()["error"]
        raise TurnedDown(answer.status_code, error["key"], error["sentence"])
    except (ValueError, KeyError, TypeError):
        # Something else than a kiosk listens there, or stands between.
        told = f"this is no kiosk's door: {answer.status_code} {answer.reason_phrase}"
        raise TurnedDown(answer.status_code, "", told) from None


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """Server-sent events: fields a line, an empty line ends an event, a colon begins a comment."""
    made: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            made[name] = made.get(name, "") + value.removeprefix(" ")
        elif made.get("data"):
            name = made.get("event", "message")
            yield Event(made.get("id", ""), name, json.loads(made["data"]))
            made = {}
        else:
            made = {}
