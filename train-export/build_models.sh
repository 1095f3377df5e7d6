#!/bin/sh
# build_models.sh - trains both models and writes OUT/{topic,promo}.winnow and OUT/example.json.
#
#   build_models.sh DATA OUT WINNOW
#
#   DATA    a folder with topic/ and promo/, each with {train,dev}.jsonl.gz (see prepare/README.md)
#   OUT     the folder that receives the models
#   WINNOW  the winnow binary, which alone writes .winnow files
#
# PYTHON names the interpreter (default /usr/bin/python3; needs scikit-learn, numpy, scipy).  Nothing is
# fetched.  The same data on the same machine gives the same files.
set -eu
if [ $# -ne 3 ]; then
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
data=$1 out=$2 winnow=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# One thread and a fixed hash seed: sums are then made in one order.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONHASHSEED=0
export PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}"
run="${PYTHON:-/usr/bin/python3} -m winnow_train"

for task in topic promo; do
    echo "== $task"
    $run train "$task" "$data/$task" "$work/$task.json"
    "$winnow" convert "$work/$task.json" "$work/$task.winnow"
    "$winnow" verify "$work/$task.winnow"
done
echo "== example"
$run example "$work/example.json"
"$winnow" verify "$work/example.json"
mkdir -p "$out"
for f in topic.winnow promo.winnow example.json; do
    mv "$work/$f" "$out/$f.new"
    mv "$out/$f.new" "$out/$f"
    ls -l "$out/$f"
done
