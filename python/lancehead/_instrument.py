"""``instrument``: code that tells a hook where it is."""

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword

from lancehead import _native
from lancehead._code import code_of
from lancehead._html import preformatted
from lancehead._native import Code


@dataclass(frozen=True)
class Site:
    """A place where the hook is called."""

    #: The code object, by the names of those around it and its own, joined by dots.
    path: str
    #: The first line of that code object.
    firstlineno: int
    #: The line that the place is on; of a branch, that of its test.
    line: int | None
    #: ``"start"`` of a code object, ``"line"``, or a branch: ``"stays"`` where control goes on, ``"jumps"`` where not.
    kind: str


@dataclass(frozen=True, repr=False)
class Instrumented:
    """Code with calls of a hook."""

    code: Code
    #: What the hook's argument means: an index into this.
    sites: list[Site]

    def __repr__(self) -> str:
        return f"<Instrumented: {self.code!r}, {len(self.sites)} sites>"

    def _repr_html_(self) -> str:
        rows = [f"{number:4}  line {site.line}  {site.kind}" for number, site in enumerate(self.sites)]
        return preformatted("\n".join([repr(self), *rows]))


def instrument(
    obj: object, *, hook: str = "__hook__", lines: bool = True, branches: bool = False, starts: bool = False
) -> Instrumented:
    """Put calls of a hook into the code of ``obj``, and all code in it.

    ``obj`` is anything that `dis` takes. The calls are ``hook(number)``, of a global or built-in name; the number says
    which `Site` it is. With ``lines``, the hook is called whenever control comes to another line, or back to one; with
    ``branches``, on both ways out of each test and loop; with ``starts``, where each code object starts.

    What the hook returns is dropped, what it raises is raised at that place. Otherwise the code does what it did.
    Raises `ValueError` for a ``hook`` that is no name of Python's.
    """
    if not hook.isidentifier() or iskeyword(hook):
        raise ValueError(f"hook must be the name of a global or built-in function, not {hook!r}")
    code, rows = _native.add_calls(code_of(obj), hook, lines, branches, starts)
    return Instrumented(code, [Site(*row) for row in rows])
