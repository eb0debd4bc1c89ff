//! Packs as TOML, in the one form that lotse writes them in: what [`super::pack::parse`] reads back as
//! the same pack, and what people like to read and change.

use std::fmt::Write as _;

use jiff::civil::DateTime;

use super::crisis::Crisis;
use super::flow::{Day, Step, StepChoice, Takes};
use super::pack::{AsOf, Entry, EntryKind, EntryMedia, EntryMediaKind, Localized, Location, Pack, RedFlag};

/// Lists are broken into lines of at most so many characters.
const WIDTH: usize = 118;

/// The pack as TOML. Lines of the file it may have come from are not kept, comments neither.
#[must_use]
pub fn write(pack: &Pack) -> String {
    // Every field is named, so that a new one cannot be forgotten here.
    let Pack { id, title, languages, red_flags, entries, crisis } = pack;
    let mut out = Toml { languages, text: String::new() };
    out.line("[pack]");
    out.value("id", &quoted(id));
    out.value("title", &quoted(title));
    out.list("languages", languages);
    crisis.iter().for_each(|crisis| out.crisis(crisis));
    red_flags.iter().for_each(|rule| out.red_flag(rule));
    entries.iter().for_each(|entry| out.entry(entry));
    out.text
}

struct Toml<'a> {
    /// In this order texts stand below each other.
    languages: &'a [String],
    text: String,
}

impl Toml<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn value(&mut self, name: &str, value: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{name} = {value}");
    }

    fn crisis(&mut self, crisis: &Crisis) {
        let Crisis { line: _, greeting, first, answers_right } = crisis;
        self.line("\n[crisis]");
        self.each("greeting", greeting, |out, name, text: &String| out.value(name, &long(text)));
        if !first.is_empty() {
            self.list("first", first);
        }
        if let Some(share) = answers_right {
            self.value("answers_right", &format!("{share:?}"));
        }
    }

    fn step(&mut self, step: &Step) {
        let Step { line: _, id, label, question, takes, optional } = step;
        self.line("\n[[entry.step]]");
        self.value("id", &quoted(id));
        let kind = match takes {
            Takes::PostalCode => "postal_code",
            Takes::Date { .. } => "date",
            Takes::Number { .. } => "number",
            Takes::Choice { .. } => "choice",
            Takes::Text { .. } => "text",
            Takes::Photo => "photo",
        };
        self.value("kind", &quoted(kind));
        if let Some(label) = label {
            self.value("label", &quoted(label));
        }
        self.each("question", question, |out, name, text: &String| out.value(name, &long(text)));
        match takes {
            Takes::PostalCode | Takes::Photo => {}
            Takes::Date { min, max } => self.bounds(min.as_ref().map(day), max.as_ref().map(day)),
            Takes::Number { min, max, unit } => {
                self.bounds(min.map(|min| format!("{min:?}")), max.map(|max| format!("{max:?}")));
                if let Some(unit) = unit {
                    self.value("unit", &quoted(unit));
                }
            }
            Takes::Choice { choices } => {
                self.line("choices = [");
                choices.iter().for_each(|choice| self.line(&format!("  {},", step_choice(choice))));
                self.line("]");
            }
            Takes::Text { min, max } => self.bounds(Some(min.to_string()), Some(max.to_string())),
        }
        if *optional {
            self.value("optional", "true");
        }
    }

    fn bounds(&mut self, min: Option<String>, max: Option<String>) {
        for (name, bound) in [("min", min), ("max", max)] {
            if let Some(bound) = bound {
                self.value(name, &bound);
            }
        }
    }

    fn red_flag(&mut self, rule: &RedFlag) {
        let RedFlag { line: _, id, phrases, except, answer } = rule;
        self.line("\n[[red_flag]]");
        self.value("id", &quoted(id));
        self.each("phrases", phrases, |out, name, list: &Vec<String>| out.list(name, list));
        if !except.is_empty() {
            self.each("except", except, |out, name, list: &Vec<String>| out.list(name, list));
        }
        self.each("answer", answer, |out, name, text: &String| out.value(name, &long(text)));
    }

    fn entry(&mut self, entry: &Entry) {
        let Entry {
            line: _,
            id,
            kind,
            title,
            source,
            as_of,
            expires,
            answer,
            phrasings,
            location,
            media,
            buttons,
            steps,
        } = entry;
        self.line("\n[[entry]]");
        self.value("id", &quoted(id));
        self.value("kind", &quoted(kind_name(*kind)));
        self.each("title", title, |out, name, title: &String| out.value(name, &quoted(title)));
        if let Some(source) = source {
            self.value("source", &quoted(source));
        }
        if let Some(as_of) = as_of {
            self.value("as_of", &quoted(&checked(*as_of)));
        }
        if let Some(expires) = expires {
            self.value("expires", &quoted(&expires.to_string()));
        }
        self.each("answer", answer, |out, name, text: &String| out.value(name, &long(text)));
        if !phrasings.is_empty() {
            self.each("phrasings", phrasings, |out, name, list: &Vec<String>| out.lines(name, list));
        }
        if let Some(location) = location {
            self.value("location", &place(location));
        }
        if let Some(media) = media {
            self.value("media", &medium(media));
        }
        if !buttons.is_empty() {
            self.list("buttons", buttons);
        }
        steps.iter().for_each(|step| self.step(step));
    }

    /// One value per language, the pack's languages first and in their order.
    fn each<T>(&mut self, name: &str, values: &Localized<T>, write: impl Fn(&mut Self, &str, &T)) {
        if values.is_empty() {
            return self.value(name, "{}");
        }
        let languages = self.languages;
        let known = languages.iter().filter_map(|language| values.get_key_value(language));
        let others = values.iter().filter(|(language, _)| !languages.contains(language));
        let mut seen: Vec<&String> = Vec::new();
        for (language, value) in known.chain(others) {
            if !seen.contains(&language) {
                seen.push(language);
                write(self, &format!("{name}.{}", key(language)), value);
            }
        }
    }

    /// A list in as few lines as fit.
    fn list(&mut self, name: &str, items: &[String]) {
        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        let one = format!("{name} = [{}]", items.join(", "));
        if one.chars().count() <= WIDTH {
            return self.line(&one);
        }
        self.line(&format!("{name} = ["));
        let mut line = String::from(" ");
        for item in items {
            if line.len() > 1 && line.chars().count() + item.chars().count() + 2 > WIDTH {
                self.line(&line);
                line.truncate(1);
            }
            let _ = write!(line, " {item},");
        }
        self.line(&line);
        self.line("]");
    }

    /// A list with one item a line.
    fn lines(&mut self, name: &str, items: &[String]) {
        if items.is_empty() {
            return self.value(name, "[]");
        }
        self.line(&format!("{name} = ["));
        items.iter().for_each(|item| self.line(&format!("  {},", quoted(item))));
        self.line("]");
    }
}

