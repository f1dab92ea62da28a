"""The models in Cimba Python: compiled processes over its C engine.

Its models are compiled when they first run. The time reported is that of a second run in the same process, so that
compilation does not count. Work is taken from stores by standing server processes, which is its fastest style; only
model B, where jobs interrupt one another, has a process for each job.
"""

from __future__ import annotations

import time

import cimba
import numbers_of_models as numbers
from cimba import random as chance

ROOM = 65536
"""Papers of the tree that may be on their way at once."""
CARRY = 8
"""A token is a paper's number times this plus where it is on its way."""
FIRST, HELP, UP, AT_TOP, DOWN, LAST = range(6)


class OnePerson(cimba.Model):
    """Model A."""

    jobs: cimba.Param[int] = 1
    inbox: cimba.Store[float] = cimba.Store()
    total: float = 0.0
    done: int = 0
    stay: cimba.Output[float]

    @cimba.process
    def demand(self):
        for _ in range(self.jobs):
            cimba.hold(chance.exponential(1.0 / 0.75))
            self.inbox.put(cimba.now())

    @cimba.process
    def person(self):
        while self.done < self.jobs:
            came = self.inbox.get()
            cimba.hold(chance.exponential(1.0))
            self.total += cimba.now() - came
            self.done += 1
        cimba.end_trial()

    @cimba.on_end
    def conclude(self):
        self.stay = self.total / self.done


class Urgent(cimba.Model):
    """A job of model B: works until it is interrupted, then waits for its rest."""

    office: cimba.Ref[Interrupting]
    rank: int

    @cimba.process
    def paper(self):
        came = cimba.now()
        cimba.this_process().priority_set(2 - self.rank)
        rest = chance.exponential(1.0)
        busy = True
        while busy:
            if self.office.people.preempt(1) >= 0:
                begun = cimba.now()
                if cimba.hold(rest) == 0:
                    self.office.people.release(1)
                    busy = False
                else:
                    rest -= cimba.now() - begun
        self.office.note(self.rank, cimba.now() - came)
        cimba.release(self)


class UrgentDemand(cimba.Model):
    """A source of model B."""

    office: cimba.Ref[Interrupting]
    rank: cimba.Param[int] = 0
    jobs: cimba.Param[int] = 0
    rate: cimba.Param[float] = 1.0

    @cimba.process
    def demand(self):
        for _ in range(self.jobs):
            cimba.hold(chance.exponential(1.0 / self.rate))
            cimba.spawn(Urgent, office=self.office, rank=self.rank)


class Interrupting(cimba.Model):
    """Model B."""

    people: cimba.Resource = cimba.Resource(capacity=4)
    demands: list[UrgentDemand]
    total_0: float = 0.0
    total_1: float = 0.0
    total_2: float = 0.0
    done_0: int = 0
    done_1: int = 0
    done_2: int = 0
    stay_0: cimba.Output[float]
    stay_1: cimba.Output[float]
    stay_2: cimba.Output[float]

    @cimba.function
    def note(self, rank: int, stay: float) -> None:
        if rank == 0:
            self.total_0 += stay
            self.done_0 += 1
        elif rank == 1:
            self.total_1 += stay
            self.done_1 += 1
        else:
            self.total_2 += stay
            self.done_2 += 1

    @cimba.on_end
    def conclude(self):
        self.stay_0 = self.total_0 / self.done_0
        self.stay_1 = self.total_1 / self.done_1
        self.stay_2 = self.total_2 / self.done_2


class TreeDesk(cimba.Model):
    """A desk of the tree: two people who take tokens from one inbox."""

    tree: cimba.Ref[Tree]
    inbox: cimba.Store[int] = cimba.Store()

    @cimba.process(copies=2)
    def person(self):
        while True:
            token = self.inbox.get()
            cimba.hold(chance.exponential(1.0))
            self.tree.worked(token)


class TreeDemand(cimba.Model):
    """Papers for one unit."""

    tree: cimba.Ref[Tree]
    unit: cimba.Param[int] = 0
    jobs: cimba.Param[int] = 0

    @cimba.process
    def demand(self):
        for _ in range(self.jobs):
            cimba.hold(chance.exponential(1.0 / 0.7))
            self.tree.raised(self.unit)


