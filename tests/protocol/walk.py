"""The states that can be reached, as whole numbers: a step adds to a number, and that is looked up.

What follows from few parts of a state is found once for all states with these parts. The parts
are 17 bits each: what the stores hold, the late calls, and where each program is.
"""

from tests.protocol.model import FRESH
from tests.protocol.programs import RECOVERIES
from tests.protocol.records import LATER, NOW, PENDING, THE_END
from tests.protocol.states import ANSWERS, REMEMBERED, Broken, State, renewed

BEGINNING = ("upload", *RECOVERIES)
WIDTH = 17
PART = (1 << WIDTH) - 1


class Values:
    """Numbers values in the order in which they are first met."""

    def __init__(self):
        self.numbers, self.values = {}, []

    def number(self, value):
        """Return the number of a value."""
        if value not in self.numbers:
            self.numbers[value] = len(self.values)
            self.values.append(value)
            assert len(self.values) <= PART
        return self.numbers[value]


class Walk:
    """The steps between the states of some programs, named as in FIRST."""

    def __init__(self, programs):
        self.programs = programs
        self.names = programs.names
        self.held, self.lates, self.actors = Values(), Values(), Values()
        assert self.lates.number(frozenset()) == 0
        self.places = [WIDTH * (2 + index) for index in range(len(self.names))]
        self.steps = [({}, {}) for _ in self.names]
        self.landings, self.ends, self.joined = {}, {}, {}
        sweeps = self.names.count("sweep")
        self.sweeps = self.places[-sweeps:] if sweeps > 1 else []

    def number(self, state):
        """Return the number of a state."""
        record, objects, late, actors, made, count = state
        parts = [self.held.number((record, objects, made, count)), self.lates.number(late)]
        parts += [self.actors.number(actor) for actor in actors]
        return sum(part << WIDTH * place for place, part in enumerate(parts))

    def state(self, number):
        """Return the state with a number."""
        record, objects, made, count = self.held_in(number)
        late = self.lates.values[number >> WIDTH & PART]
        return State(record, objects, late, tuple(self.actors_of(number)), made, count)

    def held_in(self, number):
        """Return (record, objects, made, count)."""
        return self.held.values[number & PART]

    def actors_of(self, number):
        """Return where each program is."""
        return [self.actors.values[number >> place & PART] for place in self.places]

    def events(self, number):
        """Yield (event, number of the state after it) for every possible next event."""
        for index in range(len(self.names)):
            yield from self.steps_of(number, index)
        if number >> WIDTH & PART:
            yield from self.lands(number)
        yield from self.time_passes(number)

    def steps_of(self, number, index):
        """Yield the same for the steps of one program."""
        if not self.has_begun_before(number, index):
            return
        place, late = self.places[index], number >> WIDTH & PART
        room = len(self.lates.values[late]) < self.programs.most_late
        case, known = number & (PART | PART << place), self.steps[index][room]
        if case not in known:
            known[case] = list(self.find_steps(number, index, room))
        for event, change, more, fresh in known[case]:
            after = number + change
            if more:
                after += self.join(late, more) - late << WIDTH
            if fresh:
                after = self.number(renewed(self.state(after)))
            yield event, self.in_order(after) if self.sweeps else after

    def find_steps(self, number, index, room):
        """Yield (event, what it adds to the number, its late calls, whether it is FRESH)."""
        state = self.state(number)
        if not self.may_act(state, index):
            return
        before = frozenset() if room else frozenset(range(self.programs.most_late))
        actor, place = state.actors[index], self.places[index]
        alone = state._replace(actors=(None,) * index + (actor,), late=before)
        for event, after in self.programs.actor_events(alone, index):
            change = self.change(number, after)
            change += self.actors.number(after.actors[index]) - self.actors.number(actor) << place
            more = self.lates.number(after.late - before)
            yield event, change, more, after.record.revision == FRESH

    def change(self, number, after):
        """Return what is added to a number where the stores hold what they do after an event."""
        held = (after.record, after.objects, after.made, after.count)
        return self.held.number(held) - (number & PART)

    def join(self, late, more):
        """Return the number of two sets of late calls together."""
        if (late, more) not in self.joined:
            both = self.lates.values[late] | self.lates.values[more]
            self.joined[late, more] = self.lates.number(both)
        return self.joined[late, more]

    def in_order(self, number):
        """Return the number with its sweeps in one order: which did what is all the same."""
        parts = [number >> place & PART for place in self.sweeps]
        for place, part, least in zip(self.sweeps, parts, sorted(parts), strict=True):
            number += least - part << place
        return number

    def may_act(self, state, index):
        """Tell whether there is something to act on: a delete begins after an image was shown."""
        visible = state.made or self.programs.protocol.direct and state.record.state == PENDING
        return self.names[index] in (*BEGINNING, "complete", "sweep") or visible

    def has_begun_before(self, number, index):
        """Tell whether the turn of an upload, or of a recovery, to begin has come."""
        name, *before = self.names[index], *self.names[max(index - 1, 0) : index]
        if name not in BEGINNING or before != [name]:
            return True
        return self.actors.values[number >> self.places[index - 1] & PART].began

    def lands(self, number):
        """Yield the events of the late calls."""
        case = number & (PART | PART << WIDTH)
        if case not in self.landings:
            self.landings[case] = list(self.find_landings(number))
        for event, change, fresh, turned in self.landings[case]:
            place = turned is not None and self.places[turned]
            # A trash or a restore that was answered.
            if place and self.actors.values[number >> place & PART].step in REMEMBERED:
                raise Broken("once", [event])
            after = number + change
            if fresh:
                after = self.number(renewed(self.state(after)))
            yield event, self.in_order(after) if self.sweeps else after

    def find_landings(self, number):
        """Yield (event, what it adds, whether it is FRESH, the program whose turn it is)."""
        state = self.state(number)
        for call in state.late:
            after, _ = self.programs.apply(state, call)
            change = self.change(number, after)
            left = self.lates.number(state.late - {call})
            change += left - self.lates.number(state.late) << WIDTH
            is_turn = after.record.state != state.record.state and call.verb in ("trash", "restore")
            turned = call.nonce // 2 if is_turn else None
            yield f"late {call.verb} lands", change, after.record.revision == FRESH, turned

    def time_passes(self, number):
        """Yield the events of the clock."""
        record = self.held_in(number)[0]
        if LATER in (record.due, record.tidy) and self.may_pass_an_hour(number, record):
            tidy = NOW if record.tidy == LATER else record.tidy
            due = NOW if record.due == LATER else record.due
            yield "an hour passes", self.with_record(number, record._replace(due=due, tidy=tidy))
        if record.purge == THE_END:
            ended = record._replace(due=NOW, purge=NOW)
            yield "its time in the trash ends", self.with_record(number, ended)

    def may_pass_an_hour(self, number, record):
        """Tell whether every call and process that began before has ended."""
        if not self.is_idle(number):
            return False
        # A spent key stays for a day, longer than any client retries.
        retries = any(actor.step == "begin" for actor in self.actors_of(number))
        kept = record.bury and retries
        return not (kept and self.programs.protocol.has("sweep: a spent key stays a day"))

    def is_idle(self, number):
        """Tell whether no call is late and no program is between two calls."""
        if number >> WIDTH & PART:
            return False
        return all(actor.step in ANSWERS or not actor.began for actor in self.actors_of(number))

    def with_record(self, number, record):
        """Return the number of the state with another record, which is not FRESH."""
        _, *others = self.held_in(number)
        return number + self.held.number((record, *others)) - (number & PART)
