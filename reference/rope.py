"""Rotary position embedding, one matrix per position.

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


def drawn(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Standard normal numbers of a seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def turned(
    apply: Function, row: torch.Tensor, position: int, base: float = 10_000.0
) -> torch.Tensor:
    """What a student's ``apply_rope`` makes of one row at one position, as float64."""
    return turned_each(apply, [(row, position)], base)[0]


def turned_each(
    apply: Function, places: Sequence[tuple[torch.Tensor, int]], base: float = 10_000.0
) -> torch.Tensor:
    """What a student's ``apply_rope`` makes of rows at their positions, (rows, width), float64.

    One row per call, without axes in front: mistakes with several positions and with those axes
    are left to their own tests.
    """
    calls = [(row[None].clone(), torch.tensor([position]), base) for row, position in places]
    results = zip(places, checks.each(apply, calls), strict=True)
    return torch.cat(
        [checks.tensor(result, (1, len(row))).double() for (row, _), result in results]
    )


def images(apply: Function, position: int, head_dim: int, base: float) -> torch.Tensor:
    """Where a student's ``apply_rope`` puts each basis vector at one position.

    Returns:
        (head_dim, head_dim), float64: row k is the image of basis vector k.
    """
    return turned_each(apply, [(row, position) for row in torch.eye(head_dim)], base)


def check_rotate(rotate_: Function, matrix: Function) -> None:
    """``rotate`` turns by position * theta, far positions included.

    It may use the student's own ``rotation_matrix``, right or wrong: that one has its own test.
    """
    for position, theta, seed in ((0, 0.4, 11), (1, 0.3, 12), (5, -0.2, 13), (4097, 0.7, 14)):
        vector = drawn(2, seed=seed)
        right = rotate(vector, position, theta).double()
        own = checks.tensor(matrix(position * theta), (2, 2)).double() @ vector.double()
        result = checks.tensor(rotate_(vector.clone(), position, theta), (2,))
        # 1e-5: float32 numbers of order 1 round at 1e-7; other angles differ by more than 0.1.
        nearer = min(right, own, key=lambda expected: float((result - expected).abs().max()))
        checks.close(result, nearer, atol=1e-5)


def check_pairs(image: torch.Tensor) -> None:
    """Only a dimension and its neighbour in the pair show up in an image, and both do."""
    head_dim = image.shape[0]
    pair = torch.arange(head_dim) // 2
    together = pair[:, None] == pair[None, :]
    assert bool((image[~together].abs() < 1e-9).all()), "a basis vector left its pair"
    assert bool((image[together].abs() > 1e-4).all()), "a basis vector did not turn"


def cosines(apply: Function, position: int, head_dim: int, base: float) -> torch.Tensor:
    """The cosine of every pair's angle, smallest first, whatever the direction and the pairing.

    They stand twice on the diagonal of ``images``.
    """
    twice = images(apply, position, head_dim, base).diagonal().sort().values
    assert bool((twice < 0.9999).any()), "no pair turned"
    return twice[::2]


def relative_speeds(apply: Function, head_dim: int, base: float) -> torch.Tensor:
    """How fast the pair of every dimension turns, dimension 0 counting as 1, smallest first.

    From the step between two positions, so that neither the direction, the pairing nor the order of
    the result matter, and neither does the unit of the angles nor where positions begin.
    """
    before, after = (images(apply, position, head_dim, base) for position in (2, 3))
    step = after @ before.T
    cosine = step.diagonal()
    sine = (step - torch.diag(cosine)).norm(dim=1)
    angles = torch.atan2(sine, cosine)
    assert angles[0] > 1e-3, "the first pair did not turn"
    return (angles / angles[0]).sort().values


def check_speeds(apply: Function, head_dim: int, base: float) -> None:
    """Every pair turns slower than pair 0 by its own factor.

    1e-4: single-precision work errs by 1e-7, which an angle in degrees makes 1e-5 of pair 0's; the
    mistakes looked for are off by more than 1e-2.
    """
    expected = torch.tensor(speeds(head_dim, base)).double().repeat_interleave(2).sort().values
    checks.close(relative_speeds(apply, head_dim, base), expected, atol=1e-4)


