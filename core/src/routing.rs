//! Where what comes in belongs, and what may take it in: items grouped into parcels by conversation, the
//! ladder down which a parcel goes until something durable has it, and the patience of the queues.
//!
//! Must not know objects, queues or keys: the edge walks the ladder.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::actor::{Attempt, SendReport};
use crate::channel::ChannelName;
use crate::message::{ConversationKey, Event, Item};
use crate::settings::Settings;
use crate::time::UnixMillis;

/// The shortest and the longest pause before a spilled parcel is tried again, in seconds. With the retries of
/// wrangler.toml an object may be away for most of a day.
const SPILL_PAUSE_SECS: (i64, i64) = (5, 600);

/// How long the desk is tried before a dead letter is sealed instead: less than the retries in wrangler.toml
/// take (100 times a minute).
pub const LETTER_PATIENCE_MILLIS: i64 = 60 * 60_000;

/// What travels to one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parcel {
    /// Items for a person's conversation, in order.
    Items {
        /// Whose.
        key: ConversationKey,
        /// The items.
        items: Vec<Item>,
    },
    /// What became of a send.
    Report {
        /// The id of the object that sent.
        object: String,
        /// The report.
        report: SendReport,
    },
}

impl Parcel {
    /// The name of the object it is for.
    #[must_use]
    pub fn destination(&self) -> String {
        match self {
            Self::Items { key, .. } => key.object_name(),
            Self::Report { object, .. } => object.clone(),
        }
    }
}

/// The items of one webhook, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted {
    /// What is to take effect: one parcel for each conversation, and one for each report.
    pub parcels: Vec<Parcel>,
    /// What names a number or page that is not the configured one of this account.
    pub foreign: Vec<Parcel>,
}

/// Sorts the items of one webhook. A report about a send that is not ours is left out: nothing waits for it.
#[must_use]
pub fn sort(
    settings: &Settings,
    channel: ChannelName,
    account: &str,
    items: Vec<Item>,
    now: UnixMillis,
) -> Sorted {
    let mut sorted = Sorted::default();
    for item in items {
        let item = item.arrived_at(now);
        let foreign = names_unknown_account(settings, channel, account, std::slice::from_ref(&item));
        match parcel(channel, account, item) {
            Some(parcel) if foreign => sorted.foreign.push(parcel),
            Some(parcel) => append(&mut sorted.parcels, parcel),
            None => {}
        }
    }
    sorted
}

/// Whether an item belongs to a number or page that is not the configured one of this account.
#[must_use]
pub fn names_unknown_account(
    settings: &Settings,
    channel: ChannelName,
    account: &str,
    items: &[Item],
) -> bool {
    let own = settings.account(channel, account).map(|account| account.address.as_str());
    items.iter().any(|item| item.account_address.as_deref().is_some_and(|address| Some(address) != own))
}

/// Where an item belongs: a report about a send of ours goes to the object that sent it, whose id
/// travelled with the message; everything else to the person's conversation. `None` for a status about a message
/// that carries neither our id nor a contact.
fn parcel(channel: ChannelName, account: &str, item: Item) -> Option<Parcel> {
    if let Event::Status { message_id, state, callback: Some(callback), error } = &item.event
        && let Some((object, attempt)) = read_callback(callback)
    {
        let report =
            SendReport { attempt, message_id: message_id.clone(), state: *state, error: error.clone() };
        return Some(Parcel::Report { object, report });
    }
    if matches!(item.event, Event::Status { .. }) || item.contact.id.is_empty() {
        return None;
    }
    let key = ConversationKey { channel, account: account.to_owned(), contact: item.contact.id.clone() };
    Some(Parcel::Items { key, items: vec![item] })
}

/// Adds a parcel, joined to an earlier one for the same conversation so that order is kept and the
/// object is called once.
fn append(parcels: &mut Vec<Parcel>, parcel: Parcel) {
    if let Parcel::Items { key, items } = parcel {
        let earlier = parcels.iter_mut().find_map(|earlier| match earlier {
            Parcel::Items { key: earlier_key, items } if *earlier_key == key => Some(items),
            _ => None,
        });
        match earlier {
            Some(earlier_items) => earlier_items.extend(items),
            None => parcels.push(Parcel::Items { key, items }),
        }
    } else {
        parcels.push(parcel);
    }
}

/// Our id of an attempt to send, as the platform carries it: the object, the send, the line, the attempt.
#[must_use]
pub fn callback(object: &str, attempt: Attempt) -> String {
    let Attempt { send, line, number } = attempt;
    format!("{object}.{send}.{line}.{number}")
}

/// Reads [`callback`]; `None` for one that is not ours. Attempts had no number once.
#[must_use]
pub fn read_callback(callback: &str) -> Option<(String, Attempt)> {
    let mut parts = callback.split('.');
    let (object, send, line) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let number = parts.next().map_or(Some(0), |number| number.parse().ok())?;
    let is_object_id = object.len() == 64 && object.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_object_id && parts.next().is_none()).then(|| (object.to_owned(), Attempt { send, line, number }))
}

/// A step of the ladder that an understood parcel goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// The conversation's object.
    Object,
    /// The object once more, a moment later: objects move between machines.
    ObjectAgain,
    /// The queue `spill`.
    Queue,
    /// An encrypted, expiring key. Below it is nothing: the platform delivers again.
    Sealed,
}

impl Rung {
    /// The ladder, from the top.
    pub const LADDER: [Self; 4] = [Self::Object, Self::ObjectAgain, Self::Queue, Self::Sealed];

