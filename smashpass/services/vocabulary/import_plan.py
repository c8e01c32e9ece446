"""Importing a vocabulary from a file: one edit with everything valid, and a list of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from smashpass.core.errors import BadTag
from smashpass.core.operations.changelog import Texts, VocabularyPlan
from smashpass.core.tags.lookalikes import look_alikes, warning
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from smashpass.services.vocabulary.edited import new_names
from smashpass.services.vocabulary.texts import LANGUAGE, LONGEST, can_be_kept, one_line


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was left out, and why."""

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class VocabularyImport:
    """What a file brings.

    Attributes:
        edit: Everything as one edit, without what the library has already.
        refused: Rows left out.
        warnings: Parts of rows left out, each with its place.
    """

    edit: VocabularyPlan
    refused: tuple[RefusedRow, ...]
    warnings: tuple[RefusedRow, ...]


def plan_import(
    vocabulary: Vocabulary, texts: Mapping[str, Texts], entries: Sequence[DictionaryEntry]
) -> VocabularyImport:
    """Return the edit that adds ``entries`` to a vocabulary; nothing is ever taken away by it.

    A row is refused if its name is not a valid tag name or is an alias. An alias or an
    implication that would contradict what is there, or make a chain or a circle, is left out with
    a warning.
    Texts that the file leaves empty stay as they are.

    Args:
        vocabulary: The current vocabulary.
        texts: Category, label and description of each tag.
        entries: The rows of the file.

    Cost: some 10 µs a name, and for each implication a walk over what it leads to.
    """
    growing = _Growing(vocabulary, texts)
    rows = [(name, entry) for entry in entries if (name := growing.add_name(entry)) is not None]
    for name, entry in rows:
        for alias in entry.aliases:
            growing.add_alias(alias, name, entry.place)
    for name, entry in rows:
        for implied in entry.implications:
            growing.add_implication(name, implied, entry.place)
    return growing.outcome()


@dataclass
class _Growing:
    """A vocabulary by names, with what the file has added so far."""

    vocabulary: Vocabulary
    texts: Mapping[str, Texts]
    names: dict[str, None] = field(default_factory=dict)
    rows: set[str] = field(default_factory=set)
    aliased: dict[str, str] = field(default_factory=dict)
    implied: dict[tuple[str, str], None] = field(default_factory=dict)
    deprecated: dict[str, None] = field(default_factory=dict)
    described: dict[str, Texts] = field(default_factory=dict)
    labelled: dict[tuple[str, str], str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[RefusedRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Index the vocabulary by name."""
        names = self.vocabulary.names
        self.target = {names[a]: names[t] for a, t in self.vocabulary.aliases.items()}
        self.stood_for = set(self.target.values())
        self.leads_to = {
            names[tag]: {names[other] for other in others}
            for tag, others in self.vocabulary.implications.items()
        }
        self.bound = {name for others in self.leads_to.values() for name in others}
        self.bound |= self.leads_to.keys()

    def add_name(self, entry: DictionaryEntry) -> str | None:
        """Add the tag itself with its texts; return its name, None if the row is refused."""
        try:
            name = normalise(entry.name)
        except BadTag as error:
            self.refused.append(RefusedRow(entry.place, str(error)))
            return None
        if name in self.target:
            reason = f"{name!r} is an alias of {self.target[name]!r}"
            self.refused.append(RefusedRow(entry.place, reason))
            return None
        self.rows.add(name)
        self.places.setdefault(name, entry.place)
        tag = self.vocabulary.find(name)
        if tag is None:
            self.names[name] = None
        if entry.deprecated and (tag is None or tag not in self.vocabulary.deprecated):
            self.deprecated[name] = None
        before = self.described.get(name) or self.texts.get(name, ("", "", ""))
        merged = [
            self._text(entry, kind, text) or old
            for kind, text, old in zip(
                LONGEST, (entry.category, entry.label, entry.description), before, strict=True
            )
        ]
        after = (merged[0], merged[1], merged[2])
        if after != before:
            self.described[name] = after
        self._add_labels(name, entry)
        return name

    def _add_labels(self, name: str, entry: DictionaryEntry) -> None:
        """Add the labels in other languages; empty ones are ignored."""
        for spelling, text in entry.labels:
            language = spelling.lower()
            label = self._text(entry, "label", text)
            if LANGUAGE.fullmatch(language) is None:
                self._warn(entry.place, f"{spelling!a} is not a language tag such as fr or pt-br")
            elif "," in label:
                self._warn(entry.place, f"the label in {language} holds a comma")
            elif label:
                self.labelled[name, language] = label

    def add_alias(self, text: str, tag: str, place: int) -> None:
        """Add an alias of ``tag``."""
        alias = self._name(text, place)
        if alias is None or alias == tag or self.target.get(alias) == tag:
            return
        if alias in self.target:
            self._warn(place, f"{alias!r} is an alias of {self.target[alias]!r} already")
        elif alias in self.rows:
            self._warn(place, f"the alias {alias!r} has a row of its own")
        elif alias in self.stood_for:
            self._warn(place, f"{alias!r} has aliases, so it cannot be an alias")
        elif alias in self.bound:
            self._warn(place, f"{alias!r} has implications, so it cannot be an alias")
        else:
            self.target[alias] = self.aliased[alias] = tag
            self.stood_for.add(tag)

    def add_implication(self, tag: str, text: str, place: int) -> None:
        """Add that ``tag`` implies another."""
        name = self._name(text, place)
        if name is None:
            return
        implied = self.target.get(name, name)
        if implied == tag or tag in self._reached(implied):
            self._warn(place, f"{tag!r} → {name!r} would close a circle")
        elif implied not in self._reached(tag):
            self.leads_to.setdefault(tag, set()).add(implied)
            self.bound |= {tag, implied}
            self.implied[tag, implied] = None

    def outcome(self) -> VocabularyImport:
        """Return the edit so far."""
        edit = VocabularyPlan(
            names=tuple(self.names),
            aliased=tuple(self.aliased.items()),
            implied=tuple(self.implied),
            deprecated=tuple(self.deprecated),
            described=tuple(self.described.items()),
            labelled=tuple((*key, label) for key, label in self.labelled.items()),
        )
        for pair in look_alikes(new_names(self.vocabulary, edit), self.vocabulary):
            self._warn(self.places[pair[0]], warning(pair))
        return VocabularyImport(edit, tuple(self.refused), tuple(self.warnings))

    def _name(self, text: str, place: int) -> str | None:
        try:
            name = normalise(text)
        except BadTag as error:
            self._warn(place, str(error))
            return None
        self.places.setdefault(name, place)
        return name

    def _text(self, entry: DictionaryEntry, kind: str, text: str) -> str:
        """Return a text on one line; "" if it cannot be kept."""
        line = one_line(text)
        if not can_be_kept(kind, line):
            limit = LONGEST[kind]
            self._warn(entry.place, f"the {kind} is not up to {limit} printable characters")
            return ""
        return line

    def _reached(self, tag: str) -> set[str]:
        """Return all that a tag implies, through others too."""
        reached: set[str] = set()
        waiting: Iterable[str] = (tag,)
        while waiting:
            new = {
                implied for implying in waiting for implied in self.leads_to.get(implying, ())
            } - reached
            reached |= new
            waiting = new
        return reached

    def _warn(self, place: int, reason: str) -> None:
        self.warnings.append(RefusedRow(place, reason))
