//! English.

use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};

const NO_EMERGENCY_LINE: &str = "We are not an emergency service: if a life is in danger, please call 112.";

pub(super) struct English;

impl Texts for English {
    fn human_choice(&self) -> &'static str {
        "A human"
    }

    fn offer(&self) -> &'static str {
        "I am not sure what you mean. Is it one of these?"
    }

    fn emergency(&self) -> &'static str {
        "If you or others are in danger, please call 112 right now. We are not an emergency service."
    }

    fn other_language(&self) -> &'static str {
        "This text is not available in English yet."
    }

    fn chosen(&self) -> &'static str {
        "All right, from now on I write in English. What is your question?"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "Hello! This is the chatbot of: {}. Ask me your question in one sentence: common questions I answer at \
             once, everything else I pass on to our team. Write “human” to reach a human directly.",
            introduction.organisation
        );
        paragraphs(&[&hello, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn crisis_greeting(&self, text: &str, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "This is the chatbot ({}). Ask me your question in one sentence. Write “human” to reach a human directly.",
            introduction.organisation
        );
        paragraphs(&[text, &who, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Automatic answer ({}). Write “human” if you would like to talk to a human.",
            introduction.organisation
        );
        let links = self.links(introduction);
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "Thank you. From now on we also write to you when there is news. Write “STOP” to end this at \
                 any time."
            }
            Wish::Stop => {
                "You will get no more messages from us. If you write to us again, we will answer you."
            }
        };
        paragraphs(&[confirmed, &format!("Automatic message ({organisation}).")])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        let facts =
            format!("Your reference: {} ({})\n{wait}", acknowledgement.reference, acknowledgement.time);
        let emergency = if acknowledgement.first { format!(" {NO_EMERGENCY_LINE}") } else { String::new() };
        let sender = format!("Automatic message ({}).{emergency}", acknowledgement.organisation);
        paragraphs(&[subject(acknowledgement.subject), &facts, &sender])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("Privacy notice", "Imprint")
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => {
            "Thank you for your message. A human from our team will read it and answer you here."
        }
        Subject::NotText => {
            "Thank you, we received it. As a bot I only understand text. A human from our team will look at it \
             and answer you here."
        }
        Subject::Request(Request::Human) => {
            "Of course. A human from our team will take over and answer you here."
        }
        Subject::Request(Request::Erase) => {
            "You would like us to erase your data. A human from our team will see to it and reply to you here."
        }
        Subject::Request(Request::Access) => {
            "You would like to know which data we hold about you. A human from our team will see to it and \
             reply to you here."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "We will answer as soon as we can.".to_owned(),
        Wait::Minutes(minutes) => format!("Expected answer: in about {minutes} minutes."),
        Wait::Hours(1) => "Expected answer: in about an hour.".to_owned(),
        Wait::Hours(hours) => format!("Expected answer: in about {hours} hours."),
        Wait::From(moment) => format!("Expected answer: {moment}."),
    }
}
