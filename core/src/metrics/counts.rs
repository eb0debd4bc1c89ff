//! Figures by metric and labels: what an isolate counts, what travels, and what is added up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Metric};
use crate::order;

/// The label of a histogram's sum; never the text of a bound.
pub(super) const SUM: &str = "sum";
/// The label of the last bucket.
pub(super) const INFINITY: &str = "+Inf";

/// Figures. Counting up a known series is a search through a handful of short words and an addition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Sample>", into = "Vec<Sample>")]
pub struct Counts {
    cells: BTreeMap<Metric, Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) labels: Vec<String>,
    pub(super) value: u64,
}

/// A figure as it travels: name, labels, value.
type Sample = (String, Vec<String>, u64);

impl Counts {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { cells: BTreeMap::new() }
    }

    /// Adds `count` to a counter. With 0 the series is shown from now on, so that its first step can be seen.
    pub fn add(&mut self, metric: Metric, labels: &[&str], count: u64) {
        debug_assert_eq!(labels.len(), metric.labels().len(), "{}", metric.name());
        let cell = self.cell(metric, labels, None);
        *cell = cell.saturating_add(count);
    }

    /// Sets a gauge; those of time in milliseconds.
    pub fn set(&mut self, metric: Metric, labels: &[&str], value: u64) {
        debug_assert_eq!(labels.len(), metric.labels().len(), "{}", metric.name());
        *self.cell(metric, labels, None) = value;
    }

    /// Puts a time into a histogram.
    pub fn observe(&mut self, metric: Metric, labels: &[&str], millis: u64) {
        let Kind::Histogram(bounds) = metric.kind() else { return };
        let bucket = bounds.iter().find(|bound| millis <= **bound).map(|bound| seconds(*bound));
        *self.cell(metric, labels, Some(bucket.as_deref().unwrap_or(INFINITY))) += 1;
        let sum = self.cell(metric, labels, Some(SUM));
        *sum = sum.saturating_add(millis);
    }

    /// Adds the figures of another place.
    pub fn merge(&mut self, other: &Self) {
        for (metric, cells) in &other.cells {
            for cell in cells {
                let labels: Vec<&str> = cell.labels.iter().map(String::as_str).collect();
                let own = self.cell(*metric, &labels, None);
                *own = own.saturating_add(cell.value);
            }
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The series of a metric, in the order of their labels.
    pub(super) fn series(&self, metric: Metric) -> Vec<&Cell> {
        let mut cells: Vec<&Cell> = self.cells.get(&metric).into_iter().flatten().collect();
        order::sort_by(&mut cells, Ord::cmp);
        cells
    }

    fn cell(&mut self, metric: Metric, labels: &[&str], last: Option<&str>) -> &mut u64 {
        let cells = self.cells.entry(metric).or_default();
        let wanted = || labels.iter().copied().chain(last);
        let known = cells.iter().position(|cell| cell.labels.iter().map(String::as_str).eq(wanted()));
        let at = known.unwrap_or_else(|| {
            cells.push(Cell { labels: wanted().map(str::to_owned).collect(), value: 0 });
            cells.len() - 1
        });
        &mut cells[at].value
    }
}

/// Milliseconds as Prometheus writes seconds.
pub(super) fn seconds(millis: u64) -> String {
    let (whole, rest) = (millis / 1_000, millis % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}").trim_end_matches('0').to_owned()
}

impl From<Counts> for Vec<Sample> {
    fn from(counts: Counts) -> Self {
        let samples = counts.cells.into_iter().flat_map(|(metric, cells)| {
            cells.into_iter().map(move |cell| (metric.name().to_owned(), cell.labels, cell.value))
        });
        samples.collect()
    }
}

/// Another version of lotse may know other metrics or labels: what this one does not know is left out.
impl From<Vec<Sample>> for Counts {
    fn from(samples: Vec<Sample>) -> Self {
        let mut counts = Self::new();
        for (name, labels, value) in samples {
            let Some(metric) = Metric::from_name(&name) else { continue };
            let own_labels = usize::from(matches!(metric.kind(), Kind::Histogram(_)));
            if labels.len() == metric.labels().len() + own_labels {
                let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                *counts.cell(metric, &labels, None) = value;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_series_is_counted_up_and_another_is_not() {
        let mut counts = Counts::new();
        counts.add(Metric::Messages, &["whatsapp", "main"], 2);
        counts.add(Metric::Messages, &["whatsapp", "main"], 3);
        counts.add(Metric::Messages, &["whatsapp", "second"], 1);
        let values: Vec<u64> = counts.series(Metric::Messages).iter().map(|cell| cell.value).collect();
        assert_eq!(values, [5, 1]);
    }

    #[test]
    fn merging_is_the_same_as_counting_in_one_place() {
        let (mut one, mut other, mut both) = (Counts::new(), Counts::new(), Counts::new());
        for counts in [&mut one, &mut both] {
            counts.add(Metric::Spilled, &["queue"], 4);
            counts.observe(Metric::WebhookSeconds, &[], 7);
        }
        for counts in [&mut other, &mut both] {
            counts.add(Metric::Spilled, &["queue"], 1);
            counts.observe(Metric::WebhookSeconds, &[], 99_999);
        }
        one.merge(&other);
        assert_eq!(one, both);
    }

    #[test]
    fn figures_survive_the_way_and_unknown_ones_are_left_out() {
        let mut counts = Counts::new();
        counts.add(Metric::Answered, &["telegram", "main"], 7);
        counts.observe(Metric::QueueSeconds, &["spill"], 1_500);
        let json = serde_json::to_string(&counts).expect("JSON");
        assert_eq!(serde_json::from_str::<Counts>(&json).expect("the same"), counts);

        let foreign = r#"[["lotse_of_tomorrow_total", [], 1], ["lotse_answered_total", ["one label"], 1],
            ["lotse_answered_total", ["telegram", "main"], 2]]"#;
        let read: Counts = serde_json::from_str(foreign).expect("samples");
        let values: Vec<u64> = read.series(Metric::Answered).iter().map(|cell| cell.value).collect();
        assert_eq!(values, [2]);
    }

    #[test]
    fn seconds_are_written_without_needless_zeros() {
        for (millis, text) in [(5, "0.005"), (250, "0.25"), (1_000, "1"), (2_500, "2.5"), (0, "0")] {
            assert_eq!(seconds(millis), text);
        }
    }
}
