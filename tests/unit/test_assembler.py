"""What a process becomes in a structure: who works on the paper, in which order, and how long it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renkei.model.doctrine import Returns, Step
from renkei.model.quantity import Text
from renkei.model.scenario import Disruption
from renkei.model.structure import Channel, Conversion, Desk, Duty, Hours, Limit, Person, Structure, Timeout, Window
from renkei.sim.compiler import CompileError
from renkei.sim.program import Outcome, Trace
from unit.worlds import holds, hours_taken, hq, knows, opcon, program, q, run, structure, takes, worked_at

DRAFT = Step("draft", "draft", ("origin",), work=takes(1))
DECIDE = Step("decide", "decide", ("authority",), work=takes(1))


def test_authority_rises_along_opcon_to_the_first_that_holds_it() -> None:
    """Of two holders the nearer one decides, and who is between only passes if the process says `staff`."""
    of = structure(
        hq("low"),
        hq("middle"),
        hq("high"),
        relations=(opcon("middle", "low"), opcon("high", "middle")),
        authorities={"h": holds("h", "high.commander"), "m": holds("m", "middle.commander")},
    )

    made = program(of, DRAFT, DECIDE, at="low.ops")

    assert worked_at(made, run(made)) == ["low.ops", "middle.commander"]


def test_staff_is_reviewed_by_everyone_below_the_authority() -> None:
    """Three levels up: the two between review, the fourth decides; three channels of an hour and five hours of work."""
    of = structure(
        hq("a"), hq("b"), hq("c"), hq("d"),
        relations=(opcon("b", "a"), opcon("c", "b"), opcon("d", "c")),
        authorities={"d": holds("d", "d.commander")},
    )  # fmt: skip
    staff = Step("staff", "staff", ("authority",), work=takes(1))

    made = program(of, DRAFT, staff, DECIDE, at="a.ops")
    output = run(made)

    assert worked_at(made, output) == ["a.ops", "b.ops", "c.ops", "d.commander"]
    assert hours_taken(output) == [4 + 3]


def test_a_decision_above_the_limit_goes_to_the_next_holder() -> None:
    """A holder of up to 500 people decides on 100 and passes on 900."""
    of = structure(
        hq("low"),
        hq("high"),
        relations=(opcon("high", "low"),),
        authorities={
            "l": holds("l", "low.commander", limit=Limit("people", q(500))),
            "h": holds("h", "high.commander"),
        },
    )

    for people, decides in ((100.0, "low.commander"), (900.0, "high.commander")):
        made = program(of, DRAFT, DECIDE, at="low.ops", attributes={"people": takes(people / 3600)})
        assert worked_at(made, run(made))[-1] == decides


def test_a_delegation_holds_in_its_posture_only() -> None:
    """What is delegated in crisis is decided low in crisis and high in the steady posture."""
    of = structure(
        hq("low"),
        hq("high"),
        relations=(opcon("high", "low"),),
        authorities={"c": holds("c", "low.commander", posture="crisis"), "h": holds("h", "high.commander")},
    )

    for posture, decides in (("steady", "high.commander"), ("crisis", "low.commander")):
        made = program(of, DRAFT, DECIDE, at="low.ops", posture=posture)
        assert worked_at(made, run(made))[-1] == decides


def test_who_commands_the_executors_must_concur() -> None:
    """The joint headquarters does not command the fleet's ships: the fleet concurs before it decides."""
    of = structure(
        hq("joint"),
        hq("fleet", service="navy"),
        hq("ships", service="navy"),
        relations=(opcon("fleet", "ships"),),
        authorities={"j": holds("j", "joint.commander")},
    )

    made = program(of, DRAFT, DECIDE, at="joint.ops", executors=("ships",))
    output = run(made)

    assert worked_at(made, output) == ["joint.ops", "fleet.ops", "joint.commander"]
    concurrence = output.decisions[0][12]
    assert concurrence == 3 * 3.6e9  # there, an hour's work, and back

    commanded = structure(
        hq("joint"), hq("fleet", service="navy"), hq("ships", service="navy"),
        relations=(opcon("fleet", "ships"), opcon("joint", "fleet")),
        authorities={"j": holds("j", "joint.commander")},
    )  # fmt: skip
    made = program(commanded, DRAFT, DECIDE, at="joint.ops", executors=("ships",))
    assert worked_at(made, run(made)) == ["joint.ops", "joint.commander"]


