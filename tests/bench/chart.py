"""The chart: every ratio as a bar with its quartiles and its goal, as SVG."""

from html import escape

ROW = 22
LABEL = 400
WIDTH = 560
MOST = 6
COLOURS = {"reached": "#2a7f62", "MISSED": "#c0492b", "": "#8a94a6"}


def draw(figures, caption):
    """Return the SVG text of the figures that are ratios."""
    rows = [figure for figure in figures if figure.samples and figure.unit.startswith("×")]
    height = ROW * (len(rows) + 3)
    body = [bar(figure, ROW * (number + 2)) for number, figure in enumerate(rows)]
    grid = [grid_line(value, height) for value in range(MOST + 1)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + WIDTH + 90}" '
            f'height="{height}" font-family="sans-serif" font-size="12">',
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text x="8" y="18" font-size="13">{escape(caption)}</text>',
            *grid,
            *body,
            "</svg>\n",
        ]
    )


def bar(figure, top):
    """Return a figure's row: name, bar, quartiles, goal, median."""
    middle = top + ROW / 2
    parts = [
        f'<text x="{LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(figure.name)}</text>',
        f'<rect x="{LABEL}" y="{top + 4}" width="{place(figure.median) - LABEL:.1f}" '
        f'height="{ROW - 8}" fill="{COLOURS[figure.verdict]}"/>',
        f'<line x1="{place(figure.low):.1f}" x2="{place(figure.high):.1f}" y1="{middle}" '
        f'y2="{middle}" stroke="black"/>',
    ]
    if figure.goal:
        goal = f"{place(figure.goal[1]):.1f}"
        parts.append(
            f'<line x1="{goal}" x2="{goal}" y1="{top + 1}" y2="{top + ROW - 1}" '
            'stroke="black" stroke-width="2.5"/>'
        )
    text = f"{figure.median:.2f}"
    parts.append(f'<text x="{LABEL + WIDTH + 84}" y="{middle + 4}" text-anchor="end">{text}</text>')
    return "\n".join(parts)


def grid_line(value, height):
    """Return the line of a whole number."""
    x = place(value)
    return (
        f'<line x1="{x}" x2="{x}" y1="{ROW * 2}" y2="{height - ROW}" stroke="#d8dce3"/>'
        f'<text x="{x}" y="{height - 6}" text-anchor="middle" fill="#555">{value}</text>'
    )


def place(value):
    """Return the x position of a value; a value that is too large ends at the edge."""
    return LABEL + WIDTH * min(value, MOST) / MOST
