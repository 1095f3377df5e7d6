"""manifest - the JSON twin of a model file: arrays in and out, and the file itself.

The JSON twin is the manifest with its arrays inline.  Only the C tool writes the binary form:
`winnow convert model.json model.winnow`.
"""

import base64
import json

import numpy as np

DTYPES = {
    "u8": "<u1", "i8": "<i1", "i32": "<i4", "u32": "<u4", "i64": "<i8",
    "f16": "<f2", "f32": "<f4", "f64": "<f8",
}  # fmt: skip


def array(values, dtype):
    """An ARRAY with its data in base64; `values` is an array, or a list of str for dtype "str"."""
    if dtype == "str":
        parts = [v.encode("utf-8") for v in values]
        if any(b"\0" in p for p in parts):
            raise ValueError("a string array cannot hold a NUL")
        ends = np.cumsum([len(p) for p in parts], dtype="<u4")
        return _inline(ends.tobytes() + b"".join(parts), "str", [len(parts)])
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused below
        a = np.ascontiguousarray(values, dtype=DTYPES[dtype])
    if a.dtype.kind == "f" and not np.isfinite(a).all():
        raise ValueError("a weight is not finite in %s" % dtype)
    return _inline(a.tobytes(), dtype, list(a.shape))


def plain(values, dtype, shape=None):
    """An ARRAY with its values written out, for models meant to be read by people."""
    flat = list(values)
    return {"dtype": dtype, "shape": shape or [len(flat)], "values": flat}


def _inline(data, dtype, shape):
    return {"dtype": dtype, "shape": shape, "data": base64.b64encode(data).decode("ascii")}


def read_array(a):
    """The numpy array (or list of str) that an ARRAY describes."""
    shape, dtype = a["shape"], a["dtype"]
    if "values" in a:
        return (
            list(a["values"])
            if dtype == "str"
            else np.array(a["values"], DTYPES[dtype]).reshape(shape)
        )
    data = base64.b64decode(a["data"], validate=True)
    if dtype != "str":
        return np.frombuffer(data, DTYPES[dtype]).reshape(shape)
    ends = np.frombuffer(data[: 4 * shape[0]], "<u4").tolist()
    text = data[4 * shape[0] :]
    return [text[b:e].decode("utf-8") for b, e in zip([0] + ends, ends)]


def read_matrix(matrix, arrays):
    """A MATRIX as float64, with the roundings of its encoding: this is what the engine scores with."""
    values = read_array(arrays[matrix["values"]])
    if matrix["encoding"] == "dense":
        return values.astype(np.float64)
    if matrix["encoding"] == "scaled":
        scale = read_array(arrays[matrix["scale"]])
        return (values.astype(np.float32) * scale.astype(np.float32)).astype(np.float64)
    raise ValueError("manifest: the mirror does not read %r rows" % matrix["encoding"])


def write(path, manifest):
    """Writes a manifest compactly; the same manifest gives the same bytes."""
    with open(path, "w", encoding="utf-8") as f:
        json.dump(manifest, f, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        f.write("\n")


def write_readable(path, manifest):
    """Writes a small manifest for human readers: one field, probe or list of values a line."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(_readable(manifest, "") + "\n")


def _readable(node, indent):
    """JSON text: objects and lists of objects a part a line, a probe or a list of values on one."""
    deeper = indent + " "
    if isinstance(node, dict) and "text" not in node:
        parts = ["%s: %s" % (json.dumps(k), _readable(v, deeper)) for k, v in node.items()]
        begin, end = "{}"
    elif isinstance(node, list) and node and isinstance(node[0], dict):
        parts = [_readable(v, deeper) for v in node]
        begin, end = "[]"
    else:
        return json.dumps(node, ensure_ascii=False, allow_nan=False)
    return begin + "\n" + deeper + (",\n" + deeper).join(parts) + "\n" + indent + end


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
