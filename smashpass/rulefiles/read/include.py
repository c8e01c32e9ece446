"""Which files belong together: follows includes, finds circles and clashing ids."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smashpass.rulefiles.grammar import MAX_SET_BYTES
from smashpass.rulefiles.located import Scalar
from smashpass.rulefiles.read.drafts import Target
from smashpass.rulefiles.read.header import FileHeader, read_header
from smashpass.rulefiles.read.scope import Visible
from smashpass.rulefiles.report import Names, ProblemReport, quote
from smashpass.rulefiles.yaml.events import read
from smashpass.rulefiles.yaml.folders import Sources
from smashpass.rulefiles.yaml.guards import decode
from smashpass.rulefiles.yaml.sources import SourceRefused


@dataclass(slots=True)
class Files:
    """Every file that was opened. Keys are paths relative to the rules folder.

    ``texts`` holds the files that are text, ``headers`` those that could be read to their end.
    """

    sources: Sources
    texts: dict[str, str] = field(default_factory=dict)
    headers: dict[str, FileHeader] = field(default_factory=dict)
    reports: dict[str, ProblemReport] = field(default_factory=dict)
    _bytes: int = 0

    def open_all(self) -> None:
        """Open all files and whatever they include, each once."""
        waiting = list(reversed(self.sources.paths()))
        while waiting:
            key = waiting.pop()
            if key in self.reports:
                continue
            header = self._open(key)
            if self._bytes > MAX_SET_BYTES:
                return
            if header is not None:
                self.headers[key] = header
                waiting += reversed(self._find_includes(header))
        self._check_circles()
        self._check_ids()

    def _open(self, key: str) -> FileHeader | None:
        report = self.reports[key] = ProblemReport(self.sources.display_name(key))
        try:
            raw = self.sources.read(key)
        except SourceRefused as refused:
            report.error(refused.problem_code, report.start, refused.detail, hint=refused.hint)
            return None
        self._bytes += len(raw)
        if self._bytes > MAX_SET_BYTES:
            limit = MAX_SET_BYTES // 1024**2
            report.error(
                "E101",
                report.start,
                f"the set is larger than {limit} MiB",
                hint="publish fewer files",
            )
            return None
        text = decode(raw, report)
        if text is None:
            return None
        self.texts[key] = text
        document = read(text, report)
        return None if document is None else read_header(key, text, document, report)

    def _find_includes(self, header: FileHeader) -> list[str]:
        """Find the included files; one that cannot be is reported at its path."""
        for include in header.includes:
            try:
                include.key = self.sources.find(header.key, include.path)
            except SourceRefused as refused:
                near = self._near(header, include.path) if refused.problem_code == "E302" else None
                hint = f"did you mean {near}?" if near else refused.hint
                header.report.error(refused.problem_code, include.at, refused.detail, hint=hint)
        return [include.key for include in header.includes if include.key is not None]

    def _near(self, header: FileHeader, path: str) -> str | None:
        """Return the most similar path of a file in the set, or None."""
        folder = posixpath.dirname(header.key) or "."
        others = (key for key in self.sources.paths() if key != header.key)
        return header.report.nearest(path, Names(posixpath.relpath(key, folder) for key in others))

    def _check_circles(self) -> None:
        """Report every include that leads back to a file it is included from."""
        finished: set[str] = set()
        for start in self.headers:
            trail = [start] if start not in finished else []
            left = [iter(self.headers[start].includes)] if trail else []
            while trail:
                include = next(left[-1], None)
                if include is None:
                    finished.add(trail.pop())
                    left.pop()
                elif include.key in trail:
                    keys = [*trail[trail.index(include.key) :], include.key]
                    circle = " → ".join(self.reports[key].file for key in keys)
                    self.headers[trail[-1]].report.error(
                        "E303",
                        include.at,
                        f"the include leads back to itself: {circle}",
                        hint="move what both need into a third file",
                    )
                elif include.key in self.headers and include.key not in finished:
                    trail.append(include.key)
                    left.append(iter(self.headers[include.key].includes))

    def _check_ids(self) -> None:
        """Report ids that two files of the set share."""
        first: dict[str, tuple[FileHeader, Scalar]] = {}
        for _, header in sorted(self.headers.items()):
            if header.id_at is None:
                continue
            other, at = first.setdefault(header.id, (header, header.id_at))
            if other is not header:
                header.report.error(
                    "E307",
                    header.id_at,
                    f"two files have the id {quote(header.id)}",
                    hint="give each file its own id",
                    related=other.report.place(at),
                )

    def reachable(self, header: FileHeader) -> list[FileHeader]:
        """Return the files that a file includes, directly or through others, in order."""
        files: dict[str, FileHeader] = {}
        waiting = [header]
        while waiting:
            for include in waiting.pop().includes:
                other = self.headers.get(include.key or "")
                if other is not None and other.key not in files and other is not header:
                    files[other.key] = other
                    waiting.append(other)
        return list(files.values())

    def visible(self, header: FileHeader) -> tuple[Visible, Visible]:
        """Return the predicates and nodes that a file may name: its own, and included ones."""
        files = [header]
        for include in header.includes:
            if include.key is not None and include.key in self.headers:
                files.append(self.headers[include.key])
        predicates = _targets((file, file.predicates) for file in files)
        nodes = _targets((file, file.nodes) for file in files)
        predicates |= {name: Target(header.key, name) for name in header.predicates}
        nodes |= {name: Target(header.key, name) for name in header.nodes}
        whole = header.includes_whole and all(file.id for file in files)
        whole = whole and all(include.key in self.headers for include in header.includes)
        return (
            Visible("predicate", predicates, whole=whole),
            Visible("node", nodes, whole=whole),
        )


def _targets(defined: Iterable[tuple[FileHeader, Mapping[str, object]]]) -> dict[str, Target]:
    """Return what the files define, as ``fragment.name``."""
    return {
        f"{header.id}.{name}": Target(header.key, name)
        for header, names in defined
        for name in names
    }
