"""Who sends slowly, deeply, or nothing at all: cut, and nobody else waits for it."""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import sys

import pytest

from kiosk.api import lines, porter
from kiosk.api.limits import Buckets
from kiosk.api.porter import too_deep
from kiosk.core import seal
from tests.api.opened import OpenDoor, open_door, refusal
from tests.api.test_tls import pair
from tests.api.test_ways_in import HEALTH, call
from tests.core.guest import shelf

ASK = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"


def heard(line: socket.socket) -> bytes:
    """Everything until the door hangs up; pytest's own timeout is the guard."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := line.recv(4096):
            said += part
    return said


def answered(line: socket.socket) -> bytes:
    """One answer, whole."""
    said = b""
    while not said.endswith(b"}"):
        said += line.recv(4096)
    return said


def test_a_text_without_an_end_is_looked_through_once() -> None:
    # In a process that may be ended: what would try each of these quotes anew hears no signal.
    body = "b'\"' + b'\\\\\"' * 1_000_000"
    code = f"from kiosk.api.porter import too_deep; assert not too_deep({body})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert too_deep(b"[" * 21 + b'"' + b'\\"' * 100)
    assert not too_deep(b'["' + b"[" * 21 + b"\\")


def test_a_second_request_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "FIRST_S", 0.05)
    with open_door() as door:
        with call(door) as line:
            for _ in range(2):
                line.sendall(ASK)
                assert answered(line).startswith(b"HTTP/1.1 200")
            line.sendall(b"G")
            assert heard(line) == b""
        assert door.get(HEALTH).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/v1/orders"])
def test_a_body_without_an_end_is_cut(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(porter, "BODY_S", 0.05)
    caplog.set_level(logging.INFO)
    with open_door() as door:
        token = door.tokens["all"]
        with call(door) as line:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            line.sendall(f"{head}Content-Length: 20\r\n\r\n{{".encode())
            said = heard(line)
        assert said.startswith(b"HTTP/1.1 408") and b"err.door_slow" in said
    assert "Traceback" not in caplog.text and "a request at the door failed" not in caplog.text


def test_who_is_turned_away_before_his_body_is_read_is_cut(door: OpenDoor) -> None:
    with call(door) as line:
        for _ in range(porter.OPEN_PER_MINUTE_MAX):
            line.sendall(ASK)
            answered(line)
        line.sendall(b"POST /docs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        refused = heard(line)
    assert refused.startswith(b"HTTP/1.1 429") and b"connection: close" in refused.lower()


def test_who_never_agrees_on_tls_takes_no_more_than_so_many_sockets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lines, "SOCKETS_MAX", 3)
    with contextlib.ExitStack() as kept:
        _, named = pair(kept.enter_context(shelf()))
        door = kept.enter_context(open_door(verify=False, **named))
        for _ in range(3):
            kept.enter_context(call(door))
        fourth = kept.enter_context(call(door))
        assert heard(fourth) == b""
        fifth = kept.enter_context(call(door))
        assert heard(fifth) == b""
    assert caplog.text.count("connections are refused") == 1


def test_who_tries_pins_does_not_keep_the_kiosk_busy(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    fits = seal.pin_fits

    def counted(pin: str, stored: str) -> bool:
        checked.append(pin)
        return fits(pin, stored)

    right = door.pin("105")
    number = door.post("/v1/visits", {}).json()["visit"]["number"]
    way = f"/v1/visits/{number}/calculate"
    monkeypatch.setattr(seal, "pin_fits", counted)
    object.__setattr__(door.door._house, "pins", Buckets(4))
    signed = {"unpaid": 1, "reason": "x", "approval": {"staff": "105", "pin": "111112"}}
    for _ in range(2):
        door.post("/v1/people", {"staff": "105", "pin": "111112"}, key=None)
        door.post(way, signed)
    tried = len(checked)
    told = door.post("/v1/people", {"staff": "105", "pin": right}, key=None)
    assert refusal(told, 429, "err.door_often") == {"seconds": "15"}
    refusal(door.post(way, signed), 429, "err.door_often")
    assert len(checked) == tried <= 4
    # Of another till, and of whoever asks for no PIN, that is no matter.
    assert door.get("/v1/visits").status_code == 200
    assert door.post("/v1/people", {"staff": "105", "pin": right}, "hall", key=None).status_code
    assert len(checked) == tried + 1
    door.clock.wait(15)
    assert door.post("/v1/people", {"staff": "105", "pin": right}, key=None).status_code == 200
