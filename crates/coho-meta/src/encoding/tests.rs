use super::*;
use coho_model::{
    AccessKeyRecord, AccountRecord, BlobId, BucketConfigurations, BucketEncryption, Extent, Fetched, KeyRights,
    MirrorLimit, MirrorLimits, MirrorPolicy, ObjectAttributes, ObjectHeaders, Payer, Provenance, RolePrincipal,
    RoleRecord, SseAlgorithm, StoredSecret, Timestamp, Versioning,
    website::{
        Condition, ElementList, ErrorDocument, IncludeHeader, IndexDocument, KeyValue, LuaConfig, MirrorAuth,
        MirrorHeaders, MirrorMultiAlternate, MirrorSettings, Protocol, Redirect, RedirectType, RoutingRule,
        UnknownElement, WebsiteConfiguration,
    },
};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

fn unknown() -> Vec<UnknownElement> {
    let child = UnknownElement { name: "Child".into(), text: "text".into(), children: Vec::new() };
    vec![UnknownElement { name: "Newer".into(), text: String::new(), children: vec![child] }]
}

/// Every field has a value of its own, so that none can be stored as another or not at all.
fn mirror_settings() -> MirrorSettings {
    let pair = |key: &str| KeyValue { key: key.into(), value: format!("value of {key}"), unknown: unknown() };
    let text = |text: &str| Some(text.to_owned());
    MirrorSettings {
        url: text("http://a/"),
        pass_query_string: Some(true),
        follow_redirect: Some(false),
        check_md5: Some(true),
        headers: Some(MirrorHeaders {
            pass_all: Some(false),
            pass: vec!["x-a".into(), "x-b".into()],
            remove: vec!["x-c".into()],
            set: vec![pair("x-d")],
            unknown: unknown(),
        }),
        pass_original_slashes: Some(true),
        url_slave: text("http://slave/"),
        url_probe: text("http://probe/"),
        switch_all_errors: Some(false),
        transparent_response_codes: text("400,404"),
        multi_alternates: Some(ElementList {
            items: vec![MirrorMultiAlternate {
                number: Some(7),
                url: text("http://other/"),
                vpc_id: text("vpc"),
                dst_region: text("region"),
                unknown: unknown(),
            }],
            unknown: unknown(),
        }),
        user_last_modified: Some(true),
        save_oss_meta: Some(false),
        proxy_pass: Some(true),
        allow_head_object: Some(false),
        allow_get_image_info: Some(true),
        allow_video_snapshot: Some(false),
        async_status: Some(503),
        taggings: Some(ElementList { items: vec![pair("tag")], unknown: Vec::new() }),
        return_headers: Some(ElementList { items: vec![pair("header")], unknown: Vec::new() }),
        auth: Some(MirrorAuth {
            auth_type: text("S3V4"),
            region: text("eu"),
            access_key_id: text("id"),
            access_key_secret: text("secret"),
            unknown: unknown(),
        }),
        using_role: Some(true),
        role: text("role"),
        sni: Some(true),
        is_express_tunnel: Some(false),
        dst_region: text("dst"),
        dst_vpc_id: text("dst-vpc"),
        dst_slave_vpc_id: text("slave-vpc"),
        tunnel_id: text("tunnel"),
    }
}

fn website() -> WebsiteConfiguration {
    let header = IncludeHeader {
        key: "host".into(),
        equals: Some("a".into()),
        starts_with: Some("b".into()),
        ends_with: Some("c".into()),
        unknown: unknown(),
    };
    let redirect = Redirect {
        redirect_type: RedirectType::Mirror,
        pass_query_string: Some(true),
        protocol: Some(Protocol::Https),
        host_name: Some("example.com".into()),
        http_redirect_code: Some(302),
        replace_key_prefix_with: Some("new/".into()),
        enable_replace_prefix: Some(false),
        replace_key_with: Some("${key}".into()),
        mirror: mirror_settings(),
        unknown: unknown(),
    };
    let rule = RoutingRule {
        rule_number: 3,
        condition: Condition {
            key_prefix_equals: Some("old/".into()),
            key_suffix_equals: Some(".jpg".into()),
            http_error_code_returned_equals: Some(404),
            include_headers: vec![header],
            unknown: unknown(),
        },
        redirect: Some(redirect),
        lua_config: Some(LuaConfig { script: Some("script".into()), unknown: unknown() }),
        unknown: unknown(),
    };
    let types = [RedirectType::External, RedirectType::AliCdn, RedirectType::Internal];
    let others = (4..).zip(types).map(|(rule_number, redirect_type)| {
        let redirect = Redirect { protocol: Some(Protocol::Http), ..Redirect::new(redirect_type) };
        RoutingRule { rule_number, redirect: Some(redirect), ..RoutingRule::default() }
    });
    WebsiteConfiguration {
        index_document: Some(IndexDocument {
            suffix: Some("index.html".into()),
            support_sub_dir: Some(true),
            index_type: Some(2),
            unknown: unknown(),
        }),
        error_document: Some(ErrorDocument {
            key: Some("error.html".into()),
            http_status: Some(404),
            unknown: unknown(),
        }),
        routing_rules: std::iter::once(rule).chain(others).collect(),
        unknown_in_routing_rules: unknown(),
        unknown: unknown(),
    }
}

