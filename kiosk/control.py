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

from kiosk.core.errors import Refused, StorageFailed
from kiosk.core.texts import Texts

log = logging.getLogger(__name__)

REQUEST_BYTES_MAX = 1_000_000
REQUEST_S = 30.0

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
        """Listen. The store's lock says that no other kiosk does."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(self._path))
        finally:
            os.umask(before)
        self._listener.listen(8)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                line.settimeout(REQUEST_S)
                try:
                    _send(line, self._answer(_receive(line)))
                except (OSError, ValueError) as error:
                    log.warning("a request on the control socket failed: %s", error)

    def _answer(self, request: Mapping[str, Any]) -> dict[str, str]:
        try:
            return {"ok": self._answerer(request)}
        except Refused as refused:
            return {"error": told(refused)}
        except (ValueError, LookupError, OSError, TimeoutError, StorageFailed) as error:
            return {"error": str(error) or type(error).__name__}


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
            answer = _receive(line)
        except OSError as error:
            raise NoAnswer(f"the kiosk did not answer ({error})") from None
    if "error" in answer:
        raise ValueError(str(answer["error"]))
    return str(answer.get("ok", ""))


def _send(line: socket.socket, message: Mapping[str, Any]) -> None:
    line.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")


def _receive(line: socket.socket) -> dict[str, Any]:
    data = b""
    while not data.endswith(b"\n"):
        part = line.recv(65536)
        if not part:
            break
        data += part
        if len(data) > REQUEST_BYTES_MAX:
            raise ValueError("the message is too long")
    if not data:
        raise ConnectionError("nothing came")
    message = json.loads(data)
    if not isinstance(message, dict):
        raise ValueError("the message is no JSON object")
    return message
