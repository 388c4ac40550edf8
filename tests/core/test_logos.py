"""The venue's logo: which files are one, how it is kept, and that a file of the venue has it."""

from __future__ import annotations

import io
import random
import zlib

import pytest
from PIL import Image

from kiosk.core import logos, venue_file
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.settings import ChangeSettings, GetVenue, ImportVenue, VenueDocuments
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW
from tests.pictures import SIGNATURE, chunk, drawn, header, png

MANAGER = "staff:105"


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        logos.read(data)
    return refused.value.key


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "LA", "P", "1"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (512, 512), (512, 1)])
def test_what_drawing_programs_write_is_a_logo(mode: str, size: tuple[int, int]) -> None:
    data = drawn(*size, mode=mode)
    found = logos.read(data)
    assert (found.png, (found.width, found.height)) == (data, size)
    assert logos.from_text(logos.text(found)) == logos.trusted(logos.text(found)) == found


def noise(side: int) -> bytes:
    kept = io.BytesIO()
    pixels = random.Random(5).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), pixels).save(kept, "PNG")
    return kept.getvalue()


SOUND = png(20, 10)
LINES = zlib.compress(bytes(10 * 61))


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "err.logo_kind"),
        (b"GIF89a" + bytes(40), "err.logo_kind"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "err.logo_kind"),
        (SOUND[:-13][1:], "err.logo_kind"),
        (noise(150), "err.logo_bytes"),
        (png(513, 10), "err.logo_pixels"),
        (png(10, 513), "err.logo_pixels"),
        (png(0, 10), "err.logo_pixels"),
        (SIGNATURE + header(2**32 - 1, 2**32 - 1), "err.logo_broken"),
        (png(20, 10, chunk(b"acTL", bytes(8))), "err.logo_form"),
        (png(20, 10, laced=1), "err.logo_form"),
        (png(20, 10, depth=16), "err.logo_form"),
        (png(20, 10, depth=3), "err.logo_form"),
        (png(20, 10, colour=5), "err.logo_broken"),
        (png(20, 10, colour=3), "err.logo_broken"),
        (png(20, 10, colour=6), "err.logo_broken"),
        (png(20, 10, header(20, 10)), "err.logo_broken"),
        (SIGNATURE, "err.logo_broken"),
        (SIGNATURE + chunk(b"IEND", b""), "err.logo_broken"),
        (SIGNATURE + header(20, 10) + chunk(b"IEND", b""), "err.logo_broken"),
        (SIGNATURE + chunk(b"IDAT", LINES) + SOUND[8:], "err.logo_broken"),
        (SOUND[:-12], "err.logo_broken"),
        (SOUND.replace(b"IDAT", b"IDAX"), "err.logo_broken"),
    ],
)
def test_anything_else_is_refused_with_its_reason(data: bytes, key: str) -> None:
    assert refusal(data) == key


def test_every_cut_and_every_flipped_byte_is_found() -> None:
    for at in range(len(SOUND)):
        assert refusal(SOUND[:at]) in ("err.logo_kind", "err.logo_broken")
        flipped = SOUND[:at] + bytes([SOUND[at] ^ 0x11]) + SOUND[at + 1 :]
        assert refusal(flipped).startswith("err.logo_")


@pytest.mark.parametrize("lines", [bytes(610 - 1), bytes(610 + 1), b"\x05" + bytes(609)])
def test_pixels_are_as_many_as_it_says_and_of_a_known_kind(lines: bytes) -> None:
    body = chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    assert refusal(SIGNATURE + header(20, 10) + body) == "err.logo_broken"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = chunk(b"IDAT", zlib.compress(bytes(30_000_000), 9)) + chunk(b"IEND", b"")
    assert len(bomb) < logos.BYTES_MAX
    assert refusal(SIGNATURE + header(20, 10) + bomb) == "err.logo_broken"


def test_its_bytes_are_in_no_log() -> None:
    assert repr(logos.read(SOUND)) == "Logo(width=20, height=10)"


# --- in the books --------------------------------------------------------------------------------


def change(venue: Venue, items: object, actor: str = MANAGER) -> str:
    command = ChangeSettings({"logo": items})
    done = venue.do(command, actor=actor, key=f"{venue.ledger.seq}", now=NOW)
    return str(done) if isinstance(done, Refused) else done.kind


def of(data: bytes) -> list[dict[str, str]]:
    return [{"id": "welcome", "png": logos.text(logos.Logo(data, 0, 0))}]


def test_it_is_kept_changed_and_taken_away_by_entries(venue: Venue) -> None:
    assert venue.ask(GetVenue(), NOW).logo is None
    assert change(venue, of(SOUND)) == "settings_changed"
    assert venue.ask(GetVenue(), NOW).logo == logos.Logo(SOUND, 20, 10)
    assert change(venue, of(SOUND)) == "err.nothing_changed"
    (*_, last) = venue.ledger.entries()
    assert last.refs == {"settings": "logo"}
    assert [(c.table, c.id) for c in last.changes] == [("logo", "welcome")]
    assert change(venue, []) == "settings_changed"
    assert venue.ask(GetVenue(), NOW).logo is None and venue.ledger.verify() == []


@pytest.mark.parametrize(
    "items",
    [
        of(SOUND[:-1]),
        of(b""),
        [{"id": "welcome", "png": "é"}],
        [{"id": "welcome", "png": "AAAA AAAA"}],
        [{"id": "welcome", "png": 7}],
        [{"id": "other", "png": of(SOUND)[0]["png"]}],
        [{"id": "welcome"}],
        of(SOUND) * 2,
        "logo",
    ],
)
def test_what_is_no_logo_changes_nothing(venue: Venue, items: object) -> None:
    assert change(venue, items).startswith("err.settings_wrong")
    assert venue.ask(GetVenue(), NOW).logo is None


def test_who_may_not_change_the_venue_brings_no_logo(venue: Venue) -> None:
    assert change(venue, of(SOUND), "staff:101") == "err.not_allowed"
    assert change(venue, of(SOUND), "till:1") == "err.not_allowed"


def test_the_venues_file_has_it_and_brings_it_back(venue: Venue) -> None:
    change(venue, of(drawn(100, 40)))
    written = venue_file.write(venue.ask(VenueDocuments(), NOW))
    assert written.count("[[logo]]") == 1
    same = venue.do(ImportVenue(venue_file.parse(written)), actor="cli", key="same", now=NOW)
    assert isinstance(same, Refused) and same.key == "err.nothing_changed"
    change(venue, [])
    assert "[[logo]]" not in venue_file.write(venue.ask(VenueDocuments(), NOW))
    venue.do(ImportVenue(venue_file.parse(written)), actor="cli", key="back", now=NOW)
    assert venue.ask(GetVenue(), NOW).logo == logos.Logo(drawn(100, 40), 100, 40)
    with pytest.raises(ConfigError, match=r"\[\[logo\]\] welcome png: is no logo; write a PNG"):
        venue_file.parse(DEMO + '\n[[logo]]\nid = "welcome"\npng = "AAAA"\n')
