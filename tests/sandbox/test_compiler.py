"""The stand-in for PyTorch's compiler gives what a plain interpreter gives, whatever asks first."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

TENSOR = "x = torch.ones(2)\n"
FLEX = "from torch.nn.attention.flex_attention import create_block_mask, flex_attention\n"
ENTRIES = {
    "deterministic": (
        "torch.use_deterministic_algorithms(True)\nr = torch.are_deterministic_algorithms_enabled()"
    ),
    "compile": TENSOR + "r = torch.compile(lambda x: x * 2)(x)",
    "block mask": FLEX + (
        "mask = create_block_mask(lambda b, h, q, k: q >= k, B=None, H=None, Q_LEN=128,\n"
        "                         KV_LEN=128, device='cpu')\nr = mask.to_dense().sum()"
    ),
    "flex attention": FLEX + "q = torch.ones(1, 1, 8, 4)\nr = flex_attention(q, q, q)",
    "profiler": (
        "from torch.profiler import profile\nwith profile() as p:\n    torch.ones(3).sum()\n"
        "r = len(p.key_averages()) > 0"
    ),
    "export": (
        "class M(torch.nn.Module):\n    def forward(self, x): return x * 2\n" + TENSOR
        + "r = torch.export.export(M(), (x,)).module()(x)"
    ),
    "compile module": TENSOR + "r = torch.compile(torch.nn.Linear(2, 3))(x).shape",
    "functional gradient": TENSOR + "r = torch.func.grad(lambda x: (x**2).sum())(x)",
    "hessian": TENSOR + "r = torch.func.hessian(lambda x: (x**3).sum())(x)",
    "checkpoint": (
        "from torch.utils.checkpoint import checkpoint\n" + TENSOR
        + "x.requires_grad_()\ncheckpoint(torch.sin, x, use_reentrant=False).sum().backward()\n"
        "r = x.grad"
    ),
    "disable": "r = torch.compiler.is_compiling(), torch.compiler.disable(lambda x: x)(3)",
    "reset": "torch.compiler.reset()\nr = 1",
    "configuration": "import torch._dynamo.config\nr = torch._dynamo.config.suppress_errors",
    "inductor": "import torch._inductor.config\nr = torch._inductor.config.debug",
    "submodule": "from torch._dynamo.utils import counters\nr = len(counters)",
    "spec": (
        "import torch._dynamo.utils as u, importlib, sys\n"
        "r = u.__spec__.origin == u.__file__, sys.modules['torch._dynamo.utils'] is u"
    ),
    "no submodule": (
        "try:\n    import torch._dynamo.nothing\nexcept ModuleNotFoundError as e:\n    r = e.name"
    ),
    "custom operator": (
        "@torch.library.custom_op('mine::double', mutates_args=())\n"
        "def double(x: torch.Tensor) -> torch.Tensor: return x * 2\nr = double(torch.ones(2))"
    ),
    "condition": "r = torch.cond(torch.tensor(True), torch.sin, torch.cos, (torch.ones(1),))",
    "fake tensors": (
        "from torch._subclasses import FakeTensorMode\n"
        "with FakeTensorMode(): r = tuple(torch.ones(3).shape)"
    ),
    "trace": (
        "from torch.fx.experimental.proxy_tensor import make_fx\n" + TENSOR
        + "r = make_fx(lambda x: x * 2)(x)(x)"
    ),
    "counter": (
        "from torch.utils.flop_counter import FlopCounterMode\n"
        "with FlopCounterMode(display=False) as f: torch.ones(2, 2) @ torch.ones(2, 2)\n"
        "r = f.get_total_flops()"
    ),
    "optimizer": (
        "layer = torch.nn.Linear(2, 2)\no = torch.optim.AdamW(layer.parameters())\n"
        "layer(torch.ones(1, 2)).sum().backward()\no.step()\nr = len(o.state)"
    ),
    "mark": "torch._dynamo.mark_dynamic(torch.ones(2, 2), 0)\nr = 1",
    "stance": TENSOR + "torch.compiler.set_stance('force_eager')\nr = torch.compile(torch.sin)(x)",
}  # fmt: skip
"""Public ways into PyTorch that import its compiler; each leaves its result in ``r``."""
FIRST = ("deterministic", "flex attention")
RUN = """
import json, os, sys, torch
lean, entries = json.loads(sys.argv[1])
if lean:
    from autograder.sandbox.lean import leave_out_the_compiler
    leave_out_the_compiler()
else:
    import torch._dynamo
for name, code in entries.items():
    # Each in a process of its own: the first to ask is what matters.
    if (pid := os.fork()) == 0:
        names = {"torch": torch}
        try:
            exec(code, names)
            result = repr(names["r"])
        except BaseException as error:
            result = f"raised {type(error).__name__}: {error}"
        print("RESULT" + json.dumps([name, result]), flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
"""


def results(lean: bool, names: tuple[str, ...]) -> dict[str, str]:
    task = json.dumps([lean, {name: ENTRIES[name] for name in names}])
    run = subprocess.run(
        [sys.executable, "-c", RUN, task], capture_output=True, text=True, timeout=600, check=True
    )
    lines = [line for line in run.stdout.splitlines() if line.startswith("RESULT")]
    return dict(json.loads(line.removeprefix("RESULT")) for line in lines)


@pytest.mark.parametrize(
    "names",
    [FIRST, pytest.param(tuple(name for name in ENTRIES if name not in FIRST),
                         marks=pytest.mark.long)],
    ids=["first", "rest"],
)  # fmt: skip
def test_what_imports_the_compiler_works_as_in_a_plain_interpreter(names: tuple[str, ...]) -> None:
    plain = results(False, names)
    assert set(plain) == set(names)
    assert not [result for result in plain.values() if result.startswith("raised")]
    assert results(True, names) == plain


def test_an_optimizer_leaves_the_compiler_out() -> None:
    code = ENTRIES["optimizer"] + "\nimport sys\nassert 'torch._dynamo.utils' not in sys.modules"
    lean = f"from autograder.sandbox.lean import *\nleave_out_the_compiler()\nimport torch\n{code}"
    subprocess.run([sys.executable, "-c", lean], timeout=120, check=True)
