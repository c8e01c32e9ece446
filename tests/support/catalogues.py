"""The catalogues of texts: made from the templates, kept complete, compiled.

``scripts/translate`` runs this as a program: it collects the texts, merges them into the catalogue
of each language, makes the pseudo-locale anew and compiles all of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from smashpass.bootstrap.installation import Installation
from smashpass.core.operations.notice import KINDS, OUTCOMES
from smashpass.core.people.shortcuts import ACTIONS, GROUPS
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.protection.minors import PROTECTIONS
from smashpass.services.privacy.transparency import ORDER
from smashpass.settings import load
from smashpass.store.people.personal_data import COLUMNS
from smashpass.web.languages import FOLDER, LANGUAGES, PSEUDO

WEB = FOLDER.parent
TEMPLATES = (WEB / "templates", WEB / "admin/templates")
PROGRAMS = WEB / "admin"
KEYWORDS = {"_": None, "_l": None, "lazy_gettext": None, "ngettext": (1, 2)}
"""What texts are asked for with, under the names that templates and programs use."""
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
Text = str | tuple[str, ...]
"""What a template asks for; with a number, one text for one and one for more."""


def path_of(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def texts() -> Iterator[tuple[str, Text]]:
    """Every text that a page may ask for, and where; the keys of tables come last."""
    for folder in TEMPLATES:
        yield from _texts_in(folder, "**.html", "jinja2.ext:babel_extract", {"silent": "false"})
    yield from _texts_in(PROGRAMS, "**.py", "python", {})
    parts = Installation(load({"SMASHPASS_HOME": "unused"}))
    kinds = [kind.what for kind in parts.retention_rules()]
    for text in (
        *KINDS.values(),
        *OUTCOMES.values(),
        *SOURCE_TYPES.values(),
        *kinds,
        ORDER,
        *PROTECTIONS.values(),
        *(column.what for column in COLUMNS.values()),
        *GROUPS.values(),
        *(action.label for action in ACTIONS),
    ):
        yield "(tables)", text


def _texts_in(
    folder: Path, pattern: str, method: str, options: dict[str, str]
) -> Iterator[tuple[str, Text]]:
    extracted = extract_from_dir(
        folder,
        method_map=[(pattern, method)],
        options_map={pattern: options},
        keywords=KEYWORDS,
    )
    for name, _line, text, _comments, _context in extracted:
        yield name, text


def empty(locale: str) -> Catalog:
    """A catalogue whose header says nothing that changes by itself, such as the time."""
    then = datetime(2026, 11, 24, tzinfo=UTC)
    return Catalog(
        locale=locale,
        header_comment=f"# Texts of the pages: {locale}. See docs/translating.md.",
        project="smashpass",
        version="1",
        msgid_bugs_address="-",
        creation_date=then,
        revision_date=then,
        last_translator="-",
        language_team="-",
        charset="utf-8",
        fuzzy=False,
    )


def template() -> Catalog:
    """The texts without a translation."""
    catalog = empty("en")
    for name, text in texts():
        catalog.add(text, locations=[(name, None)])
    return catalog


def read(locale: str) -> Catalog:
    with path_of(locale).open("rb") as file:
        return read_po(file, locale=locale)


def compiled(catalog: Catalog) -> bytes:
    target = BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def pseudo() -> Catalog:
    """English with accents, 40 % longer; placeholders stay."""
    catalog = empty(PSEUDO.locale)
    for message in template():
        if not message.id:
            continue
        source_text = message.id if isinstance(message.id, str) else message.id[-1]
        lengthened = longer(source_text)
        many = isinstance(message.id, tuple)
        catalog.add(message.id, (lengthened,) * catalog.num_plurals if many else lengthened)
    return catalog


_ACCENTED = str.maketrans("aceinosuyACEINOSUY", "áçéíñöšûýÁÇÉÍÑÖŠÛÝ")


def longer(text: str) -> str:
    placeholders = PLACEHOLDER.findall(text)
    plain = PLACEHOLDER.split(text)
    accented = [part.translate(_ACCENTED) for part in plain]
    joined = accented[0] + "".join(a + b for a, b in zip(placeholders, accented[1:], strict=True))
    more = -(-4 * sum(map(len, plain)) // 10)
    return f"{joined} {'õõõõõ ' * (more // 6)}{'õ' * (more % 6 or 1)}"


def save(locale: str, catalog: Catalog) -> None:
    path = path_of(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, no_location=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(catalog))


def main() -> int:
    """Bring all catalogues up to date; 1 if a text has no translation yet."""
    missing = 0
    for language in LANGUAGES[1:]:
        path = path_of(language.locale)
        catalog = read(language.locale) if path.is_file() else empty(language.locale)
        catalog.update(template(), no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        save(language.locale, catalog)
        for message in catalog:
            if message.id and not all([message.string] if message.string else [""]):
                missing += 1
                sys.stderr.write(f"translate: {path}: {message.id!r} has no translation yet\n")
    save(PSEUDO.locale, pseudo())
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
