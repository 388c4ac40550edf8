"""The control socket: whatever is sent to it, an answer comes back and the kiosk goes on."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.control import REQUEST_BYTES_MAX, Control, NoAnswer, NotRunning, ask
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.runtime import InboxFull

FAILURES: dict[str, Exception] = {
    "refused": Refused("err.no_such_card", card="c-1"),
    "value": ValueError("that is no verb"),
    "full": InboxFull("the kiosk is busy"),
    "late": TimeoutError("no answer"),
    "config": ConfigError(["venue.toml: is not TOML"]),
    "storage": StorageFailed("the disk is gone"),
    "corrupt": LedgerCorrupt("a row is no document"),
    "ours": AssertionError("secret words of ours"),
}


def answer(request: Mapping[str, Any]) -> str:
    if request["verb"] in FAILURES:
        raise FAILURES[request["verb"]]
    return " ".join(request.get("words", []))


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    control = Control(tmp_path / "control", answer)
    control.start()
    yield tmp_path / "control"
    control.stop()


def sent(path: Path, data: bytes) -> dict[str, str]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60.0)
        line.connect(str(path))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        told: dict[str, str] = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
        return told


def test_only_its_owner_may_speak_to_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("verb", FAILURES)
def test_a_verb_that_fails_is_an_error_and_the_next_one_is_answered(path: Path, verb: str) -> None:
    with pytest.raises(ValueError) as told:
        ask(path, {"verb": verb, "words": []})
    assert str(told.value)
    assert "secret" not in str(told.value)
    assert ask(path, {"verb": "say", "words": ["still", "here"]}) == "still here"


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"hello\n",
        b"[]\n",
        b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        b'{"verb": "say", "words": 5}\n',
        b'{"verb": "say", "words": [5]}\n',
        b'{"verb": "say", "words": "abc"}\n',
        b'{"verb": ["say"]}\n',
        b'{"verb": "note", "words": ["void", "a/1/1"], "reason": {}}\n',
        b'{"verb": "import", "words": ["x"], "text": 7}\n',
        b'{"verb": "say", "words": ["' + b"x" * REQUEST_BYTES_MAX + b'"]}\n',
    ],
    ids=lambda data: data[:40].decode("latin-1"),
)
def test_nonsense_is_an_error_and_the_next_one_is_answered(path: Path, data: bytes) -> None:
    assert sent(path, data)["error"]
    assert ask(path, {"verb": "say", "words": ["still", "here"]}) == "still here"


def test_half_a_character_comes_back_as_it_was_sent(path: Path) -> None:
    assert sent(path, b'{"verb": "say", "words": ["\\ud800"]}\n') == {"ok": "\ud800"}
    assert ask(path, {"verb": "say", "words": ["\ud800", "here"]}) == "\ud800 here"


def test_who_hangs_up_without_a_word_stops_nobody(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
    assert ask(path, {"verb": "say", "words": ["still", "here"]}) == "still here"


def test_nobody_listens_after_the_end(tmp_path: Path) -> None:
    control = Control(tmp_path / "control", answer)
    control.start()
    control.stop()
    with pytest.raises(NotRunning):
        ask(tmp_path / "control", {"verb": "say"})


def test_an_answer_that_does_not_come_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "control"))
        deaf.listen(1)
        with pytest.raises(NoAnswer):
            ask(tmp_path / "control", {"verb": "say"}, timeout_s=0.05)


def test_a_path_that_is_too_long_for_a_socket_is_told_to_the_installer(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    with pytest.raises(ConfigError, match="folder"):
        Control(folder / "control", answer).start()
