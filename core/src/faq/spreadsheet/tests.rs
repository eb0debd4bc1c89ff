//! Tables as people make them, and the way there and back.

use super::names::shortened;
use super::*;
use crate::faq::lint::MAX_TITLE;
use crate::faq::pack::{AsOf, Entry, EntryKind, Localized, Location};
use jiff::civil::{Date, Time};
use proptest::prelude::*;

fn options() -> Options {
    Options { id: "bad".to_owned(), title: "Freibad".to_owned(), language: "de".to_owned() }
}

fn read(text: &str) -> Import {
    import(text.as_bytes(), &options()).expect("a spreadsheet")
}

#[test]
fn tables_of_many_kinds_are_the_same_pack() {
    let rows = [
        ("comma", "question,answer\nWas kostet es?,\"4 Euro, immer\"\n"),
        ("semicolon, german names", "Frage;Antwort\nWas kostet es?;4 Euro, immer\n"),
        ("tab, other order", "Antwort\tFrage\n4 Euro, immer\tWas kostet es?\n"),
        ("byte order mark, capitals", "\u{feff}FRAGE;ANTWORT\r\nWas kostet es?;4 Euro, immer\r\n"),
        ("blanks and empty rows", " Frage ; Antwort \n;\n  Was kostet es? ; 4 Euro, immer \n\n"),
        ("language by name", "Sprache;Frage;Antwort\nDeutsch;Was kostet es?;4 Euro, immer\n"),
    ];
    for (name, text) in rows {
        let Import { pack, remarks, rows } = read(text);
        assert_eq!((remarks, rows), (vec![], 1), "{name}");
        let entry = &pack.entries[0];
        assert_eq!(
            (entry.id.as_str(), entry.title["de"].as_str()),
            ("was-kostet-es", "Was kostet es?"),
            "{name}"
        );
        assert_eq!(entry.answer["de"], "4 Euro, immer", "{name}");
        assert_eq!(entry.phrasings["de"], ["Was kostet es?"], "{name}");
    }
}

#[test]
fn windows_1252_is_read_and_said() {
    let Import { pack, remarks, .. } =
        import(b"Frage;Antwort\nGr\xf6\xdfe?;20 \x80\n", &options()).expect("a spreadsheet");
    assert_eq!(pack.entries[0].phrasings["de"], ["Größe?"]);
    assert_eq!(pack.entries[0].answer["de"], "20 €");
    assert_eq!(remarks[0].done, "it was read as Windows-1252");
}

#[test]
fn a_row_of_every_column_is_read() {
    let text = "id;kind;language;title;question;answer;phrasings;source;stand;gültig bis;buttons\n\
        hours;status;de;Zeiten;Wann offen?;\"Von 8\nbis 20\";\"offen | auf\nZeiten; heute\";https://bad.example;\
        20.11.2026, 14:30;31.01.2027;price\n\
        hours;;Englisch;Times;When open?;From 8 to 20;;;;;\n";
    let Import { pack, remarks, rows } = read(text);
    assert_eq!((remarks, rows, pack.languages), (vec![], 2, vec!["de".to_owned(), "en".to_owned()]));
    let entry = &pack.entries[0];
    assert_eq!(entry.kind, EntryKind::Status);
    assert_eq!(entry.answer["de"], "Von 8\nbis 20");
    assert_eq!(entry.phrasings["de"], ["Wann offen?", "offen", "auf", "Zeiten", "heute"]);
    assert_eq!(entry.answer["en"], "From 8 to 20");
    assert_eq!(entry.expires, Some(jiff::civil::date(2027, 1, 31)));
    assert_eq!(entry.as_of.and_then(|at| at.time).map(Time::minute), Some(30));
    assert_eq!(entry.buttons, ["price"]);
}

