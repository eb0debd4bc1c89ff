//! What a message means, before anything is done about it.

use super::feedback;
use super::language;
use super::turn::Turn;
use super::words::{self, Courtesy, Request, Wish};
use crate::faq::fold::fold;
use crate::faq::{Candidate, Verdict};
use crate::message::{Choice, Content, MediaKind};

const HUMAN_CHOICE: &str = "human";
const ENTRY_CHOICE: &str = "entry:";

/// What a message means.
pub(super) enum Meaning {
    /// A red flag.
    Emergency { rule: String, language: String },
    /// A request for a human in so many words.
    Asked(Request),
    /// Start or stop: what the person wants to hear without asking.
    Wish(Wish),
    /// The name of one of our languages: answers in it from now on.
    Language(String),
    /// Thanks, a sticker, an emoji: nothing is wanted.
    Nothing,
    /// A greeting and nothing else.
    Greeting,
    /// The entry that was chosen from an offer.
    Picked(String),
    /// The reply to the question whether the answer on this line helped, as it came in.
    Feedback { line: u64, helped: bool },
    /// An answer did not help, says the person for the first time.
    NotHelped,
    /// Something to look at or listen to.
    NotText,
    /// A question that the pack is sure about.
    Known(Candidate),
    /// A question that the pack is torn about.
    Torn(Vec<Candidate>),
    /// A question for a human.
    Unknown { language: Option<String> },
}

/// The choice that leads to an entry.
pub(super) fn entry_choice(entry: &str, title: &str) -> Choice {
    Choice { id: format!("{ENTRY_CHOICE}{entry}"), title: title.to_owned() }
}

/// The choice that leads to a human.
pub(super) fn human_choice(title: &str) -> Choice {
    Choice { id: HUMAN_CHOICE.to_owned(), title: title.to_owned() }
}

/// Reads a message. Red flags come before everything else.
pub(super) fn meaning(turn: &Turn<'_>, content: &Content) -> Meaning {
    match content {
        Content::Text { body } => meaning_of_text(turn, body),
        Content::Choice { id, title, .. } => {
            meaning_of_choice(id).unwrap_or_else(|| meaning_of_text(turn, title))
        }
        Content::Media(media) if media.kind == MediaKind::Sticker => Meaning::Nothing,
        Content::Media(media) => meaning_beside(turn, media.caption.as_deref()),
        Content::Unsupported { words, .. } => meaning_beside(turn, words.as_deref()),
        Content::Location { .. } | Content::Contacts { .. } | Content::Form { .. } => Meaning::NotText,
    }
}

/// Of words beside something that a human has to look at, only those count that change how.
fn meaning_beside(turn: &Turn<'_>, words: Option<&str>) -> Meaning {
    match words.map(|words| meaning_of_text(turn, words)) {
        Some(urgent @ (Meaning::Emergency { .. } | Meaning::Asked(_) | Meaning::Wish(_))) => urgent,
        _ => Meaning::NotText,
    }
}

fn meaning_of_text(turn: &Turn<'_>, text: &str) -> Meaning {
    let verdict = turn.context.knowledge.ask(text, turn.context.now);
    if let Verdict::RedFlag { rule, language } = verdict {
        return Meaning::Emergency { rule, language };
    }
    let folded = fold(text);
    if let Some(picked) = pick(turn, &folded) {
        return picked;
    }
    if let Some(reply) = feedback::typed(turn, text, &folded) {
        return reply;
    }
    if let Some(wish) = words::wish(text, &folded) {
        return Meaning::Wish(wish);
    }
    if let Some(request) = words::request(&folded) {
        return Meaning::Asked(request);
    }
    if let Some(tag) = language::named(turn.context.settings, &folded) {
        return Meaning::Language(tag.to_owned());
    }
    if words::is_wordless(text) {
        return Meaning::Nothing;
    }
    match (words::courtesy(&folded, text.contains('?')), verdict) {
        (Some(Courtesy::Closing), _) => Meaning::Nothing,
        (Some(Courtesy::Greeting), _) => Meaning::Greeting,
        (None, Verdict::Answer(candidate)) => Meaning::Known(candidate),
        (None, Verdict::Offer { candidates }) => Meaning::Torn(candidates),
        (None, Verdict::Unsure { language, .. }) => Meaning::Unknown { language },
        (None, Verdict::RedFlag { rule, language }) => Meaning::Emergency { rule, language },
    }
}

/// A choice of ours; it may stand below a message of long ago.
fn meaning_of_choice(id: &str) -> Option<Meaning> {
    if id == HUMAN_CHOICE {
        return Some(Meaning::Asked(Request::Human));
    }
    let picked = id.strip_prefix(ENTRY_CHOICE).map(|entry| Meaning::Picked(entry.to_owned()));
    picked.or_else(|| feedback::meaning_of_choice(id))
}

/// A choice may also be picked by typing its number or its title.
fn pick(turn: &Turn<'_>, folded: &str) -> Option<Meaning> {
    let offer = &turn.state.offer;
    let number = folded.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let chosen = number.and_then(|index| offer.get(index)).filter(|choice| !feedback::is_feedback(choice));
    let chosen = chosen.or_else(|| offer.iter().find(|choice| fold(&choice.title) == folded))?;
    meaning_of_choice(&chosen.id)
}