/// The name of a kind as it stands in a pack.
#[must_use]
pub const fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Faq => "faq",
        EntryKind::Status => "status",
        EntryKind::Address => "address",
        EntryKind::Flow => "flow",
    }
}

/// `2026-11-20` or `2026-11-20T14:30`; seconds where there are some.
#[must_use]
pub fn checked(at: AsOf) -> String {
    match at.time {
        None => at.date.to_string(),
        Some(time) if time.second() == 0 && time.subsec_nanosecond() == 0 => {
            format!("{}T{:02}:{:02}", at.date, time.hour(), time.minute())
        }
        Some(time) => DateTime::from_parts(at.date, time).to_string(),
    }
}

fn place(location: &Location) -> String {
    let Location { latitude, longitude, name, address } = location;
    let (name, address) = (quoted(name), quoted(address));
    format!("{{ latitude = {latitude:?}, longitude = {longitude:?}, name = {name}, address = {address} }}")
}

fn medium(media: &EntryMedia) -> String {
    let EntryMedia { kind, link, caption } = media;
    let kind = match kind {
        EntryMediaKind::Image => "image",
        EntryMediaKind::Video => "video",
        EntryMediaKind::Audio => "audio",
        EntryMediaKind::Document => "document",
    };
    let mut text = format!("{{ kind = {}, link = {}", quoted(kind), quoted(link));
    for (language, caption) in caption {
        let _ = write!(text, ", caption.{} = {}", key(language), quoted(caption));
    }
    text.push_str(" }");
    text
}

fn day(day: &Day) -> String {
    quoted(&match day {
        Day::Today(0) => "today".to_owned(),
        Day::Today(days) => format!("today{days:+}"),
        Day::On(date) => date.to_string(),
        Day::Of(step) => step.clone(),
    })
}

fn step_choice(choice: &StepChoice) -> String {
    let StepChoice { id, title } = choice;
    let titles =
        title.iter().map(|(language, title)| format!(", title.{} = {}", key(language), quoted(title)));
    format!("{{ id = {}{} }}", quoted(id), titles.collect::<String>())
}

/// A bare key where it can be one.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            other => push(&mut out, other),
        }
    }
    out.push('"');
    out
}

/// A string over several lines, as answers are written.
fn long(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str("\"\"\"");
    // A line break right behind the quotation marks would not count.
    if text.starts_with('\n') {
        out.push('\n');
    }
    // Quotation marks inside need no care unless they stand together or at the end.
    let is_delicate = text.contains("\"\"") || text.ends_with('"');
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' if is_delicate => out.push_str("\\\""),
            '\n' => out.push('\n'),
            other => push(&mut out, other),
        }
    }
    out.push_str("\"\"\"");
    out
}

