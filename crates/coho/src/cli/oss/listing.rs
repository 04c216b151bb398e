//! Listings of objects.

use super::{
    CallFailure, OssCall, OssClient, OssUrl, document, number,
    pages::{MAX_PAGE_BYTES, PAGE_OBJECTS, Page, Pages},
    text,
};
use coho_oss::Element;
use http::Method;
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct ListedObject {
    pub(in crate::cli) key: String,
    pub(in crate::cli) size: u64,
    pub(in crate::cli) last_modified: String,
    pub(in crate::cli) etag: String,
    pub(in crate::cli) storage_class: String,
    #[serde(rename = "type")]
    pub(in crate::cli) object_type: String,
}

/// One page.
#[derive(Debug, Default)]
pub(in crate::cli) struct ListPage {
    pub(in crate::cli) objects: Vec<ListedObject>,
    /// Common prefixes of keys that are not listed themselves.
    pub(in crate::cli) prefixes: Vec<String>,
    next: Option<String>,
}

/// The pages of the keys that begin with a text.
pub(in crate::cli) type Listing<'a> = Pages<'a, ListPage>;

impl Page for ListPage {
    type Marker = String;

    fn read(client: &OssClient, url: &OssUrl, delimiter: &str, after: Option<&String>) -> Result<Self, CallFailure> {
        let mut call = OssCall::bucket(Method::GET, &url.bucket)
            .parameter("list-type", 2)
            .parameter("encoding-type", "url")
            .parameter("max-keys", PAGE_OBJECTS);
        for (name, value) in [("prefix", url.key.as_str()), ("delimiter", delimiter)] {
            if !value.is_empty() {
                call = call.parameter(name, value);
            }
        }
        if let Some(token) = after {
            call = call.parameter("continuation-token", token);
        }
        parse(&client.document(&call, MAX_PAGE_BYTES)?)
    }

    fn next(&self) -> Option<&String> {
        self.next.as_ref()
    }
}

fn parse(body: &[u8]) -> Result<ListPage, CallFailure> {
    let root = document(body, "ListBucketResult", MAX_PAGE_BYTES)?;
    let is_encoded = text(&root, "EncodingType") == "url";
    let mut page = ListPage::default();
    for child in root.children() {
        match child.name() {
            "Contents" => page.objects.push(object(child, is_encoded)?),
            "CommonPrefixes" => page.prefixes.push(name(child, "Prefix", is_encoded)?),
            _ => {}
        }
    }
    if text(&root, "IsTruncated").trim() == "true" {
        let token = text(&root, "NextContinuationToken");
        if token.is_empty() {
            return Err(CallFailure::Unusable("the listing is truncated and has no NextContinuationToken".into()));
        }
        page.next = Some(token.to_owned());
    }
    Ok(page)
}

fn object(element: &Element<'_>, is_encoded: bool) -> Result<ListedObject, CallFailure> {
    let owned = |name| text(element, name).to_owned();
    Ok(ListedObject {
        key: name(element, "Key", is_encoded)?,
        size: number(element, "Size")?,
        last_modified: owned("LastModified"),
        etag: text(element, "ETag").trim_matches('"').to_owned(),
        storage_class: owned("StorageClass"),
        object_type: owned("Type"),
    })
}

/// A name; clients of OSS read an encoded plus sign as a space, so that stores encode both.
pub(in crate::cli) fn name(element: &Element<'_>, child: &str, is_encoded: bool) -> Result<String, CallFailure> {
    let name = text(element, child);
    if !is_encoded {
        return Ok(name.to_owned());
    }
    let spaced = name.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(name) => Ok(name.into_owned()),
        Err(_) => Err(CallFailure::Unusable(format!("the name {name} in the answer is not UTF-8"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(inner: &str) -> Result<ListPage, CallFailure> {
        parse(format!("<ListBucketResult>{inner}</ListBucketResult>").as_bytes())
    }

    #[test]
    fn a_page_is_read_with_its_encoding() {
        let read = page(
            "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
             <Contents><Key>a%2Bb+c%0A%C3%A9</Key><Size>3</Size><ETag>\"5D\"</ETag></Contents>\
             <CommonPrefixes><Prefix>d%2F</Prefix></CommonPrefixes>",
        )
        .unwrap();
        assert_eq!((&*read.objects[0].key, read.objects[0].size, &*read.objects[0].etag), ("a+b c\né", 3, "5D"));
        assert_eq!((read.prefixes, read.next.as_deref()), (vec!["d/".to_owned()], Some("t")));
        let plain = page("<Contents><Key>a%2Bb+c</Key><Size>0</Size></Contents>").unwrap();
        assert_eq!((&*plain.objects[0].key, plain.next), ("a%2Bb+c", None));
    }

    #[test]
    fn a_page_that_says_too_little_is_refused() {
        for wrong in [
            "<IsTruncated>true</IsTruncated>",
            "<Contents><Key>a</Key></Contents>",
            "<Contents><Key>a</Key><Size>-1</Size></Contents>",
            "<EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size></Contents>",
        ] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }
}
