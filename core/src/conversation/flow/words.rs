//! Words that lead through a flow, where they are the whole message.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::faq::fold::fold;
use crate::order::gathered;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// To the question before.
    Back,
    /// The flow is over.
    Cancel,
    /// On without an answer.
    Skip,
}

const WORDS: &[(Control, &str)] = &[
    (
        Control::Back,
        "zurück, einen schritt zurück, eine frage zurück, back, go back, previous, one step back, geri, bir soru geri, \
         önceki soru, назад, попереднє питання, رجوع, ارجع, السؤال السابق",
    ),
    (
        Control::Cancel,
        "abbrechen, bitte abbrechen, abbruch, beenden, ende, aufhören, schluss, cancel, quit, exit, abort, end, iptal, \
         iptal et, vazgeç, vazgeçtim, скасувати, скасуй, припинити, إلغاء, إنهاء",
    ),
    (
        Control::Skip,
        "weiter, überspringen, auslassen, keine angabe, weiß nicht, weiß ich nicht, keine ahnung, nichts, skip, next, pass, \
         leave out, no answer, don't know, i don't know, atla, bilmiyorum, cevap yok, пропустити, далі, не знаю, без відповіді, تخطي, التالي, \
         لا أعرف",
    ),
];

static FOLDED: LazyLock<BTreeMap<String, Control>> = LazyLock::new(|| {
    let listed = |(control, texts): &(Control, &'static str)| {
        let control = *control;
        texts.split(", ").map(move |text| (fold(text), control))
    };
    gathered(WORDS.iter().flat_map(listed))
});

/// What a whole message asks for, if it does.
pub(super) fn control(text: &str) -> Option<Control> {
    FOLDED.get(&fold(text)).copied()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::day::{Days, day};
    use super::super::number::number;
    use super::*;
    use crate::conversation::texts::flow::{Complaint, flow_words};
    use crate::settings::TextLanguage;

    /// The words of a text that stand in the marks of its language, or behind the colon of Leichte Sprache.
    fn quoted(text: &str) -> Vec<&str> {
        let marked = text.split(['„', '“', '”', '"', '«', '»']).skip(1).step_by(2);
        let named = text.split("schreiben Sie: ").skip(1).filter_map(|rest| rest.split('.').next());
        if text.contains("schreiben Sie: ") { named.collect() } else { marked.collect() }
    }

    #[test]
    fn every_language_names_words_and_forms_that_are_understood() {
        let today = date(2026, 11, 23);
        for language in TextLanguage::ALL {
            let words = flow_words(language);
            let start = words.start("X", 6);
            let [human, back, cancel] = quoted(&start)[..] else { panic!("{language:?}: {start}") };
            assert!(crate::conversation::words::request(&fold(human)).is_some(), "{language:?}: {human}");
            assert_eq!(control(back), Some(Control::Back), "{language:?}: {back}");
            assert_eq!(control(cancel), Some(Control::Cancel), "{language:?}: {cancel}");
            assert_eq!(control(quoted(words.skip)[0]), Some(Control::Skip), "{language:?}: {}", words.skip);
            let days = Days { today, min: None, max: None };
            assert_eq!(day(&words.day(date(2026, 3, 9)), &days), Some(date(2026, 3, 9)), "{language:?}");
            let example = format!("12{}5", language.decimal_mark());
            let complaint = words.complaint(&Complaint::Number { unit: None });
            assert!(complaint.contains(&example), "{language:?}: {complaint}");
            assert_eq!(number(&example, None, language).as_deref(), Some("12.5"), "{language:?}");
        }
    }

    #[test]
    fn every_place_of_a_text_is_filled() {
        let day = date(2026, 3, 9);
        let complaints = [
            Complaint::PostalCode,
            Complaint::Day(day),
            Complaint::TooEarly(day),
            Complaint::TooLate(day),
            Complaint::Number { unit: Some("kWh".to_owned()) },
            Complaint::TooSmall("1.5".to_owned()),
            Complaint::TooLarge("77".to_owned()),
            Complaint::Choice,
            Complaint::TooShort(1),
            Complaint::TooShort(77),
            Complaint::TooLong(77),
            Complaint::Photo,
            Complaint::NotText,
            Complaint::Needed,
        ];
        for language in TextLanguage::ALL {
            let words = flow_words(language);
            for complaint in &complaints {
                let text = words.complaint(complaint);
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{language:?} {complaint:?}: {text}");
                let value = match complaint {
                    Complaint::Day(_) | Complaint::TooEarly(_) | Complaint::TooLate(_) => words.day(day),
                    Complaint::Number { .. } => "kWh".to_owned(),
                    Complaint::TooSmall(_) => format!("1{}5", language.decimal_mark()),
                    Complaint::TooLarge(_) | Complaint::TooShort(77) | Complaint::TooLong(_) => {
                        "77".to_owned()
                    }
                    _ => continue,
                };
                assert!(text.contains(&value), "{language:?} {complaint:?}: {text}");
            }
            let question = words.question(2, 7, "Frage?");
            assert!(["2", "7", "Frage?"].iter().all(|part| question.contains(part)), "{question}");
            assert!(["Titel", "7"].iter().all(|part| words.start("Titel", 7).contains(part)), "{language:?}");
        }
    }

    #[test]
    fn whole_messages_lead_through_a_flow() {
        for (text, expected) in [
            ("Zurück", Some(Control::Back)),
            ("zurueck!", Some(Control::Back)),
            ("ABBRECHEN", Some(Control::Cancel)),
            ("Weiter…", Some(Control::Skip)),
            ("Weiß nicht", Some(Control::Skip)),
            ("I don't know", Some(Control::Skip)),
            ("Ich komme zurück", None),
            ("Stopp", None),
            ("", None),
        ] {
            assert_eq!(control(text), expected, "{text}");
        }
    }
}
