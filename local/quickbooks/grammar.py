"""The query language of reference 5, read into a Select. What does not parse is 4000."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from local.quickbooks import faults

Operator = Literal["=", "<", ">", "<=", ">=", "in", "like"]
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<STRING>'(?:[^'\\]|\\.)*')
      | (?P<DECIMAL>-?\d+\.\d+)
      | (?P<INTEGER>-?\d+)
      | (?P<IDENTIFIER>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<SIGN><=|>=|=|<|>|\(|\)|,|\*)
      | (?P<EOF>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
_RESERVED = frozenset({"select", "from", "where", "and", "or", "not", "in", "like"}) | frozenset(
    {"orderby", "order", "by", "asc", "desc", "startposition", "maxresults"}
)


@dataclass(frozen=True)
class Constant:
    """A value to compare with. `quoted`: it stood in quotes."""

    text: str
    quoted: bool

    @property
    def is_null_test(self) -> bool:
        return self.quoted and self.text.strip() == ""


@dataclass(frozen=True)
class Condition:
    path: str
    operator: Operator
    values: tuple[Constant, ...]


@dataclass(frozen=True)
class Order:
    path: str
    descending: bool


@dataclass(frozen=True)
class Select:
    entity: str
    count: bool
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...]
    orders: tuple[Order, ...]
    start: int | None
    most: int | None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(statement: str) -> Select:
    return _Parser(statement).select()


def _tokens(statement: str) -> list[_Token]:
    tokens, at = [], 0
    while True:
        match = _TOKEN.match(statement, at)
        if match is None:
            rest = statement[at:].lstrip()
            column = len(statement) - len(rest) + 1
            raise faults.query_not_parsed(f'Encountered "{rest[:1]}" at line 1, column {column}.')
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
        if kind == "EOF":
            return tokens


class _Parser:
    def __init__(self, statement: str) -> None:
        self._tokens = _tokens(statement)
        self._next = 0

    def select(self) -> Select:
        self._expect("select")
        count, columns = self._columns()
        self._expect("from")
        entity = self._identifier()
        conditions = self._conditions() if self._take("where") else ()
        orders = self._orders()
        start = self._integer() if self._take("startposition") else None
        most = self._integer() if self._take("maxresults") else None
        if self._token.kind != "EOF":
            raise self._unexpected()
        return Select(entity, count, columns, conditions, orders, start, most)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _columns(self) -> tuple[bool, tuple[str, ...]]:
        if self._token.text.lower() == "count" and self._tokens[self._next + 1].text == "(":
            for word in ("count", "(", "*", ")"):
                self._expect(word)
            return True, ()
        columns = [self._column()]
        while self._take(","):
            columns.append(self._column())
        return False, tuple(columns)

    def _column(self) -> str:
        return "*" if self._take("*") else self._identifier()

    def _conditions(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self._take("and"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        path = self._identifier()
        if self._take("in"):
            self._expect("(")
            values = [self._literal()]
            while self._take(","):
                values.append(self._literal())
            self._expect(")")
            return Condition(path, "in", tuple(values))
        if self._take("like"):
            return Condition(path, "like", (self._literal(),))
        for operator in ("<=", ">=", "=", "<", ">"):
            if self._take(operator):
                return Condition(path, operator, (self._literal(),))
        raise self._unexpected()

    def _literal(self) -> Constant:
        token = self._token
        word = token.kind == "IDENTIFIER" and token.text.lower() in ("true", "false", "current_date")
        if token.kind not in ("STRING", "DECIMAL", "INTEGER") and not word:
            raise self._unexpected()
        self._next += 1
        if token.kind == "STRING":
            return Constant(re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL), quoted=True)
        return Constant(token.text.lower(), quoted=False)

    def _orders(self) -> tuple[Order, ...]:
        if self._take("order"):
            self._expect("by")
        elif not self._take("orderby"):
            return ()
        found = [self._order()]
        while self._take(","):
            found.append(self._order())
        return tuple(found)

    def _order(self) -> Order:
        path = self._identifier()
        descending = self._take("desc")
        if not descending:
            self._take("asc")
        return Order(path, descending)

    def _identifier(self) -> str:
        token = self._token
        if token.kind != "IDENTIFIER" or token.text.lower() in _RESERVED:
            raise self._unexpected()
        self._next += 1
        return token.text

    def _integer(self) -> int:
        token = self._token
        if token.kind != "INTEGER":
            raise self._unexpected()
        self._next += 1
        return int(token.text)

    def _take(self, word: str) -> bool:
        if self._token.kind in ("IDENTIFIER", "SIGN") and self._token.text.lower() == word:
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected()

    def _unexpected(self) -> faults.Fault:
        token = self._token
        shown = f' <{token.kind}> "{token.text} "' if token.kind != "SIGN" else f' "{token.text}" "{token.text} "'
        return faults.query_not_parsed(f'Encountered "{shown}" at line 1, column {token.at + 1}.')
