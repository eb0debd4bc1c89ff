//! The agents' API: routes come from core's table, decisions from the objects.
//!
//! Every route but the description asks for a bearer token; the desk knows whose it is. After a
//! command the desk is told how the thread stands before the agent is answered, so that the next list
//! shows it; should the desk be away, the conversation's own update follows.

use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::api::query::ThreadQuery;
use lotse_core::api::routes::{self, NoRoute, Operation};
use lotse_core::api::{
    ADMIN_NAME, Agent, ConsentRecord, DeadLetterPage, DeadLetterView, MadeToken, NAME_MAX_CHARACTERS,
    NewLink, NewPause, NewToken, Note, OldLink, REASON_MAX_CHARACTERS, REPEAT_KEY_HEADER,
    REPEAT_KEY_MAX_BYTES, Reply, Role, Thread, ThreadPage, Token, Transcript,
};
use lotse_core::channel::signature::check_token;
use lotse_core::channel::{ChannelName, Headers as _, Verified};
use lotse_core::conversation::{AgentCommand, ThreadSummary};
use lotse_core::routing::{Parcel, names_unknown_account};
use serde::de::DeserializeOwned;
use worker::{Env, Result};

use crate::call::{self, AgentAnswer, ConversationCall, RefusalKind};
use crate::desk_do::{DeskCall, token_hash};
use crate::environment::Environment;
use crate::followups_queue::ThreadUpdate;
use crate::http::{Body, Request};
use crate::intake::{self, DeadLetter, DeadPayload, Patience};
use crate::pacer_do::PacerCall;
use crate::{accounts, http, knowledge_api, log, objects, questions_api, webhook};

/// The largest body of a request: texts have at most 4,096 characters.
const BODY_CAP: usize = 64 * 1024;
const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// What a route answers: a response, or a problem for the client.
pub type Answer = std::result::Result<http::Answer, Problem>;

/// Everything a route needs.
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Request,
    /// The bindings.
    pub env: &'a Env,
    /// Settings and secrets.
    pub environment: &'a Environment,
    /// What stands behind the question mark.
    pub query: &'a str,
    /// What stands in the path for names in braces.
    pub id: &'a str,
    /// Whose request it is.
    pub agent: Agent,
}

/// Answers one request below `/api/v1`.
///
/// # Errors
/// When a response cannot be made.
pub async fn answer(
    request: &Request,
    env: &Env,
    environment: &Environment,
    path: &str,
    query: &str,
) -> Result<http::Answer> {
    match route(request, env, environment, path, query).await {
        Ok(response) => Ok(response),
        Err(problem) => refusal(&problem),
    }
}

/// The response that tells a client of a problem.
///
/// # Errors
/// When it cannot be made.
pub fn refusal(problem: &Problem) -> Result<http::Answer> {
    let body = serde_json::to_string(problem)?;
    let response = http::text(problem.status, "application/problem+json", &body)?;
    if let (401, http::Answer::Whole(response)) = (problem.status, &response) {
        response.headers().set("www-authenticate", "Bearer")?;
    }
    Ok(response)
}

