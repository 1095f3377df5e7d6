#!/usr/bin/env python3
"""Build the winnow topic data set (English, paragraph level) from checked-out sources.

Plain Python; needs PyYAML only for --cep-yaml.  Every source is a path argument, any may be left out:

  --cep-yaml DIR     a tree of <year>/<month>/<date>.yaml files (ianrastall/current-events-context)
  --cep-md DIR       a folder of <date>-index.md files           (fordred/wikinews, docs/_posts)
  --huffpost FILE    JSON Lines of the News Category Dataset     (Limpery/MGO copy of the first ~10k rows)
  --conflict-wiki DIR a tree of Markdown copies of Wikipedia articles (front-lines-org/website, src/content/blog)
  --sib FILE...      tab-separated files of SIB-200's English 14-label variant (dadelani/sib-200, data/eng_14)
  --wiki-articles, --pm, --beige, --medquad, --gum DIR   article prose: see prepare_topic_prose.py
  --out DIR          receives {train,dev,test}.jsonl.gz and counts.json

Output is deterministic: splits are taken from a hash of the group (ISO week for the events portal,
article for the others), so a group never falls into two splits.
"""

import argparse, collections, datetime, glob, gzip, hashlib, html, json, os, re, sys, unicodedata

MIN_LEN, MAX_LEN = 100, 1200

# ---------------------------------------------------------------- taxonomy
TERR, WAR = "security/terrorism", "security/armed-conflict"
DOM, INT = "politics/domestic", "politics/international"
CRIME, DIS, ECO, HEALTH, ENV = (
    "crime-justice",
    "disaster-accident",
    "economy-business",
    "health",
    "environment",
)
SCI, SPORT, ARTS, REL, LIFE = (
    "science-technology",
    "sport",
    "arts-entertainment",
    "religion",
    "lifestyle",
)

SECTION = [  # events-portal section heading (lower case) -> label; first match wins
    (
        r"armed (conflict|attack)|attacks? and (armed )?conflict|armed conflicts|conflicts? and attacks?",
        WAR,
    ),
    (
        r"boko haram|islamist insurgency|sharia conflict|war on terror|isil|islamic state|al-qaeda",
        TERR,
    ),
    (
        r"civil war|iraq war|conflict in iraq|south ossetia war|israel-lebanon (conflict|crisis)|"
        r"war in |insurgency|war in donbass|mali conflict|operation pillar of defense|occupation of iraq|"
        r"iraq occupation|israeli.palestinian conflict",
        WAR,
    ),
    (r"international relations", INT),
    (r"politics", DOM),
    (r"law and crime|crime", CRIME),
    (r"disasters?( and accidents?)?$|disaster", DIS),
    (r"business and econom|^business$|^economy", ECO),
    (r"arts?( and|,) culture|^arts|^movies$|^television$|^culture|^music", ARTS),
    (r"^sports?$|olympics|uefa euro", SPORT),
    (r"science", SCI),
    (r"^religion", REL),
    (r"health and environment", "HEALTH+ENV"),
    (r"^health", HEALTH),
    (r"^environment", ENV),
]
SECTION = [(re.compile(p), l) for p, l in SECTION]

