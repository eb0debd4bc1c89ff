//! Thousands of worlds keep every promise, and every bug on purpose is noticed.

use lotse_core::simulation::{Failure, Report, Sabotage, Size, Telling, simulate};

/// Worlds of every test run.
const SEEDS: u64 = 2_500;
/// Worlds in which a bug on purpose must be noticed.
const SEEDS_TO_NOTICE: u64 = 400;

fn told(failure: &Failure) -> String {
    let Failure { seed, violation, tail } = failure;
    format!(
        "{}\nseed {seed}: {violation}\nagain: cargo xtask simulate --seed {seed} --verbose",
        tail.join("\n")
    )
}

fn run(seeds: std::ops::Range<u64>, size: Size) -> Report {
    let mut all = Report::default();
    for seed in seeds {
        match simulate(seed, size, None, Telling::Nothing) {
            Ok(report) => all += report,
            Err(failure) => panic!("{}", told(&failure)),
        }
    }
    all
}

#[test]
fn small_worlds_keep_every_promise() {
    let report = run(0..SEEDS, Size::Small);
    println!("{report}");
    assert!(
        report.crashes > 1_000 && report.spilled > 100 && report.uncertain > 100,
        "storms are storms: {report}"
    );
    assert!(report.answered > 1_000 && report.handed_over > 1_000, "and people are served: {report}");
}

#[test]
fn worlds_with_thousands_of_people_keep_every_promise() {
    let report = run(0..2, Size::Large);
    assert!(report.stored > 2_000, "{report}");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let runs = [(); 2].map(|()| simulate(3, Size::Small, None, Telling::Tail).expect("a sound world"));
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn every_sabotage_is_noticed() {
    for sabotage in Sabotage::ALL {
        let found = (0..SEEDS_TO_NOTICE)
            .find_map(|seed| simulate(seed, Size::Small, Some(sabotage), Telling::Nothing).err());
        let failure =
            found.unwrap_or_else(|| panic!("{sabotage:?} was not noticed in {SEEDS_TO_NOTICE} worlds"));
        println!("{sabotage:?}: seed {}: {}", failure.seed, failure.violation);
    }
}