#[test]
fn what_is_not_understood_is_named_with_its_row() {
    let rows = [
        ("no answer", "Frage;Antwort\nWas?;\n", 2, "Antwort", "the row is left out"),
        ("no question", "Frage;Antwort\n;4 Euro\n", 2, "Frage", "the row is left out"),
        ("unknown column", "Frage;Antwort;Farbe\na;b;c\n", 1, "Farbe", "it is ignored"),
        ("column twice", "Frage;Antwort;question\na;b;c\n", 1, "question", "this one is ignored"),
        ("no language", "Frage;Antwort;Sprache\na;b;Klingonisch\n", 2, "Sprache", "the row is left out"),
        ("no date", "Frage;Antwort;Stand\na;b;gestern\n", 2, "Stand", "the cell is left out"),
        (
            "no such day",
            "Frage;Antwort;Gültig bis\na;b;31.02.2027\n",
            2,
            "Gültig bis",
            "the cell is left out",
        ),
        ("no kind", "Frage;Antwort;Art\na;b;rot\n", 2, "Art", "the cell is left out"),
        ("steps", "Frage;Antwort;Art\na;b;Ablauf\n", 2, "Art", "it became a \"faq\""),
        ("odd id", "id;Frage;Antwort\nÖ 1;a;b\n", 2, "id", "it was spelt with letters a to z"),
        ("surplus cells", "Frage;Antwort\na;b;c\n", 2, "", "the rest of the row is ignored"),
        ("two answers", "id;Frage;Antwort\nx;a;b\nx;a;c\n", 3, "Antwort", "the first one stays"),
        ("two sources", "id;Frage;Antwort;Quelle\nx;a;b;c\nx;a;b;d\n", 3, "Quelle", "the earlier one stays"),
        (
            "two kinds",
            "id;Frage;Antwort;Art\nx;a;b;Status\nx;a;b;Adresse\n",
            3,
            "Art",
            "the earlier one stays",
        ),
        (
            "two rows of buttons",
            "id;Frage;Antwort;buttons\nx;a;b;y\nx;a;b;z\n",
            3,
            "buttons",
            "the earlier one stays",
        ),
        ("two titles", "id;Titel;Antwort\nx;a;b\nx;c;b\n", 3, "Titel", "the first one stays"),
        ("blank lines", "Frage;Antwort\n\na;b\r\n\r\n\nWas?;\n", 6, "Antwort", "the row is left out"),
        ("a cell of two lines", "Frage;Antwort\na;\"b\nc\"\nWas?;\n", 3, "Antwort", "the row is left out"),
        ("blank lines first", "\n\nFrage;Antwort;Farbe\na;b;c\n", 3, "Farbe", "it is ignored"),
        (
            "an open quotation mark",
            "Frage;Antwort\na;\"b\nc;d\ne;f\n",
            2,
            "",
            "the row and everything below it are left out",
        ),
        (
            "an open quotation mark and a quoted cell",
            "Frage;Antwort\na;\"b\nc;\"d\"\ne;f\n",
            2,
            "",
            "the row is left out, with those below it that ran into it",
        ),
        ("a word behind a quotation mark", "Frage;Antwort\na;\"b\" c\n", 2, "", "it was added"),
        ("an id of another", "id;Frage;Antwort\n;test;b\ntest;c;d\n", 3, "id", "it got a number"),
        (
            "a question like two others",
            "Frage;Antwort;Sprache\nTest?;Ja;de\nTest!;Nein;de\nTest;No;en\n",
            4,
            "Frage",
            "it became an entry of its own",
        ),
        (
            "long title",
            "Frage;Antwort\nWas kostet der Eintritt für Kinder?;4 Euro\n",
            2,
            "Frage",
            "it was shortened; write a better one",
        ),
    ];
    for (name, text, row, column, done) in rows {
        let remarks = read(text).remarks;
        let [remark] = remarks.as_slice() else { panic!("{name}: {remarks:?}") };
        assert_eq!(
            (remark.row, remark.column.as_str(), remark.done),
            (row, column, done),
            "{name}: {remark}"
        );
    }
}

#[test]
fn a_table_without_the_needed_columns_is_refused() {
    for (text, missing) in [("", "answer"), ("Frage\na\n", "answer"), ("Antwort;Stand\na;b\n", "question")] {
        let error = import(text.as_bytes(), &options()).expect_err(text);
        assert!(matches!(error, SpreadsheetError::NoColumn(column, ..) if column == missing), "{error}");
    }
}

#[test]
fn rows_without_id_join_by_their_question_and_stay_apart_otherwise() {
    let text = "Frage;Antwort;Sprache\nTest?;Ja;de\nTest?;Yes;en\nTest!;Nein;de\nأين؟;هنا;ar\n";
    let pack = read(text).pack;
    let ids: Vec<&str> = pack.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["test", "test-2", "entry-3"]);
    assert_eq!(pack.entries[0].answer.len(), 2);
}

#[test]
fn a_translation_joins_the_very_question_that_it_translates() {
    let pack = read("Frage;Antwort;Sprache\nTest?;Ja;de\nTest!;Nein;de\nTest!;No;en\nTest?;Yes;en\n").pack;
    let answers: Vec<_> =
        pack.entries.iter().map(|entry| (entry.answer["de"].as_str(), entry.answer["en"].as_str())).collect();
    assert_eq!(answers, [("Ja", "Yes"), ("Nein", "No")]);
}

#[test]
fn rows_above_an_open_quotation_mark_stay() {
    let Import { pack, rows, .. } = read("Frage;Antwort\na;b\nc;\"d\ne;f\n");
    assert_eq!((rows, pack.entries.len(), pack.entries[0].answer["de"].as_str()), (1, 1, "b"));
}

#[test]
fn titles_are_cut_between_words_and_in_any_script() {
    assert_eq!(shortened("Was kostet der Eintritt?"), "Was kostet der…");
    assert_eq!(shortened("Donaudampfschifffahrtsgesellschaft"), "Donaudampfschifffah…");
    assert_eq!(
        shortened("أين يمكنني إجراء الفحص اليوم").chars().count(),
        "أين يمكنني إجراء…".chars().count()
    );
}

