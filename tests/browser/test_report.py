"""The report in a real browser: Debian's Chromium, without network, with scripts off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from renkei.files import load_case
from renkei.report import write_report
from renkei.study import run_study
from renkei.study.inspection import case_folder
from renkei.study.pictures import pictures

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

MISPLACED = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const texts = [...svg.querySelectorAll("text")]
      .map(text => [text.textContent, text.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
    texts.forEach(([words, box], number) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
          box.bottom > frame.bottom + 1) found.push("clipped: " + words);
      for (const [others, other] of texts.slice(number + 1)) {
        const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (wide > 1.5 && high > 3.5) found.push("overlap: " + words + " | " + others);
      }
    });
  }
  return found;
}"""
"""A text box holds the letters' whole height, descenders and all, so a few pixels of overlap are air."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = load_case(case_folder("alliance"))
    result = run_study(case, structures=list(case.structures)[:4], futures=2, replications=1)
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(result.summary, case, path, pictures=pictures(case, result.summary))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, (
        "the tests of the report need a browser: install the system package `chromium` (apt-get install chromium)"
    )
    # Chromium's own sandbox needs rights that containers do not give; the page is ours.
    with sync_playwright() as driver, driver.chromium.launch(executable_path=found, args=["--no-sandbox"]) as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_clipped_or_overlaps(report: Path, browser: Any, language: str, width: int) -> None:
    """Without network and scripts: no error, no text outside its chart or on another, no page wider than the screen."""
    with browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=False, offline=True
    ) as context:
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        page.locator(f"label[for=in-{language}]").click()
        assert page.locator(f'main h2 [lang="{language}"]').first.is_visible()
        assert not page.locator(f'main h2 [lang="{"en" if language == "ja" else "ja"}"]').first.is_visible()
        assert page.evaluate(MISPLACED) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert said == []
        assert asked == [report.as_uri()]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_is_accessible(report: Path, browser: Any, language: str, width: int) -> None:
    """axe-core finds no violation of WCAG 2.2 AA."""
    from axe_playwright_python.sync_playwright import Axe

    with browser.new_context(viewport={"width": width, "height": 900}, offline=True) as context:
        page = context.new_page()
        page.goto(report.as_uri())
        page.locator(f"label[for=in-{language}]").click()
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = Axe().run(page, options={"runOnly": rules}).response
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
        assert len(found["passes"]) > 10
