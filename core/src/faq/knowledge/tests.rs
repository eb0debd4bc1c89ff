//! What compiled knowledge promises, on a small pack of its own.

use super::super::Verdict;
use super::super::bytes::BytesError;
use super::binary::MAGIC;
use super::*;
use crate::faq::pack::parse;
use proptest::prelude::*;
use std::sync::LazyLock;

const PACK: &str = r#"
[pack]
id = "library"
title = "Stadtbücherei"
languages = ["de", "en"]

[[red_flag]]
id = "fire"
phrases.de = ["es brennt", "Feueralarm"]
phrases.en = ["on fire"]
except.de = ["es brennt mir unter den Nägeln"]
answer.de = "Gehen Sie hinaus und rufen Sie 112."
answer.en = "Leave the building and call 112."

[[entry]]
id = "hours"
kind = "faq"
title.de = "Öffnungszeiten"
title.en = "Opening hours"
source = "buecherei.example"
as_of = "2026-11-20"
answer.de = "Dienstag bis Samstag, 10 bis 18 Uhr."
answer.en = "Tuesday to Saturday, 10 to 18."
phrasings.de = ["Wann habt ihr geöffnet?", "Wie lange ist heute auf?", "Ist samstags offen?", "Bis wann kann ich kommen?"]
phrasings.en = ["When are you open?", "Are you open on Saturdays?", "How late can I come by?"]
location = { latitude = 48.1, longitude = 11.5, name = "Bücherei", address = "Am Markt 1" }
buttons = ["card", "closed", "extend"]

[[entry]]
id = "card"
kind = "faq"
title.de = "Ausweis"
title.en = "Library card"
answer.de = "Den Ausweis gibt es am Schalter."
answer.en = "Get your card at the desk."
phrasings.de = ["Wie bekomme ich einen Ausweis?", "Was kostet die Karte?", "Ich möchte mich anmelden", "Mein Ausweis ist weg"]
phrasings.en = ["How do I get a library card?", "I lost my card", "Sign me up as a reader"]
media = { kind = "image", link = "https://buecherei.example/karte.png", caption.de = "Der Ausweis" }

[[entry]]
id = "extend"
kind = "faq"
title.de = "Verlängern"
title.en = "Renew a loan"
answer.de = "Verlängern geht im Netz."
answer.en = "Renew online."
phrasings.de = ["Kann ich das Buch länger behalten?", "Wie verlängere ich die Ausleihe?", "Leihfrist verlängern", "Die Rückgabe ist heute fällig"]
phrasings.en = ["Can I keep the book longer?", "How do I renew my loan?", "My book is overdue"]

[[entry]]
id = "closed"
kind = "status"
title.de = "Umbau"
source = "buecherei.example"
as_of = "2026-11-20T14:30"
expires = "2026-11-30"
answer.de = "Der Lesesaal ist wegen Umbau zu."
phrasings.de = ["Ist der Lesesaal gesperrt?", "Wie lange dauert der Umbau?", "Baustelle im Erdgeschoss", "Warum ist der Lesesaal zu?"]
"#;

/// 2026-11-22 and 2026-12-01, noon.
const BEFORE: UnixMillis = UnixMillis::from_secs(1_795_348_800);
const AFTER: UnixMillis = UnixMillis::from_secs(1_796_126_400);

static LIBRARY: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::compile(&library()));

fn library() -> Pack {
    parse(PACK).expect("the pack is well-formed")
}

fn best(verdict: &Verdict) -> Option<&Candidate> {
    match verdict {
        Verdict::Answer(candidate) => Some(candidate),
        Verdict::Offer { candidates } | Verdict::Unsure { candidates, .. } => candidates.first(),
        Verdict::RedFlag { .. } => None,
    }
}

#[test]
fn every_phrasing_finds_its_own_entry_and_language() {
    for entry in &library().entries {
        for (language, phrasing) in
            entry.phrasings.iter().flat_map(|(language, all)| all.iter().map(move |one| (language, one)))
        {
            let verdict = LIBRARY.ask(phrasing, BEFORE);
            let found = best(&verdict).map(|found| (found.entry.as_str(), found.language.as_str()));
            assert_eq!(found, Some((entry.id.as_str(), language.as_str())), "{phrasing}");
        }
    }
}

#[test]
fn a_known_question_with_typos_is_recognised() {
    for (text, entry) in [
        ("wan habt ir geofnet??", "hours"),
        ("WIE BEKOMM ICH NEN AUSWEISS", "card"),
        ("leihfrist verlaengern bitteeee", "extend"),
        ("lesesal gespert 😡", "closed"),
    ] {
        let verdict = LIBRARY.ask(text, BEFORE);
        assert_eq!(best(&verdict).map(|found| found.entry.as_str()), Some(entry), "{text}: {verdict:?}");
    }
}

