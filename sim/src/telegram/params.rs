//! The parameters of a Bot API call, with the Bot API's tolerance: numbers may come as strings.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::BotError;

/// The parameters of one call.
#[derive(Debug, Default)]
pub(crate) struct Params {
    fields: Map<String, Value>,
}

impl Params {
    /// Reads a JSON body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, BotError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Self::new(fields),
            Ok(_) => Err(BotError::bad_request("the body must be a JSON object")),
            Err(_) => Err(BotError::bad_request("can't parse JSON object")),
        }
    }

    /// Takes fields that were read already.
    pub(crate) fn new(mut fields: Map<String, Value>) -> Result<Self, BotError> {
        fields.retain(|_, value| !value.is_null());
        Ok(Self { fields })
    }

    /// All of them, as JSON.
    pub(crate) fn raw(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(&self.fields).unwrap_or_default()
    }

    /// A parameter.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.fields.get(key)
    }

    /// An integer, which may come as a string.
    pub(crate) fn id(&self, key: &str) -> Option<i64> {
        match self.fields.get(key)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Text that must be there.
    pub(crate) fn text(&self, key: &str) -> Result<&str, BotError> {
        self.optional_text(key)?.filter(|text| !text.is_empty()).ok_or_else(|| BotError::missing(key))
    }

    /// Text that may be there.
    pub(crate) fn optional_text(&self, key: &str) -> Result<Option<&str>, BotError> {
        match self.fields.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(BotError::bad_request(&format!("field \"{key}\" must be of type String"))),
        }
    }

    /// A number in a range, which may come as a string.
    pub(crate) fn degrees(&self, key: &str, most: f64) -> Result<f64, BotError> {
        let number = match self.fields.get(key) {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| BotError::bad_request(&format!("{key} is empty")))?;
        if number.abs() <= most { Ok(number) } else { Err(BotError::bad_request("wrong location specified")) }
    }

    /// An object or list, which may come as JSON in a string, as forms have it.
    pub(crate) fn structure(&self, key: &str) -> Result<Option<Value>, BotError> {
        let broken = || BotError::bad_request(&format!("can't parse {key} JSON object"));
        match self.fields.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| broken()),
            Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(Some(value.clone())),
            Some(_) => Err(broken()),
        }
    }
}
