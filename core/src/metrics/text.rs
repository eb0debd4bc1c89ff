//! The text format of Prometheus, version 0.0.4.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::Write as _;

use super::counts::{Cell, INFINITY, SUM, seconds};
use super::{Counts, Kind, Metric};

/// The content type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics as one text: help and type of each, and every series that is known.
#[must_use]
pub fn exposition(counts: &Counts) -> String {
    let mut text = String::new();
    for metric in Metric::ALL {
        let name = metric.name();
        let kind = match metric.kind() {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::GaugeOfTime => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", metric.help());
        let series = counts.series(*metric);
        match metric.kind() {
            Kind::Histogram(bounds) => histogram(&mut text, *metric, bounds, &series),
            Kind::GaugeOfTime => plain(&mut text, *metric, &series, seconds),
            Kind::Counter | Kind::Gauge => plain(&mut text, *metric, &series, |value| value.to_string()),
        }
    }
    text
}

fn plain(text: &mut String, metric: Metric, series: &[&Cell], shown: impl Fn(u64) -> String) {
    for cell in series {
        let labels = labels(metric, &cell.labels, None);
        let _ = writeln!(text, "{}{labels} {}", metric.name(), shown(cell.value));
    }
}

/// Buckets count everything up to their bound.
fn histogram(text: &mut String, metric: Metric, bounds: &[u64], series: &[&Cell]) {
    let name = metric.name();
    let own = metric.labels().len();
    let mut groups: Vec<&[String]> = series.iter().map(|cell| &cell.labels[..own]).collect();
    groups.dedup();
    for group in groups {
        let value = |last: &str| {
            let found = series.iter().find(|cell| cell.labels[..own] == *group && cell.labels[own] == last);
            found.map_or(0, |cell| cell.value)
        };
        let mut up_to_here = 0;
        for bound in bounds.iter().map(|bound| seconds(*bound)).chain([INFINITY.to_owned()]) {
            up_to_here += value(&bound);
            let _ = writeln!(text, "{name}_bucket{} {up_to_here}", labels(metric, group, Some(&bound)));
        }
        let labels = labels(metric, group, None);
        let _ =
            writeln!(text, "{name}_sum{labels} {}\n{name}_count{labels} {up_to_here}", seconds(value(SUM)));
    }
}

/// `{channel="whatsapp",account="main"}`; nothing where there is no label. An empty value is no label.
fn labels(metric: Metric, values: &[String], bound: Option<&str>) -> String {
    let named = metric.labels().iter().copied().zip(values.iter().map(String::as_str));
    let pairs: Vec<String> = named
        .chain(bound.map(|bound| ("le", bound)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_golden_one() {
        let mut counts = Counts::new();
        counts.add(Metric::WebhooksAccepted, &["whatsapp", "main"], 41);
        counts.add(Metric::WebhooksAccepted, &["telegram", "main"], 1);
        counts.add(Metric::WebhooksRefused, &["whatsapp", "main", "wrong_signature"], 3);
        for millis in [4, 5, 30, 20_000] {
            counts.observe(Metric::WebhookSeconds, &[], millis);
        }
        counts.observe(Metric::QueueSeconds, &["followups"], 800);
        counts.observe(Metric::QueueSeconds, &["spill"], 61_000);
        counts.add(Metric::SendAttempts, &["whatsapp", "main", "sent", ""], 40);
        counts.add(Metric::SendAttempts, &["whatsapp", "main", "refused", "throttled"], 2);
        counts.set(Metric::Threads, &["waiting"], 7);
        counts.set(Metric::OldestWaiting, &[], 90_500);
        counts.set(Metric::AccountPaused, &["whatsapp", "main"], 1);
        counts.add(Metric::Spilled, &["queue"], 0);
        counts.set(Metric::Build, &["1.0 \"back\\slash\""], 1);
        insta::with_settings!({ snapshot_path => "testdata", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("exposition", exposition(&counts));
        });
    }

    #[test]
    fn every_metric_has_help_and_type_even_without_a_figure() {
        let text = exposition(&Counts::new());
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(text.contains(&format!("# HELP {name} ")), "{name}");
            assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
        }
        assert_eq!(text.lines().count(), 2 * Metric::ALL.len());
    }
}