#[test]
fn a_question_from_another_world_is_not_answered() {
    for text in ["Zieht ihr mir morgen den Weisheitszahn?", "xkcd qwrtz", "do you sell tractors"] {
        let verdict = LIBRARY.ask(text, BEFORE);
        assert!(!matches!(verdict, Verdict::Answer(_)), "{text}: {verdict:?}");
    }
}

#[test]
fn wordless_texts_have_no_candidates() {
    for text in ["", "   ", "😀👍🏽", "?!…", "\u{200d}"] {
        let nothing = Verdict::Unsure { language: None, candidates: Vec::new() };
        assert_eq!(LIBRARY.ask(text, BEFORE), nothing, "{text:?}");
    }
}

#[test]
fn an_emergency_comes_before_a_known_question() {
    let rows =
        [("Wann habt ihr geöffnet? Es brennnt!", "de"), ("feueralrm", "de"), ("the shelf is on fire", "en")];
    for (text, language) in rows {
        let expected = Verdict::RedFlag { rule: "fire".to_owned(), language: language.to_owned() };
        assert_eq!(LIBRARY.ask(text, BEFORE), expected, "{text}");
    }
    assert_eq!(LIBRARY.red_flag("die Frage, es brennt mir unter den Nägeln"), None);
    assert_eq!(LIBRARY.red_flag_answer("fire", "en"), Some("Leave the building and call 112."));
    assert_eq!(LIBRARY.red_flag_answer("fire", "fr"), Some("Gehen Sie hinaus und rufen Sie 112."));
    assert_eq!(LIBRARY.red_flag_answer("flood", "de"), None);
}

#[test]
fn an_answer_carries_date_source_place_and_follow_ups() {
    let answer = LIBRARY.answer("hours", "en", BEFORE).expect("hours are served");
    assert_eq!(
        answer.text,
        "Tuesday to Saturday, 10 to 18.\n\nAs of 20 November 2026, source: buecherei.example"
    );
    assert_eq!((answer.title.as_str(), answer.language.as_str()), ("Opening hours", "en"));
    assert_eq!(answer.location.map(|place| place.address), Some("Am Markt 1".to_owned()));
    let titles: Vec<_> = answer.buttons.iter().map(|button| button.title.as_str()).collect();
    assert_eq!(titles, ["Library card", "Umbau", "Renew a loan"]);
    let media = LIBRARY.answer("card", "en", BEFORE).and_then(|answer| answer.media);
    assert_eq!(media.and_then(|media| media.caption), Some("Der Ausweis".to_owned()));
}

#[test]
fn an_answer_missing_in_a_language_is_given_in_the_default() {
    let answer = LIBRARY.answer("closed", "en", BEFORE).expect("the notice is served");
    assert_eq!(answer.language, "de");
    assert!(
        answer.text.ends_with("Stand: 20.11.2026, 14:30 Uhr · Quelle: buecherei.example"),
        "{}",
        answer.text
    );
}

#[test]
fn an_expired_entry_is_neither_served_nor_offered() {
    assert_eq!(LIBRARY.answer("closed", "de", AFTER), None);
    assert_eq!(LIBRARY.title("closed", "de", AFTER), None);
    assert!(LIBRARY.entries(AFTER).all(|entry| entry != "closed"));
    let answer = LIBRARY.answer("hours", "de", AFTER).expect("hours are served");
    assert!(answer.buttons.iter().all(|button| button.entry != "closed"));
    for text in ["Ist der Lesesaal gesperrt?", "Umbau", "Warum ist der Lesesaal zu?"] {
        let candidates = match LIBRARY.ask(text, AFTER) {
            Verdict::Answer(candidate) => vec![candidate],
            Verdict::Offer { candidates } | Verdict::Unsure { candidates, .. } => candidates,
            Verdict::RedFlag { .. } => Vec::new(),
        };
        assert!(candidates.iter().all(|candidate| candidate.entry != "closed"), "{text}");
    }
}

