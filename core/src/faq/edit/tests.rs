use proptest::prelude::*;

use super::*;

const PACK: &str = r#"# A pool, by hand.
[pack]
id = "pool"
title = "Freibad"
languages = ["de", "en", "de-leicht"]

[[entry]] # the first
id = "hours" # never change it
kind = "faq"
title.de = "Zeiten"
answer.de = "Von 8 bis 20 Uhr."
phrasings.de = [
  # asked most
  "Wann offen?", "Öffnungszeiten", # the classics
  "Bis wann?",
]

[[entry]]
id = "price"
kind = "faq"
title.de = "Preise"
answer.de = """
4 Euro."""
phrasings.de = ["Was kostet das?"] # one line

[[entry]]
id = "dogs"
kind = "faq"
title.de = "Hunde"
answer.de = "Nein."
phrasings = { de = ["Hunde?"] }

[[entry]]
id = "food"
kind = "faq"
title.de = "Kiosk"
answer.de = "Ja."
[entry.phrasings]
de = ["Gibt es Pommes?"]

[[entry]]
id = "lost"
kind = "faq"
title.de = "Fundsachen"
answer.de = "An der Kasse."

[[entry]]
id = "empty"
kind = "faq"
title.de = "Leer"
answer.de = "Leer."
phrasings.de = [ # none yet
]"#;

#[test]
fn a_phrasing_goes_where_a_careful_editor_would_put_it() {
    let rows = [
        ("a list of lines", "hours", "de", "  \"Bis wann?\", \"neu\",\n]"),
        ("a list in one line", "price", "de", "phrasings.de = [\"Was kostet das?\", \"neu\"] # one line\n"),
        (
            "another language",
            "price",
            "en",
            "\"Was kostet das?\"] # one line\nphrasings.en = [\"neu\"]\n\n[[entry]]",
        ),
        (
            "another language behind lines",
            "hours",
            "de-leicht",
            "]\nphrasings.de-leicht = [\"neu\"]\n\n[[entry]]",
        ),
        ("an inline table", "dogs", "de", "phrasings = { de = [\"Hunde?\", \"neu\"] }"),
        ("a language in an inline table", "dogs", "en", "phrasings = { de = [\"Hunde?\"], en = [\"neu\"] }"),
        ("a table", "food", "de", "[entry.phrasings]\nde = [\"Gibt es Pommes?\", \"neu\"]"),
        ("a language in a table", "food", "en", "de = [\"Gibt es Pommes?\"]\nen = [\"neu\"]\n"),
        ("no phrasings yet", "lost", "de", "id = \"lost\"\nphrasings.de = [\"neu\"]\nkind"),
        ("an empty list", "empty", "de", "phrasings.de = [\"neu\" # none yet\n]"),
    ];
    for (name, entry, language, expected) in rows {
        let edited =
            add_phrasing(PACK, entry, language, "neu").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(edited.contains(expected), "{name}: {edited}");
        assert_eq!(edited.len(), PACK.len() + added(&edited), "{name}: nothing was taken away");
    }
}

/// How much longer an edited text is, counted from both ends inwards.
fn added(edited: &str) -> usize {
    let alike = |one: &mut dyn Iterator<Item = u8>, other: &mut dyn Iterator<Item = u8>| {
        one.zip(other).take_while(|(one, other)| one == other).count()
    };
    let before = alike(&mut PACK.bytes(), &mut edited.bytes());
    let behind = alike(&mut PACK.bytes().rev(), &mut edited.bytes().rev());
    assert!(before + behind >= PACK.len(), "only one place changed");
    edited.len() - PACK.len()
}

#[test]
fn a_long_line_goes_on_in_the_next() {
    let long = "x".repeat(LINE_BYTES);
    let edited = add_phrasing(PACK, "hours", "de", &long).expect("it is edited");
    assert!(edited.contains(&format!("  \"Bis wann?\",\n  \"{long}\",\n]")), "{edited}");
}

#[test]
fn a_file_with_other_line_breaks_keeps_them() {
    let source = PACK.replace('\n', "\r\n");
    let edited = add_phrasing(&source, "price", "en", "How much?").expect("it is edited");
    assert!(edited.contains("# one line\r\nphrasings.en = [\"How much?\"]\r\n"), "{edited}");
    let entry =
        NewEntry { title: word("Neu"), answer: word("Neu."), id: "new".into(), ..NewEntry::default() };
    let edited = add_entry(&source, &entry).expect("it is edited");
    assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count());
}

