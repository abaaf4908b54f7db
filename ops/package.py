"""Build what is deployed: `python -m ops.package [--stage prod] OUT` writes `sam.yaml` and `deployment.zip` to OUT.

Chalice packages a staged copy of the app. Its dependencies are put there first, from wheels made for Lambda, in the
versions and with the hashes that dev.lock tests with; Lambda has boto3, and Chalice adds its own runtime. The zip then
gets compiled modules, which halves a cold start, and is written so that the same inputs give the same bytes.

What was built is kept in `build/`, under a hash of everything that went in. Processes that want the same build at
the same time make it once.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import fcntl
import hashlib
import importlib.metadata
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

try:
    from yaml import CSafeLoader as SafeLoader  # ten times as fast, and each local stack reads the template
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
RESOURCES = ROOT / "infra" / "resources.yaml"
NOT_SHIPPED = {"chalice", "boto3"}  # Chalice adds its runtime by itself, Lambda has boto3
ZIP_MAX = 50 * 1024 * 1024  # Lambda's limit for an upload
KEPT_BUILDS = 4
FINGERPRINT_DIGITS = 20
SHIPPED_SUFFIXES = {".py", ".json", ".yaml", ".typed", ".html", ".css", ".txt"}


class PackagingError(Exception):
    """The package cannot be built; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """`folder` holds `sam.yaml` and `deployment.zip`."""

    folder: Path

    @property
    def template(self) -> Path:
        return self.folder / "sam.yaml"

    @property
    def zip(self) -> Path:
        return self.folder / "deployment.zip"


def package(stage: str = "prod") -> Package:
    """The whole package, built once for each state of its inputs."""
    inputs = [*_template_inputs(), *_sources(ROOT / "chalicelib"), ROOT / "requirements.txt", ROOT / "dev.lock"]
    return Package(_built(f"package-{stage}", inputs, lambda folder: build_package(stage, folder)))


def template(stage: str = "prod") -> dict[str, Any]:
    """The merged template alone: it needs no wheels, so it is had within seconds, without a network."""
    folder = _built(f"template-{stage}", _template_inputs(), lambda folder: _build_template(stage, folder))
    loaded: dict[str, Any] = yaml.load((folder / "sam.yaml").read_text(), SafeLoader)
    return loaded


def build_package(stage: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="stage-", dir=BUILD) as name:
        staged = Path(name)
        _stage(staged, _sources(ROOT / "chalicelib"))
        _vendor(staged / "vendor")
        _chalice_package(staged, stage, out)
        _finish_zip(out / "deployment.zip", staged / "zip")
    check_zip(out / "deployment.zip")


def _build_template(stage: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="stage-", dir=BUILD) as name:
        _stage(Path(name), [])
        _chalice_package(Path(name), stage, out)
    (out / "deployment.zip").unlink()  # it holds no dependencies; nobody shall take it for a package


# Keeping what was built


def _template_inputs() -> list[Path]:
    return [ROOT / "app.py", RESOURCES, Path(__file__).resolve(), *_sources(ROOT / ".chalice")]


def _sources(folder: Path) -> list[Path]:
    deployed = {"deployments", "deployed", "__pycache__"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in SHIPPED_SUFFIXES and path.is_file() and not deployed & set(path.relative_to(folder).parts)
    )


def _built(name: str, inputs: list[Path], build: Callable[[Path], None], home: Path = BUILD) -> Path:
    """The folder for these inputs; built beside its place and moved there, so that nobody ever sees half of it."""
    place = home / f"{name}-{_fingerprint(inputs)}"
    if not place.is_dir():
        home.mkdir(exist_ok=True)
        with _alone(home / f"{name}.lock"):
            if not place.is_dir():  # else whoever we waited for has made it
                with tempfile.TemporaryDirectory(prefix="making-", dir=home) as temporary:
                    made = Path(temporary) / "made"
                    made.mkdir()
                    build(made)
                    made.rename(place)
                _forget_old(home, name)
    return place


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process is in here with this lock. It is let go even where its holder is killed."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fingerprint(inputs: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version} {importlib.metadata.version('chalice')}".encode())
    for path in inputs:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:FINGERPRINT_DIGITS]


