use proptest::prelude::*;

use super::*;

#[track_caller]
fn assert_rows(rows: &[(&str, &str, &str)]) {
    for (name, text, expected) in rows {
        assert_eq!(redact(text), *expected, "{name}");
    }
}

#[test]
fn numbers_go_and_small_ones_stay() {
    assert_rows(&[
        ("a phone number", "Rufen Sie 015123456789 an", "Rufen Sie … an"),
        ("in blocks", "Meine Nummer ist +49 (151) 234 567-89.", "Meine Nummer ist +…."),
        ("with dashes", "0151-2345678 oder 0151/2345678", "… oder …"),
        ("with dots", "Tel. 030.123.456", "Tel. …"),
        ("an account", "DE89 3704 0044 0532 0130 00 stimmt das?", "… stimmt das?"),
        ("letters between", "Ausweis C01X00T47 ist weg", "Ausweis … ist weg"),
        ("a day", "Ich bin am 03.05.1987 geboren", "Ich bin am … geboren"),
        ("a year", "Gilt das noch 2026?", "Gilt das noch …?"),
        ("keycaps", "0️⃣1️⃣5️⃣1️⃣2️⃣", "…"),
        ("other digits", "رقمي ٠١٥١٢٣٤٥", "رقمي …"),
        ("an hour", "Habt ihr um 18:30 Uhr auf?", "Habt ihr um 18:30 Uhr auf?"),
        ("small numbers", "Ab 3 Jahren oder 12 Wochen? 112!", "Ab 3 Jahren oder 12 Wochen? 112!"),
        ("a price", "Kostet das 3,50 Euro", "Kostet das 3,50 Euro"),
    ]);
}

#[test]
fn addresses_of_the_net_go() {
    assert_rows(&[
        ("mail", "Schreiben Sie an max.muster@example.org bitte", "Schreiben Sie an … bitte"),
        ("mail in brackets", "max (at) example.org geht auch", "… geht auch"),
        ("mail without spaces", "max(at)example.org geht", "… geht"),
        ("a handle", "Folgt @maxi_m auf Instagram", "Folgt … auf Instagram"),
        (
            "a link",
            "Warum geht https://example.org/login?user=max nicht?",
            "Warum geht https://example.org/… nicht?",
        ),
        ("a link without scheme", "wa.me/max kaputt", "wa.me/… kaputt"),
        ("a host alone", "Ist www.example.org offline?", "Ist www.example.org offline?"),
        ("a slash", "Mo/Di und/oder Mi", "Mo/Di und/oder Mi"),
    ]);
}

#[test]
fn names_go_where_something_announces_them() {
    assert_rows(&[
        (
            "a full name",
            "Ich heiße Anna Schmidt und suche einen Termin",
            "Ich heiße … und suche einen Termin",
        ),
        ("lower case", "hallo, ich heiße anna schmidt und habe fieber", "hallo, ich heiße … und habe fieber"),
        (
            "one name",
            "Mein Name ist Anna. Wo kann ich mich testen?",
            "Mein Name ist …. Wo kann ich mich testen?",
        ),
        ("with a particle", "mein Name ist Otto von Bismarck", "mein Name ist …"),
        ("a title", "Ist Frau Müller heute da?", "Ist Frau … heute da?"),
        ("a title with a doctor", "Hat Herr Dr. Weiß heute Dienst?", "Hat Herr Dr. … heute Dienst?"),
        ("a wife", "Darf meine Frau Fieber messen?", "Darf meine Frau Fieber messen?"),
        ("two capitals", "Ich bin Max Mustermann, wo ist der Eingang?", "Ich bin …, wo ist der Eingang?"),
        ("a trade", "Ich bin Lehrerin und geimpft", "Ich bin Lehrerin und geimpft"),
        ("greetings", "Wann geht es los? Viele Grüße, Anna S.", "Wann geht es los? Viele Grüße, …."),
        ("short greetings", "Wann geht es los? LG Anna", "Wann geht es los? LG …"),
        ("english", "My name is John Miller and I need a test", "My name is … and I need a test"),
        ("english apostrophe", "my name's john, where do I go", "my name's …, where do I go"),
        ("english closing", "When? Kind regards, John Miller", "When? Kind regards, …"),
        ("ukrainian", "Мене звати Олена Коваль, де лікар?", "Мене звати …, де лікар?"),
        ("arabic", "اسمي أحمد. أين الطبيب؟", "اسمي …. أين الطبيب؟"),
    ]);
}

