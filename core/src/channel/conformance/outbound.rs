//! What goes out is within the platform's limits, and no word is missing.
//!
//! Rendered calls are compared with golden files in `<channel>/testdata/rendered`; random content is
//! held against `limits`.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::TestSecrets;
use super::limits::{assert_within_limits, documented_rules};
use crate::channel::{ApiCall, ChannelName, ReplyRules, SendContext};
use crate::message::{Choice, Contact, MediaKind, OutgoingContent};

const TOKENS: TestSecrets<'_> =
    TestSecrets(&[("ACCESS_TOKEN", &["secret-access"]), ("BOT_TOKEN", &["1:secret-bot"])]);

fn person() -> Contact {
    Contact { id: "491713920001".to_owned(), ..Contact::default() }
}

fn context<'a>(channel: ChannelName, to: &'a Contact) -> SendContext<'a> {
    SendContext {
        api_base: channel.channel().default_api_base(),
        account_address: match channel {
            ChannelName::Whatsapp => "100000000000001",
            ChannelName::Telegram => "",
        },
        to,
        secrets: &TOKENS,
        callback: "send-1",
        reply_to: None,
    }
}

fn body_of(call: &ApiCall) -> Value {
    serde_json::from_slice(&call.body).expect("JSON")
}

fn choices(titles: &[&str]) -> Vec<Choice> {
    let choice =
        |(index, title): (usize, &&str)| Choice { id: format!("c{index}"), title: (*title).to_owned() };
    titles.iter().enumerate().map(choice).collect()
}

fn text(body: &str) -> OutgoingContent {
    OutgoingContent::Text { body: body.to_owned() }
}

fn with_choices(body: &str, titles: &[&str]) -> OutgoingContent {
    OutgoingContent::Choices { body: body.to_owned(), choices: choices(titles) }
}

fn media(kind: MediaKind, caption: Option<&str>) -> OutgoingContent {
    OutgoingContent::Media {
        kind,
        link: "https://example.org/file".to_owned(),
        caption: caption.map(str::to_owned),
        filename: Some("Merkblatt.pdf".to_owned()),
    }
}

fn location(name: &str, address: &str) -> OutgoingContent {
    let (name, address) = (name.to_owned(), address.to_owned());
    OutgoingContent::Location { latitude: 52.5186, longitude: 13.3762, name, address }
}

fn template_with(body: String, parameters: Vec<String>) -> OutgoingContent {
    let (name, language) = ("answer_waiting".to_owned(), "de".to_owned());
    OutgoingContent::Template { name, language, parameters, body }
}

fn template(parameters: &[&str]) -> OutgoingContent {
    let body = format!("Es gibt eine Antwort. {}", parameters.join(" ")).trim_end().to_owned();
    template_with(body, parameters.iter().map(|&value| value.to_owned()).collect())
}

fn examples() -> Vec<(&'static str, OutgoingContent)> {
    let ten = ["Eins", "Zwei", "Drei", "Vier", "Fünf", "Sechs", "Sieben", "Acht", "Neun", "Zehn"];
    vec![
        ("text", text("Guten Tag! \"Zitat\" \\ </b> 😀\nZeile zwei")),
        ("text_blank", text(" \n")),
        ("buttons", with_choices("Meinten Sie:", &["Testen", "Impfen", "Ein Mensch"])),
        (
            "buttons_with_long_titles",
            with_choices(
                "Meinten Sie:",
                &["Wo kann ich mich am Sonntag testen lassen?", "Impfen", "Ein Mensch"],
            ),
        ),
        ("buttons_with_equal_titles", with_choices("Welche?", &["Ja", "Ja"])),
        ("buttons_without_text", with_choices("", &["Ja", "Nein"])),
        ("buttons_under_a_long_text", with_choices(&"Ein Satz. ".repeat(150), &["Ja", "Nein"])),
        ("list", with_choices("Thema?", &ten)),
        ("too_many_choices", with_choices("Thema?", &[&ten[..], &["Elf"]].concat())),
        ("choices_without_choices", with_choices("Nur Text", &[])),
        ("location", location("Rathaus", "Platz 1, Berlin")),
        ("location_bare", location("", "")),
        ("location_name_only", location("Rathaus", "")),
        ("image", media(MediaKind::Image, Some("So sieht es aus"))),
        ("video", media(MediaKind::Video, None)),
        ("audio", media(MediaKind::Audio, Some("Anhören"))),
        ("voice", media(MediaKind::Voice, None)),
        ("document", media(MediaKind::Document, Some("Merkblatt"))),
        ("sticker", media(MediaKind::Sticker, Some("wink"))),
        ("human_text", OutgoingContent::HumanText { body: "Guten Tag, ich bin da.".to_owned() }),
        ("template", template(&["GA-7Q4K", "Amt \"Musterstadt\""])),
        ("template_without_places", template(&[])),
        ("mark_read", OutgoingContent::MarkRead { message_id: "77".to_owned() }),
        ("confirm_press", OutgoingContent::ConfirmPress { press_id: "4382bf".to_owned() }),
    ]
}

