//! A storm of messages, kills, faults and redeliveries, and the audit after it.

use std::time::UNIX_EPOCH;

use lotse_tests::storm::{Plan, run};

#[test]
fn through_fifty_kills_nothing_is_lost_and_nothing_is_doubled() {
    // Another storm in every run; the seed of one that fails is printed with it.
    let seed = UNIX_EPOCH.elapsed().map_or(1, |elapsed| elapsed.as_secs());
    let plan = Plan { kills: 50, seed, contacts: 120, verbose: true };
    let audit = run(plan).unwrap_or_else(|error| panic!("{error:#}"));
    // It was a storm: every kind of thing happened.
    assert_eq!(audit.kills, 50);
    assert!(audit.accepted > 400 && audit.answered > 200 && audit.handed_over > 40, "{audit}");
    assert!(audit.uncertain.with_evidence > 0 && audit.uncertain.without_evidence > 0, "{audit}");
}
