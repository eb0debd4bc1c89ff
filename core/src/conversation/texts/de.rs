//! German, with "Sie".

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::settings::TextLanguage;

const NO_EMERGENCY_LINE: &str = "Wir sind kein Notruf: Bei Lebensgefahr wählen Sie bitte die 112.";

pub(super) struct German;

impl Texts for German {
    fn human_choice(&self) -> &'static str {
        "Ein Mensch"
    }

    fn offer(&self) -> &'static str {
        "Ich bin nicht sicher, was Sie meinen. Ist es eines davon?"
    }

    fn emergency(&self) -> &'static str {
        "Wenn Sie oder andere in Gefahr sind, rufen Sie bitte sofort die 112 an. Wir sind kein Notruf."
    }

    fn other_language(&self) -> &'static str {
        "Diesen Text gibt es noch nicht auf Deutsch."
    }

    fn chosen(&self) -> &'static str {
        "Gut, ab jetzt schreibe ich auf Deutsch. Was ist Ihre Frage?"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "Guten Tag! Hier schreibt der Chatbot. Sie erreichen hier: {}. Stellen Sie mir Ihre Frage in einem Satz: \
             Häufige Fragen beantworte ich sofort, alles andere gebe ich an unser Team weiter. Mit „Mensch“ \
             erreichen Sie direkt einen Menschen.",
            introduction.organisation
        );
        paragraphs(&[&hello, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn crisis_greeting(&self, text: &str, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Hier schreibt der Chatbot ({}). Stellen Sie mir Ihre Frage in einem Satz. Mit „Mensch“ erreichen Sie \
             direkt einen Menschen.",
            introduction.organisation
        );
        paragraphs(&[text, &who, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Automatische Antwort ({}). Schreiben Sie „Mensch“, wenn Sie mit einem Menschen sprechen möchten.",
            introduction.organisation
        );
        let links = self.links(introduction);
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "Danke. Ab jetzt schreiben wir Ihnen auch von uns aus, wenn es Neues gibt. Mit „STOPP“ beenden \
                 Sie das jederzeit."
            }
            Wish::Stop => {
                "Sie bekommen von uns keine Nachrichten mehr. Wenn Sie uns wieder schreiben, antworten wir \
                 Ihnen darauf."
            }
        };
        paragraphs(&[confirmed, &format!("Automatische Nachricht ({organisation}).")])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        let facts = format!("Ihr Vorgang: {} ({})\n{wait}", acknowledgement.reference, acknowledgement.time);
        let emergency = if acknowledgement.first { format!(" {NO_EMERGENCY_LINE}") } else { String::new() };
        let sender = format!("Automatische Nachricht ({}).{emergency}", acknowledgement.organisation);
        paragraphs(&[subject(acknowledgement.subject), &facts, &sender])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("Datenschutz", "Impressum")
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => {
            "Danke für Ihre Nachricht. Ein Mensch aus unserem Team liest sie und antwortet Ihnen hier."
        }
        Subject::NotText => {
            "Danke, das ist angekommen. Ich verstehe als Bot nur Text. Ein Mensch aus unserem Team sieht es \
             sich an und antwortet Ihnen hier."
        }
        Subject::Request(Request::Human) => {
            "Gern. Ein Mensch aus unserem Team übernimmt und antwortet Ihnen hier."
        }
        Subject::Request(Request::Erase) => {
            "Sie möchten, dass wir Ihre Daten löschen. Ein Mensch aus unserem Team kümmert sich darum und \
             meldet sich hier bei Ihnen."
        }
        Subject::Request(Request::Access) => {
            "Sie möchten wissen, welche Daten wir über Sie haben. Ein Mensch aus unserem Team kümmert sich \
             darum und meldet sich hier bei Ihnen."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "Wir antworten, so bald wir können.".to_owned(),
        Wait::Minutes(minutes) => format!("Voraussichtliche Antwort: in etwa {minutes} Minuten."),
        Wait::Hours(1) => "Voraussichtliche Antwort: in etwa einer Stunde.".to_owned(),
        Wait::Hours(hours) => format!("Voraussichtliche Antwort: in etwa {hours} Stunden."),
        Wait::From(moment) => format!("Voraussichtliche Antwort: {moment}."),
    }
}

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::German,
    start: "{}: Dazu habe ich {}. Mit „Mensch“ erreichen Sie jederzeit einen Menschen, mit „zurück“ die vorige \
        Frage, und „abbrechen“ beendet es.",
    one_question: "eine Frage",
    questions: "{} kurze Fragen",
    question: "Frage {} von {}: ",
    skip: "Mit „weiter“ überspringen Sie diese Frage.",
    postal_code: "Ich brauche eine Postleitzahl mit fünf Ziffern, zum Beispiel 80331.",
    day: "Das Datum habe ich nicht verstanden. Schreiben Sie es bitte so: {}, „gestern“ oder „Montag“.",
    too_early: "Das liegt zu früh. Bitte nennen Sie einen Tag ab dem {}.",
    too_late: "Das liegt zu spät. Bitte nennen Sie einen Tag bis zum {}.",
    number: "Ich brauche eine einzelne Zahl, zum Beispiel 12 oder 12,5{}.",
    too_small: "Diese Zahl ist zu klein. Erlaubt ist {} oder mehr.",
    too_large: "Diese Zahl ist zu groß. Erlaubt ist höchstens {}.",
    choice: "Bitte wählen Sie eine der Antworten, auch ihre Nummer genügt, zum Beispiel 1.",
    in_words: "Bitte antworten Sie in Worten.",
    too_short: "Bitte etwas ausführlicher: mindestens {} Zeichen.",
    too_long: "Das ist zu lang für diese Frage. Bitte höchstens {} Zeichen.",
    photo: "Bitte schicken Sie hier ein Foto oder eine Datei.",
    not_text: "Das kann ich als Bot nicht auswerten, ein Mensch sieht es sich an. Bitte antworten Sie mir in Worten.",
    needed: "Diese Antwort brauchen wir, ich kann die Frage nicht überspringen.",
    human: "Wenn es anders leichter geht: Schreiben Sie „Mensch“, dann übernimmt ein Mensch. Was Sie bisher \
        angegeben haben, liegt ihm vor.",
    cancelled: "In Ordnung, das ist abgebrochen. Sie können jederzeit neu beginnen oder eine andere Frage stellen. \
        „Mensch“ bringt Sie zu einem Menschen.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "Hat das geholfen?",
    yes: "👍 Ja",
    no: "👎 Nein",
    regret: "Das tut mir leid. Fragen Sie gern noch einmal mit anderen Worten, oder wählen Sie „Ein Mensch“: \
                     Dann antwortet Ihnen jemand aus unserem Team.",
};
