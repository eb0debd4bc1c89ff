//! The agents' API as an OpenAPI 3.1 document, made from [`ROUTES`] and from the types that go over
//! the wire, so that it cannot say anything else than they do.
//!
//! The worker is built with the finished text; nothing here is part of it. Only [`operations`] holds
//! facts that the types cannot tell: what an operation takes, gives and refuses.
//! Source: <https://spec.openapis.org/oas/v3.1.0>; problems: <https://www.rfc-editor.org/rfc/rfc9457>.

mod examples;
mod knowledge_examples;
mod learning;
mod operations;
#[cfg(test)]
mod refusal_tests;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::problem::{Problem, ProblemKind};
use super::routes::{ROUTES, Route};
use super::{REPEAT_KEY_HEADER, REPEAT_KEY_MAX_BYTES, Role};
use operations::{Answer, Described, TAGS, described};
use schemas::Schemas;

/// The name of the way to prove who asks.
const BEARER: &str = "bearer";
const JSON: &str = "application/json";

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let paths = paths(&mut schemas);
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "lotse for agents",
            "summary": "Reads, answers and closes what people write to the organisation.",
            "description": "Errors are problem documents (RFC 9457); their `type` says what to act on. \
                Instants are milliseconds since 1970-01-01T00:00:00Z.",
            "version": "1",
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/api/v1"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_components(),
            "securitySchemes": {
                BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of this desk; `POST /tokens` makes one.",
                },
            },
        },
    })
}

/// Every path with its operations.
fn paths(schemas: &mut Schemas) -> Map<String, Value> {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route, schemas);
    }
    paths
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let described = described(route.operation);
    let mut operation = json!({
        "operationId": described.id,
        "tags": [described.tag],
        "summary": route.summary,
        "description": who_may(route.role),
        "security": security(route.role),
        "responses": responses(route, &described, schemas),
    });
    let parameters = parameters(route, &described, schemas);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some((schema, example)) = described.body {
        let media = json!({"schema": schemas.taken(schema), "example": example});
        operation["requestBody"] = json!({"required": true, "content": {JSON: media}});
    }
    operation
}

fn who_may(role: Option<Role>) -> String {
    match role {
        None => "Open to everybody.".to_owned(),
        Some(Role::Admin) => "Needs the role `admin`.".to_owned(),
        Some(role) => format!("Needs the role `{}` or a higher one.", word(role)),
    }
}

/// The roles stand in the requirement, as the specification allows for schemes other than OAuth 2.
fn security(role: Option<Role>) -> Value {
    role.map_or_else(|| json!([]), |role| json!([{BEARER: [word(role)]}]))
}

/// A role as it is written in JSON.
fn word(role: Role) -> String {
    serde_json::to_value(role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default()
}

fn parameters(route: &Route, described: &Described, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = Vec::new();
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.push(json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": format!("The `{name}` from the list."),
            "schema": {"type": "string", "minLength": 1},
        }));
    }
    if let Some(query) = described.query {
        parameters.extend(schemas.query_parameters(query));
    }
    if described.is_repeatable {
        parameters.push(repeat_key());
    }
    parameters
}

/// What makes a command safe to repeat.
fn repeat_key() -> Value {
    json!({
        "name": REPEAT_KEY_HEADER,
        "in": "header",
        "description": "A new random value for each command, the same one when it is given again because no answer \
            came. Under one key the first command of a token's name to this thread takes effect and later ones change \
            nothing, whatever they are; they are answered with how the thread stands. Kept for eight days.",
        "schema": {"type": "string", "minLength": 1, "maxLength": REPEAT_KEY_MAX_BYTES},
    })
}

fn responses(route: &Route, described: &Described, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    let success = match &described.answer {
        Answer::Nothing => json!({"description": described.gives}),
        Answer::Json { schema, example } => {
            let mut media = json!({"schema": schemas.given(*schema)});
            if let Some(example) = example {
                media["example"] = example.clone();
            }
            json!({"description": described.gives, "content": {JSON: media}})
        }
    };
    responses.insert(described.status.to_string(), success);
    let problems = problems(route.role, described);
    for problem in &problems {
        let alike: Vec<ProblemKind> =
            problems.iter().copied().filter(|kind| kind.status() == problem.status()).collect();
        responses.insert(problem.status().to_string(), refusal(problem.status(), &alike, schemas));
    }
    responses.into()
}

/// What an operation may refuse: its own reasons, and those of every route that asks for a token.
fn problems(role: Option<Role>, described: &Described) -> Vec<ProblemKind> {
    let mut problems = described.problems.to_vec();
    if role.is_some() {
        problems.extend([ProblemKind::Unauthorized, ProblemKind::Unavailable]);
    }
    // A key of another length.
    if described.is_repeatable && !problems.contains(&ProblemKind::BadRequest) {
        problems.push(ProblemKind::BadRequest);
    }
    // Every token opens what asks for the lowest role.
    if role.is_some_and(|role| role > Role::Agent) {
        problems.push(ProblemKind::Forbidden);
    }
    problems
}

/// The response of one status, which may have several reasons.
fn refusal(status: u16, kinds: &[ProblemKind], schemas: &mut Schemas) -> Value {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    let types: Vec<String> = kinds.iter().map(|kind| Problem::new(*kind, "").type_uri).collect();
    let narrowed = json!({"properties": {"type": {"enum": types}, "status": {"const": status}}});
    let mut response = json!({
        "description": titles.join(". Or: "),
        "content": {
            "application/problem+json": {
                "schema": {"allOf": [schemas.given(schemas::of::<Problem>), narrowed]},
            },
        },
    });
    if kinds.contains(&ProblemKind::Unauthorized) {
        response["headers"] = json!({"WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}});
    }
    response
}
