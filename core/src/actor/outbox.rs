//! When a message leaves, when it is tried again, and when it is given up: the rules of the outbox.
//!
//! A send whose outcome is unknown (the call broke, or the object died between call and record) waits for
//! the platform's report with our id; only if none comes in time is it sent again. Must not know rows,
//! calls or conversations: [`super::sending`] applies what is decided here.

use serde::{Deserialize, Serialize};

use crate::channel::{SendError, SendErrorKind};
use crate::settings::{OnUncertain, Sending};
use crate::time::UnixMillis;

const BACKOFF_FIRST_MILLIS: i64 = 1_000;
const BACKOFF_MAX_MILLIS: i64 = 5 * 60_000;
/// WhatsApp's pair limit: back off 4^X seconds for this recipient.
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const PAIR_BACKOFF_FIRST_MILLIS: i64 = 4_000;
/// How often the time for evidence doubles at most.
const MAX_DOUBLINGS: u32 = 6;
const HOUR_MILLIS: i64 = 60 * 60_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// How a send stands. Stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether an attempt was made whose outcome nobody knows yet.
    pub unsettled: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was first to be sent.
    pub first_at: UnixMillis,
    /// When it is to be tried (again).
    pub next_at: UnixMillis,
}

/// What the settings and the platform say about sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long an unknown outcome waits for evidence.
    pub settle_millis: i64,
    /// How long a message is tried at all.
    pub give_up_millis: i64,
    /// Whether an unknown outcome without evidence is sent again.
    pub resend_unsettled: bool,
}

impl Rules {
    /// The rules for a platform: where it reports what became of a send, silence means that nothing
    /// went out; where it does not, a setting decides.
    #[must_use]
    pub fn new(sending: &Sending, gives_evidence: bool) -> Self {
        Self {
            settle_millis: i64::from(sending.settle_seconds.get()) * 1_000,
            give_up_millis: i64::from(sending.max_attempt_hours.get()) * HOUR_MILLIS,
            resend_unsettled: gives_evidence || sending.on_uncertain == OnUncertain::SendAgain,
        }
    }
}

/// The longest pause between two tries to tell an object of ours.
const TELL_PAUSE_MAX_MILLIS: i64 = 30 * 60_000;
/// How often that pause doubles at most.
const TELL_MAX_DOUBLINGS: u32 = 10;

impl Rules {
    /// How long after the try that follows `attempts` others an object of ours is told again: as long as the
    /// alarm that guards a change is away at first, then doubling.
    #[must_use]
    pub fn tell_pause_millis(self, attempts: u32) -> i64 {
        let pause = self.settle_millis << attempts.min(TELL_MAX_DOUBLINGS);
        pause.min(TELL_PAUSE_MAX_MILLIS.max(self.settle_millis))
    }
}

/// What to do about the oldest send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Not yet.
    Wait,
    /// Give it up: nobody knows whether it went out, and it took too long or the settings say that a human
    /// decides.
    GiveUp,
    /// Record this standing, then make the call.
    Attempt(Standing),
}

/// Decides about the oldest send.
#[must_use]
pub fn next(standing: Standing, rules: Rules, now: UnixMillis) -> Next {
    let took_too_long = now.millis_since(standing.first_at) > rules.give_up_millis;
    if standing.next_at > now {
        Next::Wait
    } else if standing.unsettled && (took_too_long || !rules.resend_unsettled) {
        Next::GiveUp
    } else {
        Next::Attempt(Standing {
            unsettled: true,
            attempts: standing.attempts + 1,
            next_at: now.plus_millis(rules.settle_millis),
            ..standing
        })
    }
}

/// Decides about a send whose call broke. The evidence has its whole time from now on: a call that hung
/// may have reached the platform only at its end, and a busy machine hears of that later still. The
/// time doubles with every attempt, since each may be one message more.
#[must_use]
pub fn after_unknown(standing: Standing, rules: Rules, now: UnixMillis) -> Standing {
    let doublings = standing.attempts.saturating_sub(1).min(MAX_DOUBLINGS);
    Standing { unsettled: true, next_at: now.plus_millis(rules.settle_millis << doublings), ..standing }
}

