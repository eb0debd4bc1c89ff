//! From Rust types to the document's schemas.
//!
//! What is given and what is taken are described apart: a field that may be left out of a request is
//! always there in a response, or the other way round.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// A type, as far as its schema goes.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The type `T`.
pub(super) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// All schemas that the document has mentioned so far.
pub(super) struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    /// No schema yet.
    pub fn new() -> Self {
        let settings = || {
            let plain = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(plain_words));
            plain.with(|settings| settings.definitions_path = "/components/schemas".into())
        };
        let given = settings().for_serialize().with_transform(RecursiveTransform(absent_is_not_null));
        Self { given: given.into_generator(), taken: settings().for_deserialize().into_generator() }
    }

    /// The schema of what a client gets.
    pub fn given(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.given).to_value()
    }

    /// The schema of what a client sends.
    pub fn taken(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.taken).to_value()
    }

    /// The fields of a type as parameters of a query, none of them required.
    pub fn query_parameters(&mut self, query: SchemaOf) -> Vec<Value> {
        let mut schema = query(&mut self.taken);
        RecursiveTransform(plain_words).transform(&mut schema);
        let fields = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        fields.into_iter().map(|(name, field)| query_parameter(&name, field)).collect()
    }

    /// The components of both kinds. A type that is both given and taken looks the same both ways.
    pub fn into_components(self) -> Map<String, Value> {
        let (given, taken) = self.into_parts();
        taken.into_iter().chain(given).collect()
    }

    /// The components that are given, and those that are taken.
    pub fn into_parts(mut self) -> (Map<String, Value>, Map<String, Value>) {
        (self.given.take_definitions(true), self.taken.take_definitions(true))
    }
}

fn query_parameter(name: &str, mut schema: Value) -> Value {
    without_null(&mut schema);
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// Doc comments link to items and break lines; a reader of the document has only words and JSON.
fn plain_words(schema: &mut Schema) {
    let Some(Value::String(description)) = schema.get_mut("description") else { return };
    let words =
        description.replace("[`", "`").replace("`]", "`").replace("`None`", "null").replace('\n', " ");
    *description = words.split('`').map(plain_name).collect::<Vec<_>>().join("`");
}

/// `crate::channel::Channel::fit` as `Channel.fit`: modules mean nothing outside of the source.
fn plain_name(words: &str) -> String {
    if !words.contains("::") {
        return words.to_owned();
    }
    let is_module = |part: &&str| part.starts_with(|letter: char| letter.is_lowercase());
    words.split("::").skip_while(is_module).collect::<Vec<_>>().join(".")
}

/// What may be absent from a response is absent, and never null.
fn absent_is_not_null(schema: &mut Schema) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, field) in fields {
        if !required.iter().any(|required| required == name) {
            without_null(field);
        }
    }
}

/// Takes null from what a schema allows: `type: [T, null]` or `anyOf: [S, null]`, as [`Option`] has it.
fn without_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.retain(|keyword, value| !(keyword == "default" && value.is_null()));
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            schema.extend(only);
        }
    }
}
