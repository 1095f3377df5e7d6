#!/usr/bin/env python3
"""Article prose for the winnow topic data set; imported by prepare_topic.py, which has the command line.

Sources (each a path to a checked-out folder):
  wiki_articles   a folder of English Wikipedia articles, one .txt file each: line 1 page id, line 2 title, then one
                  paragraph a line with [1] reference marks            (kirito-0512/data, dump/)
  pm              transcripts/*.xml of Australian prime ministers       (wragge/pm-transcripts)
  beige           txt-split/<year>/<month>/*.txt, one sentence a line   (oscarsuen/beige-book: Federal Reserve Beige Book)
  medquad         <collection>/*.xml question-answer files              (abachaa/MedQuAD: texts of US NIH and CDC sites)
  gum             xml/GUM_{news,interview,voyage}_*.xml                 (amir-zeldes/gum: Wikinews and Wikivoyage documents)
"""

import collections, glob, hashlib, html, os, re, xml.etree.ElementTree as ET

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
MIN_LEN, MAX_LEN = 100, 1200

# ---------------------------------------------------------------- topic word lists (paragraph evidence)
LEX = {
    TERR: r"terroris[mt]s?|counter-?terroris\w*|anti-?terror\w*|terror (?:attacks?|threats?|groups?|suspects?|plots?|laws?|networks?|cells?|alert)|"
    r"al[- ]?qa[ei]da|isil|isis|daesh|islamic state|jemaah islamiyah|lashkar\S*|hamas|hezbollah|hizballah|taliban|boko haram|"
    r"al[- ]shabaab|bin laden|abu sayyaf|jihad\w*|suicide (?:bomb\w*|attack\w*)|car bomb\w*|bombings?|bombers?|bomb attacks?|hijack\w*|"
    r"hostages?|extremis[mt]s?|violent extremism|radicali[sz]\w+|foreign fighters?|militants?|proscri\w+|asio|september 11|"
    r"(?:bali|london|madrid|jakarta|paris|mumbai) (?:bomb\w*|attacks?)|siege|death cult|designated (?:as )?(?:a )?terror\w*",
    WAR: r"troops|soldiers?|army|armies|armed forces|defence forces?|defense forces?|military|air ?strikes?|artillery|cease-?fire|invasion|invaded|battles?|"
    r"battalions?|insurgen\w+|rebels?|guerrilla\w*|peace-?keep\w*|deploy\w+|warships?|naval|combat|offensive|casualties|civil war|occupation|"
    r"militia\w*|wounded|infantry|brigades?|divisions?|war (?:crimes|zone)|fighting|hostilities|forces|regiments?|commanders?|shelling|bombard\w+",
    DOM: r"elections?|electoral|voters?|votes?|parliament\w*|senate|senators?|congress\w*|legislat\w+|cabinet|prime minister|opposition|coalition|"
    r"part(?:y|ies)|referendum|constitution\w*|governor-?general|candidates?|members? of parliament|ballot|presidential|ministers?|mps?|campaign|"
    r"caucus|labor|liberals?|conservatives?|republicans?|democrats?|polls?|resign\w*",
    INT: r"bilateral\w*|treat(?:y|ies)|diploma\w+|foreign (?:minister|affairs|policy|relations)|united nations|security council|embass\w+|ambassadors?|"
    r"summits?|apec|asean|commonwealth heads|european union|nato|foreign aid|official visit|state visit|sanctions|international community|"
    r"alliance|relations (?:with|between)|trade agreement|leaders'? meeting|general assembly|multilateral\w*|sovereignty|talks|g20|high commission\w*",
    CRIME: r"police|courts?|judges?|crim(?:e|es|inal|inals|inality)|murder\w*|prison\w*|jail\w*|sentenced?|convict\w*|arrest\w*|charged|trials?|fraud\w*|drug traffick\w*|"
    r"traffickers?|law enforcement|prosecut\w+|offen[cs]es?|offenders?|gangs?|lawyers?|guilty|illegal|magistrate|jury|juries|organi[sz]ed crime|victims?|theft|robber\w*|homicides?|mafia|illicit|gun laws|firearms|domestic violence|penalties|legal",
    DIS: r"floods?|flooding|flooded|cyclones?|bushfires?|fires?|earthquakes?|tsunamis?|hurricanes?|storms?|crash\w*|disasters?|emergency (?:services|relief|response)|"
    r"accidents?|rescue\w*|victims|killed|death toll|survivors?|explosion|eruption|sank|sinking|volcan\w+|drought relief|recovery assistance|evacuat\w+|wreck\w*|collapsed?|landslides?|tornado\w*|damage[ds]?|richter|magnitude",
    ECO: r"econom\w+|inflation|interest rates?|unemployment|budget|deficits?|surplus|tax(?:es|ation|ed)?|business(?:es)?|compan(?:y|ies)|corporat\w+|exports?|imports?|"
    r"investment\w*|investors?|bank(?:s|ing)?|shares?|shareholders?|markets?|gdp|growth|trade|industr\w+|profits?|revenues?|financial|currency|"
    r"productivity|wages?|employers?|jobs?|debt|fiscal|monetary|retail\w*|sales|manufactur\w+|customers?|stock",
    HEALTH: r"health\w*|hospitals?|doctors?|nurses?|medical\w*|medicines?|patients?|cancer\w*|diseases?|vaccin\w*|medicare|aids|hiv|diabetes|mental health|"
    r"treatments?|drugs?|clinical|symptoms?|infection\w*|infected|virus\w*|therap\w+|diagnos\w+|surgery|pandemic|flu|influenza|obesity|smoking|tobacco|disorders?|syndrome",
    ENV: r"climate(?: change)?|greenhouse|emissions?|carbon|kyoto|environment\w*|biodiversity|species|endangered|extinct\w*|conservation\w*|pollut\w+|salinity|rivers?|"
    r"murray[- ]darling|reefs?|whal\w+|forests?|wetlands?|renewable|solar|wind power|national parks?|wildlife|habitats?|ecosystems?|ecolog\w+|water (?:quality|reform|resources)|land ?care|drought|global warming|sustainab\w+|recycl\w+|threatened|wilderness",
    SCI: r"scien(?:ce|ces|tific|tists?)|research\w*|technolog\w+|internet|broadband|nbn|computers?|software|hardware|digital|satellites?|space\w*|nasa|telescopes?|"
    r"physics|astronom\w+|engineers?|innovation\w*|laborator\w+|csiro|data|web|networks?|processors?|operating systems?|users?|experiment\w*|telecommunications?|orbit\w*|discover\w+|genetic\w*|genes?|microsoft|apple|google|ibm|chips?|robot\w*|online|cyber\w*",
    SPORT: r"sports?|sporting|olympi\w+|games|cricket\w*|football\w*|rugby|tennis|athlet\w+|teams?|matches|players?|championships?|medals?|world cup|coach\w*|"
    r"leagues?|tournaments?|swimm\w+|captain|ashes|test match|grand final|wallabies|socceroos|season|scored?|goals?|races?|racing|stadium|win(?:s|ning)?|won|titles?|innings|club",
    ARTS: r"films?|movies?|music\w*|artists?|arts|artistic|theat(?:re|er)s?|songs?|albums?|novels?|books?|authors?|writers?|actors?|actress\w*|singers?|bands?|paintings?|"
    r"painters?|galler(?:y|ies)|museums?|exhibition\w*|festivals?|opera\w*|orchestra\w*|ballet|literature|literary|poet\w*|poems?|television|series|"
    r"awards?|director|stage|plays?|comed\w+|concerts?|recorded|performances?|audience\w*|published|fiction|culture|cultural|broadcast\w*|drama|characters?",
    REL: r"church\w*|religio\w+|christian\w*|catholic\w*|pope|popes|bishops?|archbishops?|cardinals?|muslims?|islam\w*|mosques?|jew(?:s|ish)|judaism|synagogues?|"
    r"faiths?|god|easter|christmas|prayers?|anglicans?|orthodox|priests?|clergy|buddhis\w+|hindu\w*|saints?|bible|biblical|quran|qur'an|gospels?|theolog\w+|"
    r"spiritual\w*|worship\w*|sacred|jesus|christ|monks?|monaster\w+|temples?|ramadan|hajj|rabbi\w*|baptis\w+|salvation|canoni[sz]\w+|doctrine|holy|sect",
    LIFE: r"food\w*|dish(?:es)?|cuisines?|cook\w*|recipes?|drinks?|beverages?|wines?|beers?|coffee|tea|restaurants?|chefs?|fashion\w*|cloth\w*|dress\w*|garments?|"
    r"tourists?|tourism|travell?\w*|hotels?|holidays?|gardens?|gardening|hobb(?:y|ies)|toys?|famil(?:y|ies)|parents?|weddings?|breeds?|pets?|dogs?|cats?|served|eaten|"
    r"flavou?r\w*|ingredients?|sauces?|baked|fried|meals?|beach\w*|visitors?|shops?|shopping|leisure|wear|worn|style",
}
LEXRX = {l: re.compile(r"\b(?:%s)\b" % p, re.I) for l, p in LEX.items()}