def _forget_old(home: Path, name: str) -> None:
    builds = list(home.glob(f"{name}-{'?' * FINGERPRINT_DIGITS}"))  # not those of a stage with a longer name
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for old in builds[KEPT_BUILDS:]:
        shutil.rmtree(old)


# Staging


def _stage(staged: Path, modules: list[Path]) -> None:
    (staged / "chalicelib").mkdir()
    (staged / "chalicelib" / "__init__.py").touch()
    (staged / "requirements.txt").touch()  # empty: the dependencies are in vendor/
    for source in [ROOT / "app.py", *_sources(ROOT / ".chalice"), *modules]:
        target = staged / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _chalice_package(staged: Path, stage: str, out: Path) -> None:
    command = [sys.executable, "-c", "from chalice.cli import main; raise SystemExit(main())"]
    command += ["package", "--stage", stage, "--merge-template", str(RESOURCES), str(out)]
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ}  # it wants one, though it calls nobody
    done = subprocess.run(command, cwd=staged, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (out / "sam.yaml").is_file():
        raise PackagingError(f"chalice package failed:\n{done.stdout}{done.stderr}")


def _vendor(folder: Path) -> None:
    """Fill `vendor/` with the locked wheels for Lambda's platform; a missing or changed wheel stops the build."""
    lock = folder.with_name("lambda.lock")
    lock.write_text(lambda_lock())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder)]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(lock)]
    command += [f"--platform={platform}" for platform in platforms(_architecture(), sys.version_info[:2])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PackagingError(f"the wheels that Lambda needs could not be had:\n{done.stderr}")
    shutil.rmtree(folder / "bin", ignore_errors=True)  # commands of the packages; Lambda calls none


def _architecture() -> str:
    config = yaml.safe_load((ROOT / ".chalice" / "config.json").read_text())
    return {"x86_64": "x86_64", "arm64": "aarch64"}[config["lambda_architecture"]]


def platforms(architecture: str, python: tuple[int, ...]) -> list[str]:
    """The wheel platforms that Lambda's image can load: glibc 2.26 up to Python 3.11, 2.34 from 3.12 on."""
    newest = 34 if python >= (3, 12) else 26
    return [f"manylinux_2_{minor}_{architecture}" for minor in range(newest, 16, -1)] + [
        f"manylinux2014_{architecture}"
    ]


def lambda_lock() -> str:
    """The part of dev.lock that ships: what requirements.txt names, and what that needs."""
    entries = dict(_lock_entries((ROOT / "dev.lock").read_text()))
    wanted = _closure([name for name in _required() if name not in NOT_SHIPPED])
    missing = sorted(wanted - entries.keys())
    if missing:
        raise PackagingError(f"dev.lock does not name {', '.join(missing)}: run `make lock`")
    return "".join(entries[name] for name in sorted(wanted))


def _lock_entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE):
        if "==" in entry:
            yield canonicalize_name(entry.split("==")[0]), entry


def _required() -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return [canonicalize_name(Requirement(line).name) for line in lines if line]


def _closure(names: list[str]) -> set[str]:
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        needs = [Requirement(line) for line in importlib.metadata.requires(name) or []]
        waiting += [canonicalize_name(n.name) for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
    return wanted


# The zip


def _finish_zip(archive: Path, folder: Path) -> None:
    """Add compiled modules, which Lambda's read-only folder can never keep, and write the same bytes each time."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    compileall.compile_dir(
        str(folder),
        quiet=2,
        stripdir=str(folder),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())


def check_zip(archive: Path) -> None:
    """Refuse a package that Lambda could not run."""
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
    if not any(re.fullmatch(r"pydantic_core/.*\.so", name) for name in names):
        raise PackagingError("the zip has no compiled pydantic_core: its wheel for Lambda's platform is missing")
    if "app.py" not in names or not any(name.startswith("chalice/") for name in names):
        raise PackagingError("the zip has no app.py, or no Chalice runtime")
    if archive.stat().st_size > ZIP_MAX:
        raise PackagingError(f"the zip is larger than Lambda takes: {archive.stat().st_size:,} bytes")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ops.package", description="Write sam.yaml and deployment.zip.")
    parser.add_argument("--stage", default="prod")
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        made = package(chosen.stage)
    except PackagingError as problem:
        print(problem, file=sys.stderr)
        return 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    for file in (made.template, made.zip):
        shutil.copy(file, chosen.out)
        print(chosen.out / file.name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