def test_a_demand_with_its_own_executors_asks_only_who_commands_those() -> None:
    """A matter of the air needs no concurrence of the fleet, though the class is carried out by both."""
    of = structure(
        hq("joint"), hq("fleet", service="navy"), hq("ships", service="navy"), hq("wing", service="air"),
        relations=(opcon("fleet", "ships"), opcon("joint", "wing")),
        authorities={"j": holds("j", "joint.commander")},
    )  # fmt: skip

    for executors, worked in (
        ((), ["joint.ops", "fleet.ops", "joint.commander"]),
        (("wing",), ["joint.ops", "joint.commander"]),
    ):
        made = program(of, DRAFT, DECIDE, at="joint.ops", executors=("ships", "wing"), own_executors=executors)
        assert worked_at(made, run(made)) == worked


def test_a_posture_like_another_has_its_authorities_unless_it_has_its_own() -> None:
    """A rung of a ladder: what is delegated in crisis holds on it, and what is delegated on it goes before."""
    of = structure(
        hq("low"), hq("middle"), hq("high"),
        relations=(opcon("high", "middle"), opcon("middle", "low")),
        authorities={
            "h": holds("h", "high.commander"),
            "c": holds("c", "middle.commander", posture="crisis"),
            "r": holds("r", "low.commander", posture="recognised"),
        },
    )  # fmt: skip
    postures = (("steady", q(0)), ("crisis", q(0)), ("mourning", q(0)), ("recognised", q(0)))
    like = {"mourning": "crisis", "recognised": "crisis"}

    for posture, decides in (("crisis", "middle"), ("mourning", "middle"), ("recognised", "low"), ("steady", "high")):
        made = program(of, DRAFT, DECIDE, at="low.ops", posture=posture, postures=postures, like=like)
        assert worked_at(made, run(made))[-1] == f"{decides}.commander"


def test_liaison_officers_who_have_gone_home_settle_nothing() -> None:
    """By day the matter is settled with them; at night it goes to those for whom they answer, at once."""
    day = Hours(windows=(Window((0, 1, 2, 3, 4), 540, 1020, "worked"),))
    liaison = Desk("liaison-away", Text("liaison"), (Duty(day, q(1)),), represents="away", settles=q(1.0))
    home = hq("home")
    home = replace(home, desks={**home.desks, "liaison-away": liaison})
    of = structure(home, hq("away"), authorities={"h": holds("h", "home.commander")})
    meet = Step("settle", "agree", ("here", "away"), length=takes(1.0))

    for hour, where in ((2.0, "home.liaison-away"), (14.0, "away.ops")):  # 11:00 and 23:00 in Tokyo
        made = program(of, DRAFT, meet, at="home.ops", moments_h=(hour,))
        output = run(made)
        (place,) = {made.steps[row[4]].place for row in output.trace if row[0] == Trace.MEETING_STARTS}
        assert place == f"home.ops {where}"
        assert hours_taken(output)[0] < 4


def test_an_order_parts_where_the_chain_of_command_parts() -> None:
    """Two executors under one component: the component writes one order, both executors get it at once."""
    of = structure(
        hq("top"), hq("component"), hq("one"), hq("two"),
        relations=(opcon("top", "component"), opcon("component", "one"), opcon("component", "two")),
    )  # fmt: skip
    order = Step("order", "order", ("executors",), work=takes(1))

    made = program(of, DRAFT, order, at="top.ops", executors=("one", "two"))
    output = run(made)

    assert worked_at(made, output) == ["top.ops", "component.ops", "one.ops", "two.ops"]
    assert hours_taken(output) == [1 + 2 * (1 + 1)]


def test_a_returned_paper_is_at_the_drafters_desk_again_and_its_second_pass_is_rework() -> None:
    """Returned once for certain: one channel back, then the draft's work, the channel and the approver's work again."""
    of = structure(hq("low"), hq("high"), relations=(opcon("high", "low"),), authorities={"h": holds("h", "high.ops")})
    receive = Step("receive", "draft", ("low",), work=takes(1))
    decide = Step("decide", "decide", ("authority",), work=takes(1), returns=Returns(q(1.0), at_most=1))

    made = program(of, receive, decide, at="high.ops")
    output = run(made)

    assert worked_at(made, output) == ["low.ops", "high.ops", "low.ops", "high.ops"]
    assert hours_taken(output) == [4 + 4]
    assert output.decisions[0][13] == 4 * 3.6e9
    assert output.decisions[0][16] == 1


def test_a_counterpart_is_the_one_that_the_paper_came_from() -> None:
    """Where a headquarters has two counterparts, its answer goes to the one that asked."""
    pairs = knows("other", "us") | knows("jp", "us")
    of = structure(hq("us"), hq("jp", "JP"), hq("other", "JP"), counterparts=pairs)
    there = Step("there", "draft", ("counterpart",), work=takes(1))
    back = Step("back", "draft", ("counterpart",), work=takes(1))

    made = program(of, DRAFT, there, back, at="jp.ops")

    assert worked_at(made, run(made)) == ["jp.ops", "us.ops", "jp.ops"]


