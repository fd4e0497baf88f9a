"""The syntax of the event grammar: text -> a tree of nodes with their place in the text.

    formula    = or ["until" [window] or]
    or         = and {"or" and}
    and        = not {"and" not}
    not        = "not" not | comparison
    comparison = sum {("<" | "<=" | ">" | ">=" | "==" | "!=") sum}
    sum        = product {("+" | "-") product}
    product    = unary {("*" | "/") unary}
    unary      = "-" unary | primary
    primary    = number [unit] | name | name [window] "(" [arguments] ")" | "(" formula ")"
    arguments  = name "in" name ":" formula | argument {"," argument}
    argument   = name "=" (number [unit] | name) | formula
    window     = "[" number [unit] ":" [number [unit]] "]"

Meaning (which names there are, dimensions, what is a number and what a truth) is `sim.event_grammar`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sim.errors import did_you_mean

__all__ = ["GrammarError", "Node", "fault", "parse_tree", "unknown"]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"(?P<unit>\s*(?!(?:and|or|not|until|in)\b)[A-Za-z%°][A-Za-z0-9]*(?:[/*^][A-Za-z0-9]+)*)?"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<op><=|>=|==|!=|[-+*/()<>,:=\[\]]))"
)
_WORDS = frozenset({"and", "or", "not", "until", "in"})
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_MAX_DEPTH = 60


class GrammarError(ValueError):
    """A formula that cannot be understood; `offset` and `end` count characters in its text."""

    def __init__(
        self,
        message: str,
        *,
        offset: int,
        end: int,
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.end = end
        self.allowed = allowed
        self.suggestion = suggestion


@dataclass(frozen=True)
class Node:
    """A piece of a formula as written.

    Args:
        kind: number, name, call, binary, compare, not, and, or, until, negative, quantified, field.
        text: the name, operator or number.
        parts: children.
        unit: unit written behind a number, "" for none.
        window: (start, end) of a temporal operator, each a number node or None.
        offset, end: place in the text.
    """

    kind: str
    text: str
    parts: tuple[Node, ...]
    offset: int
    end: int
    unit: str = ""
    window: tuple[Node | None, Node | None] | None = None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    offset: int
    end: int
    unit: str = ""


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise GrammarError(f"unexpected character {text[start]!r}", offset=start, end=start + 1)
        kind = next(name for name in ("number", "name", "op") if match[name] is not None)
        start = match.start(kind)
        word = match[kind]
        if kind == "name" and word in _WORDS:
            kind = "op"
        found.append(_Token(kind, word, start, match.end(), (match["unit"] or "").strip()))
        at = match.end()
    found.append(_Token("end", "", len(text), len(text) + 1))
    return found


class _Parser:
    """Recursive descent; every method leaves `self._at` behind what it read."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> _Token | None:
        token = self._next
        if token.kind == "op" and token.text in texts:
            self._at += 1
            return token
        return None

    def _expect(self, text: str) -> _Token:
        token = self._take(text)
        if token is None:
            raise self._unexpected(f"expected '{text}'")
        return token

    def _unexpected(self, wanted: str) -> GrammarError:
        token = self._next
        found = "the end" if token.kind == "end" else f"'{token.text}'"
        return GrammarError(f"{wanted}, found {found}", offset=token.offset, end=token.end)

    def whole(self) -> Node:
        tree = self._formula()
        if self._next.kind != "end":
            raise self._unexpected("expected an operator or the end")
        return tree

    def _formula(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise GrammarError(f"nested deeper than {_MAX_DEPTH}", offset=self._next.offset, end=self._next.end)
        left = self._chain("or", lambda: self._chain("and", self._negation))
        if self._take("until"):
            window = self._window()
            right = self._chain("or", lambda: self._chain("and", self._negation))
            left = Node("until", "until", (left, right), left.offset, right.end, window=window)
        self._depth -= 1
        return left

    def _chain(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        return Node(word, word, tuple(parts), parts[0].offset, parts[-1].end)

    def _negation(self) -> Node:
        token = self._take("not")
        if token is None:
            return self._comparison()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise GrammarError(f"nested deeper than {_MAX_DEPTH}", offset=token.offset, end=token.end)
        body = self._negation()
        self._depth -= 1
        return Node("not", "not", (body,), token.offset, body.end)

    def _comparison(self) -> Node:
        terms, ops = [self._sum()], []
        while op := self._take(*_COMPARISONS):
            ops.append(op.text)
            terms.append(self._sum())
        pairs = [
            Node("compare", op, (left, right), left.offset, right.end)
            for op, left, right in zip(ops, terms, terms[1:], strict=False)
        ]
        if not pairs:
            return terms[0]
        if len(pairs) == 1:
            return pairs[0]
        return Node("and", "and", tuple(pairs), pairs[0].offset, pairs[-1].end)

    def _sum(self) -> Node:
        return self._binary(("+", "-"), lambda: self._binary(("*", "/"), self._unary))

    def _binary(self, ops: tuple[str, ...], part: Callable[[], Node]) -> Node:
        left = part()
        while op := self._take(*ops):
            right = part()
            left = Node("binary", op.text, (left, right), left.offset, right.end)
        return left

    def _unary(self) -> Node:
        token = self._take("-")
        if token is None:
            return self._primary()
        body = self._primary()
        return Node("negative", "-", (body,), token.offset, body.end)

    def _primary(self) -> Node:
        token = self._next
        if token.kind == "number":
            return self._number()
        if token.kind == "name":
            self._at += 1
            window = self._window()
            if window is None and self._next.text != "(":
                return Node("name", token.text, (), token.offset, token.end)
            self._expect("(")
            parts = self._arguments()
            close = self._expect(")")
            return Node("call", token.text, parts, token.offset, close.end, window=window)
        if self._take("("):
            inner = self._formula()
            self._expect(")")
            return inner
        raise self._unexpected("expected a signal, a number or '('")

    def _number(self) -> Node:
        token = self._next
        if token.kind != "number":
            raise self._unexpected("expected a number")
        self._at += 1
        return Node("number", token.text, (), token.offset, token.end, unit=token.unit)

    def _window(self) -> tuple[Node | None, Node | None] | None:
        if not self._take("["):
            return None
        start = None if self._next.text == ":" else self._number()
        self._expect(":")
        end = None if self._next.text == "]" else self._number()
        self._expect("]")
        return start, end

    def _arguments(self) -> tuple[Node, ...]:
        if self._next.text == ")":
            return ()
        first, second = self._tokens[self._at], self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if first.kind == "name" and second.text == "in":
            self._at += 2
            over = self._next
            if over.kind != "name":
                raise self._unexpected("expected the name of a set")
            self._at += 1
            self._expect(":")
            body = self._formula()
            names = (
                Node("name", first.text, (), first.offset, first.end),
                Node("name", over.text, (), over.offset, over.end),
            )
            return (Node("quantified", first.text, (*names, body), first.offset, body.end),)
        parts = [self._argument()]
        while self._take(","):
            parts.append(self._argument())
        return tuple(parts)

    def _argument(self) -> Node:
        first, second = self._tokens[self._at], self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if first.kind == "name" and second.text == "=":
            self._at += 2
            value = self._unary()
            return Node("field", first.text, (value,), first.offset, value.end)
        return self._formula()


def parse_tree(text: str) -> Node:
    """Return the tree of a formula.

    Raises:
        GrammarError: the text is not a formula, told with its place.
    """
    if not text.strip():
        raise GrammarError("the formula is empty", offset=0, end=max(1, len(text)))
    return _Parser(text).whole()


def fault(node: Node, message: str) -> GrammarError:
    """Return what is wrong with a piece of a formula, with its place."""
    return GrammarError(message, offset=node.offset, end=node.end)


def unknown(node: Node, what: str, known: Collection[str]) -> GrammarError:
    """Return that a name is none of the known ones, with the nearest of them."""
    names = tuple(dict.fromkeys(known))
    end = node.offset + len(node.text)
    return GrammarError(
        f"unknown {what} '{node.text}'",
        offset=node.offset,
        end=end,
        allowed=names,
        suggestion=did_you_mean(node.text, names),
    )
