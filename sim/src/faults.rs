//! Trouble on request: which API calls are to fail, hang or be cut off, and how.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Channel;
use crate::received::STATUS;

/// When the trouble strikes, seen from the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Moment {
    /// The platform fails first: the message is lost.
    #[default]
    Before,
    /// The platform takes the message and only then fails: it arrives, but lotse sees a failure.
    After,
    /// The platform takes the message, says so, and later reports it as failed (WhatsApp).
    Status,
}

/// Trouble that somebody asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    channel: Channel,
    /// Only calls of this account.
    account: Option<String>,
    /// Only calls for this person, addressed like this.
    to: Option<String>,
    /// Only this kind of message; `any` for read ticks and the like, too. Without it: every message,
    /// and no signals.
    kind: Option<String>,
    /// Answer with this HTTP status.
    status: Option<u16>,
    /// Answer with this error code of the platform.
    code: Option<i64>,
    /// What Telegram or `Retry-After` tells to wait, in seconds.
    retry_after: Option<u32>,
    /// Wait first.
    #[serde(default)]
    delay_ms: u64,
    /// Close the connection without an answer.
    #[serde(default)]
    drop: bool,
    /// When to fail.
    #[serde(default)]
    after: Moment,
    /// The share of calls to strike, 0 to 1.
    #[serde(default = "always")]
    rate: f64,
    /// How many calls to strike at most.
    count: Option<u64>,
    /// How many were struck.
    #[serde(default, skip_deserializing)]
    hits: u64,
}

const fn always() -> f64 {
    1.0
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection closes without an answer.
    Cut,
    /// An error answer.
    Error {
        /// The HTTP status, where one was asked for.
        status: Option<u16>,
        /// The platform's code, where one was asked for.
        code: Option<i64>,
        /// Seconds to wait, where given.
        retry_after: Option<u32>,
    },
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strike {
    /// How long it hangs first.
    pub(crate) delay: Duration,
    /// When it fails.
    pub(crate) moment: Moment,
    /// How it fails; `None`: it only takes longer.
    pub(crate) failure: Option<Failure>,
}

impl Strike {
    /// The failure that happens at this moment.
    pub(crate) fn failure_at(self, moment: Moment) -> Option<Failure> {
        self.failure.filter(|_| self.moment == moment)
    }
}

/// All trouble that was asked for, in that order.
#[derive(Debug)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    dice: u64,
}

impl Default for Faults {
    fn default() -> Self {
        // The same dice in every run: a test that fails can be repeated.
        Self { faults: Vec::new(), dice: 0x9E37_79B9_7F4A_7C15 }
    }
}

/// Why a fault cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadFault {
    #[error("rate must be from 0 to 1")]
    Rate,
    #[error("status must be an HTTP status from 200 to 599")]
    Status,
    #[error("give status, code, drop or delay_ms: this fault would do nothing")]
    Nothing,
    #[error("after: \"status\" is for WhatsApp, and needs a code")]
    StatusMoment,
}

impl Faults {
    /// Adds trouble.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), BadFault> {
        if !(0.0..=1.0).contains(&fault.rate) {
            return Err(BadFault::Rate);
        }
        if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err(BadFault::Status);
        }
        if fault.after == Moment::Status && (fault.channel != Channel::Whatsapp || fault.code.is_none()) {
            return Err(BadFault::StatusMoment);
        }
        if fault.status.is_none() && fault.code.is_none() && !fault.drop && fault.delay_ms == 0 {
            return Err(BadFault::Nothing);
        }
        self.faults.push(fault);
        Ok(())
    }

    /// What was asked for, with the number of hits.
    pub(crate) fn list(&self) -> &[Fault] {
        &self.faults
    }

    /// Makes everything work again.
    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    /// Decides what happens to a call. `addresses` are the ways to name the person.
    pub(crate) fn strike(
        &mut self,
        channel: Channel,
        account: &str,
        kind: &str,
        addresses: &[&str],
    ) -> Strike {
        let dice = &mut self.dice;
        let struck = self
            .faults
            .iter_mut()
            .find(|fault| fault.concerns(channel, account, kind, addresses) && roll(dice) < fault.rate);
        let Some(fault) = struck else { return Strike::default() };
        fault.hits += 1;
        Strike { delay: Duration::from_millis(fault.delay_ms), moment: fault.after, failure: fault.failure() }
    }
}

