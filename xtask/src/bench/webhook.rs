//! How many webhooks a second, how fast the answers and replies, at which cost: against a worker that
//! does nothing, one that does the least a durable worker can, and one that people would otherwise
//! build, in the same run.

use anyhow::Result;
use lotse_load::order::{Load, Order, Pace, Senders};

use super::crew::{CLOSED, Crew, add_losses, add_quantiles};
use super::figures::{Figure, Figures};
use super::stage::{Script, state_folder};
use super::{Section, progress, webhook_tables};

const EMPTY_MILLIS: u64 = 400;
const BURST_MILLIS: u64 = 1_000;
const REPLY_MILLIS: u64 = 2_500;
const CROWD: usize = 200;
/// Enough for every one of a crowd to write once.
const CROWD_MILLIS: u64 = 1_500;
/// Shares of the highest rate at which replies are timed.
pub const SHARES: [(f64, &str); 2] = [(0.5, "50"), (0.8, "80")];
/// What runs beside the empty handler.
const SCRIPTS: [Script; 6] =
    [Script::OneReply, Script::OneWrite, Script::OneAnswer, Script::HonoBare, Script::Hono, Script::Lotse];

/// What is measured at full speed.
pub struct Scenario {
    /// What its figures are called.
    pub name: &'static str,
    /// What it is, for people.
    pub words: &'static str,
    script: Script,
    load: Load,
    /// The number of a crowd that wrote before, or strangers.
    crowd: Option<u16>,
}

impl Scenario {
    const fn new(
        name: &'static str,
        words: &'static str,
        script: Script,
        load: Load,
        crowd: Option<u16>,
    ) -> Self {
        Self { name, words, script, load, crowd }
    }
}

/// The same load goes to the peer and to lotse one after the other. Statuses stand right after the burst
/// whose replies they report on.
pub const SCENARIOS: [Scenario; 18] = {
    use Load::{Handovers, Mix, NotOurs, Questions, Statuses};
    use Script::{Hono, HonoBare, Lotse, OneAnswer, OneReply, OneWrite};
    [
        Scenario::new("hono_bare", "hono: signature only", HonoBare, NotOurs, None),
        Scenario::new("bare", "lotse: signature, nothing to do", Lotse, NotOurs, None),
        Scenario::new("one_reply", "one reply, nothing stored", OneReply, Questions, None),
        Scenario::new("one_write_new", "one durable write, new senders", OneWrite, Questions, None),
        Scenario::new("one_write_returning", "one durable write, returning", OneWrite, Questions, Some(1)),
        Scenario::new("one_answer_new", "one answer, new senders", OneAnswer, Questions, None),
        Scenario::new("hono_questions_new", "hono: known questions, new senders", Hono, Questions, None),
        Scenario::new("questions_new", "lotse: known questions, new senders", Lotse, Questions, None),
        Scenario::new("statuses", "lotse: statuses of the replies", Lotse, Statuses, None),
        Scenario::new("one_answer_returning", "one answer, returning", OneAnswer, Questions, Some(4)),
        Scenario::new(
            "hono_questions_returning",
            "hono: known questions, returning",
            Hono,
            Questions,
            Some(2),
        ),
        Scenario::new("questions_returning", "lotse: known questions, returning", Lotse, Questions, Some(2)),
        Scenario::new("hono_handovers_new", "hono: hand-overs, new senders", Hono, Handovers, None),
        Scenario::new("handovers_new", "lotse: hand-overs, new senders", Lotse, Handovers, None),
        Scenario::new("hono_handovers_returning", "hono: hand-overs, returning", Hono, Handovers, Some(3)),
        Scenario::new("handovers_returning", "lotse: hand-overs, returning", Lotse, Handovers, Some(3)),
        Scenario::new("hono_mix_new", "hono: mix, new senders", Hono, Mix, None),
        Scenario::new("mix_new", "lotse: mix, new senders", Lotse, Mix, None),
    ]
};

/// What lotse and the peer both do: the words, lotse's scenario, the peer's.
pub const PAIRS: [(&str, &str, &str); 6] = [
    ("signature, nothing to do", "bare", "hono_bare"),
    ("known questions, new senders", "questions_new", "hono_questions_new"),
    ("known questions, returning", "questions_returning", "hono_questions_returning"),
    ("hand-overs, new senders", "handovers_new", "hono_handovers_new"),
    ("hand-overs, returning", "handovers_returning", "hono_handovers_returning"),
    ("mix, new senders", "mix_new", "hono_mix_new"),
];

