use proptest::prelude::*;

use super::*;

/// One request at a pacer, so many milliseconds after the one before.
#[derive(Clone, Debug)]
struct Request {
    wait: i64,
    ask: Ask,
}

fn any_request() -> impl Strategy<Value = Request> {
    let wait = prop_oneof![4 => Just(0), 4 => 0_i64..30, 1 => 0_i64..3_000];
    let lane = prop::sample::select(vec![Lane::Human, Lane::Bot, Lane::Bot, Lane::Bulk]);
    (wait, lane, 1..40_u32, any::<bool>())
        .prop_map(|(wait, lane, count, invited)| Request { wait, ask: Ask { lane, count, invited } })
}

fn any_rate() -> impl Strategy<Value = Rate> {
    prop::sample::select(vec![1, 7, 30, 80, 300, 1_000]).prop_map(Rate::per_second)
}

/// The times of all slots that an answer gives away.
fn slots_of(answer: Answer) -> Vec<UnixMillis> {
    match answer {
        Answer::Granted { mut slots } => std::iter::from_fn(|| slots.take(UnixMillis(0))).collect(),
        Answer::NotBefore { slot } if slot.reserved => vec![slot.at],
        Answer::Probe { .. } | Answer::NotBefore { .. } | Answer::Paused { .. } => Vec::new(),
    }
}

/// Panics where a stretch of time holds more than the rate allows for it and for `slack` more milliseconds.
fn assert_within(rate: Rate, mut times: Vec<UnixMillis>, slack: i64) {
    times.sort_unstable();
    let per_second = i64::from(rate.messages_per_second());
    for (first, from) in times.iter().enumerate() {
        for (last, to) in times.iter().enumerate().skip(first) {
            // Times are rounded up to whole milliseconds: a stretch may be one longer than it seems.
            let stretch = to.millis_since(*from) + 1 + slack;
            let most = per_second * stretch / 1_000 + 1 + i64::from(rate.burst());
            let held = i64::try_from(last - first + 1).unwrap();
            assert!(held <= most, "{held} instead of {most} within {stretch} ms at {per_second}/s");
        }
    }
}

