use proptest::prelude::*;

use super::*;

/// The settings that stand at the root of the repository.
const DEVELOPMENT: &str = include_str!("../../../lotse.toml");

pub(crate) fn development() -> Settings {
    Settings::from_toml(DEVELOPMENT, &resolve_zone).expect("lotse.toml is valid")
}

/// An instant from its local time in Berlin: `2026-11-23 14:30`.
pub(crate) fn berlin(local: &str) -> UnixMillis {
    let local: jiff::civil::DateTime = local.parse().expect("a local time");
    let zone = development().zone_rule.time_zone().clone();
    UnixMillis(local.to_zoned(zone).expect("an instant").timestamp().as_millisecond())
}

/// The development settings with these templates and rules for bulk messages instead of their own.
pub(crate) fn with_sections(templates: &str, bulk: &str) -> Settings {
    let start = DEVELOPMENT.find("# Templates that").expect("a comment");
    let end = DEVELOPMENT.find("[accounts.telegram.main]").expect("the next section");
    let rest = DEVELOPMENT.find("# Messages to many").expect("a comment");
    let last = DEVELOPMENT.find("# After how many days").expect("the next section");
    let (accounts, rest) = (&DEVELOPMENT[end..rest], &DEVELOPMENT[last..]);
    let text = format!("{}{templates}\n{accounts}[bulk]\n{bulk}\n{rest}", &DEVELOPMENT[..start]);
    Settings::from_toml(&text, &resolve_zone).unwrap_or_else(|error| panic!("{error}"))
}