class Tree(cimba.Model):
    """Models C and C0."""

    desks: list[TreeDesk]
    demands: list[TreeDemand]
    jobs: cimba.Param[int] = 1
    side_by_side: cimba.Param[float] = 0.0
    came: cimba.Array[float] = cimba.Array(ROOM)
    unit: cimba.Array[int] = cimba.Array(ROOM)
    missing: cimba.Array[int] = cimba.Array(ROOM)
    unused: cimba.Array[int] = cimba.Array(list(range(ROOM)))
    unused_count: int = ROOM
    division: cimba.Array[int] = cimba.Array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    total: float = 0.0
    done: int = 0
    stay: cimba.Output[float]

    @cimba.function
    def raised(self, unit: int) -> None:
        self.unused_count -= 1
        paper = self.unused[self.unused_count]
        self.came[paper] = cimba.now()
        self.unit[paper] = unit
        self.desks[unit].inbox.put(paper * 8)

    @cimba.function
    def worked(self, token: int) -> None:
        paper = token >> 3
        was = token & 7
        unit = self.unit[paper]
        above = self.division[unit]
        if was == 0 and self.side_by_side > 0.0 and chance.uniform(0.0, 1.0) < self.side_by_side:
            self.missing[paper] = 2
            self.desks[4 + (unit - 3) % 8].inbox.put(paper * 8 + 1)
            self.desks[above].inbox.put(paper * 8 + 1)
            return
        if was == 1:
            self.missing[paper] -= 1
            if self.missing[paper] > 0:
                return
        if was < 2 and chance.uniform(0.0, 1.0) < 0.4:
            self.desks[above].inbox.put(paper * 8 + 2)
            return
        if was == 2 and chance.uniform(0.0, 1.0) < 0.4:
            self.desks[0].inbox.put(paper * 8 + 3)
            return
        if was == 3:
            self.desks[above].inbox.put(paper * 8 + 4)
            return
        if was == 2 or was == 4:
            self.desks[unit].inbox.put(paper * 8 + 5)
            return
        self.total += cimba.now() - self.came[paper]
        self.unused[self.unused_count] = paper
        self.unused_count += 1
        self.done += 1
        if self.done == self.jobs:
            cimba.end_trial()

    @cimba.on_end
    def conclude(self):
        self.stay = self.total / self.done


class TwoShifts(cimba.Model):
    """Model D: the end of work is calculated, for there are no hours of duty."""

    jobs: cimba.Param[int] = 1
    first: cimba.Store[float] = cimba.Store()
    second: cimba.Store[float] = cimba.Store()
    total: float = 0.0
    done: int = 0
    stay: cimba.Output[float]

    @cimba.function
    def lasts(self, work: float, opens: float) -> float:
        now = cimba.now()
        since = (now - opens) % 24.0
        begins = now
        if since >= 8.0:
            begins = now + 24.0 - since
            since = 0.0
        ends = since + work
        nights = float(int(ends / 8.0))
        return begins - now + work + nights * 16.0

    @cimba.process
    def demand(self):
        for _ in range(self.jobs):
            cimba.hold(chance.exponential(1.0 / 2.0))
            self.first.put(cimba.now())

    @cimba.process(copies=3)
    def in_honolulu(self):
        while True:
            came = self.first.get()
            cimba.hold(self.lasts(chance.exponential(0.4), 19.0))
            self.second.put(came)

    @cimba.process(copies=3)
    def in_tokyo(self):
        while True:
            came = self.second.get()
            cimba.hold(self.lasts(chance.exponential(0.4), 0.0))
            self.total += cimba.now() - came
            self.done += 1
            if self.done == self.jobs:
                cimba.end_trial()

    @cimba.on_end
    def conclude(self):
        self.stay = self.total / self.done


def interrupting(jobs: int) -> cimba.Model:
    """Return model B."""
    office = Interrupting()
    office.demands = []
    for rank, rate in enumerate(numbers.B_RATES):
        demand = UrgentDemand()
        demand.office, demand.rank, demand.rate = office, rank, rate
        demand.jobs = numbers.share(jobs, rate, numbers.B_RATES)
        office.demands = [*office.demands, demand]
    return office


def tree(jobs: int, side_by_side: float) -> cimba.Model:
    """Return model C or C0."""
    whole = Tree()
    each = jobs // len(numbers.UNITS)
    whole.jobs = each * len(numbers.UNITS)
    whole.side_by_side = side_by_side
    desks, demands = [], []
    for _ in range(numbers.DESKS):
        desk = TreeDesk()
        desk.tree = whole
        desks.append(desk)
    for unit in numbers.UNITS:
        demand = TreeDemand()
        demand.tree, demand.unit, demand.jobs = whole, unit, each
        demands.append(demand)
    whole.desks, whole.demands = desks, demands
    return whole


def run(model: str, jobs: int, seed: int) -> tuple[int, float, list[float]]:
    """Run a model twice, and time the second."""
    if model == "B":
        told = interrupting(jobs)
    elif model in numbers.SIDE_BY_SIDE:
        told = tree(jobs, numbers.SIDE_BY_SIDE[model])
    else:
        told = OnePerson() if model == "A" else TwoShifts()
        told.jobs = jobs
    experiment = cimba.Experiment(told, replications=1, window=cimba.Window.until_idle(), seed=seed)
    experiment.run(workers=1)
    begin = time.perf_counter()
    results = experiment.run(workers=1)
    seconds = time.perf_counter() - begin
    found = results[told]
    names = ("stay_0", "stay_1", "stay_2") if model == "B" else ("stay",)
    return jobs, seconds, [float(getattr(found, name).values.mean()) for name in names]


if __name__ == "__main__":
    numbers.main(cimba.__version__, run)