def evidence(t, label):
    """number of different topic words of the label in the text"""
    return len({m.group(0).lower() for m in LEXRX[label].finditer(t)})


def clean_text(s):
    s = html.unescape(s).replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "")
    return re.sub(r"\s+", " ", s).strip()


def prose(t):
    """a whole paragraph of sentences, not a heading, list or formula"""
    return (
        MIN_LEN <= len(t) <= MAX_LEN
        and re.match(r"[\"'“‘A-Z0-9$£€]", t)
        and re.search(r"[.!?][\"'”’)]*$", t)
        and "displaystyle" not in t
        and "{" not in t
        and "|" not in t
        and not re.search(r"https?:|www\.", t)
        and sum(c.isalpha() or c == " " for c in t) >= 0.86 * len(t)
    )


def even(xs, cap):
    step = max(1.0, len(xs) / float(cap))
    return [xs[int(i * step)] for i in range(min(cap, len(xs)))]


def md5(s, n=10):
    return hashlib.md5(s.encode()).hexdigest()[:n]


# ---------------------------------------------------------------- Wikipedia articles: the defining sentence names the topic
W_TERR_TITLE = re.compile(
    r"terroris|september ?11|embassy ?bombing|oklahoma ?city ?bombing|^hamas$|^hezbollah$|islamic ?jihad$|^taliban|al-?qa|bin ?laden|"
    r"liberation ?army$|liberation ?organi[sz]ation|republican ?army|^eta|red ?army|baader|black ?september|^aum|abu ?nidal|irgun|^lehi|"
    r"unabomber|anthrax ?attack|lockerbie|pan ?am ?flight ?103|war ?on ?terror|hijackers|suicide ?(?:attack|bomb)|car ?bomb|shining ?path|"
    r"red ?brigades|weather ?(?:man|underground)|tamil ?tigers|symbionese|carlos ?the ?jackal|guantanamo|patriot ?act|hostage|king ?david ?hotel|"
    r"munich ?massacre|revolutionary ?armed ?forces|american ?airlines ?flight ?77|achille ?lauro|ku ?klux|combat ?18|kurdistan ?workers|mujahideen|fatah|shin ?bet|embassy ?siege|entebbe",
    re.I,
)
W_TERR_FIRST = re.compile(
    r"terroris|militant (?:group|organi|islam)|islamist|paramilitary|guerrilla (?:group|organi|movement)|suicide (?:bomb|attack)|"
    r"hijack|jihad|bombing (?:of|was|attack)|armed (?:group|organi[sz]ation)",
    re.I,
)
W_TERR_NOT = re.compile(
    r"soldiersinger|people'?sliberationarmy|royal|air force|navy|reign ?of ?terror|^ussr|red ?army ?(?:choir|$)|biterror|burst|comics|novel|film|album|band|etaoin|alqam|fictional|"
    r"^eta(?!$)|quartz|alqua|thackeray|^sniper|^war$|tulsa|guerrillawarfare",
    re.I,
)
W_RULES = [  # (label, pattern on the defining sentence); first match wins
    (
        None,
        r"disambiguation|may refer to|mytholog|legendary|fictional|video games?\b|comic|in mathematics|mathematic|theorem|dynasty|emperor of|king of|"
        r"pharaoh|roman (?:emperor|consul|general)|ancient (?:greek|rome|roman|egypt)|medieval|village|town in|city in|commune|municipality|"
        r"letter of|alphabet|language (?:spoken|family)|dialect|year of the|calendar|\bcounty\b|province of|river in|unit of",
    ),
    (
        DIS,
        r"\b(?:earthquake|hurricane|tropical (?:cyclone|storm)|tornado|tsunami|disaster|air crash|plane crash|aviation accident|shipwreck|sank|capsized|"
        r"passenger flight|scheduled (?:international |domestic )?(?:passenger )?flight|nuclear (?:accident|meltdown)|stampede|famine|volcanic eruption|"
        r"rail accident|fire (?:that|in|at|was)|great fire|flood|avalanche|explosion|oil spill|collapse of)\b",
    ),
    (
        WAR,
        r"\b(?:was|were|is|are) (?:an? |the |part of |one of the )*(?:[\w'’–-]+ ){0,5}(?:war|wars|battle|military (?:operation|campaign|conflict|offensive|engagement)|"
        r"conflict|invasion|insurgency|uprising|siege|offensive|naval battle|armed conflict|massacre|coup d'état|civil war|bombing campaign|peacekeeping)\b|"
        r"^(?:the )?armed forces|military (?:forces )?of|armed forces of",
    ),
    (
        SPORT,
        r"\b(?:foot ?ball(?:er)?|base ?ball|basket ?ball|cricket(?:er)?|tennis|golfe?r?|athlete|olympic|ice hockey|rugby|racing driver|formula one|boxer|boxing|"
        r"wrestl(?:er|ing)|sport|sports team|tournament|championship|swimmer|sprinter|cyclist|cycling race|grand prix|nascar|stanley cup|super bowl|"
        r"martial art|skier|skating|gymnast|marathon|chess (?:player|grandmaster)|sumo|snooker)\b",
    ),
    (
        HEALTH,
        r"\b(?:disease|disorder|syndrome|infection|medication|antibiotic|antidepressant|cancer|vaccine|symptom|medical|medicine|surger?y?|surgical|therapy|"
        r"psychiatr\w+|mental (?:illness|health)|contraceptive|epidemic|pandemic|inflammation|allerg\w+|diagnos\w+|tumou?r|health care|hospital|nursing|"
        r"injury|pathogen|sexually transmitted|addiction|drug used|pharmaceutical)\b",
    ),
    (
        REL,
        r"\b(?:pope|bishop|archbishop|cardinal of|saint|church|religio(?:n|us)|theolog\w+|christian\w*|islam|islamic|muslim|sunni|shia|jewish (?:holiday|law|text|prayer|movement)|judaism|"
        r"hinduism|hindu|buddhis[mt]|sect|denomination|monk|monastic|prophet|qur'?an|bible|biblical|gospel|mosque|sacrament|liturg\w+|priest|"
        r"protestant|catholic|evangelical|baptist|methodist|lutheran|anglican|quaker|mormon|latter day|jehovah|rabbi|sufi|sikh\w*|scientology|new testament|old testament)\b",
    ),
    (
        ARTS,
        r"\b(?:film|films|actor|actress|rock band|band|singer|songwriter|album|song|novel|novelist|author|writer|poet|painter|composer|musician|television (?:series|show|sitcom)|sitcom|"
        r"playwright|film director|rapper|guitarist|drummer|opera|sculptor|photographer|musical|jazz|hip hop|rock music|punk|music genre|comedian|screenwriter|dancer|"
        r"anime|manga|cartoon|record label|music festival|soap opera|radio (?:series|show)|ballet|pianist|short story|literary|painting|art movement|architect|illustrator|entertainer)\b",
    ),
    (
        CRIME,
        r"\b(?:crime|criminal|murder(?:er|s|ed)?|serial killer|gangster|mafia|mobster|outlaw|organized crime|prison|police|law enforcement|fraud|homicide|"
        r"supreme court case|court case|lawsuit|legal (?:term|concept|doctrine|proceeding|system)|criminal law|tort|death penalty|capital punishment|"
        r"spy|assassin(?:ation)?|kidnapp\w+|drug traffick\w+|court of|supreme court|judicial|punishment|theft|felony|statute)\b",
    ),
    (
        INT,
        r"\b(?:foreign relations|international organi[sz]ation|intergovernmental|treaty|diplomat\w*|united nations|international agreement|summit|secretary-?general|"
        r"bilateral|european union|nato|peace (?:process|accord|agreement|plan)|cold war|embargo|foreign policy|convention (?:on|for|against)|international law)\b",
    ),
    (
        ECO,
        r"\b(?:company|corporation|bank|economy of|economy is|currency|economist|economics?|stock exchange|stock market|tax|business|businessman|entrepreneur|financial|"
        r"retailer|airline|manufacturer|multinational|conglomerate|industry|trade union|investor|central bank|monetary|macroeconomic\w*|marketing|accounting|"
        r"supermarket|chain of|insurance|cartel|monopoly|inflation|unemployment|market economy|automaker|brewery|brand)\b|economy of",
    ),
    (
        SCI,
        r"\b(?:programming language|software|operating system|computer|protocol|processor|microprocessor|internet|world wide web|web browser|website|file format|"
        r"robot\w*|spacecraft|space (?:mission|program|probe|shuttle|station)|rocket|satellite|planet|moon of|star\b|galaxy|asteroid|comet|astronom\w+|physic(?:s|ist)|particle|"
        r"chemist|biologist|scientist|inventor|engineer|technology|electronic|telecommunication\w*|cryptograph\w+|encryption|algorithm|database|"
        r"nuclear (?:reactor|fusion|fission|physics)|laser|telescope|genetic\w*|dna|gene|protein|evolution\w*|geolog\w+|dinosaur|cosmolog\w+|quantum|apollo|"
        r"mobile phone|wireless|semiconductor|video codec|artificial intelligence|data|network|unix|linux|science)\b",
    ),
    (
        ENV,
        r"\b(?:environmental(?:ism|ist)?|natural environment|climate|ecolog\w+|ecosystem|conservation|pollution|greenhouse|renewable|endangered|deforestation|biodiversity|habitat|recycling|"
        r"global warming|national park|nature reserve|rainforest|solar (?:power|energy)|wind power|species of|mammal|bird|whale|marine|coral|fish|reptile|"
        r"bear|wolf|cat family|primate|forest|wetland|acid rain|ozone|waste|wildlife|sustainab\w+|extinct)\b",
    ),
    (
        LIFE,
        r"\b(?:food|dish|cuisine|drink|beverage|cocktail|wine|beer|cheese|bread|fashion|clothing|garment|cosmetic|toy|hobby|sauce|dessert|tea|coffee|"
        r"hotel|tourist|tourism|holiday|furniture|garden\w*|dog breed|breed of (?:dog|cat)|cat breed|board game|card game|vegetable|fruit|spice|condiment|pasta|soup|"
        r"confection|chocolate|whisky|vodka|liqueur|jewell?ery|hairstyle|recreation\w*|camping|cooking|meal|snack|perfume|footwear|shoe|knitting|sewing|amusement park|party game|wedding)\b",
    ),
    (
        DOM,
        r"\b(?:politician|president of|prime minister|political part(?:y|ies)|elections?|constitution|legislature|parliament|politics of|congress|statesman|senator|"
        r"member of (?:the )?(?:parliament|house)|government of|head of government|political (?:leader|system|scandal|ideology|movement)|governor of|minister (?:of|for)|referendum|voting|chancellor|campaign)\b|^politics",
    ),
]
W_RULES = [(l, re.compile(p, re.I)) for l, p in W_RULES]
W_NEED = {
    TERR: 1,
    WAR: 2,
    DOM: 2,
    INT: 1,
    CRIME: 2,
    ECO: 2,
    ENV: 2,
    DIS: 2,
    REL: 2,
    LIFE: 1,
    SPORT: 2,
    ARTS: 2,
    SCI: 1,
    HEALTH: 1,
}
YEARS = re.compile(r"\b(\d{3,4})\b")
W_REF = re.compile(
    r"\[(?:\d+|[a-z]{1,2}|(?:note|nb|N|Note) \d+|[^\[\]]{2,40}(?:needed|\?|discuss|research|source|update)[^\[\]]{0,20})\](?::\s?[\d–, -]+)?"
)


