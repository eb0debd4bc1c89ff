//! What has to hold, whatever happens. The observer sees everything from outside and remembers it its own way;
//! it shares no code with what it checks.
//!
//! | promise | checked |
//! |---|---|
//! | what was answered with 200 is durable somewhere | when 200 goes out |
//! | a message is stored once | at every commit; that it is stored at all: at rest |
//! | at most one message of the bot for each message of a person | at every commit |
//! | lines have no gaps, and what came in together stands in order | at every commit |
//! | what needs a human opens a thread in the same commit, or stands in a flow that goes on | at every commit |
//! | what was given in a flow is not lost (`flows`) | at every commit; before a human: at rest |
//! | a claim is ended by its agent or a lead, and nobody else speaks meanwhile | at every commit |
//! | what is sent stands in the transcript and is durable before it leaves | at every call |
//! | nothing is written outside its window | at every commit |
//! | messages leave in order | at every call |
//! | nothing is sent twice against evidence, or before its time | whenever a platform takes one |
//! | what the platform gave up afterwards is sent again, or shown as failed | at rest |
//! | read means opened by a human or answered | whenever a platform takes a tick |
//! | the desk hears of every change in bounded time | each ten minutes once the storm is over |
//! | desk and conversations agree; nothing is left; every reply that was confirmed is there once | at rest |

use std::collections::{BTreeMap, BTreeSet};

use super::agents::{REPLY, reply_text};
use super::event::Sending;
use super::people::{Meant, Said};
use super::rows::Rows;
use super::scenario::{MINUTE, Scenario};
use crate::actor::{Actor, Attempt, Commit, Records, Row, SendReport, StoredLine};
use crate::channel::{ChannelName, ReplyRules};
use crate::conversation::{AgentCommand, Author, LineBody, Stage};
use crate::message::{DeliveryState, OutgoingContent};
use crate::settings::OnUncertain;
use crate::time::UnixMillis;

/// How long the desk may not know of a change while nothing fails: the longest pause between two tries, and a bit.
const DESK_PATIENCE: i64 = 45 * MINUTE;
const MINUTES_PER_CHECK: i64 = 10;

/// What a commit is about.
#[derive(Clone, Debug)]
pub enum Cause {
    /// Items from the platform.
    Items,
    /// An agent's command.
    Agent {
        /// The agent.
        name: String,
        /// The command.
        command: AgentCommand,
    },
    /// Anything else.
    Other,
}

/// Who wrote a line.
#[derive(Clone, Debug, PartialEq)]
enum By {
    Person(usize),
    Bot,
    Agent,
    Other,
}

/// A line of a transcript.
#[derive(Clone, Debug)]
struct Written {
    by: By,
    content: Option<OutgoingContent>,
}

/// What the platform took for a line.
#[derive(Clone, Copy, Debug)]
struct Taken {
    attempt: Attempt,
    departed_at: UnixMillis,
    /// Whether the platform gave it up afterwards.
    has_failed: bool,
    /// Whether the object knows that.
    is_known_to_have_failed: bool,
}

/// What is known of one conversation.
#[derive(Debug, Default)]
struct Facts {
    lines: BTreeMap<u64, Written>,
    taken: BTreeMap<u64, Vec<Taken>>,
    /// Lines that left, be it in vain.
    departed: BTreeSet<u64>,
    evidence: BTreeMap<u64, UnixMillis>,
    heard: BTreeMap<u64, UnixMillis>,
    /// Up to which line a human has seen everything.
    opened: u64,
    /// The version that the desk has to hear of, and since when.
    untold: Option<(u64, UnixMillis)>,
    desk_version: u64,
    replies: BTreeSet<u64>,
}

/// Sees everything.
#[derive(Debug, Default)]
pub struct Observer {
    /// Everything that people said.
    pub said: Vec<Said>,
    by_message: BTreeMap<(usize, String), usize>,
    known_said: usize,
    facts: BTreeMap<usize, Facts>,
    /// The first promise that was broken.
    pub violation: Option<String>,
    /// How many messages were sent twice although nobody could know better.
    pub uncertain: u64,
    /// Messages that were answered by the bot, by number.
    pub answered: BTreeSet<usize>,
    /// Messages that were put before a human, by number.
    pub handed_over: BTreeSet<usize>,
    /// Messages that came in while a flow went on, by number.
    pub in_flow: BTreeSet<usize>,
    next_check: UnixMillis,
}

impl Observer {
    /// A promise was broken; the first one counts.
    pub fn violated(&mut self, words: String) {
        self.violation.get_or_insert(words);
    }

