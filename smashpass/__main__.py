"""``python -m smashpass``: the command line."""

from smashpass.cli.main import main

main()
