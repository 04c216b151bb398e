use super::{delete_multiple_objects::DeletedItem, *};
use crate::{ErrorCode, OssError};
use coho_model::{
    BucketAcl, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, Crc64, DataRedundancy, ETag, Listed,
    ListedPart, ListedVersion, ObjectAcl, ObjectHeaders, ObjectKey, ObjectSummary, ObjectType, ObjectVersion,
    PartRecord, Query, RequestRefusal, StorageClass, Timestamp, UploadId, UploadRecord, VersionId, VersionSummary,
    Versioning,
};
use std::sync::Arc;

const TAG: ETag = ETag { bits: [0xab; 16], parts: 0 };
const TAG_TEXT: &str = "\"ABABABABABABABABABABABABABABABAB\"";
const DATE: &str = "2012-02-24T08:42:32.000Z";
const OWNER: &str = "<Owner><ID>me</ID><DisplayName>me</DisplayName></Owner>";

fn at() -> Timestamp {
    Timestamp::from_unix_ms(1_330_072_952_000)
}

fn name() -> BucketName {
    BucketName::parse("bucket").unwrap()
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

fn bucket() -> BucketRecord {
    BucketRecord {
        id: BucketId(1),
        name: name(),
        owner: "me".into(),
        created: at(),
        acl: BucketAcl::PublicRead,
        storage_class: StorageClass::Standard,
        redundancy: DataRedundancy::Lrs,
        website: None,
        mirror: coho_model::MirrorPolicy::default(),
        configurations: Default::default(),
    }
}

const PLACEMENT: Placement<'_> = Placement { region: "cn-hangzhou", endpoint: "oss.test:9000" };

fn object(text: &str) -> ObjectSummary {
    let object_type = ObjectType::Normal;
    let (storage_class, restore) = (StorageClass::Ia, None);
    ObjectSummary { key: key(text), size: 5, etag: TAG, object_type, storage_class, restore, modified: at() }
}

fn upload(text: &str) -> UploadRecord {
    UploadRecord {
        id: UploadId(0xab),
        key: key(text),
        initiated: at(),
        headers: ObjectHeaders::new(),
        acl: ObjectAcl::Default,
        storage_class: StorageClass::Standard,
        forbid_overwrite: false,
        is_sequential: false,
        attributes: None,
    }
}

/// The content of a document after its declaration.
#[track_caller]
fn check(body: Vec<u8>, expected: &str) {
    let text = String::from_utf8(body).unwrap();
    let expected = expected.replace("DATE", DATE).replace("TAG", TAG_TEXT).replace("OWNER", OWNER);
    assert_eq!(text, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{expected}"));
}

fn page(truncated: bool) -> Collapsed<ObjectSummary> {
    let entries = vec![Listed::Row(object("a b&c")), Listed::Prefix("d/".into())];
    Collapsed { entries, next: truncated.then(|| "d/".to_owned()) }
}

/// The code of a refusal.
fn code_of<T: std::fmt::Debug>(refused: Result<T, RequestRefusal>) -> ErrorCode {
    OssError::from(refused.unwrap_err()).code
}

#[test]
fn tags_are_read_and_written() {
    use coho_model::{InvalidTags, TagSet, Tagged};
    let read = |set: &str| tagging::parse(format!("<Tagging>{set}</Tagging>").as_bytes(), Tagged::Object);
    let tags = read("<TagSet><Tag><Key> a</Key><Value>1</Value></Tag><New/><Tag><Key>b</Key></Tag></TagSet>").unwrap();
    assert_eq!(tags.iter().collect::<Vec<_>>(), [(" a", "1"), ("b", "")]);
    let written = String::from_utf8(tagging::to_xml(&tags)).unwrap();
    assert!(written.ends_with(
        "<Tagging><TagSet><Tag><Key> a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value></Value></Tag></TagSet></Tagging>"
    ));
    assert_eq!(tagging::parse(written.as_bytes(), Tagged::Object), Ok(tags));
    assert_eq!(read("<TagSet/>"), Ok(TagSet::default()));
    let twice = read("<TagSet><Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag></TagSet>");
    assert_eq!(twice, Err(InvalidTags::Repeated("a".into()).into()));
    for malformed in [
        "",
        "<TagSet/><TagSet/>",
        "<TagSet><Tag/></TagSet>",
        "<TagSet><Tag><Value>1</Value></Tag></TagSet>",
        "<TagSet><Tag><Key>a</Key><Key>b</Key></Tag></TagSet>",
    ] {
        assert!(matches!(read(malformed), Err(RequestRefusal::MalformedDocument { .. })), "{malformed}");
    }
}

#[test]
fn lists_of_buckets_always_have_a_buckets_element() {
    let owner = Owner::new("me");
    let page = Some(list_buckets::BucketPaging { prefix: "b", marker: "", max_keys: 1, next_marker: Some("bucket") });
    let empty = list_buckets::ListBuckets { owner, page: None, placement: PLACEMENT, buckets: &[] };
    check(list_buckets::to_xml(&empty), "<ListAllMyBucketsResult>OWNER<Buckets></Buckets></ListAllMyBucketsResult>");
    let buckets = [Arc::new(bucket())];
    check(
        list_buckets::to_xml(&list_buckets::ListBuckets { page, buckets: &buckets, ..empty }),
        "<ListAllMyBucketsResult><Prefix>b</Prefix><Marker></Marker><MaxKeys>1</MaxKeys><IsTruncated>true</IsTruncated>\
         <NextMarker>bucket</NextMarker>OWNER<Buckets><Bucket><CreationDate>DATE</CreationDate>\
         <ExtranetEndpoint>oss.test:9000</ExtranetEndpoint><IntranetEndpoint>oss.test:9000</IntranetEndpoint>\
         <Location>oss-cn-hangzhou</Location><Name>bucket</Name><Region>cn-hangzhou</Region>\
         <StorageClass>Standard</StorageClass></Bucket></Buckets></ListAllMyBucketsResult>",
    );
}

#[test]
fn lists_of_objects_show_owner_and_next_marker() {
    let (bucket, page) = (name(), page(true));
    let (naming, owner) = (Naming::Plain, Owner::new("me"));
    let list = list_objects::ListObjects {
        bucket: &bucket,
        prefix: "",
        marker: "a&",
        delimiter: "/",
        max_keys: 2,
        naming,
        now: at(),
        owner,
        page: &page,
    };
    check(
        list_objects::to_xml(&list),
        "<ListBucketResult><Name>bucket</Name><Prefix></Prefix><Marker>a&amp;</Marker><MaxKeys>2</MaxKeys>\
         <Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><NextMarker>d/</NextMarker><Contents><Key>a b&amp;c</Key>\
         <LastModified>DATE</LastModified><ETag>TAG</ETag><Type>Normal</Type><Size>5</Size>\
         <StorageClass>IA</StorageClass>OWNER</Contents><CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>\
         </ListBucketResult>",
    );
    let last = Collapsed { entries: vec![], next: None };
    check(
        list_objects::to_xml(&list_objects::ListObjects { naming: Naming::Url, page: &last, ..list }),
        "<ListBucketResult><Name>bucket</Name><Prefix></Prefix><Marker>a%26</Marker><MaxKeys>2</MaxKeys>\
         <Delimiter>%2F</Delimiter><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>",
    );
}

#[test]
fn list_objects_v2_counts_and_continues() {
    let (bucket, page) = (name(), page(true));
    let list = list_objects::ListObjectsV2 {
        bucket: &bucket,
        prefix: "p q",
        start_after: "s",
        continuation_token: Some("ZC8"),
        delimiter: "/",
        max_keys: 2,
        naming: Naming::Url,
        now: at(),
        owner: None,
        page: &page,
    };
    check(
        list_objects::v2_to_xml(&list),
        "<ListBucketResult><Name>bucket</Name><Prefix>p%20q</Prefix><StartAfter>s</StartAfter>\
         <ContinuationToken>ZC8</ContinuationToken><MaxKeys>2</MaxKeys><Delimiter>%2F</Delimiter>\
         <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
         <NextContinuationToken>ZC8</NextContinuationToken><Contents><Key>a%20b%26c</Key>\
         <LastModified>DATE</LastModified><ETag>TAG</ETag><Type>Normal</Type><Size>5</Size>\
         <StorageClass>IA</StorageClass></Contents><CommonPrefixes><Prefix>d%2F</Prefix></CommonPrefixes>\
         <KeyCount>2</KeyCount></ListBucketResult>",
    );
    let owned = list_objects::ListObjectsV2 { owner: Some(Owner::new("me")), ..list };
    assert!(String::from_utf8(list_objects::v2_to_xml(&owned)).unwrap().contains(OWNER));
}

#[test]
fn versions_and_delete_markers_are_listed_in_their_order() {
    let (bucket, marker) = (name(), ObjectVersion { sequence: 0xab, seed: Some(0xcd) });
    let objects = page(true).entries.into_iter().map(|entry| match entry {
        Listed::Row(object) => {
            let listed = ListedVersion::Object(object);
            Listed::Row(VersionSummary { version: ObjectVersion::default(), is_latest: false, listed })
        }
        Listed::Prefix(prefix) => Listed::Prefix(prefix),
    });
    let listed = ListedVersion::Marker { key: key("a b&c"), modified: at() };
    let deleted = Listed::Row(VersionSummary { version: marker, is_latest: true, listed });
    let entries: Vec<_> = std::iter::once(deleted).chain(objects).collect();
    let list = list_object_versions::ListObjectVersions {
        bucket: &bucket,
        prefix: "",
        key_marker: "a",
        version_id_marker: "null",
        delimiter: "",
        max_keys: 100,
        naming: Naming::Plain,
        now: at(),
        owner: Owner::new("me"),
        entries: &entries,
        next: Some(("d/", None)),
    };
    check(
        list_object_versions::to_xml(&list),
        "<ListVersionsResult><Name>bucket</Name><Prefix></Prefix><KeyMarker>a</KeyMarker>\
         <VersionIdMarker>null</VersionIdMarker><MaxKeys>100</MaxKeys><Delimiter></Delimiter>\
         <IsTruncated>true</IsTruncated><NextKeyMarker>d/</NextKeyMarker><NextVersionIdMarker></NextVersionIdMarker>\
         <DeleteMarker><Key>a b&amp;c</Key><VersionId>CAEQ00000000000000AB00000000000000CD</VersionId>\
         <IsLatest>true</IsLatest><LastModified>DATE</LastModified>OWNER</DeleteMarker>\
         <Version><Key>a b&amp;c</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>\
         <LastModified>DATE</LastModified><ETag>TAG</ETag><Type>Normal</Type><Size>5</Size>\
         <StorageClass>IA</StorageClass>OWNER</Version><CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>\
         </ListVersionsResult>",
    );
}

#[test]
fn lists_of_uploads_and_parts_show_their_markers() {
    let bucket = name();
    let entries = [Listed::Row(upload("k ey")), Listed::Prefix("p/".into())];
    let list = list_multipart_uploads::ListMultipartUploads {
        bucket: &bucket,
        prefix: "",
        delimiter: "/",
        key_marker: "a",
        upload_id_marker: "",
        max_uploads: 2,
        naming: Naming::Url,
        entries: &entries,
        next: Some(("k ey", Some(UploadId(0xab)))),
    };
    let id = UploadId(0xab).to_string();
    check(
        list_multipart_uploads::to_xml(&list),
        &format!(
            "<ListMultipartUploadsResult><EncodingType>url</EncodingType><Bucket>bucket</Bucket>\
             <KeyMarker>a</KeyMarker><UploadIdMarker></UploadIdMarker><NextKeyMarker>k%20ey</NextKeyMarker>\
             <NextUploadIdMarker>{id}</NextUploadIdMarker><Delimiter>%2F</Delimiter><Prefix></Prefix>\
             <MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated><Upload><Key>k%20ey</Key>\
             <UploadId>{id}</UploadId><StorageClass>Standard</StorageClass><Initiated>DATE</Initiated></Upload>\
             <CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes></ListMultipartUploadsResult>"
        ),
    );
    let markers = |list: &list_multipart_uploads::ListMultipartUploads<'_>| {
        let text = String::from_utf8(list_multipart_uploads::to_xml(list)).unwrap();
        let start = text.find("<NextKeyMarker>").unwrap();
        text[start..text.find("<Delimiter>").unwrap()].to_owned()
    };
    let whole = list_multipart_uploads::ListMultipartUploads { next: None, naming: Naming::Plain, ..list };
    let after = |key, id| format!("<NextKeyMarker>{key}</NextKeyMarker><NextUploadIdMarker>{id}</NextUploadIdMarker>");
    assert_eq!(markers(&whole), after("p/", ""));
    assert_eq!(
        markers(&list_multipart_uploads::ListMultipartUploads { entries: &entries[..1], ..whole }),
        after("k ey", &id)
    );
    assert_eq!(markers(&list_multipart_uploads::ListMultipartUploads { entries: &[], ..whole }), after("", ""));
    let part = PartRecord { number: 7, size: 9, etag: TAG, crc64: Crc64(42), modified: at(), extent: None };
    let (upload, naming) = (upload("k"), Naming::Plain);
    let list = list_parts::ListParts {
        bucket: &bucket,
        upload: &upload,
        part_number_marker: 1,
        max_parts: 1,
        naming,
        parts: &[part],
        truncated: true,
    };
    check(
        list_parts::to_xml(&list),
        &format!(
            "<ListPartsResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>{id}</UploadId>\
             <StorageClass>Standard</StorageClass><PartNumberMarker>1</PartNumberMarker>\
             <NextPartNumberMarker>7</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part>\
             <PartNumber>7</PartNumber><LastModified>DATE</LastModified><ETag>TAG</ETag>\
             <HashCrc64ecma>42</HashCrc64ecma><Size>9</Size></Part></ListPartsResult>"
        ),
    );
    let empty = list_parts::to_xml(&list_parts::ListParts { parts: &[], truncated: false, ..list });
    let text = String::from_utf8(empty).unwrap();
    assert!(text.contains("<NextPartNumberMarker></NextPartNumberMarker>"), "{text}");
}

#[test]
fn hosts_of_the_clouds_form_have_an_internal_endpoint() {
    for (endpoint, extranet, intranet) in [
        ("127.0.0.1:9000", "127.0.0.1:9000", "127.0.0.1:9000"),
        ("oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou-internal.aliyuncs.com"),
        (
            "oss-cn-hangzhou-internal.aliyuncs.com",
            "oss-cn-hangzhou.aliyuncs.com",
            "oss-cn-hangzhou-internal.aliyuncs.com",
        ),
        ("example.aliyuncs.com", "example.aliyuncs.com", "example.aliyuncs.com"),
    ] {
        let xml = bucket_info::to_xml(&bucket(), Owner::new("me"), Placement { region: "r", endpoint });
        let expected =
            format!("<ExtranetEndpoint>{extranet}</ExtranetEndpoint><IntranetEndpoint>{intranet}</IntranetEndpoint>");
        assert!(String::from_utf8(xml).unwrap().contains(&expected), "{endpoint}");
    }
}

#[test]
fn a_bucket_is_shown_as_by_oss() {
    check(
        bucket_info::to_xml(&bucket(), Owner::new("me"), PLACEMENT),
        "<BucketInfo><Bucket><AccessMonitor>Disabled</AccessMonitor><BlockPublicAccess>false</BlockPublicAccess>\
         <Comment></Comment><CreationDate>DATE</CreationDate><CrossRegionReplication>Disabled</CrossRegionReplication>\
         <DataRedundancyType>LRS</DataRedundancyType><ExtranetEndpoint>oss.test:9000</ExtranetEndpoint>\
         <IntranetEndpoint>oss.test:9000</IntranetEndpoint><Location>oss-cn-hangzhou</Location><Name>bucket</Name>\
         <ResourceGroupId>rg-default</ResourceGroupId><StorageClass>Standard</StorageClass>\
         <TransferAcceleration>Disabled</TransferAcceleration>OWNER<AccessControlList><Grant>public-read</Grant>\
         </AccessControlList><ServerSideEncryptionRule><SSEAlgorithm>None</SSEAlgorithm></ServerSideEncryptionRule>\
         <BucketPolicy><LogBucket></LogBucket><LogPrefix></LogPrefix></BucketPolicy></Bucket></BucketInfo>",
    );
    check(
        access_control_policy::to_xml(Owner::new("me"), "default"),
        "<AccessControlPolicy>OWNER<AccessControlList><Grant>default</Grant></AccessControlList></AccessControlPolicy>",
    );
    check(location::to_xml("cn-hangzhou"), "<LocationConstraint>oss-cn-hangzhou</LocationConstraint>");
    for (versioning, status) in [
        (Versioning::Off, ""),
        (Versioning::Enabled, "<Status>Enabled</Status>"),
        (Versioning::Suspended, "<Status>Suspended</Status>"),
    ] {
        let document = format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
        check(versioning::to_xml(versioning), &document);
        let parsed = versioning::parse(document.as_bytes());
        assert_eq!(parsed.ok(), Some(versioning).filter(|versioning| versioning.is_versioned()), "never back to off");
    }
    for status in ["<Status></Status>", "<Status>enabled</Status>", "<Status>Off</Status>"] {
        let document = format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
        assert_eq!(code_of(versioning::parse(document.as_bytes())), ErrorCode::MalformedXML, "{status}");
    }
    check(
        list_live_channel::to_xml("p", "m", 100),
        "<ListLiveChannelResult><Prefix>p</Prefix><Marker>m</Marker><MaxKeys>100</MaxKeys>\
         <IsTruncated>false</IsTruncated></ListLiveChannelResult>",
    );
    let stat = BucketStat { objects: 2, bytes: 30, uploads: 4, parts: 5, delete_markers: 6, ..BucketStat::default() };
    let text = String::from_utf8(bucket_stat::to_xml(&stat, at())).unwrap();
    assert!(text.contains(
        "<BucketStat><Storage>30</Storage><ObjectCount>2</ObjectCount><MultipartUploadCount>4</MultipartUploadCount>\
         <MultipartPartCount>5</MultipartPartCount><LiveChannelCount>0</LiveChannelCount>\
         <LastModifiedTime>1330072952</LastModifiedTime><StandardStorage>30</StandardStorage>"
    ));
    assert!(text.ends_with("<DeleteMarkerCount>6</DeleteMarkerCount></BucketStat>"), "{text}");
    let empty = String::from_utf8(bucket_stat::to_xml(&BucketStat::default(), at())).unwrap();
    assert!(empty.contains("<LastModifiedTime>0</LastModifiedTime>"), "{empty}");
}

#[test]
fn responses_about_one_object_are_those_of_oss() {
    let copied = "<LastModified>DATE</LastModified><ETag>TAG</ETag>";
    check(copy_result::object_to_xml(TAG, at()), &format!("<CopyObjectResult>{copied}</CopyObjectResult>"));
    check(copy_result::part_to_xml(TAG, at()), &format!("<CopyPartResult>{copied}</CopyPartResult>"));
    let (bucket, key) = (name(), key("a/b"));
    check(
        initiate_multipart_upload::to_xml(&bucket, &key, UploadId(0xab), Naming::Url),
        &format!(
            "<InitiateMultipartUploadResult><EncodingType>url</EncodingType><Bucket>bucket</Bucket>\
             <Key>a%2Fb</Key><UploadId>{}</UploadId></InitiateMultipartUploadResult>",
            UploadId(0xab)
        ),
    );
    let location = "http://h/bucket/a%2Fb";
    let naming = Naming::Plain;
    let done = complete_multipart_upload::CompletedUpload { location, bucket: &bucket, key: &key, etag: TAG, naming };
    check(
        complete_multipart_upload::to_xml(&done),
        "<CompleteMultipartUploadResult><Location>http://h/bucket/a%2Fb</Location><Bucket>bucket</Bucket>\
         <Key>a/b</Key><ETag>TAG</ETag></CompleteMultipartUploadResult>",
    );
}

#[test]
fn deletions_are_parsed_and_answered() {
    let body = "<Delete><Quiet>True</Quiet><Object><Key> a&amp;b</Key></Object>\
        <Object><Key>c</Key><VersionId>null</VersionId></Object></Delete>";
    let request = delete_multiple_objects::parse(body.as_bytes()).unwrap();
    assert!(request.quiet);
    check(
        delete_multiple_objects::to_xml(
            &[
                DeletedItem { item: &request.objects[0], marker: Some(VersionId::Null) },
                DeletedItem { item: &request.objects[1], marker: None },
            ],
            Naming::Url,
        ),
        "<DeleteResult><EncodingType>url</EncodingType><Deleted><Key>%20a%26b</Key><DeleteMarker>true</DeleteMarker>\
         <DeleteMarkerVersionId>null</DeleteMarkerVersionId></Deleted>\
         <Deleted><Key>c</Key><VersionId>null</VersionId></Deleted></DeleteResult>",
    );
    let many = |count| format!("<Delete>{}</Delete>", "<Object><Key>k</Key></Object>".repeat(count));
    assert_eq!(delete_multiple_objects::parse(many(1000).as_bytes()).unwrap().objects.len(), 1000);
    let refused = |body: &str, code| {
        assert_eq!(code_of(delete_multiple_objects::parse(body.as_bytes())), code, "{body:.80}");
    };
    refused(&many(1001), ErrorCode::MalformedXML);
    refused("<Delete></Delete>", ErrorCode::MalformedXML);
    refused("<Delete><Quiet>maybe</Quiet><Object><Key>k</Key></Object></Delete>", ErrorCode::MalformedXML);
    refused("<Delete><Object/></Delete>", ErrorCode::UserKeyMustBeSpecified);
    refused("<Delete><Object><Key>/k</Key></Object></Delete>", ErrorCode::InvalidObjectName);
    refused("<Delete><Object><Key>k</Key><Key>l</Key></Object></Delete>", ErrorCode::MalformedXML);
    refused(&" ".repeat(delete_multiple_objects::MAX_BYTES + 1), ErrorCode::MalformedXML);
}

#[test]
fn completions_list_their_parts() {
    let part = |number: &str, etag: &str| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    let parse = |parts: &str| {
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        complete_multipart_upload::parse(body.as_bytes())
    };
    let read = parse(&(part(" 2 ", TAG_TEXT) + &part("1", "junk"))).unwrap();
    assert_eq!(read, [ListedPart { number: 2, etag: Some(TAG) }, ListedPart { number: 1, etag: None }]);
    let refused = |parts: &str, code| assert_eq!(code_of(parse(parts)), code, "{parts:.80}");
    for number in ["0", "10001", "-1", "+1", "x", "", "1.0"] {
        refused(&part(number, "e"), ErrorCode::InvalidArgument);
    }
    assert_eq!(parse("").unwrap(), []);
    refused("<Part><ETag>e</ETag></Part>", ErrorCode::MalformedXML);
    refused("<Part><PartNumber>1</PartNumber></Part>", ErrorCode::MalformedXML);
    assert_eq!(parse(&part("1", "e").repeat(10_000)).unwrap().len(), 10_000);
    refused(&part("1", "e").repeat(10_001), ErrorCode::MalformedXML);
}

#[test]
fn the_body_of_put_bucket_is_optional() {
    use create_bucket::{CreateBucket, parse};
    assert_eq!(parse(b" \n"), Ok(CreateBucket::default()));
    assert_eq!(parse(b"<CreateBucketConfiguration/>"), Ok(CreateBucket::default()));
    let body =
        b"<CreateBucketConfiguration><LocationConstraint>oss-x</LocationConstraint><StorageClass>IA</StorageClass>\
        <DataRedundancyType>ZRS</DataRedundancyType><Other/></CreateBucketConfiguration>";
    let storage_class = Some(StorageClass::Ia);
    let location = Some("oss-x".into());
    assert_eq!(parse(body), Ok(CreateBucket { storage_class, redundancy: Some(DataRedundancy::Zrs), location }));
    let error = parse(b"<CreateBucketConfiguration><StorageClass>Gold</StorageClass></CreateBucketConfiguration>");
    assert_eq!(code_of(error), ErrorCode::InvalidArgument);
    assert_eq!(code_of(parse(b"<Create/>")), ErrorCode::MalformedXML);
}

#[test]
fn continuation_tokens_are_parsed_strictly() {
    for last in ["a", "d/", "中\u{1}", &"k".repeat(1023)] {
        assert_eq!(continuation_token::decode(&continuation_token::encode(last)).as_deref(), Ok(last));
    }
    for token in ["", "=", "a b", "ZC8=", "ZC9", "_w", &continuation_token::encode(&"k".repeat(1024))] {
        assert_eq!(code_of(continuation_token::decode(token)), ErrorCode::InvalidArgument, "{token}");
    }
}

#[test]
fn names_are_encoded_for_encoding_type_url() {
    let naming = |query| Naming::of(&Query::parse(query).unwrap());
    assert_eq!(naming(""), Ok(Naming::Plain));
    assert_eq!(naming("encoding-type=url"), Ok(Naming::Url));
    assert_eq!(code_of(naming("encoding-type=base64")), ErrorCode::InvalidArgument);
}
