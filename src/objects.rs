//! How objects are found, seen from outside: the names of all of them in one place, so that one setting keeps them all
//! in the European Union. What an object is, is in [`crate::object`]; how it is asked, in [`crate::call`].
//!
//! The same name is another object in another jurisdiction: `residency` is chosen before go-live.

use js_sys::{Promise, Reflect};
use lotse_core::channel::ChannelName;
use lotse_core::settings::Residency;
use wasm_bindgen::prelude::*;
use worker::{Env, Error, Result};

use crate::environment::Environment;

#[wasm_bindgen]
extern "C" {
    /// `DurableObjectNamespace`.
    type Namespace;

    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &Namespace, name: &str) -> std::result::Result<Namespace, JsValue>;

    #[wasm_bindgen(method, catch, js_name = idFromName)]
    fn id_from_name(this: &Namespace, name: &str) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = idFromString)]
    fn id_from_string(this: &Namespace, id: &str) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Namespace, id: &JsValue) -> std::result::Result<Stub, JsValue>;

    /// `DurableObjectStub`: what an object is called through.
    pub type Stub;

    /// The one method of every object, see `entry.js`: takes a text, resolves to a text or to nothing.
    #[wasm_bindgen(method, catch)]
    pub fn call(this: &Stub, question: &str) -> std::result::Result<Promise, JsValue>;
}

fn namespace(env: &Env, binding: &str) -> Result<Namespace> {
    let bound = Reflect::get(env, &binding.into())?;
    if !bound.is_object() {
        return Err(Error::BindingError(binding.to_owned()));
    }
    let namespace: Namespace = bound.unchecked_into();
    match Environment::of(env)?.settings.organisation.residency {
        Residency::None => Ok(namespace),
        Residency::Eu => Ok(namespace.jurisdiction("eu")?),
    }
}

/// The object of a conversation, by [`lotse_core::message::ConversationKey::object_name`].
///
/// # Errors
/// When the binding is missing.
pub fn conversation(env: &Env, object_name: &str) -> Result<Stub> {
    let namespace = namespace(env, "CONVERSATION")?;
    Ok(namespace.get(&namespace.id_from_name(object_name)?)?)
}

/// The object of a conversation, by the id that threads are known by: 64 hex digits.
///
/// # Errors
/// When the binding is missing, or the id is none of this namespace.
pub fn conversation_by_id(env: &Env, id: &str) -> Result<Stub> {
    let namespace = namespace(env, "CONVERSATION")?;
    Ok(namespace.get(&namespace.id_from_string(id)?)?)
}

/// The pacer of a sending account.
///
/// # Errors
/// When the binding is missing.
pub fn pacer(env: &Env, channel: ChannelName, account: &str) -> Result<Stub> {
    let namespace = namespace(env, "PACER")?;
    Ok(namespace.get(&namespace.id_from_name(&format!("{channel}/{account}"))?)?)
}

/// The sums of what isolates counted: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn metrics(env: &Env) -> Result<Stub> {
    let namespace = namespace(env, "METRICS")?;
    Ok(namespace.get(&namespace.id_from_name("metrics")?)?)
}

/// What was learnt from questions: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn questions(env: &Env) -> Result<Stub> {
    let namespace = namespace(env, "QUESTIONS")?;
    Ok(namespace.get(&namespace.id_from_name("questions")?)?)
}

/// The record of what was published: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn knowledge(env: &Env) -> Result<Stub> {
    let namespace = namespace(env, "KNOWLEDGE")?;
    Ok(namespace.get(&namespace.id_from_name("knowledge")?)?)
}

/// The desk: one object per deployment.
///
/// # Errors
/// When the binding is missing.
pub fn desk(env: &Env) -> Result<Stub> {
    let namespace = namespace(env, "DESK")?;
    Ok(namespace.get(&namespace.id_from_name("desk")?)?)
}
