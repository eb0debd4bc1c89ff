//! The plan as tables in Markdown.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use super::operations::Operations;
use super::plan::{Cost, Plan};
use super::prices::Load;
use crate::bench::figures::{number, table};

/// The rates that the plan speaks of, in webhooks a second.
const RATES: [f64; 2] = [3_000.0, 30_000.0];
/// A long weekend.
const MESSAGES: f64 = 15e6;
const SECONDS: f64 = 3.0 * 24.0 * 3_600.0;
/// How much higher the peak is than the mean.
const PEAK: f64 = 10.0;

fn shown(value: f64) -> String {
    number(value, value)
}

/// What each thing that comes in asks of objects and queues.
#[must_use]
pub fn operations(plan: &Plan) -> String {
    let counted = &plan.counted;
    let cpu = &plan.measured.cpu_micros;
    let message = plan.message();
    let whole = plan.message_with_reports();
    let row = |words: &str, operations: &Operations, cpu_micros: f64| {
        let values = [
            operations.webhooks,
            operations.object_requests,
            operations.rows_written,
            operations.rows_read,
            operations.desk_updates,
            operations.replies,
            operations.platform_calls,
            cpu_micros,
        ];
        [words.to_owned()].into_iter().chain(values.map(shown)).collect::<Vec<_>>()
    };
    let rows = [
        row("known question, new sender", &counted.question_new, cpu.question_new),
        row("known question, returning", &counted.question_returning, cpu.question_returning),
        row("hand-over, new sender", &counted.handover_new, cpu.handover_new),
        row("next message in an open thread", &counted.handover_returning, cpu.handover_returning),
        row("thanks, returning", &counted.thanks, cpu.question_returning),
        row("report on a message of ours", &counted.status, cpu.status),
        row("**mean message**", &message.operations, message.cpu_ms * 1e3),
        row("**mean message with its reports**", &whole.operations, whole.cpu_ms * 1e3),
    ];
    let head = [
        "one of these",
        "webhooks",
        "object requests",
        "rows written",
        "rows read",
        "desk updates",
        "replies",
        "platform calls",
        "CPU µs",
    ];
    table(&head, &rows)
}

/// The bill for a million messages.
#[must_use]
pub fn money(plan: &Plan) -> String {
    let bill = plan.bill();
    let mut rows: Vec<Vec<String>> = bill
        .iter()
        .map(|item| {
            let price = if item.million >= 1_000.0 {
                format!("{:.2} each", item.million / 1e6)
            } else {
                format!("{} a million", item.million)
            };
            vec![item.what.to_owned(), fine(item.amount), price, format!("{:.2}", item.dollars())]
        })
        .collect();
    let total: f64 = bill.iter().map(super::plan::Item::dollars).sum();
    rows.push(vec!["**together**".to_owned(), String::new(), String::new(), format!("**{total:.2}**")]);
    let prices = &plan.sheet.prices;
    let sources = [&prices.workers.source, &prices.objects.source, &prices.queues.source, &prices.kv.source];
    let mut text = table(&["paid", "for one message", "price, $", "a million messages, $"], &rows);
    let _ = write!(text, "\nList prices of {}, what the plan includes left out:", prices.seen);
    for source in sources {
        let _ = write!(text, " <{source}>");
    }
    text
}

/// Small amounts keep their digits.
fn fine(value: f64) -> String {
    if value > 0.0 && value < 0.01 { format!("{value:.6}") } else { shown(value) }
}

/// What has to run at once.
#[must_use]
pub fn rates(plan: &Plan) -> String {
    let steady = plan.message_with_reports();
    let burst = plan.message();
    let columns: Vec<(String, &Cost, f64)> = RATES
        .into_iter()
        .flat_map(|rate| {
            [
                (format!("{} with reports", shown(rate)), &steady, rate),
                (format!("{}, all messages", shown(rate)), &burst, rate),
            ]
        })
        .collect();
    let row = |words: &str, value: &dyn Fn(&Cost, f64) -> f64| {
        let cells = columns.iter().map(|(_, cost, rate)| shown(value(cost, rate / cost.operations.webhooks)));
        [words.to_owned()].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let rows = [
        row("messages of persons", &|_, messages| messages),
        row("cores that compute", &|cost, messages| cost.cpu_ms / 1e3 * messages),
        row("requests of objects", &|cost, messages| cost.operations.object_requests * messages),
        row("rows written", &|cost, messages| plan.rows_written(&cost.operations) * messages),
        row("updates for the desk", &|cost, messages| cost.operations.desk_updates * messages),
        row("calls to the platform", &|cost, messages| cost.operations.platform_calls * messages),
        row("objects active at an instant", &|cost, messages| {
            plan.gb_seconds(cost) / plan.sheet.prices.objects.memory_gb * messages
        }),
    ];
    let head: Vec<&str> =
        ["in a second"].into_iter().chain(columns.iter().map(|(words, _, _)| words.as_str())).collect();
    table(&head, &rows)
}

/// A long weekend.
#[must_use]
pub fn three_days(plan: &Plan) -> String {
    let cost = plan.message_with_reports();
    let operations = cost.operations * MESSAGES;
    let kv_writes = plan.load(Load::BacklogWrites, &cost, 0.0) * SECONDS;
    let prices = &plan.sheet.prices;
    let desk_gb_seconds = prices.objects.memory_gb * SECONDS;
    let million: f64 = plan.bill().iter().map(super::plan::Item::dollars).sum();
    let kv_reads = plan.backlog_reads(MESSAGES / SECONDS * cost.operations.webhooks) * SECONDS;
    let kv = (kv_writes * prices.kv.million_writes + kv_reads * prices.kv.million_reads) / 1e6;
    let desk = desk_gb_seconds / 1e6 * prices.objects.million_gb_seconds;
    let total = million * MESSAGES / 1e6 + kv + desk;
    let mean = MESSAGES / SECONDS;
    let rows: Vec<Vec<String>> = [
        ("messages of persons a second, mean", shown(mean)),
        ("webhooks a second, mean", shown(mean * cost.operations.webhooks)),
        ("webhooks a second at the peak, ten times the mean", shown(mean * cost.operations.webhooks * PEAK)),
        ("webhooks", shown(operations.webhooks)),
        ("requests of objects", shown(operations.object_requests)),
        ("rows written", shown(plan.rows_written(&operations))),
        ("duration of objects, GB-s", shown(plan.gb_seconds(&cost) * MESSAGES + desk_gb_seconds)),
        ("operations of queues", shown(operations.desk_updates * prices.queues.operations_per_message)),
        ("writes to KV", shown(kv_writes)),
        ("reads from KV", shown(kv_reads)),
        ("conversations", shown(MESSAGES / plan.sheet.assumptions.messages_per_person)),
        ("storage, GB", shown(plan.storage_gb() * MESSAGES)),
        ("dollars, storage for a month included", shown(total)),
    ]
    .into_iter()
    .map(|(words, value)| vec![words.to_owned(), value])
    .collect();
    table(&["15 million messages in three days", "together"], &rows)
}

/// Something that only takes so much in a second.
struct Bound<'a> {
    name: &'a str,
    source: &'a str,
    load: Load,
    limit: f64,
    then: &'a str,
}

