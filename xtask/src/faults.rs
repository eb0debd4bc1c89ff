//! `cargo xtask faults`: a storm of messages, kills and faults against the built worker, and its audit.

use std::time::UNIX_EPOCH;

use anyhow::Result;
use clap::Args;
use lotse_tests::storm::{Plan, run as storm};

use crate::worker;

/// Kill the worker again and again under load, and audit what was lost or doubled.
///
/// Both times in `[sending]` of lotse.toml are short. Where so many people write that the platform's report of a call
/// without an answer comes only after `settle_seconds`, the message is sent again as the settings say, and counts as
/// doubled: take fewer people, or 10 and 60 for the two as for real platforms.
#[derive(Args)]
pub struct FaultsArgs {
    /// How often workerd is killed.
    #[arg(long, default_value_t = 500, value_name = "NUMBER")]
    kills: u32,
    /// Repeat the storm of this seed; without it every storm is another.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many people write.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
    contacts: u32,
}

/// Builds the worker and runs the storm; prints every kill and the audit.
///
/// # Errors
/// When something was lost or doubled, or does not come to rest.
pub fn run(arguments: &FaultsArgs) -> Result<()> {
    worker::build()?;
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => UNIX_EPOCH.elapsed()?.as_secs(),
    };
    storm(Plan { kills: arguments.kills, seed, contacts: arguments.contacts, verbose: true }).map(drop)
}
