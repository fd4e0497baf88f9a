"""What stands between `${` and `}`: arithmetic over parameters and other values of the scenario.

The text is cut into tokens of our own (numbers may carry a unit, names may have dots); the skeleton that is
left is read by `ast` and only whitelisted shapes become a tree. Nothing is ever executed. Trees are checked for
dimensions in `sim.language.kinds` and become closures in `sim.language.closures`.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.errors import did_you_mean
from sim.unit_table import BASES
from sim.units import Dimension, UnitError, unit

__all__ = [
    "FUNCTIONS",
    "Apply",
    "ExpressionError",
    "Literal",
    "Reference",
    "Tree",
    "expression_text",
    "parse_expression",
    "references",
]

FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (2, 9), "max": (2, 9), "abs": (1, 1), "sqrt": (1, 1), "exp": (1, 1), "log": (1, 1),
}  # fmt: skip
"""Functions of an expression with the least and largest number of their arguments."""

_WORDS = ("and", "or", "not", "if", "else")
_LONGEST = 1000
_DEEPEST = 40
_TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(?:\s?(?P<unit>[^\W\d_%°][^\s()+\-,<>=!]*|[%°][^\s()+\-,<>=!]*))?
      | (?P<name>[A-Za-z_]\w*(?:\.\w+)*)
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<sign>\*\*|<=|>=|==|!=|[-+*/()<>,])""",
    re.VERBOSE,
)
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


