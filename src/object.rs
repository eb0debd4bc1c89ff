//! What an object is, seen from inside: a class of the runtime with one method, which takes and returns text, and an
//! alarm. Which objects there are and how others find them is in [`crate::objects`]; how they ask, in [`crate::call`].
//!
//! `entry.js` makes the classes; [`export`] hands them their objects. What is decided without waiting is answered
//! without a promise, which costs more than most answers.

use std::future::Future;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::{Env, Result, State};

/// What an object answers: a text, or nothing but that it is done.
pub type Answer = Result<Option<String>>;

/// What lives behind the name of an object.
pub trait Object: Sized + 'static {
    /// The object in memory; must not fail, so what can is done at the first call.
    fn new(object: State, env: Env) -> Self;

    /// Answers one question, as `call` asked it.
    ///
    /// # Errors
    /// When it cannot be read, or the object broke.
    async fn call(&self, question: &str) -> Answer;

    /// The alarm went off.
    ///
    /// # Errors
    /// When the runtime should try again.
    async fn alarm(&self) -> Result<()> {
        Ok(())
    }
}

/// Answers with a value as JSON.
///
/// # Errors
/// When it cannot be written.
pub fn json(value: &impl Serialize) -> Answer {
    Ok(Some(serde_json::to_string(value)?))
}

/// What comes of `work`, at once where it never has to wait, else as a promise.
///
/// # Errors
/// What `work` failed with, at once.
pub fn at_once_or_later(
    work: impl Future<Output = Result<JsValue>> + 'static,
) -> std::result::Result<JsValue, JsValue> {
    let mut work = Box::pin(async move { work.await.map_err(JsValue::from) });
    // Nobody is woken by this first look; what has to wait is looked at again by the promise.
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Ok(wasm_bindgen_futures::future_to_promise(work).into()),
    }
}

/// [`Object::call`], as the runtime calls it.
///
/// # Errors
/// As it.
pub fn call<O: Object>(object: &Rc<O>, question: String) -> std::result::Result<JsValue, JsValue> {
    let object = Rc::clone(object);
    at_once_or_later(
        async move { Ok(object.call(&question).await?.map_or(JsValue::UNDEFINED, JsValue::from)) },
    )
}

/// [`Object::alarm`], as the runtime calls it.
///
/// # Errors
/// As it.
pub fn alarm<O: Object>(object: &Rc<O>) -> std::result::Result<JsValue, JsValue> {
    let object = Rc::clone(object);
    at_once_or_later(async move { object.alarm().await.map(|()| JsValue::UNDEFINED) })
}

/// Exports objects to `entry.js`, each with a room of its own for what the export needs.
macro_rules! export {
    ($($room:ident: $object:ident),+ $(,)?) => {$(
        mod $room {
            use std::rc::Rc;

            use wasm_bindgen::prelude::*;
            use worker::worker_sys::DurableObjectState;
            use worker::{Env, State};

            use super::$object as Inner;
            use $crate::object::{self, Object as _};

            /// What `entry.js` holds of an object.
            #[wasm_bindgen(js_name = $object)]
            pub struct Exported(Rc<Inner>);

            #[wasm_bindgen(js_class = $object)]
            impl Exported {
                /// The object in memory.
                #[wasm_bindgen(constructor)]
                #[must_use]
                pub fn new(object: DurableObjectState, env: Env) -> Self {
                    Self(Rc::new(Inner::new(State::from(object), env)))
                }

                /// Answers one question: at once, or as a promise.
                ///
                /// # Errors
                /// When the object broke.
                pub fn call(&self, question: String) -> Result<JsValue, JsValue> {
                    object::call(&self.0, question)
                }

                /// The alarm went off.
                ///
                /// # Errors
                /// When the runtime should try again.
                pub fn alarm(&self) -> Result<JsValue, JsValue> {
                    object::alarm(&self.0)
                }
            }
        }
    )+};
}
pub(crate) use export;