    fn facts(&mut self, object: usize) -> &mut Facts {
        self.facts.entry(object).or_default()
    }

    fn said_by_message(&mut self, object: usize, message_id: &str) -> Option<usize> {
        for (index, said) in self.said.iter().enumerate().skip(self.known_said) {
            self.by_message.insert((said.person, said.message_id.clone()), index);
        }
        self.known_said = self.said.len();
        self.by_message.get(&(object, message_id.to_owned())).copied()
    }

    /// A webhook with this message is answered with 200. Returns the id to look for, the first time.
    pub fn accept(&mut self, said: usize) -> Option<String> {
        let said = &mut self.said[said];
        let is_first = !std::mem::replace(&mut said.is_accepted, true);
        is_first.then(|| said.event_id.clone())
    }

    /// An object committed.
    pub fn committed(
        &mut self,
        object: usize,
        cause: &Cause,
        before: &Actor,
        after: &Actor,
        commit: &Commit,
        now: UnixMillis,
    ) {
        if commit.rows.is_empty() {
            return;
        }
        let old_lines: BTreeSet<u64> = self.facts(object).lines.keys().copied().collect();
        self.learn(object, &commit.rows);
        let last = before.kept().state.last_seq;
        let fresh: Vec<(u64, Written)> =
            self.facts(object).lines.range(last + 1..).map(|(seq, line)| (*seq, line.clone())).collect();
        if old_lines.last().copied().unwrap_or(0) > last {
            self.violated(format!("object {object} forgot lines behind {last}"));
        }
        let expected: Vec<u64> = (last + 1..=after.kept().state.last_seq).collect();
        if fresh.iter().map(|(seq, _)| *seq).ne(expected.iter().copied()) {
            self.violated(format!("object {object}: lines after {last} have gaps"));
        }
        let said: Vec<usize> = fresh
            .iter()
            .filter_map(|(_, line)| if let By::Person(said) = line.by { Some(said) } else { None })
            .collect();
        self.check_flow(object, &said, before, after);
        let cancels = self.is_cancelled(&said);
        self.check_fresh(object, &fresh, cause, after, now, cancels);
        self.check_claim(object, cause, before, after);
        self.note_seen(object, cause, after);
        if let Some(update) = &after.kept().desk_update {
            let version = update.thread.version;
            let facts = self.facts(object);
            if facts.untold.is_none_or(|(known, _)| known < version) && facts.desk_version < version {
                facts.untold = Some((version, facts.untold.map_or(now, |(_, since)| since)));
            }
        } else if before.kept().desk_update.is_some() {
            let version = before.kept().desk_update.as_ref().map_or(0, |update| update.thread.version);
            if self.facts(object).desk_version < version {
                self.violated(format!("object {object} believes that the desk has version {version}"));
            }
        }
    }

    fn learn(&mut self, object: usize, rows: &[Row]) {
        for row in rows.iter().filter(|row| row.key.starts_with("line/")) {
            let Ok(StoredLine { line, .. }) = serde_json::from_str(&row.value) else {
                self.violated(format!("object {object}: {} cannot be read", row.key));
                continue;
            };
            let by = match (&line.author, &line.provider_id) {
                (Author::Citizen, Some(id)) => self.said_by_message(object, id).map_or(By::Other, By::Person),
                (Author::Bot, _) => By::Bot,
                (Author::Agent { .. }, _) => By::Agent,
                _ => By::Other,
            };
            let content = match line.body {
                LineBody::Outbound { content, .. } => Some(content),
                _ => None,
            };
            if let By::Person(_) = &by {
                let twice = self.facts(object).lines.iter().any(|(seq, it)| *seq != line.seq && it.by == by);
                if twice {
                    self.violated(format!("object {object} stored {by:?} twice"));
                }
            }
            self.facts(object).lines.insert(line.seq, Written { by, content });
        }
    }

