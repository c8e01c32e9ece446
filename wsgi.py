"""The WSGI entry point: ``gunicorn wsgi:application``."""

import os

from smashpass.web.app import create_app

from smashpass.settings import load

application = create_app(load(os.environ))
