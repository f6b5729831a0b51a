"""Compare printed modules with their originals, in the words of the interpreter that runs this.

Arguments: the folder of the originals, and folders of printed ones (same relative paths). For each of the latter, prints
a line per file that differs, then a line of counts. Files that this interpreter cannot parse are not counted.
"""

import ast
import os
import sys
import warnings

# What says nothing about meaning: how strings were prefixed, and what derives from the rest of the tree.
IGNORED = {"kind", "type_comment", "type_ignores", "ctx"}


def dump(node):
    """A tree as a flat list, without positions."""
    out = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.AST):
            out.append(type(item))
            stack.extend(getattr(item, field, None) for field in reversed(item._fields) if field not in IGNORED)
        elif isinstance(item, list):
            out.append(len(item))
            stack.extend(reversed(item))
        else:
            # By its text: nan differs from itself, and 0 equals False.
            out.append(ascii(item))
    return out


def lines(tree):
    """The line of every statement, in source order."""
    found = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            found.append(node.lineno)
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def parse(path):
    # Bytes, not text: the interpreter has to find out the encoding itself.
    with open(path, "rb") as file:
        return ast.parse(file.read(), path)


class Report:
    """The comparisons with one folder of printed files."""

    def __init__(self, folder):
        self.folder = folder
        self.complaints = []
        self.equal = self.total = self.placed = self.statements = 0

    def compare(self, relative, original, wanted):
        self.total += 1
        try:
            tree = parse(os.path.join(self.folder, relative))
        except OSError:
            self.complaints.append("not printed %s" % relative)
            return
        except (SyntaxError, ValueError) as error:
            self.complaints.append("invalid %s: %s" % (relative, ascii(str(error))))
            return
        ours = dump(tree)
        if ours != original:
            at = next((i for i, (a, b) in enumerate(zip(original, ours)) if a != b), 0)
            found = original[at : at + 3], ours[at : at + 3]
            self.complaints.append("differs %s: %.300s / %.300s" % ((relative,) + found))
            return
        self.equal += 1
        self.statements += len(wanted)
        self.placed += sum(a == b for a, b in zip(wanted, lines(tree)))

    def show(self):
        print("\n".join(self.complaints + [self.summary()]))

    def summary(self):
        counts = self.equal, self.total, self.placed, self.statements
        return "equal %d of %d, statements on their lines %d of %d" % counts


def main():
    originals = sys.argv[1]
    reports = [Report(folder) for folder in sys.argv[2:]]
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    for folder, folders, names in os.walk(originals):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(".py") or os.path.islink(path):
                continue
            try:
                tree = parse(path)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            original, wanted = dump(tree), lines(tree)
            for report in reports:
                report.compare(os.path.relpath(path, originals), original, wanted)
    for report in reports:
        report.show()


main()
