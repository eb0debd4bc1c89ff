//! "Did this help?": asked below an answer that has room for it, and what follows from the reply.
//!
//! At most once for each answer, in the same message, and only where the platform shows buttons. A yes costs
//! nothing but a note; a no gets one message with a way to a human. What is kept of a question is redacted at
//! once, so that nothing else can leave the conversation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::meaning::Meaning;
use super::texts::{feedback, paragraphs};
use super::turn::Turn;
use crate::faq::fold::fold;
use crate::faq::knowledge::MAX_BUTTONS;
use crate::learning::{Cause, Lesson, Question, Redacted};
use crate::message::{Choice, OutgoingContent};
use crate::settings::TextLanguage;

const YES: &str = "yes:";
const NO: &str = "no:";
/// How many answers are remembered: a reply to an older one teaches nothing.
const MAX_ASKED: usize = 3;

/// An answer below which we asked whether it helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its line.
    pub line: u64,
    /// The entry that answered.
    pub entry: String,
    /// The question, until the person replied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Wondered>,
    /// What the person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helped: Option<bool>,
}

/// A question that may teach something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wondered {
    /// Its words, without personal data.
    pub text: Redacted,
    /// The language in which it was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Wondered {
    /// What is kept of a message; nothing of one that is no question.
    pub(super) fn new(text: Option<&str>, language: Option<&str>) -> Option<Self> {
        Some(Self { text: Redacted::question(text?)?, language: language.map(str::to_owned) })
    }

    /// Tells that it was not answered well.
    pub(super) fn learn(self, turn: &mut Turn<'_>, cause: Cause) {
        let Self { text, language } = self;
        turn.learn(Lesson::Question(Question { text, language, cause, at: turn.context.now }));
    }
}

/// The answer with the question below it; `None` where there is no room for it, or where it should not be asked.
pub(super) fn asking(turn: &Turn<'_>, answer: &OutgoingContent, language: &str) -> Option<OutgoingContent> {
    let settings = turn.context.settings;
    let (body, mut choices) = match answer {
        OutgoingContent::Text { body } => (body, Vec::new()),
        OutgoingContent::Choices { body, choices } => (body, choices.clone()),
        _ => return None,
    };
    if !settings.bot.ask_if_helped.is_on()
        || choices.len() + 2 > MAX_BUTTONS
        || turn.state.open_thread().is_some()
    {
        return None;
    }
    let words = feedback(settings.text_language(language));
    let line = turn.state.last_seq + 1;
    choices.push(Choice { id: format!("{YES}{line}"), title: words.yes.to_owned() });
    choices.push(Choice { id: format!("{NO}{line}"), title: words.no.to_owned() });
    let asking = OutgoingContent::Choices { body: paragraphs(&[body, words.question]), choices };
    let fitted = turn.context.key.channel.channel().fit(asking.clone());
    (fitted.as_slice() == [asking.clone()]).then_some(asking)
}

/// Remembers that we asked below the last line.
pub(super) fn remember(turn: &mut Turn<'_>, entry: &str, question: Option<Wondered>) {
    let line = turn.state.last_seq;
    let asked = &mut turn.state.asked;
    asked.push(Asked { line, entry: entry.to_owned(), question, helped: None });
    let surplus = asked.len().saturating_sub(MAX_ASKED);
    asked.drain(..surplus);
}

/// What a choice says about an answer.
pub(super) fn meaning_of_choice(id: &str) -> Option<Meaning> {
    let (line, helped) = match (id.strip_prefix(YES), id.strip_prefix(NO)) {
        (Some(line), _) => (line, true),
        (None, line) => (line?, false),
    };
    Some(Meaning::Feedback { line: line.parse().ok()?, helped })
}

/// Whether a choice says something about an answer.
pub(super) fn is_feedback(choice: &Choice) -> bool {
    meaning_of_choice(&choice.id).is_some()
}

/// The titles of both choices in every language of ours, in folded form, and whether they say that it helped.
static TITLES: LazyLock<BTreeMap<String, bool>> = LazyLock::new(|| {
    let words = TextLanguage::ALL.iter().map(|language| feedback(*language));
    words.flat_map(|words| [(fold(words.yes), true), (fold(words.no), false)]).collect()
});

/// A typed reply to the question below the last message, in any language of ours.
pub(super) fn typed(turn: &Turn<'_>, text: &str, folded: &str) -> Option<Meaning> {
    let helped = match text.trim_start().chars().next() {
        Some('👍') if folded.is_empty() => true,
        Some('👎') if folded.is_empty() => false,
        _ => *TITLES.get(folded)?,
    };
    let prefix = if helped { YES } else { NO };
    let choice = turn.state.offer.iter().find(|choice| choice.id.starts_with(prefix))?;
    meaning_of_choice(&choice.id)
}

/// Takes a reply in, once for each answer. What is left to do is the meaning that comes back.
pub(super) fn heard(turn: &mut Turn<'_>, line: u64, helped: bool) -> Meaning {
    let Some(asked) = turn.state.asked.iter_mut().find(|asked| asked.line == line) else {
        return if helped { Meaning::Nothing } else { Meaning::NotHelped };
    };
    let (before, question) = (asked.helped.replace(helped), asked.question.take());
    if before.is_none() {
        let entry = asked.entry.clone();
        turn.learn(Lesson::Feedback { entry: entry.clone(), helped, at: turn.context.now });
        if let Some(question) = question.filter(|_| !helped) {
            question.learn(turn, Cause::NotHelped { entry });
        }
    }
    if helped || before == Some(false) { Meaning::Nothing } else { Meaning::NotHelped }
}

/// The question behind the offer that the person picked from. Whoever goes on without picking was offered the
/// wrong entries.
pub(super) fn settle_offer(turn: &mut Turn<'_>, meaning: &Meaning) -> Option<Wondered> {
    if matches!(meaning, Meaning::Nothing) {
        return None;
    }
    let wondered = turn.state.wondered.take()?;
    if matches!(meaning, Meaning::Picked(_)) {
        return Some(wondered);
    }
    wondered.learn(turn, Cause::Torn);
    None
}

/// The person took a message back: nothing of what they wrote is learnt any more.
pub(super) fn forget_words(turn: &mut Turn<'_>) {
    turn.state.wondered = None;
    turn.state.asked.iter_mut().for_each(|asked| asked.question = None);
}

/// A message as it goes another way: there, the number of its line means another one.
pub(super) fn without_question(content: OutgoingContent) -> OutgoingContent {
    let OutgoingContent::Choices { body, mut choices } = content else { return content };
    let count = choices.len();
    choices.retain(|choice| !is_feedback(choice));
    if choices.len() == count {
        return OutgoingContent::Choices { body, choices };
    }
    let mut questions = TextLanguage::ALL.iter().map(|language| feedback(*language).question);
    let answer = questions.find_map(|question| body.strip_suffix(question));
    let body = answer.unwrap_or(&body).trim_end().to_owned();
    if choices.is_empty() {
        OutgoingContent::Text { body }
    } else {
        OutgoingContent::Choices { body, choices }
    }
}
