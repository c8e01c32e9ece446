"""docs/settings.md, made from the table of settings: ``python -m tests.support.settings_page``."""

from __future__ import annotations

from smashpass.settings import CONFIG_VARIABLE, TABLE
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "settings.md"

_HEAD = f"""# Settings

Each is an environment variable, or a line of the TOML file that `{CONFIG_VARIABLE}` names: there
the name is written without `SMASHPASS_` in small letters, `home = "/var/lib/smashpass"`. The
environment goes before the file, the file before the default. A name that is not in this table, or
a value that does not fit, ends every command with one line that says which, before anything is
changed.

`smashpass settings` prints the values in force and where each comes from, with secrets masked;
`smashpass settings --json` is for programs. `{{home}}` stands for the value of `SMASHPASS_HOME`.

| Variable | Value | Default | Meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole document."""
    return _HEAD + "".join(
        f"| `{setting.variable}` | {_form(setting)} | {_default(setting.default)} | "
        f"{_cell(setting.meaning)}{' (secret)' if setting.secret else ''} |\n"
        for setting in TABLE
    )


def _form(setting) -> str:
    if setting.choices:
        return " or ".join(f"`{choice}`" for choice in setting.choices)
    return _cell(setting.unit)


def _default(value: str | None) -> str:
    if value is None:
        return "unset"
    return f"`{_cell(value)}`" if value else "empty"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
