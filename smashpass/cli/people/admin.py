"""``smashpass admin``: accounts and API tokens of editors."""

from __future__ import annotations

import os
import sys

import click

from smashpass.bootstrap.container import build
from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import BadInput
from smashpass.core.people.account import MAX_PASSWORD, ROLES
from smashpass.settings import load


@click.group(epilog="Example: smashpass admin create ann --role editor")
def command() -> None:
    """Manage accounts of people who edit tags and rules, and tokens for programs."""


@command.command(epilog="Example: smashpass admin create ann --role editor")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(ROLES), required=True, help="Role of the account.")
@json_option
def create(name: str, role: str, as_json: bool) -> None:
    """Create an account; the password is prompted for, or read from standard input."""
    services = build(load(os.environ))
    password = _password()
    services.prepare()
    account = services.accounts.create(name, role, password, by=operator(), origin="cli")
    if as_json:
        print_json({"name": account.name, "role": account.role})
    else:
        click.echo(f"Created account {account.name!r} with role {account.role}.")


@command.command(epilog="Example: smashpass admin token ann")
@click.argument("name", metavar="NAME")
@json_option
def token(name: str, as_json: bool) -> None:
    """Print a new token for NAME, once; the previous token stops working."""
    text = open_services().accounts.renew_token(name, by=operator(), origin="cli")
    if as_json:
        print_json({"token": text})
    else:
        click.echo(text)


@command.command(epilog="Example: smashpass admin recover ann")
@click.argument("name", metavar="NAME")
@json_option
def recover(name: str, as_json: bool) -> None:
    """Disable the second factor of NAME, after loss of both phone and recovery codes.

    Every session of NAME ends; the password alone is then enough to sign in.
    """
    was_on = open_services().accounts.recover(name, by=operator(), origin="cli")
    if as_json:
        print_json({"name": name, "second_factor_was_on": was_on})
    elif was_on:
        click.echo(f"The second factor of {name!r} is off; its sessions have ended.")
    else:
        click.echo(f"The second factor of {name!r} was not on; its sessions have ended.")


def _password() -> str:
    """Return the password that is typed twice, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        return sys.stdin.readline(MAX_PASSWORD + 2).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput("the password is not UTF-8") from error
