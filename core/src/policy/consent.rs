//! What a person said about messages from us, when, and how we know.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

/// The longest words about how a consent was given, in characters.
pub const MAX_HOW_CHARS: usize = 200;

/// The latest that a person said about messages that they did not ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Consent {
    /// What they want.
    #[serde(flatten)]
    pub choice: Choice,
    /// When they said so.
    pub at: UnixMillis,
    /// How we know.
    pub evidence: Evidence,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Choice {
    /// Messages also when they did not ask for one.
    Given,
    /// No messages, but answers to what they write.
    Withdrawn {
        /// Whether they wrote since. Until then nothing is sent to them at all. True from the start where only messages
        /// to many were stopped, in the platform's settings.
        wrote_since: bool,
    },
}

/// How we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evidence {
    /// They wrote START or STOP; the message stands in the transcript.
    Word {
        /// The line.
        line: u64,
    },
    /// They chose so in the platform's own settings for messages to many.
    Platform,
    /// An agent recorded it.
    Agent {
        /// The agent.
        name: String,
        /// How the person said it, in the agent's words: "by phone", "form of 3 March".
        how: String,
    },
}

impl Consent {
    /// Whether messages are welcome that nobody asked for.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        matches!(self.choice, Choice::Given)
    }

    /// Whether nothing at all may be sent.
    #[must_use]
    pub const fn silences(&self) -> bool {
        matches!(self.choice, Choice::Withdrawn { wrote_since: false })
    }

    /// Notes that the person wrote something else, at this time by the platform's clock. A message from
    /// before they said stop, which only came in late, asks for no answer any more.
    pub fn person_wrote(&mut self, at: UnixMillis) {
        if let Choice::Withdrawn { wrote_since } = &mut self.choice {
            *wrote_since |= at >= self.at;
        }
    }
}
