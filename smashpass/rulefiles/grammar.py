"""The grammar of rule files as tables: keys of every construct, words, limits, codes.

These tables are pure data. The reader uses them, and so does everything that describes the
format (the editor schema, the language page).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.core.rules.tree import AttributeType, Operator
from smashpass.core.values import Verdict

FORMAT = "1"
SUFFIXES = (".yaml", ".yml")

MAX_FILE_BYTES = 256 * 1024
MAX_SET_BYTES = 2 * 1024 * 1024
MAX_NESTING = 32
MAX_NODES = 20_000
MAX_SET_NODES = 200_000
"""Nodes of all trees of a set together, after fragments are expanded."""
MAX_DIGITS = 15
MAX_SHOWN = 50
"""Problems of one file that are shown."""

MAX_ID = 64
MAX_PATH = 255
MAX_TITLE = 200
MAX_REASON = 500
MAX_LABEL = 80
MAX_NOTE = 2_000
MAX_WEIGHT = 100
MAX_ODDS = 1_000_000
MAX_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class Construct:
    """A mapping of the grammar: its name in messages, its keys, and the required ones."""

    name: str
    allowed: tuple[str, ...]
    required: tuple[str, ...] = ()


FILE = Construct(
    "the file",
    (
        "format",
        "id",
        "title",
        "description",
        "owner",
        "labels",
        "include",
        "attributes",
        "defaults",
        "predicates",
        "nodes",
        "root",
        "tests",
    ),
    ("format", "id"),
)
DEFAULTS = Construct("defaults", ("weight", "on_missing"))
NUMBER_ATTRIBUTE = Construct("the attribute", ("type", "min", "max", "source"), ("type",))
OTHER_ATTRIBUTE = Construct("the attribute", ("type", "source"), ("type",))

IF = Construct("the node", ("if", "then", "else", "id", "label", "note"), ("if", "then", "else"))
CHOOSE = Construct("the node", ("choose", "else", "id", "label", "note"), ("choose", "else"))
USE = Construct("the node", ("use", "label", "note"), ("use",))
LEAF = Construct(
    "the leaf", ("verdict", "reason", "id", "weight", "label", "note"), ("verdict", "reason", "id")
)
LOTTERY = Construct("the weighted leaf", ("outcomes", "id", "label", "note"), ("outcomes", "id"))
NODES: Mapping[str, Construct] = {
    "if": IF,
    "choose": CHOOSE,
    "use": USE,
    "verdict": LEAF,
    "outcomes": LOTTERY,
}
"""Node types by the key that identifies them."""

ARM = Construct("the arm", ("when", "then", "note"), ("when", "then"))
OUTCOME = Construct("the outcome", ("verdict", "weight", "reason"), ("verdict", "weight", "reason"))

OPERATORS: tuple[Operator, ...] = ("eq", "ne", "lt", "lte", "gt", "gte", "between", "in")
PREDICATES: Mapping[str, Construct] = {
    "tag": Construct("the predicate", ("tag", "label"), ("tag",)),
    "all": Construct("the predicate", ("all", "label"), ("all",)),
    "any": Construct("the predicate", ("any", "label"), ("any",)),
    "none": Construct("the predicate", ("none", "label"), ("none",)),
    "not": Construct("the predicate", ("not", "label"), ("not",)),
    "at_least": Construct("the predicate", ("at_least", "of", "label"), ("at_least", "of")),
    "is": Construct("the predicate", ("is", "label"), ("is",)),
    "query": Construct("the predicate", ("query", "label"), ("query",)),
    "attr": Construct("the comparison", ("attr", *OPERATORS, "on_missing", "label"), ("attr",)),
}
"""Predicate types by the key that identifies them."""
WORDING = Construct("the label", ("then", "else"), ("then", "else"))
"""The words for a predicate that holds, and for one that does not, where both are written."""

TEST = Construct("the test", ("name", "given", "expect"), ("name", "given", "expect"))
GIVEN = Construct("given", ("tags", "attrs"))
EXPECT = Construct("expect", ("leaf", "verdict", "weight", "odds"))
ODDS = Construct("odds", ("smash", "pass"))

VERDICTS: tuple[Verdict, ...] = ("smash", "pass")
TYPES: tuple[AttributeType, ...] = ("integer", "number", "boolean", "text")
OPERATORS_OF: Mapping[AttributeType, tuple[Operator, ...]] = {
    "integer": OPERATORS,
    "number": OPERATORS,
    "boolean": ("eq", "ne"),
    "text": ("eq", "ne", "in"),
}
NAMESPACES = ("image", "viewer", "query", "plugin")
"""The namespaces of attributes; tags cannot use them."""

CODES: Mapping[str, str] = {
    "E100": "the text is not valid YAML",
    "E101": "a file or the set is too large",
    "E102": "the file is not UTF-8",
    "E103": "an invisible character, or one that changes the direction of text",
    "E104": "nested too deeply, or too many nodes",
    "E105": "an anchor or alias",
    "E106": "a YAML tag",
    "E107": "a duplicate key",
    "E108": "a key is not text",
    "E109": "a second document",
    "E110": "an empty value",
    "E111": "an empty file",
    "E201": "a list or mapping is missing, or not allowed here",
    "E202": "an unknown key",
    "E203": "a missing key",
    "E204": "not a text, or not of the required form",
    "E205": "a malformed number",
    "E206": "a number out of range",
    "E207": "a boolean other than true and false",
    "E208": "an unknown format",
    "E209": "min above max",
    "E210": "a list where a predicate is expected",
    "E211": "no key of a predicate, or more than one",
    "E212": "an empty list",
    "E213": "a query that cannot be read",
    "E214": "no comparison, or more than one",
    "E215": "no key of a node, or more than one",
    "E216": "a verdict other than smash and pass",
    "E217": "a value that is not in the list of allowed ones",
    "E301": "an include leaves the rules folder",
    "E302": "an included file does not exist",
    "E303": "circular includes or fragments",
    "E304": "a bad tag pattern",
    "E305": "an unknown fragment",
    "E306": "an undeclared attribute",
    "E307": "a duplicate id",
    "E308": "a comparison or value does not fit the type",
    "E309": "an attribute is declared with two types",
    "E401": "the same condition twice in one list",
    "E402": "a condition that can never be true",
    "E403": "at_least is below 1 or above the number of items",
    "E404": "a scorer's attribute without on_missing",
    "E405": "a constant outside the declared range",
    "E406": "the ends of between are reversed",
    "E407": "deeper than five levels",
    "E408": "both ways lead to the same result",
    "E409": "an arm that can never be reached",
    "E410": "all weights are 0",
    "E411": "shallower than three levels",
    "E601": "a test expects a leaf that does not exist",
    "E602": "a test fails",
    "E603": "two tests with the same input expect different results",
    "W301": "a tag, a wildcard or a term of a query that the library cannot match",
    "W302": "an alias instead of its tag",
    "W304": "two trees are labelled default",
    "W410": "one outcome has all the weight",
    "W402": "a part of a condition always has the same answer",
    "W408": "a question of a fragment that decides nothing here",
    "W409": "an arm of a fragment that can never be reached here",
    "W501": "a predicate, node or attribute that nothing uses",
    "W502": "a branch that no test takes",
    "W503": "a leaf that no image of the library reaches, or nearly all do",
    "W504": "a tree that is too large for exact analysis",
}
"""The meaning of each code. Codes that begin with E are errors, with W warnings."""
