"""What a test sees of a student's names equals what it would see in one process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.handmade import grade

LAYER = """
from torch import nn
from dataclasses import dataclass

@dataclass(frozen=True)
class Plan:
    name: str
    size: int

class Layer(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.router = nn.Linear(width, width, bias=False)
        self.experts = nn.ModuleList([nn.Linear(width, 2) for _ in range(2)])
    def forward(self, x):
        return torch.tanh(self.router(x)) * x.sum() + self.experts[0](x).sum()

class Box:
    def __init__(self): self.items = [1, 2]
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, value): self.items[i] = value
    def __contains__(self, x): return x in self.items
    def __enter__(self): return self
    def __exit__(self, *details): self.items.append("closed")

def two(x, w):
    y = x @ w
    return y, (y * y).sum(dim=0)

def scale(x, factor=2): return x * factor
def plan(): return Plan("p", 3)
def area(plan): return plan.size ** 2
def count(n):
    for i in range(n):
        yield i
def change(things, tensor, array, mapping):
    things.append([1]); things[0] = 9; tensor.mul_(2); array[0] = 7; mapping["new"] = {1}
def draw(generator, rng): return torch.rand(2, generator=generator), rng.normal()
class OwnError(ValueError): pass
def fail(kind):
    if kind == "own": raise OwnError("size is 3")
    if kind == "key": raise KeyError("word")
    if kind == "exit": raise SystemExit("bye")
    if kind == "base": raise GeneratorExit
    return undefined_name
def gradient_inside(x):
    x = x if x.requires_grad else x.requires_grad_()
    (x * x).sum().backward()
"""

TESTS = {
    "values": """
def test_it(scale, Plan, missing_name):
    assert scale(3) == 6 and type(scale(3)) is int
    assert scale("ab", factor=2) == "abab"
    assert scale((1, [2]), 1) == (1, [2])
    assert missing_name is None
""",
    "objects": """
def test_it(plan, area, Plan):
    one = plan()
    assert one.name == "p" and one.size == 3
    assert area(one) == 9 and area(Plan("q", 4)) == 16
    assert not hasattr(one, "weight")
    assert plan is plan
    try:
        one.size = 4
    except AttributeError:
        return
    raise AssertionError("frozen")
""",
    "same handle, same proxy": """
def test_it(Box, scale):
    box = Box()
    assert scale([box], 1)[0] is box
    other = Box()
    assert other is not box and box == box and box != other
    assert {box: 1}[box] == 1
""",
    "containers": """
def test_it(Box, count):
    box = Box()
    assert len(box) == 2 and box[1] == 2 and 2 in box and 5 not in box and bool(box)
    box[1] = 8
    assert box[1] == 8 and box.items == [1, 8]
    with box as inside:
        assert inside is box
    assert box.items[-1] == "closed"
    assert list(count(4)) == [0, 1, 2, 3]
    numbers = count(1)
    assert next(numbers) == 0 and next(numbers, "end") == "end"
    import copy
    twin = copy.deepcopy(box)
    twin.items = []
    assert len(box) == 3 and len(twin) == 0
""",
    "modules": """
def test_it(Layer):
    import torch
    layer = Layer(width=4)
    x = torch.randn(5, 4)
    names = [name for name, _ in layer.named_parameters()]
    assert names[0] == "router.weight" and len(names) == 5
    assert sum(p.numel() for p in layer.parameters()) == 16 + 2 * 10
    assert len(layer.experts) == 2 and layer.experts[1].weight.shape == (2, 4)
    state = layer.state_dict()
    assert type(state) is dict
    layer.load_state_dict({name: torch.ones_like(value) for name, value in state.items()})
    assert torch.equal(layer.router.weight, torch.ones(4, 4))
    assert type(layer.router.weight) is torch.nn.Parameter and layer.router.weight.requires_grad
    assert layer.training
    layer.eval()
    assert not layer.training
    with torch.no_grad():
        assert not layer(x).requires_grad
    assert layer(x).requires_grad
""",
    "changed arguments": """
def test_it(change):
    import numpy as np, torch
    inner = [5]
    things, tensor, array, mapping = [0, inner], torch.ones(2), np.zeros(3), {"old": inner}
    change(things, tensor, array, mapping)
    assert things == [9, [5], [1]] and things[1] is inner
    assert tensor.tolist() == [2, 2] and array[0] == 7
    assert mapping == {"old": [5], "new": {1}} and mapping["old"] is inner
