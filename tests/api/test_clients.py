"""Clients and transactions through the door: for people who sign in, and whose role may."""

from __future__ import annotations

import pytest

from tests.api.opened import OpenDoor, refusal, regular

NAME, PHONE = "Zinaida Petrova", "+79162041234"


def test_C3_a_client_is_found_by_digits_and_nothing_tells_who_it_is(
    door: OpenDoor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client, card = regular(door, PHONE, NAME)
    digits = {"digits": "1234"}
    refusal(door.post("/v1/clients/find", digits, key=None), 403, "err.not_allowed")
    cashier = door.signed_in("101")
    scope = door.post("/v1/clients/find", digits, "read", key=None, Staff_Token=cashier)
    assert refusal(scope, 403, "err.door_scope") == {"scope": "people"}
    found = door.post("/v1/clients/find", digits, key=None, Staff_Token=cashier)
    assert found.status_code == 200, found.text
    (row,) = found.json()["clients"]
    assert (row["client"], row["name"], row["wallet"]) == (client, "Zinaida P.", 0)
    assert "20412" not in row["phone"] and found.json()["more"] is False
    named = door.post("/v1/clients/find", {"name": "zin"}, key=None, Staff_Token=cashier)
    assert named.json() == found.json()
    few = door.post("/v1/clients/find", {"digits": "123"}, key=None, Staff_Token=cashier)
    refusal(few, 422, "err.digits_few")
    nobody = door.post("/v1/clients/find", {"digits": "9999"}, key=None, Staff_Token=cashier)
    refusal(nobody, 404, "err.client_not_found")
    both = door.post("/v1/clients/find", {**digits, "name": "Z"}, key=None, Staff_Token=cashier)
    refusal(both, 404, "err.client_not_found")

    page = door.get(f"/v1/clients/{client}", Staff_Token=cashier).json()
    assert (page["name"], page["state"], page["wallet"]) == ("Zinaida P.", "active", 0)
    assert page["minutes"] == {"game": 0, "internet": 0, "game_free": 0, "internet_free": 0}
    assert [c["id"] for c in page["cards"]] == [card]
    refusal(door.get(f"/v1/clients/{client}"), 403, "err.not_allowed")
    refusal(door.get("/v1/clients/c-none", Staff_Token=cashier), 404, "err.no_such_client")
    for secret in ("1234", "9999", "Zinaida", "Petrova", "zin", "730164"):
        assert secret not in caplog.text


def test_C11_a_balance_is_changed_by_who_may_and_undone(door: OpenDoor) -> None:
    door.shift()
    client, _ = regular(door)
    cashier, administrator = door.signed_in("101"), door.signed_in("102")
    at = f"/v1/clients/{client}"
    money = {"amount": 100_000, "tender": "cash"}
    paid = door.post(f"{at}/top-up", money, Staff_Token=cashier)
    assert paid.status_code == 200, paid.text
    assert [s["kind"] for s in paid.json()["slips"]] == ["top_up_receipt"]

    what = {"wallet": "game", "amount": -30_000, "reason": "refund", "comment": "He leaves"}
    refusal(door.post(f"{at}/change", what, Staff_Token=cashier), 403, "err.not_allowed")
    refusal(door.post(f"{at}/change", what), 403, "err.not_allowed")
    figures = door.post(f"{at}/change/check", what, key=None, Staff_Token=administrator)
    assert figures.status_code == 200, figures.text
    assert (figures.json()["before"], figures.json()["after"]) == (100_000, 70_000)
    raised = {**what, "amount": 30_000}
    wrong = door.post(f"{at}/change", raised, Staff_Token=administrator)
    refusal(wrong, 403, "err.change_not_allowed")
    assert door.get(at, Staff_Token=cashier).json()["wallet"] == 100_000
    done = door.post(f"{at}/change", what, Staff_Token=administrator)
    assert done.status_code == 200, done.text
    assert done.json()["entry"]["actor"] == "staff:102"
    assert door.get(at, Staff_Token=cashier).json()["wallet"] == 70_000

    given = {"kind": "game", "minutes": 15, "reason": "The machine stood still"}
    more = door.post(f"{at}/minutes", given, Staff_Token=administrator)
    assert more.status_code == 200, more.text
    assert door.get(at, Staff_Token=cashier).json()["minutes"]["game_free"] == 15

    points = {"wallet": "bonus", "amount": 50, "reason": "bonus_accrual", "comment": "A birthday"}
    change = door.post(f"{at}/change", points, Staff_Token=administrator).json()
    undo = {"change": change["entry"]["refs"]["change"], "comment": "It was last week"}
    back = door.post("/v1/clients/changes/reverse", undo, Staff_Token=administrator)
    assert back.status_code == 200, back.text
    twice = door.post("/v1/clients/changes/reverse", undo, Staff_Token=administrator)
    refusal(twice, 422, "err.reversed_already")

    undo = {"receipt": paid.json()["slips"][0]["job"], "comment": "The wrong client"}
    short = door.post("/v1/clients/top-ups/reverse", undo, Staff_Token=administrator)
    assert short.status_code == 422, "he was paid a part of it already"


def test_C21_transactions_are_found_by_filters_a_page_at_a_time(door: OpenDoor) -> None:
    door.shift()
    client, _ = regular(door)
    cashier, auditor = door.signed_in("101"), door.signed_in("107")
    at = f"/v1/clients/{client}"
    for minor in (10_000, 20_000, 30_000):
        money = {"amount": minor, "tender": "cash"}
        assert door.post(f"{at}/top-up", money, Staff_Token=cashier).status_code == 200
    path = f"{at}/transactions"
    rows = door.get(f"{path}?balance=game", Staff_Token=cashier).json()["rows"]
    assert [(r["amount"], r["before"], r["after"]) for r in rows] == [
        (30_000, 30_000, 60_000),
        (20_000, 10_000, 30_000),
        (10_000, 0, 10_000),
    ]
    some = door.get(f"{path}?least=15000&most=25000&kind=topped_up", Staff_Token=cashier)
    assert [r["amount"] for r in some.json()["rows"]] == [20_000]
    other = door.get(f"{path}?kind=order_paid&kind=refund", Staff_Token=cashier)
    assert other.json()["rows"] == []
    older = f"{path}?balance=game&before={rows[0]['seq']}"
    assert [r["amount"] for r in door.get(older, Staff_Token=cashier).json()["rows"]] == [
        20_000,
        10_000,
    ]
    none = door.get(f"{path}?since=2030-01-01T00:00:00%2B03:00", Staff_Token=cashier)
    assert none.json() == {"rows": [], "next": 0}
    zone = door.get(f"{path}?since=2030-01-01T00:00:00", Staff_Token=cashier)
    assert refusal(zone, 422, "err.door_form")["field"] == "since"
    odd = door.get(f"{path}?colour=red", Staff_Token=cashier)
    assert refusal(odd, 422, "err.door_form")["field"] == "colour"

    refusal(door.get("/v1/transactions", Staff_Token=cashier), 403, "err.not_allowed")
    refusal(door.get(path), 403, "err.not_allowed")
    every = door.get("/v1/transactions?actor=staff:101&balance=game", Staff_Token=auditor)
    assert [r["seq"] for r in every.json()["rows"]] == [r["seq"] for r in rows]
    scope = door.get("/v1/transactions", token="people", Staff_Token=cashier)
    assert refusal(scope, 403, "err.door_scope") == {"scope": "reports"}


def test_E80_a_shift_is_opened_and_closed_by_who_is_signed_in(door: OpenDoor) -> None:
    refusal(door.post("/v1/shift/open"), 403, "err.not_allowed")
    cashier = door.signed_in("101")
    float_in = {"float_in": 50_000, "reason": "change"}
    opened = door.post("/v1/shift/open", float_in, Staff_Token=cashier)
    assert opened.status_code == 200, opened.text
    refusal(door.post("/v1/shift/open", Staff_Token=cashier), 422, "err.shift_open")
    ordered = {"order": "1", "place": "Bar", "lines": [{"item": "lemonade"}]}
    assert door.post("/v1/orders", ordered).status_code == 200
    end = door.get("/v1/shift/end", Staff_Token=cashier).json()
    assert end["warnings"]["open_visits"] == 1 and end["notes"] == []
    counted = {"counted": 50_000}
    unread = door.post("/v1/shift/close", counted, Staff_Token=cashier)
    refusal(unread, 422, "err.close_open_visits")
    read = {**counted, "confirmed": list(end["warnings"])}
    closed = door.post("/v1/shift/close", read, Staff_Token=cashier)
    assert closed.status_code == 200, closed.text
    assert closed.json()["entry"]["kind"] == "shift_closed"
    assert door.get("/v1/health").json()["shift"] is None
