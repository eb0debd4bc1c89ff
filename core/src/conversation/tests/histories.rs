//! What goes out in random histories, held against what a bystander noted down by themselves: who wrote
//! when, who said stop, what failed. Nothing here looks into the state.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use proptest::prelude::*;

use super::invariants::{Move, any_move, make};
use super::*;
use crate::policy::Verdict;

const DAY_MILLIS: i64 = 86_400_000;

/// What a bystander knows.
#[derive(Default)]
struct Notes {
    last_written_at: Option<UnixMillis>,
    /// The last wish, when it was said, and whether they wrote since.
    wish: Option<(Wish, UnixMillis, bool)>,
    blocked: bool,
    links: BTreeSet<ConversationKey>,
    /// Lines that went on over another channel.
    forwarded: BTreeSet<u64>,
    /// Lines that came from another channel.
    came_from_elsewhere: BTreeSet<u64>,
    taken: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Start,
    Stop,
}

impl Notes {
    /// Notes what a move says, before its consequences are looked at.
    fn note(&mut self, next: &Move, now: UnixMillis) {
        match next {
            Move::Says(text, late) => {
                let wish = match *text {
                    "Stopp" => Some(Wish::Stop),
                    "START" => Some(Wish::Start),
                    _ => None,
                };
                self.wrote(now.plus_millis(-late * 60_000), wish);
            }
            Move::Sends(_) => self.wrote(now, None),
            Move::Prefers(welcome) => self.prefers(now, *welcome),
            Move::Blocks(blocked) => self.blocked = *blocked,
            _ => {}
        }
    }

    fn wrote(&mut self, at: UnixMillis, wish: Option<Wish>) {
        self.last_written_at = self.last_written_at.max(Some(at));
        self.blocked = false;
        match (&mut self.wish, wish) {
            (Some((_, said_at, _)), Some(_)) if *said_at > at => {}
            (known, Some(wish)) => *known = Some((wish, at, false)),
            (Some((_, said_at, wrote_since)), None) => *wrote_since |= at >= *said_at,
            (None, None) => {}
        }
    }

    /// A stop at the platform forbids messages to many only, and takes nothing from an earlier STOP.
    fn prefers(&mut self, at: UnixMillis, welcome: bool) {
        match (self.wish, welcome) {
            (Some((_, said_at, _)), _) if said_at > at => {}
            (_, true) => self.wish = Some((Wish::Start, at, false)),
            (Some((Wish::Stop, ..)), false) => {}
            (_, false) => self.wish = Some((Wish::Stop, at, true)),
        }
    }

    /// Notes what an agent got done.
    fn note_command(&mut self, next: &Move, now: UnixMillis) {
        match next {
            Move::Agent(_, AgentCommand::RecordConsent { given, .. }) => {
                let wish = if *given { Wish::Start } else { Wish::Stop };
                self.wish = Some((wish, now, false));
            }
            Move::Agent(_, AgentCommand::Link { to, .. }) => drop(self.links.insert(to.clone())),
            Move::Agent(_, AgentCommand::Unlink { to }) => drop(self.links.remove(to)),
            _ => {}
        }
    }

    fn window_is_open(&self, story: &Story) -> bool {
        story.key.channel == ChannelName::Telegram
            || self.last_written_at.is_some_and(|at| story.now <= at.plus_millis(DAY_MILLIS))
    }

    fn wants_nothing(&self) -> bool {
        matches!(self.wish, Some((Wish::Stop, _, false)))
    }

    fn check(&mut self, next: &Move, story: &Story) {
        for effect in &story.last {
            match effect {
                Effect::Send { line: Some(line), content, .. } => {
                    self.check_send(next, *line, content, story);
                }
                Effect::Fallback { to, message } => self.check_fallback(to, message, story),
                _ => {}
            }
        }
        if let Move::FallsBack(message) = next {
            let sends = story.last.iter().any(|effect| matches!(effect, Effect::Send { .. }));
            assert!(self.taken.insert(message.id.clone()) || !sends, "taken once");
        }
        self.check_bulk(story);
    }

    fn check_send(&mut self, next: &Move, line: u64, content: &OutgoingContent, story: &Story) {
        let is_template = matches!(content, OutgoingContent::Template { .. });
        assert!(!matches!(content, OutgoingContent::HumanText { .. }), "neither platform has the tag");
        assert_eq!(
            is_template,
            !self.window_is_open(story),
            "free text inside the window, a template outside"
        );
        assert!(!self.blocked, "nothing to whoever blocked us");
        let confirms = matches!(next, Move::Says("Stopp", _));
        assert!(
            !self.wants_nothing() || confirms,
            "nothing after stop but answers to what follows: {next:?}"
        );
        if matches!(next, Move::FallsBack(_)) {
            self.came_from_elsewhere.insert(line);
        }
    }

    fn check_fallback(&mut self, to: &ConversationKey, message: &Fallback, story: &Story) {
        assert!(self.links.contains(to) && *to != story.key, "only where they agreed to");
        assert!(!self.blocked && !self.wants_nothing());
        assert!(self.forwarded.insert(message.line), "once for each message");
        assert!(!self.came_from_elsewhere.contains(&message.line), "never for one that came so itself");
    }

    fn check_bulk(&self, story: &Story) {
        let loud = |at: UnixMillis| {
            let at = jiff::Timestamp::from_millisecond(at.0).expect("a time");
            let local = SETTINGS.zone_rule.time_zone().to_datetime(at);
            (8..20).contains(&local.hour()) && local.weekday() != Weekday::Sunday
        };
        let wanted = matches!(self.wish, Some((Wish::Start, ..))) && !self.blocked;
        match story.bulk() {
            Verdict::FreeText => assert!(wanted && loud(story.now) && self.window_is_open(story)),
            Verdict::NotBefore(from) => assert!(wanted && !loud(story.now) && loud(from) && from > story.now),
            Verdict::Refused(_) => assert!(!wanted || !self.window_is_open(story)),
            other => panic!("no template is configured for it, and there is no tag: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_goes_out_against_the_rules(
        on_telegram in any::<bool>(),
        moves in prop::collection::vec(any_move(), 1..60),
    ) {
        let channel = if on_telegram { ChannelName::Telegram } else { ChannelName::Whatsapp };
        let (mut story, mut notes) = (Story::on(channel), Notes::default());
        for next in moves {
            notes.note(&next, story.now);
            if make(&mut story, next.clone()).is_ok() {
                notes.note_command(&next, story.now);
            }
            notes.check(&next, &story);
        }
    }
}