fn push(out: &mut String, character: char) {
    if character.is_control() && character != '\t' {
        let _ = write!(out, "\\u{:04x}", character as u32);
    } else {
        out.push(character);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::faq::pack::parse;
    use jiff::civil::{Date, Time};
    use proptest::prelude::*;

    /// A pack without the lines of the file it came from.
    pub(in crate::faq) fn without_lines(mut pack: Pack) -> Pack {
        pack.red_flags.iter_mut().for_each(|rule| rule.line = 0);
        pack.entries.iter_mut().for_each(|entry| entry.line = 0);
        pack.entries.iter_mut().flat_map(|entry| &mut entry.steps).for_each(|step| step.line = 0);
        pack.crisis.iter_mut().for_each(|crisis| crisis.line = 0);
        pack
    }

    #[test]
    fn a_pack_is_written_as_people_like_to_read_it() {
        let text = r#"[pack]
id = "bad"
title = "Freibad"
languages = ["de", "de-leicht"]

[[red_flag]]
id = "drowning"
phrases.de = ["ertrinkt"]
answer.de = """Rufen Sie "112" an.
Sofort."""

[[entry]]
id = "hours"
kind = "status"
title.de = "Zeiten"
title.de-leicht = "Wann ist offen?"
source = "https://bad.example"
as_of = "2026-11-20T14:30"
expires = "2027-01-31"
answer.de = """Von 8 bis 20 Uhr."""
phrasings.de = [
  "Wann offen?",
  "Zeiten",
]
location = { latitude = 48.1, longitude = 11.0, name = "Freibad", address = "Badstraße 1" }
media = { kind = "image", link = "https://bad.example/plan.png", caption.de = "Plan" }
buttons = ["hours"]
"#;
        assert_eq!(write(&parse(text).expect("a pack")), text);
    }

    #[test]
    fn a_crisis_and_the_steps_of_a_flow_are_read_back() {
        let text = r#"[pack]
id = "bad"
title = "Freibad"
languages = ["de"]

[crisis]
greeting.de = """Das Bad ist zu."""
first = ["ill"]
answers_right = 0.97

[[entry]]
id = "ill"
kind = "flow"
title.de = "Krank"
answer.de = """Danke."""

[[entry.step]]
id = "since"
kind = "date"
label = "Seit"
question.de = """Seit wann?"""
min = "today-14"
max = "today"

[[entry.step]]
id = "until"
kind = "date"
question.de = """Bis wann?"""
min = "since"
max = "2026-12-24"
optional = true

[[entry.step]]
id = "how"
kind = "choice"
question.de = """Wie?"""
choices = [
  { id = "so", title.de = "So" },
]

[[entry.step]]
id = "fever"
kind = "number"
question.de = """Wie hoch?"""
min = 35.5
max = 43.0
unit = "°C"

[[entry.step]]
id = "words"
kind = "text"
question.de = """Was noch?"""
min = 1
max = 300

[[entry.step]]
id = "picture"
kind = "photo"
question.de = """Ein Foto?"""
"#;
        assert_eq!(write(&parse(text).expect("a pack")), text);
    }

    /// A hostile text.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-zäß ]{0,12}", "[\"\\\\\n\r\t'#=\\[\\]\u{0}\u{7f}\u{85}a]{0,12}", ".{0,12}"]
    }

    fn localized<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Localized<T>> {
        prop::collection::btree_map(
            prop::sample::select(vec![
                "de".to_owned(),
                "ar".to_owned(),
                "de-leicht".to_owned(),
                "ß x".to_owned(),
            ]),
            value,
            0..4,
        )
    }

    fn list() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(text(), 0..4)
    }

    prop_compose! {
        fn red_flag()(
            id in text(),
            phrases in localized(list()),
            except in localized(list()),
            answer in localized(text()),
        ) -> RedFlag {
            RedFlag { line: 0, id, phrases, except, answer }
        }
    }

    prop_compose! {
        fn entry()(
            id in text(),
            kind in prop::sample::select(vec![EntryKind::Faq, EntryKind::Status, EntryKind::Address, EntryKind::Flow]),
            (title, answer, phrasings) in (localized(text()), localized(text()), localized(list())),
            source in prop::option::of(text()),
            as_of in prop::option::of((1_i16..9999, prop::option::of(0_i8..60))),
            expires in prop::option::of(1_i16..9999),
            location in prop::option::of((-90.0..90.0, -180.0..180.0, text(), text())),
            media in prop::option::of((text(), localized(text()))),
            buttons in list(),
        ) -> Entry {
            let date = |year| Date::constant(year, 2, 28);
            Entry {
                line: 0, id, kind, title, source, answer, phrasings, buttons,
                steps: Vec::new(),
                as_of: as_of.map(|(year, second)| AsOf {
                    date: date(year),
                    time: second.map(|second| Time::constant(14, 30, second, 0)),
                }),
                expires: expires.map(date),
                location: location.map(|(latitude, longitude, name, address)| {
                    Location { latitude, longitude, name, address }
                }),
                media: media.map(|(link, caption)| EntryMedia { kind: EntryMediaKind::Video, link, caption }),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_pack(
            (id, title) in (text(), text()),
            red_flags in prop::collection::vec(red_flag(), 0..3),
            entries in prop::collection::vec(entry(), 0..3),
        ) {
            let languages = ["de", "ar", "de-leicht", "ß x"].map(str::to_owned).to_vec();
            let pack = Pack { id, title, languages, red_flags, entries, crisis: None };
            let written = write(&pack);
            let read = parse(&written).map(without_lines);
            prop_assert_eq!(read.as_ref(), Ok(&pack), "{}", written);
        }
    }
}
