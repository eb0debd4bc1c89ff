//! From content to calls of the Cloud API.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>.

use serde::Serialize;

use super::people::{is_business_scoped, is_phone};
use super::verify::ACCESS_TOKEN;
use crate::channel::fit::{Limits, Tier};
use crate::channel::{ApiCall, ReplyRules, SendContext};
use crate::message::{Choice, Contact, MediaKind, OutgoingContent};

/// The most reply buttons under one message; more choices become a list.
const MAX_BUTTONS: usize = 3;

/// What the platform takes. <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>,
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub(super) const LIMITS: Limits = Limits {
    text: 4096,
    tiers: &[
        Tier { max_choices: MAX_BUTTONS, max_title: 20, max_body: 1024 },
        Tier { max_choices: 10, max_title: 24, max_body: 4096 },
    ],
    choice_id_bytes: 200,
    caption: 1024,
    captioned: &[MediaKind::Image, MediaKind::Video, MediaKind::Document],
    rules: ReplyRules::Window { free_text_millis: WINDOW_MILLIS, human_tag_millis: None, templates: true },
};

/// How long free text may be sent after a person's last message: 24 hours.
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>
const WINDOW_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// The call that sends `content`. Without an access token it carries none, and the platform answers
/// that it is not authorised.
pub(super) fn render(content: &OutgoingContent, context: &SendContext<'_>) -> Option<ApiCall> {
    let body = match content {
        OutgoingContent::ConfirmPress { .. } => return None,
        OutgoingContent::MarkRead { message_id } => {
            serde_json::to_vec(&ReadTick { messaging_product: "whatsapp", status: "read", message_id })
        }
        message => serde_json::to_vec(&envelope(body(message, context)?, context)),
    };
    let token = context.secrets.get(ACCESS_TOKEN).first().map(|token| format!("Bearer {token}"));
    Some(ApiCall {
        url: format!("{}/{}/messages", context.api_base, context.account_address),
        authorization: token,
        content_type: "application/json",
        body: body.ok()?,
    })
}

fn envelope<'c>(body: Body<'c>, context: &SendContext<'c>) -> Envelope<'c> {
    let (to, recipient) = address(context.to);
    Envelope {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to,
        recipient,
        context: context.reply_to.map(|message_id| Quote { message_id }),
        biz_opaque_callback_data: Some(context.callback).filter(|callback| !callback.is_empty()),
        body,
    }
}

/// `to` where the phone number is known, else `recipient` with the business-scoped user id.
fn address(person: &Contact) -> (Option<&str>, Option<&str>) {
    match person.phone.as_deref().map(|phone| phone.trim_start_matches('+')) {
        Some(phone) if is_phone(phone) => (Some(phone), None),
        _ if is_business_scoped(&person.id) => (None, Some(&person.id)),
        _ => (Some(&person.id), None),
    }
}

fn body<'c>(content: &'c OutgoingContent, context: &SendContext<'_>) -> Option<Body<'c>> {
    Some(match content {
        // `fit` makes plain text of a human's, since there is no tag here.
        OutgoingContent::Text { body } | OutgoingContent::HumanText { body } => {
            Body::Text { text: TextBody { body, preview_url: false } }
        }
        OutgoingContent::Template { name, language, parameters, .. } => {
            Body::Template { template: template(name, language, parameters) }
        }
        OutgoingContent::Choices { body, choices } => {
            Body::Interactive { interactive: interactive(body, choices, context.to.language.as_deref()) }
        }
        OutgoingContent::Location { latitude, longitude, name, address } => {
            let location = LocationBody { latitude: *latitude, longitude: *longitude, name, address };
            Body::Location { location }
        }
        OutgoingContent::Media { kind, link, caption, filename } => {
            let media = MediaBody { link, caption: caption.as_deref(), filename: None };
            match kind {
                MediaKind::Image => Body::Image { image: media },
                MediaKind::Video => Body::Video { video: media },
                MediaKind::Audio | MediaKind::Voice => Body::Audio { audio: media },
                MediaKind::Sticker => Body::Sticker { sticker: media },
                MediaKind::Document => {
                    Body::Document { document: MediaBody { filename: filename.as_deref(), ..media } }
                }
            }
        }
        OutgoingContent::MarkRead { .. } | OutgoingContent::ConfirmPress { .. } => return None,
    })
}

