//! What people write: questions that the bot answers, and others. Both are put to the conversation's
//! own rules first, so that a burst does what its name says.

use std::sync::Arc;

use anyhow::{Result, ensure};
use lotse_core::channel::ChannelName;
use lotse_core::conversation::{Context, ConversationState, Effect, Input, step};
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::{Entry, Pack};
use lotse_core::message::{Contact, Content, ConversationKey, Event, Item, OutgoingContent};
use lotse_core::settings::Settings;
use lotse_core::time::UnixMillis;

use lotse_load::order::Load;

/// The kinds of messages in their shares: questions, hand-overs, thanks.
const MIX: [Kind; 20] = {
    use Kind::{Handover as H, Question as Q, Thanks as T};
    [Q, Q, H, Q, Q, Q, H, Q, Q, Q, H, Q, Q, Q, H, Q, Q, T, Q, H]
};

const HANDOVERS: [&str; 12] = [
    "Ich möchte meinen Namen im Melderegister ändern lassen",
    "Bei uns im Keller riecht es seit Tagen komisch, kann jemand vorbeischauen?",
    "Gestern hat mir Ihre Kollegin etwas anderes gesagt als der Brief",
    "Mein Nachbar füttert Tauben auf dem Balkon",
    "Ich habe einen Brief mit dem Aktenzeichen 4711 bekommen und verstehe ihn nicht",
    "Wer ist bei Ihnen für Trinkwasser aus dem eigenen Brunnen zuständig?",
    "Können Sie mir die Unterlagen von meinem Antrag aus dem März noch einmal schicken?",
    "Wir planen einen Flohmarkt mit Kaffee und Kuchen, was sollen wir beachten?",
    "My landlord does not repair the heating and the flat is full of mould",
    "I would like to complain about a decision that I got by letter last week",
    "Mein Hund hat ein fremdes Kind angesprungen, die Eltern wollen Ihre Nummer",
    "Die Rechnung ist doppelt von meinem Konto abgebucht worden",
];

const THANKS: [&str; 4] = ["Danke!", "Vielen Dank", "Thank you", "👍"];

/// What a message is to lotse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The bot answers.
    Question,
    /// A human has to.
    Handover,
    /// Nobody has to.
    Thanks,
}

/// A phrasing of the pack.
pub struct Question {
    text: String,
    /// What its entry says, in each language.
    answers: Vec<String>,
}

impl Question {
    /// Whether a reply brings the approved text of the entry.
    #[must_use]
    pub fn is_answered_by(&self, reply: &str) -> bool {
        self.answers.iter().any(|answer| reply.starts_with(answer))
    }
}

