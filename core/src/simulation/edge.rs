//! The edge: answers webhooks once everything in them is durable, down the ladder of intake.

use super::event::{Caller, Carried, Event, Letter, ObjectCall, QueueName};
use super::object::read_object_id;
use super::people::{Keys, Person, proof};
use super::sabotage::Sabotage;
use super::scenario::SECOND;
use super::world::World;
use crate::channel::{Headers, Unverified, verify};
use crate::routing::{Parcel, Rung, sort};

/// A webhook request, or the replay of a dead letter, that is being answered.
#[derive(Debug)]
pub struct Request {
    /// The webhook it answers.
    post: Option<usize>,
    /// The dead letter it replays.
    letter: Option<String>,
    parcels: Vec<(Parcel, usize)>,
    open: usize,
    is_durable: bool,
}

impl World {
    /// A webhook arrives.
    pub(super) fn posts(&mut self, post: usize) {
        self.posts[post].tries += 1;
        self.report.webhooks += 1;
        let parcels = self.parcels_of(post);
        let is_durable = self.keep_unreadable(post);
        let request = self.take_in(Some(post), None, parcels, is_durable);
        if self.sabotage == Some(Sabotage::AnswerBeforeStore) {
            self.agenda.after(1, Event::Answered { post, ok: true });
            self.accept(post);
        }
        if self.fault(|faults| faults.edge_crash) {
            let pause = self.dice.between(0, 500);
            self.agenda.after(pause, Event::EdgeCrash { request });
        }
    }

    /// Verifies, parses and sorts a webhook with the product's own code.
    fn parcels_of(&mut self, index: usize) -> Vec<Parcel> {
        let post = &self.posts[index];
        let (name, value) = proof(post.channel, &post.body);
        let headers = [(name, value.as_str())];
        let headers: &[(&str, &str)] = &headers;
        let request = Unverified::new(&headers as &dyn Headers, post.body.as_bytes());
        let channel = post.channel.channel();
        let verified = match verify(channel, request, &Keys) {
            Ok(verified) => verified,
            Err(rejection) => {
                self.observer.violated(format!("a signed webhook was refused: {rejection}"));
                return Vec::new();
            }
        };
        let parsed = channel.parse(&verified);
        if parsed.set_aside.len() != usize::from(post.unreadable) {
            self.observer.violated(format!("{} pieces were set aside", parsed.set_aside.len()));
        }
        let settings = &self.scenario.settings;
        let sorted = sort(settings, post.channel, "main", parsed.items, self.agenda.now());
        if !sorted.foreign.is_empty() {
            self.observer.violated("an item of our own account counts as foreign".to_owned());
        }
        sorted.parcels
    }

    fn keep_unreadable(&mut self, post: usize) -> bool {
        if !self.posts[post].unreadable {
            return true;
        }
        self.last_letter += 1;
        self.set_aside(Letter { id: format!("unreadable-{}", self.last_letter), parcel: None })
    }

    /// Gets a dead letter into something durable: the desk, its queue, a sealed key.
    fn set_aside(&mut self, letter: Letter) -> bool {
        self.keep_at_desk(&letter)
            || self.send(QueueName::DeadLetters, Carried::Letter(letter.clone()))
            || self.seal(Carried::Letter(letter))
    }

    /// Starts to take parcels in. Returns the request.
    pub(super) fn take_in(
        &mut self,
        post: Option<usize>,
        letter: Option<String>,
        parcels: Vec<Parcel>,
        is_durable: bool,
    ) -> u64 {
        self.last_request += 1;
        let request = self.last_request;
        let open = parcels.len();
        let parcels: Vec<(Parcel, usize)> = parcels.into_iter().map(|parcel| (parcel, 0)).collect();
        self.requests.insert(request, Request { post, letter, parcels, open, is_durable });
        for parcel in 0..open {
            let pause = self.dice.between(0, 5);
            self.agenda.after(pause, Event::Rung { request, parcel });
        }
        if open == 0 {
            self.finish(request);
        }
        request
    }

