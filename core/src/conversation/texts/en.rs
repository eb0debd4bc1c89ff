//! English.

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::settings::TextLanguage;

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

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::English,
    start: "{}: I have {} about this. \"human\" reaches a human at any time, \"back\" the previous question, and \
        \"cancel\" ends it.",
    one_question: "one question",
    questions: "{} short questions",
    question: "Question {} of {}: ",
    skip: "Write \"skip\" to leave this question out.",
    postal_code: "I need a German postal code of five digits, for example 80331.",
    day: "I did not understand the date. Please write it like this: {}, \"yesterday\" or \"Monday\".",
    too_early: "That is too early. Please name a day from {} on.",
    too_late: "That is too late. Please name a day up to {}.",
    number: "I need a single number, for example 12 or 12.5{}.",
    too_small: "That number is too small. It has to be {} or more.",
    too_large: "That number is too large. It can be {} at most.",
    choice: "Please choose one of the answers; its number will do, for example 1.",
    in_words: "Please answer in words.",
    too_short: "Please say a bit more: at least {} characters.",
    too_long: "That is too long for this question. At most {} characters, please.",
    photo: "Please send a photo or a file here.",
    not_text: "As a bot I cannot read that; a human will look at it. Please answer me in words.",
    needed: "We need this answer, so I cannot leave the question out.",
    human: "If another way is easier: write \"human\", and a human takes over. They see what you have given so far.",
    cancelled: "All right, that is cancelled. You can start again at any time, or ask something else. \"human\" \
        takes you to a human.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "Did this help?",
    yes: "👍 Yes",
    no: "👎 No",
    regret: "I am sorry. Please ask again in other words, or choose “A human”: then somebody from our team \
                     will answer you.",
};
