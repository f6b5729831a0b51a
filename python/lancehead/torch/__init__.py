"""See what ``torch.compile`` made of a function, as source that a debugger can step through.

Importing this does not import PyTorch; entering `prepare_debug`, and calling the rest, do.
"""

from lancehead.torch._debug import Dispatcher, debug
from lancehead.torch._dump import prepare_debug
from lancehead.torch._explain import Entry, Explanation, GraphBreak, explain
from lancehead.torch._log import install, uninstall
from lancehead.torch._report import report

__all__ = [
    "Dispatcher",
    "Entry",
    "Explanation",
    "GraphBreak",
    "debug",
    "explain",
    "install",
    "prepare_debug",
    "report",
    "uninstall",
]
