//! Those who work at the desk meanwhile. As careful people do, they look whether something has taken
//! effect before they do it again.

use anyhow::{Context as _, Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::patiently;
use crate::{Agent, World, lines};

/// Agents with tokens.
pub(super) struct Team {
    agents: Vec<Agent>,
}

impl Team {
    /// Makes the tokens, before the storm begins.
    pub(super) async fn hire(world: &World) -> Result<Self> {
        let mut agents = Vec::new();
        for name in ["Mia", "Jonas", "Ayşe"] {
            agents.push(world.agent(name, "agent").await?);
        }
        Ok(Self { agents })
    }

    /// Claims the thread of a person, answers and resolves it; returns the reply.
    pub(super) async fn serve(&self, world: &World, number: &str) -> Result<String> {
        let digits = number.bytes().map(usize::from).sum::<usize>();
        let token = &self.agents[digits % self.agents.len()].token;
        let path = format!("/threads?search={number}");
        let thread = patiently(&format!("a thread of {number} at the desk"), async || {
            let (_, page) = world.api_as(token, Method::GET, &path, None).await?;
            Ok(page.pointer("/threads/0").cloned())
        })
        .await?;
        persist(world, token, &thread, "claim").await?;
        let reply = format!("Guten Tag, {number}, ich kümmere mich darum.");
        patiently("the reply stands in the transcript", async || {
            if !stands_there(world, token, &thread, &reply).await? {
                let body = json!({"text": reply});
                let (status, answer) = world.command(token, &thread, "reply", Some(body)).await?;
                if status != StatusCode::OK {
                    bail!("reply was answered with {status}: {answer}");
                }
            }
            Ok(Some(()))
        })
        .await?;
        persist(world, token, &thread, "resolve").await?;
        Ok(reply)
    }
}

/// A command that may be repeated: where its goal holds already, it changes nothing.
async fn persist(world: &World, token: &str, thread: &Value, verb: &str) -> Result<()> {
    patiently(verb, async || {
        let (status, answer) = world.command(token, thread, verb, None).await?;
        if status != StatusCode::OK {
            bail!("{verb} was answered with {status}: {answer}");
        }
        Ok(Some(()))
    })
    .await
}

async fn stands_there(world: &World, token: &str, thread: &Value, text: &str) -> Result<bool> {
    let id = thread["id"].as_str().context("a thread has an id")?;
    let (status, transcript) = world.api_as(token, Method::GET, &format!("/threads/{id}"), None).await?;
    if status != StatusCode::OK {
        bail!("the transcript was answered with {status}");
    }
    Ok(lines(&transcript).iter().any(|line| line["body"]["content"]["body"] == text))
}
