"""One run: asks for the pictures that are missing, within a budget, and never twice for one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from smashpass.clock import Clock
from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.demo.generator.client import GeneratedPicture, GeneratorClient, GeneratorFailed
from smashpass.demo.generator.folder import GeneratedFolder
from smashpass.demo.generator.journal import NOTHING, CallJournal
from smashpass.demo.generator.prompts import PictureOrder, PromptWriter

TRIES = 4
"""Calls for one picture in one run."""

MOST_IN_A_ROW = 5
"""Pictures given up one after the other, after which the generator counts as broken."""

LONGEST_WAIT_S = 120
_POLL_S = 0.2
_SOURCE_TYPE = "trainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class GenerationPlan:
    """What a run makes.

    Attributes:
        count: Pictures in the folder when all is done.
        seed: From which tags and prompts are drawn.
        licence: What the operator states for all pictures.
        price: The most that one call costs; None if it is not known.
        budget: The most that all calls of the folder cost; None for no limit.
        workers: Calls at the same time.
        pause_s: Seconds before the second try, doubled before each further one.
    """

    count: int
    seed: int
    licence: str
    price: Decimal | None = None
    budget: Decimal | None = None
    workers: int = 1
    pause_s: float = 2.0


@dataclass(slots=True)
class GenerationReport:
    """What came of a run.

    Attributes:
        asked: Calls of this run.
        done: Pictures in the folder, of those that are wanted.
        failed: Name and reason of pictures that were given up.
        left: Pictures that were not asked for, or not to the end.
        spent: What all calls of the folder cost, or may have cost.
        stopped: Why the run ended early; "" if it did not.
    """

    asked: int = 0
    done: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0
    spent: Decimal = NOTHING
    stopped: str = ""


Check = Callable[[Path], Picture | PictureRefusal]
"""Looks at a file: is it a picture?"""


class Generation:
    """One run in one folder."""

    def __init__(
        self,
        plan: GenerationPlan,
        out: Path,
        client: GeneratorClient,
        writer: PromptWriter,
        check: Check,
        clock: Clock,
    ) -> None:
        """Keep what is needed; nothing is opened before :meth:`run`."""
        self._plan = plan
        self._out = out
        self._client = client
        self._writer = writer
        self._check = check
        self._clock = clock
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._hopeless = ""
        self._failures_in_a_row = 0
        self._report = GenerationReport()

    def run(
        self, interrupted: Callable[[], bool], progress: Callable[[int, Decimal], None]
    ) -> GenerationReport:
        """Ask for what is missing, and describe what is there.

        Args:
            interrupted: Whether to stop; calls under way are waited for.
            progress: Called with the number of settled pictures, and what was spent so far.

        Raises:
            Busy: Another process works on the folder.
            NotPossible: The folder cannot be written or is of another run, or the generator
                cannot be used at all.
        """
        plan = self._plan
        of_run = {
            "format": "smashpass-render/1",
            "seed": plan.seed,
            "host": self._client.endpoint.address,
            "shape": self._client.shape,
            "model": self._client.model,
            "licence": plan.licence,
        }
        try:
            folder = GeneratedFolder(self._out)
            with CallJournal(folder.root, of_run) as journal:
                try:
                    self._ask_for_all(folder, journal, interrupted, progress)
                finally:
                    numbers = sorted(journal.pictures)
                    folder.describe(journal.pictures[number] for number in numbers)
                self._count(folder, journal)
        except OSError as error:
            raise NotPossible(
                f"cannot write the pictures: {error.strerror}",
                where=str(error.filename or self._out),
                hint="make room or name another folder; what is there is kept",
            ) from error
        if self._hopeless:
            raise NotPossible(
                f"the generator cannot be used: {self._hopeless}",
                where=self._client.endpoint.address,
                hint="correct the options and run it again: what is there is kept",
            )
        return self._report

    def _ask_for_all(
        self,
        folder: GeneratedFolder,
        journal: CallJournal,
        interrupted: Callable[[], bool],
        progress: Callable[[int, Decimal], None],
    ) -> None:
        """Keep the workers busy until nothing is missing, or the run has to stop."""
        missing = self._missing(folder, journal)
        under_way: set[Future[None]] = set()
        with ThreadPoolExecutor(self._plan.workers) as pool:
            try:
                while True:
                    while len(under_way) < self._plan.workers and not self._stop.is_set():
                        number = next(missing, None)
                        if number is None:
                            break
                        order = self._writer.order(self._plan.seed, number)
                        under_way.add(pool.submit(self._picture, order, folder, journal))
                    if not under_way:
                        break
                    ended, under_way = wait(under_way, _POLL_S, FIRST_COMPLETED)
                    for future in ended:
                        future.result()
                    if interrupted() and not self._stop.is_set():
                        self._end_early("interrupted")
                    settled = len(journal.pictures) + len(journal.refused)
                    progress(min(settled, self._plan.count), journal.spent)
            finally:
                self._stop.set()

    def _missing(self, folder: GeneratedFolder, journal: CallJournal) -> Iterator[int]:
        """Yield the numbers of pictures to ask for."""
        for number in range(self._plan.count):
            record = journal.pictures.get(number)
            if number in journal.refused or (record is not None and folder.keep(record)):
                continue
            yield number

    def _picture(self, order: PictureOrder, folder: GeneratedFolder, journal: CallJournal) -> None:
        """Ask for one picture, several times if that may help."""
        for attempt in range(TRIES):
            if self._stop.is_set():
                return
            call = journal.begin(order.number, self._plan.price or NOTHING, self._plan.budget)
            if call is None:
                self._end_early("the budget")
                return
            with self._turn:
                self._report.asked += 1
            try:
                answer = self._client.ask(order)
            except GeneratorFailed as failure:
                cost = self._cost(failure.cost, free=failure.free)
                is_refused = failure.fate == "refused"
                journal.end(call, cost, refused=str(failure) if is_refused else "")
                if failure.fate == "hopeless":
                    self._give_up(str(failure))
                    return
                if is_refused:
                    return
                if failure.fate == "failed":
                    self._fail(order, f"the answer has no picture: {failure}")
                    return
                if failure.wait_s > LONGEST_WAIT_S or attempt == TRIES - 1:
                    self._fail(order, f"{failure}, {attempt + 1} tries")
                    return
                self._stop.wait(max(failure.wait_s, self._plan.pause_s * 2**attempt))
            else:
                self._take(order, answer, call, folder, journal)
                return

    def _take(
        self,
        order: PictureOrder,
        answer: GeneratedPicture,
        call: int,
        folder: GeneratedFolder,
        journal: CallJournal,
    ) -> None:
        """Keep the picture that came, if it is one."""
        cost = self._cost(answer.cost, free=False)
        looked_at = self._check(folder.write(order, answer.data))
        if isinstance(looked_at, PictureRefusal):
            folder.discard(order)
            journal.end(call, cost)
            self._fail(order, f"the answer is not a picture: {looked_at.reason}")
            return
        record = self._record(order, answer, looked_at, cost)
        record["file_name"] = folder.file_name(order, looked_at)
        # First the record, then the name: whichever of them a kill prevents, the next run has
        # the file and its hash, and asks nobody.
        journal.end(call, cost, picture=record)
        folder.keep(record)
        with self._turn:
            self._failures_in_a_row = 0

    def _record(
        self, order: PictureOrder, answer: GeneratedPicture, picture: Picture, cost: Decimal
    ) -> dict[str, Any]:
        """Return what is recorded of a picture."""
        at = datetime.fromtimestamp(self._clock() // 1_000_000, UTC)
        return {
            "file_name": "",
            "id": order.name,
            "number": order.number,
            "sha256": picture.sha256,
            "host": self._client.endpoint.address,
            "shape": self._client.shape,
            "model": self._client.model,
            "model_version": answer.version,
            "prompt": order.prompt,
            "seed": order.seed if answer.seeded else None,
            "digital_source_type": _SOURCE_TYPE,
            "licence": self._plan.licence,
            "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "cost": str(cost),
            "tags": list(order.tags),
            "label": order.label,
            "depicts": order.depicts,
            "width": picture.width,
            "height": picture.height,
        }

    def _cost(self, stated: Decimal | None, *, free: bool) -> Decimal:
        """Return what a call costs; one that is dearer than the operator says ends the run."""
        price = self._plan.price
        if stated is None:
            return NOTHING if free else price or NOTHING
        if price is not None and stated > price:
            self._give_up(f"a call costs {stated}, more than the price of {price} that was stated")
        return stated

    def _fail(self, order: PictureOrder, reason: str) -> None:
        """Give one picture up, and all of them if that goes on."""
        with self._turn:
            self._report.failed.append((order.name, reason))
            self._failures_in_a_row += 1
            is_broken = self._failures_in_a_row >= MOST_IN_A_ROW
        if is_broken:
            self._give_up(f"{MOST_IN_A_ROW} pictures in a row failed, the last one: {reason}")

    def _give_up(self, reason: str) -> None:
        with self._turn:
            self._hopeless = self._hopeless or reason
        self._stop.set()

    def _end_early(self, reason: str) -> None:
        with self._turn:
            self._report.stopped = self._report.stopped or reason
        self._stop.set()

    def _count(self, folder: GeneratedFolder, journal: CallJournal) -> None:
        """Complete the report."""
        report, count = self._report, self._plan.count
        for number, reason in sorted(journal.refused.items()):
            if number < count:
                report.failed.append((self._writer.order(self._plan.seed, number).name, reason))
        report.done = sum(
            number < count and (folder.root / record["file_name"]).is_file()
            for number, record in journal.pictures.items()
        )
        report.failed.sort()
        report.left = count - report.done - len(report.failed)
        report.spent = journal.spent
