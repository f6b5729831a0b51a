"""Files are written where they belong, whatever lies there; and read where they are said to be."""

import os
import tempfile
import unittest

import lancehead
from lancehead._files import is_plain, open_plain, write_file


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.victim = self.path("victim")
        write_file(self.victim, b"precious")

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    @unittest.skipUnless(hasattr(os, "symlink"), "no links here")
    def test_a_link_is_replaced(self):
        os.symlink(self.victim, self.path("link"))
        write_file(self.path("link"), b"new")
        self.assertEqual((self.read("victim"), self.read("link")), (b"precious", b"new"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["link", "victim"])

    @unittest.skipUnless(hasattr(os, "symlink"), "no links here")
    def test_recompile_follows_no_link(self):
        os.symlink(self.victim, self.path("source.py"))
        lancehead.recompile(lambda: 1, filename=self.path("source.py"))
        self.assertEqual(self.read("victim"), b"precious")

    def test_only_plain_names_are_read(self):
        os.close(open_plain(self.folder, "victim"))
        for names in (("..", "x"), ("a/b",), ("",), (".",)):
            with self.assertRaises(ValueError):
                open_plain(self.folder, *names)
        self.assertFalse(is_plain("a\0b"))


if __name__ == "__main__":
    unittest.main()
