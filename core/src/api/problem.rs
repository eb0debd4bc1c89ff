//! Errors for clients, as RFC 9457 problem documents.
//!
//! Each kind has one type, title and status; the detail says what to do about this very case and never
//! holds a secret or anything that a person wrote.

use serde::Serialize;

use super::knowledge::PackVersion;
use crate::conversation::{DraftState, ThreadSummary};
use crate::faq::lint::{Finding, Severity};
use crate::policy::Reason;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// No token, or none that opens anything.
    Unauthorized,
    /// The token's role is not enough.
    Forbidden,
    /// There is nothing here.
    NotFound,
    /// There is something here, but not for this method.
    MethodNotAllowed,
    /// The query or body cannot be read.
    BadRequest,
    /// Another agent has the thread.
    ClaimedByOther,
    /// The thread moved on since the agent looked.
    ThreadMovedOn,
    /// The command makes no sense in the thread's state.
    WrongState,
    /// The platform takes no free text any more.
    WindowClosed,
    /// The person wants no messages, or blocked the account.
    NotWanted,
    /// Another version of the pack is in effect than the author changed.
    KnowledgeMovedOn,
    /// The pack has errors and was not published.
    KnowledgeBroken,
    /// Another valid token has this name.
    NameTaken,
    /// A dead letter still cannot be understood or delivered.
    NotReplayable,
    /// Something of ours is down; try again.
    Unavailable,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::ClaimedByOther,
        Self::ThreadMovedOn,
        Self::WrongState,
        Self::WindowClosed,
        Self::NotWanted,
        Self::KnowledgeMovedOn,
        Self::KnowledgeBroken,
        Self::NameTaken,
        Self::NotReplayable,
        Self::Unavailable,
    ];

    /// The last part of the type's URI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadRequest => "bad-request",
            Self::ClaimedByOther => "claimed-by-other",
            Self::ThreadMovedOn => "thread-moved-on",
            Self::WrongState => "wrong-state",
            Self::WindowClosed => "window-closed",
            Self::NotWanted => "not-wanted",
            Self::KnowledgeMovedOn => "knowledge-moved-on",
            Self::KnowledgeBroken => "knowledge-broken",
            Self::NameTaken => "name-taken",
            Self::NotReplayable => "not-replayable",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::BadRequest => 400,
            Self::ClaimedByOther
            | Self::ThreadMovedOn
            | Self::WrongState
            | Self::WindowClosed
            | Self::NotWanted
            | Self::KnowledgeMovedOn
            | Self::NameTaken => 409,
            Self::NotReplayable | Self::KnowledgeBroken => 422,
            Self::Unavailable => 503,
        }
    }

    /// The title, the same for every case of the kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "A valid token is needed",
            Self::Forbidden => "Your role does not allow this",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "This method is not offered here",
            Self::BadRequest => "The request cannot be read",
            Self::ClaimedByOther => "Somebody else has claimed this thread",
            Self::ThreadMovedOn => "The thread has moved on since you looked",
            Self::WrongState => "The thread is in another state",
            Self::WindowClosed => "The platform takes no free text from us any more",
            Self::NotWanted => "The person wants no messages from us",
            Self::KnowledgeMovedOn => "Somebody else has published since you looked",
            Self::KnowledgeBroken => "The pack has errors",
            Self::NameTaken => "Somebody else has this name",
            Self::NotReplayable => "The dead letter still cannot take effect",
            Self::Unavailable => "Temporarily not available",
        }
    }
}

