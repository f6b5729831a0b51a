"""Which Python this runs on."""

import sys
from typing import Final

PY310: Final[bool] = sys.version_info >= (3, 10)
PY311: Final[bool] = sys.version_info >= (3, 11)
PY312: Final[bool] = sys.version_info >= (3, 12)
PY313: Final[bool] = sys.version_info >= (3, 13)
PY314: Final[bool] = sys.version_info >= (3, 14)
PY315: Final[bool] = sys.version_info >= (3, 15)
MINOR: Final[int] = sys.version_info[1]
