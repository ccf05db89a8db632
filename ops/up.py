"""`usher up`, which is `make run`: every process, until Ctrl-C."""

import os
from pathlib import Path

from ops.errors import StartError
from ops.signals import Wish


def up(root: Path, file: Path | None, snapshot: Path | None, with_parent: bool) -> int:
    """
    Run the processes of the Procfile `file`, otherwise of the Procfile in `root`, otherwise Usher's own, until told to
    stop. They run in `root`, and begin with the data of `snapshot` if one is given. With `with_parent` they end when
    the process that started this one ends.

    Returns 0 after a normal end, 130 after a second Ctrl-C. Raises StartError if it cannot start.
    """
    wish = Wish(os.getppid() if with_parent else None)
    file, snapshot = (path and path.resolve() for path in (file, snapshot))
    root = root.resolve()
    try:
        os.chdir(root)  # where the processes run; var/ is found from here
    except OSError as error:
        raise StartError(f"{root} cannot be entered: {error.strerror}.") from None
    # Late, because these read the settings, and the signals must be handled before.
    from ops import procfile
    from ops.runner import run
    from tasks_app.configuration import own_settings

    if file is None and (root / procfile.NAME).exists():
        file = root / procfile.NAME
    commands = procfile.read(file) if file else procfile.own()
    return run(root, commands, own_settings(), wish, snapshot)
