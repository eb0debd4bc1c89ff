//! What lotse aims at, and how far it is.

use super::figures::{Figure, number, table};

/// Which way is good.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

use Bound::{AtLeast, AtMost};

/// The aim in words, its bound and unit, the bench and the name of the figure.
const AIMS: [(&str, Bound, &str, &str, &str); 13] = [
    ("rate against the empty handler, nothing to do", AtLeast(60.0), "%", "webhook", "bare_of_empty"),
    (
        "rate against the empty handler, known questions, returning",
        AtLeast(60.0),
        "%",
        "webhook",
        "questions_returning_of_empty",
    ),
    ("rate, lotse ÷ hono, nothing to do", AtLeast(1.0), "×", "webhook", "bare_rate_of_hono"),
    ("… known questions, new senders", AtLeast(1.5), "×", "webhook", "questions_new_rate_of_hono"),
    ("… known questions, returning", AtLeast(1.5), "×", "webhook", "questions_returning_rate_of_hono"),
    ("… hand-overs, new senders", AtLeast(1.5), "×", "webhook", "handovers_new_rate_of_hono"),
    ("… hand-overs, returning", AtLeast(1.5), "×", "webhook", "handovers_returning_rate_of_hono"),
    ("… mix, new senders", AtLeast(1.5), "×", "webhook", "mix_new_rate_of_hono"),
    ("processor time of a webhook, mix", AtMost(1_000.0), "µs", "webhook", "mix_new_cpu"),
    (
        "99 of 100 answers at 80 % of full speed within",
        AtMost(250.0),
        "ms",
        "webhook",
        "mix_new_at_80_answer_p99",
    ),
    (
        "half of the replies at 80 % of full speed within",
        AtMost(50.0),
        "ms",
        "webhook",
        "mix_new_at_80_reply_p50",
    ),
    ("cold start, over the empty handler", AtMost(50.0), "ms", "start", "lotse_over_empty"),
    ("wasm and script, compressed", AtMost(1_000_000.0), "B", "size", "total_gzip_bytes"),
];

/// A table of all aims; `None` unless everything was measured.
pub fn describe(figures: &[Figure]) -> Option<String> {
    let row = |(words, bound, unit, bench, name): &(&str, Bound, &str, &str, &str)| {
        let figure = figures.iter().find(|figure| figure.is(bench, name))?;
        let (median, _, _) = figure.range();
        let (sign, aim, met) = match *bound {
            AtLeast(aim) => ("≥", aim, median >= aim),
            AtMost(aim) => ("≤", aim, median <= aim),
        };
        let met = if met { "yes" } else { "no" };
        let aim = format!("{sign} {} {unit}", number(aim, aim));
        Some(vec![(*words).to_owned(), aim, figure.cell(), met.to_owned()])
    };
    let rows: Option<Vec<Vec<String>>> = AIMS.iter().map(row).collect();
    Some(table(&["aim", "figure", "measured", "met"], &rows?))
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figures;
    use super::*;

    #[test]
    fn the_aims_stand_only_where_everything_was_measured() {
        let mut all = Vec::new();
        for bench in ["webhook", "start", "size"] {
            assert_eq!(describe(&all), None);
            let mut figures = Figures::new(bench);
            for (_, _, unit, _, name) in AIMS.iter().filter(|(_, _, _, one, _)| *one == bench) {
                figures.add(name, unit, 60.0);
            }
            all.extend(figures.into_list());
        }
        let text = describe(&all).unwrap_or_default();
        // 60 % and 60 times are enough; 60 ms for half of the replies and for a cold start are not.
        let met = |verdict: &str| text.lines().filter(|line| line.ends_with(verdict)).count();
        assert_eq!((met("| yes |"), met("|  no |")), (11, 2), "{text}");
    }
}
