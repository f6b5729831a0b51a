#!/usr/bin/env python3
"""Checks what ARCHITECTURE.md promises of the source, and that what the documentation names exists.

Crates, and the rooms of lancehead-decompile, have an order, that of the tables in ARCHITECTURE.md: each imports from
those before it only.

A circle of files is a set of files of one crate, or of the Python package, that can all reach each other by imports.
What counts as an import: a `use` of an item, a path to one in code, and in Python an `import`. A name that a file only
passes on (`pub use`) counts where it is defined, and `mod x;` does not count: it only says where the files are.

A version test compares a `Version`, or a minor number, or names one (`Version::Py312`). They belong into the table of
facts (crates/lancehead-pyc/src/facts) or of opcodes (crates/lancehead-isa/src/tables); elsewhere a version is asked.

Documentation names files in backticks, as `passes/mod.rs`, and what is in them as `passes/mod.rs::PASSES`. Both must
exist; and a name of a function or type in backticks must occur in some source.

Run it without arguments: it lists what it finds, and fails if there is anything.
"""

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Circles that are known: the crate, the file by whose name they are found, and why. Take a line out when it is gone.
CIRCLES_ALLOWED: dict[tuple[str, str], str] = {}
# Where versions may be compared and named: they are the tables that answer questions about them.
VERSIONS_ALLOWED = (
    "crates/lancehead-pyc/src/",
    "crates/lancehead-isa/src/",
    "crates/lancehead-ir/src/lift/",
    # Tables by version: the compilers of its patch releases, and what they may have written.
    "crates/lancehead-check/src/compiler.rs",
    "crates/lancehead-code/src/authentic/rules.rs",
)
# Lines elsewhere that are no test of a version: the file, and what the line holds.
VERSION_LINES_ALLOWED = (
    # The parser of ruff counts versions by itself.
    ("crates/lancehead-ast/src/parse/mod.rs", "PythonVersion { major: 3, minor: version.minor() }"),
)

# The crates: each imports from those before it only.
CRATES = (
    "lancehead-pyc",
    "lancehead-graph",
    "lancehead-isa",
    "lancehead-code",
    "lancehead-ir",
    "lancehead-ast",
    "lancehead-decompile",
    "lancehead-check",
    "lancehead",
    "lancehead-cli",
    "lancehead-python",
)
# The proof shares no idea of meaning with what it proves, and the decompiler needs neither listings nor the editor.
CRATES_APART = (("lancehead-check", "lancehead-decompile"), ("lancehead-decompile", "lancehead-code"))
# The rooms of lancehead-decompile, likewise; and the one import that goes the other way.
ROOMS = ("tree", "code", "graph", "stack_to_variables", "passes", "execute", "structure", "finish", "driver")
ROOMS_ALLOWED = {("tree/build.rs", "code/failure.rs"): "the statement for code that was not recovered says why"}

