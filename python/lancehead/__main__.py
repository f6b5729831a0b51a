"""The ``lancehead`` command: ``python -m lancehead``."""

import signal
import sys

from lancehead import _native


def main() -> int:
    """Run the command with this process's arguments; give its exit status."""
    # Python would only note an interrupt, and raise KeyboardInterrupt when all files are done.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.argv[1:2] == ["torch-report"]:
        return _torch_report(sys.argv[2:])
    return _native.run_command(["lancehead", *sys.argv[1:]])


def _torch_report(arguments: list[str]) -> int:
    from lancehead.torch import report

    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("Usage: lancehead torch-report FOLDER", file=sys.stderr)
        return 2
    try:
        print(report(arguments[0]))
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {arguments[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
