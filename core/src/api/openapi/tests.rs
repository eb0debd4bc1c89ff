//! The document holds what the routes do, and keeps the rules of OpenAPI 3.1.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::knowledge::{NewCrisis, NewPack, NewRollback, PackDraft, PreviewQuestion};
use super::super::query::{QueryError, ThreadQuery};
use super::super::routes;
use super::super::{NewPause, NewToken, Note, Reply};
use super::schemas::Schemas;
use super::{ROUTES, document, paths};

/// Every operation as method, path and description.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}

/// Calls `visit` for a value and all that lies in it, with the name it stands under.
fn visit_all<'a>(name: &'a str, value: &'a Value, visit: &mut impl FnMut(&'a str, &'a Value)) {
    visit(name, value);
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| visit_all(name, member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| visit_all(name, item, visit)),
        _ => {}
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn the_document_is_the_one_that_clients_know() {
    let text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("openapi", text);
    });
}

#[test]
fn every_route_is_an_operation_and_nothing_else_is() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), ROUTES.len());
    for (method, path, _) in operations {
        assert!(routes::find(&method.to_ascii_uppercase(), path).is_ok(), "{method} {path}");
    }
}

#[test]
fn operation_ids_are_unique() {
    let document = document();
    let ids: BTreeSet<&str> = operations(&document)
        .iter()
        .filter_map(|(_, _, operation)| operation["operationId"].as_str())
        .collect();
    assert_eq!(ids.len(), ROUTES.len());
}

