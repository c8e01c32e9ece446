"""The first form of a tree: nested closures that decide one image, optionally with a trace.

A decision and its trace run the same closures: a list is passed along, or None. So a trace
always shows the actual decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import fits, is_image, is_plugin, of_scorer
from smashpass.core.rules.compile.closures import End, Walk, closure_of
from smashpass.core.rules.compile.edits import PossibleEdits, possible_edits
from smashpass.core.rules.compile.lower import lower_tree
from smashpass.core.rules.compile.lowered import Atom, HasAny, LoweredTree, atoms, branches
from smashpass.core.rules.compile.probe import Trace, attributes_read
from smashpass.core.rules.decision import AttributeReason, Step, TagReason
from smashpass.core.rules.tree import Attribute, Compare, FacetTest, Lottery, Tree, leaves
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledTree:
    """A tree ready to decide images whose tags are ids of ``lowered.vocabulary``.

    Frozen and without state: threads and forked processes may share it.

    Attributes:
        attributes: Every attribute that some path may read, sorted.
        facets: Every part of a credit, and every way in which tags came, that some path may
            read, sorted.
        plugins: Those of them that are scorers' numbers.
        same_for_all: Whether nothing but the image decides: no attribute of anything else is
            read, and no outcome is drawn.
        edits: The changes of an image that the tree can notice.
        run: The closures.
    """

    tree: Tree
    lowered: LoweredTree
    attributes: tuple[str, ...]
    facets: tuple[str, ...]
    plugins: tuple[str, ...]
    same_for_all: bool
    edits: PossibleEdits
    run: Walk

    @property
    def asks_plugins(self) -> bool:
        """Whether some path may read a scorer's number."""
        return bool(self.plugins)

    def as_read(self, facts: Facts) -> Facts:
        """Return an image as the tests see it: a scorer's value that does not fit is missing."""
        return _fitting(facts, self.tree.attributes) if self.plugins else facts

    def leaf(self, facts: Facts) -> End:
        """Return the end of the path for ``facts``; 1–2 µs for five levels."""
        return self.run(facts, None)

    def trace(self, facts: Facts) -> tuple[End, Trace]:
        """Return the leaf and every test evaluated on the way, unformatted."""
        trace: Trace = []
        return self.run(facts, trace), trace

    def reached(self, facts: Facts) -> tuple[End, tuple[str, ...]]:
        """Return the leaf and the attributes read on the path, in order, each once."""
        leaf, trace = self.trace(facts)
        return leaf, attributes_read(trace)

    def walk(self, facts: Facts) -> tuple[End, tuple[Step, ...], tuple[str, ...]]:
        """Return the leaf, the formatted steps, and the attributes read on the path.

        The last step of each arm tells how the arm was decided; the tests before it, if the
        arm's test has parts, are those parts that were tried.
        """
        leaf, trace = self.trace(facts)
        return leaf, self.steps(trace, facts), attributes_read(trace)

    def steps(self, trace: Trace, facts: Facts) -> tuple[Step, ...]:
        """Format a trace, with the tags and values behind each result."""
        steps: list[Step] = []
        arm: dict[TagReason | AttributeReason, None] = {}
        for test, result, value in trace:
            because = tuple(arm) if test.atom is None else self._because(test.atom, value, facts)
            steps.append(Step(test.node, test.words, result, because))
            if test.way is None:
                arm.update(dict.fromkeys(because))
            else:
                arm.clear()
        return tuple(steps)

    def _because(
        self, atom: Atom, value: Value | None, facts: Facts
    ) -> tuple[TagReason | AttributeReason, ...]:
        match atom:
            case HasAny(tags):
                vocabulary = self.lowered.vocabulary
                names = vocabulary.names
                reasons = []
                for tag in tags & facts.tags:
                    via = vocabulary.via(tag, facts.own)
                    reasons.append(TagReason(names[tag], None if via is None else names[via]))
                return tuple(sorted(reasons, key=lambda reason: reason.tag))
            case Compare(attr):
                return (AttributeReason(attr, value),)
            case FacetTest(name):
                return (AttributeReason(name, value),)


def compile_tree(tree: Tree, vocabulary: Vocabulary) -> CompiledTree:
    """Return ``tree`` bound to ``vocabulary`` and ready to run; unknown tags match nothing.

    Raises:
        BadInput: A query in the tree asks for ``my:``.
    """
    lowered = lower_tree(tree, vocabulary)
    run = closure_of(lowered.root)
    tested = [
        atom for branch in branches(lowered.root) for arm in branch.arms for atom in atoms(arm.when)
    ]
    read = {atom.attr for atom in tested if isinstance(atom, Compare)}
    plugins = tuple(name for name in sorted(read) if is_plugin(name))
    return CompiledTree(
        tree,
        lowered,
        tuple(sorted(read)),
        tuple(sorted({atom.name for atom in tested if isinstance(atom, FacetTest)})),
        plugins,
        all(is_image(name) for name in read)
        and not any(isinstance(end, Lottery) for end in leaves(tree.root)),
        possible_edits(tree, lowered),
        _fitting_only(run, tree.attributes) if plugins else run,
    )


def _fitting_only(run: Walk, declared: Mapping[str, Attribute]) -> Walk:
    """Return the closures for facts in which a scorer's value may not fit its declaration."""
    return lambda facts, trace: run(_fitting(facts, declared), trace)


def _fitting(facts: Facts, declared: Mapping[str, Attribute]) -> Facts:
    beyond = facts.value

    def value(name: str) -> Value | None:
        any_value = beyond(name)
        if any_value is None or not is_plugin(name):
            return any_value
        return any_value if fits(any_value, of_scorer(name, declared)) else None

    return Facts(facts.own, facts.tags, value, facts.facet)
