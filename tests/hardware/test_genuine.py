"""Genuine cards through a real PC/SC daemon: chips that share no code with the driver.

Both were written by one hand, so others' words count here: the published numbers are in
test_ntag424.py and test_desfire.py, a client of somebody else (python-desfire) speaks to the
simulated DESFire below, and tags of somebody else (simple-nfc-tag) are shown to the driver.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import CMAC
from desfire import DESFire, DESFireKey
from desfire.devices.base import Device as ClientDevice
from desfire.enums import DESFireKeyType
from desfire.exceptions import DESFireCommunicationError
from desfire.schemas import KeySettings
from hypothesis import given
from hypothesis import strategies as st
from simple_nfc_tag.readers.fake import (
    FakeClassic1K,
    FakeNTAG213,
    FakeReader,
    FakeTag,
    FakeUltralight,
)
from smartcard import scard

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.messages import (
    CardEnrolFailed,
    CardEnrolled,
    CardPresented,
    CardRefused,
    CardRemoved,
    EnrolCards,
    Event,
    StopEnrolling,
)
from kiosk.hardware import card_keys, desfire, ntag424
from kiosk.hardware.card_keys import CardTorn, Masters, NotGenuine
from kiosk.hardware.pcsc import PcscReader
from kiosk.hardware.peers.desfire import Desfire
from kiosk.hardware.peers.ntag424 import Ntag424
from kiosk.hardware.peers.vpcd import RunningReader
from tests.hardware.conftest import GIVE_UP_S, Observer

UID = "04A1B2C3D4E5F6"
OTHER_UID = "04DEADBEEF0001"
FIRST, SECOND = "0F" * 16, "5C" * 16
APPLICATION = bytes.fromhex("F0FE01")
KINDS = ("ntag424", "desfire")
Make = Callable[..., PcscReader]
Chip = Ntag424 | Desfire


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The venue's keys, one version of them."""
    file = tmp_path / card_keys.FILE
    write_keys(file, f"1 {FIRST}\n")
    return file


def write_keys(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o600)


def opened(make: Make, kind: str, keys: Path) -> PcscReader:
    driver = make(genuine=kind, secrets=str(keys.parent))
    driver.open()
    assert driver.poll(0) == []
    return driver


def next_event(driver: PcscReader) -> Event:
    """What comes next beside removals."""
    for _ in range(GIVE_UP_S * 5):
        for event in driver.poll(0.2):
            if not isinstance(event, CardRemoved):
                return event
    raise AssertionError(f"nothing in {GIVE_UP_S} s")


def lay(reader: RunningReader, chip: Chip, *, tear_after: int | None = None) -> None:
    reader.field.tap(chip.uid, "card", chip, tear_after)


def made(kind: str, uid: str = UID) -> Chip:
    return {"ntag424": Ntag424, "desfire": Desfire}[kind](bytes.fromhex(uid))


def counted(chip: Chip) -> int | None:
    return chip.reads if isinstance(chip, Ntag424) else None


def genuine(chip: Chip) -> CardPresented:
    raw = chip.uid.hex().upper()
    return CardPresented("reader", "contactless", raw, "genuine", counted(chip))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_made_genuine_and_proves_it(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str
) -> None:
    driver, chip = opened(make_pcsc, kind, keys), made(kind)
    lay(contactless, chip)
    assert next_event(driver) == CardPresented("reader", "contactless", UID), "as it was sold"
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip)
    assert next_event(driver) == CardEnrolled("reader", "contactless", UID, anew=False)  # type: ignore[arg-type]
    lay(contactless, chip)
    assert next_event(driver) == CardEnrolled("reader", "contactless", UID, anew=True)  # type: ignore[arg-type]
    driver.perform(StopEnrolling("reader"))  # type: ignore[arg-type]
    seen = []
    for _ in range(2):
        lay(contactless, chip)
        seen.append(next_event(driver))
        assert seen[-1] == genuine(chip)
    if kind == "ntag424":
        first, second = (event.counter for event in seen if isinstance(event, CardPresented))
        assert (first, second) == (1, 2), "it rises by one with each tap"


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_the_uid_proves_nothing(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str
) -> None:
    driver = opened(make_pcsc, kind, keys)
    contactless.verbs["tap"]([UID])
    assert next_event(driver) == CardPresented("reader", "contactless", UID)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_of_another_venue_is_refused(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str
) -> None:
    chip = made(kind)
    enrol(kind, chip, Masters({1: bytes.fromhex(SECOND)}))
    driver = opened(make_pcsc, kind, keys)
    lay(contactless, chip)
    assert next_event(driver) == CardRefused("reader", "contactless", "not_genuine")  # type: ignore[arg-type]
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip)
    assert next_event(driver) == CardEnrolFailed("reader", "other_keys")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_the_keys_of_one_card_are_no_use_on_another(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str
) -> None:
    chip = made(kind)
    enrol(kind, chip, Masters({1: bytes.fromhex(FIRST)}))
    chip.uid = bytes.fromhex(OTHER_UID)  # all of its memory on another chip
    driver = opened(make_pcsc, kind, keys)
    lay(contactless, chip)
    assert next_event(driver) == CardRefused("reader", "contactless", "not_genuine")  # type: ignore[arg-type]


