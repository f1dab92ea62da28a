"""A choice of the packaged alliance as choice.json has it, made by hand: small, with everything that the page shows."""

from __future__ import annotations

import json
from typing import Any

from renkei.files import load_case
from renkei.model.scenario import Case
from renkei.study.inspection import case_folder

STRUCTURES = ("joint-operations-command", "co-located", "four-star-in-japan", "usfj-upgraded")
SCENARIOS = ("daily", "missile-launch")
HOUR = 3600.0


def sample_case() -> Case:
    """The alliance, for its names and ranges."""
    return load_case(case_folder("alliance"))


def bounds(value: float, half: float) -> dict[str, float]:
    """A number with its interval."""
    return {"value": value, "low": value - half, "high": value + half}


def text(english: str, japanese: str) -> dict[str, str]:
    """A text in both languages."""
    return {"en": english, "ja": japanese}


def verdict(scenario: str, means_h: tuple[float, ...], tied: tuple[str, ...]) -> dict[str, Any]:
    """A verdict for the first structure."""
    return {
        "scenario": scenario,
        "measure": "median",
        "unit": "s",
        "best": STRUCTURES[0],
        "tied": list(tied),
        "tails": [
            {
                "structure": name,
                "runs": 220,
                "p50_s": bounds(mean * HOUR, HOUR),
                "p90_s": {"value": 2 * mean * HOUR, "low": mean * HOUR, "high": None},
                "p99_s": None,
                "missed": None if number else {"value": 0.02, "low": 0.01, "high": 0.05},
            }
            for number, (name, mean) in enumerate(zip(STRUCTURES, means_h, strict=True))
        ],
        "gap": bounds((means_h[1] - means_h[0]) * HOUR, HOUR),
        "zone": HOUR,
        "guaranteed": None if tied else 0.95,
        "futures": 220,
        "standings": [
            {
                "structure": name,
                "mean": bounds(mean * HOUR, HOUR),
                "behind_best": bounds((mean - means_h[0]) * HOUR, HOUR),
                "behind_chosen": bounds((mean - means_h[0]) * HOUR, 0 if mean == means_h[0] else HOUR),
                "correlation": 0.9,
                "variance_reduction": None if number == 0 else 4.0,
            }
            for number, (name, mean) in enumerate(zip(STRUCTURES, means_h, strict=True))
        ],
    }


def considered(scenario: str) -> dict[str, Any]:
    """What one verdict rests on."""
    bracket = {"cross_fitted": -HOUR, "naive": HOUR}
    flip = {"assumption": "liaison-settles", "value": 0.4, "low": 0.35, "high": None, "flips_above": True}
    box = {
        "limits": [
            {"assumption": "liaison-settles", "low": 0.3, "high": None},
            {"assumption": "battle-rhythm", "low": None, "high": 1.2e-5},
        ],
        "tested": {"density": 0.8, "density_low": 0.7, "density_high": 0.9, "coverage": 0.6},
        "shown": True,
    }
    worth = {"cross_fitted": HOUR / 2, "naive": HOUR}
    return {
        "scenario": scenario,
        "favourite": STRUCTURES[0],
        "rival": STRUCTURES[1],
        "unit": "s",
        "boxes": [box] if scenario == "daily" else [{**box, "shown": False}],
        "nearest": {"assumptions": {"liaison-settles": 0.45}} if scenario == "daily" else None,
        "knowing_all": worth,
        "knowing": {"liaison-settles": worth} if scenario == "daily" else {},
        "robustness": {
            "structures": list(STRUCTURES),
            "metrics": {"mean_regret": [{**bracket, "naive": HOUR * (number + 1)} for number in range(4)]},
            "best": {"mean_regret": STRUCTURES[0], "maximin": STRUCTURES[scenario == "daily"]},
        },
        "thresholds": [flip] if scenario == "daily" else [],
        "sensitivity": {
            "shares": {"liaison-settles": {"value": 0.2, "low": 0.1, "high": 0.3, "shown": True}},
            "chance": 0.6,
        },
    }


def probed(scenario: str) -> dict[str, Any]:
    """What runs of its own found."""
    names = ("liaison-settles", "battle-rhythm", "others", "chance")
    return {
        "scenario": scenario,
        "favourite": STRUCTURES[0],
        "rival": STRUCTURES[1],
        "unit": "s",
        "asked": [*names[:2]],
        "factors": [{"name": name, "total": 0.5 - 0.1 * n, "total_error": 0.05} for n, name in enumerate(names)],
        "thresholds": [
            {"assumption": "battle-rhythm", "value": 1.5e-5, "low": 1.4e-5, "high": 1.6e-5, "flips_above": False}
        ],
        "worst": {"assumptions": {"battle-rhythm": 1e-5}, "difference": bounds(2 * HOUR, HOUR)},
    }


