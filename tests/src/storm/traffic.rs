//! The people: who they are, what they write and when. They note what they wrote, for the audit.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Storm;
use super::agents::Team;
use super::dice::Dice;

/// Questions that stand word for word in the development pack, with the entry that answers each.
const QUESTIONS: [(&str, &str); 5] = [
    ("Wo kann ich mich testen lassen?", "test-where"),
    ("Was kostet der Test?", "test-cost"),
    ("Wo kann ich mich impfen lassen?", "vaccination-where"),
    ("Bescheinigung für den Arbeitgeber", "employer-note"),
    ("Wer zahlt meinen Lohn in der Quarantäne?", "compensation"),
];
const THANKS: [&str; 3] = ["Danke", "Vielen Dank!", "👍"];
/// What opens a thread, whatever the pack knows.
const HUMAN: &str = "Mensch";
/// The longest pause within the life of a process before somebody writes, in milliseconds.
const PAUSE_MILLIS: u64 = 500;

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The answer of this entry, once.
    Answer(&'static str),
    /// Nothing.
    Nothing,
    /// A human.
    Human,
}

/// A message that somebody wrote.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The platform's id.
    pub(super) id: String,
    pub(super) wish: Wish,
}

/// How somebody behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Asks known questions only.
    Asks,
    /// Asks for a human in between, and waits.
    Waits,
    /// Asks for a human first, is served by an agent, and asks known questions afterwards.
    IsServed,
}

/// Somebody who writes.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) channel: &'static str,
    /// A phone number or a chat id; also the name they show.
    pub(super) number: String,
    /// The platform's stable id, once they wrote.
    pub(super) user_id: String,
    pub(super) written: Vec<Written>,
    /// What an agent wrote to them.
    pub(super) agent_replies: Vec<String>,
    role: Role,
    dice: Dice,
}

impl Contact {
    /// Two of five are on Telegram; every fourth asks for a human, every eighth is served.
    pub(super) fn new(index: u32, dice: Dice) -> Self {
        let channel = if index % 5 < 2 { "telegram" } else { "whatsapp" };
        let role = match index % 8 {
            0 => Role::IsServed,
            3 | 6 => Role::Waits,
            _ => Role::Asks,
        };
        Self {
            channel,
            number: format!("49153{index:08}"),
            user_id: String::new(),
            written: Vec::new(),
            agent_replies: Vec::new(),
            role,
            dice,
        }
    }

    /// Whether they asked for a human.
    pub(super) fn wants_a_human(&self) -> bool {
        self.written.iter().any(|written| written.wish == Wish::Human)
    }

    /// Writes; whoever is down gets it again until it is taken.
    async fn write(&mut self, storm: &Storm, text: &str, wish: Wish) -> Result<()> {
        let say = json!({"channel": self.channel, "from": self.number, "name": self.number, "text": text});
        let said = storm.world.say(say).await?;
        let id = said.pointer("/message_ids/0").and_then(Value::as_str).context("a message has an id")?;
        self.written.push(Written { id: id.to_owned(), wish });
        self.user_id = said["user_id"].as_str().context("a person has an id")?.to_owned();
        Ok(())
    }

    /// Opens a thread where there is none.
    pub(super) async fn ask_for_a_human(&mut self, storm: &Storm) -> Result<()> {
        self.write(storm, HUMAN, Wish::Human).await
    }

    /// What they write, in random order where the order is open.
    fn script(&mut self) -> Vec<(&'static str, Wish)> {
        let mut questions = QUESTIONS;
        self.dice.shuffle(&mut questions);
        let count = usize::try_from(self.dice.between(2, 6)).unwrap_or(2);
        let mut script: Vec<_> = questions[..count.min(QUESTIONS.len())]
            .iter()
            .map(|(text, entry)| (*text, Wish::Answer(entry)))
            .collect();
        for text in &THANKS[..usize::try_from(self.dice.between(0, 3)).unwrap_or_default()] {
            script.push((*text, Wish::Nothing));
        }
        if self.role == Role::Waits {
            script.push((HUMAN, Wish::Human));
        }
        self.dice.shuffle(&mut script);
        script
    }
}

/// Lives through the storm; returns with all that was written.
pub(super) async fn live(storm: &Storm, mut contact: Contact, team: &Team) -> Result<Contact> {
    let kills = u64::from(storm.plan.kills);
    if contact.role == Role::IsServed {
        let at = contact.dice.between(0, kills / 5 + 1);
        pause(storm, &mut contact.dice, at).await?;
        contact.ask_for_a_human(storm).await?;
        let reply = team.serve(&storm.world, &contact.number).await?;
        contact.agent_replies.push(reply);
    }
    let script = contact.script();
    let mut moments: Vec<u64> = script.iter().map(|_| contact.dice.between(0, kills.max(1))).collect();
    moments.sort_unstable();
    for ((text, wish), at) in script.into_iter().zip(moments) {
        pause(storm, &mut contact.dice, at).await?;
        contact.write(storm, text, wish).await?;
    }
    Ok(contact)
}

/// Waits for so many kills, and then for a moment of that life.
async fn pause(storm: &Storm, dice: &mut Dice, kills: u64) -> Result<()> {
    storm.kills.subscribe().wait_for(|done| u64::from(*done) >= kills).await?;
    tokio::time::sleep(Duration::from_millis(dice.between(0, PAUSE_MILLIS))).await;
    Ok(())
}