    /// How long to wait before [`Rung::ObjectAgain`], in milliseconds.
    #[must_use]
    pub fn pause_millis(self, dice: u8) -> u64 {
        if self == Self::ObjectAgain { 50 + u64::from(dice) } else { 0 }
    }
}

/// How long a spilled parcel waits before it is tried again, in seconds: soon at first, then more and more
/// rarely, a quarter of the time that it has waited.
#[must_use]
pub fn spill_pause_secs(waited_millis: i64) -> u32 {
    let (shortest, longest) = SPILL_PAUSE_SECS;
    u32::try_from((waited_millis / 4_000).clamp(shortest, longest)).unwrap_or_default()
}

/// The conversations for which something found no place in this run: what comes later for them waits too, so
/// that order is kept.
#[derive(Clone, Debug, Default)]
pub struct Stuck(HashSet<String>);

impl Stuck {
    /// Whether a parcel may be tried: nothing before it, for the same conversation, is stuck.
    #[must_use]
    pub fn may_try(&self, parcel: &Parcel) -> bool {
        !self.0.contains(&parcel.destination())
    }

    /// A parcel found no place.
    pub fn add(&mut self, parcel: &Parcel) {
        self.0.insert(parcel.destination());
    }

    /// For how many conversations something is stuck.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Contact, DeliveryState};
    use crate::settings::tests::development;

    const NOW: UnixMillis = UnixMillis(1_795_353_600_000);

    fn item(contact: &str, event_id: &str, address: Option<&str>, event: Event) -> Item {
        Item {
            account_address: address.map(str::to_owned),
            event_id: event_id.to_owned(),
            at: UnixMillis(0),
            contact: Contact { id: contact.to_owned(), ..Contact::default() },
            event,
        }
    }

    fn notice(contact: &str, event_id: &str, address: Option<&str>) -> Item {
        item(contact, event_id, address, Event::Notice { kind: "probe".to_owned() })
    }

    fn status(callback: Option<String>) -> Item {
        let (message_id, state) = ("wamid".to_owned(), DeliveryState::Sent);
        item("1", "status", None, Event::Status { message_id, state, callback, error: None })
    }

    fn sorted(items: Vec<Item>) -> Sorted {
        sort(&development(), ChannelName::Whatsapp, "main", items, NOW)
    }

    fn ids(parcel: &Parcel) -> Vec<&str> {
        let Parcel::Items { items, .. } = parcel else { return vec!["report"] };
        items.iter().map(|item| item.event_id.as_str()).collect()
    }

    #[test]
    fn items_of_one_person_travel_together_and_in_order() {
        let items = vec![notice("1", "a", None), notice("2", "b", None), notice("1", "c", None)];
        let Sorted { parcels, foreign } = sorted(items);
        assert_eq!(parcels.iter().map(ids).collect::<Vec<_>>(), [vec!["a", "c"], vec!["b"]]);
        assert_eq!(foreign, []);
        let Parcel::Items { items, .. } = &parcels[0] else { panic!("items") };
        assert_eq!(items[0].at, NOW, "what has no time happened on arrival");
    }

    #[test]
    fn what_names_another_number_is_foreign() {
        let items = vec![notice("1", "a", Some("999")), notice("1", "b", Some("100000000000001"))];
        let Sorted { parcels, foreign } = sorted(items);
        assert_eq!(
            (ids(&foreign[0]), ids(&parcels[0]), foreign.len(), parcels.len()),
            (vec!["a"], vec!["b"], 1, 1)
        );
    }

    #[test]
    fn a_report_goes_to_the_object_that_sent_and_others_to_nobody() {
        let object = "0f".repeat(32);
        let attempt = Attempt { send: 7, line: 3, number: 2 };
        let ours = status(Some(callback(&object, attempt)));
        let Sorted { parcels, .. } =
            sorted(vec![status(None), ours, status(Some("another.1.2.1".to_owned()))]);
        let [Parcel::Report { object: to, report }] = parcels.as_slice() else { panic!("{parcels:?}") };
        assert_eq!((to, report.attempt), (&object, attempt));
    }

    #[test]
    fn ids_of_attempts_are_read_with_and_without_a_number() {
        let object = "0f".repeat(32);
        let attempt = |number| Some((object.clone(), Attempt { send: 7, line: 3, number }));
        for (name, written, read) in [
            ("as written", callback(&object, Attempt { send: 7, line: 3, number: 2 }), attempt(2)),
            ("of an older version", format!("{object}.7.3"), attempt(0)),
            ("too short", format!("{object}.7"), None),
            ("too long", format!("{object}.7.3.2.1"), None),
            ("no number", format!("{object}.7.3.x"), None),
            ("no object", "7.7.3.2".to_owned(), None),
        ] {
            assert_eq!(read_callback(&written), read, "{name}");
        }
    }

    #[test]
    fn a_spilled_parcel_is_tried_soon_and_then_more_and_more_rarely() {
        for (waited_secs, pause) in [(0, 5), (20, 5), (400, 100), (2_400, 600), (1_000_000, 600)] {
            assert_eq!(spill_pause_secs(waited_secs * 1_000), pause, "{waited_secs} s");
        }
    }

    #[test]
    fn once_stuck_later_parcels_of_the_same_conversation_wait() {
        let parcels = sorted(vec![notice("1", "a", None), notice("2", "b", None)]).parcels;
        let mut stuck = Stuck::default();
        stuck.add(&parcels[0]);
        assert_eq!((stuck.may_try(&parcels[0]), stuck.may_try(&parcels[1])), (false, true));
    }
}
