"""The modules that stand in for depyf, as far as they need no PyTorch."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
import textwrap
import types
import unittest
from pathlib import Path

import lancehead.depyf
from lancehead.depyf import code_transform, utils
from lancehead.depyf.explain.utils import write_code_to_file_template


def run(text: str) -> None:
    subprocess.run([sys.executable, "-c", textwrap.dedent(text)], check=True)


def add(a, b=1, /, *rest, c, d=2, **more):
    return a + b


def closed(x):
    y = [x]

    def inner(z):
        return x + z

    return inner, y


class Names(unittest.TestCase):
    def test_one_line_is_enough(self):
        run("""
            import sys, lancehead.depyf
            sys.modules["depyf"] = lancehead.depyf
            import depyf
            import depyf.explain.enable_debugging as enable_debugging
            from depyf import prepare_debug, debug, install, uninstall, decompile
            from depyf.code_transform import fix_irregular_code, remove_some_temp
            from depyf.decompiler import DecompilationError, Decompiler
            from depyf.explain import dump_src
            from depyf.explain.enhance_logging import install
            from depyf.explain.global_variables import data
            from depyf.explain.utils import get_current_compiled_fn_name, write_code_to_file_template
            from depyf.optimization import TorchCompileWrapperWithCustomDispatcher
            from depyf.utils import collect_all_code_objects, decompile_ensure, get_code_owner, safe_create_directory
            assert depyf.__file__ == lancehead.depyf.__file__
            assert data is lancehead.depyf.explain.global_variables.data
            assert DecompilationError is lancehead.DecompilationError
            assert decompile(lambda x: x) == "lambda x: x\\n" == depyf.utils.decompile_ensure(lambda x: x)
            assert "torch" not in sys.modules
        """)

    def test_stand_in_gives_the_same_modules(self):
        run("""
            import lancehead.depyf
            lancehead.depyf.stand_in()
            import depyf.explain.utils, depyf.optimization
            assert depyf.explain.utils is lancehead.depyf.explain.utils
            assert depyf.optimization is lancehead.depyf.optimization
        """)

    def test_what_vllm_asks_of_the_hook_of_inductor(self):
        import inspect

        from lancehead.depyf.explain import enable_debugging

        parameters = inspect.signature(enable_debugging.patched_load_by_key_path).parameters.values()
        self.assertTrue(any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters))

    def test_what_there_is_not(self):
        with self.assertRaises(AttributeError):
            lancehead.depyf.nothing_of_this_name  # noqa: B018


class Decompiler(unittest.TestCase):
    def test_another_name(self):
        source = lancehead.depyf.Decompiler(add).decompile(overwite_fn_name="other")
        self.assertTrue(source.startswith("def other(a, b, /, *rest, c, d, **more):"), source)
        self.assertEqual(lancehead.depyf.Decompiler(add), lancehead.depyf.Decompiler(add.__code__))
        self.assertIn("RETURN_VALUE", lancehead.depyf.Decompiler.supported_opnames())

    def test_code_from_numbered_files(self):
        with tempfile.TemporaryDirectory() as folder:
            template = str(Path(folder, "code_%s.py"))
            Path(folder, "code_0.py").write_text("# something else\n", encoding="utf-8")
            for _ in range(2):
                code = lancehead.depyf.Decompiler.decompile_and_compile_like(
                    add.__code__, add.__code__, filepath_template=template
                )
                self.assertEqual(code.co_filename, template % 1)
                self.assertEqual(types.FunctionType(code, globals())(2, 3, c=0, d=0), 5)

    def test_numbered_files_are_not_written_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            template = str(Path(folder, "%s.py"))
            written = [write_code_to_file_template(text, template) for text in ("a\n", "b\n", "a\n")]
            self.assertEqual(written, [template % 0, template % 1, template % 0])


class Utils(unittest.TestCase):
    def test_signatures(self):
        header = utils.get_function_signature(add.__code__, "f")
        self.assertEqual(header, "def f(a, b, /, *rest, c, d, **more):\n")
        compile(header + "    pass\n", "<header>", "exec")

    def test_owners(self):
        class Callable:
            def __call__(self):
                return 1

        cached = functools.lru_cache(add)
        self.assertIs(utils.get_code_owner(cached), add)
        self.assertIs(utils.get_code_owner(functools.partial(cached, 1)), add)
        self.assertIs(utils.get_code_owner(Callable()), Callable.__call__)
        self.assertIs(utils.get_code_owner(self.test_owners), Utils.test_owners)

    def test_all_code(self):
        names = [code.co_name for code in utils.collect_all_code_objects(closed.__code__)]
        self.assertEqual(names, ["closed", "inner"])

    def test_source_compiles_with_the_variables_of_the_original(self):
        def outer(free, other):
            def function(x, y):
                z = x
                del z
                kept = lambda: y  # noqa: E731
                return free, other, kept, x

            return function

        original = outer(1, 2).__code__
        source = code_transform.fix_irregular_code(original, "def function(x, y):\n    return x\n")
        found = utils.collect_all_code_objects(compile(source, "<test>", "exec"))
        (code,) = (one for one in found if one.co_name == "function")
        self.assertLessEqual({*original.co_varnames}, {*code.co_varnames})
        self.assertEqual(code.co_cellvars, original.co_cellvars)
        plain = code_transform.fix_irregular_code(add.__code__, lancehead.depyf.decompile(add))
        self.assertEqual(plain, lancehead.depyf.decompile(add))


if __name__ == "__main__":
    unittest.main()