/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
fn template<'c>(name: &'c str, code: &'c str, parameters: &'c [String]) -> Template<'c> {
    let parameters: Vec<_> = parameters.iter().map(|text| Parameter { kind: "text", text }).collect();
    let components = (!parameters.is_empty()).then_some([Component { kind: "body", parameters }]);
    Template { name, language: TemplateLanguage { code }, components }
}

fn interactive<'c>(text: &'c str, choices: &'c [Choice], language: Option<&str>) -> Interactive<'c> {
    let body = InteractiveText { text };
    if choices.len() <= MAX_BUTTONS {
        let button = |choice: &'c Choice| Button { kind: "reply", reply: Row::from(choice) };
        return Interactive::Button {
            body,
            action: Buttons { buttons: choices.iter().map(button).collect() },
        };
    }
    let button = list_button(language);
    let rows = choices.iter().map(Row::from).collect();
    Interactive::List { body, action: List { button, sections: [Section { title: button, rows }] } }
}

/// The words on the button that opens a list, at most 20 characters.
fn list_button(language: Option<&str>) -> &'static str {
    let primary = language.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "de" => "Auswählen",
        "en" => "Choose",
        _ => "Auswählen · Choose",
    }
}

#[derive(Serialize)]
struct ReadTick<'c> {
    messaging_product: &'static str,
    status: &'static str,
    message_id: &'c str,
}

#[derive(Serialize)]
struct Envelope<'c> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Quote<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'c str>,
    #[serde(flatten)]
    body: Body<'c>,
}

#[derive(Serialize)]
struct Quote<'c> {
    message_id: &'c str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Body<'c> {
    Text { text: TextBody<'c> },
    Interactive { interactive: Interactive<'c> },
    Location { location: LocationBody<'c> },
    Image { image: MediaBody<'c> },
    Video { video: MediaBody<'c> },
    Audio { audio: MediaBody<'c> },
    Document { document: MediaBody<'c> },
    Sticker { sticker: MediaBody<'c> },
    Template { template: Template<'c> },
}

#[derive(Serialize)]
struct Template<'c> {
    name: &'c str,
    language: TemplateLanguage<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<[Component<'c>; 1]>,
}

#[derive(Serialize)]
struct TemplateLanguage<'c> {
    code: &'c str,
}

#[derive(Serialize)]
struct Component<'c> {
    #[serde(rename = "type")]
    kind: &'static str,
    parameters: Vec<Parameter<'c>>,
}

#[derive(Serialize)]
struct Parameter<'c> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'c str,
}

#[derive(Serialize)]
struct TextBody<'c> {
    body: &'c str,
    preview_url: bool,
}

#[derive(Serialize)]
struct LocationBody<'c> {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address: &'c str,
}

#[derive(Serialize)]
struct MediaBody<'c> {
    link: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'c str>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Interactive<'c> {
    Button { body: InteractiveText<'c>, action: Buttons<'c> },
    List { body: InteractiveText<'c>, action: List<'c> },
}

#[derive(Serialize)]
struct InteractiveText<'c> {
    text: &'c str,
}

#[derive(Serialize)]
struct Buttons<'c> {
    buttons: Vec<Button<'c>>,
}

#[derive(Serialize)]
struct Button<'c> {
    #[serde(rename = "type")]
    kind: &'static str,
    reply: Row<'c>,
}

#[derive(Serialize)]
struct List<'c> {
    button: &'static str,
    sections: [Section<'c>; 1],
}

#[derive(Serialize)]
struct Section<'c> {
    title: &'static str,
    rows: Vec<Row<'c>>,
}

#[derive(Serialize)]
struct Row<'c> {
    id: &'c str,
    title: &'c str,
}

impl<'c> From<&'c Choice> for Row<'c> {
    fn from(choice: &'c Choice) -> Self {
        Self { id: &choice.id, title: &choice.title }
    }
}