class Replayed:
    """An emulator that knows what a card said once, and says it again."""

    def __init__(self, chip: Ntag424, masters: Masters) -> None:
        self.uid = chip.uid
        self._known: dict[bytes, bytes] = {}
        self._chip = chip
        ntag424.check(self._listen, chip.uid, masters)

    def _listen(self, command: bytes) -> bytes:
        answer = self._chip.answer(command)
        self._known.setdefault(command, answer)
        return answer

    def answer(self, apdu: bytes) -> bytes:
        return self._known.get(apdu, b"\x91\xae")

    def power_off(self) -> None:
        pass


def test_what_a_card_said_once_is_no_proof(
    contactless: RunningReader, make_pcsc: Make, keys: Path
) -> None:
    masters, chip = Masters({1: bytes.fromhex(FIRST)}), Ntag424(bytes.fromhex(UID))
    enrol("ntag424", chip, masters)
    driver = opened(make_pcsc, "ntag424", keys)
    replayed = Replayed(chip, masters)
    contactless.field.tap(replayed.uid, "card", replayed)
    assert next_event(driver) == CardRefused("reader", "contactless", "not_genuine")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_newer_keys_are_put_on_and_older_ones_are_believed(
    contactless: RunningReader, make_pcsc: Make, keys: Path, observer: Observer, kind: str
) -> None:
    def started_anew(text: str) -> None:
        """With other keys, once the card is gone: a driver reads what lies there as it opens."""
        driver.close()
        contactless.field.untap()
        observer.wait(card=False)
        write_keys(keys, text)
        driver.open()

    chip = made(kind)
    enrol(kind, chip, Masters({1: bytes.fromhex(FIRST)}))
    write_keys(keys, f"# 2026\n1 {FIRST}\n2 {SECOND}\n")
    driver = opened(make_pcsc, kind, keys)
    lay(contactless, chip)
    assert next_event(driver) == genuine(chip)
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip)
    assert next_event(driver) == CardEnrolled("reader", "contactless", UID, anew=True)  # type: ignore[arg-type]
    driver.perform(StopEnrolling("reader"))  # type: ignore[arg-type]
    started_anew(f"2 {SECOND}\n")
    lay(contactless, chip)
    assert next_event(driver) == genuine(chip)
    started_anew(f"1 {FIRST}\n")
    lay(contactless, chip)
    assert next_event(driver) == CardRefused("reader", "contactless", "not_genuine")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_torn_away_is_told_and_goes_on(
    contactless: RunningReader, make_pcsc: Make, keys: Path, observer: Observer, kind: str
) -> None:
    driver, chip = opened(make_pcsc, kind, keys), made(kind)
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip, tear_after=8)
    assert next_event(driver) == CardEnrolFailed("reader", "torn")  # type: ignore[arg-type]
    observer.wait(card=False)
    lay(contactless, chip)
    assert isinstance(next_event(driver), CardEnrolled)
    driver.perform(StopEnrolling("reader"))  # type: ignore[arg-type]
    lay(contactless, chip, tear_after=3)
    assert next_event(driver) == CardRefused("reader", "contactless", "unreadable")  # type: ignore[arg-type]
    observer.wait(card=False)
    lay(contactless, chip)
    assert next_event(driver) == genuine(chip)


