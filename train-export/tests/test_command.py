"""The command line of the exporters, and LIBLINEAR models against LIBLINEAR's own rules."""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import joblib
import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import documents
import pipelines
from winnow_train import __main__ as program
from winnow_train import manifest as files
from winnow_train.export import ExportError, export_pipeline, liblinear, texts, tool
from winnow_train.model import Model

WINNOW = os.environ.get("WINNOW", os.path.join(HERE, "..", "..", "build", "winnow"))
HAS_TOOL = os.access(WINNOW, os.X_OK)


def run(*arguments):
    """(exit code, stderr) of the program."""
    told = io.StringIO()
    with redirect_stderr(told), mock.patch.object(sys, "argv", ["winnow_train", *arguments]):
        try:
            program.main()
        except SystemExit as end:
            return end.code or 0, told.getvalue()
    return 0, told.getvalue()


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        return path


class Sklearn(Folder):
    def saved(self, pipeline):
        texts_, topics = documents.training(120)
        pipeline.fit(texts_, pipelines.targets("four", topics))
        joblib.dump(pipeline, self.path("p.joblib"))
        return self.path("p.joblib")

    def test_json(self):
        saved = self.saved(make_pipeline(TfidfVectorizer(), LogisticRegression()))
        probes = self.path("probes.txt", "a ferry in the harbour\nопера и хор\n")
        labels = self.path("labels.txt", "one\ntwo\nthree\nfour\n")
        out = self.path("topics.json")
        code, told = run("export", "sklearn", saved, out, "--probes", probes, "--labels", labels,
                         "--model-version", "3", "--license", "CC0-1.0")  # fmt: skip
        self.assertEqual((code, told), (0, ""))
        m = files.read(out)
        self.assertEqual(Model(m).labels, ["one", "two", "three", "four"])
        self.assertEqual((m["name"], m["version"], m["license"]), ("topics", "3", "CC0-1.0"))
        self.assertEqual(
            [p["text"] for p in m["probes"][:2]], ["a ferry in the harbour", "опера и хор"]
        )
        self.assertIn("TfidfVectorizer", m["description"])
        stored = [p["text"] for p in m["probes"]]
        self.assertTrue(all(t in stored for t in texts.GOLDEN))

    @unittest.skipUnless(HAS_TOOL, "WINNOW: no tool at %s" % WINNOW)
    def test_winnow_and_verify(self):
        saved = self.saved(make_pipeline(CountVectorizer(ngram_range=(1, 2)), LinearSVC()))
        out = self.path("m.winnow")
        with mock.patch.dict(os.environ, WINNOW=WINNOW):
            self.assertEqual(run("export", "sklearn", saved, out), (0, ""))
            done = subprocess.run([WINNOW, "verify", out], stdout=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"ok", done.stdout)
            self.assertEqual(run("verify", out)[0], 0)
            self.assertEqual(run("verify", self.path("absent.winnow"))[0], 2)

    @unittest.skipUnless(HAS_TOOL, "WINNOW: no tool at %s" % WINNOW)
    def test_every_case_is_a_file(self):
        """The engine opens every exported model and gives the pipelines' scores of its probes."""
        with mock.patch.dict(os.environ, WINNOW=WINNOW):
            for case in pipelines.cases()[::9]:
                if not case.by_name:
                    m = export_pipeline(pipelines.fit(case), tell=str, **(case.options or {}))
                    tool.save(m, self.path("m.winnow"))

    def test_a_refusal_is_one_line(self):
        pipeline = make_pipeline(
            TfidfVectorizer(tokenizer=str.split, token_pattern=None), LinearSVC()
        )
        code, told = run("export", "sklearn", self.saved(pipeline), self.path("m.json"))
        self.assertEqual(code, 2)
        self.assertEqual(told.count("\n"), 1)
        self.assertIn("TfidfVectorizer(tokenizer=<str.split>)", told)
        self.assertFalse(os.path.exists(self.path("m.json")))

    def test_wrong_names_and_files(self):
        saved = self.saved(make_pipeline(CountVectorizer(), LinearSVC()))
        self.assertEqual(run("export", "sklearn", saved, self.path("m.bin"))[0], 2)
        self.assertEqual(run("export", "sklearn", self.path("none"), self.path("m.json"))[0], 2)
        code, told = run(
            "export", "sklearn", self.path("x.joblib", "nonsense"), self.path("m.json")
        )
        self.assertEqual(code, 2)
        self.assertIn("export_pipeline", told)

    def test_a_folder_that_is_not_there(self):
        saved = self.saved(make_pipeline(CountVectorizer(), LinearSVC()))
        code, told = run("export", "sklearn", saved, self.path("absent/m.json"))
        self.assertEqual(code, 2)
        self.assertIn("there is no folder", told)

    def test_another_scikit_learn(self):
        """One that still works is told of, one that does not is refused in one line."""
        pipeline = make_pipeline(CountVectorizer(), LinearSVC())
        self.saved(pipeline)
        for is_whole in (True, False):
            with mock.patch.object(sklearn.base, "__version__", "1.1.7"):
                if not is_whole:
                    del pipeline[0].binary
                joblib.dump(pipeline, self.path("p.joblib"))
            code, told = run("export", "sklearn", self.path("p.joblib"), self.path("m.json"))
            self.assertEqual(code, 0 if is_whole else 2)
            self.assertEqual(told.count("\n"), 1)
            self.assertIn("scikit-learn 1.1.7, this is %s" % sklearn.__version__, told)
            self.assertEqual("the Python that fitted it" in told, not is_whole)

    def test_numbers_for_labels(self):
        """The columns of a multi-label y have no names, unless they are given."""
        texts_, topics = documents.training(120)
        pipeline = make_pipeline(CountVectorizer(), OneVsRestClassifier(LinearSVC()))
        pipeline.fit(texts_, pipelines.targets("multi", topics))
        joblib.dump(pipeline, self.path("p.joblib"))
        code, told = run("export", "sklearn", self.path("p.joblib"), self.path("m.json"))
        self.assertEqual(code, 0)
        self.assertIn("--labels FILE", told)
        n = len(Model(files.read(self.path("m.json"))).labels)
        names = self.path("names.txt", "".join("label %d\n" % i for i in range(n)))
        done = run("export", "sklearn", self.path("p.joblib"), self.path("m.json"), "--labels", names)
        self.assertEqual(done, (0, ""))

    def test_thresholds(self):
        saved = self.saved(make_pipeline(TfidfVectorizer(), LogisticRegression()))
        limits = self.path("limits.txt", "0.9\n0.25\n0.125\n0.0625\n")
        out = self.path("m.json")
        self.assertEqual(run("export", "sklearn", saved, out, "--thresholds", limits), (0, ""))
        model = Model(files.read(out))
        self.assertEqual(model.thresholds.tolist(), [0.9, 0.25, 0.125, 0.0625])
        for text in texts.PROSE:
            p = joblib.load(saved).predict_proba([text])[0]
            above = [j for j in np.argsort(-p, kind="stable") if p[j] > model.thresholds[j]]
            self.assertEqual(model.chosen(text), above[:1])
        for wrong in ("0.5\n", "0.5\n" * 5, "a\nb\nc\nd\n", "1\n2\n3\nnan\n"):
            limits = self.path("limits.txt", wrong)
            code, told = run("export", "sklearn", saved, out, "--thresholds", limits)
            self.assertEqual(code, 2)
            self.assertIn("thresholds: a number for each of the 4 labels", told)

    def test_no_tool(self):
        saved = self.saved(make_pipeline(CountVectorizer(), LinearSVC()))
        with mock.patch.dict(os.environ, WINNOW=self.path("nowhere")):
            code, told = run("export", "sklearn", saved, self.path("m.winnow"))
        self.assertEqual(code, 2)
        self.assertIn("no winnow tool at WINNOW=", told)

    def test_marks(self):
        told = []
        texts_, topics = documents.training(60)
        pipeline = make_pipeline(CountVectorizer(), LinearSVC())
        pipeline.fit(texts_, pipelines.targets("four", topics))
        export_pipeline(pipeline, probes=["हिन्दी भाषा में समाचार"], tell=told.append)
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], r"^\d+ % of the probes' letters are marks")
        export_pipeline(pipeline, probes=["plain words"], tell=told.append)
        self.assertEqual(len(told), 1)

    def test_the_same_file_twice(self):
        saved = self.saved(
            make_pipeline(CountVectorizer(), SelectKBest(chi2), LinearSVC(random_state=0))
        )
        for name in ("a.json", "b.json"):
            run("export", "sklearn", saved, self.path(name), "--name", "n")
        with (
            open(self.path("a.json"), encoding="utf-8") as a,
            open(self.path("b.json"), encoding="utf-8") as b,
        ):
            text = a.read()
            self.assertEqual(text, b.read())
        self.assertNotIn(" at 0x", text)  # an address would be another one tomorrow


