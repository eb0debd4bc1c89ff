//! A world: people, platforms, edge, objects, queues, desk and agents in one virtual time.
//!
//! One seed decides everything. A storm with faults is followed by calm: then everything has to come to rest,
//! and every promise has to be kept.

use std::collections::{BTreeMap, VecDeque};

use super::agents::Agent;
use super::clock::Agenda;
use super::desk::Desk;
use super::dice::Dice;
use super::edge::Request;
use super::event::{Caller, Carried, Event};
use super::invariants::Observer;
use super::object::ConversationObject;
use super::people::Person;
use super::platform::Post;
use super::queues::Store;
use super::report::Report;
use super::sabotage::Sabotage;
use super::scenario::{Away, BEGIN, DAY, Faults, HOUR, Scenario, Size};
use crate::actor::{Actor, Kept};
use crate::channel::ChannelName;
use crate::conversation::ThreadSummary;
use crate::routing::Parcel;
use crate::time::UnixMillis;

/// How many of the last events a failure tells.
const TAIL: usize = 40;
/// After this time of calm a world has to be at rest: the longest a message may be under way, and more.
const REST_WITHIN: i64 = 30 * DAY;

/// A promise was broken.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// Which promise.
    pub violation: String,
    /// What happened last.
    pub tail: Vec<String>,
}

/// How much a world tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Nothing; the fastest.
    Nothing,
    /// The last events before a failure.
    Tail,
    /// Every event, as it happens.
    Everything,
}

/// A world.
pub struct World {
    pub(super) agenda: Agenda,
    pub(super) dice: Dice,
    pub(super) scenario: Scenario,
    pub(super) sabotage: Option<Sabotage>,
    /// Whether sends need a place in the account's pace.
    pub(super) is_paced: bool,
    pub(super) people: Vec<Person>,
    pub(super) posts: Vec<Post>,
    pub(super) requests: BTreeMap<u64, Request>,
    pub(super) objects: Vec<ConversationObject>,
    pub(super) store: Store,
    pub(super) desk: Desk,
    pub(super) agents: Vec<Agent>,
    pub(super) observer: Observer,
    pub(super) report: Report,
    pub(super) last_request: u64,
    pub(super) last_letter: u64,
    pub(super) last_reply: u64,
}

impl World {
    /// The world of a seed, before anything happened.
    #[must_use]
    pub fn new(seed: u64, size: Size, sabotage: Option<Sabotage>) -> Self {
        let mut dice = Dice::new(seed);
        let scenario = Scenario::new(&mut dice, size);
        let person = |index: usize, dice: &mut Dice| {
            let channel =
                if dice.chance(scenario.telegram) { ChannelName::Telegram } else { ChannelName::Whatsapp };
            Person::new(index, channel, dice.between(1, scenario.messages))
        };
        let people: Vec<Person> = (0..scenario.people).map(|index| person(index, &mut dice)).collect();
        let skew = scenario.skew_millis;
        let objects = people.iter().map(|_| ConversationObject::new(dice.between(-skew, skew))).collect();
        let agents = (0..scenario.agents).map(Agent::new).collect();
        let is_paced = dice.chance(200);
        let mut world = Self {
            agenda: Agenda::new(BEGIN),
            dice,
            scenario,
            sabotage,
            is_paced,
            people,
            posts: Vec::new(),
            requests: BTreeMap::new(),
            objects,
            store: Store::default(),
            desk: Desk::default(),
            agents,
            observer: Observer::default(),
            report: Report::default(),
            last_request: 0,
            last_letter: 0,
            last_reply: 0,
        };
        world.agenda.at(world.storm_until(), Event::Calm);
        for person in 0..world.people.len() {
            world.plan_says(person);
        }
        for agent in 0..world.agents.len() {
            world.agenda.after(0, Event::Agent { agent });
        }
        world
    }

