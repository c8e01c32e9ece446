"""Loading rule files: from folders or texts to trees, with all their problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from smashpass.core.problems import Place, Problem
from smashpass.core.rules.example import Example
from smashpass.core.rules.ruleset import CheckedTree, RuleSet, Unread, UsableNames
from smashpass.core.rules.tree import DEFAULT_LABEL, Attribute, Branch, Tree
from smashpass.rulefiles.build.assemble import Assembly, attributes_read, check_ids, forks
from smashpass.rulefiles.build.expand import Expander
from smashpass.rulefiles.build.measure import Measure
from smashpass.rulefiles.build.unused import unused
from smashpass.rulefiles.located import Scalar
from smashpass.rulefiles.read.branches import read_node
from smashpass.rulefiles.read.drafts import FileDrafts
from smashpass.rulefiles.read.examples import read_examples
from smashpass.rulefiles.read.header import FileHeader
from smashpass.rulefiles.read.include import Files
from smashpass.rulefiles.read.predicates import read_predicate
from smashpass.rulefiles.read.scope import Scope
from smashpass.rulefiles.report import ProblemReport, in_order
from smashpass.rulefiles.yaml.folders import ManySources, Sources, TypedPath, folder_sources
from smashpass.rulefiles.yaml.sources import TextSources


def load(paths: Sequence[TypedPath]) -> RuleSet:
    """Load folders (all rule files below them) and files (each with what it includes).

    Messages name files as ``paths`` do. Paths of ``files`` are relative to the rules folder; if
    the arguments have different rules folders, each file has its name in messages instead.

    Raises:
        NotFound: A path does not exist, or a folder holds no rule file.
        NotPossible: A folder cannot be read.
    """
    folders = folder_sources(paths)
    if len(folders) == 1:
        return load_from(folders[0])
    rules = load_from(ManySources(folders))
    return replace(
        rules,
        files=rules.texts,
        display_names={name: name for name in rules.texts},
        ids={rules.display_names[key]: file_id for key, file_id in rules.ids.items()},
    )


def load_texts(files: Mapping[str, str]) -> RuleSet:
    """Load files given as texts by path, relative to the rules folder, with ``/``."""
    return load_from(TextSources(files))


def load_from(sources: Sources) -> RuleSet:
    """Load all files of ``sources``. Never fails: every mistake becomes a problem."""
    files = Files(sources)
    files.open_all()
    scopes = {key: _scope(files, header) for key, header in files.headers.items()}
    drafts = {key: _drafts(scopes[key], header) for key, header in files.headers.items()}
    examples = {
        key: read_examples(scopes[key], header.tests)
        for key, header in files.headers.items()
        if header.tests is not None and header.root is not None
    }
    by_name = {report.file: report for report in files.reports.values()}
    ids = {key: header.id for key, header in files.headers.items()}
    measure = Measure(drafts, by_name, ids)
    measure.all()
    attributes = {file.report.file: file.attributes.readable for file in files.headers.values()}
    expander = Expander(drafts, by_name, attributes, measure)
    built = {
        key: tree
        for key, header in files.headers.items()
        if (tree := _tree(files, header, drafts, expander, examples.get(key, ()))) is not None
    }
    _check_default(files.headers)
    # A fragment with an error invalidates every tree that includes it; the set is not used.
    trees = {
        key: checked.tree
        for key, (checked, whole) in built.items()
        if whole and not files.reports[key].has_errors
    }
    return RuleSet(
        trees=tuple(sorted(trees.values(), key=lambda tree: tree.id)),
        examples={tree.id: examples.get(key, ()) for key, tree in trees.items()},
        files=dict(sorted(files.texts.items())),
        checked=tuple(checked for checked, _ in built.values()),
        problems=_all_problems(by_name.values()),
        display_names={key: report.file for key, report in files.reports.items()},
        ids={key: header.id for key, header in files.headers.items() if header.id_at is not None},
        places={tree.id: built[key][0].places for key, tree in trees.items()},
        unused=_unused(files, drafts, sources),
        usable={key: _usable(scopes[key], header) for key, header in files.headers.items()},
    )


def _all_problems(reports: Iterable[ProblemReport]) -> tuple[Problem, ...]:
    """Return the problems of all files, by file and place."""
    return tuple(in_order(problem for report in reports for problem in report.problems))


def _unused(
    files: Files, drafts: Mapping[str, FileDrafts], sources: Sources
) -> tuple[Problem, ...]:
    """Return what is defined and never used; nothing while a file has errors.

    A name that is misspelt where it is used must not be reported as unused as well.
    """
    if any(report.has_errors for report in files.reports.values()):
        return ()
    return tuple(unused(files.headers, drafts, set(sources.paths())))


def _scope(files: Files, header: FileHeader) -> Scope:
    predicates, nodes = files.visible(header)
    return Scope(
        header.fields,
        header.text,
        header.attributes,
        header.weight,
        header.on_missing,
        predicates,
        nodes,
    )


def _usable(scope: Scope, header: FileHeader) -> UsableNames:
    return UsableNames(
        scope.predicates.names, scope.nodes.names, tuple(sorted(header.attributes.readable))
    )


def _drafts(scope: Scope, header: FileHeader) -> FileDrafts:
    return FileDrafts(
        {name: read_predicate(scope, body) for name, body in header.predicates.items()},
        {name: read_node(scope, body) for name, body in header.nodes.items()},
        None if header.root is None else read_node(scope, header.root),
    )


def _tree(
    files: Files,
    header: FileHeader,
    drafts: Mapping[str, FileDrafts],
    expander: Expander,
    examples: tuple[Example, ...],
) -> tuple[CheckedTree, bool] | None:
    """Check what one file defines, and build its tree if it has one.

    Returns the tree as far as it could be read, and whether it is complete.
    """
    own_drafts = drafts[header.key]
    for predicate in own_drafts.predicates.values():
        expander.predicate(predicate)
    id_places: dict[str, Place] = {}
    for node in (
        *own_drafts.nodes.values(),
        *(() if own_drafts.root is None else (own_drafts.root,)),
    ):
        check_ids(node, id_places, header.report)
        for fork in forks(node):
            expander.fork(fork)
    assembly = Assembly(expander, header.report)
    if own_drafts.root is None or not expander.affordable(own_drafts.root):
        return None
    root = assembly.tree(own_drafts.root)
    if root is None:
        return None
    attributes = _attributes(files, header, root)
    tree = Tree(
        id=header.id or header.key,
        root=root,
        title=header.title,
        description=header.description,
        owner=header.owner,
        labels=tuple(dict.fromkeys(label.text for label in header.labels)),
        attributes=attributes,
    )
    unread = Unread(
        frozenset(expander.unread),
        frozenset(assembly.unread),
        frozenset(assembly.possible),
        assembly.all_known,
        frozenset(assembly.placeholders),
    )
    return CheckedTree(tree, examples, assembly.places, unread), assembly.whole


def _attributes(files: Files, header: FileHeader, root: Branch) -> dict[str, Attribute]:
    """Return the tree's own declarations, and those of other files that the tree reads."""
    attributes = dict(header.attributes.declared)
    places = dict(header.attributes.places)
    read = attributes_read(root)
    for other in files.reachable(header):
        for name in sorted(read & other.attributes.declared.keys()):
            attribute = other.attributes.declared[name]
            earlier = attributes.setdefault(name, attribute)
            at = places.setdefault(name, other.attributes.places[name])
            if earlier.type != attribute.type:
                header.report.error(
                    "E309",
                    at if name in header.attributes.places else header.report.start,
                    f"{name} is {earlier.type} here and {attribute.type} in {other.report.file}",
                    hint="declare it with one type",
                    related=other.report.place(other.attributes.places[name]),
                )
    return attributes


def _check_default(headers: Mapping[str, FileHeader]) -> None:
    """Warn if more than one tree is labelled as the default."""
    first: tuple[ProblemReport, Scalar] | None = None
    for _, header in sorted(headers.items(), key=lambda item: item[1].id):
        label = next(
            (candidate for candidate in header.labels if candidate.text == DEFAULT_LABEL), None
        )
        if label is None or header.root is None:
            continue
        if first is None:
            first = header.report, label
            continue
        header.report.warning(
            "W304",
            label,
            f"two trees are labelled {DEFAULT_LABEL}; the first by id is taken",
            hint="remove one label",
            related=first[0].place(first[1]),
        )
