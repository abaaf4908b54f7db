"""Everything that some objects hold, put back in place: far cheaper than building a world again, and unlike a copy it
leaves those right that know each other by reference (a clock in a closure, a callback)."""

from __future__ import annotations

import functools
import itertools
import random
import threading
import types
from collections import deque
from enum import Enum
from typing import Any

import requests
from werkzeug.routing import Map

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())
STILL = (  # nothing in these changes, or nothing that matters
    str, bytes, int, float, complex, type(None), type, types.ModuleType, types.BuiltinFunctionType, Enum, range, slice,
    _LOCK, _RLOCK, threading.Condition, threading.Event, requests.Session, Map, itertools.count,
)  # fmt: skip


class Checkpoint:
    """What is reachable from `roots` as it is now. Objects made later are forgotten with whatever refers to them."""

    def __init__(self, *roots: Any) -> None:
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._others: list[tuple[Any, Any]] = []
        self._cells: list[tuple[types.CellType, Any]] = []
        self._slots: list[tuple[Any, str, Any]] = []
        self._dice: list[tuple[random.Random, Any]] = []
        self._counters: list[tuple[dict[Any, Any], Any, int]] = []
        seen: dict[int, Any] = {}  # the objects themselves, so that no id is used twice
        waiting: list[Any] = list(roots)
        while waiting:
            one = waiting.pop()
            if isinstance(one, STILL) or id(one) in seen:
                continue
            seen[id(one)] = one
            waiting.extend(self._keep(one))
        self.size = len(seen)

    def restore(self) -> None:
        for held, was in self._dicts:
            held.clear()
            held.update(was)
        for held, name, number in self._counters:
            held[name] = itertools.count(number)
        for row, before in self._lists:
            row[:] = before
        for other, items in self._others:
            other.clear()
            (other.extend if isinstance(other, deque) else other.update)(items)
        for cell, content in self._cells:
            cell.cell_contents = content
        for owner, name, value in self._slots:
            object.__setattr__(owner, name, value)
        for die, state in self._dice:
            die.setstate(state)

    def _keep(self, one: Any) -> list[Any]:
        """Note what `one` holds, and return it."""
        held: list[Any] = []
        if isinstance(one, dict):
            for name in [name for name, value in one.items() if isinstance(value, itertools.count)]:
                number = next(one[name])  # there is no other way to learn it
                one[name] = itertools.count(number)
                self._counters.append((one, name, number))
            self._dicts.append((one, dict(one)))
            held += one.values()
        elif isinstance(one, list):
            self._lists.append((one, list(one)))
            held += one
        elif isinstance(one, set | deque):
            self._others.append((one, list(one)))
            held += one
        elif isinstance(one, tuple | frozenset):
            held += one
        elif isinstance(one, types.FunctionType):
            for cell in one.__closure__ or ():
                self._cells.append((cell, cell.cell_contents))
                held.append(cell.cell_contents)
        elif isinstance(one, types.MethodType):
            held.append(one.__self__)
        elif isinstance(one, functools.partial):
            held += [one.func, *one.args, *one.keywords.values()]
        if isinstance(one, random.Random):
            self._dice.append((one, one.getstate()))
            return held
        return held + self._attributes(one)

    def _attributes(self, one: Any) -> list[Any]:
        held: list[Any] = []
        own = getattr(one, "__dict__", None)
        if own and not isinstance(one, types.FunctionType):
            if _is_frozen(one):
                held += own.values()
            else:
                held.append(own)
        for name in (slot for cls in type(one).__mro__ for slot in _slots(cls)):
            if hasattr(one, name):
                value = getattr(one, name)
                held.append(value)
                if not _is_frozen(one):
                    self._slots.append((one, name, value))
        return held


def _is_frozen(one: Any) -> bool:
    parameters = getattr(type(one), "__dataclass_params__", None)
    return bool(parameters and parameters.frozen)


def _slots(cls: type) -> tuple[str, ...]:
    named = cls.__dict__.get("__slots__", ())
    names = (named,) if isinstance(named, str) else tuple(named)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))
