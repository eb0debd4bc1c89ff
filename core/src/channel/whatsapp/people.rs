//! Who an item is about.
//!
//! Since 2026 the phone number may be missing: then only the business-scoped user id (`DE.1349…`)
//! is there. It is the stable id where known; the `wa_id` is the second choice. The cards in
//! `contacts[]` join the two and carry the name.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::wire::Card;
use crate::channel::wire::{Text, non_empty};
use crate::message::Contact;
use crate::order::gathered;

/// The cards of one change, to be found by either id.
pub(super) struct People<'c, 'a> {
    cards: &'c [(Card<'a>, &'a RawValue)],
    by_id: BTreeMap<&'c str, usize>,
}

/// Reads the cards. One that cannot be read is left out: it only adds a name.
pub(super) fn read_cards<'a>(raw: &[&'a RawValue]) -> Vec<(Card<'a>, &'a RawValue)> {
    raw.iter().filter_map(|raw| Some((serde_json::from_str(raw.get()).ok()?, *raw))).collect()
}

impl<'c, 'a> People<'c, 'a> {
    pub(super) fn new(cards: &'c [(Card<'a>, &'a RawValue)]) -> Self {
        let ids = |(index, (card, _)): (usize, &'c (Card<'a>, &'a RawValue))| {
            [non_empty(&card.wa_id), non_empty(&card.user_id)]
                .into_iter()
                .flatten()
                .map(move |id| (id, index))
        };
        Self { cards, by_id: gathered(cards.iter().enumerate().flat_map(ids)) }
    }

    fn find(&self, id: Option<&str>) -> Option<&'c (Card<'a>, &'a RawValue)> {
        self.by_id.get(id?).map(|index| &self.cards[*index])
    }

    /// The card of a person; without any id the only card there is.
    fn card(&self, phone: Option<&str>, user: Option<&str>) -> Option<&'c (Card<'a>, &'a RawValue)> {
        if phone.is_none() && user.is_none() {
            return if let [only] = self.cards { Some(only) } else { None };
        }
        self.find(user).or_else(|| self.find(phone))
    }

    /// The raw card of a person, for the envelope of a dead letter.
    pub(super) fn raw_card(&self, phone: Option<&str>, user: Option<&str>) -> Option<&'a RawValue> {
        self.card(phone, user).map(|(_, raw)| *raw)
    }

    /// The person with these ids (`from` and `from_user_id`); `None` where nothing says who it is.
    pub(super) fn identify(&self, id: &Option<Text<'_>>, user_id: &Option<Text<'_>>) -> Option<Contact> {
        let (mut phone, mut user) = (non_empty(id), non_empty(user_id));
        if user.is_none() && phone.is_some_and(is_business_scoped) {
            user = phone.take();
        }
        let card = self.card(phone, user).map(|(card, _)| card);
        let user = user.or(card.and_then(|card| non_empty(&card.user_id)));
        let phone = phone.or(card.and_then(|card| non_empty(&card.wa_id)));
        let profile = card.and_then(|card| card.profile.as_ref());
        Some(Contact {
            name: profile.and_then(|profile| non_empty(&profile.name)).map(str::to_owned),
            username: profile.and_then(|profile| non_empty(&profile.username)).map(str::to_owned),
            ..contact(phone, user)?
        })
    }
}

/// A person of whom only ids are known.
pub(super) fn contact(phone: Option<&str>, user: Option<&str>) -> Option<Contact> {
    let id = user.or(phone)?.to_owned();
    Some(Contact {
        id,
        phone: phone.filter(|phone| is_phone(phone)).map(str::to_owned),
        ..Contact::default()
    })
}

/// Whether this is a business-scoped user id: country code, dot, letters and digits
/// (`DE.13491208655302741918`, `DE.ENT.1180…` for a parent).
pub(super) fn is_business_scoped(id: &str) -> bool {
    id.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    })
}

/// Whether this is a phone number in E.164 digits.
pub(super) fn is_phone(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}
