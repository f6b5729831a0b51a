"""Compare printed modules with their originals, in the words of the interpreter that runs this.

Arguments: the folder of the originals, and the folder of the printed ones (same relative paths). Prints one line per file that differs, then a line of counts.
Files that this interpreter cannot parse itself are no part of the count.
"""

import ast
import os
import sys
import warnings


def dump(node):
    """A tree as text, without positions and without the `u` of string prefixes."""
    out = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.AST):
            out.append("<" + type(item).__name__)
            stack.append(">")
            fields = [f for f in item._fields if f not in ("kind", "type_comment", "type_ignores", "ctx")]
            for field in reversed(fields):
                stack.append(getattr(item, field, None))
                stack.append(field + "=")
        elif isinstance(item, list):
            out.append("[")
            stack.append("]")
            stack.extend(reversed(item))
        elif isinstance(item, str) and item.endswith("="):
            out.append(item)
        else:
            out.append(ascii(item))
    return out


def parse(path):
    with open(path, "rb") as file:
        source = file.read()
    # Bytes, not text: the interpreter has to find out the encoding itself.
    return ast.parse(source, path)


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


def main():
    originals, printed = sys.argv[1:3]
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    equal = total = statements = placed = 0
    for folder, folders, names in os.walk(originals):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, originals)
            if not name.endswith(".py") or os.path.islink(path):
                continue
            try:
                original_tree = parse(path)
                original = dump(original_tree)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            total += 1
            try:
                our_tree = parse(os.path.join(printed, relative))
                ours = dump(our_tree)
            except OSError:
                print("not printed", relative)
                continue
            except (SyntaxError, ValueError) as error:
                print("invalid", relative, ascii(str(error)))
                continue
            if original == ours:
                equal += 1
                wanted, given = lines(original_tree), lines(our_tree)
                statements += len(wanted)
                placed += sum(a == b for a, b in zip(wanted, given))
                continue
            at = next((i for i, (a, b) in enumerate(zip(original, ours)) if a != b), min(len(original), len(ours)))
            print("differs", relative, "".join(original[at - 8:at + 4])[:300], "/", "".join(ours[at - 8:at + 4])[:300])
    print("equal", equal, "of", total, "- statements on their lines:", placed, "of", statements)


main()
