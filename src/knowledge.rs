//! The approved texts that this isolate answers from, and the look at what is in effect.
//!
//! What is published lies in KV as bytes that a [`crate::knowledge_do`] made; a small head names the version. An
//! isolate looks at the head as [`lotse_core::publishing::look`] says, and takes a version in only whole: what is
//! missing, damaged or late leaves the one that runs, at first the one that came with the program.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::metrics::Metric;
use lotse_core::publishing::{
    self, CACHE_SECS, HEAD_KEY, Head, LOOK_WITHIN_MILLIS, LastLook, Look, pack_key,
};
use lotse_core::time::UnixMillis;
use worker::{Env, Error, Result, State};

use crate::knowledge_do::KnowledgeCall;
use crate::log::Value;
use crate::{call, clock, log, metrics, objects};

/// The pack that came with the program.
const BUNDLED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/knowledge.bin"));
/// What its source has beyond it.
const BUNDLED_LACKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/source.bin"));
/// How often those who wait for somebody else's look see whether it is over. They cannot await that look itself: the
/// runtime ties I/O to the request that began it, so what one request began does not wake another, and ends with it.
const WAIT_MILLIS: u64 = 10;

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
    static LAST_LOOK: Cell<Option<LastLook>> = const { Cell::new(None) };
    /// Since when somebody looks: others need not. Promises must not be shared, as each belongs to one object.
    static LOOKING_SINCE: Cell<Option<UnixMillis>> = const { Cell::new(None) };
    static TROUBLE: Cell<Option<Trouble>> = const { Cell::new(None) };
}

#[derive(Clone)]
struct Running {
    head: Head,
    knowledge: Rc<Knowledge>,
}

/// Why this isolate does not answer from what is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// KV refuses or cannot be reached.
    Store,
    /// KV did not answer in time.
    Late,
    /// The version is not there.
    Missing,
    /// Its bytes are damaged, or of another form.
    Unreadable,
}

impl Trouble {
    /// One word for logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Late => "late",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
        }
    }

    /// In words for operators.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Store => "KV could not be read; the texts that ran before go on",
            Self::Late => "KV did not answer in time; the texts that ran before go on",
            Self::Missing => "the published version is not in KV; the texts that ran before go on",
            Self::Unreadable => "the published version is damaged in KV; the texts that ran before go on",
        }
    }
}

/// The texts to answer from.
///
/// # Errors
/// When those that came with the program cannot be read: a broken build.
pub fn running() -> Result<Rc<Knowledge>> {
    Ok(now_running()?.knowledge)
}

/// The version that runs, whether the crisis switch is on, and what is wrong.
///
/// # Errors
/// As [`running`].
pub fn standing() -> Result<(Head, Option<Trouble>)> {
    Ok((now_running()?.head, TROUBLE.get()))
}

fn now_running() -> Result<Running> {
    RUNNING.with_borrow_mut(|running| match running {
        Some(running) => Ok(running.clone()),
        None => {
            let knowledge = Rc::new(bundled()?);
            Ok(running.insert(Running { head: Head::default(), knowledge }).clone())
        }
    })
}

fn bundled() -> Result<Knowledge> {
    Knowledge::from_bytes(BUNDLED).map_err(|error| Error::RustError(error.to_string()))
}

/// The source of the pack that came with the program.
///
/// # Errors
/// As [`running`].
pub fn bundled_source() -> Result<String> {
    publishing::bundled::restored(BUNDLED_LACKS, BUNDLED).map_err(|error| Error::RustError(error.to_string()))
}

/// Catches up before something is answered, where the last look is too old. No later event of the object overtakes
/// the one that waits here.
pub async fn catch_up_in(object: &State, env: &Env) {
    if when_to_look() != Look::Now {
        return;
    }
    let env = env.clone();
    let caught_up = object.block_concurrency_while(async move {
        catch_up(&env).await;
        Ok(())
    });
    // It cannot fail; and if the runtime does, what runs goes on.
    let _ = caught_up.await;
}

/// Catches up where the last look is too old.
pub async fn catch_up(env: &Env) {
    while when_to_look() == Look::Now {
        if somebody_looks() {
            clock::sleep(Duration::from_millis(WAIT_MILLIS)).await;
        } else {
            look(env).await;
        }
    }
}

