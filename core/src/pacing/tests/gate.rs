use proptest::prelude::*;

use super::super::breaker::PROBE_LIFE_MILLIS;
use super::*;
use crate::channel::SendErrorKind;

const RATE: Rate = Rate::per_second(80);
const TROUBLED: Outcome = Outcome::Troubled;
const BARRED: Outcome = Outcome::Stopped { cause: Cause::Barred, code: Some(131_048) };

/// A pacer that reported these outcomes at `NOW`.
fn after(outcomes: &[Outcome]) -> Pacer {
    let mut pacer = Pacer::default();
    outcomes.iter().for_each(|outcome| pacer.report(outcome, None, NOW));
    pacer
}

/// Asks for one message of the bot, so many milliseconds after `NOW`.
fn asked(pacer: &mut Pacer, millis: i64) -> Answer {
    pacer.ask(ask(Lane::Bot), RATE, NOW.plus_millis(millis))
}

fn probe(pacer: &mut Pacer, millis: i64) -> ProbeId {
    match asked(pacer, millis) {
        Answer::Probe { probe } => probe,
        other => panic!("no probe after {millis} ms: {other:?}"),
    }
}

fn state(pacer: &Pacer, millis: i64) -> AccountState {
    pacer.status(NOW.plus_millis(millis)).state
}

#[test]
fn what_a_refusal_tells_about_the_account() {
    let works = [
        SendErrorKind::RecipientThrottled,
        SendErrorKind::WaitADay,
        SendErrorKind::WindowClosed,
        SendErrorKind::Unreachable,
        SendErrorKind::Moved { contact_id: "1".to_owned() },
        SendErrorKind::Refused,
    ];
    for kind in works {
        assert_eq!(Outcome::refused(&kind, None), Outcome::Works, "{}", kind.name());
    }
    let rows = [
        (SendErrorKind::Transient, TROUBLED),
        (SendErrorKind::Throttled { wait_secs: Some(3) }, Outcome::Throttled { wait_secs: Some(3) }),
        (SendErrorKind::PauseAccount, Outcome::Stopped { cause: Cause::Barred, code: Some(7) }),
        (SendErrorKind::Unauthorized, Outcome::Stopped { cause: Cause::Unauthorized, code: Some(7) }),
    ];
    for (kind, outcome) in rows {
        assert_eq!(Outcome::refused(&kind, Some(7)), outcome, "{}", kind.name());
    }
}

#[test]
fn an_account_stops_as_its_outcomes_say() {
    let throttled = |wait_secs| Outcome::Throttled { wait_secs };
    let rows = [
        ("nothing", vec![], AccountState::Sending),
        ("a bar", vec![BARRED], AccountState::Stopped),
        (
            "refused credentials",
            vec![Outcome::Stopped { cause: Cause::Unauthorized, code: None }],
            AccountState::Stopped,
        ),
        ("a little trouble", vec![TROUBLED; 9], AccountState::Sending),
        ("much trouble", vec![TROUBLED; 10], AccountState::Stopped),
        ("one chat that was too fast", vec![throttled(Some(3))], AccountState::Sending),
        ("two chats that were too fast", vec![throttled(Some(3)); 2], AccountState::Throttled),
        ("two, without a time", vec![throttled(None); 2], AccountState::Throttled),
        ("refusals of single messages", vec![Outcome::Works; 99], AccountState::Sending),
    ];
    for (name, outcomes, expected) in rows {
        assert_eq!(state(&after(&outcomes), 0), expected, "{name}");
    }
}

#[test]
fn trouble_with_a_small_part_of_all_sends_stops_nothing() {
    let mut pacer = Pacer::default();
    for step in 0..1_000 {
        asked(&mut pacer, step * 20);
        if step % 3 == 0 {
            pacer.report(&TROUBLED, None, NOW.plus_millis(step * 20));
        }
    }
    assert_eq!(state(&pacer, 20_000), AccountState::Sending);
    for step in 1_000..2_000 {
        asked(&mut pacer, step * 20);
        pacer.report(&TROUBLED, None, NOW.plus_millis(step * 20));
    }
    assert_ne!(state(&pacer, 40_000), AccountState::Sending);
}

#[test]
fn trouble_that_comes_now_and_then_stops_nothing() {
    let mut pacer = Pacer::default();
    for step in 0..100 {
        pacer.report(&TROUBLED, None, NOW.plus_millis(step * 10_000));
        assert_eq!(state(&pacer, step * 10_000), AccountState::Sending, "{step}");
    }
}

