"""The models in SimPy, a process for every job, as its manual teaches."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from typing import Any

import numbers_of_models as numbers
import simpy

Way = Generator[Any, Any, None]


class World:
    """An environment, its chance, and what came of the jobs, by class."""

    def __init__(self, seed: int, classes: int = 1) -> None:
        self.env = simpy.Environment()
        self.chance = random.Random(seed)
        self.total = [0.0] * classes
        self.done = [0] * classes

    def source(self, rate: float, jobs: int, make: Any) -> None:
        """Send jobs in."""

        def send() -> Way:
            for _ in range(jobs):
                yield self.env.timeout(self.chance.expovariate(rate))
                self.env.process(make())

        self.env.process(send())

    def leave(self, came: float, number: int = 0) -> None:
        """Note a job that is done."""
        self.total[number] += self.env.now - came
        self.done[number] += 1

    def timed(self) -> tuple[int, float, list[float]]:
        """Run until nothing is left."""
        begin = time.perf_counter()
        self.env.run()
        seconds = time.perf_counter() - begin
        return sum(self.done), seconds, [t / n for t, n in zip(self.total, self.done, strict=True)]


def one_person(world: World, jobs: int) -> None:
    """Model A."""
    person = simpy.Resource(world.env, capacity=1)

    def paper() -> Way:
        came = world.env.now
        with person.request() as turn:
            yield turn
            yield world.env.timeout(world.chance.expovariate(1.0))
        world.leave(came)

    world.source(numbers.A_RATE, jobs, paper)


def interrupting(world: World, jobs: int) -> None:
    """Model B."""
    people = simpy.PreemptiveResource(world.env, capacity=numbers.B_PEOPLE)

    def paper(number: int) -> Way:
        came = world.env.now
        left = world.chance.expovariate(1.0)
        while left > 0.0:
            with people.request(priority=number) as turn:
                yield turn
                begun = world.env.now
                try:
                    yield world.env.timeout(left)
                    left = 0.0
                except simpy.Interrupt:
                    left -= world.env.now - begun
        world.leave(came, number)

    for number, rate in enumerate(numbers.B_RATES):
        world.source(rate, numbers.share(jobs, rate, numbers.B_RATES), lambda number=number: paper(number))


def tree(world: World, jobs: int, side_by_side: float) -> None:
    """Models C and C0."""
    desks = [simpy.Resource(world.env, capacity=numbers.PEOPLE) for _ in range(numbers.DESKS)]

    def work(desk: int) -> Way:
        with desks[desk].request() as turn:
            yield turn
            yield world.env.timeout(world.chance.expovariate(1.0))

    def paper(unit: int) -> Way:
        came = world.env.now
        division = numbers.DIVISION_OF[unit]
        yield from work(unit)
        if side_by_side and world.chance.random() < side_by_side:
            yield world.env.process(work(numbers.next_unit(unit))) & world.env.process(work(division))
        if world.chance.random() < numbers.GOES_UP:
            yield from work(division)
            if world.chance.random() < numbers.GOES_UP:
                yield from work(numbers.TOP)
                yield from work(division)
            yield from work(unit)
        world.leave(came)

    for unit in numbers.UNITS:
        world.source(numbers.UNIT_RATE, jobs // len(numbers.UNITS), lambda unit=unit: paper(unit))


def two_shifts(world: World, jobs: int) -> None:
    """Model D: SimPy has no hours of duty, so the end of work is calculated."""
    desks = [simpy.Resource(world.env, capacity=numbers.D_PEOPLE) for _ in numbers.D_OPENS]

    def paper() -> Way:
        came = world.env.now
        for desk, opens in zip(desks, numbers.D_OPENS, strict=True):
            with desk.request() as turn:
                yield turn
                work = world.chance.expovariate(1.0 / numbers.D_WORK)
                yield world.env.timeout(numbers.finished(world.env.now, work, opens) - world.env.now)
        world.leave(came)

    world.source(numbers.D_RATE, jobs, paper)


def run(model: str, jobs: int, seed: int) -> tuple[int, float, list[float]]:
    """Run a model."""
    world = World(seed, len(numbers.B_RATES) if model == "B" else 1)
    if model == "A":
        one_person(world, jobs)
    elif model == "B":
        interrupting(world, jobs)
    elif model == "D":
        two_shifts(world, jobs)
    else:
        tree(world, jobs, numbers.SIDE_BY_SIDE[model])
    return world.timed()


if __name__ == "__main__":
    numbers.main(simpy.__version__, run)
