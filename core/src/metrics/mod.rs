//! What operators see: counters, gauges and one text in the format of Prometheus.
//!
//! Isolates count in memory, tell their counts to one place in batches ([`Accumulator`], [`Flush`]), and that place
//! adds them up ([`Totals`]). Metrics are shed first: nothing here may delay or fail a message. What a crash loses
//! are the counts of an isolate since its last batch, so a counter may fall short and never runs ahead.
//!
//! Labels hold words of the code and names from the settings, never anything that came with a message: so they carry
//! nothing personal, and nobody outside can make their number grow.
//!
//! | file | purpose |
//! |---|---|
//! | `catalogue` | every metric: name, help, type, labels |
//! | `counts` | figures by metric and labels |
//! | `flush` | batches that count once, however often they arrive |
//! | `oldest_send` | how old the oldest message is that could not leave yet |
//! | `text` | the exposition format |

mod catalogue;
mod counts;
mod flush;
mod oldest_send;
mod text;

pub use catalogue::{Kind, Metric};
pub use counts::Counts;
pub use flush::{Accumulator, Flush, Totals};
pub use oldest_send::OldestSend;
pub use text::{CONTENT_TYPE, exposition};
