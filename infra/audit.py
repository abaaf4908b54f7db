"""Ask an advisory service about every locked dependency: `python infra/audit.py [--required] [LOCK]`.

Ends with 0 where none has a known hole, with 1 where one has, or where one alone could not be asked about. Where the
service cannot be had at all, as offline, that is said; it is a failure (2) only with --required.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "dev.lock"
OSV_URL = "https://api.osv.dev/v1/query"  # it has PyPA's advisories and GitHub's, and answers for any name
TIMEOUT_S = 10
IN_ALL_S = 300


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python infra/audit.py", description="Known holes in what is locked.")
    parser.add_argument("lock", type=Path, nargs="?", default=LOCK)
    parser.add_argument("--osv-url", default=OSV_URL, help="another service that answers as OSV does")
    parser.add_argument("--required", action="store_true", help="fail where the service cannot be had")
    given = parser.parse_args(arguments)
    report, why = audited(given.lock, given.osv_url)
    if report is None:
        print(f"NOT AUDITED: {given.osv_url} could not be had ({why}). Run `make audit` where it can.", file=sys.stderr)
        return 2 if given.required else 0
    return told(report)


def audited(lock: Path, osv_url: str) -> tuple[list[dict[str, Any]] | None, str]:
    """pip-audit's row for each dependency; None where there is no report, and why."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", osv_url, "--timeout", str(TIMEOUT_S)]
    command += ["--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=IN_ALL_S)
    except subprocess.TimeoutExpired:
        return None, f"no report within {IN_ALL_S} s"
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None, (done.stderr.strip().splitlines() or ["no report"])[-1][:300]
    return (rows, "") if rows else (None, "the report names no dependency")


def told(report: list[dict[str, Any]]) -> int:
    """Say what was found; the exit code."""
    holes = [(row, hole) for row in report for hole in row.get("vulns", ())]
    unasked = [row for row in report if "skip_reason" in row]
    for row, hole in holes:
        fixed = ", ".join(hole.get("fix_versions", ())) or "no version yet"
        print(f"{row['name']} {row['version']}: {hole['id']}, mended in {fixed}", file=sys.stderr)
    for row in unasked:
        print(f"{row['name']}: not audited: {row['skip_reason']}", file=sys.stderr)
    print(f"{len(report) - len(unasked)} of {len(report)} dependencies audited, {len(holes)} known holes.")
    return 1 if holes or unasked else 0


if __name__ == "__main__":
    raise SystemExit(main())
