use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::channel::ChannelName;
use crate::settings::tests::{berlin, with_sections};

const HOUR_MILLIS: i64 = 3_600_000;

/// Both templates in German, one of them in English too, and quiet nights and Sundays.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    with_sections(
        r#"
        [accounts.whatsapp.main.templates.reply]
        de = { name = "antwort_wartet", text = "Zu {reference} gibt es eine Antwort." }
        en = { name = "answer_waiting", code = "en_GB", text = "There is an answer to {reference}." }
        [accounts.whatsapp.main.templates.follow_up]
        de = { name = "neuigkeit", text = "{organisation} hat Neuigkeiten für Sie." }
        "#,
        r#"quiet_hours = ["00:00-08:00", "20:00-24:00"]
        quiet_days = ["sunday"]"#,
    )
});

static NO_TEMPLATES: LazyLock<Settings> = LazyLock::new(|| with_sections("", ""));

const OCCASIONS: [Occasion; 7] = [
    Occasion::Confirmation,
    Occasion::BotAnswer,
    Occasion::HumanReply,
    Occasion::HumanFollowUp,
    Occasion::Fallback { by_human: true },
    Occasion::Fallback { by_human: false },
    Occasion::Bulk,
];

fn key(channel: ChannelName) -> ConversationKey {
    ConversationKey { channel, account: "main".to_owned(), contact: "491701234567".to_owned() }
}

fn consent(choice: Choice) -> Consent {
    Consent { choice, at: UnixMillis(1), evidence: Evidence::Word { line: 1 } }
}

fn recipient(key: &ConversationKey, last_inbound_at: Option<UnixMillis>) -> Recipient<'_> {
    Recipient {
        key,
        last_inbound_at,
        reachable: true,
        consent: None,
        language: "de",
        reference: Some("GA-7Q4K"),
    }
}

/// The verdict as one word, with the name of the template.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::FreeText => "free".to_owned(),
        Verdict::HumanTag => "tag".to_owned(),
        Verdict::Template(announcement) => announcement.name.clone(),
        Verdict::NotBefore(_) => "later".to_owned(),
        Verdict::Refused(reason) => format!("{reason:?}"),
    }
}

#[test]
fn each_occasion_has_its_way_through_an_open_and_a_closed_window() {
    let now = berlin("2026-11-23 12:00");
    let given = consent(Choice::Given);
    let key = key(ChannelName::Whatsapp);
    let day = 24 * HOUR_MILLIS;
    let columns = [
        ("just now", Some(now)),
        ("24 hours ago", Some(now.plus_millis(-day))),
        ("a moment more", Some(now.plus_millis(-day - 1))),
        ("never", None),
    ];
    let table = [
        (Occasion::Confirmation, ["free", "free", "WindowClosed", "WindowClosed"]),
        (Occasion::BotAnswer, ["free", "free", "WindowClosed", "WindowClosed"]),
        (Occasion::HumanReply, ["free", "free", "antwort_wartet", "antwort_wartet"]),
        (Occasion::HumanFollowUp, ["free", "free", "neuigkeit", "neuigkeit"]),
        (Occasion::Fallback { by_human: true }, ["free", "free", "antwort_wartet", "antwort_wartet"]),
        (Occasion::Fallback { by_human: false }, ["free", "free", "antwort_wartet", "antwort_wartet"]),
        (Occasion::Bulk, ["free", "free", "neuigkeit", "neuigkeit"]),
    ];
    for (occasion, row) in table {
        for ((name, at), expected) in columns.iter().zip(row) {
            let recipient = Recipient { consent: Some(&given), ..recipient(&key, *at) };
            let verdict = decide(occasion, &recipient, &SETTINGS, now);
            assert_eq!(word(&verdict), expected, "{occasion:?}, wrote {name}");
            if *at < Some(now.plus_millis(-day)) {
                let refused = Verdict::Refused(Reason::WindowClosed);
                assert_eq!(decide(occasion, &recipient, &NO_TEMPLATES, now), refused, "{occasion:?}, {name}");
            }
        }
    }
}