def test_K07_a_bank_card_is_given_no_keys(
    contactless: RunningReader, make_pcsc: Make, keys: Path
) -> None:
    driver = opened(make_pcsc, "ntag424", keys)
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    contactless.verbs["tap"](["bank", UID])
    assert next_event(driver) == CardRefused("reader", "contactless", "bank_card")  # type: ignore[arg-type]
    contactless.verbs["tap"]([UID])
    assert next_event(driver) == CardEnrolFailed("reader", "other_kind")  # type: ignore[arg-type]


# --- the keys and the options --------------------------------------------------------------------


def test_a_version_of_too_many_digits_is_none() -> None:
    with pytest.raises(DeviceError, match="line 1 is no key"):
        card_keys.parsed(f"{'9' * 5000} {FIRST}", "the file")


def test_no_key_stands_in_anything_that_is_said(
    contactless: RunningReader, make_pcsc: Make, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    driver, chip = opened(make_pcsc, "ntag424", keys), made("ntag424")
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip)
    event = next_event(driver)
    said = [repr(event), repr(driver), repr(vars(driver)), caplog.text]
    write_keys(keys, f"1 {FIRST}\n1 {SECOND}\n")
    with pytest.raises(DeviceError, match="line 2 is no key") as error:
        driver.open()
    said += [str(error.value), repr(error.value)]
    assert isinstance(chip, Ntag424)
    derived = [key.value.hex() for key in chip.keys if any(key.value)]
    assert len(derived) == 4
    for text in said:
        for secret in (FIRST, SECOND, *derived, repr(bytes.fromhex(FIRST))):
            assert secret.lower() not in text.lower()
        assert UID not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no key"),
        ("# nothing\n\n", "holds no key"),
        ("1\n", "line 1"),
        (f"0 {FIRST}\n", "line 1"),
        (f"256 {FIRST}\n", "line 1"),
        (f"one {FIRST}\n", "line 1"),
        (f"1 {FIRST} {FIRST}\n", "line 1"),
        (f"1 {FIRST}\n2 0F0F\n", "line 2"),
        (f"1 {'00' * 16}\n", "line 1"),
        (f"1 {'zz' * 16}\n", "line 1"),
    ],
)
def test_a_file_of_keys_that_is_none(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "cards.keys"
    write_keys(file, text)
    with pytest.raises(DeviceError, match=told) as error:
        card_keys.masters(file)
    assert FIRST not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_is_keys_or_says_why_not(text: str) -> None:
    try:
        assert card_keys.parsed(text, "the file").newest >= 1
    except DeviceError as error:
        assert "the file" in str(error)


def test_a_file_of_keys_that_is_away_or_open_to_others(tmp_path: Path) -> None:
    file = tmp_path / "cards.keys"
    with pytest.raises(DeviceError, match="kiosk keys cards"):
        card_keys.masters(file)
    write_keys(file, f"1 {FIRST}\n")
    file.chmod(0o644)
    with pytest.raises(DeviceError, match="chmod 600"):
        card_keys.masters(file)
    file.chmod(0o600)
    assert FIRST.lower() not in repr(card_keys.masters(file)).lower()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"genuine": "mifare"}, 'genuine: "mifare" is none of ntag424, desfire'),
        ({"desfire_application": "000000"}, "six hex digits"),
        ({"desfire_application": "F0FE"}, "six hex digits"),
        ({"desfire_key": 0}, "desfire_key: 0 is not 1 to 13"),
        ({"desfire_key": 14}, "desfire_key: 14"),
    ],
)
def test_options_of_no_use(make_pcsc: Make, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        make_pcsc(**options)


def test_a_reader_that_checks_nothing_makes_nothing_genuine(make_pcsc: Make) -> None:
    driver = make_pcsc()
    driver.open()
    with pytest.raises(DeviceError, match="option genuine"):
        driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]


# --- without a reader: every place to be torn at, and any bytes ----------------------------------


def check(kind: str, send: card_keys.Send, uid: bytes, masters: Masters) -> int | bool | None:
    if kind == "ntag424":
        return ntag424.check(send, uid, masters)
    return desfire.check(send, uid, masters, APPLICATION, 1)


def enrol(kind: str, chip: Chip, masters: Masters, send: card_keys.Send | None = None) -> bool:
    chip.power_off()
    if kind == "ntag424":
        return ntag424.enrol(send or chip.answer, chip.uid, masters)
    return desfire.enrol(send or chip.answer, chip.uid, masters, APPLICATION, 1)


