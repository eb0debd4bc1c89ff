//! What kind of world a seed makes: how many people, how long a storm, which faults and how often.
//!
//! Every kind of fault is on in about half of the worlds, at a rate of its own: worlds with few kinds of faults
//! reach states that a world with all of them never does (swarm testing, Groce et al. 2012).

use std::rc::Rc;
use std::sync::LazyLock;

use super::dice::Dice;
use crate::faq::knowledge::Knowledge;
use crate::faq::pack;
use crate::settings::{Bounded, OnUncertain, Settings, resolve_zone};
use crate::time::UnixMillis;

/// One second.
pub const SECOND: i64 = 1_000;
/// One minute.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour.
pub const HOUR: i64 = 60 * MINUTE;
/// One day.
pub const DAY: i64 = 24 * HOUR;
/// When every world begins: Monday, 2026-11-23, 12:00 in Berlin.
pub const BEGIN: UnixMillis = UnixMillis(1_795_431_600_000);

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    Settings::from_toml(include_str!("../../../lotse.toml"), &resolve_zone).expect("lotse.toml is valid")
});

/// The approved texts of every world: a small pack whose questions are known to be known.
pub static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let source = include_str!("../conversation/tests/pack.toml");
    Knowledge::compile(&pack::parse(source).expect("the pack is valid"))
});

/// How large a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Some tens of people.
    Small,
    /// Thousands of people.
    Large,
}

/// How often each fault happens, in a thousand; 0 where this world does not know it.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// An object dies within seconds of a commit.
    pub crash: u32,
    /// The machine that answers a webhook dies.
    pub edge_crash: u32,
    /// The machine that works on a batch of a queue or on the cron dies.
    pub errand_crash: u32,
    /// A call to an object fails before it arrives.
    pub call_lost: u32,
    /// A call to an object takes effect and its answer is lost.
    pub answer_lost: u32,
    /// The storage refuses a commit.
    pub storage_refuses: u32,
    /// A queue refuses a message, a key-value store a key.
    pub binding_refuses: u32,
    /// A queue delivers a message twice.
    pub queue_twice: u32,
    /// A queue takes long.
    pub queue_slow: u32,
    /// The desk does not answer.
    pub desk_fails: u32,
    /// The platform posts again what was answered with 200.
    pub posted_twice: u32,
    /// A webhook is under way for minutes to days.
    pub posted_late: u32,
    /// The 200 does not reach the platform.
    pub ok_lost: u32,
    /// A call to the platform never arrives.
    pub send_lost: u32,
    /// The platform takes a message, and its answer is lost.
    pub sent_unheard: u32,
    /// The platform takes a message and answers without a word about it.
    pub sent_garbled: u32,
    /// The platform takes seconds.
    pub send_slow: u32,
    /// The platform refuses for now: 500, 429, the pair limit.
    pub send_later: u32,
    /// The platform refuses for good.
    pub send_refused: u32,
    /// A message that was taken fails later.
    pub fails_later: u32,
    /// A report is never posted.
    pub report_lost: u32,
    /// A report is posted twice.
    pub report_twice: u32,
    /// A report comes minutes to hours later.
    pub report_late: u32,
    /// An alarm goes off once more than it was set.
    pub alarm_twice: u32,
    /// An alarm goes off late.
    pub alarm_late: u32,
    /// A webhook also holds something that nobody can read.
    pub unreadable: u32,
}

/// What is out of reach for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// Every object, the desk included.
    Objects,
    /// The object of one conversation.
    Object(usize),
    /// The desk.
    Desk,
    /// All queues.
    Queues,
    /// The key-value store.
    Keys,
    /// The platforms' APIs.
    Platforms,
    /// Objects, queues and keys at once.
    Everything,
}

/// An outage.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// What is away.
    pub what: Away,
    /// From when.
    pub from: UnixMillis,
    /// Until when.
    pub until: UnixMillis,
}

/// A world before anything happened.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How many people write.
    pub people: usize,
    /// How many of a thousand write on Telegram, the others on WhatsApp.
    pub telegram: u32,
    /// How often each of them writes at most.
    pub messages: i64,
    /// How long people write and faults happen, in milliseconds.
    pub storm_millis: i64,
    /// How many agents there are.
    pub agents: usize,
    /// How far clocks are off at most, in milliseconds.
    pub skew_millis: i64,
    /// The faults.
    pub faults: Faults,
    /// The outages.
    pub outages: Vec<Outage>,
    /// The settings.
    pub settings: Rc<Settings>,
}