fn settings() -> BucketSettings {
    let limits = |qps, bandwidth| MirrorLimits { qps, bandwidth };
    let mirror = MirrorPolicy {
        limits: limits(MirrorLimit::PerSecond(7), MirrorLimit::None),
        rule_limits: BTreeMap::from([(3, limits(MirrorLimit::Default, MirrorLimit::PerSecond(9)))]),
        connect_timeout_ms: Some(1),
        first_byte_timeout_ms: Some(2),
        idle_timeout_ms: Some(3),
        missing_seconds: Some(4),
        hides_origin: true,
        trusts_close: true,
        encrypts: true,
    };
    let configurations = Arc::new(BucketConfigurations {
        payer: Payer::Requester,
        versioning: Versioning::Enabled,
        encryption: Some(BucketEncryption { algorithm: SseAlgorithm::Aes256 }),
        ..BucketConfigurations::default()
    });
    BucketSettings { website: Some(Arc::new(website())), mirror, configurations }
}

#[test]
fn settings_survive() {
    for settings in [BucketSettings::default(), settings()] {
        assert_eq!(decode_settings(&encode_settings(&settings)), Ok(settings));
    }
    let nothing = encode_settings(&BucketSettings::default());
    assert_eq!(nothing, [VERSION, 0xa0], "what is not set takes no room");
}

#[test]
fn the_circumstances_of_a_fetch_survive() {
    let fetched = Fetched {
        at: Timestamp::from_unix_ms(1_700_000_000_123),
        rule_number: 3,
        etag: Some("\"a\tb\"".into()),
        last_modified: None,
    };
    for (fetch, rewritten) in [(None, None), (Some(fetched), Some(Timestamp::from_unix_ms(1_700_000_000_456)))] {
        let provenance = Provenance { url: "http%3a%2f%2fo".into(), fetch, rewritten };
        assert_eq!(decode_provenance(&encode_provenance(&provenance)), Ok(provenance));
    }
}

/// The bytes of the format. If this fails, stored values are no longer read.
#[test]
fn the_format_stays() {
    let mut headers = ObjectHeaders::new();
    headers.set("content-type", b"\xe9");
    assert_eq!(encode_headers(&headers), b"\x02\x81\x82\x6ccontent-type\x41\xe9");
    let extent = Extent { blob: BlobId::from_bytes([7; 16]), offset: 3, length: 300 };
    assert_eq!(encode_extents(&[extent]), [&b"\x02\x81\x83\x50"[..], &[7; 16], b"\x03\x19\x01\x2c"].concat());
    let provenance = Provenance { url: "u".into(), fetch: None, rewritten: None };
    assert_eq!(encode_provenance(&provenance), b"\x02\xa1\x63url\x61u");
    let mirror = MirrorPolicy { missing_seconds: Some(30), ..MirrorPolicy::default() };
    let encoded = encode_settings(&BucketSettings { website: None, mirror, configurations: Arc::default() });
    assert_eq!(encoded, b"\x02\xa1\x66mirror\xa2\x6fmissing_seconds\x18\x1e\x6chides_origin\xf4");
    let configurations = Arc::new(BucketConfigurations { payer: Payer::Requester, ..BucketConfigurations::default() });
    let encoded = encode_settings(&BucketSettings { configurations, ..BucketSettings::default() });
    assert_eq!(encoded, b"\x02\xa1\x6econfigurations\xa1\x65payer\x69Requester");
    let tags = coho_model::TagSet::parse_header("k=v").unwrap();
    let attributes = ObjectAttributes { tags, ..ObjectAttributes::default() };
    assert_eq!(encode_attributes(&attributes), b"\x02\xa1\x64tags\x81\x82\x61k\x61v");
    assert_eq!(decode_attributes(&encode_attributes(&attributes)), Ok(attributes));
    let link = ObjectAttributes { symlink_target: Some("t".into()), ..ObjectAttributes::default() };
    assert_eq!(encode_attributes(&link), b"\x02\xa1\x6esymlink_target\x61t");
}

