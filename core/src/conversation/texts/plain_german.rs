//! Leichte Sprache: short sentences, one statement a line, no genitive, long words apart, hard words
//! explained (BITV 2.0, Anlage 2 Teil 2, <https://www.gesetze-im-internet.de/bitv_2_0/anlage_2.html>).

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::settings::TextLanguage;

const NO_EMERGENCY_LINE: &str =
    "Sind Sie in Lebens-Gefahr?\nDann rufen Sie bitte an: 112.\nWir sind kein Not-Ruf.";

pub(super) struct PlainGerman;

impl Texts for PlainGerman {
    fn human_choice(&self) -> &'static str {
        "Ein Mensch"
    }

    fn offer(&self) -> &'static str {
        "Was meinen Sie?\nWählen Sie bitte aus."
    }

    fn emergency(&self) -> &'static str {
        "Sind Sie in Gefahr?\nOder ist ein anderer Mensch in Gefahr?\nRufen Sie sofort an: 112.\nWir sind kein Not-Ruf."
    }

    fn other_language(&self) -> &'static str {
        "Diesen Text gibt es noch nicht in Leichter Sprache."
    }

    fn chosen(&self) -> &'static str {
        "Gut.\nIch schreibe jetzt in Leichter Sprache.\nSie wollen wieder normale Sprache?\nDann schreiben Sie: Deutsch.\n\
         Was ist Ihre Frage?"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "Guten Tag!\nHier schreibt ein Chat-Bot.\nEin Chat-Bot ist ein Computer-Programm.\nEs beantwortet Fragen.\n\
             Sie sind hier richtig beim: {}.\nSchreiben Sie mir Ihre Frage.\nViele Antworten weiß ich sofort.\n\
             Andere Fragen liest ein Mensch.\nSie wollen sofort mit einem Menschen schreiben?\nDann schreiben Sie: \
             Mensch.",
            introduction.organisation
        );
        paragraphs(&[&hello, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Diese Antwort kommt von einem Computer-Programm.\nEs gehört zu: {}.\nSie wollen mit einem Menschen \
             schreiben?\nDann schreiben Sie: Mensch.",
            introduction.organisation
        );
        let links = self.links(introduction);
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "Danke.\nGibt es etwas Neues?\nDann schreiben wir Ihnen.\nSie wollen das nicht mehr?\nDann schreiben \
                 Sie: STOPP."
            }
            Wish::Stop => {
                "Sie bekommen keine Nachrichten mehr von uns.\nSie können uns wieder schreiben.\nDann antworten wir \
                 Ihnen."
            }
        };
        paragraphs(&[confirmed, &program(organisation)])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        let facts = format!(
            "Ihre Nummer ist: {}\nIhre Nachricht kam um {}.\n{wait}",
            acknowledgement.reference, acknowledgement.time
        );
        let emergency = if acknowledgement.first { NO_EMERGENCY_LINE } else { "" };
        paragraphs(&[
            subject(acknowledgement.subject),
            &facts,
            &program(acknowledgement.organisation),
            emergency,
        ])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("Das machen wir mit Ihren Daten", "Das sind wir")
    }
}