#[test]
fn a_platform_without_a_window_takes_free_text_at_any_time() {
    let key = key(ChannelName::Telegram);
    let now = berlin("2026-11-23 12:00");
    for occasion in OCCASIONS.into_iter().filter(|occasion| *occasion != Occasion::Bulk) {
        assert_eq!(decide(occasion, &recipient(&key, None), &SETTINGS, now), Verdict::FreeText);
    }
}

#[test]
fn a_template_speaks_the_persons_language_or_else_the_first_one() {
    let key = key(ChannelName::Whatsapp);
    for (language, occasion, name, code) in [
        ("de", Occasion::HumanReply, "antwort_wartet", "de"),
        ("en", Occasion::HumanReply, "answer_waiting", "en_GB"),
        ("en", Occasion::HumanFollowUp, "neuigkeit", "de"),
        ("tr", Occasion::HumanReply, "antwort_wartet", "de"),
    ] {
        let recipient = Recipient { language, ..recipient(&key, None) };
        let Verdict::Template(announcement) = decide(occasion, &recipient, &SETTINGS, UnixMillis(0)) else {
            panic!("{language}: a template")
        };
        assert_eq!((announcement.name.as_str(), announcement.language.as_str()), (name, code), "{language}");
    }
}

#[test]
fn a_template_that_cannot_be_filled_is_none() {
    let key = key(ChannelName::Whatsapp);
    let recipient = Recipient { reference: None, ..recipient(&key, None) };
    let verdict = decide(Occasion::HumanReply, &recipient, &SETTINGS, UnixMillis(0));
    assert_eq!(verdict, Verdict::Refused(Reason::WindowClosed));
}

#[test]
fn each_wish_of_the_person_is_kept() {
    let now = berlin("2026-11-23 12:00");
    let key = key(ChannelName::Whatsapp);
    let stopped = consent(Choice::Withdrawn { wrote_since: false });
    let wrote_since = consent(Choice::Withdrawn { wrote_since: true });
    let given = consent(Choice::Given);
    let silent = "OptedOut";
    let free = "free";
    // Confirmation, bot answer, human reply, follow-up, fallback of a human and of the bot, bulk.
    let table = [
        ("said nothing", None, true, [free, free, free, free, free, free, "NoConsent"]),
        ("said start", Some(&given), true, [free; 7]),
        ("said stop", Some(&stopped), true, [free, silent, silent, silent, silent, silent, silent]),
        ("wrote after stop", Some(&wrote_since), true, [free, free, free, free, free, free, silent]),
        ("blocked us", Some(&given), false, ["Unreachable"; 7]),
    ];
    for (name, consent, reachable, row) in table {
        let recipient = Recipient { consent, reachable, ..recipient(&key, Some(now)) };
        for (occasion, expected) in OCCASIONS.into_iter().zip(row) {
            assert_eq!(word(&decide(occasion, &recipient, &SETTINGS, now)), expected, "{name}: {occasion:?}");
        }
    }
}

#[test]
fn bulk_waits_for_the_end_of_the_quiet_hours_and_nobody_else_does() {
    let key = key(ChannelName::Telegram);
    let given = consent(Choice::Given);
    let recipient = Recipient { consent: Some(&given), ..recipient(&key, None) };
    for (name, at, from) in [
        ("in the morning", "2026-11-23 07:59", Some("2026-11-23 08:00")),
        ("by day", "2026-11-23 08:00", None),
        ("the last minute", "2026-11-23 19:59", None),
        ("in the evening", "2026-11-23 20:00", Some("2026-11-24 08:00")),
        ("on Saturday night", "2026-11-28 21:00", Some("2026-11-30 08:00")),
        ("on Sunday", "2026-11-29 12:00", Some("2026-11-30 08:00")),
        ("before clocks jump ahead", "2026-03-28 20:00", Some("2026-03-30 08:00")),
        ("before clocks go back", "2026-10-24 23:00", Some("2026-10-26 08:00")),
    ] {
        let now = berlin(at);
        let expected = from.map_or(Verdict::FreeText, |from| Verdict::NotBefore(berlin(from)));
        assert_eq!(decide(Occasion::Bulk, &recipient, &SETTINGS, now), expected, "{name}");
        for occasion in OCCASIONS.into_iter().filter(|occasion| *occasion != Occasion::Bulk) {
            assert_eq!(decide(occasion, &recipient, &SETTINGS, now), Verdict::FreeText, "{name}");
        }
    }
}

