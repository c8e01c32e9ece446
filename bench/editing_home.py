"""The installation in which the admin pages are measured: 2 M images, 100,000 tags, an editor."""

from __future__ import annotations

from pathlib import Path

from bench.library import CSV_HEADER, NAMES, write_csv
from bench.processes import PeerFailed, run, smashpass
from bench.site import Site

TAGS = 100_000
EDITOR = "editor"
PASSWORD = "a long enough passphrase"
_STEP = 2_654_435_761
"""Coprime to every number of tags, so that rare tags are spread evenly."""


def editing_home(site: Site) -> Path:
    """Return the installation; made once for each work folder, in some 8 minutes for 2 M images."""
    home = site.folder / "editing" / "home"
    marker = home.parent / "done"
    if marker.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    file = home.parent / "library.csv"
    site.say(f"writing {file.name}")
    _write_library(file, site)
    rules = Path(__file__).resolve().parents[1] / "rules"
    steps = (
        (("import", str(file), "--format", "csv", "--media", "none", "--json"), b""),
        (("rules", "publish", str(rules), "--reason", "benchmark"), b""),
        (("admin", "create", EDITOR, "--role", "admin"), f"{PASSWORD}\n".encode()),
    )
    for arguments, entered in steps:
        site.say(f"smashpass {' '.join(arguments)}")
        environment = {"SMASHPASS_HOME": str(home)}
        ended = run(smashpass(*arguments), home.parent, environment, entered=entered)
        if ended.code:
            raise PeerFailed(f"`smashpass {arguments[0]}` ended with {ended.code}")
    marker.touch()
    return home


def _write_library(file: Path, site: Site) -> None:
    """Write the made-up library, with one of many rare tags on each image."""
    plain = file.with_suffix(".plain")
    write_csv(plain, site.size, site.seed)
    rare_tags = site.times(TAGS, 2_000) - len(NAMES)
    column = CSV_HEADER.split(",").index("tags")
    with plain.open(encoding="utf-8") as source, file.open("w", encoding="utf-8") as target:
        target.write(next(source))
        for number, line in enumerate(source):
            cells = line.split(",")
            cells[column] += f" rare:word_{number * _STEP % rare_tags:05d}"
            target.write(",".join(cells))
    plain.unlink()
