//! Words that mean the same in every conversation, whatever the pack knows: asking for a human, for
//! one's data, greeting, thanking. They are written as people write them and compared in folded form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::faq::fold::fold;

/// What a person wants from a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A human, for whatever reason.
    Human,
    /// Their data erased.
    Erase,
    /// To know which data there is about them.
    Access,
}

/// What a person wants to hear from us without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// News.
    Start,
    /// Nothing.
    Stop,
}

/// Politeness that asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Courtesy {
    /// A greeting and nothing else.
    Greeting,
    /// Thanks, a consent or a farewell: it wants no answer.
    Closing,
}

/// Requests that are the whole message.
const WHOLE: &[(Request, &str)] = &[
    (
        Request::Human,
        "0, mensch, ein mensch, menschen, mitarbeiter, mitarbeiterin, ein mitarbeiter, eine mitarbeiterin, \
         sachbearbeiter, sachbearbeiterin, berater, beraterin, human, a human, agent, operator, person, \
         real person, staff",
    ),
    (
        Request::Erase,
        "löschen, daten löschen, meine daten löschen, delete, erase, delete my data, erase my data",
    ),
    (Request::Access, "auskunft, datenauskunft, meine daten, my data, data access"),
];

/// Wishes that are the whole message.
const WISHES: &[(Wish, &str)] = &[
    (Wish::Start, "start, starten, anmelden, abonnieren, subscribe"),
    (
        Wish::Stop,
        "stopp, stop, stoppen, abmelden, abbestellen, stop all, unsubscribe, keine nachrichten mehr, \
         bitte keine nachrichten mehr, no more messages",
    ),
];

/// Requests for a human wherever they stand in a message.
const ANYWHERE: &str = "mit einem menschen sprechen, mit einem menschen reden, mit einem menschen schreiben, \
    mit einem mitarbeiter sprechen, mit einer mitarbeiterin sprechen, mit jemandem sprechen, \
    mit einem echten menschen, echter mensch, echten menschen, talk to a human, speak to a human, \
    speak with a human, talk to a person, speak to a person, talk to someone, speak to someone, real human, \
    a real person";

/// Words of which greetings consist; one of the core must be there.
const GREETING_CORE: &str = "hallo, hi, hey, moin, servus, grüß, grüezi, guten, hello, good, start, huhu";
const GREETING_REST: &str = "gott, tag, morgen, mittag, abend, zusammen, liebes, team, morning, afternoon, evening, day, there, everyone, \
     an, alle, euch, sie";

/// Words of which closings consist; one of the core must be there.
const CLOSING_CORE: &str = "danke, dank, dankeschön, merci, ok, okay, klar, super, prima, perfekt, verstanden, \
    tschüss, wiedersehen, ciao, thanks, thank, thx, bye, goodbye, great, perfect, schönen";
const CLOSING_REST: &str = "vielen, besten, herzlichen, lieben, tausend, sehr, schön, ihnen, auch, für, die, das, \
    hilfe, info, infos, auskunft, antwort, schnelle, alles, gut, ja, nein, und, auf, noch, tag, abend, wochenende, \
    you, so, much, very, a, lot, for, your, the, help, nice, day, have, no, yes, many";

static FOLDED: LazyLock<Folded> = LazyLock::new(Folded::new);

/// The lists above in folded form.
struct Folded {
    whole: BTreeMap<String, Request>,
    wishes: BTreeMap<String, Wish>,
    anywhere: Vec<String>,
    greeting_core: BTreeSet<String>,
    closing_core: BTreeSet<String>,
    rest: BTreeSet<String>,
}