/// How near each limit is, and which one is passed first.
///
/// # Errors
/// When there is no limit.
pub fn limits(plan: &Plan) -> Result<String> {
    let cost = plan.message_with_reports();
    let bounds = bounds(plan);
    let passed_at = |bound: &Bound<'_>| bound.limit / plan.load(bound.load, &cost, 1.0);
    let changes = |bound: &&Bound<'_>| bound.load != Load::BacklogWrites;
    let rows: Vec<Vec<String>> = bounds
        .iter()
        .map(|bound| {
            let at = |rate: f64| {
                let load = plan.load(bound.load, &cost, rate);
                format!("{} → {:.0}", shown(load), (load / bound.limit).ceil())
            };
            let passed = if changes(&bound) { shown(passed_at(bound)) } else { "never".to_owned() };
            let name = format!("[{}]({})", bound.name, bound.source);
            vec![name, shown(bound.limit), passed, at(RATES[0]), at(RATES[1])]
        })
        .collect();
    let head = [
        "what",
        "takes a second",
        "passed at webhooks/s",
        "at 3 000: load → needed",
        "at 30 000: load → needed",
    ];
    let first = |of_ours: bool| {
        let ours = |load| !matches!(load, Load::PlatformMessages | Load::Replies);
        let candidates = bounds.iter().filter(changes).filter(|bound| !of_ours || ours(bound.load));
        candidates.min_by(|one, other| passed_at(one).total_cmp(&passed_at(other)))
    };
    let (all, own) = (first(false).context("no limit")?, first(true).context("no limit of ours")?);
    let mut text = table(&head, &rows);
    let _ = write!(
        text,
        "\nFirst of all: **{}**, at {} webhooks a second. Of what is lotse's own, first: **{}**, at {}.\n\n\
         When it is passed:\n\n",
        all.name,
        shown(passed_at(all)),
        own.name,
        shown(passed_at(own)),
    );
    for bound in &bounds {
        let _ = writeln!(text, "- {}: {}.", bound.name, bound.then);
    }
    Ok(text)
}

/// The limits of the sheet, and the one that was measured.
fn bounds(plan: &Plan) -> Vec<Bound<'_>> {
    let stated = plan.sheet.limits.iter().map(|limit| {
        let super::prices::Limit { name, load, limit, source, then } = limit;
        Bound { name, source, load: *load, limit: *limit, then }
    });
    let measured = Bound {
        name: "the desk: updates, at least what it took in the bench",
        source: "performance.md",
        load: Load::DeskUpdates,
        limit: plan.measured.desk_updates_per_second,
        then: "the figure is a lower bound: one core did the desk's work and all the rest of these hand-overs. \
               Updates come later, and conversations repeat them; then as above",
    };
    stated.chain([measured]).collect()
}

/// What the plan assumes.
#[must_use]
pub fn assumptions(plan: &Plan) -> String {
    let assumed = &plan.sheet.assumptions;
    let mix = format!(
        "{:.0} % known questions, {:.0} % hand-overs, {:.0} % thanks",
        assumed.questions * 100.0,
        assumed.handovers * 100.0,
        assumed.thanks * 100.0
    );
    let rows: Vec<Vec<String>> = [
        ("what persons write", mix),
        ("messages of one person", shown(assumed.messages_per_person)),
        ("a platform's answer to a call, ms", shown(assumed.platform_call_ms)),
        ("reports on one message of ours", shown(assumed.statuses_per_reply)),
        ("updates in one batch of `followups` at the peak", shown(assumed.updates_per_batch)),
        ("isolates for a thousand webhooks a second", shown(assumed.isolates_per_thousand)),
    ]
    .into_iter()
    .map(|(words, value)| vec![words.to_owned(), value])
    .collect();
    table(&["assumed, not measured", "value"], &rows)
}