/// A call with its credentials masked.
fn shown(call: &ApiCall) -> Value {
    json!({
        "url": call.url.replace("1:secret-bot", "[token]"),
        "authorization": call.authorization.as_ref().map(|value| value.replace("secret-access", "[token]")),
        "content_type": call.content_type,
        "body": body_of(call),
    })
}

fn assert_pinned(channel: ChannelName, name: &str, calls: &[Option<Value>]) {
    let mut settings = insta::Settings::clone_current();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/channel");
    settings.set_snapshot_path(root.join(channel.as_str()).join("testdata/rendered"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let calls = serde_json::to_string_pretty(calls).expect("plain data");
    settings.bind(|| insta::assert_snapshot!(name, calls));
}

#[test]
fn every_content_is_rendered_as_pinned() {
    for &channel in ChannelName::ALL {
        let person = person();
        for (name, content) in examples() {
            let fitted = channel.channel().fit(content);
            let render = |content| channel.channel().render(content, &context(channel, &person));
            let calls: Vec<Option<Value>> =
                fitted.iter().map(|content| render(content).as_ref().map(shown)).collect();
            assert_pinned(channel, name, &calls);
        }
    }
}

#[test]
fn every_way_to_address_a_person_is_rendered_as_pinned() {
    let contact = |id: &str, phone: Option<&str>, language: Option<&str>| Contact {
        id: id.to_owned(),
        phone: phone.map(str::to_owned),
        language: language.map(str::to_owned),
        ..Contact::default()
    };
    let user = "DE.13490000000000000001";
    let (whatsapp, telegram) = (ChannelName::Whatsapp, ChannelName::Telegram);
    let number = "100000000000001";
    let table = [
        (
            whatsapp,
            "to_phone_of_user_id",
            contact(user, Some("491713920001"), None),
            number,
            Some("wamid.in1"),
        ),
        (whatsapp, "to_phone_with_plus", contact(user, Some("+491713920001"), None), number, None),
        (whatsapp, "to_user_id_only", contact(user, None, Some("de")), number, None),
        (whatsapp, "to_english_reader", contact("491713920001", None, Some("en-GB")), number, None),
        (telegram, "to_chat_from_numbered_account", contact("5000000001", None, None), "1", Some("99")),
        (telegram, "to_business_chat", contact("5000000001", None, None), "biz-AbC_123", Some("99")),
        (telegram, "to_chat_after_press", contact("5000000001", None, None), "", Some("press:4382bf")),
    ];
    for (channel, name, to, account_address, reply_to) in &table {
        let context = SendContext { account_address, reply_to: *reply_to, ..context(*channel, to) };
        let list = with_choices("?", &["Eins", "Zwei", "Drei", "Vier"]);
        let read = OutgoingContent::MarkRead { message_id: "77".to_owned() };
        let calls = [text("Hallo"), list, read].map(|content| channel.channel().render(&content, &context));
        assert_pinned(*channel, name, &calls.map(|call| call.as_ref().map(shown)));
    }
}

#[test]
fn a_call_without_credentials_is_made_and_carries_none() {
    let person = person();
    for &channel in ChannelName::ALL {
        let context = SendContext { secrets: &TestSecrets(&[]), ..context(channel, &person) };
        let call = channel.channel().render(&text("Hallo"), &context).expect("a call");
        assert_eq!(call.authorization, None, "{channel}");
    }
}

#[test]
fn credentials_never_show() {
    let person = person();
    for &channel in ChannelName::ALL {
        let call = channel.channel().render(&text("Hallo"), &context(channel, &person)).expect("a call");
        let shown = format!("{call:?} {}", String::from_utf8_lossy(&call.body));
        assert!(!shown.contains("secret-"), "{channel}");
    }
}

#[test]
fn what_may_be_sent_when_is_what_the_platform_documents() {
    for &channel in ChannelName::ALL {
        let rules = channel.channel().reply_rules();
        assert_eq!(rules, documented_rules(channel), "{channel}");
        if let ReplyRules::Window { free_text_millis, human_tag_millis, .. } = rules {
            assert!(free_text_millis > 0, "{channel}");
            assert!(human_tag_millis.is_none_or(|millis| millis > free_text_millis), "{channel}");
        }
        let kept = |content: OutgoingContent| channel.channel().fit(content.clone()) == [content];
        assert_eq!(kept(template(&[])), rules.has_templates(), "{channel}");
        let human = OutgoingContent::HumanText { body: "Guten Tag".to_owned() };
        assert_eq!(kept(human), rules.has_human_tag(), "{channel}");
    }
}

/// All words that a person gets to read.
fn words(contents: &[OutgoingContent]) -> String {
    let words = |content: &OutgoingContent| match content {
        OutgoingContent::Text { body }
        | OutgoingContent::HumanText { body }
        | OutgoingContent::Template { body, .. } => body.clone(),
        OutgoingContent::Choices { body, choices } => {
            let titles: Vec<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
            format!("{body} {}", titles.join(" "))
        }
        OutgoingContent::Media { caption, .. } => caption.clone().unwrap_or_default(),
        OutgoingContent::Location { name, address, .. } => format!("{name} {address}"),
        OutgoingContent::MarkRead { .. } | OutgoingContent::ConfirmPress { .. } => String::new(),
    };
    let all: String = contents.iter().map(words).collect();
    all.chars().filter(|character| !character.is_whitespace()).collect()
}

fn some_text(max: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-ZäöüßÄÖÜ]{1,14}",
        1 => Just("👨‍👩‍👧‍👦🇩🇪".to_owned()),
        1 => Just("e\u{301}\u{301}".to_owned()),
        1 => Just("مرحبا بالعالم".to_owned()),
        1 => "\\PC{0,5}",
    ];
    let space =
        prop_oneof![6 => Just(" "), 1 => Just("\n"), 1 => Just("\n\n"), 1 => Just(". "), 1 => Just("")];
    proptest::collection::vec((piece, space), 0..max)
        .prop_map(|parts| parts.into_iter().map(|(piece, space)| piece + space).collect())
}

