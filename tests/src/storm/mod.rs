//! A storm: many people write at once, agents work, platforms misbehave, queues carry things twice, and
//! workerd is killed again and again at random moments. At the end an [`Audit`] compares what was sent,
//! stored, answered and listed.
//!
//! Everything random comes from one seed, so that a failing run can be repeated as far as the timing of a
//! real process allows. `cargo xtask faults` and an end-to-end test run the same code.

mod agents;
mod audit;
mod dice;
mod kills;
mod traffic;
mod trouble;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::future::try_join_all;
use tokio::sync::watch;

pub use audit::Audit;
pub use kills::Outage;

use crate::World;
use agents::Team;
use dice::Dice;
use traffic::Contact;

/// How long a storm may take to calm down before it counts as failed: longer than the longest pause of the
/// worker that it waits for, a minute until the desk is told a third time.
const PATIENCE: Duration = Duration::from_secs(150);

/// How hard it blows.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often workerd is killed.
    pub kills: u32,
    /// Where everything random comes from.
    pub seed: u64,
    /// How many people write.
    pub contacts: u32,
    /// Whether every kill is told on standard output.
    pub verbose: bool,
}

/// What all parts of a storm share.
struct Storm {
    world: World,
    plan: Plan,
    /// How many kills there were so far; traffic is spread over them.
    kills: watch::Sender<u32>,
}

/// Runs a storm in a world of its own and prints the audit.
///
/// # Errors
/// When something was lost or doubled, or does not come to rest; the message holds the seed.
pub fn run(plan: Plan) -> Result<Audit> {
    let outcome: Result<Audit> = crate::ASYNC.block_on(async {
        let world = World::start(|launch| launch.faults = true).await?;
        let audit = Box::pin(weather(world, plan)).await?;
        println!("{audit}");
        audit.check()?;
        Ok(audit)
    });
    outcome.with_context(|| format!("the storm of seed {} with {} kills", plan.seed, plan.kills))
}

async fn weather(world: World, plan: Plan) -> Result<Audit> {
    println!("storm: seed {}, {} kills, {} contacts", plan.seed, plan.kills, plan.contacts);
    let settings = serde_json::json!({"redeliver": true, "keep_webhooks": true});
    world.simulator_post("/sim/settings", &settings).await?;
    let storm = Storm { world, plan, kills: watch::Sender::new(0) };
    let team = Team::hire(&storm.world).await?;
    trouble::start(&storm.world).await?;

    let people = (0..plan.contacts).map(|number| {
        let dice = Dice::new(plan.seed, u64::from(number) + 1);
        traffic::live(&storm, Contact::new(number, dice), &team)
    });
    let (mut contacts, outages) =
        tokio::try_join!(try_join_all(people), kills::kill_again_and_again(&storm))?;
    storm.tell("every person has written; waiting until all is delivered and at the desk");
    everything_is_taken(&storm.world).await?;
    redeliver(&storm.world, 1, plan.seed).await?;
    trouble::spoil_queues(&storm.world).await?;
    let handed_over = audit::wait_for_hand_overs(&storm.world, &contacts).await?;

    // From here on every conversation has a thread, which shows all of it.
    for contact in &mut contacts {
        contact.ask_for_a_human(&storm).await?;
    }
    everything_is_taken(&storm.world).await?;
    redeliver(&storm.world, 2, plan.seed.wrapping_add(1)).await?;
    trouble::expect_dead_letters(&storm.world).await?;
    storm.tell("redelivered everything; reading all transcripts");
    audit::audit(&storm.world, &contacts, handed_over, &outages).await
}

impl Storm {
    fn tell(&self, what: &str) {
        if self.plan.verbose {
            println!("{what}");
        }
    }
}

/// Waits until the platforms got a 200 for every webhook.
async fn everything_is_taken(world: &World) -> Result<()> {
    patiently("every webhook is taken", async || {
        let standing = standing(world).await?;
        Ok((standing["kept"] == standing["taken"] && standing["under_way"] == 0).then_some(()))
    })
    .await
}

/// Everything is delivered again, in another order, so many times.
async fn redeliver(world: &World, times: u32, seed: u64) -> Result<()> {
    let before = standing(world).await?["takings"].as_u64().unwrap_or_default();
    let wanted = serde_json::json!({"times": times, "seed": seed});
    let answer = world.simulator_post("/sim/redeliver", &wanted).await?;
    everything_is_taken(world).await?;
    let takings = standing(world).await?["takings"].as_u64().unwrap_or_default();
    let wanted = answer["deliveries"].as_u64().unwrap_or_default();
    if wanted == 0 || takings < before + wanted {
        bail!("{wanted} redeliveries were wanted, {} taken", takings - before);
    }
    Ok(())
}

async fn standing(world: &World) -> Result<serde_json::Value> {
    let url = format!("{}/sim/webhooks", world.simulator.url());
    Ok(world.client.get(url).send().await?.error_for_status()?.json().await?)
}

/// Looks until there is something to see; trouble with looking only means to look again.
///
/// # Errors
/// After [`PATIENCE`]; names what was waited for and what went wrong last.
async fn patiently<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let mut last = String::new();
    let outcome = tokio::time::timeout(PATIENCE, async {
        loop {
            match look().await {
                Ok(Some(seen)) => return seen,
                Ok(None) => {}
                Err(error) => last = format!(": {error:#}"),
            }
            tokio::time::sleep(crate::LOOK_EVERY).await;
        }
    });
    match outcome.await {
        Ok(seen) => Ok(seen),
        Err(_) => bail!("waited {PATIENCE:?} in vain: {what}{last}"),
    }
}
