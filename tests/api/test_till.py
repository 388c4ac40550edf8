"""``kiosk till`` against a real door, and against one that does not answer as it should."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from kiosk import till
from kiosk.__main__ import main
from kiosk.till_door import TRIES_MAX, NobodyThere, NotKnown, TillDoor, TurnedDown
from tests.api.opened import PINS, TABLE, OpenDoor, regular

WROTE = {"entry": {"seq": 7}, "visit": None, "slips": []}

Said = Callable[..., str]


@pytest.fixture
def says(door: OpenDoor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a till's command and answers what it said; `code` is what it must end with."""
    file = tmp_path / "bar.token"
    file.write_text(f"entry 7: token_issued\n{door.tokens['all']}\nPut it into the till now.\n")

    def run(*words: str, code: int = 0) -> str:
        argv = ["till", "--url", door.base_url, "--token-file", str(file), *words]
        assert main(argv) == code, capsys.readouterr()
        told = capsys.readouterr()
        assert bool(told.err) == bool(code)
        return (told.err if code else told.out).replace("\u202f", " ").replace("\u00a0", " ")

    return run


def typed(monkeypatch: pytest.MonkeyPatch, pin: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))


def test_a_whole_visit_by_commands(
    door: OpenDoor, says: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.pin("101")
    assert "no shift is open" in says("health")
    typed(monkeypatch, PINS["101"])
    told = says("--as", "101", "shift", "open", "500", "--reason", "change")
    assert told.startswith("The shift is open (entry ")
    assert told.splitlines()[1:] == ["  slip at the kiosk's printer: float_slip:1"]
    told = says("card", TABLE)
    assert told.splitlines() == ["A card that is not on file, type table", "  next: open a visit"]
    assert says("open", TABLE, "--guests", "2").startswith("Visit 1 is open (entry ")
    lines = says("card", TABLE).splitlines()
    assert lines[0].startswith("Card •••• 0001 (") and lines[-1] == "  next: order on visit 1"
    told = says("order", "1", "41", "pizza", "2", "-", "Birthday cake", "1", "250,50")
    assert told.startswith("Order 41 is saved in visit 1")
    assert says("deposit", "1", "1000").startswith("1 000.00 ₽ is on visit 1")
    bill = [line.split() for line in says("bill", "1").splitlines()]
    assert bill == [
        ["Visit", "1:", "open"],
        ["Order", "41"],
        ["2", "x", "Pizza", "1", "081.00"],
        ["1", "x", "Birthday", "cake", "250.50"],
        ["Total", "1", "331.50"],
        ["Deposits", "1", "000.00"],
        ["To", "pay", "331.50"],
    ]
    assert "331.50 is to be paid" in says("pay", "1", "--cash", "100", code=1)
    paid = says("pay", "1", "--cash", "due")
    assert paid.startswith("Visit 1 is paid and closed (entry ")
    (job,) = [line.split()[-1] for line in paid.splitlines() if "final_receipt" in line]
    slip = says("slip", job, "--printed")
    assert "331.50" in slip and "COPY" not in slip
    assert "COPY" in says("slip", job)
    assert "Visit 1 has ended" in says("order", "1", "42", "pizza", "1", "-", code=1)
    assert "beendet" in says("--language", "de", "order", "1", "42", "pizza", "1", "-", code=1)
    assert json.loads(says("--json", "bill", "1"))["visit"]["state"] == "closed"


def test_play_and_clients_by_commands(
    door: OpenDoor, says: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.shift()
    client, card = regular(door, "+79162041234", "Zinaida Petrova")
    door.pin("105")
    typed(monkeypatch, PINS["105"])
    assert says("--as", "105", "client", "1234").startswith(f"{client}  Zinaida P.  ")
    assert "not allowed" in says("client", "1234", code=1)
    assert "game-60: 60 game minutes, 150.00 ₽" in says("package", "list")
    sold = says("package", "sell", client, "game-60", "--card", card)
    sale = sold.splitlines()[0].split()[5]
    play = ("session", "start", client, "pc-1", "--mode", "balance_min", "--minutes", "30")
    session = says(*play).splitlines()[0].split()[4]
    assert session in says("session", "list")
    door.clock.wait(600)
    assert says("session", "stop", session).startswith("Play has ended: 10 minutes, 0.00 ₽ (")
    assert says("session", "list") == "Nobody plays.\n"
    typed(monkeypatch, PINS["105"])
    undo = ("package", "undo", sale, "--pro-rata", "--reason", "He leaves")
    assert says("--as", "105", *undo).startswith(f"The sale {sale} is taken back")
    typed(monkeypatch, "000000")
    assert "PIN is wrong" in says("--as", "105", *undo, code=1)


def test_what_was_typed_wrong_is_told_and_nothing_is_sent(door: OpenDoor, says: Said) -> None:
    door.shift()
    says("open", TABLE)
    before = len(door.entries())
    assert "TEXT QUANTITY AMOUNT" in says("order", "1", "41", "Tea", "2", code=1)
    assert "'x' is no number of Tea" in says("order", "1", "41", "Tea", "x", "1", code=1)
    assert "is not an amount" in says("deposit", "1", "much", code=1)
    assert "more than 2 decimals" in says("deposit", "1", "1.005", code=1)
    assert len(door.entries()) == before


def test_events_are_told_as_they_come_and_taken_up_where_they_ended(
    door: OpenDoor, says: Said
) -> None:
    first = json.loads(says("--json", "watch", "--count", "1", "--last", "nothing.1"))
    assert first["event"] == "again"
    door.shift()
    says("open", TABLE)
    told = [json.loads(line) for line in _lines(says, first["id"], 2)]
    assert {event["event"] for event in told} <= {"visit", "card", "slip"}
    assert told[0]["id"] != told[1]["id"]
    again = [json.loads(line) for line in _lines(says, told[0]["id"], 1)]
    assert again == told[1:]


def _lines(says: Said, last: str, count: int) -> list[str]:
    return says("--json", "watch", "--last", last, "--count", str(count)).splitlines()


def test_a_till_needs_a_token_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(till.TOKEN_NAME, raising=False)
    assert main(["till", "health"]) == 78
    assert till.TOKEN_NAME in capsys.readouterr().err
    empty = tmp_path / "empty"
    empty.write_text("nothing\n")
    for file, told in ((empty, "no token in it"), (tmp_path / "none", "cannot be read")):
        assert main(["till", "--token-file", str(file), "health"]) == 78
        assert told in capsys.readouterr().err
    empty.write_text("foyer-till-" + "a" * 52)
    argv = ["till", "--token-file", str(empty), "--url", "http://127.0.0.1:1", "health"]
    assert main(argv) == till.EXIT_NOBODY
    assert "nothing was done" in capsys.readouterr().err


# --- a door that does not answer as it should ---------------------------------------------------


class Line:
    """A line on which everything goes wrong in its turn."""

    def __init__(self, *turns: object) -> None:
        self.turns = list(turns)
        self.keys: list[str] = []
        self.pauses: list[float] = []
        transport = httpx.MockTransport(self._answer)
        self.door = TillDoor("http://kiosk", "t", pause=self.pauses.append, transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("Idempotency-Key", ""))
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        assert isinstance(turn, httpx.Response)
        return turn


def refused(status: int, key: str) -> httpx.Response:
    error = {"key": key, "arguments": {}, "sentence": f"told of {key}"}
    return httpx.Response(status, json={"error": error})


def test_a_write_is_repeated_with_its_key_until_it_is_answered() -> None:
    line = Line(httpx.ReadTimeout("late"), refused(503, "err.door_busy"),
                refused(504, "err.door_late"), httpx.Response(200, json=WROTE))  # fmt: skip
    assert line.door.write("/v1/visits", {}) == WROTE
    assert len(line.keys) == 4 and len(set(line.keys)) == 1 and line.keys[0]
    assert line.pauses == [0.5, 1.0, 2.0]
    line.turns = [httpx.Response(200, json=WROTE)]
    line.door.write("/v1/visits", {})
    assert line.keys[4] != line.keys[0], "another operation has another key"


def test_what_is_refused_is_not_repeated() -> None:
    line = Line(refused(422, "err.visit_ended"))
    with pytest.raises(TurnedDown, match=r"told of err\.visit_ended"):
        line.door.write("/v1/orders", {})
    assert line.pauses == []


def test_a_busy_kiosk_says_that_nothing_was_done() -> None:
    line = Line(*(refused(503, "err.door_busy") for _ in range(TRIES_MAX)))
    with pytest.raises(TurnedDown, match=r"err\.door_busy"):
        line.door.write("/v1/orders", {})
    assert len(line.keys) == TRIES_MAX


@pytest.mark.parametrize("last", [httpx.ConnectError("gone"), refused(503, "err.door_busy")])
def test_who_gets_no_answer_is_told_the_key(last: object) -> None:
    line = Line(httpx.ReadTimeout("late"), *[last] * (TRIES_MAX - 1))
    with pytest.raises(NotKnown) as found:
        line.door.write("/v1/orders", {})
    assert found.value.key == line.keys[0]


def test_where_nobody_listens_nothing_was_done() -> None:
    line = Line(httpx.ConnectError("refused"))
    with pytest.raises(NobodyThere):
        line.door.write("/v1/orders", {})


def test_something_that_is_no_kiosk_is_told_so() -> None:
    line = Line(httpx.Response(404, text="<html>"))
    with pytest.raises(TurnedDown, match="no kiosk's door: 404"):
        line.door.get("/v1/health")


def test_a_stream_that_breaks_is_taken_up_after_the_last_event() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID", ""))
        if len(asked) == 2:
            raise httpx.ReadTimeout("nothing for 45 seconds")
        number = len(asked)
        text = f': alive\n\nid: s.{number}\nevent: visit\ndata: {{"id":"v{number}"}}\n\nid: s.9'
        return httpx.Response(200, text=text)

    pauses: list[float] = []
    made = TillDoor("http://k", "t", pause=pauses.append, transport=httpx.MockTransport(answer))
    events = made.events()
    told = [next(events), next(events)]
    assert [(event.id, event.data["id"]) for event in told] == [("s.1", "v1"), ("s.3", "v3")]
    assert asked == ["", "s.1", "s.1"]
    assert pauses == [0.5, 1.0]