""",
    "unchanged arguments": """
def test_it(scale):
    import torch
    tensor = torch.tensor([float("nan"), 1.0])
    version = tensor._version
    scale(tensor)
    assert tensor._version == version
""",
    "generators": """
def test_it(draw):
    import numpy as np, torch
    generator, rng = torch.Generator().manual_seed(1), np.random.default_rng(1)
    expected = torch.Generator().manual_seed(1), np.random.default_rng(1)
    for _ in range(3):
        drawn, number = draw(generator, rng)
        assert torch.equal(drawn, torch.rand(2, generator=expected[0]))
        assert number == expected[1].normal()
    assert torch.equal(generator.get_state(), expected[0].get_state())
""",
    "errors": """
def test_it(fail):
    for kind, error, text in (
        ("own", ValueError, "size is 3"), ("key", KeyError, "word"),
        ("name", NameError, "undefined"), ("exit", RuntimeError, "bye"),
        ("base", RuntimeError, "GeneratorExit"),
    ):
        try:
            fail(kind)
        except error as caught:
            assert type(caught) is error and text in str(caught), (kind, caught)
        else:
            raise AssertionError(kind)
    try:
        fail(lambda: 0)
    except TypeError as caught:
        assert "cannot pass" in str(caught)
    else:
        raise AssertionError
""",
    "backward reaches inputs and parameters": """
def test_it(Layer):
    import torch
    torch.manual_seed(0)
    layer, x = Layer(), torch.randn(4, 3, requires_grad=True)
    router = torch.nn.Linear(3, 3, bias=False)
    expert = torch.nn.Linear(3, 2)
    state = layer.state_dict()
    router.load_state_dict({"weight": state["router.weight"]})
    expert.load_state_dict({"weight": state["experts.0.weight"], "bias": state["experts.0.bias"]})
    y = x.detach().clone().requires_grad_()
    local = ((torch.tanh(router(y)) * y.sum() + expert(y).sum()) ** 2).mean()
    held = layer.router.weight
    loss = (layer(x) ** 2).mean()
    assert torch.allclose(loss, local)
    local.backward()
    loss.backward()
    assert torch.allclose(x.grad, y.grad)
    assert torch.allclose(layer.router.weight.grad, router.weight.grad)
    assert torch.allclose(held.grad, router.weight.grad)
    assert torch.allclose(layer.experts[0].bias.grad, expert.bias.grad)
    assert layer.experts[1].bias.grad is None
    (layer(x) ** 2).mean().backward()
    assert torch.allclose(layer.router.weight.grad, 2 * router.weight.grad)
    layer.zero_grad()
    assert layer.router.weight.grad is None
""",
    "autograd.grad leaves parameters alone": """
def test_it(Layer):
    import torch
    layer, x = Layer(), torch.randn(4, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer(x).sum(), x)
    assert gradient.shape == x.shape and gradient.abs().sum() > 0
    assert x.grad is None and layer.router.weight.grad is None
""",
    "several outputs, chained calls": """
def test_it(two, scale):
    import torch
    x, w = torch.randn(3, 2, requires_grad=True), torch.randn(2, 2, requires_grad=True)
    u, v = two(scale(x, 3), w)
    (u.sum() + v.prod()).backward()
    a, b = x.detach().clone().requires_grad_(), w.detach().clone().requires_grad_()
    y = (a * 3) @ b
    (y.sum() + (y * y).sum(dim=0).prod()).backward()
    assert torch.allclose(x.grad, a.grad, rtol=1e-4) and torch.allclose(w.grad, b.grad, rtol=1e-4)
""",
    "gradients made inside a call arrive": """
def test_it(gradient_inside):
    import torch
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    gradient_inside(x)
    assert x.grad.tolist() == [2, 6]
""",
    "optimizers work through handles": """
