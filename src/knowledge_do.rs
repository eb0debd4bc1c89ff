//! The record of what was published: one object per deployment, with every version of the pack and every turn of the
//! crisis switch.
//!
//! It decides who publishes first, and compiles: once, so that isolates only read. Atomic because check and write run
//! without an await between them. What it kept is durable before anybody hears of it; then it goes to KV, from where
//! everybody reads, and the alarm repeats that until KV has it. Nobody's message ever waits for this object.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::Duration;

use lotse_core::api::knowledge::{
    CrisisSwitch, PackHistory, PackInEffect, PackVersion, PackWithSource, PublishedPack, TurnedCrisis,
};
use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::{self, Pack};
use lotse_core::metrics::Metric;
use lotse_core::publishing::{self, HEAD_KEY, Head, pack_key};
use serde::{Deserialize, Serialize};
use worker::{Env, Error, Result, State};

use crate::knowledge_store::KnowledgeStore;
use crate::object::{Answer, Object};
use crate::{call, clock, knowledge, log, metrics};

/// How long KV has to take one state in; the object answers nobody meanwhile.
const TELL_WITHIN: Duration = Duration::from_secs(5);
/// The pause before KV is tried again, at first and at most.
const RETRY_MILLIS: i64 = 2_000;
const LONGEST_RETRY_MILLIS: i64 = 60_000;
/// How often the record sees whether KV still has what it took.
const VERIFY_EVERY_MILLIS: i64 = 60 * 60_000;
/// Bytes that isolates miss are brought again, but not more often than this.
const PROVIDE_EVERY_MILLIS: i64 = 10_000;
/// So many versions before the one in effect keep their bytes in KV, for isolates that know of nothing newer yet.
const KEPT_IN_STORE: u64 = 3;

/// What the object is asked. It answers for the client: a status, and behind a line break a JSON body.
#[derive(Debug, Serialize, Deserialize)]
pub enum KnowledgeCall {
    /// What is in effect; answered with [`PackInEffect`].
    Read,
    /// Publishes a pack; answered with [`PublishedPack`], 409 or 422.
    Publish {
        /// Who publishes.
        author: String,
        /// The pack: TOML.
        source: String,
        /// The version that the author changed.
        based_on: u64,
        /// What changed.
        note: Option<String>,
    },
    /// Publishes the source of an older version; answered likewise, or with 404.
    RollBack {
        /// Who publishes.
        author: String,
        /// The older version.
        to: u64,
        /// The version that the author saw in effect.
        based_on: u64,
        /// Why.
        note: Option<String>,
    },
    /// Turns the crisis switch; answered with [`TurnedCrisis`], or 409 where the pack knows no crisis.
    TurnCrisis {
        /// Who turns it.
        author: String,
        /// How it is to stand.
        on: bool,
        /// Why.
        note: Option<String>,
    },
    /// Everything that was published; answered with [`PackHistory`].
    History,
    /// One version; answered with [`PackWithSource`] or 404.
    ReadVersion {
        /// Its number.
        version: u64,
    },
    /// An isolate misses the bytes of a version; answered with 204.
    Provide {
        /// Its number.
        version: u64,
    },
}

/// What was decided about a request: its answer, or why it is refused.
type Decided<T> = std::result::Result<T, Problem>;

/// Whom to believe about what KV has.
#[derive(Clone, Copy, Debug)]
enum Trust {
    /// The record.
    Record,
    /// KV alone: what it took may have got lost.
    Verify,
}

/// The object.
pub struct KnowledgeObject {
    object: State,
    env: Env,
    record: OnceCell<Rc<Record>>,
}

/// The record, and what this life knows about its way to KV.
struct Record {
    env: Env,
    store: KnowledgeStore,
    /// The bytes of the version that was published last, until KV has them.
    compiled: Cell<Option<(u64, Vec<u8>)>>,
    failures: Cell<u32>,
    provided_at: Cell<i64>,
}

