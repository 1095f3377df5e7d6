"""assemble - columns and a head become a manifest."""

import numpy as np

from .. import manifest as files
from . import features
from .errors import ExportError

# Limits of the engine.
MAX_BLOCKS, MAX_STAGES, MAX_PASSES, MAX_MEMBERS, MAX_DIM = 16, 8, 8, 256, 4096


def label_texts(labels, names=None):
    """Labels as text, in their order; `names` replaces them (a list, or a function of one label)."""
    if names is not None:
        if len(names) != len(labels):
            raise ExportError("%d label names" % len(names), "the model has %d" % len(labels))
        labels = list(names)
    out = []
    for label in labels:
        label = label.item() if isinstance(label, np.generic) else label
        if not isinstance(label, (str, bool, int, float)) or label != label:
            raise ExportError("label %r" % (label,), "labels are str, int, bool or float")
        text = str(label)
        if not text or "\0" in text:
            raise ExportError("label %r" % text, "a label has to have a name, without NUL")
        out.append(text)
    if len(set(out)) != len(out):
        raise ExportError("labels %s" % out, "as text they are not distinct")
    return out


class Assembler:
    """Collects arrays under names while the manifest is written."""

    def __init__(self, rows_dtype):
        self.arrays, self.rows_dtype = {}, rows_dtype

    def put(self, name, values, dtype):
        try:
            self.arrays[name] = files.array(values, dtype)
        except ValueError:  # infinite or NaN, as float32 perhaps
            raise ExportError(
                "numbers of %r are not finite" % name,
                "fit with smoothing (alpha > 0)" if dtype == "f64" else "leave out --f32",
            ) from None
        return name

    def matrix(self, name, values, dtype=None):
        return {"encoding": "dense", "values": self.put(name, values, dtype or self.rows_dtype)}

    def passes(self, prefix, passes):
        out = []
        for i, p in enumerate(passes):
            p = dict(p)
            for key in ("idf", "scale"):
                if key in p:
                    p[key] = self.put("%s%s%d" % (prefix, key, i), p[key], "f64")
            out.append(p)
        return out[0] if len(out) == 1 else out

    def block(self, number, block, rows, live):
        """One block's object; rows [n_live][dim] belong to its columns live."""
        name = "b%d." % number
        out = {k: v for k, v in block["fields"].items() if k != "field" or v}
        if "stop_words" in out:
            out["stop_words"] = self.put(name + "stop_words", out["stop_words"], "str")
        if "terms" in block:
            out["terms"] = self.put(name + "terms", block["terms"], "str")
        else:
            out["hash"] = dict(block["hash"])
            if "columns" in block["hash"]:
                out["hash"]["columns"] = self.put(name + "columns", block["hash"]["columns"], "u32")
        if block["passes"]:
            out["weighting"] = self.passes(name, block["passes"])
        kept = np.flatnonzero(np.any(rows != 0.0, axis=1))  # a row of zeros adds nothing
        if len(kept) == 0:
            kept = np.arange(min(1, len(rows)))
        rows, live = rows[kept], live[kept]
        if len(live) == 0:
            rows, live = np.zeros((1, rows.shape[1])), np.zeros(1, int)
        if len(live) < block["n"]:
            out["selected"] = self.put(name + "selected", live, "u32")
        out["rows"] = self.matrix(name + "rows", rows)
        return out


def _checked_width(coef, width):
    if coef.shape[1] != width:
        raise ExportError(
            "a classifier of %d features behind %d columns" % (coef.shape[1], width),
            "the pipeline's parts do not belong together",
        )


def manifest_of(state, head, labels, link, f32=False):
    """The manifest without sum_order and probes, of a state (Columns or Dense) and a Head."""
    if isinstance(state, (features.Start, features.Text)):
        raise ExportError("a classifier without a vectorizer", "winnow reads text")
    _checked_width(head.coef, state.width)
    a = Assembler("f32" if f32 else "f64")
    m = {"winnow": 1, "labels": a.put("labels", labels, "str"), "link": link}
    coef, bias = head.coef, np.asarray(head.bias, dtype=np.float64)
    columns = state
    if isinstance(state, features.Dense):
        columns = state.columns
        coef, bias = state.fold(coef, bias)
        m["stages"] = []
        for i, s in enumerate(state.stages):
            if "matrix" in s:
                bias_name = a.put("stage%d.bias" % i, s["bias"], "f64")
                s = {"matrix": a.matrix("stage%d" % i, s["matrix"], "f64"), "bias": bias_name}
            m["stages"].append(s)
        if not m["stages"]:
            del m["stages"]
        m["head"] = a.matrix("head", coef)
        rows = state.rows
    else:
        if columns.shift is not None:
            bias = bias + coef @ columns.shift
        rows = coef.T
    if np.any(bias):
        m["bias"] = a.put("bias", bias, "f64")
    if columns.passes:
        m["weighting"] = a.passes("all.", columns.passes)
    if head.members > 1:
        m["members"] = head.members
    if head.multi_label:
        m["multi_label"] = True
    if head.calibration is not None:
        m["calibration"] = _calibration(a, head.calibration)
        if head.ranks_by_decision:
            m["rank_by_decision"] = True
    if head.cut is not None:
        at = head.cut.thresholds(link, head.calibration is not None)
        m["thresholds"] = a.put("thresholds", at, "f64")
    m["blocks"], first = [], 0
    for number, block in enumerate(columns.blocks):
        here = (columns.live >= first) & (columns.live < first + block["n"])
        live = columns.live[here] - first
        m["blocks"].append(a.block(number, block, rows[here], live))
        first += block["n"]
    _share_steps(m)
    _one_field_is_the_text(m["blocks"])
    m["arrays"] = a.arrays
    _check_limits(m, rows.shape[1])
    return m


def _check_limits(m, dim):
    passes = [m.get("weighting", [])] + [b.get("weighting", []) for b in m["blocks"]]
    for what, n, most in (
        ("vectorizers", len(m["blocks"]), MAX_BLOCKS),
        ("dense steps", len(m.get("stages", ())), MAX_STAGES),
        ("steps behind a vectorizer", max(map(len, passes)), MAX_PASSES),
        ("members", m.get("members", 1), MAX_MEMBERS),
        ("components of a projection", dim if "head" in m else 0, MAX_DIM),
    ):
        if n > most:
            raise ExportError("%d %s" % (n, what), "a model has at most %d" % most)


def _calibration(a, given):
    out = {k: v for k, v in given.items() if k != "points"}
    first, second = zip(*given["points"])
    if given["method"] == "sigmoid":
        out["slopes"] = a.put("calibration.slopes", first, "f64")
        out["offsets"] = a.put("calibration.offsets", second, "f64")
    else:
        out["ends"] = a.put("calibration.ends", np.cumsum([len(x) for x in first]), "u32")
        out["x"] = a.put("calibration.x", np.concatenate(first), "f64")
        out["y"] = a.put("calibration.y", np.concatenate(second), "f64")
    return out


def _share_steps(m):
    """Moves "normalize" to the model where all blocks have the same."""
    steps = [b["normalize"] for b in m["blocks"]]
    if all(s == steps[0] for s in steps):
        m["normalize"] = steps[0]
        for b in m["blocks"]:
            del b["normalize"]


def _one_field_is_the_text(blocks):
    """A single text column needs no name: any text may be given."""
    if len({b.get("field", "") for b in blocks}) == 1:
        for b in blocks:
            b.pop("field", None)
