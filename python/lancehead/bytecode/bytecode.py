"""Code with objects for arguments and labels for places."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any

from ._base import BaseBytecode, finished, legalized
from .concrete import ConcreteBytecode
from .instr import Instr, Label, SetLineno, TryBegin, TryEnd
from .utils import PY311

#: How often jumps are measured before it is given up.
PASSES = 10


class Bytecode(BaseBytecode, list):  # type: ignore[type-arg]
    """A code object as a list of `Instr`, `Label`, `SetLineno`, `TryBegin` and `TryEnd`.

    One that `from_code` gives is taken apart when it is first looked at.
    """

    #: Constants, names and variables of the code object that this came from, which keep their places.
    _known: Any = None

    def __init__(self, instructions: Iterable[Any] = ()) -> None:
        BaseBytecode.__init__(self)
        self.argnames: list[str] = []
        list.__init__(self, self._checked(instructions))

    @staticmethod
    def _checked(items: Iterable[Any]) -> list[Any]:
        items = list(items)
        for item in items:
            if not isinstance(item, (Instr, Label, SetLineno, TryBegin, TryEnd)):
                raise ValueError(f"Bytecode cannot hold {type(item).__name__}")
        return items

    def append(self, item: Any) -> None:
        """As of `list`."""
        list.append(self, self._checked((item,))[0])

    def insert(self, index: Any, item: Any) -> None:
        """As of `list`."""
        list.insert(self, index, self._checked((item,))[0])

    def extend(self, items: Iterable[Any]) -> None:
        """As of `list`."""
        list.extend(self, self._checked(items))

    def __iadd__(self, items: Iterable[Any]) -> Bytecode:  # type: ignore[override, misc]
        self.extend(items)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        checked = self._checked(value) if isinstance(index, slice) else self._checked((value,))[0]
        list.__setitem__(self, index, checked)

    def __getitem__(self, index: Any) -> Any:
        value = list.__getitem__(self, index)
        return self._like(value) if isinstance(index, slice) else value

    def _like(self, items: list[Any]) -> Bytecode:
        new = Bytecode(items)
        new._copy_attr_from(self)
        new.argnames = list(self.argnames)
        new._known = self._known
        return new

    def copy(self) -> Bytecode:
        """Another one with the same instructions."""
        return self._like(list(self))

    def _get_instructions(self) -> list[Any]:
        return [item for item in self if isinstance(item, Instr)]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Bytecode) and (self._key(), self.argnames) != (other._key(), other.argnames):
            return False
        return isinstance(other, list) and comparable(self) == comparable(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Bytecode instr#={len(self)}>"

    @staticmethod
    def from_code(
        code: CodeType, prune_caches: bool = True, conserve_exception_block_stackdepth: bool = False
    ) -> Bytecode:
        """Takes a code object apart, when it is first looked at.

        `prune_caches` leaves `CACHE` out; `conserve_exception_block_stackdepth` keeps the depths of handlers.
        """
        if not isinstance(code, CodeType):
            raise TypeError(f"expected a code object, not {type(code).__name__}")
        new = list.__new__(_Untouched)
        list.__init__(new)
        object.__setattr__(new, "_origin", (code, prune_caches, conserve_exception_block_stackdepth))
        return new

    def legalize(self) -> None:
        """Sets all lines, and takes `SetLineno` out."""
        list.__setitem__(self, slice(None), legalized(list(self), self.first_lineno)[0])

    def to_concrete_bytecode(
        self, compute_jumps_passes: int | None = None, compute_exception_stack_depths: bool = True
    ) -> ConcreteBytecode:
        """The same with numbers for arguments.

        Raises `RuntimeError` when jumps are not settled after `compute_jumps_passes`, `ValueError` for code that cannot
        be put together.
        """
        from ._convert import to_concrete

        passes = PASSES if compute_jumps_passes is None else compute_jumps_passes
        return to_concrete(self, passes, compute_exception_stack_depths)

    def compute_stacksize(self, *, check_pre_and_post: bool = True) -> int:
        """The size that the stack must have; raises `RuntimeError` where it would hold less than nothing."""
        return self.to_concrete_bytecode().compute_stacksize(check_pre_and_post=check_pre_and_post)

    def to_code(
        self,
        compute_jumps_passes: int | None = None,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """Puts the code object together.

        `stacksize` is taken as it is; `check_pre_and_post` off lets instructions take more than the stack holds;
        `compute_exception_stack_depths` off takes the depths of handlers from their `TryBegin`. `verify` says whether
        the result is checked; by default it is, unless one of the others asks for what could not pass, or
        `set_verification` says otherwise.
        """
        made = self.to_concrete_bytecode(compute_jumps_passes, compute_exception_stack_depths)
        return made.to_code(stacksize, check_pre_and_post=check_pre_and_post, verify=verify)


class _Untouched(Bytecode):
    """What nobody has looked into yet: becomes a plain `Bytecode` when somebody does."""

    def __getattr__(self, name: str) -> Any:
        _touch(self)
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _touch(self)
        setattr(self, name, value)

    def to_code(  # type: ignore[override]
        self,
        compute_jumps_passes: int | None = None,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """The code object that this came from, which nobody has changed."""
        code = self._origin[0]
        if stacksize is not None:
            code = code.replace(co_stacksize=stacksize)
        if verify is None and (stacksize is not None or not check_pre_and_post):
            verify = False
        return finished(code, verify)


def _touch(lazy: Any) -> None:
    code, prune_caches, conserve = object.__getattribute__(lazy, "_origin")
    object.__delattr__(lazy, "_origin")
    lazy.__class__ = Bytecode
    concrete = ConcreteBytecode.from_code(code)
    made = concrete.to_bytecode(prune_caches, conserve)
    lazy.__dict__.update(made.__dict__)
    lazy._known = (code.co_consts, code.co_names, code.co_varnames)
    list.extend(lazy, list(made))


def _touching(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        _touch(self)
        return getattr(self, name)(*args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Bytecode.{name}"
    return method


for _name in (*dir(list), *vars(Bytecode)):
    _plain = _name in ("copy", "append") or not hasattr(object, _name)
    if callable(getattr(Bytecode, _name)) and (_plain or _name in ("__eq__", "__ne__", "__lt__", "__repr__", "__reduce_ex__")):
        if _name not in vars(_Untouched) and _name not in ("_checked", "from_code", "__class_getitem__"):
            setattr(_Untouched, _name, _touching(_name))
_Untouched.__name__ = _Untouched.__qualname__ = "Bytecode"


def comparable(items: Iterable[Any]) -> list[Any]:
    """`items` with places for labels and regions, whose identity is their own."""
    items = list(items)
    numbers: dict[int, int] = {}

    def number(of: Any) -> int:
        return numbers.setdefault(id(of), len(numbers))

    result: list[Any] = []
    for item in items:
        if isinstance(item, Label):
            result.append(("label", number(item)))
        elif isinstance(item, TryBegin):
            result.append(("begin", number(item), number(item.target), item.push_lasti, int(item.stack_depth)))
        elif isinstance(item, TryEnd):
            result.append(("end", number(item.entry)))
        elif isinstance(item, Instr) and item.has_jump():
            result.append((item._opcode, number(item._arg), item._location))
        else:
            result.append(item)
    return result


__all__ = ["PY311", "Bytecode"]
