"""check_conduct.py - how the tool behaves: arguments, exit codes, pipes, signals, models."""

import gzip
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from support import PROMO, Skip, is_sanitized, model_json, same, test, true

VERBS = ("classify", "eval", "diff", "explain", "info", "verify", "convert", "predict", "predict-prob",
         "test")


@test
def help_of_every_verb(case):
    text = case.fine("--help").text()
    same(case.fine("-h").text(), text, "-h")
    for verb in VERBS:
        true(re.search(rf"^  {verb} +\S", text, re.M), f"{verb} in the help")
        own = case.fine(verb, "--help").text()
        true(own.startswith(f"usage: winnow {verb} "), own[:60])
        true(f"  winnow {'' if verb == 'classify' else verb}" in own.split("examples:")[1],
             f"examples for {verb}")
        true(max(map(len, own.splitlines())) <= 100, f"width of the help of {verb}")


@test
def version(case):
    true(re.match(r"winnow \d+\.\d+\.\d+, .+\n$", case.fine("--version").text()), "version")


@test
def wrong_usage_is_told_in_one_line(case):
    case.write("a.txt", "x")
    for args in (["--nonsense"], ["-Z"], ["-m"], ["--model"], ["-k"], ["-k", "x"], ["-k", "-1"],
                 ["-k", "99999999999"], ["--split", "word"], ["--format=xml"], ["--input", "pdf"],
                 ["-j", "1000"], ["--threshold", "much"], ["--threshold="], ["--exact=1"],
                 ["--color", "red"], ["--input", "lines", "--split", "line"],
                 ["--input", "lines", "--field", "x"], ["--input", "text", "--id", "x"],
                 ["--keep", "editorial>=0.5", "--format", "csv"]):
        run = case.fails(2, *args, "a.txt") if args[0] not in ("-m", "--model", "-k") or \
            len(args) > 1 else case.fails(2, "a.txt", *args)
        same((run.out, len(run.err.splitlines())), (b"", 1), f"{args}: {run.err}")
        true("'winnow classify --help'" in run.err, run.err)
    for args in (["info", "--nonsense"], ["verify", "-x"], ["convert", "one"],
                 ["convert", "a", "b", "c"], ["convert", "a.txt", "b.unknown"],
                 ["convert", "--keep", "all", "a", "b.json"], ["eval", "--format", "csv", "a.txt"],
                 ["eval", "--input", "lines", "--labels", "x", "a.txt"],
                 ["eval", "--input", "text", "a.txt"], ["eval", "--bootstrap", "x", "a.txt"],
                 ["diff", "topic"], ["diff", "--max-flips", "x", "topic", "topic", "a.txt"],
                 ["explain", "--label", "nobody's", "a.txt"], ["explain", "-k", "-1", "a.txt"]):
        run = case.fails(2, *args)
        true(f"'winnow {args[0]} --help'" in run.err, run.err)


@test
def two_dashes_end_the_options(case):
    case.write("-k", "goal\n")
    same(len(case.fine("--", "-k").records()), 1, "a file named -k")


@test
def shipped_models_are_found(case):
    names = lambda run: list(run.records()[0]["results"])
    for env in (case.models, case.models + "/promo.winnow:" + case.models + "/topic.winnow"):
        same(names(case.fine("-", stdin="x", env={"WINNOW_MODELS": env})), ["promo", "topic"], env)
    for folder in ("bin/models", "build/../models", "build/none/../../models",
                   "bin/../share/winnow/models"):
        root = case.path("root")
        shutil.rmtree(root, ignore_errors=True)
        binary = os.path.join(root, "build/none" if "none" in folder else folder.split("/")[0],
                              "winnow")
        os.makedirs(os.path.dirname(binary))
        shutil.copy(case.winnow, binary)
        shutil.copytree(case.models, os.path.normpath(os.path.join(root, folder)))
        same(names(case.fine("-", stdin="x", winnow=binary, env={"WINNOW_MODELS": ""})),
             ["promo", "topic"], folder)
    shutil.rmtree(os.path.join(root, "share"))
    run = case.run("-", stdin="x", winnow=binary, env={"WINNOW_MODELS": ""})
    if run.code == 0:
        raise Skip("models are installed on this machine (the other places were checked)")
    same(run.code, 2, "no models")
    true("-m" in run.err and "WINNOW_MODELS" in run.err, "what to do: " + run.err)


