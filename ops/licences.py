"""The licences of what ships to Lambda: `python -m ops.licences` writes docs/licences.md, from the installed packages.

The list is that of the lock: what requirements.txt names and what that needs, but for boto3, which Lambda has.
"""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass
from importlib.metadata import Distribution

from ops.package import ROOT, lambda_lock

PAGE = ROOT / "docs" / "licences.md"
ALLOWED = {
    "MIT": "permissive",
    "MIT-0": "permissive",
    "BSD-2-Clause": "permissive",
    "BSD-3-Clause": "permissive",
    "Apache-2.0": "permissive; a NOTICE file, where there is one, stays in the zip",
    "ISC": "permissive",
    "PSF-2.0": "permissive",
    "MPL-2.0": "asks only that changes to its own files are published; we change none",
}
SPDX = {  # what packages say that do not speak SPDX yet
    "MIT License": "MIT",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",  # what the licence file of each that says so is: tests/infra/test_supply.py
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    home: str


def shipped() -> list[Package]:
    """Everything in the zip that is not ours; Chalice puts its own runtime there."""
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", lambda_lock(), re.MULTILINE)
    return [_package(importlib.metadata.distribution(name)) for name in sorted([*locked, "chalice"])]


def _package(found: Distribution) -> Package:
    meta = found.metadata
    said = _said(found, "License-Expression") or _said(found, "License") or _classified(found)
    return Package(meta["Name"], found.version, SPDX.get(said, said), _home(found))


def _said(found: Distribution, name: str) -> str:
    return str(found.metadata[name]) if name in found.metadata else ""


def _classified(found: Distribution) -> str:
    names = [one.rpartition(" :: ")[2] for one in found.metadata.get_all("Classifier", []) if one.startswith("License")]
    return names[0] if len(names) == 1 else "not said"


def _home(found: Distribution) -> str:
    urls = dict(one.split(", ", 1) for one in found.metadata.get_all("Project-URL", []))
    named = {name.lower(): url for name, url in urls.items()}
    wanted = (named.get(name) for name in ("homepage", "repository", "source", "code", "documentation"))
    page = f"https://pypi.org/project/{found.metadata['Name']}/"
    return _said(found, "Home-page") or next(filter(None, wanted), page)


def allowed(licence: str) -> bool:
    """Whether it may ship: one of several may be chosen, all of several must be allowed."""
    return any(all(part.strip(" ()") in ALLOWED for part in choice.split(" AND ")) for choice in licence.split(" OR "))


def page(packages: list[Package]) -> str:
    rows = "".join(f"| {one.name} | {one.version} | {one.licence} | {one.home} |\n" for one in packages)
    return (
        "# Licences of what ships\n\n"
        "What is in the zip beside our own code, in the packages' own words. Written by `make licences`; a test holds\n"
        "it to `dev.lock`, and refuses a licence that is not allowed. boto3 is not in here: Lambda has it.\n\n"
        f"| Package | Version | Licence | Home |\n| --- | --- | --- | --- |\n{rows}\n"
        "| Allowed | Why |\n| --- | --- |\n" + "".join(f"| {name} | {why} |\n" for name, why in ALLOWED.items())
    )


def main() -> None:
    PAGE.write_text(page(shipped()), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
