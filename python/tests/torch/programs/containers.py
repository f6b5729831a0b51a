"""Lists, dicts, tuples, sets and objects that Dynamo has to put back together. Each takes one tensor of floats."""

from __future__ import annotations

import collections
import dataclasses
from typing import NamedTuple

import torch

SEEN: list[int] = []
TABLE: dict[str, object] = {}


class Pair(NamedTuple):
    first: object
    second: object


@dataclasses.dataclass
class Record:
    value: object
    count: int = 0


class Plain:
    def __init__(self, value):
        self.value = value
        self.calls = 0

    def bump(self):
        self.calls += 1
        return self.value * self.calls


def returns_list(x):
    return [x, x + 1, [x + 2]]


def returns_dict(x):
    return {"a": x, "b": {"c": x * 2}}


def returns_tuple_of_constants(x):
    return 1, "two", 3.0, None, True, x


def returns_set(x):
    names = {"a", "b"}
    names.add("c")
    return sorted(names), x + len(names)


def returns_named_tuple(x):
    return Pair(x + 1, x * 2)


def returns_dataclass(x):
    record = Record(x * 2)
    record.count += 1
    return record.value, record.count


def returns_ordered_dict(x):
    made = collections.OrderedDict()
    made["z"] = x
    made["a"] = x + 1
    return list(made), made["a"]


def default_dict(x):
    made = collections.defaultdict(list)
    made["k"].append(x)
    print(len(made))
    made["k"].append(x + 1)
    return made["k"]


def deque(x):
    queue = collections.deque([x, x + 1], maxlen=3)
    queue.append(x + 2)
    print(len(queue))
    return list(queue)


def list_methods(x):
    values = [3, 1, 2]
    values.append(4)
    values.sort()
    print(values)
    values.pop()
    values.extend([7, 8])
    values.insert(0, 9)
    values.reverse()
    return x + values[0], values


def list_of_tensors_kept(x):
    values = [x]
    values.append(x + 1)
    print("break")
    values.append(x + 2)
    return torch.stack(values)


def list_aliases(x):
    a = [x]
    b = a
    print("alias")
    b.append(x + 1)
    return len(a), a[1]


def list_in_list(x):
    inner = [x]
    outer = [inner, inner]
    print("same")
    inner.append(x * 2)
    return outer[1][1], outer[0] is outer[1]


def dict_methods(x):
    table = {"a": 1}
    table.update(b=2)
    table.setdefault("c", 3)
    print(table)
    popped = table.pop("a")
    return x * popped, table


def dict_of_tensors_kept(x):
    table = {"x": x}
    table["y"] = x + 1
    print(list(table))
    del table["x"]
    table["z"] = x + 2
    return table


def dict_comprehension(x):
    return {name: x * i for i, name in enumerate("abc")}


def unpacking(x):
    first, *rest = [x, x + 1, x + 2]
    print(len(rest))
    return first, rest


def merges(x):
    a, b = {"a": x}, {"b": x + 1}
    print("merge")
    return {**a, **b}, [*a, *b]


def slices_of_lists(x):
    values = list(range(10))
    values[2:4] = [20, 30, 40]
    print(values)
    del values[0]
    return x + values[2], values[::3]


def global_list(x):
    SEEN.append(1)
    print(len(SEEN) > 0)
    SEEN.clear()
    return x + len(SEEN)


def global_dict(x):
    TABLE["last"] = 7
    y = x + TABLE["last"]
    TABLE.pop("last")
    return y


def object_attribute(x):
    thing = Plain(x)
    thing.calls = 4
    print("object")
    return thing.bump(), thing.calls


def object_made_and_kept(x):
    thing = Plain(x + 1)
    first = thing.bump()
    print(thing.calls)
    return first + thing.bump()


def object_returned(x):
    thing = Plain(x + 1)
    thing.extra = [1, 2]
    return thing.value, thing.extra


def tuple_of_lists(x):
    made = ([x], [x + 1])
    print("made")
    made[0].append(x * 3)
    return made


def swaps_elements(x):
    values = [x, x + 1]
    values[0], values[1] = values[1], values[0]
    print("swapped")
    return values[0] - values[1] * 2


def range_kept(x):
    numbers = range(2, 8, 2)
    print(list(numbers))
    return x * numbers[1], numbers


def slice_kept(x):
    part = slice(1, 3)
    print(part)
    return x[part]


def strings(x):
    name = "tensor"
    text = f"{name}-{x.dim()}" + "!"
    print(text.upper())
    return x + len(text)


def bytes_and_numbers(x):
    print(b"bytes", 1 + 2j, 1 << 70, ...)
    return x + (1 << 3)


def set_operations(x):
    a, b = {1, 2, 3}, {2, 3, 4}
    print(sorted(a & b))
    return x + len(a | b), sorted(a - b)


def sorted_by_key(x):
    values = sorted([3, 1, 2], key=lambda v: -v)
    print(values)
    return x * values[0]


def zip_star(x):
    pairs = [(x, 1), (x + 1, 2)]
    tensors, numbers = zip(*pairs)
    print(numbers)
    return tensors[0] + tensors[1], numbers