impl Object for KnowledgeObject {
    fn new(object: State, env: Env) -> Self {
        Self { object, env, record: OnceCell::new() }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: KnowledgeCall = serde_json::from_str(question)?;
        let record = self.record()?;
        match call {
            KnowledgeCall::Read => answer(200, &record.read()?),
            KnowledgeCall::Publish { author, source, based_on, note } => {
                let version = PackVersion { author: Some(author), note, ..PackVersion::bundled() };
                refused_or(201, self.publish(version, &source, based_on).await?)
            }
            KnowledgeCall::RollBack { author, to, based_on, note } => {
                let Some(source) = record.source(to)? else { return refusal(&no_version()) };
                let author = Some(author);
                let version = PackVersion { author, note, brings_back: Some(to), ..PackVersion::bundled() };
                refused_or(201, self.publish(version, &source, based_on).await?)
            }
            KnowledgeCall::TurnCrisis { author, on, note } => {
                let turned = CrisisSwitch { on, author: Some(author), at: Some(clock::now()), note };
                refused_or(200, self.turn(turned).await?)
            }
            KnowledgeCall::History => answer(200, &record.history()?),
            KnowledgeCall::ReadVersion { version } => {
                refused_or(200, record.with_source(version)?.ok_or_else(no_version))
            }
            KnowledgeCall::Provide { version } => {
                self.provide(version);
                Ok(None)
            }
        }
    }

    async fn alarm(&self) -> Result<()> {
        self.tell(Trust::Verify).await?;
        metrics::flush(&self.env).await;
        Ok(())
    }
}

impl KnowledgeObject {
    fn record(&self) -> Result<&Rc<Record>> {
        if let Some(record) = self.record.get() {
            return Ok(record);
        }
        let store = KnowledgeStore::open(self.object.storage())?;
        let (failures, provided_at) = (Cell::new(0), Cell::new(0));
        let compiled = Cell::new(None);
        let record = Record { env: self.env.clone(), store, compiled, failures, provided_at };
        Ok(self.record.get_or_init(|| Rc::new(record)))
    }

    async fn publish(
        &self,
        version: PackVersion,
        source: &str,
        based_on: u64,
    ) -> Result<Decided<PublishedPack>> {
        let record = self.record()?;
        let current = record.store.current()?;
        if current.version != based_on {
            return Ok(Err(Problem::knowledge_moved_on(current)));
        }
        let now = clock::now();
        let draft = publishing::read(source, knowledge::running()?.id(), now);
        let findings = draft.findings;
        let Some(pack) = draft.pack else { return Ok(Err(Problem::knowledge_broken(findings))) };
        let version = PackVersion { version: current.version + 1, at: Some(now), ..version };
        // Before it is kept: a pack that is too much for this machine is not published at all.
        record.compiled.set(Some((version.version, Knowledge::compile(&pack).to_bytes())));
        record.store.keep(&version, source, now.plus_millis(RETRY_MILLIS))?;
        let on_its_way = self.tell(Trust::Record).await?;
        Ok(Ok(PublishedPack { version, on_its_way, findings }))
    }

    async fn turn(&self, turned: CrisisSwitch) -> Result<Decided<TurnedCrisis>> {
        let record = self.record()?;
        // Off is always possible.
        if turned.on && record.current_pack()?.is_none_or(|pack| pack.crisis.is_none()) {
            let detail = "the pack in effect has no [crisis]; publish one that has";
            return Ok(Err(Problem::new(ProblemKind::WrongState, detail)));
        }
        record.store.turn(&turned, clock::now().plus_millis(RETRY_MILLIS))?;
        let on_its_way = self.tell(Trust::Record).await?;
        Ok(Ok(TurnedCrisis { crisis: turned, on_its_way }))
    }

    /// Brings the state to KV, while the object takes nothing else: so what was decided last is written last. True
    /// where KV does not have it yet; then the alarm goes on.
    async fn tell(&self, trust: Trust) -> Result<bool> {
        let record = Rc::clone(self.record()?);
        self.object.block_concurrency_while(async move { Ok(record.tell(trust).await) }).await
    }

    /// Brings bytes again that an isolate could not read, after it was answered.
    fn provide(&self, version: u64) {
        let Ok(record) = self.record() else { return };
        let now = clock::now().0;
        if now - record.provided_at.get() < PROVIDE_EVERY_MILLIS {
            return;
        }
        record.provided_at.set(now);
        let record = Rc::clone(record);
        self.object.wait_until(async move {
            if let Err(error) = record.put_pack(version).await {
                log::warn("knowledge_not_provided", &[log::cause(&error)]);
            }
        });
    }
}

impl Record {
    fn current_pack(&self) -> Result<Option<Pack>> {
        let version = self.store.current()?.version;
        self.source(version)?.map(|source| read_pack(&source)).transpose()
    }

    fn source(&self, version: u64) -> Result<Option<String>> {
        if version == 0 { knowledge::bundled_source().map(Some) } else { self.store.source(version) }
    }

