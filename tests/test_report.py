"""What the command line shows of a store that a kiosk is writing."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.core.cash import SettleNote
from kiosk.core.ids import NoteId
from kiosk.core.venue import Venue
from kiosk.report import card_report, client_report
from tests.core.guest import Guest, make_venue, shelf


@pytest.mark.parametrize("by", ["card", "client"])
def test_a_report_is_of_one_moment(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with shelf() as folder:
        guest = Guest(make_venue(folder))
        card = guest.top_up()
        note, _ = guest.escrow(500)
        reader = Venue.open(folder / "kiosk.db", folder / "secrets.db", write=False)
        asked = reader.ask

        def ask(query: Any, now: Any) -> Any:
            answer = asked(query, now)
            settle = SettleNote(NoteId(note), reason="It is in the box")
            guest.venue.do(settle, actor="staff:102", key=f"settle:{note}", now=now)
            return answer

        monkeypatch.setattr(reader, "ask", ask)
        if by == "card":
            told = card_report(reader, card.id, guest.now)["client"]
        else:
            told = client_report(reader, card.client, guest.now)
        assert (told["wallet"], told["movements"]) == ("0.00", [])
        assert client_report(reader, card.client, guest.now)["wallet"] == "500.00"
        reader.close()
        guest.venue.close()
