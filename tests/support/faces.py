"""A small library of drawn faces, each with the tags that are true of it."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw

HAIRS = {"blonde": "#f2d16b", "black": "#33302e", "red": "#b5482a", "brown": "#7a5230"}
GROUNDS = {"blue": "#8fb8de", "green": "#a8d5ba", "purple": "#c3b1e1", "orange": "#ffcf9f"}
KINDS = ("person", "robot", "creature")
LIBRARY = len(HAIRS) * len(GROUNDS) * len(KINDS)


def draw(path: Path, hair: str, ground: str, kind: str) -> None:
    """Draw a face, so that pictures differ."""
    picture = Image.new("RGB", (480, 480), GROUNDS[ground])
    pen = ImageDraw.Draw(picture)
    pen.ellipse((110, 70, 370, 330), fill=HAIRS[hair])
    skin = {"person": "#e0ac84", "robot": "#9aa5b1", "creature": "#86b36b"}[kind]
    pen.ellipse((140, 110, 340, 370), fill=skin)
    for x in (190, 270):
        pen.ellipse((x, 210, x + 22, 232), fill="#222222")
    pen.arc((190, 240, 290, 320), 20, 160, fill="#7a2222", width=8)
    picture.save(path)


def draw_library(folder: Path) -> None:
    """Write an image folder of ``LIBRARY`` pictures."""
    folder.mkdir()
    head = "file_name,tags,source,licence,author,digital_source_type,real_person,depicts"
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        combined = product(sorted(HAIRS), sorted(GROUNDS), KINDS)
        for place, (hair, ground, kind) in enumerate(combined):
            name = f"{place:03}.png"
            draw(folder / name, hair, ground, kind)
            tags = [f"hair:{hair}", f"background:{ground}", f"kind:{kind}", "mouth:smile"]
            tags += ["beard"] if place % 3 == 0 and kind == "person" else []
            tags += ["glasses"] if place % 2 else []
            depicts = "adult" if kind == "person" else "creature"
            credit = ["Test faces", "CC0-1.0", "A. Painter", "digitalCreation", "false", depicts]
            writer.writerow([name, ",".join(tags), *credit])
