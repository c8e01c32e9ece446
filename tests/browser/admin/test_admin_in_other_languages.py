"""The admin pages in other languages, in the narrowest window: all has room, none is English."""

from __future__ import annotations

import re

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.settings import load
from smashpass.web.languages import COOKIE, PSEUDO
from tests.support.admin import ROLES
from tests.support.axe import NARROW, scrolls_sideways

TAGS = ("beard", "hair:black", "hair:blonde", "kind:person", "crown", "glasses", "smile", "ghost")
UNTRANSLATED = """() =>
  [...document.querySelectorAll(
    "h1, h2, h3, button, label, legend, summary, th[scope=col], dt, caption, figcaption, option,"
    + "p.quiet"
  )]
    .filter((element) => element.checkVisibility() && !element.closest("code"))
    .map((element) => {
      const copy = element.cloneNode(true);
      const data = "code, kbd, q, input, select, textarea, a, svg";
      for (const part of copy.querySelectorAll(data)) part.remove();
      return copy.textContent.trim();
    })
    .filter((text) => /[a-zA-Z]{3}/.test(text) && !/[áçéíñöšûýÁÇÉÍÑÖŠÛÝõ]/.test(text))
"""
"""Texts of the pages that stayed English; links, codes and the like hold data."""
DATA = re.compile(
    rf"\b(?:{'|'.join((*TAGS, *ROLES))}|"
    r"image\.\w+|Smash|Pass|kind|hair|All avatars|Faces|Robots and creatures)\b"
)
"""Names that are the same in all languages: of tags, attributes, trees, verdicts and roles."""


@pytest.fixture(scope="module")
def addresses(shared_desk):
    """Every page that an administrator may open, with something on it."""
    parts = Installation(load({"SMASHPASS_HOME": str(shared_desk.home)}))
    services = Container(parts)
    image = parts.image_ids.encode(Ordinal(10))
    services.moderation.report(image, "illegal", "a reason to look at it", "me@example.org")
    run = parts.runs.start("/library/rows.csv", {})
    parts.runs.finish(run, "failed", error="the file is gone")
    parts.jobs.enqueue("bulk_tags", {"query": "beard"}, total=1)
    parts.engine.dispose()
    return (
        "", "images", "images?view=list", "images?q=beerd", f"images/{image}", "queue/untagged",
        "queue?q=beard", "bulk?q=beard", "bulk?q=beard&add=crown", "bulk/1", "changes", "changes/1",
        "changes/-/undo?change=1", "rules", "rules/new", "rules/review", "rules/trace",
        f"rules/trace?image={image}", "tags", "tags/beard", "tags/-/import", "moderation",
        "moderation/1", "quarantine", "imports", f"imports/{run}", f"imports/{run}/refused", "jobs",
        "audit", "accounts", "account", "account/keys",
    )  # fmt: skip


def has_words(text: str) -> bool:
    """Whether a text has words besides data."""
    return bool(re.search("[a-zA-Z]{3}", DATA.sub("", text)))


@pytest.mark.parametrize("tag", ["de", PSEUDO.tag])
def test_every_page_has_room_for_longer_words(shared_desk, addresses, tag):
    untranslated: dict[str, list[str]] = {}
    with shared_desk.browser_as("admin", viewport=NARROW) as page:
        cookie = {"name": COOKIE, "value": tag, "url": shared_desk.address}
        page.context.add_cookies([cookie])
        for path in addresses:
            page.goto(f"{shared_desk.address}/admin/{path}".rstrip("/"))
            assert page.locator(f"html[lang='{tag}']").count() == 1, path
            assert not scrolls_sideways(page), path
            if tag == PSEUDO.tag:
                texts = [text for text in page.evaluate(UNTRANSLATED) if has_words(text)]
                untranslated |= {path: texts} if texts else {}
        shared_desk.troubles[:] = [
            trouble for trouble in shared_desk.troubles if "status of 4" not in trouble
        ]
    assert untranslated == {}
