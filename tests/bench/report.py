"""report.py - the rows of the result: the printed table and the TSV."""

import statistics

from alternation import ratios, spread

COLUMNS = [  # key, heading, format
    ("config", "config", "{}"), ("way", "way", "{}"), ("mb_s", "MB/s", "{:.1f}"),
    ("paragraphs_s", "par/s", "{:,.0f}"), ("ns_token", "ns/token", "{:.0f}"),
    ("load_cpu_ms", "load ms", "{:.1f}"), ("rss_mb", "RSS MB", "{:.1f}"),
    ("ratio_cpu", "ratio", "{:.2f}"), ("ratio_span", "min-max", "{}"),
    ("ratio_wall", "by wall", "{:.2f}"), ("ratio_user", "by user", "{:.2f}"),
    ("load_ratio", "load x", "{:.2f}"),
    ("rss_ratio", "RSS x", "{:.2f}"), ("open_ms", "open ms", "{:.2f}"), ("agreement", "agree %", "{:.3f}"),
    ("beyond", "beyond", "{}"), ("max_dp", "max |dp|", "{:.1e}"),
]
TSV_ONLY = ["n_labels", "dim", "panel", "n_jobs", "text", "text_mb", "n_paragraphs", "n_tokens",
            "n_rounds", "net_cpu_s", "net_user_s", "net_wall_s", "load_wall_ms", "open_gb_s",
            "model_mb", "speedup", "loadavg"]


def row_of(config, contender, measured, peer, agreement, size):
    """One line of the table; size: (bytes, paragraphs, tokens) of the text."""
    n_bytes, n_paragraphs, n_tokens = size
    cpu, user, wall = (statistics.median(measured.net(what)) for what in ("cpu", "user", "wall"))
    load_cpu, load_wall = (statistics.median(getattr(r, what) for r in measured.load)
                           for what in ("cpu", "wall"))
    # One thread is judged by its CPU time, which other programs disturb least; several by the clock.
    time = cpu if contender.n_jobs == 1 else wall
    if not measured.settled() or time <= 0:
        time = None
    row = {
        "config": config.name, "way": contender.way, "n_labels": config.n_labels, "dim": config.dim,
        "panel": config.panel, "n_jobs": contender.n_jobs, "text": config.text,
        "text_mb": n_bytes / 1e6, "n_paragraphs": n_paragraphs, "n_tokens": n_tokens,
        "n_rounds": len(measured.full), "net_cpu_s": cpu, "net_user_s": user, "net_wall_s": wall,
        "mb_s": n_bytes / 1e6 / time if time else None,
        "paragraphs_s": n_paragraphs / time if time else None,
        "ns_token": time * 1e9 / n_tokens if time else None,
        "load_cpu_ms": load_cpu * 1e3, "load_wall_ms": load_wall * 1e3,
        "open_ms": contender.open_ms,
        "open_gb_s": contender.model_bytes / 1e6 / contender.open_ms if contender.open_ms else None,
        "model_mb": contender.model_bytes / 1e6,
        "rss_mb": max(r.rss for r in measured.full) * 1024 / 1e6,
    }
    if peer is not measured:
        by = "cpu" if contender.n_jobs == 1 else "wall"
        found, walls = ratios(peer, measured, by), ratios(peer, measured, "wall")
        if found:
            row["ratio_cpu"], row["ratio_span"] = found[0], f"{found[1]:.2f}-{found[2]:.2f}"
        row["ratio_wall"] = walls[0] if walls else None
        users = ratios(peer, measured, "user") if contender.n_jobs == 1 else None
        row["ratio_user"] = users[0] if users else None
        row["load_ratio"] = spread([p.cpu / max(r.cpu, 1e-6)
                                    for p, r in zip(peer.load, measured.load)])[0]
        row["rss_ratio"] = (max(r.rss for r in peer.full) / max(r.rss for r in measured.full))
    if agreement:
        row["agreement"], row["beyond"] = 100 * agreement.share(), agreement.beyond
        row["max_dp"] = agreement.max_dp
    return row


def verdicts(rows, targets):
    """A line for each target that was measured: what was reached, and which mark that is."""
    lines = []
    for config, way, key, gate, goal in targets:
        for row in rows:
            if (row["config"], row["way"]) != (config, way) or row.get(key) is None:
                continue
            better = (lambda a, b: a <= b) if key.endswith("_ms") else (lambda a, b: a >= b)
            mark = ("goal reached" if better(row[key], goal) else
                    "gate reached" if better(row[key], gate) else "missed")
            lines.append(f"{config:14}{way:9}{key:12}{row[key]:8.2f}   gate {gate:g}, goal {goal:g}: "
                         f"{mark}")
    return lines


def cell(row, key, form):
    value = row.get(key)
    return "-" if value is None else form.format(value)


def table(rows):
    """The lines of the table, numbers to the right."""
    lines = [[heading for _, heading, _ in COLUMNS]]
    lines += [[cell(row, key, form) for key, _, form in COLUMNS] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return ["  ".join(text.ljust(w) if i < 2 else text.rjust(w)
                      for i, (text, w) in enumerate(zip(line, widths))).rstrip() for line in lines]


def write_tsv(path, rows):
    keys = [key for key, _, _ in COLUMNS] + TSV_ONLY
    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(keys) + "\n")
        for row in rows:
            values = (row.get(key) for key in keys)
            file.write("\t".join("" if v is None else f"{v:.6g}" if isinstance(v, float) else str(v)
                                 for v in values) + "\n")


def read_tsv(path):
    with open(path, encoding="utf-8") as file:
        keys = file.readline().rstrip("\n").split("\t")
        return [dict(zip(keys, line.rstrip("\n").split("\t"))) for line in file]
