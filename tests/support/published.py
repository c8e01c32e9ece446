"""Small collections in the shapes that sites and programs publish."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

DANBOORU = {
    "id": 7, "created_at": "2020-01-01T00:00:00", "uploader_id": 3, "score": 12,
    "source": "https://example.org/7", "rating": "s", "image_width": 640, "image_height": 480,
    "tag_string": "1girl blue_hair cat_(animal)", "tag_string_artist": "some_body",
    "tag_string_general": "1girl blue_hair", "is_deleted": False, "file_ext": "png",
    "tag_count": 3, "fav_count": 5, "parent_id": None, "has_children": False,
}  # fmt: skip
E621 = {
    "id": 9, "file": {"width": 100, "height": 50, "ext": "png", "size": 999, "url": None},
    "score": {"up": 5, "down": -2, "total": 3}, "rating": "q", "fav_count": 1, "sources": [],
    "tags": {"general": ["fur", "tail"], "artist": ["painter", "sound_warning"], "species": ["fox"],
             "invalid": ["bad"]},
    "flags": {"deleted": False},
}  # fmt: skip
SZURU = {
    "id": 4, "version": 1, "safety": "sketchy", "type": "image", "checksumMD5": "ab",
    "canvasWidth": 30, "canvasHeight": 20, "source": "https://example.org", "score": 2,
    "contentUrl": "data/posts/4.png", "fileSize": 88, "user": {"name": "root"},
    "tags": [{"names": ["hat", "headgear"], "category": "default", "usages": 4},
             {"names": ["Tall Tree"], "category": "default", "usages": 1}],
}  # fmt: skip
GELBOORU_XML = """<?xml version="1.0" encoding="UTF-8"?>
<posts count="2" offset="0">
<post id="11" tags=" hat smile " md5="aa" rating="s" width="300" height="200" score="4" source=""/>
<post><id>12</id><tags>beard &amp;_hat</tags><rating>explicit</rating><width>1</width>
<height>2</height><score>-1</score></post>
</posts>"""
CELEBA = """3
5_o_Clock_Shadow Bald  Smiling
000001.jpg -1  1 -1
000002.jpg  1 -1  1
000003.jpg  1 2 1
"""


def lines(*objects) -> str:
    return "".join(json.dumps(document) + "\n" for document in objects)


def tar(*members, mode="w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


ALL = {
    "danbooru": lines(DANBOORU).encode(),
    "e621": json.dumps({"posts": [E621, E621]}).encode(),
    "szurubooru": json.dumps({"results": [SZURU]}).encode(),
    "gelbooru": GELBOORU_XML.encode(),
    "celeba": CELEBA.encode(),
    "kohya": json.dumps({"a": {"tags": "hat"}}).encode(),
    "coco": json.dumps({"images": [{"id": 1, "file_name": "a"}], "annotations": []}).encode(),
    "webdataset": tar(("0.jpg", b"x" * 600), ("0.txt", b"hat")),
    "packed": gzip.compress(lines(DANBOORU, DANBOORU).encode()),
}
