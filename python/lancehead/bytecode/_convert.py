"""Between numbers and objects."""

from __future__ import annotations

from typing import Any

from lancehead import _native

from . import concrete as _concrete
from ._enums import BinaryOp, CommonConstant, FormatValue, Intrinsic1Op, Intrinsic2Op, SpecialMethod
from ._enums import compare_arg, compare_of
from .instr import (
    BY_NAME,
    EXTENDED_ARG,
    FACTS,
    FORWARD,
    UNSET,
    CellVar,
    FreeVar,
    Instr,
    Label,
    SetLineno,
    TryBegin,
    TryEnd,
    const_key,
)
from .utils import MINOR, PY311

_NUMBERED: dict[str, Any] = {
    "Compare": compare_of,
    "BinaryOp": BinaryOp,
    "Intrinsic1": Intrinsic1Op,
    "Intrinsic2": Intrinsic2Op,
    "CommonConstant": CommonConstant,
    "SpecialMethod": SpecialMethod,
    "Conversion": FormatValue,
}


class _Reader:
    """From arguments to objects."""

    def __init__(self, code: Any) -> None:
        self.consts, self.names, self.varnames = code.consts, code.names, code.varnames
        cells = [name for name in code.cellvars if not PY311 or name not in code.varnames]
        self.outer = [CellVar(name) for name in cells] + [FreeVar(name) for name in code.freevars]

    def variable(self, slot: int) -> Any:
        if slot < len(self.varnames):
            return self.varnames[slot]
        variable = self.outer[slot - len(self.varnames)]
        return type(variable)(variable.name)

    def operand(self, kind: str, arg: int) -> Any:
        if kind == "Const":
            return self.consts[arg]
        if kind == "Name":
            return self.names[arg]
        if kind == "Local":
            return self.variable(arg)
        if kind in ("NameAndNull", "NameAndMethod"):
            return (bool(arg & 1), self.names[arg >> 1])
        if kind in ("SuperName", "LazyName"):
            return (bool(arg & 1), bool(arg & 2), self.names[arg >> 2])
        if kind == "LocalPair":
            return (self.variable(arg >> 4), self.variable(arg & 15))
        if kind == "Deref":
            found = self.variable(arg if PY311 else arg + len(self.varnames))
            return CellVar(found) if isinstance(found, str) else found
        make = _NUMBERED.get(kind)
        return make(arg) if make else arg


def _folded(code: Any, prune_caches: bool) -> tuple[list[Any], int]:
    """Instructions with start, end (after caches) in units, argument and prefixes; the number of units."""
    from ._base import legalized

    copies = [item if isinstance(item, SetLineno) else item.copy() for item in code]
    rows: list[Any] = []
    at = arg = prefixes = 0
    start = None
    for item in legalized(copies, code.first_lineno)[0]:
        start = at if start is None else start
        at += item.size // 2
        if item._opcode == EXTENDED_ARG:
            arg = arg << 8 | item._arg
            prefixes += 1
            continue
        value = 0 if item._arg is UNSET else item._arg
        rows.append([item, start, at, arg << 8 | value if prefixes else value, prefixes + item._prefixes()])
        arg = prefixes = 0
        start = None
    if PY311:
        for before, after in zip(rows, rows[1:]):
            before[2] = before[1] + before[4] + 1 + before[0].use_cache_opcodes()
            del after
    return [row for row in rows if row[0]._opcode or not PY311 or not prune_caches], at


def to_bytecode(code: Any, prune_caches: bool, conserve: bool) -> Any:
    """Concrete code as `Bytecode`."""
    from .bytecode import Bytecode

    rows, units = _folded(code, prune_caches)
    reader = _Reader(code)
    labels: dict[int, Label] = {}
    made = []
    for item, start, _end, arg, prefixes in rows:
        new = object.__new__(Instr)
        new._opcode, new._location, new._extended = item._opcode, item._location, prefixes
        fact = FACTS[item._opcode]
        if fact.kind == "None" or item._arg is UNSET:
            new._arg = UNSET if not item.require_arg() else arg
        elif item.has_jump():
            after = start + prefixes + 1 + fact.caches
            step = arg if MINOR >= 10 else arg // 2
            target = step if fact.kind == "JumpAbsolute" else after + step if fact.kind == FORWARD else after - step
            new._arg = labels.setdefault(target, Label())
        else:
            new._arg = reader.operand(fact.kind, arg)
        made.append((start, new))
    begins, ends = _regions(code, labels, conserve)
    result = Bytecode()
    result._copy_attr_from(code)
    count = code.argcount + code.kwonlyargcount + bool(code.flags & 4) + bool(code.flags & 8)
    result.argnames = list(code.varnames[:count])
    append = list.append
    for start, new in [*made, (units, None)]:
        for marker in ends.pop(start, ()):
            append(result, marker)
        if start in labels:
            append(result, labels.pop(start))
        for marker in begins.pop(start, ()):
            append(result, marker)
        if new is not None:
            append(result, new)
    if labels or begins or ends:
        place = min([*labels, *begins, *ends])
        raise ValueError(f"a jump or handler leads to code unit {place}, where no instruction begins")
    return result


