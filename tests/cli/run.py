"""run.py - checks the command-line tool: python3 run.py [--long] WINNOW [PART OF A NAME]

Needs nothing but the standard library of Python and the tool. Prints a line for each check,
"ok NAME", "not ok NAME: why" or "skip NAME: why", and the counts at the end.
"""

import os
import sys

import check_conduct  # pylint: disable=unused-import
import check_decisions  # pylint: disable=unused-import
import check_diff  # pylint: disable=unused-import
import check_eval  # pylint: disable=unused-import
import check_explain  # pylint: disable=unused-import
import check_failures  # pylint: disable=unused-import
import check_hostile  # pylint: disable=unused-import
import check_inputs  # pylint: disable=unused-import
import check_output  # pylint: disable=unused-import
import check_verbs  # pylint: disable=unused-import
import check_watch  # pylint: disable=unused-import
import support

if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--long"]
    if len(words) not in (1, 2):
        sys.exit("usage: run.py [--long] WINNOW [PART OF A NAME]")
    sys.exit(support.run_all(os.path.abspath(words[0]), (words + [""])[1]))