def old(t):
    """True when every year named is before 1900"""
    ys = [int(y) for y in YEARS.findall(t) if 500 <= int(y) <= 2030]
    return bool(ys) and max(ys) < 1900 or bool(re.search(r"\bBCE?\b", t))


COPULA = re.compile(r"\b(?:is|was|are|were|refers to|consists of|describes)\b")
NOT_TOPIC = re.compile(
    r"\b(?:country|island|islands|archipelago|peninsula|lake|gulf|sea|ocean|continent|state in|capital|university|college|school|"
    r"language|languages|ethnic group|region|territory|street|building|word|phrase|name)\b",
    re.I,
)


def wiki_label(title, first):
    """topic from the noun phrase after the first 'is/was' of the defining sentence: the earliest rule match wins"""
    flat = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", first))[:420]
    sq = title.replace(" ", "")
    if (
        re.match(r"List ?of|Timeline|\d|Index ?of|Outline|Reference ?desk", title)
        or "disambiguation" in title
    ):
        return None
    m = COPULA.search(flat)
    body = flat[m.end() :] if m else flat
    near, head = (
        body[:170],
        re.split(
            r"\b(?:who|which|that|whose|where|located|situated|known|best|born|in order)\b|[.;:]",
            body,
        )[0][:120],
    )
    if re.match(r"Economy ?of", title):
        return ECO
    if re.match(r"Politics ?of", title):
        return DOM
    if re.match(r"Foreign ?relations ?of", title):
        return INT
    if re.search(r"revolutionary ?armed", title, re.I):
        return TERR
    if re.search(r"(?:Armed ?Forces|^Military|Military ?history|Defence ?Forces?)", title):
        return WAR
    if re.match(
        r"(?:Demographics|Geography|Telecommunications|Transport|History) ?(?:of|in)", title
    ):
        return None
    if (
        not W_TERR_NOT.search(sq)
        and not W_TERR_NOT.search(head)
        and (
            W_TERR_TITLE.search(sq)
            or W_TERR_TITLE.search(title)
            or W_TERR_FIRST.search(near)
            and not NOT_TOPIC.search(head)
            and not re.search(r"president of|special forces|weapon|rifle", near)
        )
    ):
        return TERR
    if (
        re.search(
            r"[a-z ](?:War|Conflict|Uprising|Insurgency)(?: ?\(.*)?$|^Battle ?of|^Invasion ?of|^Siege ?of|^Operation ?[A-Z]",
            title,
        )
        and re.search(
            r"\b(?:war|battle|conflict|invasion|military|fought|siege|operation|uprising)\b", near
        )
        and not re.search(r"film|game|album|book|theor", near)
    ):
        return WAR
    if W_RULES[0][1].search(flat[:260]) or NOT_TOPIC.search(head[:60]):
        return None
    best = None
    for l, rx in W_RULES[1:]:
        m = rx.search(("was " + head) if l == WAR else head)
        if m and (best is None or m.start() < best[0]):
            best = (m.start(), l)
    return best[1] if best else None


