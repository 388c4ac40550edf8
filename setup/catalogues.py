"""Bring the catalogues in kiosk/locale up to date with kiosk/core/sentences.py, and compile them.

    .venv/bin/python setup/catalogues.py [LANGUAGE]

New sentences come in untranslated, sentences whose English changed are marked fuzzy, removed ones
go. What still wants a translator is listed, and tests/core/test_texts.py fails on it. A LANGUAGE
without a catalogue gets one.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kiosk.core.sentences import SENTENCES

FOLDER = Path(__file__).parents[1] / "kiosk" / "locale"


def brought_up_to_date(old: Catalog) -> Catalog:
    new = Catalog(
        locale=old.locale,
        project="kiosk",
        version="",
        copyright_holder="",
        msgid_bugs_address="the tracker of the project",
        last_translator="Foyer",
        language_team="Foyer",
        header_comment="# The words of the kiosk; English stands in kiosk/core/sentences.py.",
        creation_date=old.creation_date,
        revision_date=old.creation_date,
        fuzzy=False,
    )
    known = {message.context: message for message in old if message.id}
    for key, english in SENTENCES.items():
        before: Message | None = known.get(key)
        if before is None:
            new.add(english, context=key)
            continue
        changed = before.id != english
        same_shape = isinstance(before.id, str) == isinstance(english, str)
        flags = {"fuzzy"} if changed or before.fuzzy else set()
        new.add(english, before.string if same_shape else None, context=key, flags=flags)
    return new


def missing(catalogue: Catalog) -> list[str]:
    """Keys without a translation that counts."""
    return [
        str(message.context)
        for message in catalogue
        if message.id
        and (
            message.fuzzy
            or not message.string
            or (isinstance(message.string, tuple) and not all(message.string))
        )
    ]


def compiled(catalogue: Catalog) -> bytes:
    data = BytesIO()
    write_mo(data, catalogue)
    return data.getvalue()


def main(new_languages: list[str]) -> None:
    for language in new_languages:
        file = FOLDER / language / "LC_MESSAGES" / "kiosk.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            with file.open("wb") as out:
                write_po(out, Catalog(locale=language))
    for file in sorted(FOLDER.glob("*/LC_MESSAGES/kiosk.po")):
        with file.open("rb") as source:
            catalogue = brought_up_to_date(read_po(source, locale=file.parts[-3]))
        with file.open("wb") as out:
            write_po(out, catalogue, width=100, no_location=True)
        file.with_suffix(".mo").write_bytes(compiled(catalogue))
        left = missing(catalogue)
        print(f"{file.parts[-3]}: {len(SENTENCES) - len(left)} of {len(SENTENCES)} translated")
        for key in left:
            print(f"  to translate: {key}")


if __name__ == "__main__":
    main(sys.argv[1:])