def _regions(code: Any, labels: dict[int, Label], conserve: bool) -> tuple[dict[int, Any], dict[int, Any]]:
    begins: dict[int, Any] = {}
    ends: dict[int, Any] = {}
    for entry in code.exception_table:
        target = labels.setdefault(entry.target, Label())
        begin = TryBegin(target, entry.push_lasti, entry.stack_depth if conserve else UNSET)
        begins.setdefault(entry.start_offset, []).append(begin)
        ends.setdefault(entry.stop_offset + 1, []).append(TryEnd(begin))
    return begins, ends


class _Writer:
    """From objects to arguments."""

    def __init__(self, code: Any) -> None:
        consts, names, varnames = code._known or ((), (), ())
        self.consts: list[Any] = []
        self.by_key: dict[Any, int] = {}
        self.names: dict[str, int] = {}
        self.varnames: dict[str, int] = {}
        for value in consts:
            self.by_key.setdefault(const_key(value), len(self.consts))
            self.consts.append(value)
        if code.docstring is not UNSET:
            if not consts:
                self.consts = [code.docstring]
                self.by_key[const_key(code.docstring)] = 0
            elif self.consts[0] is not code.docstring:
                self.consts[0] = code.docstring
                self.by_key = {}
                for index, value in enumerate(self.consts):
                    self.by_key.setdefault(const_key(value), index)
        for table, given in ((self.names, names), (self.varnames, (*code.argnames, *varnames))):
            for name in given:
                table.setdefault(name, len(table))
        self.gather(code)
        self.cells = [name for name in code.cellvars if not PY311 or name not in self.varnames]
        self.free = list(code.freevars)

    def gather(self, code: Any) -> None:
        for item in code:
            if isinstance(item, Instr) and FACTS[item._opcode].kind in ("Local", "LocalPair"):
                args = item._arg if isinstance(item._arg, tuple) else (item._arg,)
                for name in args:
                    if isinstance(name, str):
                        self.varnames.setdefault(name, len(self.varnames))

    def const(self, value: Any) -> int:
        key = const_key(value)
        index = self.by_key.get(key)
        if index is None:
            index = self.by_key[key] = len(self.consts)
            self.consts.append(value)
        return index

    def name(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def variable(self, item: Any) -> int:
        if isinstance(item, str):
            return self.varnames[item]
        if isinstance(item, CellVar) and PY311 and item.name in self.varnames:
            return self.varnames[item.name]
        known = self.cells if isinstance(item, CellVar) else self.free
        if item.name not in known:
            raise ValueError(f"{item!r} is not among the {'cell' if known is self.cells else 'free'} variables")
        base = 0 if known is self.cells else len(self.cells)
        return len(self.varnames) + base + known.index(item.name)

    def pair(self, instruction: Instr) -> list[tuple[int, int]]:
        """The opcodes and arguments of an instruction on two variables: two where one cannot hold them."""
        first, second = (self.variable(item) for item in instruction._arg)
        if first < 16 and second < 16:
            return [(instruction._opcode, first << 4 | second)]
        words = instruction.name.split("_")
        half = len(words) // 2
        if words[2] == "BORROW":
            half = 3
        names = "_".join(words[:half]), "_".join(words[half:])
        return [(BY_NAME[name].number, slot) for name, slot in zip(names, (first, second))]

    def argument(self, kind: str, arg: Any) -> int:
        if arg is UNSET:
            return 0
        if kind == "Const":
            return self.const(arg)
        if kind == "Name":
            return self.name(arg)
        if kind == "Local":
            return self.variable(arg)
        if kind == "Deref":
            return self.variable(arg) - (0 if PY311 else len(self.varnames))
        if kind in ("NameAndNull", "NameAndMethod"):
            return self.name(arg[1]) << 1 | arg[0]
        if kind in ("SuperName", "LazyName"):
            return self.name(arg[2]) << 2 | arg[1] << 1 | arg[0]
        return compare_arg(arg) if kind == "Compare" else int(arg)


def to_concrete(code: Any, passes: int, compute_depths: bool) -> Any:
    """`Bytecode` as concrete code."""
    from ._base import legalized

    copies = [item.copy() if isinstance(item, Instr) else item for item in code]
    items = legalized(copies, code.first_lineno)[0]
    writer = _Writer(code)
    # Opcode, argument, target, least prefixes, caches, location
    pieces: list[list[Any]] = []
    places: dict[int, int] = {}
    regions: list[list[Any]] = []
    open_regions: dict[int, list[Any]] = {}
    for item in items:
        if isinstance(item, Label):
            places[id(item)] = len(pieces)
        elif isinstance(item, TryBegin):
            region = [item, len(pieces), None]
            regions.append(region)
            open_regions[id(item)] = region
        elif isinstance(item, TryEnd):
            region = open_regions.pop(id(item.entry), None)  # type: ignore[assignment]
            if region is None:
                raise ValueError("a TryEnd stands without its TryBegin before it")
            region[2] = len(pieces)
        else:
            fact = FACTS[item._opcode]
            if fact.kind == "LocalPair":
                for opcode, arg in writer.pair(item):
                    pieces.append([opcode, arg, None, 0, FACTS[opcode].caches, item._location])
                continue
            target = item._arg if item.has_jump() else None
            arg = 0 if target is not None else writer.argument(fact.kind, item._arg)
            pieces.append([item._opcode, arg, target, item._extended, fact.caches, item._location])
    if open_regions:
        raise ValueError("a TryBegin is not ended")
    starts = _lay_out(pieces, places, passes)
    result = _concrete.ConcreteBytecode(
        consts=writer.consts, names=list(writer.names), varnames=list(writer.varnames)
    )
    result._copy_attr_from(code)
    make = _concrete.ConcreteInstr._made
    for opcode, arg, _target, prefixes, caches, location in pieces:
        list.append(result, make(opcode, arg, location, prefixes))
        for _ in range(caches):
            list.append(result, make(0, 0, location, 0))
    for begin, first, last in regions:
        if starts[first] < starts[last]:
            place = places.get(id(begin.target))
            if place is None:
                raise ValueError("the target of a TryBegin is not in the code")
            result.exception_table.append(
                _concrete.ExceptionTableEntry(
                    starts[first], starts[last] - 1, starts[place], begin.stack_depth, begin.push_lasti
                )
            )
    result.exception_table.sort(key=lambda entry: entry.start_offset)
    if compute_depths and result.exception_table:
        _set_depths(result)
    return result


def _set_depths(result: Any) -> None:
    data = result._assembled()[0]
    rows = [(*row[:3], None, row[4]) for row in result._rows()]
    found = _native.bytecode_handler_depths(MINOR, data, int(result.flags), rows)
    for entry, depth in zip(result.exception_table, found):
        if depth is not None:
            entry.stack_depth = depth
        elif entry.stack_depth is UNSET:
            entry.stack_depth = 0


def _lay_out(pieces: list[list[Any]], places: dict[int, int], passes: int) -> list[int]:
    """Sets the arguments of jumps; gives where each piece begins, in units, and the length."""
    for piece in pieces:
        arg = piece[1]
        piece[3] = max(piece[3] if piece[2] is not None else 0, (arg > 0xFF) + (arg > 0xFFFF) + (arg > 0xFFFFFF))
    jumps = [(index, piece) for index, piece in enumerate(pieces) if piece[2] is not None]
    targets = []
    for index, piece in jumps:
        place = places.get(id(piece[2]))
        if place is None:
            raise ValueError(f"instruction {index}: {FACTS[piece[0]].name} jumps to a label that is not in the code")
        targets.append(place)
    for _ in range(passes):
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + 1 + piece[3] + piece[4])
        grown = False
        for (index, piece), place in zip(jumps, targets):
            kind = FACTS[piece[0]].kind
            after, target = starts[index + 1], starts[place]
            step = target if kind == "JumpAbsolute" else target - after if kind == FORWARD else after - target
            if step < 0:
                way = "backwards" if kind == FORWARD else "forwards"
                raise ValueError(f"instruction {index}: {FACTS[piece[0]].name} cannot jump {way}")
            piece[1] = step if MINOR >= 10 else step * 2
            needed = (piece[1] > 0xFF) + (piece[1] > 0xFFFF) + (piece[1] > 0xFFFFFF)
            if needed > piece[3]:
                piece[3] = needed
                grown = True
        if not grown:
            return starts
    raise RuntimeError(f"the lengths of jumps are not settled after {passes} passes")