    fn check_fresh(
        &mut self,
        object: usize,
        fresh: &[(u64, Written)],
        cause: &Cause,
        after: &Actor,
        now: UnixMillis,
        cancels: bool,
    ) {
        let mut latest = None;
        for (seq, line) in fresh {
            let previous = self.facts(object).lines.get(&(seq - 1)).map(|line| line.by.clone());
            match (&line.by, cause) {
                (By::Person(said), Cause::Items) => {
                    // Numbers grow with time; what came together came in one webhook of one person.
                    if latest.is_some_and(|latest| latest > *said) {
                        self.violated(format!("object {object} took message {said} in after a later one"));
                    }
                    latest = Some(*said);
                    let said = *said;
                    if !cancels {
                        self.check_before_human(object, said, after);
                    }
                }
                (By::Bot, Cause::Items) => match previous {
                    Some(By::Person(said)) => {
                        self.answered.insert(said);
                    }
                    _ => self.violated(format!("object {object}: line {seq} of the bot answers nothing")),
                },
                (By::Agent, Cause::Agent { .. }) => {}
                (by, cause) => {
                    self.violated(format!("object {object}: line {seq} of {by:?} came from {cause:?}"));
                }
            }
            // Templates are made for the time after the window.
            if line
                .content
                .as_ref()
                .is_some_and(|content| !matches!(content, OutgoingContent::Template { .. }))
            {
                self.check_may_be_sent(object, *seq, after, now);
            }
        }
    }

    /// What only a human can answer is before one as soon as it is stored.
    fn check_before_human(&mut self, object: usize, said: usize, after: &Actor) {
        let thread = after.kept().state.open_thread();
        let waits = thread.is_some_and(|thread| thread.waiting_since.is_some());
        if thread.is_some() {
            self.handed_over.insert(said);
        }
        let needs_human = matches!(self.said[said].meant, Meant::Human | Meant::Emergency);
        let is_asked = self.in_flow.contains(&said) && after.kept().state.flow.is_some();
        if needs_human && !waits && !is_asked {
            self.violated(format!("object {object}: message {said} waits and nobody can see it"));
        }
    }

    /// What may be sent at all. For now: nothing is written outside the platform's window.
    fn check_may_be_sent(&mut self, object: usize, seq: u64, after: &Actor, now: UnixMillis) {
        let kept = after.kept();
        let ReplyRules::Window { free_text_millis: window, .. } = kept.key.channel.channel().reply_rules()
        else {
            return;
        };
        let last = kept.state.last_inbound_at;
        if last.is_none_or(|last| now.millis_since(last) > window) {
            self.violated(format!("object {object}: line {seq} is written outside its window"));
        }
    }

    fn check_claim(&mut self, object: usize, cause: &Cause, before: &Actor, after: &Actor) {
        let holder = |actor: &Actor| match actor.kept().state.thread.as_ref().map(|thread| &thread.stage) {
            Some(Stage::Claimed { by }) => Some(by.clone()),
            _ => None,
        };
        let (had, has) = (holder(before), holder(after));
        let by = match cause {
            Cause::Agent { name, command } => Some((name, command)),
            Cause::Items | Cause::Other => None,
        };
        if let Some((name, command)) = by
            && had.as_ref().is_some_and(|had| had != name)
            && matches!(
                command,
                AgentCommand::Claim
                    | AgentCommand::Release
                    | AgentCommand::Reply { .. }
                    | AgentCommand::Resolve
            )
        {
            self.violated(format!("object {object}: {name} did {command:?} in the thread of {had:?}"));
        }
        if had != has {
            let is_fair = by.is_some_and(|(name, command)| {
                let may_end = *command == AgentCommand::Free || had.as_ref().is_none_or(|had| had == name);
                may_end && has.as_ref().is_none_or(|has| has == name)
            });
            if !is_fair {
                self.violated(format!("object {object}: {cause:?} made the claim of {had:?} one of {has:?}"));
            }
        }
    }

    fn note_seen(&mut self, object: usize, cause: &Cause, after: &Actor) {
        let Cause::Agent { command, .. } = cause else { return };
        if matches!(command, AgentCommand::Open | AgentCommand::Reply { .. } | AgentCommand::Resolve) {
            self.facts(object).opened = after.kept().state.last_seq;
        }
    }

    /// An object died: what it knew is what is stored.
    pub fn crashed(&mut self, object: usize, rows: &Rows, now: UnixMillis) {
        let lines = rows.with_prefix("line/").unwrap_or_default();
        self.facts(object).lines.clear();
        self.learn(object, &lines);
        let facts = self.facts(object);
        facts.heard.retain(|_, durable_at| *durable_at <= now);
        facts.untold = None;
        let kept = rows.get("kept").ok().flatten();
        let kept = kept.and_then(|json| serde_json::from_str::<crate::actor::Kept>(&json).ok());
        let update = kept.and_then(|kept| kept.desk_update);
        if let Some(update) = update.filter(|update| update.thread.version > facts.desk_version) {
            facts.untold = Some((update.thread.version, now));
        }
    }

    /// A conversation was forgotten.
    pub fn forgot(&mut self, object: usize) {
        self.facts.remove(&object);
    }

