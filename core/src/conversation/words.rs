//! Words that mean the same in every conversation, whatever the pack knows: asking for a human, for
//! one's data, greeting, thanking. They are written as people write them and compared in folded form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

mod lists;

use lists::{LISTS, Lists};

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

static FOLDED: LazyLock<Folded> = LazyLock::new(Folded::new);

/// The lists in folded form. What a word means does not depend on the language it is from.
#[derive(Default)]
struct Folded {
    whole: BTreeMap<String, Request>,
    wishes: BTreeMap<String, Wish>,
    anywhere: Vec<(String, &'static str)>,
    human_rest: BTreeSet<String>,
    greeting_core: BTreeSet<String>,
    closing_core: BTreeSet<String>,
    rest: BTreeSet<String>,
    /// The languages of everything that may be a whole message, or a word of a courtesy.
    languages: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Folded {
    fn new() -> Self {
        let mut all = Self::default();
        for lists in &LISTS {
            for (request, texts) in [
                (Request::Human, lists.human),
                (Request::Erase, lists.erase),
                (Request::Access, lists.access),
            ] {
                all.whole.extend(listed(texts).map(|text| (text, request)));
            }
            for (wish, texts) in [(Wish::Start, lists.start), (Wish::Stop, lists.stop)] {
                all.wishes.extend(listed(texts).map(|text| (text, wish)));
            }
            let anywhere = listed(lists.human_anywhere).map(|phrase| (format!(" {phrase} "), lists.tag));
            all.anywhere.extend(anywhere);
            all.human_rest.extend(listed(lists.human_rest));
            all.greeting_core.extend(listed(lists.greeting_core));
            all.closing_core.extend(listed(lists.closing_core));
            all.rest.extend(listed(lists.greeting_rest).chain(listed(lists.closing_rest)));
            for text in lists.all().into_iter().flat_map(listed) {
                all.languages.entry(text).or_default().insert(lists.tag);
            }
        }
        all
    }
}

impl Lists {
    /// Everything that is compared as a whole message or as a word.
    const fn all(&self) -> [&'static str; 10] {
        [
            self.human,
            self.human_rest,
            self.erase,
            self.access,
            self.start,
            self.stop,
            self.greeting_core,
            self.greeting_rest,
            self.closing_core,
            self.closing_rest,
        ]
    }
}

/// The folded parts of a list that is separated by commas.
pub(super) fn listed(list: &'static str) -> impl Iterator<Item = String> {
    list.split(", ").map(fold)
}

/// The one language in which a folded message is made of words from these lists, if there is just one.
pub(super) fn spoken(folded: &str) -> Option<&'static str> {
    let only = |languages: &BTreeSet<&'static str>| match languages.len() {
        1 => languages.first().copied(),
        _ => None,
    };
    if let Some(languages) = FOLDED.languages.get(folded) {
        return only(languages);
    }
    let padded = format!(" {folded} ");
    if let Some((_, language)) = FOLDED.anywhere.iter().find(|(phrase, _)| padded.contains(phrase)) {
        return Some(*language);
    }
    let mut words = folded.split(' ').map(|word| FOLDED.languages.get(word));
    let first = words.next()??.clone();
    let shared = words.try_fold(first, |shared, languages| Some(&shared & languages?))?;
    only(&shared)
}

/// The request that a folded message makes by itself, if it makes one.
pub(super) fn request(folded: &str) -> Option<Request> {
    FOLDED.whole.get(folded).copied().or_else(|| {
        let padded = format!(" {folded} ");
        let is_for_human =
            is_human_beside_rest(folded) || FOLDED.anywhere.iter().any(|(phrase, _)| padded.contains(phrase));
        is_for_human.then_some(Request::Human)
    })
}

