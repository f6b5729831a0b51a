"""See what ``torch.compile`` made of a function, as source that a debugger can step through.

Importing this does not import PyTorch; entering `prepare_debug` and calling `install` do.
"""

from lancehead.torch._dump import prepare_debug
from lancehead.torch._log import install, uninstall

__all__ = ["install", "prepare_debug", "uninstall"]
