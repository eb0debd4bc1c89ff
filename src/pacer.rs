//! The isolate's side of pacing: [`permit`] before an attempt, [`report`] after it.
//!
//! In the common case both only look into memory: slots were leased a moment ago, and a message that was
//! taken is nothing to tell. A pacer that does not answer within a second, or cannot be reached, holds nobody
//! up: the message leaves, and the platform's own refusals pace what follows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use lotse_core::channel::ChannelName;
use lotse_core::pacing::{Answer, Ask, CallId, Decision, Isolate, Lane, Outcome, ProbeId, Slot};
use lotse_core::time::UnixMillis;
use worker::{Env, Error, Result};

use crate::log::Value;
use crate::pacer_do::PacerCall;
use crate::{call, clock, log, objects};

/// How long a message waits for the pacer.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

thread_local! {
    static ACCOUNTS: RefCell<HashMap<ChannelName, HashMap<String, Isolate>>> = RefCell::default();
}

/// Whether a message may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Send it now.
    Now {
        /// Hand this to [`report`], whatever becomes of it.
        probe: Option<ProbeId>,
    },
    /// Not before [`Slot::at`]: set the alarm, keep the slot with the message, and bring it along then.
    NotBefore(Slot),
    /// The account is halted: likewise, and the line may say that it waits.
    Paused(Slot),
}

/// Takes a slot that this isolate has leased, if one is at hand.
pub fn take(channel: ChannelName, account: &str, lane: Lane) -> bool {
    with(channel, account, |isolate| isolate.take(lane, clock::now()))
}

/// A call to the platform, for as long as it is out.
pub struct CallOut<'a> {
    channel: ChannelName,
    account: &'a str,
    call: CallId,
}

impl<'a> CallOut<'a> {
    /// The call begins. It ends when this is dropped.
    pub fn begin(channel: ChannelName, account: &'a str) -> Self {
        let call = with(channel, account, |isolate| isolate.begin_call(clock::now()));
        Self { channel, account, call }
    }
}

impl Drop for CallOut<'_> {
    fn drop(&mut self) {
        with(self.channel, self.account, |isolate| isolate.end_call(self.call));
    }
}

/// Asks whether one message may leave an account now. `held` is the slot that it was told before, if any.
///
/// Waits while too many calls of this isolate are out, and then up to a second: for the pacer's answer, or until a slot
/// that is nearly there.
pub async fn permit(
    env: &Env,
    channel: ChannelName,
    account: &str,
    lane: Lane,
    held: Option<Slot>,
) -> Permit {
    while let Some(turn) = with(channel, account, |isolate| isolate.turn(lane, clock::now())) {
        wait_until(turn).await;
    }
    let decide = |isolate: &mut Isolate| isolate.decide(lane, held, clock::now(), clock::dice()[2]);
    match with(channel, account, decide) {
        Decision::Ask(asked) => {
            let decision = match ask(env, channel, account, asked).await {
                Ok(answer) => with(channel, account, |isolate| isolate.answered(asked, answer, clock::now())),
                Err(error) => {
                    log::warn("pacer_silent", &whose(channel, account, &error));
                    let dice = clock::dice()[2];
                    with(channel, account, |isolate| isolate.not_answered(asked, clock::now(), dice))
                }
            };
            carry_out(decision).await
        }
        decision => carry_out(decision).await,
    }
}

/// Tells the pacer what became of an attempt, if that is news: an account that works and is known to work is
/// not. Costs nothing then. Let it run on after the object has gone on with its work (`wait_until`).
pub async fn report(
    env: &Env,
    channel: ChannelName,
    account: &str,
    probe: Option<ProbeId>,
    outcome: Outcome,
) {
    if outcome == Outcome::Works && probe.is_none() {
        return;
    }
    let told = async {
        call::tell(&objects::pacer(env, channel, account)?, &PacerCall::Report { outcome, probe }).await
    };
    if let Err(error) = told.await {
        log::warn("pacer_not_told", &whose(channel, account, &error));
    }
}

fn whose<'a>(channel: ChannelName, account: &'a str, error: &Error) -> [(&'static str, Value<'a>); 3] {
    [("channel", Value::Channel(channel)), ("account", Value::Account(account)), log::cause(error)]
}

async fn carry_out(decision: Decision) -> Permit {
    match decision {
        Decision::Send { probe } => Permit::Now { probe },
        Decision::SendAt(at) => {
            wait_until(at).await;
            Permit::Now { probe: None }
        }
        Decision::NotBefore(slot) => Permit::NotBefore(slot),
        Decision::Halted(slot, _) => Permit::Paused(slot),
        // An answer never leads to another question; should it ever, the message leaves.
        Decision::Ask(_) => Permit::Now { probe: None },
    }
}

async fn ask(env: &Env, channel: ChannelName, account: &str, ask: Ask) -> Result<Answer> {
    let stub = objects::pacer(env, channel, account)?;
    let body = PacerCall::Ask { channel, account: account.to_owned(), ask };
    call::within(ANSWER_WITHIN, call::call(&stub, &body)).await
}

async fn wait_until(at: UnixMillis) {
    let millis = u64::try_from(at.millis_since(clock::now())).unwrap_or(0);
    clock::sleep(Duration::from_millis(millis)).await;
}

/// Never held across an await: the isolate has one thread, and the closure has none.
fn with<T>(channel: ChannelName, account: &str, work: impl FnOnce(&mut Isolate) -> T) -> T {
    ACCOUNTS.with_borrow_mut(|accounts| {
        let named = accounts.entry(channel).or_default();
        if let Some(isolate) = named.get_mut(account) {
            return work(isolate);
        }
        work(named.entry(account.to_owned()).or_default())
    })
}