# Named groups and unmistakable tactics.  Used on the text AND on the story line above it.
TERR_GROUP = re.compile(
    r"\b(terroris[mt]s?|counter-?terroris\w*|anti-terror\w*|Islamic State|ISIS|ISIL|IS-K|ISKP|ISWAP|Daesh|Da'esh|"
    r"[Aa]l[- ]?Qa(?:e|i)da|AQAP|AQIM|Boko Haram|[Aa]l[- ]?Shabaa?b|[Aa]l-Nusra|Nusra Front|Abu Sayyaf|Lashkar\S*|"
    r"Jaish\S*|Jamaat-ul-Ahrar|Jemaah Islamiyah|Ansar (?:al|Dine|Beit)\S*|Haqqani|Tehri[k-]\S*[ -]Taliban|TTP|"
    r"Lord's Resistance Army|Real IRA|Continuity IRA|New IRA|Abdullah Azzam|Caucasus Emirate|Imarat Kavkaz|"
    r"jihad(?:i|ist|ists|is|ism)?|Islamist militants?|Islamic militants?|Islamic extremis\w+|"
    r"suicide (?:bomb\w*|attack\w*|car bomb\w*|vest\w*|blast)|car bomb\w*|truck bomb\w*|"
    r"hostage crisis|Osama bin Laden|al-Baghdadi|al-Zawahiri)\b"
)
TERR_SOFT = re.compile(
    r"\b(bombings?|bomb (?:blast|attack|explo)\w*|bombs? (?:kill|explode|detonate)\w*|improvised explosive|"
    r"roadside bomb\w*|claim(?:s|ed|ing)? responsibility|militants? (?:kill|attack|behead)\w*|behead\w+|"
    r"extremis[tm]\w*|radicali[sz]\w+|hostages?)\b",
    re.I,
)
# Armed groups outside any state's forces: militancy.  Counts only inside the conflict sections.
MILITANCY = re.compile(
    r"\b(militants?|militancy|insurgents?|insurgency|Maoists?|Naxal\w*|Taliban|PKK|Kurdistan Workers|LTTE|Tamil Tigers|"
    r"FARC|ELN|Shining Path|guerrill?as?|gunmen|Hamas|Hezbollah|Islamic Jihad|Islamists?)\b"
)
TERR_CRUMB = re.compile(
    r"terroris|\bISIL\b|\bISIS\b|Islamic State|al-Qaeda|Boko Haram|al-Shabaab|jihad|Islamist|"
    r"suicide|bombings?\b|Taliban|War on Terror|\battacks?$|Abu Sayyaf|radicali",
    re.I,
)
MIL = re.compile(
    r"\b(troops|army|air ?strikes?|offensive|soldiers|artillery|shell(?:s|ing|ed)|front ?line|battle|warplanes?|"
    r"drone strike\w*|military|coalition|forces (?:re)?(?:take|capture)\w*|cease-?fire|rebels?|invasion|siege)\b",
    re.I,
)

HEALTH_RX = re.compile(
    r"\b(covid\S*|coronavirus|pandemic|vaccin\w+|virus\w*|ebola|zika|cholera|measles|malaria|influenza|flu|"
    r"polio|disease\w*|outbreak\w*|hospital\w*|patients?|infect\w+|health|doctors?|medic\w+|cancer|HIV|AIDS|"
    r"drugs?|surg\w+|lockdown|quarantine|WHO|mpox|dengue|plague|clinical|nurses?|H\dN\d|epidemic|smok\w+|obes\w+)\b",
    re.I,
)
ENV_RX = re.compile(
    r"\b(climate|carbon|emissions?|greenhouse|global warming|environment\w*|species|wildlife|whal\w+|pollution|smog|"
    r"oil spill\w*|deforest\w+|rainforest|conservation\w*|coral|reef|endangered|extinct\w*|glaciers?|ice sheet|"
    r"renewable|ozone|nuclear waste|toxic|contaminat\w+|plastic|drought|heat ?wave|temperatures?|national park|"
    r"elephants?|rhinos?|sharks?|bees?|fossil fuels?|biodiversity)\b",
    re.I,
)
REL_RX = re.compile(
    r"\b(pope|vatican|bishops?|archbishops?|cardinals?|catholic|church|churches|synod|imams?|mosques?|clergy|priests?|"
    r"dalai lama|rabbis?|saints?|canoni[sz]\w+|beatif\w+|anglican|orthodox|patriarch|mormon\w*|hajj|pilgrim\w*|"
    r"hindu temple|evangelical|religious|buddhist|monks?)\b",
    re.I,
)

HP = {
    "SPORTS": SPORT,
    "CRIME": CRIME,
    "ENVIRONMENT": ENV,
    "GREEN": ENV,
    "RELIGION": REL,
    "SCIENCE": SCI,
    "TECH": SCI,
    "BUSINESS": ECO,
    "MONEY": ECO,
    "WELLNESS": HEALTH,
    "HEALTHY LIVING": HEALTH,
    "ENTERTAINMENT": ARTS,
    "CULTURE & ARTS": ARTS,
    "ARTS & CULTURE": ARTS,
    "ARTS": ARTS,
    "POLITICS": DOM,
    "FOOD & DRINK": LIFE,
    "TASTE": LIFE,
    "STYLE & BEAUTY": LIFE,
    "STYLE": LIFE,
    "HOME & LIVING": LIFE,
    "PARENTING": LIFE,
    "PARENTS": LIFE,
    "TRAVEL": LIFE,
    "WEDDINGS": LIFE,
}


# ---------------------------------------------------------------- text helpers
def clean(s):
    s = unicodedata.normalize("NFC", html.unescape(s)).replace("\u00a0", " ").replace("\u200b", "")
    return re.sub(r"\s+", " ", s).strip()