def test_a_message_of_another_number_is_refused() -> None:
    """The venue's keys of one number, on a chip that writes another into its message."""
    masters, chip = Masters({1: bytes.fromhex(FIRST)}), Ntag424(bytes.fromhex(UID))
    pretended = bytes.fromhex(OTHER_UID)
    ntag424.enrol(chip.answer, pretended, masters)
    chip.power_off()
    with pytest.raises(NotGenuine):
        ntag424.check(chip.answer, pretended, masters)


def test_a_right_message_without_an_answer_is_refused() -> None:
    masters, chip = Masters({1: bytes.fromhex(FIRST)}), Ntag424(bytes.fromhex(UID))
    enrol("ntag424", chip, masters)
    chip.power_off()
    replayed = Replayed(chip, masters)
    with pytest.raises(NotGenuine):
        ntag424.check(replayed.answer, chip.uid, masters)


class Leaving:
    """A card that is taken away after so many commands, before or after it has done the last."""

    def __init__(self, chip: Chip, commands: int, *, done: bool) -> None:
        self.chip, self.left, self.done = chip, commands, done

    def __call__(self, command: bytes) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise CardTorn
        answer = self.chip.answer(command) if self.left or self.done else b""
        if not self.left:
            raise CardTorn
        return answer


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_torn_anywhere_it_goes_on(kind: str, before: int, done: bool) -> None:
    old, new = Masters({1: bytes.fromhex(FIRST)}), bytes.fromhex(SECOND)
    both = Masters({**old.by_version, 2: new})
    steps = 0
    while True:
        steps += 1
        chip = made(kind)
        if before:
            enrol(kind, chip, old)
        try:
            enrol(kind, chip, both, Leaving(chip, steps, done=done))
            break
        except CardTorn:
            pass
        enrol(kind, chip, both)
        chip.power_off()
        assert check(kind, chip.answer, chip.uid, Masters({2: new}))
    assert steps >= 9


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), spoilt=st.integers(1, 12))
def test_a_spoilt_answer_never_makes_a_proof(kind: str, seed: int, spoilt: int) -> None:
    """A right answer with one wrong bit, at any place: refused, or no proof."""
    masters, dice = Masters({1: bytes.fromhex(FIRST)}), random.Random(seed)
    chip, commands = made(kind), 0
    enrol(kind, chip, masters)
    chip.power_off()
    told: list[bytes] = []

    def send(command: bytes) -> bytes:
        nonlocal commands
        commands += 1
        answer = bytearray(chip.answer(command))
        if commands == spoilt:
            at = dice.randrange(len(answer))
            answer[at] ^= 1 << dice.randrange(8)
            told.append(bytes(answer))
        return bytes(answer)

    try:
        proof = check(kind, send, chip.uid, masters)
    except NotGenuine:
        return
    # A digit in the other case, or a byte behind the message: it was nothing of what counts.
    harmless = not told or (kind == "ntag424" and spoilt == 4)
    assert not proof or harmless


@pytest.mark.parametrize("kind", KINDS)
@given(answers=st.lists(st.binary(max_size=80), max_size=20))
def test_any_card_is_given_keys_or_told_why_not(kind: str, answers: list[bytes]) -> None:
    waiting = list(answers)

    def send(command: bytes) -> bytes:
        if not waiting:
            raise CardTorn
        return waiting.pop(0) or b"\x00\x00"

    with pytest.raises((CardTorn, card_keys.CannotEnrol)):
        if kind == "ntag424":
            ntag424.enrol(send, bytes(7), Masters({1: bytes.fromhex(FIRST)}))
        else:
            desfire.enrol(send, bytes(7), Masters({1: bytes.fromhex(FIRST)}), APPLICATION, 1)


# --- somebody else's words -----------------------------------------------------------------------


class Line(ClientDevice):  # type: ignore[misc]  # it has no types
    """The way of python-desfire to a card, through the daemon; closed at the end of the test."""

    def __init__(self) -> None:
        _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        reader = scard.SCardListReaders(self._context, [])[1][0]
        both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        shared = scard.SCARD_SHARE_SHARED
        result, self._card, self._protocol = scard.SCardConnect(self._context, reader, shared, both)
        assert result == scard.SCARD_S_SUCCESS

    def transceive(self, bytes: list[int]) -> list[int]:  # noqa: A002 - its name there
        result, answer = scard.SCardTransmit(self._card, self._protocol, bytes)
        assert result == scard.SCARD_S_SUCCESS
        return list(answer)

    def close(self) -> None:
        scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(self._context)