fn some_content() -> impl Strategy<Value = OutgoingContent> {
    let id = prop_oneof![9 => "[a-z]{1,12}", 1 => "[a-zä]{0,80}"];
    let choice = (id, some_text(8)).prop_map(|(id, title)| Choice { id, title });
    let kind = proptest::sample::select(vec![
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Audio,
        MediaKind::Voice,
        MediaKind::Document,
        MediaKind::Sticker,
    ]);
    prop_oneof![
        some_text(1200).prop_map(|body| OutgoingContent::Text { body }),
        some_text(1200).prop_map(|body| OutgoingContent::HumanText { body }),
        (some_text(200), proptest::collection::vec("[a-zäöü0-9]{1,40}", 0..4))
            .prop_map(|(body, parameters)| template_with(body, parameters)),
        (some_text(250), proptest::collection::vec(choice, 0..13))
            .prop_map(|(body, choices)| OutgoingContent::Choices { body, choices }),
        (kind, proptest::option::of(some_text(300)))
            .prop_map(|(kind, caption)| media(kind, caption.as_deref())),
        (any::<f64>(), any::<f64>(), some_text(3), some_text(5)).prop_map(
            |(latitude, longitude, name, address)| OutgoingContent::Location {
                latitude,
                longitude,
                name,
                address
            }
        ),
    ]
}

/// The words that must not get lost.
fn originals(content: &OutgoingContent) -> Vec<String> {
    let squeezed = |text: &str| words(&[OutgoingContent::Text { body: text.to_owned() }]);
    match content {
        OutgoingContent::Choices { body, choices } => {
            [squeezed(body)].into_iter().chain(choices.iter().map(|choice| squeezed(&choice.title))).collect()
        }
        other => vec![words(std::slice::from_ref(other))],
    }
}

proptest! {
    #[test]
    fn fitted_content_is_within_the_limits_and_no_word_is_missing(content in some_content()) {
        let person = person();
        for &channel in ChannelName::ALL {
            let fitted = channel.channel().fit(content.clone());
            prop_assert!(!fitted.is_empty());
            let read = words(&fitted);
            for original in originals(&content) {
                prop_assert!(read.contains(&original), "{channel} lost {original:?} of {content:?}");
            }
            for content in &fitted {
                let call = channel.channel().render(content, &context(channel, &person)).expect("a call");
                assert_within_limits(channel, &body_of(&call));
                prop_assert_eq!(channel.channel().fit(content.clone()), [content.clone()], "{}", channel);
            }
        }
    }

    #[test]
    fn an_answer_of_arbitrary_bytes_never_panics(status in any::<u16>(), body in any::<Vec<u8>>()) {
        for &channel in ChannelName::ALL {
            let _ = channel.channel().read_response(status, &body);
        }
    }

    #[test]
    fn a_known_shape_with_any_values_never_panics(status in 100_u16..600, code in any::<i64>(), words in "\\PC{0,300}") {
        let body = json!({"ok": false, "error_code": code, "description": words,
            "error": {"code": code, "message": words}, "parameters": {"retry_after": code}});
        for &channel in ChannelName::ALL {
            let error = channel.channel().read_response(status, body.to_string().as_bytes());
            prop_assert!(error.expect_err("an error").detail.chars().count() <= 200);
        }
    }
}
