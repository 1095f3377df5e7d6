#!/usr/bin/env python3
"""Build the promotional / editorial / boilerplate paragraph data set.

Input pages (each a plain checkout of the repository named in the data README,
or, for --n4k, its bare git directory, because one page of it may be unreadable):
  --wcxb   Murrough-Foley/web-content-extraction-benchmark   (training source)
  --n4k    AndyTheFactory/article-extraction-dataset         (training source)
  --moz    mozilla/readability                               (training source)
  --labels hand-read labels: JSON lines {"id","sha","label","read"}, gz
  --synthetic lines written for the train split: JSON lines {"id","text","label"}, gz
  --exclude hashes of sites and texts kept out of all three splits
Output: --out DIR gets {train,dev,test}.jsonl.gz.

Steps: split a page into text blocks, keep where each block stands (tag and
class names, share of link text, overlap with the gold article text), take
hand-read labels where there are any, fit a labelling model on the hand-read
train rows (text + page context), and let it label further train blocks only
where it is sure. Dev and test hold hand-read rows only. "count" is the number
of pages, among the sites of the row's split, that carry the text (compared
without case and punctuation, as de-duplication compares it; a train row that
stands for more than two pages is given in its most usual spelling); "position"
is the block's place in its page, 0 = first, 1 = last.
Needs: python3-lxml python3-sklearn python3-numpy.
"""

import argparse, collections, glob, gzip, hashlib, json, os, random, re, subprocess, sys
import lxml.html
import numpy as np, scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

BLOCK = set(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre section select summary table tbody td tfoot th thead title tr ul label input iframe".split()
)
SKIP = set(
    "script style noscript template svg head object canvas math textarea select option".split()
)
WS = re.compile(r"\s+")
TOK = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
EN = set(
    "the of and to in a is for on that with as it at by from this are be was have or an your you we our i not".split()
)
# Words that mark a block worth asking about; used as a labelling-model feature, never as a label.
LEX = re.compile(
    r"\b(subscri\w+|sign[- ]?up|signup|newsletter|follow us|like us|join (?:us|the|our|now|over|free|today|thousands|millions)|click here|tap here|buy|shop|order (?:now|today|online|here)|free (?:trial|shipping|demo|quote|consultation|download|guide|ebook|e-book|delivery|estimate)|download|get (?:started|the|our|your|a|an|in touch|instant|access|\d+)|limited time|offer|offers|deals?|discounts?|coupon|promo|save|sale|% off|advertis\w*|sponsor\w*|share (?:this|on|via|with)|tweet|facebook|twitter|instagram|whatsapp|youtube|powered by|donat\w+|support (?:us|our)|register|book (?:a|now|your|online)|learn more|find out more|read more|discover|try|start (?:your|a)|contact us|call (?:us|now|today|\(?\d)|request a|schedule|your inbox|delivered|updates|exclusive|unlimited|member\w*|gift|affiliate|commission|partner\w*|webinar|app store|google play|enjoyed? this|don['’]t miss|stay (?:up|in|connected|tuned|informed)|never miss|win|free)\b|[$£€]\s?\d|»|\d+%",
    re.I,
)
DOM = re.compile(
    r"newsletter|subscri|promo|\bads?\b|advert|sponsor|\bcta\b|call-to-action|signup|sign-up|banner|popup|pop-up|modal|social|share|follow|paywall|donat|offer|marketing|hero|mc4wp|mailchimp|optin|opt-in|widget_text|affiliate|product|shop|deal",
    re.I,
)


def norm(t):
    return " ".join(TOK.findall(t.lower()))


def words(r):
    return len(r["t"].split())


def blocks(raw):
    """Text between block-level boundaries (and double <br>): (text, element, link share)."""
    try:
        if isinstance(raw, bytes):
            try:
                raw = raw.decode("utf-8")
            except UnicodeDecodeError:
                raw = raw.decode("latin-1")
        raw = re.sub(r"^\s*<\?xml[^>]*\?>", "", raw).replace("\x00", "")
        root = lxml.html.document_fromstring(raw)
    except Exception:
        return []
    out, cur = [], {"t": [], "a": 0, "n": 0, "el": None, "br": 0}

    def flush():
        if cur["t"]:
            t = WS.sub(" ", "".join(cur["t"])).strip()
            if t and cur["el"] is not None:
                out.append((t, cur["el"], min(1.0, cur["a"] / max(1, cur["n"]))))
        cur.update(t=[], a=0, n=0, el=None, br=0)

    def add(text, el, ina):
        if not text:
            return
        if text.strip():
            cur["br"] = 0
            if cur["el"] is None:
                cur["el"] = el
            k = len(text.strip())
            cur["n"] += k
            if ina:
                cur["a"] += k
        cur["t"].append(text)

    def walk(el, ina, depth):
        if not isinstance(el.tag, str):
            return
        tag = el.tag.lower()
        if tag in SKIP:
            return
        if tag == "br":
            cur["br"] += 1
            if cur["br"] >= 2:
                flush()
            else:
                cur["t"].append(" ")
            return
        b = tag in BLOCK
        if b:
            flush()
        ia = ina or tag in ("a", "button")
        add(el.text, el, ia)
        if depth < 200:
            for c in el:
                walk(c, ia, depth + 1)
                add(c.tail, el, ia)
        if b:
            flush()

    walk(root, False, 0)
    flush()
    return out