/// Measures; `runs` times from fresh processes and empty state.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("webhook");
    for number in 1..=runs {
        let run = format!("webhook: run {number} of {runs}");
        progress(&format!("{run}, starting"));
        // Declared first so that the processes end before their folder goes.
        let folder = state_folder()?;
        let mut crew = Crew::start(folder.path(), &SCRIPTS).await?;
        warm_up(&mut crew).await?;
        for scenario in &SCENARIOS {
            progress(&format!("{run}, {}", scenario.words));
            full_speed(&mut crew, scenario, &mut figures).await?;
        }
        compare(&mut figures);
        let full = figures.get("mix_new_settled").and_then(Figure::latest).unwrap_or_default();
        for (share, percent) in SHARES {
            progress(&format!("{run}, replies at {percent} % load"));
            moderate(&mut crew, percent, full * share, &mut figures).await?;
        }
    }
    let text = webhook_tables::describe(&figures);
    let plots = vec![webhook_tables::draw(&figures)];
    Ok(Section { text, figures: figures.into_list(), plots })
}

/// Lets every worker's code become fast and every crowd write once.
async fn warm_up(crew: &mut Crew) -> Result<()> {
    for (script, load, millis) in [
        (Script::Empty, Load::Questions, 1_000),
        (Script::HonoBare, Load::NotOurs, 500),
        (Script::OneWrite, Load::Questions, 500),
        (Script::OneReply, Load::Questions, 1_000),
        (Script::OneAnswer, Load::Questions, 1_000),
        (Script::Hono, Load::Mix, 1_000),
        (Script::Lotse, Load::NotOurs, 500),
        (Script::Lotse, Load::Mix, 1_000),
    ] {
        let order = crew.order(script, load, Senders::New, CLOSED, millis)?;
        crew.generator.carry_out(&order).await?;
    }
    for scenario in &SCENARIOS {
        if let Some(number) = scenario.crowd {
            let crowd = Senders::Crowd { number, count: CROWD };
            let order = crew.order(scenario.script, scenario.load, crowd, CLOSED, CROWD_MILLIS)?;
            crew.generator.carry_out(&Order { most: CROWD, ..order }).await?;
        }
    }
    crew.settle().await
}

/// A burst at full speed, right after one to the empty handler.
async fn full_speed(crew: &mut Crew, scenario: &Scenario, figures: &mut Figures) -> Result<()> {
    let order = crew.order(Script::Empty, Load::Questions, Senders::New, CLOSED, EMPTY_MILLIS)?;
    let empty = crew.burst(Script::Empty, &order).await?;
    empty.add_speed(figures, "empty");
    let senders = scenario.crowd.map_or(Senders::New, |number| Senders::Crowd { number, count: CROWD });
    let order = crew.order(scenario.script, scenario.load, senders, CLOSED, BURST_MILLIS)?;
    let burst = crew.burst(scenario.script, &order).await?;
    burst.add_speed(figures, scenario.name);
    figures.add(&format!("{}_of_empty", scenario.name), "%", burst.rate() / empty.rate() * 100.0);
    add_losses(figures, whose(scenario.script), &burst.report);
    Ok(())
}

const fn whose(script: Script) -> &'static str {
    match script {
        Script::Lotse => "lotse",
        Script::Hono | Script::HonoBare => "hono",
        Script::Empty | Script::OneReply | Script::OneWrite | Script::OneAnswer | Script::Matcher => "limits",
    }
}

/// lotse ÷ peer, from this run's bursts; processor time the other way round, so that more is better.
fn compare(figures: &mut Figures) {
    for (_, lotse, hono) in PAIRS {
        for column in ["rate", "settled", "per_core"] {
            let latest = |name: &str| figures.get(&format!("{name}_{column}")).and_then(Figure::latest);
            if let (Some(lotse_value), Some(hono_value)) = (latest(lotse), latest(hono)) {
                figures.add(&format!("{lotse}_{column}_of_hono"), "×", lotse_value / hono_value);
            }
        }
    }
}

/// Replies at a rate that leaves room.
async fn moderate(crew: &mut Crew, percent: &str, per_second: f64, figures: &mut Figures) -> Result<()> {
    let pace = Pace::Open { per_second };
    let order = crew.order(Script::Lotse, Load::Mix, Senders::New, pace, REPLY_MILLIS)?;
    let report = crew.generator.carry_out(&order).await?;
    let name = format!("mix_new_at_{percent}");
    figures.add(&format!("{name}_rate"), "1/s", per_second);
    add_quantiles(figures, &format!("{name}_answer"), report.answer);
    add_quantiles(figures, &format!("{name}_reply"), report.reply.unwrap_or_default());
    add_losses(figures, "lotse", &report);
    Ok(())
}
