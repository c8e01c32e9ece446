"""What asks an image generator for pictures: the only place that knows client and decoder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.rules import shipped
from smashpass.core.errors import BadInput
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.demo.drawing import Artist, require_extra
from smashpass.demo.generator.client import GeneratorClient
from smashpass.demo.generator.prompts import PromptWriter
from smashpass.demo.generator.run import Generation, GenerationPlan
from smashpass.demo.generator.shapes import Shape
from smashpass.demo.recipefile import load_recipe
from smashpass.exchange import Endpoint
from smashpass.scoring.options import read_token
from smashpass.services.tagging.screening import under_age_terms
from smashpass.settings import Settings

_log = logging.getLogger(__name__)


def prompt_writer(settings: Settings) -> PromptWriter:
    """Return what writes the prompts of the shipped recipe.

    Raises:
        NotPossible: The extra ``demo`` is absent.
    """
    require_extra()
    artist = Artist(load_recipe(shipped("image_library")))
    return PromptWriter(artist, under_age_terms(settings.values["under_age_terms"] or ""))


def generator_client(
    url: str, shape: Shape, model: str, token_file: Path | None
) -> GeneratorClient:
    """Return the client of a generator.

    Raises:
        BadInput: The address or the token cannot be used.
    """
    try:
        endpoint = Endpoint.of(url)
    except ValueError as error:
        raise BadInput(
            f"the address of the generator cannot be used: {error}",
            hint="write the base of the server, such as http://127.0.0.1:8080",
        ) from error
    token = read_token(token_file, "--token-file") if token_file else ""
    if token and not endpoint.tls and not endpoint.is_loopback:
        _log.warning(
            "the token in %s travels to %s unencrypted; use an https:// address",
            token_file,
            endpoint.address,
        )
    return GeneratorClient(endpoint, shape, model, token=token)


@contextmanager
def opened_generation(
    settings: Settings, plan: GenerationPlan, out: Path, client: GeneratorClient
) -> Iterator[Generation]:
    """Yield a run; what comes is decoded by a child process, as an import would do it."""
    installation = Installation(settings)
    writer = prompt_writer(settings)
    with installation.decoders(1) as pool:
        from smashpass.media.pool import Task

        def check(path: Path) -> Picture | PictureRefusal:
            (result,) = pool.inspect([Task(str(path), ())])
            return result

        yield Generation(plan, out, client, writer, check, installation.clock)
