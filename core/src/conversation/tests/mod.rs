//! Stories: a conversation told as what people do, and what they get to see.

mod agents;
mod citizens;
mod feedback;
mod flows;
mod flows_shipped;
mod histories;
mod invariants;
mod outgoing;
mod platforms;

use std::sync::LazyLock;

use super::*;
use crate::channel::ChannelName;
use crate::faq::{Verdict, pack};
use crate::message::{Event, Media, MediaKind};
use crate::policy;
use crate::settings::tests::{berlin, development};

static SETTINGS: LazyLock<Settings> = LazyLock::new(development);
static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::compile(&pack::parse(include_str!("pack.toml")).expect("the pack is valid")));

/// Questions by what the pack makes of them; asserted in `the_probes_mean_what_their_names_say`.
const KNOWN: &str = "Wo kann ich mich testen lassen?";
const KNOWN_ENGLISH: &str = "How much does a test cost?";
const UNKNOWN: &str = "Mein Nachbar hat gestern ein rotes Fahrrad gekauft";
const EXPIRED: &str = "Gilt eine Maskenpflicht?";
const EMERGENCY: &str = "Hilfe, mein Vater bekommt keine Luft";

/// A question between two entries. Which of these sentences the pack is torn about depends on its
/// calibration, not on the rules under test here.
static TORN: LazyLock<&str> = LazyLock::new(|| {
    let sentences = [
        "Muss ich für den Abstrich im Testzentrum bezahlen?",
        "Teststation bezahlen",
        "Testzentrum Preis",
        "PCR Test Teststation",
        "testen",
    ];
    let offered = |sentence: &&str| match KNOWLEDGE.ask(sentence, berlin("2026-11-23 12:00")) {
        Verdict::Offer { candidates } => {
            candidates.len() > 1 && candidates.iter().any(|it| it.entry == "test-cost")
        }
        _ => false,
    };
    sentences.into_iter().find(offered).expect("the pack is torn about one of these")
});

/// Brings a story into some state.
type Prepare = fn(&mut Story);

/// A conversation in the making.
struct Story {
    knowledge: &'static Knowledge,
    key: ConversationKey,
    state: ConversationState,
    now: UnixMillis,
    backlog: Option<Backlog>,
    messages: u64,
    lines: Vec<Line>,
    desk: Vec<ThreadSummary>,
    /// What was told to those who look after the approved texts.
    lessons: Vec<Lesson>,
    /// The effects of the last step.
    last: Vec<Effect>,
}

impl Story {
    /// Begins on WhatsApp on a Monday at noon.
    fn new() -> Self {
        Self::on(ChannelName::Whatsapp)
    }

    fn on(channel: ChannelName) -> Self {
        let contact = "491701234567".to_owned();
        Self {
            knowledge: &KNOWLEDGE,
            key: ConversationKey { channel, account: "main".to_owned(), contact },
            state: ConversationState::default(),
            now: berlin("2026-11-23 12:00"),
            backlog: None,
            messages: 0,
            lines: Vec::new(),
            desk: Vec::new(),
            lessons: Vec::new(),
            last: Vec::new(),
        }
    }

    fn at(mut self, local: &str) -> Self {
        self.now = berlin(local);
        self
    }

    fn wait_minutes(&mut self, minutes: i64) {
        self.now = self.now.plus_millis(minutes * 60_000);
    }

    fn step(&mut self, input: Input<'_>) -> Result<(), Refusal> {
        let random = [self.messages.to_le_bytes()[0].wrapping_mul(37); 8];
        let Self { key, knowledge, now, backlog, .. } = &*self;
        let (now, backlog) = (*now, *backlog);
        let context = Context { key, knowledge, settings: &SETTINGS, backlog, now, random };
        let step = step(&self.state, input, &context)?;
        self.state = step.state;
        self.last = step.effects;
        for effect in &self.last {
            match effect {
                Effect::Append(line) => self.lines.push(line.clone()),
                Effect::UpdateDesk(summary) => self.desk.push(summary.clone()),
                Effect::Learn(lesson) => self.lessons.push(lesson.clone()),
                Effect::Replace { .. }
                | Effect::Remove { .. }
                | Effect::Send { .. }
                | Effect::Fallback { .. }
                | Effect::NewAddress(_) => {}
            }
        }
        Ok(())
    }

