"""What the exporter refuses: each with the class's or parameter's name and what to do instead."""

import os
import sys
import unittest
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import NMF, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import documents
import pipelines
from winnow_train.export import ExportError, export_pipeline

TEXTS, TOPICS = documents.training(160)


def shout(text):
    return text.upper()


def split_words(text):
    return text.split()


def densify(x):
    return x.toarray()


class Own(TransformerMixin, BaseEstimator):
    def fit(self, x, y=None):
        return self

    def transform(self, x):
        return x


class OwnVectorizer(TfidfVectorizer):
    def build_analyzer(self):
        return split_words


def lr():
    return LogisticRegression()


class Refused(unittest.TestCase):
    def refuse(self, pipeline, *expected, target="four", texts=TEXTS, fit=True, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if fit:
                pipeline.fit(texts, pipelines.targets(target, TOPICS[: len(texts)]))
            with self.assertRaises(ExportError) as caught:
                export_pipeline(pipeline, tell=lambda text: None, **options)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        for part in expected:
            self.assertIn(part, message)

    # ---- Vectorizers ----

    def test_callables(self):
        for kind in (CountVectorizer, TfidfVectorizer, HashingVectorizer):
            name = kind.__name__
            more = {"n_features": 512} if kind is HashingVectorizer else {}
            self.refuse(make_pipeline(kind(preprocessor=shout, **more), lr()),
                        "%s(preprocessor=<shout>)" % name, "token_pattern")  # fmt: skip
            self.refuse(make_pipeline(kind(tokenizer=split_words, **more), lr()),
                        "%s(tokenizer=<split_words>)" % name, "spaces")  # fmt: skip
            self.refuse(make_pipeline(kind(analyzer=split_words, **more), lr()),
                        "%s(analyzer=<split_words>)" % name)  # fmt: skip
        self.refuse(
            make_pipeline(TfidfVectorizer(strip_accents=shout), lr()), "strip_accents=<shout>"
        )

    def test_encodings(self):
        self.refuse(make_pipeline(TfidfVectorizer(encoding="latin-1"), lr()),
                    "encoding='latin-1'", "UTF-8")  # fmt: skip
        self.refuse(
            make_pipeline(TfidfVectorizer(encoding="nonsense"), lr()), "encoding='nonsense'"
        )
        self.refuse(make_pipeline(TfidfVectorizer(decode_error="ignore"), lr()),
                    "decode_error='ignore'", "replace")  # fmt: skip

    def test_narrow_counts(self):
        self.refuse(
            make_pipeline(CountVectorizer(dtype=np.uint8), lr()), "dtype='uint8'", "float64"
        )

    def test_own_classes(self):
        self.refuse(make_pipeline(OwnVectorizer(), lr()), "OwnVectorizer", "of your own")
        self.refuse(make_pipeline(TfidfVectorizer(), Own(), lr()), "Own", "of your own")

    def test_patterns(self):
        for pattern, reason in (
            (r"\w+|\d", "alternatives (|)"),
            (r"\w+?", "a lazy quantifier"),
            (r"(?=\w)\w+", "look-ahead"),
            (r"(?<!x)\w+", "look-ahead or look-behind"),
            (r"(\w)\1", "a back-reference"),
            (r"^\w+", "an anchor"),
            (r"\w+$", "an anchor"),
            (r"(?i)\w+", "flags other than"),
            (r"(?i:a)\w+", "flags inside"),
            (r"(?:\w-)+", "a repeated group"),
            (r"(\w)+", "more than one group"),
            (r"\w{2,900}", "repeats that add up"),
        ):
            with self.subTest(pattern=pattern):
                self.refuse(make_pipeline(TfidfVectorizer(token_pattern=pattern), lr()),
                            "token_pattern=%r" % pattern, reason, r"r'\S+'")  # fmt: skip

    def test_terms_that_a_file_cannot_hold(self):
        texts = ["a\0b c", "d e f", "g\0 h", "i j k"] * 4
        self.refuse(
            make_pipeline(CountVectorizer(analyzer="char"), lr()), "holds a NUL", texts=texts
        )
        texts = ["a\ud800b c", "d e f"] * 8
        self.refuse(
            make_pipeline(CountVectorizer(analyzer="char"), lr()), "lone surrogate", texts=texts
        )

    def test_logarithms_of_negative_counts(self):
        pipeline = make_pipeline(HashingVectorizer(n_features=64, norm=None),
                                 TfidfTransformer(sublinear_tf=True), lr())  # fmt: skip
        pipeline[1].fit(HashingVectorizer(n_features=64, alternate_sign=False).transform(TEXTS))
        pipeline[2].fit(np.zeros((8, 64)), [0, 1] * 4)
        self.refuse(pipeline, "sublinear_tf=True", "alternate_sign=False", fit=False)

    # ---- Transformers ----

    def test_functions(self):
        self.refuse(make_pipeline(FunctionTransformer(np.asarray), TfidfVectorizer(), lr()),
                    "FunctionTransformer(func=<", "cannot run")  # fmt: skip
        self.refuse(make_pipeline(TfidfVectorizer(), FunctionTransformer(densify, accept_sparse=True),
                                  lr()), "FunctionTransformer(func=<densify>)")  # fmt: skip

    def test_other_transformers(self):
        self.refuse(make_pipeline(TfidfVectorizer(), NMF(3, init="random", max_iter=5), lr()),
                    "NMF", "TruncatedSVD")  # fmt: skip
        self.refuse(make_pipeline(TfidfVectorizer(), TruncatedSVD(3), MinMaxScaler(clip=True), lr()),
                    "MinMaxScaler(clip=True)")  # fmt: skip
        self.refuse(make_pipeline(TfidfVectorizer(), TruncatedSVD(3), Binarizer(), lr()),
                    "Binarizer behind a projection")  # fmt: skip
        self.refuse(make_pipeline(make_union(TfidfVectorizer(), make_pipeline(
            TfidfVectorizer(), TruncatedSVD(3))), lr()), "FeatureUnion over TruncatedSVD")  # fmt: skip

    def test_means_before_a_norm(self):
        x = np.array([[t] for t in TEXTS], dtype=object)
        pipeline = make_pipeline(ColumnTransformer([("a", CountVectorizer(max_features=5), 0)],
                                 sparse_threshold=0), StandardScaler(), Normalizer(), lr())  # fmt: skip
        self.refuse(pipeline, "Normalizer behind a scaler", "with_mean=False", texts=x)

    def test_columns(self):
        x = np.array([[t, i] for i, t in enumerate(TEXTS)], dtype=object)
        vectorizer = ("a", CountVectorizer(), 0)
        self.refuse(make_pipeline(ColumnTransformer([vectorizer], remainder="passthrough"), lr()),
                    "ColumnTransformer", texts=x)  # fmt: skip
        self.refuse(make_pipeline(ColumnTransformer([vectorizer, ("n", MaxAbsScaler(), [1])]), lr()),
                    "columns [1] of 'n'", texts=x)  # fmt: skip

    def test_norm_of_a_part_that_is_a_union(self):
        inner = make_pipeline(make_union(TfidfVectorizer(), CountVectorizer()), Normalizer())
        self.refuse(make_pipeline(make_union(inner, CountVectorizer(analyzer="char")), lr()),
                    "a Normalizer behind a FeatureUnion inside another")  # fmt: skip

    def test_no_text(self):
        pipeline = Pipeline([("clf", lr())])
        pipeline.fit(np.eye(4), [0, 1, 0, 1])
        self.refuse(pipeline, "without a vectorizer", fit=False)

    def test_too_many_parts(self):
        union = make_union(*[CountVectorizer(max_features=4) for _ in range(17)])
        self.refuse(make_pipeline(union, lr()), "17 vectorizers", "at most 16")

    # ---- Classifiers ----

    def test_other_classifiers(self):
        for classifier, told in (
            (SVC(kernel="rbf"), "SVC(kernel='rbf')"),
            (SVC(kernel="linear"), "SVC with 4 classes"),
            (KNeighborsClassifier(), "KNeighborsClassifier"),
            (DecisionTreeClassifier(), "DecisionTreeClassifier"),
            (RandomForestClassifier(n_estimators=2), "RandomForestClassifier"),
            (MLPClassifier(hidden_layer_sizes=(2,), max_iter=2), "MLPClassifier"),
            (OneVsOneClassifier(LinearSVC()), "OneVsOneClassifier"),
        ):
            self.refuse(make_pipeline(CountVectorizer(max_features=50), classifier), told, "use ")

    def test_gaussian(self):
        pipeline = make_pipeline(CountVectorizer(max_features=9), TruncatedSVD(3), GaussianNB())
        self.refuse(pipeline, "GaussianNB", "squares", "MultinomialNB")

    def test_parts(self):
        vectorizer = CountVectorizer().fit(TEXTS)
        classifier = lr().fit(vectorizer.transform(TEXTS), pipelines.targets("four", TOPICS))
        for parts in ((vectorizer, classifier), [vectorizer], {"v": vectorizer}):
            self.refuse(parts, "a %s" % type(parts).__name__, "make_pipeline(", fit=False)

    def test_unfitted(self):
        pipeline = make_pipeline(CountVectorizer(), lr())
        search = GridSearchCV(pipeline, {"logisticregression__C": [1]})
        inner = make_pipeline(CountVectorizer(), CalibratedClassifierCV(LinearSVC()))
        for unfitted in (pipeline, search, inner, LinearSVC()):
            self.refuse(unfitted, "%s is not fitted" % type(unfitted).__name__, "fit", fit=False)

    def test_chains_and_lists(self):
        self.refuse(make_pipeline(CountVectorizer(max_features=50), ClassifierChain(lr())),
                    "ClassifierChain", "OneVsRestClassifier", target="multi")  # fmt: skip
        self.refuse(make_pipeline(CountVectorizer(max_features=50), MultiOutputClassifier(lr())),
                    "MultiOutputClassifier", "OneVsRestClassifier", target="multi")  # fmt: skip

    def test_stacking_and_hard_votes(self):
        members = [("a", lr()), ("b", MultinomialNB())]
        self.refuse(make_pipeline(CountVectorizer(), StackingClassifier(members, cv=2)),
                    "StackingClassifier", "soft")  # fmt: skip
        self.refuse(make_pipeline(CountVectorizer(), VotingClassifier(members)), "voting='hard'")
        self.refuse(make_pipeline(CountVectorizer(), VotingClassifier(members, voting="soft",
                    weights=[1, 2])), "weights=[1, 2]")  # fmt: skip
        members = [("a", CalibratedClassifierCV(lr(), cv=2)), ("b", lr())]
        self.refuse(make_pipeline(CountVectorizer(), VotingClassifier(members, voting="soft")),
                    "VotingClassifier over CalibratedClassifierCV")  # fmt: skip

    def test_whole_pipelines_inside(self):
        inner = make_pipeline(TfidfVectorizer(), LinearSVC())
        self.refuse(CalibratedClassifierCV(inner, cv=2), "CalibratedClassifierCV over whole pipelines",
                    "make_pipeline(vectorizer, CalibratedClassifierCV(classifier))")  # fmt: skip
        with_words = make_pipeline(TfidfVectorizer(), lr())
        voting = VotingClassifier([("a", with_words), ("b", with_words)], voting="soft")
        self.refuse(voting, "VotingClassifier over whole pipelines")

    def test_negative_binarize(self):
        pipeline = make_pipeline(CountVectorizer(), BernoulliNB())
        pipeline.fit(TEXTS, pipelines.targets("four", TOPICS))
        pipeline[-1].binarize = -1.0
        self.refuse(pipeline, "BernoulliNB(binarize=-1.0)", fit=False)

    def test_steep_calibrators(self):
        """Steps between probabilities that all but touch: roundings would be seen in the third digit."""
        inner = CalibratedClassifierCV(MultinomialNB(), method="isotonic", cv=2)
        pipeline = make_pipeline(CountVectorizer(analyzer="char", ngram_range=(1, 3)), inner)
        self.refuse(pipeline, "steps so steep", "method='sigmoid'")

    def test_infinite_weights(self):
        pipeline = make_pipeline(CountVectorizer(), MultinomialNB())
        pipeline.fit(TEXTS, pipelines.targets("four", TOPICS))
        pipeline[-1].feature_log_prob_[0, 0] = -np.inf
        self.refuse(pipeline, "not finite", "alpha > 0", fit=False)

    def test_decisions_that_are_not_there(self):
        self.refuse(make_pipeline(CountVectorizer(), MultinomialNB()), "no decision_function",
                    decisions=True)  # fmt: skip

    def test_search_that_was_not_refitted(self):
        search = GridSearchCV(make_pipeline(CountVectorizer(), lr()), {"logisticregression__C": [1]},
                              cv=2, refit=False)  # fmt: skip
        self.refuse(search, "refit=False", "refit=True")

    def test_multinomial_inside_one_vs_rest(self):
        if not pipelines.HAS_MULTI_CLASS:
            self.skipTest("this scikit-learn has no multi_class")
        inner = LogisticRegression(multi_class="multinomial")
        self.refuse(make_pipeline(CountVectorizer(), OneVsRestClassifier(inner)), "multinomial")

    def test_thresholds_without_probabilities(self):
        if pipelines.VERSION < (1, 5):
            self.skipTest("this scikit-learn has no FixedThresholdClassifier")
        from sklearn.model_selection import FixedThresholdClassifier

        pipeline = make_pipeline(TfidfVectorizer(), FixedThresholdClassifier(lr(), threshold=0.3))
        self.refuse(pipeline, "a threshold on probabilities", target="two", decisions=True)

    def test_temperature_of_probabilities(self):
        if pipelines.VERSION < (1, 8):
            self.skipTest("this scikit-learn has no temperature scaling")
        inner = CalibratedClassifierCV(MultinomialNB(), method="temperature", cv=2)
        self.refuse(make_pipeline(CountVectorizer(), inner), "temperature", "decision_function")

    # ---- What does not fit together ----

    def test_labels(self):
        pipeline = make_pipeline(CountVectorizer(), lr())
        self.refuse(pipeline, "3 label names", "has 4", labels=["a", "b", "c"])
        self.refuse(pipeline, "not distinct", labels=["a", "b", "c", "a"])
        self.refuse(pipeline, "label ''", labels=["a", "b", "c", ""])
        self.refuse(pipeline, "label 'x\\x00'", labels=["a", "b", "c", "x\0"])

    def test_probes(self):
        self.refuse(make_pipeline(CountVectorizer(), lr()), "probe 7", probes=[7])
        self.refuse(make_pipeline(CountVectorizer(), lr()), "a list of texts", probes="letters")
        self.refuse(make_pipeline(CountVectorizer(), lr()), "no 'text'", probes=[{"body": "x"}])
        pipeline = make_pipeline(CountVectorizer(), lr())
        pipeline.fit(TEXTS, pipelines.targets("four", TOPICS))
        m = export_pipeline(pipeline, probes=[{"text": "of a record", "label": "a"}], tell=str)
        self.assertEqual(m["probes"][0]["text"], "of a record")

    def test_probes_of_columns(self):
        columns = ColumnTransformer([("a", CountVectorizer(), 0), ("b", CountVectorizer(), 1)])
        pipeline = make_pipeline(columns, lr())
        x = np.array([[t, t[::-1]] for t in TEXTS], dtype=object)
        self.refuse(pipeline, "no '1'", texts=x, probes=[{"0": "one", "2": "two"}])
        m = export_pipeline(pipeline, probes=[{"1": "one", "0": "nought", "2": ""}], tell=str)
        self.assertEqual(m["probes"][0]["fields"], ["nought", "one"])

    def test_a_difference_is_told(self):
        """A classifier whose answers are not its coefficients': found on the probes."""
        pipeline = make_pipeline(TfidfVectorizer(), Perceptron())
        pipeline.fit(TEXTS, pipelines.targets("two", TOPICS))
        inner = pipeline[-1].decision_function
        pipeline[-1].decision_function = lambda x: inner(x) * (1 + 1e-9)
        self.refuse(pipeline, "decisions differ by", "not reproduced", fit=False)

    def test_coarse_rows(self):
        pipeline = make_pipeline(CountVectorizer(), lr())
        pipeline.fit(TEXTS, pipelines.targets("two", TOPICS))
        noise = np.random.default_rng(1).normal(size=pipeline[-1].coef_.shape)
        pipeline[-1].coef_ = np.where(noise > 0, 1e4, -1e4) + noise  # large terms, small sums
        self.refuse(pipeline, "leave out --f32", fit=False, f32=True)


if __name__ == "__main__":
    unittest.main()
