"""model - a linear model read back from its JSON twin, scored as the engine scores it."""

import numpy as np

from . import manifest as files
from .feature import Block
from .link import LINKS
from .normalize import check_steps, normalize


class Model:
    """labels, and scores(text): the probabilities of all labels, in float64."""

    def __init__(self, manifest):
        arrays = manifest["arrays"]
        self.name = manifest.get("name", "")
        self.labels = files.read_array(arrays[manifest["labels"]])
        self.steps = manifest.get("normalize", [])
        check_steps(self.steps)
        self.descending = manifest.get("sum_order", "ascending") == "descending"
        self.link = LINKS[manifest["link"]]
        self.probes = manifest.get("probes", [])
        self.bias = np.zeros(len(self.labels))
        if "bias" in manifest:
            self.bias = files.read_array(arrays[manifest["bias"]]).astype(np.float64)
        self.blocks = []
        for block in manifest["blocks"]:
            rows = files.read_matrix(block["rows"], arrays)
            self.blocks.append((Block(_resolved(block, arrays)), rows))

    @classmethod
    def open(cls, path):
        return cls(files.read(path))

    def logits(self, text):
        text = normalize(text, self.steps)
        s = np.zeros(len(self.labels))
        for block, rows in self.blocks:
            for column, weight in block.weights(text, self.descending):
                s += weight * rows[column]
        return s + self.bias

    def scores(self, text):
        return self.link(self.logits(text))

    def score_all(self, texts):
        """[n][n_labels] probabilities."""
        return np.array([self.scores(t) for t in texts]).reshape(-1, len(self.labels))


def _resolved(block, arrays):
    """A copy of a block with the arrays of its text side in place of their names."""
    out = dict(block)
    for key in ("terms", "stop_words"):
        if key in block:
            out[key] = files.read_array(arrays[block[key]])
    weighting = out["weighting"] = dict(block["weighting"])
    if "idf" in weighting:
        weighting["idf"] = files.read_array(arrays[weighting["idf"]]).astype(np.float64)
    if "hash" in block:
        out["hash"] = dict(block["hash"])
        if "columns" in block["hash"]:
            out["hash"]["columns"] = files.read_array(arrays[block["hash"]["columns"]])
    return out
