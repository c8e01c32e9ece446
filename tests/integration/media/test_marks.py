"""What pictures say of their own origin, in every format of import, from the command line on."""

from __future__ import annotations

import io
import json
import shutil
import struct
import tarfile
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.pictures.marks import marks_of
from smashpass.core.pictures.metadata import blocks_of
from smashpass.settings import load
from smashpass.web.app import create_app

ADDRESS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
STATED = ("--source", "shop", "--licence", "CC0-1.0", "--no-real-person", "--depicts", "object")
DRAWN = ("--digital-source-type", "digitalCreation")
AI = "trainedAlgorithmicMedia"


def xmp(term: str, creator: str = "Ann") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{ADDRESS}{term}"/>'
        f"<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def texts(**entries: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, text in entries.items():
        info.add_text(name, text)
    return info


def with_c2pa(jpeg: bytes) -> bytes:
    box = b"JP\0\1\0\0\0\1" + struct.pack(">I", 40) + b"jumb" + b"\0" * 32
    return jpeg[:2] + b"\xff\xeb" + struct.pack(">H", len(box) + 2) + box + jpeg[2:]


@pytest.fixture
def marked(picture) -> dict[str, bytes]:
    exif = Image.Exif()
    exif[0x013B] = "Eve"
    exif[0x0131] = "NovelAI"
    steps = "a hat\nSteps: 20, Sampler: Euler, Model: dream"
    return {
        "a.png": picture(20, 30, pnginfo=texts(parameters=steps)),
        "b.jpg": picture(21, 30, "JPEG", xmp=xmp(AI)),
        "c.jpg": with_c2pa(picture(22, 30, "JPEG")),
        "d.webp": picture(23, 30, "WEBP", xmp=xmp("compositeWithTrainedAlgorithmicMedia")),
        "e.jpg": picture(24, 30, "JPEG", exif=exif),
        "f.png": picture(25, 30, pnginfo=texts(Software="Paint")),
        "g.avif": picture(26, 30, "AVIF", xmp=xmp(AI)),
    }


EXPECTED = {"a": AI, "b": AI, "c": "digitalCreation", "e": AI, "f": "digitalCreation", "g": AI,
            "d": "compositeWithTrainedAlgorithmicMedia"}  # fmt: skip
FORMATS = ("folder", "imagefolder", "csv", "webdataset", "parquet")


def collection(folder, form, pictures):
    folder.mkdir()
    if form == "webdataset":
        path = folder / "set.tar"
        with tarfile.open(path, "w") as tar:
            for name, content in pictures.items():
                for member, data in ((name, content), (f"{name.split('.')[0]}.txt", b"hat, cap")):
                    entry = tarfile.TarInfo(member)
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))
        return path
    if form == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow.parquet import write_table

        images = [{"bytes": data, "path": name} for name, data in pictures.items()]
        write_table(
            pyarrow.table({"image": images, "tags": ["hat,cap"] * len(images)}),
            folder / "set.parquet",
        )
        return folder / "set.parquet"
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
        if form == "folder":
            (folder / name).with_suffix(".txt").write_text("hat, cap")
    if form != "folder":
        table = "metadata.csv" if form == "imagefolder" else "table.csv"
        column = "file_name" if form == "imagefolder" else "path"
        lines = [f"{column},tags\n", *(f'{name},"hat,cap"\n' for name in pictures)]
        (folder / table).write_text("".join(lines))
        return folder if form == "imagefolder" else folder / table
    return folder


class Site:
    def __init__(self, home, capsys):
        self.home, self._capsys = home, capsys

    def imported(self, source, *options):
        self._capsys.readouterr()
        code = run(["import", str(source), "--json", "--workers", "1", *STATED, *options])
        captured = self._capsys.readouterr()
        return code, json.loads(captured.out.splitlines()[-1]), captured.out + captured.err

    def credits(self):
        catalogue = Installation(load({"SMASHPASS_HOME": str(self.home)})).catalogue
        records = [record for record in catalogue.images(range(1, 20)) if record.state == "live"]
        by_width = {20 + number: name for number, name in enumerate("abcdefg")}
        return {by_width[record.width]: record for record in records}


