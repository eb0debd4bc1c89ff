//! What a list of threads is asked for: `?state=waiting&channel=whatsapp&search=GA-7Q4K&limit=50&after=…`.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelName;
use crate::conversation::ThreadState;

/// The most threads of one page.
const LIMIT_MAX: u32 = 200;
const LIMIT_DEFAULT: u32 = 50;
/// A longer search finds nothing more.
const SEARCH_MAX_CHARACTERS: usize = 100;

/// Which threads, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ThreadQuery {
    /// Only in this state; all open ones (waiting and claimed) when absent.
    pub state: Option<ThreadState>,
    /// Only of this team.
    pub team: Option<String>,
    /// Only from this platform.
    pub channel: Option<ChannelName>,
    /// Only claimed by this agent.
    pub assignee: Option<String>,
    /// Only with this in reference, name or last message, whatever the case.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(max = SEARCH_MAX_CHARACTERS), example = "GA-7Q4K"))]
    pub search: Option<String>,
    /// At most this many.
    #[cfg_attr(any(test, feature = "openapi"), schemars(range(min = 1, max = LIMIT_MAX), extend("default" = LIMIT_DEFAULT)))]
    pub limit: u32,
    /// Only those after this cursor, `next` of the page before.
    pub after: Option<String>,
}

impl Default for ThreadQuery {
    fn default() -> Self {
        Self {
            state: None,
            team: None,
            channel: None,
            assignee: None,
            search: None,
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

/// Why a query cannot be read; says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such parameter.
    #[error("unknown parameter; there are state, team, channel, assignee, search, limit and after")]
    UnknownParameter,
    /// There is no such state.
    #[error("state is waiting, claimed, resolved or bot")]
    State,
    /// There is no such channel.
    #[error("channel is the name of a channel, such as whatsapp or telegram")]
    Channel,
    /// Not a number in range.
    #[error("limit is a number from 1 to {LIMIT_MAX}")]
    Limit,
    /// Far too long.
    #[error("search has at most {SEARCH_MAX_CHARACTERS} characters")]
    Search,
}

impl ThreadQuery {
    /// Reads a raw query string.
    ///
    /// # Errors
    /// [`QueryError`] for the first parameter that cannot be read.
    pub fn parse(query: &str) -> Result<Self, QueryError> {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            match &*name {
                "state" => wanted.state = Some(state(&value)?),
                "team" => wanted.team = Some(value.into_owned()),
                "channel" => wanted.channel = Some(value.parse().map_err(|_| QueryError::Channel)?),
                "assignee" => wanted.assignee = Some(value.into_owned()),
                "search" if value.chars().count() > SEARCH_MAX_CHARACTERS => return Err(QueryError::Search),
                "search" => wanted.search = Some(value.into_owned()),
                "limit" => wanted.limit = limit(&value)?,
                "after" => wanted.after = Some(value.into_owned()),
                _ => return Err(QueryError::UnknownParameter),
            }
        }
        Ok(wanted)
    }
}

fn state(value: &str) -> Result<ThreadState, QueryError> {
    serde_json::from_value(serde_json::Value::from(value)).map_err(|_| QueryError::State)
}

fn limit(value: &str) -> Result<u32, QueryError> {
    value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or(QueryError::Limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_query_asks_for_open_threads() {
        assert_eq!(ThreadQuery::parse(""), Ok(ThreadQuery::default()));
    }

    #[test]
    fn every_parameter_is_read_and_decoded() {
        let query =
            "state=waiting&team=hotline&channel=telegram&assignee=Mia&search=M%C3%BCller+GA&limit=7&after=x";
        assert_eq!(
            ThreadQuery::parse(query),
            Ok(ThreadQuery {
                state: Some(ThreadState::Waiting),
                team: Some("hotline".to_owned()),
                channel: Some(ChannelName::Telegram),
                assignee: Some("Mia".to_owned()),
                search: Some("Müller GA".to_owned()),
                limit: 7,
                after: Some("x".to_owned()),
            })
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let long = format!("search={}", "x".repeat(101));
        let rows = [
            ("state=open", QueryError::State),
            ("channel=pigeon", QueryError::Channel),
            ("limit=0", QueryError::Limit),
            ("limit=201", QueryError::Limit),
            ("limit=many", QueryError::Limit),
            ("colour=red", QueryError::UnknownParameter),
            (long.as_str(), QueryError::Search),
        ];
        for (query, expected) in rows {
            assert_eq!(ThreadQuery::parse(query), Err(expected), "{query}");
        }
    }
}
