//! Every metric there is. The runbook and the example alerts speak of these names.

/// What a metric is, and in which unit it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// How it is now.
    Gauge,
    /// How long it is now: kept in milliseconds, shown in seconds.
    GaugeOfTime,
    /// How long things took: upper bounds of the buckets in milliseconds, shown in seconds.
    Histogram(&'static [u64]),
}

/// Registers metrics: their names, help, kind and labels stand in one place each.
macro_rules! catalogue {
    ($($metric:ident $name:literal $kind:expr, $labels:expr, $help:literal;)+) => {
        /// A metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $(#[doc = $help] $metric,)+
        }

        impl Metric {
            /// Every metric, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$metric,)+];

            /// The name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$metric => $name,)+ }
            }

            /// What it tells, in one line.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$metric => $help,)+ }
            }

            /// What it is.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$metric => $kind,)+ }
            }

            /// The names of its labels, in the order in which values are given.
            #[must_use]
            pub const fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$metric => &$labels,)+ }
            }
        }
    };
}

/// An answer to a platform: within 50 ms on a good day; at ten seconds platforms give up.
const ANSWER_MILLIS: &[u64] = &[5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/// A message in a queue: within a second on a good day.
const QUEUE_MILLIS: &[u64] = &[1_000, 5_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000];

catalogue! {
    WebhooksAccepted "lotse_webhooks_accepted_total" Kind::Counter, ["channel", "account"],
        "Webhooks answered with 200: everything in them is stored.";
    WebhooksRefused "lotse_webhooks_refused_total" Kind::Counter, ["channel", "account", "reason"],
        "Webhooks refused, by reason: a wrong or missing proof, a body that is too large or incomplete.";
    WebhookSeconds "lotse_webhook_duration_seconds" Kind::Histogram(ANSWER_MILLIS), [],
        "From a webhook's first byte to our answer, for those that were taken or found no place.";
    ServerErrors "lotse_server_errors_total" Kind::Counter, ["room"],
        "Requests answered with a status of 500 or more, by what was asked: webhook or api.";
    Messages "lotse_messages_total" Kind::Counter, ["channel", "account"],
        "Messages of persons that took effect.";
    Duplicates "lotse_duplicates_total" Kind::Counter, ["channel", "account"],
        "Deliveries that had taken effect before and changed nothing.";
    Answered "lotse_answered_total" Kind::Counter, ["channel", "account"],
        "Messages that the bot answered with an approved text.";
    HandedOver "lotse_handed_over_total" Kind::Counter, ["channel", "account", "reason"],
        "Threads put before humans, by reason.";
    Threads "lotse_threads" Kind::Gauge, ["state"],
        "Threads that are open, by state: waiting or claimed.";
    ThreadsUrgent "lotse_threads_urgent" Kind::Gauge, [],
        "Urgent threads (red flags) that wait for a human.";
    OldestWaiting "lotse_oldest_waiting_seconds" Kind::GaugeOfTime, [],
        "How long the earliest unanswered message of a waiting thread waits for a human; 0 when none waits.";
    OldestSend "lotse_outbox_oldest_seconds" Kind::GaugeOfTime, [],
        "Age, at that try, of the oldest message that a try in the last eight minutes could not bring to its platform; 0 when all left.";
    SendAttempts "lotse_send_attempts_total" Kind::Counter, ["channel", "account", "outcome", "kind"],
        "Calls that were to bring a message to its platform, by outcome: sent, unknown, or refused with its kind.";
    SendsFailed "lotse_sends_failed_total" Kind::Counter, ["channel", "account"],
        "Messages of ours that will not arrive; a human sees each.";
    AccountPaused "lotse_account_paused" Kind::Gauge, ["channel", "account"],
        "1 while an account sends nothing, because its platform refuses it or its breaker is open.";
    AccountNotices "lotse_account_notices_total" Kind::Counter, ["channel", "account", "kind", "event"],
        "What a platform told about an account of ours, by field and event of its webhook: quality, bans, restrictions.";
    Spilled "lotse_spilled_total" Kind::Counter, ["rung"],
        "Items that their conversation could not take, by where they went: queue, sealed (KV), or none (answered 503).";
    Replayed "lotse_replayed_total" Kind::Counter, ["rung"],
        "Spilled items that reached their conversation after all, by where they came from: queue or sealed.";
    SetAside "lotse_set_aside_total" Kind::Counter, ["channel", "account", "reason"],
        "Pieces of webhooks that were verified and could not be understood or belong to nobody; each is a dead letter.";
    DeadLetters "lotse_dead_letters" Kind::Gauge, [],
        "Dead letters that lie at the desk.";
    DeadLettersKept "lotse_dead_letters_total" Kind::Counter, [],
        "Dead letters that came to the desk.";
    QueueSeconds "lotse_queue_wait_seconds" Kind::Histogram(QUEUE_MILLIS), ["queue"],
        "How long messages had been in their queue when they were taken out, repetitions included.";
    StoreFailures "lotse_kv_failures_total" Kind::Counter, ["operation"],
        "Calls to KV that failed: read, write or replay.";
    KnowledgeExpired "lotse_knowledge_expired_entries" Kind::Gauge, [],
        "Entries of the pack that are past their expiry and not answered any more.";
    KnowledgeVersion "lotse_knowledge_version" Kind::Gauge, [],
        "The version of the pack that is answered from; 0 is the one that came with the program.";
    KnowledgeCrisis "lotse_knowledge_crisis" Kind::Gauge, [],
        "1 while the crisis switch is on.";
    KnowledgeFailures "lotse_knowledge_failures_total" Kind::Counter, ["reason"],
        "Looks at what is in effect that failed, by reason: store, late, missing or unreadable; the texts that ran before go on.";
    Problems "lotse_configuration_problems" Kind::Gauge, [],
        "Secrets and bindings that are missing or wrong; /healthz names them.";
    DeskUp "lotse_desk_up" Kind::Gauge, [],
        "1 when the desk's object answered this scrape within its time.";
    MetricsUp "lotse_metrics_up" Kind::Gauge, [],
        "1 when the object that adds up the counters answered this scrape; without it, counters are missing.";
    FlushesDropped "lotse_metrics_batches_dropped_total" Kind::Counter, [],
        "Batches of counts that were given up; the counters fall short by what was in them.";
    LessonsDropped "lotse_lessons_dropped_total" Kind::Counter, [],
        "Notes about questions that were not answered well, which were given up under load; nobody's message was.";
    Build "lotse_build_info" Kind::Gauge, ["version"],
        "Always 1; the version is in the label.";
}

impl Metric {
    /// The metric of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://prometheus.io/docs/practices/naming/>
    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(name.starts_with("lotse_"), "{name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind() == Kind::Counter, "{name}");
            let is_time = matches!(metric.kind(), Kind::GaugeOfTime | Kind::Histogram(_));
            assert_eq!(name.ends_with("_seconds"), is_time, "{name}");
            assert!(!metric.labels().contains(&"le"), "{name}: le belongs to histograms");
            assert_eq!(Metric::from_name(name), Some(*metric), "{name} stands once");
        }
    }

    #[test]
    fn buckets_grow() {
        for metric in Metric::ALL {
            if let Kind::Histogram(bounds) = metric.kind() {
                assert!(bounds.is_sorted_by(|one, next| one < next), "{}", metric.name());
            }
        }
    }
}
