//! workerd dies at random moments and is started again.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Result;
use serde_json::json;

use super::dice::Dice;
use super::{Storm, trouble};

/// How long workerd lives between two kills, in milliseconds: from hardly awake to well at work.
const LIFE_MILLIS: (u64, u64) = (20, 900);
/// How many webhooks of earlier are delivered again while it lives.
const REDELIVERED: u32 = 8;
/// Platforms behave again after this share of the kills, in percent, so that what waits has a chance.
const TROUBLE_PERCENT: u32 = 80;

/// A time in which nobody answered.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// When workerd was killed, in Unix milliseconds.
    pub at: i64,
    /// How long it took until it listened again.
    pub lasted: Duration,
}

/// The time in Unix milliseconds.
pub(super) fn now() -> Result<i64> {
    Ok(i64::try_from(UNIX_EPOCH.elapsed()?.as_millis())?)
}

/// Kills it as often as planned; traffic goes on meanwhile.
pub(super) async fn kill_again_and_again(storm: &Storm) -> Result<Vec<Outage>> {
    let mut dice = Dice::new(storm.plan.seed, 0);
    let (mut outages, mut is_trouble) = (Vec::new(), true);
    for kill in 0..storm.plan.kills {
        storm.kills.send_replace(kill);
        // On a slow machine hardly anything was sent by then: trouble goes on until it has struck.
        let is_due = kill >= storm.plan.kills * TROUBLE_PERCENT / 100;
        if is_trouble && is_due && trouble::has_cut_calls_off(&storm.world).await? {
            storm.world.end_faults().await?;
            is_trouble = false;
        }
        let again = json!({"sample": REDELIVERED, "seed": dice.next()});
        storm.world.simulator_post("/sim/redeliver", &again).await?;
        let life = Duration::from_millis(dice.between(LIFE_MILLIS.0, LIFE_MILLIS.1));
        // A stretch of life, not a wait for something: the moment of death is what is random.
        let _ = tokio::time::timeout(life, async {
            let _ = trouble::repeat_follow_ups(&storm.world).await;
            std::future::pending::<()>().await;
        })
        .await;
        let at = now()?;
        let lasted = storm.world.worker.crash().await?;
        outages.push(Outage { at, lasted });
        storm.tell(&format!(
            "kill {} of {} after {} ms of life; back after {} ms",
            kill + 1,
            storm.plan.kills,
            life.as_millis(),
            lasted.as_millis()
        ));
    }
    storm.kills.send_replace(u32::MAX);
    if is_trouble {
        let cut_off = async || Ok(trouble::has_cut_calls_off(&storm.world).await?.then_some(()));
        super::patiently("platforms have cut calls off", cut_off).await?;
        storm.world.end_faults().await?;
    }
    Ok(outages)
}
