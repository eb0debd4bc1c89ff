//! Compares what was sent, stored, answered and listed.
//!
//! Sent: what the people noted. Stored: the transcripts over the agents' API. Answered: what the
//! platforms took. Listed: the desk's pages.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::Value;

use super::kills::Outage;
use super::patiently;
use super::traffic::{Contact, Wish};
use crate::{World, lines, text_of};

/// `settle_seconds` in lotse.toml, in milliseconds.
const SETTLE_MILLIS: i64 = 5_000;
/// How long after the platform took a message a kill can have kept lotse from recording its answer.
const RECORDING_MILLIS: i64 = 2_000;
/// Clocks and moments are compared with this tolerance.
const SLACK_MILLIS: i64 = 250;

/// What a storm came to.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Messages of people that were answered with 200.
    pub accepted: u64,
    /// Of these, messages that stand in a transcript.
    pub stored: u64,
    /// Known questions whose answer arrived.
    pub answered: u64,
    /// People who asked for a human and were listed at the desk.
    pub handed_over: u64,
    /// What is missing, in words.
    pub lost: Vec<String>,
    /// What took effect or arrived twice, in words.
    pub doubled: Vec<String>,
    /// Sends that were cut off between the call and its record.
    pub uncertain: Uncertain,
    /// How often workerd was killed.
    pub kills: u64,
}

/// Sends whose outcome lotse did not learn from the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uncertain {
    /// On a platform that reports what became of them.
    pub with_evidence: u64,
    /// On one that reports nothing.
    pub without_evidence: u64,
    /// Of the latter, those that arrived a second time, as `on_uncertain = "send_again"` allows.
    pub arrived_twice: u64,
}

impl fmt::Display for Audit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Uncertain { with_evidence, without_evidence, arrived_twice } = self.uncertain;
        writeln!(
            formatter,
            "{} kills; uncertain with evidence {with_evidence}, all settled by it; uncertain without \
             evidence {without_evidence}, of which {arrived_twice} arrived twice",
            self.kills
        )?;
        for (what, cases) in [("lost", &self.lost), ("doubled", &self.doubled)] {
            for case in cases {
                writeln!(formatter, "{what}: {case}")?;
            }
        }
        write!(
            formatter,
            "audit: accepted {}, stored {}, answered {}, handed over {}, lost {}, doubled {}, uncertain {}",
            self.accepted,
            self.stored,
            self.answered,
            self.handed_over,
            self.lost.len(),
            self.doubled.len(),
            with_evidence + without_evidence
        )
    }
}

impl Audit {
    /// # Errors
    /// When something was lost or doubled.
    pub fn check(&self) -> Result<()> {
        if self.lost.is_empty() && self.doubled.is_empty() && self.accepted == self.stored {
            return Ok(());
        }
        bail!("{self}")
    }
}

/// Waits until everybody who asked for a human is listed; returns how many that are.
pub(super) async fn wait_for_hand_overs(world: &World, contacts: &[Contact]) -> Result<u64> {
    let asked: Vec<&Contact> = contacts.iter().filter(|contact| contact.wants_a_human()).collect();
    patiently("everybody who asked for a human is listed", async || {
        let mut listed = threads(world, "").await?;
        listed.append(&mut threads(world, "&state=resolved").await?);
        Ok(asked.iter().all(|contact| listed.contains_key(&contact.key())).then_some(()))
    })
    .await?;
    Ok(asked.len() as u64)
}

impl Contact {
    /// As the desk names conversations.
    fn key(&self) -> (String, String) {
        (self.channel.to_owned(), self.user_id.clone())
    }
}