impl Folded {
    fn new() -> Self {
        let set = |lists: &[&'static str]| lists.iter().flat_map(|list| listed(list)).collect();
        let whole = WHOLE.iter().flat_map(|(request, texts)| listed(texts).map(|text| (text, *request)));
        let wishes = WISHES.iter().flat_map(|(wish, texts)| listed(texts).map(|text| (text, *wish)));
        Self {
            whole: whole.collect(),
            wishes: wishes.collect(),
            anywhere: listed(ANYWHERE).map(|phrase| format!(" {phrase} ")).collect(),
            greeting_core: set(&[GREETING_CORE]),
            closing_core: set(&[CLOSING_CORE]),
            rest: set(&[GREETING_REST, CLOSING_REST]),
        }
    }
}

/// The folded parts of a list that is separated by commas.
fn listed(list: &'static str) -> impl Iterator<Item = String> {
    list.split(", ").map(fold)
}

/// The request that a folded message makes by itself, if it makes one.
pub(super) fn request(folded: &str) -> Option<Request> {
    FOLDED.whole.get(folded).copied().or_else(|| {
        let padded = format!(" {folded} ");
        FOLDED.anywhere.iter().any(|phrase| padded.contains(phrase)).then_some(Request::Human)
    })
}

/// What a message says about messages from us, if that is all it says. Telegram sends `/start` for
/// everybody who opens a chat: that agrees to nothing.
pub(super) fn wish(text: &str, folded: &str) -> Option<Wish> {
    let wish = FOLDED.wishes.get(folded).copied()?;
    (wish == Wish::Stop || !text.trim_start().starts_with('/')).then_some(wish)
}

/// The courtesy that is all there is in a folded message; `asks` where it has a question mark.
pub(super) fn courtesy(folded: &str, asks: bool) -> Option<Courtesy> {
    let Folded { greeting_core, closing_core, rest, .. } = &*FOLDED;
    let words: BTreeSet<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let any = |list: &BTreeSet<String>| words.iter().any(|word| list.contains(*word));
    let is_courtesy = |word: &str| [greeting_core, closing_core, rest].iter().any(|list| list.contains(word));
    if !words.iter().all(|word| is_courtesy(word)) {
        None
    } else if any(closing_core) {
        // "ok?" is a question.
        (!asks).then_some(Courtesy::Closing)
    } else {
        any(greeting_core).then_some(Courtesy::Greeting)
    }
}

/// Whether a text has neither a word nor a number nor a question mark: emoji, dots, dashes.
pub(super) fn is_wordless(text: &str) -> bool {
    !text.chars().any(|character| character.is_alphanumeric() || character == '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_recognised() {
        for (text, expected) in [
            ("Mensch!", Some(Request::Human)),
            ("MITARBEITERIN", Some(Request::Human)),
            ("0", Some(Request::Human)),
            ("Kann ich bitte mit einem Menschen sprechen?", Some(Request::Human)),
            ("I want to talk to a human now", Some(Request::Human)),
            ("Stopp", None),
            ("Löschen", Some(Request::Erase)),
            ("Auskunft.", Some(Request::Access)),
            ("Wie viele Menschen sind betroffen?", None),
            ("Wo bekomme ich Auskunft?", None),
            ("10", None),
        ] {
            assert_eq!(request(&fold(text)), expected, "{text}");
        }
    }

    #[test]
    fn start_and_stop_are_wishes_when_they_are_the_whole_message() {
        for (text, expected) in [
            ("START", Some(Wish::Start)),
            ("Anmelden!", Some(Wish::Start)),
            ("/start", None),
            ("STOPP", Some(Wish::Stop)),
            ("Stop.", Some(Wish::Stop)),
            ("/stop", Some(Wish::Stop)),
            ("Unsubscribe", Some(Wish::Stop)),
            ("Bitte keine Nachrichten mehr", Some(Wish::Stop)),
            ("Wann ist Start?", None),
            ("Wo ist der Stopp der Linie 3?", None),
        ] {
            assert_eq!(wish(text, &fold(text)), expected, "{text}");
        }
    }

    #[test]
    fn courtesies_are_told_from_questions() {
        for (text, expected) in [
            ("Hallo", Some(Courtesy::Greeting)),
            ("Guten Tag!", Some(Courtesy::Greeting)),
            ("Grüß Gott", Some(Courtesy::Greeting)),
            ("/start", Some(Courtesy::Greeting)),
            ("Hallo?", Some(Courtesy::Greeting)),
            ("Danke", Some(Courtesy::Closing)),
            ("Super, vielen Dank und schönen Tag noch!", Some(Courtesy::Closing)),
            ("ok", Some(Courtesy::Closing)),
            ("ok?", None),
            ("Thank you so much", Some(Courtesy::Closing)),
            ("Danke, und wo kann ich mich testen lassen?", None),
            ("Hilfe", None),
            ("Tag", None),
            ("ja", None),
        ] {
            assert_eq!(courtesy(&fold(text), text.contains('?')), expected, "{text}");
        }
    }

    #[test]
    fn emoji_and_dots_are_wordless() {
        for (text, expected) in
            [("👍🏽", true), ("❤️ …", true), ("", true), ("?", false), ("1️⃣", false), ("да", false)]
        {
            assert_eq!(is_wordless(text), expected, "{text}");
        }
    }
}
