"""Known-bad variants of the sync: each is a small change of one file's text, and the simulator must see it.

A mutant lives in a process of its own, from before anything of the sync is imported: an import hook changes the text
of the one module as it is loaded. `python -m tests.simulation --mutant "skips the lease" 0-19` shows what it does.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.history import Ground

ROOT = Path(__file__).parents[2]
PACKAGE = "chalicelib"


@dataclass(frozen=True)
class Mutant:
    """`before` is there once in the `file` and becomes `after`; `why` that is bad; `letters` of the rules (see `model`)
    that may break by it; the `ground` on which it shows itself soon."""

    file: str
    before: str
    after: str
    why: str
    letters: str
    ground: Ground

    @property
    def name(self) -> str:
        return self.ground.name

    def __str__(self) -> str:
        return self.name

    @property
    def module(self) -> str:
        """The name that the file is imported by."""
        return ".".join(Path(PACKAGE, self.file).with_suffix("").parts)

    @property
    def text(self) -> str:
        """The whole file as it should be."""
        return (ROOT / PACKAGE / self.file).read_text()

    @property
    def breaks(self) -> set[str]:
        return {f"({letter})" for letter in self.letters}


class _Changed(SourceFileLoader):
    """Loads one module from its changed text; nothing that was compiled before is used, and nothing is kept."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(ROOT / PACKAGE / mutant.file))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the loader's shape
        text = self._mutant.text
        assert text.count(self._mutant.before) == 1, f"{self._mutant.name}: its place is not there once"
        changed = text.replace(self._mutant.before, self._mutant.after)
        code: CodeType = compile(changed, self.path, "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._mutant.module:
            return None
        loader: Loader = _Changed(self._mutant)
        return importlib.util.spec_from_loader(name, loader, origin=str(ROOT / PACKAGE / self._mutant.file))


present: list[Mutant] = []  # the one that this process is of, if any


def become(mutant: Mutant) -> None:
    """Make this process one of the mutant."""
    loaded = [one for one in sys.modules if one.split(".")[0] == PACKAGE]
    assert not loaded, f"{mutant.name}: too late for it"
    assert not present, f"{mutant.name}: another one is here"
    sys.meta_path.insert(0, _Finder(mutant))
    present.append(mutant)


def option() -> str:
    """What a command needs to show this process's histories again."""
    return f"--mutant {present[0].name!r} " if present else ""