/// All threads of a filter, page by page, by channel and contact. One that stands on two pages, or twice on
/// one, is an error.
async fn threads(world: &World, filter: &str) -> Result<BTreeMap<(String, String), Value>> {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let path = format!("/threads?limit=40{filter}{after}");
        let (status, page) = world.api(Method::GET, &path, None).await?;
        if status != 200 {
            bail!("the list was answered with {status}: {page}");
        }
        for thread in page["threads"].as_array().into_iter().flatten() {
            let text = |pointer: &str| thread.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let key = text("/key/channel").zip(text("/key/contact")).context("a thread has a key")?;
            if found.insert(key, thread.clone()).is_some() {
                bail!("a thread is listed twice: {}", thread["id"]);
            }
        }
        let Some(next) = page["next"].as_str() else { return Ok(found) };
        after = format!("&after={next}");
    }
}

/// Reads every conversation, once it has come to rest, and compares.
pub(super) async fn audit(
    world: &World,
    contacts: &[Contact],
    handed_over: u64,
    outages: &[Outage],
) -> Result<Audit> {
    let mut audit = Audit { handed_over, kills: outages.len() as u64, ..Audit::default() };
    let listed = patiently("everybody has a thread", async || {
        let listed = threads(world, "").await?;
        Ok(contacts.iter().all(|contact| listed.contains_key(&contact.key())).then_some(listed))
    })
    .await?;
    if listed.len() != contacts.len() {
        bail!("{} threads of {} people", listed.len(), contacts.len());
    }
    for contact in contacts {
        let thread = &listed[&contact.key()];
        let transcript = at_rest(world, thread).await?;
        let received = world.received_with(&[("channel", contact.channel), ("to", &contact.user_id)]).await?;
        let mut one = Comparison {
            contact,
            lines: lines(&transcript),
            received: &received,
            outages,
            audit: &mut audit,
        };
        one.inbound();
        one.answers();
        one.outbound();
        one.desk(thread, &transcript);
    }
    Ok(audit)
}

/// The transcript, once nothing in it is on its way out any more.
async fn at_rest(world: &World, thread: &Value) -> Result<Value> {
    let id = thread["id"].as_str().context("a thread has an id")?;
    patiently(&format!("nothing is on its way out of {id}"), async || {
        let transcript = world.transcript(id).await?;
        let waits = |line: &Value| line["body"]["kind"] == "outbound" && line["delivery"].is_null();
        Ok((!lines(&transcript).iter().any(waits)).then_some(transcript))
    })
    .await
}

/// One conversation, as each side knows it.
struct Comparison<'a> {
    contact: &'a Contact,
    lines: &'a [Value],
    /// What the platform took.
    received: &'a [Value],
    outages: &'a [Outage],
    audit: &'a mut Audit,
}

