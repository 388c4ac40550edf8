"""NTAG 424 DNA: the published numbers, and bytes that nobody meant."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.hardware.card_keys import (
    BLANK,
    Differs,
    crc32,
    diversified,
    encrypted,
    mac,
    short_mac,
)
from kiosk.hardware.ndef import NdefWrong, Record, message_of, records, short_record
from kiosk.hardware.ntag424 import (
    TEMPLATE,
    Session,
    Sun,
    Told,
    authenticate,
    proved,
    settings,
    sun_of,
    wrapped,
)

# NXP AN12196, NTAG 424 DNA and NTAG 424 DNA TagTamper features and hints, rev. 2.0 (2025): table
# numbers are of that revision. AN10922, Symmetric key diversifications, rev. 2.2.
ZERO = bytes(16)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def uri(text: str) -> bytes:
    """The file of AN12196: a record of one URI, with https:// as its first byte."""
    message = short_record(1, b"U", b"\x04" + text.encode())
    return len(message).to_bytes(2, "big") + message


# --- the message ---------------------------------------------------------------------------------

E_AND_C = "choose.url.com/ntag424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
WITH_FILE_DATA = (
    "www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
    "&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (E_AND_C, Told(h("04DE5F1EACC040"), 61)),  # AN12196, 3.4 (tables 2 and 4)
        (WITH_FILE_DATA, Told(h("04958CAA5C5E80"), 8)),  # AN12196, 3.4 (tables 3 and 5)
    ],
)
def test_the_messages_of_the_application_note_are_proved(text: str, told: Told) -> None:
    sun = sun_of(uri(text))
    assert sun is not None
    assert proved(sun, ZERO, ZERO) == told
    assert proved(sun, ZERO, b"\x01" + ZERO[1:]) is None, "another key signs"
    assert proved(sun, b"\x01" + ZERO[1:], ZERO) is None, "another key hides"


@pytest.mark.parametrize("text", [E_AND_C, WITH_FILE_DATA])
@pytest.mark.parametrize("end", range(1, 17))
def test_a_message_with_another_digit_proves_nothing(text: str, end: int) -> None:
    changed = text[:-end] + ("0" if text[-end] != "0" else "1") + text[len(text) - end + 1 :]
    sun = sun_of(uri(changed))
    assert sun is not None and proved(sun, ZERO, ZERO) is None


@pytest.mark.parametrize("tag", [0x87, 0xC6, 0x47, 0x00])
def test_a_message_that_hides_something_else_proves_nothing(tag: int) -> None:
    """PICCDataTag says which of UID and counter is in it, and how long the UID is."""
    plain = bytes([tag]) + h("04DE5F1EACC040") + h("3D0000") + bytes(5)
    session = mac(ZERO, h("3CC300010080") + plain[1:11])
    assert proved(Sun(encrypted(ZERO, plain), short_mac(session, b"")), ZERO, ZERO) is None


def test_the_text_that_is_covered_counts() -> None:
    sun = sun_of(uri(WITH_FILE_DATA))
    assert sun is not None
    assert sun.covered == b"CEE9A53E3E463EF1F459635736738962&cmac="
    assert proved(Sun(sun.picc, sun.mac), ZERO, ZERO) is None


def test_a_blank_template_is_a_message_that_proves_nothing() -> None:
    sun = sun_of(TEMPLATE)
    assert sun == Sun(bytes(16), bytes(8))
    assert proved(sun, ZERO, ZERO) is None


def test_no_secret_of_a_message_stands_in_a_repr() -> None:
    sun = sun_of(uri(E_AND_C))
    assert "EF963F" not in repr(sun).upper()
    assert "04DE5F" not in repr(proved(sun or Sun(b"", b""), ZERO, ZERO)).upper()
    assert "1309" not in repr(Session(h("1309C877509E5A215007FF0ED19CA564"), ZERO, b"")).upper()


