"""alternation.py - the protocol: contenders take turns as whole processes, net of their load.

One round runs every contender twice, on one line and on the whole text: `load` and `full`. What a
contender costs is full - load of the same round; a ratio is formed within a round, so that a load of
the machine that changes slowly cancels. The first round warms the page cache and is not counted. The
order turns around from round to round.
"""

import os
import statistics
import subprocess
from dataclasses import dataclass, field

SETTLED = 0.02  # a net time of fewer seconds says nothing: scheduling noise is a millisecond or more
LOAD_NOISE = 4  # nor one that is not this many times what the load times of the rounds differ by


class Failed(Exception):
    """A contender ended with an error."""


@dataclass
class Contender:
    """A program to measure. `command(text)` is what runs; the output goes to `output`."""
    way: str
    command: object
    text: object
    line: object  # its text of one line
    output: object
    n_jobs: int = 1
    model_bytes: int = 0
    open_ms: float = None  # what opening the model takes inside a process


@dataclass
class Run:
    wall: float
    user: float
    system: float
    rss: int  # KiB

    @property
    def cpu(self):
        return self.user + self.system


@dataclass
class Rounds:
    """What a contender cost, a value a counted round."""
    load: list = field(default_factory=list)
    full: list = field(default_factory=list)

    def net(self, what):
        return [getattr(f, what) - getattr(l, what) for f, l in zip(self.full, self.load)]

    def settled(self, what="cpu"):
        """Whether the net time stands out of the noise of what was subtracted."""
        loads = [getattr(run, what) for run in self.load]
        middle = statistics.median(loads)
        if len(loads) > 2:  # one stray, as a median allows
            loads = sorted(loads, key=lambda load: abs(load - middle))[:-1]
        noise = max(loads) - min(loads)
        return statistics.median(self.net(what)) >= max(SETTLED, LOAD_NOISE * noise)


def measure(program, command, output, n_jobs=1):
    env = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1",
               LC_ALL="C.UTF-8", PYTHONUTF8="1")
    done = subprocess.run([str(program), str(output), *map(str, command)], env=env, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    fields = done.stdout.split()
    if done.returncode != 0 or len(fields) != 5 or fields[4] != "0":
        raise Failed(f"{' '.join(map(str, command))}: {done.stdout.strip()} {done.stderr[-400:]}")
    return Run(float(fields[0]), float(fields[1]), float(fields[2]), int(fields[3]))


def alternate(program, contenders, n_rounds):
    """{way: Rounds} over the counted rounds. The last full outputs stay in the contenders' files."""
    measured = {c.way: Rounds() for c in contenders}
    for number in range(n_rounds + 1):
        for c in contenders if number % 2 == 0 else contenders[::-1]:
            load = measure(program, c.command(c.line), "/dev/null")
            full = measure(program, c.command(c.text), c.output)
            if number > 0:
                measured[c.way].load.append(load)
                measured[c.way].full.append(full)
    return measured


def spread(values):
    """(median, least, most)"""
    return (statistics.median(values), min(values), max(values))


def ratios(peer, other, what):
    """How many times less `other` needs, round by round; None where a time is too short to say.
    Time by the clock is held to the noise of CPU time."""
    judged = "user" if what == "user" else "cpu"
    pairs = list(zip(peer.net(what), other.net(what)))
    if not other.settled(judged) or not peer.settled(judged) or any(min(pair) <= 0 for pair in pairs):
        return None
    return spread([a / b for a, b in pairs])
