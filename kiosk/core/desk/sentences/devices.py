"""What the desk's section *devices* says, in English; see `kiosk.core.sentences`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "doc.test": "TEST · nothing was paid",
    "doc.test_page": "TEST PAGE",
    "doc.page_use": "Compare each line with its name. Where another letter or a ? stands, this "
    "printer lacks it, or its code page is set wrongly.",
    "doc.page_latin": "Letters and digits",
    "doc.page_signs": "Signs",
    "doc.page_cyrillic": "Cyrillic",
    "doc.page_german": "German",
    "doc.page_western": "Western Europe",
    "doc.page_central": "Central Europe",
    "doc.page_typography": "Quotation marks, dashes",
    "doc.page_money": "Currencies (or their short names)",
    "doc.page_title": "Large",
    "doc.page_strong": "Bold",
    "doc.page_small": "Small print",
    "doc.page_left": "At the left",
    "doc.page_right": "At the right",
    "doc.page_code": "Read this code with a phone: it says FOYER TEST and the number.",
    "doc.page_cut": "The cut comes below this line.",
    "err.no_such_work": "This kiosk does not know that work.",
    "err.no_such_volume": "There is no such volume. Choose off, low, middle or loud.",
}