impl Comparison<'_> {
    fn lost(&mut self, what: &str) {
        self.audit.lost.push(format!("{} on {}: {what}", self.contact.number, self.contact.channel));
    }

    fn doubled(&mut self, what: &str) {
        self.audit.doubled.push(format!("{} on {}: {what}", self.contact.number, self.contact.channel));
    }

    /// Every message that was accepted stands in the transcript once.
    fn inbound(&mut self) {
        self.audit.accepted += self.contact.written.len() as u64;
        for written in &self.contact.written {
            match self.lines.iter().filter(|line| line["provider_id"] == *written.id).count() {
                0 => self.lost(&format!("message {} is not stored", written.id)),
                1 => self.audit.stored += 1,
                times => self.doubled(&format!("message {} is stored {times} times", written.id)),
            }
        }
        let inbound = self.lines.iter().filter(|line| line["body"]["kind"] == "inbound").count();
        if inbound > self.contact.written.len() {
            self.doubled("there are more messages than were written");
        }
    }

    /// Every known question has one answer, and what an agent wrote stands there once.
    fn answers(&mut self) {
        for written in &self.contact.written {
            let Wish::Answer(entry) = written.wish else { continue };
            match self.lines.iter().filter(|line| line["body"]["entry"] == *entry).count() {
                0 => self.lost(&format!("the question about {entry} has no answer")),
                1 => self.audit.answered += 1,
                times => self.doubled(&format!("{times} answers about {entry}")),
            }
        }
        for reply in &self.contact.agent_replies {
            match self.lines.iter().filter(|line| line["body"]["content"]["body"] == **reply).count() {
                0 => self.lost("what an agent wrote is not stored"),
                1 => {}
                _ => self.doubled("what an agent wrote is stored twice"),
            }
        }
    }

    /// Every line of ours arrived, and once, as far as anybody can know. No two lines of a conversation have
    /// the same words, so that copies are found by them.
    fn outbound(&mut self) {
        let ours: Vec<&Value> = self.lines.iter().filter(|line| line["body"]["kind"] == "outbound").collect();
        let mut copies: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for message in self.received {
            copies.entry(text_of(message)).or_default().push(message);
        }
        for line in &ours {
            if line["delivery"] == "failed" {
                self.lost(&format!("a message failed: {}", line["delivery_note"]));
            }
            let words = line["body"]["content"]["body"].as_str().unwrap_or_default();
            if !copies.contains_key(words) {
                self.lost(&format!("line {} did not arrive", line["seq"]));
            }
        }
        if copies.len() > ours.len() {
            self.doubled("more messages arrived than stand in the transcript");
        }
        for messages in copies.into_values() {
            self.copies(&messages);
        }
    }

    /// Judges the copies of one message, in the order in which they arrived.
    fn copies(&mut self, messages: &[&Value]) {
        let evidence = self.contact.channel == "whatsapp";
        let is_cut_off = messages.iter().any(|message| message["unanswered"] == true)
            || messages.windows(2).any(|pair| self.was_killed_while_recording(pair[0]));
        if is_cut_off && evidence {
            self.audit.uncertain.with_evidence += 1;
        } else if is_cut_off {
            self.audit.uncertain.without_evidence += 1;
            self.audit.uncertain.arrived_twice += u64::from(messages.len() > 1);
        }
        for pair in messages.windows(2) {
            if !self.may_come_again(pair[0], pair[1], evidence) {
                let pause = at(pair[1]) - at(pair[0]);
                let kills = self.outages.iter().map(|outage| outage.at - at(pair[0]));
                let nearest = kills.min_by_key(|after| after.abs()).unwrap_or(i64::MAX);
                let first = text_of(pair[1]).lines().next().unwrap_or_default();
                self.doubled(&format!(
                    "a message came again after {pause} ms, the nearest kill {nearest} ms after the first: {first}"
                ));
            }
        }
    }

    /// Whether a second copy is what the design allows: the first was cut off and had its time to settle,
    /// and the platform gives no evidence, or could give none because nobody listened for longer than that.
    fn may_come_again(&self, first: &Value, second: &Value, evidence: bool) -> bool {
        let (from, to) = (at(first), at(second));
        let is_cut_off = first["unanswered"] == true || self.was_killed_while_recording(first);
        let is_settled = to - from >= SETTLE_MILLIS - SLACK_MILLIS;
        let nobody_listened = self.outages.iter().any(|outage| {
            (from..to).contains(&outage.at) && millis(outage.lasted) > SETTLE_MILLIS - SLACK_MILLIS
        });
        is_cut_off && is_settled && (!evidence || nobody_listened)
    }

    /// Whether lotse was killed between its call and the record of the answer: soon after the platform took the
    /// message, or before that, where the platform took it from a process that was dead already. In an outage
    /// nobody lives who could have sent it.
    fn was_killed_while_recording(&self, message: &Value) -> bool {
        let taken = at(message);
        self.outages.iter().any(|outage| {
            let back_at = outage.at + millis(outage.lasted);
            (outage.at - RECORDING_MILLIS..back_at + SLACK_MILLIS).contains(&taken)
        })
    }

    /// The desk lists the thread as the conversation knows it.
    fn desk(&mut self, thread: &Value, transcript: &Value) {
        if transcript["thread"]["state"] != thread["state"] {
            self.lost(&format!("the desk shows {} for {}", thread["state"], transcript["thread"]["state"]));
        }
    }
}

/// When the platform took a message, in Unix milliseconds.
fn at(message: &Value) -> i64 {
    message["at"].as_i64().unwrap_or_default()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