ENV_NEWS = re.compile(
    r"\b(conserv\w+|endangered|climate|pollut\w+|emissions?|deforest\w+|habitat|greenhouse|warming|protected|threatened|poach\w+|declin\w+|renewable|"
    r"ecosystems?|invasive|solar|wind power|waste|recycl\w+|environmental\w*|sustainab\w+|carbon)\b",
    re.I,
)
W_CAP = {
    TERR: 70,
    DIS: 30,
    WAR: 24,
    ENV: 16,
    CRIME: 16,
    LIFE: 14,
    HEALTH: 10,
    ECO: 9,
    INT: 8,
    DOM: 8,
    SPORT: 8,
    ARTS: 4,
    REL: 4,
    SCI: 4,
}


def src_wiki_articles(root):
    for p in sorted(glob.glob(os.path.join(root, "*.txt"))):
        with open(p, encoding="utf-8", errors="replace") as f:
            lines = f.read().split("\n")
        if len(lines) < 3 or not re.match(r"\d+,\s*$", lines[0]):
            continue
        title = lines[1].strip().rstrip(",").strip()
        paras = []
        for n, line in enumerate(lines[2:]):
            t = clean_text(W_REF.sub("", line))
            t = re.sub(
                r"\s*\((?:/[^()]*|[^()]*(?:listen|IPA|pronunciation|romanized)[^()]*)\)", "", t
            )
            t = re.sub(r"\s+([,.;:])", r"\1", t)
            if len(t) >= 60:
                paras.append((n, t))
        first = next((t for _, t in paras[:6] if COPULA.search(t)), None)
        if not first or sum(len(t) for _, t in paras) < 1500:
            continue
        label = wiki_label(title, first)
        if not label:
            continue
        pid = lines[0].strip().rstrip(",")
        keep = []
        for n, t in paras:
            if not prose(t):
                continue
            e = evidence(t, label)
            if e < W_NEED[label] or label in (WAR, DOM, INT, CRIME, ECO, DIS) and old(t):
                continue
            if label == ENV and not ENV_NEWS.search(t):
                continue
            keep.append((n, t, e))
        cap = (
            5 if label == WAR and re.search(r"Forces?|^Military|Army|Navy", title) else W_CAP[label]
        )
        for n, t, e in even(keep, cap):
            labels = [label]
            if label == TERR:
                if evidence(t, WAR) >= 3:
                    labels.append(WAR)
            else:
                ev = {l: evidence(t, l) for l in LEX}
                if ev[label] < max(v for l, v in ev.items() if l not in (DOM, LIFE)) - 1:
                    continue  # the paragraph is about something else
                if label in (WAR, CRIME, DOM, INT):
                    if ev[TERR] >= 3:
                        labels = [TERR, label]
                    elif ev[TERR] >= 2:
                        labels.append(TERR)
            yield dict(
                id="wa-%s-%d" % (pid, n),
                text=t,
                labels=labels,
                source="wikipedia-articles",
                group="wa-" + pid,
                kind="prose",
            )