def context(el):
    tags, names, i = [], [], 0
    while el is not None and i < 9:
        if isinstance(el.tag, str):
            tags.append(el.tag.lower())
            names.append(
                " ".join((el.get(k) or "") for k in ("class", "id", "role", "aria-label")).strip()
            )
        el = el.getparent()
        i += 1
    return tags, names


class Gold:
    """How much of a block's text stands in the gold article text."""

    def __init__(self, text):
        self.n = " " + norm(text) + " "
        tk = self.n.split()
        self.sh = {tuple(tk[i : i + 4]) for i in range(len(tk) - 3)}
        self.lines = {norm(x) for x in re.split(r"\n+", text)}

    def cover(self, n):
        tk = n.split()
        if len(tk) < 5:
            return 1.0 if n in self.lines else (0.5 if " " + n + " " in self.n else 0.0)
        if " " + n + " " in self.n:
            return 1.0
        s = [tuple(tk[i : i + 4]) for i in range(len(tk) - 3)]
        return sum(x in self.sh for x in s) / len(s)


def english(t):
    tk = re.findall(r"[^\W\d_]+", t.lower())
    if not tk or sum(c.isascii() for c in t) / len(t) < 0.85:
        return False
    return not (len(tk) >= 12 and sum(w in EN for w in tk) / len(tk) < 0.12)


def site(d):
    d = d.lower().split("//")[-1].split("/")[0].split(":")[0]
    p = d.split(".")
    if len(p) >= 3 and p[-2] in ("co", "com", "org", "net", "gov", "ac", "edu") and len(p[-1]) == 2:
        return ".".join(p[-3:])
    return ".".join(p[-2:])


def split_of(dom):
    x = int(hashlib.md5(("winnow-promo:" + dom).encode()).hexdigest()[:12], 16) % 100
    return "test" if x < 14 else "dev" if x < 24 else "train"


def pages(a):
    if a.wcxb:
        meta = json.load(open(f"{a.wcxb}/metadata.json"))["files"]
        for s in ("dev", "test"):
            for f in sorted(glob.glob(f"{a.wcxb}/{s}/ground-truth/*.json")):
                i = os.path.basename(f)[:-5]
                h = f"{a.wcxb}/{s}/html/{i}.html.gz"
                if not os.path.exists(h):
                    continue
                d = json.load(open(f))
                g = d["ground_truth"]
                yield (
                    "wcxb",
                    i,
                    site(d.get("url") or meta[i]["domain"]),
                    meta[i]["page_type"],
                    (g.get("title") or "") + "\n" + (g.get("main_content") or ""),
                    g.get("without") or [],
                    gzip.open(h).read(),
                )
    if a.n4k:

        def get(p):
            if os.path.isdir(f"{a.n4k}/html"):
                return open(f"{a.n4k}/{p}", "rb").read() if os.path.exists(f"{a.n4k}/{p}") else b""
            return subprocess.run(
                ["git", "--git-dir", a.n4k, "show", f"HEAD:{p}"], capture_output=True
            ).stdout

        for k, v in json.loads(get("articles.json")).items():
            raw = get(f"html/{k}.html")
            if raw:
                yield (
                    "n4k",
                    k[:10],
                    site(v.get("site") or v.get("link") or v.get("url") or ""),
                    "article",
                    (v.get("title") or "") + "\n" + v["articleBody"],
                    [],
                    raw,
                )
    if a.moz:
        for d in sorted(glob.glob(f"{a.moz}/test/test-pages/*")):
            try:
                m = json.load(open(d + "/expected-metadata.json"))
                e = open(d + "/expected.html", encoding="utf8").read()
                s = open(d + "/source.html", encoding="utf8").read()
            except Exception:
                continue
            gold = "\n".join(t for t, _, _ in blocks("<html><body>" + e + "</body></html>"))
            u = re.search(
                r'<link[^>]+rel="?canonical"?[^>]+href="?(https?://[^" >]+)', s
            ) or re.search(r'property="?og:url"?[^>]+content="?(https?://[^" >]+)', s)
            b = os.path.basename(d)
            yield (
                "mozread",
                b,
                site(u.group(1)) if u else "moz-" + b.rstrip("0123456789-"),
                "article",
                (m.get("title") or "") + "\n" + gold,
                [],
                s,
            )


