"""Spoken prompts for the headset, by espeak-ng: a process of its own for each thing that is said.

Source: espeak-ng(1). What is said goes through a pipe: others can read a process's arguments.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any, ClassVar

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, Event, Role, Speak
from kiosk.hardware.device import Options
from kiosk.hardware.transport import Transport

IDLE_S = 0.03
"""So long at most a new prompt waits for its turn."""

TRY_S = 5.0
"""So long the trial at the beginning may take: a silent word."""

KILLED_S = 1.0
"""So long a process that is killed may take to be gone."""

WAITING_MAX = 4
"""So many prompts wait for the one that is being said; the oldest give way."""

CHARACTERS_MAX = 6000
"""Of one prompt, so that a pipe takes it whole: Linux keeps 64 KiB in it."""


class Voice:
    """Says `Speak` in the headset; a new one ends the one before.

    Options: ``program``, ``output``, ``sound_device``, ``words_a_minute``, ``volume``, ``limit_s``
    (see ``[driver.espeak]`` in default.toml). It has no use for `connect` and `start`.

    Raises:
        ConfigError: no such `output`, or a number out of range.
    """

    role: ClassVar[Role] = "speech"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._program = str(options["program"])
        self._silent = options["output"] == "none"
        self._sound_device = str(options["sound_device"])
        self._limit_s = int(options["limit_s"])
        self._rate, self._volume = int(options["words_a_minute"]), int(options["volume"])
        mistakes = []
        if options["output"] not in ("sound", "none"):
            told = f'"{options["output"]}" is neither sound nor none'
            mistakes.append(f"[devices.{device}] output: {told}")
        for name, least, most in (
            ("words_a_minute", 80, 450),
            ("volume", 1, 200),
            ("limit_s", 5, 600),
        ):
            if not least <= int(options[name]) <= most:
                mistakes.append(f"[devices.{device}] {name}: write a number of {least} to {most}")
        if mistakes:
            raise ConfigError(mistakes)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._began_s = 0.0
        self._waiting: deque[Speak] = deque(maxlen=WAITING_MAX)
        self._last = Speak((), "")
        self._prompts = 0

    def open(self) -> str:
        """See `Device.open`: says a word without a sound, to see whether anybody could hear one."""
        self.close()
        if self._silent:
            return "nothing is heard: simulated"
        try:
            version = subprocess.run(
                [self._program, "--version"], capture_output=True, timeout=TRY_S, check=True
            )
            with tempfile.TemporaryFile() as said:
                subprocess.run(
                    self._command("en", 0), input=b"a", stderr=said, timeout=TRY_S, check=True
                )
                _check(said)
        except subprocess.TimeoutExpired:
            raise DeviceError(f"{self._program} does not come to an end") from None
        except subprocess.CalledProcessError as error:
            raise DeviceError(f"{self._program} ended with {error.returncode}") from None
        told = version.stdout.decode(errors="replace").partition("Data at")[0]
        return told.strip().removeprefix("eSpeak NG text-to-speech:").strip()

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`. Nothing ever happens here, but that a process ends badly or never."""
        if self._process is not None:
            status = self._process.poll()
            if status is not None:
                self._ended(status)
            elif time.monotonic() - self._began_s > self._limit_s:
                raise DeviceError(f"{self._program} was not done in {self._limit_s} s")
        time.sleep(min(timeout_s, IDLE_S))
        return ()

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`."""
        if not isinstance(effect, Speak):
            raise TypeError(f"{effect} is not for a voice")
        self._last, self._prompts = effect, self._prompts + 1
        if effect.after and self._process is not None:
            self._waiting.append(effect)
            return
        self._hush()
        if effect.words and not self._silent:
            self._say(effect)

    def _say(self, effect: Speak) -> None:
        text = ".\n".join(effect.words)[:CHARACTERS_MAX]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (it outlives this call)
        self._process = subprocess.Popen(
            self._command(effect.language, self._volume),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            bufsize=0,
        )
        self._began_s = time.monotonic()
        assert self._process.stdin is not None
        with self._process.stdin as pipe, suppress(BrokenPipeError):
            # Where it has ended already, `poll` sees it.
            pipe.write(f"{text}.\n".encode())

    def close(self) -> None:
        """See `Device.close`. Nothing is said any more."""
        self._hush()

    def state(self) -> dict[str, Any]:
        """What was said last, for the bench: its language, its words, how many prompts so far."""
        words, language = list(self._last.words), self._last.language
        return {"language": language, "words": words, "prompts": self._prompts}

    def _command(self, language: str, volume: int) -> list[str]:
        made = [self._program, "--stdin", "-b", "1", "-v", language]
        made += ["-s", str(self._rate), "-a", str(volume)]
        return [*made, "-d", self._sound_device] if self._sound_device else made

    def _ended(self, status: int) -> None:
        said = self._said
        waiting = self._waiting.popleft() if self._waiting else None
        left = tuple(self._waiting)
        try:
            if status:
                raise DeviceError(f"{self._program} ended with {status}")
            if said is not None:
                _check(said)
        finally:
            self._hush()
        if waiting is not None:
            self._say(waiting)
            self._waiting.extend(left)

    def _hush(self) -> None:
        self._waiting.clear()
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.kill()
            with suppress(subprocess.TimeoutExpired):
                # One that sticks in the sound's driver is ended by the kernel when that lets go.
                process.wait(KILLED_S)
        said, self._said = self._said, None
        if said is not None:
            said.close()


def _check(said: IO[bytes]) -> None:
    """Without a sound card the program ends well, and only says so.

    Raises:
        DeviceError: it said that something went wrong.
    """
    said.seek(0)
    for line in said.read().decode(errors="replace").splitlines():
        if line.lower().startswith("error"):
            raise DeviceError(f"no sound: {line.partition(':')[2].strip()}")
