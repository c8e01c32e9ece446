"""The fast ways of readers, each beside a slow one that is obvious: they agree on everything."""

from __future__ import annotations

import io
import json
import os
import tarfile
from io import BufferedReader, BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smashpass.core.errors import BadInput, NotFound
from smashpass.importing.base import jsondocument
from smashpass.importing.base.files import small_file
from smashpass.importing.base.jsondocument import members, runs_of_members
from smashpass.importing.base.sidecars import _ESCAPED, _SEPARATORS, caption_tags
from smashpass.importing.base.tarheaders import PlainTarInfo, ReadAhead
from smashpass.importing.formats import embedded
from smashpass.importing.formats.coco import Coco
from smashpass.services.importing.ports import Unreadable

texts = st.text(alphabet=st.sampled_from('ab{}[],":\\ \n0é\ud800\u2028'), max_size=8)
numbers = st.one_of(
    st.integers(), st.sampled_from([2**64, 2**63, -(2**70), 10**25]), st.floats(allow_nan=False)
)
plain = st.one_of(texts, numbers, st.booleans(), st.none())
values = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
members_of_lists = st.lists(st.one_of(st.dictionaries(texts, values, max_size=4), values))
indents = st.sampled_from([None, 1])


def document(body, indent=None):
    # Infinities are what Python alone would write.
    return json.dumps(body, indent=indent).replace("Infinity", "1e400").encode()


def read(content, parts):
    """Return the members up to the first error, and that."""
    file = BufferedReader(BytesIO(content))
    read_members = []
    try:
        for member in members(file, "there", parts):
            read_members.append(member)
    except BadInput as error:
        return read_members, str(error)
    return read_members, ""


