"""What is in the zip, and what waking a function costs."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops import package

HEAVY = ("requests_oauthlib", "oauthlib", "pydantic", "yaml", "boto3")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def names(packaged):
    with zipfile.ZipFile(packaged.zip) as archive:
        return archive.namelist()


@pytest.mark.slow
def test_the_zip_holds_the_app_and_its_compiled_parts(packaged, names):
    package.check_zip(packaged.zip)
    assert "app.py" in names
    assert any(name.startswith("chalicelib/") for name in names)
    assert any(name.startswith("pydantic_core/") and name.endswith(".so") for name in names)


@pytest.mark.slow
def test_what_lambda_has_is_left_out(packaged, names):
    """boto3 alone would make it four times as large, and pip comes along with Chalice."""
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"boto3", "botocore", "pip", "setuptools", "local", "ops", "tests", "infra", "bin"}
    assert packaged.zip.stat().st_size < 12_000_000


@pytest.mark.slow
def test_every_module_is_compiled(names):
    """Lambda's folder is read-only: what is not compiled here is compiled at every cold start."""
    tag = sys.implementation.cache_tag
    own = [name for name in names if name.startswith("chalicelib/") and name.endswith(".py")]
    for name in own:
        folder, _, module = name.rpartition("/")
        assert f"{folder}/__pycache__/{module.removesuffix('.py')}.{tag}.pyc" in names


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(packaged, tmp_path):
    """So that a deployment without a change changes nothing."""
    again = tmp_path / "again"
    again.mkdir()
    package.BUILD.mkdir(exist_ok=True)
    package.build_package("prod", again)
    # Digests, since pytest would look for the difference of two zips until the test's time is over.
    for file in (packaged.zip, packaged.template):
        assert digest(again / file.name) == digest(file)


def test_who_wants_the_same_at_the_same_time_waits_for_one_build(tmp_path):
    """Two processes of one test run do: without care each would build, and one would find the other's in its place."""
    inputs = [package.ROOT / "requirements.txt"]
    builds, together = [], threading.Barrier(8)

    def build(folder):
        builds.append(folder)
        with pytest.raises(BlockingIOError), (tmp_path / "thing.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for number in range(200):  # time for the others to find nothing and to wait
            (folder / str(number)).write_text("whole")

    def wanted(_):
        together.wait(10)
        return package._built("thing", inputs, build, tmp_path)

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(wanted, range(8)))
    assert len(builds) == len(places) == 1
    assert len(list(places.pop().iterdir())) == 200


def test_a_package_without_its_wheels_is_refused(tmp_path):
    """Chalice only warns of a missing wheel; Lambda would fail at the first call."""
    with zipfile.ZipFile(tmp_path / "deployment.zip", "w") as archive:
        archive.writestr("app.py", "")
        archive.writestr("pydantic_core/__init__.py", "")
    with pytest.raises(package.PackagingError, match="pydantic_core"):
        package.check_zip(tmp_path / "deployment.zip")


def test_the_shipped_versions_are_the_tested_ones():
    """Each entry is pinned and has its hashes, as in dev.lock; Chalice and boto3 are not among them."""
    lines = package.lambda_lock().splitlines()
    pins = {line.split("==")[0] for line in lines if "==" in line}
    assert {"pydantic", "pydantic-core", "requests", "urllib3", "aws-lambda-powertools", "pyyaml"} <= pins
    assert not pins & {"chalice", "boto3", "botocore", "pip"}
    assert sum("--hash=sha256:" in line for line in lines) >= len(pins)


@pytest.mark.parametrize(("python", "newest"), [((3, 11), "manylinux_2_26_x86_64"), ((3, 13), "manylinux_2_34_x86_64")])
def test_wheels_are_for_the_image_that_loads_them(python, newest):
    assert package.platforms("x86_64", python)[0] == newest


def test_importing_the_map_imports_no_client():
    """Every function pays for what app.py imports, the one that answers webhooks included."""
    show = f"import sys, app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", show], cwd=package.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
