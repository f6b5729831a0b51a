"""Small models, most of them with a graph break somewhere. Each makes itself and its input from a seed."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch._dynamo import graph_break


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))

    def forward(self, x):
        return self.layers(x)


class PerceptronThatLogs(Perceptron):
    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = layer(x)
            print(number, tuple(x.shape))
        return x


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 2, 3)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = x.reshape(-1, 1, 4, 2)
        x = F.relu(self.norm(self.first(x)))
        x = F.pad(x, (1, 1))
        x = self.second(x)
        return self.head(x.flatten(1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        for layer in self.inner:
            kept = x
            x = F.gelu(layer(x))
            if x.abs().mean() > 100:
                return x
            x = x + kept
        return x


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 6)

    def forward(self, x):
        state = x.new_zeros(x.shape[0], 6)
        states = []
        for step in x.split(4, dim=1):
            state = self.cell(step, state)
            states.append(state)
            graph_break()
        return torch.stack(states, 1), state


class LongMemory(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Linear(4, 12)
        self.hidden = nn.Linear(3, 12, bias=False)

    def forward(self, x):
        hidden = cell = x.new_zeros(x.shape[0], 3)
        for step in x.split(4, dim=1):
            i, f, o, g = (self.input(step) + self.hidden(hidden)).chunk(4, dim=1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
        return hidden, cell


class Attention(nn.Module):
    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x, mask=None):
        rows, width = x.shape
        q, k, v = (t.reshape(rows, self.heads, -1).transpose(0, 1) for t in self.project(x).chunk(3, dim=-1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        if mask is not None:
            scores = scores.masked_fill(mask, float("-inf"))
        return self.out((scores.softmax(-1) @ v).transpose(0, 1).reshape(rows, width))


class CausalAttention(Attention):
    def forward(self, x, mask=None):
        mask = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
        print("mask", tuple(mask.shape))
        return super().forward(x, mask)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(8), nn.LayerNorm(8)])
        self.attention = Attention()
        self.feed = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        graph_break()
        return x + self.feed(self.norms[1](x))


class Decoder(nn.Module):
    """Keeps keys and values of former calls in a list that is a plain attribute."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        cache = []
        outputs = []
        for row in x:
            cache.append((self.key(row), self.value(row)))
            keys = torch.stack([k for k, _ in cache])
            values = torch.stack([v for _, v in cache])
            print(len(cache))
            outputs.append(F.softmax(keys @ self.query(row), 0) @ values)
        return torch.stack(outputs)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(8, 6)
        self.decode = nn.Linear(3, 8)

    def forward(self, x):
        mean, spread = self.encode(x).chunk(2, -1)
        sample = mean + torch.randn_like(mean) * (spread * 0.5).exp()
        loss = -0.5 * (1 + spread - mean**2 - spread.exp()).sum()
        if loss.item() < 0:
            print("negative")
        return self.decode(sample), loss


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 3)
        self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        weights, chosen = self.gate(x).softmax(-1).max(-1)
        out = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            rows = (chosen == number).nonzero().flatten()
            if rows.numel() == 0:
                continue
            out = out.index_add(0, rows, expert(x[rows]) * weights[rows, None])
        return out


class Embedding(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 8)
        self.register_buffer("positions", torch.arange(16.0).reshape(2, 8))

    def forward(self, x):
        indexes = (x.detach().abs() * 3).long().clamp(max=9)
        return self.table(indexes).mean(1) + self.positions[0] + x.sum()


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.calls = 0
        self.register_buffer("total", torch.zeros(8))

    def forward(self, x):
        self.calls += 1
        y = self.linear(x)
        print("calls", self.calls)
        self.total += y.detach().sum(0)
        return y + self.total


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 4)
        self.linear.register_forward_hook(lambda module, inputs, output: output * 2)

    def forward(self, x):
        return self.linear(x) + 1


class Adversarial(nn.Module):
    def __init__(self):
        super().__init__()
        self.generator = nn.Linear(8, 8)
        self.critic = nn.Sequential(nn.Linear(8, 4), nn.LeakyReLU(), nn.Linear(4, 1))

    def forward(self, x):
        fake = self.generator(x)
        with torch.no_grad():
            score = self.critic(fake)
            print("scored", tuple(score.shape))
        return self.critic(x).mean() - self.critic(fake).mean(), score


class Graph(nn.Module):
    """Passes messages along edges that depend on the data."""

    def __init__(self):
        super().__init__()
        self.message = nn.Linear(8, 8)

    def forward(self, x):
        near = (x @ x.T) > 0
        for _ in range(2):
            x = torch.relu(near.to(x.dtype) @ self.message(x)) / near.sum(1, keepdim=True).clamp(min=1)
            graph_break()
        return x


class Early(nn.Module):
    """Leaves early when it is sure."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.heads = nn.ModuleDict({str(i): nn.Linear(8, 2) for i in range(3)})

    def forward(self, x):
        depth, answer = 0, None
        for depth, layer in enumerate(self.layers):
            x = torch.tanh(layer(x))
            answer = self.heads[str(depth)](x).softmax(-1)
            if answer.max(-1).values.min() > 0.9:
                break
        return {"answer": answer, "depth": depth}


MODELS = [
    Perceptron,
    PerceptronThatLogs,
    Convolutions,
    Residual,
    Recurrent,
    LongMemory,
    Attention,
    CausalAttention,
    Transformer,
    Decoder,
    Autoencoder,
    Experts,
    Embedding,
    Counting,
    Hooked,
    Adversarial,
    Graph,
    Early,
]
