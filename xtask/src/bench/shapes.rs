//! How lotse takes what a crisis really looks like: a wave from nothing, everybody asking for the same,
//! one person who writes without end, many updates in one webhook.

use anyhow::Result;
use lotse_load::order::{Load, Order, Pace, Senders};

use super::crew::{CLOSED, Crew, add_losses, add_quantiles, per_second};
use super::figures::{Figure, Figures, table};
use super::stage::{Script, state_folder};
use super::{Section, progress};

/// So many updates a shape has at most, and those of several updates a webhook exactly.
const UPDATES: usize = 1_000;
const BURST_MILLIS: u64 = 1_000;
/// A bound for workers that hang.
const MOST_MILLIS: u64 = 20_000;
const WAVE_MILLIS: u64 = 3_000;
const PEAK_MILLIS: u64 = 1_000;
/// Peaks of a wave as a multiple of what lotse sustained a moment before.
const WAVES: [(f64, &str, &str); 2] =
    [(0.8, "wave_80", "to 80 % of full speed"), (2.0, "wave_200", "to twice the full speed")];
/// Both, one after the other, for each shape.
const WORKERS: [(Script, &str); 2] = [(Script::Hono, "hono"), (Script::Lotse, "lotse")];

struct Shape {
    name: &'static str,
    words: &'static str,
    load: Load,
    senders: Senders,
    batch: usize,
}

impl Shape {
    const fn new(
        name: &'static str,
        words: &'static str,
        load: Load,
        senders: Senders,
        batch: usize,
    ) -> Self {
        Self { name, words, load, senders, batch }
    }
}

/// Hand-overs first: their conversations look once more, seconds later, whether all has settled.
const SHAPES: [Shape; 7] = {
    use Load::{Handovers, OneTopic, Questions};
    use Senders::{New, Person};
    [
        Shape::new("one_contact_hands_over", "one contact, hand-overs", Handovers, Person { number: 21 }, 1),
        Shape::new("one_contact_asks", "one contact, known questions", Questions, Person { number: 20 }, 1),
        Shape::new("one_topic", "new senders, four of five ask for the same entry", OneTopic, New, 1),
        Shape::new("batch_1", "new senders, known questions, one a webhook", Questions, New, 1),
        Shape::new("batch_10", "10 a webhook", Questions, New, 10),
        Shape::new("batch_100", "100 a webhook", Questions, New, 100),
        Shape::new("batch_1000", "1 000 a webhook", Questions, New, 1_000),
    ]
};

/// Measures; `runs` times from fresh processes and empty state.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("shapes");
    for number in 1..=runs {
        progress(&format!("shapes: run {number} of {runs}"));
        // Declared first so that the processes end before their folder goes.
        let folder = state_folder()?;
        let mut crew = Crew::start(folder.path(), &WORKERS.map(|(script, _)| script)).await?;
        for (script, _) in WORKERS {
            let order = crew.order(script, Load::Questions, Senders::New, CLOSED, 1_000)?;
            crew.generator.carry_out(&order).await?;
        }
        for shape in &SHAPES {
            for (script, whose) in WORKERS {
                one_shape(&mut crew, shape, script, whose, &mut figures).await?;
            }
        }
        compare(&mut figures);
        let full = figures.get("lotse_batch_1_updates").and_then(Figure::latest).unwrap_or_default();
        for (number, (share, name, _)) in WAVES.iter().enumerate() {
            if number > 0 {
                crew.settle().await?;
            }
            wave(&mut crew, full * share, name, &mut figures).await?;
        }
    }
    let text = describe(&figures);
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

