//! What conversations of this isolate taught, on its way to the object that keeps it: in memory, then through the
//! queue `questions`, in batches.
//!
//! Shed first: a lost lesson does no harm, and no message waits for one. While the isolate is busy, lessons gather
//! and go once a second; beyond [`MOST_GATHERED`] they are dropped.

use std::cell::{Cell, RefCell};

use lotse_core::actor::Learnt;
use lotse_core::learning::book::Told;
use lotse_core::metrics::Metric;
use sha2::{Digest, Sha256};
use worker::{Env, MessageBatch, Result};

use crate::dead_letters_queue::set_aside;
use crate::questions_do::QuestionsCall;
use crate::{call, clock, log, metrics, objects, queues};

/// How many lessons wait in memory at most: a message in a queue has at most 128 kB
/// (<https://developers.cloudflare.com/queues/platform/limits/>), and a lesson less than one.
const MOST_GATHERED: usize = 100;
/// How long a busy isolate gathers.
const EVERY_MILLIS: i64 = 1_000;

thread_local! {
    static GATHERED: RefCell<Vec<Told>> = const { RefCell::new(Vec::new()) };
    static NEXT_AT: Cell<i64> = const { Cell::new(0) };
}

/// Takes over what a commit taught, once it holds. `conversation` is the id of the object, which goes no further.
pub fn learnt(conversation: &str, lessons: Vec<Learnt>) {
    GATHERED.with_borrow_mut(|gathered| {
        for (index, Learnt { line, lesson }) in lessons.into_iter().enumerate() {
            if gathered.len() >= MOST_GATHERED {
                metrics::add(Metric::LessonsDropped, &[], 1);
                continue;
            }
            let digest = Sha256::digest(format!("{conversation}/{line}/{index}"));
            gathered.push(Told { id: hex::encode(&digest[..8]), lesson });
        }
    });
}

/// Puts what was gathered into the queue; for work that goes on after the answer anyway.
pub async fn flush(env: &Env, is_busy: bool) {
    let now = clock::now().0;
    if is_busy && now < NEXT_AT.get() {
        return;
    }
    let told = GATHERED.take();
    if told.is_empty() {
        return;
    }
    NEXT_AT.set(now + EVERY_MILLIS);
    let count = told.len() as u64;
    if let Err(error) = queues::send(env, "QUESTIONS_QUEUE", &told).await {
        metrics::add(Metric::LessonsDropped, &[], count);
        log::warn("lessons_dropped", &[log::cause(&error)]);
    }
}

/// Brings a batch to the object.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let mut told = Vec::new();
    for message in batch.raw_iter() {
        metrics::taken_from_queue("questions", &message);
        match queues::read::<Vec<Told>>(&message) {
            Some(lessons) => told.extend(lessons),
            None => set_aside(env, &message, "a lesson cannot be read").await,
        }
    }
    if let Err(error) = bring(env, told).await {
        log::warn("lessons_wait", &[log::cause(&error)]);
        batch.retry_all();
    }
}

async fn bring(env: &Env, told: Vec<Told>) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    call::tell(&objects::questions(env)?, &QuestionsCall::Learn { told }).await
}
