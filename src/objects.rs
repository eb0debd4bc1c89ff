//! The names of Durable Objects, in one place, so that one setting keeps them all in the European Union.
//!
//! The same name is another object in another jurisdiction: `residency` is chosen before go-live.

use lotse_core::settings::Residency;
use wasm_bindgen::prelude::*;
use worker::{Env, Result};
use worker::{ObjectNamespace, Stub};

use crate::environment::Environment;

#[wasm_bindgen]
extern "C" {
    /// `DurableObjectNamespace`, with the one call that the `worker` crate lacks.
    type JurisdictionalNamespace;

    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &JurisdictionalNamespace, name: &str) -> std::result::Result<JsValue, JsValue>;
}

fn namespace(env: &Env, binding: &str) -> Result<ObjectNamespace> {
    let namespace = env.durable_object(binding)?;
    match Environment::of(env)?.settings.organisation.residency {
        Residency::None => Ok(namespace),
        Residency::Eu => {
            let raw: &JsValue = namespace.as_ref();
            let european = raw.unchecked_ref::<JurisdictionalNamespace>().jurisdiction("eu")?;
            Ok(european.unchecked_into())
        }
    }
}

/// The object of a conversation, by [`lotse_core::message::ConversationKey::object_name`].
///
/// # Errors
/// When the binding is missing.
pub fn conversation(env: &Env, object_name: &str) -> Result<Stub> {
    namespace(env, "CONVERSATION")?.id_from_name(object_name)?.get_stub()
}

/// The object of a conversation, by the id that threads are known by: 64 hex digits.
///
/// # Errors
/// When the binding is missing, or the id is none of this namespace.
pub fn conversation_by_id(env: &Env, id: &str) -> Result<Stub> {
    namespace(env, "CONVERSATION")?.id_from_string(id)?.get_stub()
}

/// The sums of what isolates counted: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn metrics(env: &Env) -> Result<Stub> {
    namespace(env, "METRICS")?.id_from_name("metrics")?.get_stub()
}

/// The desk: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn desk(env: &Env) -> Result<Stub> {
    namespace(env, "DESK")?.id_from_name("desk")?.get_stub()
}
