"""A folder that several processes may write into: names that no two of them use, locks, and writing behind."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import logging
import os
import re
import threading
import time
import types
from collections.abc import Callable, Iterator

from lancehead._files import write_file

_LOGGER = logging.getLogger("lancehead.torch")
#: So many characters of a function's name stand in the name of its folder: file systems allow 255 bytes.
_NAME_LENGTH = 80
#: So many of the name of its file.
_STEM_LENGTH = 40
#: More processes than this write under names that they might share.
_MOST_PROCESSES = 4096
#: Nobody waits longer, in seconds: what is still to be written then is left to whoever comes next.
PATIENCE = 10.0
#: Between two looks for what is to be written, in seconds; longer where there was nothing.
_LEAST_PAUSE, _MOST_PAUSE = 0.005, 0.1
#: After so long without anything to write, in seconds, there is time for other things.
_REST = 0.5


def folder_name(code: types.CodeType) -> str:
    """A name for the folder of ``code``: letters, digits, and a hash where the name is too long for a file."""
    base = os.path.basename(code.co_filename)
    stem = base.rpartition(".")[0] or base
    return f"{_plain(code.co_name, _NAME_LENGTH)}_in_{_plain(stem, _STEM_LENGTH)}_line_{code.co_firstlineno}"


def _plain(name: str, length: int) -> str:
    plain = name
    if not (name.isidentifier() and name.isascii()):
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII)
    plain = plain.strip("_") or "function"
    if len(plain) > length:
        plain = f"{plain[:length]}_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return plain


class Lock:
    """A lock on a file, against other processes. It ends with the process, whatever ends that."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock if nobody has it. Raises `OSError` if the file cannot be made."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(file):
            os.close(file)
            return False
        self._file = file
        return True

    def touch(self) -> float:
        """Mark the file as written now, and give that time by the clock of the file system."""
        assert self._file is not None
        os.utime(self._path)
        return os.fstat(self._file).st_mtime

    def release(self) -> None:
        """Let others take it."""
        if self._file is not None:
            _unlock(self._file)
            os.close(self._file)
            self._file = None


def _lock(file: int) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        import errno

        # Where the file system knows no locks, there is nothing to wait for.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR)
    return True


def _unlock(file: int) -> None:
    with contextlib.suppress(OSError):
        try:
            import fcntl
        except ImportError:
            return
        # Processes that were forked hold the file too.
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def locked(path: str, patience: float = PATIENCE) -> Iterator[bool]:
    """Hold the lock on ``path`` within the ``with``; what it gives says whether that came in time."""
    lock = Lock(path)
    end = time.monotonic() + patience
    while True:
        taken = lock.take()
        if taken or time.monotonic() > end:
            break
        time.sleep(0.01)
    try:
        yield taken
    finally:
        lock.release()


class Place:
    """The number of this process among those that write into a folder: the least that no other has."""

    def __init__(self, directory: str) -> None:
        self.process = os.getpid()
        self.number = 0
        #: When it was taken, by the clock of the file system.
        self.since = time.time()
        self._lock: Lock | None = None
        for number in range(_MOST_PROCESSES):
            lock = Lock(os.path.join(directory, f".process_{number}.lock"))
            if lock.take():
                self.number, self._lock, self.since = number, lock, lock.touch()
                break

    def file_name(self, number: int) -> str:
        """The name for the file of a compilation: the same in each run where one process runs."""
        return f"transformed_{number}_process_{self.number}.py" if self.number else f"transformed_{number}.py"

    def leave(self) -> None:
        """Let another process have the number."""
        if self._lock is not None:
            self._lock.release()


class Writer:
    """Writes files behind the back of a compiler that waits. Those of one writer are written in order.

    Before the first it does ``begin``; once nothing has come for a while after something did, it does ``rest``.
    """

    def __init__(self, begin: Callable[[], None], rest: Callable[[], None]) -> None:
        # To wake a thread costs whoever does it more than all the rest: this one looks by itself.
        self._waiting: collections.deque[tuple[str, str, bool]] = collections.deque()
        self._is_closing = False
        self._begin, self._rest = begin, rest
        self._thread = threading.Thread(target=self._run, name="lancehead.torch", daemon=True)
        self._thread.start()

    def write(self, path: str, text: str, again: bool = True) -> None:
        """Write ``text`` to ``path`` soon; unless there is a file, or ``again`` says to write it again."""
        self._waiting.append((path, text, again))

    def close(self) -> None:
        """Wait until all is written."""
        self._is_closing = True
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        _do(self._begin)
        pause, written = _LEAST_PAUSE, 0.0
        while True:
            is_closing = self._is_closing
            while self._waiting:
                self._write(*self._waiting.popleft())
                pause, written = _LEAST_PAUSE, time.monotonic()
            if is_closing:
                return
            if written and time.monotonic() - written > _REST:
                written = 0.0
                _do(self._rest)
            time.sleep(pause)
            pause = min(2 * pause, _MOST_PAUSE)

    def _write(self, path: str, text: str, again: bool) -> None:
        try:
            if again:
                write(path, text)
            elif not os.path.exists(path):
                replace(path, text)
        except Exception as error:
            _LOGGER.warning("%s was not written: %s", path, error)


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        _LOGGER.warning("not all was written: %s", error)


def write(path: str, text: str) -> None:
    """Write a file, and make the folder that it lies in if need be."""
    data = text.encode("utf-8", "backslashreplace")
    # A link that somebody put there is not followed: that is an error.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        file = os.open(path, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        file = os.open(path, flags, 0o666)
    with os.fdopen(file, "wb") as stream:
        stream.write(data)


def replace(path: str, text: str) -> None:
    """Write a file so that whoever reads it sees all of it or what was there before."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        write_file(path, data)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_file(path, data)