impl Scenario {
    /// The scenario of a seed.
    #[must_use]
    pub fn new(dice: &mut Dice, size: Size) -> Self {
        let people = match size {
            Size::Small => dice.between(3, 16),
            Size::Large => dice.between(1_000, 4_000),
        };
        let storm_millis = dice.pick(&[20 * MINUTE, HOUR, 6 * HOUR, DAY, 4 * DAY, 9 * DAY]);
        let is_calm = dice.chance(60);
        let faults = if is_calm { Faults::default() } else { Faults::new(dice) };
        let people = usize::try_from(people).unwrap_or(1);
        let outages = if is_calm { Vec::new() } else { outages(dice, people, storm_millis) };
        Self {
            people,
            telegram: dice.pick(&[0, 300, 500, 1_000]),
            messages: dice.between(1, 5),
            storm_millis,
            agents: dice.index(4),
            skew_millis: if is_calm { 0 } else { dice.pick(&[0, 0, 50, 2 * SECOND, 2 * MINUTE]) },
            faults,
            outages,
            settings: Rc::new(settings(dice)),
        }
    }
}

impl Faults {
    fn new(dice: &mut Dice) -> Self {
        let harshness = dice.pick(&[20, 80, 250]);
        let mut rate = |most: u32| {
            let is_on = dice.chance(500);
            let rate = dice.below(u64::from(most.min(harshness * 4)) + 1);
            if is_on { u32::try_from(rate).unwrap_or_default() } else { 0 }
        };
        Self {
            crash: rate(300),
            edge_crash: rate(300),
            errand_crash: rate(300),
            call_lost: rate(400),
            answer_lost: rate(400),
            storage_refuses: rate(60),
            binding_refuses: rate(400),
            queue_twice: rate(300),
            queue_slow: rate(500),
            desk_fails: rate(500),
            posted_twice: rate(400),
            posted_late: rate(300),
            ok_lost: rate(300),
            send_lost: rate(300),
            sent_unheard: rate(300),
            sent_garbled: rate(200),
            send_slow: rate(400),
            send_later: rate(400),
            send_refused: rate(100),
            fails_later: rate(100),
            report_lost: rate(400),
            report_twice: rate(300),
            report_late: rate(400),
            alarm_twice: rate(200),
            alarm_late: rate(300),
            unreadable: rate(100),
        }
    }
}

fn outages(dice: &mut Dice, people: usize, storm_millis: i64) -> Vec<Outage> {
    let count = dice.below(5);
    let one = |dice: &mut Dice| {
        let object = Away::Object(dice.index(people));
        let what = dice.pick(&[
            Away::Objects,
            object,
            object,
            Away::Desk,
            Away::Queues,
            Away::Keys,
            Away::Platforms,
            Away::Everything,
        ]);
        let from = BEGIN.plus_millis(dice.between(0, storm_millis));
        let until = from.plus_millis(dice.spread(storm_millis)).min(BEGIN.plus_millis(storm_millis));
        Outage { what, from, until }
    };
    (0..count).map(|_| one(dice)).collect()
}

fn settings(dice: &mut Dice) -> Settings {
    let mut settings = SETTINGS.clone();
    let sending = &mut settings.sending;
    let settle = dice.pick(&[5, 30, 60, 600]);
    sending.settle_seconds = bounded(settle);
    sending.call_timeout_seconds = bounded((settle - 1).min(10));
    sending.on_uncertain = dice.pick(&[OnUncertain::SendAgain, OnUncertain::ShowAgent]);
    sending.max_attempt_hours = bounded(dice.pick(&[1, 6, 24]));
    settings.bot.late_after_minutes = bounded(dice.pick(&[1, 5, 60]));
    settings.bot.acknowledgement_pause_minutes = bounded(dice.pick(&[1, 30, 600]));
    settings
}

fn bounded<const MIN: u32, const MAX: u32, const DEFAULT: u32>(value: i64) -> Bounded<MIN, MAX, DEFAULT> {
    Bounded::try_from(value).unwrap_or_default()
}
