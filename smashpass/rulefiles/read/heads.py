"""The one key by which a mapping says what it is, such as ``if``, ``verdict`` or ``all``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smashpass.rulefiles.grammar import Construct
from smashpass.rulefiles.located import Entries
from smashpass.rulefiles.read.fields import describe_mapping, names_of
from smashpass.rulefiles.read.scope import Scope


@dataclass(frozen=True, slots=True)
class Heads:
    """The mappings of one kind, by the key that identifies each.

    Attributes:
        noun: What they are called in messages.
        code: Of the error for a mapping that is none of them, or two at once.
        constructs: What each may hold.
        two_hint: What to do where two such keys stand.
        none_hint: Returns what to do where none stands.
    """

    noun: str
    code: str
    constructs: Mapping[str, Construct]
    two_hint: str
    none_hint: Callable[[Entries], str]

    def find(self, scope: Scope, node: Entries) -> str | None:
        """Return the identifying key, a misspelt one included; report it if there is not one."""
        heads = [key for key, _ in node.entries if key.text in self.constructs]
        if len(heads) == 1:
            return heads[0].text
        if len(heads) > 1:
            scope.report.error(
                self.code,
                heads[1],
                f"the {self.noun} has two keys, {heads[0].text} and {heads[1].text}",
                hint=self.two_hint,
                related=scope.report.place(heads[0]),
            )
            return None
        known = {key for construct in self.constructs.values() for key in construct.allowed}
        for key, _ in node.entries:
            near = None
            if key.text not in known:
                near = scope.report.nearest(key.text, names_of(tuple(self.constructs)))
            if near is not None:
                return near
        message = f"expected a {self.noun}, found {describe_mapping(node)}"
        scope.report.error(self.code, node, message, hint=self.none_hint(node))
        return None
