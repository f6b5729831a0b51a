"""Whether this interpreter makes frames as its version is known to: tried before the first frame hook is installed."""

from __future__ import annotations

import _thread
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from lancehead import _native


class _Tried:
    """A hook that replaces the functions below."""

    def __init__(self, codes: dict[types.CodeType, types.CodeType]) -> None:
        self.callback = codes.get
        self.error: Exception | None = None


def trouble(install: Callable[[Any], None], remove: Callable[[Any], None]) -> str:
    """What is not as expected; empty if nothing is."""
    try:
        return _layout_trouble() or _tracing_trouble() or _result_trouble(install, remove)
    except Exception as error:
        return repr(error)


def _layout_trouble() -> str:
    """Compare frames of known functions with where their parts should be."""
    layout = _native.hook_layout()
    if layout is None:
        return "" if len(_native.hook_try(_four, *_WORDS)) == 1 else "a call did not ask for one frame"
    code, function, owner, variables = layout
    for words, is_call, callee in (
        (_native.hook_try(_four, *_WORDS), True, _four),
        (_native.hook_try(_four_later, *_WORDS), True, _four_later),
        (_native.hook_try(next, _four_later(*_WORDS)), False, _four_later),
    ):
        if len(words) != 1:
            return "a call did not ask for one frame"
        at = [word & ~3 for word in words[0]]
        expected = [(code, callee.__code__), (function, callee)]
        if is_call:
            expected += [(variables + 8 * index, word) for index, word in enumerate(_WORDS[:3])]
        if any(at[offset // 8] != id(item) for offset, item in expected):
            return "a frame is not laid out as known"
        if (words[0][owner // 8] >> 8 * (owner % 8) & 255 == 0) is not is_call:
            return "a frame does not say whether it is a generator's"
    return ""


def _tracing_trouble() -> str:
    """Up to 3.10, see that the depth of tracing is counted where it should be, on a thread without other tracers."""
    if _native.hook_tracing_depth() is None:
        return ""
    depths: list[int | None] = []
    done = _thread.allocate_lock()
    done.acquire()

    def look(*_event: object) -> None:
        depths.append(_native.hook_tracing_depth())

    def run() -> None:
        try:
            look()
            sys.settrace(look)
            _four(*_WORDS)
            sys.settrace(None)
        finally:
            done.release()

    _thread.start_new_thread(run, ())
    done.acquire()
    return "" if depths[:1] == [0] and set(depths[1:]) == {1} else "the depth of tracing is not where it should be"


def _result_trouble(install: Callable[[Any], None], remove: Callable[[Any], None]) -> str:
    """Replace functions of several kinds, and see what calls of them give."""
    cell = [0]

    def closure(step: int) -> list[int]:
        return [cell[0], step]

    def other_closure(step: int) -> list[int]:
        cell[0] += step
        return cell

    pairs: list[tuple[Any, Any]] = [(_shapes, _other_shapes), (_raises, _other_raises), (closure, other_closure)]
    has_generators = sys.version_info >= (3, 11)
    if has_generators:
        pairs.append((_four_later, _other_four_later))
    hook = _Tried({first.__code__: second.__code__ for first, second in pairs})
    install(hook)
    try:
        for _ in range(2):
            results = [
                _shapes(1, 2, 3, c=4, d=5) == (2, 1, (3,), 4, {"d": 5}),
                closure(7) is cell,
                _raises(3) == 3,
                not has_generators or list(_four_later(1, 2, 3, 4)) == [4, 3, 2, 1],
            ]
    finally:
        remove(hook)
    is_right = all(results) and cell == [14] and hook.error is None
    return "" if is_right else "a function that was replaced gave another result"


#: Objects with addresses of their own.
_WORDS = (object(), object(), object(), object())


def _four(a: Any, b: Any, c: Any, d: Any) -> Any:
    return a


def _four_later(a: Any, b: Any, c: Any, d: Any) -> Iterator[Any]:
    yield a
    yield b
    yield c
    yield d


def _other_four_later(a: Any, b: Any, c: Any, d: Any) -> Iterator[Any]:
    yield from (d, c, b, a)


def _shapes(a: Any, b: Any = 0, *rest: Any, c: Any = 1, **more: Any) -> Any:
    return a, lambda: b


def _other_shapes(a: Any, b: Any = 0, *rest: Any, c: Any = 1, **more: Any) -> Any:
    return (lambda: b)(), a, rest, c, more


def _raises(x: Any) -> Any:
    raise ValueError(x)


def _other_raises(x: Any) -> Any:
    try:
        raise KeyError(x)
    except KeyError:
        return x
