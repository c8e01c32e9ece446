"""The audit trail as a chain: whatever is done to it behind its back is found."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert, select, text, update

from smashpass.core.operations.chain import BEGINNING, End, Link, check, digest
from smashpass.store.engine import migrations
from smashpass.store.engine.audit_chain import END, link_of, remove_before, write_end
from smashpass.store.engine.database import connect, migrate, reading, writing
from smashpass.store.engine.tables import audit
from smashpass.store.operations.audit import Audit

TAMPERINGS = 1_000
ENTRIES = 20


def filled(engine, count: int = ENTRIES) -> Audit:
    trail = Audit(engine)
    for number in range(count):
        trail.append("ann", "publish", f"rev{number}", {"n": number, "ä": "ö"})
    return trail


def links(engine) -> list[Link]:
    with reading(engine) as connection:
        return [link_of(row) for row in connection.execute(select(audit).order_by(audit.c.id))]


def tampered(chance: random.Random, chain: list[Link]) -> list[Link]:
    """A chain with one thing done to one row, which the doer hides as well as a row can."""
    links, place = list(chain), chance.randrange(len(chain))
    link = links[place]
    before = links[place - 1].sha256 if place else BEGINNING
    match chance.randrange(9):
        case 0:
            links[place] = replace(link, at=link.at + chance.choice((-1, 1)))
        case 1:
            field = chance.choice(("actor", "action", "target"))
            links[place] = replace(link, **{field: getattr(link, field) + "x"})
        case 2:
            links[place] = replace(link, detail=link.detail.replace("}", " }"))
        case 3:  # changed, and its own digest made again
            changed = replace(link, actor="nobody")
            links[place] = replace(changed, sha256=digest(before, changed))
        case 4:
            del links[place]
        case 5:
            other = (place + 1 + chance.randrange(len(links) - 1)) % len(links)
            links[place], links[other] = links[other], links[place]
        case 6:  # moved, and numbered so that the order looks right
            other = (place + 1 + chance.randrange(len(links) - 1)) % len(links)
            links[place] = replace(links[other], id=link.id)
            links[other] = replace(link, id=links[other].id)
        case 7:  # added, with a digest that fits to the one before
            extra = replace(link, id=link.id + 1, actor="mallory")
            links.insert(place + 1, replace(extra, sha256=digest(link.sha256, extra)))
        case _:
            turned = bytearray(link.sha256)
            turned[chance.randrange(32)] ^= 1 << chance.randrange(8)
            links[place] = replace(link, sha256=bytes(turned))
    return links


def test_every_one_of_1_000_tamperings_is_found(engine):
    filled(engine)
    chain = links(engine)
    start, end = End(), End(chain[-1].id, chain[-1].sha256)
    assert check(chain, start, end) == (ENTRIES, None)
    chance = random.Random(1)

    missed = [number for number in range(TAMPERINGS)
              if check(tampered(chance, chain), start, end)[1] is None]  # fmt: skip

    assert missed == []


@pytest.mark.parametrize(
    "statement",
    [
        update(audit).where(audit.c.id == 7).values(actor="nobody"),
        update(audit).where(audit.c.id == 7).values(detail="{}"),
        delete(audit).where(audit.c.id == 7),
        delete(audit).where(audit.c.id == ENTRIES),
        delete(audit).where(audit.c.id == 1),
        delete(audit),
        update(audit).where(audit.c.id == 7).values(id=77),
        insert(audit).values(
            id=21, at=1, actor="m", action="x", target="", detail="{}", sha256=bytes(32)
        ),
    ],
)
def test_what_is_done_in_the_database_is_found_there(engine, statement):
    trail = filled(engine)
    assert trail.verify()[2] is None
    with writing(engine) as connection:
        connection.execute(statement)
    assert trail.verify()[2] is not None


def test_old_entries_go_and_the_chain_begins_behind_them(engine):
    trail = filled(engine)
    moments = [entry.at for entry in trail.entries()]
    with writing(engine) as connection:
        assert remove_before(connection, moments[4] + 1) >= 5
    trail.append("ann", "more")
    count, end, broken = trail.verify()
    assert broken is None
    assert count == len(list(trail.entries())) <= ENTRIES - 4
    with writing(engine) as connection:
        connection.execute(delete(audit).where(audit.c.id == end.id - 1))
    assert trail.verify()[2] is not None


def test_an_empty_trail_is_whole_and_an_end_without_entries_is_not(engine):
    assert Audit(engine).verify() == (0, End(), None)
    with writing(engine) as connection:
        write_end(connection, END, End(3, b"x" * 32))
    assert Audit(engine).verify()[2] is not None


def test_several_processes_make_one_chain(engine):
    program = (
        "import sys\n"
        "from smashpass.store.operations.audit import Audit\n"
        "from smashpass.store.engine.database import connect\n"
        "trail = Audit(connect(sys.argv[1]))\n"
        "for number in range(15):\n"
        "    trail.append(sys.argv[2], 'act', str(number))\n"
    )
    address = engine.url.render_as_string(hide_password=False)
    running = [
        subprocess.Popen([sys.executable, "-c", program, address, f"process {number}"])
        for number in range(3)
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]

    count, end, broken = Audit(engine).verify()

    assert (count, end.id, broken) == (45, 45, None)
    assert {entry.actor for entry in Audit(engine).entries()} == {
        f"process {number}" for number in range(3)
    }


def test_what_was_there_before_is_chained_by_the_migration(url):
    engine = connect(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    before = ScriptDirectory.from_config(config).get_revision("0010").down_revision
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, str(before))
        for number in (1, 2, 4):  # numbers had gaps then
            values = {"id": number, "detail": json.dumps({"n": number})}
            insertion = "INSERT INTO audit VALUES (:id, 7, 'ann', 'publish', 'x', :detail)"
            connection.execute(text(insertion), values)
    migrate(engine)
    trail = Audit(engine)
    assert trail.verify()[0::2] == (3, None)
    assert trail.append("ann", "more") == 5
    assert trail.verify()[0::2] == (4, None)
    engine.dispose()


def test_an_export_can_be_checked_without_us(engine):
    before = BEGINNING
    for entry in filled(engine).entries():
        detail = json.dumps(entry.detail, sort_keys=True)
        link = Link(entry.id, entry.at, entry.actor, entry.action, entry.target, detail, b"")
        before = digest(before, link)
        assert before.hex() == entry.sha256