/// Whether nothing but words of asking stand around a word for a human: "Nein, bitte einen Menschen". A figure says
/// too little for that.
fn is_human_beside_rest(folded: &str) -> bool {
    let kept: Vec<&str> = folded.split(' ').filter(|word| !FOLDED.human_rest.contains(*word)).collect();
    let kept = kept.join(" ");
    kept.parse::<u32>().is_err() && FOLDED.whole.get(&kept) == Some(&Request::Human)
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
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
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
            ("Nein, bitte einen Menschen", Some(Request::Human)),
            ("Ich möchte lieber mit einem Mitarbeiter reden!", Some(Request::Human)),
            ("Mein Wasser ist trüb, verbinden Sie mich mit einem Menschen", Some(Request::Human)),
            ("no, human please", Some(Request::Human)),
            ("I'd like a human", Some(Request::Human)),
            ("Ich habe mit einem Menschen Kontakt gehabt", None),
            ("Nein, 0", None),
            ("Ein Mensch ist verletzt", None),
            ("A person called me", None),
            ("Kann ich bitte mit einem Menschen sprechen?", Some(Request::Human)),
            ("I want to talk to a human now", Some(Request::Human)),
            ("Stopp", None),
            ("Löschen", Some(Request::Erase)),
            ("Auskunft.", Some(Request::Access)),
            ("Wie viele Menschen sind betroffen?", None),
            ("Wo bekomme ich Auskunft?", None),
            ("10", None),
            ("İnsan", Some(Request::Human)),
            ("lütfen bir yetkiliyle görüşmek istiyorum", Some(Request::Human)),
            ("Verilerimi silin", Some(Request::Erase)),
            ("Kaç insan hasta?", None),
            ("людина", Some(Request::Human)),
            ("Оператор!", Some(Request::Human)),
            ("хочу поговорити з людиною", Some(Request::Human)),
            ("мої дані", Some(Request::Access)),
            ("إنسان", Some(Request::Human)),
            ("موظف", Some(Request::Human)),
            ("أريد التحدث مع موظف", Some(Request::Human)),
            ("احذفوا بياناتي", Some(Request::Erase)),
        ] {
            assert_eq!(request(&fold(text)), expected, "{text}");
        }
    }

    #[test]
    fn start_and_stop_are_wishes_when_they_are_the_whole_message() {
        for (text, expected) in [
            ("START", Some(Wish::Start)),
            ("Abonnieren!", Some(Wish::Start)),
            ("Anmelden", None),
            ("Abmelden", None),
            ("/start", None),
            ("STOPP", Some(Wish::Stop)),
            ("Stop.", Some(Wish::Stop)),
            ("/stop", Some(Wish::Stop)),
            ("Unsubscribe", Some(Wish::Stop)),
            ("Bitte keine Nachrichten mehr", Some(Wish::Stop)),
            ("Wann ist Start?", None),
            ("DUR", Some(Wish::Stop)),
            ("Başla", Some(Wish::Start)),
            ("СТОП", Some(Wish::Stop)),
            ("توقف", Some(Wish::Stop)),
            ("اشتراك", Some(Wish::Start)),
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
            ("Merhaba", Some(Courtesy::Greeting)),
            ("İyi günler!", Some(Courtesy::Greeting)),
            ("Çok teşekkür ederim", Some(Courtesy::Closing)),
            ("Доброго дня", Some(Courtesy::Greeting)),
            ("Дуже дякую за допомогу", Some(Courtesy::Closing)),
            ("السلام عليكم", Some(Courtesy::Greeting)),
            ("شكرًا جزيلًا", Some(Courtesy::Closing)),
            ("Merhaba, test nerede?", None),
        ] {
            assert_eq!(courtesy(&fold(text), text.contains('?')), expected, "{text}");
        }
    }

    #[test]
    fn the_language_of_these_words_is_told_where_it_is_clear() {
        for (text, expected) in [
            ("Mensch", Some("de")),
            ("Hallo", Some("de")),
            ("Hello there", Some("en")),
            ("I want to talk to a human now", Some("en")),
            ("hi", None),
            ("ok", None),
            ("0", None),
            ("STOP", None),
            ("insan", Some("tr")),
            ("Merhaba, iyi günler", Some("tr")),
            ("людина", Some("uk")),
            ("дякую", Some("uk")),
            ("موظف", Some("ar")),
            ("شكرا جزيلا", Some("ar")),
            ("Wo ist das Testzentrum?", None),
            ("", None),
        ] {
            assert_eq!(spoken(&fold(text)), expected, "{text}");
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