# ---------------------------------------------------------------- Australian prime ministers' transcripts
PM_TITLE = [
    (
        TERR,
        r"terror|bali (?:bomb|tragedy|attack)|\bisil\b|\bisis\b|daesh|al.?qa|extremis|radicali[sz]|foreign fighter|martin place|bombings?\b|hostage|national security|asio\b|"
        r"(?:london|paris|brussels|nice|manchester|jakarta|mumbai|oslo|copenhagen|mosque|berlin|westminster|tunis\w*|sousse|ottawa|barcelona|marriott) (?:terror |terrorist )?attacks?|september 11|11 september|lindt",
    ),
    (
        WAR,
        r"\biraq\b|afghanistan|east timor|interfet|troops|defence force|deployment|peace-?keep|anzac|gallipoli|kokoda|vietnam veterans|remembrance|army|navy|air force|ramsi|solomon|uruzgan|syria|kosovo|gulf|military",
    ),
    (
        DIS,
        r"flood|cyclone|bushfire|earthquake|tsunami|hurricane|crash|mh17|mh370|disaster|storm|fires\b|victims",
    ),
    (
        HEALTH,
        r"health|hospital|medicare|cancer|medicines?|doctors?|nurs|aids|ebola|influenza|flu\b|diabetes|mental|vaccin|disability|medical|aged care|dementia|tobacco|suicide prevention|pharmac",
    ),
    (
        ENV,
        r"climate|greenhouse|environment|emission|carbon|kyoto|water|murray|reef|whal|forest|salinity|natural heritage|renewable|kakadu|antarctic|biodiversity|drought|conservation|species|solar",
    ),
    (
        SPORT,
        r"sport|olympi|cricket|football|rugby|tennis|ashes|world cup|swim|athlete|commonwealth games|bradman|cup\b|afl|nrl|socceroos|wallabies|paralymp|netball|grand final",
    ),
    (
        ARTS,
        r"\barts?\b|film|music|theatre|gallery|museum|literary|book (?:launch|prize)|exhibition|opera|orchestra|actor|artist|author|writers?|ballet|festival",
    ),
    (
        SCI,
        r"scien|research|innovation|technolog|broadband|nbn|internet|space|csiro|digital|cyber|telecommunic|telstra|backing australia's ability|information",
    ),
    (
        REL,
        r"church|pope|easter|christmas|religio|ramadan|islamic|muslim|catholic|jewish|cardinal|archbishop|faith|diwali|mackillop|anglican|passover|chanukah|eid|bishop|synagogue",
    ),
    (
        CRIME,
        r"crime|police|gun|firearm|drugs|court|violence|corruption|fraud|trafficking|death penalty|royal commission|child abuse|smuggl|legal|justice|customs",
    ),
    (
        LIFE,
        r"touris|wine|food|famil|holiday|child ?care|parental|bushwalk|garden|small towns|hospitality|restaurant",
    ),
    (
        ECO,
        r"econom|tax|budget|business|trade|jobs|employment|interest rate|industr|export|bank|financial|workplace|manufactur|investment|mining|superannuation|infrastructure|wage|g20|market|car\b|automotive|qantas|sugar|wool|steel",
    ),
    (
        INT,
        r"visit (?:to|by|of)|bilateral|apec|asean|commonwealth heads|chogm|united nations|joint (?:statement|press)|summit|pacific islands|foreign|president|prime minister of|treaty|nuclear test|indonesia|china|japan|india\b|united states|relations|high commissioner|ambassador",
    ),
    (
        DOM,
        r"election|ministry|cabinet|parliament|senate|minister\b|governor|referendum|republic|constitution|by-election|candidate|resign|retire|labor|liberal|coalition|appointment|federation|reconciliation|indigenous",
    ),
]
PM_TITLE = [(l, re.compile(p, re.I)) for l, p in PM_TITLE]
PM_TERR_STRICT = re.compile(
    r"\b(terroris[mt]s?|counter-?terroris\w*|anti-?terror\w*|al[- ]?qa[ei]da|ISIL|ISIS|Daesh|Islamic State|Jemaah Islamiyah|jihad\w*|Taliban|Hamas|Hezbollah|"
    r"suicide bomb\w*|bombings?|violent extremis\w+|extremis[mt]s?|radicali[sz]\w+|foreign fighters?|hostages?|bin Laden|September 11)\b",
    re.I,
)
PM_SKIP = re.compile(
    r"^(?:JOURNALIST|QUESTION|PRIME MINISTER|PM|MR|MRS|HOST|SUBJECTS?|E&OE|E & OE|Transcript|Contact|Media contact|\(|\[)[: ]|thank you (?:all )?very much(?: indeed)?[.,]?|ladies and gentlemen|"
    r"parliament house,|^(?:well|yes|no|none|look|oh|all right|good morning|can I|I don.t want to keep)\b",
    re.I,
)


