"""Every format in its published shape, compared with what a person reads out of it."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from smashpass.core.errors import BadInput, SmashpassError
from smashpass.importing.detect import ReadOptions, detect, open_reader
from smashpass.services.importing.ports import RawRecord
from tests.support.published import ALL, CELEBA, DANBOORU, E621, GELBOORU_XML, SZURU, lines, tar


def write(folder: Path, name: str, content) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def read(path: Path, format_name="auto", **wish):
    """Return the fields of each record without what is None, or its code."""
    records = []
    for record in open_reader(path, format_name, ReadOptions(**wish)).records():
        if isinstance(record, RawRecord):
            records.append(
                {name: value for name, value in record.fields.items() if value is not None}
            )
        else:
            records.append(record.code)
    return records


def test_danbooru(tmp_path):
    gone = DANBOORU | {"id": 8, "is_deleted": True}
    bare = {"id": 5, "tag_string": "hat"}
    text = lines(DANBOORU, gone, bare) + "{broken\n\n"
    expected = [
        {
            "id": 7,
            "tags": ["1girl", "blue_hair", "cat_(animal)"],
            "width": 640,
            "height": 480,
            "author": "some_body",
            "rating": 1,
            "score": 12,
            "fav_count": 5,
            "uploader_id": 3,
        },
        "gone_upstream",
        {"id": 5, "tags": ["hat"]},
        "malformed",
    ]
    plain = write(tmp_path, "posts.json", text)
    packed = write(tmp_path, "posts.json.gz", gzip.compress(text.encode()))

    assert read(plain) == read(packed) == expected
    assert detect(packed) == ("danbooru", "lines have tag_string")
    assert read(write(tmp_path, "list.json", [DANBOORU, gone, bare])) == expected[:3]


def test_e621(tmp_path):
    expected = {
        "id": 9,
        "tags": ["fur", "tail", "painter", "sound_warning", "fox"],
        "width": 100,
        "height": 50,
        "file_size": 999,
        "author": "painter",
        "score": 3,
        "up_score": 5,
        "down_score": -2,
        "rating": 2,
        "fav_count": 1,
    }
    flat = {"id": 10, "tags": ["fox", "red_fur"], "tags_general": ["red_fur"], "rating": "s"}

    assert read(write(tmp_path, "a.json", {"posts": [E621]})) == [expected]
    assert read(write(tmp_path, "b.jsonl", lines(E621, E621))) == [expected, expected]
    assert read(write(tmp_path, "c.json", json.dumps([flat], indent=4))) == [
        {"id": 10, "tags": ["fox", "red_fur"], "rating": 0, "author": ""}
    ]


def test_gelbooru(tmp_path):
    first = {"id": "11", "tags": ["hat", "smile"], "width": "300", "height": "200", "score": 4.0}
    second = {"id": "12", "tags": ["beard", "&_hat"], "width": "1", "height": "2", "score": -1.0}
    post = {"id": 13, "tags": "hat", "md5": "a", "rating": "questionable", "score": 3}
    expected = {"id": 13, "tags": ["hat"], "rating": 2, "score": 3.0}

    assert read(write(tmp_path, "a.xml", GELBOORU_XML)) == [
        first | {"rating": 0},
        second | {"rating": 3},
    ]
    for posts in (post, [post]):
        document = {"@attributes": {"count": 1}, "post": posts}
        assert read(write(tmp_path, "a.json", document)) == [expected]
    assert read(write(tmp_path, "b.json", [post])) == [expected]


def test_gelbooru_refuses_documents_that_declare_entities(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY b "b">]><posts><post id="1" tags="&b;"/></posts>'
    with pytest.raises(BadInput, match="DOCTYPE"):
        read(write(tmp_path, "a.xml", bomb))


def test_szurubooru(tmp_path):
    document = {"query": "", "offset": 0, "limit": 100, "total": 1, "results": [SZURU]}
    expected = {
        "id": 4,
        "tags": ["hat", "Tall Tree"],
        "width": 30,
        "height": 20,
        "score": 2,
        "file_size": 88,
        "rating": 2,
    }
    assert read(write(tmp_path, "a.json", document)) == [expected]
    assert read(write(tmp_path, "b.json", json.dumps(document, indent=1))) == [expected]


def test_kohya(tmp_path):
    described = {
        "set/a": {"caption": "a  person", "tags": r"hat, cat \(animal\), red hair"},
        "b.png": {"tags": "hat", "image_size": [64, 48]},
        "c.png": [],
    }
    write(tmp_path, "set/a.jpg", b"x")
    expected = [
        {
            "file_name": "set/a.jpg",
            "tags": ["hat", "cat (animal)", "red hair"],
            "label": "a person",
        },
        {"file_name": "b.png", "tags": ["hat"], "width": 64, "height": 48},
        "malformed",
    ]
    assert read(write(tmp_path, "meta.json", described)) == expected
    rows = lines({"image_path": str(tmp_path / "b.png"), "tags": "hat", "image_size": [64, 48]})
    assert read(write(tmp_path, "meta.jsonl", rows)) == [expected[1]]


def test_celeba(tmp_path):
    path = write(tmp_path, "list_attr_celeba.txt", CELEBA)
    assert detect(path).format == "celeba"
    assert read(path) == [
        {"file_name": "000001.jpg", "tags": ["Bald"]},
        {"file_name": "000002.jpg", "tags": ["5_o_Clock_Shadow", "Smiling"]},
        "malformed",
    ]


@pytest.mark.parametrize("images_last", [False, True])
def test_coco(tmp_path, images_last):
    images = [
        {"id": 1, "file_name": "1.jpg", "width": 10, "height": 20, "license": 4},
        {"id": 2, "file_name": "2.jpg", "width": 10, "height": 20, "license": 9},
        {"file_name": "3.jpg"},
    ]
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "iscrowd": 0},
        {"id": 2, "image_id": 1, "category_id": 2},
        {"id": 3, "image_id": 1, "category_id": 1},
        {"id": 4, "image_id": 2, "caption": "two\ncats"},
    ]
    rest = {
        "info": {"year": 2017},
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "traffic light"}],
        "licenses": [{"id": 4, "url": "http://creativecommons.org/licenses/by/2.0/"}],
    }
    document = {"images": images, **rest, "annotations": annotations}
    if images_last:
        document = {**rest, "annotations": annotations, "images": images}
    assert read(write(tmp_path, "instances.json", document)) == [
        {
            "id": 1,
            "file_name": "1.jpg",
            "tags": ["cat", "traffic light"],
            "width": 10,
            "height": 20,
            "licence": "http://creativecommons.org/licenses/by/2.0/",
        },
        {
            "id": 2,
            "file_name": "2.jpg",
            "tags": [],
            "width": 10,
            "height": 20,
            "label": "two cats",
        },
        "malformed",
    ]


def test_webdataset(tmp_path):
    members = [
        ("set/000000000.jpg", b"jpeg"),
        ("set/000000000.json", json.dumps({"key": "0", "caption": "a cat", "width": 5}).encode()),
        ("set/000000001.seg.PNG", b"mask"),
        ("set/000000001.png", b"png"),
        ("set/000000001.txt", b"hat, red hair"),
        ("set/2.json", json.dumps({"status": "failed_to_download"}).encode()),
        ("../3.jpg", b"out"),
        ("4.jpg", None),
    ]
    expected = [
        {"id": "set/000000000", "tags": [], "label": "a cat", "width": 5},
        {"id": "set/000000001", "tags": ["hat", "red hair"]},
        "no_picture",
        "bad_member",
        "bad_member",
    ]
    plain = write(tmp_path, "s-000.tar", tar(*members))
    packed = write(tmp_path, "p.tar", tar(*members, mode="w:gz"))
    assert read(plain, pictures=False) == read(packed, pictures=False) == expected
    reader = open_reader(plain)
    records = reader.records()
    record = next(records)
    assert (Path(reader.folder) / record.fields["file_name"]).read_bytes() == b"jpeg"


def test_webdataset_of_several_shards_counts_on(tmp_path):
    for number in range(3):
        write(tmp_path, f"s-{number:03}.tar", tar((f"{number}.jpg", b"x")))
    ranged = [record.line for record in open_reader(tmp_path / "s-{000..002}.tar").records()]
    folder = [record.line for record in open_reader(tmp_path).records()]
    assert ranged == folder == [1, 2, 3]


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    metadata = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    table = pyarrow.table(
        {
            "image": [{"bytes": b"png", "path": "a.png"}, {"bytes": None, "path": None}],
            "label": [1, 0],
            "tags": [["hat", "red hair"], None],
            "score": [0.5, None],
        }
    ).replace_schema_metadata({"huggingface": json.dumps(metadata)})
    path = tmp_path / "train.parquet"
    parquet.write_table(table, path)
    first, second = read(path)
    assert second == "no_picture"
    assert first == {
        "id": "a.png",
        "file_name": "000000001",
        "label": "dog",
        "tags": ["hat", "red hair"],
        "score": 0.5,
    }
    paths = tmp_path / "paths.parquet"
    parquet.write_table(
        pyarrow.table({"path": ["a.png"], "tags": ["hat,cap"], "width": [4]}), paths
    )
    assert read(paths) == [{"path": "a.png", "tags": "hat,cap", "width": 4}]


def test_a_folder_with_sidecars_of_all_dialects(tmp_path):
    pictures = ("gallery.png", "hydrus.jpg", "kohya.webp", "post.png", "deep/nested.png", "x.gif")
    for name in pictures:
        write(tmp_path, name, b"picture")
    write(tmp_path, "gallery.png.txt", "blue_hair\nsmile\n")
    write(tmp_path, "hydrus.jpg.txt", "character:tall tree\r\nred hair\r\n\r\n")
    write(
        tmp_path, "kohya.txt", r"1girl, cat \(animal\) ||| red hair, hat ;;; cap" + "\nsmile, hat"
    )
    write(tmp_path, "post.png.json", {"tags": "hat smile", "licence": "MIT", "score": 3})
    write(tmp_path, "deep/nested.json", {"metadata": {"tags": ["a b"], "urls": ["x"]}})
    write(tmp_path, "x.caption", b"\xff\xfe")
    (tmp_path / "y.png").symlink_to(tmp_path / "gallery.png")

    assert read(tmp_path) == [
        {"file_name": "gallery.png", "tags": ["blue_hair", "smile"]},
        {"file_name": "hydrus.jpg", "tags": ["character:tall tree", "red hair"]},
        {
            "file_name": "kohya.webp",
            "tags": ["1girl", "cat (animal)", "red hair", "hat", "cap", "smile"],
        },
        {"file_name": "post.png", "tags": ["hat", "smile"], "licence": "MIT", "score": 3},
        "bad_sidecar",
        "bad_path",
        {"file_name": "deep/nested.png", "tags": ["a b"]},
    ]


def test_tags_in_names_only_on_request(tmp_path):
    write(tmp_path, "player/hair/fem_yellow.png", b"x")
    write(tmp_path, "blue_hair girl smiling.jpg", b"x")
    assert read(tmp_path, "folder") == [
        {"file_name": "blue_hair girl smiling.jpg"},
        {"file_name": "player/hair/fem_yellow.png"},
    ]
    assert [record["tags"] for record in read(tmp_path, "folder", tags_in_names=True)] == [
        ["blue_hair", "girl", "smiling"],
        ["player", "hair", "fem_yellow"],
    ]


def test_tags_at_a_place_of_the_sidecar(tmp_path):
    write(tmp_path, "a.png", b"x")
    write(tmp_path, "a.png.json", {"my": {"words": ["hat"]}, "tags": ["cap"]})
    assert read(tmp_path, tags_at="my.words")[0]["tags"] == ["hat"]


XMP = (
    '<?xpacket begin="" id="W5M0"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:r="http://ns.adobe.com/xap/1.0/rights/" xmlns:i="http://iptc.org/std/Iptc4xmpExt/" '
    'xmp:CreatorTool="Paint 3" r:WebStatement="https://creativecommons.org/licenses/by/4.0/" '
    'i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation">'
    "<dc:subject><rdf:Bag><rdf:li>hat</rdf:li><rdf:li>red hair</rdf:li></rdf:Bag></dc:subject>"
    "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator></rdf:Description>"
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def test_what_is_written_in_pictures(tmp_path, picture, png_text):
    prompt = (
        "masterpiece, (red hair:1.2), <lora:x:1> hat\nNegative prompt: ugly\n"
        "Steps: 20, Sampler: Euler, Model: dream_v5, Size: 1x1"
    )
    write(tmp_path, "a.png", png_text({"parameters": prompt}))
    write(tmp_path, "b.jpg", picture(form="JPEG", xmp=XMP.encode()))
    iptc = b"\x1c\x02\x19\x00\x03cap" + b"\x1c\x02\x19\x00\x04b\xc3\xa9e"
    resource = b"8BIM\x04\x04\x00\x00" + len(iptc).to_bytes(4, "big") + iptc
    body = b"Photoshop 3.0\0" + resource
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    jpeg = picture(form="JPEG")
    write(tmp_path, "c.jpg", jpeg[:2] + segment + jpeg[2:])
    write(tmp_path, "d.webp", picture(form="WEBP", xmp=XMP.encode()))
    from PIL import Image

    exif = Image.Exif()
    exif[0x9C9E] = "hat;red hair\0".encode("utf-16-le")
    write(tmp_path, "e.jpg", picture(form="JPEG", exif=exif))
    of_xmp = {
        "tags": ["hat", "red hair"],
        "author": "Ann",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "digital_source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
        "generator": "Paint 3",
    }
    assert read(tmp_path, "embedded") == [
        {
            "file_name": "a.png",
            "tags": ["masterpiece", "red hair", "hat"],
            "digital_source_type": "trainedAlgorithmicMedia",
            "generator": "Stable Diffusion, dream_v5",
        },
        {"file_name": "b.jpg", **of_xmp},
        {"file_name": "c.jpg", "tags": ["cap", "bée"]},
        {"file_name": "d.webp", **of_xmp},
        {"file_name": "e.jpg", "tags": ["hat", "red hair"]},
    ]


def test_a_tag_dictionary_is_told_from_a_table_of_images(tmp_path):
    assert (
        detect(write(tmp_path, "a.csv", 'hat,0,10,"cap,headgear"\nbeard,0,5,\n')).format == "tags"
    )
    assert (
        detect(write(tmp_path, "b.csv", "tag_id,name,category,count\n1,hat,0,9\n")).format == "tags"
    )
    assert detect(write(tmp_path, "c.csv", "id,name,tags\n1,hat,0\n")).format == "csv"


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}\n',
        '[{"name": "hat"}]',
        "<html><p>posts</p></html>",
        "hat\nbeard\n",
        "[]",
        '{"id": 1, "tags": ["hat"]}\n',
    ],
)
def test_what_is_not_certain_asks_for_the_format(tmp_path, content):
    with pytest.raises(BadInput, match="--format"):
        detect(write(tmp_path, "a.txt", content))


def test_a_folder_of_bare_pictures_asks_for_the_format(tmp_path):
    write(tmp_path, "a.png", b"x")
    with pytest.raises(BadInput, match="--format"):
        detect(tmp_path)


@pytest.mark.parametrize("name", ALL)
def test_a_file_cut_anywhere_or_with_flipped_bits_is_read_or_refused_and_never_a_crash(
    tmp_path, name
):
    whole = ALL[name]
    step = max(1, len(whole) // 60)
    mutants = [whole[:end] for end in range(0, len(whole), step)]
    for place in range(0, len(whole), step):
        mutants.append(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
    refused = 0
    for number, mutant in enumerate(mutants):
        path = write(tmp_path, f"{number}", mutant)
        try:
            read(path, "danbooru" if name == "packed" else name)
        except SmashpassError as error:
            refused += bool(str(error))
        path.unlink()
    assert refused > 0 or name in ("danbooru", "celeba")


TAGS = " ".join(f"tag_{number}" for number in range(15))
BIG = {
    "danbooru": ("[", lambda n: json.dumps({"id": n, "tag_string": TAGS}), "]"),
    "e621": ('{"posts": [', lambda n: json.dumps({"id": n, "tags": {"a": TAGS.split()}}), "]}"),
    "gelbooru": ("<posts>", lambda n: f'<post id="{n}" tags="{TAGS}"/>', "</posts>"),
    "kohya": ("{", lambda n: f'"{n}": {{"tags": "{TAGS}"}}', "}"),
}


@pytest.mark.parametrize("name", BIG)
def test_memory_does_not_grow_with_the_collection(tmp_path, name):
    begin, member, end = BIG[name]
    between = "" if name == "gelbooru" else ","
    text = begin + between.join(map(member, range(5_000))) + end
    path = write(tmp_path, "posts", text)
    tracemalloc.start()
    try:
        count = sum(1 for _ in open_reader(path, name).records())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 5_000
    assert peak < 2_000_000