@pytest.fixture
def site(empty_home, tmp_path, capsys, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(empty_home, home)
    monkeypatch.setenv("SMASHPASS_HOME", str(home))
    return Site(home, capsys)


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_says_ai_made_it_outweighs_what_is_stated(site, tmp_path, marked, form):
    source = collection(tmp_path / "set", form, marked)
    extra = ("--media", "copy", "--format", form)
    code, _, output = site.imported(source, *DRAWN, *extra)
    assert code == 0
    records = site.credits()
    assert {key: record.credit.digital_source_type for key, record in records.items()} == EXPECTED
    assert "4 pictures say that AI made them; their digital source type is " + AI in output
    assert "1 picture says that AI made it in part" in output
    assert "1 picture holds a C2PA manifest, which is not verified" in output
    assert (records["b"].credit.author, records["e"].credit.author) == ("Ann", "Eve")
    assert records["a"].credit.generator == "Stable Diffusion, dream"


@pytest.mark.parametrize("media", ["copy", "link"])
def test_the_files_sent_state_the_source_type_and_nothing_else(site, tmp_path, marked, media):
    source = collection(tmp_path / "set", "imagefolder", marked)
    assert site.imported(source, *DRAWN, "--media", media)[0] == 0
    installation = Installation(load({"SMASHPASS_HOME": str(site.home)}))
    for key, record in site.credits().items():
        for size in ("small", "large"):
            file = installation.showing.file(record.sha256, size).path
            with Image.open(file) as image:
                packet = image.info["xmp"]
                assert "exif" not in image.info
            stated = f'Iptc4xmpExt:DigitalSourceType="{ADDRESS}{EXPECTED[key]}"'
            assert stated.encode() in packet
            assert b"Ann" not in packet
    installation.decoder.close()


def test_what_only_the_picture_states_counts_in_a_dry_run_an_import_and_a_retry(
    site, tmp_path, marked
):
    source = collection(tmp_path / "set", "imagefolder", marked)
    counts = []
    for options in (("--dry-run",), ()):
        code, summary, _ = site.imported(source, *options)
        assert code == 3
        counts.append((summary["added"], summary["quarantined"]))
    assert counts == [(5, 2), (5, 2)]
    assert set(site.credits()) == set("abdeg")
    run(["import", "--retry", "1", "--json", "--workers", "1", *DRAWN])
    assert {
        key: record.credit.digital_source_type for key, record in site.credits().items()
    } == EXPECTED


def test_a_picture_never_weakens_what_is_stated(site, tmp_path, picture):
    pictures = {"a.jpg": picture(20, 30, "JPEG", xmp=xmp("digitalCapture"))}
    source = collection(tmp_path / "set", "imagefolder", pictures)
    _, _, output = site.imported(source, "--digital-source-type", AI)
    assert site.credits()["a"].credit.digital_source_type == AI
    assert "that AI made" not in output


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_hostile_descriptions_cost_nothing(picture):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 5_000 + b'">]><x>&b;</x>'
    deep = b"<x>" + b"<li>a" * 100_000 + b"</x>"
    packed = zlib.compress(b"<x>" + b" " * 50_000_000)
    head = b"XML:com.adobe.xmp\0\0\0\0\0"
    hostile = [
        chunk(b"iTXt", head + laughs),
        chunk(b"iTXt", head + deep),
        chunk(b"iTXt", head[:18] + b"\1\0\0\0" + packed),
        chunk(b"zTXt", b"parameters\0\0" + packed) * 200,
        chunk(b"tEXt", b"") * 500_000,
        chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff") * 100_000,
    ]
    plain = picture()
    for body in hostile:
        start = time.process_time()
        marks_of(blocks_of(plain[:33] + body + plain[33:]))
        assert time.process_time() - start < 1
    assert marks_of(blocks_of(plain[:33] + hostile[0] + plain[33:])) == marks_of(blocks_of(plain))


def test_the_card_and_the_file_over_http_say_that_ai_made_it(tmp_path, monkeypatch, marked):
    home = tmp_path / "home"
    monkeypatch.setenv("SMASHPASS_HOME", str(home))
    path = collection(tmp_path / "set", "imagefolder", {"b.jpg": marked["b.jpg"]})
    assert run(["import", str(path), *STATED, *DRAWN, "--workers", "1", "--quiet"]) == 0
    app = create_app(load({"SMASHPASS_HOME": str(home)}))
    Container(app.extensions["smashpass"].installation).rules.ensure_active()
    client = app.test_client(use_cookies=False)
    token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
    deck = client.get("/api/v1/deck", headers={"Authorization": f"Bearer {token}"}).json
    (card,) = deck["cards"]
    assert card["credit"]["digital_source_type"] == AI
    assert card["credit"]["ai"] is True
    with (
        client.get(card["media"]["small"]) as answer,
        Image.open(io.BytesIO(answer.data)) as opened,
    ):
        assert f"{ADDRESS}{AI}".encode() in opened.info["xmp"]