def pool(a):
    if a.cache and os.path.exists(a.cache):
        for l in gzip.open(a.cache, "rt"):
            yield json.loads(l)
        return
    done, keep = set(), gzip.open(a.cache, "wt") if a.cache else None
    for src, pid, dom, pt, gold, without, raw in pages(a):
        if (src, pid) in done:  # WCXB carries some pages in both its dev and its test part
            continue
        done.add((src, pid))
        g = Gold(gold)
        w = {norm(x) for x in without} - {""}
        seen = set()
        B = blocks(raw)
        for bi, (t, el, ld) in enumerate(B):
            if not 3 <= len(t) <= 3000 or not english(t):
                continue
            n = norm(t)
            if not n or n in seen:
                continue
            seen.add(n)
            tags, names = context(el)
            r = dict(
                src=src,
                id=f"{src}-{pid}-{bi}",
                dom=dom,
                pt=pt,
                t=t,
                n=n,
                cov=round(g.cover(n), 2),
                w=int(n in w or any(len(x) > 12 and x in n for x in w)),
                ld=round(ld, 2),
                pos=round(bi / max(1, len(B) - 1), 3),
                tags=tags[:8],
                names=" | ".join(names)[:400],
            )
            if keep:
                keep.write(json.dumps(r, ensure_ascii=False) + "\n")
            yield r
    if keep:
        keep.close()


class Vec:
    def __init__(self, R):
        self.w = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b|[!?»$£€%@©|]",
        )
        self.c = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True
        )
        self.d = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(4, 6), min_df=3, sublinear_tf=True
        )
        T = [r["t"] for r in R]
        self.w.fit(T)
        self.c.fit(T)
        self.d.fit([r["names"] + " " + " ".join(r["tags"]) for r in R])

    def __call__(self, R):
        T = [r["t"] for r in R]
        ex = np.array(
            [
                [
                    min(3, words(r) / 20),
                    r["ld"],
                    r["cov"] >= 0.8,
                    r["cov"],
                    r["pt"] == "article",
                    r["pt"] in ("service", "product"),
                    r["t"][-1:] in '.!?”"',
                    r["t"].istitle(),
                    sum(c.isupper() for c in r["t"]) / len(r["t"]),
                    bool(re.search(r"\d", r["t"])),
                    bool(LEX.search(r["t"])),
                    bool(DOM.search(r["names"])),
                    any(t in ("nav", "header") for t in r["tags"]),
                    "footer" in r["tags"],
                    "aside" in r["tags"],
                    any(t in ("form", "button", "label") for t in r["tags"]),
                    "li" in r["tags"][:2],
                    any(t in ("h1", "h2", "h3", "h4") for t in r["tags"][:2]),
                    r["tags"][0] == "p",
                    r["w"],
                ]
                for r in R
            ],
            float,
        )
        return sp.hstack(
            [
                self.w.transform(T),
                self.c.transform(T),
                0.5 * self.d.transform([r["names"] + " " + " ".join(r["tags"]) for r in R]),
                sp.csr_matrix(ex),
            ]
        ).tocsr()


NAME = {"P": "promotional", "E": "editorial", "B": "boilerplate"}
CODE = re.compile(r"[{}]|function\s*\(|\bvar\s+\w+\s*=")


def sha(t):
    return hashlib.sha1(t.encode()).hexdigest()[:12]