_SRC = re.compile(
    r"(?<=[.!?\"'”’)\]])\s*(?:\[\s*\d+\s*\]|\((?:[^()]|\([^()]*\)){2,80}\))[.,;]?\s*$"
)


def strip_sources(s):
    """Drop the trailing '(Reuters) (BBC)' credits of an events-portal item."""
    had = False
    for _ in range(8):
        t = _SRC.sub("", s).rstrip()
        if t == s:
            break
        s, had = t, True
    return s, had


def is_item(s, had):
    return had or bool(re.search(r"[.!?][\"'”’)]*$", s))


def sec_label(h):
    h = h.strip().lower()
    for rx, l in SECTION:
        if rx.search(h):
            return l
    return None


def label_event(section, crumb, text):
    """Labels of one events-portal item: the editors' section, refined.  crumb: the story line above, or ''."""
    l = sec_label(section)
    if l is None:
        return None
    if l == "HEALTH+ENV":
        h, e = len(HEALTH_RX.findall(text + " " + crumb)), len(ENV_RX.findall(text + " " + crumb))
        if h > e:
            l = HEALTH
        elif e > h:
            l = ENV
        else:
            return None
    if l == ARTS and REL_RX.search(text):
        l = REL
    group = bool(TERR_GROUP.search(text))
    if l in (WAR, TERR):
        if l == TERR or group or TERR_CRUMB.search(crumb) or TERR_SOFT.search(text):
            return [TERR, WAR] if MIL.search(text) else [TERR]
        if MILITANCY.search(text):
            return [WAR, TERR] if MIL.search(text) else [TERR]
        return [WAR]
    if group and l in (CRIME, DOM, INT):
        return [TERR, l]
    return [l]


def week(date):
    y, w, _ = date.isocalendar()
    return "%04d-W%02d" % (y, w)


# ---------------------------------------------------------------- sources
def src_cep_yaml(root):
    import yaml

    Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for p in sorted(glob.glob(os.path.join(root, "[12]*", "*", "*.yaml"))):
        with open(p, encoding="utf-8") as f:
            s = f.read()
        if not s.startswith("Date:"):
            continue  # the machine-written 'deep context' files
        try:
            d = yaml.load(s, Loader=Loader)
        except yaml.YAMLError:
            continue
        secs = d.get("Intelligence_Payload")
        if not isinstance(secs, dict):
            continue
        date = datetime.date.fromisoformat(str(d["Date"]))
        for sec, items in secs.items():
            if sec == "Uncategorized" or not isinstance(items, list):
                continue
            crumb = ""
            for i, it in enumerate(items):
                if not isinstance(it, str):
                    continue
                t, had = strip_sources(clean(it))
                if not is_item(t, had):
                    crumb = t
                    continue
                labels = label_event(sec, crumb, t)
                crumb = ""  # the flattened list is sure only for the next item
                if labels:
                    yield dict(
                        id="cep-%s-%s-%d" % (date, hashlib.md5(sec.encode()).hexdigest()[:8], i),
                        text=t,
                        labels=labels,
                        source="wikipedia-current-events",
                        group=week(date),
                    )


_LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)"
)


def src_cep_md(root):
    for p in sorted(glob.glob(os.path.join(root, "20*-index.md"))):
        m = re.match(r"(\d{4}-\d\d-\d\d)", os.path.basename(p))
        date = datetime.date.fromisoformat(m.group(1))
        sec, stack = None, []
        with open(p, encoding="utf-8") as f:
            for n, line in enumerate(f):
                if line.startswith("#"):
                    sec, stack = clean(line.lstrip("#")), []
                    continue
                m = re.match(r"^(\s*)[*+-] (.*)$", line)
                if not m or not sec:
                    continue
                ind, body = len(m.group(1)), m.group(2)
                for _ in range(3):
                    body = _LINK.sub(r"\1", body)
                t, had = strip_sources(clean(body.replace("**", "").replace("\\", "")))
                t = re.sub(r"(^|\s)[*_]+(\S.*?\S)[*_]+(?=\s|[.,;]|$)", r"\1\2", t)
                stack = [(i, c) for i, c in stack if i < ind]
                if not is_item(t, had):
                    stack.append((ind, t))
                    continue
                labels = label_event(sec, " / ".join(c for _, c in stack), t)
                if labels:
                    yield dict(
                        id="cepm-%s-%d" % (date, n),
                        text=t,
                        labels=labels,
                        source="wikipedia-current-events",
                        group=week(date),
                    )


