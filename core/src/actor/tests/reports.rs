//! What the platform reports about sends: evidence, progress, and failures of what it had taken.

use super::*;

#[test]
fn a_report_settles_what_nobody_answered() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let attempt = sent(&bench.next()).expect("a call");
    bench.dies();
    bench.reports(attempt, DeliveryState::Sent);
    bench.waits(3_600_000);
    assert_eq!(bench.next(), Next::Rest);
    assert_eq!(bench.actor.kept().outbox, []);
}

#[test]
fn what_the_platform_gives_up_later_is_sent_again_where_that_helps() {
    for (name, code, is_sent_again) in [
        ("trouble that passes", 131_000, true),
        ("written to too fast", 131_056, true),
        ("the number sends too fast", 130_429, true),
        ("media that could not be fetched", 131_053, true),
        ("the account is locked", 131_031, true),
        ("undeliverable", 131_026, false),
        ("window closed", 131_047, false),
        ("a code that nobody knows", 987_654, false),
    ] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        bench.says("m1", KNOWN);
        let first = sent(&bench.next()).expect("a call");
        bench.hears(Some(first.send), &Outcome::Sent);
        bench.gives_up(first, code);
        assert_eq!(bench.actor.kept().state.open_thread().is_some(), !is_sent_again, "{name}");
        bench.dies();
        let again = bench.next_within_an_hour();
        assert_eq!(again.is_some(), is_sent_again, "{name}");
        if let Some(again) = again {
            assert_eq!((again.line, again.number), (first.line, 1), "{name}");
            assert_ne!(again.send, first.send, "{name}: a report about the first is no news of this one");
            bench.hears(Some(again.send), &Outcome::Sent);
            bench.gives_up(first, code);
            assert_eq!(bench.next_within_an_hour(), None, "{name}: the same report once more");
            bench.reports(again, DeliveryState::Delivered);
            assert_eq!(bench.delivery(first.line), Some(DeliveryState::Delivered), "{name}");
        } else {
            assert_eq!(bench.delivery(first.line), Some(DeliveryState::Failed), "{name}");
        }
    }
}

#[test]
fn media_that_fail_twice_are_shown_to_a_human() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    for is_first in [true, false] {
        let attempt = bench.next_within_an_hour().expect("a call");
        bench.hears(Some(attempt.send), &Outcome::Sent);
        bench.gives_up(attempt, 131_053);
        assert_eq!(bench.actor.kept().state.open_thread().is_some(), !is_first);
    }
}

#[test]
fn what_keeps_failing_later_is_given_up_after_its_time() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let (began, mut attempts) = (bench.now, 0);
    while let Some(attempt) = bench.next_within_an_hour() {
        attempts += 1;
        bench.hears(Some(attempt.send), &Outcome::Sent);
        bench.gives_up(attempt, 131_000);
    }
    assert!(bench.actor.kept().state.open_thread().is_some(), "a human sees it");
    let hours = bench.now.millis_since(began) / 3_600_000;
    assert!((24..27).contains(&hours) && attempts < 400, "{attempts} attempts in {hours} hours");
}

#[test]
fn a_failure_counts_for_its_attempt_only() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let first = sent(&bench.next()).expect("a call");
    bench.hears(Some(first.send), &Outcome::Unknown);
    let second = bench.next_within_an_hour().expect("nothing was heard");
    assert_eq!((second.send, second.number), (first.send, 2));
    bench.gives_up(first, 131_026);
    assert_ne!(bench.actor.kept().outbox, [], "the second attempt decides");
    bench.hears(Some(second.send), &Outcome::Sent);
    bench.gives_up(first, 131_026);
    assert_eq!(bench.delivery(first.line), Some(DeliveryState::Sent));
    bench.gives_up(second, 131_000);
    assert_eq!(bench.delivery(first.line), Some(DeliveryState::Failed), "sent once more, there might be two");
}

#[test]
fn a_failure_is_final_while_another_attempt_may_arrive() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let first = sent(&bench.next()).expect("a call");
    bench.hears(Some(first.send), &Outcome::Unknown);
    let second = bench.next_within_an_hour().expect("nothing was heard");
    // While the second call is out, the first is reported as taken, and then as failed.
    bench.reports(first, DeliveryState::Sent);
    bench.gives_up(first, 131_000);
    bench.hears(Some(second.send), &Outcome::Sent);
    assert_eq!(bench.next_within_an_hour(), None);
    assert_eq!(bench.delivery(first.line), Some(DeliveryState::Failed), "a human decides");
    bench.reports(second, DeliveryState::Delivered);
    assert_eq!(bench.delivery(first.line), Some(DeliveryState::Delivered));
}

#[test]
fn what_reached_the_person_has_not_failed() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let attempt = sent(&bench.next()).expect("a call");
    bench.hears(Some(attempt.send), &Outcome::Sent);
    bench.reports(attempt, DeliveryState::Read);
    bench.gives_up(attempt, 131_026);
    assert_eq!(bench.delivery(attempt.line), Some(DeliveryState::Read));
    assert_eq!(bench.next_within_an_hour(), None);
}

#[test]
fn a_failure_that_is_reported_before_the_call_is_answered_counts() {
    for answer in [Outcome::Sent, Outcome::Unknown] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        bench.says("m1", KNOWN);
        let first = sent(&bench.next()).expect("a call");
        bench.gives_up(first, 131_000);
        bench.hears(Some(first.send), &answer);
        let second = bench.next_within_an_hour().map(|second| (second.send, second.number));
        assert_eq!(second, Some((first.send, 2)), "{answer:?}");
    }
}

#[test]
fn that_the_platform_took_it_is_no_news_once_it_gave_it_up() {
    for heard in [Outcome::Unknown, Outcome::Sent] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        bench.says("m1", KNOWN);
        let first = sent(&bench.next()).expect("a call");
        bench.gives_up(first, 131_000);
        bench.reports(first, DeliveryState::Sent);
        bench.hears(Some(first.send), &heard);
        let second = bench.next_within_an_hour().expect("it is sent again");
        bench.reports(first, DeliveryState::Sent);
        assert_ne!(bench.actor.kept().outbox, [], "{heard:?}: the second attempt is not settled by that");
        bench.reports(second, DeliveryState::Sent);
        assert_eq!(bench.actor.kept().outbox, [], "{heard:?}");
    }
}

#[test]
fn a_message_that_arrived_after_all_is_not_sent_again() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let attempt = sent(&bench.next()).expect("a call");
    bench.hears(Some(attempt.send), &Outcome::Sent);
    bench.gives_up(attempt, 131_000);
    bench.reports(attempt, DeliveryState::Delivered);
    assert_eq!(bench.next_within_an_hour(), None);
}