#[test]
fn formulas_are_defused_and_come_back() {
    let mut pack = read("id;title;answer\nx;a;b\n").pack;
    for text in ["=1+1", "+49 89", "-1", "@SUM(A1)", "'=x", "''@", "'quoted'"] {
        pack.entries[0].answer.insert("de".to_owned(), text.to_owned());
        let csv = export(&pack).csv;
        let cells = csv.split([';', '\n', '\r']);
        assert!(cells.clone().all(|cell| !cell.trim_matches('"').starts_with(['=', '+', '-', '@'])), "{csv}");
        assert_eq!(read(&csv).pack.entries[0].answer["de"], text);
    }
}

#[test]
fn what_a_table_cannot_hold_is_named() {
    let mut pack = read("id;title;answer;frage;phrasings\nx;a;b;c;d\n").pack;
    assert_eq!(export(&pack).left_out, [""; 0]);
    let entry = &mut pack.entries[0];
    entry.location =
        Some(Location { latitude: 0.0, longitude: 0.0, name: String::new(), address: String::new() });
    entry.kind = EntryKind::Flow;
    entry.phrasings.get_mut("de").expect("de").push("e; f".to_owned());
    entry.title.clear();
    pack.red_flags.push(crate::faq::pack::RedFlag::default());
    pack.crisis = Some(crate::faq::crisis::Crisis::default());
    let left_out = export(&pack).left_out;
    for what in ["red flags", "crisis", "place", "steps", "come back as several", "no title"] {
        assert!(left_out.iter().any(|one| one.contains(what)), "{what}: {left_out:?}");
    }
}

/// A text that a cell can hold: not blank, no blanks around it, plain line breaks.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zäß]{1,8}( [a-zäß]{1,8}){0,2}", "[=+@'\",\t|;\n\\-a]{1,8}", "[а-яا-ي]{1,9}"]
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("blank", |text| !text.is_empty())
}

fn phrasing() -> impl Strategy<Value = String> {
    text()
        .prop_map(|text| text.replace(['\n', '|', ';', '\t'], "x"))
        .prop_filter("blank", |text| !text.trim().is_empty() && text.trim() == text)
}

fn localized<T: fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Localized<T>> {
    let tags = prop::sample::select(vec!["en".to_owned(), "ar".to_owned(), "de-leicht".to_owned()]);
    prop::collection::btree_map(tags, value, 0..3)
}

prop_compose! {
    fn entry()(
        texts in localized((phrasing(), text(), prop::collection::btree_set(phrasing(), 0..4))),
        german in (phrasing(), text(), prop::collection::btree_set(phrasing(), 1..4)),
        kind in prop::sample::select(vec![EntryKind::Faq, EntryKind::Status, EntryKind::Address]),
        source in prop::option::of(phrasing()),
        as_of in prop::option::of((1_i16..9999, any::<bool>())),
        expires in prop::option::of(1_i16..9999),
        buttons in prop::collection::vec("[a-z]{1,6}", 0..3),
    ) -> Entry {
        let date = |year| Date::constant(year, 2, 28);
        let mut entry = Entry {
            kind,
            source,
            buttons,
            as_of: as_of.map(|(year, timed)| AsOf {
                date: date(year),
                time: timed.then(|| Time::constant(9, 5, 0, 0)),
            }),
            expires: expires.map(date),
            ..Entry::default()
        };
        for (language, (title, answer, phrasings)) in texts.into_iter().chain([("de".to_owned(), german)]) {
            entry.title.insert(language.clone(), title.chars().take(MAX_TITLE).collect::<String>().trim().to_owned());
            entry.answer.insert(language.clone(), answer);
            if !phrasings.is_empty() {
                entry.phrasings.insert(language, phrasings.into_iter().collect());
            }
        }
        entry
    }
}

proptest! {
    #[test]
    fn what_a_table_can_hold_comes_back(mut entries in prop::collection::vec(entry(), 0..4)) {
        for (number, entry) in entries.iter_mut().enumerate() {
            entry.id = format!("id-{number}");
        }
        let used = |tag: &&str| *tag == "de" || entries.iter().any(|entry| entry.title.contains_key(*tag));
        let languages = ["de", "ar", "de-leicht", "en"].into_iter().filter(used).map(str::to_owned).collect();
        let pack = Pack { id: "bad".to_owned(), title: "Freibad".to_owned(), languages, red_flags: vec![], entries, crisis: None };
        let exported = export(&pack);
        prop_assert_eq!(&exported.left_out, &Vec::<String>::new());
        let mut import = read(&exported.csv);
        prop_assert_eq!(&import.remarks, &Vec::new());
        // Languages come back in the order of the rows, the default first.
        import.pack.languages[1..].sort();
        prop_assert_eq!(import.pack, pack);
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = import(&bytes, &options());
        let mut table = b"Frage;Antwort;Sprache;Stand;id\n".to_vec();
        table.extend(bytes);
        let _ = import(&table, &options());
    }
}
