//! Reads orders from standard input, one per line, carries each out, and answers with a report per line.
//! The argument is the project's folder, with settings and pack. Ends when its input does.

#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, ensure};
use hyper::StatusCode;
use lotse_core::faq::pack;
use lotse_core::settings::{Settings, resolve_zone};
use lotse_core::time::UnixMillis;
use lotse_load::order::{Load, Order, Quantiles, Report, Senders};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

mod drive;
mod simulator;
mod texts;
mod webhook;

use drive::{Answered, Burst};
use simulator::{BLOCK, Reply, Simulator};
use texts::{Question, Said, Texts};
use webhook::{Due, Message, Webhook};

/// One thread: the other cores are for the worker.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let root = std::env::args().nth(1).context("usage: lotse-load FOLDER (cargo xtask bench starts it)")?;
    let settings = fs::read_to_string(Path::new(&root).join("lotse.toml")).context("lotse.toml")?;
    let settings = Settings::from_toml(&settings, &resolve_zone)
        .map_err(|error| anyhow!("lotse.toml:{}: {}", error.line, error.reason))?;
    let path = Path::new(&root).join("knowledge").join(&settings.organisation.pack).join("pack.toml");
    let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let pack = pack::parse(&source)
        .map_err(|error| anyhow!("{}:{}: {}", path.display(), error.line, error.reason))?;
    let mut generator = Generator {
        texts: Texts::of(&pack, &settings, UnixMillis(now_secs()? * 1000))?,
        client: reqwest::Client::new(),
        strangers: VecDeque::new(),
        blocks: 0,
        replies: Vec::new(),
        acknowledged: HashSet::new(),
        owed: HashSet::new(),
    };
    let mut orders = BufReader::new(stdin()).lines();
    while let Some(line) = orders.next_line().await? {
        let report = generator.carry_out(serde_json::from_str(&line)?).await?;
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}

fn now_secs() -> Result<i64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?)
}

/// The number of the first thousand strangers; the numbers below it are for crowds.
const FIRST_BLOCK: usize = 1_001;

struct Generator {
    texts: Texts,
    client: reqwest::Client,
    /// People known to the simulator who have not written yet.
    strangers: VecDeque<Message>,
    /// How many thousand people were introduced.
    blocks: usize,
    /// The replies to the latest burst with a simulator.
    replies: Vec<Reply>,
    /// Who was told by which worker that a human will answer. Within half an hour that covers all that
    /// the person writes.
    acknowledged: HashSet<(SocketAddr, String)>,
    /// People whose replies had not all come when their burst ended.
    owed: HashSet<String>,
}

impl Generator {
    async fn carry_out(&mut self, order: Order) -> Result<Report> {
        let addresses = [Some(order.worker), order.simulator];
        ensure!(addresses.iter().flatten().all(is_here), "load goes to this machine only");
        let webhooks = self.webhooks(&order).await?;
        let client = self.client.clone();
        let simulator = order.simulator.map(|address| Simulator::new(&client, address));
        if let Some(simulator) = &simulator {
            simulator.forget().await?;
        }
        let burst = Burst {
            worker: order.worker,
            webhooks,
            again: simulator.is_none(),
            pace: order.pace,
            length: Duration::from_millis(order.millis),
        };
        let (burst, answered, began_at) = drive::run(burst).await?;
        let posted = || answered.iter().map(|one| &burst.webhooks[one.index]);
        let replies_due = if simulator.is_some() { posted().map(|one| one.due.len()).sum() } else { 0 };
        let replies = match &simulator {
            Some(simulator) => {
                for due in posted().flat_map(|one| &one.due) {
                    self.owed.remove(&due.to);
                }
                let patience = Duration::from_millis(order.patience_millis);
                simulator.replies(replies_due, &self.owed, patience).await?
            }
            None => Vec::new(),
        };
        let last_answer = answered.iter().map(|one| one.posted_at + one.micros).max().unwrap_or(began_at);
        let last_reply = replies.iter().map(|reply| reply.at * 1000).max().unwrap_or(began_at);
        let (questions, right) = judge(posted().flat_map(|one| &one.due), &replies);
        let report = Report {
            answered: answered.len(),
            updates: posted().map(|one| one.updates).sum(),
            refused: answered.iter().filter(|one| one.status != StatusCode::OK).count(),
            began_at: began_at / 1000,
            millis: (last_answer - began_at) as f64 / 1000.0,
            replies_due,
            replies: replies.len(),
            questions,
            right,
            settled_millis: (last_reply - began_at) as f64 / 1000.0,
            reply: reply_times(&burst.webhooks, &answered, &replies),
            answer: Quantiles::of_micros(answered.iter().map(|one| one.micros).collect()),
        };
        if replies.len() < replies_due {
            self.owed.extend(posted().flat_map(|one| &one.due).map(|due| due.to.clone()));
        }
        let acknowledged = posted().flat_map(|one| &one.due).filter(|due| due.question.is_none());
        self.acknowledged.extend(acknowledged.map(|due| (order.worker, due.to.clone())));
        if simulator.is_some() {
            self.replies = replies;
        }
        Ok(report)
    }