    /// Tries the rung on which a parcel stands.
    pub(super) fn rung(&mut self, request: u64, index: usize) {
        let Some((parcel, rung)) = self.requests.get(&request).and_then(|it| it.parcels.get(index)).cloned()
        else {
            return;
        };
        let Some(rung) = Rung::LADDER.get(rung) else { return self.parcel_done(request, false) };
        let is_taken = match rung {
            Rung::Object | Rung::ObjectAgain => {
                return self.call_for(&parcel, Caller::Request { request, parcel: index });
            }
            Rung::Queue => self.send(QueueName::Spill, Carried::Parcel(parcel)),
            Rung::Sealed => self.seal(Carried::Parcel(parcel)),
        };
        if is_taken {
            self.report.spilled += 1;
            self.parcel_done(request, true);
        } else {
            self.next_rung(request, index);
        }
    }

    /// Calls the object that a parcel is for.
    pub(super) fn call_for(&mut self, parcel: &Parcel, caller: Caller) {
        let (object, call) = match parcel {
            Parcel::Items { key, items } => {
                let call = ObjectCall::Deliver { key: key.clone(), items: items.clone() };
                (Person::index(key), call)
            }
            Parcel::Report { object, report } => (read_object_id(object), ObjectCall::Report(report.clone())),
        };
        let Some(object) = object.filter(|object| *object < self.objects.len()) else {
            return self.observer.violated("a parcel belongs to nobody".to_owned());
        };
        let pause = self.dice.between(1, 20);
        self.agenda.after(pause, Event::Call { object, call, caller });
    }

    fn next_rung(&mut self, request: u64, index: usize) {
        let Some(parcel) = self.requests.get_mut(&request).and_then(|it| it.parcels.get_mut(index)) else {
            return;
        };
        parcel.1 += 1;
        let rung = Rung::LADDER.get(parcel.1).copied().unwrap_or(Rung::Sealed);
        let dice = self.dice.bytes()[0];
        let pause = i64::try_from(rung.pause_millis(dice)).unwrap_or_default();
        self.agenda.after(pause, Event::Rung { request, parcel: index });
    }

    /// An object answered a request, or did not.
    pub(super) fn request_replied(&mut self, request: u64, parcel: usize, ok: bool) {
        if !self.requests.contains_key(&request) {
            return;
        }
        if ok { self.parcel_done(request, true) } else { self.next_rung(request, parcel) }
    }

    fn parcel_done(&mut self, request: u64, is_durable: bool) {
        let Some(it) = self.requests.get_mut(&request) else { return };
        it.open -= 1;
        it.is_durable &= is_durable;
        if it.open == 0 {
            self.finish(request);
        }
    }

    fn finish(&mut self, request: u64) {
        let Some(Request { post, letter, is_durable, .. }) = self.requests.remove(&request) else { return };
        if let Some(letter) = letter
            && is_durable
        {
            self.desk.letters.remove(&letter);
        }
        let Some(post) = post else { return };
        if is_durable {
            self.accept(post);
        } else {
            self.report.turned_away += 1;
        }
        let ok = is_durable && !self.fault(|faults| faults.ok_lost);
        let pause = self.dice.between(5, 100);
        self.agenda.after(pause, Event::Answered { post, ok });
    }

    /// 200 goes out: from now on nothing in this webhook may be lost.
    fn accept(&mut self, post: usize) {
        for said in self.posts[post].said.clone() {
            let Some(event_id) = self.observer.accept(said) else { continue };
            if !self.is_durable(said, &event_id) {
                let words = format!("message {said} was accepted and is durable nowhere");
                self.observer.violated(words);
            }
        }
    }

    fn is_durable(&self, said: usize, event_id: &str) -> bool {
        let object = &self.objects[self.observer.said[said].person];
        object.rows.has_durable(&format!("seen/{event_id}"))
            || self.carried().any(|carried| {
                let parcel = match carried {
                    Carried::Parcel(parcel) => Some(parcel),
                    Carried::Letter(letter) => letter.parcel.as_ref(),
                    Carried::Update { .. } => None,
                };
                matches!(parcel, Some(Parcel::Items { items, .. }) if items.iter().any(|it| it.event_id == event_id))
            })
    }

    /// The machine that answers a request dies: the platform hears nothing.
    pub(super) fn edge_crash(&mut self, request: u64) {
        let Some(Request { post: Some(post), .. }) = self.requests.remove(&request) else { return };
        self.report.edge_crashes += 1;
        let pause = self.dice.between(0, 30 * SECOND);
        self.agenda.after(pause, Event::Answered { post, ok: false });
    }
}
