"""The settings: one table, read once from the environment and an optional TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smashpass.core.errors import BadSetting
from smashpass.core.operations.proxies import TrustedProxies
from smashpass.setting import PREFIX, SECRET_MIN_LENGTH, Setting

CONFIG_VARIABLE = "SMASHPASS_CONFIG"
KEY_FILE = "secret_key"
"""Name of the file below home that keeps the key made at the first start; for the owner alone."""
_RENAMED = {"title": "label_app_name"}
"""Settings of earlier versions, with their names of today."""


TABLE = (
    Setting("home", "./var", "folder", "Folder of all data: database, pictures, snapshots"),
    Setting(
        "database_url",
        "sqlite:///{home}/smashpass.db",
        "SQLAlchemy URL",
        "The database: SQLite, or PostgreSQL through psycopg 3",
    ),
    Setting(
        "media_url",
        "file://{home}/media",
        "URL",
        "Where the picture files are: file:// and a folder, or s3://BUCKET/PREFIX (extra s3)",
    ),
    Setting(
        "media_addresses",
        "proxied",
        "proxied or direct",
        "Whether pictures in a bucket pass through the server, or browsers get signed addresses",
        choices=("proxied", "direct"),
    ),
    Setting(
        "picture_effort",
        "4",
        "effort, 0 to 6",
        "Effort of the WebP files that imports write: more takes longer and fewer bytes",
        between=(0, 6),
    ),
    Setting(
        "accel_redirect",
        None,
        "path, like /_pictures/",
        "Internal location of nginx that serves the media folder by X-Accel-Redirect; unset: none",
        form=(
            r"(/[A-Za-z0-9_-]+)+/",
            "a path of letters, digits, - and _, for example /_pictures/",
        ),
    ),
    Setting(
        "secret_key",
        None,
        f"text of {SECRET_MIN_LENGTH} characters or more",
        "Key that signs cookies; generated at the first start if unset",
        secret=True,
    ),
    Setting(
        "trusted_proxies",
        None,
        "addresses or networks, separated by commas; unix for a unix socket",
        "Proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are trusted; unset: none",
    ),
    Setting(
        "scorer_url",
        None,
        "URL",
        "Base URL of an Open Inference Protocol v2 server; unset: no model is used",
    ),
    Setting("scorer_model", "smashpass", "name", "Name of the model on that server"),
    Setting(
        "scorer_token_file",
        None,
        "path of a file",
        "File with the bearer token for that server, readable by its owner alone; unset: none",
    ),
    Setting(
        "scorer_outputs",
        None,
        "OUTPUT=ATTRIBUTE, separated by commas",
        "Outputs of the model whose names are not those of their plugin attributes",
    ),
    Setting(
        "scorer_onnx",
        None,
        "path of a file",
        "Model file (ONNX) to score pictures with in this process; unset: none",
    ),
    Setting(
        "prompt_embeddings",
        "off",
        "on or off",
        "Whether descriptions are also understood by sentence embeddings (extra prompts)",
        choices=("on", "off"),
    ),
    Setting(
        "scorer_deadline_ms",
        "300",
        "milliseconds, 1 to 1500",
        "Time a deck waits for all scorers together; then the rules decide alone",
        between=(1, 1_500),
    ),
    Setting(
        "scorer_wait",
        "deadline",
        "deadline or never",
        "Whether a deck waits for scores that are not known yet, or never does",
        choices=("deadline", "never"),
    ),
    Setting(
        "plugins",
        None,
        "names, separated by commas",
        "Installed plugins to load, by entry point name in smashpass.plugins",
    ),
    Setting(
        "deny_tags",
        None,
        "tags, separated by commas",
        "Tags whose images are not shown; aliases and implying tags count too",
    ),
    Setting(
        "under_age_terms",
        None,
        "terms, separated by commas",
        "Additional terms in tags that mean under age; such images are never shown",
    ),
    Setting(
        "import_folders",
        None,
        "folders, separated by colons",
        "Folders that the admin pages may import from, subfolders included; unset: none",
    ),
    Setting(
        "age_gate",
        "on",
        "on or off",
        "Whether viewers must state an age band before the first card",
        choices=("on", "off"),
    ),
    Setting(
        "minor_daily_minutes",
        "60",
        "minutes, 5 to 1440",
        "Daily swiping time of viewers aged 13 to 17 who set no limit of their own",
        between=(5, 1_440),
    ),
    Setting(
        "decision_log_percent",
        "0",
        "percent, 0 to 100",
        "Share of decisions logged to {home}/decisions; records name viewers",
        between=(0, 100),
    ),
    *(
        Setting(f"label_{name}", default, f"text, at most {most} characters", meaning, longest=most)
        for name, default, most, meaning in (
            ("app_name", "Smash or pass", 40, "Name of the site"),
            ("smash", "Smash", 12, "Label for the verdict smash on pages; the API keeps smash"),
            ("pass", "Pass", 12, "Label for the verdict pass on pages; the API keeps pass"),
        )
    ),
    Setting(
        "accent_colour",
        None,
        "#rrggbb",
        "Colour of links and of the keyboard focus, made readable where needed; unset: blue",
        form=("#[0-9a-fA-F]{6}", "a colour of the form #rrggbb, for example #c2185b"),
    ),
    Setting("operator", None, "text", "Name of the operator, shown on /transparency"),
    Setting("contact", None, "address", "Contact address of the operator, shown on /transparency"),
    *(
        Setting(
            f"keep_{name}_days",
            default,
            "days, 1 to 36500",
            f"Days to keep {what}",
            between=(1, 36_500),
        )
        for name, default, what in (
            ("viewers", "400", "inactive viewers and their swipes"),
            ("decisions", "30", "decision log files"),
            ("notices", "730", "decided notices"),
            ("audit", "730", "audit trail entries"),
            ("jobs", "90", "ended jobs"),
            ("erased", "400", "digests of erased viewers; at least as long as backups"),
        )
    ),
    Setting(
        "backup_max_age_hours",
        "26",
        "hours, 1 to 8760",
        "Age of the last backup from which on doctor warns",
        between=(1, 8_760),
    ),
    Setting(
        "log_level",
        "info",
        "debug, info, warning or error",
        "Lowest severity that is logged",
        choices=("debug", "info", "warning", "error"),
    ),
)
_BY_NAME = {setting.name: setting for setting in TABLE}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process, resolved; ``origin`` tells where each value came from."""

    values: Mapping[str, str | None]
    origin: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The folder of everything that changes; absolute."""
        return Path(self.text("home"))

    @property
    def database_url(self) -> str:
        """The database, as an SQLAlchemy URL."""
        return self.text("database_url")

    def text(self, name: str) -> str:
        """Return the value of a setting that always has one."""
        value = self.values[name]
        if value is None:
            raise BadSetting(f"{_BY_NAME[name].variable} is not set", hint="set it")
        return value

    def whole(self, name: str) -> int:
        """Return the value of a setting that holds a whole number."""
        return int(self.text(name))

    def names(self, name: str) -> list[str]:
        """Return the names that a setting lists, separated by commas, each once."""
        texts = (self.values[name] or "").split(",")
        return list(dict.fromkeys(stripped for text in texts if (stripped := text.strip())))

    @property
    def trusted_proxies(self) -> TrustedProxies:
        """Whose word about the client is taken."""
        return TrustedProxies.of(self.values["trusted_proxies"] or "")

    def rows(self) -> list[dict[str, str | None]]:
        """Every setting with value, default, unit, meaning and origin; secrets masked."""
        return [
            {
                "name": setting.variable,
                "value": setting.masked(self.values[setting.name]),
                "default": setting.default,
                "unit": setting.unit,
                "meaning": setting.meaning,
                "origin": self.origin[setting.name],
            }
            for setting in TABLE
        ]


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings: environment first, then the TOML file, then the defaults.

    Raises:
        BadSetting: The file cannot be read or names an unknown setting, or a value is not
            one that its setting can hold.
    """
    for former, current in _RENAMED.items():
        if PREFIX + former.upper() in environment:
            raise _unknown(PREFIX + former.upper(), "environment", current)
    file = environment.get(CONFIG_VARIABLE)
    from_file = _read_file(Path(file)) if file else {}
    values: dict[str, str | None] = {}
    origin: dict[str, str] = {}
    for setting in TABLE:
        if setting.variable in environment:
            value, place = environment[setting.variable] or None, "environment"
        elif setting.name in from_file:
            value, place = from_file[setting.name], str(file)
        else:
            value, place = None, "default"
        if value is None:
            value, place = setting.default, "default"
        if setting.name == "home" and value is not None:
            value = str(Path(value).expanduser().absolute())
        if value is not None:
            value = value.replace("{home}", str(values.get("home") or ""))
            value = value.replace("{SMASHPASS_HOME}", str(values.get("home") or ""))
        setting.check(value, place)
        values[setting.name], origin[setting.name] = value, place
    _check_media(values, origin)
    return Settings(values=values, origin=origin)