/// Looks after the work where the last look grows old, so that nobody waits for it.
pub async fn refresh(env: &Env) {
    if when_to_look() != Look::No && !somebody_looks() {
        look(env).await;
    }
}

/// Something was published from here: the next one looks before it answers.
pub fn look_again() {
    LAST_LOOK.set(None);
}

fn when_to_look() -> Look {
    publishing::look(LAST_LOOK.get(), clock::now())
}

/// Whether somebody looks; whoever takes too long has died with its object.
fn somebody_looks() -> bool {
    LOOKING_SINCE.get().is_some_and(|since| {
        let age = clock::now().millis_since(since);
        (0..2 * LOOK_WITHIN_MILLIS).contains(&age)
    })
}

async fn look(env: &Env) {
    let began = clock::now();
    LOOKING_SINCE.set(Some(began));
    let within = clock::sleep(Duration::from_millis(LOOK_WITHIN_MILLIS.unsigned_abs()));
    let taken = match select(Box::pin(take_what_is_in_effect(env)), Box::pin(within)).await {
        Either::Left((taken, _)) => taken,
        Either::Right(_) => Err((Trouble::Late, None)),
    };
    LAST_LOOK.set(Some(LastLook { at: began, failed: taken.is_err() }));
    LOOKING_SINCE.set(None);
    TROUBLE.set(taken.as_ref().err().map(|(trouble, _)| *trouble));
    if let Err((trouble, error)) = taken {
        metrics::add(Metric::KnowledgeFailures, &[trouble.name()], 1);
        let reason = [("reason", Value::Word(trouble.name()))];
        match error {
            Some(error) => log::error("knowledge_not_taken", &[reason[0].clone(), log::cause(&error)]),
            None => log::error("knowledge_not_taken", &reason),
        }
    }
}

type Failure = (Trouble, Option<Error>);

async fn take_what_is_in_effect(env: &Env) -> std::result::Result<(), Failure> {
    let store_fails = |error| (Trouble::Store, Some(Error::from(error)));
    let store = env.kv("STORE").map_err(|error| (Trouble::Store, Some(error)))?;
    let head = store.get(HEAD_KEY).cache_ttl(CACHE_SECS).text().await.map_err(store_fails)?;
    let head: Head = match head {
        Some(text) => {
            serde_json::from_str(&text).map_err(|error| (Trouble::Unreadable, Some(Error::from(error))))?
        }
        None => Head::default(),
    };
    let known = RUNNING.with_borrow(Clone::clone);
    if known.as_ref().is_some_and(|known| known.head == head) {
        return Ok(());
    }
    let knowledge = match known {
        Some(known) if known.head.version == head.version => Knowledge::clone(&known.knowledge),
        _ if head.version == 0 => bundled().map_err(|error| (Trouble::Unreadable, Some(error)))?,
        _ => {
            let key = pack_key(head.version);
            // Bytes of a version never change. But KV remembers as long that a key was not there, and what is missing
            // or damaged is brought again at once: that is to be seen soon, and each isolate reads a version once.
            let bytes = store.get(&key).cache_ttl(CACHE_SECS).bytes().await.map_err(store_fails)?;
            match bytes.as_deref().map(Knowledge::from_bytes) {
                Some(Ok(knowledge)) => knowledge,
                broken => {
                    ask_for(env, head.version).await;
                    return Err(broken.map_or((Trouble::Missing, None), |broken| {
                        let cause = broken.err().map(|error| Error::RustError(error.to_string()));
                        (Trouble::Unreadable, cause)
                    }));
                }
            }
        }
    };
    let knowledge = Rc::new(knowledge.in_crisis(head.crisis));
    RUNNING.set(Some(Running { head, knowledge }));
    Ok(())
}

/// Asks the object that keeps the record to bring the bytes of a version to KV once more.
async fn ask_for(env: &Env, version: u64) {
    let asked = async { call::tell(&objects::knowledge(env)?, &KnowledgeCall::Provide { version }).await };
    if let Err(error) = asked.await {
        log::warn("knowledge_not_asked_for", &[log::cause(&error)]);
    }
}
