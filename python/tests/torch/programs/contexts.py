"""``with``, ``try`` and exceptions around graph breaks. Each function takes one tensor of floats."""

from __future__ import annotations

import contextlib

import torch
from torch._dynamo import graph_break

EVENTS: list[str] = []


class Recorder:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        EVENTS.append(f"enter {self.name}")
        return self

    def __exit__(self, *exception):
        EVENTS.append(f"exit {self.name}")
        return False


@contextlib.contextmanager
def recorded(name):
    EVENTS.append(name)
    yield name
    EVENTS.append(f"after {name}")


def grad_mode_over_break(x):
    with torch.no_grad():
        y = x + 1
        print(torch.is_grad_enabled())
        y = y * 2
    return y + x


def grad_mode_nested(x):
    with torch.no_grad():
        y = x + 1
        with torch.enable_grad():
            graph_break()
            z = x * y
        graph_break()
    return z + y


def grad_mode_with_condition(x):
    with torch.no_grad():
        if x.sum() > 0:
            y = x + 1
        else:
            y = x - 1
    return y


def grad_mode_in_loop(x):
    for i in range(2):
        with torch.no_grad():
            x = x + i
            graph_break()
    return x


def grad_mode_returns_inside(x):
    with torch.no_grad():
        graph_break()
        return x * 2


def set_grad_mode(x):
    with torch.set_grad_enabled(x.shape[0] > 100):
        y = x * 2
        graph_break()
    return y + 1


def inference_mode(x):
    with torch.inference_mode():
        y = x + 1
    return y.clone()


def autocast(x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = torch.mm(x.reshape(1, -1), x.reshape(-1, 1))
        graph_break()
        y = y + 1
    return y.float()


def own_context_manager(x):
    with Recorder("own") as recorder:
        y = x + 1
    print(recorder.name, EVENTS)
    EVENTS.clear()
    return y


def own_context_manager_over_break(x):
    with Recorder("own"):
        y = x + 1
        print("inside")
        y = y * 2
    EVENTS.clear()
    return y


def generator_context_manager(x):
    with recorded("generated"):
        y = x + 1
    print(EVENTS)
    EVENTS.clear()
    return y * 2


def two_context_managers(x):
    with Recorder("a"), torch.no_grad():
        y = x * 3
        graph_break()
    EVENTS.clear()
    return y


def null_context(x):
    with contextlib.nullcontext():
        y = x + 1
        graph_break()
    return y


def exit_stack(x):
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        y = x + 1
    return y


def try_with_break(x):
    try:
        y = x + 1
        print("in try")
        y = y * 2
    except ValueError:
        y = x
    return y


def try_that_raises(x):
    try:
        if x.sum() > 0:
            raise ValueError("positive")
        y = x + 1
    except ValueError as error:
        y = x - 1
        print(error)
    return y


def try_else_finally(x):
    try:
        y = x + 1
    except KeyError:
        y = x
    else:
        y = y * 2
    finally:
        print("finally")
    return y


def exception_from_container(x):
    try:
        value = {"a": 1}["b"]
    except KeyError:
        value = 2
    return x * value


def exception_handler_with_break(x):
    try:
        raise KeyError("made")
    except KeyError:
        print("handled")
        x = x + 1
    return x * 2


def exception_goes_through(x):
    y = x + 1
    print("before")
    if x.sum() > 0:
        raise RuntimeError("positive")
    return y


def exception_through_with(x):
    with Recorder("with"):
        y = x + 1
        if x.sum() > 0:
            EVENTS.clear()
            raise RuntimeError("inside with")
    EVENTS.clear()
    return y


def try_in_loop(x):
    for i in range(3):
        try:
            print(i)
            if i == 1:
                raise IndexError
            x = x + 1
        except IndexError:
            x = x * 2
    return x


def nested_try(x):
    try:
        try:
            x = x + 1
            print("inner")
        finally:
            x = x * 2
    except RuntimeError:
        x = x - 1
    return x


def finally_that_returns_late(x):
    try:
        return x + 1
    finally:
        print("cleanup")


def suppressed(x):
    with contextlib.suppress(KeyError):
        x = x + {"a": 1}["b"]
    return x + 1