#[test]
fn a_throttle_lasts_as_long_as_the_platform_says_and_then_ends_by_itself() {
    let rows = [
        ("three seconds", Some(3), 3_000),
        ("no time", None, 1_000),
        ("no time at all", Some(0), 0),
        ("for ever", Some(u32::MAX), 60 * 60_000),
    ];
    for (name, wait_secs, millis) in rows {
        let mut pacer = after(&[Outcome::Throttled { wait_secs }, Outcome::Throttled { wait_secs }]);
        if millis > 0 {
            assert_eq!(state(&pacer, millis - 1), AccountState::Throttled, "{name}");
            let Told::Paused(until, Halt::Throttled) = told(asked(&mut pacer, 0)) else { panic!("{name}") };
            assert_eq!(until, millis.min(RECHECK_MILLIS), "{name}");
        }
        assert_eq!(state(&pacer, millis), AccountState::Sending, "{name}");
        assert!(matches!(asked(&mut pacer, millis), Answer::Granted { .. }), "{name}");
    }
}

#[test]
fn a_throttle_without_a_time_doubles_while_it_comes_back() {
    let mut pacer = Pacer::default();
    let (mut at, mut waits) = (0, Vec::new());
    for _ in 0..9 {
        for _ in 0..5 {
            pacer.report(&Outcome::Throttled { wait_secs: None }, None, NOW.plus_millis(at));
        }
        let until = pacer.status(NOW.plus_millis(at)).next_try_at.expect("throttled");
        waits.push(until.millis_since(NOW) - at);
        at = until.millis_since(NOW) + 10;
    }
    assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    at += 120_000;
    for _ in 0..2 {
        pacer.report(&Outcome::Throttled { wait_secs: None }, None, NOW.plus_millis(at));
    }
    assert_eq!(pacer.status(NOW.plus_millis(at)).next_try_at, Some(NOW.plus_millis(at + 1_000)));
}

#[test]
fn two_complaints_long_apart_are_two_chats() {
    let mut pacer = Pacer::default();
    for step in 0..10 {
        let now = NOW.plus_millis(step * 5_001);
        pacer.report(&Outcome::Throttled { wait_secs: Some(60) }, None, now);
        assert_eq!(pacer.status(now).state, AccountState::Sending, "{step}");
    }
}

#[test]
fn one_probe_at_a_time_tries_more_and_more_rarely() {
    for (name, outcomes, outcome, pauses) in [
        ("trouble", vec![TROUBLED; 10], TROUBLED, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]),
        ("a bar", vec![BARRED], BARRED, [60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]),
    ] {
        let mut pacer = after(&outcomes);
        let mut at = 0;
        for pause in pauses {
            assert!(matches!(asked(&mut pacer, at + pause - 1), Answer::Paused { .. }), "{name} {pause}");
            at += pause;
            let probe = probe(&mut pacer, at);
            assert_eq!(state(&pacer, at), AccountState::Trying, "{name}");
            assert!(matches!(asked(&mut pacer, at), Answer::Paused { halt: Halt::Stopped, .. }), "{name}");
            pacer.report(&outcome, Some(probe), NOW.plus_millis(at));
            assert_eq!(state(&pacer, at), AccountState::Stopped, "{name}");
        }
        let probe = probe(&mut pacer, at + 900_000);
        pacer.report(&Outcome::Works, Some(probe), NOW.plus_millis(at + 900_010));
        assert_eq!(state(&pacer, at + 900_010), AccountState::Sending, "{name}");
        assert!(matches!(asked(&mut pacer, at + 900_010), Answer::Granted { .. }), "{name}");
    }
}

#[test]
fn a_lost_probe_makes_room_for_the_next_and_its_late_failure_counts_for_nothing() {
    let mut pacer = after(&[BARRED]);
    let lost = probe(&mut pacer, 60_000);
    assert!(matches!(asked(&mut pacer, 60_000 + PROBE_LIFE_MILLIS - 1), Answer::Paused { .. }));
    let second = probe(&mut pacer, 60_000 + PROBE_LIFE_MILLIS);
    pacer.report(&TROUBLED, Some(lost), NOW.plus_millis(91_000));
    assert_eq!(state(&pacer, 91_000), AccountState::Trying);
    assert!(matches!(asked(&mut pacer, 91_000), Answer::Paused { .. }));
    pacer.report(&Outcome::Works, Some(second), NOW.plus_millis(92_000));
    assert_eq!(state(&pacer, 92_000), AccountState::Sending);
}