def src_pm(root, cap_doc=10, first_year=1990):
    for p in sorted(glob.glob(os.path.join(root, "transcripts", "*.xml"))):
        with open(p, encoding="utf-8", errors="replace") as f:
            s = f.read()
        g = lambda tag: (re.search(r"<%s>(.*?)</%s>" % (tag, tag), s, re.S) or [None, ""])[1]
        m = re.match(r"(\d\d)/(\d\d)/(\d{4})", g("release-date"))
        if not m or int(m.group(3)) < first_year:
            continue
        kind, title = g("release-type"), clean_text(g("title")) + " " + clean_text(g("subjects"))
        body = (re.search(r"<content><!\[CDATA\[(.*?)\]\]>", s, re.S) or [None, ""])[1]
        if body.count("<br") > 2 * body.count("<p"):
            continue  # scanned pages: lines, not paragraphs
        spoken = kind not in (
            "Media Release",
            "Statement in Parliament",
            "Speech",
            "Article",
            "Message",
            "Broadcast",
        )
        doc = next((l for l, rx in PM_TITLE if rx.search(title)), None)
        pid = g("transcript-id")
        cand = []
        for n, para in enumerate(re.split(r"</?p[^>]*>", body)):
            t = clean_text(re.sub(r"<[^>]+>", " ", para))
            if not prose(t) or len(t) < 140 or PM_SKIP.search(t[:90]):
                continue
            ev = {l: evidence(t, l) for l in LEX}
            strict = len({x.lower() for x in PM_TERR_STRICT.findall(t)})
            best = sorted(ev, key=lambda l: -ev[l])
            label = None
            if doc == TERR and (strict >= 1 or ev[TERR] >= 2) or strict >= 2:
                label = TERR
            elif (
                doc
                and doc != TERR
                and ev[doc] >= (3 if spoken else 2)
                and ev[doc] >= ev[best[0]] - 1
                and strict == 0
            ):
                label = doc
            elif (
                ev[best[0]] >= 4
                and ev[best[0]] >= 2 * ev[best[1]]
                and strict == 0
                and best[0] not in (LIFE, ARTS, CRIME)
            ):
                label = best[0]
            if not label or label == LIFE and doc != LIFE:
                continue
            labels = [label]
            if label == TERR:
                for l in (WAR, CRIME, INT, DOM):
                    if ev[l] >= 4:
                        labels.append(l)
                        break
            else:
                o = [l for l in best if l != label and ev[l] >= 4 and ev[l] >= ev[label]]
                labels += o[:1]
            cand.append((n, t, labels))
        for n, t, labels in even(cand, cap_doc):
            yield dict(
                id="pm-%s-%d" % (pid, n),
                text=t,
                labels=labels,
                source="au-pm-transcripts",
                group="pm-" + pid,
                kind="prose",
            )


