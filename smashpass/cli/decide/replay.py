"""``smashpass decide --replay``: the decision log, replayed."""

from __future__ import annotations

from pathlib import Path

import click

from smashpass.bootstrap.container import Container
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.output import print_json, print_text
from smashpass.core.errors import BadInput, NotPossible
from smashpass.services.decisions.replay import ReplayedDecision

_SHOWN = 20


def replay_files(services: Container, paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Replay every record of log files; print each difference and return the exit code."""
    version = services.library.index.version
    replay = services.decisions.replayer()
    records, different = 0, 0
    differences: list[dict[str, object]] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                for replayed in replay(lines):
                    records += 1
                    if replayed.same:
                        continue
                    different += 1
                    differences.append({"file": str(path), **replayed.as_json()})
                    if not as_json and different <= _SHOWN:
                        print_text(_line(path, replayed, version))
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
