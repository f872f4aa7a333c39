"""The end of each notebook's opening cell, after the lesson's own imports.

It fixes a colour-blind-safe plot style (Okabe and Ito) and gives every look cell one way to say what
is missing. The build copies everything below the docstring; students read it, so it stays short.
Public tests that use `described` get a copy of it.
"""

import contextlib
import inspect
import re

import matplotlib.pyplot as plt

plt.rcParams.update({
    "figure.figsize": (7, 3.6), "figure.dpi": 100, "axes.grid": True, "grid.alpha": 0.3,
    "axes.spines.top": False, "axes.spines.right": False, "image.cmap": "cividis",
    "axes.prop_cycle": plt.cycler(color=["#0072B2", "#E69F00", "#009E73", "#CC79A7",
                                         "#56B4E9", "#D55E00", "#F0E442", "#000000"]),
})


def described(value):
    """Say in a few words what a value is: None, an int, a numpy array of shape (2, 3)."""
    if value is None or value is ...:
        return "None" if value is None else "`...`"
    name = type(value).__name__
    name = {"ndarray": "numpy array", "Tensor": "tensor"}.get(name, name)
    shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else ""
    return ("an " if name[0] in "aeiou" else "a ") + name + shape


def number(name, value):
    """Return what your function `name` returned as a float, or say what it returned instead."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} returned {described(value)}; expected a number") from None


def predicted(exercise):
    """Your prediction for an exercise, for a sentence."""
    answer = globals().get(f"prediction_{exercise}", ...)
    return "not answered yet" if answer is ... else repr(answer)


def compared(exercise, happened, within):
    """Your prediction of some numbers beside what happened; a hit is off by at most `within`."""
    answer = globals().get(f"prediction_{exercise}", ...)
    if not isinstance(answer, (tuple, list)) or len(answer) != len(happened):
        return predicted(exercise)
    if not all(isinstance(part, (int, float)) for part in answer):
        return predicted(exercise)
    pairs = zip(answer, happened, strict=True)
    return ", ".join(f"{mine:.3g} where {real:.3g} happened, a "
                     f"{'hit' if abs(mine - real) <= within + 1e-9 else 'miss'}" for mine, real in pairs)


def unfinished(name):
    """Say whether a function or class is missing or still has a `...` to fill in."""
    thing = globals().get(name)
    parts = vars(thing).values() if isinstance(thing, type) else [thing]
    sources = [inspect.getsource(part) for part in parts if inspect.isfunction(part)]
    return not sources or any(re.search(r"^( +|.*= )\.\.\.( *#.*)?$", s, re.M) for s in sources)


@contextlib.contextmanager
def look(*names):
    """Run a look cell on your functions; where they stop it, say in a line what to do."""
    try:
        yield
    except Exception as error:
        plt.close("all")
        missing = [name for name in names if unfinished(name)]
        if missing:
            print("Fill in", ", ".join(missing), "above, then run this cell again.")
        else:
            print(f"Your code stopped this cell with {type(error).__name__}: {error}")
