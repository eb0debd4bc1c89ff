//! The people on the platforms: who wrote to which account and when, and who blocked it.
//! Bounded: beyond [`CAPACITY`] people, those who wrote first are forgotten.

use std::collections::{HashMap, VecDeque};

use crate::config::Channel;

/// How many people are remembered.
const CAPACITY: usize = 500_000;
/// How long WhatsApp allows free text after a person's last message.
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>
const WINDOW_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// WhatsApp's pair rate: one message in this time to one person …
const PAIR_PAUSE_MILLIS: i64 = 6_000;
/// … after so many at once.
const PAIR_BURST: i64 = 45;

/// One person as one account knows them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// The platform's stable id: WhatsApp's business-scoped user id, Telegram's chat id.
    pub(crate) id: String,
    /// Digits of the phone number, where there is one.
    pub(crate) phone: Option<String>,
    /// The name they show.
    pub(crate) name: String,
    /// Whether they have ever written.
    pub(crate) wrote: bool,
    /// Whether they blocked the account.
    pub(crate) blocked: bool,
    last_wrote: i64,
    next_message_id: i64,
    pair_free_at: i64,
}

impl Person {
    /// Whether free text may be sent to them at this time.
    pub(crate) const fn window_is_open(&self, now: i64) -> bool {
        self.wrote && now < self.last_wrote.saturating_add(WINDOW_MILLIS)
    }

    /// Takes one message off the pair rate; false when there is none left.
    pub(crate) fn take_pair_turn(&mut self, now: i64) -> bool {
        let free_at = self.pair_free_at.max(now.saturating_sub((PAIR_BURST - 1) * PAIR_PAUSE_MILLIS));
        if free_at > now {
            return false;
        }
        self.pair_free_at = free_at + PAIR_PAUSE_MILLIS;
        true
    }

    /// The next message id in their Telegram chat. It starts from the time, so that a chat does not
    /// repeat ids that lotse stored in an earlier run.
    pub(crate) fn take_message_id(&mut self, now: i64) -> i64 {
        const YEAR_2026_SECS: i64 = 1_767_225_600;
        self.next_message_id = self.next_message_id.max(now / 1000 - YEAR_2026_SECS).max(0) + 1;
        self.next_message_id
    }
}

/// Everybody who is known.
#[derive(Default)]
pub(crate) struct People {
    people: HashMap<String, Person>,
    by_phone: HashMap<String, String>,
    order: VecDeque<String>,
}

impl People {
    /// The person with this stable id, made known if they are new.
    pub(crate) fn meet(&mut self, channel: Channel, account: &str, id: &str) -> &mut Person {
        let key = key(channel, account, id);
        if !self.people.contains_key(&key) {
            self.forget_the_oldest();
            self.order.push_back(key.clone());
        }
        self.people.entry(key).or_insert_with(|| Person { id: id.to_owned(), ..Person::default() })
    }

    /// Notes that a person wrote, at this time by their own clock.
    pub(crate) fn wrote(&mut self, channel: Channel, account: &str, id: &str, at: i64) -> &mut Person {
        let person = self.meet(channel, account, id);
        person.last_wrote = if person.wrote { person.last_wrote.max(at) } else { at };
        person.wrote = true;
        person
    }

    /// Notes that a phone number is this person's.
    pub(crate) fn set_phone(&mut self, channel: Channel, account: &str, id: &str, phone: &str) {
        self.meet(channel, account, id).phone = Some(phone.to_owned());
        self.by_phone.insert(key(channel, account, phone), id.to_owned());
    }

    /// The person with this stable id or phone number.
    pub(crate) fn find(&mut self, channel: Channel, account: &str, address: &str) -> Option<&mut Person> {
        let id = self.by_phone.get(&key(channel, account, address)).map_or(address, String::as_str);
        self.people.get_mut(&key(channel, account, id))
    }

    fn forget_the_oldest(&mut self) {
        if self.people.len() < CAPACITY {
            return;
        }
        let Some(person_key) = self.order.pop_front() else { return };
        let Some(person) = self.people.remove(&person_key) else { return };
        if let (Some(phone), Some(prefix)) = (person.phone, person_key.strip_suffix(&person.id)) {
            self.by_phone.remove(&format!("{prefix}{phone}"));
        }
    }
}

fn key(channel: Channel, account: &str, id: &str) -> String {
    format!("{}/{account}/{id}", channel.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn the_window_is_open_for_24_hours_after_the_latest_message() {
        let mut people = People::default();
        let person = people.wrote(Channel::Whatsapp, "main", "DE.1", NOW);
        assert!(person.window_is_open(NOW + WINDOW_MILLIS - 1));
        assert!(!person.window_is_open(NOW + WINDOW_MILLIS));
        let person = people.wrote(Channel::Whatsapp, "main", "DE.1", NOW - 1_000_000);
        assert!(person.window_is_open(NOW + WINDOW_MILLIS - 1), "a late message does not close it earlier");
        assert!(!people.meet(Channel::Whatsapp, "main", "DE.2").window_is_open(NOW));
    }

    #[test]
    fn the_pair_rate_allows_45_at_once_and_then_one_in_six_seconds() {
        let mut person = Person::default();
        assert_eq!((0..100).filter(|_| person.take_pair_turn(NOW)).count(), 45);
        assert!(!person.take_pair_turn(NOW + PAIR_PAUSE_MILLIS - 1));
        assert!(person.take_pair_turn(NOW + PAIR_PAUSE_MILLIS));
        assert!(!person.take_pair_turn(NOW + PAIR_PAUSE_MILLIS));
    }

    #[test]
    fn a_person_is_found_by_id_and_by_phone_within_one_account() {
        let mut people = People::default();
        people.wrote(Channel::Whatsapp, "main", "DE.1", NOW);
        people.set_phone(Channel::Whatsapp, "main", "DE.1", "49170");
        assert_eq!(
            people.find(Channel::Whatsapp, "main", "49170").map(|person| person.id.clone()),
            Some("DE.1".into())
        );
        assert!(people.find(Channel::Whatsapp, "main", "DE.1").is_some());
        assert!(people.find(Channel::Whatsapp, "other", "49170").is_none());
        assert!(people.find(Channel::Telegram, "main", "DE.1").is_none());
    }

    #[test]
    fn telegram_message_ids_increase_and_do_not_restart() {
        let mut person = Person::default();
        let first = person.take_message_id(NOW);
        assert_eq!(person.take_message_id(NOW), first + 1);
        assert!(Person::default().take_message_id(NOW + 60_000) > first + 1);
    }
}