def write(path, rows):
    random.Random(7).shuffle(rows)
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as g:
        for r in rows:
            d = {
                "id": r["id"],
                "text": r["t"],
                "label": NAME[r["lab"]],
                "source": r["src"] + (":" + r["dom"] if "dom" in r else ""),
                "by": r["by"],
                "count": r["count"],
            }
            if "pos" in r:
                d["position"] = r["pos"]
            if r["src"] == "wcxb":
                d["page_type"] = r["pt"]
            g.write((json.dumps(d, ensure_ascii=False) + "\n").encode())


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for k in ("wcxb", "n4k", "moz"):
        p.add_argument("--" + k)
    p.add_argument(
        "--exclude", help="file of hashes, one a line: sites and texts kept out of train/dev/test"
    )
    p.add_argument("--labels", required=True)
    p.add_argument("--synthetic")
    p.add_argument("--out", required=True)
    p.add_argument("--cache", help="keep the text blocks here (gz) and reuse them on the next run")
    p.add_argument("--p-min", type=float, default=0.80)
    p.add_argument("--b-min", type=float, default=0.70)
    a = p.parse_args()
    hand = {}
    for f in a.labels.split(","):
        for l in gzip.open(f, "rt"):
            d = json.loads(l)
            hand[d["id"]] = d
    shut = set(open(a.exclude).read().split()) if a.exclude else set()
    H, D, miss = collections.defaultdict(list), collections.defaultdict(list), 0
    count, forms = collections.Counter(), collections.defaultdict(collections.Counter)
    for r in pool(a):
        h = hand.get(r["id"])
        s = "drop" if sha(r["dom"]) in shut else split_of(r["dom"])
        count[s, r["n"]] += 1
        if s == "train" and len(r["t"]) < 200:
            forms[r["n"]][r["t"]] += 1
        if h:
            if h["sha"] != sha(r["t"]):
                miss += 1
                continue
            r.update(lab=h["label"], by="hand")
            H[s].append(r)
        elif s == "train" and words(r) >= 2 and len(r["t"]) >= 8 and not CODE.search(r["t"]):
            D[s].append(r)
    print("hand rows", {k: len(v) for k, v in H.items()}, "unmatched", miss)
    T = H["train"]
    V = Vec(T)
    m = LogisticRegression(C=4, max_iter=600, class_weight="balanced").fit(
        V(T), [r["lab"] for r in T]
    )
    ci = {c: i for i, c in enumerate(m.classes_)}
    fixed = {r["n"] for r in H["test"]}
    out = {}
    for s in ("dev", "train"):
        rows, seen, rnd = [], set(fixed), random.Random(13)
        for r in H[s]:
            if r["n"] not in seen and sha(r["n"]) not in shut:
                seen.add(r["n"])  # a dropped (X) text is not to come back with a weak label
                if r["lab"] != "X":
                    rows.append(r)
        C = D[s]
        rnd.shuffle(C)
        uniq, ask = [], collections.Counter()
        for r in C:
            k = (r["dom"], r["cov"] > 0.5)
            if r["n"] not in seen and sha(r["n"]) not in shut and ask[k] < (70 if k[1] else 90):
                ask[k] += 1
                seen.add(r["n"])
                uniq.append(r)
        cap = collections.Counter()
        for i in range(0, len(uniq), 8000):
            U = uniq[i : i + 8000]
            for r, q in zip(U, m.predict_proba(V(U))):
                pp, pb = q[ci["P"]], q[ci["B"]]
                inside = (
                    r["cov"] >= 0.9 and words(r) >= 4 and r["ld"] < 0.6 and r["pt"] == "article"
                )
                lab = None
                if inside and pp < (0.5 if words(r) >= 15 else 0.25):
                    lab = "E"
                elif (
                    (r["cov"] <= 0.1 or r["pt"] in ("service", "product"))
                    and pp >= a.p_min
                    and words(r) >= 3
                ):
                    lab = "P"
                elif r["cov"] <= 0.1 and pb >= a.b_min:
                    lab = "B"
                lim = {"E": 14, "P": 14, "B": 8}
                if lab and cap[r["dom"], lab] < lim[lab]:
                    cap[r["dom"], lab] += 1
                    r.update(lab=lab, by="model")
                    rows.append(r)
        out[s] = rows
    # A text that stands in dev must not stand in train as well.
    dn = {r["n"] for r in out["dev"]}
    out["train"] = [r for r in out["train"] if r["n"] not in dn]
    if a.synthetic:
        seen = fixed | dn | {r["n"] for r in out["train"]}
        for l in gzip.open(a.synthetic, "rt", encoding="utf8"):
            d = json.loads(l)
            n = norm(d["text"])
            if n and n not in seen and sha(n) not in shut:
                seen.add(n)
                out["train"].append(
                    dict(
                        id=d["id"],
                        t=d["text"],
                        n=n,
                        lab=d["label"][0].upper(),
                        by="author",
                        src="synthetic",
                    )
                )
    for s in ("test",):
        seen, rows = set(), []
        for r in H[s]:
            if r["lab"] != "X" and r["n"] not in seen:
                seen.add(r["n"])
                rows.append(r)
        out[s] = rows
    os.makedirs(a.out, exist_ok=True)
    for s in ("train", "dev", "test"):
        for r in out[s]:
            r["count"] = max(1, count[s, r["n"]]) if r["by"] != "author" else 1
            if (
                s == "train" and r["by"] != "author" and r["count"] > 2
            ):  # the usual spelling stands for all of them
                t, k = forms[r["n"]].most_common(1)[0] if r["n"] in forms else (r["t"], 0)
                if k > forms[r["n"]][r["t"]]:
                    r["t"] = t
        write(f"{a.out}/{s}.jsonl.gz", out[s])
        print(
            s,
            dict(collections.Counter(NAME[r["lab"]] + "/" + r["by"] for r in out[s])),
            "sites",
            len({r["dom"] for r in out[s] if r.get("dom")}),
        )


if __name__ == "__main__":
    sys.setrecursionlimit(5000)
    main()