TWO = """solver_type L2R_LR
nr_class 2
label 7 -1
nr_feature 3
bias 2
w
0.5
-1.25
0
0.1
"""
THREE = """solver_type %s
nr_class 3
label 3 1 2
nr_feature 2
bias -1
w
0.5 1 -1
-1.25 0 2
"""


class Liblinear(Folder):
    def exported(self, model, vocabulary, *options):
        out = self.path("m.json")
        code, told = run("export", "liblinear", self.path("m.model", model),
                         self.path("v.txt", vocabulary), out, *options)  # fmt: skip
        self.assertEqual((code, told), (0, ""))
        return Model(files.read(out))

    def test_two_classes(self):
        """A decision above 0 is the first label's; its probability is 1 / (1 + exp(-d))."""
        model = self.exported(TWO, "the\nferry\nbank\n", "--lowercase")
        self.assertEqual(model.labels, ["-1", "7"])
        d = 2 * 0.5 - 1.25 + 2 * 0.1
        self.assertEqual(model.logits("the FERRY The").tolist(), [-d, d])
        self.assertAlmostEqual(model.scores("the ferry the")[1], 1 / (1 + np.exp(-d)), delta=1e-15)
        self.assertEqual(model.chosen("the ferry the"), [0])
        self.assertEqual(model.chosen("the"), [1])

    def test_three_classes(self):
        model = self.exported(THREE % "L2R_LR", "a\nb\n")
        d = np.array([0.5 - 1.25, 1, 1])
        self.assertEqual(model.labels, ["3", "1", "2"])
        self.assertEqual(model.logits("a b").tolist(), d.tolist())
        p = 1 / (1 + np.exp(-d))
        self.assertTrue(np.allclose(model.scores("a b"), p / p.sum(), atol=1e-15))
        raw = self.exported(THREE % "MCSVM_CS", "a\nb\n")
        self.assertEqual(raw.scores("a b").tolist(), d.tolist())

    def test_text_options(self):
        idf = self.path("idf.txt", "1.5\n2\n3\n")
        model = self.exported(TWO, "ab\nab cd\ncd\n", "--idf", idf, "--norm", "l2", "--ngrams", "1", "2",
                              "--tokens", "word", "--min-length", "2", "--sublinear")  # fmt: skip
        tf = 1 + np.log(2)
        values = np.array([tf * 1.5, 2, 3])
        values = values / np.sqrt((values**2).sum())
        d = values @ [0.5, -1.25, 0] + 0.2
        self.assertAlmostEqual(model.logits("ab ab cd")[1], d, delta=1e-15)

    def test_other_text_options(self):
        model = self.exported(THREE % "L1R_LR", "é\nf\n", "--pattern", "[a-zé]", "--strip-accents",
                              "ascii", "--binary")  # fmt: skip
        self.assertEqual(model.logits("éff").tolist(), [-1.25, 0, 2])
        model = self.exported(
            THREE % "L1R_LR", "ab\nbc\n", "--analyzer", "chars", "--ngrams", "2", "2"
        )
        self.assertEqual(model.logits("abc").tolist(), [-0.75, 1, 1])

    def test_terms_without_weights_count_in_norms(self):
        model = self.exported(THREE % "L2R_L2LOSS_SVC", "a\nb\nc\nd\n", "--norm", "l1")
        self.assertEqual(model.logits("a c").tolist(), [0.25, 0.5, -0.5])

    @unittest.skipUnless(shutil.which("liblinear-train"), "no liblinear-train command")
    def test_the_labels_of_liblinear(self):
        """Trained and predicted by LIBLINEAR's own programs, all solvers, two classes and four."""
        terms = (
            documents.TOPICS[0] + documents.TOPICS[1] + documents.TOPICS[2] + ["the", "of", "and"]
        )
        vocabulary = "".join(t + "\n" for t in terms)
        rng = random.Random(8)
        rows = [[rng.choice(terms) for _ in range(rng.randint(1, 9))] for _ in range(160)]
        for n_labels, solver, bias in ((2, 0, 1), (4, 0, -1), (2, 1, -1), (4, 2, 1), (2, 3, 1), (4, 4, 1),
                                       (2, 4, -1), (4, 5, 1), (2, 6, 1), (4, 7, 1)):  # fmt: skip
            lines = []
            for row in rows:
                label = terms.index(row[0]) * n_labels // len(terms) + 5
                counts = sorted((terms.index(w) + 1, row.count(w)) for w in set(row))
                lines.append("%d %s\n" % (label, " ".join("%d:%d" % c for c in counts)))
            train, model, out = (
                self.path("train", "".join(lines)),
                self.path("ll"),
                self.path("out"),
            )
            subprocess.run(["liblinear-train", "-q", "-s", str(solver), "-B", str(bias), train, model],
                           check=True)  # fmt: skip
            logistic = solver in (0, 6, 7)
            options = ["-b", "1"] if logistic else []
            subprocess.run(["liblinear-predict", *options, train, model, out], check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
            with open(model, encoding="ascii") as f:
                ours = self.exported(f.read(), vocabulary)
            with open(out, encoding="ascii") as f:
                told = [line.split() for line in f]
            head = told.pop(0)[1:] if logistic else None
            for row, answer in zip(rows, told):
                text = " ".join(row)
                self.assertEqual([ours.labels[j] for j in ours.chosen(text)], answer[:1])
                if logistic:
                    p = [ours.scores(text)[ours.labels.index(label)] for label in head]
                    self.assertTrue(np.allclose(p, list(map(float, answer[1:])), atol=1e-5))

    @unittest.skipUnless(HAS_TOOL, "WINNOW: no tool at %s" % WINNOW)
    def test_the_engine_agrees(self):
        with mock.patch.dict(os.environ, WINNOW=WINNOW):
            code, told = run("export", "liblinear", self.path("m", TWO), self.path("v", "a\nb\nc\n"),
                             self.path("m.winnow"), "--norm", "l2")  # fmt: skip
        self.assertEqual((code, told), (0, ""))

    def test_refusals(self):
        for model, vocabulary, told in (
            (TWO.replace("L2R_LR", "L2R_L2LOSS_SVR"), "a\nb\nc\n", "solver_type L2R_L2LOSS_SVR"),
            (TWO.replace("L2R_LR", "ONECLASS_SVM"), "a\nb\nc\n", "ONECLASS_SVM"),
            (TWO, "a\nb\n", "2 terms for 3 features"),
            (TWO, "a\nb\na\n", "equal lines"),
            (TWO.replace("0.5\n", ""), "a\nb\nc\n", "3 weights"),
            ("hello\n", "a\n", "no solver_type"),
        ):
            with self.assertRaises(ExportError) as caught:
                liblinear.export(self.path("m", model), self.path("v", vocabulary), {
                    "extractor": "chars", "ngrams": [1, 1]}, [], {})  # fmt: skip
            self.assertIn(told, str(caught.exception))


@unittest.skipUnless(HAS_TOOL, "WINNOW: no tool at %s" % WINNOW)
class FastText(Folder):
    def test_a_file_that_is_none(self):
        with mock.patch.dict(os.environ, WINNOW=WINNOW):
            code, told = run("export", "fasttext", self.path("m.bin", "no"), self.path("m.winnow"))
        self.assertEqual(code, 2)
        self.assertIn("winnow convert failed", told)

    def test_a_model(self):
        from winnow_train import fasttext_cli

        if not fasttext_cli.available():
            self.skipTest("no fasttext command")
        lines = "__label__sea ferry harbour\n__label__art opera choir\n" * 20
        train = self.path("train.txt", lines)
        subprocess.run(["fasttext", "supervised", "-input", train, "-output", self.path("ft"), "-dim", "4",
                        "-minCount", "1", "-thread", "1", "-verbose", "0"], check=True)  # fmt: skip
        with mock.patch.dict(os.environ, WINNOW=WINNOW):
            out = self.path("ft.json")
            self.assertEqual(run("export", "fasttext", self.path("ft.bin"), out), (0, ""))
        with open(out, encoding="utf-8") as f:
            m = json.load(f)
        self.assertGreaterEqual(len(m["probes"]), 20)
        self.assertEqual(m["name"], "ft")


if __name__ == "__main__":
    unittest.main()
