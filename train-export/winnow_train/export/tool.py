"""tool - the `winnow` program: WINNOW names it, else PATH has it, else ../build does."""

import os
import shutil
import subprocess
import tempfile

from .. import manifest as files
from .errors import ExportError

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
MAX_JSON = 1 << 30  # what the engine reads


def find():
    """The path of the tool; raises ExportError where there is none."""
    named = os.environ.get("WINNOW")
    built = os.path.normpath(os.path.join(TREE, "build", "winnow"))
    path = named or shutil.which("winnow") or built
    if os.access(path, os.X_OK):
        return path
    raise ExportError(
        "no winnow tool" + (" at WINNOW=%s" % named if named else ""),
        "build it with make, put it on PATH, or name it in WINNOW; or write a .json file",
    )


def run(*arguments, show=False):
    """Runs the tool; raises ExportError with its last line when it fails."""
    path = find()
    done = subprocess.run([path, *arguments], stdout=None if show else subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)  # fmt: skip
    if done.returncode != 0:
        told = done.stderr or done.stdout or b""
        lines = [l for l in told.decode("utf-8", "replace").splitlines() if l.strip()]
        raise ExportError("winnow %s failed" % arguments[0], lines[-1] if lines else "no message")


def save(manifest, path):
    """Writes a manifest as .json, or through the tool as .winnow, verified by its probes."""
    path = os.fspath(path)
    if path.endswith(".json"):
        files.write(path, manifest)
        return
    if not path.endswith(".winnow"):
        raise ExportError("output %s" % path, "its name has to end in .winnow or .json")
    find()
    with tempfile.TemporaryDirectory() as folder:
        twin = os.path.join(folder, "model.json")
        files.write(twin, manifest)
        size = os.path.getsize(twin)
        if size > MAX_JSON:
            raise ExportError(
                "a model of %d MB" % (size >> 20),
                "its JSON form may have 1024 MB; use --f32, fewer features or a feature selection",
            )
        made = os.path.join(folder, "model.winnow")
        run("convert", twin, made)
        run("verify", made)
        shutil.move(made, path)