    /// A call leaves: what it sends is durable.
    pub fn departed(&mut self, sending: &Sending, rows: &Rows) {
        let Some(seq) = sending.line() else { return };
        if !rows.has_durable(&format!("line/{seq:012}")) {
            self.violated(format!("object {}: line {seq} leaves before it is durable", sending.call.object));
        }
        let content = self.facts(sending.call.object).lines.get(&seq).and_then(|line| line.content.clone());
        if content.as_ref() != Some(&sending.content) {
            self.violated(format!("object {}: what leaves as line {seq} is not in it", sending.call.object));
        }
        let facts = self.facts(sending.call.object);
        // A call that hung may arrive after everything else: what counts is when it left.
        if facts.departed.insert(seq) && facts.departed.last().is_some_and(|last| *last > seq) {
            self.violated(format!("object {}: line {seq} leaves after a later one", sending.call.object));
        }
    }

    /// A report about a line is durable in its object.
    pub fn evidence(&mut self, object: usize, report: &SendReport, now: UnixMillis) {
        let line = report.attempt.line;
        if report.state == DeliveryState::Failed {
            let copies = self.facts(object).taken.get_mut(&line).into_iter().flatten();
            let about = copies.filter(|copy| copy.attempt == report.attempt);
            about.for_each(|copy| copy.is_known_to_have_failed = true);
        } else {
            self.facts(object).evidence.entry(line).or_insert(now);
        }
    }

    /// The platform will not bring a copy that it took to the person.
    pub fn gave_up(&mut self, object: usize, attempt: Attempt) {
        let copies = self.facts(object).taken.get_mut(&attempt.line).into_iter().flatten();
        copies.filter(|copy| copy.attempt == attempt).for_each(|copy| copy.has_failed = true);
    }

    /// An object committed that the platform took a line.
    pub fn heard_sent(&mut self, object: usize, line: u64, durable_at: UnixMillis) {
        self.facts(object).heard.insert(line, durable_at);
    }

    /// A platform takes a message.
    pub fn taken(
        &mut self,
        sending: &Sending,
        is_theirs: bool,
        channel: ChannelName,
        now: UnixMillis,
        scenario: &Scenario,
    ) {
        let Some(attempt) = sending.call.attempt else { return };
        let (object, seq) = (sending.call.object, attempt.line);
        if !is_theirs {
            self.violated(format!("object {object}: line {seq} went to somebody else at {now:?}"));
        }
        // Every life measures with the clock of its own machine.
        let settle =
            i64::from(scenario.settings.sending.settle_seconds.get()) * 1_000 - 2 * scenario.skew_millis;
        let gives_evidence = channel.channel().gives_send_evidence();
        let shows_agent = scenario.settings.sending.on_uncertain == OnUncertain::ShowAgent && !gives_evidence;
        let facts = self.facts(object);
        let earlier = facts.taken.entry(seq).or_default();
        let left = sending.departed_at;
        let mut broken = None;
        // A copy that the platform gave up reaches nobody.
        let mut others = earlier.iter().filter(|copy| !copy.has_failed);
        if let Some(first) = others.next() {
            let is_known = |at: Option<&UnixMillis>| at.is_some_and(|at| *at < left);
            if is_known(facts.evidence.get(&seq)) {
                broken = Some("against the evidence");
            } else if is_known(facts.heard.get(&seq)) {
                broken = Some("although the platform had said that it took it");
            } else if left.millis_since(first.departed_at).abs() < settle {
                broken = Some("before the evidence had its time");
            } else if shows_agent {
                broken = Some("although a human decides");
            }
        }
        let is_again = earlier.iter().any(|copy| !copy.has_failed);
        earlier.push(Taken { attempt, departed_at: left, has_failed: false, is_known_to_have_failed: false });
        self.uncertain += u64::from(is_again);
        if let Some(broken) = broken {
            self.violated(format!("object {object}: line {seq} was sent {broken}"));
        }
    }

