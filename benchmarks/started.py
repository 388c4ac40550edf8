"""`kiosk run`, and a word to whoever started it when its first frame is on the screen.

python -m benchmarks.started FD ARGUMENTS: writes the moment (CLOCK_MONOTONIC, seconds) to FD.
"""

import functools
import os
import sys
import time

from kiosk import __main__ as command
from kiosk import app
from kiosk.screens.app import Shell
from kiosk.screens.view import View

told = int(sys.argv[1])


def framed(view: View) -> None:
    global told
    if told >= 0:
        os.write(told, f"{time.monotonic()}\n".encode())
        os.close(told)
        told = -1


vars(app)["Shell"] = functools.partial(Shell, on_frame=framed)
sys.exit(command.main(["run", *sys.argv[2:]]))
