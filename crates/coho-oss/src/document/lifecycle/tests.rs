use super::*;
use crate::OssError;
use coho_model::{Lifecycle, RequestRefusal};
use proptest::prelude::*;

fn rules(xml: &str) -> Result<Lifecycle, RequestRefusal> {
    let document = format!("<LifecycleConfiguration>{xml}</LifecycleConfiguration>");
    parse(document.as_bytes(), || "made".to_owned())
}

/// A document is given back as it was put; a rule without an id has the one that was made.
#[test]
fn what_was_put_is_given_back() {
    for xml in [
        "<Rule><ID>r</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>90</Days></Expiration></Rule>",
        "<Rule><ID>r 日</ID><Prefix></Prefix><Status>Disabled</Status>\
         <Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value></Value></Tag>\
         <Filter><Not><Prefix>log</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Not><Not><Prefix>tmp</Prefix></Not>\
         <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><ObjectSizeLessThan>64000</ObjectSizeLessThan></Filter>\
         <Expiration><CreatedBeforeDate>2022-10-12T00:00:00.000Z</CreatedBeforeDate></Expiration>\
         <Transition><Days>10</Days><StorageClass>IA</StorageClass><IsAccessTime>false</IsAccessTime></Transition>\
         <Transition><Days>20</Days><StorageClass>DeepColdArchive</StorageClass></Transition></Rule>",
        "<Rule><ID>a</ID><Prefix>x</Prefix><Status>Enabled</Status><Expiration><Date>2022-10-12T00:00:00.000Z</Date></Expiration>\
         <AbortMultipartUpload><Days>3</Days></AbortMultipartUpload></Rule>\
         <Rule><ID>b</ID><Prefix>y</Prefix><Status>Enabled</Status>\
         <AbortMultipartUpload><CreatedBeforeDate>2022-10-12T00:00:00.000Z</CreatedBeforeDate></AbortMultipartUpload></Rule>",
        "<Rule><ID>a</ID><Prefix>x</Prefix><Status>Enabled</Status>\
         <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
         <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>\
         <NoncurrentVersionTransition><NoncurrentDays>10</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition>\
         <NoncurrentVersionTransition><NoncurrentDays>20</NoncurrentDays><StorageClass>Archive</StorageClass>\
         <IsAccessTime>false</IsAccessTime></NoncurrentVersionTransition></Rule>",
    ] {
        let written = String::from_utf8(to_xml(&rules(xml).unwrap())).unwrap();
        assert!(written.ends_with(&format!("<LifecycleConfiguration>{xml}</LifecycleConfiguration>")), "{written}");
    }
    let expiration = "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration>";
    for id in ["", "<ID/>", "<ID></ID>"] {
        assert_eq!(rules(&format!("<Rule>{id}{expiration}</Rule>")).unwrap().rules[0].id, "made");
    }
}

