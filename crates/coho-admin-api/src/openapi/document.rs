//! The objects of an OpenAPI document, as far as this one has them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::collections::BTreeMap;

/// The root.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) paths: BTreeMap<String, PathItem>,
    pub(super) components: Components,
}

#[derive(Debug, Serialize)]
pub(super) struct Info {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) version: &'static str,
    pub(super) license: BTreeMap<&'static str, &'static str>,
}

/// The operations of a path by their method, in lower case.
pub(super) type PathItem = BTreeMap<String, OperationObject>;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationObject {
    pub(super) operation_id: String,
    pub(super) summary: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<String, Answer>,
    pub(super) security: Vec<BTreeMap<String, [String; 0]>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Parameter {
    name: String,
    r#in: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    required: bool,
    schema: Schema,
}

impl Parameter {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// The bucket in a path.
    pub(super) fn bucket() -> Self {
        let description = Some("The name of the bucket.".to_owned());
        let schema = json_schema!({ "type": "string", "minLength": 3, "maxLength": 63 });
        Self { name: "bucket".to_owned(), r#in: "path", description, required: true, schema }
    }

    /// The version of a configuration in a path.
    pub(super) fn version() -> Self {
        let description = Some("The id of the version.".to_owned());
        let schema = json_schema!({ "type": "string", "pattern": "^[0-9]+$" });
        Self { name: "id".to_owned(), r#in: "path", description, required: true, schema }
    }

    /// The id of something in a path.
    pub(super) fn id() -> Self {
        let schema = json_schema!({ "type": "string" });
        let description = Some("Its id.".to_owned());
        Self { name: "id".to_owned(), r#in: "path", description, required: true, schema }
    }

    /// A header that may be left out.
    pub(super) fn header(name: &str, description: &str) -> Self {
        let schema = json_schema!({ "type": "string" });
        Self {
            name: name.to_owned(),
            r#in: "header",
            description: Some(description.to_owned()),
            required: false,
            schema,
        }
    }

    /// The fields of a type as the parameters of a query.
    pub(super) fn query<T: JsonSchema>(generator: &mut SchemaGenerator) -> Vec<Self> {
        let schema = T::json_schema(generator);
        let required = schema.get("required").and_then(|names| names.as_array()).cloned().unwrap_or_default();
        let properties = schema.get("properties").and_then(|fields| fields.as_object()).into_iter().flatten();
        let parameter = |(name, field): (&String, &serde_json::Value)| {
            let mut schema = Schema::try_from(field.clone()).ok()?;
            let description = schema.remove("description").and_then(|text| text.as_str().map(str::to_owned));
            let is_required = required.iter().any(|needed| needed == name);
            Some(Self { name: name.clone(), r#in: "query", description, required: is_required, schema })
        };
        properties.filter_map(parameter).collect()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) content: BTreeMap<&'static str, Media>,
}

/// An answer, or the reference to a common one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Here {
        description: &'static str,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        content: BTreeMap<&'static str, Media>,
    },
    Common {
        #[serde(rename = "$ref")]
        reference: String,
    },
}

impl Answer {
    pub(super) fn new(description: &'static str, media: Option<(&'static str, Media)>) -> Self {
        Self::Here { description, content: media.into_iter().collect() }
    }

    pub(super) fn reference(name: &str) -> Self {
        Self::Common { reference: format!("#/components/responses/{name}") }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Media {
    schema: Schema,
}

impl Media {
    pub(super) fn of(media_type: &'static str, schema: Schema) -> (&'static str, Self) {
        (media_type, Self { schema })
    }

    /// A text.
    pub(super) fn text(media_type: &'static str) -> (&'static str, Self) {
        Self::of(media_type, json_schema!({ "type": "string" }))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) responses: BTreeMap<String, Answer>,
    pub(super) security_schemes: BTreeMap<String, SecurityScheme>,
    pub(super) schemas: BTreeMap<String, Schema>,
}

#[derive(Debug, Serialize)]
pub(super) struct SecurityScheme {
    r#type: &'static str,
    scheme: &'static str,
    description: &'static str,
}

impl SecurityScheme {
    pub(super) fn bearer(description: &'static str) -> Self {
        Self { r#type: "http", scheme: "bearer", description }
    }
}