    async fn webhooks(&mut self, order: &Order) -> Result<Vec<Webhook>> {
        let now_secs = now_secs()?;
        match order.load {
            Load::Statuses => return self.statuses(order.most, now_secs),
            Load::NotOurs => {
                let status = webhook::status("491700000000", "wamid.not-ours", None, "delivered", now_secs);
                return Ok(vec![webhook::sign(&status, 1, Vec::new())?]);
            }
            Load::Questions | Load::OneTopic | Load::Handovers | Load::Mix => {}
        }
        let messages = self.messages(order).await?;
        let people = match order.senders {
            Senders::New => usize::MAX,
            Senders::Crowd { count, .. } => count,
            Senders::Person { .. } => 1,
        };
        let says: Vec<Said<'_>> =
            (0..messages.len()).map(|index| self.texts.nth(order.load, index % people)).collect();
        let mut acknowledged = HashSet::new();
        let batches = messages.chunks(order.batch.max(1)).zip(says.chunks(order.batch.max(1)));
        batches
            .map(|(messages, says)| {
                let due = self.due(order.worker, messages, says, &mut acknowledged);
                webhook::sign(&webhook::texts(messages, says, now_secs), messages.len(), due)
            })
            .collect()
    }

    /// The replies that have to come to these messages. `acknowledged` holds who handed over in this burst
    /// before.
    fn due<'m>(
        &self,
        worker: SocketAddr,
        messages: &'m [Message],
        says: &[Said<'_>],
        acknowledged: &mut HashSet<&'m str>,
    ) -> Vec<Due> {
        let due = |((from, _), said): (&'m Message, &Said<'_>)| {
            let question = match said {
                Said::Question(question) => Some(Arc::clone(question)),
                Said::Handover(_) if self.is_first(worker, from, acknowledged) => None,
                Said::Handover(_) | Said::Thanks(_) => return None,
            };
            Some(Due { to: from.clone(), question })
        };
        messages.iter().zip(says).filter_map(due).collect()
    }

