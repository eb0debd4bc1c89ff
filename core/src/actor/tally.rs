//! What a change came to, for the operators' counters: travels with the commit, so that only what was committed counts.

use super::Actor;
use crate::conversation::{ConversationState, Effect, HandoverReason, LineBody};
use crate::time::UnixMillis;

/// What happened, in numbers. Nothing of it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages of the person that took effect.
    pub messages: u64,
    /// Deliveries that had taken effect before.
    pub duplicates: u64,
    /// Messages that the bot answered with an approved text.
    pub answered: u64,
    /// Why a human is needed, for each thread that was opened or became an emergency.
    pub handed_over: Vec<HandoverReason>,
    /// Messages of ours that will not arrive.
    pub failed: u64,
}

impl Actor {
    /// Since when the oldest message waits that should have left: a try failed, or none was possible yet. One whose
    /// first call is out is on its way.
    #[must_use]
    pub fn unsent_since(&self) -> Option<UnixMillis> {
        let oldest = self.kept.outbox.first()?;
        (oldest.note.is_some() || oldest.standing.attempts == 0).then_some(oldest.standing.first_at)
    }
}

impl Tally {
    /// Counts what one step did.
    pub(super) fn step(&mut self, before: &ConversationState, after: &ConversationState, effects: &[Effect]) {
        let reason = |state: &ConversationState| state.open_thread().map(|thread| thread.reason);
        if let Some(now) = reason(after).filter(|now| reason(before) != Some(*now)) {
            self.handed_over.push(now);
        }
        let answers = |effect: &&Effect| matches!(effect, Effect::Append(line) if matches!(line.body, LineBody::Outbound { entry: Some(_), .. }));
        // An answer in several pieces is one.
        self.answered += u64::from(effects.iter().any(|effect| answers(&effect)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Author, Line, Stage, Thread};
    use crate::message::OutgoingContent;

    fn with_thread(reason: HandoverReason, stage: Stage) -> ConversationState {
        let thread = Thread {
            reference: "GA-7Q4K".to_owned(),
            stage,
            reason,
            urgent: false,
            team: None,
            opened_at: UnixMillis(0),
            waiting_since: None,
            acknowledged_at: None,
            unseen: false,
            fields: Vec::new(),
        };
        ConversationState { thread: Some(thread), ..ConversationState::default() }
    }

    #[test]
    fn a_thread_counts_when_it_opens_and_when_it_becomes_an_emergency() {
        use HandoverReason::{Asked, Emergency};
        let nothing = ConversationState::default();
        let (asked, emergency) = (with_thread(Asked, Stage::Waiting), with_thread(Emergency, Stage::Waiting));
        let done = with_thread(Asked, Stage::Resolved);
        let table = [
            ("opened", &nothing, &asked, vec![Asked]),
            ("still open", &asked, &asked, vec![]),
            ("became an emergency", &asked, &emergency, vec![Emergency]),
            ("resolved", &asked, &done, vec![]),
            ("opened anew", &done, &asked, vec![Asked]),
            ("no thread", &nothing, &nothing, vec![]),
        ];
        for (name, before, after, expected) in table {
            let mut tally = Tally::default();
            tally.step(before, after, &[]);
            assert_eq!(tally.handed_over, expected, "{name}");
        }
    }

    #[test]
    fn an_answer_in_two_pieces_is_one_and_an_acknowledgement_is_none() {
        let line = |entry: Option<&str>| {
            let content = OutgoingContent::Text { body: "Text".to_owned() };
            let body = LineBody::Outbound { content, entry: entry.map(str::to_owned) };
            Effect::Append(Line { seq: 1, at: UnixMillis(0), author: Author::Bot, body, provider_id: None })
        };
        let state = ConversationState::default();
        let mut tally = Tally::default();
        tally.step(&state, &state, &[line(Some("testing")), line(Some("testing"))]);
        assert_eq!(tally.answered, 1);
        tally.step(&state, &state, &[line(None)]);
        assert_eq!(tally.answered, 1);
    }

    #[test]
    fn a_message_waits_once_a_try_failed_or_while_none_was_possible() {
        use crate::actor::Send;
        use crate::actor::outbox::Standing;
        use crate::channel::ChannelName;
        use crate::conversation::Lane;
        use crate::message::ConversationKey;

        let table = [
            ("its first call is out", 1, None, None),
            ("no place in the pace yet", 0, None, Some(UnixMillis(7))),
            ("a try failed", 1, Some("too many requests"), Some(UnixMillis(7))),
        ];
        for (name, attempts, note, expected) in table {
            let (channel, account) = (ChannelName::Whatsapp, "main".to_owned());
            let mut actor =
                Actor::new(ConversationKey { channel, account, contact: "1".to_owned() }, UnixMillis(0));
            assert_eq!(actor.unsent_since(), None, "nothing to send");
            let content = OutgoingContent::Text { body: "Text".to_owned() };
            let (first_at, next_at) = (UnixMillis(7), UnixMillis(7));
            let standing = Standing { unsettled: false, attempts, first_at, next_at };
            let send = actor.kept.new_send(content, 1, Lane::Bot, standing);
            actor.kept.outbox.push(Send { note: note.map(str::to_owned), ..send });
            assert_eq!(actor.unsent_since(), expected, "{name}");
        }
    }
}
