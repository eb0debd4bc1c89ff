//! The messenger platforms: post what people write until somebody answers 200, take what lotse sends or not,
//! and report what became of it.

use super::event::{Event, Sending};
use super::people::{self, Keys, Said};
use super::scenario::{Away, DAY, HOUR, SECOND};
use super::world::World;
use crate::actor::{Call, Outcome};
use crate::channel::{ChannelName, ReplyRules, SendContext};
use crate::message::OutgoingContent;
use crate::settings::Settings;
use crate::time::UnixMillis;

/// For how long a platform posts what nobody answers (WhatsApp: up to seven days).
const POSTS_FOR: i64 = 7 * DAY;

/// Why WhatsApp gives up a message that it had taken: for good, and for reasons that pass.
const FAILS_LATER: [i64; 5] = [131_026, 131_000, 131_056, 130_429, 131_053];

/// A webhook that a platform posts until it is answered.
#[derive(Clone, Debug)]
pub struct Post {
    /// The platform.
    pub channel: ChannelName,
    /// The body.
    pub body: String,
    /// What people said in it.
    pub said: Vec<usize>,
    /// Whether it holds something unreadable.
    pub unreadable: bool,
    /// How often it was posted.
    pub tries: u32,
    /// When it was first posted.
    pub first_at: UnixMillis,
}

/// The body of a call; `None` for a signal that the platform does not have.
#[must_use]
pub fn render(settings: &Settings, call: &Call, callback: &str) -> Option<Vec<u8>> {
    let account = settings.account(call.key.channel, &call.key.account);
    let context = SendContext {
        api_base: "https://platform.example",
        account_address: account.map_or("", |account| account.address.as_str()),
        to: &call.contact,
        secrets: &Keys,
        callback,
        reply_to: call.reply_to.as_deref(),
    };
    Some(call.key.channel.channel().render(&call.content, &context)?.body)
}

impl World {
    /// A person writes once more, and the platform posts it; sometimes two things at once, sometimes together
    /// with what somebody else writes.
    pub(super) fn says(&mut self, person: usize) {
        let channel = self.people[person].key.channel;
        let mut said = vec![self.say(person)];
        if channel == ChannelName::Whatsapp && self.dice.chance(200) {
            let other = self.dice.index(self.people.len());
            let joins = self.people[other].key.channel == channel;
            said.push(self.say(if joins { other } else { person }));
        }
        let unreadable = channel == ChannelName::Whatsapp && self.fault(|faults| faults.unreadable);
        let words: Vec<&Said> = said.iter().map(|index| &self.observer.said[*index]).collect();
        let body = people::webhook(&self.people, &words, unreadable);
        self.new_post(channel, body, said, unreadable);
        self.people[person].to_say -= 1;
        if self.people[person].to_say > 0 && self.is_storm() {
            self.plan_says(person);
        }
    }

    fn say(&mut self, person: usize) -> usize {
        let now = self.agenda.now();
        let number = self.observer.said.len();
        let said = Said::new(&mut self.dice, person, self.people[person].key.channel, number + 1, now);
        self.people[person].last_said_at = Some(now);
        self.observer.said.push(said);
        self.report.said += 1;
        number
    }

    /// Plans when a person writes next.
    pub(super) fn plan_says(&mut self, person: usize) {
        let left = self.storm_until().millis_since(self.agenda.now());
        let pause = self.dice.spread(left.max(1));
        self.agenda.after(pause, Event::Says { person });
    }

    fn new_post(&mut self, channel: ChannelName, body: String, said: Vec<usize>, unreadable: bool) {
        let first_at = self.agenda.now();
        self.posts.push(Post { channel, body, said, unreadable, tries: 0, first_at });
        let delay = if self.fault(|faults| faults.posted_late) { self.dice.spread(3 * DAY) } else { 0 };
        let delay = delay + self.dice.between(10, 400);
        self.agenda.after(delay, Event::Posts { post: self.posts.len() - 1 });
    }

    /// The platform hears what became of a webhook.
    pub(super) fn answered(&mut self, post: usize, ok: bool) {
        let tries = self.posts[post].tries;
        if ok {
            if self.fault(|faults| faults.posted_twice) {
                let pause = self.dice.spread(DAY);
                self.agenda.after(pause, Event::Posts { post });
            }
            return;
        }
        let age = self.agenda.now().millis_since(self.posts[post].first_at);
        if age > POSTS_FOR {
            self.report.given_up += 1;
            return;
        }
        let pause = ((5 * SECOND) << tries.min(10)).min(HOUR);
        let pause = pause + self.dice.spread(pause);
        self.agenda.after(pause, Event::Posts { post });
    }

    /// A call is on its way.
    pub(super) fn calls_platform(&mut self, sending: Sending) {
        let sending = Box::new(Sending { departed_at: self.agenda.now(), ..sending });
        self.report.calls += 1;
        self.observer.departed(&sending, &self.objects[sending.call.object].rows);
        if self.is_away(Away::Platforms) || self.fault(|faults| faults.send_lost) {
            let timeout = self.call_timeout();
            let pause = self.dice.pick(&[30, timeout]);
            return self.hears_later(&sending, pause, Outcome::Unknown);
        }
        let latency = if self.fault(|faults| faults.send_slow) {
            self.dice.between(0, 12 * SECOND)
        } else {
            self.dice.between(5, 300)
        };
        let in_time = latency < self.call_timeout();
        if !in_time {
            self.hears_later(&sending, self.call_timeout(), Outcome::Unknown);
        }
        self.agenda.after(latency, Event::PlatformHears { sending, may_answer: in_time });
    }

