"""Marks of origin in a picture file: how it was made, with which program, by whom.

None of this is proof: anybody can write or remove it. So it counts only where it says more than the
library was given, above all that AI made the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smashpass.core.pictures.metadata import Blocks
from smashpass.core.pictures.source_types import digital_source_type_of, made_by_ai, stronger
from smashpass.core.pictures.xmp import Properties, properties_of

MAX_TEXT = 200
"""Characters of an author or generator."""

_READ = 10_000
_BY_AI = "trainedAlgorithmicMedia"
_BLANKS = re.compile(r"\s+")
_MODEL = re.compile(r"\bModel: ([^,\n]{1,80})")
_STABLE_DIFFUSION = re.compile(r"\bSteps: \d+, |\"sui_image_params\"")
_MIDJOURNEY = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-")
_STABLE_DIFFUSION_TEXTS = ("parameters", "Dream", "sd-metadata", "invokeai_metadata")
_GENERATORS = re.compile(
    r"stable[ -]?diffusion|automatic1111|comfyui|invokeai|swarmui|fooocus|draw things|novelai"
    r"|midjourney|dall[\W_]{0,2}e\b|firefly|ideogram|leonardo\.ai|bing image creator"
    r"|image creator from designer|openai|chatgpt|gpt-image|gpt-4o|made with google ai",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a picture; "" where there is none.

    Attributes:
        source_type: The IPTC digital source type that is stated, as a term.
        generator: The program that wrote it, at most 200 characters.
        author: Who made it, at most 200 characters.
        has_c2pa: Whether there is a C2PA manifest. It is neither verified nor read.
    """

    source_type: str = ""
    generator: str = ""
    author: str = ""
    has_c2pa: bool = False

    @property
    def generated(self) -> bool:
        """Whether the program is one of those that make pictures by AI."""
        return bool(_GENERATORS.search(self.generator))

    @property
    def digital_source_type(self) -> str:
        """The term that follows from all marks: what is stated, unless a generator denies it."""
        if self.generated and not made_by_ai(self.source_type):
            return _BY_AI
        return self.source_type


NO_MARKS = Marks()


def marks_of(blocks: Blocks) -> Marks:
    """Return the marks of origin in the descriptions inside a picture.

    Cost: 10 to 100 µs for what cameras and generators write.
    """
    properties = properties_of(blocks.xmp)
    source_type = ""
    for stated in properties.get("DigitalSourceType", ()):
        source_type = stronger(source_type, digital_source_type_of(stated.strip()) or "")
    programs = [name for name in map(plain_text, _programs(blocks, properties)) if name]
    generators = (name for name in programs if _GENERATORS.search(name))
    return Marks(
        source_type=source_type,
        generator=next(generators, programs[0] if programs else ""),
        author=_author(blocks, properties),
        has_c2pa=blocks.has_c2pa,
    )


def plain_text(text: str) -> str:
    """Return a text that can be shown: one line, no control characters, at most 200 long."""
    line = _BLANKS.sub(" ", text[:_READ])
    return "".join(filter(str.isprintable, line)).strip()[:MAX_TEXT].rstrip()


def _programs(blocks: Blocks, properties: Properties) -> Iterator[str]:
    """Yield the names of programs, those that embed their settings first."""
    texts, exif = blocks.texts, blocks.exif_texts
    comment = exif.get("UserComment", "")
    settings = next((texts[name] for name in _STABLE_DIFFUSION_TEXTS if texts.get(name)), "")
    if not settings and _STABLE_DIFFUSION.search(comment):
        settings = comment
    if settings:
        model = _MODEL.search(settings)
        yield f"Stable Diffusion, {model.group(1).strip()}" if model else "Stable Diffusion"
    graphs = (texts.get("workflow", ""), texts.get("prompt", ""))
    cameras = (exif.get("Make", ""), exif.get("Model", ""))  # where ComfyUI puts it in WebP
    if any(text.lstrip().startswith("{") for text in graphs) or any(
        text.lower().startswith(("workflow:", "prompt:")) for text in cameras
    ):
        yield "ComfyUI"
    descriptions = (texts.get("Description", ""), *properties.get("description", ())[:3])
    if any(map(_MIDJOURNEY.search, descriptions)):
        yield "Midjourney"
    yield from properties.get("CreatorTool", ())[:3]
    yield texts.get("Software", "")
    yield exif.get("Software", "")
    # A creator or camera maker is not a program, unless it is known to be one.
    credits = (*properties.get("Credit", ())[:3], blocks.iptc_credit, exif.get("Make", ""))
    yield from filter(_GENERATORS.search, credits)


def _author(blocks: Blocks, properties: Properties) -> str:
    """Return who made the picture: XMP before EXIF, IPTC and the texts of PNG."""
    stated = (
        ", ".join(properties.get("creator", ())[:10]),
        blocks.exif_texts.get("Artist", ""),
        ", ".join(blocks.iptc_creators[:10]),
        blocks.texts.get("Author", ""),
    )
    return next(filter(None, map(plain_text, stated)), "")
