//! Approved texts that change while lotse runs: what is published, where everybody reads it, how old it may be.
//!
//! Here are the decisions; the object that keeps the record and the isolates that read are in the edge.
//!
//! | file | purpose |
//! |---|---|
//! | [`bundled`] | the source of the pack that comes with the program |
//! | `draft` | from TOML to a pack or the reasons why not |
//! | `freshness` | how old an isolate's look at what is in effect may be |
//! | `head` | what tells isolates which version is in effect, and where its bytes lie |
//! | `preview` | what would be answered |

pub mod bundled;
mod draft;
mod freshness;
mod head;
mod preview;

pub use draft::{Draft, read};
pub use freshness::{CACHE_SECS, LOOK_WITHIN_MILLIS, LastLook, Look, look};
pub use head::{HEAD_KEY, Head, pack_key};
pub use preview::preview;
