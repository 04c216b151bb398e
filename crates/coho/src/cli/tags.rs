//! Tags as the command line takes and shows them.

use super::{
    oss::{CallFailure, OssCall, OssClient, document, text},
    output::{Output, lines},
};
use anyhow::anyhow;
use coho_model::{TagSet, Tagged};
use coho_oss::document::tagging;
use std::collections::BTreeMap;

/// The sub-resource.
pub(super) const TAGGING: &str = "tagging";

/// A tag as an argument: `KEY=VALUE`, or `KEY` for one with an empty value.
pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() { Err("a tag is KEY=VALUE".to_owned()) } else { Ok((key.to_owned(), value.to_owned())) }
}

/// The document of these tags, by OSS's rules.
pub(super) fn tags_document(tagged: Tagged, tags: &[(String, String)]) -> anyhow::Result<Vec<u8>> {
    let tags = TagSet::new(tagged, tags.iter().cloned()).map_err(|error| anyhow!("the tags are refused: {error}"))?;
    Ok(tagging::to_xml(&tags))
}

/// Shows the tags that a GET of the sub-resource answers.
pub(super) fn show_tags(client: &OssClient, call: OssCall<'_>, output: &Output) -> anyhow::Result<()> {
    let body = client.document(&call.parameter(TAGGING, ""), tagging::MAX_BYTES)?;
    output.show(&read(&body)?, |tags| super::printable(&lines(tags)))
}

fn read(body: &[u8]) -> Result<BTreeMap<String, String>, CallFailure> {
    let root = document(body, "Tagging", tagging::MAX_BYTES)?;
    let set = root.children().iter().find(|child| child.name() == "TagSet");
    let tags = set.map_or(&[][..], |set| set.children()).iter().filter(|child| child.name() == "Tag");
    Ok(tags.map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned())).collect())
}

/// A call that sets tags.
pub(super) fn set_tags(client: &OssClient, call: OssCall<'_>, document: &[u8]) -> Result<(), CallFailure> {
    client.send(&call.parameter(TAGGING, ""), document).map(drop)
}
