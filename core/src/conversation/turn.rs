//! The working copy of one step: changes the state and collects the effects in order.
//!
//! Everything that a person sees goes through [`Turn::emit`], which takes nothing but what
//! [`crate::policy`] has cleared, so that no message leaves against the rules, unfitted or without its
//! line; whether the desk hears of a step is found by comparing, not by remembering to.

use super::snippet::snippet;
use super::state::{ConversationState, Snippet, Stage, Thread};
use super::{
    Author, Context, Effect, Fallback, HandoverReason, Lane, Line, LineBody, Step, fallback, feedback,
    reference,
};
use crate::learning::Lesson;
use crate::message::{Content, ConversationKey, Item, OutgoingContent};
use crate::policy::Cleared;
use crate::time::UnixMillis;

pub(super) struct Turn<'a> {
    pub(super) state: ConversationState,
    pub(super) context: &'a Context<'a>,
    effects: Vec<Effect>,
    desk_changed: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(state: &ConversationState, context: &'a Context<'a>) -> Self {
        Self { state: state.clone(), context, effects: Vec::new(), desk_changed: false }
    }

    /// Closes the step: counts the version up if anything happened and tells the desk if anything
    /// that it shows changed.
    pub(super) fn finish(mut self, before: &ConversationState) -> Step {
        if self.state == *before && self.effects.is_empty() && !self.desk_changed {
            return Step { state: self.state, effects: Vec::new() };
        }
        let Context { key, now, .. } = *self.context;
        let shown_before = before.summary(key, now);
        let changed = self.desk_changed || self.state.summary(key, now) != shown_before;
        self.state.version = before.version + 1;
        if changed {
            self.effects.extend(self.state.summary(key, now).map(Effect::UpdateDesk));
        }
        Step { state: self.state, effects: self.effects }
    }

    /// The desk shows the transcript too: tell it even if its list stays the same.
    pub(super) fn touch_desk(&mut self) {
        self.desk_changed = true;
    }

    /// The person changed what they had written.
    pub(super) fn replace(&mut self, provider_id: &str, line: Option<u64>, content: &Content) {
        let (provider_id, content) = (provider_id.to_owned(), content.clone());
        self.effects.push(Effect::Replace { provider_id, line, content });
    }

    /// The person took back what they had written.
    pub(super) fn remove(&mut self, provider_id: &str, line: Option<u64>) {
        self.effects.push(Effect::Remove { provider_id: provider_id.to_owned(), line });
    }

    /// Appends that the person changed a line or took it back: whoever read it before has not seen that.
    pub(super) fn note_change(&mut self, at: UnixMillis, change: LineBody) {
        self.state.must_see_seq = self.append(at, Author::Citizen, change, None);
    }

    /// The person writes under another id from now on.
    pub(super) fn new_address(&mut self, to: ConversationKey) {
        self.effects.push(Effect::NewAddress(to));
    }

    /// Sends a message that failed on its other way.
    pub(super) fn fall_back(&mut self, to: ConversationKey, message: Fallback) {
        self.effects.push(Effect::Fallback { to, message: Box::new(message) });
    }

    /// Tells those who look after the approved texts.
    pub(super) fn learn(&mut self, lesson: Lesson) {
        self.effects.push(Effect::Learn(lesson));
    }

    /// Appends what the person, or a human elsewhere, wrote. Returns its line.
    pub(super) fn receive(&mut self, item: &Item, author: Author, provider_id: &str, content: &Content) {
        let by_person = author == Author::Citizen;
        let body = LineBody::Inbound { content: content.clone() };
        let seq = self.append(item.at, author, body, Some(provider_id.to_owned()));
        self.state.must_see_seq = seq;
        self.state.snippet =
            Some(Snippet { text: snippet(content), provider_id: by_person.then(|| provider_id.to_owned()) });
    }

    /// Sends a message to the person, which may take another way if it fails: one line and one send for each piece that the platform needs.
    pub(super) fn send(
        &mut self,
        author: &Author,
        cleared: Cleared,
        entry: Option<&str>,
        reply_to: Option<&str>,
    ) {
        let lane = if matches!(author, Author::Bot) { Lane::Bot } else { Lane::Human };
        self.send_in_lane(author, cleared, entry, reply_to, lane);
    }

    pub(super) fn send_in_lane(
        &mut self,
        author: &Author,
        cleared: Cleared,
        entry: Option<&str>,
        reply_to: Option<&str>,
        lane: Lane,
    ) {
        for (line, content) in self.emit(author, cleared, entry, reply_to, lane) {
            fallback::remember(self, line, author, feedback::without_question(content));
        }
    }

    /// The only place from which a message leaves. Returns its lines, by number and content.
    pub(super) fn emit(
        &mut self,
        author: &Author,
        cleared: Cleared,
        entry: Option<&str>,
        reply_to: Option<&str>,
        lane: Lane,
    ) -> Vec<(u64, OutgoingContent)> {
        let mut lines = Vec::new();
        for content in self.context.key.channel.channel().fit(cleared.into_content()) {
            let body = LineBody::Outbound { content: content.clone(), entry: entry.map(str::to_owned) };
            let line = self.append(self.context.now, author.clone(), body, None);
            let reply_to = reply_to.map(str::to_owned);
            self.effects.push(Effect::Send { line: Some(line), content: content.clone(), reply_to, lane });
            lines.push((line, content));
        }
        lines
    }

    /// Shows which way a message took.
    pub(super) fn note_way(&mut self, way: LineBody) {
        self.append(self.context.now, Author::Bot, way, None);
        self.touch_desk();
    }

    pub(super) fn note(&mut self, author: Author, text: String) {
        self.append(self.context.now, author, LineBody::Note { text }, None);
    }

    /// Sends what is no message: a read tick, the confirmation of a press.
    pub(super) fn signal(&mut self, content: OutgoingContent, lane: Lane) {
        self.effects.push(Effect::Send { line: None, content, reply_to: None, lane });
    }

    /// Marks the newest unread message as read, and with it, on every platform, all before it.
    pub(super) fn mark_read(&mut self, lane: Lane) {
        if let Some(message_id) = self.state.unread.take() {
            self.signal(OutgoingContent::MarkRead { message_id }, lane);
        }
    }

    /// Puts a message of the person, or a failed one of ours, before the humans: into the open
    /// thread or a new one.
    pub(super) fn need_human(&mut self, reason: HandoverReason, since: UnixMillis) -> &mut Thread {
        let since = since.min(self.context.now);
        let thread = match self.state.thread.take().filter(Thread::is_open) {
            Some(thread) => thread,
            None => self.new_thread(reason),
        };
        let thread = self.state.thread.insert(thread);
        thread.waiting_since.get_or_insert(since);
        if reason == HandoverReason::Emergency {
            thread.reason = reason;
            thread.urgent = true;
        }
        thread
    }

    fn new_thread(&self, reason: HandoverReason) -> Thread {
        let Context { key, settings, now, random, .. } = self.context;
        Thread {
            reference: reference::reference(&settings.organisation.reference_prefix, *random),
            stage: Stage::Waiting,
            reason,
            urgent: false,
            team: settings.account(key.channel, &key.account).and_then(|account| account.team.clone()),
            opened_at: *now,
            waiting_since: None,
            acknowledged_at: None,
            unseen: false,
            fields: Vec::new(),
        }
    }

    fn append(&mut self, at: UnixMillis, author: Author, body: LineBody, provider_id: Option<String>) -> u64 {
        self.state.last_seq += 1;
        let seq = self.state.last_seq;
        self.effects.push(Effect::Append(Line { seq, at, author, body, provider_id }));
        seq
    }
}
