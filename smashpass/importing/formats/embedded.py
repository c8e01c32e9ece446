"""Reads a folder of pictures from their embedded metadata: XMP, IPTC, EXIF, generator texts."""

from __future__ import annotations

import re

from smashpass.core.errors import SmashpassError
from smashpass.core.pictures.metadata import Blocks, blocks_of
from smashpass.core.pictures.source_types import digital_source_type_of
from smashpass.core.pictures.xmp import Properties, properties_of
from smashpass.importing.base.files import small_file
from smashpass.importing.base.posts import Fields, Unusable
from smashpass.importing.base.sidecars import caption_tags, short_label
from smashpass.importing.base.walk import PictureEntry
from smashpass.importing.formats.folder import Folder
from smashpass.services.importing.rows.terms import licence_of

MAX_FILE = 20_000_000
_GENERATED = "trainedAlgorithmicMedia"
_LORA = re.compile(r"<[^<>]*>")
_WEIGHT = re.compile(r"(?<!\\)[()\[\]{}]|:\s*-?\d+(?:\.\d+)?(?=\s*(?:[()\[\]{},]|$))")
_MAY_BE_WEIGHTED = re.compile(r"[()\[\]{}:]")
_BREAK = re.compile(r"\b(?:BREAK|AND)\b")
_NEGATIVE = "\nNegative prompt:"
_STEPS = "\nSteps:"


class Embedded(Folder):
    """Pictures with embedded descriptions; sidecars are not read."""

    format = "embedded"

    def _described(self, entry: PictureEntry) -> Fields:
        """Return the embedded description of a picture."""
        try:
            content = small_file(f"{self.place}/{entry.name}", MAX_FILE)
        except SmashpassError as error:
            raise Unusable("unreadable_file", str(error)[:200]) from error
        if len(content) > MAX_FILE:
            raise Unusable("too_many_bytes", f"more than {MAX_FILE:,} bytes")
        return fields_of(blocks_of(content))


def fields_of(blocks: Blocks) -> Fields:
    """Return the columns in the blocks of a picture; keywords of all kinds together, once each.

    An address or a term that the gate would not know is left out, so that an option of the run
    can state it.
    """
    properties = properties_of(blocks.xmp)
    parameters = blocks.texts.get("parameters", "")
    tags = [*properties.get("subject", ()), *blocks.iptc_keywords, *blocks.exif_keywords]
    tags += prompt_tags(parameters)
    fields: Fields = {"tags": list(dict.fromkeys(tag.replace(",", " ") for tag in tags))}
    for column, names in (("author", ("creator",)), ("label", ("title", "description"))):
        text = next((properties[name][0] for name in names if properties.get(name)), "")
        if text:
            fields[column] = short_label(text)
    licences = [*properties.get("license", ()), *properties.get("WebStatement", ())]
    licence = next((candidate for candidate in licences if licence_of(candidate)), "")
    if licence:
        fields["licence"] = licence
    generator = _generator(blocks, properties)
    kinds = properties.get("DigitalSourceType", ())
    kind = next((candidate for candidate in kinds if digital_source_type_of(candidate)), "")
    if kind or parameters or "workflow" in blocks.texts:
        fields["digital_source_type"] = kind or _GENERATED
    if generator:
        fields["generator"] = generator
    return fields


def prompt_tags(parameters: str) -> list[str]:
    """Return the tags of the prompt, never those of the negative prompt."""
    prompt = parameters.partition(_NEGATIVE)[0].partition(_STEPS)[0]
    if prompt.startswith(("Negative prompt:", "Steps:")):
        return []
    plain = _LORA.sub("", prompt) if "<" in prompt else prompt
    if _MAY_BE_WEIGHTED.search(plain):
        plain = _WEIGHT.sub("", plain)
    if "BREAK" in plain or "AND" in plain:
        plain = _BREAK.sub(",", plain)
    tags = caption_tags(plain.replace("\n", ","))
    return [tag for tag in tags if len(tag) <= 100]


def _generator(blocks: Blocks, properties: Properties) -> str:
    """Return the program that made the picture."""
    texts = blocks.texts
    if "parameters" in texts:
        model = re.search(r"\bModel: ([^,\n]{1,80})", texts["parameters"])
        return f"Stable Diffusion, {model.group(1).strip()}" if model else "Stable Diffusion"
    if "workflow" in texts:
        return "ComfyUI"
    tool = properties.get("CreatorTool") or (texts.get("Software", ""),)
    return short_label(tool[0])[:200]