impl Fault {
    fn concerns(&self, channel: Channel, account: &str, kind: &str, addresses: &[&str]) -> bool {
        let is_wanted_kind = match self.kind.as_deref() {
            None => kind != STATUS,
            Some("any") => true,
            Some(wanted) => wanted == kind,
        };
        self.channel == channel
            && is_wanted_kind
            && self.count.is_none_or(|count| self.hits < count)
            && self.account.as_ref().is_none_or(|wanted| wanted == account)
            && self.to.as_ref().is_none_or(|to| addresses.contains(&to.trim_start_matches('+')))
    }

    fn failure(&self) -> Option<Failure> {
        if self.drop {
            return Some(Failure::Cut);
        }
        let (status, code) = (self.status, self.code);
        (status.is_some() || code.is_some()).then_some(Failure::Error {
            status,
            code,
            retry_after: self.retry_after,
        })
    }
}

/// A number from 0 up to 1 (xorshift64*).
pub(crate) fn roll(state: &mut u64) -> f64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    // The upper 32 bits fit an f64 exactly.
    let bits = (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32;
    f64::from(bits) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn faults(values: &[Value]) -> Faults {
        let mut faults = Faults::default();
        for value in values {
            let fault: Fault =
                serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(faults.add(fault), Ok(()), "{value}");
        }
        faults
    }

    fn hits(faults: &mut Faults, calls: usize) -> usize {
        let strike =
            |faults: &mut Faults| faults.strike(Channel::Whatsapp, "main", "text", &["49170", "DE.1"]);
        (0..calls).filter(|_| strike(faults) != Strike::default()).count()
    }

    #[test]
    fn a_fault_strikes_only_what_it_names() {
        for (name, fault, expected) in [
            ("any message", json!({"channel": "whatsapp", "status": 500}), 1),
            ("this person", json!({"channel": "whatsapp", "status": 500, "to": "+49170"}), 1),
            ("this person by id", json!({"channel": "whatsapp", "status": 500, "to": "DE.1"}), 1),
            ("another person", json!({"channel": "whatsapp", "status": 500, "to": "49171"}), 0),
            ("another channel", json!({"channel": "telegram", "status": 500}), 0),
            ("another account", json!({"channel": "whatsapp", "status": 500, "account": "b"}), 0),
            ("another kind", json!({"channel": "whatsapp", "status": 500, "kind": "status"}), 0),
            ("any kind", json!({"channel": "whatsapp", "delay_ms": 5, "kind": "any"}), 1),
            ("never", json!({"channel": "whatsapp", "status": 500, "rate": 0}), 0),
        ] {
            assert_eq!(hits(&mut faults(&[fault]), 1), expected, "{name}");
        }
    }

    #[test]
    fn a_fault_ends_after_its_count_and_the_next_one_takes_over() {
        let mut faults = faults(&[
            json!({"channel": "whatsapp", "drop": true, "count": 2}),
            json!({"channel": "whatsapp", "code": 131056, "count": 1}),
        ]);
        let mut next = || faults.strike(Channel::Whatsapp, "main", "text", &[]).failure;
        assert_eq!([next(), next()], [Some(Failure::Cut), Some(Failure::Cut)]);
        assert_eq!(next(), Some(Failure::Error { status: None, code: Some(131_056), retry_after: None }));
        assert_eq!(next(), None);
    }

    #[test]
    fn a_rate_strikes_about_that_share() {
        let mut faults = faults(&[json!({"channel": "whatsapp", "status": 500, "rate": 0.25})]);
        let hit = hits(&mut faults, 10_000);
        assert!((2_300..2_700).contains(&hit), "{hit}");
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        for (fault, expected) in [
            (json!({"channel": "whatsapp", "status": 500, "rate": 1.5}), BadFault::Rate),
            (json!({"channel": "whatsapp", "status": 99}), BadFault::Status),
            (json!({"channel": "whatsapp"}), BadFault::Nothing),
            (json!({"channel": "telegram", "code": 400, "after": "status"}), BadFault::StatusMoment),
        ] {
            let parsed: Fault =
                serde_json::from_value(fault.clone()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Faults::default().add(parsed), Err(expected), "{fault}");
        }
    }
}
