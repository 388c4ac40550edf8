"""The control socket: how the command line and the bench speak to a running kiosk.

A Unix socket, owner only. One JSON object a line in each direction:
``{"verb": "note", "words": ["settle", "acceptor/3/1"], "reason": "…"}`` is answered by
``{"ok": "…"}`` or ``{"error": "…"}``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.texts import Texts

log = logging.getLogger(__name__)

REQUEST_BYTES_MAX = 1_000_000
ANSWER_BYTES_MAX = 20_000_000
REQUEST_S = 30.0
STOP_S = 2.0
"""So long the one who is being answered may still get the answer when the kiosk ends."""

Answerer = Callable[[Mapping[str, Any]], str]
"""Takes a request, answers what happened; raises what `Control` turns into an error."""


class NotRunning(ConnectionError):
    """No kiosk listens on this socket."""


class NoAnswer(ConnectionError):
    """A kiosk was asked and said nothing; what was asked for may be done."""


class Control:
    """Answers requests in a thread of its own, one after the other."""

    def __init__(self, path: Path, answerer: Answerer) -> None:
        self._path = path
        self._answerer = answerer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Listen. The store's lock says that no other kiosk does.

        Raises:
            ConfigError: there can be no socket at this path.
        """
        before = os.umask(0o177)
        try:
            self._path.unlink(missing_ok=True)
            self._listener.bind(str(self._path))
        except OSError as error:
            self._listener.close()
            told = f"{self._path}: the control socket cannot be made ({error})"
            raise ConfigError([f"{told}; name another [store] folder, a short one"]) from None
        finally:
            os.umask(before)
        self._listener.listen(8)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; who is being answered now still gets a moment for it."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)
        self._thread.join(STOP_S)

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                # Ended; or the one who called has hung up, or there is no descriptor left for him.
                self._stopped.wait(0.1)
                continue
            with line:
                line.settimeout(REQUEST_S)
                try:
                    _send(line, self._answer(line))
                except OSError as error:
                    log.warning("a request on the control socket failed: %s", error)

    def _answer(self, line: socket.socket) -> dict[str, str]:
        try:
            return {"ok": self._answerer(_checked(_receive(line)))}
        except Refused as refused:
            return {"error": told(refused)}
        except (ValueError, LookupError, OSError, ConfigError, StorageFailed, LedgerCorrupt) as e:
            return {"error": str(e) or type(e).__name__}
        except Exception as error:
            # A mistake of ours in one verb is no reason to end a kiosk that holds a guest's note.
            log.exception("a request on the control socket failed")
            return {"error": f"a mistake of the kiosk's own: {type(error).__name__}"}


def told(refused: Refused) -> str:
    """A refusal in English, for the command line."""
    try:
        return Texts.of("en").say(refused.key, **refused.args_by_name)
    except KeyError:
        return str(refused)


def ask(path: Path, request: Mapping[str, Any], timeout_s: float = REQUEST_S) -> str:
    """Ask the kiosk that listens at `path`.

    Raises:
        NotRunning: none does.
        NoAnswer: it ended meanwhile, or takes too long.
        ValueError: the kiosk says what is wrong.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as line:
        line.settimeout(timeout_s)
        try:
            line.connect(str(path))
        except OSError as error:
            raise NotRunning(f"no kiosk is running here ({path}: {error.strerror})") from None
        try:
            _send(line, request)
            line.shutdown(socket.SHUT_WR)
            answer = _receive(line, ANSWER_BYTES_MAX)
        except OSError as error:
            raise NoAnswer(f"the kiosk did not answer ({error})") from None
    if "error" in answer:
        raise ValueError(str(answer["error"]))
    return str(answer.get("ok", ""))


def _checked(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request whose parts have the types that the verbs count on."""
    words = request.get("words", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError('"words" is no list of texts')
    for name in ("verb", "reason", "text", "secret", "language"):
        if not isinstance(request.get(name, ""), str):
            raise ValueError(f'"{name}" is no text')
    return request


def _send(line: socket.socket, message: Mapping[str, Any]) -> None:
    # As ASCII: half a character in what was asked for must not keep the answer from being sent.
    line.sendall(json.dumps(message).encode() + b"\n")


def _receive(line: socket.socket, most: int = REQUEST_BYTES_MAX) -> dict[str, Any]:
    data = b""
    while not data.endswith(b"\n"):
        part = line.recv(65536)
        if not part:
            break
        data += part
        if len(data) > most:
            raise ValueError("the message is too long")
    if not data:
        raise ConnectionError("nothing came")
    try:
        message = json.loads(data)
    except RecursionError:
        raise ValueError("the message is nested too deep") from None
    if not isinstance(message, dict):
        raise ValueError("the message is no JSON object")
    return message
