"""The language of pages, and the operator's names for the two verdicts.

Templates contain English texts; translations are gettext catalogues in ``translations``.
To add a language, add its catalogue and a row below; see docs/translating.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
        tag: BCP 47 tag, as sent by browsers.
        locale: CLDR locale; also the folder of its catalogue.
        name: Name of the language in that language.
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
        """The CLDR plural categories, each with an example number."""
        rule = Locale.parse(self.locale).plural_form
        examples: dict[str, int] = {}
        for number in range(200):
            examples.setdefault(rule(number), number)
        return list(examples.items())


LANGUAGES: Sequence[Language] = (Language("en", "en", "English"), Language("de", "de", "Deutsch"))
PSEUDO = Language("ar-XB", "ar_001", "Pseudo")
"""English made 40 % longer and right-to-left, to reveal layouts that a translation would break."""
_VERDICT = re.compile("smash|pass")
_OUTCOME = re.compile(r"(?:smash|pass) \d+(?: : (?:smash|pass) \d+)*")
_BY_TAG = {language.tag: language for language in (*LANGUAGES, PSEUDO)}


def chosen() -> Language:
    """Return the language of this request: the chosen one, else the browser's preference."""
    context = vars(g)
    if "language" not in context:
        tag = request.cookies.get(COOKIE, "")
        if tag not in _BY_TAG:
            # Not werkzeug's best_match, which answers "de-AT, en" with English for lack of de-AT.
            accepted = [tag for tag, quality in request.accept_languages if quality > 0]
            offered = [language.tag for language in LANGUAGES]
            tag = negotiate_locale(accepted, offered, sep="-") or offered[0]
        context["language"] = _BY_TAG[tag]
    language: Language = context["language"]
    return language


def is_known(tag: str) -> bool:
    """Return whether a language has this tag; the pseudo-locale counts."""
    return tag in _BY_TAG


def labels_of(settings: Settings) -> Mapping[str, str]:
    """Return the operator's names: of both verdicts, and of the site as ``app_name``."""
    return {name: settings.text(f"label_{name}") for name in ("smash", "pass", "app_name")}


def label_outcome(text: str, labels: Mapping[str, str]) -> str:
    """Return what a leaf decides with the operator's names: ``Smash 3 : Pass 1: reason``.

    Other texts, such as the question of a branch, stay as they are.
    """
    outcome = _OUTCOME.match(text)
    if outcome is None:
        return text
    return _VERDICT.sub(lambda verdict: labels[verdict[0]], outcome[0]) + text[outcome.end() :]


def add_languages(app: Flask, settings: Settings) -> None:
    """Provide ``_``, ``ngettext``, ``language`` and ``labels`` to the templates of ``app``."""
    Babel(
        app,
        default_translation_directories=str(FOLDER),
        locale_selector=lambda: chosen().locale,
    )
    labels = labels_of(settings)
    app.add_template_filter(lambda text: label_outcome(text, labels), "outcome")

    @app.context_processor
    def template_globals() -> dict[str, object]:
        """Variables available in every template."""
        language = chosen()
        return {
            "labels": labels,
            "language": language,
            "languages": LANGUAGES,
            "plural_forms": language.plural_forms,
        }
