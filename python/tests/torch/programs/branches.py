"""Conditions on tensors, and loops that Dynamo breaks its graph in. Each function takes one tensor of floats."""

from __future__ import annotations

import torch


def early_return(x):
    if x.sum() > 0:
        return x * 2
    return x - 2


def assign_in_branch(x):
    if x.sum() > 0:
        y = x + 1
    else:
        y = x - 1
    return y * 3


def condition_in_the_middle(x):
    a, b = x + 1, x * 2
    if (a * b).mean() > 1:
        a = a - b
    return a, b


def elif_chain(x):
    total = x.sum()
    if total < -5:
        return x * 1
    elif total < 0:
        return x * 2
    elif total < 5:
        return x * 3
    else:
        return x * 4


def condition_after_condition(x):
    if x.sum() > 0:
        x = x + 1
    if x.max() > 2:
        x = x * 2
    if x.min() < 0:
        x = x.abs()
    return x


def negated_condition(x):
    if not (x.sum() > 0):
        x = -x
    return x + 1


def condition_expression(x):
    y = x + 1 if x.sum() > 0 else x - 1
    return y * 2


def nested_condition_expression(x):
    return (x + 1 if x.max() > 3 else x + 2) if x.sum() > 0 else (x - 1 if x.min() < -3 else x - 2)


def condition_as_argument(x):
    return torch.add(x * 2, x if x.sum() > 0 else -x)


def and_condition(x):
    if x.sum() > 0 and x.max() > 3:
        return x + 1
    return x - 1


def or_condition(x):
    if x.sum() > 100 or x.min() < 0:
        return x + 1
    return x - 1


def mixed_condition(x):
    if (x.sum() > 0 and x.max() < 3) or not x.min() > -3:
        return x + 1
    return x - 1


def item_condition(x):
    if x[0].item() > 0:
        return x * 10
    return x * -10


def all_close_condition(x):
    if torch.allclose(x, x + 0.0):
        return x + 1
    return x


def shape_condition(x):
    if x.shape[0] > 4:
        return x[:4]
    return x + 1


def for_with_condition(x):
    for _ in range(3):
        if x.sum() > 0:
            x = x - 1
        else:
            x = x + 2
    return x


def for_with_break(x):
    for i in range(5):
        x = x + 1
        if x.sum() > 12:
            break
    return x, i


def for_with_continue(x):
    for i in range(4):
        if i % 2:
            continue
        print(i)
        x = x * 2
    return x


def for_else(x):
    for i in range(3):
        if x.sum() < -1000:
            break
        x = x + i
    else:
        x = x * 2
    return x


def nested_loops(x):
    for i in range(2):
        for j in range(2):
            print(i, j)
            x = x + i * j
    return x


def while_on_a_number(x):
    n = 3
    while n:
        print(n)
        x = x + n
        n -= 1
    return x


def while_true(x):
    n = 0
    while True:
        n += 1
        x = x * 2
        if n > 3 or x.abs().max() > 20:
            return x, n


def loop_over_tensor(x):
    total = torch.zeros(())
    for item in x:
        print("item")
        total = total + item
    return total


def loop_over_list_of_tensors(x):
    out = x
    for part in [x, x + 1, x + 2]:
        print(part.shape)
        out = out + part
    return out


def loop_over_zip(x):
    for i, (a, b) in enumerate(zip([1, 2], [3, 4])):
        print(a, b)
        x = x * a + b - i
    return x


def loop_over_dict(x):
    for key, value in {"a": 1, "b": 2}.items():
        print(key)
        x = x + value
    return x


def loop_with_graph_only(x):
    for i in range(4):
        x = torch.sin(x) + i
    return x


def comprehension_with_break(x):
    parts = [x * i for i in range(3)]
    print(len(parts))
    return sum(parts)


def value_kept_over_break(x):
    y = x.exp()
    z = x.sin()
    print("kept")
    return y + z, y - z


def several_breaks(x):
    x = x + 1
    print(1)
    x = x * 2
    print(2)
    x = x - 3
    print(3)
    return x


def chained_tensor_comparison(x):
    if -1 < x.mean() < 10 < x.max() + 9:
        return x.cos()
    return x.sin()


def assert_statement(x):
    assert x.shape[0] >= 4, "too short"
    return x + 1


def assert_on_tensor(x):
    assert x.sum() > -1000
    return x + 1
