"""What must be set before Kivy is imported for the first time: environment and configuration."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def prepare(
    size: tuple[int, int],
    *,
    fullscreen: bool = False,
    cursor: bool = True,
    frames_per_s: int = 60,
    home: Path | None = None,
) -> None:
    """Prepare Kivy for a kiosk's window of `size` pixels.

    Kivy's own defaults are a desktop's: it reads the command line, writes a configuration and logs
    into the user's home, takes each tap twice (from the window and from /dev/input), and quits on
    Escape. Each setting below undoes one of these.

    Args:
        size: width and height in pixels; a fullscreen window takes the panel's own size.
        fullscreen: cover the panel, without a frame.
        cursor: show the mouse's arrow (for a desktop; a touch panel has none).
        frames_per_s: upper limit; nothing is drawn while nothing changes.
        home: a writable directory for Kivy; a temporary one of this user's if none is given.

    Raises:
        RuntimeError: Kivy's window was imported already, so that nothing here could take effect.
    """
    if "kivy.core.window" in sys.modules:
        raise RuntimeError("prepare() must run before anything of kivy is imported")
    home = home or Path(tempfile.gettempdir()) / f"kiosk-kivy-{os.getuid()}"
    home.mkdir(parents=True, exist_ok=True)
    for name, value in {
        "KIVY_HOME": str(home),
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "KIVY_DPI": "96",
        "KIVY_METRICS_DENSITY": "1",
        "KIVY_METRICS_FONTSCALE": "1",
        # A view published by another thread wakes the loop at once instead of after a frame.
        "KIVY_CLOCK": "interrupt",
        "KIVY_GL_BACKEND": "sdl2",
        "KIVY_AUDIO": "sdl2",
    }.items():
        os.environ.setdefault(name, value)

    from kivy.config import Config

    wanted: dict[str, dict[str, object]] = {
        "graphics": {
            "width": size[0],
            "height": size[1],
            "fullscreen": "auto" if fullscreen else 0,
            "borderless": 1 if fullscreen else 0,
            "resizable": 0,
            # Multisampling is four times slower in software; what is round is drawn smooth instead.
            "multisamples": 0,
            "maxfps": frames_per_s,
            "show_cursor": 1 if cursor else 0,
            "allow_screensaver": 0,
        },
        # Kivy logs a traceback for every input library of the desktop that is not installed.
        "kivy": {"exit_on_escape": 0, "desktop": 0, "log_level": "critical"},
        "postproc": {"double_tap_time": 0, "triple_tap_time": 0},
        "input": {"mouse": "mouse,disable_multitouch"},
    }
    for section, settings in wanted.items():
        for key, setting in settings.items():
            Config.set(section, key, str(setting))
    # On Linux a finger reaches SDL as its mouse: any second provider would double each tap.
    for key in list(Config["input"]):
        if key != "mouse":
            Config.remove_option("input", key)