# Documentation whose names are checked; in the others, user guides, file names are examples.
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/proof.md", "docs/internals/*.md")
# Documents in which only names with a folder are checked.
DOCUMENTS_WITH_EXAMPLES = ("README.md", "CHANGELOG.md")

Module = tuple[str, ...]


# What follows reads just as much Rust as imports need. ---------------------------------------------------------------


def code_of(text: str) -> str:
    """The text without comments, literals and its tests."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\[^\n]*?|[^\\'\n])'", re.DOTALL
    )
    text = pattern.sub(lambda found: '""' if found[0][0] not in "/" else " ", text)
    tests = re.search(r"^#\[cfg\(test\)\]\s*mod \w+ \{", text, re.MULTILINE)
    return text[: tests.start()] if tests else text


def flattened(tree: str, prefix: Module = ()) -> Iterator[tuple[Module, str]]:
    """The paths of a `use` with the name that each has here; `*` for all names."""
    tree = tree.strip()
    if "{" in tree:
        head, _, rest = tree.partition("{")
        inner = rest.rsplit("}", 1)[0]
        path = prefix + tuple(part for part in head.strip().split("::") if part)
        depth = start = 0
        for at, letter in enumerate(inner + ","):
            depth += (letter == "{") - (letter == "}")
            if letter == "," and depth == 0:
                if inner[start:at].strip():
                    yield from flattened(inner[start:at], path)
                start = at + 1
        return
    path_text, _, alias = tree.partition(" as ")
    path = prefix + tuple(path_text.strip().split("::"))
    if path[-1] == "self":
        path = path[:-1]
    yield path, alias.strip() or path[-1]


@dataclass
class File:
    """One file of a crate, as far as imports go."""

    path: Path
    module: Module
    body: str = ""
    items: set[str] = field(default_factory=set)
    imports: dict[str, Module] = field(default_factory=dict)
    passed_on: set[str] = field(default_factory=set)
    globs: list[Module] = field(default_factory=list)


USE = re.compile(r"^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", re.MULTILINE)
ITEM = re.compile(
    r"^(?:pub(?:\([^)]*\))?\s+)?(?:(?:const|async|unsafe|extern \"\")\s+)*"
    r"(?:fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+(?:mut\s+)?(\w+)",
    re.MULTILINE,
)
PATH = re.compile(r"(?<![\w:])(\w+(?:::\w+)+)")


def file_of(path: Path, source: Path) -> File:
    """Reads one file."""
    relative = path.relative_to(source).with_suffix("")
    module = () if relative.parts[-1] in ("lib", "main") else relative.parts
    if module and module[-1] == "mod":
        module = module[:-1]
    found = File(path, module)
    code = code_of(path.read_text(encoding="utf-8"))
    for public, tree in USE.findall(code):
        for target, name in flattened(re.sub(r"\s+", " ", tree)):
            if name == "*":
                found.globs.append(target[:-1])
            elif name != "_":
                found.imports[name] = target
                if public:
                    found.passed_on.add(name)
    found.body = USE.sub("", code)
    found.items = set(ITEM.findall(found.body))
    return found


class Crate:
    """The files of a crate, by module."""

    def __init__(self, source: Path) -> None:
        self.files = {one.module: one for one in (file_of(path, source) for path in sorted(source.rglob("*.rs")))}

    def absolute(self, file: File, path: Module) -> Module | None:
        """The path from the root of the crate; `None` if it leads out of it."""
        head, rest = path[0], path[1:]
        if head == "crate":
            return rest
        if head in ("self", "super"):
            base = file.module
            while path and path[0] in ("self", "super"):
                base = base[:-1] if path[0] == "super" else base
                path = path[1:]
            return base + path
        if (*file.module, head) in self.files:
            return file.module + path
        if head in file.imports and file.imports[head] != path:
            target = self.absolute(file, file.imports[head])
            return target + rest if target is not None else None
        return None

    def defined_in(self, path: Module, seen: frozenset[Module] = frozenset()) -> Module | None:
        """The module of the file that defines what an absolute path names."""
        if path in seen:
            return None
        at: Module = ()
        while len(at) < len(path) and path[: len(at) + 1] in self.files:
            at = path[: len(at) + 1]
        file = self.files.get(at)
        if file is None:
            return None
        if len(at) == len(path):
            return at
        name = path[len(at)]
        if name in file.items:
            return at
        if name in file.imports:
            target = self.absolute(file, file.imports[name])
            return None if target is None else self.defined_in(target + path[len(at) + 1 :], seen | {path})
        for glob in file.globs:
            target = self.absolute(file, glob)
            inner = None if target is None else self.files.get(target)
            if inner is not None and name in inner.items:
                return inner.module
        return at

    def uses(self, file: File) -> set[Module]:
        """The modules from which a file imports."""
        paths = [path for name, path in file.imports.items() if self.is_used(file, name)]
        paths += [(*glob, "*") for glob in file.globs]
        paths += [tuple(found.split("::")) for found in PATH.findall(file.body)]
        found = set()
        for path in paths:
            target = self.absolute(file, path)
            module = None if target is None else self.defined_in(target)
            # A module that is only named stands for what is taken from it, which is seen where that happens.
            if module is not None and module != file.module and (target != module or self.is_item(module)):
                found.add(module)
        return found

    def is_item(self, module: Module) -> bool:
        """Whether the module around this one also has an item of its name, as a function `parse` of a file `parse`."""
        around = self.files.get(module[:-1])
        return around is not None and (module[-1] in around.imports or module[-1] in around.items)

    @staticmethod
    def is_used(file: File, name: str) -> bool:
        """Whether a name that is imported is more than passed on."""
        return name not in file.passed_on or re.search(rf"\b{name}\b", file.body) is not None


# Circles. ------------------------------------------------------------------------------------------------------------


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The sets of nodes that can all reach each other, of two nodes and more."""

    def reached(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            for following in graph.get(waiting.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return seen

    reach = {node: reached(node) for node in graph}
    found, done = [], set()
    for node in sorted(graph):
        if node in reach[node] and node not in done:
            together = sorted(other for other in reach[node] if node in reach.get(other, ()))
            done.update(together)
            if len(together) > 1:
                found.append(together)
    return found


def rust_graph(source: Path) -> dict[str, set[str]]:
    """Which file of a crate imports from which."""
    crate = Crate(source)
    names = {module: str(file.path.relative_to(source)) for module, file in crate.files.items()}
    return {names[module]: {names[used] for used in crate.uses(file)} for module, file in crate.files.items()}


def python_graph(package: Path) -> dict[str, set[str]]:
    """Which file of a Python package imports from which; what is only for type checkers does not count."""
    graph: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py")):
        here = path.relative_to(package.parent).with_suffix("").parts
        parent = here[:-1]
        used: set[str] = set()
        for node in imports(ast.parse(path.read_text(encoding="utf-8")).body):
            if isinstance(node, ast.ImportFrom):
                base = parent[: len(parent) - node.level + 1] if node.level else ()
                base += tuple(node.module.split(".")) if node.module else ()
                candidates = [(*base, alias.name) for alias in node.names]
            else:
                candidates = [tuple(alias.name.split(".")) for alias in node.names]
            used.update(filter(None, (python_file(package, candidate) for candidate in candidates)))
        used.discard(str(path.relative_to(package)))
        graph[str(path.relative_to(package))] = used
    return graph


def imports(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a suite and all in it, but for those under `if TYPE_CHECKING`."""
    for statement in body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            yield from imports(statement.orelse)
            continue
        for node in ast.iter_child_nodes(statement):
            if isinstance(node, ast.stmt):
                yield from imports([node])
            elif isinstance(node, ast.ExceptHandler):
                yield from imports(node.body)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement


def python_file(package: Path, name: Module) -> str | None:
    """The file of the package that a name is taken from; none for what is no Python, as the native half."""
    while name:
        base = package.parent.joinpath(*name)
        if base.with_suffix(".pyi").is_file():
            return None
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file() and path.is_relative_to(package):
                return str(path.relative_to(package))
        name = name[:-1]
    return None


# Versions. -----------------------------------------------------------------------------------------------------------

VERSION_TEST = re.compile(
    r"\bVersion::(?:Py3\d+|\*|\{)"  # one is named
    r"|\bPy3\d{1,2}\b"  # after `use Version::*`
    r"|\bminor(?:\(\))?\s*(?:[<>]=?|[!=]=|\.\.)|\bminor\(\)"  # its number is looked at
    r"|\bversion(?:\(\))?\s*(?:<=|>=|<(?![\w:<'])|>)\s"  # it is compared
    r"|\bmatch\s+(?:[\w.]+\.)?version(?:\(\))?\s*\{"
)


def version_tests(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that test a version."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    tests = re.search(r"^#\[cfg\(test\)\]\s*mod \w+ \{", text, re.MULTILINE)
    end = text.count("\n", 0, tests.start()) if tests else len(lines)
    for number, line in enumerate(lines[:end], 1):
        code = re.sub(r"//.*", "", line)
        if VERSION_TEST.search(code):
            yield number, line.strip()


# Crates, rooms, documents. --------------------------------------------------------------------------------------------


def crate_imports(manifest: Path) -> set[str]:
    """The crates of the workspace that a crate depends on, tests aside."""
    section = re.search(r"^\[dependencies\]\n(.*?)(?=^\[|\Z)", manifest.read_text(encoding="utf-8"), re.M | re.S)
    return set(re.findall(r"^(lancehead[\w-]*)", section[1], re.M)) if section else set()


def crates_out_of_order() -> Iterator[str]:
    """Imports of crates that stand later in the list, and of those to be kept apart."""
    for manifest in sorted(ROOT.glob("crates/*/Cargo.toml")):
        name = manifest.parent.name
        if name not in CRATES:
            yield f"{name}: the crate is not in CRATES"
            continue
        for used in sorted(crate_imports(manifest)):
            if CRATES.index(used) >= CRATES.index(name) or (name, used) in CRATES_APART:
                yield f"{name}: imports {used}"


