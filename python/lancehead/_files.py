"""Writing files where somebody else may have put a link."""

from __future__ import annotations

import os


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all.

    A link that stands there is replaced, not followed; what is no file (a pipe, a terminal) is written to. The file
    grows under a name that nobody can foresee.
    """
    path = os.fspath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:
            file.write(data)
        return
    temporary = os.path.join(os.path.dirname(path), f".lancehead-{os.urandom(8).hex()}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
        try:
            file.write(data)
            file.close()
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def is_plain(name: str) -> bool:
    """Whether ``name`` is that of something in a folder, and leads nowhere else."""
    return name not in ("", ".", "..") and not any(c in name for c in "/\\:\0")


def open_plain(folder: str, *names: str) -> int:
    """A file descriptor to read what lies below ``folder`` under plain names.

    Raises `ValueError` for a name that leads elsewhere, `OSError` for a link or what cannot be read.
    """
    if not all(map(is_plain, names)):
        raise ValueError(f"not a plain name: {'/'.join(names)!r}")
    path = os.path.join(folder, *names)
    for depth in range(1, len(names) + 1):
        if os.path.islink(os.path.join(folder, *names[:depth])):
            raise OSError(f"a link: {path!r}")
    return os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
