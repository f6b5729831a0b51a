"""A client of the Debug Adapter Protocol, as small as a test can do with: what an editor says to debugpy."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import Any


class Client:
    """One session with a program that debugpy runs and holds until breakpoints are set."""

    def __init__(self, *command: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client"]
        self.program = subprocess.Popen(
            [sys.executable, "-Xfrozen_modules=off", *listen, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._stream = self._connected(port).makefile("rwb")
        self._number = 0
        self._events: list[dict[str, Any]] = []

    @staticmethod
    def _connected(port: int) -> socket.socket:
        until = time.monotonic() + 60
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=180)
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def send(self, command: str, **arguments: Any) -> int:
        """Ask, and give the number that the answer refers to."""
        self._number += 1
        text = json.dumps({"seq": self._number, "type": "request", "command": command, "arguments": arguments})
        self._stream.write(f"Content-Length: {len(text)}\r\n\r\n{text}".encode())
        self._stream.flush()
        return self._number

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        if not length:
            raise EOFError("the debugger hung up")
        return json.loads(self._stream.read(length))

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to request ``number``; events on the way are kept."""
        while True:
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)
            elif message.get("request_seq") == number:
                assert message["success"], message
                return message.get("body", {})

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        return self.answer(self.send(command, **arguments))

    def event(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        while True:
            for at, message in enumerate(self._events):
                if message["event"] == name:
                    return self._events.pop(at).get("body", {})
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)

    def begin(self, breakpoints: dict[str, list[int]]) -> list[bool]:
        """Set breakpoints and let the program go; whether each was accepted."""
        self.ask("initialize", adapterID="test", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        attached = self.send("attach", justMyCode=False, subProcess=False)
        self.event("initialized")
        accepted = []
        for path, lines in breakpoints.items():
            body = self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line} for line in lines])
            accepted += [point["verified"] for point in body["breakpoints"]]
        self.ask("configurationDone")
        self.answer(attached)
        return accepted

    def stop(self) -> tuple[int, dict[str, Any]]:
        """Wait until it stops: the thread, and the frame that it is in."""
        thread = self.event("stopped")["threadId"]
        return thread, self.ask("stackTrace", threadId=thread)["stackFrames"][0]

    def value(self, frame: dict[str, Any], expression: str) -> str:
        """What the expression is in a frame that stands still."""
        return self.ask("evaluate", expression=expression, frameId=frame["id"], context="watch")["result"]

    def finish(self) -> str:
        """Let the program end, and give what it printed."""
        self.event("terminated")
        # The adapter is a process of its own, and stays until it is told to go.
        self.send("disconnect")
        output, _ = self.program.communicate(timeout=60)
        self._stream.close()
        return output