#[test]
fn quiet_hours_hold_through_both_clock_changes() {
    let settings = with_sections("", r#"quiet_hours = ["00:00-02:30", "03:30-04:00"]"#);
    for day in ["2026-03-29", "2026-10-25"] {
        let midnight = berlin(&format!("{day} 00:00"));
        for minute in 0..6 * 60 {
            let at = midnight.plus_millis(minute * 60_000);
            let zoned = jiff::Timestamp::from_millisecond(at.0).expect("a time");
            let local = settings.zone_rule.time_zone().to_datetime(zoned);
            let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
            let quiet = minutes < 150 || (210..240).contains(&minutes);
            let from = settings.bulk_from(at).expect("an hour that is not quiet");
            assert_eq!(from == at, !quiet, "{day}, minute {minute}");
        }
    }
}

#[test]
fn only_what_is_cleared_has_content_and_a_template_takes_the_place_of_the_words() {
    let words = || OutgoingContent::Text { body: "Ja.".to_owned() };
    let place = || OutgoingContent::Location {
        latitude: 0.0,
        longitude: 0.0,
        name: String::new(),
        address: String::new(),
    };
    let key = key(ChannelName::Whatsapp);
    let closed = decide(Occasion::HumanReply, &recipient(&key, None), &SETTINGS, UnixMillis(0));
    let template = OutgoingContent::Template {
        name: "antwort_wartet".to_owned(),
        language: "de".to_owned(),
        parameters: vec!["GA-7Q4K".to_owned()],
        body: "Zu GA-7Q4K gibt es eine Antwort.".to_owned(),
    };
    let human = OutgoingContent::HumanText { body: "Ja.".to_owned() };
    let refused = || Err(Reason::WindowClosed);
    for (name, verdict, content, expected) in [
        ("free text", Verdict::FreeText, words(), Ok(words())),
        ("a place", Verdict::FreeText, place(), Ok(place())),
        ("a template", closed, words(), Ok(template)),
        ("the tag", Verdict::HumanTag, words(), Ok(human)),
        ("the tag on a place", Verdict::HumanTag, place(), refused()),
        ("refused", Verdict::Refused(Reason::WindowClosed), words(), refused()),
        ("later", Verdict::NotBefore(UnixMillis(7)), words(), Err(Reason::QuietHours)),
    ] {
        assert_eq!(verdict.clear(content).map(Cleared::into_content), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn bulk_is_never_sent_in_a_quiet_hour_nor_later_than_it_must(
        at in 1_767_225_600_000_i64..1_830_297_600_000,
        wrote in proptest::option::of(0_i64..72),
    ) {
        let key = key(ChannelName::Whatsapp);
        let given = consent(Choice::Given);
        let now = UnixMillis(at);
        let wrote = wrote.map(|hours| now.plus_millis(-hours * HOUR_MILLIS));
        let recipient = Recipient { consent: Some(&given), ..recipient(&key, wrote) };
        let loud = |at: UnixMillis| {
            let zoned = jiff::Timestamp::from_millisecond(at.0).expect("a time");
            let local = SETTINGS.zone_rule.time_zone().to_datetime(zoned);
            (8..20).contains(&local.hour()) && local.weekday() != jiff::civil::Weekday::Sunday
        };
        match decide(Occasion::Bulk, &recipient, &SETTINGS, now) {
            Verdict::NotBefore(from) => {
                prop_assert!(!loud(now) && loud(from) && from > now && !loud(from.plus_millis(-1)));
            }
            verdict => prop_assert!(loud(now), "{verdict:?}"),
        }
    }
}
