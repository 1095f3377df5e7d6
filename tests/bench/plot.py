"""plot.py - one SVG of the result: throughput against labels, paragraph length and threads.

usage: plot.py RESULT.tsv PLOT.svg
"""

import math
import sys
from html import escape
from pathlib import Path

import report

WIDTH, HEIGHT = 1080, 400
LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 70, 80, 250, 230, 95
COLOURS = {"peer": "#b4532a", "winnow": "#1f6f8b"}
SERIES_OF = {"peer": "peer", "fast": "winnow"}


def number(row, key):
    return float(row[key]) if row.get(key) else None


def series(rows, x_of, wanted):
    """{name: [(x, MB/s)]}, in order of x, of the rows that have a throughput."""
    found = {}
    for row in rows:
        name, y = wanted(row), number(row, "mb_s")
        if name and y:
            found.setdefault(name, []).append((x_of(row), y))
    return {name: sorted(points) for name, points in found.items()}


def panels(rows):
    """(title, axis, logarithmic x, series) of the three panels."""
    def many(row):
        name = SERIES_OF.get(row["way"])
        if row["panel"] != "labels" or not name:
            return None
        return f"{name} hs" if row["config"].startswith("hs") else name

    labels = series(rows, lambda r: float(r["n_labels"]), many)
    lengths = series(rows, lambda r: float(r["text"].split("-")[1]),
                     lambda r: SERIES_OF.get(r["way"]) if r["panel"] == "length" else None)
    threaded = {r["config"] for r in rows if int(r["n_jobs"]) > 1}
    first = min(threaded, default=None)
    # Threads are compared by the clock, so one thread is too.
    threads = {}
    for row in rows:
        wall, name = number(row, "net_wall_s"), row["way"].split("-j")[0]
        if row["config"] == first and name in SERIES_OF and wall and row.get("mb_s"):
            threads.setdefault(SERIES_OF[name], []).append(
                (float(row["n_jobs"]), float(row["text_mb"]) / wall))
    return [("labels (dim 100, word bigrams)", "labels", True, labels),
            ("paragraph length (unigrams, dim 10)", "words in a paragraph", True, lengths),
            (f"threads ({first})" if first else "threads", "threads, by the clock", False,
             {name: sorted(points) for name, points in threads.items()})]


def text(x, y, words, anchor="middle", size=12, fill="#333", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def short(value):
    return f"{value / 1000:g}k" if value >= 1000 and value % 1000 == 0 else f"{value:g}"


def draw(panel, left):
    title, axis, logarithmic, lines = panel
    bottom, right = TOP + PANEL_HEIGHT, left + PANEL_WIDTH
    out = [text(left, TOP - 16, title, "start", 13, "#111", "bold"),
           text((left + right) / 2, bottom + 38, axis)]
    if not lines:
        return out + [text((left + right) / 2, TOP + PANEL_HEIGHT / 2, "not measured", fill="#888")]
    points = [p for line in lines.values() for p in line]
    at = math.log10 if logarithmic else float
    low, high = min(at(x) for x, _ in points), max(at(x) for x, _ in points)
    pad = (high - low) * 0.06 or 0.5
    low, high = low - pad, high + pad
    bottom_y = math.floor(math.log10(min(y for _, y in points)))
    top_y = max(math.ceil(math.log10(max(y for _, y in points))), bottom_y + 1)

    def place(x, y):
        return (left + (at(x) - low) / (high - low) * PANEL_WIDTH,
                bottom - (math.log10(y) - bottom_y) / (top_y - bottom_y) * PANEL_HEIGHT)

    marks = [factor * 10.0 ** exponent for exponent in range(bottom_y, top_y) for factor in (1, 2, 5)]
    for mark in marks + [10.0 ** top_y]:
        y = place(points[0][0], mark)[1]
        whole = math.log10(mark).is_integer()
        out.append(f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" '
                   f'stroke="{"#ccc" if whole else "#eee"}"/>')
        if whole or top_y - bottom_y < 3:
            out.append(text(left - 8, y + 4, f"{mark:g}", "end"))
    last = -math.inf
    for x in sorted({x for x, _ in points}):
        px = place(x, 10.0 ** bottom_y)[0]
        out.append(f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{bottom}" y2="{bottom + 5}" stroke="#888"/>')
        if px - last > 22:  # or the numbers would touch
            out.append(text(px, bottom + 19, short(x)))
            last = px
    for name, line in lines.items():
        colour = COLOURS[name.split()[0]]
        hollow = name.endswith("hs")
        dash = ' stroke-dasharray="5 4"' if hollow else ""
        spots = [place(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{"#fff" if hollow else colour}" '
                f'stroke="{colour}" stroke-width="2"><title>'
                f"{escape(name)}: {short(v)}, {y_value:.1f} MB/s</title></circle>"
                for (x, y), (v, y_value) in zip(spots, line)]
    return out


def svg(rows, caption):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
           f'height="{HEIGHT}" font-family="sans-serif">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(LEFT, 28, "Throughput, MB/s of text, net of load (logarithmic)", "start", 16, "#111",
                "bold")]
    legend = [("winnow, fast path", "winnow", ""), ("fastText", "peer", ""),
              ("hollow: hierarchical softmax", None, "")]
    x = WIDTH - 450
    for words, colour, _ in legend:
        if colour:
            out += [f'<line x1="{x}" x2="{x + 22}" y1="24" y2="24" stroke="{COLOURS[colour]}" '
                    'stroke-width="3"/>', text(x + 28, 28, words, "start")]
            x += 145 if colour == "winnow" else 95
        else:
            out.append(text(x, 28, words, "start", 12, "#666"))
    for i, panel in enumerate(panels(rows)):
        out += draw(panel, LEFT + i * (PANEL_WIDTH + GAP))
    out += [text(LEFT, HEIGHT - 14, caption, "start", 11, "#666"), "</svg>"]
    return "\n".join(out) + "\n"


def write(tsv, path, caption=""):
    Path(path).write_text(svg(report.read_tsv(tsv), caption), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
