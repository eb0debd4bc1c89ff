//! What the lint finds, and what it leaves alone.

use super::super::pack::{AsOf, EntryMedia, EntryMediaKind, Location, parse};
use super::*;
use jiff::civil::date;

const TODAY: Date = date(2026, 11, 22);

fn sound() -> Pack {
    parse(
        r#"
[pack]
id = "pool"
title = "Freibad"
languages = ["de", "en"]
[[red_flag]]
id = "drowning"
phrases.de = ["ertrinkt"]
phrases.en = ["drowning"]
answer.de = "112!"
[[entry]]
id = "hours"
kind = "status"
title.de = "Zeiten"
source = "pool.example"
as_of = "2026-11-20"
expires = "2026-12-31"
answer.de = "Von 8 bis 20 Uhr."
phrasings.de = ["Wann offen", "Offen heute", "Öffnungszeiten", "Bis wann offen", "Ab wann offen"]
buttons = ["price"]
[[entry]]
id = "price"
kind = "faq"
title.de = "Preise"
answer.de = "4 Euro."
phrasings.de = ["Was kostet das", "Preis", "Eintritt", "Wie teuer", "Kosten"]
"#,
    )
    .expect("the pack is well-formed")
}

/// An English text.
fn say(texts: &mut Localized<String>, text: &str) {
    texts.insert("en".into(), text.into());
}

fn picture(caption: &str) -> EntryMedia {
    let caption = Localized::from([("en".to_owned(), caption.to_owned())]);
    EntryMedia { kind: EntryMediaKind::Image, link: "https://pool.example/plan.png".into(), caption }
}

#[test]
fn a_sound_pack_has_no_findings() {
    assert_eq!(lint(&sound(), TODAY), []);
}

