//! lotse-sim plays the messenger platforms on this machine: it signs and sends webhooks, takes what
//! lotse sends, holds it to the platforms' rules, and misbehaves on request. It also serves a phone
//! for the browser, to chat with lotse by hand.
//!
//! It is the other side of the wire: it shares no code with lotse-core, so that a mistake in the
//! one cannot hide in the other. It listens and talks on the loopback interface only, holds only
//! development secrets, and keeps everything in memory, bounded.
//!
//! Tests run it in-process:
//!
//! ```
//! # async fn run() -> Result<(), lotse_sim::StartError> {
//! let simulator = lotse_sim::start(lotse_sim::Config::default()).await?;
//! simulator.set_worker_url("http://127.0.0.1:8787")?;
//! println!("open {}", simulator.url());
//! simulator.stop().await;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

mod answer;
mod config;
mod deliver;
mod events;
mod faults;
mod ids;
mod kept;
mod media;
mod people;
mod phone;
mod received;
mod routes;
mod say;
mod server;
pub mod sign;
mod telegram;
mod whatsapp;
mod world;

pub use config::{Account, Channel, Config, NotLoopback, Settings};

use world::World;

/// How long [`Simulator::stop`] waits for open requests before it cuts them off.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The worker's address leads off this machine.
    #[error(transparent)]
    Worker(#[from] NotLoopback),
}

/// A running simulator. Dropping it stops it at once; [`Simulator::stop`] lets open requests finish.
pub struct Simulator {
    address: SocketAddr,
    world: Arc<World>,
    server: Option<JoinHandle<()>>,
}

/// Starts a simulator on 127.0.0.1.
///
/// # Errors
/// [`StartError`]: the port is taken, or the worker's address is not on this machine.
pub async fn start(config: Config) -> Result<Simulator, StartError> {
    let port = config.port;
    let listen_error = |source| StartError::Listen { port, source };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let world = Arc::new(World::new(config, address)?);
    let server = tokio::spawn(server::serve(listener, world.clone()));
    Ok(Simulator { address, world, server: Some(server) })
}

impl Simulator {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as an URL without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL that stands in for `https://graph.facebook.com/v25.0`.
    #[must_use]
    pub fn whatsapp_api_base(&self) -> String {
        format!("{}/whatsapp", self.url())
    }

    /// The base URL that stands in for `https://api.telegram.org`.
    #[must_use]
    pub fn telegram_api_base(&self) -> String {
        format!("{}/telegram", self.url())
    }

    /// Tells where webhooks go from now on.
    ///
    /// # Errors
    /// [`NotLoopback`] for an address that is not on this machine.
    pub fn set_worker_url(&self, url: &str) -> Result<(), NotLoopback> {
        self.world.set_worker(url)
    }

    /// Ends background work, lets open requests finish for two seconds, then cuts them off.
    pub async fn stop(mut self) {
        self.world.stop();
        if let Some(server) = self.server.take() {
            let abort = server.abort_handle();
            if tokio::time::timeout(STOP_PATIENCE, server).await.is_err() {
                abort.abort();
            }
        }
    }

    /// Waits until the server ends.
    pub async fn finished(mut self) {
        if let Some(server) = self.server.take() {
            // A panic of the server is reported by the runtime; there is nothing to add here.
            let _ = server.await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.world.stop();
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}
