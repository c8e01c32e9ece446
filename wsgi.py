"""The WSGI entry point: ``gunicorn wsgi:application``."""

import os

from smashpass.settings import load
from smashpass.web.app import create_app

application = create_app(load(os.environ))