impl From<Reason> for ProblemKind {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::WindowClosed => Self::WindowClosed,
            Reason::OptedOut | Reason::Unreachable | Reason::NoConsent => Self::NotWanted,
            Reason::QuietHours | Reason::AlwaysQuiet => Self::WrongState,
        }
    }
}

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Problem {
    /// `/problems/` and the kind's name, relative to the server.
    #[serde(rename = "type")]
    #[cfg_attr(any(test, feature = "openapi"), schemars(extend("format" = "uri-reference")))]
    pub type_uri: String,
    /// The kind's title.
    pub title: &'static str,
    /// The HTTP status.
    #[cfg_attr(any(test, feature = "openapi"), schemars(range(min = 400, max = 599)))]
    pub status: u16,
    /// What to do about this case.
    pub detail: String,
    /// The version of the pack that is in effect, where that is not the one expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<PackVersion>>,
    /// What is wrong with a pack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            type_uri: format!("/problems/{}", kind.name()),
            title: kind.title(),
            status: kind.status(),
            detail: detail.into(),
            current: None,
            findings: Vec::new(),
        }
    }

    /// Why a pack was not published: another version is in effect.
    #[must_use]
    pub fn knowledge_moved_on(current: PackVersion) -> Self {
        let author =
            current.author.as_ref().map(|author| format!(", published by {author},")).unwrap_or_default();
        let detail = format!(
            "version {}{author} is in effect; bring your change into it and publish with based_on = {0}",
            current.version
        );
        Self { current: Some(Box::new(current)), ..Self::new(ProblemKind::KnowledgeMovedOn, detail) }
    }

    /// Why a pack was not published: what is wrong with it.
    #[must_use]
    pub fn knowledge_broken(findings: Vec<Finding>) -> Self {
        let errors: Vec<&Finding> =
            findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let detail = match errors.as_slice() {
            [] => "the pack cannot be published".to_owned(),
            [first, rest @ ..] => {
                let more = if rest.is_empty() { String::new() } else { format!("; and {} more", rest.len()) };
                format!("line {}: {first}{more}", first.line)
            }
        };
        Self { findings, ..Self::new(ProblemKind::KnowledgeBroken, detail) }
    }

    /// Why a reply did not leave, from how the thread stands after it: a reply that leaves takes the
    /// draft away, and one that may not becomes the draft.
    #[must_use]
    pub fn of_reply(after: &ThreadSummary) -> Option<Self> {
        match after.draft.as_ref()?.state {
            DraftState::Held { reason } => Some(Self::new(
                reason.into(),
                format!("{reason}; your text is kept as the draft of this thread"),
            )),
            DraftState::Announced { .. } | DraftState::Ready => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::new(ProblemKind::ThreadMovedOn, "read line 7 first");
        assert_eq!(
            serde_json::to_value(problem).ok(),
            Some(serde_json::json!({
                "type": "/problems/thread-moved-on",
                "title": "The thread has moved on since you looked",
                "status": 409,
                "detail": "read line 7 first",
            }))
        );
    }

    #[test]
    fn a_pack_that_is_not_published_says_what_to_do() {
        let current =
            PackVersion { version: 7, author: Some("Mia Sommer".to_owned()), ..PackVersion::bundled() };
        let problem = Problem::knowledge_moved_on(current);
        assert_eq!(
            problem.detail,
            "version 7, published by Mia Sommer, is in effect; bring your change into it and publish with based_on = 7"
        );
        let finding = |severity, line| Finding {
            severity,
            line,
            entry: "masks".to_owned(),
            reason: "no title".to_owned(),
        };
        let findings = [(Severity::Warning, 3), (Severity::Error, 5), (Severity::Error, 9)];
        let problem =
            Problem::knowledge_broken(findings.map(|(severity, line)| finding(severity, line)).into());
        assert_eq!(problem.detail, "line 5: error: \"masks\": no title; and 1 more");
        let json = serde_json::to_value(problem).unwrap_or_default();
        assert_eq!(
            json["findings"][1],
            serde_json::json!({
                "severity": "error", "line": 5, "entry": "masks", "reason": "no title",
            })
        );
    }

    #[test]
    fn every_reason_not_to_send_is_a_conflict() {
        for (reason, name) in [
            (Reason::WindowClosed, "window-closed"),
            (Reason::OptedOut, "not-wanted"),
            (Reason::Unreachable, "not-wanted"),
            (Reason::NoConsent, "not-wanted"),
            (Reason::QuietHours, "wrong-state"),
            (Reason::AlwaysQuiet, "wrong-state"),
        ] {
            let kind = ProblemKind::from(reason);
            assert_eq!((kind.name(), kind.status()), (name, 409), "{reason:?}");
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_an_error_status() {
        let mut names: Vec<&str> = ProblemKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemKind::ALL.len());
        assert!(ProblemKind::ALL.iter().all(|kind| (400..600).contains(&kind.status())));
    }
}