fn with_hours(hours: &str) -> Settings {
    let start = DEVELOPMENT.find("[hours]").expect("a section");
    let end = DEVELOPMENT.find("# Your accounts").expect("the next section");
    let text = format!("{}[hours]\n{hours}\n{}", &DEVELOPMENT[..start], &DEVELOPMENT[end..]);
    Settings::from_toml(&text, &resolve_zone).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn settings_survive_the_way_through_json() {
    let settings = development();
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    assert_eq!(settings.zone_rule.as_str(), "CET-1CEST,M3.5.0,M10.5.0/3");
}

#[test]
fn development_accounts_are_found_both_ways() {
    let settings = development();
    assert_eq!(settings.account(ChannelName::Whatsapp, "main").unwrap().address, "100000000000001");
    assert_eq!(settings.account_by_address(ChannelName::Telegram, "1"), Some("main"));
    assert_eq!(settings.account_by_address(ChannelName::Telegram, "100000000000001"), None);
}

#[test]
fn evidence_has_more_time_than_a_call_where_nothing_is_said() {
    let Sending { settle_seconds, call_timeout_seconds, .. } = Sending::default();
    assert!(settle_seconds.get() > call_timeout_seconds.get());
}

#[test]
fn an_account_sends_as_fast_as_its_settings_say_or_as_its_platform_usually_grants() {
    let settings = development();
    assert_eq!(settings.rate(ChannelName::Whatsapp, "main"), Rate::per_second(1_000));
    let text = DEVELOPMENT.replace("messages_per_second = 1000\n", "");
    let usual = Settings::from_toml(&text, &resolve_zone).expect("the rate may be left out");
    for (channel, rate) in [(ChannelName::Whatsapp, 80), (ChannelName::Telegram, 30)] {
        assert_eq!(usual.rate(channel, "main"), Rate::per_second(rate), "{channel}");
        assert_eq!(settings.rate(channel, "unknown"), Rate::per_second(rate), "{channel}");
    }
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let cases = [
        ("broken TOML", "[bot]\n", "[bot\n", "unclosed table"),
        ("unknown field", "late_after_minutes = 5", "late_after = 5", "unknown field `late_after`"),
        ("unknown section", "[retention]", "[retentoin]", "unknown field `retentoin`"),
        ("missing field", "pack = \"gesundheitsamt\"\n", "", "missing field `pack`; add it"),
        ("wrong type", "settle_seconds = 5", "settle_seconds = \"5\"", "invalid type"),
        (
            "less time for evidence than for a call",
            "settle_seconds = 5",
            "settle_seconds = 4",
            "settle_seconds (4) is not longer than call_timeout_seconds (4)",
        ),
        (
            "more time for a call than for evidence",
            "call_timeout_seconds = 4",
            "call_timeout_seconds = 5",
            "write 6 or more",
        ),
        ("number too small", "late_after_minutes = 5", "late_after_minutes = 0", "from 1 to 1440"),
        ("unknown variant", "\"send_again\"\n", "\"never\"\n", "unknown variant `never`"),
        (
            "unknown channel",
            "[accounts.telegram.main]",
            "[accounts.telegramm.main]",
            "unknown variant `telegramm`",
        ),
        ("unknown zone", "Europe/Berlin", "Europe/Musterstadt", "IANA name"),
        ("lower-case prefix", "\"GA\"", "\"ga\"", "two to four capital letters"),
        (
            "no language",
            "languages = [\"de\", \"en\", \"tr\", \"uk\", \"ar\", \"de-leicht\"]",
            "languages = []",
            "at least one",
        ),
        ("first language without texts", "[\"de\", \"en\"", "[\"fr\", \"de\"", "put \"de\", \"en\""),
        ("malformed language", "[\"de\", \"en\"", "[\"de\", \"English\"", "no language tag"),
        ("missing name", "de = \"Gesundheitsamt Musterstadt\", ", "", "the name in \"de\" is missing"),
        ("surplus name", "name = { de", "name = { fr = \"Office\", de", "not in `languages`"),
        ("pack outside its folder", "pack = \"gesundheitsamt\"", "pack = \"../secret\"", "no pack"),
        (
            "plain link",
            "https://musterstadt.example/imp",
            "http://musterstadt.example/imp",
            "starts with https://",
        ),
        ("span without minutes", "\"08:00-15:00\"", "\"8-15\"", "no span of time"),
        ("span backwards", "\"08:00-15:00\"", "\"15:00-08:00\"", "ends before it starts"),
        ("span past midnight", "\"08:00-15:00\"", "\"08:00-24:01\"", "no span of time"),
        ("overlapping spans", "\"08:00-15:00\"", "\"08:00-12:00\", \"11:00-15:00\"", "without overlap"),
        ("no such day", "2026-12-25", "2026-13-25", "no date"),
        ("date in another form", "2026-12-25", "20261225", "no date"),
        ("day listed twice", "2026-12-26", "2026-12-25", "listed twice"),
        ("account name for no URL", "[accounts.telegram.main]", "[accounts.telegram.Main_1]", "rename it"),
        ("empty address", "address = \"1\"", "address = \"\"", "no address"),
        ("malformed template name", "\"answer_waiting\"", "\"Answer\"", "no template name"),
        ("unknown place", "Vorgang {reference}", "Vorgang {name}", "nothing fills {name}"),
        ("template in no language of ours", "\nen = { name =", "\nfr = { name =", "not in `languages`"),
        (
            "templates where there are none",
            "[accounts.telegram.main]",
            "[accounts.telegram.main.templates.reply]\nde = { name = \"a\", text = \"a\" }\n[accounts.telegram.main]",
            "telegram has no templates",
        ),
        (
            "quiet hours out of order",
            "[\"00:00-08:00\", \"20:00-24:00\"]",
            "[\"20:00-24:00\", \"00:00-08:00\"]",
            "in order",
        ),
        ("quiet all the week", "[\"00:00-08:00\", \"20:00-24:00\"]", "[\"00:00-24:00\"]", "leave some"),
        ("no rate", "messages_per_second = 1000", "messages_per_second = 0", "from 1 to 10000"),
        (
            "a rate beyond sense",
            "messages_per_second = 1000",
            "messages_per_second = 1001",
            "no account more than 1000",
        ),
        ("unknown team", "hotline = \"B", "office = \"B", "no team \"hotline\""),
    ];
    for (name, from, to, reason) in cases {
        assert_eq!(DEVELOPMENT.matches(from).count().min(1), 1, "{name}: nothing to replace");
        let text = DEVELOPMENT.replacen(from, to, 1);
        let error = Settings::from_toml(&text, &resolve_zone).expect_err(name);
        assert!(error.reason.contains(reason), "{name}: {error}");
        // A value may be named by its own line or, where it is gone, by that of its table.
        assert!((1..=text.lines().count()).contains(&error.line), "{name}: {error}");
    }
}

#[test]
fn the_line_of_a_mistake_is_exact() {
    let line_of = |needle: &str, text: &str| text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    for (from, to) in [
        ("Europe/Berlin", "Europe/Musterstadt"),
        ("late_after_minutes = 5", "late_after_minutes = 0"),
        ("echo_pause_hours = 12", "echo_pause = 12"),
        ("settle_seconds = 5", "settle_seconds = 4"),
        ("friday = [\"08:00-15:00\"]", "friday = [\"15:00-08:00\"]"),
        ("address = \"1\"", "address = \" \""),
    ] {
        let text = DEVELOPMENT.replacen(from, to, 1);
        let error = Settings::from_toml(&text, &resolve_zone).expect_err(to);
        assert_eq!(error.line, line_of(to, &text), "{to}: {error}");
    }
}

#[test]
fn office_hours_hold_on_ordinary_days_holidays_and_at_their_edges() {
    let settings = development();
    for (name, local, open) in [
        ("a Monday at noon", "2026-11-23 12:00", true),
        ("the first second", "2026-11-23 08:00", true),
        ("a second before", "2026-11-23 07:59:59", false),
        ("the end is outside", "2026-11-23 18:00", false),
        ("Friday afternoon", "2026-11-27 16:00", false),
        ("a Sunday", "2026-11-29 12:00", false),
        ("a holiday", "2026-12-25 12:00", false),
    ] {
        assert_eq!(settings.is_open(berlin(local)), open, "{name}");
    }
}

#[test]
fn the_next_opening_is_found_over_nights_weekends_and_holiday_chains() {
    let settings = development();
    for (name, from, to) in [
        ("inside the hours", "2026-11-23 12:00", "2026-11-23 12:00"),
        ("before work", "2026-11-23 05:00", "2026-11-23 08:00"),
        ("after work", "2026-11-23 18:00", "2026-11-24 08:00"),
        ("over the weekend", "2026-11-27 15:00", "2026-11-30 08:00"),
        ("over Christmas", "2026-12-24 18:00", "2026-12-28 08:00"),
        ("over the year", "2026-12-31 18:00", "2027-01-04 08:00"),
        ("over Easter", "2027-03-25 20:00", "2027-03-30 08:00"),
        ("over the spring change", "2026-03-27 15:00", "2026-03-30 08:00"),
        ("over the autumn change", "2026-10-23 15:00", "2026-10-26 08:00"),
    ] {
        assert_eq!(settings.next_opening(berlin(from)), Some(berlin(to)), "{name}");
    }
}

#[test]
fn a_desk_that_never_opens_has_no_next_opening() {
    assert_eq!(with_hours("").next_opening(berlin("2026-11-23 12:00")), None);
}

#[test]
fn the_next_opening_is_the_first_open_minute_on_both_clock_change_days() {
    let hours = [
        "sunday = [\"02:30-06:00\"]",
        "sunday = [\"00:00-02:15\", \"02:45-24:00\"]",
        "sunday = [\"01:00-02:30\"]",
        "sunday = [\"02:15-02:45\"]",
        "sunday = [\"00:00-24:00\"]",
    ];
    for (hours, day) in hours.iter().flat_map(|hours| [(hours, "2026-03-29"), (hours, "2026-10-25")]) {
        let settings = with_hours(hours);
        let midnight = berlin(&format!("{day} 00:00"));
        let minutes: Vec<UnixMillis> =
            (-60..26 * 60).map(|minute| midnight.plus_millis(minute * 60_000)).collect();
        for (index, minute) in minutes.iter().enumerate() {
            if let Some(open) = minutes[index..].iter().find(|minute| settings.is_open(**minute)) {
                assert_eq!(settings.next_opening(*minute), Some(*open), "{day} {hours} from {minute:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn the_next_opening_is_open_and_never_in_the_past(at in 1_767_225_600_000_i64..1_830_297_600_000) {
        let settings = development();
        let at = UnixMillis(at);
        let next = settings.next_opening(at).unwrap();
        prop_assert!(next >= at && settings.is_open(next));
        prop_assert_eq!(next == at, settings.is_open(at));
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "\\PC*") {
        let _ = Settings::from_toml(&text, &resolve_zone);
    }

    #[test]
    fn any_instant_has_an_answer(at in any::<i64>()) {
        let settings = development();
        let _ = settings.next_opening(UnixMillis(at));
        let _ = settings.moment(UnixMillis(at), UnixMillis(0), TextLanguage::German);
    }
}

#[test]
fn moments_are_told_in_words() {
    let settings = development();
    for (at, now, german, english) in [
        ("2026-11-22 14:30", "2026-11-22 09:00", "heute um 14:30 Uhr", "today at 2:30 pm"),
        ("2026-11-23 08:00", "2026-11-22 23:59", "morgen um 8:00 Uhr", "tomorrow at 8:00 am"),
        (
            "2026-11-23 00:05",
            "2026-11-20 09:00",
            "Montag, 23.11., um 0:05 Uhr",
            "Monday, 23 November, at 12:05 am",
        ),
        (
            "2027-01-04 12:00",
            "2026-12-31 18:00",
            "Montag, 4.1.2027, um 12:00 Uhr",
            "Monday, 4 January 2027, at 12:00 pm",
        ),
        ("2027-01-01 08:00", "2026-12-31 18:00", "morgen um 8:00 Uhr", "tomorrow at 8:00 am"),
    ] {
        let (at, now) = (berlin(at), berlin(now));
        assert_eq!(settings.moment(at, now, TextLanguage::German), german);
        assert_eq!(settings.moment(at, now, TextLanguage::English), english);
    }
    let (at, now) = (berlin("2026-11-23 08:00"), berlin("2026-11-20 18:00"));
    assert_eq!(settings.moment_onwards(at, now, TextLanguage::German), "Montag, 23.11., ab 8:00 Uhr");
    assert_eq!(settings.time_of_day(at, TextLanguage::German), "8:00 Uhr");
}

#[test]
fn moments_are_told_in_every_language() {
    let settings = development();
    let now = berlin("2026-11-20 09:00");
    let [today, tomorrow, later, next_year] =
        ["2026-11-20 14:30", "2026-11-21 08:00", "2026-11-27 08:05", "2027-01-04 08:00"].map(berlin);
    use TextLanguage::{Arabic, PlainGerman, Turkish, Ukrainian};
    for (language, expected) in [
        (
            PlainGerman,
            [
                "heute um 14 Uhr 30",
                "morgen ab 8 Uhr",
                "am Freitag, den 27. November, ab 8 Uhr 5",
                "am Montag, den 4. Januar 2027, ab 8 Uhr",
            ],
        ),
        (
            Turkish,
            [
                "bugün saat 14.30",
                "yarın saat 8.00 itibarıyla",
                "27.11 cuma saat 8.05 itibarıyla",
                "4.01.2027 pazartesi saat 8.00 itibarıyla",
            ],
        ),
        (
            Ukrainian,
            [
                "сьогодні о 14:30",
                "завтра з 8:00",
                "у п’ятницю, 27.11, з 8:05",
                "у понеділок, 4.01.2027, з 8:00",
            ],
        ),
        (
            Arabic,
            [
                "اليوم الساعة 14:30",
                "غدًا ابتداءً من الساعة 8:00",
                "يوم الجمعة 27/11 ابتداءً من الساعة 8:05",
                "يوم الاثنين 4/1/2027 ابتداءً من الساعة 8:00",
            ],
        ),
    ] {
        let onwards = |at| settings.moment_onwards(at, now, language);
        let told =
            [settings.moment(today, now, language), onwards(tomorrow), onwards(later), onwards(next_year)];
        assert_eq!(told, expected, "{language:?}");
    }
}

#[test]
fn a_language_is_found_by_its_tag_or_its_primary_part() {
    let settings = development();
    assert_eq!(settings.supported_language(["fr", "de-AT"]), Some("de"));
    assert_eq!(settings.supported_language(["EN"]), Some("en"));
    assert_eq!(settings.supported_language(["fr"]), None);
    assert_eq!(settings.supported_language(["de-leicht"]), Some("de-leicht"));
    assert_eq!(settings.text_language("tr-TR"), TextLanguage::Turkish);
    assert_eq!(settings.text_language("de_LEICHT"), TextLanguage::PlainGerman);
    assert_eq!(settings.text_language("fr"), TextLanguage::German);
}
