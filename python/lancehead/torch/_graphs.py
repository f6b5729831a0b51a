"""The graphs that PyTorch makes on the way, as files."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from lancehead.torch import _compat

#: What PyTorch tells its trace log, as an event or as an artifact of that name, and what that is called here.
STAGES = {
    "dynamo_output_graph": "captured",
    "aot_joint_graph": "joint",
    "aot_inference_graph": "inference",
    "aot_forward_graph": "forward",
    "aot_backward_graph": "backward",
    "inductor_pre_grad_graph": "pre_grad",
    "before_pre_grad_graph": "pre_grad",
    "after_pre_grad_graph": "after_pre_grad",
    "inductor_input_graph": "before_post_grad",
    "before_post_grad_graph": "before_post_grad",
    "inductor_post_grad_graph": "post_grad",
    "inductor_output_code": "inductor",
}
#: The event that tells the guards, with how long they took.
_GUARDS = "dynamo_cpp_guards_str"
_LATENCY = re.compile(r"^Guard latency = .*$", re.MULTILINE)
_UUID = re.compile(r"(__compiled_fn_\d+)_[0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}")
_ADDRESS = re.compile(r"class <lambda>\(")


def without_uuid(text: str) -> str:
    """``text`` with names that are the same in each run."""
    return _UUID.sub(r"\1", text)


class Recorder(logging.Handler):
    """Keeps the graphs of each compilation by its id: stage and text; and its guards."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.graphs: dict[str, list[tuple[str, str]]] = {}
        self.guards: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a graph. Raises nothing."""
        metadata: dict[str, Any] = getattr(record, "metadata", None) or {}
        artifact = metadata.get("artifact")
        names = [artifact.get("name")] if isinstance(artifact, dict) else metadata
        stage = next((STAGES[name] for name in names if name in STAGES), None)
        text = getattr(record, "payload", None)
        if not isinstance(text, str) or not (stage or _GUARDS in metadata):
            return
        number = f"{metadata.get('frame_id')}/{metadata.get('frame_compile_id')}"
        if stage is None:
            self.guards[number] = _LATENCY.sub("", text).strip()
            return
        text = without_uuid(_ADDRESS.sub("class GraphModule(", text))
        self.graphs.setdefault(number, []).append((stage, text))


class _Handlers(list[logging.Handler]):
    """Handlers of the trace log, which PyTorch takes for none when it is about to tell what no recorder keeps.

    It asks whether there are any before it makes up what it tells, and most of that costs more than our own work.
    """

    def __bool__(self) -> bool:
        if not all(isinstance(handler, Recorder) for handler in self):
            return True
        # Where it is not as it was, all is told.
        told = sys._getframe(1).f_locals
        name, metadata = told.get("name", _GUARDS), told.get("metadata_fn")
        if name != "artifact" or not callable(metadata):
            return bool(len(self)) and (name == _GUARDS or name in STAGES)
        try:
            return metadata().get("name") in STAGES
        except Exception:
            return True


@contextlib.contextmanager
def recorded(recorder: Recorder) -> Iterator[None]:
    """Let ``recorder`` keep the graphs of all that is compiled within the ``with``."""
    logger = _compat.trace_logger()
    if logger is None:
        yield
        return
    level = logger.level
    logger.addHandler(recorder)
    logger.setLevel(logging.DEBUG)
    logger.handlers = _Handlers(logger.handlers)
    try:
        yield
    finally:
        logger.removeHandler(recorder)
        if not any(isinstance(handler, Recorder) for handler in logger.handlers):
            logger.handlers = list(logger.handlers)
        logger.setLevel(level)


@contextlib.contextmanager
def graphs_from_files(directory: str, write: Callable[[str, str], None]) -> Iterator[None]:
    """Let graph modules that are made within the ``with`` run from files in ``directory``, so that breakpoints hit.

    ``write`` is told of each file.
    """
    from torch.fx import graph_module

    original = getattr(graph_module, "_exec_with_source", None)
    if original is None:
        yield
        return

    def from_file(src: str, globals: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        path = os.path.join(directory, f"graph_{hashlib.sha256(src.encode()).hexdigest()[:16]}.py")
        try:
            code = compile(src, path, "exec", dont_inherit=True)
            write(path, src)
        except (OSError, SyntaxError, ValueError):
            original(src, globals, *args, **kwargs)
            return
        exec(code, globals)

    graph_module._exec_with_source = from_file  # type: ignore[assignment]
    try:
        yield
    finally:
        graph_module._exec_with_source = original
