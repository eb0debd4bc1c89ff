//! The arithmetic of the plan, one step a function.

use super::measured::Measured;
use super::operations::{Counted, Operations};
use super::prices::{Load, Sheet};

/// Rows that one update writes at the desk: the thread, and its place in the index that keeps the order.
const DESK_ROWS_PER_UPDATE: f64 = 2.0;
/// How often an isolate tells its counts at most.
const FLUSH_EVERY_SECONDS: f64 = 5.0;
/// How often an isolate looks for a newer waiting time at most.
const LOOK_EVERY_SECONDS: f64 = 10.0;
/// How often the desk publishes the waiting time at most.
const PUBLISH_EVERY_SECONDS: f64 = 2.0;

/// What the plan is made of.
pub struct Plan {
    /// Counted by running the core.
    pub counted: Counted,
    /// Measured on one machine.
    pub measured: Measured,
    /// Prices, limits, assumptions.
    pub sheet: Sheet,
}

/// What something costs of everything.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Operations.
    pub operations: Operations,
    /// Processor time in milliseconds.
    pub cpu_ms: f64,
}

/// A line of the bill for a million messages.
pub struct Item {
    /// What is paid.
    pub what: &'static str,
    /// How many for one message.
    pub amount: f64,
    /// The price of a million.
    pub million: f64,
}

impl Item {
    /// What a million messages cost of it.
    #[must_use]
    pub fn dollars(&self) -> f64 {
        self.amount * self.million
    }
}

impl Plan {
    /// The mean message of the assumed mix, without the reports on what is sent for it.
    #[must_use]
    pub fn message(&self) -> Cost {
        let (assumed, counted, cpu) = (&self.sheet.assumptions, &self.counted, &self.measured.cpu_micros);
        let first = 1.0 / assumed.messages_per_person;
        let later = 1.0 - first;
        let question = counted.question_new * first + counted.question_returning * later;
        let handover = counted.handover_new * first + counted.handover_returning * later;
        let question_cpu = cpu.question_new * first + cpu.question_returning * later;
        let handover_cpu = cpu.handover_new * first + cpu.handover_returning * later;
        Cost {
            operations: question * assumed.questions
                + handover * assumed.handovers
                + counted.thanks * assumed.thanks,
            // Thanks cost no more than a question of somebody who wrote before.
            cpu_ms: (question_cpu * assumed.questions
                + handover_cpu * assumed.handovers
                + cpu.question_returning * assumed.thanks)
                / 1e3,
        }
    }

    /// The mean message with the reports that the platform sends about what leaves for it.
    #[must_use]
    pub fn message_with_reports(&self) -> Cost {
        let message = self.message();
        let reports = message.operations.replies * self.sheet.assumptions.statuses_per_reply;
        Cost {
            operations: message.operations + self.counted.status * reports,
            cpu_ms: message.cpu_ms + self.measured.cpu_micros.status / 1e3 * reports,
        }
    }

    /// Gigabyte-seconds: an object is active while it computes and while it waits for the platform's answer.
    #[must_use]
    pub fn gb_seconds(&self, cost: &Cost) -> f64 {
        let waiting_ms = cost.operations.platform_calls * self.sheet.assumptions.platform_call_ms;
        self.sheet.prices.objects.memory_gb * (waiting_ms + cost.cpu_ms) / 1e3
    }

    /// Rows written in conversations and at the desk.
    #[must_use]
    pub fn rows_written(&self, operations: &Operations) -> f64 {
        operations.rows_written + operations.desk_updates * DESK_ROWS_PER_UPDATE
    }

    /// Requests of the queue to the desk's object.
    #[must_use]
    pub fn desk_requests(&self, operations: &Operations) -> f64 {
        operations.desk_updates / self.sheet.assumptions.updates_per_batch
    }

    /// Gigabytes that one message adds.
    #[must_use]
    pub fn storage_gb(&self) -> f64 {
        self.measured.kilobytes_per_conversation / 1e6 / self.sheet.assumptions.messages_per_person
    }

    /// The bill for a million messages with their reports.
    #[must_use]
    pub fn bill(&self) -> Vec<Item> {
        let cost = self.message_with_reports();
        let operations = &cost.operations;
        let prices = &self.sheet.prices;
        let desk_requests = self.desk_requests(operations);
        let queued = operations.desk_updates * prices.queues.operations_per_message;
        let item = |what, amount, million| Item { what, amount, million };
        vec![
            item(
                "requests of the worker",
                operations.webhooks + desk_requests,
                prices.workers.million_requests,
            ),
            item("processor time, ms", cost.cpu_ms, prices.workers.million_cpu_ms),
            item(
                "requests of objects",
                operations.object_requests + desk_requests,
                prices.objects.million_requests,
            ),
            item("duration of objects, GB-s", self.gb_seconds(&cost), prices.objects.million_gb_seconds),
            item("rows written", self.rows_written(operations), prices.objects.million_rows_written),
            item("rows read", operations.rows_read, prices.objects.million_rows_read),
            item("operations of queues", queued, prices.queues.million_operations),
            item("storage for a month, GB", self.storage_gb(), prices.objects.gb_month * 1e6),
        ]
    }

    /// Isolates at so many webhooks a second.
    fn isolates(&self, webhooks: f64) -> f64 {
        webhooks / 1e3 * self.sheet.assumptions.isolates_per_thousand
    }

    /// Reads of the published waiting time in a second.
    #[must_use]
    pub fn backlog_reads(&self, webhooks: f64) -> f64 {
        self.isolates(webhooks) / LOOK_EVERY_SECONDS
    }

    /// What a load comes to at so many webhooks a second, in a second.
    #[must_use]
    pub fn load(&self, load: Load, cost: &Cost, webhooks: f64) -> f64 {
        let operations = cost.operations * (webhooks / cost.operations.webhooks);
        let messages = webhooks / cost.operations.webhooks;
        match load {
            Load::PlatformMessages => messages + operations.replies,
            Load::Replies => operations.replies,
            Load::DeskUpdates => operations.desk_updates,
            Load::DeskRequests => self.desk_requests(&operations),
            Load::Flushes => self.isolates(webhooks) / FLUSH_EVERY_SECONDS,
            Load::BacklogWrites => 1.0 / PUBLISH_EVERY_SECONDS,
        }
    }
}