# ---------------------------------------------------------------- Beige Book
def src_beige(root, first_year=1985, every=9):
    for p in sorted(glob.glob(os.path.join(root, "txt-split", "*", "*", "*.txt"))):
        name = os.path.splitext(os.path.basename(p))[0]
        if int(name[:4]) < first_year or int(md5(name, 8), 16) % every:
            continue
        with open(p, encoding="utf-8", errors="replace") as f:
            sents = [clean_text(x) for x in f if x.strip()]
        want = 160 + int(md5(name + "w", 6), 16) % 360
        buf, start, out = "", 0, []
        for n, s in enumerate(sents):
            if not buf:
                start = n
            buf = (buf + " " + s).strip()
            if len(buf) >= want:
                out.append((start, buf))
                buf = ""
        for n, t in even([x for x in out if prose(x[1])], 8):
            yield dict(
                id="bb-%s-%d" % (name, n),
                text=t,
                labels=[ECO],
                source="fed-beige-book",
                group="bb-" + name[:7],
                kind="prose",
            )


# ---------------------------------------------------------------- MedQuAD
def src_medquad(root, cap=3):
    for coll, every in (
        ("1_CancerGov_QA", 1),
        ("4_MPlus_Health_Topics_QA", 1),
        ("5_NIDDK_QA", 1),
        ("6_NINDS_QA", 1),
        ("7_SeniorHealth_QA", 1),
        ("8_NHLBI_QA_XML", 1),
        ("9_CDC_QA", 1),
    ):
        for p in sorted(glob.glob(os.path.join(root, coll, "*.xml"))):
            try:
                r = ET.parse(p).getroot()
            except ET.ParseError:
                continue
            out = []
            focus = clean_text(r.findtext("Focus") or "")
            for k, qa in enumerate(r.iter("QAPair")):
                a = qa.findtext("Answer") or ""
                for j, part in enumerate(re.split(r"\n\s*\n|\s{3,}", a)):
                    t = clean_text(part).lstrip("- ")
                    if prose(t) and len(t) >= 150:
                        out.append(("%d.%d" % (k, j), t))
            for n, t in even(out, cap):
                yield dict(
                    id="mq-%s-%s" % (md5(coll + os.path.basename(p)), n),
                    text=t,
                    labels=[HEALTH],
                    source="nih-cdc-medquad",
                    group="mq-" + coll[0] + focus.lower(),
                    kind="prose",
                )


