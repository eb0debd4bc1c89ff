use super::*;

const RATE: Rate = Rate::per_second(80);

fn at(millis: i64) -> UnixMillis {
    NOW.plus_millis(millis)
}

fn slot(millis: i64, lane: Lane, reserved: bool) -> Slot {
    Slot { at: at(millis), lane, reserved }
}

/// Decides and asks the pacer where need be; returns whether it did.
fn sends(isolate: &mut Isolate, pacer: &mut Pacer, millis: i64) -> (Decision, bool) {
    match isolate.decide(Lane::Bot, None, at(millis), 0) {
        Decision::Ask(ask) => {
            let answer = pacer.ask(ask, RATE, at(millis));
            (isolate.answered(ask, answer, at(millis)), true)
        }
        decided => (decided, false),
    }
}

#[test]
fn a_busy_isolate_asks_a_few_times_a_second_and_a_quiet_one_for_single_slots() {
    let (mut isolate, mut pacer) = (Isolate::default(), Pacer::default());
    let asks: usize = (0..500).filter(|step| sends(&mut isolate, &mut pacer, step * 20).1).count();
    assert!((40..=80).contains(&asks), "{asks} asks in ten seconds with 500 messages");
    let (mut isolate, mut pacer) = (Isolate::default(), Pacer::default());
    for step in 0..10 {
        match isolate.decide(Lane::Bot, None, at(step * 1_000), 0) {
            Decision::Ask(ask) => {
                assert_eq!(ask.count, 1);
                let answer = pacer.ask(ask, RATE, at(step * 1_000));
                assert_eq!(isolate.answered(ask, answer, at(step * 1_000)), Decision::Send { probe: None });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn messages_that_ask_at_the_same_time_do_not_ask_for_the_same_need_twice() {
    let mut isolate = Isolate::default();
    let counts: Vec<u32> = (0..40)
        .map(|_| match isolate.decide(Lane::Bot, None, NOW, 0) {
            Decision::Ask(ask) => ask.count,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts.iter().sum::<u32>(), 40);
}

#[test]
fn a_slot_expires_after_its_life() {
    let (mut isolate, mut pacer) = (Isolate::default(), Pacer::default());
    let ask = Ask { lane: Lane::Bot, count: 5, invited: false };
    let answer = pacer.ask(ask, RATE, NOW);
    assert_eq!(isolate.answered(ask, answer, NOW), Decision::Send { probe: None });
    assert_eq!(isolate.decide(Lane::Bot, None, at(SLOT_LIFE_MILLIS), 0), Decision::Send { probe: None });
    assert!(matches!(isolate.decide(Lane::Bot, None, at(SLOT_LIFE_MILLIS + 1), 0), Decision::Ask(_)));
}

#[test]
fn leases_of_one_lane_are_not_for_another() {
    let (mut isolate, mut pacer) = (Isolate::default(), Pacer::default());
    let ask = Ask { lane: Lane::Human, count: 2, invited: false };
    let answer = pacer.ask(ask, RATE, NOW);
    isolate.answered(ask, answer, NOW);
    assert!(matches!(isolate.decide(Lane::Bulk, None, NOW, 0), Decision::Ask(_)));
    assert!(matches!(isolate.decide(Lane::Bot, None, NOW, 0), Decision::Ask(_)));
    assert_eq!(isolate.decide(Lane::Human, None, NOW, 0), Decision::Send { probe: None });
}

#[test]
fn what_a_message_was_told_before_is_kept() {
    let invited = |lane| Decision::Ask(Ask { lane, count: 1, invited: true });
    let anew = |lane| Decision::Ask(Ask { lane, count: 1, invited: false });
    let send = Decision::Send { probe: None };
    let rows = [
        ("nothing", None, Lane::Bot, anew(Lane::Bot)),
        ("a reservation whose time has come", Some(slot(0, Lane::Bot, true)), Lane::Bot, send),
        ("one that is a little late", Some(slot(-SLOT_GRACE_MILLIS, Lane::Bot, true)), Lane::Bot, send),
        (
            "one that is too late",
            Some(slot(-SLOT_GRACE_MILLIS - 1, Lane::Bot, true)),
            Lane::Bot,
            invited(Lane::Bot),
        ),
        ("an invitation", Some(slot(0, Lane::Bot, false)), Lane::Bot, invited(Lane::Bot)),
        (
            "one that is still to come",
            Some(slot(5, Lane::Bot, true)),
            Lane::Bot,
            Decision::NotBefore(slot(5, Lane::Bot, true)),
        ),
        (
            "one of a message that became urgent",
            Some(slot(5, Lane::Bot, true)),
            Lane::Human,
            anew(Lane::Human),
        ),
        ("one of a more urgent lane", Some(slot(0, Lane::Human, true)), Lane::Bot, send),
        ("one from a clock that was wrong", Some(slot(1 << 40, Lane::Bot, true)), Lane::Bot, anew(Lane::Bot)),
    ];
    for (name, held, lane, expected) in rows {
        assert_eq!(Isolate::default().decide(lane, held, NOW, 0), expected, "{name}");
    }
}

#[test]
fn short_waits_are_spent_waiting_and_long_ones_are_told() {
    let ask = ask(Lane::Bot);
    let rows = [
        ("a near reservation", slot(1_000, Lane::Bot, true), Decision::SendAt(at(1_000))),
        ("a far one", slot(1_001, Lane::Bot, true), Decision::NotBefore(slot(1_001, Lane::Bot, true))),
        ("an invitation", slot(10, Lane::Bot, false), Decision::NotBefore(slot(10, Lane::Bot, false))),
    ];
    for (name, slot, expected) in rows {
        assert_eq!(Isolate::default().answered(ask, Answer::NotBefore { slot }, NOW), expected, "{name}");
    }
}

#[test]
fn a_message_leaves_when_the_pacer_cannot_be_reached_and_nobody_asks_for_a_while() {
    let mut isolate = Isolate::default();
    let Decision::Ask(ask) = isolate.decide(Lane::Bot, None, NOW, 0) else { panic!() };
    assert_eq!(isolate.not_answered(ask, at(1_000), 0), Decision::Send { probe: None });
    for millis in [1_000, 3_000, 5_999] {
        assert_eq!(isolate.decide(Lane::Bulk, None, at(millis), 0), Decision::Send { probe: None });
    }
    assert!(matches!(isolate.decide(Lane::Bot, None, at(6_000), 0), Decision::Ask(_)));
}

#[test]
fn a_halted_account_stays_halted_when_the_pacer_cannot_be_reached() {
    let mut isolate = Isolate::default();
    let ask = ask(Lane::Bot);
    let mine = slot(15_000, Lane::Bot, false);
    let paused = Answer::Paused { slot: mine, halt: Halt::ByHand };
    assert_eq!(isolate.answered(ask, paused, NOW), Decision::Halted(mine, Halt::ByHand));
    // Just heard: answered from memory, each to come back at another time.
    let times: Vec<Decision> =
        [0, 100, 255].iter().map(|dice| isolate.decide(Lane::Bot, None, at(999), *dice)).collect();
    for (decision, millis) in times.iter().zip([15_999, 21_858, 30_940]) {
        assert_eq!(*decision, Decision::Halted(slot(millis, Lane::Bot, false), Halt::ByHand));
    }
    let Decision::Ask(again) = isolate.decide(Lane::Bot, None, at(1_000), 0) else { panic!() };
    assert!(matches!(isolate.not_answered(again, at(2_000), 0), Decision::Halted(_, Halt::ByHand)));
    assert!(matches!(isolate.decide(Lane::Bot, None, at(3_000), 0), Decision::Halted(_, Halt::ByHand)));
    // Old news holds nobody.
    let Decision::Ask(again) = isolate.decide(Lane::Bot, None, at(60_000), 0) else { panic!() };
    assert_eq!(isolate.not_answered(again, at(61_000), 0), Decision::Send { probe: None });
}

#[test]
fn a_reservation_is_asked_about_once_the_isolate_has_heard_of_a_halt() {
    let mut isolate = Isolate::default();
    let reserved = Some(slot(3_000, Lane::Bot, true));
    let paused = Answer::Paused { slot: slot(15_000, Lane::Bot, false), halt: Halt::Stopped };
    isolate.answered(ask(Lane::Bot), paused, NOW);
    let Decision::Ask(asked) = isolate.decide(Lane::Bot, reserved, at(3_000), 0) else { panic!() };
    assert!(asked.invited);
    let granted = Pacer::default().ask(asked, RATE, at(3_000));
    assert_eq!(isolate.answered(asked, granted, at(3_000)), Decision::Send { probe: None });
    // Good news clears it.
    assert_eq!(isolate.decide(Lane::Bot, reserved, at(3_000), 0), Decision::Send { probe: None });
}

#[test]
fn leases_are_forgotten_when_the_account_is_halted() {
    let (mut isolate, mut pacer) = (Isolate::default(), Pacer::default());
    let many = Ask { lane: Lane::Bot, count: 5, invited: false };
    let answer = pacer.ask(many, RATE, NOW);
    isolate.answered(many, answer, NOW);
    let paused = Answer::Paused { slot: slot(15_000, Lane::Human, false), halt: Halt::ByHand };
    isolate.answered(ask(Lane::Human), paused, NOW);
    assert!(matches!(isolate.decide(Lane::Bot, None, NOW, 0), Decision::Halted(_, Halt::ByHand)));
}

#[test]
fn a_probe_is_passed_on_with_its_name() {
    let mut pacer = Pacer::default();
    pacer.report(&Outcome::Stopped { cause: Cause::Barred, code: None }, None, NOW);
    let answer = pacer.ask(ask(Lane::Bot), RATE, at(60_000));
    let Answer::Probe { probe } = answer else { panic!("{answer:?}") };
    let decision = Isolate::default().answered(ask(Lane::Bot), answer, at(60_000));
    assert_eq!(decision, Decision::Send { probe: Some(probe) });
}
