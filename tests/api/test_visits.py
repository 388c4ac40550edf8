"""A whole visit through the door."""

from __future__ import annotations

from kiosk.core.cards import BlockCard
from kiosk.core.ids import CardId
from tests.api.opened import TABLE, UID, OpenDoor, refusal


def test_a_visit_from_the_card_to_the_exit(door: OpenDoor) -> None:
    door.shift()
    read = {"signal": "magnetic", "text": TABLE}
    told = door.post("/v1/cards/identify", {"read": read}, key=None).json()
    assert (told["card"], told["suggests"], told["type"]) == (None, "create", "table")
    opened = door.post("/v1/visits", {"read": read, "guests": 3, "comment": "A party"})
    assert opened.status_code == 200, opened.text
    assert opened.json()["entry"]["kind"] == "visit_opened"
    assert opened.json()["entry"]["actor"] == "till:bar"
    number = opened.json()["visit"]["number"]
    told = door.post("/v1/cards/identify", {"read": read, "in_visits": True}, key=None).json()
    assert (told["suggests"], told["otherwise"], told["visit"]) == ("calculate", "order", number)
    card = told["card"]["id"]
    assert told["card"]["masked"] == "•••• 0001"

    lines = [{"item": "pizza", "quantity": 2}, {"text": "Cake", "amount": 25_000, "seat": 1}]
    order = {"order": "7", "card": card, "place": "Bar", "lines": lines}
    saved = door.post("/v1/orders", order)
    assert saved.status_code == 200, saved.text
    assert saved.json()["entry"]["refs"]["order"] == "till:bar/7"
    seen = door.get(f"/v1/visits/{number}").json()
    assert seen["grand_total"] == seen["to_pay"] == 2 * 54_050 + 25_000
    assert [line["text"] for line in seen["orders"][0]["lines"]] == ["Pizza", "Cake"]
    assert seen["currency"] == "RUB" and seen["guests"] == 3

    money = {"amount": 100_000, "tender": "cash", "reason": "deposit"}
    deposit = door.post(f"/v1/visits/{number}/deposits", money)
    assert deposit.status_code == 200, deposit.text
    put = door.get(f"/v1/visits/{number}/deposits").json()
    assert [d["value"] for d in put["deposits"]] == [100_000] and put["refusal"] == ""

    bill = door.get(f"/v1/visits/{number}/bill").json()
    assert bill["visit"]["to_pay"] == 33_100
    paid = {"payments": [{"tender": "cash", "amount": 33_100}], "total": 133_100}
    closed = door.post(f"/v1/visits/{number}/calculate", paid)
    assert closed.status_code == 200, closed.text
    assert closed.json()["entry"]["kind"] == "visit_calculated"
    ended = door.get(f"/v1/visits/{number}").json()
    assert (ended["state"], ended["to_pay"]) == ("closed", 33_100)  # as it ended
    assert door.get("/v1/visits").json() == {"visits": []}
    bill = door.get(f"/v1/visits/{number}/bill").json()
    assert bill["paid"] == {"cash": 33_100}
    late = door.post("/v1/orders", {**order, "order": "8", "card": None, "visit": number})
    assert refusal(late, 422, "err.visit_ended") == {"number": str(number)}


def table(door: OpenDoor, **more: object) -> tuple[int, str]:
    """A visit on a table card: its number, and the card's id."""
    read = {"signal": "magnetic", "text": TABLE}
    told = door.post("/v1/visits", {"read": read, **more}).json()
    return told["visit"]["number"], told["entry"]["refs"]["card"]


def ordered(door: OpenDoor, name: str, number: int, amount: int) -> None:
    lines = [{"text": "Cake", "amount": amount}]
    told = door.post("/v1/orders", {"order": name, "place": "Bar", "visit": number, "lines": lines})
    assert told.status_code == 200, told.text