# ---------------------------------------------------------------- GUM: Wikinews and Wikivoyage, labels by document
GUM_DOC = {
    "news_asylum": [DIS],
    "news_crane": [DIS],
    "news_defector": [CRIME, REL],
    "news_election": [DOM],
    "news_expo": [ARTS],
    "news_flag": [DOM],
    "news_hackers": [SCI, CRIME],
    "news_homeopathic": [CRIME, HEALTH],
    "news_ie9": [SCI],
    "news_imprisoned": [CRIME, REL],
    "news_iodine": [HEALTH],
    "news_korea": [WAR],
    "news_lanterns": [LIFE],
    "news_nasa": [SCI],
    "news_soccer": [SPORT],
    "news_stampede": [DIS, REL],
    "news_warhol": [ARTS],
    "news_warming": [ENV, SCI],
    "news_worship": [REL],
    "news_taxes": [ECO, REL],
    "news_afghan": [SCI],
    "interview_ants": [SCI],
    "interview_brotherhood": [ARTS],
    "interview_chomsky": [DOM],
    "interview_cocktail": [LIFE],
    "interview_cyclone": [DIS],
    "interview_daly": [SCI],
    "interview_gaming": [ARTS],
    "interview_herrick": [SCI],
    "interview_hill": [DOM],
    "interview_libertarian": [DOM],
    "interview_licen": [SPORT],
    "interview_mcguire": [ARTS],
    "interview_mckenzie": [SPORT],
    "interview_messina": [ARTS],
    "interview_onion": [ARTS],
    "interview_peres": [INT],
    "interview_shalev": [ARTS],
    "interview_stardust": [SCI],
}


def src_gum(root):
    for p in sorted(glob.glob(os.path.join(root, "xml", "GUM_*.xml"))):
        name = os.path.basename(p)[4:-4]
        labels = [LIFE] if name.startswith("voyage_") else GUM_DOC.get(name)
        if not labels:
            continue
        with open(p, encoding="utf-8") as f:
            s = f.read()
        for n, para in enumerate(re.findall(r"<p\b[^>]*>(.*?)</p>", s, re.S)):
            toks, space = [], True
            for line in para.split("\n"):
                c = line.split("\t")
                if line.startswith("<") or len(c) < 2:
                    continue
                toks.append(c[0])
            t = " ".join(toks)
            t = re.sub(
                r"\s+([,.;:!?%)\]’”]|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b)", r"\1", html.unescape(t)
            )
            t = re.sub(r"([(\[$“‘])\s+", r"\1", t)
            t = re.sub(r"\s+([-–/])\s+", r"\1", t)
            t = re.sub(r'"\s+([^"]*?)\s+"', r'"\1"', clean_text(t))
            if prose(t):
                yield dict(
                    id="gum-%s-%d" % (name, n),
                    text=t,
                    labels=labels,
                    source="gum-wikivoyage" if name[0] == "v" else "gum-wikinews",
                    group="gum-" + name,
                    kind="prose",
                )
