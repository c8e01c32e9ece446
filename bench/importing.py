"""Importing a CSV file without pictures, by the command that a user types."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

from bench import loading
from bench.library import write_csv
from bench.processes import Finished, PeerFailed, run, smashpass
from bench.report import Row, at_most
from bench.site import FULL, Site

IMPORT_S = 360.0
IMPORT_B = 2e9
DATABASE_B = 1e9
SNAPSHOT_S = 60.0


def measure(site: Site) -> Iterator[Row]:
    """Measure import, snapshot, and a process on the imported library; up to 2 M images."""
    if site.size > FULL:
        yield Row("import", site.size, None, note="left out above 2,000,000 images")
        return
    file, home = site.folder / "library.csv", site.folder / "home"
    if not file.exists():
        site.say(f"writing {file.name}")
        write_csv(file, site.size, site.seed)
    shutil.rmtree(home, ignore_errors=True)
    environment = {"SMASHPASS_HOME": str(home)}

    def command(*arguments: str) -> Finished:
        site.say(f"smashpass {' '.join(arguments)}")
        process = run(smashpass(*arguments), site.folder, environment)
        if process.code:
            name = arguments[0]
            raise PeerFailed(f"`smashpass {name}` ended with {process.code}: {process.complaint}")
        return process

    size, judged = site.size, site.judged
    process = command("import", str(file), "--format", "csv", "--media", "none", "--json")
    summary = json.loads(process.output.strip().splitlines()[-1])
    assert summary["added"] == size, summary
    title = "import of a CSV file, with snapshot"
    yield at_most(title, size, process.seconds, IMPORT_S, judged=judged)
    memory = f"{title}: memory"
    yield at_most(memory, size, process.peak_rss, IMPORT_B, unit="B", judged=judged)
    # After the last connection is closed nothing is left in the write-ahead log.
    database = sum(path.stat().st_size for path in home.glob("smashpass.db*"))
    yield at_most("database", size, database, DATABASE_B, unit="B", judged=judged)

    process = command("index", "build")
    yield at_most("snapshot build", size, process.seconds, SNAPSHOT_S, judged=judged)
    yield Row("snapshot build: memory", size, process.peak_rss, "B")
    process = command("import", str(file), "--format", "csv", "--media", "none", "--json")
    summary = json.loads(process.output.strip().splitlines()[-1])
    assert summary["unchanged"] == size, summary
    yield Row("the same import again, all unchanged", size, process.seconds)
    yield from loading.read(site, home, "installation")
    shutil.rmtree(home)
