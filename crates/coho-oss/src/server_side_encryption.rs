//! How a request wants an object encrypted: in headers, in the fields of a form, or in the rule of a bucket, by the same words.
//!
//! OSS has keys of its own (AES256, SM4) and those of its key management service (KMS). Here are the former, and of them AES256.

use crate::header;
use coho_model::{RequestRefusal, SseAlgorithm};
use http::{HeaderMap, HeaderName};

/// The words of a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct AskedEncryption<'a> {
    /// `x-oss-server-side-encryption`, `SSEAlgorithm`.
    pub algorithm: &'a str,
    /// `x-oss-server-side-encryption-key-id`, `KMSMasterKeyID`.
    pub key_id: &'a str,
    /// `x-oss-server-side-data-encryption`, `KMSDataEncryption`.
    pub data_encryption: &'a str,
}

/// What the words of a request are called, in its errors.
#[derive(Debug, Clone, Copy)]
pub struct EncryptionNames {
    /// The algorithm.
    pub algorithm: &'static str,
    /// The key.
    pub key_id: &'static str,
    /// The algorithm of the data, with a key of the service.
    pub data_encryption: &'static str,
}

/// In headers, and in the fields of a form.
pub const HEADER_NAMES: EncryptionNames = EncryptionNames {
    algorithm: "x-oss-server-side-encryption",
    key_id: "x-oss-server-side-encryption-key-id",
    data_encryption: "x-oss-server-side-data-encryption",
};

/// The headers of [`HEADER_NAMES`].
pub(crate) const HEADERS: [HeaderName; 3] =
    [header::SERVER_SIDE_ENCRYPTION, header::SERVER_SIDE_ENCRYPTION_KEY_ID, header::SERVER_SIDE_DATA_ENCRYPTION];

impl AskedEncryption<'_> {
    /// What is asked for; `None` if nothing is.
    ///
    /// # Errors
    /// For an algorithm that OSS does not have, or Coho does not; and for a key of the service without its algorithm.
    pub fn judge(self, names: EncryptionNames) -> Result<Option<SseAlgorithm>, RequestRefusal> {
        match self.algorithm {
            // OSS answers a key of the service in the same way, whether or not it exists.
            "KMS" => Err(RequestRefusal::KmsNotEnabled),
            "" | "AES256" => {
                for (name, value) in [(names.key_id, self.key_id), (names.data_encryption, self.data_encryption)] {
                    if !value.is_empty() {
                        return Err(RequestRefusal::ForKmsAlone { name, value: value.into() });
                    }
                }
                Ok((!self.algorithm.is_empty()).then_some(SseAlgorithm::Aes256))
            }
            other => Err(RequestRefusal::UnsupportedEncryption { name: names.algorithm, value: other.into() }),
        }
    }
}

/// What the headers of a request ask for.
///
/// # Errors
/// As [`AskedEncryption::judge`].
pub fn of_headers(headers: &HeaderMap) -> Result<Option<SseAlgorithm>, RequestRefusal> {
    let texts = HEADERS.map(|name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())));
    let [algorithm, key_id, data_encryption] = texts.each_ref().map(|text| text.as_deref().unwrap_or_default().trim());
    AskedEncryption { algorithm, key_id, data_encryption }.judge(HEADER_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OssError;

    #[test]
    fn one_algorithm_is_taken_and_every_other_word_has_its_error() {
        let check = |words: [&str; 3], expected: Result<Option<SseAlgorithm>, &str>| {
            let [algorithm, key_id, data_encryption] = words;
            let judged = AskedEncryption { algorithm, key_id, data_encryption }.judge(HEADER_NAMES);
            let judged = judged.map_err(|refusal| OssError::from(refusal).code.to_string());
            assert_eq!(judged, expected.map_err(str::to_owned), "{words:?}");
        };
        check(["", "", ""], Ok(None));
        check(["AES256", "", ""], Ok(Some(SseAlgorithm::Aes256)));
        for words in [["KMS", "", ""], ["KMS", "key", ""], ["KMS", "key", "SM4"]] {
            check(words, Err("KmsServiceNotEnabled"));
        }
        for algorithm in ["aes256", "SM4", "DES", "AES", "AES256 AES256", "\u{fffd}"] {
            check([algorithm, "", ""], Err("InvalidEncryptionAlgorithmError"));
        }
        for words in [["AES256", "key", ""], ["AES256", "", "SM4"], ["", "key", ""], ["", "", "SM4"]] {
            check(words, Err("InvalidArgument"));
        }
    }

    #[test]
    fn headers_are_read_by_their_names() {
        let check = |pairs: &[(&str, &[u8])], expected: Option<Option<SseAlgorithm>>| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name.parse::<HeaderName>().unwrap(), http::HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(of_headers(&headers).ok(), expected, "{pairs:?}");
        };
        check(&[], Some(None));
        check(&[("x-oss-server-side-encryption", b" AES256 ")], Some(Some(SseAlgorithm::Aes256)));
        check(&[("x-oss-server-side-encryption", b"")], Some(None));
        check(&[("x-oss-server-side-encryption", b"\xff")], None);
        check(&[("x-oss-server-side-encryption-key-id", b"k")], None);
        check(&[("x-oss-server-side-data-encryption", b"SM4")], None);
    }
}
