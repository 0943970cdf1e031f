"""Rounds: each runs every case, in shuffled order, so that noise of the machine affects all alike.

Wall times on a shared machine say little. Only CPU time is compared, user and
system, and only within a round: a ratio is the median of the rounds' ratios.
"""

import contextlib
import gc
import os
import random
import statistics
import time


def interleaved(cases, rounds):
    """Return {name: [figure, ...]}: what each case returned, round by round; one round is dropped.

    cases: {name: function without arguments}.
    """
    figures = {name: [] for name in cases}
    # As in main.py, and also for the floor, so that no case pays for garbage of another.
    gc.collect()
    gc.freeze()
    for number in range(rounds + 1):
        order = list(cases)
        random.Random(number).shuffle(order)
        for name in order:
            figure = cases[name]()
            if number:
                figures[name].append(figure)
    return figures


def cpu(function, times):
    """Return a case: the CPU seconds of this process that one call of the function takes."""

    def measure():
        start = time.process_time()
        for _ in range(times):
            function()
        return (time.process_time() - start) / times

    return measure


def ratios(figures, floor):
    """Return the rounds' own ratios of two cases."""
    return [one / other for one, other in zip(figures, floor, strict=True)]


def spread(samples):
    """Return (median, lower quartile, upper quartile)."""
    if len(samples) < 2:
        return (samples[0],) * 3
    low, _, high = statistics.quantiles(samples, method="inclusive")
    return statistics.median(samples), low, high


def quietly(part):
    """Return a part's figures. The service's log lines are formatted as always, then dropped."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        return part()
