"""One installation with three doors: admin pages, API and command line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.admin import PASSWORD as PASSWORD
from tests.support.admin import Person, person

WHY = "a good reason"
EVERY_IMAGE = 400
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

    @cached_property
    def app(self) -> Flask:
        """The application, for which a command needs no time."""
        return create_app(load({"SMASHPASS_HOME": str(self.home), "SMASHPASS_LOG_LEVEL": "error"}))

    @cached_property
    def parts(self) -> Installation:
        """What the application is made of."""
        if "app" in self.__dict__:
            parts: Installation = self.app.extensions["smashpass"].installation
            return parts
        return Installation(load({"SMASHPASS_HOME": str(self.home)}))

    @cached_property
    def page(self) -> Person:
        """An admin who is signed in."""
        return person(self.app, "admin")

    @cached_property
    def token(self) -> str:
        """A token of the admin."""
        return self.parts.tokens.renew("admin")

    def close(self) -> None:
        """Close what was opened."""
        opened = self.__dict__
        if "app" in opened:
            self.app.extensions["smashpass"].installation.engine.dispose()
        if "parts" in opened:
            self.parts.engine.dispose()

    def api(self, method: str, path: str, body: Any = None) -> bool:
        """Ask the API as the admin; tell whether it was done."""
        answer = self.app.test_client(use_cookies=False).open(
            f"/api/v1/admin{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.status_code < 500, answer.text
        return answer.status_code < 300

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
                (names[tag], names[implied_tag])
                for tag, implied in vocabulary.implications.items()
                for implied_tag in implied
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