async fn route(request: &Request, env: &Env, environment: &Environment, path: &str, query: &str) -> Answer {
    let (route, id) = routes::find(&request.method, path).map_err(|reason| match reason {
        NoRoute::NotFound => {
            Problem::new(ProblemKind::NotFound, "see /api/v1/openapi.json for what there is")
        }
        NoRoute::MethodNotAllowed => Problem::new(
            ProblemKind::MethodNotAllowed,
            "see /api/v1/openapi.json for the methods of this path",
        ),
    })?;
    let Some(role) = route.role else {
        return http::text(200, "application/json", OPENAPI).map_err(|error| unavailable(&error));
    };
    let agent = authenticate(request, env, environment).await?;
    if agent.role < role {
        return Err(Problem::new(ProblemKind::Forbidden, format!("this needs the role {role:?} or higher")));
    }
    let asked = Asked { request, env, environment, query, id: id.unwrap_or_default(), agent };
    match route.operation {
        Operation::OpenApi | Operation::WhoAmI => json(200, &asked.agent),
        Operation::ListThreads => list_threads(&asked).await,
        Operation::ReadThread => read_thread(&asked).await,
        Operation::OpenThread => command(&asked, AgentCommand::Open).await,
        Operation::ClaimThread => command(&asked, AgentCommand::Claim).await,
        Operation::ReleaseThread => command(&asked, AgentCommand::Release).await,
        Operation::FreeThread => command(&asked, AgentCommand::Free).await,
        Operation::ResolveThread => command(&asked, AgentCommand::Resolve).await,
        Operation::ReopenThread => command(&asked, AgentCommand::Reopen).await,
        Operation::ReplyToThread => {
            let Reply { text, last_seen_seq } = body(asked.request)?;
            command(&asked, AgentCommand::Reply { text, last_seen_seq }).await
        }
        Operation::DropDraft => command(&asked, AgentCommand::DropDraft).await,
        Operation::RecordConsent => {
            let ConsentRecord { given, how } = body(asked.request)?;
            command(&asked, AgentCommand::RecordConsent { given, how }).await
        }
        Operation::LinkAddress => {
            let NewLink { to, consented_at } = body(asked.request)?;
            command(&asked, AgentCommand::Link { to, consented_at }).await
        }
        Operation::UnlinkAddress => {
            let OldLink { to } = body(asked.request)?;
            command(&asked, AgentCommand::Unlink { to }).await
        }
        Operation::NoteOnThread => {
            let Note { text } = body(asked.request)?;
            command(&asked, AgentCommand::Note { text }).await
        }
        Operation::ListDeadLetters => {
            json(200, &desk::<DeadLetterPage>(env, &DeskCall::ListDeadLetters).await?)
        }
        Operation::ReadDeadLetter => json(200, &view(dead_letter(&asked).await?)?),
        Operation::ReplayDeadLetter => replay(&asked).await,
        Operation::ListQuestions
        | Operation::IgnoreQuestions
        | Operation::AddPhrasing
        | Operation::AddEntry
        | Operation::ListConfusions
        | Operation::ListReplies => questions_api::answer(&asked, route.operation).await,
        Operation::ListAccounts => json(200, &accounts::list(env, environment).await),
        Operation::PauseAccount => {
            let pause =
                PacerCall::Pause { by: asked.agent.name.clone(), reason: pause_reason(&asked).await? };
            tell_account(&asked, &pause).await
        }
        Operation::ResumeAccount => tell_account(&asked, &PacerCall::Resume).await,
        Operation::ReadKnowledge
        | Operation::LintKnowledge
        | Operation::PreviewKnowledge
        | Operation::PublishKnowledge
        | Operation::ListVersions
        | Operation::ReadVersion
        | Operation::RollBackKnowledge
        | Operation::TurnCrisis => knowledge_api::answer(&asked, route.operation).await,
        Operation::ListTokens => json(200, &desk::<Vec<Token>>(env, &DeskCall::ListTokens).await?),
        Operation::MakeToken => make_token(&asked).await,
        Operation::RevokeToken => revoke_token(&asked).await,
    }
}

/// Whose request it is.
async fn authenticate(
    request: &Request,
    env: &Env,
    environment: &Environment,
) -> std::result::Result<Agent, Problem> {
    let refused = || {
        Problem::new(
            ProblemKind::Unauthorized,
            "send `Authorization: Bearer` with a token that is not revoked",
        )
    };
    let header = request.headers.get("authorization").ok_or_else(refused)?;
    let token = header
        .strip_prefix("Bearer ")
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .ok_or_else(refused)?;
    if check_token(&environment.admin_tokens(), token).is_ok() {
        return Ok(Agent { name: ADMIN_NAME.to_owned(), role: Role::Admin });
    }
    let known = desk::<Option<Agent>>(env, &DeskCall::Authenticate { token_hash: token_hash(token) }).await?;
    known.ok_or_else(refused)
}

async fn list_threads(asked: &Asked<'_>) -> Answer {
    let query = ThreadQuery::parse(asked.query)
        .map_err(|error| Problem::new(ProblemKind::BadRequest, error.to_string()))?;
    json(200, &desk::<ThreadPage>(asked.env, &DeskCall::ListThreads { query }).await?)
}

async fn read_thread(asked: &Asked<'_>) -> Answer {
    let stub = conversation(asked)?;
    let transcript: Option<Transcript> =
        call::call(&stub, &ConversationCall::Read).await.map_err(|error| unavailable(&error))?;
    json(200, &transcript.ok_or_else(no_thread)?)
}

