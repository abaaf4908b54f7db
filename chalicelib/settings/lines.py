"""YAML with the place of everything in it, so that each mistake can be shown on its line.

Only `ops` reads files; workers never import this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
NODES_MAX = 20_000  # aliases of aliases can grow without end
DEPTH_MAX = 50  # settings need a tenth; each level is a call deeper in the parser and in us
MERGE = "tag:yaml.org,2002:merge"
EXPLAINED = (  # what the parser says -> what a person can do
    ("cannot start any token", "a tab or a reserved character stands here: indent with spaces, and put texts that "
     "begin with @ or ` in quotes"),
    ("tab character", "a tab stands here: indent with spaces"),
    ("mapping values are not allowed", "a colon makes no sense here: put a text that holds one in quotes, or look at "
     "the indentation"),
    ("could not find expected ':'", "a key without its colon, or a text that was not closed"),
    ("did not find expected key", "the indentation is not that of the lines above, or a quote or comma is missing"),
    ("did not find expected '-' indicator", "the indentation is not that of the items above"),
    ("did not find expected ',' or", "a bracket was not closed, or a comma is missing"),
    ("found unexpected end of stream", "the text in quotes was not closed"),
    ("found another document", "a file holds one document: take the line --- out"),
    ("found undefined alias", "this *name was not defined before by &name; put texts that begin with * in quotes"),
    ("control characters are not allowed", "a control character stands here"),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Mistake:
    """What is wrong at one place of the file. Line and column count from 1; `path` with dots."""

    line: int
    column: int
    path: str
    message: str


@dataclass
class Document:
    """A parsed file: plain values, their places, and what was wrong with the YAML itself.

    `sources` holds scalars as they are written: YAML reads an unquoted no as false.
    """

    value: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    sources: dict[Path, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    broken: bool = False  # nothing can be said about what it holds

    def mistake(self, path: Path, message: str) -> Mistake:
        """A mistake at this path, or at the nearest place around it that is in the file."""
        place = path
        while place and place not in self.places:
            place = place[:-1]
        line, column = self.places.get(place, (1, 1))
        return Mistake(line, column, dotted(path), message)


def dotted(path: Path) -> str:
    return ".".join(str(step) for step in path)


def parse(text: str) -> Document:
    document = Document()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text) if _readable(text, document) else None
    if loader is None:
        return document
    try:
        _shallow(text)
        node = loader.get_single_node()
        if node is not None:
            document.value = _Reader(document, loader).value(node, ())
    except yaml.MarkedYAMLError as wrong:
        unclosed = "end of stream" in (wrong.problem or "")
        mark = wrong.context_mark if unclosed and wrong.context_mark else wrong.problem_mark
        _broken(document, (mark.line + 1, mark.column + 1) if mark else (1, 1), _explained(wrong))
    except yaml.YAMLError as wrong:
        _broken(document, (1, 1), " ".join(str(wrong).split()))
    except _TooDeep as wrong:
        _broken(document, wrong.place, f"more than {DEPTH_MAX} levels: no settings are that deep")
    except _TooMuch:
        _broken(document, (1, 1), f"more than {NODES_MAX} values: no settings are that long")
    finally:
        loader.dispose()
    return document


def _readable(text: str, document: Document) -> bool:
    for number, line in enumerate(text.splitlines(), 1):
        for column, letter in enumerate(line, 1):
            if not letter.isprintable() and letter not in "\t\x85\xa0\ufeff":
                _broken(document, (number, column), f"the character U+{ord(letter):04X} cannot stand in YAML")
                return False
    return True


def _broken(document: Document, place: tuple[int, int], what: str) -> None:
    document.broken = True
    document.mistakes.append(Mistake(*place, "", f"this is no YAML: {what}"))


def _explained(wrong: yaml.MarkedYAMLError) -> str:
    problem = wrong.problem or wrong.context or "it cannot be read"
    return next((said for known, said in EXPLAINED if known in problem), problem)


def _shallow(text: str) -> None:
    """Refuse what is nested too deep before a tree is made of it, which a parser in C does by recursion, unguarded."""
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise _TooDeep(_place(event))


class _TooDeep(Exception):  # noqa: N818 - the end of a walk
    def __init__(self, place: tuple[int, int]) -> None:
        super().__init__(place)
        self.place = place


class _TooMuch(Exception):  # noqa: N818 - the end of a walk
    """The aliases grow without end."""


class _Reader:
    """From nodes to values. Duplicate keys are told here: a parsed mapping knows of them no more."""

    def __init__(self, document: Document, loader: Any) -> None:
        self._document = document
        self._loader = loader
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Any, path: Path) -> Any:
        self._count += 1
        if self._count > NODES_MAX:
            raise _TooMuch
        self._document.places.setdefault(path, _place(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._document.mistakes.append(self._document.mistake(path, "this alias stands for what it is part of"))
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*path, number)) for number, child in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: Any, path: Path) -> Any:
        self._document.sources[path] = node.value
        try:
            return self._loader.construct_object(node)
        except ValueError:  # 2026-02-30 looks like a date, but is none
            return node.value
        except yaml.constructor.ConstructorError:
            self._document.mistakes.append(
                self._document.mistake(
                    path, f"the tag {node.tag} is not known: put a text that begins with ! in quotes"
                )
            )
            return node.value

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        """What is merged in by `<<` gives way to the mapping's own keys."""
        made: dict[str, Any] = {}
        for key_node, child, own in self._pairs(node, path, frozenset()):
            key = key_node.value
            if not isinstance(key, str):
                self._tell(key_node, path, "a list or mapping cannot be a key")
            elif key not in made:
                self._document.places[(*path, key)] = _place(key_node)
                made[key] = self.value(child, (*path, key))
            elif own:
                first = self._document.places[(*path, key)][0]
                self._tell(key_node, (*path, key), f"{key} was said already in line {first}; say it once")
        return made

    def _pairs(self, node: Any, path: Path, within: frozenset[int]) -> Iterator[tuple[Any, Any, bool]]:
        """Keys and values, the mapping's own first; whether they are its own."""
        merged: list[Any] = []
        for key_node, child in node.value:
            if key_node.tag != MERGE:
                yield key_node, child, not within
            else:
                merged += child.value if isinstance(child, yaml.SequenceNode) else [child]
        for other in merged:
            if isinstance(other, yaml.MappingNode) and id(other) not in within | self._open:
                yield from self._pairs(other, path, within | {id(node), id(other)})
            else:
                self._tell(node, path, "<< takes a mapping that stands elsewhere")

    def _tell(self, node: Any, path: Path, message: str) -> None:
        self._document.mistakes.append(Mistake(*_place(node), dotted(path), message))


def _place(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
