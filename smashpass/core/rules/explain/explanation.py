"""Why an image got its verdict, in up to three sentences made from the decisive tests only.

The first has one phrase for each branch on the path that could have led to another verdict, except
those that only asked a model which said nothing. The second tells the odds of a draw. The third
says which number of a model counted, or that there was none. No sentence names the verdict: whoever
shows it puts it before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import gcd

from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.compile.closures import End
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.compile.probe import Trace
from smashpass.core.rules.decision import PassedBranch, Way
from smashpass.core.rules.explain.phrases import LISTED, Phrase, listing, phrase
from smashpass.core.rules.explain.plain_language import (
    compared_of,
    join_words,
    plain_value,
    subject_of,
    with_article,
)
from smashpass.core.rules.explain.words import (
    BranchWords,
    NamedTest,
    NodePath,
    TreeWords,
    branch_words,
    untaken,
    words_of,
)
from smashpass.core.rules.tree import Branch, Compare, Lottery, Node
from smashpass.core.values import Value, Verdict

KEPT_WAYS = 32
"""Branches with more ways are put together each time: kept, they would grow with their square."""
ALWAYS = "Every picture gets this verdict."
"""What is said where no test could have led to another verdict."""


def explain_path(
    compiled: CompiledTree, facts: Facts, trace: Trace, end: End, verdict: Verdict
) -> tuple[str, tuple[PassedBranch, ...]]:
    """Return the explanation of a decision, and the branches on its path.

    Args:
        compiled: The tree.
        facts: The image.
        trace: The tests on its path, by this tree.
        end: Where the path ends.
        verdict: The verdict; of a lottery, the one that was drawn.

    Cost: about 30 µs for five levels; some more for the first image on a path.
    """
    tree_words = words_of(compiled)
    facts = compiled.as_read(facts)
    crossed = list(_crossed(compiled, tree_words, trace))
    decisive = [(words, way) for words, way in crossed if words.others(way, verdict)]
    said = [_said(tree_words, words, way, facts) for words, way in decisive]
    names_subject = bool(decisive) and decisive[0][0] is crossed[0][0]
    sentences = [
        _first([parts for parts in said if parts], names_subject),
        _drawn(end, verdict) if isinstance(end, Lottery) else "",
        _model(trace, {words.branch.id for words, _ in decisive}),
    ]
    text = " ".join(sentence for sentence in sentences if sentence)
    return text or ALWAYS, tuple(_passed(words, way) for words, way in crossed)


def _crossed(
    compiled: CompiledTree, tree_words: TreeWords, trace: Trace
) -> Iterator[tuple[BranchWords, int]]:
    """Yield each branch on a path with the number of the way taken."""
    node: Node = compiled.tree.root
    node_path: NodePath = ()
    way = 0
    for probe, result, _ in trace:
        if probe.way is None or not isinstance(node, Branch):
            continue
        if not result:
            way += 1
            if way < len(node.arms):
                continue
        words = tree_words.branches.get(node_path)
        if words is None:
            words = tree_words.branches.setdefault(node_path, branch_words(node))
        yield words, way
        node = node.arms[way].then if result else node.otherwise
        node_path, way = (*node_path, way), 0


def _passed(words: BranchWords, taken: int) -> PassedBranch:
    if taken not in words.passed:
        if len(words.labels) > KEPT_WAYS:
            return _branch(words, taken)
        words.passed[taken] = _branch(words, taken)
    return words.passed[taken]


def _branch(words: BranchWords, taken: int) -> PassedBranch:
    ways = zip(words.labels, words.verdicts, strict=True)
    return PassedBranch(
        words.branch.id,
        tuple(
            Way(label.text, number == taken, verdicts)
            for number, (label, verdicts) in enumerate(ways)
        ),
    )


def _said(tree_words: TreeWords, words: BranchWords, way: int, facts: Facts) -> list[Phrase]:
    """Return the phrase for a way that an image took, in its parts.

    None for a model that said nothing: that has a sentence of its own.
    """
    arms = words.branch.arms
    holds = way < len(arms)
    static = words.labels[way]
    if (arms[way].then if holds else words.branch.otherwise).label:
        return [static._replace(affirms=holds)]
    missing = {attr for attr in words.attributes if facts.value(attr) is None}
    if missing and isinstance(test := untaken(words.branch), Compare) and is_plugin(test.attr):
        return []
    named = tree_words.named(words, way) if holds else None
    if named is not None:
        held = list(dict.fromkeys(_held(named, facts, missing)))
        if len(held) <= LISTED + 1:
            return held
        texts = listing([part.text for part in held], "and")
        return [Phrase(texts, held[0].affirms, compound=True)]
    if missing:
        return [phrase(arms[way].when if holds else untaken(words.branch), holds, missing)]
    return [static]


def _held(test: NamedTest, facts: Facts, missing: set[str]) -> Iterator[Phrase]:
    """Yield the words for what of a test holds: its parts, or all of it if they have no label."""
    if test.compared in missing:
        yield Phrase(f"no known {subject_of(test.compared)}", False)
        return
    held = [
        part
        for item in test.items
        if test.whole or item.holds(facts)
        for part in _held(item, facts, missing)
    ]
    if held and (not test.words.labelled or all(part.labelled for part in held)):
        yield from held
    else:
        yield test.words


def _first(said: Sequence[Sequence[Phrase]], names_subject: bool) -> str:
    """Return the phrases as one sentence, such as ``A person with a smile, but no hat``.

    The first phrase stands for the picture itself if it is that of the first question, and the
    author's.
    """
    if not said:
        return ""
    subject, rest = "a picture", said
    if names_subject and all(part.is_subject for part in said[0]):
        subject, rest = join_words([part.text for part in said[0]], "and"), said[1:]
    parts = list(chain.from_iterable(rest))
    # One "but" at most: what holds and what does not stand together, whichever came first.
    alike = [part for part in parts if part.affirms is parts[0].affirms]
    unlike = [part for part in parts if part.affirms is not parts[0].affirms]
    groups = [_together(group) for group in (alike, unlike) if group]
    text = f"{subject} with {', but '.join(groups)}" if groups else subject
    return f"{text[:1].upper()}{text[1:]}."


def _together(said: Sequence[Phrase]) -> str:
    """Join phrases of one sign; a comma ends each of them where one is a list of its own."""
    texts = [part.text for part in said]
    if len(texts) > 1 and any(", " in text or " or " in text for text in texts):
        return f"{', '.join(texts[:-1])}, and {texts[-1]}"
    return join_words(texts, "and")


def _drawn(lottery: Lottery, verdict: Verdict) -> str:
    """Return the odds of a draw, in the smallest numbers; "" if only one verdict could come out."""
    total = sum(outcome.weight for outcome in lottery.outcomes)
    chances = sum(outcome.weight for outcome in lottery.outcomes if outcome.verdict == verdict)
    if chances == total:
        return ""
    shared = gcd(chances, total)
    plural = "" if chances == shared else "s"
    return (
        f"Drawn by lot: this verdict had {chances // shared:,} chance{plural} "
        f"in {total // shared:,}."
    )


def _model(trace: Trace, nodes: set[str]) -> str:
    """Return what models said to the decisive tests, or that one of them said nothing."""
    read: dict[str, Value | None] = {
        probe.atom.attr: value
        for probe, _, value in trace
        if isinstance(probe.atom, Compare) and is_plugin(probe.atom.attr) and probe.node in nodes
    }
    if not read:
        return ""
    unknown = [subject_of(attr) for attr, value in read.items() if value is None]
    if unknown:
        return f"No model has rated its {listing(unknown, 'or')}, so the rules decided without it."
    return f"A model gave it {listing(list(_rated(read.items())), 'and')}."


def _rated(read: Iterable[tuple[str, Value | None]]) -> Iterator[str]:
    for attr, value in read:
        if isinstance(value, bool):
            yield f"a {plain_value(value)} for {subject_of(attr)}"
        elif value is not None:
            yield f"{with_article(compared_of(attr, value))} of {plain_value(value)}"
