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
        line = lines[-1] if lines else "no message"
        line = line[8:] if line.startswith("winnow: ") else line
        raise ExportError("winnow %s failed" % arguments[0], line)


def save(manifest, path):
    """Writes a manifest as .json, or through the tool as .winnow, and replays its probes.

    The file gets its name when it is complete.  Without the tool a .json file is not replayed.
    """
    path = os.fspath(path)
    if not path.endswith((".winnow", ".json")):
        raise ExportError("output %s" % path, "its name has to end in .winnow or .json")
    is_json = path.endswith(".json")
    has_tool = not is_json or _is_there()
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path) or ".") as folder:
        made = os.path.join(folder, "model.json")
        files.write(made, manifest)
        size = os.path.getsize(made)
        if size > MAX_JSON:
            raise ExportError(
                "a model of %d MB" % (size >> 20),
                "its JSON form may have 1024 MB; use --f32, fewer features or a feature selection",
            )
        if not is_json:
            twin, made = made, os.path.join(folder, "model.winnow")
            run("convert", twin, made)
        if has_tool:
            run("verify", made)
        os.replace(made, path)


def _is_there():
    try:
        return bool(find())
    except ExportError:
        return False
