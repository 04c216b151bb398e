//! Listings of versions.

use super::{
    CallFailure, OssCall, OssClient, OssUrl, document,
    listing::name,
    number,
    pages::{MAX_PAGE_BYTES, PAGE_OBJECTS, Page, Pages},
    text,
};
use coho_oss::Element;
use http::Method;
use serde::Serialize;

/// A version or delete marker as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct ShownVersion {
    pub(in crate::cli) key: String,
    pub(in crate::cli) version_id: String,
    pub(in crate::cli) is_latest: bool,
    pub(in crate::cli) is_delete_marker: bool,
    /// None for a delete marker.
    pub(in crate::cli) size: Option<u64>,
    pub(in crate::cli) last_modified: String,
    pub(in crate::cli) etag: String,
    pub(in crate::cli) storage_class: String,
}

/// One page.
#[derive(Debug, Default)]
pub(in crate::cli) struct ShownVersions {
    pub(in crate::cli) versions: Vec<ShownVersion>,
    /// Common prefixes of keys that are not listed themselves.
    pub(in crate::cli) prefixes: Vec<String>,
    /// Key and version id that the next page begins after.
    next: Option<(String, String)>,
}

/// The pages of the versions of keys that begin with a text.
pub(in crate::cli) type VersionListing<'a> = Pages<'a, ShownVersions>;

impl Page for ShownVersions {
    type Marker = (String, String);

    fn read(
        client: &OssClient,
        url: &OssUrl,
        delimiter: &str,
        after: Option<&Self::Marker>,
    ) -> Result<Self, CallFailure> {
        let mut call = OssCall::bucket(Method::GET, &url.bucket)
            .parameter("versions", "")
            .parameter("encoding-type", "url")
            .parameter("max-keys", PAGE_OBJECTS);
        let (key, version) = after.map_or(("", ""), |(key, version)| (key, version));
        for (name, value) in [
            ("prefix", url.key.as_str()),
            ("delimiter", delimiter),
            ("key-marker", key),
            ("version-id-marker", version),
        ] {
            if !value.is_empty() {
                call = call.parameter(name, value);
            }
        }
        parse(&client.document(&call, MAX_PAGE_BYTES)?)
    }

    fn next(&self) -> Option<&Self::Marker> {
        self.next.as_ref()
    }
}

fn parse(body: &[u8]) -> Result<ShownVersions, CallFailure> {
    let root = document(body, "ListVersionsResult", MAX_PAGE_BYTES)?;
    let is_encoded = text(&root, "EncodingType") == "url";
    let mut page = ShownVersions::default();
    for child in root.children() {
        match child.name() {
            "Version" => page.versions.push(version(child, is_encoded, false)?),
            "DeleteMarker" => page.versions.push(version(child, is_encoded, true)?),
            "CommonPrefixes" => page.prefixes.push(name(child, "Prefix", is_encoded)?),
            _ => {}
        }
    }
    if text(&root, "IsTruncated").trim() == "true" {
        let key = name(&root, "NextKeyMarker", is_encoded)?;
        if key.is_empty() {
            return Err(CallFailure::Unusable("the listing is truncated and has no NextKeyMarker".into()));
        }
        page.next = Some((key, text(&root, "NextVersionIdMarker").to_owned()));
    }
    Ok(page)
}

fn version(element: &Element<'_>, is_encoded: bool, is_delete_marker: bool) -> Result<ShownVersion, CallFailure> {
    let owned = |name| text(element, name).to_owned();
    Ok(ShownVersion {
        key: name(element, "Key", is_encoded)?,
        version_id: owned("VersionId"),
        is_latest: text(element, "IsLatest") == "true",
        is_delete_marker,
        size: if is_delete_marker { None } else { Some(number(element, "Size")?) },
        last_modified: owned("LastModified"),
        etag: text(element, "ETag").trim_matches('"').to_owned(),
        storage_class: owned("StorageClass"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_versions_and_delete_markers_in_their_order() {
        let page = parse(
            b"<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
              <NextKeyMarker>a%2Fb</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>\
              <DeleteMarker><Key>a%2Fb</Key><VersionId>V2</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
              <Version><Key>a%2Fb</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><Size>3</Size></Version>\
              <CommonPrefixes><Prefix>d%2F</Prefix></CommonPrefixes></ListVersionsResult>",
        )
        .unwrap();
        let shown: Vec<_> =
            page.versions.iter().map(|version| (&*version.version_id, version.size, version.is_latest)).collect();
        assert_eq!(shown, [("V2", None, true), ("null", Some(3), false)]);
        assert_eq!((page.next, page.prefixes), (Some(("a/b".into(), "null".into())), vec!["d/".to_owned()]));
    }

    #[test]
    fn a_page_that_says_too_little_is_refused() {
        for wrong in ["<IsTruncated>true</IsTruncated>", "<Version><Key>a</Key></Version>"] {
            assert!(parse(format!("<ListVersionsResult>{wrong}</ListVersionsResult>").as_bytes()).is_err(), "{wrong}");
        }
    }
}
