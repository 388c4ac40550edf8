"""A guest who speaks French, at a kiosk whose languages are those of its own folder.

    python -m tests.e2e.french FOLDER

A process of its own, because the languages are read when the kiosk starts. Real core, store and
window; prints what stood on each screen, a line of JSON each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import books
from benchmarks.kiosk import Kiosk
from kiosk.core.situation import Registering
from kiosk.core.texts import LANGUAGES
from kiosk.screens.view import View
from tests.screens.desk.hands import inside

SETTINGS = '[kiosk]\nlanguages = ["en", "fr"]\nlanguage = "en"\n'


def guest(kiosk: Kiosk) -> None:
    """Chooses French on the welcome screen, registers a card under a name, sees the card's home."""

    def told(view: View) -> None:
        print(json.dumps(list(inside(view, str))), flush=True)

    def pressed(button: str) -> View:
        """A finger on what is drawn; the page to which it leads."""
        kiosk.shell.press(button)
        return kiosk.next_page()[0]

    def changed(button: str, until: str) -> View:
        """A finger on what is drawn; the same page as soon as this stands on it."""
        kiosk.shell.press(button)
        while until not in inside(view := kiosk.next_frame()[0], str):
            pass
        return view

    told(pressed("access"))
    changed("language:fr", "fr")
    told(pressed("back"))
    kiosk.tap(books.uid(1))
    told(kiosk.next_page()[0])
    told(pressed("register"))
    pressed("agree")
    told(pressed("without_phone"))
    changed("key:A", "A")
    told(changed("key:é", "Aé"))
    told(pressed("next"))
    assert not isinstance(kiosk.runtime.situation.scene, Registering), "the card is registered"
    kiosk.tap(books.uid(1))
    told(kiosk.next_page()[0])


def main(folder: Path) -> None:
    books.create(folder).close()
    kiosk = Kiosk(folder, (800, 480), motion=False, more=SETTINGS)
    print(json.dumps(LANGUAGES), flush=True)
    kiosk.run(guest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