    /// How long the answer of a platform is awaited, in milliseconds.
    fn call_timeout(&self) -> i64 {
        i64::from(self.scenario.settings.sending.call_timeout_seconds.get()) * SECOND
    }

    fn hears_later(&mut self, sending: &Sending, millis: i64, outcome: Outcome) {
        self.agenda.after(millis, Event::Called { call: sending.call, outcome });
    }

    /// A call has arrived: the platform takes it or not, and says so or not.
    pub(super) fn platform_hears(&mut self, sending: &Sending, may_answer: bool) {
        let channel = self.people[sending.call.object].key.channel;
        let (to, callback) = people::read_call(sending);
        let (mut status, mut body) = match self.refusal(channel, sending) {
            Some(refusal) => refusal,
            None => self.takes(channel, sending, to.as_deref(), callback.as_deref()),
        };
        if !may_answer {
            return;
        }
        let waited = self.agenda.now().millis_since(sending.departed_at);
        if self.fault(|faults| faults.sent_unheard) {
            return self.hears_later(sending, self.call_timeout() - waited, Outcome::Unknown);
        }
        if self.fault(|faults| faults.sent_garbled) {
            (status, body) = (self.dice.pick(&[200, 500, 502, 504]), "<html>".to_owned());
        }
        let outcome = Outcome::of_answer(channel.channel(), status, body.as_bytes());
        let pause = self.dice.between(5, 300).min(self.call_timeout() - waited);
        self.hears_later(sending, pause, outcome);
    }

    /// Why the platform refuses a call, if it does.
    fn refusal(&mut self, channel: ChannelName, sending: &Sending) -> Option<(u16, String)> {
        let is_later = self.fault(|faults| faults.send_later);
        let is_refused = sending.line().is_some() && self.fault(|faults| faults.send_refused);
        let now = self.agenda.now();
        let last = self.people[sending.call.object].last_said_at;
        let is_closed = match channel.channel().reply_rules() {
            ReplyRules::Always => false,
            ReplyRules::Window { free_text_millis, .. } => {
                let is_free = last.is_some_and(|last| now.millis_since(last) <= free_text_millis);
                let is_template = matches!(sending.content, OutgoingContent::Template { .. });
                sending.content.is_message() && !is_template && !is_free
            }
        };
        let (status, code) = match (channel, is_later, is_refused, is_closed) {
            (_, false, false, false) => return None,
            (ChannelName::Whatsapp, true, ..) => {
                self.dice.pick(&[(500, 131_000), (429, 130_429), (400, 131_056), (503, 2), (400, 131_049)])
            }
            (ChannelName::Whatsapp, _, true, _) => self.dice.pick(&[(400, 131_051), (400, 131_026)]),
            (ChannelName::Whatsapp, ..) => (400, 131_047),
            (ChannelName::Telegram, true, ..) => self.dice.pick(&[(500, 500), (429, 429), (502, 502)]),
            (ChannelName::Telegram, ..) => self.dice.pick(&[(400, 400), (403, 403)]),
        };
        self.report.refused += 1;
        if channel == ChannelName::Whatsapp {
            return Some((status, format!(r#"{{"error":{{"code":{code},"message":"no"}}}}"#)));
        }
        let wait = if code == 429 { r#","parameters":{"retry_after":7}"# } else { "" };
        Some((status, format!(r#"{{"ok":false,"error_code":{code},"description":"no"{wait}}}"#)))
    }

    /// The platform takes a call.
    fn takes(
        &mut self,
        channel: ChannelName,
        sending: &Sending,
        to: Option<&str>,
        callback: Option<&str>,
    ) -> (u16, String) {
        if let OutgoingContent::MarkRead { message_id } = &sending.content {
            self.observer.marked_read(sending.call.object, message_id);
        } else if sending.line().is_some() {
            self.report.taken += 1;
            let now = self.agenda.now();
            let is_theirs = to == Some(self.people[sending.call.object].key.contact.as_str());
            self.observer.taken(sending, is_theirs, channel, now, &self.scenario);
        }
        let number = self.report.taken;
        match channel {
            ChannelName::Whatsapp => {
                let message_id = format!("wamid.out{number}");
                if let Some(callback) = callback {
                    self.plan_reports(sending, callback, &message_id);
                }
                (200, format!(r#"{{"messages":[{{"id":"{message_id}"}}]}}"#))
            }
            ChannelName::Telegram => (200, format!(r#"{{"ok":true,"result":{{"message_id":{number}}}}}"#)),
        }
    }

    fn plan_reports(&mut self, sending: &Sending, callback: &str, message_id: &str) {
        let fails = self.fault(|faults| faults.fails_later);
        if fails && let Some(attempt) = sending.call.attempt {
            self.observer.gave_up(sending.call.object, attempt);
        }
        let code = self.dice.pick(&FAILS_LATER);
        let states: &[&str] = if fails { &["sent", "failed"] } else { &["sent", "delivered", "read"] };
        for state in states {
            if self.fault(|faults| faults.report_lost) {
                continue;
            }
            let times = 1 + usize::from(self.fault(|faults| faults.report_twice));
            for _ in 0..times {
                let body = people::report(callback, message_id, state, code, self.agenda.now());
                let late = if self.fault(|faults| faults.report_late) { self.dice.spread(HOUR) } else { 0 };
                let delay = late + self.dice.between(20, 3 * SECOND);
                self.posts.push(Post {
                    channel: ChannelName::Whatsapp,
                    body,
                    said: Vec::new(),
                    unreadable: false,
                    tries: 0,
                    first_at: self.agenda.now(),
                });
                self.agenda.after(delay, Event::Posts { post: self.posts.len() - 1 });
            }
        }
    }
}
