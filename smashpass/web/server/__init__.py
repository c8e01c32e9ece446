"""Between gunicorn and the application: the worker, connections, proxies, raw paths."""
