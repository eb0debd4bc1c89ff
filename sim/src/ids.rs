//! Message ids in the platforms' formats. They are unique across restarts, and a made-up id is
//! recognised without remembering the real ones: each carries a check value.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Makes ids.
pub(crate) struct Ids {
    started: u64,
    next: AtomicU64,
    next_update: AtomicU64,
}

impl Ids {
    /// Ids of a run that started at this time (Unix milliseconds), which sets them apart from
    /// those of earlier runs that lotse may have stored.
    pub(crate) fn new(started: i64) -> Self {
        let started = u64::try_from(started).unwrap_or_default();
        Self { started, next: AtomicU64::new(1), next_update: AtomicU64::new(started) }
    }

    /// A number that no other id of this run has.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Telegram's `update_id`: always increasing.
    pub(crate) fn update_id(&self) -> u64 {
        self.next_update.fetch_add(1, Ordering::Relaxed)
    }

    /// A WhatsApp message id.
    pub(crate) fn wamid(&self) -> String {
        let mut bytes = [0_u8; 21];
        bytes[..8].copy_from_slice(&self.started.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.number().to_be_bytes());
        let check = Sha256::digest(&bytes[..16]);
        bytes[16..].copy_from_slice(&check[..5]);
        format!("wamid.{}", STANDARD.encode(bytes))
    }

    /// A numeric id with a check value, for Telegram's `callback_query.id`.
    pub(crate) fn callback_query_id(&self) -> String {
        let number = (self.started << 20).wrapping_add(self.number());
        format!("{number}{:05}", numeric_check(number))
    }
}

/// Whether some run of the simulator made this WhatsApp message id.
pub(crate) fn is_wamid(id: &str) -> bool {
    let Some(encoded) = id.strip_prefix("wamid.") else { return false };
    let Ok(bytes) = STANDARD.decode(encoded) else { return false };
    bytes.len() == 21 && Sha256::digest(&bytes[..16])[..5] == bytes[16..]
}

/// Whether some run of the simulator made this `callback_query.id`.
pub(crate) fn is_callback_query_id(id: &str) -> bool {
    let Some((number, check)) = id.len().checked_sub(5).and_then(|at| id.split_at_checked(at)) else {
        return false;
    };
    number.parse::<u64>().is_ok_and(|number| check == format!("{:05}", numeric_check(number)))
}

fn numeric_check(number: u64) -> u32 {
    let digest = Sha256::digest(number.to_be_bytes());
    u32::from_be_bytes([0, digest[0], digest[1], digest[2]]) % 100_000
}

/// The business-scoped user id of a phone number: the same number always has the same one.
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
pub(crate) fn business_scoped_id(phone: &str) -> String {
    let digest = Sha256::digest(phone.as_bytes());
    let number = digest[..8].iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("DE.{number:020}")
}

/// Whether this has the form of a business-scoped user id: a country, a point, up to 128
/// alphanumerics (with a further `ENT.` for parent ids).
pub(crate) fn is_business_scoped_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ids_are_recognised_and_made_up_ones_are_not() {
        let ids = Ids::new(1_800_000_000_000);
        let wamid = ids.wamid();
        assert!(is_wamid(&wamid), "{wamid}");
        assert_ne!(wamid, ids.wamid());
        for bad in ["", "wamid.", "wamid.x", "wamid.HBgMNDkxNzAxMjM0NTY3FQIAERgS", &wamid[6..], "wamid.ääää"]
        {
            assert!(!is_wamid(bad), "{bad}");
        }
        let press = ids.callback_query_id();
        assert!(is_callback_query_id(&press), "{press}");
        for bad in ["", "1", "12345", "4382bfdwdsb323b2d9", "1234567890", "ä1234"] {
            assert!(!is_callback_query_id(bad), "{bad}");
        }
    }

    #[test]
    fn business_scoped_ids_are_stable_and_well_formed() {
        let id = business_scoped_id("491701234567");
        assert_eq!(id, business_scoped_id("491701234567"));
        assert_ne!(id, business_scoped_id("491701234568"));
        assert!(is_business_scoped_id(&id), "{id}");
        assert!(is_business_scoped_id("US.ENT.11815799212886844830"));
        for bad in ["491701234567", "DE.", "de.1", "DEU.1", "DE.a-b", ""] {
            assert!(!is_business_scoped_id(bad), "{bad}");
        }
    }

    #[test]
    fn update_ids_increase_across_restarts() {
        let first = Ids::new(1_800_000_000_000);
        let last = (0..10).map(|_| first.update_id()).max();
        assert!(last < Some(Ids::new(1_800_000_001_000).update_id()));
    }
}
