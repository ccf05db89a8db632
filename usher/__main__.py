"""
`usher`, or `python -m usher` in a clone: if something is wrong, it prints a sentence, never a traceback.
"""

import sys

INTERRUPTED = 130  # what a shell calls the end by Ctrl-C


def main() -> int:
    """Returns the exit code: 0 = done, 1 = impossible, 2 = bad usage, 130 = Ctrl-C."""
    try:
        from usher.commands import run

        return run(sys.argv[1:])
    except ModuleNotFoundError as error:
        print(f"usher: {error.name} is not installed for this Python; in a clone use `make run`.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # `up` and the programs hear of it themselves
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
