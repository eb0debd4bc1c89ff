//! The platforms' limits, checked on the rendered JSON against figures written down here once more, so
//! that a wrong figure in a channel does not vouch for itself.

use serde_json::Value;

use crate::channel::{ChannelName, ReplyRules};

fn units(value: &Value) -> usize {
    value.as_str().expect("a string").encode_utf16().count()
}

/// Panics where a rendered body breaks a documented limit.
pub(super) fn assert_within_limits(channel: ChannelName, body: &Value) {
    match channel {
        ChannelName::Whatsapp => assert_within_whatsapp_limits(body),
        ChannelName::Telegram => assert_within_telegram_limits(body),
    }
}

/// What the platform documents about the time after a person's message.
pub(super) fn documented_rules(channel: ChannelName) -> ReplyRules {
    const DAY_MILLIS: i64 = 86_400_000;
    match channel {
        ChannelName::Whatsapp => {
            ReplyRules::Window { free_text_millis: DAY_MILLIS, human_tag_millis: None, templates: true }
        }
        ChannelName::Telegram => ReplyRules::Always,
    }
}

fn assert_distinct(values: &[&Value]) {
    for (index, value) in values.iter().enumerate() {
        assert!(!values[index + 1..].contains(value), "{value} twice");
    }
}

fn assert_between(length: usize, most: usize) {
    assert!((1..=most).contains(&length), "{length} of {most}");
}

fn assert_within_whatsapp_limits(body: &Value) {
    let interactive = &body["interactive"];
    match (body["type"].as_str(), interactive["type"].as_str()) {
        (Some("text"), _) => assert_between(units(&body["text"]["body"]), 4096),
        (Some("interactive"), Some("button")) => {
            assert_between(units(&interactive["body"]["text"]), 1024);
            let buttons = interactive["action"]["buttons"].as_array().expect("buttons");
            assert_between(buttons.len(), 3);
            let titles: Vec<&Value> = buttons.iter().map(|button| &button["reply"]["title"]).collect();
            titles.iter().for_each(|title| assert_between(units(title), 20));
            assert_distinct(&titles);
            assert_distinct(&buttons.iter().map(|button| &button["reply"]["id"]).collect::<Vec<_>>());
        }
        (Some("interactive"), Some("list")) => {
            assert_between(units(&interactive["body"]["text"]), 4096);
            assert_between(units(&interactive["action"]["button"]), 20);
            let section = &interactive["action"]["sections"][0];
            assert_between(units(&section["title"]), 24);
            let rows = section["rows"].as_array().expect("rows");
            assert_between(rows.len(), 10);
            rows.iter().for_each(|row| assert_between(units(&row["title"]), 24));
            rows.iter().for_each(|row| assert_between(units(&row["id"]), 200));
            assert_distinct(&rows.iter().map(|row| &row["id"]).collect::<Vec<_>>());
        }
        (Some("template"), _) => {
            assert_between(units(&body["template"]["name"]), 512);
            let components = body["template"]["components"].as_array().into_iter().flatten();
            for parameter in components.flat_map(|it| it["parameters"].as_array().expect("parameters")) {
                let text = parameter["text"].as_str().expect("a string");
                assert!(!text.is_empty() && !text.contains(['\n', '\t']) && !text.contains("     "));
            }
        }
        (Some(kind), _) => {
            let caption = &body[kind]["caption"];
            assert!(caption.is_null() || units(caption) <= 1024);
        }
        (None, _) => panic!("a body without a type"),
    }
}

fn assert_within_telegram_limits(body: &Value) {
    if !body["text"].is_null() {
        assert_between(units(&body["text"]), 4096);
    }
    assert!(body["caption"].is_null() || units(&body["caption"]) <= 1024);
    for row in body["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten() {
        assert_between(units(&row[0]["text"]), 64);
        assert_between(row[0]["callback_data"].as_str().expect("a string").len(), 64);
    }
}