/// Gives a command to a thread. With a key it takes effect once, however often the client gives it.
async fn command(asked: &Asked<'_>, command: AgentCommand) -> Answer {
    let stub = conversation(asked)?;
    let repeat_key = asked.request.headers.get(REPEAT_KEY_HEADER);
    // An empty one, as a client sends that forgot to fill it in, would make all its commands the same.
    if repeat_key.as_ref().is_some_and(|key| !(1..=REPEAT_KEY_MAX_BYTES).contains(&key.len())) {
        let detail = format!("{REPEAT_KEY_HEADER} has 1 to {REPEAT_KEY_MAX_BYTES} bytes");
        return Err(Problem::new(ProblemKind::BadRequest, detail));
    }
    let is_reply = matches!(command, AgentCommand::Reply { .. });
    let asking = ConversationCall::Agent { name: asked.agent.name.clone(), command, repeat_key };
    match call::call(&stub, &asking).await.map_err(|error| unavailable(&error))? {
        AgentAnswer::Done { thread } => {
            tell_desk(asked, &thread).await;
            if let Some(problem) = is_reply.then(|| Problem::of_reply(&thread)).flatten() {
                return Err(problem);
            }
            json(200, &Thread { id: asked.id.to_owned(), summary: *thread })
        }
        AgentAnswer::NoThread => Err(no_thread()),
        AgentAnswer::Refused { kind, detail } => {
            let kind = match kind {
                RefusalKind::ClaimedByOther => ProblemKind::ClaimedByOther,
                RefusalKind::ThreadMovedOn => ProblemKind::ThreadMovedOn,
                RefusalKind::WrongState => ProblemKind::WrongState,
                RefusalKind::TextLength | RefusalKind::Address => ProblemKind::BadRequest,
            };
            Err(Problem::new(kind, detail))
        }
    }
}

/// So that the agent's next list shows what they did; the conversation repeats it if this fails.
async fn tell_desk(asked: &Asked<'_>, thread: &ThreadSummary) {
    let update = ThreadUpdate { id: asked.id.to_owned(), thread: thread.clone() };
    let told = async {
        call::tell(&objects::desk(asked.env)?, &DeskCall::UpdateThreads { updates: vec![update] }).await
    };
    if let Err(error) = told.await {
        log::warn("desk_not_told", &[log::cause(&error)]);
    }
}

async fn dead_letter(asked: &Asked<'_>) -> std::result::Result<DeadLetter, Problem> {
    let letter =
        desk::<Option<DeadLetter>>(asked.env, &DeskCall::ReadDeadLetter { id: asked.id.to_owned() }).await?;
    letter.ok_or_else(|| Problem::new(ProblemKind::NotFound, "there is no dead letter with this id"))
}

/// A dead letter as a person can read it.
fn view(letter: DeadLetter) -> std::result::Result<DeadLetterView, Problem> {
    let DeadLetter { id, at, reason, payload } = letter;
    let kind = payload.kind();
    let (channel, account, content) = match payload {
        DeadPayload::Body { channel, account, base64 } => {
            // What lies there is shown in any case.
            let bytes = intake::decode_body(&base64).unwrap_or_else(|_| base64.into_bytes());
            (Some(channel), Some(account), String::from_utf8_lossy(&bytes).into_owned())
        }
        DeadPayload::Parcel(parcel) => {
            let content = serde_json::to_string(&parcel).map_err(|error| unavailable(&error.into()))?;
            match parcel {
                Parcel::Items { key, .. } => (Some(key.channel), Some(key.account), content),
                Parcel::Report { .. } => (None, None, content),
            }
        }
        DeadPayload::Queued { json } => (None, None, json),
    };
    Ok(DeadLetterView { id, at, reason, kind, channel, account, content })
}

/// Lets a dead letter take effect as if it came in now; only then is it removed.
async fn replay(asked: &Asked<'_>) -> Answer {
    let still_dead = |detail: &str| Problem::new(ProblemKind::NotReplayable, detail);
    let letter = dead_letter(asked).await?;
    let taken_in = match letter.payload {
        DeadPayload::Body { channel, account, base64 } => {
            let bytes =
                intake::decode_body(&base64).map_err(|_| still_dead("its bytes cannot be decoded"))?;
            let parsed = channel.channel().parse(&Verified::from_storage(&bytes));
            if parsed.items.is_empty() || !parsed.set_aside.is_empty() {
                return Err(still_dead("this version of lotse still cannot read it"));
            }
            if names_unknown_account(&asked.environment.settings, channel, &account, &parsed.items) {
                return Err(still_dead("its number or page is not configured in lotse.toml"));
            }
            webhook::take_in(asked.env, asked.environment, channel, &account, parsed).await
        }
        DeadPayload::Parcel(parcel) => {
            if let Parcel::Items { key, items } = &parcel
                && names_unknown_account(&asked.environment.settings, key.channel, &key.account, items)
            {
                return Err(still_dead("its number or page is not configured in lotse.toml"));
            }
            intake::hand_in(asked.env, asked.environment, &Patience::default(), parcel).await
        }
        DeadPayload::Queued { .. } => {
            return Err(still_dead("nobody knows what it is; read it, then decide"));
        }
    };
    if !taken_in {
        return Err(Problem::new(
            ProblemKind::Unavailable,
            "the conversation could not be reached; try again",
        ));
    }
    tell(asked.env, &DeskCall::DropDeadLetter { id: asked.id.to_owned() }).await?;
    no_content()
}

