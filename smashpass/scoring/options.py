"""What the operator says of the model server: its token, and what its outputs fill."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from smashpass.core.errors import BadSetting

LONGEST_TOKEN = 8_000
"""Characters; more does not fit into what servers take as one header."""

ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,99}")
"""The name of an attribute, without ``plugin.``; trees can name no longer one."""

_TOKEN = re.compile(r"[!-~]+")


def read_token(path: Path, option: str = "SMASHPASS_SCORER_TOKEN_FILE") -> str:
    """Return the bearer token in a file, without the whitespace around it.

    Args:
        path: The file.
        option: The setting or option that names it, for messages.

    Raises:
        BadSetting: The file cannot be read, others may read it, or it does not hold one token.
            The message never has any of the content.
    """
    try:
        # Not to wait where somebody named a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                hint = "name a file that holds the token alone"
                raise _bad_token(option, path, "is not a file", hint)
            if mode & 0o077:
                raise _bad_token(option, path, "may be read by others", "run: chmod 600 on it")
            content = os.read(descriptor, LONGEST_TOKEN + 1_000)
        finally:
            os.close(descriptor)
    except OSError as error:
        why = f"cannot be read: {error.strerror or type(error).__name__}"
        raise _bad_token(option, path, why, "correct the path, or unset it") from error
    token = content.strip().decode("latin-1")
    if not token:
        raise _bad_token(option, path, "is empty", "write the token into it, or unset it")
    if len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
        why = f"does not hold one token of at most {LONGEST_TOKEN:,} printable ASCII characters"
        raise _bad_token(option, path, why, "write the token alone into it, without `Bearer`")
    return token


def parse_outputs(text: str) -> Mapping[str, str]:
    """Return output of the model → attribute without ``plugin.``.

    Args:
        text: Such as ``Aesthetic-Score=aesthetic, NSFW=nsfw``.

    Raises:
        BadSetting: It is of another form, or names an output or an attribute twice.
    """
    attributes: dict[str, str] = {}
    for pair in text.split(","):
        output, equals, attribute = (part.strip() for part in pair.rpartition("="))
        if not equals or not output:
            raise _bad_outputs(f"{pair.strip()!r} is not of the form OUTPUT=ATTRIBUTE")
        if not ATTRIBUTE.fullmatch(attribute):
            raise _bad_outputs(
                f"{attribute!r} is not the name of an attribute: small letters, digits and"
                " underscores, beginning with a letter, without `plugin.`"
            )
        if output in attributes:
            raise _bad_outputs(f"the output {output!r} is listed twice")
        if attribute in attributes.values():
            raise _bad_outputs(f"two outputs fill plugin.{attribute}")
        attributes[output] = attribute
    return attributes


def _bad_token(option: str, path: Path, why: str, hint: str) -> BadSetting:
    return BadSetting(f"the token file {path} {why}", where=option, hint=hint)


def _bad_outputs(why: str) -> BadSetting:
    return BadSetting(
        why,
        where="SMASHPASS_SCORER_OUTPUTS",
        hint="write, for example: Aesthetic-Score=aesthetic, NSFW=nsfw",
    )
