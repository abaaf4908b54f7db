"""What we take from others: pinned, hashed, audited, licensed; and nothing secret among what we publish."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops import licences
from ops.package import ROOT

HASHED = re.compile(r"--hash=sha256:[0-9a-f]{64}")
AUDIT = ROOT / "infra" / "audit.py"


def wanted(name: str) -> list[Requirement]:
    """What a requirements file asks for itself."""
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def locked(name: str = "dev.lock") -> dict[str, tuple[str, int]]:
    """The version of each package in a lock, and how many hashes it has."""
    entries = [one for one in re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE) if one]
    found = {}
    for entry in entries:
        asked = Requirement(entry.splitlines()[0].rstrip(" \\"))
        [pin] = asked.specifier
        assert pin.operator == "==", f"{name}: {asked} is no pin"
        found[canonicalize_name(asked.name)] = (pin.version, len(HASHED.findall(entry)))
    return found


# --- pinned and hashed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dev.lock", "infra/uv.txt"])
def test_every_entry_of_a_lock_is_hashed(name: str) -> None:
    assert locked(name)
    assert [package for package, (_, hashes) in locked(name).items() if not hashes] == []


def test_the_lock_is_in_step_with_what_is_asked_for() -> None:
    """Else `make lock` was forgotten."""
    lock = locked()
    asked = [*wanted("requirements.txt"), *wanted("dev.in")]
    assert [str(one) for one in asked if canonicalize_name(one.name) not in lock] == []
    versions = {str(one): lock[canonicalize_name(one.name)][0] for one in asked}
    assert {said: held for said, held in versions.items() if held not in Requirement(said).specifier} == {}


def test_what_ships_is_pinned_to_one_version() -> None:
    assert [str(one) for one in wanted("requirements.txt") if [pin.operator for pin in one.specifier] != ["=="]] == []


def test_what_is_installed_here_is_what_is_locked() -> None:
    """So that these tests test what ships; and the lock names everything that what it names needs."""
    here = {canonicalize_name(one.metadata["Name"]): one.version for one in importlib.metadata.distributions()}
    lock = {name: version for name, (version, _) in locked().items()}
    assert {name: here.get(name) for name in lock} == lock
    needs = [Requirement(line) for name in lock for line in importlib.metadata.requires(name) or []]
    needed = {canonicalize_name(one.name) for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert needed - lock.keys() == set()


# --- licences ---------------------------------------------------------------------------------------------------------


def test_the_page_of_licences_is_true() -> None:
    """Else `make licences` was forgotten."""
    assert licences.PAGE.read_text() == licences.page(licences.shipped())


def test_everything_that_ships_may_be_shipped() -> None:
    assert [one for one in licences.shipped() if not licences.allowed(one.licence)] == []


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True), ("Apache-2.0 OR BSD-2-Clause", True), ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False), ("GPL-3.0-or-later", False), ("not said", False), ("", False),
    ],
)  # fmt: skip
def test_one_of_several_licences_may_be_chosen(licence: str, may: bool) -> None:
    assert licences.allowed(licence) == may


def test_who_says_only_bsd_means_the_three_clauses() -> None:
    """The classifier does not tell which; the licence's text does."""
    vague = [one for one in licences.shipped() if _says(one.name) == "BSD License"]
    assert {one.name for one in vague} == {"itsdangerous"}
    for one in vague:
        files = importlib.metadata.files(one.name) or []
        [text] = [Path(str(path.locate())).read_text() for path in files if path.name.startswith("LICENSE")]
        assert "Neither the name" in text


def _says(name: str) -> str:
    meta = importlib.metadata.metadata(name)
    classified = [one for one in meta.get_all("Classifier", []) if one.startswith("License")]
    return "" if meta.get("License-Expression") or meta.get("License") else classified[0].rpartition(" :: ")[2]


# --- known holes ------------------------------------------------------------------------------------------------------

