//! What tells isolates which version is in effect, and where its bytes lie. Holds nothing about who published it.

use serde::{Deserialize, Serialize};

use crate::faq::knowledge::VERSION;

/// Where it lies in KV.
pub const HEAD_KEY: &str = "knowledge/head";

/// What is in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version; 0 is the pack that came with the program.
    pub version: u64,
    /// Whether the crisis switch is on.
    pub crisis: bool,
}

/// Where the bytes of a version lie in KV: in the form of this program, so that an older or newer one that runs at
/// the same time finds its own.
#[must_use]
pub fn pack_key(version: u64) -> String {
    format!("knowledge/pack/{version}/{VERSION}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored: a change needs a way for what lies there already.
    #[test]
    fn a_head_is_stored_like_this() {
        let head = Head { version: 7, crisis: true };
        let json = r#"{"version":7,"crisis":true}"#;
        assert_eq!(serde_json::to_string(&head).ok().as_deref(), Some(json));
        assert_eq!(serde_json::from_str(json).ok(), Some(head));
        assert_eq!(pack_key(7), format!("knowledge/pack/7/{VERSION}"));
    }
}