class ExpressionError(ValueError):
    """An expression that cannot be read or does not fit; `offset` and `end` count characters from 0."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        offset: int,
        end: int,
        allowed: Sequence[str] = (),
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.end = end
        self.allowed = tuple(allowed)
        self.suggestion = suggestion


@dataclass(frozen=True)
class Literal:
    """A constant in SI; `dimension` None for a number without unit, a word or a truth."""

    value: float | str | bool
    dimension: Dimension | None
    offset: int
    end: int


@dataclass(frozen=True)
class Reference:
    """A parameter or another value, as written."""

    name: str
    offset: int
    end: int


@dataclass(frozen=True)
class Apply:
    """An operator or function with its operands; `if` has (condition, then, else)."""

    op: str
    parts: tuple[Tree, ...]
    offset: int
    end: int


Tree = Literal | Reference | Apply


def expression_text(value: str) -> str | None:
    """Return what stands in a text that is exactly one `${…}`, None for any other text."""
    stripped = value.strip()
    is_one = stripped.startswith("${") and stripped.endswith("}") and "${" not in stripped[2:]
    return stripped[2:-1] if is_one else None


def references(tree: Tree) -> tuple[Reference, ...]:
    """Return the references of a tree from left to right."""
    if isinstance(tree, Reference):
        return (tree,)
    if isinstance(tree, Literal):
        return ()
    return tuple(found for part in tree.parts for found in references(part))


def parse_expression(text: str) -> Tree:
    """Return the tree of an expression without its `${` and `}`.

    Raises:
        ExpressionError: it is too long or deep, or holds anything but what is allowed.
    """
    return _Parser(text).parse()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    unit: str
    offset: int
    end: int


class _Parser:
    """Cuts the text into tokens, lets `ast` read their skeleton, and rebuilds the tree."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[_Token] = []
        self._starts: list[int] = []

    def parse(self) -> Tree:
        text = self._text
        if len(text) > _LONGEST:
            raise self._error(f"an expression of more than {_LONGEST} characters", 0, len(text))
        if not text.strip():
            raise self._error("the expression is empty", 0, len(text))
        self._cut()
        skeleton = self._skeleton()
        try:
            body = ast.parse(skeleton, mode="eval").body
        except SyntaxError as error:
            raise self._unreadable(error) from None
        except (RecursionError, MemoryError, ValueError):
            raise self._error("the expression is nested too deep", 0, len(text)) from None
        return self._tree(body, 0)

    def _cut(self) -> None:
        at = 0
        while at < len(self._text):
            if self._text[at].isspace():
                at += 1
                continue
            match = _TOKEN.match(self._text, at)
            if match is None:
                hint = "**" if self._text[at] == "^" else None
                raise self._error(
                    f"'{self._text[at]}' has no meaning in an expression", at, at + 1, suggestion=hint
                )
            token = self._token(match)
            self._tokens.append(token)
            at = token.end

    def _token(self, match: re.Match[str]) -> _Token:
        kind = match.lastgroup if match.lastgroup != "unit" else "number"
        if kind == "number" and match["unit"]:
            written = self._unit(match)
            end = match.start("unit") + len(written) if written else match.end("number")
            return _Token("number", match["number"], written, match.start(), end)
        return _Token(str(kind), match[0], "", match.start(), match.end())

    def _unit(self, match: re.Match[str]) -> str:
        """Return the longest beginning of the text after a number that is a unit: `m` of `m/gap`."""
        written = re.split(r"\*\*", match["unit"])[0]
        word = re.match(r"[^\W\d]+", written)
        if word and word[0] in _WORDS:
            return ""
        problem: UnitError | None = None
        while written:
            try:
                if all(base in BASES for base, _ in unit(written).dimension.powers):
                    return written
            except UnitError as error:
                problem = problem or error
            shorter = re.sub(r"[*/·][^*/·]*\Z", "", written)
            written = shorter if shorter != written else ""
        start, end = match.span("unit")
        first = re.split(r"[*/·]", match["unit"])[0]
        raise self._error(
            f"unknown unit '{first}'", start, end, suggestion=problem.suggestion if problem else None
        )

    def _skeleton(self) -> str:
        """Return the tokens with numbers, names and texts replaced by `_0`, `_1` and so on."""
        pieces, length = [], 0
        for number, token in enumerate(self._tokens):
            keep = token.kind == "sign" or token.text in _WORDS or token.text in FUNCTIONS
            piece = token.text if keep else f"_{number}"
            self._starts.append(length)
            pieces.append(piece)
            length += len(piece) + 1
        return " ".join(pieces)

    def _unreadable(self, error: SyntaxError) -> ExpressionError:
        if not error.offset:  # Python's parser says 0 where the text ends too early
            end = self._tokens[-1].end
            return self._error("the expression is unfinished", end, end + 1)
        at = self._token_at(error.offset - 1)
        is_telling = any(word in error.msg for word in ("never closed", "unmatched", "'else'"))
        message = error.msg if is_telling else f"the expression cannot be read at '{at.text}'"
        return self._error(message, at.offset, at.end)

    def _token_at(self, column: int) -> _Token:
        return self._tokens[max(0, bisect_right(self._starts, column) - 1)]

    def _error(self, message: str, offset: int, end: int, suggestion: str | None = None) -> ExpressionError:
        return ExpressionError("E150", message, offset=offset, end=end, suggestion=suggestion)

    def _span(self, node: ast.expr) -> tuple[int, int]:
        last = (node.end_col_offset or node.col_offset + 1) - 1
        return self._token_at(node.col_offset).offset, self._token_at(last).end

    def _tree(self, node: ast.expr, depth: int) -> Tree:
        if depth > _DEEPEST:
            raise self._error("the expression is nested too deep", 0, len(self._text))
        start, end = self._span(node)
        match node:
            case ast.Name():
                return self._leaf(node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self._apply(_BINARY[type(op)], (left, right), start, end, depth)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._apply("negative", (operand,), start, end, depth)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._tree(operand, depth + 1)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._apply("not", (operand,), start, end, depth)
            case ast.BoolOp(op=op, values=values):
                return self._apply("and" if isinstance(op, ast.And) else "or", values, start, end, depth)
            case ast.IfExp(test=test, body=body, orelse=other):
                return self._apply("if", (test, body, other), start, end, depth)
            case ast.Compare(left=left, ops=ops, comparators=rest):
                return self._comparison(ops, (left, *rest), start, end, depth)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                return self._call(name, arguments, start, end, depth)
            case ast.Call(func=ast.Name()):
                name = self._token_at(node.func.col_offset).text
                raise ExpressionError(
                    "E150", f"'{name}' is not a function of expressions", offset=start, end=end,
                    allowed=tuple(FUNCTIONS), suggestion=did_you_mean(name, tuple(FUNCTIONS)),
                )  # fmt: skip
        raise self._error("this has no meaning in an expression", start, end)

    def _apply(self, op: str, parts: Sequence[ast.expr], start: int, end: int, depth: int) -> Apply:
        return Apply(op, tuple(self._tree(part, depth + 1) for part in parts), start, end)

    def _call(self, name: str, arguments: Sequence[ast.expr], start: int, end: int, depth: int) -> Tree:
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            raise self._error(f"'{name}' takes {count} arguments, got {len(arguments)}", start, end)
        return self._apply(name, arguments, start, end, depth)

    def _comparison(
        self, ops: Sequence[ast.cmpop], sides: Sequence[ast.expr], start: int, end: int, depth: int
    ) -> Tree:
        trees = [self._tree(side, depth + 1) for side in sides]
        pairs = []
        for op, left, right in zip(ops, trees, trees[1:], strict=False):
            if type(op) not in _COMPARE:
                raise self._error("this comparison has no meaning in an expression", start, end)
            pairs.append(Apply(_COMPARE[type(op)], (left, right), left.offset, right.end))
        return pairs[0] if len(pairs) == 1 else Apply("and", tuple(pairs), start, end)

    def _leaf(self, node: ast.Name) -> Tree:
        if node.id in FUNCTIONS:
            at = self._token_at(node.col_offset)
            raise self._error(f"'{node.id}' is a function; write {node.id}(…)", at.offset, at.end)
        token = self._tokens[int(node.id[1:])]
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return Literal(token.text[1:-1], None, token.offset, token.end)
        if token.text in ("true", "false"):
            return Literal(token.text == "true", None, token.offset, token.end)
        return Reference(token.text, token.offset, token.end)

    def _number(self, token: _Token) -> Literal:
        written = unit(token.unit)
        try:
            value = float(Fraction(token.text) * written.scale + written.shift)
        except OverflowError:
            raise self._error("the number is too large", token.offset, token.end) from None
        return Literal(value, written.dimension if token.unit else None, token.offset, token.end)
