"""The command line: ``lsq-webhooks``, or ``python -m leadsquared_webhooks``."""

from __future__ import annotations

import signal
import sys

from ._native import run_command


def main() -> None:
    """Run the command with the program's arguments, and exit with its status."""
    # Python's handler would delay Ctrl-C until the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(["lsq-webhooks", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