/// What one person writes.
#[derive(Clone, Copy)]
pub enum Said<'t> {
    /// The bot answers.
    Question(&'t Arc<Question>),
    /// A human has to.
    Handover(&'t str),
    /// Nobody has to.
    Thanks(&'t str),
}

impl<'t> Said<'t> {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'t str {
        match self {
            Self::Question(question) => &question.text,
            Self::Handover(text) | Self::Thanks(text) => text,
        }
    }
}

/// The texts of a pack.
pub struct Texts {
    questions: Vec<Arc<Question>>,
    /// How many of them belong to the first entry.
    questions_of_first: usize,
    handovers: Vec<String>,
}

impl Texts {
    /// Compiles the pack and sorts the texts.
    ///
    /// # Errors
    /// When too few are of a kind: then the bench would measure something else.
    pub fn of(pack: &Pack, settings: &Settings, now: UnixMillis) -> Result<Self> {
        let knowledge = Knowledge::compile(pack);
        let reaction = |text: &str| reaction_to(text, &knowledge, settings, now);
        let is = |kind: Kind, text: &str| reaction(text).is_some_and(|reaction| reaction.kind == kind);
        // Neither the first question of a flow nor what is asked like another entry.
        let questions_of = |entry: &Entry| {
            let answers: Vec<String> = entry.answer.values().map(|answer| answer.trim().to_owned()).collect();
            let questions = entry.phrasings.values().flatten().filter_map(|text| {
                let Reaction { kind, reply } = reaction(text)?;
                let question = Question { text: text.clone(), answers: answers.clone() };
                (kind == Kind::Question && question.is_answered_by(&reply)).then(|| Arc::new(question))
            });
            questions.collect::<Vec<_>>()
        };
        let questions: Vec<Arc<Question>> = pack.entries.iter().flat_map(questions_of).collect();
        let handovers = HANDOVERS.iter().filter(|text| is(Kind::Handover, text));
        let handovers: Vec<String> = handovers.map(|&text| text.to_owned()).collect();
        ensure!(questions.len() >= 20, "the bot answers only {} phrasings of the pack", questions.len());
        ensure!(handovers.len() >= 4, "the bot leaves only {} texts to a human", handovers.len());
        ensure!(THANKS.iter().all(|text| is(Kind::Thanks, text)), "the bot replies to thanks");
        let of_first = |question: &&Arc<Question>| question.answers == questions[0].answers;
        let questions_of_first = questions.iter().take_while(of_first).count();
        Ok(Self { questions, questions_of_first, handovers })
    }

    /// What the n-th person writes.
    #[must_use]
    pub fn nth(&self, load: Load, index: usize) -> Said<'_> {
        let kind = match load {
            Load::Questions | Load::OneTopic | Load::Statuses | Load::NotOurs => Kind::Question,
            Load::Handovers => Kind::Handover,
            Load::Mix => MIX[index % MIX.len()],
        };
        match kind {
            Kind::Question if load == Load::OneTopic && !index.is_multiple_of(5) => {
                // The phrasings of an entry stand together.
                Said::Question(&self.questions[index % self.questions_of_first])
            }
            // A stride that is prime to the number of texts brings them all, mixed.
            Kind::Question => Said::Question(&self.questions[index * 7919 % self.questions.len()]),
            Kind::Handover => Said::Handover(&self.handovers[index % self.handovers.len()]),
            Kind::Thanks => Said::Thanks(THANKS[index % THANKS.len()]),
        }
    }
}

/// What lotse makes of a text.
struct Reaction {
    kind: Kind,
    /// The words of the first message in return; empty where there is none.
    reply: String,
}

/// What lotse makes of a stranger's text; `None` for anything else, such as an offer of choices.
fn reaction_to(text: &str, knowledge: &Knowledge, settings: &Settings, now: UnixMillis) -> Option<Reaction> {
    let contact = Contact { id: "4915".to_owned(), ..Contact::default() };
    let key = ConversationKey {
        channel: ChannelName::Whatsapp,
        account: "main".to_owned(),
        contact: contact.id.clone(),
    };
    let content = Content::Text { body: text.to_owned() };
    let message_id = "1".to_owned();
    let event = Event::Message { message_id, content, reply_to: None, forwarded: false };
    let item = Item { account_address: None, event_id: "1".to_owned(), at: now, contact, event };
    let context = Context { key: &key, knowledge, settings, backlog: None, now, random: [0; 8] };
    let taken =
        step(&ConversationState::default(), Input::Item { item: &item, line: None }, &context).ok()?;
    let is_choice = |effect: &Effect| {
        matches!(effect, Effect::Send { line: Some(_), content: OutgoingContent::Choices { choices, .. }, .. }
            if choices.iter().any(|choice| choice.id == "human"))
    };
    let message = |effect: &Effect| match effect {
        Effect::Send { line: Some(_), content, .. } => content.body().map(str::to_owned),
        _ => None,
    };
    let reply = taken.effects.iter().find_map(message);
    let kind = match (reply.is_some(), taken.state.open_thread().is_some()) {
        (true, true) => Kind::Handover,
        (true, false) if !taken.effects.iter().any(is_choice) => Kind::Question,
        (false, false) => Kind::Thanks,
        _ => return None,
    };
    Some(Reaction { kind, reply: reply.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_has_the_shares_that_it_claims() {
        let share = |kind| MIX.iter().filter(|one| **one == kind).count() * 100 / MIX.len();
        assert_eq!([share(Kind::Question), share(Kind::Handover), share(Kind::Thanks)], [70, 25, 5]);
    }
}