#[test]
fn whole_names_go_however_many_parts_they_have() {
    assert_rows(&[
        ("two parts", "Ist Frau Anna Schmidt da?", "Ist Frau … da?"),
        ("a man", "Herr Hans Müller", "Herr …"),
        ("a man in lower case", "ist herr hans müller heute da", "ist herr … heute da"),
        ("a hyphen", "Frau Müller-Lüdenscheidt", "Frau …"),
        ("a hyphen in lower case", "herr müller-lüdenscheidt ist krank", "herr … ist krank"),
        ("hyphens", "Ich heiße Anna-Lena Müller-Lüdenscheidt", "Ich heiße …"),
        ("an apostrophe", "Mr O'Neill is late", "Mr … is late"),
        ("four parts", "Mein Name ist Anna Lena Maria Schmidt.", "Mein Name ist …."),
        ("an initial", "Ist Frau Anna M. Schmidt da?", "Ist Frau … da?"),
        ("particles", "Hat Frau von der Leyen heute Dienst?", "Hat Frau … heute Dienst?"),
        ("titles", "Frage an Frau Prof. Dr. Anna Schmidt", "Frage an Frau …"),
        ("a number within", "Ich heiße Anna 015112345678 Schmidt", "Ich heiße …"),
        ("an hour of a doctor", "Hat Frau Müller Sprechstunde?", "Hat Frau …?"),
        ("a closing", "LG Anna Müller-Lüdenscheidt", "LG …"),
        ("typed dots", "Ich heiße… Anna Schmidt", "Ich heiße…"),
        ("typed dots behind a title", "Ist Frau … Schmidt da?", "Ist Frau … da?"),
        ("a sentence behind a name", "Ich heiße Anna. Gibt es Termine?", "Ich heiße …. Gibt es Termine?"),
    ]);
}

#[test]
fn names_of_those_near_go() {
    assert_rows(&[
        ("a son", "Mein Sohn heißt Max Müller", "Mein Sohn heißt …"),
        (
            "a son in lower case",
            "mein sohn heißt max müller und hat fieber",
            "mein sohn heißt … und hat fieber",
        ),
        ("a pronoun", "Sie heißt Lena Müller, darf sie kommen?", "Sie heißt …, darf sie kommen?"),
        ("spelt with ss", "Meine Tochter heisst Lena", "Meine Tochter heisst …"),
        ("a nurse", "Die Pflegerin heißt Schmidt", "Die Pflegerin heißt …"),
        ("typed dots", "Mein Sohn heißt… Max Müller", "Mein Sohn heißt…"),
        ("a daughter", "Ist meine Tochter Lena Müller angemeldet?", "Ist meine Tochter … angemeldet?"),
        ("a daughter at the beginning", "Meine Tochter Lena hat Fieber", "Meine Tochter … hat Fieber"),
        (
            "behind a greeting",
            "Guten Tag, mein Sohn Max kommt heute nicht",
            "Guten Tag, mein Sohn … kommt heute nicht",
        ),
        ("a wife", "Meine Frau Anna Schmidt ist krank", "Meine Frau … ist krank"),
        ("is", "Mein Sohn ist Max Müller", "Mein Sohn ist …"),
        (
            "english name",
            "my daughter's name is Lena Miller, can she come",
            "my daughter's name is …, can she come",
        ),
        ("english called", "My son is called Max Miller", "My son is called …"),
        ("english lower case", "my son is called max miller", "my son is called …"),
        ("english beside", "Can my son Max Miller come today?", "Can my son … come today?"),
        ("a label", "Name: Anna Schmidt", "Name: …"),
        ("a label for a child", "Kind: lena müller, Igelgruppe", "Kind: …, Igelgruppe"),
        ("namens", "eine Ärztin namens Anna Schmidt", "eine Ärztin namens …"),
    ]);
}

