//! Bugs on purpose: each breaks a promise of the actor or the edge from outside, so that a world that does not
//! notice is a world that proves nothing. Product code knows none of this.

/// What is broken in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Repeated deliveries take effect again.
    SkipSeen,
    /// An attempt is not part of the commit before its call.
    RecordAfterCall,
    /// Calls leave before what led to them is durable.
    CallBeforeCommit,
    /// The desk is never told.
    DropDeskUpdate,
    /// Messages are marked as read when they come in.
    MarkReadEarly,
    /// 200 goes out before anything is stored.
    AnswerBeforeStore,
    /// Every agent speaks for whoever has the thread.
    IgnoreClaims,
    /// The desk takes older versions of a thread for newer ones.
    DeskTakesAnyVersion,
    /// Alarms are not stored.
    ForgetAlarms,
    /// The platform's reports change nothing.
    IgnoreReports,
    /// What the queue `spill` gives up on is dropped.
    DropDeadLetters,
    /// A spilled parcel is acknowledged whether or not it was delivered.
    SpillAlwaysAcknowledged,
    /// The object that comes back does not give the evidence its time.
    NoGrace,
    /// The key that tells a repetition of an agent's command is lost on the way.
    DropRepeatKeys,
    /// An object whose storage refused to set an alarm does not set another one.
    NoRepair,
    /// A refusal of the platform counts as sent.
    RefusedCountsAsSent,
}

impl Sabotage {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::SkipSeen,
        Self::RecordAfterCall,
        Self::CallBeforeCommit,
        Self::DropDeskUpdate,
        Self::MarkReadEarly,
        Self::AnswerBeforeStore,
        Self::IgnoreClaims,
        Self::DeskTakesAnyVersion,
        Self::ForgetAlarms,
        Self::IgnoreReports,
        Self::DropDeadLetters,
        Self::SpillAlwaysAcknowledged,
        Self::NoGrace,
        Self::DropRepeatKeys,
        Self::NoRepair,
        Self::RefusedCountsAsSent,
    ];
}