def test_E91_an_order_is_changed_by_saving_it_again(door: OpenDoor) -> None:
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    ordered(door, "1", number, 12_000)
    told = door.get("/v1/orders?order=1").json()
    assert (told["total"], told["state"], told["id"]) == (12_000, "saved", "till:bar/1")
    assert door.get(f"/v1/visits/{number}").json()["grand_total"] == 12_000
    refusal(door.get("/v1/orders?order=2"), 404, "err.no_such_order")
    # The other till's order 1 is another one.
    refusal(door.get("/v1/orders?order=1", "hall"), 404, "err.no_such_order")


def test_E8_an_order_over_the_limit_is_refused_with_what_is_missing(door: OpenDoor) -> None:
    number, _ = table(door)
    lines = [{"text": "Cake", "amount": 350_000}]
    order = {"order": "1", "place": "Bar", "visit": number, "lines": lines}
    told = door.post("/v1/orders", order)
    assert refusal(told, 422, "err.visit_short") == {"amount": "500.00"}
    assert "500.00" in told.json()["error"]["sentence"]


def test_a_till_makes_its_own_saved_orders_void_and_no_others(door: OpenDoor) -> None:
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    why = {"order": "till:bar/1", "reason": "not wanted"}
    refusal(door.post("/v1/orders/void", why, "hall"), 403, "err.not_allowed")
    assert door.post("/v1/orders/void", {**why, "order": "1"}).status_code == 200
    refusal(door.get("/v1/orders?order=1"), 422, "err.order_void")
    refusal(door.post("/v1/orders/void", {**why, "order": "2"}), 404, "err.no_such_order")


def test_E85_an_order_is_the_tills_own_whoever_is_signed_in(door: OpenDoor) -> None:
    door.shift()
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    person = door.signed_in("102")
    lines = [{"text": "Cake", "amount": 12_000}]
    order = {"order": "1", "place": "Bar", "visit": number, "lines": lines}
    again = door.post("/v1/orders", order, Staff_Token=person).json()
    assert again["entry"]["refs"]["order"] == "till:bar/1"
    assert door.get("/v1/orders?order=1", Staff_Token=person).json()["total"] == 12_000
    assert len(door.get(f"/v1/visits/{number}").json()["orders"]) == 1
    pay = {"order": "1", "payments": [{"tender": "cash", "amount": 12_000}]}
    assert door.post("/v1/orders/pay", pay, Staff_Token=person).status_code == 200
    # A paid order is void by who may, and in his name.
    why = {"order": "1", "reason": "not wanted"}
    refusal(door.post("/v1/orders/void", why), 403, "err.not_allowed")
    void = door.post("/v1/orders/void", why, Staff_Token=person)
    assert void.status_code == 200, void.text
    assert void.json()["entry"]["actor"] == "staff:102"


def test_E87_an_order_is_paid_at_once(door: OpenDoor) -> None:
    door.shift()
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    pay = {"order": "1", "payments": [{"tender": "cash", "amount": 9_999}]}
    assert refusal(door.post("/v1/orders/pay", pay), 422, "err.pay_exactly") == {"amount": "100.00"}
    pay["payments"] = [{"tender": "cash", "amount": 4_000}, {"tender": "qr", "amount": 6_000}]
    assert door.post("/v1/orders/pay", pay).json()["entry"]["kind"] == "order_paid"
    assert door.get("/v1/orders?order=1").json()["paid"] is True
    assert door.get(f"/v1/visits/{number}/unpaid-orders").json()["orders"] == []


def test_lines_are_of_the_menu_or_written_with_their_amount(door: OpenDoor) -> None:
    number, _ = table(door)
    order = {"order": "1", "place": "Bar", "visit": number}
    for line in (
        {"item": "pizza", "amount": 1},
        {"item": "pizza", "text": "Pizza"},
        {"text": "Cake"},
        {"amount": 100},
        {},
    ):
        told = door.post("/v1/orders", {**order, "lines": [line]})
        refusal(told, 422, "err.order_line")
    refusal(
        door.post("/v1/orders", {**order, "lines": [{"item": "beer"}]}), 404, "err.no_such_item"
    )