@given(st.binary(max_size=300))
@example(b"")
@example(b"\x00\x00")
@example(b"\xff\xff" + b"\xd1" * 100)
@example(uri(E_AND_C)[:-1])
def test_any_file_has_a_message_or_none(file: bytes) -> None:
    sun = sun_of(file)
    if sun is not None:
        assert (len(sun.picc), len(sun.mac)) == (16, 8)
        proved(sun, ZERO, ZERO)


@given(st.data())
def test_a_spoilt_file_has_a_message_or_none(data: st.DataObject) -> None:
    file = bytearray(uri(WITH_FILE_DATA))
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    sun_of(bytes(file))


@given(st.binary(max_size=300))
def test_any_bytes_are_records_or_wrong(message: bytes) -> None:
    try:
        assert all(isinstance(record, Record) for record in records(message))
    except NdefWrong as wrong:
        assert str(wrong)


@given(st.integers(0, 5), st.binary(min_size=0, max_size=20), st.binary(min_size=0, max_size=255))
def test_a_record_that_was_made_is_read(family: int, kind: bytes, payload: bytes) -> None:
    made = short_record(family, kind, payload)
    assert records(made) == [Record(family, kind, payload)]
    assert message_of(len(made).to_bytes(2, "big") + made + b"\x00\x00") == made


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"", "byte 0: the message ends"),
        (h("51010055"), "byte 0: no record begins"),
        (h("9101005591010055"), "byte 4: no record begins the message, or two do"),
        (h("B1010055"), "byte 0: a record in chunks"),
        (h("D601005500"), "byte 0: a record in chunks, or of no known family"),
        (h("D101FF55"), "the message ends in a record"),
        (h("C101FFFFFFFF55"), "the message ends in a record"),
        (h("D101005500"), "byte 4: the message goes on"),
    ],
)
def test_what_is_wrong_with_a_message(message: bytes, told: str) -> None:
    with pytest.raises(NdefWrong, match=told):
        records(message)


def test_records_without_end_are_refused() -> None:
    first, middle = h("91010055"), h("11010055")
    with pytest.raises(NdefWrong, match="more than 16 records"):
        records(first + middle * 40)


# --- the keys ------------------------------------------------------------------------------------


def test_the_key_of_a_card() -> None:
    # AN10922, 2.2.1: UID, application and system identifier.
    told = h("04782E21801D803042F54E585020416275")
    master = h("00112233445566778899AABBCCDDEEFF")
    assert diversified(master, told) == h("A8DD63A3B89D54B37CA802473FDA9175")
    for wrong in (told[:15], told + told):
        with pytest.raises(ValueError, match="16 to 31"):
            diversified(master, wrong)


# --- the conversation ----------------------------------------------------------------------------


def card(*steps: tuple[str, str]) -> object:
    """A card that answers as it was written down, and to nothing else."""
    waiting = list(steps)

    def send(command: bytes) -> bytes:
        told, answer = waiting.pop(0)
        assert command.hex().upper() == told
        return h(answer)

    return send


# Table 14.
ASKED = ("9071000002000000", "A04C124213C186F22399D33AC2A3021591AF")
PROVED = (
    "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00",
    "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100",
)
OURS = h("13C5DB8A5930439FC3DEF9A4C675360F")


def test_ev2_first() -> None:
    session = authenticate(card(ASKED, PROVED), 0, ZERO, lambda n: OURS[:n])  # type: ignore[arg-type]
    assert session == Session(
        h("1309C877509E5A215007FF0ED19CA564"), h("4C6626F5E72EA694202139295C7A7FC7"), h("9D00C4DF")
    )