fn program(organisation: &str) -> String {
    format!("Diese Nachricht kommt von einem Computer-Programm.\nEs gehört zu: {organisation}.")
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => {
            "Danke für Ihre Nachricht.\nEin Mensch liest Ihre Nachricht.\nEin Mensch antwortet Ihnen hier."
        }
        Subject::NotText => {
            "Danke.\nIhre Nachricht ist da.\nDas Computer-Programm versteht nur Text.\nEin Mensch sieht sich Ihre \
             Nachricht an.\nEin Mensch antwortet Ihnen hier."
        }
        Subject::Request(Request::Human) => "Gern.\nEin Mensch antwortet Ihnen hier.",
        Subject::Request(Request::Erase) => {
            "Sie möchten: Wir sollen Ihre Daten löschen.\nEin Mensch kümmert sich darum.\nEin Mensch schreibt Ihnen \
             hier."
        }
        Subject::Request(Request::Access) => {
            "Sie möchten wissen: Welche Daten haben wir von Ihnen?\nEin Mensch kümmert sich darum.\nEin Mensch \
             schreibt Ihnen hier."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "Wir antworten so schnell wir können.".to_owned(),
        Wait::Minutes(minutes) => format!("Die Antwort kommt ungefähr in {minutes} Minuten."),
        Wait::Hours(1) => "Die Antwort kommt ungefähr in einer Stunde.".to_owned(),
        Wait::Hours(hours) => format!("Die Antwort kommt ungefähr in {hours} Stunden."),
        Wait::From(moment) => format!("Die Antwort kommt {moment}."),
    }
}

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::PlainGerman,
    start: "{}.\nWir haben {}.\nBitte antworten Sie.\nSie wollen mit einem Menschen schreiben?\nDann schreiben Sie: \
        Mensch.\nSie wollen zur letzten Frage?\nDann schreiben Sie: zurück.\nSie wollen aufhören?\nDann schreiben \
        Sie: abbrechen.",
    one_question: "eine Frage",
    questions: "{} kurze Fragen",
    question: "Frage {} von {}:\n",
    skip: "Sie wollen diese Frage nicht beantworten?\nDann schreiben Sie: weiter.",
    postal_code: "Wie ist Ihre Post-Leit-Zahl?\nEine Post-Leit-Zahl hat 5 Ziffern.\nZum Beispiel: 80331.",
    day: "Das Datum habe ich nicht verstanden.\nBitte schreiben Sie es so: {}.\nOder schreiben Sie: gestern.",
    too_early: "Dieser Tag ist zu früh.\nDer erste Tag ist: {}.\nBitte schreiben Sie einen anderen Tag.",
    too_late: "Dieser Tag ist zu spät.\nDer letzte Tag ist: {}.\nBitte schreiben Sie einen anderen Tag.",
    number: "Bitte schreiben Sie eine Zahl.\nZum Beispiel: 12.\nOder: 12,5{}.",
    too_small: "Die Zahl ist zu klein.\nDie kleinste Zahl ist: {}.",
    too_large: "Die Zahl ist zu groß.\nDie größte Zahl ist: {}.",
    choice: "Bitte wählen Sie eine Antwort aus.\nSie können auch die Nummer schreiben.\nZum Beispiel: 1.",
    in_words: "Bitte antworten Sie mit Wörtern.",
    too_short: "Bitte schreiben Sie etwas mehr.\nSchreiben Sie mindestens {} Zeichen.",
    too_long: "Das ist zu lang.\nSchreiben Sie höchstens {} Zeichen.",
    photo: "Bitte schicken Sie ein Foto.\nOder schicken Sie eine Datei.",
    not_text: "Das Computer-Programm versteht nur Text.\nEin Mensch sieht sich das an.\nBitte antworten Sie mit \
        Wörtern.",
    needed: "Wir brauchen diese Antwort.\nBitte beantworten Sie die Frage.",
    human: "Ist das zu schwer?\nDann schreiben Sie: Mensch.\nDann hilft Ihnen ein Mensch.\nDer Mensch sieht Ihre \
        Antworten.",
    cancelled: "Gut.\nWir haben aufgehört.\nSie können neu anfangen.\nOder Sie stellen eine andere Frage.\nSie \
        wollen mit einem Menschen schreiben?\nDann schreiben Sie: Mensch.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "Hat Ihnen das geholfen?",
    yes: "👍 Ja",
    no: "👎 Nein",
    regret: "Das tut uns leid.\nFragen Sie noch einmal.\nBenutzen Sie andere Wörter.\nOder wählen Sie: Ein \
                     Mensch.\nDann antwortet Ihnen ein Mensch.",
};
