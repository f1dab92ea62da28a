"""A little case of two headquarters, written as files, read by the ordinary reader and run once by the twin.

Everything in it takes a fixed time, so that how long a decision takes can be worked out by hand.
"""

from __future__ import annotations

from pathlib import Path

from renkei.files import load_case
from renkei.model.scenario import Case
from renkei.sim import twin
from renkei.sim.compiler import compile_program
from renkei.sim.program import DECISION_COLUMNS, RunOutput
from renkei.study import tracing

MINUTE = 60_000_000

PROCESS = """
      - {draft: origin, work: 30 min}
      - {decide: authority, work: 20 min}
      - {order: executors, work: 5 min}
"""
DESKS = "{ops: {hours: watch, strength: 1}, commander: {hours: watch, strength: 1}}"
FILES = {
    "study.yaml": "renkei: study/1\nname: t\nbase: s\nfutures: 1\nreplications: 1\n",
    "assumptions.yaml": "renkei: assumptions/1\n",
    "doctrine.yaml": """renkei: doctrine/1
name: d
classes:
  c:
    name: c
    deadline: 1 d
    executors: [b]
    process:PROCESS
""",
    "scenarios/x.yaml": """renkei: scenario/1
name: x
start: 2024-06-03T00:00
zone: UTC
length: 10 d
warm_up: 0 d
headline: c
DISRUPTIONS
demands:
  q: {class: c, at: a.ops, pattern: list, moments: [1 h]}
""",
    "structures/s.yaml": """renkei: structure/1
name: s
places:
  p: {name: P, at: [0, 0], zone: UTC}
  r: {name: R, at: [0, 0], zone: UTC}
headquarters:
  a: {name: A, nation: US, place: p, desks: A_DESKS}
  b: {name: B, nation: US, place: r, desks: B_DESKS}
PERSONS
relations: [{relate: OPCON, from: a, to: b}]
authorities:
  au: {class: c, nation: US, holder: a.commanderAUTHORITY}
channels:
  m: {between: [any, any], kind: message, delay: 10 min}
CHANNELS
""",
}


def write_case(folder: Path, **words: str) -> Path:
    """Write the case, with other words in the places of those in capitals."""
    own = {"process": PROCESS, "a_desks": DESKS, "b_desks": "{ops: {hours: watch, strength: 1}}"}
    own |= dict.fromkeys(("disruptions", "persons", "authority", "channels"), "")
    for name, text in FILES.items():
        for word, value in (own | {key: value for key, value in words.items() if key in own}).items():
            text = text.replace(word.upper(), value)
        for before, after in (pair.split(" => ") for key, pair in words.items() if key not in own):
            text = text.replace(before, after)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run_of(folder: Path, **words: str) -> tuple[Case, RunOutput]:
    """Return the case, and its one run by the twin."""
    case = load_case(write_case(folder, **words))
    program = compile_program(case.structures["s"], case.doctrine, case.scenarios["x"], case.assumptions)
    return case, twin.run(program.fixed, program.bind({}), program.source_keys(1, 0, 0), trace=True)


def minutes(folder: Path, **words: str) -> float:
    """Return how many minutes the one decision takes."""
    _, output = run_of(folder, **words)
    row = dict(zip(DECISION_COLUMNS, output.decisions[0].tolist(), strict=True))
    assert row["ended"] >= 0, "the decision has not ended"
    taken: float = (row["ended"] - row["raised"]) / MINUTE
    return taken


def path_of(folder: Path, **words: str) -> tracing.Path:
    """Return the one decision's path as ``renkei trace`` would show it, from the twin's records."""
    case, output = run_of(folder, **words)
    structure, scenario = case.structures["s"], case.scenarios["x"]
    program = compile_program(structure, case.doctrine, scenario, case.assumptions)
    return tracing.assemble(case, structure, scenario, program, output, 0, {}, (1, 0, 0))
