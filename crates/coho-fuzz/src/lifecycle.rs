//! Lifecycle rules.

use crate::parts;
use coho_model::{Lifecycle, LifecycleSubject, MAX_LIFECYCLE_RULES, ObjectType, StorageClass, Timestamp};
use coho_oss::document::lifecycle;

const DAY_MS: i64 = 86_400_000;

/// A configuration that may be stored is written and parsed again without a change, and no rule acts before its time.
/// Input: the document, then a key.
pub fn lifecycle_xml(input: &[u8]) {
    let (document, key) = parts(input);
    let mut ids = 0;
    let parse = |document: &[u8], ids: &mut u32| {
        lifecycle::parse(document, || {
            *ids += 1;
            format!("new-{ids}")
        })
    };
    let Ok(parsed) = parse(document, &mut ids) else { return };
    if parsed.validate(true).is_err() {
        return;
    }
    assert!(parsed.rules.len() <= MAX_LIFECYCLE_RULES);
    assert_eq!(parse(&lifecycle::to_xml(&parsed), &mut ids).as_ref(), Ok(&parsed));
    judge(&parsed, &String::from_utf8_lossy(key));
}

fn judge(parsed: &Lifecycle, key: &str) {
    let modified = Timestamp::from_unix_ms(1_795_420_800_000);
    for now in [modified, modified.plus_ms(400 * DAY_MS), Timestamp::from_unix_ms(0), Timestamp::from_unix_ms(i64::MAX)]
    {
        for tags in [None, Some(&[][..])] {
            let subject = LifecycleSubject {
                key,
                size: 1,
                modified,
                object_type: ObjectType::Normal,
                is_sealed: false,
                storage_class: StorageClass::Standard,
                tags,
            };
            if parsed.action(&subject, now).is_some() {
                assert!(parsed.may_act(&subject, now), "the first look leaves nothing out");
            }
            assert!(parsed.expiration(&subject).is_none_or(|due| parsed.acts_on_objects() && due.rule.is_enabled));
            if parsed.noncurrent_action(&subject, now).is_some() {
                assert!(parsed.may_act_on_noncurrent(&subject, now));
            }
        }
    }
    assert!(parsed.abort(key, modified).is_none_or(|due| due.rule.is_enabled));
    assert!(parsed.rules.iter().all(|rule| !rule.is_enabled || rule.prefix.starts_with(parsed.common_prefix())));
}
