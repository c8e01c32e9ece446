"""Drafts of rule files: one a file and account, on top of the revision that they began with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput, NotPossible, StaleVersion
from smashpass.core.rules.draft import RuleDraft
from smashpass.core.rules.revision import Revision
from smashpass.core.text.line_endings import restore_line_endings
from smashpass.services.ports.rules import DraftStore, RevisionStore
from smashpass.services.rules.authoring.merge import Merge, merge

MAX_DRAFTS = 100
MAX_TEXT = 512 << 10
MAX_PATH = 200
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class EditedFile:
    """One file as an account has it before it.

    Attributes:
        path: Its path in the set.
        text: The draft, or what is published.
        base: Number of the revision that the text began with.
        active: Number of the revision that decides.
        saved_at: When the draft was saved; 0 if there is none.
        began: The text in the base; None if it was not in it.
        published: The text in the active revision; None if it is not in it.
    """

    path: str
    text: str
    base: int
    active: int
    saved_at: int
    began: str | None
    published: str | None

    @property
    def is_stale(self) -> bool:
        """Whether another text of this file than the draft was published in the meantime."""
        return self.saved_at > 0 and self.published not in (self.began, self.text)

    def merged(self) -> Merge:
        """Return the draft with what others published since it began."""
        return merge(self.began or "", self.text, self.published or "")


class Drafts:
    """Opens, keeps and drops drafts, and puts them on top of the active set."""

    def __init__(self, drafts: DraftStore, revisions: RevisionStore) -> None:
        self._drafts = drafts
        self._revisions = revisions

    def active(self) -> Revision:
        """Return the revision that drafts are made for.

        Raises:
            NotPossible: None is published.
        """
        revision = self._revisions.active()
        if revision is None:
            raise NotPossible("no rules are published", hint="publish some on the command line")
        return revision

    def open(self, account: int, path: str) -> EditedFile:
        """Return a file to work on; a path that the set lacks is a new, empty file.

        Raises:
            BadInput: The path is not valid for a rule file.
        """
        require_path(path)
        return self._piece(self.active(), path, self._drafts.find(account, path))

    def all(self, account: int) -> list[EditedFile]:
        """Return every draft of an account, by path."""
        active = self.active()
        return [self._piece(active, draft.path, draft) for draft in self._drafts.of(account)]

    def save(
        self, account: int, path: str, submitted: str, *, last_saved_at: int, base: int
    ) -> EditedFile:
        """Keep what a form sent, with the line breaks that the author wrote.

        A text that is as published needs no draft: there is none afterwards.

        Args:
            account: Whose draft it is.
            path: Of the file.
            submitted: What the text field held.
            last_saved_at: When the draft in the form was saved; 0 if there was none.
            base: The revision that the form was made from.

        Raises:
            BadInput: The path is not valid, the text is too large, or there are too many drafts.
            StaleVersion: Another window saved the draft in the meantime.
        """
        require_path(path)
        active = self.active()
        draft = self._drafts.find(account, path)
        if (0 if draft is None else draft.saved_at) != last_saved_at:
            raise StaleVersion(
                f"your draft of {path} was saved elsewhere in the meantime",
                hint="compare the two texts and save again",
            )
        began = self._text(base, path, active)
        text = restore_line_endings((began or "") if draft is None else draft.text, submitted)
        if len(text) > MAX_TEXT:
            raise BadInput(f"the text has {len(text)} characters", hint=f"use at most {MAX_TEXT}")
        if text == active.files.get(path) or (text == "" and path not in active.files):
            self._drafts.drop(account, path)
            return self._piece(active, path, None)
        if draft is None and len(self._drafts.of(account)) >= MAX_DRAFTS:
            raise BadInput(f"you have {MAX_DRAFTS} drafts", hint="publish or drop some")
        draft_saved = self._drafts.save(
            account, path, base=base, text=text, last_saved_at=last_saved_at
        )
        return self._piece(active, path, draft_saved)

    def rebase(
        self, account: int, path: str, *, last_saved_at: int, text: str | None = None
    ) -> EditedFile:
        """Let a draft go on from the active revision, with its own text or another one.

        Raises:
            BadInput: There is no such draft.
            StaleVersion: Another window saved it in the meantime.
        """
        active = self.active()
        draft = self._drafts.find(account, path)
        if draft is None:
            raise BadInput(f"you have no draft of {path}", hint="open the file")
        new = draft.text if text is None else text
        saved = self._drafts.save(
            account, path, base=active.number, text=new, last_saved_at=last_saved_at
        )
        return self._piece(active, path, saved)

    def drop(self, account: int, paths: Sequence[str]) -> int:
        """Forget drafts; return how many there were."""
        return sum(self._drafts.drop(account, path) for path in paths)

    def published(self, account: int, pieces: Sequence[EditedFile], now: Revision) -> int:
        """Forget drafts whose text is that of a revision; return how many others are left.

        What was saved again in the meantime stays, and so does a text that differs from the
        revision in nothing that decides: a revision is known by what it decides.
        """
        for piece in pieces:
            if piece.text == now.files.get(piece.path, ""):
                self._drafts.drop(account, piece.path, last_saved_at=piece.saved_at)
        return len(self._drafts.of(account))

    def _piece(self, active: Revision, path: str, draft: RuleDraft | None) -> EditedFile:
        published = active.files.get(path)
        if draft is None:
            text, number = published or "", active.number
            return EditedFile(path, text, number, number, 0, published, published)
        began = self._text(draft.base, path, active)
        return EditedFile(
            path, draft.text, draft.base, active.number, draft.saved_at, began, published
        )

    def _text(self, number: int, path: str, active: Revision) -> str | None:
        """Return a file as a revision has it."""
        revision = active if number == active.number else self._revisions.numbered(number)
        return revision.files.get(path)


def overlaid(files: Mapping[str, str], drafts: Mapping[str, str]) -> dict[str, str]:
    """Return files with drafts in their places; an empty draft takes the file out of the set."""
    merged_files = {**files, **drafts}
    return {path: text for path, text in sorted(merged_files.items()) if text or path not in drafts}


def require_path(path: str) -> None:
    """Refuse paths that are not valid for a rule file.

    Raises:
        BadInput: The path is not valid.
    """
    parts = path.split("/")
    if (
        len(path) > MAX_PATH
        or not path.isprintable()
        or not path.endswith(SUFFIXES)
        or "\\" in path
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise BadInput(
            f"{path[:80]!r} is not a valid path of a rule file",
            hint="use a relative path with /, ending in .yaml",
        )
