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
    isolate.end_call(calls[7], at(200));
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
fn turns_follow_the_order_of_asking_and_the_time_that_calls_take() {
    let (mut isolate, calls) = full();
    isolate.end_call(calls[0], at(512));
    isolate.begin_call(at(512));
    let turns: Vec<_> = (0..3 * CALLS_MAX).filter_map(|_| isolate.turn(Lane::Bot, at(512))).collect();
    assert!(turns.is_sorted(), "{turns:?}");
    assert_eq!(turns.first(), Some(&at(514)));
    assert_eq!(turns.last(), Some(&at(512 + 3 * 512)), "three times as many as can be out, 512 ms each");
}

#[test]
fn nobody_is_sent_away_for_long_whatever_calls_took() {
    let (mut isolate, calls) = full();
    isolate.end_call(calls[0], at(119_000));
    isolate.begin_call(at(119_000));
    let last = (0..9_000).filter_map(|_| isolate.turn(Lane::Bot, at(119_000))).last();
    assert_eq!(last, Some(at(124_000)));
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
            isolate.end_call(end.1, end.0);
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
    assert!(looked <= 4 * CROWD, "{looked} looks");
}