#[test]
fn homes_and_births_go() {
    assert_rows(&[
        ("a street", "Ich wohne Hauptstraße 12a in Musterstadt", "Ich wohne … in Musterstadt"),
        ("a street in short", "Lange Str. 5, 2. Stock", "…, 2. Stock"),
        ("a street in two words", "in der Langen Straße 7 brennt Licht", "in der … brennt Licht"),
        ("a street without house", "Ist die Hauptstraße gesperrt?", "Ist die Hauptstraße gesperrt?"),
        ("english", "I live at 12 Main Street in town", "I live at … in town"),
        ("ukrainian", "вул. Шевченка 12", "…"),
        ("born in words", "geboren im Mai 87, darf ich?", "geboren …, darf ich?"),
        ("a day with a month", "am 3. Mai 1987 geboren", "am … geboren"),
        ("a day of this year", "Geht das am 3. Mai?", "Geht das am 3. Mai?"),
    ]);
}

#[test]
fn what_holds_nothing_personal_stays_as_it_was_written() {
    for text in [
        "Wo kann ich mich testen lassen?",
        "How much does a test cost?",
        "Mein Sohn hat Fieber – was nun?",
        "Wie heißt das Formular?",
        "wie heißt die Ärztin",
        "Heißt das, dass ich zu Hause bleiben muss?",
        "heißt das, dass alles zu ist",
        "Das heißt Quarantäne für alle?",
        "Was heißt Isolation?",
        "Was genau heißt Kontaktperson?",
        "Heißt Isolation dasselbe wie Quarantäne?",
        "Es heißt, die Schule bleibt zu",
        "Wie heißen die Symptome?",
        "What is this test called?",
        "What is called a contact?",
        "Is the ambulance called automatically?",
        "Which name is on the letter?",
        "Hat meine Tochter Fieber?",
        "Darf mein Sohn Sport machen?",
        "Braucht mein Kind Medikamente?",
        "Mein Mann ist Lehrer",
        "Darf eine Frau Blut spenden?",
        "my son has a fever, can he go to school",
        "Namen der Helfer?",
        "Скільки коштує тест?",
        "Gilt 2G+ noch?",
        "Darf mein Kind (3 Jahre) in die Kita?",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn long_texts_are_cut_between_words_and_lines_are_joined() {
    let long = redact(&"Wort ".repeat(100));
    assert!(long.chars().count() <= MAX_CHARACTERS && long.ends_with("Wort …"), "{long}");
    assert_eq!(redact("Erste\n\n Zeile\tund  zweite "), "Erste Zeile und zweite");
}

/// Pieces that the rules look for, in any order.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "ich heiße", "Mein Name ist", "ich bin", "Frau", "Herr", "Dr.", "Viele Grüße", "lg", "geboren am", "Mai",
            "Hauptstraße", "Straße", "вул.", "Street", "Anna", "Schmidt", "von", "und", "…", "(at)", "@", "https://",
            "a.de/b?c=1", "www.x.de", ".", ",", "\n", " ", "-", "+49", "اسمي", "1️⃣",
        ]).prop_map(str::to_owned),
        2 => "[0-9]{1,6}",
        1 => ".{0,8}",
    ];
    prop::collection::vec((piece, prop::sample::select(vec!["", " ", "  ", ", "])), 0..40)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, gap)| [piece, gap.to_owned()]).collect())
}

proptest! {
    #[test]
    fn no_number_of_four_digits_survives_and_redacting_twice_changes_nothing(text in any_text()) {
        let redacted = redact(&text);
        let mut run = 0;
        for character in redacted.chars() {
            run = if character.is_numeric() { run + 1 } else { 0 };
            prop_assert!(run < LEAST_DIGITS, "{redacted}");
        }
        prop_assert!(redacted.chars().count() <= MAX_CHARACTERS);
        prop_assert!(!redacted.contains('@') || !redacted.split_whitespace().any(|token|
            token.contains('@') && token.chars().any(char::is_alphanumeric)));
        prop_assert_eq!(redact(&redacted), redacted);
    }

    #[test]
    fn any_text_is_taken(text in ".{0,1200}") {
        let redacted = redact(&text);
        prop_assert_eq!(redact(&redacted), redacted);
    }
}