#[test]
fn the_names_of_accounts_and_keys_are_part_of_the_format() {
    let at = Timestamp::from_unix_ms(1);
    let account = AccountRecord { id: "a".into(), display_name: "A".into(), created: at };
    assert_eq!(encode_account(&account), b"\x02\xa3\x62id\x61a\x6cdisplay_name\x61A\x67created\x01");
    let key = AccessKeyRecord {
        id: "k".into(),
        account: "a".into(),
        secret: StoredSecret("s".into()),
        previous: None,
        is_enabled: true,
        created: at,
        expires: None,
        last_used: None,
        rights: KeyRights::full(),
    };
    let head = b"\x02\xa6\x62id\x61k\x67account\x61a\x66secret\x61s\x6ais_enabled\xf5\x67created\x01";
    let rights = b"\x66rights\xa2\x66rights\x81\xa1\x66access\x64Full\x68is_admin\xf4";
    assert_eq!(encode_access_key(&key), [&head[..], rights].concat());
    assert_eq!(decode_access_key(&encode_access_key(&key)), Ok(key));
}

#[test]
fn the_names_of_roles_are_part_of_the_format() {
    let role = RoleRecord::new("7", "a", "r", Timestamp::from_unix_ms(1)).unwrap();
    let head = b"\x02\xa8\x62id\x617\x67account\x61a\x64name\x61r";
    let rights = b"\x66rights\xa2\x66rights\x81\xa1\x66access\x64Full\x68is_admin\xf4";
    let trusted = b"\x67trusted\x81\xa1\x67Account\x61a";
    let rest = b"\x73max_session_seconds\x19\x0e\x10\x6ais_enabled\xf5\x67created\x01";
    assert_eq!(encode_role(&role), [&head[..], rights, trusted, rest].concat());
    let full = RoleRecord {
        trusted: vec![RolePrincipal::Key("k".into())],
        external_id: Some("ext".into()),
        is_enabled: false,
        ..role
    };
    assert_eq!(decode_role(&encode_role(&full)), Ok(full));
}

#[test]
fn another_version_and_a_damaged_value_are_errors() {
    let whole = encode_settings(&settings());
    assert_eq!(decode_settings(&[3, 0xa0]), Err(DecodeError::Version(3)));
    assert_eq!(decode_settings(&[]), Err(DecodeError::Damaged));
    assert_eq!(decode_settings(&[VERSION]), Err(DecodeError::Damaged));
    assert_eq!(decode_settings(&[&whole[..], &[0]].concat()), Err(DecodeError::Damaged));
    for length in 0..whole.len() {
        assert!(decode_settings(&whole[..length]).is_err(), "{length} of {}", whole.len());
    }
}

proptest! {
    #[test]
    fn headers_survive(pairs in prop::collection::vec(("[a-z-]{0,20}", prop::collection::vec(any::<u8>(), 0..300)), 0..20)) {
        let mut headers = ObjectHeaders::new();
        for (name, value) in &pairs {
            headers.set(name, value);
        }
        prop_assert_eq!(decode_headers(&encode_headers(&headers)), Ok(headers));
    }

    #[test]
    fn extents_survive(raw in prop::collection::vec(any::<(u128, u64, u64)>(), 0..40)) {
        let extents: Vec<_> = raw.into_iter().map(|(blob, offset, length)| Extent { blob: BlobId(blob), offset, length }).collect();
        prop_assert_eq!(decode_extents(&encode_extents(&extents)), Ok(extents));
    }

    #[test]
    fn no_bytes_make_it_panic(noise in prop::collection::vec(any::<u8>(), 0..80)) {
        let versioned = [&[VERSION], &noise[..]].concat();
        for bytes in [&noise, &versioned] {
            let _ = (decode_headers(bytes), decode_extents(bytes), decode_provenance(bytes), decode_settings(bytes));
        }
    }
}
