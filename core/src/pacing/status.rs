//! How an account stands, in words for operators.

use serde::{Deserialize, Serialize};

use super::breaker::Cause;
use super::pacer::Pacer;
use crate::time::UnixMillis;

/// Whether an account sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It sends.
    Sending,
    /// The platform asked for a pause; it goes on by itself.
    Throttled,
    /// It could not send; single messages try from time to time whether it can again.
    Stopped,
    /// One message is out to try whether it can again.
    Trying,
    /// An operator paused it; only an operator resumes it.
    Paused,
    /// Nobody knows: what keeps the account's state does not answer. Messages leave meanwhile.
    Unknown,
}

impl AccountState {
    /// Whether messages wait, and for more than the moment that a platform asks for.
    #[must_use]
    pub const fn is_halted(self) -> bool {
        matches!(self, Self::Stopped | Self::Trying | Self::Paused)
    }
}

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it sends.
    pub state: AccountState,
    /// Since when it does not; `None` while it sends.
    pub since: Option<UnixMillis>,
    /// Why it does not.
    pub reason: Option<String>,
    /// When it goes on or tries again by itself; `None` while it sends, and where only an operator resumes it.
    pub next_try_at: Option<UnixMillis>,
    /// Who paused it.
    pub by: Option<String>,
}

impl Pacer {
    /// How the account stands.
    #[must_use]
    pub fn status(&self, now: UnixMillis) -> Status {
        let gate = self.gate();
        if let Some(manual) = &gate.manual {
            return Status {
                state: AccountState::Paused,
                since: Some(manual.since),
                reason: Some(manual.reason.clone()),
                next_try_at: None,
                by: Some(manual.by.clone()),
            };
        }
        if let (Some(until), Some(throttle)) = (gate.throttled_until(now), gate.throttle) {
            return Status {
                state: AccountState::Throttled,
                since: Some(throttle.since),
                reason: Some("the platform says that the account sends too fast".to_owned()),
                next_try_at: Some(until),
                by: None,
            };
        }
        let Some(outage) = &gate.outage else {
            return Status {
                state: AccountState::Sending,
                since: None,
                reason: None,
                next_try_at: None,
                by: None,
            };
        };
        let is_trying = outage.probing_since.is_some();
        Status {
            state: if is_trying { AccountState::Trying } else { AccountState::Stopped },
            since: Some(outage.since),
            reason: Some(words(outage.cause, outage.code)),
            next_try_at: (!is_trying).then_some(outage.next_probe_at),
            by: None,
        }
    }
}

fn words(cause: Cause, code: Option<i64>) -> String {
    let words = match cause {
        Cause::Trouble => "the platform is in trouble or does not answer",
        Cause::Barred => "the platform does not let the account send: spam rating, payment or registration",
        Cause::Unauthorized => "the platform refuses the credentials",
    };
    code.map_or_else(|| words.to_owned(), |code| format!("{words} (code {code})"))
}