def read_slowly(content, parts):
    """As :func:`read`, one value at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsondocument._Text, "whole_values", lambda _: [])
        return read(content, parts)


@given(members_of_lists, indents, st.integers(1, 90))
@example([{"a": 2**64}, {"b": 1}, 3], None, 50)
@example([{"a": "},{"}, {"b": "]"}, {"c": [{"d": 1}, {"e": 2}]}, {}], None, 40)
def test_members_of_a_list_are_what_the_standard_library_reads(body, indent, run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsondocument, "_RUN", run)
        patch.setattr(jsondocument, "_CHUNK", 2 * run)
        read_members, error = read(document(body, indent), ())
    assert not error
    expected = json.loads(document(body, indent))
    assert repr([member.value for member in read_members]) == repr(expected)


@given(
    st.dictionaries(st.sampled_from(["posts", "other", "count"]), members_of_lists, min_size=1),
    st.data(),
)
def test_a_damaged_document_gives_the_same_members_and_the_same_error(body, data):
    content = document(body)
    at = data.draw(st.integers(0, len(content) - 1))
    damage = data.draw(st.sampled_from([b"", b"}", b"]", b",", b"{", b'"', b"x"]))
    damaged = content[:at] + damage + content[at + 1 :]
    assert repr(read(damaged, ("posts",))) == repr(read_slowly(damaged, ("posts",)))


@given(st.dictionaries(st.sampled_from(["posts", "count"]), members_of_lists))
def test_runs_of_members_are_the_members(body):
    content = document(body)
    runs = runs_of_members(BufferedReader(BytesIO(content)), "there", ("posts", "count"))
    flat = [(part, value) for part, values in runs for value in values]
    assert repr(flat) == repr(
        [(member.part, member.value) for member in read(content, ("posts", "count"))[0]]
    )


def archive(names, form, mtime, kinds, sizes):
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, kind, size in zip(names, kinds, sizes, strict=False):
            member = tarfile.TarInfo(name)
            member.type, member.mtime, member.linkname = kind, mtime, "else"
            member.size = size if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return file.getvalue()


def listed(content, kind):
    """Return what a reader is told of each member, and the error that ended it."""
    told = []
    file = ReadAhead(BytesIO(content), 600) if kind is PlainTarInfo else BytesIO(content)
    try:
        with tarfile.open(fileobj=file, mode="r:", tarinfo=kind) as tar:
            for member in tar:
                facts = (member.name, member.size, member.isreg(), member.isdir())
                told.append((*facts, member.issparse(), member.offset, member.offset_data))
    except (tarfile.TarError, ValueError, EOFError) as error:
        return told, repr(error)
    return told, ""


names = st.text(alphabet=st.sampled_from("abc/._é"), min_size=1, max_size=120)
kinds = st.sampled_from(
    [tarfile.REGTYPE, tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE]
)
archives = st.builds(
    archive,
    st.lists(names, min_size=1, max_size=4),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    st.sampled_from([0, 1_700_000_000, 1_700_000_000.5]),
    st.lists(kinds, min_size=4, max_size=4),
    st.lists(st.integers(0, 700), min_size=4, max_size=4),
)


@given(archives)
def test_a_tar_file_has_the_members_that_the_library_finds(content):
    assert listed(content, PlainTarInfo) == listed(content, tarfile.TarInfo)


@given(archives, st.data())
def test_a_damaged_tar_file_is_read_as_far_as_the_library_reads_it(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(damaged), at]))
    assert listed(damaged[:cut], PlainTarInfo) == listed(damaged[:cut], tarfile.TarInfo)


@given(st.text(alphabet=st.sampled_from("ab ,|;\\()[]"), max_size=30))
def test_tags_of_captions_lose_the_backslashes_before_brackets(text):
    expected = [
        _ESCAPED.sub(r"\1", part.strip()) for part in _SEPARATORS.split(text) if part.strip()
    ]
    assert caption_tags(text) == expected


@given(st.text(alphabet=st.sampled_from("ab1 ,.:<>()[]{}\\\nBREAKND-"), max_size=60))
def test_prompts_lose_weights_and_breaks(prompt):
    plain = embedded._WEIGHT.sub("", embedded._LORA.sub("", prompt))
    expected = caption_tags(embedded._BREAK.sub(",", plain).replace("\n", ","))
    assert embedded.prompt_tags(prompt) == expected


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 5_000])
def test_a_small_file_is_read_whole_or_one_byte_over_the_limit(tmp_path, size):
    path = tmp_path / "a"
    path.write_bytes(os.urandom(size))
    assert small_file(str(path), 100) == path.read_bytes()[:101]


def test_a_file_whose_size_is_not_known_before_is_read_whole():
    assert small_file("/proc/self/status", 1 << 20).count(b"\n") > 20


def test_what_is_no_file_is_named(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="link: cannot be read"):
        small_file(str(tmp_path / "link"), 100)
    with pytest.raises(BadInput, match="pipe: this is not a regular file"):
        small_file(str(tmp_path / "pipe"), 100)
    with pytest.raises(NotFound, match="gone"):
        small_file(str(tmp_path / "gone"), 100)


ids = st.one_of(st.integers(1, 4), st.sampled_from([2**63, "1", None, True, [1]]))
objects = st.fixed_dictionaries({}, optional={"id": ids, "width": st.integers(1, 9)})


@given(
    st.lists(st.one_of(objects, st.none()), max_size=5),
    st.lists(st.fixed_dictionaries({"image_id": ids, "category_id": ids}), max_size=8),
    st.lists(st.fixed_dictionaries({"id": ids, "name": st.sampled_from("xyz")}), max_size=4),
    st.permutations(["images", "annotations", "categories"]),
)
def test_coco_images_have_the_categories_of_their_annotations(
    tmp_path_factory, images, annotations, categories, order
):
    body = {"images": images, "annotations": annotations, "categories": categories}
    path = tmp_path_factory.getbasetemp() / "instances.json"
    path.write_text(json.dumps({name: body[name] for name in order}))
    read_records = list(Coco(path).records())

    def is_id(value):
        return type(value) is int and value < 2**63

    names = {item["id"]: item["name"] for item in categories if is_id(item["id"])}
    assert len(read_records) == len(images)
    for number, (record, image) in enumerate(zip(read_records, images, strict=True), 1):
        assert record.line == number
        if image is None or not is_id(image.get("id")):
            assert isinstance(record, Unreadable)
            continue
        has = {item["category_id"] for item in annotations
               if is_id(item["image_id"]) and item["image_id"] == image["id"]
               and is_id(item["category_id"])}  # fmt: skip
        expected = [names[category] for category in sorted(has) if category in names]
        assert record.fields["tags"] == expected
        assert record.fields["width"] == image.get("width")
