"""The form of a settings file: keys that there are, values of the right kind; each mistake with its place."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from chalicelib.settings.lines import Document, Mistake, Path
from chalicelib.settings.model import KINDS, Condition, FieldRow, Settings
from chalicelib.settings.words import did_you_mean, listed, nearest

UNSAID: dict[type[BaseModel], set[str]] = {
    Condition: {"type"},
    FieldRow: {"type"},
}  # keys that only `resolved` fills in
EMPTY = "it is empty: give it content, or leave the key out"
NO_MAPPING = "the file is empty or no mapping: begin with `contacts:`"


def form(document: Document) -> tuple[list[Mistake], dict[str, Any]]:
    """All mistakes of form, and what is left of the file without them: a wrong value is taken out, a wrong item of a
    list becomes None, so that the others keep their places."""
    raw = document.value
    if not isinstance(raw, dict):
        return ([] if document.broken else [document.mistake((), NO_MAPPING)]), {}
    wrong = dict(_empty_kinds(raw))
    wrong |= {path: _no_such_key(path) for path in _unsaid(raw, ())}
    try:
        Settings.model_validate(raw)
    except ValidationError as problem:
        for error in problem.errors():
            path = _path(raw, error)
            wrong.setdefault(path, _message(raw, path, error))  # a union gives an error for each of its members
    wrong = _without_twins(wrong, raw)
    left = copy.deepcopy(raw)
    for path in sorted(wrong, key=len, reverse=True):
        if not (isinstance(at(left, path), dict) and _model_at(path) is Condition):  # its property can still be judged
            _take_out(left, path)
    return [document.mistake(path, message) for path, message in wrong.items()], left


def at(raw: Any, path: Path) -> Any:
    """What the plain values hold at this path; None where there is nothing."""
    for step in path:
        if isinstance(raw, dict):
            raw = raw.get(step)
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw


def _empty_kinds(raw: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for name in KINDS:
        if name in raw and raw[name] is None:
            yield (name,), EMPTY


def _unsaid(raw: Any, path: Path) -> Iterator[Path]:
    """Places of `type` in conditions."""
    if isinstance(raw, dict):
        model = _model_at(path)
        for key, value in raw.items():
            if model is not None and key in UNSAID.get(model, ()):
                yield (*path, key)
            else:
                yield from _unsaid(value, (*path, key))
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            yield from _unsaid(value, (*path, number))


def _path(raw: Any, error: Any) -> Path:
    """The place in the file that an error is about; steps that only the model knows are left out."""
    path: Path = ()
    for step in error["loc"]:
        value = at(raw, path)
        inside = step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)
        if not inside and error["type"] != "missing":
            return path
        path = (*path, step)
    return path


def _message(raw: Any, path: Path, error: Any) -> str:
    value = at(raw, path)
    match error["type"]:
        case "extra_forbidden":
            return _no_such_key(path)
        case "missing":
            return f"`{path[-1]}` is missing; it must be said"
        case "literal_error":
            choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            return f"{_shown(value)} is no choice; there are: {listed(choices)}" + did_you_mean(
                nearest(str(value), choices)
            )
        case "bool_type" | "bool_parsing":
            return f"{_shown(value)} is neither true nor false"
        case "string_type":
            return _no_text(value, path)
        case "model_type" | "dict_type" | "model_attributes_type":
            return EMPTY if value is None else f"{_shown(value)} stands where keys are wanted: {_keys(path)}"
        case "list_type":
            return EMPTY if value is None else f"a list is wanted, in brackets: [{_shown(value)}]"
        case "too_short":
            return "a group without conditions lets nothing through: give it one, or take it out"
        case "value_error":
            return str(error["msg"]).removeprefix("Value error, ")
    return str(error["msg"])


def _no_such_key(path: Path) -> str:
    key, there = str(path[-1]), _keys_at(path[:-1])
    found = nearest(key, there)
    return f"there is no `{key}` here" + (did_you_mean(found) if found else f"; there are: {', '.join(there)}")


def _no_text(value: Any, path: Path) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, list | dict):
        several = "; several values go into `values`, with any_of or none_of" if path[-1] == "value" else ""
        return f"one value is wanted, not a {'list' if isinstance(value, list) else 'mapping'}{several}"
    return f"a text is wanted: put {_shown(value)} in quotes"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return "nothing" if value is None else str(value).strip() or "an empty text"


def _keys(path: Path) -> str:
    return ", ".join(_keys_at(path))


def _keys_at(path: Path) -> list[str]:
    model = _model_at(path)
    return [] if model is None else [name for name in model.model_fields if name not in UNSAID.get(model, ())]


def _model_at(path: Path) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Settings
    for step in path:
        if isinstance(step, int):
            continue
        known = model.model_fields.get(step) if model else None
        model = _model(known.annotation) if known else None
    return model


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation speaks of, also inside a list or beside None."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model(one))), None)


def _without_twins(wrong: dict[Path, str], raw: Any) -> dict[Path, str]:
    """A misspelt key that must be said is one mistake: there it is unknown, and the right one is missing."""
    left = dict(wrong)
    for path in wrong:
        if at(raw, path[:-1]) is None or path[-1] in at(raw, path[:-1]) or isinstance(path[-1], int):
            continue
        unknown = [
            other for other in left
            if other[:-1] == path[:-1] and isinstance(other[-1], str) and other[-1] not in _keys_at(path[:-1])
        ]  # fmt: skip
        alike = nearest(str(path[-1]), [str(other[-1]) for other in unknown])
        twin = next((other for other in unknown if other[-1] == alike), unknown[0] if len(unknown) == 1 else None)
        if twin:
            del left[path]
            left[twin] = f"there is no `{twin[-1]}` here; did you mean {path[-1]}?"
    return left


def _take_out(raw: Any, path: Path) -> None:
    if not path:
        return
    around = at(raw, path[:-1])
    if isinstance(around, list) and isinstance(path[-1], int):
        around[path[-1]] = None
    elif isinstance(around, dict):
        around.pop(path[-1], None)