#[test]
fn every_response_but_no_content_has_a_schema() {
    for (method, path, operation) in operations(&document()) {
        let responses = operation["responses"].as_object().into_iter().flatten();
        let mut successes = 0;
        for (status, response) in responses {
            let media_type =
                if status.starts_with('2') { "application/json" } else { "application/problem+json" };
            let schema = &response["content"][media_type]["schema"];
            assert_eq!(schema.is_object(), status != "204", "{method} {path} {status}");
            successes += u32::from(status.starts_with('2'));
        }
        assert_eq!(successes, 1, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = 0;
    visit_all("", &document, &mut |name, value| {
        if name == "$ref" {
            let target = value.as_str().and_then(|target| target.strip_prefix('#')).unwrap_or_default();
            assert!(!target.is_empty() && document.pointer(target).is_some(), "{value}");
            references += 1;
        }
    });
    assert!(references > 0);
}

#[test]
fn every_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    visit_all("", &document, &mut |name, value| {
        if name == "$ref" {
            used.extend(value.as_str().and_then(|target| target.rsplit('/').next()));
        }
    });
    let components = document["components"]["schemas"].as_object().into_iter().flatten();
    assert_eq!(components.map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(), used);
}

#[test]
fn a_type_that_is_given_and_taken_looks_the_same_both_ways() {
    let mut schemas = Schemas::new();
    paths(&mut schemas);
    let (given, taken) = schemas.into_parts();
    let both: Vec<&String> = given.keys().filter(|name| taken.contains_key(*name)).collect();
    assert!(!both.is_empty());
    for name in both {
        assert_eq!(given[name], taken[name], "{name}");
    }
}

#[test]
fn every_part_of_a_path_is_declared() {
    for (method, path, operation) in operations(&document()) {
        let declared: Vec<&Value> =
            list(&operation["parameters"]).filter(|parameter| parameter["in"] == "path").collect();
        assert_eq!(declared.len(), path.matches('{').count(), "{method} {path}");
        for parameter in declared {
            let name = parameter["name"].as_str().unwrap_or_default();
            assert!(path.contains(&format!("{{{name}}}")), "{method} {path}");
            assert_eq!(parameter["required"], true, "{method} {path}");
        }
    }
}

#[test]
fn a_key_to_repeat_it_under_is_taken_by_every_command_to_a_thread_and_by_nothing_else() {
    for (method, path, operation) in operations(&document()) {
        let key = list(&operation["parameters"]).find(|parameter| parameter["in"] == "header");
        let is_command = path.starts_with("/threads/{id}") && method != "get";
        assert_eq!(
            key.map(|key| &key["name"]),
            is_command.then_some(&json!("Idempotency-Key")),
            "{method} {path}"
        );
        assert!(!is_command || operation["responses"]["400"].is_object(), "{method} {path}");
    }
}

#[test]
fn the_parameters_of_the_query_are_those_that_are_read() {
    let document = document();
    let parameters = &document["paths"]["/threads"]["get"]["parameters"];
    let names: Vec<&str> = list(parameters).filter_map(|parameter| parameter["name"].as_str()).collect();
    assert_eq!(names, ["after", "assignee", "channel", "limit", "search", "state", "team"]);
    for name in names {
        assert_ne!(ThreadQuery::parse(&format!("{name}=1")), Err(QueryError::UnknownParameter), "{name}");
    }
}

#[test]
fn the_limits_of_the_query_are_those_that_are_kept() {
    let document = document();
    let limit = list(&document["paths"]["/threads"]["get"]["parameters"])
        .find(|parameter| parameter["name"] == "limit")
        .map(|parameter| &parameter["schema"]);
    let bound = |name: &str| limit.and_then(|schema| schema[name].as_i64()).unwrap_or_default();
    let rows = [("minimum", 0, true), ("minimum", -1, false), ("maximum", 0, true), ("maximum", 1, false)];
    for (name, beyond, is_read) in rows {
        let query = format!("limit={}", bound(name) + beyond);
        assert_eq!(ThreadQuery::parse(&query).is_ok(), is_read, "{query}");
    }
    assert_eq!(bound("default"), i64::from(ThreadQuery::default().limit));
}

#[test]
fn the_examples_of_bodies_are_read_by_their_types() {
    let document = document();
    let example = |path: &str| {
        document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"].clone()
    };
    assert!(serde_json::from_value::<Reply>(example("/threads/{id}/reply")).is_ok());
    assert!(serde_json::from_value::<Note>(example("/threads/{id}/note")).is_ok());
    assert!(serde_json::from_value::<NewPause>(example("/accounts/{channel}/{account}/pause")).is_ok());
    assert!(serde_json::from_value::<NewToken>(example("/tokens")).is_ok());
    assert!(serde_json::from_value::<NewPack>(example("/knowledge")).is_ok());
    assert!(serde_json::from_value::<PackDraft>(example("/knowledge/lint")).is_ok());
    assert!(serde_json::from_value::<PreviewQuestion>(example("/knowledge/preview")).is_ok());
    assert!(serde_json::from_value::<NewRollback>(example("/knowledge/rollback")).is_ok());
    assert!(serde_json::from_value::<NewCrisis>(example("/knowledge/crisis")).is_ok());
}

#[test]
fn descriptions_are_there_and_carry_no_link_of_the_source() {
    let document = document();
    visit_all("", &document, &mut |name, value| {
        if name == "description" || name == "summary" {
            let text = value.as_str().unwrap_or_default();
            assert!(!text.is_empty() && !text.contains("[`") && !text.contains("::"), "{value}");
        }
    });
}

/// <https://spec.openapis.org/oas/v3.1.0#schema>: what each object must have.
#[test]
fn what_openapi_requires_is_there() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    for member in ["/info/title", "/info/version", "/info/license/name"] {
        assert!(document.pointer(member).is_some_and(Value::is_string), "{member}");
    }
    let schemes = &document["components"]["securitySchemes"];
    let tags: Vec<&Value> = list(&document["tags"]).map(|tag| &tag["name"]).collect();
    for (method, path, operation) in operations(&document) {
        assert!(path.starts_with('/') && ["get", "post", "delete"].contains(&method), "{method} {path}");
        assert!(list(&operation["tags"]).all(|tag| tags.contains(&tag)), "{method} {path}");
        for parameter in list(&operation["parameters"]) {
            assert!(parameter["name"].is_string() && parameter["schema"].is_object(), "{parameter}");
            assert!(["path", "query", "header"].iter().any(|place| parameter["in"] == *place), "{parameter}");
        }
        let body = &operation["requestBody"];
        assert!(body.is_null() || body["content"].is_object(), "{method} {path}");
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            assert!(status.parse::<u16>().is_ok_and(|status| (100..600).contains(&status)), "{status}");
            assert!(response["description"].is_string(), "{method} {path} {status}");
        }
        for requirement in list(&operation["security"]) {
            let names = requirement.as_object().into_iter().flatten().map(|(name, _)| name);
            names.for_each(|name| assert!(schemes[name]["type"].is_string(), "{method} {path} {name}"));
        }
    }
}
