//! Reads a call of the `messages` endpoint as strictly as the real one: unknown keys, missing
//! parameters and every limit of length and number are errors.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

use serde_json::{Map, Value};

use super::error::GraphError;
use super::is_phone;
use crate::ids;
use crate::received::Button;

/// What lotse asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Call {
    /// Tick a message of a person as read, and perhaps show that somebody types.
    Read { message_id: String, typing: bool },
    /// Send a message.
    Message(Box<Message>),
}

/// A message to a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Digits of a phone number, or a business-scoped user id.
    pub(crate) to: String,
    /// As [`crate::received::Entry::kind`].
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
    pub(crate) callback: Option<String>,
    pub(crate) reply_to: Option<String>,
}

impl Message {
    /// The only kind that may be sent outside the 24-hour window.
    pub(crate) fn is_template(&self) -> bool {
        self.kind == "template"
    }
}

/// Longest texts, in characters, and largest numbers.
mod limit {
    pub(super) const TEXT: usize = 4096;
    pub(super) const CAPTION: usize = 1024;
    pub(super) const BUTTONS_BODY: usize = 1024;
    pub(super) const LIST_BODY: usize = 4096;
    pub(super) const HEADER_OR_FOOTER: usize = 60;
    pub(super) const BUTTONS: usize = 3;
    pub(super) const BUTTON_ID: usize = 256;
    pub(super) const BUTTON_TITLE: usize = 20;
    pub(super) const SECTIONS: usize = 10;
    pub(super) const ROWS: usize = 10;
    pub(super) const ROW_ID: usize = 200;
    pub(super) const ROW_TITLE: usize = 24;
    pub(super) const ROW_DESCRIPTION: usize = 72;
    pub(super) const CALLBACK: usize = 512;
    pub(super) const COMPONENTS: usize = 16;
    pub(super) const PARAMETERS: usize = 64;
    pub(super) const PARAMETER: usize = 1024;
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Call, GraphError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|_| GraphError::parameter("The body is not JSON."))?;
    let object = Object::new("body", &value)?;
    if object.text("messaging_product", 32)? != "whatsapp" {
        return Err(GraphError::parameter("messaging_product must be 'whatsapp'."));
    }
    if object.has("status") { read_tick(&object) } else { read_message(&object) }
}

fn read_tick(object: &Object<'_>) -> Result<Call, GraphError> {
    object.expect_keys(&["messaging_product", "status", "message_id", "typing_indicator"])?;
    if object.text("status", 32)? != "read" {
        return Err(GraphError::parameter_value("status must be 'read'."));
    }
    let typing = object.optional_object("typing_indicator")?;
    if let Some(typing) = &typing
        && typing.text("type", 32)? != "text"
    {
        return Err(GraphError::parameter_value("typing_indicator.type must be 'text'."));
    }
    Ok(Call::Read { message_id: object.text("message_id", 512)?.to_owned(), typing: typing.is_some() })
}

const MEDIA: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

fn read_message(object: &Object<'_>) -> Result<Call, GraphError> {
    let kind = object.optional_text("type", 32)?.unwrap_or("text");
    object.expect_keys(&[
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        kind,
    ])?;
    if object.optional_text("recipient_type", 32)?.is_some_and(|kind| kind != "individual") {
        return Err(GraphError::parameter_value("recipient_type must be 'individual'."));
    }
    let mut message = Message { to: recipient(object)?, ..Message::default() };
    message.callback = object.optional_text("biz_opaque_callback_data", limit::CALLBACK)?.map(Into::into);
    if let Some(context) = object.optional_object("context")? {
        let quoted = context.text("message_id", 512)?;
        if !ids::is_wamid(quoted) {
            return Err(GraphError::parameter_value("context.message_id is not the id of a message."));
        }
        message.reply_to = Some(quoted.to_owned());
    }
    let content = object.object(kind)?;
    kind.clone_into(&mut message.kind);
    match kind {
        "text" => read_text(&content, &mut message)?,
        "interactive" => read_interactive(&content, &mut message)?,
        "location" => read_location(&content, &mut message)?,
        "template" => read_template(&content, &mut message)?,
        "reaction" => read_reaction(&content, &mut message)?,
        "contacts" => {}
        kind if MEDIA.contains(&kind) => read_media(kind, &content, &mut message)?,
        other => return Err(GraphError::parameter(format!("type '{other}' is unknown."))),
    }
    Ok(Call::Message(Box::new(message)))
}

