//! Whoever follows the README's steps creates and sets everything that the worker is bound to.

use std::collections::BTreeSet;

use lotse_core::channel::ChannelName;

const README: &str = include_str!("../../README.md");
const WRANGLER: &str = include_str!("../../wrangler.toml");
const DEVELOPMENT_SECRETS: &str = include_str!("../../.dev.vars.example");
const ENVIRONMENT: &str = include_str!("../../src/environment.rs");

fn wrangler() -> toml::Table {
    WRANGLER.parse().expect("wrangler.toml is valid")
}

/// What `key` says in each table of a list like `queues.producers`.
fn values(list: &str, key: &str) -> BTreeSet<String> {
    let file = toml::Value::Table(wrangler());
    let tables = list.split('.').try_fold(&file, |table, part| table.get(part));
    let tables = tables.and_then(toml::Value::as_array).expect("a list of tables");
    tables.iter().map(|table| table[key].as_str().expect("a name").to_owned()).collect()
}

/// The last word of each command of the README that starts so.
fn created(command: &str) -> BTreeSet<String> {
    let commands = README.lines().filter_map(|line| line.trim().strip_prefix(command));
    commands.map(|name| name.trim().to_owned()).collect()
}

/// The names in the first column of the README's table of secrets.
fn explained_secrets() -> BTreeSet<String> {
    let (_, rest) = README.split_once("| secret | what it is, and where it is found |").expect("the table");
    let rows = rest.lines().skip(1).take_while(|line| line.trim().starts_with('|'));
    rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

#[test]
fn every_queue_is_created_under_its_name() {
    let queues = created("npx wrangler queues create ");
    assert_eq!(queues, values("queues.producers", "queue"));
    assert_eq!(queues, values("queues.consumers", "queue"), "what is put into a queue is taken out");
}

#[test]
fn every_namespace_is_created_under_its_name() {
    assert_eq!(created("npx wrangler kv namespace create "), values("kv_namespaces", "binding"));
}

/// A bucket or a database, say, would need a step of its own in the README, and a test of it here.
#[test]
fn nothing_else_has_to_be_created() {
    let known = [
        "name",
        "main",
        "compatibility_date",
        "build",
        // Objects come into being with the deployment.
        "durable_objects",
        "migrations",
        "queues",
        "kv_namespaces",
        "triggers",
        "vars",
        "observability",
    ];
    for part in wrangler().keys() {
        assert!(known.contains(&part.as_str()), "the README does not say how to set up {part}");
    }
}

#[test]
fn every_secret_is_explained() {
    let secrets = |channel: &ChannelName| {
        let upper = channel.as_str().to_uppercase();
        let named = channel.channel().secrets().iter();
        named.map(|secret| format!("{upper}_MAIN_{}", secret.name)).collect::<Vec<_>>()
    };
    let of_all = ["AGENT_ADMIN_TOKEN", "SPILL_KEY", "METRICS_TOKEN"].map(str::to_owned);
    let demanded: BTreeSet<String> = ChannelName::ALL.iter().flat_map(secrets).chain(of_all).collect();
    assert_eq!(explained_secrets(), demanded);

    let lines = DEVELOPMENT_SECRETS.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let of_development: BTreeSet<String> = names
        .filter(|name| *name != "ENVIRONMENT" && !name.ends_with("_API_BASE"))
        .map(str::to_owned)
        .collect();
    assert_eq!(of_development, demanded);
}

#[test]
fn every_binding_that_is_missing_is_named_at_healthz() {
    let bound = [
        values("durable_objects.bindings", "name"),
        values("queues.producers", "binding"),
        values("kv_namespaces", "binding"),
    ];
    for binding in bound.iter().flatten() {
        assert!(ENVIRONMENT.contains(&format!("\"{binding}\",")), "nobody looks for {binding}");
    }
}