@contextmanager
def client_of_somebody_else() -> Iterator[DESFire]:
    line = Line()
    yield DESFire(line)
    line.close()


def aes(key: bytes) -> DESFireKey:
    return DESFireKey(KeySettings(key_type=DESFireKeyType.DF_KEY_AES), list(key))


def test_a_client_of_somebody_else_speaks_to_the_simulated_desfire(
    contactless: RunningReader, observer: Observer
) -> None:
    """python-desfire: it sends native frames, and computes everything by itself."""
    lay(contactless, Desfire(bytes.fromhex(UID)))
    observer.wait(card=True)
    zero, one, two = bytes(16), bytes.fromhex(FIRST), bytes.fromhex(SECOND)
    with client_of_somebody_else() as client:
        # Its own way to an application needs the card's DES key, which the peer has not.
        assert client.device.transceive(list(bytes.fromhex("CAF0FE010B82"))) == [0]
        assert client.get_application_ids() == [[0xF0, 0xFE, 0x01]]
        client.select_application("F0FE01")
        settings = client.get_key_setting()
        assert (settings.key_type, settings.max_keys) == (DESFireKeyType.DF_KEY_AES, 2)
        client.authenticate(0, aes(zero))
        assert bytes(client.get_real_uid()).hex().upper() == UID
        assert client.get_key_version(1) == 0
        client.change_key(1, aes(zero), aes(one), 7)
        assert client.get_key_version(1) == 7
        client.change_key(0, aes(zero), aes(two), 9)
        client.authenticate(0, aes(two))
        assert client.get_key_version(0) == 9
        client.authenticate(1, aes(one))
        with pytest.raises(DESFireCommunicationError, match="AuthentError"):
            client.authenticate(1, aes(two))


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_of_somebody_else_finds_what_the_driver_has_made(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str
) -> None:
    """The key of a card, as anybody makes it who reads AN10922 and the file of the keys."""
    chip = made(kind)
    driver = opened(make_pcsc, kind, keys)
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    lay(contactless, chip)
    assert isinstance(next_event(driver), CardEnrolled)
    application = APPLICATION if kind == "desfire" else bytes.fromhex("D2760000850101")
    number = 1 if kind == "desfire" else 3
    told = bytes.fromhex(UID) + application + bytes([number]) + b"foyer"
    mac = CMAC.new(bytes.fromhex(FIRST), ciphermod=AES)
    mac.update(b"\x01" + told)
    if isinstance(chip, Ntag424):
        assert chip.keys[3].value == mac.digest()
        return
    with client_of_somebody_else() as client:
        client.select_application("F0FE01")
        client.authenticate(1, aes(mac.digest()))
        assert client.is_authenticated


class Foreign:
    """A tag of simple-nfc-tag, whose answers its author took from an ACR122U."""

    def __init__(self, tag: FakeTag) -> None:
        self.uid = tag.uid
        self._reader = FakeReader()
        self._reader.present(tag)
        self._reader.connect()

    def answer(self, apdu: bytes) -> bytes:
        data, first, second = self._reader._transmit_raw(apdu)
        return data + bytes([first, second])

    def power_off(self) -> None:
        pass


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tag", [FakeNTAG213, FakeUltralight, FakeClassic1K])
def test_plain_tags_of_somebody_else_prove_nothing(
    contactless: RunningReader, make_pcsc: Make, keys: Path, kind: str, tag: type[FakeTag]
) -> None:
    driver, chip = opened(make_pcsc, kind, keys), Foreign(tag())
    contactless.field.tap(chip.uid, "card", chip)
    raw = chip.uid.hex().upper()
    assert next_event(driver) == CardPresented("reader", "contactless", raw)  # type: ignore[arg-type]
    driver.perform(EnrolCards("reader"))  # type: ignore[arg-type]
    contactless.field.tap(chip.uid, "card", chip)
    assert next_event(driver) == CardEnrolFailed("reader", "other_kind")  # type: ignore[arg-type]