fn recipient(object: &Object<'_>) -> Result<String, GraphError> {
    // A number wins if both are given.
    if let Some(to) = object.optional_text("to", 256)? {
        let digits: String = to.chars().filter(|character| !"+ -()".contains(*character)).collect();
        return if is_phone(&digits) || ids::is_business_scoped_id(to) {
            Ok(if is_phone(&digits) { digits } else { to.to_owned() })
        } else {
            Err(GraphError::parameter_value("to is not a phone number."))
        };
    }
    match object.optional_text("recipient", 256)? {
        Some(id) if ids::is_business_scoped_id(id) => Ok(id.to_owned()),
        Some(_) => Err(GraphError::parameter_value("recipient is not a business-scoped user id.")),
        None => Err(GraphError::missing("to or recipient is required.")),
    }
}

fn read_text(content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["body", "preview_url"])?;
    content.optional_bool("preview_url")?;
    content.text("body", limit::TEXT)?.clone_into(&mut message.text);
    Ok(())
}

fn read_interactive(content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["type", "header", "body", "footer", "action"])?;
    let kind = content.text("type", 64)?;
    let body_limit = if kind == "list" { limit::LIST_BODY } else { limit::BUTTONS_BODY };
    content.object("body")?.text("text", body_limit)?.clone_into(&mut message.text);
    read_header(content, kind)?;
    if let Some(footer) = content.optional_object("footer")? {
        footer.text("text", limit::HEADER_OR_FOOTER)?;
    }
    let action = content.object("action")?;
    match kind {
        "button" => {
            "buttons".clone_into(&mut message.kind);
            message.buttons = read_buttons(&action)?;
        }
        "list" => {
            "list".clone_into(&mut message.kind);
            message.buttons = read_list(&action)?;
        }
        "cta_url" => {
            action.expect_keys(&["name", "parameters"])?;
            "link".clone_into(&mut message.kind);
            let parameters = action.object("parameters")?;
            parameters.text("display_text", limit::BUTTON_TITLE)?;
            check_link(parameters.text("url", 2048)?)?;
        }
        "location_request_message" | "contact_request" | "flow" => kind.clone_into(&mut message.kind),
        other => return Err(GraphError::parameter_value(format!("interactive.type '{other}' is unknown."))),
    }
    Ok(())
}

fn read_header(content: &Object<'_>, kind: &str) -> Result<(), GraphError> {
    let Some(header) = content.optional_object("header")? else { return Ok(()) };
    match header.text("type", 32)? {
        "text" => header.text("text", limit::HEADER_OR_FOOTER).map(drop),
        media if kind == "button" && MEDIA[..4].contains(&media) => header.object(media).map(drop),
        _ => Err(GraphError::parameter_value("interactive.header.type is not allowed here.")),
    }
}

fn read_buttons(action: &Object<'_>) -> Result<Vec<Button>, GraphError> {
    action.expect_keys(&["buttons"])?;
    let buttons = action.objects("buttons", limit::BUTTONS)?;
    let read_button = |button: &Object<'_>| {
        button.expect_keys(&["type", "reply"])?;
        if button.text("type", 32)? != "reply" {
            return Err(GraphError::parameter_value("a button's type must be 'reply'."));
        }
        let reply = button.object("reply")?;
        reply.expect_keys(&["id", "title"])?;
        Ok(Button {
            id: reply.text("id", limit::BUTTON_ID)?.to_owned(),
            title: reply.text("title", limit::BUTTON_TITLE)?.to_owned(),
            description: None,
        })
    };
    let buttons = buttons.iter().map(read_button).collect::<Result<Vec<_>, _>>()?;
    all_different(&buttons, |button| &button.id, "button ids")?;
    all_different(&buttons, |button| &button.title, "button titles")?;
    Ok(buttons)
}

