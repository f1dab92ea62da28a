"""Where in a file something is stated that only shows when the whole case is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from renkei.files.yaml import Node, Source, compose


def stated_at(folder: Path, file: str, *ways: Sequence[str]) -> Node:
    """Return the key at the end of the first way of keys that a file has; else the file's beginning.

    Parameters
    ----------
    folder
        The case's.
    file
        Path within the case, of a file that has been read without errors.
    ways
        Keys from the top of the file, the best place first.
    """
    source = Source(file)
    root, _ = compose((folder / file).read_bytes().decode("utf-8-sig"), source)
    for way in ways:
        node, found = root, None
        for key in way:
            found, node = node.pairs.get(key, (None, None)) if node is not None else (None, None)
            if found is None:
                break
        if found is not None:
            return found
    return Node(source, 1, 1, 6, "scalar")
