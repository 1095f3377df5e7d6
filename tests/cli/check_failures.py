"""check_failures.py - the tool on a failing machine: full disks, no memory, sudden ends.

Whatever fails: an exit code that the help names, a message that names the file, the rest of the
files answered, whole records, and a destination that is the old file or the new one.
"""

import glob
import gzip
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

from support import LONG, PROMO, Skip, fasttext_model, is_sanitized, model_json, same, test, true

LINES = b"goal report of the day\nbuy it on the menu\n"


def bounded(case, args, limits=(), prepare=None, **more):
    """A run under resource limits, (number, value) each; (code, stdout, stderr)."""
    def apply():
        for number, value in limits:
            resource.setrlimit(number, (value, value))
        if prepare:
            prepare()
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    done = subprocess.run([case.winnow, *args], cwd=case.folder, env=case.environment(), timeout=120,
                          stdin=subprocess.DEVNULL, preexec_fn=apply, check=False, **more)
    return done.returncode, done.stdout, (done.stderr or b"").decode(errors="replace")


def read(case, name):
    with open(case.path(name), "rb") as file:
        return file.read()


def verbs(case):
    """Arguments of a fine run of each verb that prints something."""
    case.write("a.txt", LINES * 20)
    case.write("gold.jsonl", '{"text":"buy","labels":["promotional"]}\n' * 20)
    case.write("m.bin", fasttext_model())
    case.write("ft.txt", b"__label__a w1 w2\n" * 20)
    promo = os.path.join(case.models, "promo.winnow")
    return {
        "classify": ["a.txt"],
        "classify, table": ["--format", "table", "a.txt"],
        "classify, filter": ["--keep", "promo:promotional>=0", "a.txt"],
        "eval": ["eval", "-m", "promo", "gold.jsonl"],
        "diff": ["diff", promo, promo, "a.txt"],
        "explain": ["explain", "-m", "promo", "a.txt"],
        "info": ["info", "promo"],
        "verify": ["verify", "promo"],
        "predict": ["predict", "m.bin", "ft.txt"],
        "predict-prob": ["predict-prob", "m.bin", "ft.txt"],
        "test": ["test", "m.bin", "ft.txt"],
        "help": ["--help"],
    }


@test
def full_disks_are_told_by_every_verb(case):
    limit = [(resource.RLIMIT_FSIZE, 1)]
    for name, args in verbs(case).items():
        fine = case.fine(*args)
        true(len(fine.out) > 1, f"{name} prints something")
        with open("/dev/full", "wb") as full:
            code, _, err = bounded(case, args, stdout=full)
        same((code, err), (1, "winnow: cannot write to standard output: No space left on device\n"),
             name)
        with open(case.path("out"), "wb") as out:
            code, _, err = bounded(case, args, limit, stdout=out)
        same((code, err), (1, "winnow: cannot write to standard output: File too large\n"), name)


@test
def files_that_cannot_be_written_are_named(case):
    arguments = verbs(case)
    case.write("v.svm", "1 1:1\n2 2:1\n")
    case.write("v.model", "solver_type L2R_LR\nnr_class 2\nlabel 1 2\nnr_feature 2\nbias -1\nw\n1\n-1\n")
    for out in ("/dev/full", "no/such/folder/out"):
        run = case.fails(1, *arguments["eval"], "--html", out)
        true(out in run.err and run.out, f"the table, and a message: {run.err}")
    run = case.fails(1, "liblinear-predict", "v.svm", "v.model", "/dev/full")
    true("/dev/full" in run.err and "No space left" in run.err, run.err)
    run = case.fails(2, "convert", "--to", "winnow", os.path.join(case.models, "promo.winnow"),
                     "/dev/full")
    true("/dev/full" in run.err and "left alone" in run.err, run.err)
    true(os.path.exists("/dev/full"), "/dev/full is still there")