@test
def models_by_name_and_models_that_fail(case):
    same(list(case.fine("-m", "topic", "-", stdin="x").records()[0]["results"]), ["topic"], "-m topic")
    case.write("broken.winnow", "not a model")
    for bad in ("broken.winnow", "missing.winnow", "nomodel", "."):
        run = case.fails(2, "-m", "topic", "-m", bad, "-", stdin="x")
        same(run.out, b"", "output")
        true(bad in run.err, run.err)
    os.mkdir(case.path("empty"))
    case.fails(2, "-", stdin="x", env={"WINNOW_MODELS": "empty"})
    case.fails(2, "-", stdin="x", env={"WINNOW_MODELS": "nowhere.winnow"})


@test
def unreadable_files_do_not_stop_the_rest(case):
    case.write("a.txt", "goal\n")
    os.mkdir(case.path("dir"))
    run = case.fails(1, "missing", "a.txt", "dir", "-", "a.txt", stdin="x")
    same([r["file"] for r in run.records()], ["a.txt", "-", "a.txt"], "files")
    true("missing: No such file" in run.err and "dir: is a directory" in run.err, run.err)
    case.write("secret", "x")
    os.chmod(case.path("secret"), 0)
    more = {}
    if os.geteuid() == 0:  # root reads everything: become somebody else
        folder = case.path("")
        while folder not in ("/", tempfile.gettempdir()):
            os.chmod(folder, 0o755)
            folder = os.path.dirname(folder)
        more = {"user": 65534, "winnow": shutil.copy(case.winnow, case.path("winnow"))}
    run = case.run("secret", "a.txt", **more)
    same((run.code, run.out.count(b"\n")), (1, 1), "the rest is processed")
    true("secret: Permission denied" in run.err, run.err)