    /// Whether a hand-over is the first one of this person to this worker, in this burst and before it.
    fn is_first<'m>(&self, worker: SocketAddr, from: &'m str, burst: &mut HashSet<&'m str>) -> bool {
        burst.insert(from) && !self.acknowledged.contains(&(worker, from.to_owned()))
    }

    /// Reports on the replies to the burst before: all are sent, then delivered, then read.
    fn statuses(&self, most: usize, now_secs: i64) -> Result<Vec<Webhook>> {
        let states = ["sent", "delivered", "read"];
        let reports = states.iter().flat_map(|state| self.replies.iter().map(move |reply| (state, reply)));
        let build = |(state, reply): (&&str, &Reply)| {
            let Reply { to, message_id, callback, .. } = reply;
            webhook::sign(
                &webhook::status(to, message_id, callback.as_deref(), state, now_secs),
                1,
                Vec::new(),
            )
        };
        reports.take(most).map(build).collect()
    }

    /// Who writes, with message ids that the platform would know.
    async fn messages(&mut self, order: &Order) -> Result<Vec<Message>> {
        let Some(address) = order.simulator else {
            let person = |index| match order.senders {
                Senders::New => number(FIRST_BLOCK + index / BLOCK, index % BLOCK),
                Senders::Crowd { number: block, count } => number(block.into(), index % count),
                Senders::Person { number: block } => number(block.into(), 0),
            };
            return Ok((0..order.most).map(|index| (person(index), format!("wamid.{index}"))).collect());
        };
        let client = self.client.clone();
        let simulator = Simulator::new(&client, address);
        match order.senders {
            Senders::New => {
                while self.strangers.len() < order.most {
                    self.strangers.extend(introduce(&simulator, FIRST_BLOCK + self.blocks, false).await?);
                    self.blocks += 1;
                }
                Ok(self.strangers.drain(..order.most).collect())
            }
            Senders::Crowd { number, count } => {
                let mut messages = Vec::with_capacity(order.most);
                while messages.len() < order.most {
                    let crowd = introduce(&simulator, number.into(), false).await?;
                    messages.extend(crowd.into_iter().take(count));
                }
                messages.truncate(order.most);
                Ok(messages)
            }
            Senders::Person { number } => {
                let mut messages = Vec::with_capacity(order.most);
                while messages.len() < order.most {
                    messages.extend(introduce(&simulator, number.into(), true).await?);
                }
                messages.truncate(order.most);
                Ok(messages)
            }
        }
    }
}

fn is_here(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}

/// The phone number of a person in a block.
fn number(block: usize, index: usize) -> String {
    format!("4915{block:06}{index:03}")
}

/// The people of a block, or its first alone as often.
async fn introduce(simulator: &Simulator<'_>, block: usize, one_person: bool) -> Result<Vec<Message>> {
    let ids = simulator.introduce(&number(block, 0), one_person).await?;
    let person = |index| number(block, if one_person { 0 } else { index });
    Ok(ids.into_iter().enumerate().map(|(index, id)| (person(index), id)).collect())
}

/// From each webhook to its replies. A person's first reply belongs to their first question, and so on.
fn reply_times(webhooks: &[Webhook], answered: &[Answered], replies: &[Reply]) -> Option<Quantiles> {
    let mut asked: HashMap<&str, VecDeque<i64>> = HashMap::new();
    let mut in_order: Vec<&Answered> = answered.iter().collect();
    in_order.sort_unstable_by_key(|one| one.posted_at);
    for one in in_order {
        for due in &webhooks[one.index].due {
            asked.entry(&due.to).or_default().push_back(one.posted_at);
        }
    }
    let micros: Vec<i64> = replies
        .iter()
        .filter_map(|reply| Some(reply.at * 1000 - asked.get_mut(reply.to.as_str())?.pop_front()?))
        .collect();
    (!micros.is_empty()).then(|| Quantiles::of_micros(micros))
}

/// How many of the replies due answer what the pack knows, and how many that came bring just that answer.
fn judge<'w>(due: impl Iterator<Item = &'w Due>, replies: &[Reply]) -> (usize, usize) {
    // Everybody asks one thing, though perhaps again and again.
    let mut questions = 0;
    let mut question_of: HashMap<&str, &Question> = HashMap::new();
    for Due { to, question } in due {
        if let Some(question) = question {
            questions += 1;
            question_of.insert(to, question);
        }
    }
    let is_right = |reply: &&Reply| {
        question_of.get(reply.to.as_str()).is_some_and(|question| question.is_answered_by(&reply.text))
    };
    (questions, replies.iter().filter(is_right).count())
}
