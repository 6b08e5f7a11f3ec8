"""What mkdocs is told beside mkdocs.yml: the page of commands, and the gallery's pages, or how to make those."""

import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parent))
import commands
import gallery


def on_files(files: Files, *, config: Any) -> Files:
    """Add commands.md, gallery.md, and the reports and pictures that it shows."""
    files.append(File.generated(config, "commands.md", content=commands.text()))
    files.append(File.generated(config, "gallery.md", content=gallery.text()))
    for entry in gallery.ENTRIES:
        for suffix in (".html", ".png"):
            made = gallery.FOLDER / f"{entry.name}{suffix}"
            if not made.exists():
                raise PluginError(f"{made} is missing; make it with: python docs/site/gallery.py")
            files.append(File.generated(config, f"gallery/{made.name}", abs_src_path=str(made)))
    return files
