"""Searches for several targets at once: a lane of a vector for each, compiled on first use.

A row of `LANES` keys belongs to each node, one cache line, and a step to a neighbour is taken for all
lanes by one vector operation. numba would not make vectors of it, so `relax` says it in LLVM's own
terms, which every processor is compiled for as it has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import HALF, LOW, ONE, ZERO

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 8
"""How many targets are searched for together at the most."""
THREE, SEVEN = np.uint64(3), np.uint64(7)
"""The power of two that `LANES` is, and the greatest number below it."""


@intrinsic
def relax(_: Any, best: Any, here: Any, there: Any, far: Any) -> Any:
    """Take a step for all lanes: ``best[there + k] = min(best[there + k], best[here + k] + far)``.

    Returns a number that is 0 if no lane has changed.
    """
    places = (here, there, far)
    whole, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        keys = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        rows = [builder.bitcast(builder.gep(keys, [at]), vector.as_pointer()) for at in arguments[1:3]]
        near, old = (builder.load(row, align=whole.width // 8) for row in rows)
        any_value = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(any_value, arguments[3], ir.Constant(ir.IntType(32), 0))
        spread_out = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        new = builder.add(near, builder.shuffle_vector(first, any_value, spread_out))
        is_nearer = builder.icmp_unsigned("<", new, old)
        builder.store(builder.select(is_nearer, new, old), rows[1], align=whole.width // 8)
        return builder.bitcast(is_nearer, ir.IntType(LANES))

    return types.uint8(best, *[types.uint64] * len(places)), generate


@njit(**JIT)
def start(
    seed_node: NDArray[np.int32],
    seed_key: NDArray[np.uint64],
    seed_lane: NDArray[np.int64],
    limits: NDArray[np.int64],
    best: NDArray[np.uint64],
    pending: NDArray[np.uint8],
) -> None:
    """Set every lane beyond its limit (lanes without one have no seed either), and place the seeds."""
    beyond = np.zeros(LANES, np.uint64)
    for lane in range(limits.size):
        beyond[lane] = np.uint64(limits[lane] + 1) << HALF
    for row in range(best.size // LANES):
        best[row * LANES : (row + 1) * LANES] = beyond
    pending[:] = 0
    for k in range(seed_node.size):
        at = np.int64(seed_node[k]) * LANES + seed_lane[k]
        if seed_key[k] < best[at]:
            best[at] = seed_key[k]
            pending[seed_node[k]] = 1


@njit(**JIT)
def spread(
    ptr: NDArray[np.int32], steps: NDArray[np.uint64], best: NDArray[np.uint64], pending: NDArray[np.uint8]
) -> None:
    """Set each lane of every node to the key of its nearest seed; keys and steps as in `kernels.nearest`.

    Whatever has changed is spread to its neighbours, until nothing changes: each lane then holds the
    least key there is, whatever the order was. Nodes are passed through forwards and backwards in turn
    [yen-1970], which on nodes in Hilbert order takes six visits to each for all lanes together.
    """
    words = pending.view(np.uint64)
    last = np.uint64(words.size) - ONE
    turned = ZERO  # all bits are set on the way back
    is_open = True
    while is_open:
        is_open = False
        for passed in range(np.uint64(words.size)):
            word = (passed & ~turned) | ((last - passed) & turned)
            if words[word] == ZERO:
                continue
            is_open = True
            for bit in range(np.uint64(LANES)):
                u = (word << THREE) + (bit ^ (turned & SEVEN))
                if pending[u] == 0:
                    continue
                pending[u] = 0
                for e in range(ptr[u], ptr[u + ONE]):
                    step = steps[np.uint64(e)]
                    v = step & LOW
                    # numba itself gives the first argument.
                    pending[v] |= relax(best, u << THREE, v << THREE, step - v)  # type: ignore[call-arg]
        turned = ~turned
