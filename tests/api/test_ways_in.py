"""Who gets in: tokens and scopes, people, limits of size and rate, and what the log says of it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from kiosk.api import lines, porter
from kiosk.api.application import application
from kiosk.api.limits import CALLERS_MAX, Buckets
from kiosk.api.porter import DEPTH_MAX, too_deep
from kiosk.core.settings import ImportVenue
from kiosk.core.staff import ChangeStaff, SetStaffPin
from kiosk.core.tokens import SCOPES, RevokeToken, new_token
from kiosk.core.venue_file import parse
from tests.api.opened import PINS, TABLE, UID, VENUE, OpenDoor, open_door, refusal

HEALTH, VISITS = "/v1/health", "/v1/visits"
ORDER = {"order": "1", "place": "Bar", "lines": [{"item": "lemonade"}]}


def ways(door: OpenDoor) -> list[tuple[str, str]]:
    """Every address of the door with its methods."""
    with door.client("") as client:
        paths = client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, told in paths.items() for method in told]


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenDoor]:
    with open_door() as opened:
        yield opened


def test_nothing_but_health_is_told_without_a_token(shared: OpenDoor) -> None:
    tried = ways(shared)
    assert len(tried) > 15
    for method, path in tried:
        place = re.sub(r"\{\w+\}", "1", path)
        answer = shared.send(method.upper(), place, {}, token="")
        if path == HEALTH:
            assert answer.json()["state"] == "ok" and answer.json()["devices"] is None
            continue
        refusal(answer, 401, "err.door_token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        shared.clock.wait(10)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer foyer-till-" + "a" * 52]
)
def test_a_token_that_is_none_is_refused(shared: OpenDoor, header: str) -> None:
    with shared.client("", headers={"Authorization": header}) as client:
        refusal(client.get(VISITS), 401, "err.door_token")
        refusal(client.get(HEALTH), 401, "err.door_token")


def test_a_token_is_good_for_its_scopes_and_for_no_others(shared: OpenDoor) -> None:
    wanted = {
        "read": ("GET", "/v1/menu", None),
        "serve": ("POST", VISITS, {}),
        "people": ("POST", "/v1/people", {"staff": "101", "pin": shared.pin("101")}),
    }
    for scope, (method, path, body) in wanted.items():
        for token in SCOPES:
            answer = shared.send(method, path, body, token=token)
            if token == scope:
                assert answer.status_code == 200, answer.text
            else:
                assert refusal(answer, 403, "err.door_scope") == {"scope": scope}
    for token in set(SCOPES) - {"events"}:
        refusal(shared.get("/v1/events", token), 403, "err.door_scope")


def test_a_token_that_is_revoked_or_whose_till_is_gone_is_refused_at_once() -> None:
    with open_door() as door, door.client() as client, door.client("hall") as hall:
        assert client.get(VISITS).status_code == hall.get(VISITS).status_code == 200
        door.do(RevokeToken("all"))
        refusal(client.get(VISITS), 401, "err.door_token")
        without = VENUE.replace('[[tills]]\nid = "hall"\nname = "Hall"\n', "")
        door.do(ImportVenue(parse(without)))
        refusal(hall.get(VISITS), 401, "err.door_token")
        # Of the same till, but not revoked.
        assert door.get(VISITS, "read").status_code == 200


def test_a_token_is_looked_at_again_where_the_command_is_carried_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As if it were revoked while the request is on its way.
    monkeypatch.setattr(porter.Porter, "forget_tokens", lambda self: None)
    with open_door() as door, door.client() as client:
        assert client.get(VISITS).status_code == 200
        door.do(RevokeToken("all"))
        refusal(client.get(VISITS), 401, "err.door_token")
        refusal(
            client.post(VISITS, json={}, headers={"Idempotency-Key": "1"}), 401, "err.door_token"
        )
        assert door.entries()[-1].kind == "token_revoked"


def test_whoever_guesses_tokens_is_kept_out_for_a_while_and_tills_are_not() -> None:
    with open_door() as door:
        assert door.get(VISITS).status_code == 200
        with door.client("") as client:

            def guess() -> httpx.Response:
                told = {"Authorization": f"Bearer {new_token(os.urandom)}"}
                return client.get(VISITS, headers=told)

            tried = [guess() for _ in range(porter.WRONG_PER_MINUTE_MAX)]
            assert {answer.status_code for answer in tried} == {401}
            away = guess()
        seconds = refusal(away, 429, "err.door_often")["seconds"]
        assert away.headers["Retry-After"] == seconds
        assert door.get(VISITS).status_code == 200
        door.clock.wait(int(seconds))
        refusal(door.get(VISITS, new_token(os.urandom)), 401, "err.door_token")


def test_a_till_that_asks_too_often_waits_and_others_do_not() -> None:
    with open_door(requests_per_minute_max=5) as door:
        asked = [door.get(VISITS) for _ in range(6)]
        assert [a.status_code for a in asked] == [200] * 5 + [429]
        assert refusal(asked[5], 429, "err.door_often") == {"seconds": "12"}
        assert door.get(VISITS, "read").status_code == 200
        door.clock.wait(12)
        assert door.get(VISITS).status_code == 200


def test_a_bucket_is_refilled_with_time_and_the_oldest_caller_is_forgotten() -> None:
    buckets = Buckets(60)
    for _ in range(60):
        assert buckets.wait_s("a", 0.0) == 0
        buckets.take("a", 0.0)
    assert (buckets.wait_s("a", 0.0), buckets.wait_s("a", 0.9)) == (1, 1)
    assert (buckets.wait_s("a", 1.0), buckets.wait_s("b", 0.0)) == (0, 0)
    for n in range(CALLERS_MAX):
        buckets.take(f"other {n}", 0.0)
    assert buckets.wait_s("a", 0.0) == 0
    assert len(buckets._left) == CALLERS_MAX


# --- what is sent ------------------------------------------------------------------------------


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    with open_door(body_kb_max=1) as door, door.client() as client:
        large = {**ORDER, "place": "x" * 2000}
        headers = {"Idempotency-Key": "1"}
        told = client.post("/v1/orders", json=large, headers=headers)
        assert refusal(told, 413, "err.door_large") == {"max": "1"}

        def pieces() -> Iterator[bytes]:
            for _ in range(100):
                yield b" " * 100

        told = client.post(
            "/v1/orders", content=pieces(), headers={**headers, "Content-Type": "application/json"}
        )
        refusal(told, 413, "err.door_large")
        # It announces much and sends nothing: it is told at once.
        with socket.create_connection(("127.0.0.1", int(door.base_url.rpartition(":")[2]))) as line:
            line.sendall(
                b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n"
                b"Authorization: Bearer " + door.tokens["all"].encode() + b"\r\n\r\n"
            )
            assert line.recv(100).startswith(b"HTTP/1.1 413 ")
        assert door.entries()[-1].kind != "order_saved"


@pytest.mark.parametrize(
    ("content", "status", "key"),
    [
        (b"", 422, "err.door_form"),
        (b"{", 400, "err.door_json"),
        (b"\xff\xfe", 400, "err.door_json"),
        (b'{"order": 1e400, "place": NaN, "lines": []}', 422, "err.door_form"),
        (b'{"order": ' + b"9" * 5000 + b"}", 400, "err.door_json"),
        (b"[" * (DEPTH_MAX + 1), 400, "err.door_json"),
        (b"[" * 50_000, 400, "err.door_json"),
        # Whole, and never let near a parser.
        (b'{"order": ' + b"[" * 50 + b"]" * 50 + b"}", 400, "err.door_json"),
        (b"[1, 2]", 422, "err.door_form"),
        (b'"text"', 422, "err.door_form"),
        (b'{"order": "\\ud800", "place": "Bar", "lines": [{"item": "x"}]}', 422, "err.door_form"),
        (b'{"order": "a\\u0000b", "place": "Bar", "lines": [{"item": "x"}]}', 422, "err.door_form"),
        (b'{"order": "1", "place": "Bar", "lines": [{"item": "x", "quantity": 1.0}]}', 422, ""),
        (b'{"order": "1", "place": "Bar", "lines": [{"item": "x", "quantity": "1"}]}', 422, ""),
        (b'{"order": "1", "place": "Bar", "lines": [{"item": "x", "quantity": true}]}', 422, ""),
        (b'{"order": "1", "place": "Bar", "lines": [{"text": "x", "amount": 1.5}]}', 422, ""),
        (b'{"order": "1", "place": "Bar", "lines": [{"text": "x", "amount": -1}]}', 422, ""),
        (b'{"order": "1", "place": "Bar", "lines": [{"item": "lemonade"}], "x": 1}', 422, ""),
    ],
)
def test_what_is_malformed_is_refused_and_nothing_is_written(
    shared: OpenDoor, content: bytes, status: int, key: str
) -> None:
    before = len(shared.entries())
    with shared.client() as client:
        headers = {"Idempotency-Key": shared.key(), "Content-Type": "application/json"}
        told = client.post("/v1/orders", content=content, headers=headers)
    arguments = refusal(told, status, key or "err.door_form")
    assert "9999" not in json.dumps(arguments)
    assert len(shared.entries()) == before


def call(door: OpenDoor) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", int(door.base_url.rpartition(":")[2])))
    line.settimeout(30)
    return line


def test_who_connects_and_says_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "FIRST_S", 0.05)
    with open_door() as door:
        with call(door) as silent, contextlib.suppress(ConnectionResetError):
            silent.sendall(b"GET /v1/health HTTP/1.1\r\nHost:")
            assert silent.recv(100) == b""
        assert door.get(HEALTH).status_code == 200


def test_so_many_lines_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_door() as door, contextlib.ExitStack() as kept:
        assert door.get(HEALTH).status_code == 200
        monkeypatch.setattr(lines, "LINES_MAX", 4)
        ask = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
        told = []
        for _ in range(4):
            line = kept.enter_context(call(door))
            with contextlib.suppress(ConnectionError):
                line.sendall(ask)
                told.append(line.recv(12))
        assert [answer for answer in told if answer] == [b"HTTP/1.1 200"] * 3
        assert door.get(HEALTH).status_code == 200


def test_only_json_is_read(shared: OpenDoor) -> None:
    with shared.client(headers={"Idempotency-Key": "json"}) as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
            told = client.post("/v1/orders", content=b"{}", headers={"Content-Type": kind})
            refusal(told, 415, "err.door_type")


def test_brackets_in_a_text_are_no_depth() -> None:
    assert not too_deep(json.dumps({"a": "[" * 1000, "b": '\\"[[' * 40}).encode())
    assert not too_deep(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    assert not too_deep(b"[]" * 1000)
    assert too_deep(b'{"a":' * (DEPTH_MAX + 1))


def test_addresses_and_methods_that_are_not_there(shared: OpenDoor) -> None:
    refusal(shared.get("/v1/nothing"), 404, "err.door_path")
    refusal(shared.get("/nothing", ""), 404, "err.door_path")
    refusal(shared.get("/docs/secrets.db", ""), 404, "err.door_path")
    refusal(shared.get("/v1/visits/"), 404, "err.door_path")
    told = shared.send("PATCH", VISITS)
    assert refusal(told, 405, "err.door_method") == {"method": "PATCH"}
    assert "GET" in told.headers["Allow"]


def test_a_write_needs_a_key_of_its_own(shared: OpenDoor) -> None:
    refusal(shared.post(VISITS, {}, key=None), 428, "err.door_key")
    for key in ("x" * 65, "with space"):
        refusal(shared.post(VISITS, {}, key=key), 422, "err.door_form")


def test_refusals_speak_the_language_that_is_asked_for(shared: OpenDoor) -> None:
    told = {
        language: shared.get("/v1/visits/99", **{"Accept-Language": language})
        for language in ("ru-RU,ru;q=0.9,en;q=0.8", "en", "de;q=0.1, ru;q=0", "xx", "*;q=x")
    }
    assert {r.json()["error"]["key"] for r in told.values()} == {"err.no_such_visit"}
    assert {r.status_code for r in told.values()} == {404}
    spoken = [r.headers["Content-Language"] for r in told.values()]
    assert spoken[:2] == ["ru", "en"] and spoken[3:] == ["en", "en"]
    assert len({r.json()["error"]["sentence"] for r in list(told.values())[:2]}) == 2


# --- people ------------------------------------------------------------------------------------


def test_a_person_signs_in_at_a_till_and_is_gone_after_two_minutes(door: OpenDoor) -> None:
    told = door.post("/v1/people", {"staff": "105", "pin": door.pin("105")}, key=None).json()
    assert (told["staff"], told["role"], told["idle_s"]) == ("105", "manager", 120)
    entry = door.entries()[-1]
    assert (entry.kind, entry.actor) == ("staff_signed_in_at_till", "till:bar")
    assert entry.refs == {"staff": "105", "till": "bar"}
    token = told["token"]
    opened = door.post(VISITS, {}, Staff_Token=token).json()
    assert opened["entry"]["actor"] == "staff:105"
    assert opened["entry"]["key"].startswith("till:bar:")
    number = opened["visit"]["number"]
    # The till by itself must not.
    refusal(door.post(f"{VISITS}/{number}/void", {"reason": "a test"}), 403, "err.not_allowed")
    door.clock.wait(119)
    assert door.get(VISITS, Staff_Token=token).status_code == 200
    door.clock.wait(119)
    void = door.post(f"{VISITS}/{number}/void", {"reason": "a test"}, Staff_Token=token)
    assert void.status_code == 200, void.text
    # Another till's token does not go with it.
    refusal(door.get(VISITS, "hall", Staff_Token=token), 401, "err.door_person")
    door.clock.wait(120)
    refusal(door.get(VISITS, Staff_Token=token), 401, "err.door_person")


def test_signing_out_and_a_new_pin_end_it_at_once(door: OpenDoor) -> None:
    first, second = door.signed_in("101"), door.signed_in("102")
    gone = door.send("DELETE", "/v1/people", Staff_Token=first)
    assert (gone.status_code, gone.content) == (204, b"")
    refusal(door.get(VISITS, Staff_Token=first), 401, "err.door_person")
    assert door.get(VISITS, Staff_Token=second).status_code == 200
    door.do(SetStaffPin("102", "640281"))
    assert eventually_refused(door, second)
    third = door.signed_in("105")
    door.do(ChangeStaff("105", "Marina", "manager", "9900000105", "left"))
    assert door.post(VISITS, {}, Staff_Token=third).status_code in (401, 403)


def eventually_refused(door: OpenDoor, person: str) -> bool:
    """The loop hears of it a moment after the core wrote it; pytest's own timeout is the guard."""
    while door.get(VISITS, Staff_Token=person).status_code != 401:
        door.clock.wait(0.001)
    return True