fn read_list(action: &Object<'_>) -> Result<Vec<Button>, GraphError> {
    action.expect_keys(&["button", "sections"])?;
    action.text("button", limit::BUTTON_TITLE)?;
    let sections = action.objects("sections", limit::SECTIONS)?;
    let mut rows = Vec::new();
    for section in &sections {
        section.expect_keys(&["title", "rows"])?;
        // A title is needed as soon as there is more than one section.
        if sections.len() > 1 || section.has("title") {
            section.text("title", limit::ROW_TITLE)?;
        }
        for row in section.objects("rows", limit::ROWS)? {
            row.expect_keys(&["id", "title", "description"])?;
            rows.push(Button {
                id: row.text("id", limit::ROW_ID)?.to_owned(),
                title: row.text("title", limit::ROW_TITLE)?.to_owned(),
                description: row.optional_text("description", limit::ROW_DESCRIPTION)?.map(Into::into),
            });
        }
    }
    if rows.len() > limit::ROWS {
        return Err(GraphError::parameter_value(format!("a list has at most {} rows in all.", limit::ROWS)));
    }
    all_different(&rows, |row| &row.id, "row ids")?;
    Ok(rows)
}

fn all_different(
    buttons: &[Button],
    part: impl Fn(&Button) -> &String,
    what: &str,
) -> Result<(), GraphError> {
    let is_repeated = |(index, button)| buttons[..index].iter().any(|earlier| part(earlier) == part(button));
    if buttons.iter().enumerate().any(is_repeated) {
        return Err(GraphError::parameter_value(format!("{what} must differ.")));
    }
    Ok(())
}

fn read_location(content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["latitude", "longitude", "name", "address"])?;
    content.degrees("latitude", 90.0)?;
    content.degrees("longitude", 180.0)?;
    let parts = [content.optional_text("name", 1000)?, content.optional_text("address", 1000)?];
    message.text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
    Ok(())
}

fn read_template(content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["name", "language", "components", "namespace"])?;
    let mut words = vec![content.text("name", 512)?.to_owned()];
    content.object("language")?.text("code", 16)?;
    // A template without places may come with an empty list.
    let components = content.fields.get("components");
    if components.is_some_and(|components| *components != Value::Array(Vec::new())) {
        for component in content.objects("components", limit::COMPONENTS)? {
            words.extend(read_component(&component)?);
        }
    }
    // Nobody here knows the approved words: the name and the values stand for them.
    message.text = words.join("\n");
    Ok(())
}

/// The texts that fill one part of a template.
fn read_component(component: &Object<'_>) -> Result<Vec<String>, GraphError> {
    component.expect_keys(&["type", "sub_type", "index", "parameters"])?;
    let kind = component.text("type", 32)?;
    if !matches!(kind, "header" | "body" | "button") {
        return Err(GraphError::parameter_value("components.type must be 'header', 'body' or 'button'."));
    }
    let mut texts = Vec::new();
    for parameter in component.objects("parameters", limit::PARAMETERS)? {
        // Other kinds, such as a currency or a picture, are taken as they are.
        if parameter.text("type", 32)? != "text" {
            continue;
        }
        parameter.expect_keys(&["type", "text", "parameter_name"])?;
        let text = parameter.text("text", limit::PARAMETER)?;
        if text.contains(['\n', '\t']) || text.contains("     ") {
            return Err(GraphError::template_parameter());
        }
        texts.push(text.to_owned());
    }
    Ok(texts)
}

fn read_reaction(content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["message_id", "emoji"])?;
    if !ids::is_wamid(content.text("message_id", 512)?) {
        return Err(GraphError::parameter_value("reaction.message_id is not the id of a message."));
    }
    content.optional_text("emoji", 64)?.unwrap_or_default().clone_into(&mut message.text);
    Ok(())
}