def rooms_out_of_order(graph: dict[str, set[str]]) -> Iterator[str]:
    """Imports of lancehead-decompile that go from one room to a later one."""
    room = {file: ROOMS.index(file.split("/")[0]) for file in graph if file.split("/")[0] in ROOMS}
    for file in sorted(room):
        for used in sorted(graph[file] & room.keys()):
            if room[used] > room[file] and (file, used) not in ROOMS_ALLOWED:
                yield f"lancehead-decompile: {file} imports {used}, which is in a later room"


NAMED = re.compile(
    r"`((?:[\w.-]+/)*[\w-]+(?:\.(?:rs|py|pyi|md|sh|json|txt|yml|toml))?/?)(?:::(\w+))?`|\]\((?!\w+:)([^)#\s]+)[^)]*\)"
)
FILE = re.compile(r"\.(?:rs|py|pyi|md|sh|json|txt|yml|toml)$|/$")
# Where names begin that are CPython's, or that a build makes.
FOREIGN = ("Python/", "Lib/", "Parser/", "Objects/", "Include/", "target/", "~")


def missing_names(document: Path, with_examples: bool, files: list[str]) -> Iterator[str]:
    """The files, and items in them, that a document names and that do not exist."""
    for number, line in enumerate(document.read_text(encoding="utf-8").split("\n"), 1):
        for name, item, link in NAMED.findall(line):
            where = f"{document.relative_to(ROOT)}:{number}"
            if link:
                if not (document.parent / link).exists():
                    yield f"{where}: there is no {link}"
                continue
            if not FILE.search(name) or name.startswith(FOREIGN) or (with_examples and "/" not in name.rstrip("/")):
                continue
            is_folder = name.endswith("/")
            found = [
                file for file in files if (f"/{name}" in f"/{file}" if is_folder else f"/{file}".endswith(f"/{name}"))
            ]
            if not found:
                yield f"{where}: there is no {name}"
            elif item and not any(is_defined(item, ROOT / file) for file in found):
                yield f"{where}: there is no {item} in {name}"


