//! The methods that send a message. <https://core.telegram.org/bots/api#sendmessage>

use serde_json::{Map, Value, json};

use super::error::BotError;
use super::params::Params;
use super::{me, object, reachable_person};
use crate::config::{Account, Channel};
use crate::events::Event;
use crate::received::{Button, Entry, Progress, Unanswered};
use crate::world::{World, now_millis};

/// The longest text, in UTF-16 units.
const LONGEST_TEXT: usize = 4096;
/// The longest caption, in UTF-16 units.
const LONGEST_CAPTION: usize = 1024;
/// The longest `callback_data`, in bytes.
const LONGEST_CALLBACK_DATA: usize = 64;
/// The most buttons of one keyboard.
const MOST_BUTTONS: usize = 100;

/// The kind of message that a method sends; `None` for a method that sends none.
pub(crate) fn kind_of(method: &str, params: &Params) -> Option<&'static str> {
    Some(match method.to_ascii_lowercase().as_str() {
        "sendmessage" if params.get("reply_markup").is_some() => "buttons",
        "sendmessage" => "text",
        "sendphoto" => "image",
        "senddocument" => "document",
        "sendvideo" => "video",
        "sendaudio" => "audio",
        "sendvoice" => "voice",
        "sendlocation" | "sendvenue" => "location",
        _ => return None,
    })
}

/// Sends: checks the call as the real one, records the message and returns it.
pub(crate) fn send(
    world: &World,
    account: &Account,
    method: &str,
    kind: &str,
    params: &Params,
) -> Result<Value, BotError> {
    let (text, mut fields) = content(world, method, kind, params)?;
    let keyboard = params.structure("reply_markup")?;
    let buttons = keyboard.as_ref().map(buttons).transpose()?.unwrap_or_default();
    let reply_to = reply_to(params)?;
    let now = now_millis();
    let (chat, name, message_id) = reachable_person(world, account, params, |person| {
        (person.id.clone(), person.name.clone(), person.take_message_id(now))
    })?;
    fields.extend(object(json!({
        "message_id": message_id,
        "from": me(account),
        "chat": { "id": chat.parse::<i64>().unwrap_or_default(), "first_name": name, "type": "private" },
        "date": now / 1000,
        "reply_markup": keyboard.filter(|keyboard| keyboard.get("inline_keyboard").is_some()),
    })));
    // A keyboard without buttons is no keyboard.
    let kind = if kind == "buttons" && buttons.is_empty() { "text" } else { kind };
    let entry = world.received.record(Entry {
        at: now,
        channel: Channel::Telegram,
        account: account.name.clone(),
        to: chat.clone(),
        user_id: chat,
        phone: None,
        kind: kind.to_owned(),
        text,
        buttons,
        message_id: message_id.to_string(),
        callback: None,
        reply_to,
        state: Progress::default(),
        signal: None,
        unanswered: Unanswered::default(),
        raw: params.raw(),
    });
    world.events.push(Event::Received(entry));
    Ok(fields.into())
}

/// What the person reads, and the fields of the message object that go with it.
fn content(
    world: &World,
    method: &str,
    kind: &str,
    params: &Params,
) -> Result<(String, Map<String, Value>), BotError> {
    check_parse_mode(params)?;
    if matches!(kind, "text" | "buttons") {
        let text = params.optional_text("text")?.unwrap_or_default().trim();
        if text.is_empty() {
            return Err(BotError::bad_request("message text is empty"));
        }
        if text.encode_utf16().count() > LONGEST_TEXT {
            return Err(BotError::bad_request("message is too long"));
        }
        return Ok((text.to_owned(), object(json!({ "text": text }))));
    }
    if kind == "location" {
        return place(method, params);
    }
    // The wire calls a picture `photo`; everything else is named as its kind.
    let field = if kind == "image" { "photo" } else { kind };
    let file = params
        .text(field)
        .map_err(|_| BotError::bad_request(&format!("there is no {field} in the request")))?;
    check_file(world, file)?;
    let caption = params.optional_text("caption")?.unwrap_or_default();
    if caption.encode_utf16().count() > LONGEST_CAPTION {
        return Err(BotError::bad_request("message caption is too long"));
    }
    let described =
        json!({ "file_id": file, "file_unique_id": "u1", "width": 64, "height": 48, "duration": 1 });
    let described = if field == "photo" { json!([described]) } else { described };
    let caption_field = (!caption.is_empty()).then_some(caption);
    Ok((caption.to_owned(), object(json!({ field: described, "caption": caption_field }))))
}

