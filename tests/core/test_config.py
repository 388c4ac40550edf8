"""The settings of the machine: all mistakes at once, each with what to do."""

import contextlib
import dataclasses
import tomllib
from pathlib import Path

import pytest

from kiosk.core import config
from kiosk.core.config import STANDARD_DEVICES, load
from kiosk.core.errors import ConfigError
from kiosk.hardware import DRIVERS


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_real_device_without_its_wire_is_a_mistake(tmp_path: Path) -> None:
    text = '[devices.stripe]\ndriver = "magstripe"\n[devices.wedge]\ndriver = "wedge"\n'
    told = mistakes(tmp_path, text, simulated=False)
    assert [line.partition(";")[0] for line in told if "missing" in line] == [
        "[devices.stripe]: the port is missing",
        "[devices.wedge]: the device is missing",
    ]


def test_a_simulated_kiosk_reaches_for_no_real_keyboard(tmp_path: Path) -> None:
    text = '[devices.wedge]\ndriver = "wedge"\ndevice = "0801:0001"\n'
    (wedge,) = load(written(tmp_path, text), simulated=True).devices
    assert wedge.options["device"] == ""


def test_what_has_no_line_is_not_recorded(tmp_path: Path) -> None:
    text = '[devices.{}]\ndriver = "{}"\nport = "/dev/ttyUSB0"\nrecord = {}\n'
    recorded = text.format("slot", "ccnet", "true") + text.format("other", "ccnet", "false")
    slot, other = load(written(tmp_path, recorded)).devices
    assert (slot.record, other.record) == (True, False)
    told = mistakes(tmp_path, text.format("slot", "ccnet", '"yes"'))
    assert told == ["[devices.slot] record: is a text in quotes; write true or false"]
    card = '[devices.reader]\ndriver = "pcsc"\nrecord = true\n'
    (line,) = mistakes(tmp_path, card)
    assert line.startswith("[devices.reader] record: pcsc has no line that could be recorded; ")


def mistakes(tmp_path: Path, text: str, *, simulated: bool = True) -> list[str]:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file, simulated=simulated)
    for told in caught.value.mistakes:
        assert told.startswith(str(file))
        assert "\n" not in told
    return [told.removeprefix(f"{file}: ") for told in caught.value.mistakes]


def test_simulated_kiosk_has_the_standard_devices_and_a_folder_of_its_own():
    made = load(None, simulated=True, environ={"HOME": "/home/guest"})
    assert {d.name: d.driver for d in made.devices} == STANDARD_DEVICES
    assert made.simulated
    assert made.store.path == Path("/home/guest/.local/state/foyer-simulated/kiosk.db")
    assert made.timeouts.more_time_s >= 20, "the guidelines' least"
    assert made.timeouts.extensions_max >= 10, "the guidelines' least"