proptest! {
    #[test]
    fn no_stretch_of_time_holds_more_slots_than_rate_times_time_and_burst(
        rate in any_rate(), requests in prop::collection::vec(any_request(), 1..200)
    ) {
        let mut pacer = Pacer::default();
        let mut now = NOW;
        let mut times = Vec::new();
        for request in requests {
            now = now.plus_millis(request.wait);
            times.extend(slots_of(pacer.ask(request.ask, rate, now)));
        }
        assert_within(rate, times, 0);
    }

    #[test]
    fn no_slot_is_earlier_than_the_request_and_none_further_than_an_invited_one(
        rate in any_rate(), requests in prop::collection::vec(any_request(), 1..200)
    ) {
        let mut pacer = Pacer::default();
        let mut now = NOW;
        for request in requests {
            now = now.plus_millis(request.wait);
            let answer = pacer.ask(request.ask, rate, now);
            let slots = slots_of(answer);
            prop_assert!(slots.iter().all(|at| *at >= now), "{answer:?}");
            prop_assert!(slots.len() <= request.ask.count as usize);
            if let (Answer::NotBefore { slot: Slot { at, reserved: true, .. } }, false) = (answer, request.ask.invited) {
                prop_assert!(at.millis_since(now) <= HORIZON_MILLIS, "{answer:?}");
            }
            if let Answer::NotBefore { slot } = answer {
                prop_assert!(slot.at > now && slot.lane == request.ask.lane);
            }
        }
    }

    #[test]
    fn what_isolates_use_of_their_leases_stays_within_the_rate_and_one_slot_life(
        rate in any_rate(),
        moves in prop::collection::vec((0_usize..4, 0_i64..60, prop::bool::weighted(0.9)), 1..400),
    ) {
        let mut pacer = Pacer::default();
        let mut isolates = vec![Isolate::default(); 4];
        let (mut now, mut used, mut granted) = (NOW, Vec::new(), 0);
        for (which, wait, arrives) in moves {
            now = now.plus_millis(wait);
            let isolate = &mut isolates[which];
            let mut decision = isolate.decide(Lane::Bot, None, now, 0);
            if let Decision::Ask(ask) = decision {
                let answer = pacer.ask(ask, rate, now);
                granted += slots_of(answer).len();
                // An answer that is lost costs its slots and no more.
                decision = if arrives { isolate.answered(ask, answer, now) } else { Decision::NotBefore(
                    Slot { at: now, lane: Lane::Bot, reserved: false }) };
            }
            match decision {
                Decision::Send { .. } => used.push(now),
                Decision::SendAt(at) => used.push(at),
                Decision::NotBefore(slot) if slot.reserved => used.push(slot.at),
                Decision::NotBefore(_) => {}
                other => panic!("{other:?}"),
            }
        }
        prop_assert!(used.len() <= granted, "{} of {granted}", used.len());
        assert_within(rate, used, SLOT_LIFE_MILLIS);
    }

    #[test]
    fn a_human_leaves_at_once_however_many_others_wait(
        rate in any_rate(), requests in prop::collection::vec(any_request(), 1..200)
    ) {
        let mut pacer = Pacer::default();
        let mut now = NOW;
        // Humans write no faster than their share.
        let human_pause = 5_000 / i64::from(rate.messages_per_second()) + 1;
        let mut last_human = NOW.plus_millis(-60_000);
        for request in requests {
            now = now.plus_millis(request.wait);
            if request.ask.lane != Lane::Human {
                pacer.ask(request.ask, rate, now);
            } else if now.millis_since(last_human) >= human_pause {
                last_human = now;
                prop_assert_eq!(slots_of(pacer.ask(ask(Lane::Human), rate, now)), vec![now]);
            }
        }
    }

    #[test]
    fn a_crowd_of_humans_waits_for_no_bot(
        rate in any_rate(), bots in 1..5_000_u32, humans in 1..200_i64
    ) {
        let mut pacer = Pacer::default();
        for _ in 0..bots {
            pacer.ask(Ask { lane: Lane::Bot, count: 32, invited: true }, rate, NOW);
        }
        let share = i64::from(rate.messages_per_second());
        for human in 0..humans {
            let last = slots_of(pacer.ask(Ask { invited: true, ..ask(Lane::Human) }, rate, NOW));
            // As if there were nobody but humans, in their fifth.
            prop_assert!(last[0].millis_since(NOW) <= human * 5_000 / share + human + 1, "{human}");
        }
    }

    #[test]
    fn a_slot_for_bulk_makes_nobody_wait(
        rate in any_rate(), requests in prop::collection::vec(any_request(), 1..200)
    ) {
        let mut pacer = Pacer::default();
        let mut now = NOW;
        for request in requests {
            now = now.plus_millis(request.wait);
            let answer = pacer.ask(request.ask, rate, now);
            if request.ask.lane == Lane::Bulk && matches!(answer, Answer::Granted { .. }) {
                for lane in [Lane::Human, Lane::Bot] {
                    let next = pacer.clone().ask(ask(lane), rate, now);
                    prop_assert_eq!(slots_of(next), vec![now], "{:?}", lane);
                }
            }
        }
    }

    #[test]
    fn a_clock_that_was_set_back_neither_stops_nor_opens_an_account(
        rate in any_rate(), back in 1_i64..100_000_000, bots in 1..200
    ) {
        let mut pacer = Pacer::default();
        for _ in 0..bots {
            pacer.ask(ask(Lane::Bot), rate, NOW);
        }
        let there = told(pacer.clone().ask(ask(Lane::Bot), rate, NOW));
        let earlier = NOW.plus_millis(-back);
        let then = match pacer.ask(ask(Lane::Bot), rate, earlier) {
            Answer::NotBefore { slot } => {
                let after = slot.at.millis_since(earlier);
                if slot.reserved { Told::Reserved(after) } else { Told::Invited(after) }
            }
            other => Told::Now(slots_of(other)[0].millis_since(earlier)),
        };
        prop_assert_eq!(then, there);
    }
}

#[test]
fn every_channel_has_limits_that_make_sense() {
    for channel in crate::channel::ChannelName::ALL {
        let limits = channel.channel().send_limits();
        assert!((1..=limits.most_messages_per_second).contains(&limits.messages_per_second), "{channel}");
        // What a setting may say at all.
        assert!(limits.most_messages_per_second <= 10_000, "{channel}");
        assert!(limits.per_person.is_none_or(|pair| pair.interval_millis > 0 && pair.burst > 0), "{channel}");
    }
}

#[test]
fn what_waits_costs_the_pacer_nothing_and_holds_up_no_human() {
    let rate = Rate::per_second(80);
    let mut pacer = Pacer::default();
    let mut last = Told::Now(0);
    for _ in 0..100_000 {
        last = told(pacer.ask(ask(Lane::Bot), rate, NOW));
    }
    // One after the other, at the account's rate: twenty minutes for a hundred thousand.
    let Told::Invited(after) = last else { panic!("{last:?}") };
    assert!((1_240_000..1_260_000).contains(&after), "{after}");
    assert!(serde_json::to_string(&pacer).unwrap().len() < 300);
    assert_eq!(told(pacer.ask(ask(Lane::Human), rate, NOW)), Told::Now(0));
}

