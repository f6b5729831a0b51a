"""What ``import lancehead`` costs and gives."""

import pickle
import subprocess
import sys
import unittest

import lancehead

SMALL = """
import sys
before = set(sys.modules)
import lancehead
print(sorted(set(sys.modules) - before))
"""


class Import(unittest.TestCase):
    def test_nothing_else_is_imported(self):
        found = subprocess.run([sys.executable, "-c", SMALL], stdout=subprocess.PIPE, check=True)
        self.assertEqual(found.stdout.decode().strip(), "['lancehead']")

    def test_all_names(self):
        names = {}
        exec("from lancehead import *", names)
        self.assertLessEqual(set(lancehead.__all__), set(names))
        self.assertLessEqual(set(lancehead.__all__), set(dir(lancehead)))
        self.assertEqual(set(lancehead._HOME_OF), set(lancehead.__all__))
        self.assertIs(lancehead.decompile, names["decompile"])

    def test_other_names(self):
        with self.assertRaisesRegex(AttributeError, "'lancehead' has no attribute 'decompiler'"):
            lancehead.decompiler  # noqa: B018
        self.assertFalse(hasattr(lancehead, "__wrapped__"))

    def test_pickle(self):
        self.assertIs(pickle.loads(pickle.dumps(lancehead.Report)), lancehead.Report)

    def test_notebooks(self):
        code = compile("a = b < c\nif a:\n    d()\n", "<cell>", "exec")
        style = '<pre style="font-family: monospace'
        check, calls = lancehead.check("a = b > c\n", code), lancehead.instrument(code)
        for shown in (check, calls, lancehead.decompile_report(code)):
            self.assertIn(style, shown._repr_html_())
            self.assertNotIn("<module>", shown._repr_html_())


if __name__ == "__main__":
    unittest.main()