#[test]
fn a_question_that_belongs_to_an_expired_entry_goes_to_a_human_and_not_to_its_neighbour() {
    // Without the notice that has expired, the neighbour has the only entry about parking.
    let source = PACK.replace("Warum ist der Lesesaal zu?\"]", "Warum ist der Lesesaal zu?\"]\n\
        [[entry]]\nid = \"works\"\nkind = \"faq\"\ntitle.de = \"Parken\"\nanswer.de = \"Am Markt.\"\n\
        phrasings.de = [\"Wo kann ich parken?\", \"Gibt es Parkplätze am Haus?\", \"Parken mit dem Auto\"]\n\
        [[entry]]\nid = \"festival\"\nkind = \"faq\"\ntitle.de = \"Parken am Fest\"\nexpires = \"2026-11-30\"\n\
        answer.de = \"Auf der Wiese.\"\n\
        phrasings.de = [\"Wo kann ich beim Fest parken?\", \"Parkplätze am Fest\", \"Parken mit dem Auto am Fest\"]");
    let whole = parse(&source).expect("the pack is well-formed");
    let (question, mut current) = ("Wo kann ich beim Fest parken?", whole.clone());
    let knowledge = Knowledge::compile(&whole);
    let verdict = knowledge.ask(question, BEFORE);
    assert_eq!(best(&verdict).map(|found| found.entry.as_str()), Some("festival"), "{verdict:?}");
    let Verdict::Unsure { candidates, .. } = knowledge.ask(question, AFTER) else {
        panic!("{:?}", knowledge.ask(question, AFTER));
    };
    assert_eq!(candidates.first().map(|near| near.entry.as_str()), Some("works"), "a hint for the agent");
    assert_eq!(candidates, knowledge.nearest(question, AFTER));

    // The neighbour keeps its own questions, and would have answered this one.
    let own = knowledge.ask("Wo kann ich parken?", AFTER);
    assert_eq!(best(&own).map(|found| found.entry.as_str()), Some("works"), "{own:?}");
    assert!(matches!(own, Verdict::Answer(_) | Verdict::Offer { .. }), "{own:?}");
    current.entries.retain(|entry| entry.id != "festival");
    let alone = Knowledge::compile(&current).ask(question, AFTER);
    assert!(matches!(&alone, Verdict::Answer(found) if found.entry == "works"), "{alone:?}");
}

#[test]
fn approved_texts_in_arabic_keep_their_numbers_together() {
    let source = r#"
[pack]
id = "help"
title = "Hilfe"
languages = ["de", "ar"]
[crisis]
greeting.de = "Viele schreiben uns."
greeting.ar = "اتصلوا 089 99998-100"
first = []
[[red_flag]]
id = "despair"
phrases.de = ["nicht mehr leben"]
answer.de = "0800 1110111"
answer.ar = " اتصلوا 0800 1110111\n"
[[entry]]
id = "join"
kind = "flow"
title.de = "Beitreten"
phrasings.de = ["Ich will beitreten"]
[[entry.step]]
id = "when"
kind = "text"
question.de = "Wann? 8-18"
question.ar = "متى؟ 8-18"
[[entry]]
id = "plan"
kind = "faq"
title.de = "Plan"
answer.de = "Hier."
answer.ar = "هنا 8-18"
phrasings.de = ["Wo ist der Plan?"]
media = { kind = "image", link = "https://help.example/plan.png", caption.ar = "الخطة 8-18" }
"#;
    let knowledge = Knowledge::compile(&parse(source).expect("the pack is well-formed")).in_crisis(true);
    let flow = knowledge.flow("join", BEFORE).expect("a flow");
    let answer = knowledge.answer("plan", "ar", BEFORE).expect("it is served");
    let greeting = knowledge.crisis_greeting("ar", BEFORE).map(|greeting| greeting.text);
    let caption = answer.media.and_then(|media| media.caption);
    let rows = [
        ("emergency", knowledge.red_flag_answer("despair", "ar"), "اتصلوا \u{2068}0800 1110111\u{2069}"),
        ("emergency in German", knowledge.red_flag_answer("despair", "de"), "0800 1110111"),
        ("greeting", greeting.as_deref(), "اتصلوا \u{2068}089 99998-100\u{2069}"),
        ("question", Some(flow.question(&flow.steps[0], "ar")), "متى؟ \u{2068}8-18\u{2069}"),
        ("answer", Some(answer.text.as_str()), "هنا \u{2068}8-18\u{2069}"),
        ("caption", caption.as_deref(), "الخطة \u{2068}8-18\u{2069}"),
    ];
    for (name, said, expected) in rows {
        assert_eq!(said, Some(expected), "{name}");
    }
}

#[test]
fn a_blank_text_is_never_sent_and_the_default_language_stands_in() {
    let mut pack = library();
    pack.red_flags[0].answer.insert("en".to_owned(), " \u{200b}".to_owned());
    let hours = &mut pack.entries[0];
    for texts in [&mut hours.answer, &mut hours.title] {
        texts.insert("en".to_owned(), String::new());
    }
    let knowledge = Knowledge::compile(&pack);
    assert_eq!(knowledge.red_flag_answer("fire", "en"), Some("Gehen Sie hinaus und rufen Sie 112."));
    assert_eq!(knowledge.title("hours", "en", BEFORE), Some("Öffnungszeiten"));
    let answer = knowledge.answer("hours", "en", BEFORE).expect("hours are served");
    assert!(answer.text.starts_with("Dienstag"), "{}", answer.text);
}

