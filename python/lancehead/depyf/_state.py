"""The state that modules of depyf share."""

from __future__ import annotations

import os
from typing import Any

data: dict[str, Any] = {"dump_src_dir": os.path.abspath("dumped_src"), "is_inside_prepare_debug": False}
