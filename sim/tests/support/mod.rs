//! Stands in for lotse: takes webhooks, keeps them, and answers as told.

#![allow(dead_code, reason = "every test file uses another part of it")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use lotse_sim::{Config, Simulator};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Far more than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

pub const WHATSAPP_TOKEN: &str = "dev-whatsapp-main-access-token";
pub const NUMBER: &str = "100000000000001";

/// A webhook as it arrived.
#[derive(Clone)]
pub struct Hook {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Hook {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook is JSON")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII"))
    }

    /// The only change's value of a WhatsApp webhook.
    pub fn value(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }
}

struct Inbox {
    hooks: watch::Sender<Vec<Hook>>,
    answers: Mutex<VecDeque<(u16, String)>>,
}

/// The stand-in, and a simulator that sends to it.
pub struct Bench {
    pub simulator: Simulator,
    pub http: reqwest::Client,
    inbox: Arc<Inbox>,
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(Config { redeliver_pause: Duration::from_millis(5), ..Config::default() }).await
    }

    pub async fn with(config: Config) -> Self {
        let inbox = Arc::new(Inbox { hooks: watch::Sender::new(Vec::new()), answers: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(take).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let simulator = lotse_sim::start(config).await.expect("the simulator starts");
        simulator.set_worker_url(&format!("http://{address}")).expect("a loopback address");
        Self { simulator, http: reqwest::Client::builder().no_proxy().build().expect("a client"), inbox }
    }

    /// What lotse answers to the next webhooks; 200 after that.
    pub fn answer_next(&self, answers: &[(u16, &str)]) {
        let mut next = self.inbox.answers.lock().expect("no panic");
        next.extend(answers.iter().map(|(status, body)| (*status, (*body).to_owned())));
    }

    /// Waits until so many webhooks have arrived, and returns all.
    pub async fn hooks(&self, count: usize) -> Vec<Hook> {
        let mut hooks = self.inbox.hooks.subscribe();
        let arrived = hooks.wait_for(|hooks| hooks.len() >= count);
        let result = tokio::time::timeout(PATIENCE, arrived).await;
        result
            .unwrap_or_else(|_| panic!("{count} webhooks should have come"))
            .expect("the inbox lives")
            .clone()
    }

    pub fn hooks_so_far(&self) -> Vec<Hook> {
        self.inbox.hooks.borrow().clone()
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.simulator.url());
        let response = self.http.post(url).json(&body).send().await.expect("the simulator answers");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.simulator.url());
        let response = self.http.get(url).send().await.expect("the simulator answers");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.expect("JSON")
    }

    /// Says something that must be possible to say.
    pub async fn say(&self, say: Value) -> Value {
        let (status, answer) = self.post("/sim/say", say).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub async fn fault(&self, fault: Value) {
        let (status, answer) = self.post("/sim/faults", fault).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// Calls WhatsApp's messages endpoint, as lotse does.
    pub async fn whatsapp(&self, fields: Value) -> Result<(u16, Value), reqwest::Error> {
        let mut body = json!({ "messaging_product": "whatsapp" });
        merge(&mut body, fields);
        let url = format!("{}/{NUMBER}/messages", self.simulator.whatsapp_api_base());
        let response = self.http.post(url).bearer_auth(WHATSAPP_TOKEN).json(&body).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// Sends a text over WhatsApp: the status and, on failure, the error code.
    pub async fn whatsapp_text(&self, to: &str, text: &str) -> (u16, Option<i64>) {
        let fields = json!({ "to": to, "type": "text", "text": { "body": text } });
        let (status, answer) = self.whatsapp(fields).await.expect("an answer");
        (status, answer["error"]["code"].as_i64())
    }

    /// Calls a method of the Bot API, as lotse does.
    pub async fn telegram(&self, method: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/botdev-telegram-main-bot-token/{method}", self.simulator.telegram_api_base());
        let response = self.http.post(url).json(&body).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    /// Switches status webhooks off.
    pub async fn without_statuses(self) -> Self {
        let (status, _) = self.post("/sim/settings", json!({ "statuses": false })).await;
        assert_eq!(status, 200);
        self
    }
}

pub fn merge(target: &mut Value, fields: Value) {
    match (target, fields) {
        (Value::Object(target), Value::Object(fields)) => target.extend(fields),
        _ => panic!("two objects are merged"),
    }
}

/// The one field of a delivery that most tests want.
pub fn statuses(said: &Value) -> Vec<Option<u64>> {
    said["deliveries"].as_array().expect("deliveries").iter().map(|one| one["status"].as_u64()).collect()
}

async fn take(
    State(inbox): State<Arc<Inbox>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let next = inbox.answers.lock().expect("no panic").pop_front();
    let (status, answer) = next.unwrap_or((200, String::new()));
    inbox.hooks.send_modify(|hooks| hooks.push(Hook { path: uri.path().to_owned(), headers, body }));
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], answer)
}
