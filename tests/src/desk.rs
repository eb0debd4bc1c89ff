//! Verbs of those who work at the desk.

use anyhow::{Context as _, Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::webhook::{Answer, read};
use crate::{KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, text_of};

/// Somebody with a token.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The id of the token.
    pub id: String,
    /// Its value.
    pub token: String,
}

/// The id of the conversation that a received message belongs to: it travels with every WhatsApp message.
#[must_use]
pub fn conversation_of(message: &Value) -> &str {
    message["callback"].as_str().and_then(|callback| callback.split('.').next()).unwrap_or_default()
}

impl World {
    /// Makes a token.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn agent(&self, name: &str, role: &str) -> Result<Agent> {
        let wanted = json!({"name": name, "role": role});
        let (status, made) = self.api(Method::POST, "/tokens", Some(wanted)).await?;
        if status != StatusCode::CREATED {
            bail!("the token was answered with {status}: {made}");
        }
        let text = |name: &str| made[name].as_str().map(str::to_owned).context("no such member");
        Ok(Agent { id: text("id")?, token: text("value")? })
    }

    /// Gives a command to a thread: `claim`, `reply` and so on.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn command(
        &self,
        token: &str,
        thread: &Value,
        verb: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        let id = thread["id"].as_str().unwrap_or_default();
        self.api_as(token, Method::POST, &format!("/threads/{id}/{verb}"), body).await
    }

    /// Gives a command to a thread as admin, under a key: the same one when it is given again.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn command_under_key(
        &self,
        thread: &Value,
        verb: &str,
        body: &Value,
        key: &str,
    ) -> Result<(StatusCode, Value)> {
        let id = thread["id"].as_str().unwrap_or_default();
        let url = format!("{}/api/v1/threads/{id}/{verb}", self.worker.url());
        let request = self.client.post(url).bearer_auth("dev-admin-token").header("Idempotency-Key", key);
        let answer = request.json(body).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    /// Gives a command as admin and expects that it is carried out; returns the thread.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn done(&self, thread: &Value, verb: &str, body: Option<Value>) -> Result<Value> {
        let (status, answer) = self.command("dev-admin-token", thread, verb, body).await?;
        if status != StatusCode::OK {
            bail!("{verb} was answered with {status}: {answer}");
        }
        Ok(answer)
    }

    /// Asks the API and keeps status, content type and bytes.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn api_raw(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&str>,
    ) -> Result<Answer> {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.worker.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.body(body.to_owned());
        }
        read(request).await
    }

    /// A person asks for a human and is told that one will answer; returns their thread.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn hand_over(&self, number: &str) -> Result<Value> {
        self.text(number, "Mensch").await?;
        self.wait_received(number, 1).await?;
        self.thread_of(number).await
    }

    /// The transcript of the conversation with a person who received a WhatsApp message.
    ///
    /// # Errors
    /// When they received none.
    pub async fn transcript_of(&self, number: &str) -> Result<Value> {
        let messages = self.received(number).await?;
        let message = messages.first().with_context(|| format!("{number} received nothing"))?;
        self.transcript(conversation_of(message)).await
    }

    /// Asks another question and expects, before its answer, one answer to [`KNOWN_QUESTION`]: order is kept within a
    /// conversation, so that a second one would have come in between.
    ///
    /// # Errors
    /// When an answer does not come.
    pub async fn expect_one_answer_before_the_next(&self, number: &str) -> Result<()> {
        self.text(number, "Was kostet der Test?").await?;
        let messages = self.wait_received(number, 2).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert!(text_of(&messages[1]).contains("18 Euro"), "{messages:?}");
        let transcript = self.transcript_of(number).await?;
        assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
        Ok(())
    }

    /// Waits until the last message that the person received stands in the transcript in this state.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn wait_delivery(&self, number: &str, state: &str) -> Result<Value> {
        eventually(&format!("the last message to {number} is {state}"), || async {
            let transcript = self.transcript_of(number).await?;
            let last = lines(&transcript).iter().rfind(|line| line["body"]["kind"] == "outbound").cloned();
            Ok(last.filter(|line| line["delivery"] == state).map(|_| transcript))
        })
        .await
    }

    /// The dead letters that hold this text.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn dead_letters_with(&self, text: &str) -> Result<Vec<Value>> {
        let (_, page) = self.api(Method::GET, "/dead-letters", None).await?;
        let mut found = Vec::new();
        for summary in page["dead_letters"].as_array().into_iter().flatten() {
            let id = summary["id"].as_str().unwrap_or_default();
            let (_, letter) = self.api(Method::GET, &format!("/dead-letters/{id}"), None).await?;
            if letter["content"].as_str().is_some_and(|content| content.contains(text)) {
                found.push(letter);
            }
        }
        Ok(found)
    }
}

/// The lines of a transcript.
#[must_use]
pub fn lines(transcript: &Value) -> &[Value] {
    transcript["lines"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The texts that the person wrote, in order.
#[must_use]
pub fn inbound_texts(transcript: &Value) -> Vec<&str> {
    let inbound = lines(transcript).iter().filter(|line| line["body"]["kind"] == "inbound");
    inbound.filter_map(|line| line["body"]["content"]["body"].as_str()).collect()
}
