"""Decoding in child processes: a file costs at most itself."""

from __future__ import annotations

import array
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.media.folder import MediaFolder, WrittenFile
from smashpass.media.pool import DecoderPool, Task
from smashpass.media.settling import Settler

BOTH = ("small", "large")


def written(tmp_path, name: str, data: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def children_of(pool: DecoderPool) -> list[int]:
    return [child.process.pid for child in pool._children]


def test_a_picture_is_known_by_its_bytes_and_shown_in_two_sizes(tmp_path, picture, pool, media):
    data = picture(640, 480, "JPEG")
    (inspected,) = pool.inspect([Task(written(tmp_path, "a.jpg", data), BOTH)])
    sha256 = hashlib.sha256(data).hexdigest()
    assert isinstance(inspected, Picture)
    assert (inspected.sha256, inspected.width, inspected.height) == (sha256, 640, 480)
    assert (inspected.mime, inspected.size) == ("image/jpeg", len(data))
    large = media.root / sha256[:2] / sha256[2:4] / f"{sha256}-large.webp"
    assert large.read_bytes()[8:12] == b"WEBP"
    assert media.has(sha256, "small")


def test_the_name_of_a_file_says_nothing_about_what_it_is(tmp_path, picture, pool):
    tasks = [
        Task(written(tmp_path, "really_a_png.jpg", picture()), BOTH),
        Task(written(tmp_path, "text.png", b"hello"), BOTH),
        Task(written(tmp_path, "empty.png", b""), BOTH),
    ]
    png, text, empty = pool.inspect(tasks)
    assert isinstance(png, Picture)
    assert png.mime == "image/png"
    assert isinstance(text, PictureRefusal)
    assert text.code == "not_a_picture"
    assert isinstance(empty, PictureRefusal)
    assert empty.code == "empty_file"


def test_answers_come_in_the_order_of_the_questions(tmp_path, picture, pool):
    sides = [900, 8, 700, 16, 500, 24, 300, 32]
    tasks = [Task(written(tmp_path, f"{n}.png", picture(n, n)), BOTH) for n in sides]
    assert [result.width for result in pool.inspect(tasks)] == sides


def test_the_same_pictures_give_the_same_files_whoever_made_them(tmp_path, picture):
    paths = [written(tmp_path, f"{n}.jpg", picture(n, 400, "JPEG")) for n in (350, 500, 1_500)]
    contents = []
    for workers in (1, 3):
        folder = MediaFolder(tmp_path / f"media{workers}")
        with DecoderPool(folder.root, workers=workers) as pool:
            pool.inspect([Task(path, BOTH) for path in paths])
        files = sorted(path for path in folder.root.rglob("*.webp"))
        contents.append([(path.name, path.read_bytes()) for path in files])
    assert contents[0] == contents[1]
    assert len(contents[0]) == 6


def test_nothing_unfinished_is_left_behind(tmp_path, picture, pool, media):
    pool.inspect([Task(written(tmp_path, "a.png", picture()), BOTH)])
    assert list((media.root / "unfinished").iterdir()) == []
    old = media.root / "unfinished" / "abandoned"
    old.write_bytes(b"")
    os.utime(old, (1, 1))
    young = media.root / "unfinished" / "in_work"
    young.write_bytes(b"")
    media.tidy()
    assert young.exists()
    assert not old.exists()


def test_two_copies_in_one_batch_state_the_strongest_of_both(tmp_path, picture, media):
    data = picture(640, 480)
    stated = ["digitalCreation", "trainedAlgorithmicMedia", "", "negativeEvidence"]
    tasks = [
        Task(written(tmp_path, f"{number}.png", data), BOTH, source_type=source_type)
        for number, source_type in enumerate(stated)
    ]
    with DecoderPool(media.root, workers=4) as pool:
        shas = {result.sha256 for result in pool.inspect(tasks)}
    (sha256,) = shas
    for size in BOTH:
        assert media.source_type(sha256, size) == "trainedAlgorithmicMedia"
    assert list((media.root / "unfinished").iterdir()) == []


@pytest.mark.parametrize("digest", ["sha256", "pixels"])
def test_a_picture_that_is_taken_down_after_its_decoder_looked_gets_no_file(
    tmp_path, picture, pool, media, digest
):
    (known,) = pool.inspect([Task(written(tmp_path, "a.png", picture()), ())])
    settler = Settler(media)
    files = [media.write_beside(known.sha256, size, b"?", "w") for size in BOTH]
    media.forbid(getattr(known, digest))
    settler.add(known, files)
    assert [refusal.code for refusal in settler.finish().values()] == ["taken_down"]
    assert list(media.files()) == []


def test_a_file_that_cannot_be_put_in_place_ends_the_batch(tmp_path, picture, pool, media):
    (known,) = pool.inspect([Task(written(tmp_path, "a.png", picture()), ())])
    settler = Settler(media)
    settler.add(known, [media.write_beside(known.sha256, "small", b"?", "w")])
    settler.add(known, [WrittenFile(known.sha256, "large", "lost")])
    with pytest.raises(NotPossible, match="cannot be written"):
        settler.finish()


def test_a_file_that_kills_its_decoder_costs_only_itself(tmp_path, picture, media):
    """The decoder is stopped, so that it certainly has a file when it is killed."""
    paths = [written(tmp_path, f"{n}.png", picture(n, 20)) for n in (20, 30, 40, 50)]
    with DecoderPool(media.root, workers=2, wait_s=30) as pool:
        pool.inspect([Task(paths[0], ())])
        stopped = pool._children[0].process
        os.kill(stopped.pid, signal.SIGSTOP)
        killer = threading.Thread(target=_kill_once_it_has_a_task, args=(stopped,))
        killer.start()
        results = pool.inspect([Task(path, BOTH) for path in paths])
        killer.join()
        refusals = [result for result in results if isinstance(result, PictureRefusal)]
        assert [refusal.code for refusal in refusals] == ["decoder_died"]
        pictures = pool.inspect([Task(path, BOTH) for path in paths])
        assert [picture.width for picture in pictures] == [20, 30, 40, 50]


def _kill_once_it_has_a_task(stopped: subprocess.Popen[bytes]) -> None:
    """Kill a stopped decoder as soon as a request waits in its pipe."""
    deadline = time.monotonic() + 20
    waiting = array.array("i", [0])
    while not waiting[0] and time.monotonic() < deadline:
        time.sleep(0.01)
        fcntl.ioctl(stopped.stdin, termios.FIONREAD, waiting)
    os.kill(stopped.pid, signal.SIGKILL)


def test_a_decoder_that_hangs_is_killed_and_replaced(tmp_path, picture, media):
    paths = [written(tmp_path, f"{n}.png", picture(n, 20)) for n in (20, 30, 40)]
    with DecoderPool(media.root, workers=1, wait_s=0.7) as pool:
        pool.inspect([Task(paths[0], ())])
        os.kill(children_of(pool)[0], signal.SIGSTOP)
        started = time.monotonic()
        first, second, third = pool.inspect([Task(path, BOTH) for path in paths])
        assert time.monotonic() - started < 5
        assert isinstance(first, PictureRefusal)
        assert first.code == "decoder_hung"
        assert [second.width, third.width] == [30, 40]


def test_a_decoder_that_died_while_idle_costs_no_file(tmp_path, picture, pool):
    path = written(tmp_path, "a.png", picture())
    pool.inspect([Task(path, ())] * 2)
    for child in children_of(pool):
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert all(isinstance(result, Picture) for result in pool.inspect([Task(path, ())] * 4))


def test_decoders_end_with_their_pool(tmp_path, picture, media):
    with DecoderPool(media.root, workers=2) as pool:
        pool.inspect([Task(written(tmp_path, "a.png", picture()), ())] * 2)
        children = children_of(pool)
        assert len(children) == 2
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_decoder_cannot_use_all_the_memory(tmp_path, picture, pool):
    pool.inspect([Task(written(tmp_path, "a.png", picture()), ())])
    limits = Path(f"/proc/{children_of(pool)[0]}/limits").read_text()
    (memory,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert memory.split()[3] == str(512 << 20)


def test_a_folder_that_cannot_be_written_ends_the_import_instead_of_refusing_rows(
    tmp_path, picture
):
    (tmp_path / "media").write_bytes(b"a file in the way")
    path = written(tmp_path, "a.png", picture())
    with DecoderPool(tmp_path / "media", workers=1) as pool, pytest.raises(NotPossible) as caught:
        pool.inspect([Task(path, BOTH)])
    assert "cannot be written" in str(caught.value)


def test_only_the_file_that_was_imported_is_taken_where_one_is_named(tmp_path, picture, pool):
    path = written(tmp_path, "a.png", picture())
    (refusal,) = pool.inspect([Task(path, ("large",), sha256="0" * 64)])
    assert isinstance(refusal, PictureRefusal)
    assert refusal.code == "file_changed"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "absent"])
