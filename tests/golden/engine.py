"""engine.py - scores of the engine for the suites that compare them: the library, or the tool.

Library calls libwinnow.so.0 beside the tool: exact doubles. Where there is none (sanitizer builds)
Tool reads what the program prints, as JSON Lines with six digits.
"""

import ctypes
import json
import os
import subprocess

import numpy as np


class Score(ctypes.Structure):
    _fields_ = [("label", ctypes.c_uint32), ("probability", ctypes.c_double),
                ("logit", ctypes.c_double), ("is_chosen", ctypes.c_int)]


class Prediction(ctypes.Structure):
    _fields_ = [("scores", ctypes.c_void_p), ("n_scores", ctypes.c_uint32),
                ("n_features", ctypes.c_uint32), ("n_chosen", ctypes.c_uint32),
                ("decision", ctypes.c_int), ("context", ctypes.c_void_p)]


class Paragraph(ctypes.Structure):
    _fields_ = [("begin", ctypes.c_size_t), ("end", ctypes.c_size_t),
                ("predictions", ctypes.POINTER(Prediction))]


class Result(ctypes.Structure):
    _fields_ = [("paragraphs", ctypes.POINTER(Paragraph)), ("n_paragraphs", ctypes.c_size_t),
                ("n_models", ctypes.c_size_t)]


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("k", ctypes.c_uint32), ("threshold", ctypes.c_double),
                ("split", ctypes.c_int), ("context", ctypes.c_int)]


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("offset", ctypes.c_uint64),
                ("message", ctypes.c_char * 160)]


SCORE = np.dtype({"names": ["label", "probability", "logit", "is_chosen"],
                  "formats": ["<u4", "<f8", "<f8", "<i4"],
                  "offsets": [Score.label.offset, Score.probability.offset, Score.logit.offset,
                              Score.is_chosen.offset],
                  "itemsize": ctypes.sizeof(Score)})


class Answers:
    """Numbers of n texts: logits, probabilities and is_chosen [n][n_labels], best label and known
    features [n]. What the engine does not tell is NaN."""

    def __init__(self, n, n_labels):
        self.logits = np.full((n, n_labels), np.nan)
        self.probabilities = self.logits.copy()
        self.is_chosen = np.zeros((n, n_labels), bool)
        self.best = np.full(n, -1)
        self.known = np.full(n, -1)


class Library:
    """Scores through the shared library: exact doubles."""
    tolerance = 1e-12

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)

    def answers(self, model_bytes, rows, fields, n_labels):
        """Answers for rows of texts (bytes), one for each of the model's fields."""
        model, ctx, error = ctypes.c_void_p(), ctypes.c_void_p(), Error()
        status = self.lib.wn_model_open_memory(model_bytes, ctypes.c_size_t(len(model_bytes)), None,
                                               ctypes.byref(model), ctypes.byref(error))
        if status != 0:
            raise RuntimeError(error.message.decode("utf-8", "replace"))
        self.lib.wn_ctx_new(None, ctypes.byref(ctx))
        texts = [text for row in rows for text in row]
        batch = (Text * len(texts))(*[Text(text, len(text)) for text in texts])
        names = (ctypes.c_char_p * len(fields))(*[field.encode() for field in fields])
        options = Options(ctypes.sizeof(Options), 0, 0.0, 0, 0)
        result = Result()
        status = self.lib.wn_classify_fields(ctx, ctypes.byref(model), ctypes.c_size_t(1), names,
                                             ctypes.c_size_t(len(fields)), batch,
                                             ctypes.c_size_t(len(rows)), ctypes.byref(options),
                                             ctypes.byref(result))
        if status != 0:
            raise RuntimeError(f"wn_classify_fields: status {status}")
        out = Answers(len(rows), n_labels)
        for i in range(len(rows)):
            prediction = result.paragraphs[i].predictions[0]
            data = ctypes.string_at(prediction.scores, prediction.n_scores * SCORE.itemsize)
            scores = np.frombuffer(data, SCORE)
            label = scores["label"]
            out.logits[i, label] = scores["logit"]
            out.probabilities[i, label] = scores["probability"]
            out.is_chosen[i, label] = scores["is_chosen"]
            out.best[i] = label[0]
            out.known[i] = prediction.n_features
        self.lib.wn_ctx_free(ctx)
        self.lib.wn_model_unref(model)
        return out


class Tool:
    """Scores through the tool's JSON Lines: as many digits as it prints, one field alone."""
    tolerance = 2e-5

    def __init__(self, path, folder):
        self.path, self.model = path, os.path.join(folder, "model.json")

    def answers(self, model_bytes, rows, fields, n_labels):
        if len(fields) > 1:
            raise NotImplementedError("several fields")
        with open(self.model, "wb") as file:
            file.write(model_bytes)
        records = "".join(json.dumps({"text": row[0].decode("utf-8", "replace")}) + "\n"
                          for row in rows)
        done = subprocess.run([self.path, "classify", "-m", self.model, "-k", "0", "--input",
                               "jsonl", "--format", "jsonl", "-"], input=records.encode(),
                              stdout=subprocess.PIPE, check=False)
        lines = done.stdout.splitlines()
        if done.returncode != 0 or len(lines) != len(rows):
            raise RuntimeError(f"exit {done.returncode}, {len(lines)} of {len(rows)} records")
        out = Answers(len(rows), n_labels)
        for i, line in enumerate(lines):
            (scores,) = json.loads(line)["results"].values()
            for place, score in enumerate(scores):
                j = int(score["label"])  # the labels are their numbers
                out.best[i] = j if place == 0 else out.best[i]
                if "score" in score:
                    out.logits[i, j] = score["score"]
                else:
                    out.probabilities[i, j] = score["p"]
        return out


def opened(tool, folder):
    """Library where there is one beside the tool, else Tool."""
    path = os.path.join(os.path.dirname(os.path.abspath(tool)), "libwinnow.so.0")
    return Library(path) if os.path.exists(path) else Tool(tool, folder)