    fn with_source(&self, version: u64) -> Result<Option<PackWithSource>> {
        let Some(source) = self.source(version)? else { return Ok(None) };
        let known = if version == 0 { Some(PackVersion::bundled()) } else { self.store.version(version)? };
        Ok(known.map(|version| PackWithSource { version, source }))
    }

    fn read(&self) -> Result<PackInEffect> {
        let version = self.store.current()?;
        let source = self.source(version.version)?.unwrap_or_default();
        let on_its_way = self.store.told()? != self.store.head()?;
        let findings = publishing::read(&source, knowledge::running()?.id(), clock::now()).findings;
        Ok(PackInEffect { version, source, crisis: self.store.crisis()?, findings, on_its_way })
    }

    fn history(&self) -> Result<PackHistory> {
        let mut versions = self.store.all_versions()?;
        versions.push(PackVersion::bundled());
        Ok(PackHistory { versions, crisis: self.store.all_turns()? })
    }

    /// Brings the state to KV. True where that did not succeed; then the alarm is set for the next try.
    async fn tell(&self, trust: Trust) -> bool {
        let told = call::within(TELL_WITHIN, self.try_to_tell(trust)).await;
        // This isolate may look at once.
        knowledge::look_again();
        let pause = match &told {
            Ok(()) => {
                self.failures.set(0);
                VERIFY_EVERY_MILLIS
            }
            Err(error) => {
                metrics::add(Metric::StoreFailures, &["write"], 1);
                log::error("knowledge_untold", &[log::cause(error)]);
                let failures = self.failures.get();
                self.failures.set(failures.saturating_add(1));
                RETRY_MILLIS.saturating_mul(1 << failures.min(5)).min(LONGEST_RETRY_MILLIS)
            }
        };
        if let Err(error) = self.store.set_alarm(clock::now().plus_millis(pause)) {
            log::error("knowledge_alarm_unset", &[log::cause(&error)]);
        }
        told.is_err()
    }

    async fn try_to_tell(&self, trust: Trust) -> Result<()> {
        let head = self.store.head()?;
        let known = match trust {
            Trust::Record => self.store.told()?,
            Trust::Verify => {
                let text = self.env.kv("STORE")?.get(HEAD_KEY).text().await?;
                text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
            }
        };
        if known == head {
            return self.store.note_told(&head);
        }
        if head.version > 0 && !self.store.is_stored(&pack_key(head.version))? {
            self.put_pack(head.version).await?;
        }
        self.env.kv("STORE")?.put(HEAD_KEY, serde_json::to_string(&head)?)?.execute().await?;
        self.store.note_told(&head)?;
        self.clear_away(&head).await
    }

    /// Puts the bytes of a version where isolates look for them.
    async fn put_pack(&self, version: u64) -> Result<()> {
        let bytes = match self.compiled.take() {
            Some((compiled, bytes)) if compiled == version => bytes,
            _ => self.compile(version)?,
        };
        let key = pack_key(version);
        let put = self.env.kv("STORE")?.put_bytes(&key, &bytes)?.execute().await;
        if put.is_err() {
            // For the next try.
            self.compiled.set(Some((version, bytes)));
        }
        put?;
        self.store.note_stored(&key, version)
    }

    fn compile(&self, version: u64) -> Result<Vec<u8>> {
        let source = self.store.source(version)?;
        let source = source.ok_or_else(|| Error::RustError("no such version was published".to_owned()))?;
        Ok(Knowledge::compile(&read_pack(&source)?).to_bytes())
    }

    /// Removes bytes that nobody reads any more.
    async fn clear_away(&self, head: &Head) -> Result<()> {
        for key in self.store.stored_before(head.version.saturating_sub(KEPT_IN_STORE))? {
            self.env.kv("STORE")?.delete(&key).await?;
            self.store.forget_stored(&key)?;
        }
        Ok(())
    }
}

fn read_pack(source: &str) -> Result<Pack> {
    pack::parse(source).map_err(|error| Error::RustError(error.to_string()))
}

fn no_version() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no such version")
}

fn refused_or(status: u16, decided: Decided<impl Serialize>) -> Answer {
    match decided {
        Ok(value) => answer(status, &value),
        Err(problem) => refusal(&problem),
    }
}

fn refusal(problem: &Problem) -> Answer {
    answer(problem.status, problem)
}

fn answer(status: u16, value: &impl Serialize) -> Answer {
    Ok(Some(format!("{status}\n{}", serde_json::to_string(value)?)))
}
