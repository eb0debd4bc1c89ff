//! Posts webhooks over kept connections and times the answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use lotse_load::order::Pace;
use tokio::net::TcpStream;

use crate::webhook::Webhook;

const PATH: &str = "/webhook/whatsapp/main";
/// Connections of an open pace: enough that none has to wait for another at a moderate rate.
const OPEN_CONNECTIONS: usize = 64;

/// What is posted, and until when.
pub struct Burst {
    /// The worker.
    pub worker: SocketAddr,
    /// The webhooks, in order.
    pub webhooks: Vec<Webhook>,
    /// Whether to start over when all were posted.
    pub again: bool,
    /// How fast.
    pub pace: Pace,
    /// How long at most.
    pub length: Duration,
}

/// An answered webhook.
pub struct Answered {
    /// Which one.
    pub index: usize,
    /// When it was posted, or due if no connection was free then, in Unix microseconds.
    pub posted_at: i64,
    /// How long its answer took, in microseconds.
    pub micros: i64,
    /// The answer.
    pub status: StatusCode,
}

/// What all connections share.
struct Shared {
    burst: Burst,
    next: AtomicUsize,
    /// The two clocks at the same moment.
    began: Instant,
    began_at: i64,
}

/// Posts; returns the burst, what was answered, and when the first webhook was posted (Unix
/// microseconds).
///
/// # Errors
/// When a connection breaks: a worker that answers nothing is no figure.
pub async fn run(burst: Burst) -> Result<(Burst, Vec<Answered>, i64)> {
    let connections = match burst.pace {
        Pace::Closed { connections } => connections,
        Pace::Open { .. } | Pace::Ramp { .. } => OPEN_CONNECTIONS,
    };
    let mut senders = Vec::with_capacity(connections);
    for _ in 0..connections {
        senders.push(connect(burst.worker).await?);
    }
    let began_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64;
    let shared = Arc::new(Shared { burst, next: AtomicUsize::new(0), began: Instant::now(), began_at });
    let posting: Vec<_> =
        senders.into_iter().map(|sender| tokio::spawn(post_in_turn(Arc::clone(&shared), sender))).collect();
    let mut answered = Vec::new();
    for one in posting {
        answered.extend(one.await??);
    }
    let shared = Arc::into_inner(shared).context("a connection still posts")?;
    Ok((shared.burst, answered, began_at))
}

async fn connect(worker: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(worker).await.context("the worker is not there")?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn post_in_turn(shared: Arc<Shared>, mut sender: SendRequest<Full<Bytes>>) -> Result<Vec<Answered>> {
    let burst = &shared.burst;
    let mut answered = Vec::new();
    loop {
        let index = shared.next.fetch_add(1, Ordering::Relaxed);
        let due = burst.pace.due(index).unwrap_or_else(|| shared.began.elapsed());
        if due >= burst.length || (index >= burst.webhooks.len() && !burst.again) {
            return Ok(answered);
        }
        let webhook = &burst.webhooks[index % burst.webhooks.len()];
        // Late because all connections were busy: the time until now counts. Late because a timer
        // rounds up to its next tick: that is this program's doing, and does not count.
        let posted = if due > shared.began.elapsed() {
            tokio::time::sleep_until((shared.began + due).into()).await;
            shared.began.elapsed()
        } else {
            due
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(PATH)
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-hub-signature-256", &webhook.signature)
            .body(Full::new(webhook.body.clone()))?;
        let answer = sender.send_request(request).await.context("the worker closed a connection")?;
        let status = answer.status();
        answer.into_body().collect().await?;
        let micros = (shared.began.elapsed() - posted).as_micros() as i64;
        answered.push(Answered {
            index: index % burst.webhooks.len(),
            posted_at: shared.began_at + posted.as_micros() as i64,
            micros,
            status,
        });
    }
}
