"""The page of a choice in a real browser, as the report of a study is tested."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.browser.test_report import browser, test_is_accessible, test_nothing_is_clipped_or_overlaps
from tests.report.choice_sample import as_read, sample_case, sample_choice

from renkei.report import write_choice

__all__ = ["browser", "test_is_accessible", "test_nothing_is_clipped_or_overlaps"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, in place of a study's report."""
    path = tmp_path_factory.mktemp("choice") / "report.html"
    write_choice(as_read(sample_choice()), sample_case(), path)
    return path
