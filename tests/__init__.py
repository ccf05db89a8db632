"""The tests. They must not run on a user's servers: settings that name them are removed before anything reads them."""

import os

for _name in list(os.environ):
    if _name.startswith("USHER_") or _name in ("REDIS_URL", "BROKER_URL", "PORT", "FLOWER_PORT", "REDIS_PORT", "HOST"):
        del os.environ[_name]

os.environ["USHER_ALLOWED_NETWORKS"] = "127.0.0.0/8,::1/128"  # the providers of the tests are on this machine
