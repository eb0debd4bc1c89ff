//! What platforms tell about our accounts, for operators: counted, and said once in the log.

use std::cell::RefCell;

use lotse_core::channel::{AccountNotice, ChannelName};
use lotse_core::metrics::Metric;
use lotse_core::time::UnixMillis;

use crate::log::{self, Value};
use crate::{clock, metrics};

/// For how long the same notice, which a platform may deliver again and again, is not said anew.
const SAID_FOR_MILLIS: i64 = 60_000;

thread_local! {
    static LAST_SAID: RefCell<Option<(AccountNotice, UnixMillis)>> = const { RefCell::new(None) };
}

/// Notes what a platform tells about an account.
pub fn note(channel: ChannelName, account: &str, notices: &[AccountNotice]) {
    for &notice in notices {
        let AccountNotice { kind, event } = notice;
        metrics::add(Metric::AccountNotices, &[channel.as_str(), account, kind, event], 1);
        if kind != AccountNotice::OTHER && is_news(notice) {
            let fields = [
                ("channel", Value::Channel(channel)),
                ("account", Value::Account(account)),
                ("kind", Value::Word(kind)),
                ("said", Value::Word(event)),
            ];
            log::warn("account_notice", &fields);
        }
    }
}

fn is_news(notice: AccountNotice) -> bool {
    let now = clock::now();
    let last = LAST_SAID.replace(Some((notice, now)));
    last.is_none_or(|(said, at)| said != notice || now.millis_since(at) >= SAID_FOR_MILLIS)
}
