//! What the bot says between the questions of a flow, in German and English; any other language hears the
//! organisation's first, as it does for a question that its pack has not translated.

use jiff::civil::Date;

use crate::settings::{Settings, TextLanguage, english_month};

/// Why an answer was not taken, and so what is expected.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::conversation) enum Complaint {
    PostalCode,
    /// No day, or more than one; an example that would be taken.
    Day(Date),
    TooEarly(Date),
    TooLate(Date),
    Number {
        unit: Option<String>,
    },
    /// Less than this, in plain decimal form.
    TooSmall(String),
    TooLarge(String),
    Choice,
    TooShort(u32),
    TooLong(u32),
    Photo,
    /// Something to look at or listen to, where words are expected: a human will.
    NotText,
    /// Skipped, and it may not be.
    Needed,
}

impl Complaint {
    /// Whether what was said is of the right kind.
    pub(in crate::conversation) const fn is_about_bounds(&self) -> bool {
        matches!(self, Self::TooEarly(_) | Self::TooLate(_) | Self::TooSmall(_) | Self::TooLarge(_))
    }
}

/// The words of one language.
pub(in crate::conversation) trait FlowTexts {
    /// Before the first question: what it is about, how many questions come, and the ways out.
    fn start(&self, title: &str, questions: usize) -> String;
    /// A question with its place, from 1.
    fn question(&self, place: usize, of: usize, question: &str) -> String;
    /// How to go on without an answer.
    fn skip(&self) -> &'static str;
    /// What is expected instead.
    fn complaint(&self, complaint: &Complaint) -> String;
    /// Offers a human after a few vain tries.
    fn human(&self) -> &'static str;
    /// Confirms that the flow is over.
    fn cancelled(&self) -> &'static str;
    /// The language, as far as how it writes numbers.
    fn language(&self) -> TextLanguage;
}

/// The texts for someone who reads `language`.
pub(in crate::conversation) fn flow_texts(settings: &Settings, language: &str) -> &'static dyn FlowTexts {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
    let spoken = |tag: &str| -> Option<&'static dyn FlowTexts> {
        match primary(tag).as_str() {
            "de" => Some(&German),
            "en" => Some(&English),
            _ => None,
        }
    };
    spoken(language).or_else(|| spoken(settings.default_language())).unwrap_or(&English)
}

struct German;
struct English;

impl FlowTexts for German {
    fn start(&self, title: &str, questions: usize) -> String {
        let count =
            if questions == 1 { "eine Frage".to_owned() } else { format!("{questions} kurze Fragen") };
        format!(
            "{title}: Dazu habe ich {count}. Mit „Mensch“ erreichen Sie jederzeit einen Menschen, mit „zurück“ die \
             vorige Frage, und „abbrechen“ beendet es."
        )
    }

    fn question(&self, place: usize, of: usize, question: &str) -> String {
        if of == 1 { question.to_owned() } else { format!("Frage {place} von {of}: {question}") }
    }

