"""The models in salabim, with processes as generators."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from typing import Any

import numbers_of_models as numbers
import salabim

Way = Generator[Any, Any, None]

salabim.yieldless(False)


class Office:
    """What came of the jobs, by class, and their chance."""

    def __init__(self, seed: int, classes: int = 1) -> None:
        self.env = salabim.Environment(trace=False, random_seed=seed)
        self.chance = random.Random(seed)
        self.total = [0.0] * classes
        self.done = [0] * classes

    def desk(self, people: int, interrupts: bool = False) -> Any:
        return salabim.Resource(capacity=people, preemptive=interrupts, monitor=False, env=self.env)

    def leave(self, came: float, number: int = 0) -> None:
        self.total[number] += self.env.now() - came
        self.done[number] += 1


class Paper(salabim.Component):
    """A job: what it does is told when it is made."""

    def setup(self, way: Callable[[Any], Way]) -> None:
        self.way = way

    def process(self) -> Way:
        yield from self.way(self)


class Demand(salabim.Component):
    """A source of jobs."""

    def setup(self, office: Office, rate: float, jobs: int, way: Callable[[Any], Way]) -> None:
        self.office, self.rate, self.jobs, self.way = office, rate, jobs, way

    def process(self) -> Way:
        for _ in range(self.jobs):
            yield self.hold(self.office.chance.expovariate(self.rate))
            Paper(way=self.way, env=self.office.env)


def one_person(office: Office, jobs: int) -> None:
    """Model A."""
    person = office.desk(1)

    def way(paper: Any) -> Way:
        came = office.env.now()
        yield paper.request(person)
        yield paper.hold(office.chance.expovariate(1.0))
        paper.release()
        office.leave(came)

    Demand(office=office, rate=numbers.A_RATE, jobs=jobs, way=way, env=office.env)


def interrupting(office: Office, jobs: int) -> None:
    """Model B. A resource of several bumps every lower claimer at times: so a job looks whether it has its own."""
    people = office.desk(numbers.B_PEOPLE, interrupts=True)

    def way_of(rank: int) -> Callable[[Any], Way]:
        def way(paper: Any) -> Way:
            came = office.env.now()
            left = office.chance.expovariate(1.0)
            while left > 0.0:
                yield paper.request((people, 1, rank))
                if paper.isclaiming(people):
                    begun = office.env.now()
                    yield paper.hold(left)
                    left = 0.0 if paper.isclaiming(people) else left - (office.env.now() - begun)
            paper.release()
            office.leave(came, rank)

        return way

    for rank, rate in enumerate(numbers.B_RATES):
        own = numbers.share(jobs, rate, numbers.B_RATES)
        Demand(office=office, rate=rate, jobs=own, way=way_of(rank), env=office.env)


def tree(office: Office, jobs: int, side_by_side: float) -> None:
    """Models C and C0."""
    desks = [office.desk(numbers.PEOPLE) for _ in range(numbers.DESKS)]

    def work(paper: Any, desk: int) -> Way:
        yield paper.request(desks[desk])
        yield paper.hold(office.chance.expovariate(1.0))
        paper.release()

    def way_of(unit: int) -> Callable[[Any], Way]:
        division = numbers.DIVISION_OF[unit]

        def branch(desk: int, both: Any) -> Callable[[Any], Way]:
            def way(part: Any) -> Way:
                yield from work(part, desk)
                both.set(both.get() + 1)

            return way

        def way(paper: Any) -> Way:
            came = office.env.now()
            yield from work(paper, unit)
            if side_by_side and office.chance.random() < side_by_side:
                both = salabim.State(value=0, monitor=False, env=office.env)
                for desk in (numbers.next_unit(unit), division):
                    Paper(way=branch(desk, both), env=office.env)
                yield paper.wait((both, 2))
            if office.chance.random() < numbers.GOES_UP:
                yield from work(paper, division)
                if office.chance.random() < numbers.GOES_UP:
                    yield from work(paper, numbers.TOP)
                    yield from work(paper, division)
                yield from work(paper, unit)
            office.leave(came)

        return way

    for unit in numbers.UNITS:
        own = jobs // len(numbers.UNITS)
        Demand(office=office, rate=numbers.UNIT_RATE, jobs=own, way=way_of(unit), env=office.env)


def two_shifts(office: Office, jobs: int) -> None:
    """Model D: the end of work is calculated."""
    desks = [office.desk(numbers.D_PEOPLE) for _ in numbers.D_OPENS]

    def way(paper: Any) -> Way:
        came = office.env.now()
        for desk, opens in zip(desks, numbers.D_OPENS, strict=True):
            yield paper.request(desk)
            work = office.chance.expovariate(1.0 / numbers.D_WORK)
            yield paper.hold(numbers.finished(office.env.now(), work, opens) - office.env.now())
            paper.release()
        office.leave(came)

    Demand(office=office, rate=numbers.D_RATE, jobs=jobs, way=way, env=office.env)


def run(model: str, jobs: int, seed: int) -> tuple[int, float, list[float]]:
    """Run a model until nothing is left."""
    office = Office(seed, len(numbers.B_RATES) if model == "B" else 1)
    if model == "A":
        one_person(office, jobs)
    elif model == "B":
        interrupting(office, jobs)
    elif model == "D":
        two_shifts(office, jobs)
    else:
        tree(office, jobs, numbers.SIDE_BY_SIDE[model])
    begin = time.perf_counter()
    office.env.run()
    seconds = time.perf_counter() - begin
    return sum(office.done), seconds, [total / done for total, done in zip(office.total, office.done, strict=True)]


if __name__ == "__main__":
    numbers.main(salabim.__version__, run)
