"""The page of a choice: what it shows, in both languages, without scripts, the same bytes each time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.report.choice_sample import STRUCTURES, as_read, sample_case, sample_choice
from tests.report.sample import sample_case as studied_case
from tests.report.sample import sample_summary

from renkei.cli import main
from renkei.report import page, write_choice
from renkei.report.choice import CLOSING, OPENING, placed, section, slot
from renkei.report.choice import page as choice_page
from renkei.report.choice_charts import Axis, undominated
from renkei.study.inspection import new_case


def test_every_part_is_there_in_both_languages() -> None:
    drawn = section(as_read(sample_choice()), sample_case())
    for anchor in ("differences", "tails", "moves", "flips", "knowing", "regret", "front", "weights", "road", "holds"):
        assert f'id="choice-{anchor}"' in drawn
    for english, japanese in (
        ("The next is behind by", "次点との差"),
        ("Four-star commander in Japan", "在日四つ星司令官"),
        ("tie with", "互角"),
        ("not shown", "示されていない"),
        ("First phase", "第一段階"),
        ("refused", "拒否"),
        ("worse than the base", "基準より不利"),
        ("5 M + 1 M a year", "5 M + 1 M/年"),
        ("Tokyo with Congress", "tokyoとcongress"),
        ("nothing on offer", "提示された策では動かない"),
        ("Floor space: in 40 % of futures", "床面積: 未来の40 %で超過"),
        ("Within 230 M USD a year", "年230 M USD以内"),
        ("Watch, and switch", "注視し、切り替える"),
        ("root finding", "根の探索"),
        ("they disagree", "一致しない"),
        ("stars between counterparts jjoc (NINA (STK-001)", "相手方との星の差(jjoc) (NINA (STK-001)"),
        ("time Daily co-ordination", "時間(日常の運用調整)"),
        ("must consent", "同意が必要"),
        ("no difference shown", "差は示されず"),
        ("needs 299 runs; 220 here", "299件が必要(ここでは220件)"),
        ("2.5 d or more", "2.5日以上"),
        ("no deadline", "期限なし"),
        ("Rare misses", "まれな期限超過"),
        ("2e-05<small>1e-05 … 4e-05", "2e-05"),
        (
            "`liaison-settles` ≥ 0.3 and `battle-rhythm` ≤ 1.04/d",
            "`liaison-settles` ≥ 0.3かつ`battle-rhythm` ≤ 1.04/日",
        ),
        ("in 80 % of futures (70 % to 90 %", "未来の80 %(70 %~90 %"),
        ("The least change that flips it, by the same reading: `liaison-settles` 0.45", "覆す最小の変化"),
        ("30 min … 60 min", "30分 … 60分"),
        ("none is shown to be worth anything alone", "単独で価値が示されたものはない"),
    ):
        assert english in drawn, english
        assert japanese in drawn or english == "Four-star commander in Japan", japanese
    assert drawn.count('lang="en"') > 100
    assert "&lt;that&gt;" in drawn
    assert "<script" not in drawn
    assert "nan" not in re.findall(r"[a-z]+", drawn)


def test_a_tie_names_the_nearest_first() -> None:
    choice = sample_choice()
    choice["verdicts"][1]["tied"] = [STRUCTURES[3], STRUCTURES[2], STRUCTURES[1]]
    name = choice["structures"][STRUCTURES[1]]["en"]
    assert f"tie with {name} and 2 more" in section(as_read(choice), sample_case())


def test_a_tie_is_not_sure_of_its_first() -> None:
    """What is guaranteed is that a lead would be found; of a lead, that it is one."""
    found = as_read(sample_choice())
    for each in found["verdicts"]:
        each["guaranteed"] = 0.95
    assert {bool(each["tied"]) for each in found["verdicts"]} == {True, False}
    drawn = section(found, sample_case())
    ties = sum(bool(each["tied"]) for each in found["verdicts"])
    assert drawn.count("would be found (≥ 95 %)") == drawn.count("以上の差があれば見つかる(≥ 95 %)") == ties
    assert "≥ 95 %<small>" in drawn


def test_the_largest_share_of_noise_is_no_finding() -> None:
    """Of 150 idle assumptions one always looks as if it moved something: what is not beyond chance is not drawn."""
    choice = sample_choice()
    idle = {"value": 0.05, "low": -0.02, "high": 0.11, "shown": False}
    sensitivity = choice["analyses"]["considerations"]["scenarios"]["daily"]["sensitivity"]
    sensitivity["shares"] = {"move-cost": idle, **sensitivity["shares"]}
    drawn = section(as_read(choice), sample_case())
    assert "liaison-settles" in drawn
    assert ">move-cost</text>" not in drawn
    sensitivity["shares"] = {"move-cost": idle}
    drawn = section(as_read(choice), sample_case())
    assert "no assumption is shown to move it beyond chance" in drawn
    assert "偶然を超えて動かすと示された前提はない" in drawn
    assert "move-cost" not in drawn


def test_every_chart_has_its_numbers() -> None:
    drawn = section(as_read(sample_choice()), sample_case())
    assert drawn.count("<figure") == drawn.count("The numbers of this chart") == 8
    identities = re.findall(r'id="([^"]+)"', drawn)
    assert len(identities) == len(set(identities))


def test_what_is_not_known_is_left_out() -> None:
    """A choice that stopped as soon as it was certain has a verdict, and nothing about futures."""
    choice = sample_choice()
    choice["analyses"] = {}
    choice["overall"] = {**choice["verdicts"][0], "scenario": ""}
    drawn = section(as_read(choice), sample_case())
    assert 'id="choice-differences"' in drawn
    assert "Over all scenarios" in drawn
    for anchor in ("moves", "flips", "knowing", "regret", "front", "weights", "road"):
        assert f'id="choice-{anchor}"' not in drawn


def test_it_goes_into_the_report_of_a_study() -> None:
    """At its slot and nowhere else; put in twice it is there once; without a choice the slot is empty."""
    choice, case = as_read(sample_choice()), sample_case()
    plain = page(sample_summary(), studied_case())
    assert OPENING + CLOSING in plain
    report = placed(plain, choice, case)
    assert report is not None
    assert report == placed(report, choice, case)
    assert report.replace(slot(choice, case), OPENING + CLOSING) == plain
    assert report.index('id="choice"') < report.index('class="answer"')
    assert placed("<html></html>", choice, case) is None


def test_the_same_bytes(tmp_path: Path) -> None:
    choice, case = as_read(sample_choice()), sample_case()
    target = tmp_path / "report.html"
    write_choice(choice, case, target, language="ja")
    assert target.read_text(encoding="utf-8") == choice_page(choice, case, "ja") == choice_page(choice, case, "ja")
    assert target.stat().st_size < 3_000_000
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("low", "high", "unit"), [(0, 7, "s"), (-4000, 9000, "s"), (0, 0.3, "share"), (5e5, 6e5, "s")])
def test_axes_hold_what_they_show(low: float, high: float, unit: str) -> None:
    axis = Axis(low, high, unit)
    assert axis.marks[0] <= low
    assert axis.marks[-1] >= high
    assert 3 <= len(axis.marks) <= 9
    assert axis.begin <= axis.at(low) < axis.at(high) <= axis.end


def test_the_front_is_what_nobody_betters() -> None:
    assert undominated([(1, 3), (2, 2), (2, 3), (3, 1), (1, 3)]) == [True, True, False, True, True]


def test_choose_and_study_share_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In either order of the commands the same bytes; after a change of the case the verdict is not of it any more."""
    case = tmp_path / "case"
    new_case(case)
    study = ["study", str(case), "--futures", "4", "--replications", "1"]
    choose = ["choose", str(case), "--futures", "40", "--replications", "2"]
    one, two = tmp_path / "one", tmp_path / "two"
    for words in ([*study, "--out", str(one)], [*choose, "--out", str(one)]):
        assert main(words) == 0
    for words in ([*choose, "--out", str(two)], [*study, "--out", str(two)]):
        assert main(words) == 0
    report = (one / "report.html").read_bytes()
    assert report == (two / "report.html").read_bytes()
    assert b'id="choice"' in report
    assert b'id="table"' in report
    assert "report.html, choice.json" in capsys.readouterr().out

    plan = case / "study.yaml"
    plan.write_text(plan.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert main([*study, "--out", str(one)]) == 0
    assert b'id="choice"' not in (one / "report.html").read_bytes()
    assert main([*choose, "--out", str(one), "--no-report"]) == 0
    assert b'id="choice"' not in (one / "report.html").read_bytes()
    assert json.loads((one / "choice.json").read_text(encoding="utf-8"))["structures"]
