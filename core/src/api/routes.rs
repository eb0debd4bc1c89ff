//! The routes of the API, as one table: what the edge dispatches by and what OpenAPI is made of.

use super::Role;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Describes the API.
    OpenApi,
    /// Who the token belongs to.
    WhoAmI,
    /// Lists threads.
    ListThreads,
    /// Shows a thread with its transcript.
    ReadThread,
    /// Marks what is there as read by a human.
    OpenThread,
    /// Takes a thread.
    ClaimThread,
    /// Gives it back.
    ReleaseThread,
    /// Takes it from whoever has it.
    FreeThread,
    /// Writes to the person.
    ReplyToThread,
    /// Writes a note for colleagues.
    NoteOnThread,
    /// Closes a thread.
    ResolveThread,
    /// Opens it again.
    ReopenThread,
    /// Throws the draft away.
    DropDraft,
    /// Keeps what the person said about messages from us.
    RecordConsent,
    /// Keeps another address of the person.
    LinkAddress,
    /// Forgets another address of the person.
    UnlinkAddress,
    /// Lists dead letters.
    ListDeadLetters,
    /// Shows a dead letter.
    ReadDeadLetter,
    /// Tries a dead letter again.
    ReplayDeadLetter,
    /// Lists questions that were not answered well.
    ListQuestions,
    /// Hides a group of questions.
    IgnoreQuestions,
    /// Publishes another phrasing for a group of questions.
    AddPhrasing,
    /// Publishes an entry for a group of questions.
    AddEntry,
    /// Lists what the pack confuses.
    ListConfusions,
    /// Lists what people said about answers.
    ListReplies,
    /// Lists the accounts that lotse sends from.
    ListAccounts,
    /// Pauses an account.
    PauseAccount,
    /// Lets an account send again.
    ResumeAccount,
    /// Shows the approved texts that are in effect.
    ReadKnowledge,
    /// Checks a pack.
    LintKnowledge,
    /// Tells what would be answered.
    PreviewKnowledge,
    /// Publishes a pack.
    PublishKnowledge,
    /// Lists what was published.
    ListVersions,
    /// Shows a version of the pack.
    ReadVersion,
    /// Brings a version back.
    RollBackKnowledge,
    /// Turns the crisis switch.
    TurnCrisis,
    /// Lists tokens.
    ListTokens,
    /// Makes a token.
    MakeToken,
    /// Revokes a token.
    RevokeToken,
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path below `/api/v1`; a name in braces stands for one part. There is at most one stretch of them.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Who may; `None` for everybody.
    pub role: Option<Role>,
    /// One sentence for the reader of the API's description.
    pub summary: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    role: Option<Role>,
    summary: &'static str,
) -> Route {
    Route { method, path, operation, role, summary }
}

const AGENT: Option<Role> = Some(Role::Agent);
const LEAD: Option<Role> = Some(Role::Lead);
const ADMIN: Option<Role> = Some(Role::Admin);

