"""The command line itself: ``weighbridge`` and ``python -m weighbridge``."""

from __future__ import annotations

import os
import subprocess
import sys

from ._program import command
from .errors import WeighbridgeError


def main() -> None:
    try:
        arguments = command(sys.argv[1:])
    except WeighbridgeError as error:
        print(f"weighbridge: {error}", file=sys.stderr)
        sys.exit(2)
    if sys.platform != "win32":
        os.execv(arguments[0], arguments)
    with subprocess.Popen(arguments) as process:
        while True:
            try:
                sys.exit(process.wait())
            except KeyboardInterrupt:  # the child has it too, and says how it ends
                continue


if __name__ == "__main__":
    main()
