"""The topic preparation script on a small made-up source: labels, lengths, splits, repeatability."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "prepare", "prepare_topic.py"
)
FILL = " while the neighbours looked on from the other bank and wondered what would come of it all"
SUBJECTS = {"technology": "science-technology", "sports": "sport", "religion": "religion"}


def source():
    """Tab-separated rows: id, topic, text; every seventh is too short, and one repeats."""
    rows = []
    for i in range(240):
        topic = sorted(SUBJECTS)[i // 6 % 3]
        text = "Sentence %d about %s told by narrator %d and clerk %d" % (i, topic, i * 37, i * 91)
        long = " ".join("%s%d" % (word, i * 13 % 97 + n) for n, word in enumerate(FILL.split()))
        rows.append("%d\t%s\t%s." % (i, topic, text if i % 7 == 0 else text + " " + long))
    rows.append("999\tsports\t" + rows[1].split("\t")[2])
    rows.append("1000\tgeography\t" + rows[2].split("\t")[2].replace("Sentence", "Line"))
    return "\n".join(rows) + "\n"


class Prepare(unittest.TestCase):
    def run_once(self, folder, name):
        path, out = os.path.join(folder, "in.tsv"), os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(source())
        command = [sys.executable, SCRIPT, "--sib", path, "--out", out, "--jobs", "1"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = {}
        for split in ("train", "dev", "test"):
            with open(os.path.join(out, split + ".jsonl.gz"), "rb") as f:
                found[split] = f.read()
        return found

    def test_small_source(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = self.run_once(folder, "a"), self.run_once(folder, "b")
        self.assertEqual(first, second)
        groups, rows = {}, []
        for split, content in first.items():
            part = [json.loads(line) for line in gzip.decompress(content).decode().splitlines()]
            rows += part
            for r in part:
                groups.setdefault(int(r["id"][4:]) // 6, set()).add(split)
        self.assertEqual(len(rows), sum(i % 7 != 0 for i in range(240)))
        self.assertTrue(all(100 <= len(r["text"]) <= 1200 for r in rows))
        self.assertTrue(all(len(s) == 1 for s in groups.values()), "a group in two splits")
        for r in rows:
            topic = r["text"].split(" about ")[1].split()[0]
            self.assertEqual(r["labels"], [SUBJECTS[topic]])


if __name__ == "__main__":
    unittest.main()
