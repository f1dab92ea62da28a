from __future__ import annotations

from dataclasses import replace

from renkei.diagnostics import InputError, Problem, in_order

PROBLEM = Problem(
    rule="unknown-headquarters",
    severity="error",
    message="OPCON is given to `usjf`, which is not a headquarters",
    file="structures/usfj-upgraded.yaml",
    line=11,
    column=28,
    length=4,
    label="no headquarters has this id",
    help="use `usfj`, or add a headquarters `usjf`",
    text="  - {relate: OPCON, from: usjf, to: fleet7}",
)


def test_a_problem_says_what_where_and_what_to_do() -> None:
    problem = replace(PROBLEM, column=PROBLEM.text.index("usjf") + 1)
    assert problem.render() == (
        "error[unknown-headquarters]: OPCON is given to `usjf`, which is not a headquarters\n"
        "  --> structures/usfj-upgraded.yaml:11:27\n"
        "   |\n"
        "11 |   - {relate: OPCON, from: usjf, to: fleet7}\n"
        "   |                           ^^^^ no headquarters has this id\n"
        "help: use `usfj`, or add a headquarters `usjf`"
    )


def test_the_caret_stands_under_japanese_text() -> None:
    text = "name: {ja: 東京, en: x}"
    shown = replace(PROBLEM, text=text, column=text.index("x") + 1, length=1).render().splitlines()
    assert shown[4].index("^") == len("11 | name: {ja: ____, en: ")


def test_a_long_line_is_shown_around_the_place() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    shown = replace(PROBLEM, text=text, column=501).render().splitlines()
    assert len(shown[3]) < 200
    assert shown[3][shown[4].index("^") :].startswith("HERE")


def test_problems_come_in_order_and_once() -> None:
    later = replace(PROBLEM, line=12)
    other = replace(PROBLEM, file="assumptions.yaml")
    assert in_order([later, PROBLEM, other, PROBLEM]) == [other, PROBLEM, later]
    assert InputError([later, PROBLEM]).problems == [PROBLEM, later]
