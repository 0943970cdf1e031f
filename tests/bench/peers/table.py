"""The figures of the comparison, as JSON and as tables in Markdown."""

import re

from tests.bench.peers import own
from tests.bench.report import machine_line, text
from tests.bench.rounds import ratios, spread

PLACE = r"(<!-- peers -->\n).*?(<!-- /peers -->)"
# At least so many answers of ours for one of theirs: (store, peer, work, what is special).
GOALS = {
    ("embedded", "PocketBase", "view", ""): 0.5,
    ("embedded", "PocketBase", "list of 20", ""): 0.55,
    ("embedded", "PocketBase", "fetch 200 KB", ""): 0.9,
    ("embedded", "PocketBase", "upload 200 KB", ""): 0.4,
    ("embedded", "PocketBase", "delete", ""): 0.4,
    ("embedded", "Supabase Storage", "upload 200 KB", ""): 1.1,
    ("embedded", "Supabase Storage", "delete", ""): 1.0,
    ("S3", "Supabase Storage", "view", "sign alone, no metadata"): 1.0,
    ("S3", "Supabase Storage", "upload 200 KB", ""): 1.2,
    ("S3", "Supabase Storage", "delete", ""): 1.1,
}
MOST_FLUSHES = 4
RATIOS = (
    "| store | work | peer | a second: here | there | ÷ | at least | CPU ÷ | p99 ÷ |",
    "|---|---|---|--:|--:|--:|--:|--:|--:|",
)
FLUSHES = (
    "| store | service | processes | flushes an upload: alone / of eight | a delete | left out |",
    "|---|---|--:|--:|--:|---|",
)
THUMBS = ("| thumbs | goal | reached |", "|---|--:|--:|")


def figures(store, measured, contestants, flushes):
    """Return what was measured on a store, as JSON takes it.

    measured: {(work, what is special, service): [Measured, ...]}; flushes: {work: flushes a
    request} of each contestant.
    """
    compared = [
        comparison((store, *key), mine, measured[(key[0], "", mine)], theirs)
        for key, theirs in measured.items()
        for mine in (own.NAME, own.APART)
        if key[2] not in (own.NAME, own.APART) and (key[0], "", mine) in measured
    ]
    services = [
        {
            "service": one.name,
            "processes": len(one.server.pids()),
            "not_done": one.not_done,
            "flushes": counted,
        }
        for one, counted in zip(contestants, flushes, strict=True)
    ]
    share = max(one.own / one.cpu for samples in measured.values() for one in samples)
    return {"store": store, "compared": compared, "services": services, "generator": rounded(share)}


def comparison(key, mine, ours, theirs):
    """Return the ratios of ours and theirs, round by round.

    key: store, work, what is special of theirs, peer; mine: the name of ours.
    """

    def values(samples, name):
        return [getattr(one, name) for one in samples]

    store, work, special, peer = key
    goal = GOALS.get((store, peer, work, special)) if mine == own.NAME else None
    special = special if mine == own.NAME else "here without validation and thumb"
    found = {"store": store, "work": work, "special": special, "peer": peer, "goal": goal}
    for name in ("per_second", "cpu", "p99"):
        here, there = values(ours, name), values(theirs, name)
        if None not in there:
            found[name] = [rounded(spread(here)[0]), rounded(spread(there)[0])]
            found[f"{name}_ratio"] = list(map(rounded, spread(ratios(here, there))))
    return found


def rounded(number):
    """Return a number as JSON takes it."""
    return float(f"{number:.4g}")


def tables(kept):
    """Return everything that was measured as tables."""
    lines = [machine_line(kept["machine"]), ""]
    lines += RATIOS
    for store in kept["stores"]:
        lines += map(ratio_row, store["compared"])
        lines += [row([store["store"], "all", name, "not measured"]) for name in store["missing"]]
    lines += ["", *FLUSHES]
    for store in kept["stores"]:
        lines += [flush_row(store["store"], one) for one in store["services"]]
    share = max(store["generator"] for store in kept["stores"])
    lines += [
        "",
        f"Of an upload here at most {MOST_FLUSHES} flushes are wanted. The load generator used at "
        f"most {share:.0%} of the CPU time of what it loaded.",
    ]
    return "\n".join([*lines, "", *THUMBS, *map(thumb_row, kept["thumbs"])])


def ratio_row(one):
    """Return the row of a comparison."""
    here, there = (f"{value:,.0f}" for value in one["per_second"])
    goal = one["goal"] or "shown"
    work = one["work"] + (f" ({one['special']})" if one["special"] else "")
    cells = [one["store"], work, one["peer"], here, there, quartiles(one["per_second_ratio"])]
    cells += [goal, quartiles(one["cpu_ratio"]), quartiles(one.get("p99_ratio"))]
    return row(cells)


def flush_row(store, one):
    """Return the row of a service: its flushes, and what it does not do."""
    counts = [f"{count:.1f}" for count in one["flushes"].values()] or ["not counted"]
    deletes = counts[2] if len(counts) > 2 else "–"
    named = [store, one["service"], one["processes"]]
    return row([*named, " / ".join(counts[:2]), deletes, one["not_done"]])


def thumb_row(figure):
    """Return the row of a figure of thumbs."""
    if figure["median"] is None:
        return row([figure["figure"], figure["goal"] or "shown", "not measured"])
    reached = text(figure["median"], figure["unit"])
    if figure["rounds"] > 1:
        reached = quartiles([figure["median"], *figure["quartiles"]])
    return row([figure["figure"], figure["goal"] or "shown", reached])


def quartiles(found):
    """Return median and quartiles as text."""
    if not found:
        return "–"
    median, low, high = found
    return f"{median:.2f} ({low:.2f}–{high:.2f})"


def row(cells):
    """Return a row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def written(page, kept):
    """Return a page with the tables in their place."""
    return re.sub(PLACE, lambda place: f"{place[1]}{tables(kept)}\n{place[2]}", page, flags=re.S)
