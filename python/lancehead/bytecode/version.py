"""The version of the library whose interface this is."""

from typing import NamedTuple


class _version_info(NamedTuple):
    major: int
    minor: int
    micro: int
    status: str


version_info = _version_info(0, 19, 1, "")
__version__ = "0.19.1"
