"""What kind of value an expression gives: a number of some dimension, a word, or a truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sim.errors import did_you_mean
from sim.expressions import Apply, ExpressionError, Literal, Reference, Tree
from sim.units import DIMENSIONLESS, Dimension

__all__ = ["Kind", "NumberKind", "TruthKind", "WordKind", "kind_of_tree"]


@dataclass(frozen=True)
class NumberKind:
    """A number; dimension None where only bare numbers were written, which fit anywhere."""

    dimension: Dimension | None

    def __str__(self) -> str:
        return str(self.dimension) if self.dimension is not None else "a number"

    @property
    def symbol(self) -> str:
        """The SI unit's symbol, "" where there is none."""
        return self.dimension.symbol if self.dimension is not None else ""


@dataclass(frozen=True)
class WordKind:
    """One of some words; no options where they are not known."""

    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"a word ({', '.join(self.options)})" if self.options else "a word"


@dataclass(frozen=True)
class TruthKind:
    """true or false."""

    def __str__(self) -> str:
        return "true or false"


Kind = NumberKind | WordKind | TruthKind


def kind_of_tree(tree: Tree, kinds: Callable[[Reference], Kind]) -> Kind:
    """Return the kind of an expression's value.

    Args:
        tree: the expression.
        kinds: gives the kind of a reference, raising ExpressionError for an unknown one.

    Raises:
        ExpressionError: dimensions or kinds do not fit.
    """
    return _Inference(kinds).kind(tree)


@dataclass(frozen=True)
class _Inference:
    kinds: Callable[[Reference], Kind]

    def kind(self, tree: Tree) -> Kind:
        if isinstance(tree, Reference):
            return self.kinds(tree)
        if isinstance(tree, Literal):
            if isinstance(tree.value, bool):
                return TruthKind()
            return WordKind((tree.value,)) if isinstance(tree.value, str) else NumberKind(tree.dimension)
        match tree.op:
            case "and" | "or" | "not":
                for part in tree.parts:
                    self._truth(part)
                return TruthKind()
            case "==" | "!=":
                return self._equality(tree)
            case "<" | "<=" | ">" | ">=":
                self._common(tree, "compares")
                return TruthKind()
            case "if":
                return self._choice(tree)
            case "*" | "/":
                return self._product(tree)
            case "**":
                return self._power(tree)
            case "sqrt":
                dimension = self._number(tree.parts[0]).dimension
                return NumberKind(None if dimension is None else dimension ** Fraction(1, 2))
            case "exp" | "log":
                self._pure(tree.parts[0], f"'{tree.op}'")
                return NumberKind(DIMENSIONLESS)
        verb = {"+": "adds", "-": "subtracts"}.get(tree.op, f"'{tree.op}' mixes")
        return self._common(tree, verb)

    def _number(self, tree: Tree) -> NumberKind:
        found = self.kind(tree)
        if not isinstance(found, NumberKind):
            raise _mixed(tree, "a number", found)
        return found

    def _truth(self, tree: Tree) -> None:
        found = self.kind(tree)
        if not isinstance(found, TruthKind):
            raise _mixed(tree, "true or false", found)

    def _pure(self, tree: Tree, what: str) -> None:
        dimension = self._number(tree).dimension
        if dimension is not None and dimension != DIMENSIONLESS:
            raise _misfit(tree, f"{what} takes a pure number, got {dimension}")

    def _common(self, tree: Apply, verb: str) -> NumberKind:
        """Return the one dimension of all parts; bare numbers take that of the others."""
        common: Dimension | None = None
        for part in tree.parts:
            dimension = self._number(part).dimension
            if common is not None and dimension is not None and dimension != common:
                raise _misfit(tree, f"{verb} {common} and {dimension}")
            common = dimension if common is None else common
        return NumberKind(common)

    def _product(self, tree: Apply) -> NumberKind:
        left, right = (self._number(part).dimension for part in tree.parts)
        sides = zip((left, right), tree.parts, strict=True)
        if any(dimension is None and not _is_constant(part) for dimension, part in sides):
            return NumberKind(None)  # a bare parameter may be anything
        if left is None and right is None:
            return NumberKind(None)
        one, other = left or DIMENSIONLESS, right or DIMENSIONLESS
        return NumberKind(one * other if tree.op == "*" else one / other)

    def _power(self, tree: Apply) -> NumberKind:
        base, exponent = tree.parts
        self._pure(exponent, "an exponent")
        dimension = self._number(base).dimension
        if dimension is None or dimension == DIMENSIONLESS:
            return NumberKind(dimension)
        value = _constant(exponent)
        if value is None or value * 2 != int(value * 2) or abs(value) > 9:
            raise _misfit(exponent, f"the exponent of {dimension} must be a constant, whole or half")
        return NumberKind(dimension ** Fraction(value))

    def _choice(self, tree: Apply) -> Kind:
        condition, *branches = tree.parts
        self._truth(condition)
        kinds = [self.kind(branch) for branch in branches]
        if all(isinstance(kind, NumberKind) for kind in kinds):
            return self._common(Apply("if", tuple(branches), tree.offset, tree.end), "chooses between")
        if all(isinstance(kind, WordKind) for kind in kinds):
            words = [word for kind in kinds if isinstance(kind, WordKind) for word in kind.options]
            return WordKind(tuple(dict.fromkeys(words)))
        if all(isinstance(kind, TruthKind) for kind in kinds):
            return TruthKind()
        raise _mixed(branches[1], str(kinds[0]), kinds[1])

    def _equality(self, tree: Apply) -> Kind:
        left, right = tree.parts
        kinds = (self.kind(left), self.kind(right))
        if all(isinstance(kind, NumberKind) for kind in kinds):
            self._common(tree, "compares")
            return TruthKind()
        if type(kinds[0]) is not type(kinds[1]):
            raise _mixed(right, str(kinds[0]), kinds[1])
        self._known_word(kinds[0], kinds[1], right)
        self._known_word(kinds[1], kinds[0], left)
        return TruthKind()

    def _known_word(self, one: Kind, other: Kind, part: Tree) -> None:
        """Refuse a literal word that the other side can never be."""
        if not (isinstance(part, Literal) and isinstance(one, WordKind) and isinstance(other, WordKind)):
            return
        if one.options and part.value not in one.options:
            raise ExpressionError(
                "E154", f"'{part.value}' is not one of its words", offset=part.offset, end=part.end,
                allowed=one.options, suggestion=did_you_mean(str(part.value), one.options),
            )  # fmt: skip


def _is_constant(tree: Tree) -> bool:
    return isinstance(tree, Literal) or (isinstance(tree, Apply) and all(map(_is_constant, tree.parts)))


def _constant(tree: Tree) -> float | None:
    if isinstance(tree, Literal) and not isinstance(tree.value, str):
        return float(tree.value)
    if isinstance(tree, Apply) and tree.op == "negative":
        inner = _constant(tree.parts[0])
        return None if inner is None else -inner
    if isinstance(tree, Apply) and tree.op == "/":
        top, low = (_constant(part) for part in tree.parts)
        return top / low if top is not None and low else None
    return None


def _misfit(tree: Tree, message: str) -> ExpressionError:
    return ExpressionError("E152", message, offset=tree.offset, end=tree.end)


def _mixed(tree: Tree, wanted: str, found: Kind) -> ExpressionError:
    return ExpressionError(
        "E154", f"{wanted} is expected here, this is {found}", offset=tree.offset, end=tree.end
    )