/// Every route.
pub const ROUTES: &[Route] = &[
    route("GET", "/openapi.json", Operation::OpenApi, None, "This description."),
    route("GET", "/me", Operation::WhoAmI, AGENT, "Name and role of the token."),
    route(
        "GET",
        "/threads",
        Operation::ListThreads,
        AGENT,
        "Threads, the urgent first, then by waiting time.",
    ),
    route("GET", "/threads/{id}", Operation::ReadThread, AGENT, "A thread with its transcript."),
    route(
        "POST",
        "/threads/{id}/open",
        Operation::OpenThread,
        AGENT,
        "A human reads it: the person sees it as read.",
    ),
    route(
        "POST",
        "/threads/{id}/claim",
        Operation::ClaimThread,
        AGENT,
        "Take a thread; 409 when somebody else has it.",
    ),
    route("POST", "/threads/{id}/release", Operation::ReleaseThread, AGENT, "Give a thread back."),
    route("POST", "/threads/{id}/free", Operation::FreeThread, LEAD, "Take a thread from whoever has it."),
    route("POST", "/threads/{id}/reply", Operation::ReplyToThread, AGENT, "Write to the person."),
    route(
        "POST",
        "/threads/{id}/note",
        Operation::NoteOnThread,
        AGENT,
        "Write a note that never leaves the desk.",
    ),
    route("POST", "/threads/{id}/resolve", Operation::ResolveThread, AGENT, "The matter is done."),
    route(
        "POST",
        "/threads/{id}/reopen",
        Operation::ReopenThread,
        AGENT,
        "The matter is not done after all.",
    ),
    route(
        "DELETE",
        "/threads/{id}/draft",
        Operation::DropDraft,
        AGENT,
        "Throw away a reply that did not leave.",
    ),
    route(
        "POST",
        "/threads/{id}/consent",
        Operation::RecordConsent,
        AGENT,
        "Keep whether the person wants messages that they did not ask for.",
    ),
    route(
        "POST",
        "/threads/{id}/link",
        Operation::LinkAddress,
        AGENT,
        "Keep another address of the person, for messages that cannot be delivered here.",
    ),
    route(
        "POST",
        "/threads/{id}/unlink",
        Operation::UnlinkAddress,
        AGENT,
        "Forget another address of the person.",
    ),
    route(
        "GET",
        "/dead-letters",
        Operation::ListDeadLetters,
        LEAD,
        "What was verified and could not take effect.",
    ),
    route("GET", "/dead-letters/{id}", Operation::ReadDeadLetter, LEAD, "A dead letter with its content."),
    route("POST", "/dead-letters/{id}/replay", Operation::ReplayDeadLetter, LEAD, "Try a dead letter again."),
    route(
        "GET",
        "/knowledge/questions",
        Operation::ListQuestions,
        LEAD,
        "Questions that were not answered well, like ones in groups, the most asked first.",
    ),
    route(
        "POST",
        "/knowledge/questions/{id}/ignore",
        Operation::IgnoreQuestions,
        LEAD,
        "Do not show a group of questions any more, nor what is like it.",
    ),
    route(
        "POST",
        "/knowledge/questions/{id}/phrasing",
        Operation::AddPhrasing,
        LEAD,
        "Publish another phrasing of an entry; the group is dealt with.",
    ),
    route(
        "POST",
        "/knowledge/questions/{id}/entry",
        Operation::AddEntry,
        LEAD,
        "Publish an entry for a group of questions; the group is dealt with.",
    ),
    route(
        "GET",
        "/knowledge/confusions",
        Operation::ListConfusions,
        LEAD,
        "What the pack in effect confuses: phrasings, each asked as if it were new, and entries that are too alike.",
    ),
    route(
        "GET",
        "/knowledge/replies",
        Operation::ListReplies,
        LEAD,
        "How many people said that an entry's answers helped, or did not.",
    ),
    route("GET", "/accounts", Operation::ListAccounts, LEAD, "The accounts, and whether they send."),
    route(
        "POST",
        "/accounts/{channel}/{account}/pause",
        Operation::PauseAccount,
        ADMIN,
        "Hold back all that would leave an account, until somebody resumes it.",
    ),
    route(
        "POST",
        "/accounts/{channel}/{account}/resume",
        Operation::ResumeAccount,
        ADMIN,
        "Let an account send again, whatever holds it.",
    ),
    route(
        "GET",
        "/knowledge",
        Operation::ReadKnowledge,
        AGENT,
        "The approved texts in effect, with their source.",
    ),
    route(
        "POST",
        "/knowledge",
        Operation::PublishKnowledge,
        LEAD,
        "Publish a pack: in effect within a minute.",
    ),
    route("POST", "/knowledge/lint", Operation::LintKnowledge, LEAD, "Check a pack; nothing is published."),
    route(
        "POST",
        "/knowledge/preview",
        Operation::PreviewKnowledge,
        LEAD,
        "What would be answered now, and with another pack.",
    ),
    route(
        "GET",
        "/knowledge/versions",
        Operation::ListVersions,
        AGENT,
        "What was published, the newest first.",
    ),
    route(
        "GET",
        "/knowledge/versions/{version}",
        Operation::ReadVersion,
        AGENT,
        "A version with its source.",
    ),
    route(
        "POST",
        "/knowledge/rollback",
        Operation::RollBackKnowledge,
        LEAD,
        "Bring the source of an older version back, as a new version.",
    ),
    route("POST", "/knowledge/crisis", Operation::TurnCrisis, LEAD, "Turn the crisis switch on or off."),
    route("GET", "/tokens", Operation::ListTokens, ADMIN, "Tokens, without their values."),
    route("POST", "/tokens", Operation::MakeToken, ADMIN, "Make a token; its value is shown this once."),
    route("DELETE", "/tokens/{id}", Operation::RevokeToken, ADMIN, "Revoke a token at once."),
];