WORD = re.compile(r"`(?:[A-Za-z]\w*::)*([a-z]\w*_\w+|[A-Z][a-z]\w+)(?:\(\))?`")


def unknown_words(document: Path, words: set[str]) -> Iterator[str]:
    """The names of functions and types in a document that no source file holds."""
    for number, line in enumerate(document.read_text(encoding="utf-8").split("\n"), 1):
        for word in WORD.findall(line):
            if word not in words:
                yield f"{document.relative_to(ROOT)}:{number}: no source has the name {word}"


def all_words(files: list[str]) -> set[str]:
    """The words of all source files."""
    sources = (ROOT / file for file in files if file.endswith((".rs", ".py", ".pyi", ".sh", ".toml")))
    return set().union(*(re.findall(r"\w+", path.read_text(encoding="utf-8", errors="replace")) for path in sources))


def is_defined(item: str, path: Path) -> bool:
    """Whether a file defines an item of this name."""
    kinds = r"fn|struct|enum|trait|type|const|static|mod|macro_rules!|def|class"
    return (
        re.search(rf"\b(?:{kinds})\s+{item}\b|^\s*{item}\b\s*[=,({{]", path.read_text(encoding="utf-8"), re.M)
        is not None
    )


# The worked example of ARCHITECTURE.md, and the session of the command that is tested to be true.
EXAMPLE = re.compile(r"^## One function.*?(?=^## )", re.MULTILINE | re.DOTALL)
SESSION = "crates/lancehead-cli/tests/cli/worked_example.txt"
EXAMPLE_FOLDER = "crates/lancehead-cli/tests/cli/example/"