def test_wrong_pins_lock_and_a_repeat_with_the_same_key_is_looked_at_again(door: OpenDoor) -> None:
    right = {"staff": "101", "pin": door.pin("101")}
    assert door.post("/v1/people", right, key="same").status_code == 200
    wrong = {"staff": "101", "pin": "000001"}
    for left in (4, 3, 2, 1):
        told = door.post("/v1/people", wrong, key="same")
        assert refusal(told, 403, "err.pin_wrong") == {"left": str(left)}
    refusal(door.post("/v1/people", wrong, key="same"), 423, "err.pin_locked")
    refusal(door.post("/v1/people", right), 423, "err.pin_locked")
    locked = [entry for entry in door.entries() if entry.kind == "staff_locked"]
    assert [entry.refs["staff"] for entry in locked] == ["101"]
    refusal(door.post("/v1/people", {"staff": "999", "pin": "000001"}), 403, "err.sign_in")


def test_an_employees_card_stands_for_the_number(door: OpenDoor) -> None:
    card = {"signal": "magnetic", "text": ";9900000102?"}
    told = door.post("/v1/people", {"read": card, "pin": door.pin("102")}, key=None)
    assert told.json()["staff"] == "102"
    guest = {"signal": "contactless", "text": UID}
    refusal(door.post("/v1/people", {"read": guest, "pin": door.pin("102")}), 403, "err.sign_in")


