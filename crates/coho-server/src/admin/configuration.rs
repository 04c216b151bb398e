//! The settings that are in force. The program that started the server knows them.

use crate::context::Context;
use axum::{Json, extract::State};
use coho_admin_api::configuration::Configuration;
use std::sync::Arc;

pub(super) async fn get(State(context): State<Arc<Context>>) -> Json<Configuration> {
    Json(Configuration::clone(&context.configuration()))
}
