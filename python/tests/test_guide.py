"""The guide: each page is run from top to bottom, and prints what it says."""

import contextlib
import glob
import io
import os
import re
import sys
import unittest
import unittest.mock

ROOT = os.environ.get("LANCEHEAD_ROOT") or os.path.join(os.path.dirname(__file__), "..", "..")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Guide(unittest.TestCase):
    def test_pages(self):
        pages = sorted(glob.glob(os.path.join(ROOT, "docs", "python", "*.md")))
        self.assertGreaterEqual(len(pages), 5)
        os.environ.setdefault("LANCEHEAD_ROOT", ROOT)
        for page in pages:
            with self.subTest(os.path.basename(page)), unittest.mock.patch.dict(sys.modules):
                self.run_page(page)

    def run_page(self, page):
        with open(page, encoding="utf-8") as file:
            text = file.read()
        names, printed = {"__name__": "guide"}, ""
        for kind, body in BLOCK.findall(text):
            if kind == "text":
                self.assertEqual(printed, body)
            elif kind == "python":
                line = text[: text.index(body)].count("\n")
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(compile("\n" * line + body, page, "exec"), names)
                printed = out.getvalue()


if __name__ == "__main__":
    unittest.main()
