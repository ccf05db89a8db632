"""`python -m ops.up`, which is `make run`: every process of the Procfile, until Ctrl-C."""

import argparse
import os
import sys
from pathlib import Path

from ops.errors import StartError
from ops.signals import Wish


def main() -> int:
    """Run until told to stop. Returns 0 after an orderly end, 130 after a second Ctrl-C, 1 for no start."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="python -m ops.up", description=__doc__)
    parser.add_argument("--root", type=Path, default=here, help="where the processes run and var/ lies")
    parser.add_argument("--procfile", type=Path, help="instead of the Procfile in the root")
    parser.add_argument("--snapshot", type=Path, help="begin with the data of this dump.rdb")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this ends")
    options = parser.parse_args()
    wish = Wish(os.getppid() if options.with_parent else None)
    root = options.root.resolve()
    file, snapshot = (path and path.resolve() for path in (options.procfile or root / "Procfile", options.snapshot))
    try:
        os.chdir(root)  # where the processes run; var/ is found from here
        # Late, because these read the settings when imported, and a wrong one must become a sentence.
        from ops.runner import run
        from tasks_app.configuration import settings

        return run(root, file, settings, wish, snapshot)
    except ModuleNotFoundError as error:
        print(f"usher: {error.name} is not installed for this Python: use `make run`.", file=sys.stderr)
    except StartError as error:
        print(f"usher: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
