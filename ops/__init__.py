"""What runs the others: the bundled server, the runner of the Procfile, the checks before a start."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older one must be told so, before it meets newer grammar
    sys.exit("usher: Python 3.11 or newer is needed; this is %d.%d." % sys.version_info[:2])  # noqa: UP031