HOLE = {"id": "PYSEC-2026-1", "summary": "It opens.", "affected": [{
    "package": {"name": "requests", "ecosystem": "PyPI"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
}]}  # fmt: skip


@pytest.fixture
def service() -> Iterator[tuple[str, dict[str, Any]]]:
    """An advisory service that answers as OSV does: its address, and what it knows by the package's name."""
    knows: dict[str, Any] = {}

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = knows.get(asked["package"]["name"], (200, {}))
            text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query", knows
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Two packages, as a lock has them."""
    path = tmp_path / "small.lock"
    path.write_text("".join(f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("requests", "urllib3")))
    return path


def audit(lock: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(AUDIT), str(lock), "--osv-url", url, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_where_no_hole_is_known_it_says_how_many_were_asked_about(service: Any, lock: Path) -> None:
    done = audit(lock, service[0])
    assert (done.returncode, done.stdout) == (0, "2 of 2 dependencies audited, 0 known holes.\n"), done.stderr


def test_a_known_hole_fails_and_says_where_it_is_mended(service: Any, lock: Path) -> None:
    url, knows = service
    knows["requests"] = (200, {"vulns": [HOLE]})
    done = audit(lock, url)
    assert done.returncode == 1
    assert "requests 1.0: PYSEC-2026-1, mended in 99.1" in done.stderr


@pytest.mark.parametrize("answer", [(503, {}), (404, {}), (200, "<html>"), (403, "no")], ids=str)
def test_a_service_that_cannot_answer_is_never_passed_over_in_silence(service: Any, lock: Path, answer: Any) -> None:
    url, knows = service
    knows["urllib3"] = answer
    for more, code in ((), 0), (("--required",), 2):
        done = audit(lock, url, *more)
        assert (done.returncode, "NOT AUDITED" in done.stderr, done.stdout) == (code, True, "")


def test_offline_it_says_so_and_goes_on(lock: Path) -> None:
    done = audit(lock, "http://127.0.0.1:9/v1/query")
    assert (done.returncode, "NOT AUDITED" in done.stderr, done.stdout) == (0, True, "")


# --- secrets ----------------------------------------------------------------------------------------------------------

SECRETS = {  # in two parts, so that this file is not one of them
    "a private key": ("-----BEGIN ", r"[A-Z ]*PRIVATE KEY-----"),
    "an AWS access key": ("AK", r"IA[0-9A-Z]{16}\b"),
    "an AWS temporary key": ("AS", r"IA[0-9A-Z]{16}\b"),
    "a HubSpot private app's token": ("pat", r"-(na|eu|ap)\d-[0-9a-f-]{36}"),
    "an Intuit refresh token": ("AB", r"11\d{6,}[0-9A-Za-z]{30,}"),
    "a GitHub token": ("gh", r"[pousr]_[0-9A-Za-z]{36}"),
    "a Slack token": ("xo", r"x[abprs]-[0-9A-Za-z-]{20,}"),
    "a Google key": ("AI", r"za[0-9A-Za-z_-]{35}"),
    "a signed token": ("ey", r"J[0-9A-Za-z_-]{15,}\.eyJ[0-9A-Za-z_-]{15,}\.[0-9A-Za-z_-]{20,}"),
}
EXAMPLES = {
    "a private key": "RSA PRIVATE KEY-----", "an AWS access key": "IA" + "Q" * 16,
    "an AWS temporary key": "IA" + "Q" * 16,
    "a HubSpot private app's token": "-na1-" + "0f" * 18, "an Intuit refresh token": "11" + "1" * 8 + "x" * 32,
    "a GitHub token": "p_" + "a" * 36, "a Slack token": "xb-" + "1" * 24, "a Google key": "za" + "b" * 35,
    "a signed token": "J" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 30,
}  # fmt: skip


def found_in(text: str) -> list[str]:
    return [what for what, (begins, goes_on) in SECRETS.items() if re.search(re.escape(begins) + goes_on, text)]


def published() -> list[Path]:
    """What is committed, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_would_be_found(what: str) -> None:
    assert what in found_in(f'token = "{SECRETS[what][0]}{EXAMPLES[what]}"')


def test_no_secret_is_committed() -> None:
    files = published()
    assert len(files) > 300
    held = {str(path.relative_to(ROOT)): found_in(path.read_text(encoding="utf-8", errors="replace")) for path in files}
    assert {name: what for name, what in held.items() if what} == {}
