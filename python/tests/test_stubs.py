"""The stub of the native module says what is in it: the same names, and the same parameters."""

import ast
import inspect
import os
import unittest

import lancehead
from lancehead import _native

STUB = os.path.join(os.path.dirname(lancehead.__file__), "_native.pyi")


def is_public(name):
    return not name.startswith("__") or name in ("__version__", "__new__", "__eq__", "__hash__")


class Stub(unittest.TestCase):
    def setUp(self):
        with open(STUB) as file:
            self.tree = ast.parse(file.read())

    def nodes(self, body):
        found = {}
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                # What sets a property has the property's name.
                found.setdefault(node.name, node)
            elif isinstance(node, ast.AnnAssign):
                found[node.target.id] = node
        return found

    def compare(self, stub, namespace, where):
        inherited = {"__eq__", "__hash__", "__new__"} if where else set()
        names = {name for name in namespace if is_public(name)} - inherited
        self.assertEqual(names, set(stub) - inherited, where)
        for name, node in stub.items():
            value = namespace.get(name)
            if isinstance(node, ast.ClassDef):
                self.assertTrue(inspect.isclass(value), name)
                if issubclass(value, Exception):
                    self.assertEqual(node.bases[0].id, value.__bases__[0].__name__)
                else:
                    self.compare(self.nodes(node.body), vars(value), name)
            elif isinstance(node, ast.FunctionDef) and name not in inherited:
                self.compare_function(node, value, f"{where}.{name}")

    def compare_function(self, node, value, where):
        if any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list):
            self.assertTrue(inspect.isdatadescriptor(value), where)
            return
        signature = inspect.signature(getattr(value, "__func__", value))
        parameters = [p.name for p in signature.parameters.values()]
        arguments = node.args
        stars = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        expected = [a.arg for a in (*arguments.args, *arguments.kwonlyargs, *stars)]
        self.assertEqual(parameters, expected, where)
        keyword_only = [p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
        self.assertEqual(keyword_only, [a.arg for a in arguments.kwonlyargs], where)

    def test_native(self):
        namespace = {name: value for name, value in vars(_native).items() if not inspect.ismodule(value)}
        namespace.pop("__all__", None)
        stub = {name: node for name, node in self.nodes(self.tree.body).items()}
        self.compare(stub, namespace, "")

    def test_package(self):
        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(lancehead.__file__), "py.typed")))
        for name in lancehead.__all__:
            self.assertTrue(hasattr(lancehead, name), name)
            value = getattr(lancehead, name)
            if inspect.isfunction(value):
                self.assertTrue(value.__doc__, name)
                hints = value.__annotations__
                self.assertEqual(set(inspect.signature(value).parameters) - set(hints), set(), name)
                self.assertIn("return", hints, name)


if __name__ == "__main__":
    unittest.main()