def test_E78_what_people_write_of_a_visit(door: OpenDoor) -> None:
    number, _ = table(door)
    told = {"guests": 4, "comment": "A birthday", "note": "Candles at eight"}
    assert door.send("PUT", f"/v1/visits/{number}", told).status_code == 200
    seen = door.get(f"/v1/visits/{number}").json()
    assert {name: seen[name] for name in told} == told
    assert [v["number"] for v in door.get("/v1/visits").json()["visits"]] == [number]


def test_what_a_guest_leaves_owing_needs_a_second_signature(door: OpenDoor) -> None:
    door.shift()
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    owing = {"unpaid": 10_000, "reason": "came without money"}
    path = f"/v1/visits/{number}/calculate"
    refusal(door.post(path, owing), 403, "err.approval_missing")
    wrong = {**owing, "approval": {"staff": "105", "pin": "000000"}}
    door.pin("105")
    assert refusal(door.post(path, wrong), 403, "err.pin_wrong") == {"left": "4"}
    signed = {**owing, "approval": {"staff": "105", "pin": door.pin("105")}}
    told = door.post(path, signed)
    assert told.json()["entry"]["refs"]["accepted_by"] == "staff:105"
    assert door.get(f"/v1/visits/{number}/bill").json()["accepted"] == 10_000


def test_a_total_that_is_another_by_now_is_refused(door: OpenDoor) -> None:
    door.shift()
    number, _ = table(door)
    ordered(door, "1", number, 10_000)
    pay = {"payments": [{"tender": "cash", "amount": 10_000}], "total": 9_000}
    told = door.post(f"/v1/visits/{number}/calculate", pay)
    assert refusal(told, 422, "err.visit_changed") == {"total": "100.00"}


def test_cards_that_must_not_be_used_are_refused_as_at_the_kiosk(door: OpenDoor) -> None:
    reads = {
        "err.bank_card": {"signal": "contactless", "text": "08A1B2C3"},
        "err.not_ours": {"signal": "magnetic", "text": ";4111111111111111=2512?"},
        "err.expired": {"signal": "magnetic", "text": ";550001=010120?"},
        "err.no_such_signal": {"signal": "smoke", "text": "1"},
    }
    for key, read in reads.items():
        refusal(door.post("/v1/cards/identify", {"read": read}, key=None), 422, key)
    staff = {"signal": "magnetic", "text": ";9900000101?"}
    refusal(door.post("/v1/cards/identify", {"read": staff}, key=None), 422, "err.not_ours")
    refusal(door.post("/v1/cards/identify", {}, key=None), 422, "err.bad_read")


def test_K03_a_blocked_card_is_refused(door: OpenDoor) -> None:
    _, card = table(door)
    door.do(BlockCard(CardId(card), "lost"))
    read = {"signal": "magnetic", "text": TABLE}
    told = door.post("/v1/cards/identify", {"read": read}, key=None)
    refusal(told, 422, "err.card_blocked")


def test_a_guests_own_card_is_to_be_registered_first(door: OpenDoor) -> None:
    read = {"signal": "contactless", "text": UID}
    told = door.post("/v1/cards/identify", {"read": read}, key=None).json()
    assert (told["suggests"], told["card"], told["visit"]) == ("register", None, None)
    refusal(door.post("/v1/visits", {"read": read}), 422, "err.unknown_card")


def test_the_venue_and_its_menu(door: OpenDoor) -> None:
    told = door.get("/v1/venue").json()
    assert told["name"] == "Orbit Club"
    assert (told["currency"], told["digits"], told["kiosk"]) == ("RUB", 2, "K1")
    menu = door.get("/v1/menu").json()
    assert [(i["id"], i["price"]) for i in menu["items"]] == [
        ("lemonade", 18_000),
        ("pizza", 54_050),
    ]
    health = door.get("/v1/health").json()
    assert (health["state"], health["simulated"], health["shift"]) == ("ok", True, None)
    assert {d["name"] for d in health["devices"]} == {"reader", "acceptor", "printer"}
    assert {(d["fault"], d["cause"], d["since"]) for d in health["devices"]} == {(None,) * 3}
    door.shift()
    assert door.get("/v1/health", "events").json()["shift"]["number"] == 1