async fn one_shape(
    crew: &mut Crew,
    shape: &Shape,
    script: Script,
    whose: &str,
    figures: &mut Figures,
) -> Result<()> {
    let millis = if shape.batch > 1 { MOST_MILLIS } else { BURST_MILLIS };
    let order = crew.order(script, shape.load, shape.senders, CLOSED, millis)?;
    let order = Order { most: UPDATES, batch: shape.batch, ..order };
    let report = crew.generator.carry_out(&order).await?;
    crew.worker(script)?.process.quiet().await?;
    let name = format!("{whose}_{}", shape.name);
    let settled = report.settled_millis.max(report.millis);
    figures.add(&format!("{name}_updates"), "1/s", per_second(report.updates, settled));
    figures.add(&format!("{name}_count"), "updates", report.updates as f64);
    figures.add(&format!("{name}_replies"), "replies", report.replies as f64);
    add_quantiles(figures, &format!("{name}_answer"), report.answer);
    add_losses(figures, whose, &report);
    Ok(())
}

/// lotse ÷ peer, from this run's bursts.
fn compare(figures: &mut Figures) {
    for Shape { name, .. } in &SHAPES {
        let latest = |whose| figures.get(&format!("{whose}_{name}_updates")).and_then(Figure::latest);
        if let (Some(lotse), Some(hono)) = (latest("lotse"), latest("hono")) {
            figures.add(&format!("{name}_of_hono"), "×", lotse / hono);
        }
    }
}

/// From nothing to a peak within a second, which then stays.
async fn wave(crew: &mut Crew, peak: f64, name: &str, figures: &mut Figures) -> Result<()> {
    let pace = Pace::Ramp { per_second: peak, peak_millis: PEAK_MILLIS };
    let order = crew.order(Script::Lotse, Load::Mix, Senders::New, pace, WAVE_MILLIS)?;
    let report = crew.generator.carry_out(&order).await?;
    figures.add(&format!("{name}_peak"), "1/s", peak);
    figures.add(&format!("{name}_webhooks"), "webhooks", report.answered as f64);
    add_quantiles(figures, &format!("{name}_answer"), report.answer);
    add_quantiles(figures, &format!("{name}_reply"), report.reply.unwrap_or_default());
    add_losses(figures, "lotse", &report);
    Ok(())
}

fn describe(figures: &Figures) -> String {
    let shape = |Shape { name, words, .. }: &Shape| {
        let columns = ["updates", "answer_p50", "answer_p99", "count", "replies"];
        let lotse = columns.map(|column| figures.cell(&format!("lotse_{name}_{column}")));
        let hono =
            [format!("hono_{name}_updates"), format!("{name}_of_hono")].map(|name| figures.cell(&name));
        [(*words).to_owned()].into_iter().chain(lotse).chain(hono).collect()
    };
    let shapes: Vec<Vec<String>> = SHAPES.iter().map(shape).collect();
    let shapes_head = [
        "at full speed",
        "lotse: updates/s, with replies",
        "to 200, p50 ms",
        "p99 ms",
        "updates",
        "replies",
        "hono: updates/s",
        "lotse ÷ hono",
    ];
    let wave = |(_, name, words): &(f64, &str, &str)| {
        let columns = ["peak", "webhooks", "answer_p50", "answer_p99", "reply_p50", "reply_p99"];
        let cells = columns.map(|column| figures.cell(&format!("{name}_{column}")));
        [(*words).to_owned()].into_iter().chain(cells).collect()
    };
    let waves: Vec<Vec<String>> = WAVES.iter().map(wave).collect();
    let waves_head = [
        "a wave from nothing within a second",
        "peak, webhooks/s",
        "webhooks in 3 s",
        "to 200, p50 ms",
        "p99 ms",
        "to the reply, p50 ms",
        "p99 ms",
    ];
    let total = |name| figures.sum(&format!("lotse_{name}")).unwrap_or_default();
    format!(
        "{}\n{}\nlotse, over all runs: {} webhooks were refused, {} replies were missing, {} came twice.\n",
        table(&shapes_head, &shapes),
        table(&waves_head, &waves),
        total("refused"),
        total("replies_missing"),
        total("replies_double"),
    )
}