def test_it(Layer, make_optimizer):
    import torch
    layer = Layer()
    optimizer = make_optimizer(layer)
    before = layer.router.weight.detach().clone()
    layer(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    assert not torch.equal(before, layer.router.weight)
""",
}
OPTIMIZER = "\ndef make_optimizer(layer): return torch.optim.SGD(layer.parameters(), lr=1.0)\n"


@pytest.mark.parametrize("name", TESTS)
def test_a_test_sees_what_it_would_see_in_one_process(name, engine):
    """Each test passes in one process too, where that needs none of our own messages."""
    (outcome,) = grade(engine, LAYER + OPTIMIZER, TESTS[name]).tests
    assert outcome.passed, outcome.detail


@pytest.mark.parametrize("name", sorted(set(TESTS) - {"errors"}))
def test_and_the_same_test_passes_in_one_process(name):
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("import math\nimport numpy as np\nimport torch" + LAYER + OPTIMIZER, names)
    exec(TESTS[name], names)
    test = names["test_it"]
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    if name == "modules":
        names["Layer"] = _plain_state(names["Layer"])
    test(*(names.get(argument) for argument in wanted))


def _plain_state(layer_class):
    """A state dict that is a plain dict, as it arrives from a child."""
    layer_class.state_dict = lambda self: dict(super(layer_class, self).state_dict())
    return layer_class


LIES = {
    "equality": "class E(int):\n    def __eq__(self, other): return True\ndef f(x): return E(7)",
    "class": (
        "class E:\n    __class__ = int\n    def __eq__(self, o): return True\ndef f(x): return E()"
    ),
    "tensor subclass": (
        "class T(torch.Tensor):\n    def __eq__(self, o): return True\n"
        "def f(x): return torch.ones(1).as_subclass(T)"
    ),
    "builtins": (
        "import builtins, torch\ntorch.equal = torch.allclose = lambda *a, **k: True\n"
        "builtins.isinstance = lambda *a: True\ndef f(x): return 5"
    ),
    "frames": "import sys\ndef f(x):\n    sys._getframe(1).f_locals['result'] = 2\n    return 5",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_students_own_types_and_patches_decide_nothing(lie, engine):
    assert grade(engine, LIES[lie]).points == 0


CHEATED = """
def test_it(f):
    try:
        f(1)
    except Exception:
        pass
"""


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("import os\ndef f(x): os._exit(0)", "crash"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "crash"),
        ("def f(x):\n    while True: pass", "timeout"),
        ("import os\ndef f(x): os.write(3, b'forged' * 9); return 2", "protocol violation"),
        (
            "import os\n"
            "def f(x): os.write(3, (5).to_bytes(8, 'little') + b'\\x94\\x01\\x01\\x01\\x01')",
            "protocol violation",
        ),
    ],
)
def test_no_test_can_swallow_a_death_and_the_next_test_has_a_fresh_child(answer, kind, engine):
    fine = "def test_fine(g):\n    assert g() == 1"
    outcome = grade(engine, answer + "\ndef g(): return 1", CHEATED, fine)
    assert [test.passed for test in outcome.tests] == [False, True]
    assert [event.kind for event in outcome.events] == [kind]


def test_a_child_cannot_set_the_random_state_of_the_judge(engine):
    test = """
def test_it(f):
    import torch
    torch.manual_seed(5)
    f(1)
    assert torch.equal(torch.rand(3), torch.rand(3, generator=torch.Generator().manual_seed(5)))
"""
    answer = "def f(x):\n    torch.manual_seed(0)\n    return x"
    assert grade(engine, answer, test).points == 1


def test_seeding_in_a_test_reaches_the_students_modules(engine):
    test = """
def test_it(Layer):
    import torch
    torch.manual_seed(5)
    one = Layer().router.weight.detach().clone()
    torch.manual_seed(6)
    other = Layer().router.weight.detach().clone()
    torch.manual_seed(5)
    assert torch.equal(Layer().router.weight, one) and not torch.equal(one, other)
"""
    (outcome,) = grade(engine, LAYER, test).tests
    assert outcome.passed, outcome.detail


RESIZED = """
import gc, sys
server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
protocol = sys.modules["sandboxed.protocol"]
wire = [protocol.Tag.ARRAY, "<f8", [4_000_000], bytes(32_000_000)]
server._actions["call"] = lambda *fields: ["done", None, [[0, wire]]]
f = print
"""


def test_a_change_of_size_frees_no_memory_of_the_judge(engine):
    test = """
def test_it(f):
    import numpy as np
    array = np.ones(300_000)
    view = array[10:]
    f(array)
    others = [np.full(300_000, 7.0) for _ in range(20)]
    assert array.shape == (300_000,) and (view == 1).all() and others
"""
    (outcome,) = grade(engine, RESIZED, test).tests
    assert outcome.passed, outcome.detail
