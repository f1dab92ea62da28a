"""A made-up study for tests of what is shown: every table and chart has something to show, in both languages."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime

from renkei.model.doctrine import DecisionClass, Doctrine
from renkei.model.quantity import Assumption, Assumptions, Text
from renkei.model.results import (
    Brief,
    BriefRow,
    Cell,
    Comparison,
    CostItem,
    DeskLoad,
    Estimate,
    Overload,
    Spread,
    StructureCost,
    Summary,
    Weight,
)
from renkei.model.scenario import Case, Scenario, StudyPlan
from renkei.model.structure import Structure

CAUSES = ("work", "queue", "off_duty", "channel", "meeting", "concurrence", "rework")

STRUCTURES = {
    "existing": Text("Today: US Forces Japan and Hawaii", "現状:在日米軍とハワイ"),
    "joint-operations-command": Text("Japan has a Joint Operations Command", "統合作戦司令部を設置"),
    "fleet-task-force-commuting": Text(
        "Task force of the Pacific Fleet; commander commutes", "太平洋艦隊の統合任務部隊(司令官は往復)"
    ),
    "fleet-task-force-moved": Text(
        "Task force of the Pacific Fleet, moved to Japan", "太平洋艦隊の統合任務部隊(日本へ移転)"
    ),
    "usfj-upgraded": Text("US Forces Japan with operational authority", "在日米軍の権限強化"),
    "four-star-in-japan": Text("A US four-star commander in Japan", "日本に米軍の大将を配置"),
    "co-located": Text("Co-located commands", "司令部の併置"),
}
SCENARIOS = {
    "daily": Text("Daily work", "平時の業務"),
    "planning": Text("Planning together", "共同計画の策定"),
    "missile-launch": Text("Missile launch", "ミサイル発射"),
    "tohoku-2011": Text("The 2011 earthquake", "東日本大震災"),
}
CLASSES = {
    "daily": ("coordination", Text("co-ordination request", "調整要請"), 24 * 3600.0, 7 * 3600.0, 0.9),
    "planning": ("combined-plan", Text("combined plan", "共同計画"), 14 * 86400.0, 9 * 86400.0, 0.5),
    "missile-launch": ("joint-response", Text("joint response", "共同対応"), 3600.0, 41 * 60.0, 0.35),
    "tohoku-2011": ("relief-request", Text("relief request", "救援要請"), 24 * 3600.0, 15 * 3600.0, 0.8),
}
SPEED = (1.6, 1.0, 0.86, 0.62, 0.71, 0.58, 0.47)
EDGES = tuple(10 ** (k / 10) for k in range(10, 76))


def _estimate(value: float, spread: float, *, over: bool = False) -> Estimate:
    return Estimate(value, value * (1 - spread), value * (1 + spread), abs(value) * spread / 9, over)


def _cell(structure: str, scenario: str, speed: float, chance: random.Random) -> Cell:
    decision_class, _, deadline_s, median_s, sigma = CLASSES[scenario]
    times = sorted(median_s * speed * math.exp(sigma * chance.gauss(0, 1)) for _ in range(2000))
    counts = [0] * (len(EDGES) - 1)
    for time in times:
        counts[max(0, min(len(counts) - 1, int(10 * math.log10(time)) - 10))] += 1
    weights = [chance.random() ** 2 * factor for factor in (1.0, 0.5, 3.0 * speed, 0.6, 1.2, 1.5 * speed, 0.3)]
    mean = sum(times) / len(times)
    overloads = (
        (Overload("usfj.ops", 1.046, True, 0.93),) if (structure, scenario) == ("existing", "tohoku-2011") else ()
    )
    within = sum(time <= deadline_s for time in times) / len(times)
    return Cell(
        structure=structure,
        scenario=scenario,
        decision_class=decision_class,
        headline=True,
        futures=100,
        replications=2,
        raised=2010,
        ended=2000,
        open=10,
        refused=14,
        failed=3,
        deadline_s=deadline_s,
        mean_s=_estimate(mean, 0.07),
        median_s=_estimate(times[1000], 0.06),
        p90_s=_estimate(times[1800], 0.09),
        p99_s=_estimate(times[1980], 0.2, over=scenario == "planning"),
        within_deadline=Estimate(within, max(0.0, within - 0.03), min(1.0, within + 0.03), 0.004),
        causes_s={
            cause: _estimate(mean * weight / sum(weights), 0.1) for cause, weight in zip(CAUSES, weights, strict=True)
        },
        hand_offs=7.2 * speed,
        crossings=2.5,
        returns=0.3,
        marks_s={"first-common-answer": _estimate(times[1000] * 0.6, 0.1)},
        histogram=tuple((EDGES[k], EDGES[k + 1], count) for k, count in enumerate(counts) if count),
        overloads=overloads,
    )


def sample_summary(structures: int = 7, scenarios: int = 4) -> Summary:
    """Return a summary with so many structures and scenarios; the same numbers each time."""
    chance = random.Random(20240601)
    ids, stages = list(STRUCTURES)[:structures], list(SCENARIOS)[:scenarios]
    base = ids[min(1, len(ids) - 1)]
    cells = {(i, s): _cell(i, s, SPEED[k], chance) for k, i in enumerate(ids) for s in stages}
    comparisons = []
    for i in ids:
        for s in stages:
            if i == base:
                continue
            difference = cells[i, s].median_s.value - cells[base, s].median_s.value
            half = 0.12 * cells[base, s].median_s.value
            comparisons.append(
                Comparison(
                    i,
                    base,
                    s,
                    Estimate(difference, difference - half, difference + half, half / 9),
                    None,
                    not difference - half <= 0 <= difference + half,
                    0.71,
                    "off_duty",
                    difference * 0.6,
                )
            )
    desks = (
        "indopacom.ops",
        "usfj.ops",
        "jso.plans",
        "mod.ops",
        "pacflt.ops",
        "embassy.ops",
        "usfj.commander",
        "gsdf.ops",
    )
    loads = {
        i: {
            s: tuple(
                DeskLoad(desk, 0.93 * 0.72**k * (0.8 + 0.4 * chance.random()), 2.0 / (k + 1), 5400.0, 812.0)
                for k, desk in enumerate(chance.sample(desks, 7))
            )
            for s in stages
        }
        for i in ids
    }
    return Summary(
        case="alliance",
        name=Text("The alliance of the United States and Japan", "日米同盟"),
        question=Text(
            "Which arrangement of command lets the two allies decide soonest, by how much, and why?",
            "どの指揮体制なら日米は最も早く決定できるか。その差はどれほどで、なぜか。",
        ),
        base=base,
        seed=1,
        futures=100,
        replications=2,
        structures={i: STRUCTURES[i] for i in ids},
        scenarios={s: SCENARIOS[s] for s in stages},
        classes={CLASSES[s][0]: CLASSES[s][1] for s in stages},
        cells=tuple(cells.values()),
        comparisons=tuple(comparisons),
        loads=loads,
        warnings=(
            Text(
                "planning: decisions that were still open at the end (`existing` 2 %) count as longer than any",
                "planning:終了時に未決だった決定(`existing` 2 %)は、どの決定よりも長いと数える",
            ),
        ),
        answer=Text(
            "Co-located commands decide soonest in three of four scenarios: a relief request takes 7.1 h (6.6 "
            "to 7.5) instead of "
            "15 h (14 to 16), mostly because fewer hours are lost while the other side is off duty. For "
            "combined plans the "
            "difference to the four-star command in Japan is not shown.",
            "司令部の併置が四つのうち三つのシナリオで最も早い。"
            "救援要請の決定は15時間(14～16時間)から7.1時間(6.6～7.5時間)に縮まる。"
            "主な理由は、相手側の勤務時間外に失われる時間が減ることである。共同計画では、"
            "大将配置との差は示されていない。",
        ),
        brief=_brief(ids, stages, base),
        costs=tuple(_cost(i) for i in ids),
        weights=(
            Weight("return-chance", "gain", ids[-1], stages[0], -0.62, -0.73, -0.48, True),
            Weight("relief-rate", "gain", ids[-1], stages[0], 0.11, -0.09, 0.3, False),
            Weight("return-chance", "time", base, stages[0], 0.71, 0.6, 0.8, True),
            Weight("usfj-watch", "time", base, stages[0], -0.55, -0.68, -0.4, True),
            Weight("relief-validation", "time", base, stages[0], 0.2, 0.0, 0.38, False),
        ),
    )


def _brief(ids: list[str], stages: list[str], base: str) -> Brief:
    """Return the answer in brief: in the third scenario nothing is shown."""
    if len(ids) == 1:
        return Brief(Text(""), Text("All of it is made up.", "すべて架空。"), ())
    best = next(each for each in reversed(ids) if each != base)
    rows = tuple(
        BriefRow(s, CLASSES[s][0], "" if s == "missile-launch" else best, best, (), 0.98, 540.0) for s in stages
    )
    return Brief(Text("One is soonest.", "最も早い。"), Text("All of it is made up.", "すべて架空。"), rows)


def _cost(structure: str) -> StructureCost:
    once, yearly = Spread(6e8, 9e8, 1.2e9), Spread(2e7, 3e7, 4.5e7)
    nothing = Spread(0.0, 0.0, 0.0)
    if structure == "existing":
        return StructureCost(structure, "USD", 2024, nothing, nothing, (), {}, {})
    items = (
        CostItem(Text("Building", "庁舎"), once, None, "US", "move usfj", "", "JPY", 2016, "MOFA11", True),
        CostItem(Text("Posts", "定員"), None, yearly, "US", "move usfj", "", "USD", 2012, "JTFAK", False),
    )
    return StructureCost(structure, "USD", 2024, once, yearly, items, {"US": once}, {"US": yearly})


def sample_case(structures: int = 7, scenarios: int = 4) -> Case:
    """Return a case to go with :func:`sample_summary`: assumptions and names, and no process."""
    assumptions = (
        Assumption(
            "relief-validation",
            7200.0,
            28_800.0,
            129_600.0,
            "h",
            "duration",
            "ASM",
            "low",
            True,
            Text("Time to validate a request for relief", "救援要請の確認に要する時間"),
        ),
        Assumption(
            "relief-rate",
            4 / 86400,
            12 / 86400,
            30 / 86400,
            "/d",
            "rate",
            "MOFA11",
            "medium",
            False,
            Text("Requests a day after the earthquake <1st week>", "震災後の一日当たりの要請数"),
        ),
        Assumption(
            "usfj-watch",
            4,
            5,
            6,
            "people",
            "people",
            "JTFAK",
            "medium",
            False,
            Text("People on watch at US Forces Japan", "在日米軍の当直人数"),
        ),
        Assumption(
            "return-chance", 0.05, 0.1, 0.3, "", "share", "ASM", "low", True, Text("Chance that a paper is returned")
        ),
    )
    stages = list(SCENARIOS)[:scenarios]
    ids = list(STRUCTURES)[:structures]
    classes = {CLASSES[s][0]: DecisionClass(CLASSES[s][0], CLASSES[s][1], ()) for s in stages}
    return Case(
        id="alliance",
        plan=StudyPlan(
            Text("The alliance of the United States and Japan", "日米同盟"),
            Text("Which?", "どれか"),
            ids[min(1, len(ids) - 1)],
            tuple(ids),
            tuple(stages),
        ),
        assumptions=Assumptions(
            {assumption.id: assumption for assumption in assumptions},
            {
                "ASM": "Modelling assumption",
                "MOFA11": "Ministry of Foreign Affairs, 2011, https://example.org/mofa",
                "JTFAK": "JTF annex K",
            },
        ),
        doctrine=Doctrine(Text("US doctrine"), classes=classes),
        structures={i: Structure(i, STRUCTURES[i]) for i in ids},
        scenarios={
            s: Scenario(s, SCENARIOS[s], datetime(2024, 6, 3, tzinfo=UTC), "Asia/Tokyo", 30 * 86400.0, CLASSES[s][0])
            for s in stages
        },
    )