def check_fastest(apply: Function, head_dim: int, base: float) -> None:
    """The largest angle at position 1 is 1 radian (all angles stay below pi for these bases)."""
    checks.close_number(cosines(apply, 1, head_dim, base)[0], math.cos(1), rel=1e-6)


def check_base_matters(apply: Function) -> None:
    """The slowest pair has another speed for another base, and 10,000 is the base by default."""
    slowest = [float(cosines(apply, 1, 6, base)[-1]) for base in (2.0, 30.0)]
    assert abs(slowest[1] - slowest[0]) > 1e-5, "the base makes no difference"
    row = drawn(4, seed=61)
    default = checks.tensor(apply(row[None].clone(), torch.tensor([50])), (1, 4))[0]
    # 1e-5: both are the student's own numbers, in float32 at worst.
    checks.close(default, turned(apply, row, 50), atol=1e-5, what="the default base")


def check_twice_the_width(apply: Function, head_dim: int) -> None:
    """Every second pair of a head twice as wide has the speed of a pair of the narrow head.

    2 * 2i / (2 * head_dim) is 2i / head_dim. With base 3 all angles stay below pi.
    """
    narrow = cosines(apply, 1, head_dim, 3.0)
    checks.close(cosines(apply, 1, 2 * head_dim, 3.0)[::2], narrow, atol=1e-6)


def check_position_zero(apply: Function) -> None:
    """At position 0 nothing turns; at 2 it does."""
    row = drawn(6, seed=21)
    # 1e-9: cos 0 and sin 0 are exact, and so is what they multiply.
    checks.close(turned(apply, row, 0), row, atol=1e-9, what="the row at position 0")
    assert not torch.allclose(turned(apply, row, 2).float(), row, atol=1e-2), "nothing turned"


def check_direction(image: torch.Tensor) -> None:
    """A basis vector moves towards dimensions that come after it, for angles below pi.

    Asks for the sign only, so that pairs of any kind and any speed below pi pass.
    """
    assert image.std(dim=0).max() > 0.1, "all vectors get the same"
    after = image[torch.ones_like(image).bool().triu(1)]
    assert bool((after > -1e-9).all()), "a first member turned away from its second"
    assert bool((after > 1e-3).any()), "no first member turned"


def check_lengths(apply: Function) -> None:
    """Squared lengths are those of the input; and the rows did turn."""
    for position, seed in ((6, 31), (15, 32), (40, 33)):
        row = drawn(8, seed=seed)
        result = turned(apply, row, position, 100.0)
        # 1e-4: single-precision work errs by 1e-6; a mixed-up sign or factor by 0.1 and more.
        squared = float(result.square().sum()), float(row.square().sum())
        checks.close_number(*squared, rel=0, abs_=1e-4, what="squared length")
        assert not torch.allclose(result.float(), row, atol=1e-2), "nothing turned"


def dot_products(
    apply: Function, seed: int, head_dim: int, places: Sequence[tuple[int, int]]
) -> list[float]:
    """A drawn query times a drawn key, both turned by a student, for each pair of positions."""
    query, key = drawn(head_dim, seed=seed), drawn(head_dim, seed=seed + 100)
    rows = [(row, at) for pair in places for row, at in zip((query, key), pair, strict=True)]
    results = turned_each(apply, rows, 300.0)
    return [float(one @ other) for one, other in zip(results[::2], results[1::2], strict=True)]


def check_relative(apply: Function, head_dim: int, seed: int) -> None:
    """q at m times k at n depends on m - n only, and does depend on it."""
    shifted = [(6 + shift, 3 + shift) for shift in (0, 1, 10, 1000, 2000)]
    first, *moved = dot_products(apply, seed, head_dim, shifted)
    for product in moved:
        # 1e-2: single-precision angles drift by 1e-3 here, which has a test of its own.
        checks.close_number(product, first, rel=0, abs_=1e-2, what="q . k")
    others = dot_products(apply, seed, head_dim, [(position, 3) for position in (7, 9, 12)])
    assert any(abs(other - first) > 2e-3 for other in others), "the distance makes no difference"


