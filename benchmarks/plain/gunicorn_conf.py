"""How gunicorn serves the peer: as it serves Usher, and so with all settings that proved to be quick."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = int(os.environ["WEB_PROCESSES"])
worker_class = "gevent"
worker_connections = 5_000
keepalive = 5
http_parser = "python"
control_socket_disable = True
loglevel = "warning"
