"""``smashpass decide --replay``: the decision log, replayed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import click

from smashpass.bootstrap.installation import Installation
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.output import print_json, print_text
from smashpass.core.errors import BadInput, NotPossible, RulesInvalid
from smashpass.services.decisions.replay import ReplayedDecision, replay
from smashpass.services.rules.book import RuleBook
from smashpass.services.vocabulary.history import PastVocabularies

_SHOWN = 20


def replay_files(installation: Installation, paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Replay every record of log files; print each difference and return the exit code."""
    index = installation.library.index

    @lru_cache(maxsize=8)
    def book_of(sha256: str) -> RuleBook:
        revision = installation.publishing.find(sha256)
        rules = installation.load_rules(revision.files)
        if rules.errors:
            raise RulesInvalid(rules.problems)
        return RuleBook.of(revision.sha256, rules.trees, revision.number)

    past_vocabularies = PastVocabularies(installation.changes, index.vocabulary, index.version)
    records, different = 0, 0
    differences: list[dict[str, object]] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                for replayed in replay(lines, book_of, past_vocabularies.at):
                    records += 1
                    if replayed.same:
                        continue
                    different += 1
                    differences.append({"file": str(path), **replayed.as_json()})
                    if not as_json and different <= _SHOWN:
                        print_text(_line(path, replayed, index.version))
        except BadInput as error:
            raise BadInput(error.detail, where=str(path), hint=error.hint) from error
        except (OSError, UnicodeDecodeError) as error:
            raise NotPossible(
                f"cannot read the log: {error}", where=str(path), hint="give a decision log file"
            ) from error
    if as_json:
        same = records - different
        body = {
            "records": records,
            "same": same,
            "different": different,
            "differences": differences,
        }
        print_json(body)
    else:
        click.echo(f"{records} decisions replayed, {different} differ")
    return ExitCode.FAILED if different else ExitCode.DONE


def _line(path: Path, replayed: ReplayedDecision, version: int) -> str:
    """Describe one difference in one line."""
    document = replayed.as_json()
    since = (
        f"; the library was {replayed.library}, is {version}" if replayed.library != version else ""
    )
    why = f" ({replayed.why})" if replayed.why else ""
    return f"{path}:{replayed.line}: {document['recorded']} is now {document['now']}{why}{since}"
