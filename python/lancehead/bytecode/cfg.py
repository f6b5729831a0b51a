"""Code as a graph of basic blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any

from ._base import BaseBytecode, CheckedList, legalized
from .bytecode import Bytecode, comparable
from .concrete import ConcreteInstr  # noqa: F401
from .flags import CompilerFlags, HasInstructions, infer_flags  # noqa: F401
from .instr import (  # noqa: F401
    BY_NAME,
    MONITORING_ONLY_JUMP_OPS,
    UNSET,
    Instr,
    Label,
    SetLineno,
    Target,
    TryBegin,
    TryEnd,
)
from .utils import PY310, PY311, PY313  # noqa: F401


class BasicBlock(Target, CheckedList):
    """Instructions that run one after the other; only the last one may jump.

    Jumps and handlers lead to blocks. `next_block` is where control goes on behind the last instruction, `None` if it
    does not. Only a `TryEnd` may stand behind a jump.
    """

    def __init__(self, instructions: Iterable[Any] | None = None) -> None:
        self.next_block: BasicBlock | None = None
        super().__init__(() if instructions is None else instructions)

    def _check(self, item: Any) -> None:
        if not isinstance(item, (Instr, SetLineno, TryBegin, TryEnd)):
            raise ValueError(f"a block cannot hold {type(item).__name__}")

    def _check_order(self, items: Iterable[Any]) -> None:
        jump = None
        for item in items:
            if jump is not None and not isinstance(item, TryEnd):
                raise ValueError(f"only the last instruction of a block may jump, but {item!r} follows {jump!r}")
            if isinstance(item, Instr) and item.has_jump():
                jump = item

    def append(self, item: Any) -> None:
        """As of `list`."""
        self._check(item)
        self._check_order([*list.__getitem__(self, slice(-1, None)), item])
        list.append(self, item)

    def extend(self, items: Iterable[Any]) -> None:
        """As of `list`."""
        items = self._checked(items)
        self._check_order([*list.__getitem__(self, slice(-1, None)), *items])
        list.extend(self, items)

    def __iter__(self) -> Iterator[Any]:
        """Its instructions, with what a block must not hold told when it is met. It may be changed meanwhile."""
        place = 0
        while place < len(self):
            item = list.__getitem__(self, place)
            place += 1
            if isinstance(item, Instr) and item.has_jump():
                if not isinstance(item.arg, BasicBlock):
                    raise ValueError(f"within blocks, {item.name} jumps to a BasicBlock")
                behind = list.__getitem__(self, slice(place, None))
                self._check_order([item, *behind])
            if isinstance(item, TryBegin) and not isinstance(item.target, BasicBlock):
                raise ValueError("within blocks, the target of TryBegin is a BasicBlock")
            yield item

    def _like(self, items: Iterable[Any]) -> BasicBlock:
        new = type(self)(items)
        new.next_block = self.next_block
        return new

    def copy(self) -> BasicBlock:
        """Another one with the same instructions and the same next block."""
        return self._like(list.__iter__(self))

    def legalize(self, first_lineno: int) -> int:
        """Sets all lines, beginning with `first_lineno`, and takes `SetLineno` out; gives the last line."""
        items, line, _ = legalized(list(self), first_lineno)
        list.__setitem__(self, slice(None), items)
        return line

    def get_last_non_artificial_instruction(self) -> Instr | None:
        """The last `Instr`."""
        return next((item for item in list.__reversed__(self) if isinstance(item, Instr)), None)

    def get_jump(self) -> BasicBlock | None:
        """The block that its last instruction jumps to."""
        last = self.get_last_non_artificial_instruction()
        return last.arg if last is not None and last.has_jump() else None

    def get_trailing_try_end(self, index: int) -> TryEnd | None:
        """The first `TryEnd` behind `index`."""
        behind = list.__getitem__(self, slice(index + 1, None))
        return next((item for item in behind if isinstance(item, TryEnd)), None)


class ControlFlowGraph(HasInstructions, BaseBytecode):
    """A code object as a list of blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.argnames: list[str] = []
        self._known: Any = None
        self._blocks: list[BasicBlock] = [BasicBlock()]

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[BasicBlock]:
        return iter(self._blocks)

    def __getitem__(self, index: Any) -> Any:
        return self._blocks[self.get_block_index(index) if isinstance(index, BasicBlock) else index]

    def __delitem__(self, index: Any) -> None:
        del self._blocks[self.get_block_index(index) if isinstance(index, BasicBlock) else index]

    def __repr__(self) -> str:
        return f"<ControlFlowGraph block#={len(self._blocks)}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ControlFlowGraph) or self.argnames != other.argnames or self._key() != other._key():
            return False
        return self._comparable() == other._comparable()

    __hash__ = None  # type: ignore[assignment]

    def _comparable(self) -> list[Any]:
        places = {id(block): index for index, block in enumerate(self._blocks)}
        return [(comparable(block, places), places.get(id(block.next_block))) for block in self._blocks]

    def _get_instructions(self) -> list[Any]:
        return [item for block in self._blocks for item in block if isinstance(item, Instr)]

    def get_block_index(self, block: BasicBlock) -> int:
        """Where a block stands; raises `ValueError` for one of another graph."""
        for index, candidate in enumerate(self._blocks):
            if candidate is block:
                return index
        raise ValueError("the block is not part of this graph")

    def add_block(self, instructions: Iterable[Any] | None = None) -> BasicBlock:
        """Adds a block at the end."""
        block = BasicBlock(instructions)
        self._blocks.append(block)
        return block

    def split_block(self, block: BasicBlock, index: int) -> BasicBlock:
        """Makes what stands from `index` on in a block a block of its own, and gives that."""
        if not isinstance(block, BasicBlock):
            raise TypeError(f"expected a BasicBlock, not {type(block).__name__}")
        place = self.get_block_index(block)
        if index < 0:
            raise ValueError("the index must be positive or 0")
        if index > len(block):
            raise ValueError("the index is behind the end of the block")
        if index == 0:
            return block
        if index == len(block) and place + 1 < len(self._blocks):
            return self._blocks[place + 1]
        tail = BasicBlock(list.__getitem__(block, slice(index, None)))
        list.__delitem__(block, slice(index, None))
        tail.next_block, block.next_block = block.next_block, tail
        self._blocks.insert(place + 1, tail)
        return tail

    def get_dead_blocks(self) -> list[BasicBlock]:
        """The blocks that control cannot come to."""
        seen: set[int] = set()
        waiting = self._blocks[:1]
        while waiting:
            block = waiting.pop()
            if id(block) in seen:
                continue
            seen.add(id(block))
            falls = True
            for item in block:
                if isinstance(item, TryBegin):
                    waiting.append(item.target)
                elif isinstance(item, Instr):
                    falls = falls and not item.is_final()
                    if item.has_jump():
                        waiting.append(item.arg)
            if falls and block.next_block is not None:
                waiting.append(block.next_block)
        return [block for block in self._blocks if id(block) not in seen]

    def legalize(self) -> None:
        """Sets all lines, and takes `SetLineno` out."""
        line, forced = self.first_lineno, None
        for block in self._blocks:
            items, line, forced = legalized(list(block), line, forced=forced)
            list.__setitem__(block, slice(None), items)

    @staticmethod
    def from_bytecode(bytecode: Bytecode) -> ControlFlowGraph:
        """The graph of `bytecode`. Raises `ValueError` for labels that are not in the code."""
        graph = ControlFlowGraph()
        graph._copy_attr_from(bytecode)
        graph.argnames = list(bytecode.argnames)
        graph._known = bytecode._known
        _Splitter(graph, list(bytecode)).run()
        return graph

    def to_bytecode(self) -> Bytecode:
        """The same as one list. Where the next block does not follow, a jump is put in."""
        result = Bytecode()
        result._copy_attr_from(self)
        result.argnames = list(self.argnames)
        result._known = self._known
        list.extend(result, _Joiner(self._blocks).run())
        return result

    def compute_stacksize(self, *, check_pre_and_post: bool = True, compute_exception_stack_depths: bool = True) -> int:
        """The size that the stack must have; raises `RuntimeError` where it would hold less than nothing."""
        if not self._blocks:
            return 0
        concrete = self.to_bytecode().to_concrete_bytecode(None, compute_exception_stack_depths)
        return concrete.compute_stacksize(check_pre_and_post=check_pre_and_post)

    def to_code(
        self,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """Puts the code object together. See `Bytecode.to_code`."""
        return self.to_bytecode().to_code(
            None,
            stacksize,
            check_pre_and_post=check_pre_and_post,
            compute_exception_stack_depths=compute_exception_stack_depths,
            verify=verify,
        )


class _Splitter:
    """From a list with labels to blocks.

    A region begins and ends once, though it reaches over several blocks. It begins anew behind an instruction that ends
    the block in which it began, and ends besides where a jump leaves it.
    """

    def __init__(self, graph: ControlFlowGraph, items: list[Any]) -> None:
        self.graph = graph
        self.items = items
        self.block = graph._blocks[0]
        #: The instruction right before, and the block that it ended, if what stands between ends regions only.
        self.last: Instr | None = None
        self.ended: BasicBlock | None = None
        self.blocks: dict[int, BasicBlock] = {}
        #: Regions that are open: as they were given, and as they stand in the graph.
        self.open: list[tuple[TryBegin, TryBegin]] = []
        #: Which of them began in this block.
        self.begun: set[int] = set()
        #: Ends of regions that a jump to a label passes.
        self.passed: list[tuple[Label, TryBegin]] = []
        used = [item.arg for item in items if isinstance(item, Instr) and isinstance(item.arg, Label)]
        used += [item.target for item in items if isinstance(item, TryBegin)]
        self.targets = {id(label) for label in used}
        self.places = {id(item): place for place, item in enumerate(items) if isinstance(item, Label)}
        self.ends = {id(item.entry): place for place, item in enumerate(items) if isinstance(item, TryEnd)}

    def run(self) -> None:
        for item in self.items:
            self.take(item)
        for label, region in self.passed:
            block = self.found(label)
            leading = itertools.takewhile(lambda item: isinstance(item, TryEnd), list.__iter__(block))
            if all(item.entry is not region for item in leading):
                list.insert(block, 0, TryEnd(region))
        for block in self.graph._blocks:
            for item in list.__iter__(block):
                if isinstance(item, TryBegin):
                    item.target = self.found(item.target)
                elif isinstance(item, Instr) and item.has_jump():
                    item.arg = self.found(item.arg)

    def found(self, label: Any) -> BasicBlock:
        if isinstance(label, BasicBlock):
            return label
        if id(label) not in self.blocks:
            raise ValueError("a jump or a TryBegin leads to a label that is not in the code")
        return self.blocks[id(label)]

    def take(self, item: Any) -> None:
        is_target = isinstance(item, Label) and id(item) in self.targets
        before = self.block.get_last_non_artificial_instruction()
        if before is not None and (
            is_target or (self.last is not None and (self.last.is_final() or self.last.has_jump()))
        ):
            self.begin(before, isinstance(item, TryEnd))
        self.last = None
        if isinstance(item, TryEnd):
            self.end_region(item)
            return
        self.ended = None
        if is_target:
            self.blocks[id(item)] = self.block
        elif isinstance(item, TryBegin):
            self.begin_region(item)
        elif isinstance(item, Instr):
            list.append(self.block, item.copy())
            self.last = item
        elif not isinstance(item, Label):
            list.append(self.block, item)

    def begin(self, before: Instr, ends_region: bool) -> None:
        old, self.block = self.block, self.graph.add_block()
        is_final = before.is_final()
        if not is_final:
            old.next_block = self.block
        last, begun, self.begun = self.last, self.begun, set()
        if last is None:
            return
        if last.is_final() and ends_region:
            self.ended = old
            return
        for place, (given, copy) in enumerate(self.open):
            end = self.ends.get(id(given))
            if last.has_jump() and end is not None and self.places.get(id(last.arg), -1) >= end:
                self.passed.append((last.arg, copy))
            if last.is_final() and id(copy) in begun:
                list.append(old, TryEnd(copy))
                self.open[place] = given, self.copied(given)

    def copied(self, item: TryBegin) -> TryBegin:
        copy = item.copy()
        copy._origin = item._origin
        list.append(self.block, copy)
        self.begun.add(id(copy))
        return copy

    def begin_region(self, item: TryBegin) -> None:
        self.open.append((item, self.copied(item)))

    def end_region(self, item: TryEnd) -> None:
        for place, (given, copy) in enumerate(self.open):
            if given is item.entry or given._origin is item.entry._origin:
                list.append(self.block if self.ended is None else self.ended, TryEnd(copy))
                del self.open[place]
                self.begun.discard(id(copy))
                return
        raise ValueError("a TryEnd stands without its TryBegin before it")


def _directed(name: str, forwards: bool) -> str:
    """The name of a jump for the direction that it goes in now, if it has one."""
    wrong, right = ("BACKWARD", "FORWARD") if forwards else ("FORWARD", "BACKWARD")
    if wrong in name and name.replace(wrong, right) in BY_NAME:
        return name.replace(wrong, right)
    return "JUMP_ABSOLUTE" if name == "JUMP_FORWARD" and not forwards and "JUMP_ABSOLUTE" in BY_NAME else name


class _Joiner:
    """From blocks to a list with labels."""

    def __init__(self, blocks: list[BasicBlock]) -> None:
        self.blocks = blocks
        self.items: list[Any] = []
        self.places = {id(block): index for index, block in enumerate(blocks)}
        self.labels: dict[int, Label] = {}
        self.entries: dict[int, TryBegin] = {}
        self.finished: set[int] = set()

    def run(self) -> list[Any]:
        for block in self.blocks:
            for item in block:
                target = item.target if isinstance(item, TryBegin) else getattr(item, "arg", None)
                if isinstance(target, BasicBlock):
                    self.label(target)
        for index, block in enumerate(self.blocks):
            after = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            if block.next_block is not None and block.next_block is not after and not self.ended(block):
                self.label(block.next_block)
        for index, block in enumerate(self.blocks):
            if id(block) in self.labels:
                self.items.append(self.labels[id(block)])
            for item in block:
                self.take(item, index)
            after = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            if block.next_block is not None and block.next_block is not after and not self.ended(block):
                self.jump(index, block.next_block)
        return self.items

    @staticmethod
    def ended(block: BasicBlock) -> bool:
        last = block.get_last_non_artificial_instruction()
        return last is not None and last.is_final()

    def label(self, block: BasicBlock) -> Label:
        if id(block) not in self.places:
            raise ValueError("a block leads to one that is not part of the graph")
        return self.labels.setdefault(id(block), Label())

    def jump(self, index: int, target: BasicBlock) -> None:
        name = "JUMP_ABSOLUTE"
        if name not in BY_NAME:
            name = "JUMP_FORWARD" if self.places[id(target)] > index else "JUMP_BACKWARD"
        self.items.append(Instr(name, self.label(target)))

    def take(self, item: Any, index: int) -> None:
        if isinstance(item, TryBegin):
            self.begin_region(item)
        elif isinstance(item, TryEnd):
            entry = self.entries.get(id(item.entry))
            if entry is None:
                raise ValueError("a TryEnd stands without its TryBegin before it")
            # A region ends in each block that leaves it. In a list it ends at the first of them.
            if id(item.entry) not in self.finished:
                self.finished.add(id(item.entry))
                self.items.append(TryEnd(entry))
        elif isinstance(item, Instr) and item.has_jump():
            copy = item.copy()
            forwards = self.places[id(item.arg)] > index
            copy.set(_directed(item.name, forwards), self.label(item.arg))
            self.items.append(copy)
        else:
            self.items.append(item.copy() if isinstance(item, Instr) else item)

    def begin_region(self, item: TryBegin) -> None:
        """Begins a region, or goes on with it where it ended just before, in the block before."""
        target = self.label(item.target)
        back = len(self.items)
        while back and isinstance(self.items[back - 1], Label):
            back -= 1
        while back and isinstance(self.items[back - 1], TryEnd):
            back -= 1
            entry = self.items[back].entry
            if (entry.target, entry.push_lasti) == (target, item.push_lasti):
                del self.items[back]
                self.entries[id(item)] = entry
                return
            # Regions within it may have been ended with it.
        entry = TryBegin(target, item.push_lasti, item.stack_depth)
        entry._origin, entry._depth = item._origin, item._depth
        self.entries[id(item)] = entry
        self.items.append(entry)