def check_rows(apply: Function) -> None:
    """Several rows at once are what the same function makes of each row alone."""
    x, positions = drawn(5, 8, seed=71), (4, 0, 9, 1, 4)
    together = checks.tensor(apply(x.clone(), torch.tensor(positions)), x.shape)
    alone = turned_each(apply, list(zip(x, positions, strict=True)))
    for result, expected in zip(together, alone, strict=True):
        checks.close(result, expected, atol=1e-5)
    assert not torch.allclose(together[0].float(), x[0], atol=1e-2), "nothing turned"


def check_as_right_far_away(
    apply: Function, near: Sequence[int], far: Sequence[int], atol: float
) -> None:
    """Far positions are turned as rightly as nearer ones.

    Whatever is wrong at the nearer ones as well has tests of its own and does not fail here.
    """
    # 12 dimensions: exponents are sixths, which float32 cannot hold.
    row = drawn(12, seed=3)

    def largest_error(positions: Sequence[int]) -> float:
        """The largest absolute difference from the reference, over all of these positions."""
        right = apply_rope(
            row.double().repeat(len(positions), 1), torch.tensor(list(positions)), 300.0
        )
        own = turned_each(apply, [(row, position) for position in positions], 300.0)
        return float((own - right).abs().max())

    errors = largest_error(near), largest_error(far)
    assert not torch.allclose(turned(apply, row, 3, 300.0).float(), row, atol=1e-2), (
        "nothing turned"
    )
    assert errors[1] <= 4 * errors[0] + atol, (
        f"off by {errors[0]:.2g}, farther away {errors[1]:.2g}"
    )


def check_leading_axes(apply: Function, shape: Sequence[int]) -> None:
    """Each slice of the axes in front is what the same function makes of that slice alone."""
    x = drawn(*shape, seed=sum(shape))
    positions = torch.arange(shape[-2]) * 3
    together = checks.tensor(apply(x.clone(), positions, 50.0), shape).reshape(-1, *shape[-2:])
    slices = x.reshape(-1, *shape[-2:])
    alone = checks.each(apply, [(part.clone(), positions.clone(), 50.0) for part in slices])
    for index, result in enumerate(alone):
        checks.close(together[index], checks.tensor(result, shape[-2:]), atol=1e-5)
    assert not torch.allclose(together.reshape(shape).float(), x, atol=1e-2), "nothing turned"


def check_dtype(rotate_: Function, apply: Function) -> None:
    """float32 stays float32 and float64 stays float64."""
    for dtype in (torch.float32, torch.float64):
        x, vector = drawn(1, 4, seed=41, dtype=dtype), drawn(2, seed=42, dtype=dtype)
        results = apply(x, torch.tensor([5])), rotate_(vector, 3, 0.5)
        for result, given in zip(results, (x, vector), strict=True):
            checks.tensor(result, given.shape)
            assert result.dtype == dtype, f"{dtype} came back as {result.dtype}"


def check_inputs_kept(rotate_: Function, apply: Function) -> None:
    """No argument is changed, of either dtype; a float64 one needs no conversion on the way."""
    for dtype in (torch.float32, torch.float64):
        vector = drawn(2, seed=44, dtype=dtype)
        given = drawn(1, 4, seed=43, dtype=dtype), torch.tensor([5]), vector
        before = [argument.clone() for argument in given]
        checks.tensor(apply(given[0], given[1]), given[0].shape)
        checks.tensor(rotate_(given[2], 3, 0.5), given[2].shape)
        for kept, now in zip(before, given, strict=True):
            assert torch.equal(kept, now), "an argument was changed"


def check_errors(apply: Function) -> None:
    """Every listed error is a ValueError that names the argument; edge values are accepted."""
    x, positions = drawn(1, 4, seed=51), torch.tensor([1])
    for base in (0.5, 1.0):
        checks.tensor(apply(x, positions, base), x.shape)
    for base in (0, -1.0):
        checks.rejects(apply, x, positions, base, naming="base")
    for odd in (1, 5):
        checks.rejects(apply, drawn(1, odd, seed=52), positions, naming=("head_dim", "x"))
    for seq_len, length in ((3, 1), (3, 2), (3, 4), (1, 2)):
        names = ("positions", "seq_len")
        checks.rejects(apply, drawn(seq_len, 4, seed=53), torch.arange(length), naming=names)