def sample_choice() -> dict[str, Any]:
    """All of it."""
    case = sample_case()

    def names(of: Any, kept: tuple[str, ...]) -> dict[str, dict[str, str]]:
        return {name: text(of[name].name.en, of[name].name.ja) for name in kept}

    actors = [
        {
            "id": actor,
            "name": text(actor.title(), actor),
            "structures": list(STRUCTURES),
            "first": [0.6, 0.3, 0.1, 0.0],
            "veto": [STRUCTURES[2]] if actor == "congress" else [],
            "against": [STRUCTURES[2], STRUCTURES[3]],
            "unsure": [STRUCTURES[1]],
        }
        for actor in ("tokyo", "congress")
    ]
    limit = {"structure": STRUCTURES[3], "stakeholder": "", "name": text("Floor space", "床面積"), "share": 0.4}
    stakes = {
        "actors": actors,
        "all": [STRUCTURES[0]],
        "blocking": [{"structure": STRUCTURES[2], "coalitions": [["tokyo", "congress"], ["congress"]]}],
        "compensation": [{"structure": STRUCTURES[1], "actor": "tokyo", "change": text("Liaison", "連絡官")}],
        "beyond": [STRUCTURES[2]],
        "limits": [limit],
    }

    def spread(middle: float) -> dict[str, float]:
        return {"low": middle / 2, "median": middle, "high": 2 * middle}

    def stage(structure: str, when: str) -> dict[str, Any]:
        return {
            "structure": structure,
            "name": text("First phase", "第一段階"),
            "date": when,
            "changes": ["add headquarters jtf"],
            "once": spread(5e6),
            "yearly": spread(1e6),
            "takes": spread(1.5),
            "gain": bounds(0.05, 0.01),
            "moving": None,
            "regret": bounds(0.02, 0.01),
            "instead": STRUCTURES[2],
        }

    return {
        "renkei": "choice/1",
        "case": "alliance",
        "name": text("The alliance", "同盟"),
        "question": text("Which?", "どれか。"),
        "structures": names(case.structures, STRUCTURES),
        "scenarios": names(case.scenarios, SCENARIOS),
        "classes": {},
        "verdicts": [
            verdict("daily", (60.0, 65.0, 70.0, 90.0), ()),
            verdict("missile-launch", (5.0, 5.1, 5.2, 9.0), STRUCTURES[1:3]),
        ],
        "overall": None,
        "assumptions": [text("The model is taken as given.", "モデルは所与とする。")],
        "warnings": [text("a warning <that> needs & escaping", "注意<と>&")],
        "text": text("First.\nDaily: choose.\nLast.", "最初。\n日常: 選ぶ。\n最後。"),
        "analyses": {
            "considerations": {
                "scenarios": {name: considered(name) for name in SCENARIOS},
                "over_scenarios": {"structures": list(STRUCTURES), "first": [0.5, 0.3, 0.2, 0.0]},
            },
            "rare": {
                "daily": {
                    "structure": STRUCTURES[0],
                    "seen": 0,
                    "runs": 440,
                    "missed": {"value": 2e-5, "low": 1e-5, "high": 4e-5},
                }
            },
            "probes": {"missile-launch": probed("missile-launch")},
            "costs": [
                {"structure": name, "once": {"median": 1e8 * number}, "yearly": {"median": 1e7 * number}}
                for number, name in enumerate(STRUCTURES)
            ],
            "stakeholders": stakes,
            "roadmap": {
                "currency": "USD",
                "price_year": 2024,
                "roads": [
                    {
                        "path": "fleet-task-force-path",
                        "stages": [stage(STRUCTURES[1], "2026-10-01"), stage(STRUCTURES[2], "2029-10-01")],
                    }
                ],
                "first": {
                    "starts": {STRUCTURES[1]: 0, f"{STRUCTURES[2]} after {STRUCTURES[1]}": 3},
                    "spent": [2e8, 2e8, 5e7, 9e7],
                    "gain": [0.0, 0.0, 0.05, 0.07],
                    "budget": 2.3e8,
                },
                "triggers": [
                    {
                        "scenario": "daily",
                        "rival": STRUCTURES[1],
                        "assumption": "liaison-settles",
                        "above": True,
                        "value": 0.4,
                    }
                ],
            },
        },
    }


def as_read(choice: dict[str, Any]) -> dict[str, Any]:
    """Return it as it comes from a file."""
    found: dict[str, Any] = json.loads(json.dumps(choice))
    return found
