//! What the platforms know: the state that all requests share. Every lock is held for a moment
//! only and never across an await.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Semaphore, watch};

use crate::StartError;
use crate::config::{Account, Channel, Config, NotLoopback, Settings, loopback_url};
use crate::events::EventLog;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::kept::KeptWebhooks;
use crate::media::MediaStore;
use crate::people::People;
use crate::received::ReceivedLog;

/// At most this many status webhooks are on their way at once; more wait their turn.
const STATUS_WEBHOOKS_AT_ONCE: usize = 64;
/// The longest wait for an answer to a webhook; Telegram gives up after a minute, too.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// A webhook that a bot set by `setWebhook`.
#[derive(Clone)]
pub(crate) struct BotWebhook {
    /// Where to, on this machine.
    pub(crate) url: String,
    /// What to show in `X-Telegram-Bot-Api-Secret-Token`.
    pub(crate) secret_token: Option<String>,
}

/// Everything the simulator knows.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) address: SocketAddr,
    pub(crate) received: ReceivedLog,
    pub(crate) events: EventLog,
    pub(crate) ids: Ids,
    pub(crate) http: reqwest::Client,
    pub(crate) status_turns: Semaphore,
    pub(crate) kept: KeptWebhooks,
    worker: RwLock<String>,
    settings: RwLock<Settings>,
    people: Mutex<People>,
    faults: Mutex<Faults>,
    media: Mutex<MediaStore>,
    bot_webhooks: Mutex<HashMap<String, BotWebhook>>,
    stopping: watch::Sender<bool>,
}

impl World {
    /// The state of platforms that nobody has written to yet.
    pub(crate) fn new(config: Config, address: SocketAddr) -> Result<Self, StartError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .pool_max_idle_per_host(256)
            .timeout(WEBHOOK_TIMEOUT)
            .build()?;
        Ok(Self {
            worker: RwLock::new(loopback_url(&config.worker)?),
            settings: RwLock::new(config.settings),
            received: ReceivedLog::new(config.received_capacity),
            events: EventLog::default(),
            ids: Ids::new(now_millis()),
            http,
            status_turns: Semaphore::new(STATUS_WEBHOOKS_AT_ONCE),
            kept: KeptWebhooks::default(),
            people: Mutex::default(),
            faults: Mutex::default(),
            media: Mutex::default(),
            bot_webhooks: Mutex::default(),
            stopping: watch::Sender::new(false),
            config,
            address,
        })
    }

    /// Where webhooks go.
    pub(crate) fn worker(&self) -> String {
        self.worker.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes where webhooks go.
    pub(crate) fn set_worker(&self, url: &str) -> Result<(), NotLoopback> {
        let url = loopback_url(url)?;
        *self.worker.write().unwrap_or_else(PoisonError::into_inner) = url;
        Ok(())
    }

    /// How the platforms behave now.
    pub(crate) fn settings(&self) -> Settings {
        *self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how the platforms behave.
    pub(crate) fn set_settings(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Who has written.
    pub(crate) fn people(&self) -> MutexGuard<'_, People> {
        lock(&self.people)
    }

    /// What is to go wrong.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Files that people sent.
    pub(crate) fn media(&self) -> MutexGuard<'_, MediaStore> {
        lock(&self.media)
    }

    /// Webhooks that bots set themselves, by account.
    pub(crate) fn bot_webhooks(&self) -> MutexGuard<'_, HashMap<String, BotWebhook>> {
        lock(&self.bot_webhooks)
    }

    /// The account that a platform knows under this address.
    pub(crate) fn account_at(&self, channel: Channel, address: &str) -> Option<&Account> {
        self.config.accounts.iter().find(|account| account.channel == channel && account.address == address)
    }

    /// Runs work in the background until it is done or the simulator stops.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let world = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = world.stopped() => {}
                () = work => {}
            }
        });
    }

    /// Returns once the simulator is to stop.
    pub(crate) async fn stopped(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// Ends background work and the server.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// Takes a lock. A panic elsewhere leaves the state as it is: it holds no invariant across calls.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time in Unix milliseconds.
pub(crate) fn now_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
