"""Health of an installation: each check returns what it found, or says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from smashpass.clock import Clock
from smashpass.core.errors import NotPossible
from smashpass.services.operations.scorers import CheckResult
from smashpass.services.ports.library import ChangeLog, LibraryStore, Snapshots
from smashpass.services.ports.people import AccountStore
from smashpass.services.ports.rules import RevisionStore
from smashpass.services.rules.publish import require_good
from smashpass.services.rules.revision_names import SHOWN_DIGITS
from smashpass.services.rules.sets import LoadTexts
from smashpass.services.runtime.library import LiveLibrary

_SKEW_US = 60_000_000


class HealthService:
    """Checks the database and what is in it; changes nothing.

    Each check raises NotPossible, or the error it came upon, if something is wrong.
    """

    def __init__(
        self,
        *,
        require_library: Callable[[], None],
        schema_versions: Callable[[], tuple[str | None, str | None]],
        durability: Callable[[], str],
        integrity: Callable[[], str],
        media: Callable[[], str],
        sandbox: Callable[[], CheckResult],
        has_secret_key: Callable[[], bool],
        accounts: AccountStore,
        store: LibraryStore,
        changes: ChangeLog,
        snapshots: Snapshots,
        revisions: RevisionStore,
        load: LoadTexts,
        library: Callable[[], LiveLibrary],
        clock: Clock,
    ) -> None:
        """Create the service.

        Args:
            require_library: Raises NotPossible if there is no database yet.
            schema_versions: Returns the version of the schema, and the one that is needed.
            durability: Returns how the database keeps confirmed writes.
            integrity: Checks the files of the database.
            media: Writes, reads and removes a file where the pictures are.
            sandbox: Decodes a picture in a process with limits.
            has_secret_key: Tells whether there is a secret key already.
            accounts: Accounts with their second factors.
            store: The library.
            changes: The log of all edits.
            snapshots: The saved indexes.
            revisions: The published rules.
            load: Reads rules from their files.
            library: Returns the index that this process answers from.
            clock: Gives microseconds since 1970.
        """
        self._require_library, self._schema_versions = require_library, schema_versions
        self.durability, self.integrity, self.media = durability, integrity, media
        self.sandbox = sandbox
        self._has_secret_key, self._accounts = has_secret_key, accounts
        self._store, self._changes, self._snapshots = store, changes, snapshots
        self._revisions, self._load = revisions, load
        self._library, self._clock = library, clock

    def database(self) -> str:
        """Check that the database is reachable and its schema current."""
        self._require_library()
        version, head = self._schema_versions()
        if version is not None and head is not None and version > head:
            raise NotPossible(
                f"the schema is at {version}, made by a later version of smashpass; "
                f"this one knows {head}",
                hint="install the later version here too",
            )
        if version != head:
            raise NotPossible(
                f"the schema is at {version}, this program needs {head}",
                hint="back up, then run any import to migrate it",
            )
        return f"reachable, schema {version}"

    def second_factors(self) -> str:
        """Check that the secret key decrypts the second factors."""
        if self._has_secret_key():
            names = self._accounts.unreadable_secrets()
        else:
            accounts = self._accounts.everyone()
            names = [account.name for account in accounts if account.second_factor]
        if names:
            raise NotPossible(
                "the secret key is not the one that encrypted the second factor of "
                f"{', '.join(names)}",
                hint="restore the key, or run: smashpass admin recover NAME",
            )
        return "the secret key decrypts all second factors"

    def clock(self) -> str:
        """Check that the clock is not behind recorded changes."""
        now = self._clock()
        newest = max((change.at for change in self._changes.history(limit=1)), default=0)
        if newest > now + _SKEW_US:
            raise NotPossible(
                f"it is {_second(now)}, but the newest change is from {_second(newest)}",
                hint="set the clock of this machine",
            )
        return _second(now)

    def snapshot(self) -> str:
        """Check that the newest snapshot is intact and belongs to this database."""
        index = self._snapshots.load_newest()
        if index is None:
            raise NotPossible("there is no snapshot", hint="build one with `smashpass index build`")
        version = self._changes.latest()
        if index.version > version:
            raise NotPossible(
                f"the snapshot is of version {index.version}, the database only at {version}",
                hint="it belongs to another database; build one with `smashpass index build`",
            )
        behind = version - index.version
        tail = f", {behind:,} changes to follow" if behind else ""
        return f"version {index.version} with {len(index.live):,} images, checksums valid{tail}"

    def rules(self) -> str:
        """Check that the active revision can be read and passes its own tests."""
        revision = self._revisions.active()
        if revision is None:
            raise NotPossible(
                "no rules are published",
                hint="publish a set: smashpass rules publish rules --reason 'first rules'",
            )
        loaded = self._load(revision.files)
        require_good(loaded)
        tests = sum(len(examples) for examples in loaded.examples.values())
        name = revision.sha256[:SHOWN_DIGITS]
        return f"revision {name}: {len(loaded.trees)} trees, {tests} tests pass"

    def screening(self) -> str:
        """Count the images hidden because of under-age or denied tags."""
        withheld = self._library().withheld
        counts = {
            "under-age tags": withheld.under_age,
            "tags awaiting review": withheld.unreviewed,
            "denied tags": withheld.denied,
        }
        return f"{len(withheld.images):,} images hidden" + "".join(
            f"; {len(images):,} for {why}" for why, images in counts.items() if images
        )

    def picture_hashes(self) -> str:
        """Count the pictures without hashes, which takedowns of other files cannot match."""
        missing = len(self._store.pictures_without_signature())
        if not missing:
            return "complete"
        return f"{missing:,} pictures lack hashes; run: smashpass media hash"


def _second(at: int) -> str:
    """Return a time (microseconds since 1970, UTC) as RFC 3339, in seconds."""
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
