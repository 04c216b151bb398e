//! Deletes the objects of a listing page, many in one request.

use crate::cli::oss::{CallFailure, ListedObject, OssCall, OssClient, OssUrl, decoded_name, document};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_oss::XmlWriter;
use http::Method;
use md5::{Digest, Md5};
use std::collections::HashSet;

/// Largest answer, in bytes: a page of encoded keys.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// Most failures that are reported one by one.
const MAX_TOLD_FAILURES: usize = 100;

/// What became of the objects.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    pub(super) removed: u64,
    pub(super) failed: u64,
    /// The first failures, in words.
    pub(super) failures: Vec<String>,
}

impl Deleted {
    pub(super) fn add(&mut self, other: Self) {
        self.removed += other.removed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self.failures.truncate(MAX_TOLD_FAILURES);
    }

    fn fail(&mut self, text: String) {
        self.failed += 1;
        if self.failures.len() < MAX_TOLD_FAILURES {
            self.failures.push(text);
        }
    }
}

/// Deletes at most a page of objects. Keys that no XML document can hold are deleted one by one.
pub(super) fn delete_page(client: &OssClient, url: &OssUrl, objects: &[ListedObject]) -> anyhow::Result<Deleted> {
    let mut deleted = Deleted::default();
    let (many, single): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object.key.chars().all(is_xml_char));
    if !many.is_empty() {
        let gone = delete(client, url, &many)?;
        for object in many {
            match gone.contains(&object.key) {
                true => deleted.removed += 1,
                false => deleted.fail(format!("{} was not removed", url.with_key(&object.key))),
            }
        }
    }
    for object in single {
        match client.send(&OssCall::object(Method::DELETE, &url.bucket, &object.key), b"") {
            Ok(_) => deleted.removed += 1,
            Err(failure) => deleted.fail(format!("{}: {failure}", url.with_key(&object.key))),
        }
    }
    Ok(deleted)
}

/// Sends the request; the keys that are gone.
fn delete(client: &OssClient, url: &OssUrl, objects: &[&ListedObject]) -> Result<HashSet<String>, CallFailure> {
    let body = XmlWriter::document("Delete", 64 * objects.len(), |w| {
        w.text("Quiet", "false");
        for object in objects {
            w.element("Object", |w| w.text("Key", &object.key));
        }
    });
    let call = OssCall::bucket(Method::POST, &url.bucket)
        .parameter("delete", "")
        .parameter("encoding-type", "url")
        .header("content-md5", &STANDARD.encode(Md5::digest(&body)))?;
    let answer = client
        .repeat(|_| client.read(client.send_once(&call, crate::cli::oss::Payload::Bytes(&body))?, MAX_ANSWER_BYTES))?;
    let root = document(&answer, "DeleteResult", MAX_ANSWER_BYTES)?;
    let is_encoded = crate::cli::oss::text(&root, "EncodingType") == "url";
    let deleted = root.children().iter().filter(|child| child.name() == "Deleted");
    deleted.map(|element| decoded_name(element, "Key", is_encoded)).collect()
}

/// Whether XML 1.0 can hold the character.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