def src_huffpost(path):
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f):
            try:
                d = json.loads(line.strip().rstrip(","))
            except ValueError:
                continue
            l = HP.get(d.get("category"))
            if not l:
                continue
            h, s = clean(d.get("headline", "")), clean(d.get("short_description", ""))
            if len(s) < 40:
                continue
            t = h + ("" if re.search(r"[.!?]$", h) else ".") + " " + s
            if TERR_GROUP.search(t):
                continue  # columns and jokes that name such groups: neither label is safe
            yield dict(
                id="hp-%d" % n,
                text=t,
                labels=[l],
                source="huffpost-news-category",
                group=d.get("link") or "hp-%d" % n,
            )


_FL_DROP = re.compile(
    r"refugee|humanitarian|heritage|econom|reaction|peace|sanction|media|casualt|human_rights|minorit|children|timeline|"
    r"cultural|water|population|christian|kurds|women|elections?|constitution",
    re.I,
)


def src_conflict_wiki(root, cap=45):
    for p in sorted(glob.glob(os.path.join(root, "**", "*.md"), recursive=True)):
        name = os.path.splitext(os.path.basename(p))[0]
        if _FL_DROP.search(name):
            continue
        with open(p, encoding="utf-8") as f:
            s = f.read()
        if "author: Wikipedia" not in s[:3000]:
            continue
        s = s.split("---", 2)[-1]
        paras = []
        for n, para in enumerate(re.split(r"\n\s*\n", s)):
            para = para.strip()
            if not para or re.match(r"[#>|!*\-+:]", para) and not para.startswith("**"):
                continue
            for _ in range(3):
                para = _LINK.sub(r"\1", para)
            t = clean(
                re.sub(r"\[\d+\]|\[citation needed\]", "", para.replace("**", "").replace("\\", ""))
            )
            if MIN_LEN <= len(t) <= MAX_LEN and t[-1:] in ".\"'”)" and re.match(r"[\"'“A-Z]", t):
                paras.append((n, t))
        step = max(1.0, len(paras) / cap)
        keep = [paras[int(i * step)] for i in range(min(cap, len(paras)))]
        for n, t in keep:
            g = len(TERR_GROUP.findall(t))  # one passing mention does not make it the main topic
            labels = [TERR, WAR] if g >= 2 else [WAR, TERR] if g else [WAR]
            yield dict(
                id="cw-%s-%d" % (hashlib.md5(name.encode()).hexdigest()[:8], n),
                text=t,
                labels=labels,
                source="wikipedia-conflict-articles",
                group=name,
            )


SIB = {
    "technology": SCI,
    "science": SCI,
    "business": ECO,
    "travel": LIFE,
    "sports": SPORT,
    "nature": ENV,
    "health": HEALTH,
    "entertainment": ARTS,
    "disasters": DIS,
    "crime": CRIME,
    "religion": REL,
}


