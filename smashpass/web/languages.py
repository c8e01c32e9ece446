"""Which language a page is in, and the words that the operator chose for the two verdicts.

Texts stand in English in the templates; translations are gettext catalogues in ``translations``.
A language is added there and in the table below: docs/translating.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale, negotiate_locale
from flask import Flask, g, request
from flask_babel import Babel

from smashpass.settings import Settings

FOLDER = Path(__file__).parent / "translations"
COOKIE = "language"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages.

    Attributes:
        tag: Its BCP 47 tag, as browsers name it.
        locale: What CLDR calls it; also the folder of its catalogue.
        name: Its name in itself.
    """

    tag: str
    locale: str
    name: str

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return Locale.parse(self.locale).text_direction

    @property
    def plural_forms(self) -> list[tuple[str, int]]:
        """The CLDR plural categories, each with a number that is of it."""
        rule = Locale.parse(self.locale).plural_form
        found: dict[str, int] = {}
        for number in range(200):
            found.setdefault(rule(number), number)
        return list(found.items())


LANGUAGES: Sequence[Language] = (Language("en", "en", "English"), Language("de", "de", "Deutsch"))
PSEUDO = Language("ar-XB", "ar_001", "Pseudo")
"""English made 40 % longer and set from right to left: it shows what a translation would break."""
_BY_TAG = {language.tag: language for language in (*LANGUAGES, PSEUDO)}


def chosen() -> Language:
    """Return the language of this request: what was chosen, else what the browser asks for."""
    kept = vars(g)
    if "language" not in kept:
        tag = request.cookies.get(COOKIE, "")
        if tag not in _BY_TAG:
            # Not werkzeug's best_match: to it "de-AT, en" is English, for de-AT is not offered.
            wanted = [tag for tag, quality in request.accept_languages if quality > 0]
            offered = [language.tag for language in LANGUAGES]
            tag = negotiate_locale(wanted, offered, sep="-") or offered[0]
        kept["language"] = _BY_TAG[tag]
    language: Language = kept["language"]
    return language


def is_known(tag: str) -> bool:
    """Tell whether a language of this tag can be chosen; the pseudo-locale can, by its tag."""
    return tag in _BY_TAG


def add_languages(app: Flask, settings: Settings) -> None:
    """Let the templates of ``app`` speak: ``_``, ``ngettext``, ``language`` and ``labels``."""
    Babel(
        app,
        default_translation_directories=str(FOLDER),
        locale_selector=lambda: chosen().locale,
    )
    labels = {
        "smash": settings.text("label_smash"),
        "pass": settings.text("label_pass"),
        "title": settings.text("title"),
    }

    @app.context_processor
    def words() -> dict[str, object]:
        """What every template may use."""
        language = chosen()
        return {
            "labels": labels,
            "language": language,
            "languages": LANGUAGES,
            "plural_forms": language.plural_forms,
        }
