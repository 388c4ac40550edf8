"""Notices to a real HTTP server, signed; what is not answered well is sent again."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from kiosk.core.tasks import Named, Task
from kiosk.core.texts import Texts
from kiosk.notices import RETRY_S, Notice, Outbox, Send, Undelivered
from kiosk.webhook import SIGNATURE, signature, webhook
from tests.core.guest import NOW, rub

SECRET = b"what the receiver knows, too"
HELP = Task(
    "help:7", "2026-11-22T15:00:00.000000Z", "now", "task.help", {"number": 7, "scene": "N-04"}
)
NOTE = Task("note:a/1/1", "", "now", "task.note_unknown", {"amount": rub(500), "note": "a/1/1"})
BLOCKED = Task(
    "kiosk:blocked",
    "",
    "now",
    "alarm.blocked",
    {"reasons": (Named("why.paper_out"), Named("why.shift_too_long"))},
)


class Receiver:
    """An HTTP server that keeps what it gets and answers as a test says."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers.items()), body))
                self.send_response(receiver.status)
                if 300 <= receiver.status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.end()


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return str(path)


def sender(address: str, secret: str = "", tls: ssl.SSLContext | None = None) -> Send:
    return webhook(address, secret, "K1", lambda: Texts.of("en"), clock=lambda: NOW, tls=tls)


def began(*tasks: Task) -> list[Notice]:
    return [Notice("began", task, NOW.wall) for task in tasks]


def test_what_arrives_is_signed_and_has_keys_arguments_and_words(
    receiver: Receiver, secret: str
) -> None:
    sender(f"http://127.0.0.1:{receiver.port}/hook?at=desk", secret)(began(HELP, NOTE, BLOCKED))
    ((headers, body),) = receiver.got
    seconds = int(NOW.wall.timestamp())
    assert headers[SIGNATURE] == f"t={seconds},v1={signature(SECRET, seconds, body)}"
    told = json.loads(body)
    assert (told["kiosk"], told["language"]) == ("K1", "en")
    call, note, blocked = told["notices"]
    assert call["id"] == "help:7@2026-11-22T15:00:00.000000Z:began"
    assert (call["what"], call["kind"], call["severity"]) == ("began", "call", "now")
    assert call["text"].startswith("Help call 7") and call["do"].startswith("Go there.")
    assert note["arguments"] == {"amount": {"minor": 50000, "currency": "RUB"}, "note": "a/1/1"}
    assert blocked["arguments"] == {"reasons": ["why.paper_out", "why.shift_too_long"]}
    assert "no paper" in blocked["text"] and "shift" in blocked["text"]


def test_one_changed_byte_or_second_has_another_signature() -> None:
    whole = signature(SECRET, 1, b"{}")
    assert len({whole, signature(SECRET, 2, b"{}"), signature(SECRET, 1, b"{ }")}) == 3
    assert signature(SECRET + b"x", 1, b"{}") != whole


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    sender(f"http://127.0.0.1:{receiver.port}/")(began(HELP))
    assert SIGNATURE not in receiver.got[0][0]


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_whatever_is_no_2xx_is_sent_again_with_the_same_ids(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    outbox = Outbox("webhook", sender(f"http://127.0.0.1:{receiver.port}/"), lambda: None)
    outbox.put(began(HELP))
    outbox.step(NOW)
    assert outbox.problem == f"HTTP {status}"
    receiver.status = 200
    outbox.step(NOW.later(RETRY_S))
    assert outbox.problem == ""
    first, again = (json.loads(body)["notices"] for _, body in receiver.got)
    assert [n["id"] for n in first] == [n["id"] for n in again]


def test_only_who_is_trusted_is_told(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    receiver = Receiver(server)
    try:
        address = f"https://localhost:{receiver.port}/"
        sender(address, tls=trusting)(began(HELP))
        with pytest.raises(Undelivered, match=r"^ConnectError$"):
            sender(address)(began(HELP))
        assert len(receiver.got) == 1
    finally:
        receiver.end()


@pytest.mark.parametrize(
    ("address", "secret", "why"),
    [
        ("http://user:word@127.0.0.1:1/key", "", "ConnectError"),
        ("http://a:b:c/", "", "InvalidURL"),
        ("http://127.0.0.1:1/", "/nowhere", "/nowhere: No such file or directory"),
        ("http://127.0.0.1:1/", "/dev/null", "/dev/null: empty"),
    ],
)
def test_why_it_failed_repeats_no_address(address: str, secret: str, why: str) -> None:
    with pytest.raises(Undelivered) as undelivered:
        sender(address, secret)(began(HELP))
    assert str(undelivered.value) == why