def _check_media(values: Mapping[str, str | None], origin: Mapping[str, str]) -> None:
    """Refuse settings that would have no effect at the place where the pictures are."""
    in_bucket = str(values["media_url"]).startswith("s3://")
    if in_bucket and values["accel_redirect"] is not None:
        raise BadSetting(
            f"{PREFIX}ACCEL_REDIRECT is set, but the pictures are in a bucket",
            where=origin["accel_redirect"],
            hint="unset it: nginx can only send files of its own machine",
        )
    if not in_bucket and values["media_addresses"] == "direct":
        raise BadSetting(
            f"{PREFIX}MEDIA_ADDRESSES is 'direct', but the pictures are in a folder",
            where=origin["media_addresses"],
            hint="unset it: only a bucket has addresses of its own",
        )


def _read_file(path: Path) -> dict[str, str]:
    """Return the settings of a TOML file, keys with or without the prefix, in any case."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"cannot read the settings file: {error}",
            where=str(path),
            hint=f"correct {CONFIG_VARIABLE}",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"not TOML: {error}", where=str(path)) from error
    values: dict[str, str] = {}
    for key, value in content.items():
        name = key.lower().removeprefix(PREFIX.lower())
        if name not in _BY_NAME:
            raise _unknown(key, str(path), _RENAMED.get(name))
        if not isinstance(value, str | int):
            raise BadSetting(f"{key} is neither text nor a number", where=str(path))
        values[name] = ("on" if value else "off") if isinstance(value, bool) else str(value)
    return values


def _unknown(key: str, place: str, current: str | None) -> BadSetting:
    """Return the error for a setting that does not exist, or is called ``current`` today."""
    return BadSetting(
        f"there is no setting {key!r}",
        where=place,
        hint=f"it is now called {_BY_NAME[current].variable}"
        if current
        else "see `smashpass settings` for all of them",
    )