#[test]
fn each_mistake_is_found_and_named() {
    type Break = fn(&mut Pack);
    use Severity::{Error, Warning};
    let rows: [(&str, Break, Severity, &str); 34] = [
        ("same id", |pack| pack.entries[1].id = "hours".into(), Error, "taken in line"),
        ("odd id", |pack| pack.entries[1].id = "prices today".into(), Error, "an id is"),
        (
            "long title",
            |pack| drop(pack.entries[0].title.insert("en".into(), "x".repeat(21))),
            Error,
            "title.en has 21",
        ),
        ("no title", |pack| pack.entries[0].title.clear(), Error, "no title in the default language"),
        ("no answer", |pack| pack.entries[0].answer.clear(), Error, "no answer in the default language"),
        (
            "too long answer",
            |pack| drop(pack.entries[1].answer.insert("de".into(), "x".repeat(1_025))),
            Error,
            "1024 are allowed",
        ),
        (
            "long answer",
            |pack| drop(pack.entries[1].answer.insert("de".into(), "x".repeat(601))),
            Warning,
            "600 are comfortable",
        ),
        ("status without date", |pack| pack.entries[0].as_of = None, Error, "needs as_of and source"),
        ("status without source", |pack| pack.entries[0].source = None, Error, "needs as_of and source"),
        ("flow", |pack| pack.entries[1].kind = EntryKind::Flow, Error, "a flow needs steps"),
        ("address", |pack| pack.entries[1].kind = EntryKind::Address, Warning, "without location"),
        ("unknown button", |pack| pack.entries[0].buttons.push("x".into()), Error, "\"x\" leads to no entry"),
        ("button to itself", |pack| pack.entries[0].buttons.push("hours".into()), Warning, "same answer"),
        (
            "many buttons",
            |pack| pack.entries[0].buttons = vec!["price".into(); 4],
            Error,
            "4 buttons, 3 are allowed",
        ),
        (
            "few phrasings",
            |pack| pack.entries[0].phrasings.get_mut("de").expect("de").truncate(2),
            Warning,
            "2 phrasings",
        ),
        (
            "shared phrasing",
            |pack| pack.entries[1].phrasings.get_mut("de").expect("de").push("WANN offen?".into()),
            Error,
            "also stands in \"hours\"",
        ),
        ("expired", |pack| pack.entries[1].expires = Some(date(2026, 11, 21)), Warning, "has expired"),
        (
            "from tomorrow",
            |pack| pack.entries[1].as_of = Some(AsOf { date: date(2026, 11, 23), time: None }),
            Warning,
            "in the future",
        ),
        ("silent rule", |pack| pack.red_flags[0].phrases.clear(), Error, "never fires"),
        ("rule without text", |pack| pack.red_flags[0].answer.clear(), Error, "no emergency text"),
        ("blank emergency text", |pack| say(&mut pack.red_flags[0].answer, ""), Error, "answer.en is blank"),
        (
            "invisible emergency text",
            |pack| say(&mut pack.red_flags[0].answer, " \u{200b}\n"),
            Error,
            "answer.en",
        ),
        (
            "no words in the default",
            |pack| drop(pack.red_flags[0].answer.insert("de".into(), " ".into())),
            Error,
            "answer.de",
        ),
        ("blank answer", |pack| say(&mut pack.entries[1].answer, " "), Error, "answer.en is blank"),
        ("blank title", |pack| say(&mut pack.entries[1].title, ""), Error, "title.en is blank"),
        ("blank caption", |pack| pack.entries[1].media = Some(picture("")), Error, "caption.en is blank"),
        (
            "nameless place",
            |pack| {
                pack.entries[1].location = Some(Location {
                    latitude: 48.0,
                    longitude: 11.0,
                    name: String::new(),
                    address: "Am See 1".into(),
                });
            },
            Error,
            "needs a name",
        ),
        ("blank source", |pack| pack.entries[1].source = Some(" ".into()), Error, "source is blank"),
        (
            "status with a blank source",
            |pack| pack.entries[0].source = Some(String::new()),
            Error,
            "needs as_of and source",
        ),
        ("lasting status", |pack| pack.entries[0].expires = None, Warning, "a status without expires"),
        (
            "same title",
            |pack| drop(pack.entries[1].title.insert("de".into(), "ZEITEN".into())),
            Warning,
            "also stands in \"hours\"",
        ),
        ("no rule", |pack| pack.red_flags.clear(), Warning, "no [[red_flag]]"),
        (
            "deaf in a language",
            |pack| drop(pack.red_flags[0].phrases.remove("en")),
            Warning,
            "add phrases.en",
        ),
        (
            "deaf in it by a phrase without words",
            |pack| drop(pack.red_flags[0].phrases.insert("en".into(), vec!["!".into()])),
            Warning,
            "add phrases.en",
        ),
    ];
    for (name, break_it, severity, reason) in rows {
        let mut pack = sound();
        break_it(&mut pack);
        let findings = lint(&pack, TODAY);
        let hit =
            findings.iter().find(|finding| finding.severity == severity && finding.reason.contains(reason));
        assert!(hit.is_some_and(|finding| finding.line > 0), "{name}: {findings:?}");
    }
}

#[test]
fn the_last_day_is_still_served() {
    let mut pack = sound();
    pack.entries[1].expires = Some(TODAY);
    assert_eq!(lint(&pack, TODAY), []);
}

#[test]
fn a_variety_hears_what_its_language_hears() {
    let mut pack = sound();
    pack.languages.push("de-leicht".to_owned());
    assert_eq!(lint(&pack, TODAY), []);
}

#[test]
fn errors_are_the_same_on_every_day_and_no_warning_is_among_them() {
    let mut pack = sound();
    pack.entries[1].expires = Some(date(1970, 1, 1));
    pack.entries[0].as_of = Some(AsOf { date: date(2999, 1, 1), time: None });
    assert_eq!(errors(&pack), []);
    say(&mut pack.red_flags[0].answer, "");
    let found: Vec<String> = errors(&pack).iter().map(|it| format!("{}: {it}", it.line)).collect();
    assert_eq!(found, ["6: error: \"drowning\": answer.en is blank; write it or leave it out"]);
}
