"""Figures: kept as JSON, shown as a table."""

import os
import platform
import sysconfig
from importlib.metadata import version

from tests.bench.goals import goal_of
from tests.bench.rounds import spread

PACKAGES = ("Flask", "marshmallow", "boto3", "botocore", "gunicorn", "pillow")


class Figure:
    """One measured figure.

    name: what was measured; samples: the value of each round, none if it was not measured; unit:
    what the value is;
    facts: the measurements behind it, as lists of CPU seconds by name.
    """

    def __init__(self, name, samples, unit, facts=None):
        self.name = name
        self.samples = samples
        self.unit = unit
        self.facts = facts or {}
        self.median, self.low, self.high = spread(samples) if samples else (None,) * 3
        self.goal = goal_of(name)

    @property
    def verdict(self):
        """Return one word that compares the median with the goal."""
        if self.goal is None or self.median is None:
            return ""
        kind, bound = self.goal
        kept = {"=": self.median == bound, "≤": self.median <= bound, "≥": self.median >= bound}
        return "reached" if kept[kind] else "MISSED"

    def plain(self):
        """Return the figure as JSON takes it."""
        facts = {name: rounded(spread(values)[0] * 1000) for name, values in self.facts.items()}
        return {
            "figure": self.name,
            "unit": self.unit,
            "median": rounded(self.median),
            "quartiles": [rounded(self.low), rounded(self.high)],
            "goal": " ".join(map(str, self.goal)) if self.goal else None,
            "verdict": self.verdict or None,
            "rounds": len(self.samples),
            **facts,
        }


def heading():
    """Return the head of the table on the terminal."""
    return f"{'figure':58} {'median':>9} {'quartiles':>19}  {'goal':>9}"


def rounded(number):
    """Return a number as JSON takes it; None for None."""
    return number and round(number, 4)


def line(figure):
    """Return a figure's line on the terminal."""
    if not figure.samples:
        return f"{figure.name:58} not measured"
    goal = f"{figure.goal[0]} {text(figure.goal[1], figure.unit)}" if figure.goal else ""
    quartiles = f"{text(figure.low)} – {text(figure.high)}" if len(figure.samples) > 1 else ""
    return (
        f"{figure.name:58} {text(figure.median, figure.unit):>9} {quartiles:>19}  {goal:>9}  "
        f"{figure.verdict or figure.unit}"
    ).rstrip()


def text(number, unit=""):
    """Return a number as text, with as few digits as are useful."""
    if float(number).is_integer():
        return f"{number:.0f}"
    if unit == "SSIM":
        return f"{number:.4f}"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.2f}"


def machine():
    """Return a description of the machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return {
        "cores": os.cpu_count(),
        "load": load(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "build": build(),
        "packages": packages,
    }


def load():
    """Return how many processes wanted to run, on average of the last minute."""
    return round(os.getloadavg()[0], 1)


def build():
    """Tell how this Python was built, as far as it tells: Debian's own does not.

    Without profile-guided (PGO) and link-time optimisation (LTO) it uses 1.1 to 1.3 times the CPU.
    """
    said = f"{sysconfig.get_config_var('CONFIG_ARGS')} {sysconfig.get_config_var('PY_CFLAGS')}"
    flags = {"PGO": ("--enable-optimizations", "-fprofile-use"), "LTO": ("--with-lto", "-flto")}
    return ", ".join(
        f"{'with' if any(flag in said for flag in spellings) else 'without'} {name}"
        for name, spellings in flags.items()
    )


def machine_line(machine):
    """Return the description as one line, without which absolute figures say nothing."""
    after = f", {machine['load_after']} after" if "load_after" in machine else ""
    took = f"; {machine['seconds']} s in all" if "seconds" in machine else ""
    return (
        f"{machine['cores']} cores (load {machine['load']} before{after}), {machine['system']}, "
        f"Python {machine['python']} built {machine['build']}; {machine['packages']}{took}."
    )
