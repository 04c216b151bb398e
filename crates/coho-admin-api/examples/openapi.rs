//! Prints the OpenAPI document: `cargo run -p coho-admin-api --example openapi > docs/openapi.json`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(coho_admin_api::openapi::document()?.as_bytes())
}
