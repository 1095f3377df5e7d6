"""The command line: python3 -m winnow_train VERB ... (see --help)."""

import argparse
import sys

from .export import command


def main():
    top = argparse.ArgumentParser(prog="winnow_train", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    p = verbs.add_parser("train", help="train a model and write its JSON file")
    p.add_argument("task", choices=("topic", "promo"))
    p.add_argument("data_dir")
    p.add_argument("out")
    p = verbs.add_parser("evaluate", help="print a JSON model's quality as Markdown")
    p.add_argument("task", choices=("topic", "promo"))
    p.add_argument("data_dir")
    p.add_argument("model")
    p.add_argument("splits", nargs="+", help="names of .jsonl.gz files: dev, test, gold_dev")
    p = verbs.add_parser("compare", help="compare model families on the dev split")
    p.add_argument("task", choices=("topic", "promo"))
    p.add_argument("data_dir")
    p.add_argument("--only", default="", help="only candidates with this in their names")
    p = verbs.add_parser("quality", help="families on dev, test and gold: the cards' tables")
    p.add_argument("task", choices=("topic", "promo"))
    p.add_argument("data_dir")
    p = verbs.add_parser("score", help="score each line of a text file with a JSON model")
    p.add_argument("model")
    p.add_argument("file")
    p = verbs.add_parser("example", help="write the small readable model")
    p.add_argument("out")
    command.add_verbs(verbs)
    a = top.parse_args()
    if a.verb in command.VERBS:
        sys.exit(command.run(a))
    from . import example, quality, tasks  # need scikit-learn

    if a.verb == "train":
        tasks.train(a.task, a.data_dir, a.out)
    elif a.verb == "evaluate":
        tasks.evaluate(a.task, a.data_dir, a.model, a.splits)
    elif a.verb == "compare":
        tasks.compare(a.task, a.data_dir, a.only)
    elif a.verb == "quality":
        quality.compare(a.task, a.data_dir)
    elif a.verb == "score":
        tasks.score(a.model, a.file)
    else:
        example.write(a.out)


if __name__ == "__main__":
    main()
