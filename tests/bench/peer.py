"""peer.py - builds the fastText that winnow is measured against, from its published source.

Two binaries come from the newest source distribution of the package `fasttext`: the peer as it is,
and `exact`, the same source without the 1e-5 that it adds to every probability before the logarithm, and with the
sum of a softmax in double: in float it is off by up to 3.4e-5 with 5,000 labels (measured, against
numpy in float64). The first one is timed, the second one only says what the probabilities are.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

FLAGS = ["-std=c++17", "-O3", "-march=native", "-funroll-loops", "-DNDEBUG", "-pthread"]
EXACTLY = [  # what changes in loss.cc
    ("std::log(x + 1e-5)", "std::log(x)"),
    ("real max = output[0], z = 0.0;", "real max = output[0]; double z = 0.0;"),
]
DEBIAN = "/usr/bin/fasttext"


class Unavailable(Exception):
    """The peer cannot be had, in one sentence."""


def fetch(folder):
    """The source distribution in the folder, downloaded by pip when it is not there."""
    found = sorted(folder.glob("fasttext-*.tar.gz"))
    if found:
        return found[-1]
    last = "no pip"
    for python in (sys.executable, shutil.which("python3")):
        if python is None or subprocess.run([python, "-m", "pip", "--version"], check=False,
                                            capture_output=True).returncode != 0:
            continue
        done = subprocess.run(
            [python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "fasttext",
             "--dest", str(folder), "fasttext"],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        found = sorted(folder.glob("fasttext-*.tar.gz"))
        if found:  # what pip does after the download does not matter
            return found[-1]
        last = (done.stdout.strip().splitlines() or [f"pip exited with {done.returncode}"])[-1]
    raise Unavailable(
        f"cannot download the source of fasttext ({last}). With no network, put fasttext-*.tar.gz, "
        f"the package's source distribution, into {folder}")


def compile_sources(sources, program, compiler):
    unfinished = program.with_suffix(".tmp")
    done = subprocess.run([*compiler.split(), *FLAGS, *map(str, sources), "-o", str(unfinished)],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Unavailable(f"the peer does not compile:\n{done.stdout[-2000:]}")
    unfinished.rename(program)


def build(folder, compiler=None):
    """(peer, exact peer, version); builds what is missing."""
    compiler = compiler or os.environ.get("CXX") or "g++"
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    archive = fetch(folder)
    version = archive.name[len("fasttext-"):-len(".tar.gz")]
    tree = folder / f"fasttext-{version}"
    peer, exact = tree / "fasttext", tree / "fasttext-float64"
    if peer.exists() and exact.exists():
        return peer, exact, version
    with tarfile.open(archive) as file:
        file.extractall(folder, [m for m in file.getmembers()
                                 if m.isfile() and m.name.startswith(f"{tree.name}/src/")
                                 and ".." not in m.name])
    sources = sorted((tree / "src").glob("*.cc"))
    if not sources:
        raise Unavailable(f"{archive.name} has no src/*.cc")
    print(f"bench: compiling fastText {version}: {compiler} {' '.join(FLAGS)}", file=sys.stderr)
    compile_sources(sources, peer, compiler)
    shutil.rmtree(tree / "src-exact", ignore_errors=True)
    shutil.copytree(tree / "src", tree / "src-exact")
    loss = tree / "src-exact/loss.cc"
    text = loss.read_text()
    for old, new in EXACTLY:
        if text.count(old) != 1:
            raise Unavailable(f"loss.cc of fastText {version} is not like that of 0.9.3: no {old}")
        text = text.replace(old, new)
    loss.write_text(text)
    compile_sources(sorted((tree / "src-exact").glob("*.cc")), exact, compiler)
    return peer, exact, version


def stand_in(folder):
    """The peer where it is built already, else Debian's: for checks that judge no times."""
    for tree in sorted(Path(folder).glob("fasttext-*/"), reverse=True):
        peer, exact = tree / "fasttext", tree / "fasttext-float64"
        if peer.exists() and exact.exists():
            return peer, exact, tree.name[len("fasttext-"):]
    if not os.path.exists(DEBIAN):
        raise Unavailable("no fastText: neither the peer is built nor is Debian's installed")
    return Path(DEBIAN), None, "of Debian"