@pytest.mark.parametrize(
    ("then", "desks", "outcome"),
    [
        ("consent", ["a.ops"], Outcome.DONE),
        ("fail", ["a.ops"], Outcome.FAILED),
        ("delegate", ["a.ops", "b.ops"], Outcome.DONE),
        ("escalate", ["a.ops", "c.commander"], Outcome.DONE),
    ],
)
def test_silence_means_what_the_file_says(then: str, desks: list[str], outcome: int) -> None:
    """A commander who needs 100 hours does not answer within 10."""
    of = structure(hq("a"), hq("b"), hq("c"), relations=(opcon("b", "a"), opcon("c", "b")))
    silent = Step("decide", "decide", ("b.commander",), work=takes(100), timeout=Timeout(q(36000), then, "b.ops"))  # type: ignore[arg-type]

    made = program(of, DRAFT, silent, at="a.ops")
    output = run(made)

    assert worked_at(made, output) == desks
    assert output.decisions[0][6] == outcome


def test_a_successor_takes_over_when_a_desk_is_lost() -> None:
    """The operations desk is lost before the paper comes: its successor works on it."""
    low, high = hq("low"), hq("high")
    ops = low.desks["ops"]
    from dataclasses import replace

    low = replace(low, desks={**low.desks, "ops": replace(ops, successor="high.ops")})
    of = structure(low, high)

    made = program(of, DRAFT, at="low.ops", disruptions=(Disruption("d", "out", "low.ops", 0.0),))

    assert worked_at(made, run(made)) == ["high.ops"]


def test_one_person_with_two_hats_does_one_thing_at_a_time() -> None:
    """Two papers at two desks of the same commander: the second waits for the first."""
    of = structure(
        hq("a"),
        hq("b"),
        persons={"x": Person("x", hq("a").name, ("a.commander", "b.commander"))},
    )
    one = Step("one", "decide", ("a.commander",), work=takes(5))
    made = program(of, one, at="a.ops", moments_h=(1.0, 1.0))
    assert sorted(hours_taken(run(made))) == [5, 10]
    assert ("a.commander", "b.commander") in made.stations


def test_what_is_missing_is_named() -> None:
    """No holder, no channel, no counterpart: each is an error with a remedy."""
    lonely = structure(hq("a"), hq("b"), channels={})

    with pytest.raises(CompileError, match="nobody in US holds the authority"):
        program(lonely, DRAFT, DECIDE, at="a.ops")
    with pytest.raises(CompileError, match="no channel carries messages"):
        program(lonely, DRAFT, Step("go", "draft", ("b",)), at="a.ops")
    with pytest.raises(CompileError, match="has no counterpart"):
        program(lonely, DRAFT, Step("go", "draft", ("counterpart",)), at="a.ops")


def meeting(*channels: Channel) -> Structure:
    """Return two headquarters that can talk over some channels, the first best."""
    return structure(
        hq("a"), hq("b", nation="JP"), counterparts=knows("a", "b"),
        channels={channel.id: channel for channel in channels},
    )  # fmt: skip


def over(name: str, set_up_h: float, factor: float | None = None) -> Channel:
    """Return a channel for meetings."""
    conversions = () if factor is None else (Conversion("interpretation", factor=q(factor)),)
    return Channel(name, Text(name), "video", ("any", "any"), takes(set_up_h), conversions)


AGREE = Step("agree", "agree", ("origin", "counterpart"), length=takes(2))


@pytest.mark.parametrize(
    ("channels", "expected_h"),
    [
        ((over("video", 0.0),), 2.0),
        ((over("video", 5.0),), 7.0),
        ((over("video", 5.0), over("telephone", 1.0)), 3.0),  # the video is not ready yet
        ((over("video", 0.0, 3.0), over("telephone", 0.0)), 6.0),  # the first that will do is used
        ((over("video", 4.0), over("telephone", 1.0, 2.0)), 5.0),  # its own interpreter, not another channel's
    ],
    ids=["at once", "set up first", "the other is ready", "interpreter", "the other's interpreter"],
)
def test_a_meeting_waits_for_its_channel_and_takes_its_interpreter(
    channels: tuple[Channel, ...], expected_h: float
) -> None:
    """Set-up passes before the meeting, and holds nobody; the length is that of the channel that is used."""
    made = program(meeting(*channels), AGREE, at="a.ops")
    output = run(made)
    assert hours_taken(output) == [expected_h]
    channel_time, work = output.decisions[0][10], output.decisions[0][7]
    assert (channel_time + work) / 3.6e9 == expected_h
    for row in output.desks[:, 2]:
        assert row in (0, work)
