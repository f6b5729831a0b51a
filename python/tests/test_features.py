"""Every feature: decompiled, proven, recompiled, and run beside the original."""

import copy
import math
import os
import tempfile
import types
import unittest

import lancehead

from tests import features


def outcome(function, arguments):
    """What a call gives, or raises; fresh arguments each time."""
    try:
        return shown(function(*copy.deepcopy(arguments)))
    except Exception as error:
        return type(error).__name__, str(error)


def shown(value):
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, (list, tuple, set)):
        return type(value)(shown(item) for item in value) if not isinstance(value, set) else value
    if isinstance(value, (features.Matrix, features.Box)):
        return type(value).__name__
    return value


class Features(unittest.TestCase):
    def test_each(self):
        self.assertGreaterEqual(len(features.CASES), 88)
        with tempfile.TemporaryDirectory() as folder:
            for number, (function, calls) in enumerate(features.CASES):
                with self.subTest(function.__name__):
                    report = lancehead.decompile_report(function)
                    self.assertTrue(report.proven, report.functions)
                    self.assertEqual(report.placeholders, {})
                    code = lancehead.recompile(function, filename=os.path.join(folder, f"{number}.py"))
                    other = types.FunctionType(
                        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
                    )
                    other.__kwdefaults__ = function.__kwdefaults__
                    for arguments in calls:
                        self.assertEqual(outcome(function, arguments), outcome(other, arguments))


if __name__ == "__main__":
    unittest.main()
