"""Conditions watched inside the kernel: small postfix programs over signals, evaluated after every step."""

from __future__ import annotations

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import inlined, leaf
from sim.domains.driving.coupled import are_coupled
from sim.domains.driving.signals import body_distance, signal_at

__all__ = [
    "ABS",
    "ADD",
    "AHEAD",
    "ANY_KIND",
    "BEYOND",
    "BLOCKER",
    "CONSTANT",
    "DIV",
    "MAX",
    "MIN",
    "MUL",
    "NEG",
    "SIGNAL",
    "STACK",
    "SUB",
    "margin_of",
    "resolve",
]

CONSTANT, SIGNAL, BEYOND, ADD, SUB, MUL, DIV, NEG, ABS, MIN, MAX = range(11)
STACK = 32
"""Deepest stack a program may need."""
ANY_KIND, AHEAD, BLOCKER = 4, 5, 6
"""Kinds of moving reference beyond the four kinds of bodies: any body, the one ahead, the blocker."""


@leaf
def resolve(
    reference: int, refs: np.ndarray, X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray,
    ahead: np.ndarray, W: np.ndarray,
) -> int:  # fmt: skip
    """Return the row a reference means now: itself, or what `refs` says at -1 - reference; -1 if none.

    A row of `refs` is (kind, of which body, first, past last): the nearest of a kind among some rows.
    """
    if reference >= 0:
        return reference
    kind, base = refs[-1 - reference, 0], refs[-1 - reference, 1]
    if kind in (AHEAD, BLOCKER):
        return ahead[base, kind - AHEAD]
    best, found = np.inf, -1
    for k in range(refs[-1 - reference, 2], refs[-1 - reference, 3]):
        if k != base and (kind == ANY_KIND or P[k, c.KIND] == kind) and not are_coupled(P, k, base):
            distance = body_distance(X, P, corners, line, k, base, W)
            if distance < best:
                best, found = distance, k
    return found


@leaf
def _binary(op: int, left: float, right: float) -> float:
    if op == MIN:
        return min(left, right)
    if op == MAX:
        return max(left, right)
    if op == ADD:
        value = left + right
    elif op == SUB:
        value = left - right
    elif op == MUL:
        value = left * right
    else:
        value = left / right if right != 0.0 else np.nan
    return -1.0 if np.isnan(value) else value


@inlined
def margin_of(
    first: int, last: int, ops: np.ndarray, constants: np.ndarray, refs: np.ndarray, X: np.ndarray,
    P: np.ndarray, corners: np.ndarray, line: np.ndarray, lanes: np.ndarray, ahead: np.ndarray, W: np.ndarray,
    stack: np.ndarray,
) -> float:  # fmt: skip
    """Return the value of the program in rows [first, last) of `ops`: (operation, code, i, j).

    `constants` has two numbers per row: a CONSTANT, or of BEYOND the bound and the factor of what is beyond it.
    An undefined result, as the difference of two infinities, counts as not holding.
    """
    top = -1
    for k in range(first, last):
        op = ops[k, 0]
        if op == SIGNAL:
            i, j = ops[k, 2], ops[k, 3]
            if i < 0:
                i = resolve(i, refs, X, P, corners, line, ahead, W)
            if j < 0:
                j = resolve(j, refs, X, P, corners, line, ahead, W)
            top += 1
            stack[top] = signal_at(ops[k, 1], i, j, X, P, corners, line, lanes, W)
        elif op == BEYOND:
            stack[top] = (stack[top] - constants[k, 0]) * constants[k, 1]
        elif op == CONSTANT:
            top += 1
            stack[top] = constants[k, 0]
        elif op == NEG:
            stack[top] = -stack[top]
        elif op == ABS:
            stack[top] = abs(stack[top])
        else:
            top -= 1
            stack[top] = _binary(op, stack[top], stack[top + 1])
    return stack[0]
