"""The table of mutants is true, and says how to see each of them again. That they are caught is shown beside."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.mutants_of_rules import RULES
from tests.simulation.mutants_of_sales import SALES
from tests.simulation.mutants_of_workers import WORKERS
from tests.simulation.mutating import ROOT


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=str)
def test_a_mutants_place_is_there_once(mutant):
    assert mutant.text.count(mutant.before) == 1
    assert mutant.after != mutant.before


def test_each_has_a_name_of_its_own():
    assert len(MUTANTS) == len(WORKERS) + len(RULES) + len(SALES)


def test_a_history_of_a_mutant_says_how_to_see_it_again():
    command = [sys.executable, "-m", "tests.simulation", "--mutant", "logs names", "0"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stderr
    assert "again: python -m tests.simulation --mutant 'logs names' 0" in told.stdout