#[test]
fn what_cannot_be_edited_says_why() {
    let inline = "entry = [{ id = \"a\", kind = \"faq\", title.de = \"A\", answer.de = \"A\" }]\n\
        [pack]\nid = \"p\"\ntitle = \"P\"\nlanguages = [\"de\"]\n";
    let rows = [
        (
            "no such entry",
            add_phrasing(PACK, "opening", "de", "neu"),
            EditError::UnknownEntry("opening".into()),
        ),
        (
            "no such language",
            add_phrasing(PACK, "hours", "fr", "neu"),
            EditError::UnknownLanguage("fr".into()),
        ),
        (
            "said already",
            add_phrasing(PACK, "price", "de", "Was kostet das?"),
            EditError::KnownPhrasing("price".into()),
        ),
        ("an odd file", add_phrasing(inline, "a", "de", "neu"), EditError::UnknownStyle),
        (
            "an entry that is there",
            add_entry(PACK, &NewEntry { id: "price".into(), ..NewEntry::default() }),
            EditError::KnownEntry("price".into()),
        ),
    ];
    for (name, edited, expected) in rows {
        assert_eq!(edited, Err(expected), "{name}");
    }
    let no_date = NewEntry { id: "new".into(), as_of: Some("gestern".into()), ..NewEntry::default() };
    for (name, edited) in
        [("no pack", add_phrasing("x", "hours", "de", "neu")), ("no date", add_entry(PACK, &no_date))]
    {
        assert!(matches!(edited, Err(EditError::Pack(_))), "{name}: {edited:?}");
    }
}

fn word(text: &str) -> Localized<String> {
    Localized::from([("de".to_owned(), text.to_owned())])
}

#[test]
fn a_new_entry_is_written_as_people_write_entries() {
    let entry = NewEntry {
        id: "sauna".into(),
        kind: EntryKind::Status,
        title: word("Sauna"),
        answer: word("Geschlossen.\nWir \"bauen\" um."),
        phrasings: Localized::from([(
            "de".to_owned(),
            vec!["Sauna?".to_owned(), "Ist die Sauna offen?".to_owned()],
        )]),
        source: Some("bad.example".into()),
        as_of: Some("2026-11-20T14:30".into()),
        expires: Some("2026-12-31".into()),
    };
    let expected = r#"

[[entry]]
id = "sauna"
kind = "status"
title.de = "Sauna"
source = "bad.example"
as_of = "2026-11-20T14:30"
expires = "2026-12-31"
answer.de = """
Geschlossen.
Wir \"bauen\" um."""
phrasings.de = [
  "Sauna?",
  "Ist die Sauna offen?",
]
"#;
    assert_eq!(add_entry(PACK, &entry).as_deref(), Ok(format!("{PACK}{expected}").as_str()));
}

proptest! {
    /// The result is read back within the edit, so success alone says that it differs in just this.
    #[test]
    fn any_phrasing_can_be_added_anywhere(text in any::<String>(), entry in 0..6_usize, language in 0..3_usize) {
        let pack = parse(PACK).expect("the pack is valid");
        let (entry, language) = (&pack.entries[entry].id, &pack.languages[language]);
        let edited = add_phrasing(PACK, entry, language, &text).expect("it is edited");
        let after = parse(&edited).expect("it is still a pack");
        let said = after.entries.iter().find(|known| known.id == *entry).and_then(|known| known.phrasings.get(language));
        prop_assert_eq!(said.and_then(|said| said.last()), Some(&text));
        let again = add_phrasing(&edited, entry, language, &format!("{text}!")).expect("it is edited again");
        prop_assert!(parse(&again).is_ok());
    }

    #[test]
    fn any_entry_can_be_appended(id in any::<String>(), title in any::<String>(), answer in any::<String>(), said in any::<Vec<String>>()) {
        let phrasings = Localized::from([("en".to_owned(), said)]);
        let entry = NewEntry { id, title: word(&title), answer: word(&answer), phrasings, ..NewEntry::default() };
        let edited = add_entry(PACK, &entry).expect("it is edited");
        prop_assert!(edited.starts_with(PACK));
    }
}