    /// A platform shows messages as read, up to this one.
    pub fn marked_read(&mut self, object: usize, message_id: &str) {
        let Some(marked) = self.said_by_message(object, message_id) else {
            return self.violated(format!("object {object} marked a message as read that nobody wrote"));
        };
        let facts = self.facts(object);
        let up_to =
            facts.lines.iter().find(|(_, line)| line.by == By::Person(marked)).map_or(0, |(seq, _)| *seq);
        let (opened, mut unseen) = (facts.opened, None);
        let unopened: Vec<(u64, usize)> = facts
            .lines
            .range(opened + 1..=up_to.max(opened + 1))
            .filter_map(|(seq, line)| match line.by {
                By::Person(said) if *seq <= up_to => Some((*seq, said)),
                _ => None,
            })
            .collect();
        for (seq, said) in unopened {
            let (meant, is_in_flow) = (self.said[said].meant, self.in_flow.contains(&said));
            let facts = self.facts(object);
            let answer = facts.lines.get(&(seq + 1)).is_some_and(|line| line.by == By::Bot);
            let is_answered = answer && facts.taken.contains_key(&(seq + 1));
            let is_read = match meant {
                _ if is_in_flow => true,
                Meant::Human => false,
                Meant::Known | Meant::Torn | Meant::Emergency | Meant::Flow | Meant::InFlow => is_answered,
                Meant::Greeting | Meant::Nothing => true,
            };
            if !is_read {
                unseen.get_or_insert(said);
            }
        }
        if let Some(said) = unseen {
            self.violated(format!("object {object}: message {said} is marked as read, and nobody read it"));
        }
    }

    /// The desk has a version of a thread.
    pub fn desk_has(&mut self, object: usize, version: u64) {
        let facts = self.facts(object);
        if version < facts.desk_version {
            self.violated(format!("the desk went back to version {version} of object {object}"));
            return;
        }
        facts.desk_version = version;
        if facts.untold.is_some_and(|(untold, _)| untold <= version) {
            facts.untold = None;
        }
    }

    /// An agent was told that their reply is done.
    pub fn reply_done(&mut self, object: usize, number: u64) {
        self.facts(object).replies.insert(number);
    }

    /// Time passes while nothing fails: no new fault since `calm_since`, and the last alarm that was held up
    /// went off.
    pub fn calm(&mut self, calm_since: UnixMillis, now: UnixMillis) {
        if now < self.next_check {
            return;
        }
        self.next_check = now.plus_millis(MINUTES_PER_CHECK * MINUTE);
        let late = self.facts.iter().find(|(_, facts)| {
            facts.untold.is_some_and(|(_, since)| now.millis_since(since.max(calm_since)) > DESK_PATIENCE)
        });
        if let Some((object, facts)) = late {
            let words = format!("the desk does not hear of object {object}: {:?}", facts.untold);
            self.violated(words);
        }
    }

    /// What has to hold at rest, for one conversation that was not forgotten.
    pub fn at_rest(&mut self, object: usize, actor: &Actor, rows: &Rows) {
        self.crashed(object, rows, UnixMillis(i64::MAX));
        let kept = actor.kept();
        if !kept.outbox.is_empty() || kept.desk_update.is_some() {
            self.violated(format!("object {object} rests with work left"));
        }
        self.check_flow_at_rest(object, actor);
        let failed: BTreeSet<u64> = rows
            .with_prefix("delivery/")
            .unwrap_or_default()
            .iter()
            .filter(|row| row.value.contains("\"failed\""))
            .filter_map(|row| row.key.rsplit('/').next()?.parse().ok())
            .collect();
        let facts = self.facts(object);
        let is_known_lost = |seq| {
            let copies: Option<&Vec<Taken>> = facts.taken.get(seq);
            copies.is_none_or(|copies| copies.iter().all(|copy| copy.is_known_to_have_failed))
        };
        let unsent = facts
            .lines
            .iter()
            .find(|(seq, line)| line.content.is_some() && is_known_lost(*seq) && !failed.contains(*seq));
        let unsent = unsent.map(|(seq, _)| *seq);
        if let Some(seq) = unsent {
            self.violated(format!("object {object}: line {seq} counts as sent, and nobody has it"));
        }
        let facts = self.facts(object);
        let bodies = facts.lines.values().filter_map(|line| match &line.content {
            Some(OutgoingContent::Text { body }) if body.starts_with(REPLY) => Some(body.clone()),
            _ => None,
        });
        let bodies: Vec<String> = bodies.collect();
        let distinct: BTreeSet<&String> = bodies.iter().collect();
        let missing = facts.replies.iter().find(|number| !distinct.contains(&reply_text(**number)));
        if let Some(number) = missing.copied() {
            self.violated(format!("object {object}: reply {number} was confirmed and is lost"));
        } else if distinct.len() < bodies.len() {
            self.violated(format!("object {object}: a reply that was given once is there twice"));
        }
    }

    /// Whether a message is stored, in a conversation that is at rest.
    #[must_use]
    pub fn is_stored(&self, said: usize) -> bool {
        let facts = self.facts.get(&self.said[said].person);
        facts.is_some_and(|facts| facts.lines.values().any(|line| line.by == By::Person(said)))
    }
}
