//! What a world amounts to, in figures.

use std::fmt;
use std::ops::AddAssign;

use super::scenario::DAY;

macro_rules! report {
    ($($(#[$doc:meta])* $name:ident: $words:literal,)+) => {
        /// Figures of one world or many.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Report {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl AddAssign for Report {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)+
            }
        }

        impl fmt::Display for Report {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let days = self.virtual_millis / DAY.unsigned_abs();
                write!(formatter, "{} worlds, {days} virtual days", self.worlds)?;
                $(if !matches!(stringify!($name), "worlds" | "virtual_millis") {
                    write!(formatter, concat!(", {} ", $words), self.$name)?;
                })+
                Ok(())
            }
        }
    };
}

report! {
    /// Worlds.
    worlds: "worlds",
    /// Virtual time, in milliseconds.
    virtual_millis: "ms",
    /// Events.
    events: "events",
    /// Commits of objects.
    commits: "commits",
    /// Objects that died.
    crashes: "crashes of objects",
    /// Machines that died while they answered a webhook.
    edge_crashes: "of the edge",
    /// Webhooks that arrived.
    webhooks: "webhooks",
    /// Webhooks answered with 503.
    turned_away: "turned away",
    /// Messages that people wrote.
    said: "messages written",
    /// Messages in webhooks answered with 200.
    accepted: "accepted",
    /// Messages that stand in a transcript.
    stored: "stored",
    /// Messages that the bot answered.
    answered: "answered",
    /// Messages that came before a human.
    handed_over: "handed over",
    /// Messages that lie in a dead letter.
    in_letters: "in dead letters",
    /// Webhooks that the platform gave up on.
    given_up: "given up by platforms",
    /// Parcels that went into the spill queue or a sealed key.
    spilled: "spilled",
    /// Parcels that came from there.
    replayed: "replayed",
    /// Messages that a queue delivered too often.
    dropped_by_queues: "dropped by queues",
    /// Dead letters.
    dead_letters: "dead letters",
    /// Dead letters that a lead replayed.
    letters_replayed: "of them replayed",
    /// Calls to platforms.
    calls: "calls",
    /// Calls that a platform refused.
    refused: "refused",
    /// Messages that a platform took.
    taken: "taken",
    /// Messages that a platform took once more since nobody could know better.
    uncertain: "uncertain",
    /// Commands of agents that were done.
    agents_done: "commands done",
    /// Commands of agents that were refused.
    agents_refused: "refused to agents",
    /// Alarms.
    alarms: "alarms",
    /// Conversations that were forgotten.
    forgotten: "forgotten",
}