fn read_media(kind: &str, content: &Object<'_>, message: &mut Message) -> Result<(), GraphError> {
    content.expect_keys(&["id", "link", "caption", "filename", "voice"])?;
    match (content.optional_text("id", 256)?, content.optional_text("link", 2048)?) {
        (Some(_), None) => {}
        (None, Some(link)) => check_link(link)?,
        _ => return Err(GraphError::parameter(format!("{kind} needs either id or link."))),
    }
    let caption = content.optional_text("caption", limit::CAPTION)?;
    if caption.is_some() && matches!(kind, "audio" | "sticker") {
        return Err(GraphError::parameter(format!("{kind} takes no caption.")));
    }
    if content.has("filename") && kind != "document" {
        return Err(GraphError::parameter(format!("{kind} takes no filename.")));
    }
    content.optional_text("filename", 240)?;
    caption.unwrap_or_default().clone_into(&mut message.text);
    Ok(())
}

fn check_link(link: &str) -> Result<(), GraphError> {
    let is_web = reqwest::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web { Ok(()) } else { Err(GraphError::parameter_value("a link must be an http or https URL.")) }
}

/// A JSON object, with its place in the body for error messages.
struct Object<'a> {
    place: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    fn new(place: &str, value: &'a Value) -> Result<Self, GraphError> {
        static NO_FIELDS: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        match value {
            Value::Object(fields) => Ok(Self { place: place.to_owned(), fields }),
            // `contacts` is the one content that is a list; it is taken as it is.
            Value::Array(_) if place == "body.contacts" => {
                Ok(Self { place: place.to_owned(), fields: &NO_FIELDS })
            }
            _ => Err(GraphError::parameter(format!("{place} must be an object."))),
        }
    }

    fn place(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    fn expect_keys(&self, known: &[&str]) -> Result<(), GraphError> {
        match self.fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(GraphError::parameter(format!("Unexpected key \"{key}\" in {}.", self.place))),
            None => Ok(()),
        }
    }

    fn required(&self, key: &str) -> Result<&'a Value, GraphError> {
        self.fields.get(key).ok_or_else(|| GraphError::missing(format!("{} is required.", self.place(key))))
    }

    fn text(&self, key: &str, longest: usize) -> Result<&'a str, GraphError> {
        self.required(key)?;
        let text = self.optional_text(key, longest)?.unwrap_or_default();
        if text.trim().is_empty() {
            return Err(GraphError::parameter(format!("{} must not be empty.", self.place(key))));
        }
        Ok(text)
    }

    fn optional_text(&self, key: &str, longest: usize) -> Result<Option<&'a str>, GraphError> {
        let Some(value) = self.fields.get(key) else { return Ok(None) };
        let text = value
            .as_str()
            .ok_or_else(|| GraphError::parameter(format!("{} must be a string.", self.place(key))))?;
        if text.len() > longest && text.chars().count() > longest {
            let details = format!("{} is longer than {longest} characters.", self.place(key));
            return Err(GraphError::parameter(details));
        }
        Ok(Some(text))
    }

    fn optional_bool(&self, key: &str) -> Result<(), GraphError> {
        match self.fields.get(key) {
            None | Some(Value::Bool(_)) => Ok(()),
            Some(_) => Err(GraphError::parameter(format!("{} must be true or false.", self.place(key)))),
        }
    }

    /// A number, or a number in a string, as in the documentation's examples.
    fn degrees(&self, key: &str, most: f64) -> Result<(), GraphError> {
        let number = match self.required(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_some_and(|degrees| degrees.abs() <= most) {
            return Ok(());
        }
        Err(GraphError::parameter_value(format!("{} must be from -{most} to {most}.", self.place(key))))
    }

    fn object(&self, key: &str) -> Result<Object<'a>, GraphError> {
        Object::new(&self.place(key), self.required(key)?)
    }

    fn optional_object(&self, key: &str) -> Result<Option<Object<'a>>, GraphError> {
        self.fields.get(key).map(|value| Object::new(&self.place(key), value)).transpose()
    }

    fn objects(&self, key: &str, most: usize) -> Result<Vec<Object<'a>>, GraphError> {
        let place = self.place(key);
        let items = self.required(key)?.as_array();
        let items = items.ok_or_else(|| GraphError::parameter(format!("{place} must be a list.")))?;
        if items.is_empty() || items.len() > most {
            return Err(GraphError::parameter_value(format!("{place} must have 1 to {most} elements.")));
        }
        items
            .iter()
            .enumerate()
            .map(|(index, item)| Object::new(&format!("{place}[{index}]"), item))
            .collect()
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
