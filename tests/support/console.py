"""The commands that a document shows, run as they stand, and their answers compared."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_END = "===ended==="


@dataclass(frozen=True)
class Example:
    """A command, and the answer that stands below it; ``…`` in it stands for anything."""

    command: str
    answer: str

    def is_answered_by(self, text: str) -> bool:
        pattern = ".*".join(map(re.escape, self.answer.strip().split("…")))
        return re.fullmatch(pattern, text.strip(), re.DOTALL) is not None


def examples_of(document: Path) -> list[Example]:
    """The commands of all blocks marked ``console``, in their order."""
    examples = []
    for block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            end = 1
            here = re.search(r"<<'(\w+)'$", lines[0].rstrip())
            if here:
                end = lines.index(f"{here[1]}\n") + 1
            examples.append(Example("".join(lines[:end]).rstrip(), "".join(lines[end:])))
    return examples


def run_examples(
    document: Path,
    folder: Path,
    environment: Mapping[str, str],
    shell: Sequence[str] = ("bash",),
    seen_as: str = "",
    seconds: float = 300,
) -> list[str]:
    """Run them in one shell; return what went otherwise, a text for each.

    Args:
        document: Where they stand.
        folder: Where they are run, and where the script is written.
        environment: The variables that they know.
        shell: What runs a script that is named behind it.
        seen_as: The path of the folder for that shell, if it differs.
        seconds: After which time they are given up.
    """
    examples = examples_of(document)
    script = "".join(f'{example.command}\necho "{_END} $?"\n' for example in examples)
    (folder / "examples.sh").write_text(script, encoding="utf-8")
    ended = subprocess.run(
        [*shell, f"{seen_as or folder}/examples.sh"],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    *answers, rest = re.split(rf"{_END} (\d+)\n", ended.stdout)
    assert len(answers) == 2 * len(examples), (rest, ended.stderr)
    return [
        f"$ {example.command}\n{text}(exit {status}) {ended.stderr[-500:]}"
        for example, text, status in zip(examples, answers[::2], answers[1::2], strict=True)
        if status != "0" or not example.is_answered_by(text)
    ]