def stale_example() -> Iterator[str]:
    """What the worked example shows, and its session does not."""
    lines = (ROOT / SESSION).read_text(encoding="utf-8").split("\n")
    shown = "\n".join(line[2:] if line[:1] in "|!" else line for line in lines).replace(EXAMPLE_FOLDER, "")
    section = EXAMPLE.search((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    blocks = re.findall(r"^```\w*\n(.*?)^```", section[0], re.MULTILINE | re.DOTALL) if section else []
    if not blocks:
        yield "ARCHITECTURE.md: there is no worked example"
    for block in blocks:
        if f"\n{block}" not in shown:
            yield f"ARCHITECTURE.md: {SESSION} does not show this:\n{block}"


def documents() -> Iterator[tuple[Path, bool]]:
    """The documents whose names are checked, and whether those without a folder are examples."""
    for patterns, with_examples in ((DOCUMENTS, False), (DOCUMENTS_WITH_EXAMPLES, True)):
        for pattern in patterns:
            yield from ((path, with_examples) for path in sorted(ROOT.glob(pattern)))


def all_files() -> list[str]:
    """All files of the repository, but for those that a build makes."""
    skipped = {".git", "target", ".venv", ".pythons", "__pycache__"}
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in skipped]
        found.extend((Path(folder) / name).relative_to(ROOT).as_posix() for name in names)
    return found


def main() -> int:
    """Prints what is wrong."""
    wrong = list(crates_out_of_order())
    for manifest in sorted(ROOT.glob("crates/*/Cargo.toml")):
        crate = manifest.parent
        graph = rust_graph(crate / "src")
        if crate.name == "lancehead-decompile":
            wrong.extend(rooms_out_of_order(graph))
        found = circles(graph)
        for circle in found:
            if not any(name == crate.name and file in circle for name, file in CIRCLES_ALLOWED):
                wrong.append(f"{crate.name}: circle of files: {' '.join(circle)}")
        for name, file in CIRCLES_ALLOWED:
            if name == crate.name and not any(file in circle for circle in found):
                wrong.append(f"{name}: {file} is in no circle of files any more: take it out of CIRCLES_ALLOWED")
        for path in sorted((crate / "src").rglob("*.rs")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(VERSIONS_ALLOWED):
                continue
            for number, line in version_tests(path):
                if not any(name == file and part in line for file, part in VERSION_LINES_ALLOWED):
                    wrong.append(f"{name}:{number}: a version is tested: {line}")
    for circle in circles(python_graph(ROOT / "python" / "lancehead")):
        wrong.append(f"python/lancehead: circle of files: {' '.join(circle)}")
    wrong.extend(stale_example())
    files = all_files()
    words = all_words(files)
    for document, with_examples in documents():
        wrong.extend(missing_names(document, with_examples, files))
        if not with_examples:
            wrong.extend(unknown_words(document, words))
    print(
        "\n".join(wrong) or "no circles of files, no version tests outside their rooms, no stale names in documentation"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