/// Why no route was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// There is nothing at this path.
    NotFound,
    /// There is something, but not for this method.
    MethodNotAllowed,
}

/// Finds the route of a request and what stands in its path for names in braces, if it has any:
/// `whatsapp/main` for `{channel}/{account}`.
///
/// # Errors
/// [`NoRoute`].
pub fn find<'a>(method: &str, path: &'a str) -> Result<(&'static Route, Option<&'a str>), NoRoute> {
    let mut refusal = NoRoute::NotFound;
    for route in ROUTES {
        let Some(id) = match_path(route.path, path) else { continue };
        if route.method == method {
            return Ok((route, id));
        }
        refusal = NoRoute::MethodNotAllowed;
    }
    Err(refusal)
}

/// What stands for the names in braces of a path that fits the pattern: `Some(None)` when the pattern has none.
fn match_path<'a>(pattern: &str, path: &'a str) -> Option<Option<&'a str>> {
    let (mut from, mut to, mut at) = (None, 0, 0);
    let mut parts = path.split('/');
    for expected in pattern.split('/') {
        let part = parts.next()?;
        if expected.starts_with('{') && !part.is_empty() {
            from = from.or(Some(at));
            to = at + part.len();
        } else if expected != part {
            return None;
        }
        at += part.len() + 1;
    }
    parts.next().is_none().then(|| from.and_then(|from| path.get(from..to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_by_method_and_path() {
        let rows = [
            ("GET", "/threads", Ok((Operation::ListThreads, None))),
            ("GET", "/threads/ab12", Ok((Operation::ReadThread, Some("ab12")))),
            ("POST", "/threads/ab12/claim", Ok((Operation::ClaimThread, Some("ab12")))),
            ("DELETE", "/tokens/7", Ok((Operation::RevokeToken, Some("7")))),
            ("POST", "/accounts/whatsapp/main/pause", Ok((Operation::PauseAccount, Some("whatsapp/main")))),
            ("GET", "/accounts/whatsapp/main/pause", Err(NoRoute::MethodNotAllowed)),
            ("POST", "/accounts/whatsapp//pause", Err(NoRoute::NotFound)),
            ("POST", "/accounts/whatsapp/pause", Err(NoRoute::NotFound)),
            ("POST", "/threads", Err(NoRoute::MethodNotAllowed)),
            ("GET", "/threads/", Err(NoRoute::NotFound)),
            ("GET", "/threads/ab12/claim/x", Err(NoRoute::NotFound)),
            ("GET", "/", Err(NoRoute::NotFound)),
        ];
        for (method, path, expected) in rows {
            let found = find(method, path).map(|(route, id)| (route.operation, id));
            assert_eq!(found, expected, "{method} {path}");
        }
    }

    #[test]
    fn no_two_routes_answer_the_same_request() {
        for (position, route) in ROUTES.iter().enumerate() {
            let twin = ROUTES[position + 1..]
                .iter()
                .find(|other| (other.method, other.path) == (route.method, route.path));
            assert!(twin.is_none(), "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn only_the_description_is_open_to_everybody() {
        let open: Vec<Operation> =
            ROUTES.iter().filter(|route| route.role.is_none()).map(|route| route.operation).collect();
        assert_eq!(open, [Operation::OpenApi]);
    }
}