@test
def fifos_and_devices_are_inputs(case):
    os.mkfifo(case.path("fifo"))
    process = case.start("fifo", "/dev/stdin", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with open(case.path("fifo"), "wb") as fifo:
        fifo.write(b"goal\n")
    out, _ = process.communicate(b"buy\n", timeout=60)
    same((process.returncode, out.count(b"\n")), (0, 2), "records")
    same(case.fine("/dev/null").out, b"", "/dev/null")


@test
def output_errors_are_told(case):
    case.write("a.txt", "goal\n" * 3)
    case.write("b.txt", "goal\n\n" * 30000)
    for args in (["a.txt"], ["b.txt"], ["info"], ["--help"], ["--version"], ["verify"]):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([case.winnow, *args], cwd=case.folder, env=case.environment(),
                                 stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        same(run.returncode, 1, f"exit status of {args} to a full disk")
        same(run.stderr.count(b"\n"), 1, run.stderr)
        true(b"No space left" in run.stderr, run.stderr)
        run = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", case.winnow, *args],
                             cwd=case.folder, env=case.environment(), stderr=subprocess.PIPE,
                             timeout=60, check=False)
        true(run.returncode == 1 and b"cannot write" in run.stderr,
             f"{args} to a closed stdout: {run.returncode} {run.stderr}")


@test
def closed_streams_are_not_mistaken_for_files(case):
    case.write("a.txt", "goal\n")
    run = subprocess.run(["sh", "-c", 'exec "$0" a.txt <&- 2>&-', case.winnow], cwd=case.folder,
                         env=case.environment(), stdout=subprocess.PIPE, timeout=60, check=False)
    same((run.returncode, run.stdout.count(b"\n")), (0, 1), "stdin and stderr closed")
    run = subprocess.run(["sh", "-c", 'exec "$0" - <&-', case.winnow], cwd=case.folder,
                         env=case.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=60, check=False)
    true(run.returncode == 1 and run.stderr, f"'-' with stdin closed: {run}")


@test
def broken_pipe_ends_quietly(case):
    case.write("a.txt", "goal\n\n" * 60000)
    for action in (signal.SIG_DFL, signal.SIG_IGN):
        process = case.start("a.txt", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             restore_signals=False,
                             preexec_fn=lambda action=action: signal.signal(signal.SIGPIPE, action))
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        same((process.wait(timeout=60), err), (-signal.SIGPIPE, b""), f"end with {action}")


def interrupt(case, number, args, feed):
    process = case.start(*args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    process.stdin.write(feed)
    process.stdin.flush()
    first = process.stdout.readline()
    process.send_signal(number)
    out = first + process.stdout.read()
    err = process.stderr.read()
    code = process.wait(timeout=60)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return code, out, err


@test
def interruption_leaves_whole_records(case):
    for number in (signal.SIGINT, signal.SIGTERM):
        for jobs in ("1", "3"):
            args = ("--input", "lines", "-j", jobs, "-")
            code, out, err = interrupt(case, number, args, b"goal\nreport\nhalf a l")
            same((code, err), (130, b""), f"{number} with {jobs} jobs")
            same(out.count(b"\n"), 2, "records of whole lines")
            true(out.endswith(b"}\n"), "the last record is whole")
    case.write("big.txt", b"goal report\n" * 2000000)
    process = case.start("--input", "lines", "-j", "2", "big.txt", stdout=subprocess.PIPE)
    head = process.stdout.read(100000)
    process.send_signal(signal.SIGINT)
    out = head + process.stdout.read()
    process.stdout.close()
    same(process.wait(timeout=60), 130, "exit status in the middle of work")
    true(out.endswith(b"}\n") and out.count(b"\n") < 2000000, "whole records, not all of them")


@test
def answers_come_while_input_waits(case):
    for jobs in ("1", "2"):
        process = case.start("--input", "lines", "-j", jobs, "-", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, bufsize=0)
        for text in (b"goal\n", b"buy\nreport\n"):
            process.stdin.write(text)
            for _ in range(text.count(b"\n")):
                ready, _, _ = select.select([process.stdout], [], [], 20)
                true(ready, f"no answer before the input ends, {jobs} jobs")
                true(process.stdout.readline().endswith(b"}\n"), "a record")
        process.stdin.close()
        same((process.stdout.read(), process.wait(timeout=60)), (b"", 0), "the end")
        process.stdout.close()


def slow_run(case, *args):
    """stderr of a run whose input takes two seconds to come, with stderr on a terminal."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        raise Skip(f"no pseudo terminal: {error}") from None
    process = case.start("--input", "lines", *args, "-", stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    for _ in range(12):
        process.stdin.write(b"goal\n")
        process.stdin.flush()
        time.sleep(0.15)
    process.stdin.close()
    out = b""
    try:
        while block := os.read(master, 4096):
            out += block
    except OSError:
        pass
    os.close(master)
    return process.wait(timeout=60), out.decode()


@test
def progress_shows_on_a_terminal_alone(case):
    code, out = slow_run(case)
    true(code == 0 and "records" in out and out.endswith("\r\x1b[K"), f"a bar, wiped: {out!r}")
    same(slow_run(case, "-q"), (0, ""), "with -q")
    process = case.start("--input", "lines", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    process.stdin.write(b"goal\n")
    process.stdin.flush()
    time.sleep(1.3)
    _, err = process.communicate(b"goal\n", timeout=60)
    same(err, b"", "stderr that is no terminal")


@test
def few_file_descriptors(case):
    case.write("a.txt", "goal\n")
    run = subprocess.run(["sh", "-c", 'ulimit -n 3; exec "$0" a.txt', case.winnow], cwd=case.folder,
                         env=case.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=60, check=False)
    true(run.returncode in (1, 2, 127) and run.stderr, f"without descriptors: {run}")


@test
def memory_stays_bounded(case):
    """40 MB of lines must not be held at once."""
    case.write("a.txt.gz", gzip.compress(b"goal report of the day\n" * 1800000, 1))
    script = ("import resource,subprocess,sys;"
              "c=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL).returncode;"
              "print(c,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    run = subprocess.run(["python3", "-c", script, case.winnow, "--input", "lines", "-j", "2",
                          "a.txt.gz"], cwd=case.folder, env=case.environment(),
                         stdout=subprocess.PIPE, timeout=300, check=True)
    code, kilobytes = map(int, run.stdout.split())
    same(code, 0, "exit status")
    if is_sanitized(case.winnow):
        raise Skip("a sanitizer keeps freed memory")
    true(kilobytes < 64 * 1024, f"{kilobytes} KB at most")


@test
def model_without_words_is_an_answer_too(case):
    case.write("m.json", model_json("m", PROMO))
    record = case.fine("-m", "m.json", "--input", "lines", "-", stdin="\n").records()[0]
    same([round(s["p"], 6) for s in record["results"]["m"]], [0.333333], "equal labels")
    same(record["results"]["m"][0]["label"], "boilerplate", "the first of equal labels")
