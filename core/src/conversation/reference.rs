//! References such as `GA-7Q4K`, which people read out on the phone.

use crate::settings::ReferencePrefix;

/// Letters and digits without I, O, 0 and 1, which look alike. 32 of them: five bits each.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 4;

/// A reference from random bytes. A million are possible, so it names a thread among those at hand
/// to people; it is no key.
pub(super) fn reference(prefix: &ReferencePrefix, random: [u8; 8]) -> String {
    let characters = random.iter().take(LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    format!("{}-{}", prefix.as_str(), characters.collect::<String>())
}
