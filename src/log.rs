//! The only place that writes to the log. What a line may hold is decided in [`lotse_core::log`].
//!
//! Nothing is logged about a message that goes its usual way.

use std::panic::set_hook;

pub use lotse_core::log::Value;
use lotse_core::log::line;
use wasm_bindgen::prelude::*;
use worker::{Error, console_error, console_log, console_warn};

type Fields<'a> = &'a [(&'static str, Value<'a>)];

/// Something worth knowing.
pub fn info(event: &'static str, fields: Fields<'_>) {
    console_log!("{}", line(event, fields));
}

/// Something that lotse copes with by itself, as long as it does not go on.
pub fn warn(event: &'static str, fields: Fields<'_>) {
    console_warn!("{}", line(event, fields));
}

/// Something that a human should look at.
pub fn error(event: &'static str, fields: Fields<'_>) {
    console_error!("{}", line(event, fields));
}

/// Why something failed.
#[must_use]
pub fn cause(error: &Error) -> (&'static str, Value<'static>) {
    ("cause", Value::Cause(error.to_string()))
}

/// From now on a panic says where it happened, and not its message: that may quote what somebody wrote.
pub fn panics() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| ("place", Value::Place(place)));
        error("panic", place.as_slice());
    }));
}

/// Said by `entry.js`, which starts wasm anew after a panic.
#[wasm_bindgen(js_name = logRestart)]
pub fn restart() {
    error("wasm_restarted", &[]);
}