#[test]
fn what_folds_to_the_same_words_is_one_phrasing() {
    let mut pack = library();
    pack.entries.truncate(1);
    pack.entries[0].phrasings = [("de", vec!["öffnungszeiten?", "Offen"]), ("en", vec!["OPENING HOURS"])]
        .map(|(language, said)| (language.to_owned(), said.into_iter().map(str::to_owned).collect()))
        .into();
    let (phrasings, texts) = phrasings(&pack);
    assert_eq!(texts, ["öffnungszeiten?", "Offen", "OPENING HOURS"]);
    assert_eq!(phrasings.len(), texts.len());
}

#[test]
fn compiling_twice_gives_the_same_bytes() {
    assert_eq!(LIBRARY.to_bytes(), Knowledge::compile(&library()).to_bytes());
}

#[test]
fn bytes_restore_the_same_knowledge() {
    let restored = Knowledge::from_bytes(&LIBRARY.to_bytes()).expect("the bytes are sound");
    assert!(restored == *LIBRARY);
}

#[test]
fn damaged_bytes_are_refused_by_name() {
    let sound = LIBRARY.to_bytes();
    let changed = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        Knowledge::from_bytes(&bytes).err()
    };
    assert_eq!(Knowledge::from_bytes(b"").err(), Some(BytesError::Magic));
    assert_eq!(changed(0), Some(BytesError::Magic));
    assert_eq!(changed(7), Some(BytesError::Version { found: VERSION ^ 1, expected: VERSION }));
    assert_eq!(changed(sound.len() / 2), Some(BytesError::Checksum));
    assert_eq!(Knowledge::from_bytes(&sound[..sound.len() - 1]).err(), Some(BytesError::Checksum));
}

#[test]
fn tiny_packs_compile_and_answer() {
    let mut pack = Pack { languages: vec!["de".to_owned()], ..Pack::default() };
    let empty = Knowledge::compile(&pack);
    assert_eq!(empty.ask("hallo", BEFORE), Verdict::Unsure { language: None, candidates: Vec::new() });
    pack.entries.push(library().entries.remove(0));
    let verdict = Knowledge::compile(&pack).ask("Wann habt ihr geöffnet?", BEFORE);
    assert_eq!(best(&verdict).map(|found| found.entry.as_str()), Some("hours"));
}

#[test]
fn confidences_are_chances_and_descend() {
    for text in ["Ausweis verlängern", "Kann ich heute kommen", "book"] {
        let verdict = LIBRARY.ask(text, BEFORE);
        if let Verdict::Offer { candidates } | Verdict::Unsure { candidates, .. } = verdict {
            assert!(candidates.len() <= MAX_BUTTONS, "{text}");
            assert!(candidates.iter().all(|candidate| (0.0..=1.0).contains(&candidate.confidence)), "{text}");
            assert!(candidates.is_sorted_by(|left, right| left.confidence >= right.confidence), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_panics(text in proptest::collection::vec(any::<char>(), 0..400)) {
        let _ = LIBRARY.ask(&text.into_iter().collect::<String>(), BEFORE);
    }

    #[test]
    fn no_long_text_panics(piece in "\\PC{1,40}") {
        let _ = LIBRARY.ask(&piece.repeat(100_000 / piece.len()), BEFORE);
    }

    #[test]
    fn restored_knowledge_gives_the_same_verdicts(text in "[a-zäöüß ]{0,60}") {
        static RESTORED: LazyLock<Knowledge> =
            LazyLock::new(|| Knowledge::from_bytes(&LIBRARY.to_bytes()).expect("the bytes are sound"));
        prop_assert_eq!(RESTORED.ask(&text, BEFORE), LIBRARY.ask(&text, BEFORE));
    }

    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Knowledge::from_bytes(&body).is_err());
        // Past the checksum as well.
        prop_assert!(Knowledge::read(&body).is_err());
    }

    #[test]
    fn no_change_to_sound_bytes_panics(at in any::<proptest::sample::Index>(), value in any::<u8>()) {
        static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| LIBRARY.to_bytes().split_off(MAGIC.len() + 9));
        let mut body = BODY.clone();
        let at = at.index(body.len());
        body[at] = value;
        if let Ok(knowledge) = Knowledge::read(&body) {
            let _ = knowledge.ask("Wann habt ihr geöffnet?", BEFORE);
        }
    }
}