def test_without_devices_there_is_no_kiosk(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(None)
    (told,) = caught.value.mistakes
    assert "no device is declared" in told
    assert "--simulated" in told
    (told,) = mistakes(tmp_path, "[kiosk]\nid = 'K2'\n", simulated=False)
    assert "no device is declared" in told


def test_the_file_says_only_what_differs(tmp_path):
    file = written(
        tmp_path,
        """
        [kiosk]
        id = "EAST1"
        language = "ru"
        time_zone = "Asia/Tbilisi"
        [store]
        folder = "/data/foyer"
        secrets_folder = "/secrets"
        [timeouts]
        idle_s = 45
        [devices.acceptor]
        driver = "ccnet"
        port = "/dev/serial/by-id/usb-1"
        [devices.reader-2]
        driver = "pcsc"
        simulated = true
        """,
    )
    made = load(file)
    assert (made.kiosk.id, made.kiosk.language) == ("EAST1", "ru")
    assert made.kiosk.languages == ("en", "ru", "de")
    assert made.store.path == Path("/data/foyer/kiosk.db")
    assert made.store.control_socket == Path("/data/foyer/control")
    assert made.store.secrets_path == Path("/secrets/secrets.db")
    assert (made.timeouts.idle_s, made.timeouts.form_s) == (45, 60)
    acceptor, reader = made.devices
    assert (acceptor.name, acceptor.driver, acceptor.simulated) == ("acceptor", "ccnet", False)
    assert acceptor.options["port"] == "/dev/serial/by-id/usb-1"
    assert (reader.name, reader.simulated) == ("reader-2", True)
    assert not made.simulated, "one real device makes a real kiosk"


def test_devices_of_the_file_are_kept_when_all_are_simulated(tmp_path):
    made = load(written(tmp_path, '[devices.slot]\ndriver = "ccnet"\n'), simulated=True)
    assert [(d.name, d.simulated) for d in made.devices] == [("slot", True)]


def test_a_kiosk_of_peers_never_meets_the_store_of_a_real_one(tmp_path):
    home = {"HOME": "/home/guest"}
    peer = '[devices.slot]\ndriver = "ccnet"\nsimulated = true\n'
    made = load(written(tmp_path, peer), environ=home)
    assert made.store.folder.name == "foyer-simulated"
    real = '[devices.reader]\ndriver = "pcsc"\n'
    assert load(written(tmp_path, peer + real), environ=home).store.folder.name == "foyer"


def test_the_folder_is_that_of_systemd_when_it_gives_one():
    made = load(None, simulated=True, environ={"STATE_DIRECTORY": "/var/lib/foyer"})
    assert made.store.folder == Path("/var/lib/foyer")


def test_all_mistakes_at_once_with_suggestions(tmp_path):
    found = mistakes(
        tmp_path,
        """
        [kisok]
        id = "K1"
        [kiosk]
        langage = "en"
        id = "no spaces please"
        languages = ["en", "rw"]
        time_zone = "Europe/Moskow"
        [screen]
        width = "1280"
        height = 12
        motion = 1
        [limits]
        inbox_events_max = true
        [driver.ccnet]
        port = "/dev/ttyUSB0"
        [devices.acceptor]
        driver = "ccnett"
        [devices.Reader]
        driver = "pcsc"
        [devices.printer]
        driver = "escpos"
        prot = "tcp://printer:9100"
        [devices.stripe]
        simulated = "yes"
        driver = "magstripe"
        [devices.lamp]
        """,
    )
    assert found == [
        '[kisok]: unknown section; did you mean "kiosk"?',
        "[driver]: the defaults of the drivers are not set here; "
        "write the option under [devices.NAME]",
        '[kiosk] langage: unknown setting; did you mean "language"?',
        '[kiosk] id: "no spaces please" is not 1 to 12 letters and digits; write it so',
        '[kiosk] languages: there is no language "rw"; known: de, en, ru',
        '[kiosk] time_zone: there is no time zone "Europe/Moskow"; '
        'write a name such as "Europe/Moscow" (tzdata must be installed)',
        "[screen] width: is a text in quotes; write a whole number",
        "[screen] height: 12 is out of range; write a number from 480 to 7680",
        "[screen] motion: is a whole number; write true or false",
        "[limits] inbox_events_max: is true or false; write a whole number",
        '[devices.acceptor] driver: no driver "ccnett"; did you mean "ccnet"?',
        "[devices.Reader]: not the name of a device; "
        "write small letters, digits and hyphens, a letter first",
        '[devices.printer] prot: unknown option; did you mean "port"?',
        "[devices.stripe] simulated: is a text in quotes; write true or false",
        f"[devices.lamp]: no driver is named; write driver = one of {', '.join(sorted(DRIVERS))}",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[api]\nenabled = true\nhost = "0.0.0.0"\n', "[api] host"),
        ('[api]\nenabled = true\nhost = "192.168.1.5"\nport = 80\n', "[api] host"),
        ('[api]\ncertificate = "a.pem"\n', "[api]: one of certificate and key"),
        ('[api]\nhost = "a b"\n', "[api] host"),
        ('[alerts]\nmail_to = ["a@b"]\nmail_from = "k@b"\n', "[alerts] smtp_host"),
        ('[alerts]\nsmtp_tls = "ssl"\n', "[alerts] smtp_tls"),
        (
            '[alerts]\nmail_to = ["a@b"]\nmail_from = "k@b"\nsmtp_host = "mail.example"\n'
            'smtp_user = "kiosk"\nsmtp_tls = "none"\n',
            "[alerts] smtp_tls",
        ),
        ('[alerts]\nwebhook = "ftp://x"\n', "[alerts] webhook"),
    ],
)
def test_a_door_that_others_could_listen_at_is_a_mistake(tmp_path, text, told):
    file = tmp_path / "kiosk.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, simulated=True)
    assert told in caught.value.mistakes[0]