    fn skip(&self) -> &'static str {
        "Mit „weiter“ überspringen Sie diese Frage."
    }

    fn complaint(&self, complaint: &Complaint) -> String {
        match complaint {
            Complaint::PostalCode => "Ich brauche eine Postleitzahl mit fünf Ziffern, zum Beispiel 80331.".to_owned(),
            Complaint::Day(example) => format!(
                "Das Datum habe ich nicht verstanden. Schreiben Sie es bitte so: {}, „gestern“ oder „Montag“.",
                german_day(*example)
            ),
            Complaint::TooEarly(day) => {
                format!("Das liegt zu früh. Bitte nennen Sie einen Tag ab dem {}.", german_day(*day))
            }
            Complaint::TooLate(day) => {
                format!("Das liegt zu spät. Bitte nennen Sie einen Tag bis zum {}.", german_day(*day))
            }
            Complaint::Number { unit } => {
                let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                format!("Ich brauche eine einzelne Zahl, zum Beispiel 12 oder 12,5{unit}.")
            }
            Complaint::TooSmall(min) => {
                format!("Diese Zahl ist zu klein. Erlaubt ist {} oder mehr.", min.replace('.', ","))
            }
            Complaint::TooLarge(max) => format!("Diese Zahl ist zu groß. Erlaubt ist höchstens {}.", max.replace('.', ",")),
            Complaint::Choice => "Bitte wählen Sie eine der Antworten, auch ihre Nummer genügt, zum Beispiel 1.".to_owned(),
            Complaint::TooShort(1) => "Bitte antworten Sie in Worten.".to_owned(),
            Complaint::TooShort(min) => format!("Bitte etwas ausführlicher: mindestens {min} Zeichen."),
            Complaint::TooLong(max) => format!("Das ist zu lang für diese Frage. Bitte höchstens {max} Zeichen."),
            Complaint::Photo => "Bitte schicken Sie hier ein Foto oder eine Datei.".to_owned(),
            Complaint::NotText => {
                "Das kann ich als Bot nicht auswerten, ein Mensch sieht es sich an. Bitte antworten Sie mir in Worten."
                    .to_owned()
            }
            Complaint::Needed => "Diese Antwort brauchen wir, ich kann die Frage nicht überspringen.".to_owned(),
        }
    }

    fn human(&self) -> &'static str {
        "Wenn es anders leichter geht: Schreiben Sie „Mensch“, dann übernimmt ein Mensch. Was Sie bisher angegeben haben, \
         liegt ihm vor."
    }

    fn cancelled(&self) -> &'static str {
        "In Ordnung, das ist abgebrochen. Sie können jederzeit neu beginnen oder eine andere Frage stellen. „Mensch“ bringt Sie \
         zu einem Menschen."
    }

    fn language(&self) -> TextLanguage {
        TextLanguage::German
    }
}

impl FlowTexts for English {
    fn start(&self, title: &str, questions: usize) -> String {
        let count =
            if questions == 1 { "one question".to_owned() } else { format!("{questions} short questions") };
        format!(
            "{title}: I have {count} about this. \"human\" reaches a human at any time, \"back\" the previous question, and \
             \"cancel\" ends it."
        )
    }

    fn question(&self, place: usize, of: usize, question: &str) -> String {
        if of == 1 { question.to_owned() } else { format!("Question {place} of {of}: {question}") }
    }

    fn skip(&self) -> &'static str {
        "Write \"skip\" to leave this question out."
    }

    fn complaint(&self, complaint: &Complaint) -> String {
        match complaint {
            Complaint::PostalCode => {
                "I need a German postal code of five digits, for example 80331.".to_owned()
            }
            Complaint::Day(example) => format!(
                "I did not understand the date. Please write it like this: {}, \"yesterday\" or \"Monday\".",
                english_day(*example)
            ),
            Complaint::TooEarly(day) => {
                format!("That is too early. Please name a day from {} on.", english_day(*day))
            }
            Complaint::TooLate(day) => {
                format!("That is too late. Please name a day up to {}.", english_day(*day))
            }
            Complaint::Number { unit } => {
                let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                format!("I need a single number, for example 12 or 12.5{unit}.")
            }
            Complaint::TooSmall(min) => format!("That number is too small. It has to be {min} or more."),
            Complaint::TooLarge(max) => format!("That number is too large. It can be {max} at most."),
            Complaint::Choice => {
                "Please choose one of the answers; its number will do, for example 1.".to_owned()
            }
            Complaint::TooShort(1) => "Please answer in words.".to_owned(),
            Complaint::TooShort(min) => format!("Please say a bit more: at least {min} characters."),
            Complaint::TooLong(max) => {
                format!("That is too long for this question. At most {max} characters, please.")
            }
            Complaint::Photo => "Please send a photo or a file here.".to_owned(),
            Complaint::NotText => {
                "As a bot I cannot read that; a human will look at it. Please answer me in words.".to_owned()
            }
            Complaint::Needed => "We need this answer, so I cannot leave the question out.".to_owned(),
        }
    }

    fn human(&self) -> &'static str {
        "If another way is easier: write \"human\", and a human takes over. They see what you have given so far."
    }

    fn cancelled(&self) -> &'static str {
        "All right, that is cancelled. You can start again at any time, or ask something else. \"human\" takes you to a human."
    }

    fn language(&self) -> TextLanguage {
        TextLanguage::English
    }
}

fn german_day(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

fn english_day(day: Date) -> String {
    format!("{} {} {}", day.day(), english_month(day.month()), day.year())
}