/// What follows from a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterRefusal {
    /// Try again with this standing; with another address of the person, where there is one.
    Retry {
        /// The standing to record.
        standing: Standing,
        /// The id under which the chat lives on.
        moved_to: Option<String>,
    },
    /// No retry can help, or it took too long.
    Fail,
}

/// Decides about a send that the platform refused. `dice` spreads retries, so that thousands do not
/// come back at the same instant.
#[must_use]
pub fn after_refusal(
    standing: Standing,
    error: &SendError,
    rules: Rules,
    now: UnixMillis,
    dice: u8,
) -> AfterRefusal {
    let took_too_long = now.millis_since(standing.first_at) > rules.give_up_millis;
    let is_tried_enough = error.kind.most_attempts().is_some_and(|most| standing.attempts >= most);
    if took_too_long || is_tried_enough {
        return AfterRefusal::Fail;
    }
    let moved_to = match &error.kind {
        SendErrorKind::Moved { contact_id } => Some(contact_id.clone()),
        _ => None,
    };
    let next_at = now.plus_millis(pause_millis(&error.kind, standing.attempts, dice));
    AfterRefusal::Retry { standing: Standing { unsettled: false, next_at, ..standing }, moved_to }
}

/// How long to wait before the next attempt: up to a quarter more than the rule says, never less.
fn pause_millis(kind: &SendErrorKind, attempts: u32, dice: u8) -> i64 {
    let growing = |first: i64, factor: i64| {
        (1..attempts).fold(first, |pause, _| (pause * factor).min(BACKOFF_MAX_MILLIS))
    };
    let pause = match kind {
        // A chat that moved once may be written to at once; one that keeps moving is a fault.
        SendErrorKind::Moved { .. } if attempts <= 1 => return 0,
        SendErrorKind::Throttled { wait_secs: Some(secs) } => i64::from(*secs) * 1_000,
        SendErrorKind::RecipientThrottled => growing(PAIR_BACKOFF_FIRST_MILLIS, 4),
        SendErrorKind::WaitADay => DAY_MILLIS,
        SendErrorKind::PauseAccount | SendErrorKind::Unauthorized => BACKOFF_MAX_MILLIS,
        _ => growing(BACKOFF_FIRST_MILLIS, 2),
    };
    pause + pause * i64::from(dice) / 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);
    const RULES: Rules = Rules { settle_millis: 60_000, give_up_millis: DAY_MILLIS, resend_unsettled: true };
    const NEW: Standing = Standing { unsettled: false, attempts: 0, first_at: NOW, next_at: NOW };

    fn error(kind: SendErrorKind) -> SendError {
        SendError { kind, code: None, detail: String::new() }
    }

    fn pause(kind: SendErrorKind, attempts: u32, dice: u8) -> Option<i64> {
        match after_refusal(Standing { attempts, ..NEW }, &error(kind), RULES, NOW, dice) {
            AfterRefusal::Retry { standing, .. } => Some(standing.next_at.millis_since(NOW)),
            AfterRefusal::Fail => None,
        }
    }

    #[test]
    fn an_attempt_is_recorded_as_unsettled_until_the_evidence_is_due() {
        let recorded =
            Standing { unsettled: true, attempts: 1, first_at: NOW, next_at: NOW.plus_millis(60_000) };
        assert_eq!(next(NEW, RULES, NOW), Next::Attempt(recorded));
        assert_eq!(next(recorded, RULES, NOW.plus_millis(59_999)), Next::Wait);
    }

    #[test]
    fn a_call_that_hung_longer_than_the_settle_time_still_waits_for_evidence() {
        let Next::Attempt(recorded) = next(NEW, RULES, NOW) else { panic!("it is due") };
        let broke_at = NOW.plus_millis(90_000);
        let waiting = after_unknown(recorded, RULES, broke_at);
        assert_eq!((waiting.unsettled, waiting.attempts, waiting.first_at), (true, 1, NOW));
        assert_eq!(next(waiting, RULES, broke_at.plus_millis(59_999)), Next::Wait);
        assert!(matches!(next(waiting, RULES, broke_at.plus_millis(60_000)), Next::Attempt(_)));
    }

    #[test]
    fn what_stays_unknown_is_tried_more_and_more_rarely_and_then_given_up() {
        let mut standing = NEW;
        let mut now = NOW;
        let mut waits = Vec::new();
        while let Next::Attempt(attempted) = next(standing, RULES, now) {
            standing = after_unknown(attempted, RULES, now);
            waits.push(standing.next_at.millis_since(now) / 60_000);
            now = standing.next_at;
        }
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 64, 64]);
        assert_eq!(next(standing, RULES, now), Next::GiveUp);
        assert!(now.millis_since(NOW) < DAY_MILLIS + 64 * 60_000 + 1);
    }

    #[test]
    fn without_evidence_in_time_it_is_sent_again_or_shown_as_the_settings_say() {
        let unsettled = Standing { unsettled: true, attempts: 1, ..NEW };
        assert!(matches!(next(unsettled, RULES, NOW), Next::Attempt(Standing { attempts: 2, .. })));
        assert_eq!(next(unsettled, Rules { resend_unsettled: false, ..RULES }, NOW), Next::GiveUp);
        assert!(matches!(next(NEW, Rules { resend_unsettled: false, ..RULES }, NOW), Next::Attempt(_)));
    }

    #[test]
    fn pauses_follow_the_rule_of_their_kind() {
        let rows = [
            ("first transient", SendErrorKind::Transient, 1, Some(1_000)),
            ("fourth transient", SendErrorKind::Transient, 4, Some(8_000)),
            ("transient forever", SendErrorKind::Transient, 4_000_000, Some(BACKOFF_MAX_MILLIS)),
            ("throttled with a time", SendErrorKind::Throttled { wait_secs: Some(17) }, 3, Some(17_000)),
            ("throttled without", SendErrorKind::Throttled { wait_secs: None }, 2, Some(2_000)),
            ("pair limit", SendErrorKind::RecipientThrottled, 3, Some(64_000)),
            ("wait a day", SendErrorKind::WaitADay, 1, Some(DAY_MILLIS)),
            ("refused credentials", SendErrorKind::Unauthorized, 1, Some(BACKOFF_MAX_MILLIS)),
            ("moved", SendErrorKind::Moved { contact_id: "-100".to_owned() }, 1, Some(0)),
            ("moving on and on", SendErrorKind::Moved { contact_id: "-100".to_owned() }, 2, Some(2_000)),
            ("media, the first time", SendErrorKind::MediaTrouble, 1, Some(1_000)),
            ("media, the second time", SendErrorKind::MediaTrouble, 2, None),
            ("window closed", SendErrorKind::WindowClosed, 1, None),
            ("unreachable", SendErrorKind::Unreachable, 1, None),
            ("refused", SendErrorKind::Refused, 1, None),
        ];
        for (name, kind, attempts, expected) in rows {
            assert_eq!(pause(kind, attempts, 0), expected, "{name}");
        }
    }

    #[test]
    fn the_dice_only_ever_add_up_to_a_quarter() {
        for dice in 0..=255 {
            let waited = pause(SendErrorKind::Transient, 3, dice).unwrap_or_default();
            assert!((4_000..=5_000).contains(&waited), "{dice}: {waited}");
        }
    }

    #[test]
    fn a_message_is_given_up_after_its_time() {
        let old = Standing { first_at: NOW.plus_millis(-DAY_MILLIS - 1), attempts: 9, ..NEW };
        assert_eq!(after_refusal(old, &error(SendErrorKind::Transient), RULES, NOW, 0), AfterRefusal::Fail);
    }

    #[test]
    fn a_refusal_settles_the_attempt() {
        let attempted = Standing { unsettled: true, attempts: 1, ..NEW };
        let after = after_refusal(attempted, &error(SendErrorKind::Transient), RULES, NOW, 0);
        assert!(matches!(
            after,
            AfterRefusal::Retry { standing: Standing { unsettled: false, .. }, moved_to: None }
        ));
    }
}
