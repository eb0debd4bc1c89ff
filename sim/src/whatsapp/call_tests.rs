use serde_json::{Value, json};

use super::*;

fn code_of(content: Value) -> Option<i64> {
    let mut body = json!({ "messaging_product": "whatsapp", "to": "491701234567" });
    if let (Value::Object(body), Value::Object(content)) = (&mut body, content) {
        body.extend(content);
    }
    read(body.to_string().as_bytes()).err().map(|error| error.code)
}

fn text(body: &str) -> Value {
    json!({ "type": "text", "text": { "body": body } })
}

fn buttons(count: usize, title: &str, body: &str) -> Value {
    let button = |number| json!({ "type": "reply", "reply": { "id": format!("b{number}"), "title": format!("{number}{title}") } });
    let buttons: Vec<Value> = (0..count).map(button).collect();
    json!({ "type": "interactive", "interactive": {
        "type": "button", "body": { "text": body }, "action": { "buttons": buttons } } })
}

fn list(sections: &[usize], button: &str) -> Value {
    let row =
        |section, number| json!({ "id": format!("r{section}-{number}"), "title": format!("row {number}") });
    let section = |(section, rows): (usize, &usize)| json!({ "title": format!("s{section}"), "rows": (0..*rows).map(|number| row(section, number)).collect::<Vec<_>>() });
    json!({ "type": "interactive", "interactive": { "type": "list", "body": { "text": "choose" },
        "action": { "button": button, "sections": sections.iter().enumerate().map(section).collect::<Vec<_>>() } } })
}

fn template(components: &Value) -> Value {
    json!({ "type": "template", "template": { "name": "t", "language": { "code": "de" }, "components": components } })
}

fn body_of(values: &[&str]) -> Value {
    let parameters: Vec<Value> = values.iter().map(|text| json!({ "type": "text", "text": text })).collect();
    json!({ "type": "body", "parameters": parameters })
}

#[test]
fn limits_are_those_of_the_platform() {
    let long = |length: usize| "ä".repeat(length);
    for (name, content, expected) in [
        ("text", text("hello"), None),
        ("text of 4096", text(&long(4096)), None),
        ("text of 4097", text(&long(4097)), Some(100)),
        ("empty text", text(" "), Some(100)),
        ("three buttons", buttons(3, "", "b"), None),
        ("four buttons", buttons(4, "", "b"), Some(131_009)),
        ("no buttons", buttons(0, "", "b"), Some(131_009)),
        ("button title of 20", buttons(1, &long(19), "b"), None),
        ("button title of 21", buttons(1, &long(20), "b"), Some(100)),
        ("buttons body of 1024", buttons(1, "", &long(1024)), None),
        ("buttons body of 1025", buttons(1, "", &long(1025)), Some(100)),
        ("list of ten rows", list(&[5, 5], "open"), None),
        ("list of eleven rows in two sections", list(&[5, 6], "open"), Some(131_009)),
        ("list of eleven rows in one section", list(&[11], "open"), Some(131_009)),
        ("list button of 21", list(&[1], &long(21)), Some(100)),
        (
            "location",
            json!({ "type": "location", "location": { "latitude": "50.1", "longitude": 8.6 } }),
            None,
        ),
        (
            "location off the earth",
            json!({ "type": "location", "location": { "latitude": 91, "longitude": 8 } }),
            Some(131_009),
        ),
        ("image by link", json!({ "type": "image", "image": { "link": "https://example.org/a.png" } }), None),
        (
            "image by id and link",
            json!({ "type": "image", "image": { "id": "1", "link": "https://example.org" } }),
            Some(100),
        ),
        (
            "image by a file link",
            json!({ "type": "image", "image": { "link": "file:///etc/passwd" } }),
            Some(131_009),
        ),
        (
            "caption of 1025",
            json!({ "type": "image", "image": { "id": "1", "caption": long(1025) } }),
            Some(100),
        ),
        ("caption on audio", json!({ "type": "audio", "audio": { "id": "1", "caption": "a" } }), Some(100)),
        (
            "template",
            json!({ "type": "template", "template": { "name": "t", "language": { "code": "de" } } }),
            None,
        ),
        ("template with values", template(&json!([body_of(&["GA-7Q4K", "zwei Wörter"])])), None),
        ("template value over two lines", template(&json!([body_of(&["a\nb"])])), Some(132_018)),
        ("template value with five spaces", template(&json!([body_of(&["a     b"])])), Some(132_018)),
        ("empty template value", template(&json!([body_of(&[""])])), Some(100)),
        ("template with an empty list", template(&json!([])), None),
        (
            "unknown component",
            template(&json!([{ "type": "footer", "parameters": [{ "type": "text", "text": "a" }] }])),
            Some(131_009),
        ),
        ("unknown type", json!({ "type": "poll", "poll": {} }), Some(100)),
        ("content of another type", json!({ "type": "text", "image": { "id": "1" } }), Some(100)),
        ("content missing", json!({ "type": "text" }), Some(131_008)),
        ("unknown key", json!({ "type": "text", "text": { "body": "a", "colour": "red" } }), Some(100)),
        (
            "made-up quote",
            json!({ "type": "text", "text": { "body": "a" }, "context": { "message_id": "wamid.x" } }),
            Some(131_009),
        ),
    ] {
        assert_eq!(code_of(content), expected, "{name}");
    }
}

#[test]
fn the_person_is_named_by_number_or_by_business_scoped_id() {
    let address = |fields: Value| {
        let mut body = json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "a" } });
        if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
            body.extend(fields);
        }
        match read(body.to_string().as_bytes()) {
            Ok(Call::Message(message)) => Ok(message.to),
            Ok(Call::Read { .. }) => Err(0),
            Err(error) => Err(error.code),
        }
    };
    for (name, fields, expected) in [
        ("digits", json!({ "to": "491701234567" }), Ok("491701234567".to_owned())),
        ("with plus and spaces", json!({ "to": "+49 170 1234567" }), Ok("491701234567".to_owned())),
        ("business-scoped id", json!({ "recipient": "DE.123" }), Ok("DE.123".to_owned())),
        ("not a number", json!({ "to": "nobody" }), Err(131_009)),
        ("not a business-scoped id", json!({ "recipient": "491701234567" }), Err(131_009)),
        ("nobody", json!({}), Err(131_008)),
    ] {
        assert_eq!(address(fields), expected, "{name}");
    }
}

#[test]
fn a_body_that_is_not_a_call_is_refused() {
    for body in ["", "null", "[]", "{", "{}", r#"{"messaging_product":"sms"}"#, "\u{0}"] {
        assert!(read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_read_tick_may_carry_a_typing_indicator() {
    let tick = r#"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.a"}"#;
    assert_eq!(read(tick.as_bytes()), Ok(Call::Read { message_id: "wamid.a".into(), typing: false }));
    let typing = r#"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.a","typing_indicator":{"type":"text"}}"#;
    assert_eq!(read(typing.as_bytes()), Ok(Call::Read { message_id: "wamid.a".into(), typing: true }));
    let wrong = r#"{"messaging_product":"whatsapp","status":"delivered","message_id":"wamid.a"}"#;
    assert_eq!(read(wrong.as_bytes()).err().map(|error| error.code), Some(131_009));
}