async fn pause_reason(asked: &Asked<'_>) -> std::result::Result<String, Problem> {
    let NewPause { reason } = body(asked.request)?;
    let reason = reason.trim();
    if (1..=REASON_MAX_CHARACTERS).contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    let detail = format!("reason has 1 to {REASON_MAX_CHARACTERS} characters");
    Err(Problem::new(ProblemKind::BadRequest, detail))
}

/// Tells the pacer of the account that the path names.
async fn tell_account(asked: &Asked<'_>, what: &PacerCall) -> Answer {
    let named = asked.id.split_once('/').and_then(|(channel, account)| {
        let channel = channel.parse::<ChannelName>().ok()?;
        asked.environment.settings.account(channel, account).map(|_| (channel, account))
    });
    let (channel, account) =
        named.ok_or_else(|| Problem::new(ProblemKind::NotFound, "there is no such account in lotse.toml"))?;
    let told = accounts::tell(asked.env, asked.environment, channel, account, what).await;
    json(200, &told.map_err(|error| unavailable(&error))?)
}

async fn make_token(asked: &Asked<'_>) -> Answer {
    let mut wanted: NewToken = body(asked.request)?;
    wanted.name = wanted.name.trim().to_owned();
    if !(1..=NAME_MAX_CHARACTERS).contains(&wanted.name.chars().count()) {
        let detail = format!("name has 1 to {NAME_MAX_CHARACTERS} characters");
        return Err(Problem::new(ProblemKind::BadRequest, detail));
    }
    let made = if wanted.name == ADMIN_NAME {
        None
    } else {
        desk::<Option<MadeToken>>(asked.env, &DeskCall::MakeToken(wanted)).await?
    };
    let taken = || {
        let detail = "claims go by name: choose another one, or revoke the token that has it";
        Problem::new(ProblemKind::NameTaken, detail)
    };
    json(201, &made.ok_or_else(taken)?)
}

async fn revoke_token(asked: &Asked<'_>) -> Answer {
    if desk::<bool>(asked.env, &DeskCall::RevokeToken { id: asked.id.to_owned() }).await? {
        no_content()
    } else {
        Err(Problem::new(ProblemKind::NotFound, "there is no valid token with this id"))
    }
}

fn conversation(asked: &Asked<'_>) -> std::result::Result<objects::Stub, Problem> {
    objects::conversation_by_id(asked.env, asked.id).map_err(|_| no_thread())
}

fn no_thread() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no thread with this id")
}

async fn desk<T: DeserializeOwned>(env: &Env, asking: &DeskCall) -> std::result::Result<T, Problem> {
    let asked = async { call::call(&objects::desk(env)?, asking).await };
    asked.await.map_err(|error| unavailable(&error))
}

async fn tell(env: &Env, telling: &DeskCall) -> std::result::Result<(), Problem> {
    let told = async { call::tell(&objects::desk(env)?, telling).await };
    told.await.map_err(|error| unavailable(&error))
}

/// The JSON body of a request.
///
/// # Errors
/// A problem for the client.
pub fn body<T: DeserializeOwned>(request: &Request) -> std::result::Result<T, Problem> {
    body_up_to(request, BODY_CAP)
}

/// The JSON body of a request, which has at most `cap` bytes.
///
/// # Errors
/// A problem for the client.
pub fn body_up_to<T: DeserializeOwned>(request: &Request, cap: usize) -> std::result::Result<T, Problem> {
    if request.state != Body::Whole || request.body.len() > cap {
        return Err(Problem::new(ProblemKind::BadRequest, format!("the body has at most {cap} bytes")));
    }
    serde_json::from_slice(&request.body).map_err(|error| {
        Problem::new(
            ProblemKind::BadRequest,
            format!("the body is not the JSON that openapi.json describes: {error}"),
        )
    })
}

/// A JSON response.
///
/// # Errors
/// When it cannot be made.
pub fn json(status: u16, value: &impl serde::Serialize) -> Answer {
    http::json(status, value).map_err(|error| unavailable(&error))
}

/// A response without a body.
///
/// # Errors
/// Never.
pub fn no_content() -> Answer {
    Ok(http::Answer::Status(204))
}

/// What a client is told when something of ours fails; the cause goes to the log.
#[must_use]
pub fn unavailable(error: &worker::Error) -> Problem {
    log::error("api_unavailable", &[log::cause(error)]);
    Problem::new(ProblemKind::Unavailable, "something of ours did not answer; try again in a moment")
}
