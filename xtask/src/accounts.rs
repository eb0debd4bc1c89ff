//! `cargo xtask accounts`: which accounts send, and how an operator pauses and resumes one.

use anyhow::Result;
use clap::{Args, Subcommand};
use lotse_core::api::{NewPause, SendingAccount};
use lotse_core::pacing::AccountState;

use crate::api_client::{ApiClient, clock};

/// See which accounts send; pause and resume them.
#[derive(Args)]
pub struct AccountsArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    api: ApiClient,
}

#[derive(Subcommand)]
enum Command {
    /// List the accounts (also without a command)
    List,
    /// Hold back all that would leave an account, until somebody resumes it
    Pause {
        /// The account as CHANNEL/NAME, such as whatsapp/main
        account: String,
        /// Why, for colleagues
        reason: String,
    },
    /// Let an account send again, whatever holds it
    Resume {
        /// The account as CHANNEL/NAME, such as whatsapp/main
        account: String,
    },
}

/// Asks the API and prints how the accounts stand.
///
/// # Errors
/// When lotse is not there or refuses.
pub fn run(arguments: &AccountsArgs) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(ask(arguments))
}

async fn ask(arguments: &AccountsArgs) -> Result<()> {
    let api = &arguments.api;
    let accounts: Vec<SendingAccount> = match &arguments.command {
        None | Some(Command::List) => api.get("/accounts").await?,
        Some(Command::Pause { account, reason }) => {
            let pause = NewPause { reason: reason.clone() };
            vec![api.post(&format!("/accounts/{account}/pause"), &pause).await?]
        }
        Some(Command::Resume { account }) => vec![api.order(&format!("/accounts/{account}/resume")).await?],
    };
    accounts.iter().for_each(|account| println!("{}", line(account)));
    Ok(())
}

/// One account in one line.
fn line(account: &SendingAccount) -> String {
    let SendingAccount { channel, account: name, state, messages_per_second, .. } = account;
    let mut line = format!("{channel}/{name}  {}  up to {messages_per_second}/s", word(*state));
    if let Some(since) = account.since {
        line += &format!("  since {}", clock(since));
    }
    if let Some(by) = &account.by {
        line += &format!("  by {by}");
    }
    if let Some(reason) = &account.reason {
        line += &format!(": {reason}");
    }
    if let Some(next) = account.next_try_at {
        line += &format!("; tries again at {}", clock(next));
    }
    line
}

const fn word(state: AccountState) -> &'static str {
    match state {
        AccountState::Sending => "sends",
        AccountState::Throttled => "throttled",
        AccountState::Stopped => "stopped",
        AccountState::Trying => "tries again",
        AccountState::Paused => "paused",
        AccountState::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use lotse_core::channel::ChannelName;
    use lotse_core::pacing::{Rate, Status};
    use lotse_core::time::UnixMillis;

    use super::*;

    #[test]
    fn a_line_says_all_there_is_to_know() {
        let sends =
            Status { state: AccountState::Sending, since: None, reason: None, next_try_at: None, by: None };
        let paused = Status {
            state: AccountState::Paused,
            since: Some(UnixMillis(1_772_442_000_000)),
            reason: Some("drill".to_owned()),
            by: Some("Mia Sommer".to_owned()),
            ..sends.clone()
        };
        let stopped = Status {
            state: AccountState::Stopped,
            next_try_at: Some(UnixMillis(1_772_442_060_000)),
            by: None,
            ..paused.clone()
        };
        let rows = [
            (sends, "whatsapp/main  sends  up to 80/s"),
            (paused, "whatsapp/main  paused  up to 80/s  since 2026-03-02T09:00:00Z  by Mia Sommer: drill"),
            (
                stopped,
                "whatsapp/main  stopped  up to 80/s  since 2026-03-02T09:00:00Z: drill; \
                 tries again at 2026-03-02T09:01:00Z",
            ),
        ];
        for (status, expected) in rows {
            let account =
                SendingAccount::new(ChannelName::Whatsapp, "main".to_owned(), Rate::per_second(80), status);
            assert_eq!(line(&account), expected);
        }
    }
}