def test_ev2_first_with_a_card_that_does_not_know_the_key() -> None:
    refused = (PROVED[0], "91AE")
    assert authenticate(card(ASKED, refused), 0, ZERO, lambda n: OURS) is None  # type: ignore[arg-type]
    # It takes ours for good, and cannot give it back: a card that anybody could play.
    pretended = (PROVED[0], "00" * 32 + "9100")
    assert authenticate(card(ASKED, pretended), 0, ZERO, lambda n: OURS) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "steps",
    [
        [(ASKED[0], "91AD")],
        [(ASKED[0], "A04C91AF")],
        [(ASKED[0], "")],
        [ASKED, (PROVED[0], "917E")],
        [ASKED, (PROVED[0], "3FA69100")],
    ],
)
def test_ev2_first_with_what_is_no_answer(steps: list[tuple[str, str]]) -> None:
    with pytest.raises(Differs):
        authenticate(card(*steps), 0, ZERO, lambda n: OURS)  # type: ignore[arg-type]


def first_session(commands: int = 0) -> Session:
    return Session(
        h("1309C877509E5A215007FF0ED19CA564"),
        h("4C6626F5E72EA694202139295C7A7FC7"),
        h("9D00C4DF"),
        commands,
    )


def second_session(commands: int) -> Session:
    return Session(
        h("4CF3CB41A22583A61E89B158D252FC53"),
        h("5529860B2FC5FB6154B7F28361D30BF9"),
        h("7614281A"),
        commands,
    )


def test_change_file_settings() -> None:
    # Table 18, the second command of that session.
    session = first_session(1)
    made = session.command(0x5F, b"\x02", h("4000E0C1F121200000430000430000"))
    assert made == h("905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400")
    assert session.answered(h("57BFF87B1241E93D9100")) == b""
    assert session.commands == 2


def test_a_command_with_a_mac_alone() -> None:
    # Table 7: GetFileSettings.
    session = Session(ZERO, h("8248134A386E86EB7FAF54A52E536CB6"), h("7A21085E"))
    assert session.command(0xF5, b"\x02") == h("90F5000009026597A457C8CD442C00")
    told = "0040EEEE000100D1FE001F00004400004400002000006A0000"
    assert session.answered(h(told + "2A474282E7A47986" + "9100")) == h(told)


def test_change_key() -> None:
    # Table 25: another key than that of the conversation, the old one is zeros.
    new = h("F3847D627727ED3BC9C4CC050489B966")
    assert crc32(new) == h("789DFADC")
    session = second_session(2)
    made = session.command(0xC4, b"\x02", new + b"\x01" + crc32(new))
    assert made == h(
        "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC7"
        "5D0CE20BCD1D06E600"
    )
    assert session.answered(h("203BB55D1089D5879100")) == b""
    # Table 26: the key of the conversation itself.
    made = session.command(0xC4, b"\x00", h("5004BF991F408672B1EF00F08F9E8647") + b"\x01")
    assert made == h(
        "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FD"
        "A6610234BDED643200"
    )


@pytest.mark.parametrize(
    "answer", ["", "9100", "57BFF87B1241E93C9100", "57BFF87B1241E93D91AE", "00" * 40]
)
def test_an_answer_of_another_conversation_is_refused(answer: str) -> None:
    session = first_session(1)
    session.command(0x5F, b"\x02", b"\x40")
    with pytest.raises(Differs):
        session.answered(h(answer))


def test_framing() -> None:
    assert wrapped(0x60) == h("9060000000")
    assert wrapped(0x64, b"\x01") == h("90640000010100")


def test_what_is_written_into_the_file_lies_where_the_settings_say() -> None:
    told = settings()
    assert told[:6] == h("4000E0C1FF12")
    picc, covered, signed = (int.from_bytes(told[n : n + 3], "little") for n in (6, 9, 12))
    assert covered == signed, "the MAC covers no text"
    uid, counter = h("04DE5F1EACC040"), 61
    plain = b"\xc7" + uid + counter.to_bytes(3, "little") + bytes(5)
    session = mac(ZERO, h("3CC300010080") + plain[1:11])
    file = bytearray(TEMPLATE)
    file[picc : picc + 32] = encrypted(ZERO, plain).hex().upper().encode()
    file[signed : signed + 16] = short_mac(session, b"").hex().upper().encode()
    sun = sun_of(bytes(file) + bytes(256 - len(file)))
    assert sun is not None and proved(sun, BLANK, BLANK) == Told(uid, counter)
