"""``depyf.explain.enhance_logging``: decompiled bytecode in the log of PyTorch."""

from lancehead.torch import install, uninstall

__all__ = ["install", "uninstall"]