def test_E77_a_number_is_typed_by_who_may_and_by_nobody_else(door: OpenDoor) -> None:
    typed = {"typed": "550001=311299"}
    refusal(door.post("/v1/cards/identify", typed), 403, "err.not_allowed")
    cashier = door.signed_in("101")
    refusal(door.post("/v1/cards/identify", typed, Staff_Token=cashier), 403, "err.not_allowed")
    manager = door.signed_in("105")
    # No rule of this venue looks at a keyboard.
    told = door.post("/v1/cards/identify", typed, Staff_Token=manager)
    refusal(told, 422, "err.not_ours")
    keyboard = {"read": {"signal": "keyboard", "text": "550001"}}
    refusal(door.post("/v1/cards/identify", keyboard), 403, "err.not_allowed")


# --- secrets -----------------------------------------------------------------------------------


def test_no_token_no_pin_and_no_read_stands_in_log_entry_or_export(
    caplog: pytest.LogCaptureFixture, tmp_path: object
) -> None:
    caplog.set_level(logging.DEBUG)
    with open_door() as door:
        read = {"signal": "magnetic", "text": TABLE}
        person = door.signed_in("105")
        door.post(VISITS, {"read": read}, Staff_Token=person)
        door.post("/v1/cards/identify", {"read": read}, key=None)
        wrong = "foyer-till-" + "b" * 52
        door.get(f"/v1/visits?token={wrong}", wrong)
        door.post("/v1/people", {"staff": "101", "pin": "918273"})
        door.post("/v1/people", {"staff": "101", "pin": "91827364554637281"})
        door.post("/v1/orders", {"order": PINS["104"], "pin": door.pin("103")})
        paid = {"approval": {"staff": "105", "pin": door.pin("105")}, "order": "9"}
        door.post("/v1/orders/pay", paid)
        secrets = [*door.tokens.values(), *PINS.values(), person, wrong, "918273", TABLE, "550001="]
        # What the test's own client logs is not ours.
        ours = [r for r in caplog.records if not r.name.startswith("http")]
        log = "\n".join(f"{r.levelname} {r.name} {r.getMessage()}" for r in ours)
        written = json.dumps([entry.document() for entry in door.entries()])
        exported = door.guest.venue.store.path.with_name("export.json")
        door.runtime.inbox.ask(lambda r, now: r.venue.store.export(exported))
        for name, text in {
            "log": log,
            "entries": written,
            "export": exported.read_text("utf-8"),
            "repr": repr(door.entries()),
        }.items():
            assert text
            assert [secret for secret in secrets if secret in text] == [], name
    assert re.search(r"WARNING kiosk.api.porter POST /v1/people 403 bar \d+ ms", log)
    assert "GET - 401 - " in log


def test_the_application_opens_no_page_of_its_own(shared: OpenDoor) -> None:
    app = application(shared.door._house)
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, None)


def test_answers_are_kept_by_nobody_on_their_way(shared: OpenDoor) -> None:
    told = shared.get(VISITS)
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in told.headers


def test_a_client_that_sends_its_body_in_bits_is_served(shared: OpenDoor) -> None:
    body = json.dumps({**ORDER, "order": "bits"}).encode()
    headers = {"Idempotency-Key": shared.key(), "Content-Type": "application/json"}
    with shared.client() as client:
        told = client.post("/v1/orders", content=(bytes([byte]) for byte in body), headers=headers)
    assert told.status_code == 200, told.text
    assert isinstance(told, httpx.Response)
