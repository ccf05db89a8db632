"""The tests. A user's servers are not ours to test on: what names them is taken out before anything reads it."""

import os

for _name in list(os.environ):
    if _name.startswith("USHER_") or _name in ("REDIS_URL", "BROKER_URL", "PORT", "FLOWER_PORT", "REDIS_PORT", "HOST"):
        del os.environ[_name]

os.environ["USHER_ALLOWED_NETWORKS"] = "127.0.0.0/8,::1/128"  # the providers of the tests are on this machine
