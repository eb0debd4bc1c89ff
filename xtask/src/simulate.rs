//! `cargo xtask simulate`: the core in simulated crises, as long as wanted. A seed that fails is told with its last
//! events and fails the same way again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use lotse_core::simulation::{Failure, Report, Size, Telling, simulate};

/// How many seeds run without a limit of time.
const SEEDS: u64 = 10_000;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Run the core through simulated crises in virtual time and check every promise.
///
/// Without arguments: 10,000 small worlds. Every seed is one world, which runs the same way each time.
#[derive(Args)]
pub struct SimulateArgs {
    /// Only the world of this seed.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Tell every event of that world.
    #[arg(long, requires = "seed")]
    verbose: bool,
    /// How many worlds.
    #[arg(long, value_name = "NUMBER", conflicts_with = "seed")]
    seeds: Option<u64>,
    /// For how long, instead of how many.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["seed", "seeds"])]
    minutes: Option<u64>,
    /// The seed of the first world.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, conflicts_with = "seed")]
    from: u64,
    /// Worlds with thousands of people.
    #[arg(long)]
    large: bool,
}

/// Runs one world or many.
///
/// # Errors
/// At the first promise that is broken.
pub fn run(arguments: &SimulateArgs) -> Result<()> {
    let size = if arguments.large { Size::Large } else { Size::Small };
    if let Some(seed) = arguments.seed {
        let telling = if arguments.verbose { Telling::Everything } else { Telling::Nothing };
        return match simulate(seed, size, None, telling) {
            Ok(report) => {
                println!("seed {seed}: every promise kept\n{report}");
                Ok(())
            }
            Err(failure) => bail!(told(&failure, arguments, !arguments.verbose)),
        };
    }
    let long_run = LongRun::new(arguments, size);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| long_run.work());
        }
    });
    long_run.finish(arguments)
}

/// Many worlds, on all cores.
struct LongRun {
    size: Size,
    started: Instant,
    until: Option<Instant>,
    first: u64,
    next: AtomicU64,
    end: u64,
    state: Mutex<State>,
}

struct State {
    report: Report,
    failure: Option<Failure>,
    told_at: Instant,
}

impl LongRun {
    fn new(arguments: &SimulateArgs, size: Size) -> Self {
        let started = Instant::now();
        let count = arguments.seeds.unwrap_or(if arguments.minutes.is_some() { u64::MAX / 2 } else { SEEDS });
        Self {
            size,
            started,
            until: arguments.minutes.map(|minutes| started + Duration::from_secs(60 * minutes)),
            first: arguments.from,
            next: AtomicU64::new(arguments.from),
            end: arguments.from.saturating_add(count),
            state: Mutex::new(State { report: Report::default(), failure: None, told_at: started }),
        }
    }

    fn work(&self) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            let is_late = self.until.is_some_and(|until| Instant::now() >= until);
            if seed >= self.end || is_late || self.state().failure.is_some() {
                return;
            }
            match simulate(seed, self.size, None, Telling::Nothing) {
                Ok(report) => self.add(report),
                Err(failure) => {
                    self.state().failure.get_or_insert(failure);
                }
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, report: Report) {
        let mut state = self.state();
        state.report += report;
        if state.told_at.elapsed() > PROGRESS_EVERY {
            state.told_at = Instant::now();
            let worlds = state.report.worlds;
            eprintln!("  {worlds} worlds from seed {} on, {:.0} a second", self.first, self.rate(worlds));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
    fn rate(&self, worlds: u64) -> f64 {
        worlds as f64 / self.started.elapsed().as_secs_f64().max(0.001)
    }

    fn finish(self, arguments: &SimulateArgs) -> Result<()> {
        let rate = self.rate(self.state().report.worlds);
        let State { report, failure, .. } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        println!("{report}, {rate:.0} worlds a second");
        match failure {
            Some(failure) => bail!(told(&failure, arguments, true)),
            None => Ok(()),
        }
    }
}

fn told(failure: &Failure, arguments: &SimulateArgs, with_tail: bool) -> String {
    let Failure { seed, violation, tail } = failure;
    let tail = if with_tail { format!("{}\n", tail.join("\n")) } else { String::new() };
    let large = if arguments.large { " --large" } else { "" };
    format!(
        "a promise was broken\n{tail}seed {seed}: {violation}\nagain: cargo xtask simulate --seed {seed}{large} --verbose"
    )
}
