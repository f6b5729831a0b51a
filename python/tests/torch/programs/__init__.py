"""Programs that Dynamo compiles: functions of one tensor, and small models."""

from __future__ import annotations

import inspect
import os
import sys
import types
from collections.abc import Callable
from typing import Any

import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

if "LANCEHEAD_TORCH_DEVICE" in os.environ:
    # Before the programs make tensors of their own.
    torch.set_default_device(os.environ["LANCEHEAD_TORCH_DEVICE"])

import cases

from programs import branches, calls, containers, contexts, models, tensors

_NOT_PROGRAMS = {"helper", "outside", "recorded", "_long_named"}


def _functions(module: types.ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name not in _NOT_PROGRAMS
    }


FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function
    for module in (cases, branches, containers, calls, contexts, tensors)
    for name, function in _functions(module).items()
}
MODELS: dict[str, Callable[..., Any]] = {f"models.{model.__name__}": model for model in models.MODELS}


def make(name: str) -> tuple[Callable[..., Any], list[torch.Tensor]]:
    """The program ``name``, and what to call it with, one after the other; the last input wants a gradient."""
    torch.manual_seed(0)
    if name in FUNCTIONS:
        first = torch.tensor([1.0, 2.0, 3.0, 4.0])
        return FUNCTIONS[name], [first, -first, torch.arange(6.0), first.clone().requires_grad_()]
    first = torch.randn(3, 8)
    return MODELS[name](), [first, -first, torch.randn(5, 8), first.clone().requires_grad_()]
