"""``/taste``: what a viewer's swipes add up to. The only page with personal data in its HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, render_template

from smashpass.bootstrap.container import Container
from smashpass.web.http.identity import Identity
from smashpass.web.languages import chosen


def add_results(pages: Blueprint, services: Container, identity: Identity) -> None:
    """Add the page to the pages of a site."""

    @pages.get("/taste")
    def taste() -> Response:
        """The viewer's results; strangers get the age question first."""
        if not identity.known():
            return _answer(render_template("age.html", page="taste"))
        state = identity.viewer()
        report: Mapping[str, Any] = services.results.report(state)
        answer = _answer(
            render_template(
                "taste.html",
                page="taste",
                report=report,
                cards=_cards(services, report),
                lines=_lines(report["steps"]),
                words=tag_words,
                suggestions=state.viewer.has_suggestions,
            )
        )
        identity.remember(answer)
        return answer


def tag_words(name: str) -> str:
    """Return a tag name as words: ``hair:light_blonde`` is "hair light blonde"."""
    return name.replace(":", " ", 1).replace("_", " ")


def _cards(services: Container, report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the cards that the report names, by public id; those just removed are left out."""
    choices = [*report["differing"]]
    if report["typical"]:
        choices += [*report["typical"]["most"], *report["typical"]["least"]]
    images = services.images
    ordinals = [images.ordinal_of(choice["image"]) for choice in choices]
    index = services.library.index
    cards = images.cached_cards(index, [ordinal for ordinal in ordinals if ordinal is not None])
    return {card.image: card.content for card in cards}


def _lines(steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the points of the two lines of the chart, in a square of 100 by 100.

    Steps without a verdict of the rules have no point on the line of agreement.
    """
    width = 100 / max(len(steps) - 1, 1)

    def points(part: str, whole: str) -> str:
        return " ".join(
            f"{place * width:.1f},{100 - 100 * step[part] / step[whole]:.1f}"
            for place, step in enumerate(steps)
            if step[whole]
        )

    return {"smashed": points("smashed", "cards"), "agreed": points("agreed", "compared")}


def _answer(content: str) -> Response:
    """Return a page that nothing keeps."""
    answer = Response(content, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    answer.content_language.add(chosen().tag)
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer
