"""Tracing: the path of one image through every active tree, drawn and described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from smashpass.bootstrap.container import Container
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.library.facts import Facts
from smashpass.core.library.index import Index
from smashpass.core.rules.explain.plain_language import headline
from smashpass.core.values import without_fraction
from smashpass.services.rules.authoring.outline import OutlineNode, only_path, outline
from smashpass.services.rules.authoring.trace import TreeTrace, trace
from smashpass.services.rules.book import facts_from_tags, parse_attributes, split_tags
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.rules.tree_picture import TreePicture, percent, picture

pages = PageRoutes("rules")


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """One tree with the path; drawn in full for the requested tree."""

    traced: TreeTrace
    root: OutlineNode
    drawn: TreePicture | None
    whole: bool


@dataclass(frozen=True, slots=True)
class TraceSubject:
    """The traced image: one of the library, or a hypothetical one."""

    facts: Facts
    tags: Sequence[str]
    unknown: Sequence[str] = ()
    hidden: bool = False


@pages.get("/rules/trace", role="analyst")
def trace_page(request: AdminRequest) -> Response:
    """Trace an image, or some tags."""
    services = request.services
    index = services.library.latest()
    parameters = {
        name: request.args.get(name, "").strip() for name in ("image", "tags", "attrs", "tree")
    }
    subject: TraceSubject | None = None
    problem = ""
    try:
        if parameters["image"] or parameters["tags"]:
            subject = _subject(services, index, parameters)
        traces = [] if subject is None else _shown(request, index, subject, parameters)
    except (BadInput, NotFound) as error:
        problem, traces = str(error), []
    return request.page(
        "rule_trace.html",
        status=400 if problem else 200,
        parameters=parameters,
        subject=subject,
        shown=traces,
        wrong=problem,
        percent=percent,
        plain=without_fraction,
        headline=headline,
    )


def _subject(services: Container, index: Index, parameters: Mapping[str, str]) -> TraceSubject:
    """Return the image to trace.

    Raises:
        BadInput: An attribute or a tag is invalid.
        NotFound: There is no such image.
    """
    pairs = [part for part in parameters["attrs"].replace("\n", ",").split(",") if part.strip()]
    values = parse_attributes(pairs)
    if not parameters["image"]:
        tags = split_tags(parameters["tags"])
        vocabulary = index.vocabulary
        unknown = [tag for tag in tags if vocabulary.find(tag) is None]
        return TraceSubject(facts_from_tags(vocabulary, tags, values), tags, unknown)
    ordinal = services.images.ordinal_of(parameters["image"])
    if ordinal is None or not (ordinal in index.live or ordinal in index.parts.hidden):
        raise NotFound(f"there is no image {parameters['image'][:40]!r}", hint="give an image id")
    facts = index.facts(ordinal, values)
    return TraceSubject(facts, tag_names(index, facts.own), (), ordinal not in index.live)


def _shown(
    request: AdminRequest, index: Index, subject: TraceSubject, parameters: Mapping[str, str]
) -> list[ShownTrace]:
    """Return every active tree with the traced path."""
    traces = trace(
        request.services.rules.book,
        index.vocabulary,
        subject.facts,
        image=parameters["image"],
    )
    names = [traced.tree.id for traced in traces]
    chosen = parameters["tree"] if parameters["tree"] in names else names[0]
    shown_traces = []
    for traced in traces:
        whole = traced.tree.id == chosen
        root = outline(traced.tree, path=set(traced.node_paths))
        root = root if whole else only_path(root)
        shown_traces.append(ShownTrace(traced, root, picture(root, request.labels), whole))
    return shown_traces
