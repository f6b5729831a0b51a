"""The ``lancehead`` command: ``python -m lancehead``."""

import sys

from lancehead import _native


def main() -> int:
    """Run the command with this process's arguments; give its exit status."""
    return _native.run_command(["lancehead", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
