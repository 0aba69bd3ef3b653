"""Draws bars as SVG: one for each candidate, with its range over the rounds.

Takes numbers, gives a picture that needs nothing from elsewhere and reads on light and on dark pages.
"""

from collections.abc import Sequence
from html import escape

from bench.results import Spread

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 210, 90, 26, 34
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222 } .title { font-weight: 600 } .bar { fill: #8a94a6 } .ours { fill: #2f6f4f }
line { stroke: #222; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } line { stroke: #ddd } .bar { fill: #6b7486 } .ours { fill: #5fae85 } }
"""


def bars(title: str, unit: str, rows: Sequence[tuple[str, Spread, bool]]) -> str:
    """Draw bars.

    Args:
        title: What is drawn.
        unit: Of what the numbers are.
        rows: For each bar its name, its number over the rounds, and whether it is ours.

    Returns:
        The text of an SVG file.
    """
    height = TOP + ROW * len(rows) + 8
    scale = (WIDTH - LEFT - RIGHT) / max(spread.most for _, spread, _ in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="18">{escape(title)}, in {escape(unit)}</text>',
    ]
    for number, (name, spread, ours) in enumerate(rows):
        top = TOP + number * ROW
        middle, least, most = (LEFT + value * scale for value in (spread.middle, spread.least, spread.most))
        lines += [
            f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{"ours" if ours else "bar"}" x="{LEFT}" y="{top + 3}" width="{middle - LEFT:.1f}" height="16"/>',
            f'<line x1="{least:.1f}" x2="{most:.1f}" y1="{top + 11}" y2="{top + 11}"/>',
            f'<text x="{max(middle, most) + 6:.1f}" y="{top + 15}">{spread.middle:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
