"""`python -m tests.upgrades.keep`: keep what this version stores, sends and takes as settings, for all later ones."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.upgrades import kept, playing, specimens

EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHOLE = re.compile(r"^(contacts|products|invoices):", re.MULTILINE)


def main() -> None:
    version = kept.present()
    folder = kept.FORMATS / version
    (folder / "settings").mkdir(parents=True, exist_ok=True)
    (folder / kept.SPECIMENS).write_text(specimen_text(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        played = playing.play(kept.numbered(version), Path(scratch))
    for name, text in {**guides(), **played.pop("settings")}.items():
        (folder / "settings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / kept.PLAYED).write_text(kept.dumped(played), encoding="utf-8")
    print(f"{folder.relative_to(kept.ROOT)}: {len(played['items'])} items, {len(played['messages'])} messages")  # noqa: T201


def specimen_text() -> str:
    return kept.dumped({"items": specimens.items(), "messages": specimens.messages()})


def guides() -> dict[str, str]:
    """The settings files that the guides of this version show, by guide and number."""
    pages = [kept.ROOT / "README.md", *sorted((kept.ROOT / "docs").glob("*.md"))]
    return {
        f"{page.stem.lower()}-{number}": text
        for page in pages
        for number, text in enumerate(EXAMPLE.findall(page.read_text(encoding="utf-8")), start=1)
        if WHOLE.search(text)
    }


if __name__ == "__main__":
    main()
