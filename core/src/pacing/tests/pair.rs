use super::*;

const WHATSAPP: PairLimit = PairLimit { interval_millis: 6_000, burst: 45 };
const STEADY: PairLimit = PairLimit { interval_millis: 1_000, burst: 1 };

#[test]
fn a_burst_leaves_at_once_and_then_one_per_interval() {
    for (name, limit, burst, interval) in [("burst of 45", WHATSAPP, 45, 6_000), ("none", STEADY, 1, 1_000)] {
        let mut pace = PairPace::default();
        for message in 0..burst {
            assert_eq!(pace.not_before(limit, NOW), NOW, "{name}: {message}");
            pace.spend(limit, NOW);
        }
        let mut now = NOW;
        for message in 1..5 {
            now = pace.not_before(limit, now);
            assert_eq!(now.millis_since(NOW), message * interval, "{name}");
            pace.spend(limit, now);
        }
    }
}

#[test]
fn over_any_time_no_more_leave_than_the_limit_says() {
    let mut pace = PairPace::default();
    let mut sent = Vec::new();
    let mut now = NOW;
    for wait in [0, 0, 90_000, 0, 0, 1_000_000, 0, 7, 300_000].repeat(20) {
        now = now.plus_millis(wait);
        for _ in 0..20 {
            now = pace.not_before(WHATSAPP, now);
            pace.spend(WHATSAPP, now);
            sent.push(now);
        }
    }
    for (first, from) in sent.iter().enumerate() {
        for (last, to) in sent.iter().enumerate().skip(first) {
            let most = to.millis_since(*from) / 6_000 + 45;
            assert!(i64::try_from(last - first + 1).unwrap() <= most, "{first} to {last}");
        }
    }
}

#[test]
fn a_clock_that_was_set_back_silences_nobody() {
    let mut pace = PairPace::default();
    (0..100).for_each(|_| pace.spend(STEADY, NOW));
    assert!(pace.not_before(STEADY, NOW).millis_since(NOW) <= 1_000);
    let yesterday = NOW.plus_millis(-24 * 60 * 60_000);
    assert!(pace.not_before(STEADY, yesterday).millis_since(yesterday) <= 1_000);
    pace.spend(STEADY, yesterday);
    assert!(pace.not_before(STEADY, yesterday).millis_since(yesterday) <= 1_000);
}

#[test]
fn a_limit_without_sense_still_lets_messages_leave() {
    let nothing = PairLimit { interval_millis: 0, burst: 0 };
    let mut pace = PairPace::default();
    pace.spend(nothing, NOW);
    assert_eq!(pace.not_before(nothing, NOW), NOW);
}

#[test]
fn it_is_kept_as_one_number() {
    let mut pace = PairPace::default();
    assert!(pace.is_unused());
    pace.spend(WHATSAPP, NOW);
    assert!(!pace.is_unused());
    assert_eq!(serde_json::to_string(&pace).unwrap(), "1772442006000");
    assert_eq!(serde_json::from_str::<PairPace>("1772442006000").unwrap(), pace);
}
