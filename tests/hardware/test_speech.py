"""The voice: what is started for a prompt, what ends it, and what the attendant is told."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import RefuseNotes, Speak
from kiosk.hardware.speech import Voice
from kiosk.hardware.transport import Transport

NAME = DeviceId("voice")
OPTIONS: dict[str, str | int | bool] = {
    "program": "espeak-ng",
    "output": "sound",
    "sound_device": "",
    "words_a_minute": 150,
    "volume": 100,
    "limit_s": 120,
}
GIVE_UP_S = 30.0
HEAD = f"""#!{sys.executable}
import os, sys, time
if "--version" in sys.argv:
    print("eSpeak NG text-to-speech: 1.51  Data at: /here"); sys.exit()
text = sys.stdin.read()
if sys.argv[sys.argv.index("-a") + 1] == "0": sys.exit()
"""


def no_line() -> Transport:
    raise AssertionError("a voice has no line")


def made(**options: str | int | bool) -> Voice:
    return Voice(NAME, OPTIONS | options, start=1, connect=no_line)


def program(folder: Path, does: str) -> str:
    """A program that takes the same arguments and is told what to do with the text."""
    path = folder / "speaker"
    path.write_text(HEAD + does)
    path.chmod(0o755)
    return str(path)


def until(met: Callable[[], bool]) -> None:
    end_s = time.monotonic() + GIVE_UP_S
    while not met():
        assert time.monotonic() < end_s
        time.sleep(0.005)  # another process needs the processor as well


def test_what_is_said_goes_through_a_pipe_in_the_language_and_the_speed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    does = f"open({str(out)!r} + '~', 'w').write(' '.join(sys.argv[1:]) + '|' + text)\n"
    does += f"os.rename({str(out)!r} + '~', {str(out)!r})\n"
    voice = made(program=program(tmp_path, does), sound_device="plughw:1")
    assert voice.open() == "1.51"
    voice.perform(Speak(("Guthaben", "1250 Rubel"), "de"))
    until(out.exists)
    arguments, _, text = out.read_text().partition("|")
    assert arguments == "--stdin -b 1 -v de -s 150 -a 100 -d plughw:1"
    assert text == "Guthaben.\n1250 Rubel.\n"
    until(lambda: voice.poll(0.0) == () and voice._process is None)
    voice.close()


def test_a_new_prompt_ends_the_one_before_and_nothing_to_say_is_silence(tmp_path: Path) -> None:
    voice = made(program=program(tmp_path, "time.sleep(600)\n"))
    voice.open()
    voice.perform(Speak(("long",), "en"))
    first = voice._process
    assert first is not None and first.poll() is None
    voice.perform(Speak(("another",), "en"))
    second = voice._process
    assert first.poll() is not None and second is not None and second is not first
    voice.perform(Speak((), "en"))
    assert second.poll() is not None and voice._process is None
    voice.perform(Speak(("a last one",), "en"))
    last = voice._process
    voice.close()
    voice.close()
    assert last is not None and last.poll() is not None


def test_a_program_that_hangs_is_ended_and_the_device_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = made(program=program(tmp_path, "time.sleep(600)\n"), limit_s=5)
    voice.open()
    voice.perform(Speak(("for ever",), "en"))
    process = voice._process
    assert process is not None
    voice.poll(0.0)
    voice._began_s -= 6
    with pytest.raises(DeviceError, match="was not done in 5 s"):
        voice.poll(0.0)
    voice.close()
    assert process.poll() is not None


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("print('Error: no such voice', file=sys.stderr); sys.exit(1)\n", "ended with 1"),
        # What the real one does where there is no sound card: it ends well.
        ("print('ALSA lib: x\\nerror: No such file', file=sys.stderr)\n", "no sound: No such file"),
    ],
)
def test_a_program_that_fails_is_told_to_the_attendant(
    tmp_path: Path, does: str, told: str
) -> None:
    voice = made(program=program(tmp_path, does))
    voice.open()
    voice.perform(Speak(("secret words",), "en"))
    assert voice._process is not None
    voice._process.wait(GIVE_UP_S)
    with pytest.raises(DeviceError, match=told) as raised:
        voice.poll(0.0)
    assert "secret" not in str(raised.value)
    voice.close()


def test_a_missing_program_is_a_device_that_is_not_there() -> None:
    voice = made(program="/no/such/espeak-ng")
    with pytest.raises(OSError, match="No such file"):
        voice.open()
    voice.close()


def test_simulated_nothing_is_started_and_the_bench_sees_what_would_be_said() -> None:
    voice = made(program="/no/such/espeak-ng", output="none")
    assert voice.open() == "nothing is heard: simulated"
    voice.perform(Speak(("Balance", "5 roubles"), "en"))
    assert voice._process is None
    assert voice.state() == {"language": "en", "words": ["Balance", "5 roubles"], "prompts": 1}
    voice.close()


def test_what_is_said_is_in_no_repr() -> None:
    assert "Anna" not in repr(Speak(("Anna",), "en"))


@pytest.mark.parametrize(
    ("options", "told"),
    [({"output": "speaker"}, "neither sound nor none"), ({"volume": 0}, "volume: write a number")],
)
def test_a_wrong_setting_is_a_mistake_of_the_configuration(
    options: dict[str, str | int | bool], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        made(**options)


def test_an_order_for_another_role_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        made(output="none").perform(RefuseNotes(NAME))
