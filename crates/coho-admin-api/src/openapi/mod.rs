//! The OpenAPI 3.1 document of the admin address, made from the table of routes and the types. OpenAPI 3.1 uses JSON Schema
//! 2020-12, which the schemas of the types are.

mod contract;
mod document;

use crate::{ProblemDetails, ROUTES, Route, RouteAccess};
use contract::{Contract, contract};
use document::{Answer, Components, Document, Info, Media, OperationObject, PathItem, SecurityScheme};
use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::{Contract as Side, SchemaSettings},
};
use std::collections::BTreeMap;

/// The name of the security scheme.
const TOKEN: &str = "token";
/// The name of the common answer to a refused request.
const PROBLEM: &str = "Problem";

/// The document as pretty JSON, with a newline at the end.
pub fn document() -> serde_json::Result<String> {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<String, PathItem> = BTreeMap::new();
    for route in &ROUTES {
        let operation = operation(route, &mut schemas);
        paths.entry(route.path.to_owned()).or_default().insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    let problem = Media::of(crate::PROBLEM_MEDIA_TYPE, schemas.answer::<ProblemDetails>());
    let responses = [(PROBLEM.to_owned(), Answer::new("The request is refused.", Some(problem)))];
    let token = SecurityScheme::bearer("The token of `admin.json` in the data folder.");
    let components = Components {
        responses: responses.into(),
        security_schemes: [(TOKEN.to_owned(), token)].into(),
        schemas: schemas.definitions(),
    };
    let document = Document { openapi: "3.1.1", info: info(), paths, components };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn info() -> Info {
    Info {
        title: "Coho admin API",
        description: "Field names end with their unit. Instants are RFC 3339 texts in UTC, but in the history of traffic seconds since the epoch; identifiers are texts. Answers get new fields \
                      over time, which clients ignore. Every refusal is a Problem.",
        version: env!("CARGO_PKG_VERSION"),
        license: [("name", "Apache-2.0"), ("identifier", "Apache-2.0")].into(),
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> OperationObject {
    let Contract { mut parameters, body, mut answers } = contract(route.operation, schemas);
    if route.path.contains("/history/{id}") {
        parameters.insert(0, document::Parameter::version());
    } else if route.path.contains("{id}") {
        parameters.insert(0, document::Parameter::id());
    }
    if route.path.contains("{bucket}") {
        parameters.insert(0, document::Parameter::bucket());
    }
    answers.insert("default".to_owned(), Answer::reference(PROBLEM));
    OperationObject {
        operation_id: format!("{:?}", route.operation),
        summary: route.summary,
        parameters,
        request_body: body,
        responses: answers,
        security: match route.access {
            RouteAccess::Open => Vec::new(),
            RouteAccess::Token => vec![[(TOKEN.to_owned(), [])].into()],
        },
    }
}

/// The schemas of requests and of answers: a field that may be left out of a request is always in an answer.
struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let generator = |side: Side| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
                settings.contract = side;
            });
            settings.into_generator()
        };
        Self { requests: generator(Side::Deserialize), answers: generator(Side::Serialize) }
    }

    fn request<T: JsonSchema>(&mut self) -> Schema {
        self.requests.subschema_for::<T>()
    }

    fn answer<T: JsonSchema>(&mut self) -> Schema {
        self.answers.subschema_for::<T>()
    }

    fn definitions(mut self) -> BTreeMap<String, Schema> {
        let both = self.requests.take_definitions(true).into_iter().chain(self.answers.take_definitions(true));
        both.filter_map(|(name, schema)| Some((name, schema.try_into().ok()?))).collect()
    }
}
