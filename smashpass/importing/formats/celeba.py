"""The attribute list of CelebA: a count, the names, then 1 (has) or -1 (has not) a picture.

Only attributes with 1 become tags; -1 is treated as absent, as in other formats.
"""

from __future__ import annotations

from collections.abc import Generator
from io import BufferedReader
from pathlib import Path

from smashpass.core.errors import BadInput
from smashpass.importing.base.files import MAX_LINE
from smashpass.importing.base.onefile import OneFile
from smashpass.services.importing.ports import RawRecord, Unreadable


class CelebA(OneFile):
    """``list_attr_celeba.txt`` and files in the same format."""

    format = "celeba"
    names_files = True

    def __init__(self, path: Path) -> None:
        """Read the first two lines.

        Raises:
            BadInput: They are not a number and names.
        """
        super().__init__(path)
        with self.opened() as file:
            self._names = self._header(file)

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every line after the second; values are between any number of blanks."""
        with self.opened() as file:
            names = self._header(file)
            line = 2
            while raw := file.readline(MAX_LINE):
                line += 1
                values = raw.decode(errors="replace").split()
                if not values:
                    continue
                name = values.pop(0)
                if len(values) != len(names):
                    reason = f"{len(values)} values, where the second line names {len(names)}"
                    yield Unreadable(line, "malformed", reason)
                elif not {"1", "-1"}.issuperset(values):
                    yield Unreadable(line, "malformed", "a value is neither 1 nor -1")
                else:
                    pairs = zip(names, values, strict=True)
                    tags = [tag for tag, value in pairs if value == "1"]
                    yield RawRecord(line, {"file_name": name, "tags": tags})

    def _header(self, file: BufferedReader) -> list[str]:
        """Return the names of the attributes."""
        count = file.readline(MAX_LINE).removeprefix(b"\xef\xbb\xbf").strip()
        names = file.readline(MAX_LINE).decode(errors="replace").split()
        if not count.isdigit() or not names:
            raise BadInput(
                "the first line is not a count, or the second names nothing",
                where=f"{self._path}:1",
                hint="name list_attr_celeba.txt",
            )
        return names
