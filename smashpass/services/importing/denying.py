"""Tags that no image here may have: with every other name of theirs, and all that implies them."""

from __future__ import annotations

from smashpass.core.errors import BadSetting, BadTag
from smashpass.core.tags import normalise
from smashpass.core.vocabulary import Vocabulary


def denied_names(text: str, vocabulary: Vocabulary | None) -> frozenset[str]:
    """Return the names of all tags that ``text`` denies.

    Args:
        text: Names, separated by commas.
        vocabulary: The words of the library; None if there is none yet.

    Raises:
        BadSetting: One can be no tag.
    """
    denied: set[str] = set()
    for part in text.split(","):
        if not part.strip():
            continue
        try:
            name = normalise(part)
        except BadTag as error:
            raise BadSetting(
                error.detail, where="SMASHPASS_DENY_TAGS", hint="correct the name"
            ) from error
        denied.add(name)
        tag = None if vocabulary is None else vocabulary.resolve(name)
        if vocabulary is not None and tag is not None:
            denied.update(vocabulary.names[raw] for raw in vocabulary.sources(tag))
    return frozenset(denied)
