//! Webhooks that are kept on request (the setting `keep_webhooks`), so that all of them can be delivered
//! again later, in any order, as platforms do after trouble on their side.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::deliver::Webhook;
use crate::faults::roll;
use crate::world::{World, lock};

/// How many webhooks are kept; beyond that the oldest go.
const CAPACITY: usize = 500_000;
/// How many redeliveries are on their way at once.
const AT_ONCE: usize = 16;

/// How often one webhook was answered with 2xx.
#[derive(Debug, Default)]
pub(crate) struct Taken(AtomicU64);

impl Taken {
    /// Notes one more.
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What is kept.
#[derive(Default)]
pub(crate) struct KeptWebhooks {
    kept: Mutex<VecDeque<(Webhook, Arc<Taken>)>>,
    under_way: AtomicU64,
}

/// How the kept webhooks stand.
#[derive(Debug, Serialize)]
pub(crate) struct Standing {
    kept: usize,
    /// How many of them were answered with 2xx at least once.
    taken: usize,
    /// How many deliveries were answered with 2xx in all.
    takings: u64,
    /// How many redeliveries that were asked for are not taken yet.
    under_way: u64,
}

/// What to deliver again.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redelivery {
    /// How often.
    #[serde(default = "once")]
    times: usize,
    /// So many of them only, the choice being up to the dice.
    sample: Option<usize>,
    /// What the dice start from: the same seed gives the same order.
    #[serde(default)]
    seed: u64,
}

const fn once() -> usize {
    1
}

impl KeptWebhooks {
    /// Keeps a webhook; notes in the result how often it was taken.
    pub(crate) fn keep(&self, webhook: Webhook) -> Arc<Taken> {
        let taken = Arc::new(Taken::default());
        let mut kept = lock(&self.kept);
        if kept.len() >= CAPACITY {
            kept.pop_front();
        }
        kept.push_back((webhook, taken.clone()));
        taken
    }

    /// How they stand.
    pub(crate) fn standing(&self) -> Standing {
        let kept = lock(&self.kept);
        let takings = || kept.iter().map(|(_, taken)| taken.0.load(Ordering::Relaxed));
        Standing {
            kept: kept.len(),
            taken: takings().filter(|times| *times > 0).count(),
            takings: takings().sum(),
            under_way: self.under_way.load(Ordering::Relaxed),
        }
    }

    fn choose(&self, wanted: Redelivery) -> Vec<Webhook> {
        let kept = lock(&self.kept);
        let all = kept.iter().map(|(webhook, taken)| webhook.clone().noting(taken.clone()));
        let mut chosen: Vec<Webhook> = all.collect();
        drop(kept);
        // xorshift must not start from zero.
        let mut dice = wanted.seed | 1;
        shuffle(&mut chosen, &mut dice);
        chosen.truncate(wanted.sample.unwrap_or(usize::MAX));
        let mut repeated: Vec<Webhook> =
            chosen.iter().flat_map(|it| vec![it.clone(); wanted.times]).collect();
        shuffle(&mut repeated, &mut dice);
        repeated
    }
}

/// Puts things into a random order (Fisher and Yates).
fn shuffle<T>(things: &mut [T], dice: &mut u64) {
    for last in (1..things.len()).rev() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 up to last")]
        let other = (roll(dice) * (last + 1) as f64) as usize;
        things.swap(last, other.min(last));
    }
}

/// Delivers kept webhooks again in the background, each until it is taken; returns how many deliveries
/// that will be.
pub(crate) fn redeliver(world: &Arc<World>, wanted: Redelivery) -> usize {
    let webhooks = world.kept.choose(wanted);
    let count = webhooks.len();
    world.kept.under_way.fetch_add(count as u64, Ordering::Relaxed);
    let owner = world.clone();
    world.spawn(async move {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        for webhook in webhooks {
            // Fails only when the semaphore is closed, which nobody does.
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            let poster = owner.clone();
            owner.spawn(async move {
                webhook.post_until_taken(&poster).await;
                poster.kept.under_way.fetch_sub(1, Ordering::Relaxed);
                drop(turn);
            });
        }
    });
    count
}
