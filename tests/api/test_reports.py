"""Reports through the door: begun by who may, looked after, read in three forms."""

from __future__ import annotations

import csv
import io

from tests.api.opened import WAIT_S, OpenDoor, refusal, regular


def test_C34_a_report_is_made_beside_the_kiosk_and_read_in_three_forms(door: OpenDoor) -> None:
    door.shift()
    client, _ = regular(door)
    cashier, manager = door.signed_in("101"), door.signed_in("105")
    for minor in (10_000, 20_000):
        money = {"amount": minor, "tender": "cash"}
        paid = door.post(f"/v1/clients/{client}/top-up", money, Staff_Token=cashier)
        assert paid.status_code == 200, paid.text

    asked = {"report": "top_ups", "since": "2026-11-01T00:00:00+03:00", "language": "de"}
    refusal(door.get("/v1/reports"), 403, "err.not_allowed")
    refusal(door.post("/v1/reports", asked, key=None), 403, "err.not_allowed")
    refusal(door.post("/v1/reports", asked, key=None, Staff_Token=cashier), 403, "err.not_allowed")
    known = door.get("/v1/reports", Staff_Token=manager).json()["reports"]
    assert "top_ups" in known and "liabilities" in known
    other = door.post("/v1/reports", {"report": "x"}, key=None, Staff_Token=manager)
    refusal(other, 404, "err.no_such_report")
    when = door.post("/v1/reports", {**asked, "since": "2026-11-01"}, key=None, Staff_Token=manager)
    assert refusal(when, 422, "err.door_form")["field"] == "since"

    begun = door.post("/v1/reports", asked, key=None, Staff_Token=manager)
    assert begun.status_code == 200, begun.text
    report = begun.json()["report"]
    door.door._reporting._jobs[report].child.wait(WAIT_S)
    at = f"/v1/reports/{report}"
    told = door.get(at).json()
    assert (told["state"], told["error"]) == ("done", None)
    assert told["done"] == told["of"]
    made = door.get(f"{at}/result").json()
    assert (made["name"], made["currency"]) == ("top_ups", "RUB")
    assert 30_000 in [cell for row in made["rows"] for cell in row.values()]
    sheet = door.get(f"{at}/result?form=csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert any("300.00" in cell for row in csv.reader(io.StringIO(sheet.text)) for cell in row)
    words = door.get(f"{at}/result?form=text").text
    assert "Zahlungsart" in words and "300,00" in words
    assert door.send("DELETE", at).status_code == 204
    refusal(door.get(at), 404, "err.report_gone")
    refusal(door.get(at, token="read"), 403, "err.door_scope")


def test_a_report_that_fails_says_why_in_the_language_that_was_asked_for(door: OpenDoor) -> None:
    manager = door.signed_in("105")
    asked = {"report": "orders", "shift": 99}
    begun = door.post("/v1/reports", asked, key=None, Staff_Token=manager)
    report = begun.json()["report"]
    door.door._reporting._jobs[report].child.wait(WAIT_S)
    told = door.get(f"/v1/reports/{report}", Accept_Language="de").json()
    assert told["state"] == "failed"
    assert told["error"]["key"] == "err.no_such_shift"
    assert told["error"]["sentence"] == "Es gibt keine Schicht 99."
    refusal(door.get(f"/v1/reports/{report}/result"), 404, "err.no_such_shift")
