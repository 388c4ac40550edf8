"""An errand's own process: reads what to do from its input, tells how far it is, and its result.

``python -m kiosk.errand_child`` is begun by `kiosk.errands.in_child`, and by nobody else.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import suppress
from pathlib import Path

from kiosk.book_errands import DOES
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.errands import Way
from kiosk.reporting import give_way

FIRST_TO_GO = "1000"
"""Where memory runs out the child goes, and the kiosk stays."""


def main() -> int:
    """Do one errand; 0, or 1 where it was refused or failed."""
    give_way()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever prints must not stand between two pickles.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    permille = -1

    def tell(*what: object) -> None:
        pickle.dump(what, told)
        told.flush()

    def far(done: int, of: int) -> None:
        nonlocal permille
        if permille != (permille := done * 1000 // max(of, 1)):
            tell("far", done, of)

    try:
        place, errand = pickle.load(sys.stdin.buffer)
        tell("done", DOES[type(errand)](place, errand, Way(far)))
    except Refused as refused:
        tell("refused", refused.key, refused.args_by_name)
        return 1
    except BrokenPipeError:
        # Whoever asked is gone.
        return 1
    except (ConfigError, LedgerCorrupt, OSError, StorageFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
