//! A client of the OSS API: one signed request, one answer, read with limits; faults that pass are retried.
//!
//! It speaks to any OSS endpoint. It keeps no state besides its idle connections.

mod address;
mod agent;
mod client;
mod endpoint;
mod failure;
mod listing;
mod pages;
mod retry;
mod signature;
mod stream;
mod versions;
mod xml;

pub(super) use address::{BucketArg, OssUrl, check_key, content_path as encoded_key};
pub(super) use client::{OssAnswer, OssCall, OssClient, Payload};
pub(super) use endpoint::{AddressingStyle, Endpoint};
pub(super) use failure::{CallFailure, OssRefusal};
pub(super) use listing::{ListedObject, Listing, name as decoded_name};
pub(super) use signature::signature_version;
pub(super) use stream::ObjectStream;
pub(super) use versions::{ShownVersion, VersionListing};
pub(super) use xml::{document, number, text};
