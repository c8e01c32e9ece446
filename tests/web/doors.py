"""One installation with three doors: admin pages, API and command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smashpass.bootstrap import Installation
from smashpass.cli.main import run
from tests.admin.conftest import PASSWORD as PASSWORD
from tests.admin.conftest import Person

WHY = "a good reason"
EVERY_IMAGE = 1_000
TREE = """
format: 1
id: {id}
labels: [{labels}]
root:
  if: beard
  then:
    if: glasses
    then:
      if: {tag}
      then: {{id: a, verdict: smash, reason: r}}
      else: {{id: b, verdict: pass, reason: r}}
    else: {{id: c, verdict: pass, reason: r}}
  else: {{id: d, verdict: pass, reason: r}}
"""
FILES = {"first.yaml": TREE.format(id="first", labels="default", tag="smile")}


@dataclass
class Doors:
    """One installation with its three doors."""

    home: Path
    parts: Installation
    page: Person
    api: Callable[..., Any]

    def cli(self, *arguments: str) -> bool:
        """Type a command; tell whether it was done."""
        return run([*arguments]) == 0

    def state(self) -> Any:
        """Everything that acts change, without numbers and moments."""
        self.parts.library.refresh()
        index, vocabulary = self.parts.library.index, self.parts.catalogue.vocabulary()
        active = self.parts.revisions.active()
        canary = self.parts.canarying.current()
        names = vocabulary.names
        return {
            "tags": sorted(map(str, self.parts.catalogue.tags())),
            "aliases": sorted((names[a], names[b]) for a, b in vocabulary.aliases.items()),
            "implications": sorted(
                (names[tag], names[one])
                for tag, implied in vocabulary.implications.items()
                for one in implied
            ),
            "images": {
                tag: sorted(images) for tag, images in index.parts.postings.items() if images
            },
            "live": sorted(index.live),
            "states": {
                record.key: record.state
                for record in self.parts.catalogue.images(range(1, EVERY_IMAGE))
            },
            "files": dict(active.files) if active else None,
            "canary": (canary.sha256, canary.percent) if canary else None,
            "jobs": [(job.kind, job.state, job.payload) for job in self.parts.jobs.newest()],
            "accounts": [
                (account.name, account.role) for account in self.parts.accounts.everyone()
            ],
        }
