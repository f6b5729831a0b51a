"""The command, as a person at a terminal uses it."""

import os
import signal
import subprocess
import sys
import time
import unittest

# Waits for input that does not come, in Rust; "ready" is said when Python has started.
WAITING = """
import sys
from lancehead.__main__ import main
sys.argv = ["lancehead", "decompile", "-"]
print("ready", flush=True)
sys.exit(main())
"""


@unittest.skipIf(os.name == "nt", "signals are sent otherwise")
class Interrupt(unittest.TestCase):
    def test_interrupt_ends_it_at_once(self):
        command = [sys.executable, "-c", WAITING]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert process.stdout is not None
            self.assertEqual(process.stdout.readline().strip(), b"ready")
            deadline = time.monotonic() + 30
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
            self.assertIsNotNone(process.poll(), "it still runs")
            out, err = process.communicate()
        finally:
            process.kill()
            process.wait()
        self.assertEqual((process.returncode, out, err), (-signal.SIGINT, b"", b""))


if __name__ == "__main__":
    unittest.main()