    /// What a message to many would come to.
    fn bulk(&self) -> policy::Verdict {
        let Self { key, knowledge, now, .. } = self;
        let (now, random) = (*now, [0; 8]);
        let context = Context { key, knowledge, settings: &SETTINGS, backlog: None, now, random };
        verdict(&self.state, policy::Occasion::Bulk, &context)
    }

    /// An event that happened `minutes_ago`.
    fn event(&mut self, minutes_ago: i64, event: Event) {
        let contact = Contact { id: self.key.contact.clone(), ..Contact::default() };
        let at = self.now.plus_millis(-minutes_ago * 60_000);
        let item =
            Item { account_address: None, event_id: format!("e{}", self.messages), at, contact, event };
        let line = self.changed_line(&item.event);
        self.step(Input::Item { item: &item, line }).expect("items are never refused");
    }

    /// The line that an event changes.
    fn changed_line(&self, event: &Event) -> Option<u64> {
        let (Event::Edited { message_id, .. } | Event::Revoked { message_id }) = event else { return None };
        let mut said = self.lines.iter().rev().filter(|line| line.author == Author::Citizen);
        said.find(|line| line.provider_id.as_ref() == Some(message_id)).map(|line| line.seq)
    }

    fn sends_late(&mut self, minutes_ago: i64, content: Content) -> Vec<String> {
        self.messages += 1;
        let message_id = format!("m{}", self.messages);
        self.event(minutes_ago, Event::Message { message_id, content, reply_to: None, forwarded: false });
        self.received()
    }

    /// The person sends something. Returns what they get back.
    fn sends(&mut self, content: Content) -> Vec<String> {
        self.sends_late(0, content)
    }

    fn says(&mut self, body: &str) -> Vec<String> {
        self.sends(text(body))
    }

    fn presses(&mut self, id: &str) -> Vec<String> {
        self.sends(Content::Choice { id: id.to_owned(), title: "…".to_owned(), press_id: None })
    }

    fn agent(&mut self, name: &str, command: AgentCommand) -> Result<(), Refusal> {
        self.step(Input::Agent { name, command })
    }

    fn replies(&mut self, name: &str, text: &str) -> Result<(), Refusal> {
        let last_seen_seq = Some(self.state.last_seq);
        self.agent(name, AgentCommand::Reply { text: text.to_owned(), last_seen_seq })
    }

    /// The messages that the last step sent.
    fn received(&self) -> Vec<String> {
        self.sent().filter(|content| content.is_message()).map(words).collect()
    }

    fn sent(&self) -> impl Iterator<Item = &OutgoingContent> {
        self.last.iter().filter_map(|effect| match effect {
            Effect::Send { content, .. } => Some(content),
            _ => None,
        })
    }

    fn marked_read(&self) -> Option<&str> {
        self.sent().find_map(|content| match content {
            OutgoingContent::MarkRead { message_id } => Some(message_id.as_str()),
            _ => None,
        })
    }

    fn thread(&self) -> &Thread {
        self.state.thread.as_ref().expect("a thread")
    }

    fn stands(&self) -> ThreadState {
        self.state.thread_state()
    }
}

fn text(body: &str) -> Content {
    Content::Text { body: body.to_owned() }
}

fn media(kind: MediaKind, caption: Option<&str>) -> Content {
    let caption = caption.map(str::to_owned);
    Content::Media(Media { kind, id: "media-1".to_owned(), mime_type: None, caption, filename: None })
}

/// The words of a message, or the name of a place.
fn words(content: &OutgoingContent) -> String {
    match content {
        OutgoingContent::Location { name, .. } => name.clone(),
        other => other.body().unwrap_or_default().to_owned(),
    }
}

/// The only message received, which contains all of these.
#[track_caller]
fn assert_one(received: &[String], parts: &[&str]) {
    assert_eq!(received.len(), 1, "one message, not {received:?}");
    for part in parts {
        assert!(received[0].contains(part), "{part:?} is not in {:?}", received[0]);
    }
}