@test
def stderr_that_is_gone_stops_nothing(case):
    case.write("a.txt", LINES)
    args = ["missing", "a.txt", "missing", "a.txt"]
    wanted = (1, case.run(*args).out)
    true(wanted[1].count(b"\n") == 4, "records")
    code, out, _ = bounded(case, args, prepare=lambda: os.close(2))
    same((code, out), wanted, "stderr closed")
    with open("/dev/full", "wb") as full:
        code, out, _ = bounded(case, args, stderr=full)
    same((code, out), wanted, "stderr on a full disk")
    ours, theirs = os.pipe()
    os.close(ours)
    code, out, _ = bounded(case, args, stderr=theirs)
    os.close(theirs)
    same((code, out), wanted, "nobody reads stderr")


@test
def the_rest_of_a_batch_is_answered(case):
    """Each kind of file that fails, between two that do not."""
    case.write("a.txt", LINES)
    case.write("cut.gz", gzip.compress(os.urandom(1000))[:-20])
    case.write("bad.gz", b"\x1f\x8b\x08" + b"\xff" * 100)
    case.write("bad.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 100)
    case.write("bad.jsonl", '{"text":\n')
    case.write("bad.csv", 'text\n"open')
    os.mkdir(case.path("folder"))
    os.symlink("loop", case.path("loop"))
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(case.path("socket"))
    bad = ["missing", "no/folder", "folder", "loop", "socket", "cut.gz", "bad.gz", "bad.zst",
           "bad.jsonl", "bad.csv", "a.txt/below", "x" * 300, "line\nfeed"]
    one = case.fine("a.txt").out
    for jobs in ("1", "3"):
        args = ["a.txt"]
        for name in bad:
            args += [name, "a.txt"]
        run = case.fails(1, "-j", jobs, *args)
        records = [r for r in run.records() if r["file"] == "a.txt"]
        same(len(records), 2 * (len(bad) + 1), f"records with {jobs} jobs")
        same(run.out.count(one), len(bad) + 1, "the same records each time")
        for name in bad:
            name = name.replace("\n", "?")
            same(len([l for l in run.err.splitlines() if l.startswith(f"winnow: {name}:")]), 1,
                 f"one message for {name[:20]}: {run.err}")
    sock.close()


@test
def a_fifo_is_waited_for(case):
    case.write("a.txt", LINES)
    os.mkfifo(case.path("fifo"))
    for number in (signal.SIGINT, signal.SIGTERM):
        tool = case.start("a.txt", "fifo", "a.txt", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        same([tool.stdout.readline()[-2:] for _ in range(2)], [b"}\n"] * 2, "what came before it")
        time.sleep(0.1)
        tool.send_signal(number)
        out, err = tool.communicate(timeout=60)
        same((tool.returncode, out, err), (130, b"", b""), "a signal while it waits")
    tool = case.start("a.txt", "fifo", "a.txt", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(case.path("fifo"), "wb"):
        pass
    out, err = tool.communicate(timeout=60)
    same((tool.returncode, out.count(b"\n"), err), (0, 4, b""), "a writer without a word")
    run = case.fails(2, "-m", "fifo", "a.txt")
    true("fifo" in run.err and "not a regular file" in run.err, run.err)


def status_of(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return {line.split(":")[0]: line.split(":")[1].strip() for line in file}


def wait_until(holds):
    """However slow the machine is, up to 20 seconds."""
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)


@test
def signals_end_every_verb(case):
    """The input is a pipe that stays open; the first signal ends the work, in silence."""
    arguments = verbs(case)
    for name in ("classify", "classify, table", "eval", "diff", "explain", "predict", "test"):
        args = arguments[name][:-1] + ["-"]
        for number in (signal.SIGINT, signal.SIGTERM):
            tool = case.start(*args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
            tool.stdin.write(b"__label__promotional word\n")
            tool.stdin.flush()
            wait_until(lambda: int(status_of(tool)["SigCgt"], 16) >> number - 1 & 1)
            tool.send_signal(number)
            out = tool.stdout.read()
            err = tool.stderr.read()
            code = tool.wait(timeout=60)
            for stream in (tool.stdin, tool.stdout, tool.stderr):
                stream.close()
            same((code, err), (130, b""), f"{name}, signal {number}")
            true(out == b"" or out.endswith(b"\n"), f"whole lines: {out[-50:]}")


@test
def few_descriptors_are_enough_or_told(case):
    arguments = verbs(case)
    case.write("m.json", model_json("m", PROMO))
    arguments["convert"] = ["convert", "m.json", "m.winnow"]
    for name, args in arguments.items():
        wanted = (0, case.fine(*args).out, "")
        for n in range(3, 9):
            code, out, err = bounded(case, args, [(resource.RLIMIT_NOFILE, n)])
            if n > 3:  # standard input, output, stderr and one more
                same((code, out, err), wanted, f"{name} with {n} descriptors")
            elif code != 0:
                true(code in (1, 2, 127) and err, f"{name} without a descriptor: {code} {err}")


@test
def memory_that_runs_out_is_told(case):
    """Address space from too little to enough: no crash, no half record, no silence."""
    if is_sanitized(case.winnow):
        raise Skip("a sanitizer reserves more address space than a limit could allow")
    case.write("a.txt", LINES * 2000)
    case.write("long.txt", b"goal report " * (1 << 19))
    args = ["--input", "lines", "-j", "2", "a.txt", "long.txt", "a.txt"]
    fine = case.fine(*args).out
    as_bytes = 1 << 20
    low = 16
    while bounded(case, ["--version"], [(resource.RLIMIT_AS, low * as_bytes)])[0] == 127:
        low += 2  # the loader finds no room for the libraries
        true(low < 1 << 12, "the tool starts at all")
    told = set()
    for more in [*range(0, 24), *range(24, 160, 8)]:
        code, out, err = bounded(case, args, [(resource.RLIMIT_AS, (low + more) * as_bytes)])
        what = f"{low + more} MiB: {code} {err}"
        if code == 0:
            same((out, err), (fine, ""), what)
        else:
            true(code in (1, 2) and "memory" in err, what)
            true(all(line.startswith("winnow: ") for line in err.splitlines()), what)
            true(out == b"" or out.endswith(b"}\n"), f"whole records, {what}: {out[-50:]}")
        told.add(code)
    true(0 in told and told - {0}, f"limits below and above what it needs: {told}")


# ---- Conversions ------------------------------------------------------------------------------------

def two_models(case):
    """Models of some hundred kilobytes: JSON files, and what they become."""
    rng = random.Random(3)
    for name in ("one", "two"):
        table = {label: {f"w{i}": rng.random() for i in range(3000)} for label in "abc"}
        case.write(name + ".json", model_json(name, table))
        case.fine("convert", name + ".json", name + ".winnow")
    return [read(case, name + ".winnow") for name in ("one", "two")]


def leftovers(case):
    return glob.glob(glob.escape(case.folder) + "/*.tmp-*")


@test
def convert_on_a_full_disk_keeps_the_old_file(case):
    one, two = two_models(case)
    args = ["convert", "two.json", "out.winnow"]
    for part in (0, 1, 4096, len(two) // 2, len(two) - 1):
        shutil.copy(case.path("one.winnow"), case.path("out.winnow"))
        code, _, err = bounded(case, args, [(resource.RLIMIT_FSIZE, part)])
        same(code, 2, err)
        true("out.winnow" in err and "File too large" in err, err)
        same((read(case, "out.winnow"), leftovers(case)), (one, []), "the old file, and no other")
    same(bounded(case, args, [(resource.RLIMIT_FSIZE, len(two))])[0], 0, "room enough")
    same(read(case, "out.winnow"), two, "the new file")


@test
def convert_to_a_full_file_system_keeps_the_old_file(case):
    """A file system of 64 KiB in a mount namespace that ends with the run."""
    one, _ = two_models(case)
    case.write("small.json", model_json("small", PROMO))
    case.fine("convert", "small.json", "small.winnow")
    os.mkdir(case.path("disk"))
    script = ('mount -t tmpfs -o size=64k none disk || exit 77; cp small.winnow disk/out.winnow; '
              '"$0" convert one.json disk/out.winnow; code=$?; '
              'cmp -s small.winnow disk/out.winnow || code=old; ls disk | grep -v "^out.winnow$"; '
              'echo $code')
    true(len(one) > 65536, "larger than the disk")
    try:
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, case.winnow], cwd=case.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    except OSError as error:
        raise Skip(f"unshare: {error}") from None
    if done.returncode == 77 or b"unshare" in done.stderr:
        raise Skip("mounting a file system is not allowed here")
    same(done.stdout, b"2\n", f"exit status, nothing else left: {done.stderr}")
    true(b"disk/out.winnow" in done.stderr and b"No space left" in done.stderr, done.stderr)


@test
def convert_that_is_killed_leaves_the_old_file_or_the_new_one(case):
    models = two_models(case)
    names = ["one.json", "two.json"]
    begin = time.monotonic()
    case.fine("convert", names[0], "out.winnow")
    duration = time.monotonic() - begin
    rng = random.Random(os.getpid())
    now, n_old, n_new = 0, 0, 0
    for i in range(1000 if LONG else 30):
        tool = case.start("convert", names[1 - now], "out.winnow")
        time.sleep(rng.uniform(0, 1.3 * duration))
        tool.kill()
        tool.wait(timeout=60)
        found = read(case, "out.winnow")
        true(found in models, f"a part of a file after {i} kills: {len(found)} bytes")
        is_new = found == models[1 - now]
        true(is_new or found == models[now], "neither")
        true(is_new or tool.returncode != 0, "an exit status of 0 without the new file")
        n_new, n_old = n_new + is_new, n_old + (not is_new)
        now = 1 - now if is_new else now
        for path in leftovers(case):
            true(path.startswith(case.path("out.winnow.tmp-")), path)
            os.remove(path)
    true(n_new and n_old, f"kills before and after the end: {n_old} old, {n_new} new")
    case.fine("convert", names[0], "out.winnow")
    same(read(case, "out.winnow"), models[0], "it goes on as ever")


# ---- The lockdown -----------------------------------------------------------------------------------

def has_landlock():
    script = ("import ctypes,sys;"
              "sys.exit(ctypes.CDLL(None).syscall(444,None,ctypes.c_size_t(0),1) < 1)")
    return subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@test
def every_verb_locks_itself_down(case):
    """While it reads its first input, a FIFO, it has given up to gain rights."""
    if is_sanitized(case.winnow):
        raise Skip("this build does not lock itself down")
    arguments = verbs(case)
    os.mkfifo(case.path("fifo"))
    case.write("v.model", "solver_type L2R_LR\nnr_class 2\nlabel 1 2\nnr_feature 2\nbias -1\nw\n1\n-1\n")
    runs = [arguments[name][:-1] + ["fifo"] for name in
            ("classify", "eval", "diff", "explain", "predict", "predict-prob", "test")]
    runs += [["convert", "--probes", "fifo", "promo.winnow", "out.winnow"],
             ["info", "--vocabulary", "fifo", "promo"],
             ["liblinear-predict", "fifo", "v.model", "out.txt"]]
    for args in runs:
        tool = case.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(case.path("fifo"), "wb"):
            wait_until(lambda: status_of(tool)["NoNewPrivs"] == "1" or tool.poll() is not None)
            same(status_of(tool).get("NoNewPrivs"), "1", f"{args}: NoNewPrivs")
        tool.wait(timeout=60)


@test
def only_the_files_that_were_given_are_read(case):
    if is_sanitized(case.winnow):
        raise Skip("this build does not lock itself down")
    if not has_landlock():
        raise Skip("this kernel has no Landlock")
    case.write("a.txt", LINES)
    case.write("b.txt", LINES)
    os.mkfifo(case.path("fifo"))
    for watch in ([], ["--watch", "-m", os.path.join(case.models, "promo.winnow")]):
        tool = case.start(*watch, "fifo", "a.txt", "b.txt", "c.txt", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
        with open(case.path("fifo"), "wb"):
            case.write("c.txt", LINES)
            case.write("other", LINES)
            os.replace(case.path("other"), case.path("b.txt"))
        out, err = tool.communicate(timeout=60)
        why = "was replaced or made after winnow began: run it again"
        same((tool.returncode, err.decode()),
             (1, f"winnow: b.txt: {why}\nwinnow: c.txt: {why}\n"), "what was not given")
        same(out.count(b'"a.txt"'), 2, "what was given")
        os.remove(case.path("c.txt"))
