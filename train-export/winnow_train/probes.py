"""probes - the texts that a model file carries, and the scores its trainer expects of them.

All texts are written for this purpose.  They cover every label, and what breaks tokenizers: very
short and empty-looking texts, curly quotes, UTF-8, digits, capitals, odd white space, unknown words.
"""

COMMON = [
    "",
    " ",
    "?!",
    "a",
    "Zxqvblorp wuffnik",
    "é",
    "…",
    "—\u00a0—",
    "7",
    "tab\tseparated\twords, no-break\u00a0space and a zero\u200bwidth joint",
]

TOPIC = COMMON + [
    "Two masked men set off a bomb beside the ministry; a jihadist cell claimed responsibility.",
    "A suicide bomber killed nine worshippers, and police blamed the outlawed militant group.",
    "The tank brigade crossed the river at dawn while artillery shelled the retreating army.",
    "Rebels and government troops traded fire for a third day before the ceasefire took hold.",
    "The jury found the accountant guilty of fraud, and the judge sentenced her to six years.",
    "POLICE ARREST FOUR AFTER BANK ROBBERY",
    "The finance minister’s party lost its majority in parliament after Sunday’s election.",
    "“We shall vote against the bill,” the opposition leader told the senate.",
    "The two foreign ministers signed a treaty and agreed to reopen their embassies in May.",
    "Sanctions against the regime were extended at the United Nations in New York.",
    "An earthquake of magnitude 6.8 shook the coast and destroyed more than 1,200 homes.",
    "The ferry sank in heavy seas; rescuers pulled 41 passengers from the water.",
    "Shares in the carmaker fell 4% after it cut its profit forecast for the third quarter.",
    "Consumer prices rose and the central bank raised its interest rate to 5.25 per cent.",
    "The novelist’s second film, a comedy about a jazz band, opens the festival on Friday.",
    "Her new album “Glass Harbour” mixes folk songs with electronic music.",
    "The striker scored twice in the second half and the visitors won the cup final 3–1.",
    "She broke the national record in the 400 metres at the athletics championships.",
    "Doctors say the vaccine protects children against measles and most severe infections.",
    "Patients with diabetes should have their blood sugar tested every three months.",
    "Astronomers found water vapour on a planet that orbits a faint star 124 light-years away.",
    "The software update fixes a flaw in the phone’s encryption chip.",
    "Knead the dough for ten minutes, let it rise, then bake the bread with olives and rosemary.",
    "The old town is best seen on foot; small hotels and cafés line the harbour.",
    "Emissions of carbon dioxide from burning coal warm the climate and threaten coral reefs.",
    "Wolves have returned to the forest, where conservationists count their cubs each spring.",
    "The bishop led prayers in the cathedral as pilgrims gathered for the feast of the saint.",
    "Monks of the order copy the scriptures by hand and chant before sunrise.",
    "Élections à São Paulo: naïve façade, coöperation, Ελληνικά, 漢字",
    "sport",
    "It was a quiet week, and nobody wished to say more about it.",
    "In 2031 the 17th session (No. 4/B) met @ 09:30 — see annex #12 & table 3.",
    "war peace war peace war church church church goal goal goal virus",
]

PROMO = COMMON + [
    "Subscribe to our weekly newsletter and never miss a story!",
    "SIGN UP TODAY AND GET 20% OFF YOUR FIRST ORDER",
    "Follow us on Facebook, Twitter and Instagram",
    "Tap here for our ten favourite hiking boots… START EXPLORING »",
    "More than 62,000 readers like us on Facebook. Be one of them!",
    "Proudly powered by PageKit",
    "Download the free app from the App Store or Google Play.",
    "This post contains affiliate links; we may earn a commission if you buy something.",
    "Your gift keeps our reporters in the field. Donate now.",
    "Our award-winning platform helps growing teams save time and close more deals.",
    "“Best mattress I ever bought,” says Dana, a happy customer.",
    "Sponsored by Ferrand Tools",
    "Share this: Email Print WhatsApp",
    "Free shipping on all orders over $35. Shop the sale!",
    "The river rose two metres overnight, and farmers moved their cattle to higher ground.",
    "“Nobody told us that the bridge was closed,” the driver said on Thursday.",
    "Council votes to keep the old library open",
    "What the new tariff means for small farms",
    "In 1911 the expedition reached the plateau with four sledges and 52 dogs.",
    "To join the two boards, spread glue on both edges and clamp them for an hour.",
    "The company said it would offer its drivers free training from March.",
    "I tried this recipe with buckwheat and it came out well, thanks for posting.",
    "She had followed the band since she was twelve, and she knew every song.",
    "A customer who orders online, the court held, may return the goods within 14 days.",
    "3. Keep the wicks short",
    "Figure 2: mean rainfall by month, in millimetres",
    "Home | About | Contact | Sitemap",
    "© 2024 Alder Street Media. All rights reserved.",
    "Posted by M. Okafor on 3 June 2022 at 8:15 pm",
    "Privacy Policy and Terms of Use",
    "This site uses cookies. Accept all",
    "Read more about lichens",
    "Forgot your password or user name?",
    "Skip straight to the main content",
    "Leave a reply. Your email address will not be published. Required fields are marked *",
    "Café Müller — naïve façade, Ελληνικά, 漢字",
    "buy now buy now buy now the the the minister said said said",
    "5 Gründe: jetzt kaufen!!! 100 % gratis",
]

TEXTS = {"topic": TOPIC, "promo": PROMO}


def with_scores(model, texts):
    """The manifest's "probes": every text with the model's probabilities."""
    return [{"text": t, "scores": [float(p) for p in model.scores(t)]} for t in texts]
