use std::collections::BTreeSet;

use super::super::bulkhead::CALLS_MAX;
use super::*;

fn at(millis: i64) -> UnixMillis {
    NOW.plus_millis(millis)
}

/// An isolate with as many calls out as it may have.
fn full() -> (Isolate, Vec<CallId>) {
    let mut isolate = Isolate::default();
    let calls = (0..CALLS_MAX).map(|_| isolate.begin_call(NOW)).collect();
    (isolate, calls)
}

#[test]
fn calls_begin_until_so_many_are_out_and_again_when_one_has_ended() {
    let (mut isolate, calls) = full();
    assert!(isolate.turn(Lane::Bot, NOW).is_some());
    assert!(!isolate.take(Lane::Bot, NOW));
    isolate.end_call(calls[7]);
    assert_eq!(isolate.turn(Lane::Bot, at(200)), None);
    isolate.begin_call(at(200));
    assert!(isolate.turn(Lane::Bulk, at(200)).is_some());
}

#[test]
fn humans_and_emergencies_never_wait_for_calls() {
    let (mut isolate, _) = full();
    assert_eq!(isolate.turn(Lane::Human, NOW), None);
}

#[test]
fn a_call_of_which_nobody_hears_again_is_forgotten_and_so_is_one_from_before_the_clock_was_set_back() {
    for (name, millis) in [("minutes later", 120_000), ("the clock was set back", -1)] {
        let (mut isolate, _) = full();
        assert_eq!(isolate.turn(Lane::Bot, at(millis)), None, "{name}");
    }
}

#[test]
fn those_who_wait_look_one_after_the_other_and_within_seconds() {
    let (mut isolate, _) = full();
    let turns: Vec<_> = (0..9_000).filter_map(|_| isolate.turn(Lane::Bot, NOW)).collect();
    assert_eq!(turns[..3], [at(1), at(2), at(3)]);
    assert_eq!(turns.last(), Some(&at(5_000)));
}

#[test]
fn a_crowd_is_served_as_fast_as_calls_end_with_few_looks() {
    const CROWD: u64 = 5_000;
    const CALL_MILLIS: i64 = 300;
    let mut isolate = Isolate::default();
    // What happens next: who looks whether there is room, and whose call ends.
    let mut looks: BTreeSet<(UnixMillis, u64)> = (0..CROWD).map(|person| (NOW, person)).collect();
    let mut ends: BTreeSet<(UnixMillis, CallId)> = BTreeSet::new();
    let (mut looked, mut now) = (0, NOW);
    while let Some(&look) = looks.first() {
        if let Some(&end) = ends.first().filter(|end| end.0 <= look.0) {
            ends.remove(&end);
            isolate.end_call(end.1);
            continue;
        }
        looks.remove(&look);
        (now, looked) = (look.0, looked + 1);
        match isolate.turn(Lane::Bot, now) {
            Some(turn) => assert!(looks.insert((turn, look.1))),
            None => assert!(ends.insert((now.plus_millis(CALL_MILLIS), isolate.begin_call(now)))),
        }
        assert!(ends.len() <= CALLS_MAX);
    }
    let rounds = i64::try_from(CROWD).unwrap() / i64::try_from(CALLS_MAX).unwrap();
    assert!(
        now.millis_since(NOW) <= (rounds + 2) * CALL_MILLIS,
        "the last began after {} ms",
        now.millis_since(NOW)
    );
    let most_looks = CROWD as i64 + now.millis_since(NOW);
    assert!(looked <= most_looks, "{looked} looks in {} ms", now.millis_since(NOW));
}
