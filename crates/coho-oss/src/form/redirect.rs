//! `success_action_redirect`: where a browser goes after an upload.

use coho_model::{BucketName, ETag, ObjectKey};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays in the value of a parameter.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Most bytes of a URL that a form names.
const MAX_URL_BYTES: usize = 8 * 1024;

/// The URL with bucket, key and entity tag as parameters; `None` if it is not an absolute URL of HTTP: then no redirect is made.
pub fn redirect_url(url: &str, bucket: &BucketName, key: &ObjectKey, etag: ETag) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let is_absolute = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    if !is_absolute || url.len() > MAX_URL_BYTES {
        return None;
    }
    let (address, fragment) = url.split_once('#').map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let encoded = |text: &str| utf8_percent_encode(text, VALUE).to_string();
    let (bucket, key, etag) = (bucket.as_str(), encoded(key.as_str()), encoded(&etag.quoted()));
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{address}{separator}bucket={bucket}&etag={etag}&key={key}{fragment}"))
}
