"""Rotary position embedding, one matrix a position.

Source: Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding" (arXiv
2104.09864). Equation 15 gives the rotation as a block-diagonal matrix, and that is what this
module builds and multiplies by. Students write equation 34, which has the same result without
ever building the matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from reference import checks

Function = Callable[..., Any]


def rotation_matrix(angle: float) -> torch.Tensor:
    """The matrix that turns a column vector counter-clockwise, equation 13.

    Args:
        angle: in radians.

    Returns:
        (2, 2), float64.
    """
    matrix = torch.zeros(2, 2, dtype=torch.float64)
    for column, start in enumerate((0.0, math.pi / 2)):
        # A basis vector lies at 0 or at a quarter turn and ends up ``angle`` further on.
        matrix[0, column] = math.cos(angle + start)
        matrix[1, column] = math.sin(angle + start)
    return matrix


def rotate(vector: torch.Tensor, position: int, theta: float) -> torch.Tensor:
    """Turn one pair of numbers to its position, by multiplying complex numbers.

    Args:
        vector: (2,).
        position: counted from 0.
        theta: radians per position.

    Returns:
        (2,), in the dtype of ``vector``.
    """
    angle = position * theta
    turned = complex(*vector.tolist()) * complex(math.cos(angle), math.sin(angle))
    return torch.tensor([turned.real, turned.imag], dtype=vector.dtype)


def speeds(head_dim: int, base: float = 10_000.0) -> list[float]:
    """Radians per position of every pair, section 3.2.2: ``base ** (-2i / head_dim)``.

    Args:
        head_dim: even.
        base: positive.

    Returns:
        head_dim / 2 numbers, the first one 1.
    """
    return [1.0 / base ** (2 * pair / head_dim) for pair in range(head_dim // 2)]


def position_matrix(position: int, head_dim: int, base: float) -> torch.Tensor:
    """The block-diagonal rotation of one position, equation 15.

    Args:
        position: counted from 0.
        head_dim: even.
        base: positive.

    Returns:
        (head_dim, head_dim), float64, for column vectors.
    """
    matrix = torch.zeros(head_dim, head_dim, dtype=torch.float64)
    for pair, speed in enumerate(speeds(head_dim, base)):
        place = slice(2 * pair, 2 * pair + 2)
        matrix[place, place] = rotation_matrix(position * speed)
    return matrix


def apply_rope(x: torch.Tensor, positions: torch.Tensor, base: float = 10_000.0) -> torch.Tensor:
    """Turn every pair of neighbouring dimensions by its position.

    Args:
        x: (..., seq_len, head_dim).
        positions: (seq_len,), integers.
        base: positive.

    Returns:
        The shape and dtype of ``x``.

    Raises:
        ValueError: odd ``head_dim``, ``base`` not positive, or positions of another length.
    """
    seq_len, head_dim = x.shape[-2:]
    if head_dim % 2:
        raise ValueError(f"head_dim must be even, got {head_dim}")
    if base <= 0:
        raise ValueError(f"base must be positive, got {base}")
    if len(positions) != seq_len:
        raise ValueError(f"positions has {len(positions)} entries for seq_len {seq_len}")
    result = torch.empty(x.shape, dtype=torch.float64)
    for index, position in enumerate(positions.tolist()):
        matrix = position_matrix(position, head_dim, base)
        result[..., index, :] = x[..., index, :].double() @ matrix.T
    return result.to(x.dtype)


# What the hidden tests need beyond the functions of the exercise.


def drawn(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Standard normal numbers of a seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def images(apply: Function, position: int, head_dim: int, base: float) -> torch.Tensor:
    """Where a student's ``apply_rope`` puts each basis vector at one position.

    No axes in front and the same position throughout, so that mistakes with axes or with several
    positions are left to their own tests.

    Returns:
        (head_dim, head_dim), float64: row k is the image of basis vector k.
    """
    basis = torch.eye(head_dim, dtype=torch.float64)
    positions = torch.full((head_dim,), position)
    return checks.tensor(apply(basis, positions, base), (head_dim, head_dim)).double()


def check_rotate(rotate_: Function) -> None:
    """``rotate`` agrees with complex multiplication, far positions and float32 included."""
    for position, theta, seed in ((0, 0.4, 11), (1, 0.3, 12), (5, -0.2, 13), (4097, 0.7, 14)):
        vector = drawn(2, seed=seed)
        expected = rotate(vector, position, theta)
        # float64 angles of 3000 radians are exact to 5e-13; single precision would err by 1e-4.
        checks.close(rotate_(vector, position, theta), expected, atol=1e-9)
        checks.close(rotate_(vector.float(), position, theta), expected, atol=1e-5)


def check_pairs(image: torch.Tensor) -> None:
    """Only a dimension and its neighbour in the pair show up in an image, and both do."""
    head_dim = image.shape[0]
    pair = torch.arange(head_dim) // 2
    together = pair[:, None] == pair[None, :]
    assert bool((image[~together].abs() < 1e-9).all()), "a basis vector left its pair"
    assert bool((image[together].abs() > 1e-3).all()), "a basis vector did not turn"


def cosines(apply: Function, position: int, head_dim: int, base: float) -> torch.Tensor:
    """The cosine of every pair's angle, smallest first, whatever the direction and the pairing.

    They stand twice on the diagonal of ``images``.
    """
    twice = images(apply, position, head_dim, base).diagonal().sort().values
    assert bool((twice < 0.9).any()), "no pair turned"
    return twice[::2]


def check_angles(apply: Function, head_dim: int, base: float) -> None:
    """Every pair's angle is its speed times the position.

    1e-6: the cosines of float64 and single-precision work differ by 1e-7; the mistakes looked for
    move one by more than 1e-3.
    """
    for position in (1, 3):
        expected = [math.cos(position * speed) for speed in speeds(head_dim, base)]
        actual = cosines(apply, position, head_dim, base)
        checks.close(actual, torch.tensor(sorted(expected)).double(), atol=1e-6)


def check_fastest(apply: Function, head_dim: int, base: float) -> None:
    """The largest angle at position 1 is 1 radian (all angles stay below pi for these bases)."""
    checks.close_number(cosines(apply, 1, head_dim, base)[0], math.cos(1), rel=1e-6)


def check_base_matters(apply: Function) -> None:
    """The slowest pair has another speed for another base, and 10,000 is the base by default."""
    slowest = [float(cosines(apply, 1, 8, base)[-1]) for base in (2.0, 30.0)]
    assert abs(slowest[1] - slowest[0]) > 1e-3, "the base makes no difference"
    x, positions = drawn(3, 4, seed=61), torch.tensor([2, 50, 7])
    expected = checks.tensor(apply(x.clone(), positions, 10_000.0), x.shape)
    # 1e-5: both are the student's own numbers, in float32 at worst.
    checks.close(apply(x.clone(), positions), expected, atol=1e-5, what="the default base")


def check_twice_the_width(apply: Function, head_dim: int) -> None:
    """Every second pair of a head twice as wide has the speed of a pair of the narrow head.

    2 * 2i / (2 * head_dim) is 2i / head_dim. With base 3 all angles stay below pi.
    """
    narrow = cosines(apply, 1, head_dim, 3.0)
    checks.close(cosines(apply, 1, 2 * head_dim, 3.0)[::2], narrow, atol=1e-6)


def check_position_zero(apply: Function) -> None:
    """At position 0 nothing turns, also when position 0 is not the first; at 2 it does."""
    x = drawn(4, 6, seed=21)
    result = checks.tensor(apply(x.clone(), torch.tensor([2, 0, 1, 0])), x.shape)
    # 1e-9: cos 0 and sin 0 are exact, and so is what they multiply.
    for row in (1, 3):
        checks.close(result[row], x[row], atol=1e-9, what="the row at position 0")
    assert not torch.allclose(result[0], x[0], atol=1e-2), "the row at position 2 did not turn"


def check_direction(image: torch.Tensor) -> None:
    """A basis vector moves towards dimensions that come after it, for angles below pi.

    Asks for the sign only, so that pairs of any kind and any speed below pi pass.
    """
    after = image[torch.ones_like(image).bool().triu(1)]
    assert bool((after > -1e-9).all()), "a first member turned away from its second"
    assert bool((after > 1e-3).any()), "no first member turned"


def check_lengths(apply: Function) -> None:
    """Squared lengths, summed over a row, are those of the input; and the rows did turn."""
    x = drawn(2, 3, 8, seed=31)
    result = checks.tensor(apply(x.clone(), torch.tensor([1, 6, 40]), 100.0), x.shape)
    # 1e-4: single-precision work errs by 1e-6; a mixed-up sign or factor by 0.1 and more.
    checks.close(result.square().sum(-1), x.square().sum(-1), atol=1e-4, what="squared length")
    assert not torch.allclose(result, x, atol=1e-2), "nothing turned"


def check_relative(apply: Function, head_dim: int, seed: int) -> None:
    """q at m times k at n depends on m - n only, and does depend on it."""
    query, key = drawn(head_dim, seed=seed), drawn(head_dim, seed=seed + 100)

    def product(query_position: int, key_position: int) -> float:
        rows = torch.stack((query, key))
        positions = torch.tensor([query_position, key_position])
        turned = checks.tensor(apply(rows, positions, 500.0), rows.shape)
        return float(turned[0] @ turned[1])

    first = product(3, 6)
    for shift in (1, 10, 1000, 3000):
        # 1e-2: single-precision angles drift by 1e-3 here, which has a test of its own.
        checks.close_number(product(3 + shift, 6 + shift), first, rel=0, abs_=1e-2, what="q . k")
    others = (product(3, position) for position in range(7, 15))
    assert any(abs(other - first) > 0.05 for other in others), "the distance makes no difference"


def check_far(apply: Function, positions: Sequence[int], atol: float, seed: int) -> None:
    """Far positions give the reference's numbers, for float32 and float64 input."""
    # 12 dimensions: exponents are sixths, which float32 cannot hold either.
    x = drawn(len(positions), 12, seed=seed)
    where = torch.tensor(positions)
    expected = apply_rope(x, where, 300.0)
    checks.close(apply(x.clone(), where, 300.0), expected, atol=atol)
    checks.close(apply(x.float(), where, 300.0), expected, atol=atol)