#[test]
fn only_a_probe_closes_the_breaker() {
    let mut pacer = after(&[BARRED, Outcome::Works, Outcome::Works]);
    assert_eq!(state(&pacer, 0), AccountState::Stopped);
    let probe = probe(&mut pacer, 60_000);
    pacer.report(&Outcome::Works, None, NOW.plus_millis(60_000));
    assert_eq!(state(&pacer, 60_000), AccountState::Trying);
    pacer.report(&Outcome::Works, Some(probe), NOW.plus_millis(60_000));
    assert_eq!(state(&pacer, 60_000), AccountState::Sending);
}

#[test]
fn a_probe_that_is_throttled_waits_as_long_as_the_platform_says() {
    let mut pacer = after(&[TROUBLED; 10]);
    let probe = probe(&mut pacer, 2_000);
    pacer.report(&Outcome::Throttled { wait_secs: Some(30) }, Some(probe), NOW.plus_millis(2_000));
    assert_eq!(state(&pacer, 31_999), AccountState::Throttled);
    assert!(matches!(asked(&mut pacer, 32_000), Answer::Probe { .. }));
}

#[test]
fn trouble_that_turns_out_to_be_a_bar_waits_as_long_as_a_bar() {
    let mut pacer = after(&[TROUBLED; 10]);
    pacer.report(&BARRED, None, NOW);
    assert!(matches!(asked(&mut pacer, 59_999), Answer::Paused { .. }));
    assert!(matches!(asked(&mut pacer, 60_000), Answer::Probe { .. }));
    // The other way round it stays a bar: a human is needed.
    let mut pacer = after(&[BARRED, TROUBLED]);
    assert!(matches!(asked(&mut pacer, 2_000), Answer::Paused { .. }));
}

#[test]
fn a_pause_by_hand_is_lifted_by_hand_only() {
    let mut pacer = after(&[TROUBLED; 10]);
    let probe = probe(&mut pacer, 2_000);
    pacer.pause("Mia Sommer".to_owned(), "wrong answers".to_owned(), NOW.plus_millis(2_500));
    pacer.report(&Outcome::Works, Some(probe), NOW.plus_millis(3_000));
    for millis in [3_000, 60_000, 10_000_000, 100_000_000_000] {
        assert_eq!(state(&pacer, millis), AccountState::Paused);
        for lane in Lane::ALL {
            let answer = pacer.ask(ask(lane), RATE, NOW.plus_millis(millis));
            assert!(matches!(answer, Answer::Paused { halt: Halt::ByHand, .. }), "{answer:?}");
        }
    }
    let status = pacer.status(NOW.plus_millis(3_000));
    assert_eq!(
        status,
        Status {
            state: AccountState::Paused,
            since: Some(NOW.plus_millis(2_500)),
            reason: Some("wrong answers".to_owned()),
            next_try_at: None,
            by: Some("Mia Sommer".to_owned()),
        }
    );
    pacer.resume(NOW.plus_millis(100_000_000_000));
    assert!(matches!(asked(&mut pacer, 100_000_000_000), Answer::Granted { .. }));
}

#[test]
fn a_resume_ends_whatever_held_the_account() {
    let throttled = Outcome::Throttled { wait_secs: Some(3_000) };
    for (name, outcomes) in
        [("a bar", vec![BARRED]), ("a throttle", vec![throttled; 2]), ("trouble", vec![TROUBLED; 10])]
    {
        let mut pacer = after(&outcomes);
        assert_ne!(state(&pacer, 0), AccountState::Sending, "{name}");
        pacer.resume(NOW);
        assert_eq!(state(&pacer, 0), AccountState::Sending, "{name}");
        assert!(matches!(asked(&mut pacer, 0), Answer::Granted { .. }), "{name}");
    }
}

#[test]
fn those_who_wait_for_a_halted_account_come_back_one_after_the_other() {
    let mut pacer = Pacer::default();
    pacer.pause("Mia Sommer".to_owned(), "drill".to_owned(), NOW);
    let times: Vec<i64> = (0..1_000)
        .map(|_| match told(asked(&mut pacer, 0)) {
            Told::Paused(at, Halt::ByHand) => at,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(times[0], RECHECK_MILLIS);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 12), "80 a second");
    // A human does not wait behind them, not even for the news.
    let human = pacer.ask(ask(Lane::Human), RATE, NOW);
    assert_eq!(told(human), Told::Paused(RECHECK_MILLIS, Halt::ByHand));
}

