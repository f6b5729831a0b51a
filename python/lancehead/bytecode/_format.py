"""Code as text."""

from __future__ import annotations

from typing import Any

from .bytecode import Bytecode
from .cfg import ControlFlowGraph
from .concrete import ConcreteBytecode
from .instr import UNSET, Instr, Label, SetLineno, TryBegin, TryEnd


class _Writer:
    """The lines of one listing."""

    def __init__(self, code: Any, with_lines: bool) -> None:
        self.with_lines = with_lines
        self.line = code.first_lineno
        self.shown: int | None = None
        self.names: dict[int, str] = {}
        self.regions: dict[int, int] = {}
        self.depth = 0
        self.lines: list[str] = []

    def target(self, of: Any) -> str:
        kind = "label" if isinstance(of, Label) else "block"
        return f"<{self.names.get(id(of), f'error: unknown {kind}')}>"

    def text(self, item: Any) -> str:
        """An instruction, without where it stands."""
        if isinstance(item, TryBegin):
            region = self.regions.setdefault(id(item), len(self.regions))
            lasti = " last_i" if item.push_lasti else ""
            return f"TryBegin {region} -> {self.target(item.target)} [{item.stack_depth}]{lasti}"
        if isinstance(item, TryEnd):
            return f"TryEnd ({self.regions.get(id(item.entry), '<unknown>')})"
        if isinstance(item, SetLineno):
            return f"SetLineno {item.lineno}"
        if item.arg is UNSET:
            return item.name
        jumps = isinstance(item, Instr) and item.has_jump()
        return f"{item.name} {self.target(item.arg) if jumps else repr(item.arg)}"

    def placed(self, place: int, item: Any) -> str:
        """An instruction with where it stands and with its line, where that is another one."""
        text = self.text(item)
        if isinstance(getattr(item, "lineno", None), int) and item.lineno is not UNSET:
            self.line = item.lineno
        if not self.with_lines:
            return text
        mark = f"L.{self.line:>3} " if self.line != self.shown else " " * 6
        self.shown = self.line
        return f"{mark}{place:>3}: {text}"

    def item(self, place: int, item: Any) -> None:
        """An item of `Bytecode` or of a block; what a region protects is indented."""
        if isinstance(item, TryEnd):
            self.depth = max(self.depth - 1, 0)
        self.lines.append("    " + "  " * self.depth + self.placed(place, item))
        self.depth += isinstance(item, TryBegin)

    def concrete(self, code: ConcreteBytecode) -> None:
        at = 0
        for item in code:
            self.lines.append(self.placed(at, item) if self.with_lines else f"{at:>3}    {self.text(item)}")
            at += getattr(item, "size", 0)
        if code.exception_table:
            self.lines += ["", "Exception table:"]
        for entry in code.exception_table:
            lasti = " lasti" if entry.push_lasti else ""
            span = f"{entry.start_offset} to {entry.stop_offset} -> {entry.target}"
            self.lines.append(f"{span} [{entry.stack_depth}]{lasti}")

    def labelled(self, code: Bytecode) -> None:
        items = list(code)
        self.names = {id(item): f"label_instr{n}" for n, item in enumerate(items) if isinstance(item, Label)}
        for place, item in enumerate(items):
            if isinstance(item, Label):
                self.lines += [""] * bool(place) + [f"{self.names[id(item)]}:"]
            else:
                self.item(place, item)
        self.lines.append("")

    def graph(self, code: ControlFlowGraph) -> None:
        self.names = {id(block): f"block{number}" for number, block in enumerate(code, 1)}
        for block in code:
            self.lines.append(f"{self.names[id(block)]}:")
            self.depth = 0
            for place, item in enumerate(block):
                self.item(place, item)
            if block.next_block is not None:
                self.lines.append(f"    -> {self.names.get(id(block.next_block), '<error: unknown block>')}")
            self.lines.append("")


def format_bytecode(bytecode: Bytecode | ConcreteBytecode | ControlFlowGraph, *, lineno: bool = False) -> str:
    """Code as text, with lines and places if `lineno` is set. Raises `TypeError` for anything else."""
    writer = _Writer(bytecode, lineno)
    if isinstance(bytecode, ConcreteBytecode):
        writer.concrete(bytecode)
    elif isinstance(bytecode, Bytecode):
        writer.labelled(bytecode)
    elif isinstance(bytecode, ControlFlowGraph):
        writer.graph(bytecode)
    else:
        raise TypeError(f"expected Bytecode, ConcreteBytecode or ControlFlowGraph, not {type(bytecode).__name__}")
    return "\n".join(writer.lines)


def dump_bytecode(bytecode: Bytecode | ConcreteBytecode | ControlFlowGraph, *, lineno: bool = False) -> None:
    """Prints `format_bytecode`."""
    print(format_bytecode(bytecode, lineno=lineno))
