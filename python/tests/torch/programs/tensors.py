"""In-place updates, views, gradients and random numbers across graph breaks. Each takes one tensor of floats."""

from __future__ import annotations

import torch
from torch._dynamo import graph_break
from torch.utils.checkpoint import checkpoint

WEIGHT = torch.tensor([0.5])
BUFFER = torch.zeros(4)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return t * t

    @staticmethod
    def backward(ctx, gradient):
        (t,) = ctx.saved_tensors
        return 2 * t * gradient


def in_place_on_copy(x):
    y = x.clone()
    y.add_(1)
    graph_break()
    y.mul_(2)
    return y


def in_place_on_input(x):
    y = x.detach()
    y.add_(0.0)
    graph_break()
    return y


def in_place_on_view(x):
    y = x.clone()
    y[:2] += 1
    graph_break()
    y[1:] *= 2
    return y


def index_assignment(x):
    y = x.clone()
    y[0] = 5.0
    graph_break()
    y[y > 2] = 0.0
    return y


def global_tensor_in_place(x):
    BUFFER.add_(1)
    graph_break()
    total = BUFFER.sum()
    BUFFER.zero_()
    return x + total


def aliased_views(x):
    y = x.clone()
    a, b = y[:2], y[1:]
    graph_break()
    a.add_(1)
    return a, b, y


def attribute_of_tensor(x):
    y = x.clone()
    y.note = 3
    graph_break()
    return y * y.note


def shape_as_number(x):
    n = x.shape[0]
    graph_break()
    return x.reshape(n // 2, 2) * n


def size_kept(x):
    size = x.size()
    print(tuple(size))
    return torch.ones(size) + x, size


def dtype_and_device_kept(x):
    dtype, device = x.dtype, x.device
    print(dtype, device)
    return torch.ones(2, dtype=dtype, device=device) + x[:2]


def item_as_number(x):
    n = int(x.abs().sum().item())
    return x * n + n


def nonzero(x):
    found = (x > 0).nonzero()
    return found.shape[0], found


def to_list(x):
    values = x.tolist()
    return values, x + len(values)


def numpy_round_trip(x):
    return torch.from_numpy(x.detach().numpy() * 2) + 1


def boolean_mask(x):
    return x[x > 1] * 2


def einsum(x):
    return torch.einsum("i,j->ij", x, x + 1)


def where_and_clamp(x):
    return torch.where(x > 0, x, x.exp()).clamp(min=0.5)


def sort_and_unpack(x):
    values, indexes = torch.sort(x, descending=True)
    graph_break()
    return values * 2, indexes


def split_and_cat(x):
    a, b = x.chunk(2)
    print(a.shape)
    return torch.cat([b, a])


def random_numbers(x):
    noise = torch.rand_like(x)
    graph_break()
    return x + noise + torch.randn(x.shape)


def dropout(x):
    return torch.nn.functional.dropout(x, 0.5, training=True)


def gradient_inside(x):
    t = x.detach().clone().requires_grad_()
    (t * t).sum().backward()
    return t.grad


def gradient_by_grad(x):
    t = x.detach().clone().requires_grad_()
    graph_break()
    (gradient,) = torch.autograd.grad((t**3).sum(), t)
    return gradient


def own_autograd_function(x):
    y = Square.apply(x)
    graph_break()
    return Square.apply(y + 1)


def gradient_through_break(x):
    y = x * x
    graph_break()
    return (y * y).sum()


def gradient_through_condition(x):
    y = x * 2
    if y.sum() > 0:
        y = y.exp()
    else:
        y = y.sin()
    return y.sum()


def detach_half(x):
    y = (x * 2).detach()
    graph_break()
    return x * y


def checkpointed(x):
    return checkpoint(lambda t: torch.sin(t) * t, x, use_reentrant=False)


def complex_numbers(x):
    z = torch.complex(x, x + 1)
    graph_break()
    return (z * z.conj()).real


def integer_tensors(x):
    n = x.to(torch.int64)
    graph_break()
    return (n // 2) ^ 1, n % 3


def matrix_operators(x):
    m = x.reshape(1, -1)
    graph_break()
    return m @ m.T, m.T @ m


def out_argument(x):
    made = torch.empty_like(x)
    torch.add(x.detach(), 1, out=made)
    graph_break()
    return made * 2


def weight_used(x):
    graph_break()
    return x * WEIGHT + WEIGHT.shape[0]