#[test]
fn answers_follow_one_another_from_at_once_over_reserved_to_invited() {
    let rate = Rate::per_second(80);
    let mut pacer = Pacer::default();
    let all: Vec<Told> = (0..800).map(|_| told(pacer.ask(ask(Lane::Bot), rate, NOW))).collect();
    let at_once = all.iter().filter(|told| matches!(told, Told::Now(0))).count();
    assert_eq!(at_once, 7, "the common burst of six, and one that humans can spare: {:?}", &all[..12]);
    let times: Vec<i64> = all
        .iter()
        .map(|told| match told {
            Told::Now(at) | Told::Reserved(at) | Told::Invited(at) => *at,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(matches!(all[30], Told::Reserved(_)), "{:?}", all[30]);
    assert!(matches!(all[799], Told::Invited(_)), "{:?}", all[799]);
}

/// Everybody does as told until all are through; returns when the last was and how often they asked.
fn drain(pacer: &mut Pacer, rate: Rate, lane: Lane, crowd: usize) -> (i64, usize) {
    let mut waiting: std::collections::BTreeSet<(UnixMillis, usize, bool)> =
        (0..crowd).map(|person| (NOW, person, false)).collect();
    let (mut last, mut asks) = (NOW, 0);
    while let Some((now, person, invited)) = waiting.pop_first() {
        asks += 1;
        let answer = pacer.ask(Ask { lane, count: 1, invited }, rate, now);
        match slots_of(answer).first() {
            Some(at) => last = last.max(*at),
            None => match answer {
                Answer::NotBefore { slot } => drop(waiting.insert((slot.at, person, true))),
                other => panic!("{other:?}"),
            },
        }
    }
    (last.millis_since(NOW), asks)
}

#[test]
fn a_crowd_gets_through_at_nearly_the_full_rate_with_at_most_two_asks_each() {
    for (name, lane, rate, crowd) in [
        ("bots at WhatsApp's rate", Lane::Bot, 80, 20_000),
        ("bots at Telegram's rate", Lane::Bot, 30, 20_000),
        ("bulk with nobody else", Lane::Bulk, 80, 5_000),
        ("humans alone", Lane::Human, 80, 5_000),
    ] {
        let (millis, asks) = drain(&mut Pacer::default(), Rate::per_second(rate), lane, crowd);
        let ideal = i64::try_from(crowd).unwrap() * 1_000 / i64::from(rate);
        assert!(millis <= ideal * 13 / 10 + 1_000, "{name}: {millis} ms instead of {ideal}");
        if lane != Lane::Bulk {
            assert!(asks <= 2 * crowd, "{name}: {asks} asks");
        }
    }
}

#[test]
fn who_was_invited_goes_before_newcomers() {
    let rate = Rate::per_second(80);
    let mut pacer = Pacer::default();
    for _ in 0..2_000 {
        pacer.ask(ask(Lane::Bot), rate, NOW);
    }
    let later = NOW.plus_millis(12_000);
    for _ in 0..100 {
        let invited = Ask { invited: true, ..ask(Lane::Bot) };
        assert!(matches!(
            pacer.ask(invited, rate, later),
            Answer::Granted { .. } | Answer::NotBefore { slot: Slot { reserved: true, .. } }
        ));
    }
    assert!(matches!(told(pacer.ask(ask(Lane::Bot), rate, later)), Told::Invited(after) if after > 24_000));
}

#[test]
fn bulk_gets_nothing_while_bots_keep_the_account_busy_and_everything_else_afterwards() {
    let rate = Rate::per_second(80);
    let mut pacer = Pacer::default();
    let mut granted = 0;
    for step in 0..1_000 {
        let now = NOW.plus_millis(step * 10);
        pacer.ask(ask(Lane::Bot), rate, now);
        granted += slots_of(pacer.ask(ask(Lane::Bulk), rate, now)).len();
    }
    assert!(granted <= 4, "{granted}, and those before anybody had to wait");
    let quiet = NOW.plus_millis(60_000);
    let granted: usize = (0..1_000)
        .map(|step| slots_of(pacer.ask(ask(Lane::Bulk), rate, quiet.plus_millis(step))).len())
        .sum();
    assert!((60..=66).contains(&granted), "{granted} within a second of 64");
}

#[test]
fn a_restart_gives_out_again_no_more_than_a_second_of_slots() {
    let rate = Rate::per_second(80);
    let (mut pacer, mut saved) = (Pacer::default(), Pacer::default());
    let (mut writes, mut times) = (0, Vec::new());
    for step in 0..4_000 {
        times.extend(slots_of(pacer.ask(ask(Lane::Bot), rate, NOW.plus_millis(step))));
        if pacer.must_be_saved(&saved) {
            let json = serde_json::to_string(&pacer).unwrap();
            saved = serde_json::from_str(&json).unwrap();
            assert_eq!(saved, pacer);
            writes += 1;
        }
    }
    assert!((1..=15).contains(&writes), "{writes} writes in four seconds of overload");
    let lost = times.len();
    for step in 4_000..8_000 {
        times.extend(slots_of(saved.ask(ask(Lane::Bot), rate, NOW.plus_millis(step))));
    }
    assert!(times.len() > lost);
    assert_within(rate, times, 1_000 + 100);
}

#[test]
fn an_account_that_keeps_up_writes_nothing() {
    let rate = Rate::per_second(80);
    let (mut pacer, saved) = (Pacer::default(), Pacer::default());
    for step in 0..10_000 {
        pacer.ask(ask(Lane::Bot), rate, NOW.plus_millis(step * 15));
        assert!(!pacer.must_be_saved(&saved), "{step}");
    }
}
