"""random_pipelines - pipelines put together at random: each is exported and equal, or refused."""

import random

from sklearn.pipeline import FeatureUnion, make_pipeline

from pipelines import (
    PCA,
    BernoulliNB,
    Binarizer,
    CalibratedClassifierCV,
    Case,
    ComplementNB,
    CountVectorizer,
    HashingVectorizer,
    LinearSVC,
    LogisticRegression,
    MaxAbsScaler,
    MinMaxScaler,
    MultinomialNB,
    Normalizer,
    OneVsRestClassifier,
    Perceptron,
    RidgeClassifier,
    RobustScaler,
    SelectKBest,
    SelectPercentile,
    SGDClassifier,
    StandardScaler,
    TfidfTransformer,
    TfidfVectorizer,
    TruncatedSVD,
    VarianceThreshold,
    VotingClassifier,
)

NORMS = (None, "l1", "l2")
PATTERNS = (r"(?u)\b\w\w+\b", r"\w+", r"\S+", r"[a-zA-Z]+", r"\b\w[\w']*", r"(?a)\w+")


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def chance(self, p):
        return self.rng.random() < p

    def vectorizer(self):
        pick = self.rng.choice
        o = {
            "analyzer": pick(("word", "word", "char", "char_wb")),
            "ngram_range": pick(((1, 1), (1, 2), (2, 3), (1, 3))),
            "lowercase": self.chance(0.7),
            "strip_accents": pick((None, None, "unicode", "ascii")),
            "binary": self.chance(0.3),
        }
        if o["analyzer"] == "word":
            o["token_pattern"] = pick(PATTERNS)
            o["stop_words"] = ["the", "of", "a"] if self.chance(0.3) else None
        kind = pick("cth")
        if kind == "h":
            return HashingVectorizer(
                n_features=pick((50, 1000)), norm=pick(NORMS), alternate_sign=self.chance(0.5), **o
            )
        o.update(max_features=pick((None, 300)), min_df=pick((1, 2)))
        return CountVectorizer(**o) if kind == "c" else TfidfVectorizer(**self.tfidf(), **o)

    def tfidf(self):
        return {
            "norm": self.rng.choice(NORMS),
            "sublinear_tf": self.chance(0.3),
            "use_idf": self.chance(0.7),
        }

    def transformer(self):
        return self.rng.choice(
            (
                TfidfTransformer(**self.tfidf()),
                Normalizer(self.rng.choice(("l1", "l2", "max"))),
                MaxAbsScaler(),
                StandardScaler(with_mean=False),
                SelectKBest(k=self.rng.choice((5, 40, "all"))),
                SelectPercentile(percentile=50),
                VarianceThreshold(1e-4),
                Binarizer(threshold=self.rng.choice((0, 0.2))),
            )
        )

    def features(self, depth=0):
        if depth < 2 and self.chance(0.25):
            parts = [(str(i), self.features(depth + 1)) for i in range(self.rng.randint(1, 3))]
            weights = {"0": self.rng.uniform(0.1, 3)} if self.chance(0.4) else None
            first = FeatureUnion(parts, transformer_weights=weights)
        else:
            first = self.vectorizer()
        rest = [self.transformer() for _ in range(self.rng.choice((0, 0, 1, 2, 3)))]
        return make_pipeline(first, *rest) if rest else first

    def dense(self):
        if not self.chance(0.2):
            return []
        out = [TruncatedSVD(8, random_state=0)]
        for _ in range(self.rng.randint(0, 3)):
            out.append(
                self.rng.choice(
                    (
                        Normalizer(self.rng.choice(("l1", "l2", "max"))),
                        StandardScaler(),
                        MinMaxScaler(),
                        RobustScaler(),
                        SelectKBest(k=4),
                        PCA(3),
                    )
                )
            )
        return out

    def single(self):
        loss = self.rng.choice(("hinge", "log_loss", "modified_huber"))
        return self.rng.choice(
            (
                LogisticRegression(max_iter=100),
                LinearSVC(random_state=0),
                SGDClassifier(loss=loss, random_state=0, max_iter=5, tol=None),
                MultinomialNB(),
                ComplementNB(),
                BernoulliNB(binarize=self.rng.choice((0, 0.1))),
                RidgeClassifier(),
                Perceptron(random_state=0),
            )
        )

    def classifier(self):
        kind, inner = self.rng.random(), self.single()
        if kind < 0.5:
            return inner
        if kind < 0.65:
            return OneVsRestClassifier(inner)
        if kind < 0.85:
            method = self.rng.choice(("sigmoid", "isotonic"))
            return CalibratedClassifierCV(inner, cv=2, method=method, ensemble=self.chance(0.7))
        if kind < 0.93:
            return OneVsRestClassifier(CalibratedClassifierCV(inner, cv=2))
        return VotingClassifier([("a", inner), ("b", self.single())], voting="soft")

    def case(self, name):
        target = self.rng.choice(("two", "four", "multi"))
        pipeline = make_pipeline(self.features(), *self.dense(), self.classifier())
        return Case(name, pipeline, target, tolerance=1e-12)


def case(seed):
    return Maker(seed).case("random %d" % seed)
