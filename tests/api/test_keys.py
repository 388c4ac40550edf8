"""The idempotency key: repeated, reused, sent twice at once, and what is answered when it fails."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.runtime import Runtime
from tests.api.opened import OpenDoor, open_door, refusal

VISITS, REPLAYED = "/v1/visits", "Idempotency-Replayed"
LINES = [{"item": "pizza"}]


def test_the_same_key_and_body_is_told_the_same_entry(door: OpenDoor) -> None:
    body = {"guests": 2, "comment": "A party"}
    first, again = (door.post(VISITS, body, key="k1") for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json() and first.content == again.content
    assert (first.headers[REPLAYED], again.headers[REPLAYED]) == ("false", "true")
    # Also when the visit is long over, and for whoever is signed in by now.
    number = first.json()["visit"]["number"]
    door.shift()
    assert door.post(f"{VISITS}/{number}/calculate", {}).status_code == 200
    person = door.signed_in("101")
    assert door.post(VISITS, body, key="k1", Staff_Token=person).json() == first.json()
    assert [e.kind for e in door.entries()].count("visit_opened") == 1


def test_a_repeat_is_told_only_to_who_may_do_it(door: OpenDoor) -> None:
    number = door.post(VISITS, {}).json()["visit"]["number"]
    way, why = f"{VISITS}/{number}/void", {"reason": "a test"}
    manager = door.signed_in("105")
    done = door.post(way, why, key="v", Staff_Token=manager)
    assert done.status_code == 200
    refusal(door.post(way, why, key="v"), 403, "err.not_allowed")
    cashier = door.signed_in("101")
    refusal(door.post(way, why, key="v", Staff_Token=cashier), 403, "err.not_allowed")
    assert door.post(way, why, key="v", Staff_Token=manager).json() == done.json()


def test_the_same_key_with_another_body_is_a_conflict(door: OpenDoor) -> None:
    door.post(VISITS, {"guests": 2}, key="k1")
    before = len(door.entries())
    told = door.post(VISITS, {"guests": 3}, key="k1")
    assert refusal(told, 409, "err.conflict") == {"operation": "till:bar:k1"}
    order = {"order": "1", "place": "Bar", "lines": LINES}
    refusal(door.post("/v1/orders", order, key="k1"), 409, "err.conflict")
    assert len(door.entries()) == before


def test_keys_of_two_tills_are_two_keys(door: OpenDoor) -> None:
    bar, hall = (door.post(VISITS, {}, token, key="1").json() for token in ("all", "hall"))
    assert (bar["entry"]["actor"], hall["entry"]["actor"]) == ("till:bar", "till:hall")
    assert bar["entry"]["seq"] != hall["entry"]["seq"]
    # Another token of the same till is the same till.
    assert door.post(VISITS, {}, "serve", key="1").json() == bar


def test_a_refusal_is_not_remembered(door: OpenDoor) -> None:
    number = door.post(VISITS, {}).json()["visit"]["number"]
    money = {"amount": 5000, "tender": "cash", "reason": "deposit"}
    path = f"{VISITS}/{number}/deposits"
    refusal(door.post(path, money, key="d"), 422, "err.no_shift")
    door.shift()
    assert door.post(path, money, key="d").status_code == 200


def test_ten_at_once_with_one_key_make_one_entry(door: OpenDoor) -> None:
    ready = threading.Barrier(10)

    def post(number: int) -> tuple[int, str, str]:
        with door.client() as client:
            ready.wait(30)
            told = client.post(VISITS, json={}, headers={"Idempotency-Key": "one"})
            return told.status_code, told.text, told.headers[REPLAYED]

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(post, range(10)))
    assert {(status, text) for status, text, _ in told} == {(200, told[0][1])}
    assert sorted(replayed for _, _, replayed in told) == ["false"] + ["true"] * 9
    assert [e.kind for e in door.entries()].count("visit_opened") == 1


# --- what goes wrong ---------------------------------------------------------------------------


class Held:
    """The core is kept from doing anything until it is let go."""

    def __init__(self, door: OpenDoor) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._done = door.runtime.inbox.request(self._work)

    def _work(self, runtime: Runtime, now: Now) -> None:
        self.begun.set()
        assert self.go.wait(30)

    def __enter__(self) -> Held:
        assert self.begun.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self._done.result(30)


def test_no_answer_in_time_may_be_repeated_with_the_same_key() -> None:
    with open_door(answer_s=2) as door:
        assert door.get(VISITS).status_code == 200
        before = len(door.entries())
        with Held(door):
            late = door.post(VISITS, {}, key="late")
            refusal(late, 504, "err.door_late")
            assert "same key" in late.json()["error"]["sentence"]
        # What was not begun when the till gave up is not done behind its back.
        assert len(door.entries()) == before
        assert door.post(VISITS, {}, key="late").headers[REPLAYED] == "false"


def test_a_kiosk_that_does_not_keep_up_says_when_to_come_again() -> None:
    with open_door(inbox_max=3) as door:
        assert door.get(VISITS).status_code == 200
        with Held(door):
            waiting = [door.runtime.inbox.request(lambda r, now: None) for _ in range(3)]
            busy = door.get(VISITS)
            refusal(busy, 503, "err.door_busy")
            assert busy.headers["Retry-After"] == "1"
        for future in waiting:
            future.result(30)
        assert door.get(VISITS).status_code == 200


def test_a_kiosk_that_ends_says_so(door: OpenDoor) -> None:
    assert door.get(VISITS).status_code == 200
    door.runtime.inbox.close()
    refusal(door.post(VISITS, {}), 503, "err.door_ending")


@pytest.mark.parametrize("error", [StorageFailed("the disk is gone"), LedgerCorrupt("a row")])
def test_S01_books_that_fail_take_nothing_more(door: OpenDoor, error: Exception) -> None:
    def fail(runtime: Runtime, now: Now) -> None:
        raise error

    future = door.runtime.inbox.request(fail)
    with pytest.raises(type(error)):
        future.result(30)
    told = door.post(VISITS, {})
    refusal(told, 503, "err.out_of_service")
    assert int(told.headers["Retry-After"]) > 0
    assert door.get("/v1/health", "").json()["state"] == "out of service"
    assert door.get("/v1/health").json()["state"] == "out of service"


def test_a_mistake_of_ours_is_told_as_one_and_ends_nothing(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert door.get(VISITS).status_code == 200
    with monkeypatch.context() as broken:
        broken.setattr(Runtime, "command", lambda *_, **__: 1 // 0)
        refusal(door.post(VISITS, {}, key="m"), 500, "err.door_mistake")
    assert door.post(VISITS, {}, key="m").status_code == 200
    assert [r.levelname for r in caplog.records if r.exc_info] == ["ERROR"]