@pytest.mark.parametrize(
    "text",
    [
        '[api]\nenabled = true\nhost = "::1"\n',
        '[api]\nhost = "0.0.0.0"\n',
        '[api]\nenabled = true\nhost = "0.0.0.0"\ncertificate = "a.pem"\nkey = "a.key"\n',
    ],
)
def test_a_door_behind_tls_or_on_this_machine_alone_may_open(tmp_path, text):
    file = tmp_path / "kiosk.toml"
    file.write_text(text, "utf-8")
    assert load(file, simulated=True).api.port == 8480


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('off_from = "03:00"', "[screen] off_to: is missing; write both times, or none"),
        ('off_to = "08:00"', "[screen] off_from: is missing; write both times, or none"),
        (
            'off_from = "03:00"\noff_to = "03:00"',
            '[screen] off_to: "03:00" is when it begins, too: the screen would always be off; '
            "write another time, or none of both",
        ),
        (
            'off_from = "3:00"\noff_to = "08:00"',
            '[screen] off_from: "3:00" is not a time of day; write it as "03:00"',
        ),
        ("brightness = 0", "[screen] brightness: 0 is out of range; write a number from 5 to 100"),
    ],
)
def test_a_night_that_cannot_be_is_a_mistake(tmp_path, text, told):
    assert mistakes(tmp_path, f"[screen]\n{text}\n") == [told]


def test_the_night_is_two_times(tmp_path):
    text = '[screen]\noff_from = "23:30"\noff_to = "08:00"\n'
    night = load(written(tmp_path, text), simulated=True).screen.night
    assert [at.isoformat("minutes") for at in night] == ["23:30", "08:00"]
    assert load(None, simulated=True).screen.night is None


def test_a_real_device_needs_its_port(tmp_path):
    (told,) = mistakes(tmp_path, '[devices.acceptor]\ndriver = "ccnet"\n', simulated=False)
    assert told.startswith("[devices.acceptor]: the port is missing; write port =")
    load(written(tmp_path, '[devices.reader]\ndriver = "pcsc"\n'))  # has none


def test_a_language_that_is_not_offered_cannot_be_the_first(tmp_path):
    (told,) = mistakes(tmp_path, '[kiosk]\nlanguages = ["ru"]\n')
    assert told == '[kiosk] language: "en" is not one of the languages offered; known: ru'


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    (told,) = mistakes(tmp_path, "[kiosk]\nid = K1\n")
    assert "is not TOML" in told
    assert "line 2" in told


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "kiosk.toml")
    file = tmp_path / "latin.toml"
    file.write_bytes(b"id = '\xff'")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(file)


def test_settings_where_a_section_belongs(tmp_path):
    assert mistakes(tmp_path, 'kiosk = 1\ndevices = "none"\n')[:2] == [
        "kiosk: is a section, not a setting; write [kiosk] above it",
        "devices: is a section, not a setting; write [devices] above it",
    ]
    (told,) = mistakes(tmp_path, "[devices]\nacceptor = 3\n")
    assert told == "[devices] acceptor: is no device; write [devices.acceptor] and its driver"


@pytest.mark.parametrize("value", ["-1", "1.5", '""', '"x"', "true", "[]", "[1]", "{}", "[[[]]]"])
def test_whatever_stands_behind_a_setting_the_answer_is_settings_or_mistakes(tmp_path, value):
    defaults = tomllib.loads(
        Path(config.__file__).parents[1].joinpath("default.toml").read_text("utf-8")
    )
    places = [(s, name) for s, of in defaults.items() if s != "driver" for name in of]
    places += [("devices.x", name) for name in ("driver", "simulated", "port")]
    for section, name in places:
        text = f"[{section}]\n{name} = {value}\n"
        if section == "devices.x" and name != "driver":
            text += 'driver = "ccnet"\n'
        with contextlib.suppress(ConfigError):
            load(written(tmp_path, text), simulated=True)


def test_every_default_is_within_its_range_and_every_setting_is_commented(tmp_path):
    """default.toml is the reference manual: a reason above each setting or group of them."""
    lines = Path(config.__file__).parents[1].joinpath("default.toml").read_text("utf-8").split("\n")
    explained = False
    for line in lines:
        if line.startswith("#"):
            explained = True
        elif not line or line.startswith("["):
            explained = False
        else:
            assert explained, f"{line} has no reason above it"
    made = load(None, simulated=True)
    for section in ("kiosk", "screen", "limits", "timeouts"):
        values = dataclasses.asdict(getattr(made, section))
        text = "\n".join(
            f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
            for name, value in values.items()
            if isinstance(value, int)
        )
        load(written(tmp_path, f"[{section}]\n{text}\n"), simulated=True)