def check_leading_axes(apply: Function, shape: Sequence[int]) -> None:
    """Each slice of the axes in front is what the same function makes of that slice alone."""
    x = drawn(*shape, seed=sum(shape))
    positions = torch.arange(shape[-2]) * 3
    together = checks.tensor(apply(x.clone(), positions, 50.0), shape).reshape(-1, *shape[-2:])
    for index, alone in enumerate(x.reshape(-1, *shape[-2:])):
        expected = checks.tensor(apply(alone.clone(), positions, 50.0), alone.shape)
        checks.close(together[index], expected, atol=1e-5)
    assert not torch.allclose(together.reshape(shape), x, atol=1e-2), "nothing turned"


def check_dtype(rotate_: Function, apply: Function) -> None:
    """float32 stays float32 and float64 stays float64."""
    for dtype in (torch.float32, torch.float64):
        x, vector = drawn(2, 3, 4, seed=41, dtype=dtype), drawn(2, seed=42, dtype=dtype)
        results = apply(x, torch.tensor([5, 0, 2])), rotate_(vector, 3, 0.5)
        for result, given in zip(results, (x, vector), strict=True):
            checks.tensor(result, given.shape)
            assert result.dtype == dtype, f"{dtype} came back as {result.dtype}"


def check_inputs_kept(rotate_: Function, apply: Function) -> None:
    """No argument is changed, of either dtype; a float64 one needs no conversion on the way."""
    for dtype in (torch.float32, torch.float64):
        given = drawn(2, 3, 4, seed=43, dtype=dtype), torch.tensor([5, 0, 2]), drawn(2, seed=44)
        before = [argument.clone() for argument in given]
        checks.tensor(apply(given[0], given[1]), given[0].shape)
        checks.tensor(rotate_(given[2], 3, 0.5), given[2].shape)
        for kept, now in zip(before, given, strict=True):
            assert torch.equal(kept, now), "an argument was changed"


def check_errors(apply: Function) -> None:
    """Every listed error is a ValueError that names the argument; edge values are accepted."""
    x, positions = drawn(3, 4, seed=51), torch.arange(3)
    for base in (0.5, 1.0):
        checks.tensor(apply(x, positions, base), x.shape)
    for base in (0, -1.0):
        checks.rejects(apply, x, positions, base, naming="base")
    for odd in (1, 5):
        checks.rejects(apply, drawn(3, odd, seed=52), positions, naming=("head_dim", "x"))
    for length in (1, 2, 4):
        names = ("positions", "seq_len")
        checks.rejects(apply, x, torch.arange(length), naming=names)
