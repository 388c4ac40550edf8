"""A language more, by a catalogue that is dropped into the kiosk's folder: no code is changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import kiosk
from kiosk.core.sentences import SENTENCES
from tests.core.test_texts import catalogues

pytestmark = [pytest.mark.e2e, pytest.mark.beside]

ROOT = Path(kiosk.__file__).parents[1]
FRENCH: dict[str, str | tuple[str, str]] = {
    "language.name": "Français",
    "language.short": "FR",
    "format.decimal": ",",
    "keyboard.rows": "azertyuiop qsdfghjklm wxcvbnéèàç-'",
    "button.back": "Retour",
    "button.register_this": "Enregistrer cette carte",
    "button.top_up": "Recharger",
    "button.without_phone": "Sans numéro de téléphone",
    "welcome.headline": "Présentez votre carte",
    "register.unknown.headline": "Cette carte est nouvelle",
    "register.terms.headline": "Avant de commencer",
    "register.name.headline": "Comment vous appeler ?",
    "register.done.headline": "Votre carte est prête",
    "home.hello_name": "Bonjour, {name}",
    "home.balance": "Solde",
    "home.latest_today": "{amount} aujourd’hui à {time}",
    # Another placeholder than the sentence has: it is not used.
    "register.choice.headline": "Avec votre numéro {quel} ?",
}


def drop_in(package: Path) -> None:
    """What a translator hands over, where the other languages are."""
    catalogue = Catalog(locale="fr")
    for key, translated in FRENCH.items():
        catalogue.add(SENTENCES[key], translated, context=key)
    assert catalogue.plural_expr == "(n > 1)"
    file = package / "locale" / "fr" / "LC_MESSAGES" / "kiosk.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogues.compiled(catalogue))


def test_a_catalogue_dropped_in_is_a_language_from_the_next_start_on(tmp_path: Path) -> None:
    package = tmp_path / "kiosk"
    shutil.copytree(kiosk.__path__[0], package, ignore=shutil.ignore_patterns("__pycache__"))
    drop_in(package)
    store = tmp_path / "store"
    store.mkdir()
    driven = subprocess.run(
        [sys.executable, "-m", "tests.e2e.french", store],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
            "SDL_VIDEODRIVER": "offscreen",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert driven.returncode == 0, driven.stderr
    languages, *told = map(json.loads, driven.stdout.splitlines())
    assert list(languages) == ["en", "de", "fr", "ru"] and languages["fr"] == "Français"
    offered, welcome, unknown, terms, name, typed, done, home = told
    assert "Français" in offered and "Русский" not in offered, "[kiosk] languages decides"
    assert "Présentez votre carte" in welcome and "Aa · FR" in welcome
    assert "Cette carte est nouvelle" in unknown and "Enregistrer cette carte" in unknown
    assert "Avant de commencer" in terms
    assert SENTENCES["register.terms.1"] in terms, "what the catalogue lacks is English"
    assert "Comment vous appeler ?" in name
    assert {"A", "É", "Ç"} <= set(name), "the keys are those of the catalogue"
    assert "Aé" in typed
    assert "Votre carte est prête" in done
    assert {"Bonjour, Aé", "Solde", "0,00", "Recharger", "History"} <= set(home)
    said = "locale fr: register.choice.headline has other placeholders; English is used"
    assert said in driven.stderr
