"""model - a linear model read back from its JSON twin, scored as the engine scores it.

fields -> normalize -> block weights -> passes over all -> sum of rows -> stages -> head + bias
       -> outputs -> members (link, calibrators) -> logits, probabilities -> chosen labels
"""

import numpy as np

from . import manifest as files
from . import weighting
from .feature import Block, passes_of
from .members import Members
from .normalize import check_steps, normalize

SUM_ORDERS = ("ascending", "descending", "blocks_descending")


class Part:
    """A block with its rows: row_of says which row a column has, -1 for none."""

    def __init__(self, block, rows, field, steps, first):
        self.block, self.rows, self.field, self.steps = Block(block), rows, field, steps
        self.first = first  # number of the block's first column among those of all blocks
        self.row_of = None
        if "selected" in block:
            self.row_of = np.full(self.block.n_columns, -1)
            self.row_of[block["selected"]] = np.arange(len(block["selected"]))


class Model:
    """labels, and scores(text): the probabilities of all labels, in float64.

    A text is bytes or str, or a list of them where the model reads several fields (`fields`).
    """

    def __init__(self, manifest):
        arrays = manifest["arrays"]

        def read(name):
            return files.read_array(arrays[name])

        self.name = manifest.get("name", "")
        self.labels = read(manifest["labels"])
        self.sum_order = manifest.get("sum_order", "ascending")
        self.probes = manifest.get("probes", [])
        self.parts, self.fields, first = [], [], 0
        for block in manifest["blocks"]:
            steps = block.get("normalize", manifest.get("normalize", []))
            if block["extractor"] == "surface":
                steps = []  # it reads the text as it was given
            check_steps(steps)
            if block.get("field", "") not in self.fields:
                self.fields.append(block.get("field", ""))
            field = self.fields.index(block.get("field", ""))
            rows = files.read_matrix(block["rows"], arrays)
            self.parts.append(Part(_resolved(block, read), rows, field, steps, first))
            first += self.parts[-1].block.n_columns
        self.passes = _resolved_passes(manifest.get("weighting"), read)
        self.stages = [_resolved_stage(s, arrays) for s in manifest.get("stages", [])]
        self.dim = self.parts[0].rows.shape[1]
        self.head = files.read_matrix(manifest["head"], arrays) if "head" in manifest else None
        n_outputs = self.dim if self.head is None else len(self.head)
        self.bias = np.zeros(n_outputs)
        if "bias" in manifest:
            self.bias = read(manifest["bias"]).astype(np.float64)
        self.members = Members(manifest, len(self.labels), n_outputs, read)
        self.multi_label = manifest.get("multi_label", False)
        self.ranks_by_probability = self.members.ranks_by_probability and not manifest.get(
            "rank_by_decision", False
        )
        self.thresholds = None
        if "thresholds" in manifest:
            self.thresholds = read(manifest["thresholds"]).astype(np.float64)
        elif self.multi_label:
            middle = 0.5 if self.members.has_probabilities else 0.0
            self.thresholds = np.full(len(self.labels), middle)

    @classmethod
    def open(cls, path):
        return cls(files.read(path))

    def weights(self, text):
        """[(part, column, weight)] after all passes, in the order of summation."""
        texts = [text] if len(self.fields) == 1 and isinstance(text, (str, bytes)) else text
        out = []
        for part in reversed(self.parts) if self.sum_order == "descending" else self.parts:
            prepared = normalize(texts[part.field], part.steps)
            found = part.block.weights(prepared, self.sum_order != "ascending")
            out.extend((part, column, weight) for column, weight in found)
        if self.passes:
            columns = [part.first + column for part, column, _ in out]
            values = weighting.apply(self.passes, columns, [w for _, _, w in out])
            out = [(part, column, w) for (part, column, _), w in zip(out, values)]
        return out

    def pooled(self, text):
        """[dim] the sum of weighted rows, added one by one in their order."""
        rows, weights = [], []
        for part, column, weight in self.weights(text):
            row = column if part.row_of is None else part.row_of[column]
            if row >= 0:
                rows.append(part.rows[row])
                weights.append(weight)
        if not rows:
            return np.zeros(self.dim)
        # A cumulative sum has to add one by one; numpy's sum would add pairwise.
        return np.cumsum(np.array(weights)[:, None] * np.array(rows), axis=0)[-1]

    def outputs(self, text):
        """[n_outputs] what the members are made of."""
        h = self.pooled(text)
        for norm, matrix, bias in self.stages:
            h = h / weighting.norm_of(norm, h.tolist())
            if matrix is not None:
                h = matrix @ h + bias
        return (h if self.head is None else self.head @ h) + self.bias

    def logits(self, text):
        return self.members.scores(self.outputs(text))[0]

    def scores(self, text):
        """[n_labels] what a probe holds: probabilities, or logits where there are none."""
        logits, probabilities = self.members.scores(self.outputs(text))
        return logits if probabilities is None else probabilities

    def chosen(self, text):
        """The labels (their numbers) that the model chooses."""
        logits, probabilities = self.members.scores(self.outputs(text))
        held = logits if probabilities is None else probabilities
        above = np.full(len(held), True) if self.thresholds is None else held > self.thresholds
        if self.multi_label:
            return np.flatnonzero(above).tolist()
        keys = probabilities if self.ranks_by_probability else logits
        ranking = np.argsort(-keys, kind="stable")
        return [int(j) for j in ranking if above[j]][:1]

    def score_all(self, texts):
        """[n][n_labels] scores."""
        return np.array([self.scores(t) for t in texts]).reshape(-1, len(self.labels))


def _resolved_passes(entry, read):
    passes = [dict(p) for p in passes_of(entry)]
    for p in passes:
        for key in ("idf", "scale"):
            if key in p:
                p[key] = read(p[key]).astype(np.float64)
    return passes


def _resolved_stage(stage, arrays):
    """(norm, matrix or None, bias) of a stage."""
    matrix, bias = None, 0.0
    if "matrix" in stage:
        matrix = files.read_matrix(stage["matrix"], arrays)
    if "bias" in stage:
        bias = files.read_array(arrays[stage["bias"]]).astype(np.float64)
    return stage.get("norm", "none"), matrix, bias


def _resolved(block, read):
    """A copy of a block with the arrays of its text side in place of their names."""
    out = dict(block)
    for key in ("terms", "stop_words", "selected"):
        if key in block:
            out[key] = read(block[key])
    out["weighting"] = _resolved_passes(block.get("weighting"), read)
    if "hash" in block:
        out["hash"] = dict(block["hash"])
        if "columns" in block["hash"]:
            out["hash"]["columns"] = read(block["hash"]["columns"])
    return out
