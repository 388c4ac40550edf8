"""The real espeak-ng says what is on the screens, in each language: to a file, for no ear."""

from __future__ import annotations

import array
import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from kiosk.core.ids import DeviceId
from kiosk.hardware.speech import Voice
from kiosk.hardware.transport import Transport
from kiosk.screens.transcript import spoken
from tests.screens.guest.hands import LANGUAGES
from tests.screens.samples import NOW_S, samples

pytestmark = pytest.mark.e2e

PROMPTS = 30
LETTERS_A_SECOND = (3.5, 30.0)
"""Of speech that is understood: letters some 15 a second, a digit as long as a word."""


def no_line() -> Transport:
    raise AssertionError("a voice has no line")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_prompt_is_heard_and_takes_as_long_as_its_words(
    language: str, tmp_path: Path
) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not there (make setup)")
    options: dict[str, str | int | bool] = {
        "program": "espeak-ng",
        "output": "sound",
        "sound_device": "",
        "words_a_minute": 150,
        "volume": 100,
        "limit_s": 120,
    }
    voice = Voice(DeviceId("voice"), options, start=1, connect=no_line)
    prompts = [spoken(view, NOW_S) for view in samples(language, False, False).values()]
    chosen = [words for words in dict.fromkeys(prompts) if words][:PROMPTS]
    assert len(chosen) == PROMPTS
    for number, words in enumerate(chosen):
        path = tmp_path / f"{number}.wav"
        text = ".\n".join(words)
        command = [*voice._command(language, 100), "-w", str(path)]
        subprocess.run(command, input=text.encode(), check=True, timeout=60)
        with wave.open(str(path)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
            loud = max(map(abs, array.array("h", sound.readframes(sound.getnframes()))))
        letters = len(text)
        assert LETTERS_A_SECOND[0] <= letters / seconds <= LETTERS_A_SECOND[1], (text, seconds)
        assert loud > 5000, f"{text!r} is silent"