def test_only_regular_files_are_read(tmp_path, picture, pool, kind):
    path = tmp_path / "thing.png"
    if kind == "link":
        path.symlink_to(written(tmp_path, "real.png", picture()))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    (refusal,) = pool.inspect([Task(str(path), BOTH)])
    assert isinstance(refusal, PictureRefusal)
    assert refusal.code == ("no_file" if kind == "absent" else "unreadable_file")


def test_nothing_in_the_current_folder_is_imported_by_a_decoder(
    tmp_path, picture, media, monkeypatch
):
    for name in ("PIL", "json", "smashpass"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')")
    monkeypatch.chdir(tmp_path)
    with DecoderPool(media.root, workers=1) as pool:
        (inspected,) = pool.inspect([Task(written(tmp_path, "a.png", picture()), ())])
    assert isinstance(inspected, Picture)


def test_decoders_end_when_their_parent_is_killed(tmp_path, picture, media):
    path = written(tmp_path, "a.png", picture())
    code = (
        "import sys, time; from pathlib import Path;"
        "from smashpass.media.pool import DecoderPool, Task;"
        "pool = DecoderPool(Path(sys.argv[1]), workers=2);"
        "pool.inspect([Task(sys.argv[2], ())] * 2);"
        "print(*[child.process.pid for child in pool._children], flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(media.root), path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        children = list(map(int, parent.stdout.readline().split()))
        assert len(children) == 2
        parent.kill()
    until = time.monotonic() + 10
    while any(map(_lives, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_lives, children))


def _lives(process: int) -> bool:
    """Whether a process is more than a name in the table."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