#[test]
fn what_operators_read_names_the_cause() {
    let rows = [
        (TROUBLED, 10, "the platform is in trouble or does not answer"),
        (
            BARRED,
            1,
            "the platform does not let the account send: spam rating, payment or registration (code 131048)",
        ),
        (
            Outcome::Stopped { cause: Cause::Unauthorized, code: Some(190) },
            1,
            "the platform refuses the credentials (code 190)",
        ),
    ];
    for (outcome, times, words) in rows {
        let status = after(&vec![outcome; times]).status(NOW);
        assert_eq!(status.reason.as_deref(), Some(words));
        assert_eq!((status.since, status.by), (Some(NOW), None));
        assert!(status.next_try_at.is_some());
    }
}

#[test]
fn what_must_survive_a_restart_is_saved_and_survives_it() {
    let mut pacer = Pacer::default();
    let mut saved = pacer.clone();
    let mut step = |name: &str, change: &mut dyn FnMut(&mut Pacer)| {
        change(&mut pacer);
        assert!(pacer.must_be_saved(&saved), "{name}");
        saved = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
        assert_eq!(saved, pacer, "{name}");
        assert!(!pacer.must_be_saved(&saved), "{name}");
    };
    step("a throttle", &mut |pacer| {
        (0..2).for_each(|_| pacer.report(&Outcome::Throttled { wait_secs: Some(3) }, None, NOW));
    });
    step("a bar", &mut |pacer| pacer.report(&BARRED, None, NOW));
    step("a probe", &mut |pacer| assert!(matches!(asked(pacer, 60_000), Answer::Probe { .. })));
    step("a pause", &mut |pacer| pacer.pause("Mia Sommer".to_owned(), "drill".to_owned(), NOW));
    step("a resume", &mut |pacer| pacer.resume(NOW.plus_millis(60_000)));
    assert_eq!(serde_json::from_str::<Pacer>("{}").unwrap(), Pacer::default());
}

#[derive(Clone, Debug)]
enum Move {
    Wait(i64),
    Ask(Lane),
    /// Reports for the latest probe, for the one before, or for an ordinary send.
    Report(Outcome, Option<usize>),
    Pause,
    Resume,
}

fn any_move() -> impl Strategy<Value = Move> {
    let outcome = prop::sample::select(vec![
        Outcome::Works,
        TROUBLED,
        BARRED,
        Outcome::Throttled { wait_secs: Some(20) },
        Outcome::Throttled { wait_secs: None },
    ]);
    prop_oneof![
        3 => prop_oneof![0_i64..3_000, 0_i64..100_000].prop_map(Move::Wait),
        6 => prop::sample::select(Lane::ALL.to_vec()).prop_map(Move::Ask),
        6 => (outcome, prop::option::of(0_usize..2)).prop_map(|(outcome, probe)| Move::Report(outcome, probe)),
        1 => Just(Move::Pause),
        1 => Just(Move::Resume),
    ]
}

proptest! {
    #[test]
    fn never_are_two_probes_out_and_a_pause_by_hand_lets_nothing_through(
        moves in prop::collection::vec(any_move(), 1..300)
    ) {
        let mut pacer = Pacer::default();
        let (mut now, mut is_paused) = (NOW, false);
        let mut probes: Vec<ProbeId> = Vec::new();
        let mut out: Option<UnixMillis> = None;
        for each in moves {
            match each {
                Move::Wait(millis) => now = now.plus_millis(millis),
                Move::Pause => {
                    pacer.pause("Mia Sommer".to_owned(), "drill".to_owned(), now);
                    is_paused = true;
                }
                Move::Resume => {
                    pacer.resume(now);
                    // Whatever is out then is an ordinary send.
                    (is_paused, out) = (false, None);
                    probes.clear();
                }
                Move::Report(outcome, age) => {
                    let probe = age.and_then(|age| probes.iter().rev().nth(age).copied());
                    pacer.report(&outcome, probe, now);
                    if probe.is_some() && (age == Some(0) || outcome == Outcome::Works) {
                        out = None;
                    }
                }
                Move::Ask(lane) => match pacer.ask(ask(lane), RATE, now) {
                    Answer::Probe { probe } => {
                        let is_lost = out.is_none_or(|since| now.millis_since(since) >= PROBE_LIFE_MILLIS);
                        prop_assert!(is_lost && !is_paused);
                        out = Some(now);
                        probes.push(probe);
                    }
                    Answer::Paused { slot, .. } => {
                        prop_assert!(slot.at > now && !slot.reserved);
                        prop_assert!(pacer.status(now).state != AccountState::Sending);
                    }
                    _ => prop_assert!(!is_paused && pacer.status(now).state == AccountState::Sending),
                },
            }
            prop_assert_eq!(pacer.status(now).state == AccountState::Paused, is_paused);
        }
    }
}
