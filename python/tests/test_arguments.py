"""Arguments that make no sense are refused where they are given, and sequences are sequences."""

import unittest

import lancehead


class Arguments(unittest.TestCase):
    def test_refused(self):
        code = compile("a", "<arguments>", "exec")
        for hook in ("not a name", "", "class", "a.b"):
            with self.assertRaisesRegex(ValueError, "hook must be the name"):
                lancehead.instrument(code, hook=hook)
        with self.assertRaisesRegex(TypeError, "must be callable, not int"), lancehead.frame_hook(3):
            self.fail("there is no hook")
        with self.assertRaises(TypeError):
            lancehead.load_pyc(3)

    def test_sequences(self):
        first, second = (compile(text, "<arguments>", "exec") for text in ("a = f(1)", "a = f(2)"))
        changes, graph = lancehead.diff(first, second), lancehead.cfg(first)
        self.assertEqual((changes[0], changes[-1]), (list(changes)[0], list(changes)[-1]))
        self.assertEqual(graph[0], next(iter(graph)))
        for sequence in (changes, graph):
            with self.assertRaises(IndexError):
                sequence[len(sequence)]


if __name__ == "__main__":
    unittest.main()
