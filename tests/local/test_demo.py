"""The demo tells its story to whoever reads it, and its exit code tells the truth."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest

from local.demo.screen import WIDTH, Screen
from ops.package import ROOT

SCENES = 15


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestScreen:
    def test_a_check_that_does_not_hold_is_shown_and_decides_the_exit_code(self):
        out = io.StringIO()
        screen = Screen(out)
        screen.check(True, "the sun rises")
        screen.check(False, "pigs fly", found="pigs on the ground")
        assert screen.end() == 1
        assert "   ✓ the sun rises\n   ✗ pigs fly\n     found: pigs on the ground\n" in out.getvalue()
        assert "1 of 2 checks failed:\n     ✗ pigs fly" in out.getvalue()

    def test_nothing_failed(self):
        out = io.StringIO()
        screen = Screen(out)
        screen.check(True, "the sun rises")
        assert screen.end() == 0
        assert "All 1 checks held." in out.getvalue()

    @pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
    def test_a_terminal_gets_colours_unless_it_says_no(self, monkeypatch, no_color, coloured):
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setenv("TERM", "xterm")
        out = Terminal()
        Screen(out).title("A title")
        assert ("\x1b[" in out.getvalue()) is coloured

    def test_long_names_leave_the_columns_in_place(self):
        out = io.StringIO()
        Screen(out).pairs(("left", "", "right"), [("l" * 99, "in sync", "r" * 99)])
        assert max(map(len, out.getvalue().splitlines())) == WIDTH


@pytest.mark.slow
class TestDemo:
    def test_every_check_of_every_scene_holds(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        played = subprocess.run(
            [sys.executable, "-m", "local.demo"],
            cwd=ROOT, env=env, capture_output=True, timeout=180, encoding="utf-8", check=False,
        )  # fmt: skip
        story = played.stdout
        assert played.returncode == 0, story + played.stderr
        assert re.findall(r"^(\d+)\. ", story, re.MULTILINE) == [str(number) for number in range(1, SCENES + 1)]
        assert "✗" not in story
        assert f"All {story.count('✓') - 1} checks held." in story  # the opening lines name the mark once
        assert "\x1b" not in story
        assert max(map(len, story.splitlines())) <= WIDTH
        assert '"level"' not in story + played.stderr  # the log has a place of its own
        assert "build/demo.log" in story