fn place(method: &str, params: &Params) -> Result<(String, Map<String, Value>), BotError> {
    let location = json!({ "latitude": params.degrees("latitude", 90.0)?, "longitude": params.degrees("longitude", 180.0)? });
    if !method.eq_ignore_ascii_case("sendVenue") {
        return Ok((String::new(), object(json!({ "location": location }))));
    }
    let (title, address) = (params.text("title")?, params.text("address")?);
    let venue = json!({ "location": location, "title": title, "address": address });
    Ok((format!("{title}\n{address}"), object(json!({ "location": location, "venue": venue }))))
}

fn check_parse_mode(params: &Params) -> Result<(), BotError> {
    match params.optional_text("parse_mode")?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "html" | "markdown" | "markdownv2") => Ok(()),
        Some(_) => Err(BotError::bad_request("unsupported parse_mode")),
    }
}

/// A link that the platform would fetch (this one does not), or the id of a file it holds.
fn check_file(world: &World, file: &str) -> Result<(), BotError> {
    let is_web = reqwest::Url::parse(file).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web || world.media().find(file).is_some() {
        return Ok(());
    }
    Err(BotError::bad_request("wrong file identifier/HTTP URL specified"))
}

/// The message that is answered. Old clients use `reply_to_message_id`.
fn reply_to(params: &Params) -> Result<Option<String>, BotError> {
    let Some(reply) = params.structure("reply_parameters")? else {
        return Ok(params.id("reply_to_message_id").map(|id| id.to_string()));
    };
    let id = reply.get("message_id").and_then(Value::as_i64);
    id.map(|id| Some(id.to_string())).ok_or_else(|| BotError::bad_request("message to be replied not found"))
}

/// The buttons of an inline keyboard, row by row.
fn buttons(keyboard: &Value) -> Result<Vec<Button>, BotError> {
    let Some(rows) = keyboard.get("inline_keyboard") else { return Ok(Vec::new()) };
    let broken = || BotError::bad_request("can't parse inline keyboard button");
    let mut buttons = Vec::new();
    for row in rows.as_array().ok_or_else(broken)? {
        for button in row.as_array().ok_or_else(broken)? {
            buttons.push(read_button(button)?);
        }
    }
    if buttons.len() > MOST_BUTTONS {
        return Err(BotError::bad_request("reply markup is too long"));
    }
    Ok(buttons)
}

fn read_button(button: &Value) -> Result<Button, BotError> {
    let text = |key: &str| button.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let title = text("text").ok_or_else(|| {
        BotError::bad_request("can't parse inline keyboard button: Field \"text\" must be of type String")
    })?;
    let id = match (text("callback_data"), text("url")) {
        (Some(data), None) if data.len() <= LONGEST_CALLBACK_DATA => data,
        (Some(_), None) => return Err(BotError::bad_request("BUTTON_DATA_INVALID")),
        (None, Some(url)) => url,
        _ => return Err(BotError::bad_request("Text buttons are unallowed in the inline keyboard")),
    };
    Ok(Button { id: id.to_owned(), title: title.to_owned(), description: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyboard(data: &str) -> Value {
        json!({ "inline_keyboard": [[{ "text": "Yes", "callback_data": data }], [{ "text": "No", "callback_data": "no" }]] })
    }

    #[test]
    fn buttons_are_read_row_by_row() {
        let titles = buttons(&keyboard("yes"))
            .map(|all| all.into_iter().map(|button| button.title).collect::<Vec<_>>());
        assert_eq!(titles, Ok(vec!["Yes".to_owned(), "No".to_owned()]));
    }

    #[test]
    fn callback_data_has_at_most_64_bytes() {
        assert!(buttons(&keyboard(&"a".repeat(64))).is_ok());
        for (name, data) in
            [("65 bytes", "a".repeat(65)), ("33 umlauts", "ä".repeat(33)), ("empty", String::new())]
        {
            assert_eq!(buttons(&keyboard(&data)).err().map(|error| error.code), Some(400), "{name}");
        }
    }

    #[test]
    fn a_broken_keyboard_is_refused() {
        for broken in [
            json!({ "inline_keyboard": 1 }),
            json!({ "inline_keyboard": [1] }),
            json!({ "inline_keyboard": [[{}]] }),
        ] {
            assert!(buttons(&broken).is_err(), "{broken}");
        }
    }
}
