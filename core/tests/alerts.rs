//! The example alerts and the runbook speak of metrics and sections that exist.

use std::collections::BTreeSet;

use lotse_core::metrics::{Counts, Kind, Metric, exposition};

const ALERTS: &str = include_str!("../../docs/alerts.yml");
const RUNBOOK: &str = include_str!("../../docs/runbook.md");

/// Every word that starts like a metric of ours.
fn metric_words(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("lotse_"))
        .collect()
}

/// Whether a word is the name of a series that the page shows.
fn is_exported(word: &str) -> bool {
    let of_histogram = ["_bucket", "_sum", "_count"].into_iter().find_map(|end| word.strip_suffix(end));
    Metric::from_name(word).is_some_and(|metric| !matches!(metric.kind(), Kind::Histogram(_)))
        || of_histogram
            .and_then(Metric::from_name)
            .is_some_and(|metric| matches!(metric.kind(), Kind::Histogram(_)))
}

/// The anchor that a heading gets on the usual sites.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

#[test]
fn every_metric_in_the_alerts_is_exported() {
    let words = metric_words(ALERTS);
    assert!(words.len() > 15, "{words:?}");
    for word in words {
        assert!(is_exported(word), "{word} is no metric");
    }
}

#[test]
fn every_metric_in_the_runbook_exists() {
    for word in metric_words(RUNBOOK) {
        assert!(is_exported(word) || Metric::from_name(word).is_some(), "{word} is no metric");
    }
}

#[test]
fn every_label_in_the_alerts_belongs_to_its_metric() {
    for (at, _) in ALERTS.match_indices("lotse_") {
        let rest = &ALERTS[at..];
        let name =
            rest.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').next();
        let name = name.unwrap_or_default();
        let Some(selector) = rest[name.len()..].strip_prefix('{').and_then(|rest| rest.split('}').next())
        else {
            continue;
        };
        let metric = Metric::from_name(name).or_else(|| Metric::from_name(name.strip_suffix("_bucket")?));
        let labels = metric.map(Metric::labels).unwrap_or_default();
        for pair in selector.split(',') {
            let label = pair.trim().split(['=', '!']).next().unwrap_or_default();
            assert!(labels.contains(&label), "{name} has no label {label}");
        }
    }
}

#[test]
fn every_alert_leads_to_a_section_of_the_runbook_and_every_section_is_led_to() {
    let sections: BTreeSet<String> =
        RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    let led_to: BTreeSet<String> = ALERTS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook: \"runbook.md#"))
        .map(|rest| rest.trim_end_matches('"').to_owned())
        .collect();
    let alerts = ALERTS.lines().filter(|line| line.trim().starts_with("- alert:")).count();
    assert_eq!(ALERTS.matches("runbook: ").count(), alerts, "each alert names its section");
    assert!(led_to.is_subset(&sections), "{:?}", led_to.difference(&sections).collect::<Vec<_>>());
    let not_alarms = ["secrets-and-certificates-change", "restoring-on-one-machine"];
    for section in sections.difference(&led_to) {
        assert!(not_alarms.contains(&section.as_str()), "no alert leads to {section}");
    }
}

#[test]
fn links_within_the_runbook_lead_somewhere() {
    let sections: BTreeSet<String> =
        RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    for link in RUNBOOK.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(sections.contains(link), "#{link}");
    }
}

#[test]
fn the_page_names_every_metric() {
    let page = exposition(&Counts::new());
    for metric in Metric::ALL {
        assert!(page.contains(&format!("# TYPE {} ", metric.name())), "{}", metric.name());
    }
}