def src_sib(paths):
    for p in paths:
        with open(p, encoding="utf-8") as f:
            for line in f:
                c = line.rstrip("\n").split("\t")
                if len(c) != 3 or not c[0].isdigit() or c[1] not in SIB:
                    continue
                yield dict(
                    id="sib-" + c[0],
                    text=clean(c[2]),
                    labels=[SIB[c[1]]],
                    source="sib-200-eng-14",
                    group="sib-%d" % (int(c[0]) // 6),
                )  # neighbours come from one page


# ---------------------------------------------------------------- near-duplicates (MinHash + LSH)
def shingles(t):
    w = re.findall(r"\w+", t.lower())
    return {hash_(" ".join(w[i : i + 4])) for i in range(max(1, len(w) - 3))}


def hash_(s):
    return int.from_bytes(hashlib.blake2b(s.encode(), digest_size=8).digest(), "big")


MASK = (1 << 61) - 1
PERM = [(hash_("a%d" % i) | 1, hash_("b%d" % i)) for i in range(24)]


def dedupe(items, thr=0.6):
    buckets, kept, sets = {}, [], []
    for it in items:
        sh = shingles(it["text"])
        sig = [min((a * x + b) & MASK for x in sh) for a, b in PERM]
        keys = [(k, tuple(sig[k * 3 : k * 3 + 3])) for k in range(8)]
        dup = False
        for k in keys:
            for j in buckets.get(k, ()):
                o = sets[j]
                if len(sh & o) >= thr * len(sh | o):
                    dup = True
                    break
            if dup:
                break
        if dup:
            continue
        for k in keys:
            buckets.setdefault(k, []).append(len(kept))
        kept.append(it)
        sets.append(sh)
    return kept


def split_of(group, seed):
    v = int(hashlib.sha256(("%s|%s" % (seed, group)).encode()).hexdigest()[:8], 16) / float(1 << 32)
    return "test" if v < 0.10 else "dev" if v < 0.20 else "train"


def collect(job):
    return list(job[0](job[1]))


def main():
    ap = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ap.add_argument("--cep-yaml")
    ap.add_argument("--cep-md")
    ap.add_argument("--huffpost")
    ap.add_argument("--conflict-wiki")
    ap.add_argument("--sib", nargs="*", default=[])
    for o in ("wiki-articles", "pm", "beige", "medquad", "gum"):
        ap.add_argument("--" + o)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument(
        "--cap-prose",
        type=int,
        default=1500,
        help="most train paragraphs per primary label and prose source (security/*: 3000)",
    )
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", default="winnow-topic-1")
    ap.add_argument(
        "--cap", type=int, default=6000, help="most train paragraphs per primary label (0: no cap)"
    )
    a = ap.parse_args()
    import concurrent.futures
    import prepare_topic_prose as pr

    jobs = [
        (fn, arg)
        for fn, arg in (
            (src_cep_yaml, a.cep_yaml),
            (src_cep_md, a.cep_md),
            (src_huffpost, a.huffpost),
            (src_conflict_wiki, a.conflict_wiki),
            (src_sib, a.sib),
            (pr.src_gum, a.gum),
            (pr.src_pm, a.pm),
            (pr.src_wiki_articles, a.wiki_articles),
            (pr.src_beige, a.beige),
            (pr.src_medquad, a.medquad),
        )
        if arg
    ]
    with concurrent.futures.ProcessPoolExecutor(a.jobs) as ex:
        items = [i for part in ex.map(collect, jobs) for i in part]
    raw = len(items)
    seen = collections.Counter()
    for i in items:
        seen[i["id"]] += 1
        if seen[i["id"]] > 1:
            i["id"] += ".%d" % seen[i["id"]]
    items = [i for i in items if MIN_LEN <= len(i["text"]) <= MAX_LEN]
    sized = len(items)
    items = dedupe(items)
    out = {"train": [], "dev": [], "test": []}
    for i in items:
        out[split_of(i["group"], a.seed)].append(i)
    prose = set(
        x
        for x in (
            "wikipedia-articles",
            "au-pm-transcripts",
            "fed-beige-book",
            "nih-cdc-medquad",
            "gum-wikinews",
            "gum-wikivoyage",
        )
    )
    order = lambda i: hashlib.sha256((a.seed + i["id"]).encode()).hexdigest()
    os.makedirs(a.out, exist_ok=True)
    stats = {"raw": raw, "in_length": sized, "after_dedupe": len(items)}
    for s, rows in out.items():
        rows.sort(key=order)
        n = collections.Counter()
        keep = []
        for r in rows:  # one cap for the event summaries, one per prose source
            l, p = r["labels"][0], r["source"] in prose
            key = (l, r["source"]) if p else l
            cap = a.cap_prose * (2 if l.startswith("security/") else 1) if p else a.cap
            n[key] += 1
            if not cap or n[key] <= (cap if s == "train" else cap // 8):
                keep.append(r)
        prim = collections.Counter(r["labels"][0] for r in keep)
        anyl = collections.Counter(l for r in keep for l in r["labels"])
        srcs = collections.Counter(r["source"] for r in keep)
        stats[s] = {
            "n": len(keep),
            "primary": dict(prim.most_common()),
            "any": dict(anyl.most_common()),
            "source": dict(srcs),
            "prose": dict(
                collections.Counter(
                    r["labels"][0] for r in keep if r["source"] in prose
                ).most_common()
            ),
            "prose_any": dict(
                collections.Counter(
                    l for r in keep if r["source"] in prose for l in r["labels"]
                ).most_common()
            ),
        }
        with gzip.GzipFile(os.path.join(a.out, s + ".jsonl.gz"), "wb", 9, mtime=0) as f:
            for r in keep:
                row = {k: r[k] for k in ("id", "text", "labels", "source")}
                f.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    with open(os.path.join(a.out, "counts.json"), "w") as f:
        json.dump(stats, f, indent=1)
    json.dump(stats, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