#[test]
fn a_faulty_document_is_refused_with_oss_s_code_and_number() {
    let expiration = |time: &str| format!("<Rule><Status>Enabled</Status><Expiration>{time}</Expiration></Rule>");
    let moves = |inner: &str| format!("<Rule><Status>Enabled</Status><Transition>{inner}</Transition></Rule>");
    let rule = |inner: &str| format!("<Rule><Status>Enabled</Status>{inner}</Rule>");
    let noncurrent =
        |what: &str, inner: &str| rule(&format!("<NoncurrentVersion{what}>{inner}</NoncurrentVersion{what}>"));
    let sized = |bytes: &str| {
        rule(&format!(
            "<Filter><ObjectSizeLessThan>{bytes}</ObjectSizeLessThan></Filter><Expiration><Days>1</Days></Expiration>"
        ))
    };
    let both = "<Days>1</Days><CreatedBeforeDate>2022-10-12T00:00:00.000Z</CreatedBeforeDate>";
    for (xml, code, ec) in [
        (expiration("<Days>0</Days>"), "InvalidArgument", "0014-00000086"),
        (expiration("<Days>-100</Days>"), "InvalidArgument", "0014-00000086"),
        (expiration("<Days>1.5</Days>"), "InvalidArgument", "0014-00000086"),
        (expiration("<Days>36501</Days>"), "InvalidArgument", "0014-00000086"),
        (expiration("<Days>99999999999999999999</Days>"), "InvalidArgument", "0014-00000086"),
        (expiration("<CreatedBeforeDate>2022-12-08</CreatedBeforeDate>"), "InvalidArgument", "0014-00000087"),
        (
            expiration("<CreatedBeforeDate>2022-12-08T00:00:01.000Z</CreatedBeforeDate>"),
            "InvalidArgument",
            "0014-00000087",
        ),
        (expiration(""), "MalformedXML", "0014-00000060"),
        (expiration("<ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker>"), "MalformedXML", "0014-00000060"),
        (expiration(both), "MalformedXML", "0014-00000061"),
        (moves(&format!("{both}<StorageClass>IA</StorageClass>")), "MalformedXML", "0014-00000050"),
        (moves("<Days>30</Days><StorageClass>test</StorageClass>"), "InvalidArgument", "0014-00000044"),
        (moves("<Days>30</Days>"), "InvalidArgument", "0014-00000044"),
        (moves("<StorageClass>IA</StorageClass>"), "MalformedXML", ""),
        (sized("x"), "InvalidArgument", ""),
        (rule("<AbortMultipartUpload></AbortMultipartUpload>"), "MalformedXML", ""),
        ("<Rule><Expiration><Days>1</Days></Expiration></Rule>".into(), "MalformedXML", ""),
        ("<Rule><Status>enabled</Status><Expiration><Days>1</Days></Expiration></Rule>".into(), "MalformedXML", ""),
        (rule("<Expiration><Days>1</Days></Expiration><Expiration><Days>1</Days></Expiration>"), "MalformedXML", ""),
        (rule("<Tag><Value>v</Value></Tag><Expiration><Days>1</Days></Expiration>"), "MalformedXML", ""),
        (rule("<Unknown/><Expiration><Days>1</Days></Expiration>"), "MalformedXML", ""),
        ("<Rules/>".into(), "MalformedXML", ""),
        (
            expiration("<Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"),
            "MalformedXML",
            "0014-00000061",
        ),
        (expiration("<ExpiredObjectDeleteMarker>yes</ExpiredObjectDeleteMarker>"), "MalformedXML", ""),
        (rule("<NoncurrentVersionExpiration/>"), "MalformedXML", ""),
        (noncurrent("Expiration", "<NoncurrentDays>0</NoncurrentDays>"), "InvalidArgument", "0014-00000086"),
        (noncurrent("Expiration", "<Days>1</Days>"), "MalformedXML", ""),
        (
            noncurrent(
                "Expiration",
                "<NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions>",
            ),
            "MalformedXML",
            "",
        ),
        (noncurrent("Expiration", &"<NoncurrentDays>1</NoncurrentDays>".repeat(2)), "MalformedXML", ""),
        (noncurrent("Transition", "<NoncurrentDays>1</NoncurrentDays>"), "InvalidArgument", "0014-00000044"),
        (noncurrent("Transition", "<StorageClass>IA</StorageClass>"), "MalformedXML", ""),
        (
            noncurrent(
                "Transition",
                "<NoncurrentDays>1</NoncurrentDays><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime>",
            ),
            "NotImplemented",
            "",
        ),
        (rule("<AtimeBase>1</AtimeBase>"), "NotImplemented", ""),
        (moves("<Days>1</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime>"), "NotImplemented", ""),
        (
            moves("<Days>1</Days><StorageClass>IA</StorageClass><AllowSmallFile>true</AllowSmallFile>"),
            "NotImplemented",
            "",
        ),
    ] {
        let error = OssError::from(rules(&xml).unwrap_err());
        assert_eq!(error.code.as_str(), code, "{xml}: {error}");
        assert!(ec.is_empty() || error.ec == ec, "{xml}: {}", error.ec);
    }
    assert!(parse(&vec![b' '; MAX_BYTES + 1], String::new).is_err());
}

#[test]
fn the_header_names_the_date_and_the_rule() {
    let lifecycle = |id: &str| {
        rules(&format!(
            "<Rule><ID>{id}</ID><Status>Enabled</Status><Expiration><Date>2020-08-10T00:00:00.000Z</Date></Expiration></Rule>"
        ))
    };
    for (id, shown) in [("6f36f853", "6f36f853"), ("a \"b\" é", "a %22b%22 %C3%A9"), ("a&#10;b", "a%0Ab")] {
        let lifecycle = lifecycle(id).unwrap();
        let due = coho_model::LifecycleDue {
            rule: &lifecycle.rules[0],
            at: coho_model::Timestamp::parse_iso8601("2020-08-10T00:00:00Z").unwrap(),
        };
        let expected = format!("expiry-date=\"Mon, 10 Aug 2020 00:00:00 GMT\", rule-id=\"{shown}\"");
        assert_eq!(expiration_header(&due), expected);
    }
}

proptest! {
    /// What is read is written so that it is read again, and nothing panics.
    #[test]
    fn any_document_is_refused_or_survives_a_round_trip(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<Rule>", "</Rule>", "<Status>Enabled</Status>", "<Expiration><Days>1</Days></Expiration>", "<ID>a</ID>",
                "<Prefix>é</Prefix>", "<Tag><Key>k</Key></Tag>", "<Filter><Not><Prefix>é1</Prefix></Not></Filter>", "<Transition>",
                "</Transition>", "<Days>7</Days>", "<NoncurrentVersionTransition>", "</NoncurrentVersionTransition>",
                "<NoncurrentDays>7</NoncurrentDays>",
                "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>", "<StorageClass>IA</StorageClass>", "<![CDATA[x]]>", "<Filter/>", "&lt;",
            ]),
            0..12,
        ),
    ) {
        if let Ok(lifecycle) = rules(&parts.concat()) {
            let _ = lifecycle.validate(false);
            prop_assert_eq!(parse(&to_xml(&lifecycle), || "other".to_owned()).unwrap(), lifecycle);
        }
    }
}
