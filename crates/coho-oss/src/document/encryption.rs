//! `ServerSideEncryptionRule` (PutBucketEncryption, GetBucketEncryption).

use crate::{
    Element, XmlWriter, read_document,
    server_side_encryption::{AskedEncryption, EncryptionNames},
};
use coho_model::{BucketEncryption, RequestRefusal};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

const NAMES: EncryptionNames =
    EncryptionNames { algorithm: "SSEAlgorithm", key_id: "KMSMasterKeyID", data_encryption: "KMSDataEncryption" };

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<BucketEncryption, RequestRefusal> {
    let root = read_document(body, "ServerSideEncryptionRule", MAX_BYTES)?;
    let missing = |name| RequestRefusal::malformed_document(format!("{name} is missing"));
    let rule = root.child("ApplyServerSideEncryptionByDefault")?;
    let rule = rule.ok_or_else(|| missing("ApplyServerSideEncryptionByDefault"))?;
    let text = |name| rule.child(name).map(|element| element.map_or("", Element::trimmed));
    let asked = AskedEncryption {
        algorithm: text(NAMES.algorithm)?,
        key_id: text(NAMES.key_id)?,
        data_encryption: text(NAMES.data_encryption)?,
    };
    let algorithm = asked.judge(NAMES)?.ok_or_else(|| missing(NAMES.algorithm))?;
    Ok(BucketEncryption { algorithm })
}

/// Writes the response.
pub fn to_xml(encryption: BucketEncryption) -> Vec<u8> {
    XmlWriter::document("ServerSideEncryptionRule", 256, |w| {
        w.element("ApplyServerSideEncryptionByDefault", |w| w.text(NAMES.algorithm, encryption.algorithm.as_str()));
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OssError;
    use coho_model::SseAlgorithm;

    #[test]
    fn what_is_written_is_read() {
        let encryption = BucketEncryption { algorithm: SseAlgorithm::Aes256 };
        assert_eq!(parse(&to_xml(encryption)), Ok(encryption));
    }

    #[test]
    fn rules_that_cannot_be_kept_are_refused_by_their_code() {
        let check = |rule: &str, expected: Result<(), &str>| {
            let body = format!("<ServerSideEncryptionRule>{rule}</ServerSideEncryptionRule>");
            let code = parse(body.as_bytes()).map(drop).map_err(|refusal| OssError::from(refusal).code.to_string());
            assert_eq!(code, expected.map_err(str::to_owned), "{rule}");
        };
        let by_default =
            |inner: &str| format!("<ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault>");
        let algorithm = |name: &str| format!("<SSEAlgorithm>{name}</SSEAlgorithm>");
        check(&by_default(&algorithm("AES256")), Ok(()));
        check(&by_default(&(algorithm("AES256") + "<KMSMasterKeyID></KMSMasterKeyID>")), Ok(()));
        check(&by_default(&(algorithm("AES256") + "<KMSMasterKeyID>k</KMSMasterKeyID>")), Err("InvalidArgument"));
        check(
            &by_default(&(algorithm("AES256") + "<KMSDataEncryption>SM4</KMSDataEncryption>")),
            Err("InvalidArgument"),
        );
        check(&by_default(&algorithm("KMS")), Err("KmsServiceNotEnabled"));
        check(&by_default(&algorithm("SM4")), Err("InvalidEncryptionAlgorithmError"));
        check(&by_default(&algorithm("DES")), Err("InvalidEncryptionAlgorithmError"));
        check(&by_default(&algorithm(&"A".repeat(60_000))), Err("InvalidEncryptionAlgorithmError"));
        check(&by_default(&algorithm("")), Err("MalformedXML"));
        check(&by_default(""), Err("MalformedXML"));
        check("", Err("MalformedXML"));
        check(&by_default(&(algorithm("AES256") + &algorithm("AES256"))), Err("MalformedXML"));
        check(&by_default(&algorithm(&"A".repeat(70_000))), Err("MalformedXML"));
    }
}
