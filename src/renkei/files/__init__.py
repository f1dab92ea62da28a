"""Files: what people write becomes the model, or a list of problems; and the model becomes files again.

Only this package knows YAML.
"""

from __future__ import annotations

from renkei.files.cases import Reading, check_case, load_case, load_structure, read_case, read_structure
from renkei.files.changes import apply, diff, inverse
from renkei.files.writing import to_yaml
from renkei.files.yaml import block

__all__ = [
    "Reading",
    "apply",
    "block",
    "check_case",
    "diff",
    "inverse",
    "load_case",
    "load_structure",
    "read_case",
    "read_structure",
    "to_yaml",
]