    /// Lets a world run until it is at rest.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn run(mut self, seed: u64, telling: Telling) -> Result<Report, Failure> {
        let mut tail = VecDeque::new();
        while !self.is_at_rest() {
            let Some(event) = self.agenda.next() else {
                self.observer.violated("something is left to do, and no alarm is set".to_owned());
                break;
            };
            if telling != Telling::Nothing {
                self.tell(&event, telling, &mut tail);
            }
            self.happens(event);
            self.report.events += 1;
            let (calm_since, now) = (self.storm_until(), self.agenda.now());
            if now > calm_since {
                self.observer.calm(calm_since.plus_millis(HOUR), now);
                if now > calm_since.plus_millis(REST_WITHIN) {
                    let left: Vec<(usize, UnixMillis)> = self.at_work().collect();
                    self.observer.violated(format!("the world does not come to rest: {left:?}"));
                }
            }
            if self.observer.violation.is_some() {
                break;
            }
        }
        if self.observer.violation.is_none() {
            self.check_rest();
        }
        match self.observer.violation.take() {
            Some(violation) => Err(Failure { seed, violation, tail: tail.into() }),
            None => Ok(self.finished()),
        }
    }

    fn tell(&self, event: &Event, telling: Telling, tail: &mut VecDeque<String>) {
        let seconds = self.agenda.now().millis_since(BEGIN);
        let line = format!("{:>10}.{:03} {event:?}", seconds / 1_000, seconds % 1_000);
        if telling == Telling::Everything {
            #[expect(clippy::print_stdout, reason = "asked for on the command line")]
            {
                println!("{line}");
            }
        }
        tail.push_back(line);
        if tail.len() > TAIL {
            tail.pop_front();
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Says { person } => self.says(person),
            Event::Posts { post } => self.posts(post),
            Event::Answered { post, ok } => self.answered(post, ok),
            Event::Rung { request, parcel } => self.rung(request, parcel),
            Event::EdgeCrash { request } => self.edge_crash(request),
            Event::Call { object, call, caller } => self.object_called(object, call, caller),
            Event::Departs { object, life, output } => self.departs(object, life, output),
            Event::Replies { caller, answer } => match caller {
                Caller::Request { request, parcel } => {
                    self.request_replied(request, parcel, answer.is_some());
                }
                Caller::Errand(errand) => self.errand_replied(errand, answer.is_some()),
                Caller::Agent(agent) => self.agent_replied(agent, answer),
                Caller::Nobody => {}
            },
            Event::PlatformHears { sending, may_answer } => self.platform_hears(&sending, may_answer),
            Event::Called { call, outcome } => self.called(call, &outcome),
            Event::Told { object, life, work } => self.told(object, life, work),
            Event::Crash { object, life } => self.crash(object, life),
            Event::Alarm { object } => self.alarm(object),
            Event::AlarmAgain { object } => self.alarm_again(object),
            Event::Pump { queue } => self.pump(queue),
            Event::ErrandCrash { errand } => self.errand_crash(errand),
            Event::Cron => self.cron(),
            Event::Calm => {}
            Event::Agent { agent } => self.agent(agent),
        }
    }

    /// When the storm is over.
    pub(super) fn storm_until(&self) -> UnixMillis {
        BEGIN.plus_millis(self.scenario.storm_millis)
    }

    /// Whether faults happen and people write.
    pub(super) fn is_storm(&self) -> bool {
        self.agenda.now() < self.storm_until()
    }

    /// Whether a fault happens now.
    pub(super) fn fault(&mut self, rate: impl FnOnce(&Faults) -> u32) -> bool {
        let rate = rate(&self.scenario.faults);
        rate > 0 && self.is_storm() && self.dice.chance(rate)
    }

    /// Whether something is out of reach now.
    pub(super) fn is_away(&self, what: Away) -> bool {
        let now = self.agenda.now();
        self.scenario.outages.iter().any(|outage| {
            let concerns = match (outage.what, what) {
                (Away::Objects, Away::Object(_) | Away::Desk) => true,
                (Away::Everything, what) => what != Away::Platforms,
                (away, what) => away == what,
            };
            concerns && outage.from <= now && now < outage.until
        })
    }

    fn is_at_rest(&self) -> bool {
        !self.agenda.is_busy() && !self.is_storm() && self.at_work().next().is_none()
    }

    /// The objects with something left to do, and when that is due.
    fn at_work(&self) -> impl Iterator<Item = (usize, UnixMillis)> {
        self.objects.iter().enumerate().filter_map(|(index, object)| {
            let due = |kept: &Kept| kept.due().into_iter().chain(kept.state.looks_at()).min();
            let due = match &object.actor {
                Some(actor) => due(actor.kept()),
                None => due(&object.kept()?),
            };
            Some((index, due?))
        })
    }

    fn check_rest(&mut self) {
        for index in 0..self.objects.len() {
            let now = self.agenda.now().plus_millis(DAY);
            self.objects[index].rows.settle(now);
            let actor = match Actor::restore(&self.objects[index].rows) {
                Ok(actor) => actor,
                Err(error) => return self.observer.violated(format!("object {index}: {error}")),
            };
            if let Some(actor) = &actor {
                self.observer.at_rest(index, actor, &self.objects[index].rows);
            }
            self.check_desk(index, actor.as_ref());
        }
        self.check_stored();
    }

    /// The desk shows every thread as it stands, but for when it last changed.
    fn check_desk(&mut self, index: usize, actor: Option<&Actor>) {
        let shown = self.desk.threads.get(&index);
        // Not compared: when it last changed, and the last line, which the list does not show.
        let listed = |thread: ThreadSummary| {
            (thread.state, thread.assignee, thread.waiting_since, thread.urgent, thread.snippet)
        };
        let real = actor.and_then(|actor| actor.thread(UnixMillis(0)));
        let is_right = real.map(listed) == shown.cloned().map(listed);
        if !is_right {
            self.observer.violated(format!("the desk shows object {index} other than it stands"));
        }
    }

    /// Every message that was accepted stands in its transcript, or in a dead letter.
    fn check_stored(&mut self) {
        if self.parcels_carried() > self.desk.letters.len() {
            self.observer.violated("a queue or key still holds a parcel".to_owned());
        }
        for said in 0..self.observer.said.len() {
            if !self.observer.said[said].is_accepted {
                continue;
            }
            self.report.accepted += 1;
            if self.observer.is_stored(said) {
                self.report.stored += 1;
            } else if self.is_in_letter(said) {
                self.report.in_letters += 1;
            } else {
                self.observer.violated(format!("message {said} was accepted and is lost"));
            }
        }
    }

    fn is_in_letter(&self, said: usize) -> bool {
        let event_id = &self.observer.said[said].event_id;
        self.desk.letters.values().any(|letter| match letter {
            Carried::Letter(letter) => matches!(&letter.parcel,
                Some(Parcel::Items { items, .. }) if items.iter().any(|item| item.event_id == *event_id)),
            Carried::Update { .. } | Carried::Parcel(_) => false,
        })
    }

    fn finished(mut self) -> Report {
        let report = &mut self.report;
        report.worlds = 1;
        report.virtual_millis = self.agenda.now().millis_since(BEGIN).unsigned_abs();
        report.uncertain = self.observer.uncertain;
        report.answered = self.observer.answered.len() as u64;
        report.handed_over = self.observer.handed_over.len() as u64;
        self.report
    }
}

/// Lets the world of a seed run. A world that fails runs once more to tell its last events: it fails the same way.
///
/// # Errors
/// The first promise that was broken.
pub fn simulate(
    seed: u64,
    size: Size,
    sabotage: Option<Sabotage>,
    telling: Telling,
) -> Result<Report, Failure> {
    let outcome = World::new(seed, size, sabotage).run(seed, telling);
    match outcome {
        Err(_) if telling == Telling::Nothing => World::new(seed, size, sabotage).run(seed, Telling::Tail),
        outcome => outcome,
    }
}
