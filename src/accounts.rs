//! The accounts that lotse sends from, as their pacers see them: for operators and for `/healthz`.

use std::cell::RefCell;

use futures_util::future::join_all;
use lotse_core::api::SendingAccount;
use lotse_core::channel::ChannelName;
use lotse_core::pacing::{AccountState, Status};
use worker::{Env, Result};

use crate::environment::Environment;
use crate::log::Value;
use crate::pacer_do::PacerCall;
use crate::{call, clock, log, objects};

/// How long a pacer has to answer.
const ANSWER_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);
/// How long `/healthz`, which anybody may ask, takes from memory what pacers said.
const FRESH_MILLIS: i64 = 5_000;

thread_local! {
    static HALTED: RefCell<Option<(i64, Vec<String>)>> = const { RefCell::new(None) };
}

/// Every configured account; one whose pacer does not answer is [`AccountState::Unknown`].
pub async fn list(env: &Env, environment: &Environment) -> Vec<SendingAccount> {
    let named = environment.settings.accounts.iter();
    let all = named.flat_map(|(channel, named)| named.keys().map(|account| (*channel, account.as_str())));
    join_all(all.map(|(channel, account)| one(env, environment, channel, account))).await
}

/// Tells the pacer of an account something that it answers with how the account stands.
///
/// # Errors
/// When the pacer cannot be reached or takes too long.
pub async fn tell(
    env: &Env,
    environment: &Environment,
    channel: ChannelName,
    account: &str,
    what: &PacerCall,
) -> Result<SendingAccount> {
    let stub = objects::pacer(env, channel, account)?;
    let status: Status = call::within(ANSWER_WITHIN, call::call(&stub, what)).await?;
    let rate = environment.settings.rate(channel, account);
    Ok(SendingAccount::new(channel, account.to_owned(), rate, status))
}

/// The accounts whose messages wait, as `channel/account`; a few seconds old at most.
pub async fn halted(env: &Env, environment: &Environment) -> Vec<String> {
    let now = clock::now().0;
    let known = HALTED.with_borrow(Clone::clone);
    if let Some((_, names)) = known.filter(|(at, _)| (0..FRESH_MILLIS).contains(&(now - at))) {
        return names;
    }
    let accounts = list(env, environment).await;
    let halted = accounts.into_iter().filter(|account| account.state.is_halted());
    let names: Vec<String> =
        halted.map(|account| format!("{}/{}", account.channel, account.account)).collect();
    HALTED.set(Some((now, names.clone())));
    names
}

async fn one(env: &Env, environment: &Environment, channel: ChannelName, account: &str) -> SendingAccount {
    match tell(env, environment, channel, account, &PacerCall::Status).await {
        Ok(account) => account,
        Err(error) => {
            let whose = [("channel", Value::Channel(channel)), ("account", Value::Account(account))];
            log::warn("pacer_silent", &[whose[0].clone(), whose[1].clone(), log::cause(&error)]);
            let unknown = Status {
                state: AccountState::Unknown,
                since: None,
                reason: None,
                next_try_at: None,
                by: None,
            };
            let rate = environment.settings.rate(channel, account);
            SendingAccount::new(channel, account.to_owned(), rate, unknown)
        }
    }
}
