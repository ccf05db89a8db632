"""`usher migrate`: brings the data of the state to this release's layout, which every start does by itself."""

import sys

from tasks_app.errors import LayoutError, StateUnavailableError
from tasks_app.program import own_usher


def bring_up() -> int:
    """Returns 0 if the data have our layout, or the state is away and nobody can tell; 1 if they cannot get it."""
    try:
        own_usher().enter(lambda line: print(f"usher: {line}.", file=sys.stderr, flush=True))
    except LayoutError as error:
        print(f"usher: {error}", file=sys.stderr)
        return 1
    except StateUnavailableError as error:
        print(f"usher: {error}", file=sys.stderr)
    return 0
