"""The report in a real browser: Debian's Chromium, without network, with scripts off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from renkei.files import load_case
from renkei.report import organisation, write_report
from renkei.study import run_study
from renkei.study.inspection import case_folder
from renkei.study.pictures import pictures
from report.test_pictures import many

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
    result = run_study(case, structures=list(case.plan.structures)[:4], futures=6, replications=1)
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


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_answer_stands_on_the_first_screen(report: Path, browser: Any, language: str) -> None:
    """At 1280 x 800 every scenario's row ends above the fold; at 390 x 844 at least two scenarios do."""
    for size, least in (((1280, 800), 6), ((390, 844), 2)):
        with browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=False, offline=True
        ) as context:
            page = context.new_page()
            page.goto(report.as_uri())
            page.locator(f"label[for=in-{language}]").click()
            ends = [row.bounding_box() for row in page.locator(".brief tbody tr").all()]
            assert len(ends) == 6
            assert sum(box["y"] + box["height"] <= size[1] for box in ends) >= least


@pytest.mark.parametrize("count", [60, 600])
@pytest.mark.parametrize("width", [1280, 390])
def test_large_organisations_stay_legible(browser: Any, tmp_path: Path, width: int, count: int) -> None:
    """All of 60 headquarters have a row, 600 are folded: in both letters of ten pixels and more, none on another."""
    structure = many(count)
    style = resources.files("renkei.report").joinpath("report.css").read_text(encoding="utf-8")
    figure = organisation.organisation_figure(structure, None, 0, set())
    page_file = tmp_path / "chart.html"
    page_file.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{style}[lang=ja]{{display:none}}</style><main>{figure}</main>',
        encoding="utf-8",
    )
    with browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(page_file.as_uri())
        assert page.evaluate(MISPLACED) == []
        heights = page.evaluate("""() => {
          const svg = document.querySelector("svg[role=img]");
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          const size = text => parseFloat(getComputedStyle(text).fontSize);
          return [...svg.querySelectorAll("text.name")].map(text => size(text) * scale);
        }""")
        rows = len(heights) // 2
        assert rows == 60 if count == 60 else 2 <= rows <= organisation.FOLD
        assert min(heights) >= 10
        assert ("below" in page.locator("svg[role=img]").inner_html()) == (count == 600)


def test_prints_whole(report: Path, browser: Any, tmp_path: Path) -> None:
    """On paper nothing is cut off at the right, no switch and no link is left, and the answer is told in full."""
    with browser.new_context(viewport={"width": 718, "height": 1000}, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(report.as_uri())
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
        assert page.evaluate(MISPLACED) == []
        assert not page.locator("nav").is_visible()
        assert not page.locator(".languages").is_visible()
        assert page.locator(".told p").last.is_visible()
        paper = page.pdf(prefer_css_page_size=True)
        assert 10 < paper.count(b"/Type /Page\n") < 60


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
